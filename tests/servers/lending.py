"""Databases on PostgreSQL that tests have one after another: wiping one costs a twentieth of copying the template."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Cursor, sql

from tests.servers.postgres import Postgres, plain

OFTEN = 40  # what was deleted still takes space: after so many tests a fresh one
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
SEQUENCES = "SELECT sequencename, start_value, coalesce(last_value, 0) FROM pg_sequences WHERE schemaname = 'public'"
# How the tables are made, and what the planner knows of them. A row of the catalogue that is changed has another xmin.
SHAPE = " UNION ALL ".join(
    f"SELECT count(*), coalesce(sum(xmin::text::bigint), 0) FROM {catalogue}"
    for catalogue in ("pg_class", "pg_attribute", "pg_constraint", "pg_trigger", "pg_proc", "pg_statistic", "pg_type")
)
ALONE = """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
EMPTY = """DO $$ DECLARE name text; filled bool; BEGIN
    FOR name IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', name) INTO filled;
        IF filled THEN EXECUTE format('DELETE FROM %I', name); END IF;
    END LOOP;
END $$"""


@dataclass
class Lent:
    """A database, and how it was before anybody had it."""

    url: str
    shape: list[tuple[Any, ...]]
    filled: dict[str, bytes]  # by table, as COPY has it
    sequences: list[tuple[Any, ...]]
    times: int = 0


class Stock:
    """`with stock.lent() as url:` lends a database that is as the template; what a test made of it does not matter."""

    def __init__(self, cluster: Postgres, template: str) -> None:
        self._cluster = cluster
        self._template = template
        self._kept: list[Lent] = []

    @contextmanager
    def lent(self) -> Iterator[str]:
        one = self._kept.pop() if self._kept else self._made()
        yield one.url
        one.times += 1
        if one.times < OFTEN and _wiped(one):
            self._kept.append(one)
        else:
            self._cluster.drop_database(one.url)

    def _made(self) -> Lent:
        url = self._cluster.create_database(self._template)
        with _connected(url) as cursor:
            filled = {}
            for (table,) in cursor.execute(TABLES).fetchall():
                with cursor.copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
                    filled[table] = b"".join(bytes(part) for part in copy)
            filled = {table: rows for table, rows in filled.items() if rows}
            return Lent(url, _shape(cursor), filled, cursor.execute(SEQUENCES).fetchall())


@contextmanager
def _connected(url: str) -> Iterator[Cursor[Any]]:
    with psycopg.connect(plain(url), autocommit=True) as connection:
        yield connection.cursor()


def _shape(cursor: Cursor[Any]) -> list[tuple[Any, ...]]:
    return cursor.execute(SHAPE).fetchall()


def _wiped(one: Lent) -> bool:
    """Whether it is as it was. One whose tables were altered or analysed is not worth the trouble."""
    with _connected(one.url) as cursor:
        cursor.execute(ALONE)
        if _shape(cursor) != one.shape:
            return False
        with cursor.connection.transaction():
            cursor.execute("SET LOCAL session_replication_role = replica")  # in whatever order
            cursor.execute(EMPTY)
            for table, rows in one.filled.items():
                with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as copy:
                    copy.write(rows)
            for name, start, last in one.sequences:
                cursor.execute("SELECT setval(%s::regclass, %s, %s)", (name, last or start, last > 0))
    return True
