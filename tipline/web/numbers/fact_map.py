"""The map of facts: outlines that lie here, and a circle for each value that has a place. No tile comes from elsewhere.

Units are those of static/vendor/world.svg: twenty a degree, from 180 degrees west and 84 degrees north.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

from tipline.core.inbox.fact_counts import Spot
from tipline.web import fact_labels

DEGREE, NORTH, WIDTH, HEIGHT = 20, 84.0, 7200.0, 2840.0
CLOSEST = 44.0 * DEGREE  # the narrowest piece of the world that is shown
DRAWN = 900.0  # pixels that the map is about wide
SMALLEST, LARGEST = 3.0, 22.0  # pixels of a circle's radius
LETTER = 12.0  # pixels
MAX_LABELS = 14
Place = tuple[float, float]
Space = tuple[float, float, float, float]


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
    """`circles` lie in the box, the largest first, so that the small ones stand before them; `beyond` do not."""

    box: Box
    circles: list[Circle]
    beyond: list[Circle]
    letter: float

    @property
    def listed(self) -> list[Circle]:
        return sorted([*self.circles, *self.beyond], key=lambda circle: -circle.n)


def drawn(spots: Sequence[Spot], count: Callable[[Spot], int], url: Callable[[Spot], str], *, whole: bool) -> Map:
    """The map of these; `count` is how many of each, and none of it is left out. `whole`: of the world, else of the
    piece where most are."""
    shown = sorted((spot for spot in spots if count(spot)), key=lambda spot: -count(spot))
    places = [(round((spot.longitude + 180) * DEGREE, 1), round((NORTH - spot.latitude) * DEGREE, 1)) for spot in shown]
    weights = [count(spot) for spot in shown]
    box = WORLD if whole or not places else _around(places, weights)
    most = max(weights, default=1)
    taken: list[Space] = []
    circles: list[Circle] = []
    beyond: list[Circle] = []
    for spot, (x, y) in zip(shown, places, strict=True):
        radius = (SMALLEST + (LARGEST - SMALLEST) * sqrt(count(spot) / most)) * box.pixel
        label = fact_labels.value_name(spot.kind, spot.value.value)
        inside = box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height
        space = _space(label, x, y, radius, box)
        named = inside and len(taken) < MAX_LABELS and _free(space, box, taken)
        if named:
            taken.append(space)
        (circles if inside else beyond).append(Circle(label, count(spot), x, y, round(radius, 1), url(spot), named))
    return Map(box, circles, beyond, round(LETTER * box.pixel, 1))


def _around(places: Sequence[Place], weights: Sequence[int]) -> Box:
    """The middle half of what is counted, with as much again around it, twice as wide as high, and never so close that
    nobody knows where it is."""
    left, right = _quarters([x for x, _ in places], weights)
    top, bottom = _quarters([y for _, y in places], weights)
    width = min(max((right - left) * 2, (bottom - top) * 4, CLOSEST), WIDTH)
    height = min(width / 2, HEIGHT)
    x = min(max((left + right - width) / 2, 0.0), WIDTH - width)
    y = min(max((top + bottom - height) / 2, 0.0), HEIGHT - height)
    return Box(round(x, 1), round(y, 1), round(width, 1), round(height, 1))


def _quarters(values: Sequence[float], weights: Sequence[int]) -> tuple[float, float]:
    """Between these two lies the middle half."""
    total, passed = sum(weights), 0
    found: list[float] = []
    for value, weight in sorted(zip(values, weights, strict=True)):
        passed += weight
        if len(found) == 0 and passed * 4 >= total:
            found.append(value)
        if len(found) == 1 and passed * 4 >= 3 * total:
            found.append(value)
    return found[0], found[1]


def _space(label: str, x: float, y: float, radius: float, box: Box) -> Space:
    """Where a name would stand beside its circle: left, top, right, bottom."""
    letters = sum(1.0 if ord(letter) > 0x2E7F else 0.6 for letter in label)
    begin, wide, high = x + radius, letters * LETTER * box.pixel, LETTER * 1.4 * box.pixel
    return begin, y - high / 2, begin + wide, y + high / 2


def _free(here: Space, box: Box, taken: Sequence[Space]) -> bool:
    """Whether a name lies on no other name, and on the map."""
    return here[2] < box.x + box.width and not any(
        here[0] < other[2] and other[0] < here[2] and here[1] < other[3] and other[1] < here[3] for other in taken
    )
