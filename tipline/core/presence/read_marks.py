"""Having read: a whole list at once, and whether anybody has. It is each person's own, and no event."""

from datetime import date
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from tipline.core import access, inbox
from tipline.core.access import Actor
from tipline.core.filters import Filters
from tipline.core.tips import last_activity
from tipline.db import is_sqlite, now
from tipline.models import TipSeen

MAX_TIPS = 5000  # by one press


def mark_all_seen(session: Session, filters: Filters, by: Actor, today: date) -> int:
    """The person has read the unread tips of a list, the first MOST of them; returns how many."""
    access.in_one_window(session, by)
    unread = inbox.ids(session, filters.including("is", "unread"), by, today, MAX_TIPS)
    at = now()
    values = [{"tip_id": tip_id, "account_id": by.account_id, "seen_at": at} for tip_id in unread]
    statement: Any = (sqlite if is_sqlite(session) else postgresql).insert(TipSeen)
    statement = statement.on_conflict_do_update(
        index_elements=["tip_id", "account_id"], set_={"seen_at": statement.excluded.seen_at}
    )
    if values:
        session.execute(statement, values)
    return len(values)


def was_read(session: Session, tip_id: int) -> bool:
    """Whether anybody has opened a tip since its reader wrote last."""
    return bool(last_activity.read_by_anyone(session, [tip_id]))
