"""Writing the history: the one function that makes an Event."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from tipline.core import rows
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
    """Write one line of history; what it points to is written already.

    `before` and `after` are ids, dates or words of closed vocabularies, never free text.
    """
    values: dict[str, Any] = {
        "at": at or now(),
        "actor": by if isinstance(by, ActorKind) else ActorKind.REPORTER,
        "account_id": None if isinstance(by, ActorKind) else by.account_id,
        "verb": verb,
        "tip_id": tip_id,
        "object_id": object_id,
        "before": before,
        "after": after,
        "undoes": undoes,
    }
    return Event(id=rows.write(session, Event, **values), **values)
