"""The marked texts, and how what is noticed in them is held against their marks."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from tipline.core.fact_extraction import notice
from tipline.vocabularies import FactKind

_KINDS = dict(zip("pcdavmr", FactKind, strict=True))
_MARK = re.compile(r"\{([a-z]) ([^|}]*)(?:\|([^}]*))?\}")
Fact = tuple[FactKind, str]


@dataclass(frozen=True, slots=True)
class Marked:
    """A text without its marks, and what they say."""

    text: str
    written: date
    language: str
    held: bool
    facts: dict[Fact, list[tuple[int, int]]]  # where each value stands; nowhere for whom somebody is parted from


@cache
def texts() -> tuple[Marked, ...]:
    file = Path(__file__).with_name("texts.toml")
    return tuple(map(_marked, tomllib.loads(file.read_text("utf-8"))["text"]))


def _marked(entry: dict[str, object]) -> Marked:
    source, text = str(entry["text"]), ""
    facts: dict[Fact, list[tuple[int, int]]] = {}
    last = 0
    for mark in _MARK.finditer(source):
        text += source[last : mark.start()]
        passage = mark[3] or mark[2]
        facts.setdefault((_KINDS[mark[1]], mark[2]), []).append((len(text), len(text) + len(passage)))
        text, last = text + passage, mark.end()
    for group in entry.get("apart", ()):  # type: ignore[attr-defined]
        facts[FactKind.RELATION, f"separated-from-{group}"] = []
    written = entry["written"]
    assert isinstance(written, date)
    return Marked(text + source[last:], written, str(entry["language"]), bool(entry.get("held")), facts)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one text: values that are right, that should not be there, and that are not there."""

    right: frozenset[Fact]
    wrong: frozenset[Fact]
    missed: frozenset[Fact]


def verdict(marked: Marked) -> Verdict:
    """A value counts once for a text, and is right where one of its passages touches one that is marked."""
    read: dict[Fact, list[tuple[int, int]]] = {}
    for one in notice(marked.text, marked.written):
        read.setdefault((one.kind, one.value), []).append((one.start, one.end))
    right = {fact for fact, spans in read.items() if fact in marked.facts and _touch(spans, marked.facts[fact])}
    return Verdict(frozenset(right), frozenset(read.keys() - right), frozenset(marked.facts.keys() - right))


def _touch(some: list[tuple[int, int]], others: list[tuple[int, int]]) -> bool:
    return not others or any(a < d and c < b for a, b in some for c, d in others)


@dataclass(frozen=True, slots=True)
class Score:
    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


def scores(marked: Iterable[Marked]) -> dict[FactKind, Score]:
    """How well each kind is read in some of the texts."""
    right, wrong, missed = Counter[FactKind](), Counter[FactKind](), Counter[FactKind]()
    for one in marked:
        told = verdict(one)
        for counter, facts in ((right, told.right), (wrong, told.wrong), (missed, told.missed)):
            counter.update(kind for kind, _ in facts)
    return {kind: Score(right[kind], wrong[kind], missed[kind]) for kind in FactKind}
