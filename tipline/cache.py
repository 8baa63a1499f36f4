"""What is read often and changes seldom: kept in memory until a table that it was read from changes.

Whatever this process reads and writes passes through its engine, which is listened to: what is kept knows its tables by
itself, and nobody here sees what stood there before a change of their own. Of what others write (the worker, a
command) nothing is heard; nothing is therefore kept longer than SECONDS, but for what is a guess anyhow. What must be
right at once is kept with a version that changes whoever writes: the newest event.
"""

import re
import time
from collections.abc import Collection, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.sql.util import find_tables

SECONDS = 20.0
MAX_VALUES = 5000  # values kept
_WRITTEN = re.compile(r'\b(?:INSERT (?:OR \w+ )?INTO|UPDATE|DELETE FROM) "?(\w+)')

_read: ContextVar[set[str] | None] = ContextVar("tables that are read now", default=None)


@dataclass(frozen=True, slots=True)
class CachedValue:
    value: Any
    tables: frozenset[str]
    since: int  # the change up to which it knows all
    until: float
    version: object


class TableCache:
    """What one process keeps of one database. Changes are numbered; each table knows the last one that wrote to it.

    A change counts when its connection is given back, which is after its commit: what was read before that is older
    than the change, whatever it shows.
    """

    def __init__(self, engine: Engine) -> None:
        self.change = 0
        self._written: dict[str, int] = {}
        self._kept: dict[Hashable, CachedValue] = {}
        self._lock = Lock()
        event.listen(engine, "before_cursor_execute", _note)
        event.listen(engine, "checkin", self._count)

    def find(self, key: Hashable, version: object = None) -> CachedValue | None:
        """What is kept under a key in this version, where none of its tables has changed since."""
        kept = self._kept.get(key)
        if kept is None or kept.until < time.monotonic() or kept.version != version:
            return None
        return kept if all(self._written.get(table, 0) <= kept.since for table in kept.tables) else None

    def keep(
        self,
        key: Hashable,
        value: Any,
        tables: frozenset[str],
        since: int,
        seconds: float = SECONDS,
        version: object = None,
    ) -> CachedValue:
        """Keep what was read from tables in a transaction that began when `change` was `since`."""
        with self._lock:
            if len(self._kept) >= MAX_VALUES:
                self._kept.clear()
            kept = self._kept[key] = CachedValue(value, tables, since, time.monotonic() + seconds, version)
        return kept

    def _count(self, _dbapi: Any, record: Any) -> None:
        written: set[str] | None = record.info.pop("written", None)
        if written:
            with self._lock:
                self._written.update(dict.fromkeys(written, self.change + 1))
                self.change += 1


def _note(connection: Connection, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: Any) -> None:
    if not statement.startswith("SELECT"):
        connection.info.setdefault("written", set()).update(_WRITTEN.findall(statement))
    elif context.compiled is not None and _read.get() is not None:
        was_read({table.name for table in find_tables(context.compiled.statement)})


@contextmanager
def tables_read() -> Iterator[set[str]]:
    """Collects the names of the tables that are read in the block."""
    tables = set[str]()
    mark = _read.set(tables)
    try:
        yield tables
    finally:
        _read.reset(mark)


def was_read(tables: Collection[str]) -> None:
    """What is made of something kept depends on its tables, too."""
    if (reading := _read.get()) is not None:
        reading.update(tables)
