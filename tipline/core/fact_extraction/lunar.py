"""Days of the lunar calendar, as stories count them: 正月十五, 大年三十, the Mid-Autumn Festival."""

from datetime import date, timedelta
from functools import cache
from typing import Any

from tipline.core.fact_extraction.name_index import listed


def day(year: int, month: int, number: int) -> str | None:
    """The day of a lunar year's month, the first of those of that number. None where nobody tabled it, or where a
    short month has no thirtieth."""
    entry = _year(year)
    if entry is None or not 1 <= month <= 12:
        return None
    lengths = [29 + int(long) for long in entry["long"]]
    place = month - 1 + (0 < entry.get("leap", 0) < month)
    if not 1 <= number <= lengths[place]:
        return None
    first: date = entry["first"]
    return (first + timedelta(days=sum(lengths[:place]) + number - 1)).isoformat()


def eve(year: int) -> str | None:
    """The day before the lunar new year that comes in this year: 2020年除夕 was 24 January 2020."""
    entry = _year(year)
    return (entry["first"] - timedelta(days=1)).isoformat() if entry else None


@cache
def _year(year: int) -> dict[str, Any] | None:
    return listed("lunar").get(str(year))
