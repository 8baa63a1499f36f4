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


@dataclass(frozen=True)
class Step:
    """A step of PostgreSQL's plan: what it does, to which table, and how many rows it expects."""

    kind: str
    table: str
    rows: int
    statement: str


@contextmanager
def planning(session: Session) -> Iterator[list[Step]]:
    """Collects the steps of PostgreSQL's plans of the SELECT statements in the block, each under the settings of the
    moment at which it runs."""
    steps: list[Step] = []
    engine = session.connection().engine

    def explain(_conn: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")) and "set_config" not in statement:
            (found,) = cursor.connection.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters).fetchone()
            steps.extend(_steps(found[0]["Plan"], statement))

    event.listen(engine, "before_cursor_execute", explain)
    try:
        yield steps
    finally:
        event.remove(engine, "before_cursor_execute", explain)


def _steps(node: dict[str, Any], statement: str) -> Iterator[Step]:
    inner = node.get("Plans", [])
    rows = inner[0]["Plan Rows"] if node["Node Type"] == "Sort" else node["Plan Rows"]
    yield Step(node["Node Type"], node.get("Relation Name", ""), rows, statement)
    for one in inner:
        yield from _steps(one, statement)
