"""Mail that can't be read, or kills whoever reads it: set aside and counted, and the others are filed."""

import os
import signal
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col

from tests import killed
from tests.fixtures_db import Cast
from tests.jobs.test_poll import count, held, look, run_out, states, sums
from tests.mails import mail, mails
from tests.servers.dovecot import Dovecot
from tipline.core import intake
from tipline.core.arrival import Arrival
from tipline.core.mailboxes import quarantine
from tipline.db import Database, now
from tipline.errors import FetchMismatch
from tipline.jobs.parsing import Outcome, Parser
from tipline.mail.imap import ImapMailbox
from tipline.mail.source import Fetched, Listed
from tipline.mail_settings import MailboxSettings
from tipline.models import Ledger, LedgerState, RawMail, Tip


@pytest.fixture
def user() -> str:
    return f"reader-{uuid4().hex[:8]}"


@pytest.fixture
def inbox(dovecot: Dovecot, user: str) -> MailboxSettings:
    return MailboxSettings(  # type: ignore[call-arg]
        host=dovecot.host, port=dovecot.tls_port, user=user, password=dovecot.password, ca_file=dovecot.cert
    )


def test_a_size_that_differs_twice_is_filed_and_flagged(
    database: Database, dovecot: Dovecot, user: str, inbox: MailboxSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    dovecot.append(user, *mails(2))
    real = ImapMailbox.sizes

    def wrong(self: ImapMailbox, keys: list[str]) -> list[Listed]:
        first, *others = real(self, keys)
        return [Listed(first.key, first.size + 1), *others]

    monkeypatch.setattr(ImapMailbox, "sizes", wrong)
    look(database, inbox)
    assert states(database) == ["filed", "filed"]
    with database.reading() as session:
        flags = [row.flags for row in session.scalars(select(Ledger).order_by(col(Ledger.id)))]
    assert ["size_differs" in flag for flag in flags] == [True, False]


def test_a_message_without_bytes_is_set_aside_after_three_tries_and_blocks_nobody(
    database: Database, dovecot: Dovecot, user: str, inbox: MailboxSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    uids = dovecot.append(user, *mails(3))
    _without_bytes(monkeypatch, str(uids[0]))
    for _ in range(3):
        look(database, inbox, compare=False)
    assert states(database) == ["failed", "filed", "filed"]
    monkeypatch.undo()
    look(database, inbox)
    assert states(database) == ["failed", "filed", "filed"], "a comparison alone does not try it again"
    with database.writing() as session:
        session.execute(update(Ledger).values(settled_at=now() - timedelta(hours=2)))
        session.commit()
    look(database, inbox)
    assert states(database) == ["filed"] * 3


def _without_bytes(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    fetch, alone = ImapMailbox.fetch, ImapMailbox.fetch_alone

    def nil(self: ImapMailbox, wanted: list[Listed]) -> list[Fetched]:
        if any(one.key == key for one in wanted):
            raise FetchMismatch("no bytes")
        return fetch(self, wanted)

    def nil_alone(self: ImapMailbox, wanted: Listed) -> Fetched | None:
        if wanted.key == key:
            raise FetchMismatch("no bytes")
        return alone(self, wanted)

    monkeypatch.setattr(ImapMailbox, "fetch", nil)
    monkeypatch.setattr(ImapMailbox, "fetch_alone", nil_alone)


def test_an_oversize_message_stays_on_the_server_and_is_counted(
    database: Database, dovecot: Dovecot, user: str, inbox: MailboxSettings
) -> None:
    dovecot.append(user, mail(padding=50_000), mail("A short one"))
    look(database, inbox, largest=40_000)
    assert states(database) == ["oversize", "filed"]
    assert sums(database).reconciles
    look(database, inbox, largest=400_000)
    assert states(database) == ["filed", "filed"]


def test_a_large_message_goes_through_the_file_store(
    database: Database, dovecot: Dovecot, user: str, inbox: MailboxSettings
) -> None:
    raw = mail(padding=500_000)
    dovecot.append(user, raw)
    look(database, inbox)
    assert states(database) == ["filed"]
    assert held(database) == [raw]


def test_a_message_that_can_not_be_parsed_is_quarantined_and_the_next_is_filed(
    database: Database, dovecot: Dovecot, user: str, inbox: MailboxSettings
) -> None:
    deep = b'Content-Type: multipart/mixed; boundary="a"\r\n\r\n--a\r\n' * 200
    dovecot.append(user, mail("First"), deep, mail("Last"))
    look(database, inbox)
    assert states(database) == ["filed", "quarantined", "filed"]
    with database.reading() as session:
        (found,) = quarantine.listed(session)
    assert (found.reason, found.readable) == ("too_deep", True)
    assert count(database, RawMail) == 3


def test_a_message_that_kills_the_parser_is_set_aside_after_three_tries_and_the_others_are_filed(
    database: Database, dovecot: Dovecot, user: str, inbox: MailboxSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    dovecot.append(user, mail("First"), mail("POISON"), mail("Last"))
    results = Parser.results

    def poisoned(parser: Parser) -> list[Outcome]:
        deadly = [b"POISON" in raw for raw in parser._waiting]
        return [None if dead else outcome for outcome, dead in zip(results(parser), deadly, strict=True)]

    monkeypatch.setattr(Parser, "results", poisoned)
    look(database, inbox)
    assert states(database) == ["filed", "stored", "filed"]
    for _ in range(3):
        look(database, inbox)
    assert states(database) == ["filed", "quarantined", "filed"]


def test_a_message_that_trips_filing_is_quarantined_alone_and_read_again_later(
    database: Database,
    session: Session,
    cast: Cast,
    dovecot: Dovecot,
    user: str,
    inbox: MailboxSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dovecot.append(user, mail("First"), mail("POISON"), mail("Last"))
    _poison_intake(monkeypatch, KeyError("a bug of ours"))
    look(database, inbox)
    assert states(database) == ["filed", "quarantined", "filed"]
    assert count(database, Tip) == 2
    monkeypatch.undo()
    (found,) = quarantine.listed(session)
    quarantine.read_again(session, found.ledger_id, cast.alice)
    session.commit()
    look(database, inbox)
    assert states(database) == ["filed"] * 3
    assert count(database, Tip) == 3


def test_a_fault_of_our_own_quarantines_nothing_and_costs_no_try(
    database: Database, dovecot: Dovecot, user: str, inbox: MailboxSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    dovecot.append(user, mail("First"), mail("POISON"), mail("Last"))
    _poison_intake(monkeypatch, OperationalError("INSERT", {}, Exception("database is locked")))
    for _ in range(5):
        with pytest.raises(OperationalError):
            look(database, inbox)
    assert states(database) == ["stored"] * 3
    assert count(database, Tip) == 0
    monkeypatch.undo()
    look(database, inbox)
    assert states(database) == ["filed"] * 3


def _poison_intake(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    real: Callable[..., intake.Filed] = intake.receive

    def poisoned(session: Session, arrival: Arrival, **named: Any) -> intake.Filed:
        if "POISON" in arrival.text:
            raise error
        return real(session, arrival, **named)

    monkeypatch.setattr(intake, "receive", poisoned)


def test_a_parser_that_never_ends_is_stopped(
    database: Database, dovecot: Dovecot, user: str, inbox: MailboxSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    dovecot.append(user, mail("SLOW"), mail("Last"))
    parser, begin = Parser(seconds=1.5), Parser.begin
    parser._started()

    def asleep(self: Parser, raws: Sequence[bytes], trusted: Sequence[str] = ()) -> None:
        os.kill(self._started().pid, signal.SIGSTOP)
        begin(self, raws, trusted)

    monkeypatch.setattr(Parser, "begin", asleep)
    look(database, inbox, parser=parser)
    parser.close()
    assert states(database)[0] == "quarantined"
    with database.reading() as session:
        assert "too_slow" in session.scalars(select(col(Ledger.reason)).where(col(Ledger.reason) != "")).all()


def test_a_message_that_kills_the_process_is_set_aside_after_three_times_and_the_others_are_filed(
    database: Database, dovecot: Dovecot, user: str, inbox: MailboxSettings
) -> None:
    dovecot.append(user, mail("First"), mail("KILL"), mail("Last"))
    for _ in range(3):
        assert killed.run(database, inbox, "parse") == -9
        run_out(database)
    look(database, inbox)
    assert states(database) == ["filed", "quarantined", "filed"]
    with database.reading() as session:
        quarantined = session.scalars(select(Ledger).where(col(Ledger.state) == LedgerState.QUARANTINED)).one()
    assert quarantined.reason == "crashed"
