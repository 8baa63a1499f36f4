"""Writing the history: the two functions that make an Event."""

from datetime import datetime
from typing import Any, Required, TypedDict, Unpack

from sqlmodel import Session

from tipline.core import following, row_batches
from tipline.core.access import Actor
from tipline.db import now
from tipline.models import ActorKind, Event, Verb


class Line(TypedDict, total=False):
    """What a line of history says beside its verb. `before` and `after` are ids, dates or words of closed
    vocabularies, never free text."""

    by: Required[Actor | ActorKind]
    tip_id: int | None
    object_id: int | None
    before: str
    after: str
    at: datetime | None


class Cause(TypedDict, total=False):
    """Why a verb is done where no single click asked for it: it takes an event back, comes with another, or is one of
    many at once."""

    undoes: int | None
    caused_by: int | None
    bulk_id: int | None


def record(
    session: Session,
    verb: Verb,
    *,
    undoes: int | None = None,
    caused_by: int | None = None,
    bulk_id: int | None = None,
    **line: Unpack[Line],
) -> Event:
    """Write one line of history; what it points to is written already."""
    values = _values(verb, line) | {"undoes": undoes, "caused_by": caused_by, "bulk_id": bulk_id}
    event = Event(id=row_batches.write_now(session, Event, **values), **values)
    following.heed(session, values)
    return event


def note(session: Session, verb: Verb, **line: Unpack[Line]) -> None:
    """As `record`, where nobody needs the event itself: it is written with the rows that wait."""
    values = _values(verb, line)
    row_batches.write(session, Event, **values)
    following.heed(session, values)


def _values(verb: Verb, line: Line) -> dict[str, Any]:
    by = line["by"]
    return {
        "at": line.get("at") or now(),
        "actor": by if isinstance(by, ActorKind) else ActorKind.REPORTER,
        "account_id": None if isinstance(by, ActorKind) else by.account_id,
        "verb": verb,
        "tip_id": line.get("tip_id"),
        "object_id": line.get("object_id"),
        "before": line.get("before", ""),
        "after": line.get("after", ""),
    }
