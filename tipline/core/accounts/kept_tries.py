"""What a restart must not forget of tries to sign in: rows of keyed hashes, written with what came of each try."""

from datetime import timedelta

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from tipline.core.accounts.login_attempts import MAX_REMEMBERED, REMEMBERED, Attempts, Kept
from tipline.db import is_sqlite
from tipline.models import SignInTry, TryKind

LINE_OVER = timedelta(hours=1)  # after the last try that a line has given out


def read(session: Session, attempts: Attempts) -> None:
    """Once after a start, before the first try."""
    if attempts.read:
        return
    rows = session.scalars(select(SignInTry).order_by(col(SignInTry.at).desc()).limit(MAX_REMEMBERED)).all()
    attempts.restore(Kept(row.key, row.kind, row.failed, row.at) for row in reversed(rows))


def write(session: Session, attempts: Attempts) -> None:
    """Write what has changed, and delete what no longer counts."""
    rows = [{"key": one.key, "kind": one.kind, "failed": one.failed, "at": one.at} for one in attempts.changed()]
    if rows:
        insert = (sqlite if is_sqlite(session) else postgresql).insert(SignInTry).values(rows)
        new = {name: insert.excluded[name] for name in ("failed", "at")}
        session.execute(insert.on_conflict_do_update(index_elements=["key", "kind"], set_=new))
    at, wrong = attempts.now(), col(SignInTry.kind) == TryKind.WRONG
    over = or_(
        col(SignInTry.failed) == 0,
        and_(wrong, col(SignInTry.at) < at - REMEMBERED),
        and_(~wrong, col(SignInTry.at) < at - LINE_OVER),
    )
    session.execute(delete(SignInTry).where(over))
