"""The worker's job that reads stored mail again."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from tests.mails import mails
from tipline.core.intake.message_rows import READER_VERSION
from tipline.core.mailboxes import ledger, reparse
from tipline.db import Database
from tipline.errors import LeaseTaken, LostLease
from tipline.jobs import reparse as job
from tipline.jobs.lease import Lease
from tipline.jobs.parsing import Outcome, Parser
from tipline.jobs.poll import PollRun
from tipline.jobs.reparse import Reparsing
from tipline.mail_settings import MailboxSettings
from tipline.models import Event, Message, RawMail, Verb


@pytest.fixture
def old(database: Database, tmp_path: Path) -> list[int]:
    """Twenty-five mails that an older parser read, by a broken reading each."""
    for name in ("tmp", "new", "cur"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    for number, raw in enumerate(mails(25)):
        (tmp_path / "mail" / "new" / f"{number:03}.example").write_bytes(raw)
    settings = MailboxSettings(kind="maildir", path=tmp_path / "mail")  # type: ignore[call-arg]
    while PollRun(database, "tips", settings, 1_000_000, compare=True).run():
        pass
    return age(database)


def age(database: Database) -> list[int]:
    with database.writing() as session:
        session.execute(update(Message).values(text="broken", reader_version=1))
        session.commit()
        return list(session.scalars(select(col(Message.id)).order_by(col(Message.id))))


def texts(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(col(Message.text))))


def test_stored_mail_is_read_again_batch_by_batch(database: Database, old: list[int]) -> None:
    reparsing = Reparsing(database)
    assert reparsing.run() and texts(database).count("broken") == 25 - job.MESSAGES_AT_ONCE
    # Another process goes on where this one stopped.
    another = Reparsing(database)
    assert another.run() and not another.run()
    assert "broken" not in texts(database) and (reparsing.done + another.done).changed == 25
    with database.reading() as session:
        assert reparse.standing(session) == (0, 0)
        assert set(session.scalars(select(col(Message.reader_version)))) == {READER_VERSION}
        assert len(session.scalars(select(Event).where(col(Event.verb) == Verb.REPARSED)).all()) == 25


def test_one_process_at_a_time_reads_it_again(database: Database, old: list[int]) -> None:
    with Lease(database, ledger.REPARSE), pytest.raises(LeaseTaken):
        Reparsing(database).run()
    assert texts(database).count("broken") == 25


@dataclass
class Slow(Parser):
    """A parser that takes so long that another process takes the lease over."""

    meanwhile: Callable[[], None] = lambda: None

    def results(self) -> list[Outcome]:
        self.meanwhile()
        return super().results()


def test_nothing_is_written_where_the_lease_was_lost(database: Database, old: list[int]) -> None:
    def take_over() -> None:
        with Lease(database, ledger.REPARSE, reparsing.holder):
            pass

    slow = Slow(meanwhile=take_over)
    reparsing = Reparsing(database, parser=lambda: slow)
    with pytest.raises(LostLease):
        reparsing.run()
    slow.close()
    assert texts(database).count("broken") == 25
    with database.reading() as session:
        assert reparse.standing(session) == (25, 0)


def test_mail_whose_bytes_are_damaged_is_left_and_stops_no_other(database: Database, old: list[int]) -> None:
    with database.writing() as session:
        row = session.scalars(select(RawMail).limit(1)).one()
        row.content = b"\0" * 40
        session.add(row)
        session.commit()
    reparsing = Reparsing(database)
    while reparsing.run():
        pass
    assert (reparsing.done.read, reparsing.done.changed, reparsing.done.left) == (25, 24, 1)
    assert texts(database).count("broken") == 1
