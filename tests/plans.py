"""How a database goes about what core asks it: the statements of a block, and each one's plan."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlmodel import Session

from tipline.db import is_sqlite


@dataclass
class Watched:
    statements: list[tuple[str, Any]] = field(default_factory=list)


@contextmanager
def watching(session: Session) -> Iterator[Watched]:
    """Collects the SELECT statements that run in the block."""
    watched = Watched()
    engine = session.connection().engine

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            watched.statements.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield watched
    finally:
        event.remove(engine, "before_cursor_execute", note)


def plan(session: Session, statement: str, parameters: Any, *, run: bool = False) -> list[str]:
    """The steps of a statement's plan; `run` (PostgreSQL) with real times."""
    how = "EXPLAIN QUERY PLAN " if is_sqlite(session) else "EXPLAIN (ANALYZE) " if run else "EXPLAIN "
    rows = session.connection().exec_driver_sql(how + statement, parameters).fetchall()
    return [str(row[-1]) for row in rows]
