"""The database: one engine, one way to open a transaction, and what differs between SQLite and PostgreSQL.

A caller (view, command, worker step) opens a session, core functions use it, and the caller commits once.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Session

from tipline.errors import DiskFull, SettingsError
from tipline.paths import MIGRATIONS
from tipline.sealing import Master
from tipline.storage import FULL, LocalFiles

OLDEST_SQLITE = 3, 43  # the first with contentless_delete, on which the search index stands
TOO_OLD = (
    f"data.url: this Python has SQLite {sqlite3.sqlite_version}, and tipline needs 3.43 or newer; "
    "use a newer Python (`uv python install`), or PostgreSQL"
)
NO_DRIVER = (
    "data.url: PostgreSQL needs its driver, which is not installed or does not load: install tipline[postgresql], "
    "or psycopg with its libpq"
)
BAD_URL = "data.url: begin it with sqlite:/// or postgresql://"
# The database takes nothing in now: locked, full, restarting, or away. Nothing is wrong with what it was given.
OUT_OF_REACH = OperationalError, InterfaceError, PoolTimeout
MAPPED = 2**31 - 2**16  # bytes of a SQLite file that all connections read in place; the most that it is built for
LOCK_WAIT_SECONDS = 10.0  # seconds that a writer waits for another one
# PostgreSQL's advisory locks: any numbers, each its own and the same everywhere.
MIGRATING, TEACHING, CLAIMING, PILING = 7_469_112, 7_305_811, 4711, 7_116_108
SORTING = text("SELECT set_config('enable_sort', :how, true)")  # for the transaction
ADVISORY_LOCK = text("SELECT pg_advisory_xact_lock(:number)")


def now() -> datetime:
    """The time, aware, UTC. The one place where core asks for it."""
    return datetime.now(UTC)


def connect(url: str) -> Engine:
    """An engine with what both databases need for nothing to be lost; it opens nothing yet.

    SettingsError where the URL is none of ours, this Python's SQLite is too old for the search index, or PostgreSQL's
    driver is missing.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise SettingsError(BAD_URL) from None
    if parsed.get_backend_name() == "sqlite":
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise SettingsError(TOO_OLD)
        engine = create_engine(url, hide_parameters=True, json_serializer=_json)
        _prepare_sqlite(engine)
        return engine
    if parsed.get_backend_name() == "postgresql":
        engine = _postgresql(parsed)
        _prepare_postgresql(engine)
        return engine
    raise SettingsError(BAD_URL)


def _postgresql(url: URL) -> Engine:
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            hide_parameters=True,
            json_serializer=_json,
            pool_pre_ping=True,
            connect_args={
                "options": "-c synchronous_commit=on -c timezone=UTC",
                "connect_timeout": 10,
                "tcp_user_timeout": 20_000,  # ms; a server that fell silent must not hold a thread for hours
            },
        )
    except ImportError:
        raise SettingsError(NO_DRIVER) from None


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(dbapi: sqlite3.Connection, _: Any) -> None:
        dbapi.isolation_level = None  # the driver's own BEGIN is deferred and loses writers' work
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={LOCK_WAIT_SECONDS * 1000:.0f}",
            "secure_delete=ON",
            "wal_autocheckpoint=8000",  # pages: a checkpoint each 32 MB, else mails with photos make one each commit
            "cache_size=-64000",
            f"mmap_size={MAPPED}",
        ):
            dbapi.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(conn: Connection) -> None:
        options = conn.get_execution_options()
        if options.get("glance"):
            return
        if options.get("readonly"):
            conn.exec_driver_sql("BEGIN")
            return
        conn.exec_driver_sql(f"PRAGMA busy_timeout={options.get('patience', LOCK_WAIT_SECONDS) * 1000:.0f}").close()
        conn.exec_driver_sql("BEGIN IMMEDIATE")


def _prepare_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "begin")
    def on_begin(conn: Connection) -> None:
        if patience := conn.get_execution_options().get("patience"):
            conn.exec_driver_sql(f"SET LOCAL lock_timeout = {patience * 1000:.0f}")


def end_sleepers(engine: Engine, seconds: int = 60) -> None:
    """For workers: PostgreSQL ends a transaction in which nothing was said for so long. Whoever is paused in the middle
    of one would keep the others waiting for its locks, long after its lease ran out."""
    if not is_sqlite(engine):

        @event.listens_for(engine, "connect")
        def on_connect(dbapi: Any, _: Any) -> None:
            dbapi.execute(f"SET idle_in_transaction_session_timeout = '{seconds}s'")
            dbapi.commit()

        engine.dispose()


