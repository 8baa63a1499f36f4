"""Days and months that are counted back from the day a text was written: "two months ago", 三天前, 上周三.

What people round ("ten days ago", "about a month ago", 半年前) names no day and no month.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache

from tipline.core.fact_extraction import numerals
from tipline.core.fact_extraction.date_values import DateSpan, days_before, months_before
from tipline.core.fact_extraction.folded_text import FoldedText

MOST_DAYS, MOST_MONTHS = 6, 11  # beyond, people count in weeks and years
_ROUGH = re.compile(
    r"(?:\b(?:about|around|almost|nearly|over|than|some|roughly|least|maybe|approximately|like|under|half)|~"
    r"|[大约概近快将多几半]|差不多|将近|不到|超过|至少) ?$"
)
_WEEKDAYS = "一二三四五六日天"


@cache
def _english() -> re.Pattern[str]:
    number = "|".join(["an?", *numerals.SMALL, r"\d{1,2}"])
    return re.compile(
        rf"(?<![\w.,-])(?P<n>{number}) (?P<unit>day|month)s? ago\b"
        r"|\b(?P<day>the day before yesterday|yesterday)\b|\b(?P<month>the month before last|last month|next month)\b"
    )


@cache
def _chinese() -> re.Pattern[str]:
    number = r"(?<![\d一二三四五六七八九十百千万亿几.])(?P<n>\d{1,2}|[一两二三四五六七八九]|十[一二]?) ?"
    return re.compile(
        rf"{number}(?P<unit>天|日|个月)(?:之|以)?前(?![后面])"
        r"|(?P<day>大前[天日]|昨[天日晚夜]|[寻琴噚]日|(?<!大)前天)"
        r"|(?P<month>上上个?月|下个月)(?! ?[\d一二三四五六七八九十])"
        rf"|(?<!上)上(?:个)?(?:周|星期|礼拜)(?P<weekday>[{_WEEKDAYS}])(?![个次起])"
    )


_DAYS = {"yesterday": 1, "the day before yesterday": 2, "前天": 2, "大前天": 3, "大前日": 3}
_MONTHS = {"last month": 1, "the month before last": 2, "next month": -1, "上上个月": 2, "上上月": 2, "下个月": -1}


def read(reading: FoldedText) -> Iterator[DateSpan]:
    for pattern in (_english(), _chinese()):
        for found in pattern.finditer(reading.folded):
            if (value := _value(reading, found)) is not None:
                yield DateSpan(*found.span(), value)


def _value(reading: FoldedText, found: re.Match[str]) -> str | None:
    if found["day"]:
        return days_before(reading.written, _DAYS.get(found["day"], 1))
    if found["month"]:
        return months_before(reading.written, _MONTHS[found["month"]])
    if (weekday := found.groupdict().get("weekday")) is not None:
        return _of_last_week(reading, min(_WEEKDAYS.index(weekday), 6))
    if _ROUGH.search(reading.folded[max(0, found.start() - 14) : found.start()]):
        return None
    n = _number(found["n"])
    if found["unit"] in ("month", "个月"):
        return months_before(reading.written, n) if 1 <= n <= MOST_MONTHS else None
    return days_before(reading.written, n) if 1 <= n <= MOST_DAYS else None


def _of_last_week(reading: FoldedText, weekday: int) -> str | None:
    """The day of the week before this one, which begins with Monday."""
    since = timedelta(days=reading.written.weekday() + 7 - weekday)
    return days_before(reading.written, since.days)


def _number(said: str) -> int:
    if said.isdecimal() and said.isascii():
        return int(said)
    if said in ("a", "an"):
        return 1
    return numerals.english(said) or numerals.han(said) or 0
