"""The mail page: it proves that nothing was lost, to editors alone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlmodel import Session, col, select

from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tests.mails import mail
from tests.web.arriving import by_mail
from tipline.config import Settings
from tipline.core import intake, replies, vault
from tipline.core.access import Actor
from tipline.core.mailboxes import ledger_steps
from tipline.core.mailboxes.ledger import place
from tipline.core.outbox import sending
from tipline.core.outgoing_mail import Sender
from tipline.db import Database, now
from tipline.mail import parse
from tipline.models import Epoch, Event, Ledger, LedgerState, Mailbox, RawMail, Verb
from tipline.sealing import new_id, seal

# What a page says does not depend on the database; what does is tested in core, on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SENDER = Sender("The Meridian", "borders@meridian.example", True)


@pytest.fixture
def settings() -> Settings:
    china = {"host": "mail.example", "user": "china", "password": "p"}
    return Settings.model_validate({"mailbox": {"china": china}})


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
    assert "The server refused the password." in page and "Check mailbox.china.user and mailbox.china.password" in page
    everywhere = desk.get("/desk").text
    assert 'class="n bad">1' in everywhere and "The server refused the password." in everywhere


def test_what_was_set_aside_is_listed_with_its_reason(desk: Browser, session: Session, mailbox: Epoch) -> None:
    put(session, mailbox, LedgerState.QUARANTINED, reason="malformed", size=34_000)
    put(session, mailbox, LedgerState.GONE)
    page = desk.get("/desk/mail").text
    assert "not readable as a mail" in page and "34.0 kB" in page and "Read again" in page
    assert "gone before it could be read" in page and "1 message disappeared" in page


def test_a_silent_mailbox_and_a_lost_message_are_said_on_every_page_to_editors_alone(
    app: Flask, session: Session, cast: Cast, mailbox: Epoch
) -> None:
    (ledger_id,) = put(session, mailbox, LedgerState.GONE)
    session.get_one(Mailbox, mailbox.mailbox_id).compared_at = now() - timedelta(minutes=31)
    session.commit()
    alice = open_as(app, cast.alice)
    for page in (alice.get("/desk").text, alice.get("/desk/callouts").text):
        assert "china was not compared with the server for half an hour" in page
        assert "In the mailbox china 1 message disappeared" in page
    assert "disappeared" not in open_as(app, cast.bob).get("/desk").text
    answer = alice.post(f"/desk/mail/{ledger_id}/seen-to", follow_redirects=True).text
    assert "It is no alarm any more" in answer and "In the mailbox china" not in answer


def test_a_mailbox_that_left_the_settings_is_no_alarm(desk: Browser, session: Session, mailbox: Epoch) -> None:
    session.add(Mailbox(name="former", created_at=now() - timedelta(days=9)))
    session.commit()
    page = desk.get("/desk/mail").text
    assert "not in the settings any more" in page and "n bad" not in page


def test_what_waits_is_counted_while_an_old_inbox_is_read(desk: Browser, session: Session, mailbox: Epoch) -> None:
    put(session, mailbox, LedgerState.DISCOVERED, 60)
    page = desk.get("/desk/mail").text
    assert "60 messages wait to be read" in page and "60 pending" in page


def test_each_list_has_an_address(desk: Browser, session: Session, mailbox: Epoch) -> None:
    put(session, mailbox, LedgerState.DUPLICATE)
    put(session, mailbox, LedgerState.OVERSIZE, size=50_000_000, reason="too_large", flags=["junk"])
    everything, duplicates = desk.get("/desk/mail").text, desk.get("/desk/mail?list=duplicate").text
    assert "Fetch it anyway" in everything and "from Junk" in everything
    assert "the same mail once more" in duplicates and "Fetch it anyway" not in duplicates
    assert "Nothing in this list" in desk.get("/desk/mail?list=gone").text


def test_who_sent_what_is_not_fetched_is_shown_by_a_recorded_post_alone(
    desk: Browser, session: Session, mailbox: Epoch, database: Database
) -> None:
    (ledger_id,) = put(session, mailbox, LedgerState.OVERSIZE, size=50_000_000, reason="too_large")
    ledger_steps.keep_heads(session, {ledger_id: b"From: Mei Lin <mei@reader.example>\r\nSubject: <b>Stranded\r\n"})
    session.commit()
    assert "mei@reader.example" not in desk.get("/desk/mail").text
    shown = desk.post(f"/desk/mail/{ledger_id}/head").text
    assert "mei@reader.example" in shown and "&lt;b&gt;Stranded" in shown
    with database.reading() as reading:
        assert reading.scalars(select(Event).where(col(Event.verb) == Verb.IDENTITY_SEEN)).one().object_id == ledger_id
    assert desk.get(f"/desk/mail/{ledger_id}/head").status_code == 405


def test_an_oversize_mail_is_fetched_anyway_or_filed_by_hand(
    desk: Browser, session: Session, cast: Cast, mailbox: Epoch, database: Database
) -> None:
    wanted, other = put(session, mailbox, LedgerState.OVERSIZE, 2, size=50_000_000, reason="too_large")
    assert "It is fetched within" in desk.post(f"/desk/mail/{wanted}/fetch", follow_redirects=True).text
    form = desk.get(f"/desk/mail/{other}/file").text
    assert "larger than what is fetched" in form and "Stranded by closed borders" in form
    answer = desk.post(f"/desk/mail/{other}/file", data={"callout_id": cast.borders, "words": "She waits in Poipet."})
    assert answer.status_code == 303
    assert "She waits in Poipet." in desk.get(answer.headers["Location"]).text
    with database.reading() as reading:
        assert reading.get_one(Ledger, wanted).state is LedgerState.DISCOVERED
        assert reading.get_one(Ledger, other).state is LedgerState.FILED
    assert desk.get(f"/desk/mail/{other}/file").status_code == 404


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
    assert "This message is not in quarantine" in again


def test_replies_that_did_not_leave_are_listed_with_what_can_be_done(
    desk: Browser, session: Session, cast: Cast
) -> None:
    tip_id = by_mail(session, cast.borders)
    out = replies.queue(session, tip_id, "Thank you.", cast.alice, SENDER)
    session.commit()
    assert "1 mail waits to leave" in desk.get("/desk/mail").text
    sending.mark_sending(session, out.id)
    sending.mark_failed(session, out.id, "recipient_refused", permanent=True, code=550)
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


def test_what_came_from_junk_says_so_on_its_tip(desk: Browser, session: Session, cast: Cast, mailbox: Epoch) -> None:
    (ledger_id,) = put(session, mailbox, LedgerState.FILED, flags=["junk"])
    arrival = replace(parse.arrival(mail()), callout_id=cast.borders)
    filed = intake.receive(session, arrival, ledger_id=ledger_id)
    other = by_mail(session, cast.borders)
    session.commit()
    assert "from the Junk folder" in desk.get(f"/desk/tips/{filed.tip_id}").text
    assert "from the Junk folder" not in desk.get(f"/desk/tips/{other}").text
