"""The replies behind the events of a tip: a reply and the status that it gave its tip are one change."""

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.models import Event, MailKind, Outgoing, Status, Verb


def cause(session: Session, event: Event) -> Event | None:
    """The event of the reply by which a tip came to wait for its reader with `event`; None where something else did
    that."""
    if event.verb is not Verb.STATUS or event.after != Status.WAITING:
        return None
    of_tip = col(Event.tip_id) == event.tip_id, col(Event.verb).in_((Verb.STATUS, Verb.REPLY))
    before = select(Event).where(*of_tip, col(Event.id) < event.id).order_by(col(Event.id).desc()).limit(1)
    sent = session.scalars(before).first()
    mine = sent is not None and sent.verb is Verb.REPLY and sent.account_id == event.account_id
    return sent if mine else None


def sent_with(session: Session, event: Event) -> Outgoing | None:
    """The reply that an event of the verb REPLY records, None for other mail."""
    out = session.scalars(select(Outgoing).where(col(Outgoing.message_id) == event.object_id)).one_or_none()
    return out if out is not None and out.kind is MailKind.REPLY else None


def reply_behind(session: Session, event: Event) -> Outgoing | None:
    """The reply by which a tip came to wait for its reader with `event`, None where something else did that."""
    sent = cause(session, event)
    return sent_with(session, sent) if sent else None
