"""Replies on their way, as the desk shows them: what became of each, in words, and what a person can do."""

import re

import pytest
from flask import Flask
from sqlalchemy import update
from sqlmodel import Session

from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tests.mail.reports import report
from tests.web.arriving import by_mail
from tipline.core import intake, replies
from tipline.core.access import Actor
from tipline.core.outbox import sending
from tipline.core.outbox.sending import Pace
from tipline.core.outgoing_mail import Sender
from tipline.db import Database
from tipline.mail import parse
from tipline.models import Callout, Outgoing, SendState, Status, Tip

SENDER = Sender("The Meridian", "borders@meridian.example", plus=True)


def open_as(app: Flask, who: Actor) -> Browser:
    browser = app.test_client()
    assert isinstance(browser, Browser)
    sign_in(browser, who)
    return browser


@pytest.fixture
def alice(app: Flask, cast: Cast) -> Browser:
    return open_as(app, cast.alice)


@pytest.fixture
def bob(app: Flask, cast: Cast) -> Browser:
    return open_as(app, cast.bob)


@pytest.fixture
def out(session: Session, cast: Cast) -> Outgoing:
    """A reply of bob's that is being sent. Committed."""
    made = replies.queue(session, by_mail(session, cast.borders), "When was it?", cast.bob, SENDER)
    assert sending.mark_sending(session, made.id)
    session.commit()
    return made


def bounced(session: Session, out: Outgoing, action: str = "failed", status: str = "5.1.1") -> intake.Filed:
    sending.mark_sent(session, out.id)
    raw = report(action, status, to=out.envelope_from, recipient="mei.li@reader.example")
    filed = intake.receive(session, parse.arrival(raw))
    session.commit()
    return filed


def state(database: Database, out: Outgoing) -> SendState:
    with database.reading() as session:
        return session.get_one(Outgoing, out.id).state


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("5.1.1", "there is no such address"),
        ("5.2.2", "mailbox is full"),
        ("5.7.1", "does not take mail from us"),
        ("4.4.7", "could not be reached for days"),
        ("5.0.0", "It came back."),
        ("", "It came back."),
    ],
)
def test_a_reply_that_came_back_says_why_and_what_to_do(
    bob: Browser, session: Session, out: Outgoing, status: str, words: str
) -> None:
    filed = bounced(session, out, status=status)
    page = bob.get(f"/desk/tips/{out.tip_id}").text
    assert words in page and "Came back" in page and f'href="#m{filed.message_id}"' in page
    assert "A mail server" in page and "Show what the mail server says" in page
    assert "Back to Reviewing: a reply came back" in page and "A reply came back" in page
    assert "mei.li" not in page and "reader.example" not in page.replace("mx.reader.example", "")
    assert f"/desk/outgoing/{out.id}/retry" in page and f"/desk/outgoing/{out.id}/give-up" in page


def test_a_delay_is_no_alarm(bob: Browser, alice: Browser, session: Session, out: Outgoing) -> None:
    bounced(session, out, "delayed", "4.4.1")
    page = bob.get(f"/desk/tips/{out.tip_id}").text
    assert "Delayed" in page and "does not take it yet" in page and "Came back" not in page
    assert f"/desk/outgoing/{out.id}/" not in alice.get("/desk/mail").text


def test_who_only_reads_sees_what_became_of_it_and_no_buttons(
    app: Flask, session: Session, cast: Cast, out: Outgoing
) -> None:
    bounced(session, out)
    page = open_as(app, cast.dave).get(f"/desk/tips/{out.tip_id}").text
    assert "there is no such address" in page and f"/desk/outgoing/{out.id}/" not in page


def test_of_two_people_one_wins_and_the_other_is_told(
    bob: Browser, alice: Browser, session: Session, out: Outgoing, database: Database
) -> None:
    sending.mark_unknown(session, out.id)
    session.commit()
    assert "It arrived" in bob.get(f"/desk/tips/{out.tip_id}").text
    first = bob.post(f"/desk/outgoing/{out.id}/arrived", follow_redirects=True).text
    second = alice.post(f"/desk/outgoing/{out.id}/retry", data={"from": "mail"}, follow_redirects=True)
    assert "The reply counts as sent." in first
    assert "Nothing was sent twice." in second.text and second.request.path == "/desk/mail"
    assert state(database, out) is SendState.SENT


def test_a_double_click_sends_once_and_says_so(
    bob: Browser, session: Session, out: Outgoing, database: Database
) -> None:
    sending.mark_failed(session, out.id, "recipient_refused", permanent=True, code=550)
    session.commit()
    assert "on its way again" in bob.post(f"/desk/outgoing/{out.id}/retry", follow_redirects=True).text
    assert "Nothing was sent twice." in bob.post(f"/desk/outgoing/{out.id}/retry", follow_redirects=True).text
    assert state(database, out) is SendState.QUEUED


def test_what_was_given_up_says_so_on_its_tip_and_leaves_the_outbox(
    alice: Browser, session: Session, out: Outgoing
) -> None:
    bounced(session, out)
    assert "there is no such address" in alice.get("/desk/mail").text
    page = alice.post(f"/desk/outgoing/{out.id}/give-up", data={"from": "mail"}, follow_redirects=True).text
    assert "The reply was given up." in page and "there is no such address" not in page
    page = alice.get(f"/desk/tips/{out.tip_id}").text
    assert "Given up" in page
    assert "gave a reply up" in page


def test_a_reporter_is_led_back_to_the_tip_whatever_the_form_says(
    bob: Browser, session: Session, out: Outgoing
) -> None:
    sending.mark_unknown(session, out.id)
    session.commit()
    answer = bob.post(f"/desk/outgoing/{out.id}/give-up", data={"from": "mail"})
    assert str(answer.location).startswith(f"/desk/tips/{out.tip_id}")


