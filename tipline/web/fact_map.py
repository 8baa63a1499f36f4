"""The map of facts: outlines that lie here, and a circle for each value that has a place. No tile comes from elsewhere.

Units are those of static/vendor/world.svg: twenty a degree, from 180 degrees west and 84 degrees north.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

from tipline.core.fact_counts import Spot
from tipline.web import fact_words

DEGREE, NORTH, WIDTH, HEIGHT = 20, 84.0, 7200.0, 2840.0
CLOSEST = 44.0 * DEGREE  # the narrowest piece of the world that is shown
DRAWN = 900.0  # pixels that the map is about wide
SMALLEST, LARGEST = 7.0, 24.0  # pixels of a circle's radius
LETTER = 12.0  # pixels
MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class Box:
    """The piece of the world that is shown."""

    x: float
    y: float
    width: float
    height: float

    def __str__(self) -> str:
        return " ".join(f"{part:g}" for part in (self.x, self.y, self.width, self.height))

    @property
    def pixel(self) -> float:
        return self.width / DRAWN


WORLD = Box(0, 0, WIDTH, HEIGHT)


@dataclass(frozen=True, slots=True)
class Circle:
    """A value on the map; `url` is its list. `named`: there is room for its name."""

    label: str
    n: int
    x: float
    y: float
    radius: float
    url: str
    named: bool = False


@dataclass(frozen=True, slots=True)
class Map:
    box: Box
    circles: list[Circle]  # the largest first, so that the small ones stand before them
    letter: float


def drawn(spots: Sequence[Spot], count: Callable[[Spot], int], url: Callable[[Spot], str], *, whole: bool) -> Map:
    """The map of these; `count` is how many of each, and none of it is left out."""
    shown = sorted((spot for spot in spots if count(spot)), key=lambda spot: -count(spot))
    places = [(round((spot.longitude + 180) * DEGREE, 1), round((NORTH - spot.latitude) * DEGREE, 1)) for spot in shown]
    box = WORLD if whole or not places else _around(places)
    most = max((count(spot) for spot in shown), default=1)
    taken: list[tuple[float, float, float, float]] = []
    circles = []
    for spot, (x, y) in zip(shown, places, strict=True):
        radius = (SMALLEST + (LARGEST - SMALLEST) * sqrt(count(spot) / most)) * box.pixel
        label = fact_words.value_name(spot.kind, spot.value.value)
        named = len(taken) < MOST_NAMED and _room(label, x, y, radius, box, taken)
        circles.append(Circle(label, count(spot), x, y, round(radius, 1), url(spot), named))
    return Map(box, circles, round(LETTER * box.pixel, 1))


def _around(places: Sequence[tuple[float, float]]) -> Box:
    """The places with a margin, twice as wide as high, and never so close that nobody knows where it is."""
    left, right = min(x for x, _ in places), max(x for x, _ in places)
    top, bottom = min(y for _, y in places), max(y for _, y in places)
    width = min(max((right - left) * 1.25, (bottom - top) * 2.5, CLOSEST), WIDTH)
    height = min(width / 2, HEIGHT)
    x = min(max((left + right - width) / 2, 0.0), WIDTH - width)
    y = min(max((top + bottom - height) / 2, 0.0), HEIGHT - height)
    return Box(round(x, 1), round(y, 1), round(width, 1), round(height, 1))


def _room(
    label: str, x: float, y: float, radius: float, box: Box, taken: list[tuple[float, float, float, float]]
) -> bool:
    """Whether a name fits beside its circle without lying on another name; it is taken where it does."""
    letters = sum(1.0 if ord(letter) > 0x2E7F else 0.55 for letter in label)
    begin, wide, high = x + radius, letters * LETTER * box.pixel, LETTER * 1.4 * box.pixel
    here = (begin, y - high / 2, begin + wide, y + high / 2)
    free = here[2] < box.x + box.width and not any(
        here[0] < other[2] and other[0] < here[2] and here[1] < other[3] and other[1] < here[3] for other in taken
    )
    if free:
        taken.append(here)
    return free
