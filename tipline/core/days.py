"""Which day it is in the newsroom, and which it was where somebody is, as SQL: a day of a time zone has 23, 24 or 25
hours."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, func
from sqlmodel import Session

from tipline.db import is_sqlite, now

MAX_DAYS = 40_000  # looked at for changes of the clock: more than a century


def today(session: Session) -> date:
    """The newsroom's day, for what happens by itself; where a person acts, their own counts."""
    return now().astimezone(ZoneInfo(session.info["zone"])).date()


def local_day(session: Session, moment: Any, zone: ZoneInfo, first: datetime, last: datetime) -> ColumnElement[str]:
    """The day of a column of moments in a time zone, as "2021-06-22". All of them lie between `first` and `last`.

    SQLite knows no time zones: it is told how far the clock stood from UTC in each stretch of time.
    """
    if not is_sqlite(session):
        return func.to_char(func.timezone(zone.key, moment), "YYYY-MM-DD")
    stretches = _stretches(zone, first, last)
    plain = func.substr(moment, 1, 19)
    shifted = [(until, func.date(plain, f"{seconds:+d} seconds")) for until, seconds in stretches]
    if len(shifted) == 1:
        return shifted[0][1]
    return case(*((moment < until, day) for until, day in shifted[:-1]), else_=shifted[-1][1])


def _stretches(zone: ZoneInfo, first: datetime, last: datetime) -> list[tuple[datetime, int]]:
    """(until when, seconds from UTC), one after the other."""
    found: list[tuple[datetime, int]] = []
    at = datetime.combine(first.astimezone(UTC).date(), time(), UTC)
    offset = _offset(zone, at)
    for _ in range(min((last - first).days + 2, MAX_DAYS)):
        after = at + timedelta(days=1)
        if (then := _offset(zone, after)) != offset:
            found.append((_change(zone, at, after), offset))
            offset = then
        at = after
    return [*found, (at, offset)]


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """When between two moments the clock was put forward or back, to the second."""
    offset = _offset(zone, before)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        before, after = (middle, after) if _offset(zone, middle) == offset else (before, middle)
    return after


def _offset(zone: ZoneInfo, at: datetime) -> int:
    offset = at.astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def months(first: date, last: date) -> list[date]:
    """The first day of each month from one day to another."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1) for n in range(count)]
