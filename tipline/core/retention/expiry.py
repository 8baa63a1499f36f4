"""Retention: which tips a callout has kept long enough.

Days are counted from the callout's closing, or from the reader's last activity, whichever is later: mail to a closed
callout is still filed, and must not be gone within the hour. When they wrote is what their clock says; what came here
later than that, an old mail that a colleague moved into the folder, counts from then. What is under legal hold is never
due.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from tipline.core.arrival import Automatic
from tipline.db import now
from tipline.models import Callout, CalloutStatus, Direction, Event, Message, Tip, Verb


def due(session: Session, limit: int) -> list[int]:
    """Tips that are to be erased now, at most so many; those that were merged into one go with it."""
    found: list[int] = []
    for callout in session.scalars(select(Callout).where(col(Callout.retention_days).is_not(None))):
        before = now() - timedelta(days=callout.retention_days or 0)
        closed = closed_at(session, callout)
        if closed is not None and closed <= before:
            found += _of(session, callout, before, limit - len(found))
    return found


def closed_at(session: Session, callout: Callout) -> datetime | None:
    """When a callout closed; None where it may still take answers."""
    if callout.status in (CalloutStatus.CLOSED, CalloutStatus.ARCHIVED):
        by_hand = (col(Event.verb) == Verb.CALLOUT_CLOSED, col(Event.object_id) == callout.id)
        last = select(col(Event.at)).where(*by_hand).order_by(col(Event.id).desc()).limit(1)
        return session.scalars(last).first() or callout.closes_at
    past = callout.closes_at is not None and callout.closes_at <= now()
    return callout.closes_at if callout.status in (CalloutStatus.OPEN, CalloutStatus.PAUSED) and past else None


def _of(session: Session, callout: Callout, before: datetime, limit: int) -> list[int]:
    query = (
        select(col(Tip.id))
        .where(
            col(Tip.callout_id) == callout.id,
            col(Tip.merged_into).is_(None),
            ~col(Tip.legal_hold),
            col(Tip.active_at) <= before,
            ~_came_after(before),
            col(Tip.id).not_in(_with_held()),
        )
        .order_by(col(Tip.received_at), col(Tip.id))
        .limit(limit)
    )
    return [tip_id for tip_id in session.scalars(query) if tip_id is not None]


def _came_after(before: datetime) -> ColumnElement[bool]:
    """Whether anything of a tip's reader came here since. Machines keep nobody's tip, only one that is theirs alone."""
    theirs = col(Message.direction) == Direction.IN, or_(col(Message.automatic) == Automatic.NO, col(Tip.automatic))
    return exists(
        select(col(Message.id)).where(col(Message.tip_id) == col(Tip.id), *theirs, col(Message.created_at) > before)
    )


def _with_held() -> Select[Any]:
    """What tips under legal hold were merged into, however often: it would go with them."""
    went, into = aliased(Tip), col(Tip.merged_into)
    first: Select[Any] = select(into.label("id")).where(col(Tip.legal_hold), into.is_not(None))
    found = first.cte("with_held", recursive=True)
    onward = select(col(went.merged_into)).where(col(went.merged_into).is_not(None))
    found = found.union(onward.join(found, col(went.id) == found.c.id))  # each once, so that a ring ends it
    return select(found.c.id)
