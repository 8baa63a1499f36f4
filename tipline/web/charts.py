"""What charts draw: places and heights in hundredths, and how many days one column of a chart over time holds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from babel import dates
from flask_babel import format_decimal, get_locale

from tipline.core.days import months
from tipline.core.results.distribution import MonthCount as Month
from tipline.core.results.tallies import Bin
from tipline.vocabularies import Source
from tipline.web.i18n import short_day

T = TypeVar("T")
MAX_COLUMNS = 62
MIN_DAYS = 14  # of a chart by day: a single day is no course of things
SHOWN = 100  # months of a chart over a long time
MAIN_SOURCES = (Source.FORM, Source.MAIL)  # every other source is one more colour


@dataclass(frozen=True, slots=True)
class ChartColumn:
    """One column of a chart: its label, how many, and how many of each series, from the ground up. `first` and `last`
    are its days, where it is of a time."""

    label: str
    n: int
    parts: tuple[int, ...]
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a column: which series, from where, how high; hundredths of the chart from its top."""

    series: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns side by side, each as wide as the others."""

    columns: list[ChartColumn]
    top: int  # what the chart's height stands for

    def blocks(self, column: ChartColumn) -> list[Block]:
        found, ground = [], 100.0
        for series, n in enumerate(column.parts, 1):
            if n:
                height = max(100 * n / self.top, 0.8)
                ground = max(ground - height, 0.0)
                found.append(Block(series, round(ground, 2), round(height, 2)))
        return found


def chart(columns: Sequence[ChartColumn]) -> Chart:
    return Chart(list(columns), max((column.n for column in columns), default=0) or 1)


def over_time(days: Mapping[date, Counter[Source]], first: date | None = None, last: date | None = None) -> Chart:
    """How many came when: by day, by week over some months, by month over years. From the first that came to the
    last, where no days are given."""
    if not days:
        return chart([])
    last = last or max(days)
    first = first or min(min(days), last - timedelta(days=MIN_DAYS - 1))
    span = (last - first).days + 1
    if span <= MAX_COLUMNS:
        starts = [first + timedelta(days=n) for n in range(span)]
        return _timed(days, starts, [short_day(start) for start in starts], last)
    if span <= MAX_COLUMNS * 7:
        monday = first - timedelta(days=first.weekday())
        starts = [monday + timedelta(days=7 * n) for n in range((last - monday).days // 7 + 1)]
        weeks = [f"{short_day(start)} – {short_day(start + timedelta(days=6))}" for start in starts]
        return _timed(days, starts, weeks, last)
    starts = months(first, last)[-SHOWN:]
    end = (last.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return _timed(days, starts, [month(start) for start in starts], end)


def _timed(days: Mapping[date, Counter[Source]], starts: Sequence[date], names: Sequence[str], last: date) -> Chart:
    counted: list[Counter[Source]] = [Counter() for _ in starts]
    place = 0
    for on in sorted(days):
        while place + 1 < len(starts) and starts[place + 1] <= on:
            place += 1
        if on >= starts[place]:
            counted[place].update(days[on])
    sources = [_by_source(found) for found in counted]
    shown = len(MAIN_SOURCES) + any(others for *_, others in sources)
    ends = [*(start - timedelta(days=1) for start in starts[1:]), last]
    columns = zip(names, sources, starts, ends, strict=True)
    return chart([ChartColumn(name, sum(n), n[:shown], first, end) for name, n, first, end in columns])


def _by_source(found: Counter[Source]) -> tuple[int, ...]:
    named = tuple(found[source] for source in MAIN_SOURCES)
    return (*named, found.total() - sum(named))


def of_months(columns: Sequence[Month]) -> Chart:
    return chart([ChartColumn(month(column.month), column.n, (column.n,)) for column in columns])


def of_bins(bins: Sequence[Bin]) -> Chart:
    """Numbers in bins; one of whole numbers that holds a single one is called by it."""
    return chart([ChartColumn(_bin(one), one.n, (one.n,)) for one in bins])


def _bin(one: Bin) -> str:
    if one.high - one.low == 1 and one.low == one.low // 1:
        return str(format_decimal(one.low))
    return f"{format_decimal(one.low)} – {format_decimal(one.high)}"


def month(on: date) -> str:
    text: str = dates.format_skeleton("yMMM", on, locale=get_locale())
    return text
