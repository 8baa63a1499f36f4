"""Both ends of what lasted from one day to another: "from 3 to 15 March 2020", "between March and May", 3月3日至15日.

Each end is a date of its own. One lends the other what that does not say itself, its month or its year.
"""

import re
from collections.abc import Iterator

from tipline.core.fact_extraction import numerals
from tipline.core.fact_extraction.date_values import DateSpan, iso, not_after
from tipline.core.fact_extraction.folded_text import FoldedText

HAN_DAY = r"3[01]|[12]\d|0?[1-9]|三十一?|二?十[一二三四五六七八九]?|[一二三四五六七八九]"
_YEAR = r"(?:19|20)\d\d"
_TO = re.compile(r" ?(?:-{1,2}|~|to|until|till|through|直?[至到]) ?(?:the )?")
_AND = re.compile(" and | ?[和与跟] ?")
_DAY_BEFORE = re.compile(
    r"(?:(?<![\w.,:/-])|(?P<from>\b(?:from|between) (?:the )?))(?P<d>\d{1,2})(?:st|nd|rd|th)?"
    r"(?P<and> and (?:the )?| ?(?:-|to|until|till|through) ?(?:the )?)$"
)
_DAY_BEHIND = re.compile(
    rf"(?: ?- ?| (?:to|until|through) (?:the )?)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:,? (?P<y>{_YEAR})\b"
    r"|(?= ?(?:[.,;:!?)]|$)(?!\d)| (?:in|at|for|we|i|and|the|was|were|but|because|when|while)\b))"
)
_DAY_BEHIND_HAN = re.compile(rf" ?[-~至到] ?(?P<d>{HAN_DAY}) ?[日号]")
_MONTH_BEFORE_HAN = re.compile(
    rf"(?:(?P<y>{_YEAR}) ?年 ?|(?<![\w.-]|年))(?P<m>1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九]) ?[-~至到] ?$"
)
_FAR = 24  # characters before an end


def read(reading: FoldedText, spans: list[DateSpan]) -> Iterator[DateSpan]:
    """The spans, in order, with the other ends of some, that are no date by themselves."""
    whole = [end for span in spans for end in _ends(reading, span)]
    for at in range(len(whole) - 1):
        if _meet(reading, whole[at], whole[at + 1]):
            whole[at : at + 2] = _agreed(whole[at], whole[at + 1], reading.written.isoformat())
    yield from whole


def _ends(reading: FoldedText, span: DateSpan) -> list[DateSpan]:
    text, (start, end) = reading.folded, span[:2]
    if "月" in text[start:end]:
        if len(span.value) == 7 and (found := _MONTH_BEFORE_HAN.search(text, max(0, start - _FAR), start)):
            return _from_month(span, found)
        if len(span.value) == 10 and (found := _DAY_BEHIND_HAN.match(text, end)):
            return [span, *_day(span, found)]
    elif len(span.value) == 10 and text[start].isdecimal():
        found = _DAY_BEFORE.search(text, max(0, start - _FAR), start)
        if found and (found["from"] or "and" not in found["and"]):  # "2 and 3 March" may be two of anything
            return [*_day(span, found), span]
    elif span.of_year and len(span.value) == 10 and text[end - 1].isalnum() and (found := _DAY_BEHIND.match(text, end)):
        if found["y"] and (value := span.of_year(int(found["y"]))):
            span = span._replace(value=value, of_year=None)
        return [span, *_day(span, found)]
    return [span]


def _day(span: DateSpan, found: re.Match[str]) -> list[DateSpan]:
    """Another day of the month of one, where they are in their order."""
    number = _number(found["d"])
    ordered = number < int(span.value[8:]) if found.end() <= span.start else number > int(span.value[8:])
    value = iso(int(span.value[:4]), int(span.value[5:7]), number)
    if not ordered or value is None:
        return []
    month = int(span.value[5:7])
    of_year = (lambda year: iso(year, month, number)) if span.of_year else None
    start, end = found.start("d"), found.end()
    if end <= span.start:
        end = start + len(found["d"])
    return [DateSpan(start, end, value, of_year)]


def _from_month(span: DateSpan, found: re.Match[str]) -> list[DateSpan]:
    """2020年1-3月, 三到五月."""
    month, last = _number(found["m"]), int(span.value[5:7])
    if found["y"] and span.of_year:
        value = span.of_year(int(found["y"]) + (month > last))
        span = span._replace(value=value or span.value, of_year=None)
    first = iso(int(span.value[:4]) - (month > last), month, None)
    if first is None or month == last:
        return [span]
    start = found.start("y") if found["y"] else found.start("m")
    of_year = (lambda year: iso(year, month, None)) if span.of_year else None
    return [DateSpan(start, found.end("m"), first, of_year), span]


def _meet(reading: FoldedText, one: DateSpan, other: DateSpan) -> bool:
    text = reading.folded
    if _TO.fullmatch(text, one.end, other.start):
        return True
    said = re.search(_YEAR, text[other.start : other.end])
    return said is not None and _AND.fullmatch(text, one.end, other.start) is not None


def _agreed(one: DateSpan, other: DateSpan, written: str) -> tuple[DateSpan, DateSpan]:
    """Two ends with the year that one of them says; without any, the first is of the year that ends with the other."""
    if other.of_year and not one.of_year:
        year = int(one.value[:4])
        for value in filter(None, map(other.of_year, (year, year + 1))):
            if not_after(one.value, value) and not_after(value, written):
                return one, other._replace(value=value, of_year=None)
    elif one.of_year and not (other.of_year and not_after(one.value, other.value)):
        year = int(other.value[:4])
        for value in filter(None, map(one.of_year, (year, year - 1))):
            if not_after(value, other.value):
                return one._replace(value=value, of_year=one.of_year if other.of_year else None), other
    return one, other


def _number(said: str) -> int:
    return int(said) if said.isascii() else numerals.han(said) or 0
