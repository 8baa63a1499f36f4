"""Each migration is run up from the one before with rows in it, on both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlmodel import Session, SQLModel, select

import tipline.models  # noqa: F401  (fills the metadata)
from tests.core.making import make_tip
from tests.fixtures_db import KEY, make_cast
from tipline import db
from tipline.core import search
from tipline.db import Database, connect, is_sqlite, migrate, pending_migrations
from tipline.models import Tip
from tipline.sealing import Master
from tipline.storage import LocalFiles


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without any table."""
    if request.param == "sqlite":
        engine = connect(f"sqlite:///{tmp_path}/empty.db")
    else:
        engine = connect(request.getfixturevalue("postgres_cluster").create_database())
    yield engine
    engine.dispose()


def run(engine: Engine, revision: str, *, down: bool = False) -> None:
    config = db._alembic()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)
        connection.commit()


def names(engine: Engine) -> set[str]:
    """Every table, index and trigger of ours."""
    query = (
        "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
        if is_sqlite(engine)
        else "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'public'"
    )
    with engine.connect() as connection:
        return set(connection.execute(text(query)).scalars()) - {"alembic_version", "alembic_version_pkc"}


def test_an_empty_database_is_brought_up_to_date_once(empty: Engine) -> None:
    assert pending_migrations(empty)
    revisions = [revision.revision for revision in ScriptDirectory.from_config(db._alembic()).walk_revisions()][::-1]
    assert migrate(empty) == revisions
    assert not pending_migrations(empty)
    assert migrate(empty) == []


def test_the_migrated_tables_are_those_of_the_models(empty: Engine) -> None:
    migrate(empty)
    with empty.connect() as connection:
        options = {"compare_type": False, "include_name": lambda name, *_: not (name or "").startswith("search")}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata)
    assert differences == []


def test_every_migration_goes_down_and_up_again(empty: Engine) -> None:
    migrate(empty)
    before = names(empty)
    run(empty, "base", down=True)
    assert names(empty) == set()
    assert migrate(empty)
    assert names(empty) == before


def test_0002_keeps_the_tips_and_they_are_indexed_afterwards(empty: Engine, tmp_path: Path) -> None:
    run(empty, "0001")
    database = Database(empty, Master(KEY), LocalFiles(tmp_path / "files"))
    with database.writing() as session:
        cast = make_cast(session)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(search, "put", lambda session, tip_id: None)  # there is no index yet
            ids = [make_tip(session, cast.borders, f"story {n}").id for n in range(3)]
        session.commit()
    run(empty, "0002")
    with database.writing() as session:
        assert session.exec(select(Tip.id).order_by(Tip.id)).all() == ids  # type: ignore[arg-type]
        assert search.refresh(session) == 3
        session.commit()
        assert _documents(session) == 3
        session.execute(text("DELETE FROM tip WHERE id = :id"), {"id": ids[0]})
        assert _documents(session) == 2


def _documents(session: Session) -> int:
    return session.scalar(text("SELECT count(*) FROM search_document")) or 0


def test_two_that_start_at_once_migrate_once(empty: Engine) -> None:
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: migrate(empty), range(2)))
    assert sorted(map(bool, done)) == [False, True]
    assert not pending_migrations(empty)
