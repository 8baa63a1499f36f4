"""Public texts that give their reader away by what was learned since: a later mail was signed with a name, for one."""

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from tipline.core import access
from tipline.core.access import Actor
from tipline.core.readers import redaction
from tipline.models import Direction, Event, Message, Publication, ReaderContact, Tip, Verb

WHO = (Verb.CREDITED, Verb.UNCREDITED, Verb.MERGED, Verb.SAME_READER)  # after these a tip's reader may be another one


def exposed(session: Session, by: Actor, limit: int = 20) -> list[Publication]:
    """Those that hold what gives their reader away and no editor confirmed, of tips that this person sees. Only those
    are looked at of whose reader something was learned after they were changed last."""
    query = select(Publication).join(Tip, col(Tip.id) == col(Publication.tip_id))
    query = query.where(col(Publication.published_at).is_not(None), _learned_since(), access.visible(by))
    rows = session.scalars(query.order_by(col(Publication.id).desc())).all()
    known = redaction.of_tips(session, {row.tip_id for row in rows})
    found = [row for row in rows if any(trace.text not in row.kept for trace in known[row.tip_id].find(row.text))]
    return found[:limit]


def _learned_since() -> ColumnElement[bool]:
    other, since = aliased(Tip), col(Publication.changed_at)
    contact = exists(
        select(col(ReaderContact.id)).where(
            col(ReaderContact.reader_id) == col(Tip.reader_id), col(ReaderContact.created_at) > since
        )
    )
    message = exists(
        select(col(Message.id))
        .join(other, col(other.id) == col(Message.tip_id))
        .where(
            col(other.reader_id) == col(Tip.reader_id),
            col(Message.direction) == Direction.IN,
            col(Message.created_at) > since,
        )
    )
    event = exists(
        select(col(Event.id)).where(
            col(Event.tip_id) == col(Publication.tip_id), col(Event.verb).in_(WHO), col(Event.at) > since
        )
    )
    return or_(contact, message, event)