@dataclass(frozen=True, slots=True)
class Database:
    """What every process needs: the engine, the master key, the folder of large sealed files, and the newsroom's time
    zone.

    Sessions made here carry the last three in `session.info`, where `core.vault` and `core.days` find them.
    """

    engine: Engine
    master: Master
    files: LocalFiles
    zone: str = "UTC"  # IANA name

    @contextmanager
    def writing(self, patience: float | None = None) -> Iterator[Session]:
        """A session whose transaction is written: the caller commits; whatever it does not commit is rolled back.

        `patience`: seconds to wait for another writer before OperationalError. Without it SQLite waits 10,
        PostgreSQL as long as it takes.
        """
        engine = self.engine if patience is None else self.engine.execution_options(patience=patience)
        with Session(engine, expire_on_commit=False, info=self._info()) as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads: on SQLite it never waits for a writer."""
        with Session(_to_read(self.engine), expire_on_commit=False, autoflush=False, info=self._info()) as session:
            yield session

    def glance(self) -> Connection:
        """A connection for one short question, without the cost of a session; close it."""
        return _to_glance(self.engine).connect()

    def _info(self) -> dict[str, object]:
        return {"master": self.master, "files": self.files, "zone": self.zone}


@lru_cache(maxsize=8)  # to make them takes as long as a short query
def _to_read(engine: Engine) -> Engine:
    return engine.execution_options(readonly=True)


@lru_cache(maxsize=8)
def _to_glance(engine: Engine) -> Engine:
    return engine.execution_options(readonly=True, glance=True)


def let_go(engine: Engine) -> bool:
    """Let go of what was deleted. False where somebody still reads what stood there before: try again later.

    SQLite overwrites deleted rows by itself; its log is emptied here. PostgreSQL clears deleted rows away.
    """
    if is_sqlite(engine):
        return _empty_log(engine)
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as conn:
        conn.exec_driver_sql("VACUUM")
    return True


def _empty_log(engine: Engine) -> bool:
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA busy_timeout=1000")
        (busy, _log, _moved) = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return bool(busy == 0)
    except sqlite3.Error:
        return False
    finally:
        raw.close()


def only_reads(session: Session) -> bool:
    """Whether this is a session of `Database.reading`."""
    return bool(session.get_bind().get_execution_options().get("readonly"))


def is_full(error: BaseException) -> bool:
    """Whether a disk is full: the database's, or the one for large files."""
    if isinstance(error, DiskFull) or (isinstance(error, OSError) and error.errno in FULL):
        return True
    origin = error.orig if isinstance(error, DBAPIError) else None
    return getattr(origin, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL or getattr(origin, "sqlstate", "") == "53100"


def is_sqlite(bind: Engine | Connection | Session) -> bool:
    """Which of the two databases this is."""
    engine = bind.get_bind() if isinstance(bind, Session) else bind
    return engine.dialect.name == "sqlite"


class Unindexed(FunctionElement[Any]):
    """A column as it is, but that SQLite, which has no statistics to choose by, does not begin with its index."""

    name = "unindexed"
    inherit_cache = True

    def __init__(self, column: Any) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(Unindexed)
def _as_it_is(column: Unindexed, compiler: Any, **given: Any) -> str:
    return str(compiler.process(column.clauses, **given))


@compiles(Unindexed, "sqlite")
def _without_its_index(column: Unindexed, compiler: Any, **given: Any) -> str:
    return f"+{compiler.process(column.clauses, **given)}"


@contextmanager
def without_sorting(session: Session) -> Iterator[None]:
    """Statements in the block are answered by an index in their order where there is one, and nothing is sorted."""
    if is_sqlite(session):
        yield
        return
    session.execute(SORTING, {"how": "off"})
    yield
    session.execute(SORTING, {"how": "on"})


def one_at_a_time(session: Session, *numbers: int) -> None:
    """Let transactions that give one of the same numbers (64 bits) wait for each other. SQLite has one writer anyway.

    In one order always, or two would wait for each other for ever.
    """
    if numbers and not is_sqlite(session):
        session.execute(ADVISORY_LOCK, [{"number": number} for number in sorted(numbers)])


def is_current(engine: Engine) -> bool:
    """Whether the schema is this version's, by the names of the migrations alone."""
    if is_sqlite(engine) and engine.url.database and not Path(engine.url.database).exists():
        return False
    newest = max(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    with engine.execution_options(readonly=True).connect() as conn:
        if not inspect(conn).has_table("alembic_version"):
            return False
        return list(conn.execute(text("SELECT version_num FROM alembic_version")).scalars()) == [newest]
