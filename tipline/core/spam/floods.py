"""Who sends more than people do: a program that answers us, or an attack. Their mail is filed like all other; nothing
automatic goes back to them."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlmodel import Session, col

from tipline.core import access
from tipline.core.access import Actor
from tipline.db import now
from tipline.models import Direction, Message, Tip
from tipline.sealing import first_id
from tipline.vocabularies import Source

WINDOW = timedelta(hours=1)
MAX_SHOWN = 20

# Ids of messages grow with time, so that the last hour is a range of the primary key.


def is_flood(session: Session, reader_id: int, limit: int) -> bool:
    """Whether a reader sent more than so many mails within the hour."""
    mails = (
        select(func.count())
        .select_from(Message)
        .join(Tip, col(Tip.id) == col(Message.tip_id))
        .where(
            col(Tip.reader_id) == reader_id,
            col(Message.id) >= first_id(now() - WINDOW),
            col(Message.direction) == Direction.IN,
            col(Message.source) == Source.MAIL,
        )
    )
    return (session.scalar(mails) or 0) > limit


def tips(session: Session, by: Actor, limit: int) -> list[int]:
    """One tip of each reader who did, the newest that this person sees."""
    newest = func.max(col(Tip.id))
    rows = session.execute(
        select(newest)
        .select_from(Message)
        .join(Tip, col(Tip.id) == col(Message.tip_id))
        .where(
            col(Message.id) >= first_id(now() - WINDOW),
            col(Message.direction) == Direction.IN,
            col(Message.source) == Source.MAIL,
            access.visible(by),
        )
        .group_by(col(Tip.reader_id))
        .having(func.count() > limit)
        .order_by(newest.desc())
        .limit(MAX_SHOWN)
    )
    return [tip_id for (tip_id,) in rows if tip_id is not None]
