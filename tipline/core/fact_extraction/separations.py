"""Whom of the family somebody is parted from, where a sentence says so.

Either in words of parting ("I haven't seen my kids since", "separated from", 见不到女儿, 两地分居), or by two places in
one breath: she is in Wuhan, I am in Sydney. Grown children live far from their parents without being parted from
them, so two places say it of partners and children only.
"""

import re
from collections.abc import Callable, Iterator

from tipline.core.fact_extraction import separations_chinese, separations_english
from tipline.core.fact_extraction.coreference import SentenceContext, Separation, scenes
from tipline.core.fact_extraction.family import APART
from tipline.core.fact_extraction.folded_text import FoldedText, FoundPassage
from tipline.vocabularies import FactKind

_READERS: tuple[Callable[[SentenceContext], Iterator[Separation]], ...] = (
    separations_english.read,
    separations_chinese.read,
)
_WORD = re.compile(r"[A-Za-z0-9'’]+|\w")


def read(reading: FoldedText, found: list[FoundPassage]) -> Iterator[FoundPassage]:
    """Each of the family once, at the words that say it first; in places that no other fact takes."""
    told: dict[str, Separation] = {}
    for scene in scenes(reading, found):
        for reader in _READERS:
            for parted in reader(scene):
                told.setdefault(parted.group, parted)
    for together in _overlapping(sorted(told.values())):
        words = _free_words(reading, together, found)
        share = len(words) / len(together)
        for number, parted in enumerate(together):
            mine = words[round(number * share) : round((number + 1) * share)]
            if mine:
                yield FoundPassage(mine[0][0], mine[-1][1], FactKind.RELATION, APART + parted.group)


def _overlapping(parted: list[Separation]) -> list[list[Separation]]:
    """Those that the same words say: "my wife and kids, from whom I am separated"."""
    together: list[list[Separation]] = []
    for one in parted:
        if together and one.start < max(other.end for other in together[-1]):
            together[-1].append(one)
        else:
            together.append([one])
    return together


def _free_words(reading: FoldedText, together: list[Separation], found: list[FoundPassage]) -> list[tuple[int, int]]:
    """Where the words stand that no other fact takes, in one run of them if they are enough for all; else letters."""
    start, end = together[0].start, max(one.end for one in together)
    gaps = [gap for a, b in _between(start, end, found) if (gap := _words(reading, a, b))]
    enough = next((gap for gap in gaps if len(gap) >= len(together)), None)
    if enough is not None:
        return enough
    return [(at, at + 1) for gap in gaps[:1] for a, b in gap for at in range(a, b)]


def _words(reading: FoldedText, start: int, end: int) -> list[tuple[int, int]]:
    return [word.span() for word in _WORD.finditer(reading.text, start, end)]


def _between(start: int, end: int, found: list[FoundPassage]) -> Iterator[tuple[int, int]]:
    for one in found:
        if one.end <= start or one.start >= end:
            continue
        if one.start > start:
            yield start, one.start
        start = one.end
    if start < end:
        yield start, end
