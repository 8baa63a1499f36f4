"""Whether people have read a tip, when two are merged and unmerged.

After a merge the tip that stays is read only for those who had read both. Unmerging makes it read again for those who
had read it before, and the other one for those who have opened the merged tip: its words stood there.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select
from sqlmodel import Session, col

from tipline.core.row_transfer import Record
from tipline.models import Event, Tip, TipSeen

READ = "read"  # in the record of a merge: the accounts that had read the tip that stays, and not the other


def merged(session: Session, stays: Tip, goes: Tip, record: Record) -> None:
    """Called before the times of the two become one."""
    unread = _readers(session, stays, stays.active_at).keys() - _readers(session, goes, goes.active_at).keys()
    mine = col(TipSeen.tip_id) == stays.id, col(TipSeen.account_id).in_(unread)
    session.execute(delete(TipSeen).where(*mine))
    record.note(READ, unread)


def unmerged(session: Session, stayed: Tip, went: Tip, record: Record, merge: Event) -> None:
    """Called when each has its own times again."""
    opened = _readers(session, stayed, merge.at)
    _read(session, went, opened.items())
    _read(session, stayed, ((account_id, merge.at) for account_id in record.read().get(READ, [])))


def _readers(session: Session, tip: Tip, since: datetime) -> dict[int, datetime]:
    query = select(col(TipSeen.account_id), col(TipSeen.seen_at)).where(col(TipSeen.tip_id) == tip.id)
    return dict(session.execute(query.where(col(TipSeen.seen_at) >= since)).all())


def _read(session: Session, tip: Tip, times: Iterable[tuple[int, datetime]]) -> None:
    for account_id, seen_at in times:
        row = session.get(TipSeen, (tip.id, account_id)) or TipSeen(
            tip_id=tip.id or 0, account_id=account_id, seen_at=seen_at
        )
        row.seen_at = max(row.seen_at, seen_at)
        session.add(row)
    session.flush()
