"""Whom of the family somebody is parted from, where a sentence says so.

Either in words of parting ("I haven't seen my kids since", "separated from", 见不到女儿, 两地分居), or by two places in
one breath: she is in Wuhan, I am in Sydney. Grown children live far from their parents without being parted from
them, so two places say it of partners and children only.
"""

from collections.abc import Callable, Iterator

from tipline.core.noticed import apart_english, apart_han
from tipline.core.noticed.reading import Found, Reading
from tipline.core.noticed.relations import APART
from tipline.core.noticed.scene import Parted, Scene, scenes
from tipline.words import FactKind

_READERS: tuple[Callable[[Scene], Iterator[Parted]], ...] = (apart_english.read, apart_han.read)


def read(reading: Reading, found: list[Found]) -> Iterator[Found]:
    """Each of the family once, at the words that say it first; in places that no other fact takes."""
    told: dict[str, Parted] = {}
    for scene in scenes(reading, found):
        for reader in _READERS:
            for parted in reader(scene):
                told.setdefault(parted.group, parted)
    for group, (start, end, _) in told.items():
        free = next(((a, b) for a, b in _gaps(start, end, found) if reading.text[a:b].strip()), None)
        if free:
            yield Found(*free, FactKind.RELATION, APART + group)


def _gaps(start: int, end: int, found: list[Found]) -> Iterator[tuple[int, int]]:
    """The parts of a passage that no fact stands in."""
    for one in found:
        if one.end <= start or one.start >= end:
            continue
        if one.start > start:
            yield start, one.start
        start = one.end
    if start < end:
        yield start, end
