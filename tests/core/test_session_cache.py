"""What a page asks for in several places is read once."""

from sqlalchemy import func, select

from tests.plans import watching
from tipline.cache import TableCache, tables_read
from tipline.core import accounts
from tipline.core.session_cache import once
from tipline.db import Database
from tipline.models import Account, ActorKind, Role


def test_a_session_that_only_reads_asks_once_until_its_transaction_ends(database: Database) -> None:
    with database.reading() as session:
        with watching(session) as seen:
            assert accounts.names(session) is accounts.names(session)
        assert len(seen.statements) == 1
        session.rollback()
        with watching(session) as seen:
            accounts.names(session)
        assert len(seen.statements) == 1


def test_of_each_it_asks_once(database: Database) -> None:
    with database.reading() as session:
        found = [once(session, "number", key, lambda key=key: key) for key in (1, 2, 1)]
        assert found == [1, 2, 1]
        assert once(session, "another", 1, lambda: "another") == "another"


def test_a_session_that_writes_finds_what_it_wrote(database: Database) -> None:
    with database.writing() as session:
        before = accounts.names(session)
        made = accounts.create(session, "eve@example.org", "Eve", [Role.REPORTER], ActorKind.SYSTEM)
        session.flush()
        assert accounts.names(session) == {**before, made.id: "Eve"}


def test_what_is_made_of_it_later_depends_on_the_same_tables(database: Database) -> None:
    TableCache(database.engine)
    with database.reading() as session:
        once(session, "how many", None, lambda: session.scalar(select(func.count()).select_from(Account)))
        with tables_read() as tables:
            once(session, "how many", None, lambda: None)
    assert tables == {"account"}
