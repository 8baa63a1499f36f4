"""When a tip's reader was active last: the order of Mine, Unassigned and Waiting, and what makes a tip unread.

What counts is what the reader does, by whichever way: a message, an added file, another consent, a story that is taken
back, another safe way to be reached. It makes the tip unread for everybody who may see it. What the newsroom does does
not count: a list would move under the hands of those who work through it, and a change to three hundred tips would bury
the one answer. Nor does what machines send (automatic replies, delivery reports), nor a reader who only looks.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from tipline.core.arrival import Automatic
from tipline.db import now
from tipline.models import ActorKind, Direction, Event, Message, Tip, TipSeen, Verb

WITHOUT_WORDS = (Verb.CONSENT, Verb.SAFE_WAY)  # what a reader changes on their page


def note(session: Session, tip: Tip, at: datetime | None = None) -> None:
    """The reader does something now, or did it at a time; it never goes back. The caller flushes."""
    tip.active_at = max(tip.active_at, at or now())
    session.add(tip)


def read_by_anyone(session: Session, tip_ids: Collection[int]) -> set[int]:
    """Those of the tips that somebody has opened since their readers wrote last."""
    seen = col(TipSeen.tip_id).in_(tip_ids), col(TipSeen.seen_at) >= col(Tip.reader_wrote_at)
    return set(session.scalars(select(col(TipSeen.tip_id)).join(Tip, col(Tip.id) == col(TipSeen.tip_id)).where(*seen)))


def recount(session: Session, tip: Tip) -> None:
    """When the reader of a tip wrote last, and when they were active last, by the messages and events that it has now.
    The first message came when the tip did, whenever it was filed here."""
    theirs = col(Message.direction) == Direction.IN, col(Message.automatic) == Automatic.NO
    times = select(col(Message.created_at)).where(col(Message.tip_id) == tip.id, *theirs)
    wrote = session.scalars(times.order_by(col(Message.created_at).desc(), col(Message.id))).all()
    tip.reader_wrote_at = max([tip.received_at, *wrote[:-1]])
    own = col(Event.tip_id) == tip.id, col(Event.actor) == ActorKind.READER, col(Event.verb).in_(WITHOUT_WORDS)
    changed = session.scalar(select(func.max(col(Event.at))).where(*own))
    tip.active_at = max(tip.reader_wrote_at, changed or tip.received_at)
    session.add(tip)
