"""Which year is meant where none is said. What stories tell of has mostly been; what ends or begins may be to come:
"my visa expires in March", 签证三月到期."""

import re
from collections.abc import Iterator
from datetime import date

from tipline.core.fact_extraction.date_values import DateSpan, OfYear
from tipline.core.fact_extraction.folded_text import FoldedText

_NEAR_DAYS, _NEAR_MONTHS = 21, 3  # to come
_BESIDE = 30  # characters on either side in which it is said that something is to come
_TO_COME = re.compile(
    r"\b(?:will|won't|might|may (?:not )?(?:be|open|come|go|return|let|get)"
    r"|hop(?:e|es|ing)|plan(?:s|ning)?|expect(?:s|ing)?|going to)\b|'ll\b"
    "|可能|打算|计划|准备|希望|预计|才能|将"
)
_BEFORE, _AFTER = 40, 8  # characters in which it is said that something ends or begins
_NEXT = re.compile(r"\b(?:expir(?:es?|ing)|runs? out|ends|starts|begins|(?:is|are) (?:due|booked))\b[^.;!?\n]*$")
_NEAREST = re.compile(
    r"\b(?:until|till|valid (?:to|through))\b[^.;!?\n]*$"
    r"|(?:有效期?(?:[到至为是]|截至)|到期日?[是为]?|截止[到至]?|[直要长迟续闭停]到)[^。；！？\n]{0,4}$"
)
_ENDS = re.compile(r" ?(?:就|才|将|会|要)?(?:到期|过期|失效|截止)(?!了|的时候|时|后)")
_WAS = re.compile(
    r"\b(?:was|were|had|did|stayed|waited|lived|worked|lasted|expired|ended)\b[^.;!?\n]*$|(?:已经|了)[^。；！？\n]*$"
)


def told(reading: FoldedText, span: DateSpan) -> str | None:
    """The day or month of what ends or begins; None where nothing says that it does, or that it did."""
    text, of_year = reading.folded, span.of_year
    before = text[max(0, span.start - _BEFORE) : span.start]
    if of_year is None or _WAS.search(before):
        return None
    around = list(_around(of_year, reading.written))
    if _NEXT.search(before):
        return next((value for value in around if value >= reading.written.isoformat()[: len(value)]), None)
    if _NEAREST.search(before) or _ENDS.match(text, span.end, span.end + _AFTER):
        return min(around, key=lambda value: (_days(value, reading.written), -int(value[:4])), default=None)
    return None


def may_come(reading: FoldedText, span: DateSpan, of_year: OfYear) -> bool:
    """Whether what has no year may as well be to come: 4月5日 in a story of 1 April, "it may open in June"."""
    text, written = reading.folded, reading.written
    coming = list(_around(of_year, written))
    if len(span.value) == 10:
        return any(0 < (date.fromisoformat(day) - written).days <= _NEAR_DAYS for day in coming)
    soon = any(0 < months(month) - months(written.isoformat()) <= _NEAR_MONTHS for month in coming)
    return soon and _TO_COME.search(text, max(0, span.start - _BESIDE), span.end + _BESIDE) is not None


def months(value: str) -> int:
    return int(value[:4]) * 12 + int(value[5:7])


def _around(of_year: OfYear, written: date) -> Iterator[str]:
    """What it was a year ago, is this year and will be the next."""
    yield from filter(None, map(of_year, (written.year - 1, written.year, written.year + 1)))


def _days(value: str, written: date) -> int:
    """How far it is from when the text was written; the month that it was written in is no way off."""
    if len(value) == 7:
        return abs(months(value) - months(written.isoformat())) * 30
    return abs((date.fromisoformat(value) - written).days)
