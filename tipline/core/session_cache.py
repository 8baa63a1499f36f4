"""What a page asks for in several places, and reads once."""

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

from sqlmodel import Session

from tipline.cache import tables_read, was_read
from tipline.core import row_batches
from tipline.db import only_reads

T = TypeVar("T")


def once(session: Session, name: str, key: Hashable, read: Callable[[], T]) -> T:
    """What `read` reads of `key`: asked again by a session that only reads, it is the same object until its transaction
    ends. A session that writes reads anew each time."""
    if not only_reads(session):
        return read()
    kept = row_batches.remembered(session, name)
    if key not in kept:
        with tables_read() as tables:
            kept[key] = read(), tables
    value, tables = kept[key]
    was_read(tables)
    return cast(T, value)
