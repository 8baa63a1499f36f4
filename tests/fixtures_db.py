"""A migrated database of each kind, and the fixed cast: who they are and what they may see."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Dialect, Engine, select
from sqlmodel import Session

from tests.servers.postgres import Postgres
from tipline.core.access import Actor
from tipline.db import Database, connect, now
from tipline.models import Account, AccountRole, Callout, CalloutMember, CalloutStatus, CalloutText, Role
from tipline.schema import migrate
from tipline.sealing import Master
from tipline.spool import Spool
from tipline.storage import LocalFiles

KEY = bytes(range(32))


# By the name of a dialect: the first engine's dialect, and the statements that were compiled for it.
_COMPILED: dict[str, tuple[Dialect, Any]] = {}


def engine_of(url: str) -> Engine:
    """As `connect`, and no statement is compiled twice: each test has an engine of its own, and compiling what it asks
    takes a quarter of its time."""
    engine = connect(url)
    with engine.connect():  # so that the dialect knows its server
        engine.dialect, engine._compiled_cache = _COMPILED.setdefault(
            engine.name, (engine.dialect, engine._compiled_cache)
        )
    return engine


def _prepare(url: str) -> None:
    engine = connect(url)
    migrate(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of an empty migrated SQLite database."""
    path = tmp_path_factory.mktemp("template") / "tipline.db"
    _prepare(f"sqlite:///{path}")
    return path.read_bytes()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty migrated database, of each kind in turn."""
    if request.param == "sqlite":
        path = tmp_path / "tipline.db"
        path.write_bytes(request.getfixturevalue("sqlite_template"))
        yield f"sqlite:///{path}"
        return
    cluster: Postgres = request.getfixturevalue("postgres_cluster")
    with cluster.database(cluster.template("tipline", _prepare)) as url:
        yield url


@contextmanager
def on_sqlite(folder: Path, template: bytes) -> Iterator[Database]:
    """A database on SQLite for longer than one test: what a browser shows does not depend on which it is."""
    (folder / "tipline.db").write_bytes(template)
    engine = engine_of(f"sqlite:///{folder / 'tipline.db'}")
    yield Database(engine, Master(KEY), LocalFiles(folder / "files"))
    engine.dispose()


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    """An empty migrated database with its key and file store."""
    engine = engine_of(database_url)
    yield Database(engine, Master(KEY), LocalFiles(tmp_path / "files"))
    engine.dispose()


@pytest.fixture
def spool(database: Database) -> Spool:
    return Spool.of(database)


def rows(database: Database, table: Any) -> list[Any]:
    """All of a table, as the database has it now, in the order of its keys."""
    with database.reading() as session:
        return list(session.scalars(select(table).order_by(*table.__table__.primary_key)))


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A writing session. What it does not commit is rolled back."""
    with database.writing() as session:
        yield session


@dataclass(frozen=True)
class Cast:
    """alice edits, bob reports on the borders callout, carol on another, dave only reads, ada manages people."""

    alice: Actor
    bob: Actor
    carol: Actor
    dave: Actor
    ada: Actor
    borders: int  # callout ids
    overtime: int


ROLES = {
    "alice": [Role.EDITOR],
    "bob": [Role.REPORTER],
    "carol": [Role.REPORTER],
    "dave": [Role.VIEWER],
    "ada": [Role.ADMIN],
}


def make_cast(session: Session) -> Cast:
    """Put the cast and two open callouts into a database, and commit."""
    actors = {}
    for name, roles in ROLES.items():
        account = Account(email=f"{name}@meridian.example", name=name.title(), created_at=now())
        session.add(account)
        session.flush()
        assert account.id is not None
        session.add_all(AccountRole(account_id=account.id, role=role) for role in roles)
        actors[name] = Actor(account.id, account.name, frozenset(roles))
    callouts = {}
    for slug, title in (("borders", "Stranded by closed borders"), ("overtime", "Overtime at tech firms")):
        callout = Callout(
            slug=slug, status=CalloutStatus.OPEN, mail_address=f"{slug}@meridian.example", created_at=now()
        )
        session.add(callout)
        session.flush()
        assert callout.id is not None
        session.add(CalloutText(callout_id=callout.id, language="en", title=title))
        callouts[slug] = callout.id
    for slug, member in (("borders", "bob"), ("borders", "dave"), ("overtime", "carol")):
        session.add(CalloutMember(callout_id=callouts[slug], account_id=actors[member].account_id))
    session.commit()
    return Cast(**actors, **callouts)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def alice(cast: Cast) -> Actor:
    return cast.alice


@pytest.fixture
def bob(cast: Cast) -> Actor:
    return cast.bob


@pytest.fixture
def carol(cast: Cast) -> Actor:
    return cast.carol


@pytest.fixture
def dave(cast: Cast) -> Actor:
    return cast.dave


@pytest.fixture
def ada(cast: Cast) -> Actor:
    return cast.ada
