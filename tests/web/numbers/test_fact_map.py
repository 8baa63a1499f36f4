"""The map of facts: which piece of the world it shows, and how large each circle is."""

from tipline.core.inbox.fact_counts import Spot, Value
from tipline.models import FactType, TypeKind
from tipline.web.numbers import fact_map
from tipline.web.numbers.fact_map import WORLD, Map

PLACE = FactType(id=1, key="place", kind=TypeKind.TEXT)


def shown(*spots: tuple[str, int, float, float], whole: bool = False) -> Map:
    found = [Spot(PLACE, Value(name, n), latitude, longitude) for name, n, latitude, longitude in spots]
    return fact_map.drawn(found, lambda spot: spot.value.n, lambda spot: f"/{spot.value.value}", whole=whole)


def test_the_map_lies_around_where_most_are_and_names_what_lies_elsewhere() -> None:
    found = shown(("Luohu", 9, 22.5, 114.1), ("Futian", 5, 22.5, 114.0), ("Lima", 1, -12.0, -77.0))
    assert [circle.label for circle in found.circles] == ["Luohu", "Futian"]
    assert [circle.label for circle in found.beyond] == ["Lima"] and len(found.listed) == 3
    assert found.box.width < WORLD.width / 4 and found.box.width == 2 * found.box.height
    whole = shown(("Luohu", 9, 22.5, 114.1), ("Lima", 1, -12.0, -77.0), whole=True)
    assert whole.box == WORLD and whole.beyond == [] and whole.circles[0].radius > whole.circles[1].radius


def test_the_map_never_leaves_the_world() -> None:
    for latitude, longitude in ((84.0, -180.0), (-58.0, 180.0), (0.0, 0.0)):
        box = shown(("Edge", 1, latitude, longitude)).box
        assert box.x >= 0 and box.y >= 0 and box.x + box.width <= WORLD.width and box.y + box.height <= WORLD.height


def test_names_lie_on_no_other_name() -> None:
    found = shown(*((f"Place {n}", 1, 22.5, 114.0 + n / 100) for n in range(5)))
    assert sum(circle.named for circle in found.circles) == 1


def test_what_nobody_confirmed_is_not_drawn_and_an_empty_map_is_the_world() -> None:
    assert shown(("Luohu", 0, 22.5, 114.1)).listed == [] and shown().box == WORLD
