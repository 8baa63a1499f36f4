"""Whether a machine wrote a message: said when it is filed, corrected by reporters, and by a better parser."""

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core.arrival import Automatic
from tipline.core.tips import last_activity
from tipline.models import Direction, Message, Tip


def change(session: Session, tip: Tip, message: Message, automatic: Automatic, *, as_new: bool) -> None:
    """Say which kind of machine wrote a message; NO: the reader did. `as_new`: what turns out to be the reader's own
    makes the tip unread, as if it came now. The caller flushes."""
    was, message.automatic = message.automatic, automatic
    session.add(message)
    session.flush()
    if is_first(session, message) and tip.automatic == (was != Automatic.NO):
        tip.automatic = automatic is not Automatic.NO
    if automatic is not Automatic.NO or not as_new:
        last_activity.recount(session, tip)
        return
    tip.reader_wrote_at = max(tip.reader_wrote_at, message.created_at)
    last_activity.note(session, tip)


def is_first(session: Session, message: Message) -> bool:
    """Whether a tip began with this message."""
    theirs = select(col(Message.id)).where(
        col(Message.tip_id) == message.tip_id, col(Message.direction) == Direction.IN
    )
    return session.scalars(theirs.order_by(col(Message.id)).limit(1)).first() == message.id
