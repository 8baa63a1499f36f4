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
    values = {
        **_line(verb, by, tip_id, object_id, before, after, at),
        "undoes": undoes,
    }
    return Event(id=rows.write_now(session, Event, **values), **values)


def note(
    session: Session,
    verb: Verb,
    *,
    by: Actor | ActorKind,
    tip_id: int | None = None,
    object_id: int | None = None,
    before: str = "",
    after: str = "",
    at: datetime | None = None,
) -> None:
    """As `record`, where nobody needs the event itself: it is written with the rows that wait."""
    rows.write(session, Event, **_line(verb, by, tip_id, object_id, before, after, at))


def _line(
    verb: Verb,
    by: Actor | ActorKind,
    tip_id: int | None,
    object_id: int | None,
    before: str,
    after: str,
    at: datetime | None,
) -> dict[str, Any]:
    return {
        "at": at or now(),
        "actor": by if isinstance(by, ActorKind) else ActorKind.REPORTER,
        "account_id": None if isinstance(by, ActorKind) else by.account_id,
        "verb": verb,
        "tip_id": tip_id,
        "object_id": object_id,
        "before": before,
        "after": after,
    }
