"""Airlines, by the names that people use and by flight numbers."""

import re
from collections.abc import Iterator

from tipline.core.fact_extraction.folded_text import FoldedText, FoundPassage
from tipline.core.fact_extraction.name_index import NamedEntry, NameIndex, listed, own_name
from tipline.vocabularies import FactKind

_NUMBER = re.compile(r"(?<![A-Za-z0-9])([A-Z][A-Z0-9]|[0-9][A-Z]) ?(\d{3,4})(?![A-Za-z0-9])")
_FLIGHT = re.compile(r"(?:flights?|flight number|flt|航班号?|班机) ?$")
_CANCELLED = re.compile(
    r",? (?:was|were|is|got|(?:has|had) been)(?: \w+)? (?:cancel|suspend|delay|divert)"
    r"| ?(?:又|再次?|被|也)?(?:取消|熔断)"
)
_FLYING = re.compile(
    r" (?:flights?|tickets?|planes?|flew|fly|cancel\w*|refund\w*|won'?t|took|says?|said|told|staff|desk)\b"
)
_ABOARD = re.compile(r"\b(?:on|with|by|via|flew|fly|flying|booked|called|an?) $")
_DONE = re.compile(r" ?(?:[.,;:!?)]|$|(?:to|from|for|on|in|and|or|via|who|which|but|again)\b)")


def add(index: NameIndex) -> None:
    for code, entry in listed("airlines").items():
        cued = entry.get("cued", ())
        for name in (entry["en"], entry["zh"], *entry.get("also", ())):
            if name not in cued:
                index.add(name, NamedEntry(FactKind.AIRLINE, code))
        for name in cued:
            index.add(name, NamedEntry(FactKind.AIRLINE, code, _flying))


def _flying(reading: FoldedText, start: int, end: int) -> bool:
    """A word of every day is an airline where it flies."""
    if not reading.text[start].isupper():
        return False
    if _FLYING.match(reading.names, end):
        return True
    before = reading.names[max(0, start - 16) : start]
    return _ABOARD.search(before) is not None and _DONE.match(reading.names, end) is not None


def read(reading: FoldedText) -> Iterator[FoundPassage]:
    """Flight numbers: "CX880" of a known airline; with a space between, beside "flight" or "cancelled" only."""
    airlines = listed("airlines")
    for number in _NUMBER.finditer(reading.text):
        start = number.start()
        if number[1] not in airlines or reading.folded[start] == "\x00":
            continue
        apart = " " in number[0]
        flies = _FLIGHT.search(reading.folded[max(0, start - 16) : start]) or _CANCELLED.match(
            reading.folded, number.end()
        )
        if not apart or flies:
            yield FoundPassage(start, number.end(), FactKind.AIRLINE, number[1])


def shown(value: str, language: str) -> str:
    entry = listed("airlines").get(value)
    return own_name(entry, value, language) if entry else value


def code(typed: str) -> str | None:
    """An airline's code as it was typed, in either case."""
    return typed.strip().upper() if typed.strip().upper() in listed("airlines") else None
