"""The outbox as people see it: what waits, what did not arrive, and what a person decides about it.

Each decision takes the row for itself and looks at its state again: of two people, or two clicks, one wins.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlmodel import Session, col

from tipline.core import access, day_counts, events, sending
from tipline.core.access import Actor
from tipline.core.sending import locked
from tipline.db import now
from tipline.errors import Conflict, NotVisible
from tipline.models import LetterKind, Message, Outgoing, SendState, Tip, Verb
from tipline.words import N_

GIVEN_UP = "given_up"  # the reason of a withdrawn mail that a person has settled
NOT_WAITING = N_("This reply has left already, or was taken back before. Nothing was changed.")
NOT_FAILED = N_("This reply is on its way again, or was settled before. Nothing was sent twice.")
SETTLED = N_("This reply was settled before, or is on its way again. Nothing was changed.")
NOT_UNKNOWN = N_("It is known by now what became of this reply. Nothing was changed.")

WAITS = (SendState.QUEUED, SendState.SENDING)
DID_NOT_ARRIVE = (SendState.FAILED, SendState.UNKNOWN, SendState.BOUNCED)


def withdraw(session: Session, outgoing_id: int, by: Actor) -> Outgoing:
    """Take back a reply that has not left. Conflict where it has."""
    out = _of(session, outgoing_id, by)
    still_here = out.state is SendState.QUEUED or (out.state is SendState.PAGE and out.not_before > now())
    if not still_here:
        raise Conflict(NOT_WAITING)
    out.state, out.settled_at = SendState.WITHDRAWN, now()
    session.add(out)
    events.record(session, Verb.REPLY_WITHDRAWN, by=by, tip_id=out.tip_id, object_id=out.message_id)
    day_counts.answer_taken_back(session, out)
    return out


def retry(session: Session, outgoing_id: int, by: Actor) -> Outgoing:
    """Send a reply again that did not arrive: the same bytes under the same Message-ID, so that twice reads as once."""
    out = _of(session, outgoing_id, by)
    if out.state not in DID_NOT_ARRIVE:
        raise Conflict(NOT_FAILED)
    out.state, out.attempts, out.not_before, out.settled_at = SendState.QUEUED, 0, now(), None
    out.reason, out.code, out.bounced_by, out.bounce_status = "", 0, None, ""
    session.add(out)
    events.record(session, Verb.REPLY, by=by, tip_id=out.tip_id, object_id=out.message_id, after=SendState.QUEUED)
    return out


def give_up(session: Session, outgoing_id: int, by: Actor) -> Outgoing:
    """Leave a reply that did not arrive, or of which nobody knows, as it is: it is in no list of troubles any more."""
    out = _of(session, outgoing_id, by)
    if out.state not in DID_NOT_ARRIVE:
        raise Conflict(SETTLED)
    before, out.state, out.reason, out.settled_at = out.state, SendState.WITHDRAWN, GIVEN_UP, now()
    session.add(out)
    events.record(
        session, Verb.REPLY_WITHDRAWN, by=by, tip_id=out.tip_id, object_id=out.message_id, before=before, after=GIVEN_UP
    )
    day_counts.answer_taken_back(session, out)
    return out


def arrived(session: Session, outgoing_id: int, by: Actor) -> Outgoing:
    """A person found out that a reply of which nobody knew did leave: in the Sent folder, or from the reader."""
    out = _of(session, outgoing_id, by)
    if out.state is not SendState.UNKNOWN:
        raise Conflict(NOT_UNKNOWN)
    sending.arrived(session, out, by)
    return out


def tip_of(session: Session, outgoing_id: int, by: Actor) -> int:
    """The tip of a mail of ours. NotVisible where it is not theirs to see."""
    out = session.get(Outgoing, outgoing_id)
    if out is None or not access.sees(session, out.tip_id, by):
        raise NotVisible("reply")
    return out.tip_id


def troubled(session: Session, by: Actor, limit: int = 100) -> list[Outgoing]:
    """Mails that did not arrive, or of which nobody knows, on tips that this person sees, newest first.

    Of acknowledgements only those that the server refused: nobody has to decide about a machine's mail.
    """
    decided_by_people = or_(col(Outgoing.kind) == LetterKind.REPLY, col(Outgoing.state) == SendState.FAILED)
    return _seen(session, by, limit, col(Outgoing.state).in_(DID_NOT_ARRIVE), decided_by_people)


def held(session: Session, by: Actor, limit: int = 50) -> list[Outgoing]:
    """Mails that wait for longer than a moment, newest first: the server was not there, or enough left already."""
    return _seen(session, by, limit, col(Outgoing.state) == SendState.QUEUED, col(Outgoing.reason) != "")


def _seen(session: Session, by: Actor, limit: int, *which: ColumnElement[bool]) -> list[Outgoing]:
    query = select(Outgoing).join(Tip, col(Tip.id) == col(Outgoing.tip_id)).where(*which, access.visible(by))
    return list(session.scalars(query.order_by(col(Outgoing.id).desc()).limit(limit)))


def waiting(session: Session, by: Actor) -> tuple[int, datetime | None]:
    """How many mails wait to leave, and since when the oldest does."""
    waits = (
        select(func.count(), func.min(col(Message.created_at)))
        .select_from(Outgoing)
        .join(Tip, col(Tip.id) == col(Outgoing.tip_id))
        .join(Message, col(Message.id) == col(Outgoing.message_id))
        .where(col(Outgoing.state).in_(WAITS), access.visible(by))
    )
    number, oldest = session.execute(waits).one()
    return number, oldest


def _of(session: Session, outgoing_id: int, by: Actor) -> Outgoing:
    out = locked(session, outgoing_id)
    if out is None:
        raise NotVisible("reply")
    access.tip_to_work(session, out.tip_id, by)
    return out
