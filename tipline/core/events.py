"""Writing the history: the one function that makes an Event."""

from datetime import datetime

from sqlmodel import Session

from tipline.core.access import Actor
from tipline.db import now
from tipline.models import ActorKind, Event, Verb


def record(
    session: Session,
    verb: Verb,
    *,
    by: Actor | ActorKind,
    tip_id: int | None = None,
    object_id: int | None = None,
    before: str = "",
    after: str = "",
    undoes: int | None = None,
    at: datetime | None = None,
) -> Event:
    """Add one line of history. `before` and `after` are ids, dates or words of closed vocabularies, never free text."""
    event = Event(
        at=at or now(),
        actor=by if isinstance(by, ActorKind) else ActorKind.REPORTER,
        account_id=None if isinstance(by, ActorKind) else by.account_id,
        verb=verb,
        tip_id=tip_id,
        object_id=object_id,
        before=before,
        after=after,
        undoes=undoes,
    )
    session.add(event)
    return event
