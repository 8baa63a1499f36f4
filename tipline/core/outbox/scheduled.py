"""Replies that are to go at a time: changed, sent at once, held when their reader writes first.

Nothing stale leaves by itself: what a reader wrote after the reply was written may have answered it already. So a
person looks again, and sends it, gives it another time, or takes it back.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import access, events, replies
from tipline.core.access import Actor
from tipline.core.events import Line
from tipline.core.outbox import sending
from tipline.core.outbox.sending import locked
from tipline.core.outgoing_mail import Sender
from tipline.db import now
from tipline.errors import Conflict, NotVisible
from tipline.models import ActorKind, Event, Outgoing, SendState, Tip, Verb
from tipline.models.outbox import FOR_A_TIME, HELD, SCHEDULED
from tipline.vocabularies import N_, ContactChoice

NOT_WAITING = N_("This reply does not wait for a time any more. Nothing was changed.")


def change(session: Session, outgoing_id: int, at: datetime, by: Actor, sender: Sender) -> Outgoing:
    """Give a reply that waits another time. Refused where that is over; Conflict where the reply waits no more."""
    out = _waiting(session, outgoing_id, by)
    replies.check_time(at)
    out.reason, out.not_before = SCHEDULED, at
    session.add(out)
    replies.rewrite(session, out, sender)
    events.record(session, Verb.REPLY, by=by, tip_id=out.tip_id, object_id=out.message_id, after=SCHEDULED)
    return out


def send_now(session: Session, outgoing_id: int, by: Actor, sender: Sender, delay: timedelta = timedelta()) -> Outgoing:
    """Let a reply that waits leave now, or after a moment. Conflict where it waits no more."""
    out = _waiting(session, outgoing_id, by)
    out.reason, out.not_before = "", now() + delay
    if out.content is None:
        out.state = SendState.PAGE
    session.add(out)
    replies.rewrite(session, out, sender)
    events.record(session, Verb.REPLY, by=by, tip_id=out.tip_id, object_id=out.message_id, after=out.state)
    replies.left(session, out, by)
    return out


def hold(session: Session, tip_id: int, caused_by: int | None = None) -> list[int]:
    """The reader wrote: replies to them that wait for a time stay until a person has looked; their ids. `caused_by`:
    the event that says so, where a person said it."""
    waiting = (
        col(Outgoing.tip_id) == tip_id,
        col(Outgoing.state) == SendState.QUEUED,
        col(Outgoing.reason) == SCHEDULED,
    )
    # Who has one of them in hand waits for this tip, maybe: a person who decides about it, or the worker that sends it.
    held = session.scalars(select(Outgoing).where(*waiting).with_for_update(skip_locked=True)).all()
    for out in held:
        out.reason = HELD
        session.add(out)
        line = Line(by=ActorKind.SYSTEM, tip_id=tip_id, object_id=out.message_id, after=HELD)
        events.record(session, Verb.REPLY_FAILED, caused_by=caused_by, **line)
    return [out.id for out in held]


def release(session: Session, event_id: int, by: Actor) -> None:
    """An event that held replies is undone: they leave at their time again. One whose time is over stays: it would
    leave at once, and nobody has asked for that."""
    of_event = col(Event.caused_by) == event_id, col(Event.verb) == Verb.REPLY_FAILED
    for held in session.scalars(select(Event).where(*of_event).order_by(col(Event.id))).all():
        waiting = col(Outgoing.message_id) == held.object_id, col(Outgoing.state) == SendState.QUEUED
        still = col(Outgoing.reason) == HELD, col(Outgoing.not_before) > now()
        out = session.scalars(select(Outgoing).where(*waiting, *still).with_for_update()).one_or_none()
        if out is not None:
            out.reason = SCHEDULED
            session.add(out)
            line = Line(by=by, tip_id=out.tip_id, object_id=out.message_id, after=SCHEDULED)
            events.record(session, Verb.REPLY, undoes=held.id, **line)


def due_on_pages(session: Session, limit: int = 20) -> Sequence[int]:
    """Replies without an address whose time has come."""
    return session.scalars(
        select(col(Outgoing.id))
        .where(
            col(Outgoing.state) == SendState.QUEUED,
            col(Outgoing.not_before) <= now(),
            col(Outgoing.content).is_(None),
            col(Outgoing.reason) != HELD,
        )
        .order_by(col(Outgoing.not_before))
        .limit(limit)
    ).all()


def put_on_page(session: Session, outgoing_id: int) -> None:
    """Show a reply on its reader's page from now on, if its author may still write to them."""
    out = locked(session, outgoing_id)
    if out is None or out.state is not SendState.QUEUED or out.reason == HELD or out.content is not None:
        return
    author = sending.author_of(session, out)
    if author is None or session.get_one(Tip, out.tip_id).contact is ContactChoice.NO:
        sending.not_allowed(session, out)
        return
    out.state, out.reason = SendState.PAGE, ""
    session.add(out)
    replies.left(session, out, author)


def _waiting(session: Session, outgoing_id: int, by: Actor) -> Outgoing:
    out = locked(session, outgoing_id)
    if out is None:
        raise NotVisible("reply")
    access.tip_to_work(session, out.tip_id, by)
    if out.state is not SendState.QUEUED or out.reason not in FOR_A_TIME:
        raise Conflict(NOT_WAITING)
    return out
