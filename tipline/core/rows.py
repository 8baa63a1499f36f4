"""Rows written straight to their table: half the price of an object in the session, for what intake writes often.

Every column without a database default has to be named; there is no validation, no autoflush and no object.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import Insert, insert
from sqlmodel import Session, SQLModel


@lru_cache(maxsize=64)
def _insert(table: type[SQLModel]) -> Insert:
    return insert(table.__table__)  # type: ignore[attr-defined]


def write(session: Session, table: type[SQLModel], **values: Any) -> int:
    """Insert one row now and return its integer primary key."""
    result = session.connection().execute(_insert(table), values)
    key: int = (result.inserted_primary_key or (0,))[0]
    return key
