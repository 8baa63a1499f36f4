"""The tips on which somebody did what the numbers count of their work, as conditions of lists."""

from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from tipline.core.counts.day_counts import DONE, replies_that_count
from tipline.models import Event, Message, Outgoing, Verb

WorkFilter = Callable[[Collection[int], date | None, date | None], Select[Any]]


def days_of(said: str) -> tuple[str, date | None, date | None]:
    """Who is meant by `bob@2021-06-01/2021-06-30`, from which day to which."""
    who, _, days = said.partition("@")
    since, _, until = days.partition("/")
    return who, date.fromisoformat(since) if since else None, date.fromisoformat(until) if until else None


def answered(people: Collection[int], since: date | None, until: date | None) -> Select[Any]:
    """The ids of tips that these people wrote replies on. By the events, which have an index of who did them; when a
    reply left, and whether it did, its own rows say."""
    written = select(col(Event.object_id)).where(col(Event.account_id).in_(people), col(Event.verb) == Verb.REPLY)
    return (
        select(col(Outgoing.tip_id))
        .join(Message, col(Message.id) == col(Outgoing.message_id))
        .where(col(Outgoing.message_id).in_(written), col(Message.author_id).in_(people), *replies_that_count())
        .where(*_within(col(Message.sent_at), since, until))
    )


def ended(people: Collection[int], since: date | None, until: date | None) -> Select[Any]:
    """The ids of tips that these people used or closed, where it was not undone."""
    undo = aliased(Event)
    back = select(col(undo.id)).where(col(undo.tip_id) == col(Event.tip_id), col(undo.undoes) == col(Event.id))
    ends = col(Event.after).in_(DONE), col(Event.before).not_in(DONE), ~exists(back)
    theirs = col(Event.account_id).in_(people), col(Event.verb) == Verb.STATUS, col(Event.tip_id).is_not(None)
    return select(col(Event.tip_id)).where(*theirs, *ends, *_within(col(Event.at), since, until))


def _within(moment: Any, since: date | None, until: date | None) -> list[ColumnElement[bool]]:
    first = [moment >= datetime.combine(since, time(), UTC)] if since else []
    return first + ([moment < datetime.combine(until + timedelta(days=1), time(), UTC)] if until else [])
