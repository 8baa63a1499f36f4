"""A person's own last change, whichever it was: what `z` takes back, one after the other."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import and_, exists, func, or_, select
from sqlmodel import Session, col

from tipline.core import bulk, triage
from tipline.core.access import Actor
from tipline.db import now
from tipline.models import BulkChange, BulkState, Event, Verb

REACH = timedelta(hours=12)  # what is older than a working day is taken back in the tip's history
HOPS = 50  # changes that were taken back already, on the way to one that was not


@dataclass(frozen=True, slots=True)
class Last:
    """One event, or one change to several tips."""

    event: Event
    change: BulkChange | None = None


def last(session: Session, by: Actor, passed: Collection[int] = ()) -> Last | None:
    """The newest change of a person that can be taken back yet; None where there is none within REACH.

    `passed`: events to pass over, since they can't be taken back any more.
    """
    below: int | None = None
    for _ in range(HOPS):
        event = _newest(session, by, below)
        if event is None or event.at < now() - REACH:
            return None
        change = session.get(BulkChange, event.bulk_id) if event.bulk_id else None
        if event.id not in passed and not _taken_back(session, event, change):
            return Last(event, change)
        below = _first_of(session, change) if change else event.id
    return None


def _newest(session: Session, by: Actor, below: int | None) -> Event | None:
    to_many = and_(col(Event.verb) == Verb.REPLY, col(Event.bulk_id).is_not(None))
    query = select(Event).where(
        col(Event.account_id) == by.account_id,
        or_(col(Event.verb).in_(triage.UNDOABLE), to_many),
        col(Event.undoes).is_(None),
    )
    if below is not None:
        query = query.where(col(Event.id) < below)
    return session.scalars(query.order_by(col(Event.id).desc()).limit(1)).first()


def _taken_back(session: Session, event: Event, change: BulkChange | None) -> bool:
    if change is not None:
        undone = exists(select(col(BulkChange.id)).where(col(BulkChange.undoes) == change.id))
        if bulk.is_writing(change) and not bulk.waits(session, change):
            return True  # it has left: nothing leads back
        return change.state is BulkState.RUNNING or bool(session.scalar(select(undone)))
    inverse = select(col(Event.id)).where(col(Event.tip_id) == event.tip_id, col(Event.undoes) == event.id)
    return session.scalars(inverse.limit(1)).first() is not None


def _first_of(session: Session, change: BulkChange) -> int | None:
    return session.scalar(select(func.min(col(Event.id))).where(col(Event.bulk_id) == change.id))
