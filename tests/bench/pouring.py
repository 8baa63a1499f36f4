"""Rows by the million into a database of either kind: without its indexes, which are made again when all is in."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine
from sqlmodel import SQLModel

from tipline.db import is_sqlite
from tipline.models.base import Rank

Values = Mapping[str, Any]
SQLITE = (
    "PRAGMA foreign_keys = OFF",
    "PRAGMA synchronous = OFF",
    "PRAGMA secure_delete = OFF",
    "PRAGMA cache_size = -1000000",
)
POSTGRESQL = (
    "SET session_replication_role = replica",  # no row is asked whether what it points to is there
    "SET synchronous_commit = off",
    "SET maintenance_work_mem = '1GB'",
)


class Pour:
    """One connection into which rows are poured. Times and days are given as text, words as plain strings."""

    def __init__(self, connection: Connection) -> None:
        self._raw: Any = connection.connection.driver_connection
        self.sqlite = is_sqlite(connection)
        self._columns: dict[str, tuple[str, dict[str, Any]]] = {}

    def rows(self, table: str, rows: Sequence[Values]) -> None:
        """Rows of a table of the model; what they leave out has its default."""
        if not rows:
            return
        names, defaults = self._known(table)
        self.tuples(table, names, [tuple({**defaults, **row}.values()) for row in rows])

    def tuples(self, table: str, names: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if self.sqlite:
            marks = ", ".join("?" * len(rows[0]))
            self._raw.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
            return
        with self._raw.cursor().copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def say(self, *statements: str) -> None:
        for statement in statements:
            self._raw.execute(statement)

    def commit(self) -> None:
        if self.sqlite:
            self._raw.execute("COMMIT")
            self._raw.execute("BEGIN")
        else:
            self._raw.commit()

    def _known(self, table: str) -> tuple[str, dict[str, Any]]:
        if table not in self._columns:
            columns = SQLModel.metadata.tables[table].columns
            defaults: dict[str, Any] = {}
            for column in columns:
                scalar = getattr(column.default, "arg", None)
                defaults[column.name] = str(scalar) if isinstance(scalar, str) else scalar
                if callable(scalar):
                    defaults[column.name] = "[]"
                elif isinstance(column.type, Rank):
                    defaults[column.name] = column.type.members.index(scalar)
            self._columns[table] = ", ".join(f'"{name}"' for name in defaults), defaults
        return self._columns[table]


@contextmanager
def pouring(engine: Engine) -> Iterator[Pour]:
    """Indexes are dropped before, and made again after; a database that was left half full is of no use."""
    with engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        pour = Pour(connection)
        connection.rollback()
        pour.say(*(SQLITE if pour.sqlite else POSTGRESQL))
        indexes = _indexes(raw, pour.sqlite)
        pour.say(*(["BEGIN"] if pour.sqlite else []), *(f"DROP INDEX {name}" for name, _ in indexes))
        yield pour
        pour.commit()
        for _, made in indexes:
            pour.say(made)
        if not pour.sqlite:
            _count_on(raw)
        raw.execute("COMMIT") if pour.sqlite else raw.commit()
        connection.invalidate()  # what was set for it is no good for others
    engine.dispose()
    if not is_sqlite(engine):  # autovacuum does it in life; SQLite is never told, and must do without
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def _indexes(raw: Any, sqlite: bool) -> list[tuple[str, str]]:
    """Those that no constraint needs, with the statement that makes each."""
    if sqlite:
        found = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    else:
        found = raw.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND NOT EXISTS "
            "(SELECT 1 FROM pg_constraint WHERE conindid = (quote_ident(indexname))::regclass)"
        )
    return [(name, made) for name, made in found.fetchall()]


def _count_on(raw: Any) -> None:
    """PostgreSQL's counters of ids go on after the ids that were given."""
    for table in SQLModel.metadata.tables.values():
        if "id" in table.columns:
            counter = raw.execute("SELECT pg_get_serial_sequence(%s, 'id')", (table.name,)).fetchone()[0]
            if counter:
                raw.execute(f"SELECT setval('{counter}', (SELECT coalesce(max(id), 0) + 1 FROM {table.name}))")
