"""Days as one says them: yesterday, monday, "last week", 7d. Kept as they were said, they are other days tomorrow."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

EARLIEST = date(1900, 1, 1)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SPANS = ("today", "yesterday", "this week", "last week", "this month", "last month", "this year", "last year")
HAN_DAYS = "一二三四五六日"
ALSO = {
    "今天": "today", "今日": "today", "昨天": "yesterday", "昨日": "yesterday", "前天": "2d",
    "本周": "this week", "这周": "this week", "本週": "this week", "這週": "this week",
    "上周": "last week", "上週": "last week",
    "本月": "this month", "这个月": "this month", "這個月": "this month",
    "上月": "last month", "上个月": "last month", "上個月": "last month",
    "今年": "this year", "去年": "last year",
    **{f"{week}{day}": WEEKDAYS[HAN_DAYS.index(day.replace("天", "日"))]
       for week in ("周", "週", "星期") for day in f"{HAN_DAYS}天"},
}  # fmt: skip
UNITS = {"天": "d", "日": "d", "周": "w", "週": "w", "个月": "m", "個月": "m", "月": "m", "年": "y"}
_AGO = re.compile(
    r"([0-9]{1,3}) ?(?:([dwmy])|(day|week|month|year)s?(?: ago)?|(天|日|周|週|个月|個月|月|年)前)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class RelativeDay:
    """A day, or a span of days, that is another one tomorrow. `after`: what is meant begins when it is over."""

    words: str
    after: bool = False

    def on(self, today: date) -> date:
        """Where it begins, where it is `today`."""
        first, end = _span(self.words, today)
        return max(end if self.after else first, EARLIEST)


def said(value: str) -> str:
    """The one way in which something that is said of days is written. ValueError where it says none."""
    plain = " ".join(re.sub("[-_]", " ", value).lower().split())
    plain = ALSO.get(plain, plain)
    if plain in (*SPANS, *WEEKDAYS):
        return plain
    found = _AGO.fullmatch(plain)
    if not found:
        raise ValueError(value)
    return f"{int(found[1])}{found[2] or UNITS.get(found[4] or '') or found[3][0]}"


def ago(words: str) -> tuple[int, str] | None:
    """How many of which unit (d, w, m, y) back; None where something else is said."""
    found = re.fullmatch(r"([0-9]+)([dwmy])", words, re.ASCII)
    return (int(found[1]), found[2]) if found else None


def _span(words: str, today: date) -> tuple[date, date]:
    """Its first day, and the first after it."""
    if back := ago(words):
        return _one(_back(today, *back))
    if words in WEEKDAYS:
        return _one(today - timedelta(days=(today.weekday() - WEEKDAYS.index(words)) % 7))
    match words.split():
        case ["today"]:
            return _one(today)
        case ["yesterday"]:
            return _one(today - timedelta(days=1))
        case [which, unit]:
            first = _first(today, unit)
            if which == "last":
                first = _first(first - timedelta(days=1), unit)
            return first, _first(first + timedelta(days=366 if unit == "year" else 31 if unit == "month" else 7), unit)
    raise ValueError(words)


def _one(day: date) -> tuple[date, date]:
    return day, day + timedelta(days=1)


def _first(day: date, unit: str) -> date:
    """The first day of its week, month or year; weeks begin on Monday."""
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if unit == "month" else day.replace(month=1, day=1)


def _back(today: date, n: int, unit: str) -> date:
    """So many days, weeks, months or years earlier; of a shorter month its last day."""
    if unit in "dw":
        return today - timedelta(days=n * (7 if unit == "w" else 1))
    months = today.year * 12 + today.month - 1 - n * (12 if unit == "y" else 1)
    year, month = max(months // 12, EARLIEST.year), months % 12 + 1
    return date(year, month, min(today.day, monthrange(year, month)[1]))
