"""Facts of a story that its words give away: places, crossings, dates, airlines, visas, amounts, family.

Read offline from English and Chinese text, as suggestions for a reporter to confirm. A value is written in one way
whatever the language of the text, so that all tips with the same fact are found together. Nothing is loaded before
the first text or value comes, and of a text the first 50,000 characters are read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from tipline.core.fact_extraction import airlines, amounts, dates, family, places, separations, visas
from tipline.core.fact_extraction.folded_text import MAX_CHARACTERS, FoldedText, FoundPassage, opened
from tipline.core.fact_extraction.name_index import NameIndex
from tipline.vocabularies import FactKind

__all__ = [
    "FACTS_VERSION",
    "MAX_CHARACTERS",
    "MAX_FACTS_PER_TEXT",
    "ExtractedFact",
    "notice",
    "parse",
    "spot",
    "value_name",
]

MAX_FACTS_PER_TEXT = 500  # facts of one text; who writes more writes no story
FACTS_VERSION = 3  # raised when texts should be read again


@dataclass(frozen=True, slots=True)
class ExtractedFact:
    """A fact and the passage where it was read, text[start:end]."""

    kind: FactKind
    value: str
    start: int
    end: int


def notice(text: str, written: date) -> list[ExtractedFact]:
    """The facts of a text in its order, without overlaps; `written`, the day it came, is what "last March" counts
    from."""
    read = opened(text, written)
    found = _apart_from_each_other(_read(read))
    found = sorted([*found, *separations.read(read, found)])
    facts = [ExtractedFact(one.kind, one.value, one.start, one.end) for one in _particular(found) if one.kind]
    return facts[:MAX_FACTS_PER_TEXT]


def value_name(kind: FactKind, value: str, language: str) -> str:
    """How a value is shown in English ("en"), "zh-Hans" or "zh-Hant": as it stands where nothing knows it."""
    match kind:
        case FactKind.PLACE | FactKind.CROSSING:
            return places.shown(kind, value, language)
        case FactKind.DATE:
            return dates.shown(value, language)
        case FactKind.AIRLINE:
            return airlines.shown(value, language)
        case FactKind.VISA:
            return visas.shown(value, language)
        case FactKind.AMOUNT:
            return amounts.shown(value)
        case FactKind.RELATION:
            return family.shown(value, language)


def parse(kind: FactKind, typed: str, written: date) -> str | None:
    """A value that a person typed, in any of the languages, in its one form; None where nothing knows it."""
    typed = typed[:_MAX_TYPED_LENGTH].strip()
    known = _index().value(kind, typed) or _by_its_form(kind, typed)
    if known or kind not in (FactKind.DATE, FactKind.AMOUNT):
        return known
    found = [one for one in _apart_from_each_other(_read(opened(typed, written))) if one.kind]
    if len(found) != 1 or found[0].kind is not kind or found[0].end - found[0].start < len(typed.rstrip(".。")):
        return None
    return found[0].value


def spot(kind: FactKind, value: str) -> tuple[float, float] | None:
    """Latitude and longitude, in degrees, of a place or crossing that is known."""
    return places.at(kind, value)


_MAX_TYPED_LENGTH = 200


@cache
def _index() -> NameIndex:
    index = NameIndex()
    for kind in (places, airlines, visas, family):
        kind.add(index)
    return index.close()


def _read(read: FoldedText) -> Iterable[FoundPassage]:
    yield from _index().read(read)
    for kind in (airlines, visas, family, dates, amounts):
        yield from kind.read(read)


def _by_its_form(kind: FactKind, typed: str) -> str | None:
    """What needs no list of names, and the written form of a value itself."""
    match kind:
        case FactKind.DATE:
            return dates.value(typed)
        case FactKind.AIRLINE:
            return airlines.code(typed)
        case FactKind.VISA:
            return visas.letter(typed) or visas.value(typed)
        case FactKind.AMOUNT:
            return amounts.value(typed)
        case FactKind.RELATION:
            return family.value(typed)
        case _:
            return None


def _apart_from_each_other(found: Iterable[FoundPassage]) -> list[FoundPassage]:
    """The first in the text of those that overlap, and the longest of those that begin together."""
    kept: list[FoundPassage] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def _particular(found: list[FoundPassage]) -> list[FoundPassage]:
    """ "Child" says no more in a story that speaks of a son or a daughter."""
    relations_said = {one.value for one in found if one.kind is FactKind.RELATION}
    if not relations_said & {"son", "daughter"}:
        return found
    return [one for one in found if one.kind is not FactKind.RELATION or one.value != "child"]
