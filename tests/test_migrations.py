"""The schema that migrations make is that of the models, on both databases; each goes down and up again."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, Enum, inspect, text
from sqlmodel import SQLModel

import tipline.models  # noqa: F401  (fills the metadata)
from tipline import schema
from tipline.db import connect, is_current, is_sqlite
from tipline.schema import migrate
from tipline.vocabularies import FactKind

REVISIONS = [revision.revision for revision in ScriptDirectory.from_config(schema._alembic()).walk_revisions()][::-1]


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
    config = schema._alembic()
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
    assert not is_current(empty)
    assert migrate(empty) == REVISIONS
    assert is_current(empty)
    assert migrate(empty) == []


def test_the_migrated_tables_are_those_of_the_models(empty: Engine) -> None:
    migrate(empty)
    with empty.connect() as connection:
        options = {"compare_type": False, "include_name": lambda name, *_: not (name or "").startswith("search")}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata)
    assert differences == []


def test_each_column_of_words_takes_those_of_its_vocabulary_and_no_others(empty: Engine) -> None:
    migrate(empty)
    found = inspect(empty)
    for table in SQLModel.metadata.sorted_tables:
        allowed = {
            check["name"]: set(re.findall(r"'(\w+)'", check["sqltext"]))
            for check in found.get_check_constraints(table.name)
        }
        for column in table.columns:
            if isinstance(column.type, Enum):
                assert allowed[f"ck_{table.name}_{column.type.name}"] == set(column.type.enums), column


def test_every_migration_goes_down_and_up_again(empty: Engine) -> None:
    migrate(empty)
    before = names(empty)
    run(empty, "base", down=True)
    assert names(empty) == set()
    assert migrate(empty)
    assert names(empty) == before


def test_the_types_of_facts_that_are_extracted_are_there_from_the_start(empty: Engine) -> None:
    migrate(empty)
    with empty.connect() as connection:
        types = connection.execute(text("SELECT key, kind, callout_id FROM fact_type ORDER BY position")).all()
    assert [tuple(row) for row in types] == [(kind, kind, None) for kind in FactKind]


def test_two_that_start_at_once_migrate_once(empty: Engine) -> None:
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: migrate(empty), range(2)))
    assert sorted(map(bool, done)) == [False, True]
    assert is_current(empty)
