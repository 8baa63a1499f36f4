"""Each migration is run up from the one before with rows in it, on both databases."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, Enum, MetaData, Table, event, inspect, text, update
from sqlmodel import Session, SQLModel, col, select

import tipline.models  # noqa: F401  (fills the metadata)
from tests.core.making import attach, make_tip
from tests.fixtures_db import KEY, make_cast
from tipline import db, schema
from tipline.core import facts, intake, mailboxes, replies, search, triage
from tipline.core.access import Actor
from tipline.core.arrival import Attachment
from tipline.core.bulk import letter_drafts
from tipline.core.facts import fact_types
from tipline.core.letters import Sender
from tipline.core.triage import attachments
from tipline.db import Database, connect, is_current, is_sqlite
from tipline.mail import parse
from tipline.models import Account, Callout, Outgoing, Role, Tip
from tipline.schema import migrate
from tipline.sealing import Master
from tipline.storage import LocalFiles
from tipline.words import FactKind

REVISIONS = [revision.revision for revision in ScriptDirectory.from_config(schema._alembic()).walk_revisions()][::-1]
MAIL = b"""From: Mei <mei@reader.example>\r\nTo: china@meridian.example\r\nSubject: Separated\r\n
My son is in Shanghai.\r\n"""
BOUNCE = b"""From: MAILER-DAEMON@mx.reader.example\r\nTo: china@meridian.example\r\nSubject: Undelivered Mail\r
Auto-Submitted: auto-replied\r\n\r\nThis is the mail system. Your message could not be delivered.\r\n"""


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


@pytest.mark.parametrize("revision", REVISIONS[1:])
def test_a_migration_keeps_every_row_that_was_there(empty: Engine, tmp_path: Path, revision: str) -> None:
    """Down to the version before it, with all that a newsroom has, and up again."""
    migrate(empty)
    database = Database(empty, Master(KEY), LocalFiles(tmp_path / "files"))
    with database.writing() as session:
        furnish(session)
        session.commit()
    run(empty, REVISIONS[REVISIONS.index(revision) - 1], down=True)
    before = held(empty)
    assert sum(map(len, before.values())) > 50
    run(empty, revision)
    after = held(empty, {name: list(rows[0]) for name, rows in before.items() if rows})
    assert {name: rows for name, rows in after.items() if rows} == {name: rows for name, rows in before.items() if rows}
    migrate(empty)
    with database.writing() as session:
        assert {callout.behind == [] for callout in session.exec(select(Callout))} == {True}
        while search.refresh(session):
            pass
        session.commit()
        assert _documents(session) == len(session.exec(select(Tip.id).where(~col(Tip.restricted))).all())


def test_only_tables_that_a_migration_cleared_are_vacuumed(empty: Engine) -> None:
    said: list[str] = []

    @event.listens_for(empty, "before_cursor_execute")
    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.extend([statement] if statement.startswith("VACUUM") else [])

    migrate(empty)
    assert said == [], "of an empty database"
    for before in ("0014", "0013"):
        run(empty, before, down=True)
        migrate(empty)
    assert said == ([] if is_sqlite(empty) else ["VACUUM search_document"])


def test_what_came_before_is_counted_by_day(empty: Engine, tmp_path: Path) -> None:
    migrate(empty)
    with Database(empty, Master(KEY), LocalFiles(tmp_path / "files")).writing() as session:
        furnish(session)
        session.commit()
    run(empty, "0004", down=True)
    run(empty, "0005")
    with empty.connect() as connection:
        listed = connection.execute(text("SELECT count(*) FROM tip WHERE NOT restricted AND joined_into IS NULL"))
        counted = connection.execute(text("SELECT sum(n), count(DISTINCT grain) FROM tip_day")).one()
        assert tuple(counted) == (2 * listed.scalar_one(), 2) and counted[0] > 4


def test_facts_come_with_the_types_that_are_read_and_go_with_their_events(empty: Engine, tmp_path: Path) -> None:
    migrate(empty)
    with Database(empty, Master(KEY), LocalFiles(tmp_path / "files")).writing() as session:
        furnish(session)
        session.commit()
    run(empty, "0006", down=True)
    assert "fact" not in names(empty)
    with empty.connect() as connection:
        said = connection.execute(text("SELECT count(*) FROM event WHERE verb LIKE 'fact%'"))
        assert said.scalar_one() == 0
    run(empty, "0007")
    with empty.connect() as connection:
        read = connection.execute(text("SELECT key, kind, callout_id FROM fact_type ORDER BY position")).all()
        assert [tuple(row) for row in read] == [(kind, kind, None) for kind in FactKind]
        unread = connection.execute(text("SELECT count(*) FROM tip WHERE facts_version = 0")).scalar_one()
        assert unread == connection.execute(text("SELECT count(*) FROM tip")).scalar_one() > 3


def test_documents_of_tips_with_files_are_made_anew_to_tell_what_is_inside_them(empty: Engine, tmp_path: Path) -> None:
    migrate(empty)
    database = Database(empty, Master(KEY), LocalFiles(tmp_path / "files"))
    with database.writing() as session:
        furnish(session)
        attach(session, make_tip(session, 1, "story"), "letter.pdf", "canarybird")
        search.refresh(session)  # the replies of these tips
        session.commit()
    run(empty, "0008", down=True)
    run(empty, "0009")
    with database.writing() as session:
        assert search.standing(session).old == search.refresh(session) == 1
        assert search.standing(session).old == 0


def test_when_a_tip_was_last_answered_is_counted_anew(empty: Engine, tmp_path: Path) -> None:
    """By replies that left or may still leave: joining, giving up and coming back had left it as it was."""
    migrate(empty)
    with Database(empty, Master(KEY), LocalFiles(tmp_path / "files")).writing() as session:
        cast = make_cast(session)
        came_back, joined = (make_tip(session, cast.borders, code_hash=letter) for letter in "ab")
        unwritten = make_tip(session, cast.borders, answered_at=db.now())
        for tip in (came_back, joined):
            replies.queue(session, tip.id or 0, "Thank you.", cast.alice, Sender("The Meridian", "china@x.example"))
        said = joined.answered_at
        joined.answered_at = None
        session.execute(update(Outgoing).where(col(Outgoing.tip_id) == came_back.id).values(state="bounced"))
        session.commit()
        run(empty, "0009", down=True)
        run(empty, "0010")
        session.expire_all()
        assert (came_back.answered_at, joined.answered_at) == (None, said)
        assert unwritten.answered_at is not None


def test_files_of_messages_keep_their_place_and_those_of_notes_have_one_of_their_own(
    empty: Engine, tmp_path: Path
) -> None:
    """The words inside files hang on their rows: no row may be made anew."""
    migrate(empty)
    database = Database(empty, Master(KEY), LocalFiles(tmp_path / "files"))
    with database.writing() as session:
        furnish(session)
        tip = make_tip(session, 1, "story")
        of_message = attach(session, tip, "letter.pdf", "canarybird").id
        note = triage.note(session, tip.id or 0, "from Signal", bob(session))
        attachments.attach_to_note(session, note.id or 0, Attachment("shot.png", b"x", ""), bob(session))
        session.commit()
    run(empty, "0014", down=True)
    for revision in ("0015", "head"):
        run(empty, revision)
        with empty.connect() as connection:
            files = connection.execute(text("SELECT id, note_id, contact_id FROM stored_file")).all()
            assert [tuple(row) for row in files] == [(of_message, None, None)]
            assert connection.execute(text("SELECT file_id FROM file_text")).scalars().all() == [of_message]


def bob(session: Session) -> Actor:
    found = session.exec(select(Account).where(Account.name == "Bob")).one()
    return Actor(found.id or 0, "Bob", frozenset({Role.REPORTER}))


def furnish(session: Session) -> None:
    """A row or more in most tables, made as the program makes them."""
    cast = make_cast(session)
    for n in range(3):
        tip = make_tip(session, cast.borders, f"story {n}", restricted=n == 2)
        assert tip.id is not None
        if n < 2:
            triage.tag(session, tip.id, ["family"], cast.alice)
            triage.note(session, tip.id, "a note", cast.alice)
            triage.assign(session, tip.id, cast.bob.account_id, cast.alice)
            place = next(one for one in fact_types.of_callout(session, cast.borders) if one.kind == FactKind.PLACE)
            facts.add(session, tip.id, place.id or 0, "Wuhan", cast.bob)
    filed = intake.receive(session, parse.arrival(MAIL, received_at=db.now()))
    intake.receive(session, parse.arrival(BOUNCE, received_at=db.now()))
    replies.queue(session, filed.tip_id, "Thank you.", cast.alice, Sender("The Meridian", "china@meridian.example"))
    letter_drafts.keep(session, "p1", [filed.tip_id], "Dear {reader}", cast.bob, "")
    box = mailboxes.mailbox(session, "china")
    assert box.id is not None
    epoch = mailboxes.begin_epoch(session, box.id, "INBOX", 7)
    mailboxes.discover(session, epoch, [("1", 700), ("2", 900_000_000)], 25_000_000)


def held(engine: Engine, columns: dict[str, list[str]] | None = None) -> dict[str, list[dict[str, object]]]:
    """Every row of every table of ours, or of these columns of them."""
    found = MetaData()
    found.reflect(engine, only=lambda name, _: not name.startswith(("search", "alembic")))
    with engine.connect() as connection:
        return {
            table.name: sorted(
                (dict(row) for row in connection.execute(text(_select(table, columns))).mappings()), key=repr
            )
            for table in found.sorted_tables
            if columns is None or table.name in columns
        }


def _select(table: Table, columns: dict[str, list[str]] | None) -> str:
    names = columns[table.name] if columns else sorted(column.name for column in table.columns)
    return f"SELECT {', '.join(names)} FROM {table.name}"


def _documents(session: Session) -> int:
    return session.scalar(text("SELECT count(*) FROM search_document")) or 0


def test_two_that_start_at_once_migrate_once(empty: Engine) -> None:
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: migrate(empty), range(2)))
    assert sorted(map(bool, done)) == [False, True]
    assert is_current(empty)
