"""A person's own last change, whichever it was: what `z` takes back, one after the other.

A reply is one change with what it did to the status of its tip. While it is here both go back together; once it has
left neither does, and whoever meant it is told so before anything older is taken back instead.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import exists, func, select
from sqlmodel import Session, col

from tipline.core import bulk, outbox, triage
from tipline.core.access import Actor
from tipline.core.outbox import reply_events
from tipline.db import now
from tipline.models import BulkChange, BulkState, Event, Outgoing, SendState, Verb
from tipline.models.outbox import FOR_A_TIME

REACH = timedelta(hours=12)  # what is older than a working day is taken back in the tip's history
HOPS = 50  # changes that were taken back already, on the way to one that was not
NEVER_LEFT = (SendState.WITHDRAWN, SendState.FAILED)


@dataclass(frozen=True, slots=True)
class LastChange:
    """One event, or one change to several tips, or a reply. `left`: readers have it, and nothing leads back."""

    event: Event
    change: BulkChange | None = None
    reply: Outgoing | None = None
    left: bool = False


def last(session: Session, by: Actor, passed: Collection[int] = (), told: int = 0) -> LastChange | None:
    """The newest change of a person that can be taken back yet, or that has left to readers; None where there is none
    within REACH.

    `passed`: events to pass over, since they can't be taken back any more. `told`: the last event of which the person
    was told that it has left: older ones that left are passed over without a word.
    """
    below: int | None = None
    for _ in range(HOPS):
        event = _newest(session, by, below)
        if event is None or event.at < now() - REACH:
            return None
        found = _whole(session, event)
        event_id = found.event.id or 0
        if event_id not in passed and not _taken_back(session, found) and not (found.left and event_id <= told):
            return found
        below = _first_of(session, found.change) if found.change else event_id
    return None


def _newest(session: Session, by: Actor, below: int | None) -> Event | None:
    query = select(Event).where(
        col(Event.account_id) == by.account_id,
        col(Event.verb).in_({*triage.UNDOABLE, Verb.REPLY}),
        col(Event.undoes).is_(None),
    )
    if below is not None:
        query = query.where(col(Event.id) < below)
    return session.scalars(query.order_by(col(Event.id).desc()).limit(1)).first()


def _whole(session: Session, event: Event) -> LastChange:
    """The change that an event is part of."""
    if event.bulk_id:
        change = session.get_one(BulkChange, event.bulk_id)
        return LastChange(event, change, left=bulk.is_writing(change) and not bulk.waits(session, change))
    sent = event if event.verb is Verb.REPLY else reply_events.cause(session, event)
    reply = reply_events.sent_with(session, sent) if sent else None
    if sent is None or reply is None or (sent is not event and reply.reason in FOR_A_TIME):
        return LastChange(event)  # what waits for a time has done nothing to its tip yet
    return LastChange(sent, reply=reply, left=not outbox.is_here(reply))


def _taken_back(session: Session, found: LastChange) -> bool:
    event, change = found.event, found.change
    if change is not None:
        undone = exists(select(col(BulkChange.id)).where(col(BulkChange.undoes) == change.id))
        return change.state is BulkState.RUNNING or bool(session.scalar(select(undone)))
    if event.verb is Verb.REPLY:
        return found.reply is None or found.reply.state in NEVER_LEFT
    inverse = select(col(Event.id)).where(col(Event.tip_id) == event.tip_id, col(Event.undoes) == event.id)
    return session.scalars(inverse.limit(1)).first() is not None


def _first_of(session: Session, change: BulkChange) -> int | None:
    return session.scalar(select(func.min(col(Event.id))).where(col(Event.bulk_id) == change.id))
