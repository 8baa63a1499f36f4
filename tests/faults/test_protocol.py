"""Answers that the real server can't be made to give."""

import pytest
from sqlalchemy import select

from tests.faults.whole import held, look, states, sums
from tests.mails import mail
from tests.servers.scripted import Scripted
from tipline.db import Database
from tipline.errors import MailboxUnreachable
from tipline.mail import imap
from tipline.mail_settings import MailboxSettings
from tipline.models import Ledger

RAW = mail("We wait at the border.")
N = len(RAW)
GOOD = f"* 1 FETCH (UID 5 RFC822.SIZE {N} BODY[] {{{N}}}\r\n{RAW.decode()})"
FAULTS = {
    "NIL instead of a body": f"* 1 FETCH (UID 5 RFC822.SIZE {N} BODY[] NIL)",
    "a literal that is too short": f"* 1 FETCH (UID 5 RFC822.SIZE {N} BODY[] {{3}}\r\nabc)",
    "NO after the data": f"{GOOD}\0NO try later",
    "BAD": "BAD what",
    "an unsolicited FETCH": f"* 1 FETCH (FLAGS (\\Seen))\r\n{GOOD}",
    "another message's FETCH": f"* 2 FETCH (UID 9 RFC822.SIZE 3 BODY[] {{3}}\r\nabc)\r\n{GOOD}",
    "no UID": f"* 5 FETCH (RFC822.SIZE {N} BODY[] {{{N}}}\r\n{RAW.decode()})",
    "a bare OK": "",
    "half a line": "* 1 FETCH (UID)\r\n* 2 FETCH",
    "a line of 2 MB": "* 1 FETCH (UID 5 FLAGS (" + "x" * 2_000_000 + "))",
    "BYE": "* BYE shutting down",
    "EOF in a literal": f"* 1 FETCH (UID 5 RFC822.SIZE {N} BODY[] {{{N}}}\r\n{RAW[:20].decode()}",
    "a literal of 4 GB": "* 1 FETCH (UID 5 BODY[] {4294967295}\r\nabc",
}
CLOSES = ("BYE", "EOF in a literal", "a literal of 4 GB")


def settings(server: Scripted) -> MailboxSettings:
    return MailboxSettings.model_validate(
        {"host": "127.0.0.1", "port": server.port, "security": "none", "user": "u", "password": "p"}
    )


TWICE = [fault for fault in FAULTS if fault != "a literal that is too short"]  # then it is what the server has


@pytest.mark.parametrize(("fault", "times"), [*((fault, 1) for fault in FAULTS), *((fault, 2) for fault in TWICE)])
def test_after_a_broken_answer_the_message_is_filed_once_as_it_is(database: Database, fault: str, times: int) -> None:
    with Scripted(raw=RAW, times=times, BODY=FAULTS[fault], closes_after="BODY" if fault in CLOSES else "") as server:
        for _ in range(times + 2):
            try:
                look(database, settings(server))
            except MailboxUnreachable:
                assert "filed" not in states(database)
        held(database, RAW)
        assert server.only_read


def test_a_message_that_is_shorter_than_announced_on_two_lines_is_filed_as_it_is_and_flagged(
    database: Database,
) -> None:
    with Scripted(raw=RAW, size=N + 7) as server:
        look(database, settings(server))
        held(database, RAW)
        with database.reading() as session:
            assert "size_differs" in session.scalars(select(Ledger)).one().flags


def test_a_message_that_is_listed_without_a_size_is_filed(database: Database) -> None:
    with Scripted(raw=RAW, SIZE="") as server:
        look(database, settings(server), compare=False)
        held(database, RAW)
        assert server.only_read


def test_a_message_that_is_listed_and_never_given_is_named_as_failed(database: Database) -> None:
    with Scripted(FETCH="") as server:
        for _ in range(4):
            look(database, settings(server), compare=False)
        assert states(database) == ["failed"]
        account = sums(database)
        assert account.reconciles and (account.on_server, account.failed) == (1, 1)


def test_a_message_of_200_mb_is_not_fetched_and_an_editor_sees_whose_it_is(database: Database) -> None:
    with Scripted(raw=RAW, size=200_000_000) as server:
        look(database, settings(server), largest=25_000_000)
        assert "BODY.PEEK[]" not in server.heard
        assert server.heard.count("BODY.PEEK[HEADER.FIELDS (FROM SUBJECT DATE)]<0.") == 1
        look(database, settings(server), largest=25_000_000)
        assert server.heard.count("HEADER.FIELDS") == 1
        assert states(database) == ["oversize"]
        assert sums(database).reconciles
        assert server.only_read


def test_a_byte_a_second_meets_the_deadline_and_loses_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "COMMAND_SECONDS", 0.5)
    with Scripted(raw=RAW, times=1, BODY=GOOD, pause=0.05) as server:
        look(database, settings(server))
        assert server.connections == 2
        held(database, RAW)
