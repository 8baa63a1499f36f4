"""Days and months as facts hold them, "2020-02-03" and "2020-02", and how far a day without a year may be moved."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

FIRST, LAST = 1900, 2100  # years that stories speak of

OfYear = Callable[[int], str | None]


class DateSpan(NamedTuple):
    """A day or month where it was read. Without a year in its words, `of_year` says what it is in any other one."""

    start: int
    end: int
    value: str
    of_year: OfYear | None = None


def iso(year: int, month: int, day: int | None) -> str | None:
    """None where there is no such day, or its year is none that stories speak of."""
    try:
        exact = date(year, month, day or 1)
    except ValueError:
        return None
    if not FIRST <= exact.year <= LAST:
        return None
    return exact.isoformat() if day else exact.isoformat()[:7]


def past(written: date, of_year: OfYear) -> str | None:
    """The last of its name that had come when the text was written; 29 February of the one year that is asked."""
    here = of_year(written.year)
    if here is not None and here <= written.isoformat()[: len(here)]:
        return here
    return of_year(written.year - 1)


def days_before(written: date, days: int) -> str:
    return date.fromordinal(max(1, written.toordinal() - days)).isoformat()


def months_before(written: date, months: int) -> str | None:
    year, month = divmod(written.year * 12 + written.month - 1 - months, 12)
    return iso(year, month + 1, None)


def not_after(one: str, other: str) -> bool:
    """Whether a day or month is no later than another, as far as both say."""
    n = min(len(one), len(other))
    return one[:n] <= other[:n]
