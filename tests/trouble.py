"""Databases in trouble, for as long as a block lasts: locked by somebody else, or away altogether."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from tipline.db import Database, is_sqlite

WRITTEN = "tip, data_key, draft"  # of PostgreSQL: what every post writes to


def address(database: Database, name: str | None = None) -> str:
    """A PostgreSQL database's address as libpq reads it; of another database of the cluster by its name."""
    url = database.engine.url.set(drivername="postgresql")
    return (url.set(database=name) if name else url).render_as_string(hide_password=False)


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """Another process writes and does not end: reading goes on, writing waits."""
    if is_sqlite(database.engine):
        other = sqlite3.connect(database.engine.url.database or "", isolation_level=None, check_same_thread=False)
        other.execute("PRAGMA busy_timeout=10000")
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
        other.close()
        return
    with psycopg.connect(address(database)) as connection:
        connection.execute(f"LOCK TABLE {WRITTEN} IN EXCLUSIVE MODE")
        yield
        connection.rollback()


@contextmanager
def away(database: Database) -> Iterator[None]:
    """A PostgreSQL database that takes no connection, and has ended those it had."""
    name = database.engine.url.database or ""
    with psycopg.connect(address(database, "postgres"), autocommit=True) as connection:
        allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        connection.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
        connection.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name])
        yield
        connection.execute(allow.format(sql.Identifier(name), sql.SQL("true")))
