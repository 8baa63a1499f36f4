"""What `tipline doctor` asks the database about itself."""

from datetime import datetime

from sqlalchemy import func, select, text
from sqlmodel import Session, col

from tipline.db import is_sqlite
from tipline.models import Event


def version(session: Session) -> str:
    """Its kind and version: "SQLite 3.46.1"."""
    if is_sqlite(session):
        return f"SQLite {session.scalar(text('SELECT sqlite_version()'))}"
    return f"PostgreSQL {session.scalar(text('SHOW server_version'))}"


def time_there(session: Session) -> datetime | None:
    """The database server's clock; None for SQLite, which has none of its own."""
    if is_sqlite(session):
        return None
    found: datetime = session.scalars(select(func.clock_timestamp())).one()
    return found


def newest_event(session: Session) -> datetime | None:
    """When the last thing happened here."""
    return session.scalar(select(func.max(col(Event.at))))
