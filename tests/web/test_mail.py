"""The mail page: it proves that nothing was lost, to editors alone."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlmodel import Session, col, select

from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tests.web.arriving import by_mail
from tipline.core import replies, vault
from tipline.core.access import Actor
from tipline.core.ledger import place
from tipline.core.letters import Sender
from tipline.db import Database, now
from tipline.models import Epoch, Event, Ledger, LedgerState, Mailbox, RawMail, Verb
from tipline.sealing import new_id, seal

SENDER = Sender("The Meridian", "borders@meridian.example", True)


@pytest.fixture
def desk(client: Browser, cast: Cast) -> Browser:
    """Alice's browser."""
    sign_in(client, cast.alice)
    return client


def open_as(app: Flask, who: Actor) -> Browser:
    browser = app.test_client()
    assert isinstance(browser, Browser)
    sign_in(browser, who)
    return browser


@pytest.fixture
def mailbox(session: Session, cast: Cast) -> Epoch:
    box = Mailbox(name="china", created_at=now(), compared_at=now() - timedelta(minutes=2), on_server=412)
    session.add(box)
    session.flush()
    epoch = Epoch(mailbox_id=box.id or 0, folder="INBOX", uidvalidity=7, created_at=now())
    session.add(epoch)
    session.commit()
    return epoch


def put(session: Session, epoch: Epoch, state: LedgerState, n: int = 1, **values: object) -> list[int]:
    """So many messages of a state; returns the ids of their rows. Commits."""
    made = []
    for _ in range(n):
        row = Ledger(id=new_id(), epoch_id=epoch.id or 0, key=str(new_id()), state=state, discovered_at=now(), **values)
        session.add(row)
        made.append(row.id)
    session.commit()
    return made


def test_the_sum_of_a_mailbox_is_a_sentence(desk: Browser, session: Session, mailbox: Epoch) -> None:
    put(session, mailbox, LedgerState.FILED, 403)
    put(session, mailbox, LedgerState.FILED, 37, present=False)
    put(session, mailbox, LedgerState.DUPLICATE, 4)
    put(session, mailbox, LedgerState.QUARANTINED, 3, reason="malformed")
    put(session, mailbox, LedgerState.OVERSIZE, reason="too_large")
    put(session, mailbox, LedgerState.STORED)
    page = desk.get("/desk/mail").text
    assert (
        "412 on the server = 403 filed + 4 duplicate + 3 quarantined + 1 oversize + 1 pending; "
        "37 filed earlier are no longer there." in page
    )
    assert "2 minutes ago" in page and "The two sides differ" not in page


def test_a_message_that_is_missing_from_the_sum_is_said(desk: Browser, session: Session, mailbox: Epoch) -> None:
    put(session, mailbox, LedgerState.FILED, 3)
    assert "The two sides differ" in desk.get("/desk/mail").text


def test_a_mailbox_that_can_not_be_read_says_why_and_what_to_do(
    desk: Browser, session: Session, mailbox: Epoch
) -> None:
    box = session.get_one(Mailbox, mailbox.mailbox_id)
    box.error, box.error_since = "login", now() - timedelta(hours=2)
    session.commit()
    page = desk.get("/desk/mail").text
    assert "The server refused the password." in page and "Renew it in config.toml" in page
    assert 'class="n bad">1' in page, "the rail says so on every page"


def test_what_was_set_aside_is_listed_with_its_reason(desk: Browser, session: Session, mailbox: Epoch) -> None:
    put(session, mailbox, LedgerState.QUARANTINED, reason="malformed", size=34_000)
    put(session, mailbox, LedgerState.GONE)
    page = desk.get("/desk/mail").text
    assert "not readable as a mail" in page and "34.0 kB" in page and "Read again" in page
    assert "gone before it could be read" in page and "1 message disappeared" in page


def test_without_any_mailbox_the_page_says_what_to_do(desk: Browser) -> None:
    page = desk.get("/desk/mail").text
    assert "No mailbox was read yet" in page and "Nothing: every message" in page


def test_a_mail_is_read_again_and_its_bytes_are_a_recorded_download(
    desk: Browser, session: Session, mailbox: Epoch, database: Database
) -> None:
    (ledger_id,) = put(session, mailbox, LedgerState.QUARANTINED, reason="malformed")
    key = vault.new_key(session)
    session.add(RawMail(ledger_id=ledger_id, key_id=key.id, content=seal(key, b"raw bytes", place(ledger_id))))
    session.commit()
    answer = desk.post(f"/desk/mail/{ledger_id}/raw")
    assert answer.data == b"raw bytes" and answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    with database.reading() as reading:
        assert reading.scalars(select(Event).where(col(Event.verb) == Verb.ORIGINAL_SEEN)).one().object_id == ledger_id
    assert "read again within a minute" in desk.post(f"/desk/mail/{ledger_id}/again", follow_redirects=True).text
    with database.reading() as reading:
        assert reading.get_one(Ledger, ledger_id).state is LedgerState.STORED
    again = desk.post(f"/desk/mail/{ledger_id}/again", follow_redirects=True).text
    assert "This message was not set aside" in again


def test_replies_that_did_not_leave_are_listed_with_what_can_be_done(
    desk: Browser, session: Session, cast: Cast
) -> None:
    tip_id = by_mail(session, cast.borders)
    out = replies.queue(session, tip_id, "Thank you.", cast.alice, SENDER)
    session.commit()
    assert "1 reply waits to leave" in desk.get("/desk/mail").text
    replies.mark_sending(session, out.id)
    replies.mark_failed(session, out.id, "recipient_refused", permanent=True, code=550)
    session.commit()
    page = desk.get("/desk/mail").text
    assert "address was refused" in page and "(SMTP 550)" in page and f"T-{tip_id:06d}" in page
    assert f"/desk/outgoing/{out.id}/retry" in page
    assert "reader.example" not in page


def test_the_mail_page_is_for_editors(app: Flask, session: Session, cast: Cast, mailbox: Epoch) -> None:
    (ledger_id,) = put(session, mailbox, LedgerState.QUARANTINED)
    for who in (cast.bob, cast.dave, cast.ada):
        browser = open_as(app, who)
        assert browser.get("/desk/mail").status_code == 403
        assert browser.post(f"/desk/mail/{ledger_id}/raw").status_code == 403
        assert browser.post(f"/desk/mail/{ledger_id}/again").status_code == 403
    alice = open_as(app, cast.alice)
    assert alice.get(f"/desk/mail/{ledger_id}/raw").status_code == 405
    assert alice.post("/desk/mail/12345/raw").status_code == 404
    assert alice.post("/desk/mail/12345/again").status_code == 404
