"""The day on which to come back to a tip: put off until then, and its people told when it has come."""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, select
from sqlmodel import Session, col

from tipline.core import events
from tipline.models import ActorKind, Tip, Verb
from tipline.models.tip import OPEN_WORK

SNOOZED = " snoozed"  # after the day, in events and in steps
MAX_DAYS = 366


class Weekday(StrEnum):
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


When = int | Weekday | date | None  # so many days from today, the next such day of a week, a day, or never


def plan(tip: Tip, on: date | None, *, snoozed: bool = False, told: bool = False) -> None:
    """Set the day of a tip. `told`: its people know already that it is due."""
    tip.follow_up_on, tip.snoozed = on, snoozed and on is not None
    tip.remind_on = None if told else on


def of(tip: Tip) -> str:
    """How a tip's day is written in events, and in what a form asks for: "2026-12-01", "2026-12-01 snoozed" or ""."""
    return written(tip.follow_up_on, snoozed=tip.snoozed)


def written(on: date | None, *, snoozed: bool = False) -> str:
    return on.isoformat() + (SNOOZED if snoozed else "") if on else ""


def read(text: str) -> tuple[date | None, bool]:
    """The day of an event, and whether the tip was put off until then."""
    return (date.fromisoformat(text.removesuffix(SNOOZED)) if text else None), text.endswith(SNOOZED)


def meant(wish: str) -> tuple[When, bool]:
    """When a step wants a tip to be come back to: "3", "friday", "2026-12-01" or "", and whether it is put off until
    then (SNOOZED behind it). ValueError for anything else."""
    word, snoozed = wish.removesuffix(SNOOZED), wish.endswith(SNOOZED)
    if not word and not snoozed:
        return None, False
    if word in list(Weekday):
        return Weekday(word), snoozed
    if not word.isdigit():
        return date.fromisoformat(word), snoozed
    if int(word) > MAX_DAYS:
        raise ValueError("too many days")
    return int(word), snoozed


def day(when: When, today: date) -> date | None:
    """The day that is meant, where it is `today`. On a Monday, the next Monday is that of the week after."""
    match when:
        case int():
            return today + timedelta(days=when)
        case Weekday():
            ahead = (list(Weekday).index(when) - today.weekday()) % 7
            return today + timedelta(days=ahead or 7)
    return when


def put_off(today: date, tip: type[Tip] = Tip) -> ColumnElement[bool]:
    """The condition on a tip: out of the lists of open work. Never unknown (NULL). Its day ends it, whether or not a
    worker runs; the words of its index stand in it as they are there."""
    snoozed = literal_column("tip.snoozed") if tip is Tip else col(tip.snoozed)
    return and_(snoozed, func.coalesce(col(tip.follow_up_on), date.min) > today)


def is_put_off(tip: Tip, today: date) -> bool:
    """The same of one tip."""
    return tip.snoozed and (tip.follow_up_on or date.min) > today


def ids_put_off(today: date) -> Select[Any]:
    """The ids of those tips: for conditions on few of them, since SQLite would rather walk all open work."""
    return select(col(Tip.id)).where(put_off(today)).correlate(None)


def wake(tip: Tip) -> None:
    """The reader wrote: a tip is not put off any more. The day stays, and people are told when it comes."""
    tip.snoozed = False


def due(session: Session, today: date, limit: int = 200) -> Sequence[int]:
    """Tips whose day has come and of whom nobody was told."""
    reached = col(Tip.remind_on).is_not(None), col(Tip.remind_on) <= today
    return [
        i for i in session.scalars(select(col(Tip.id)).where(*reached).order_by(col(Tip.remind_on)).limit(limit)) if i
    ]


def tell(session: Session, tip_id: int, today: date) -> bool:
    """Tell those who follow a tip that its day has come, and let it stand in the lists again; whether it had.

    Of a tip that is done with nobody is told.
    """
    query = select(Tip).where(col(Tip.id) == tip_id).with_for_update()
    tip = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if tip is None or tip.remind_on is None or tip.remind_on > today:
        return False
    is_open = session.scalar(select(col(Tip.id)).where(col(Tip.id) == tip_id, literal_column(f"({OPEN_WORK})")))
    if is_open is not None:
        events.record(session, Verb.DUE, by=ActorKind.SYSTEM, tip_id=tip_id, after=tip.remind_on.isoformat())
    tip.remind_on, tip.snoozed = None, False
    session.add(tip)
    session.flush()
    return True
