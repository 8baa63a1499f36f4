"""What a reporter searched for last: the newest few, theirs alone."""

from sqlalchemy import delete, select
from sqlmodel import Session, col

from tipline.core import access
from tipline.core.access import Actor
from tipline.core.filters import Filters
from tipline.core.inbox import named_queries
from tipline.core.text.storable import storable
from tipline.db import now
from tipline.models import RecentSearch

MAX_SEARCHES = 10
MAX_LENGTH = 500


def recent(session: Session, by: Actor) -> list[str]:
    """Their last searches in typed syntax, the newest first."""
    mine = select(col(RecentSearch.query)).where(col(RecentSearch.account_id) == by.account_id)
    return list(session.scalars(mine.order_by(col(RecentSearch.at).desc()).limit(MAX_SEARCHES)))


def remember(session: Session, query: str, by: Actor) -> None:
    """Keep a search; one that is there already becomes the newest. Empty and very long ones are not kept, nor those
    that name a reader: in the clear a name stands nowhere."""
    filters = Filters.parse(storable(query)).understood()
    query = filters.query()
    if not query or len(query) > MAX_LENGTH or named_queries.names_a_reader(session, filters, by):
        return
    access.in_one_window(session, by)
    row = session.get(RecentSearch, (by.account_id, query)) or RecentSearch(
        account_id=by.account_id, query=query, at=now()
    )
    row.at = now()
    session.add(row)
    session.flush()
    forgotten = col(RecentSearch.account_id) == by.account_id, col(RecentSearch.query).not_in(recent(session, by))
    session.execute(delete(RecentSearch).where(*forgotten))


def clear(session: Session, by: Actor) -> None:
    """Forget what they searched for."""
    session.execute(delete(RecentSearch).where(col(RecentSearch.account_id) == by.account_id))
