"""A tip that was done with, or waited for its reader, asks for attention again."""

from collections.abc import Collection

from sqlmodel import Session

from tipline.core import events
from tipline.core.counts import counters
from tipline.core.events import Line
from tipline.models import ActorKind, Status, Tip, Verb


def reopen(session: Session, tip: Tip, done_with: Collection[Status], caused_by: int | None = None) -> None:
    """Let a tip be looked at again where it stands at one of these; nobody did it, but it may come with an event that
    somebody did. The caller flushes."""
    if tip.status not in done_with:
        return
    before = counters.standing(tip)
    line = Line(by=ActorKind.SYSTEM, tip_id=tip.id, before=tip.status, after=Status.REVIEWING)
    events.record(session, Verb.STATUS, caused_by=caused_by, **line)
    tip.status, tip.reason_id = Status.REVIEWING, None
    counters.move(session, tip, before, counters.standing(tip))
    session.add(tip)
