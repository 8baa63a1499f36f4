"""The outbox as people see it: what waits, what did not arrive, and what a person decides about it.

Each decision takes the row for itself and looks at its state again: of two people, or two clicks, one wins.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlmodel import Session, col

from tipline.core import access, events, triage
from tipline.core.access import Actor
from tipline.core.counts import day_counts
from tipline.core.outbox import sending
from tipline.core.outbox.sending import locked
from tipline.core.quotes import requests
from tipline.core.replies import reply_files
from tipline.core.tips import reply_drafts
from tipline.db import now
from tipline.errors import Conflict, NotVisible
from tipline.models import Event, MailKind, Message, Outgoing, SendState, Status, Tip, Verb
from tipline.models.outbox import BARRED, FOR_A_TIME, SCHEDULED
from tipline.vocabularies import N_

GIVEN_UP = "given_up"  # the reason of a withdrawn mail that a person has settled
NOT_WAITING = N_("This reply was already sent or undone. Nothing was changed.")
NOT_FAILED = N_("This reply is on its way again, or was settled before. Nothing was sent twice.")
SETTLED = N_("This reply was settled before, or is on its way again. Nothing was changed.")
NOT_UNKNOWN = N_("It is known by now what became of this reply. Nothing was changed.")

WAITS = (SendState.QUEUED, SendState.SENDING)
DID_NOT_ARRIVE = (SendState.FAILED, SendState.UNKNOWN, SendState.BOUNCED)


def still_here() -> ColumnElement[bool]:
    """The condition on Outgoing: it has not left yet, and can be taken back."""
    unread = and_(col(Outgoing.state) == SendState.PAGE, col(Outgoing.not_before) > now())
    return or_(col(Outgoing.state) == SendState.QUEUED, unread)


def is_here(out: Outgoing) -> bool:
    """Whether one has not left yet: `still_here` of a row."""
    return out.state is SendState.QUEUED or (out.state is SendState.PAGE and out.not_before > now())


def withdraw(session: Session, outgoing_id: int, by: Actor, *, bulk_id: int | None = None) -> Outgoing:
    """Take back a reply that has not left: text and files are in this person's composer again, and the tip waits for
    its reader no more, if it did so because of this reply. The text of one of many (`bulk_id`) was none of this tip's,
    and comes into no composer of a tip. Conflict where it has left."""
    out = _of(session, outgoing_id, by)
    if not is_here(out):
        raise Conflict(NOT_WAITING)
    out.state, out.settled_at = SendState.WITHDRAWN, now()
    session.add(out)
    events.record(session, Verb.REPLY_WITHDRAWN, by=by, tip_id=out.tip_id, object_id=out.message_id, bulk_id=bulk_id)
    if out.kind is MailKind.REPLY:
        message = session.get_one(Message, out.message_id)
        requests.taken_back(session, message.id)
        if bulk_id is None:
            reply_drafts.give_back(session, out.tip_id, message.text, by)
            reply_files.give_back(session, out.message_id, by)
        if out.reason not in FOR_A_TIME:  # else it has done nothing to its tip yet
            _waits_no_longer(session, out, message, by, bulk_id)
            day_counts.answer_taken_back(session, out)
    return out


def _waits_no_longer(session: Session, out: Outgoing, message: Message, by: Actor, bulk_id: int | None) -> None:
    """The status that sending the reply gave its tip, taken back where nobody changed it since."""
    tip = session.get_one(Tip, out.tip_id)
    of_tip = (col(Event.tip_id) == out.tip_id, col(Event.verb).in_((Verb.STATUS, Verb.REPLY)))
    said = list(session.scalars(select(Event).where(*of_tip).order_by(col(Event.id).desc()).limit(2)))
    last = said[0] if said else None
    of_this = len(said) == 2 and said[1].verb is Verb.REPLY and said[1].object_id == message.id
    if last and of_this and last.verb is Verb.STATUS and last.after == tip.status == Status.WAITING:
        triage.set_status(session, out.tip_id, Status(last.before), by, undoes=last.id, bulk_id=bulk_id)


def retry(session: Session, outgoing_id: int, by: Actor) -> Outgoing:
    """Send a reply again that did not arrive: the same bytes under the same Message-ID, so that twice reads as once."""
    out = _of(session, outgoing_id, by)
    if out.state not in DID_NOT_ARRIVE:
        raise Conflict(NOT_FAILED)
    out.state, out.attempts, out.not_before, out.settled_at = SendState.QUEUED, 0, now(), None
    out.reason = SCHEDULED if out.reason == BARRED else ""
    out.code, out.bounced_by, out.bounce_status = 0, None, ""
    session.add(out)
    tip = session.get_one(Tip, out.tip_id)
    day_counts.answered_last(session, tip)
    events.record(session, Verb.REPLY, by=by, tip_id=out.tip_id, object_id=out.message_id, after=SendState.QUEUED)
    if out.kind is MailKind.REPLY and not out.reason and tip.status is Status.REVIEWING:
        triage.set_status(session, out.tip_id, Status.WAITING, by)  # as when it was sent first
    return out


def give_up(session: Session, outgoing_id: int, by: Actor) -> Outgoing:
    """Leave a reply that did not arrive, or of which nobody knows, as it is: it is in no list of troubles any more."""
    out = _of(session, outgoing_id, by)
    if out.state not in DID_NOT_ARRIVE:
        raise Conflict(SETTLED)
    before, counts = out.state, out.reason not in FOR_A_TIME
    out.state, out.reason, out.settled_at = SendState.WITHDRAWN, GIVEN_UP, now()
    session.add(out)
    events.record(
        session, Verb.REPLY_WITHDRAWN, by=by, tip_id=out.tip_id, object_id=out.message_id, before=before, after=GIVEN_UP
    )
    if counts:
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
    decided_by_people = or_(col(Outgoing.kind) == MailKind.REPLY, col(Outgoing.state) == SendState.FAILED)
    return _seen(session, by, limit, col(Outgoing.state).in_(DID_NOT_ARRIVE), decided_by_people)


def held(session: Session, by: Actor, limit: int = 50) -> list[Outgoing]:
    """Mails that wait for longer than a moment, newest first: the server was not there, enough left already, or the
    reader wrote before a reply's time had come."""
    return _seen(
        session, by, limit, col(Outgoing.state) == SendState.QUEUED, col(Outgoing.reason).not_in(("", SCHEDULED))
    )


def _seen(session: Session, by: Actor, limit: int, *which: ColumnElement[bool]) -> list[Outgoing]:
    query = select(Outgoing).join(Tip, col(Tip.id) == col(Outgoing.tip_id)).where(*which, access.visible(by))
    return list(session.scalars(query.order_by(col(Outgoing.id).desc()).limit(limit)))


def waiting(session: Session, by: Actor) -> tuple[int, datetime | None]:
    """How many mails wait to leave, and since when the oldest does; those left out that wait for their time."""
    waits = (
        select(func.count(), func.min(col(Message.created_at)))
        .select_from(Outgoing)
        .join(Tip, col(Tip.id) == col(Outgoing.tip_id))
        .join(Message, col(Message.id) == col(Outgoing.message_id))
        .where(col(Outgoing.state).in_(WAITS), col(Outgoing.reason).not_in(FOR_A_TIME), access.visible(by))
    )
    number, oldest = session.execute(waits).one()
    return number, oldest


def _of(session: Session, outgoing_id: int, by: Actor) -> Outgoing:
    out = locked(session, outgoing_id)
    if out is None:
        raise NotVisible("reply")
    access.tip_to_work(session, out.tip_id, by)
    return out