def test_what_waits_its_turn_says_why_and_can_be_taken_back(
    alice: Browser, session: Session, cast: Cast, out: Outgoing, database: Database
) -> None:
    sending.mark_sent(session, out.id)
    held = replies.queue(session, out.tip_id, "One more", cast.bob, SENDER)
    assert sending.mark_sending(session, held.id, Pace(to_one=1)) is None
    session.commit()
    page = alice.get("/desk/mail").text
    assert "Waits its turn" in page and "was sent enough within the hour" in page and "1 mail waits to leave" in page
    assert "Waits its turn" in alice.get(f"/desk/tips/{out.tip_id}").text
    alice.post(f"/desk/outgoing/{held.id}/withdraw", data={"from": "mail"})
    assert state(database, held) is SendState.WITHDRAWN


def test_a_flood_is_said_with_a_tip_of_whoever_sends_it(
    alice: Browser, bob: Browser, session: Session, cast: Cast, app: Flask
) -> None:
    for n in range(31):
        tip_id = by_mail(session, cast.borders, f"Story {n}")
    page = alice.get("/desk/mail").text
    assert "A reader sent more than 30 mails within an hour" in page and f"T-{tip_id:06d}" in page
    assert "reader.example" not in page


def test_copies_that_were_not_taken_are_said(alice: Browser, session: Session, out: Outgoing) -> None:
    sending.mark_sent(session, out.id)
    session.execute(update(Outgoing).values(copy_to="china", copy_attempts=5))
    session.commit()
    assert "The Sent folder did not take a copy of one reply." in alice.get("/desk/mail").text


def test_nothing_is_decided_by_following_a_link(alice: Browser, out: Outgoing) -> None:
    for act in ("withdraw", "retry", "give-up", "arrived"):
        assert alice.get(f"/desk/outgoing/{out.id}/{act}").status_code == 405
        assert alice.post(f"/desk/outgoing/12345/{act}").status_code == 404


def test_an_editor_turns_the_answer_to_mail_on_and_writes_its_words(
    alice: Browser, session: Session, cast: Cast, database: Database
) -> None:
    address = f"/desk/callouts/{cast.borders}"
    page = alice.get(address).text
    assert "Send an automatic acknowledgement" in page and "Automatic answer to mail" in page
    form = {
        "version": "1", "slug": "borders", "mail_address": "borders@meridian.example", "languages": "en",
        "text_en-title": "Stranded", "text_en-acknowledgement": "We read all of it.", "acknowledge": "y",
    }  # fmt: skip
    answer = alice.post(address, data=form)
    assert answer.status_code == 303, answer.text
    with database.reading() as reading:
        assert reading.get_one(Callout, cast.borders).acknowledge
    page = alice.get(address).text
    assert "We read all of it." in page
    assert re.search(r'<input[^>]*\bchecked\b[^>]*name="acknowledge"', page)
    del form["acknowledge"]
    stale = alice.post(address, data=form)
    assert stale.status_code == 409 and "Send an automatic acknowledgement" in stale.text
    alice.post(address, data={**form, "version": "2"})
    with database.reading() as reading:
        assert not reading.get_one(Callout, cast.borders).acknowledge


def test_the_list_marks_a_tip_whose_reply_came_back(bob: Browser, session: Session, out: Outgoing) -> None:
    bounced(session, out)
    assert 'class="warn"' in bob.get("/desk").text


def test_z_takes_a_reply_back_with_what_it_did_to_its_tip_as_its_notice_does(
    bob: Browser, session: Session, cast: Cast, database: Database
) -> None:
    tip_id = by_mail(session, cast.borders)
    bob.post(f"/desk/tips/{tip_id}/tag", data={"names": "visa"})
    bob.post(f"/desk/tips/{tip_id}/reply", data={"text": "When was it?", "submission": "s1"})
    page = bob.post("/desk/undo", follow_redirects=True).text
    assert "undone; nothing was sent" in page and ">When was it?</textarea>" in page
    with database.reading() as now:
        assert now.get_one(Tip, tip_id).status is Status.NEW
    assert "Undone: " in bob.post("/desk/undo", follow_redirects=True).text
    assert "nothing to undo" in bob.post("/desk/undo", follow_redirects=True).text


def test_z_says_that_a_reply_has_left_and_what_it_takes_back_instead(
    bob: Browser, session: Session, cast: Cast, database: Database
) -> None:
    tip_id = by_mail(session, cast.borders)
    bob.post(f"/desk/tips/{tip_id}/tag", data={"names": "visa"})
    bob.post(f"/desk/tips/{tip_id}/reply", data={"text": "When was it?", "submission": "s1"})
    session.execute(update(Outgoing).values(state=SendState.SENT))
    session.commit()
    number = f"T-{tip_id:06d}"
    page = bob.post("/desk/undo", data={"open": tip_id}, follow_redirects=True).text
    assert f"Your reply on {number} has left, and stays. Press z again" in page and f"{number}: #visa." in page
    with database.reading() as now:
        assert now.get_one(Tip, tip_id).status is Status.WAITING
    assert f"Undone: {number}: #visa." in bob.post("/desk/undo", follow_redirects=True).text
    bob.post(f"/desk/tips/{tip_id}/reply", data={"text": "And where?", "submission": "s2"})
    session.execute(update(Outgoing).values(state=SendState.SENT))
    session.commit()
    page = bob.post("/desk/undo", follow_redirects=True).text
    assert "has left, and stays. There is nothing earlier to undo." in page
    assert "nothing to undo" in bob.post("/desk/undo", follow_redirects=True).text
