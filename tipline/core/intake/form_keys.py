"""By which key a form is known again: that of its receipt. Its message keeps a hash of it, wherever it goes when tips
are joined, taken apart and split."""

from sqlalchemy import and_, select
from sqlmodel import Session, col

from tipline.core import vault
from tipline.core.arrival import Source
from tipline.core.tips import merged
from tipline.models import Direction, Message, Tip


def hashed(session: Session, key: str) -> str:
    """What a message keeps of the form that it came by."""
    return vault.master(session).lookup_hash("submission", key)


def message_of(session: Session, key: str) -> Message | None:
    """The message that this very form was filed as; None where it was not filed yet, or was erased."""
    known = select(Message).where(col(Message.message_id_hash) == hashed(session, key))
    return session.scalars(known.limit(1)).first() or _unmarked(session, key)


def was_filed(session: Session, submission_id: str) -> bool:
    """Whether a tip was made of a form with this id, whatever it said."""
    return (
        session.scalars(select(col(Tip.id)).where(col(Tip.submission_id) == submission_id).limit(1)).first() is not None
    )


def _unmarked(session: Session, key: str) -> Message | None:
    """As `message_of`, of what was filed before messages kept it: the moment of the post tells it from others that
    were merged with it. Where it was split off since, files that follow may as well stand with the tip's first."""
    submission_id, _, mark = key.rpartition(":")
    of_form = col(Tip.submission_id) == submission_id, col(Tip.submission_print) == mark
    made = session.scalars(select(Tip).where(*of_form)).one_or_none()
    tip = merged.standing(session, made.id) if made is not None else None
    if made is None or tip is None:
        return None
    query = select(Message).where(col(Message.tip_id) == tip.id, col(Message.direction) == Direction.IN)
    own = and_(col(Message.source) == Source.FORM, col(Message.sent_at) == made.received_at)
    return session.scalars(query.order_by(own.desc(), col(Message.created_at), col(Message.id)).limit(1)).first()
