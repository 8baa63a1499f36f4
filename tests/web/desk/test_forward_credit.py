"""Mail on the desk: who wrote a forward stays behind the identity panel; senders, languages and sealed mails say so."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlmodel import Session, col

from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tipline.core import intake
from tipline.core.access import Actor
from tipline.db import Database
from tipline.mail import parse
from tipline.models import Event, Tip, Verb

# What a page says does not depend on the database; what does is tested in core, on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FORWARD = """From: Mei Chen <mei@reader.example>
To: borders@meridian.example
Subject: Fwd: Waiting
Message-ID: <fwd-1@reader.example>
Date: Tue, 5 May 2020 10:00:00 +0800
{more}Content-Type: text/plain; charset=utf-8

My neighbour sent me this.

---------- Forwarded message ---------
From: Ann Lee <ann.lee@neighbour.example>
Date: Mon, May 4, 2020 at 9:00 AM
Subject: Waiting
To: Mei Chen <mei@reader.example>

We wait at the border with two children.
"""
SECRETS = ("ann.lee", "neighbour.example", "Ann Lee", "mei@reader.example")
TRUSTED = ["mx.meridian.example"]


def passed_on(session: Session, cast: Cast, more: str = "") -> int:
    came = "Received: from mail.example (mail.example [198.51.100.7]) by mx.meridian.example\n"
    arrival = parse.arrival(FORWARD.format(more=more + came).encode(), trusted=TRUSTED)
    filed = intake.receive(session, replace(arrival, callout_id=cast.borders))
    session.commit()
    return filed.tip_id


def open_as(app: Flask, who: Actor) -> Browser:
    browser = app.test_client()
    assert isinstance(browser, Browser)
    sign_in(browser, who)
    return browser


def plain(page: str) -> str:
    """A page without what keeps names of any direction from turning the words around them."""
    return page.replace("<bdi>", "").replace("</bdi>", "")


def test_the_page_tells_the_story_and_not_who_wrote_it(app: Flask, session: Session, cast: Cast) -> None:
    tip_id = passed_on(session, cast)
    for who in (cast.alice, cast.bob, cast.dave):
        page = open_as(app, who).get(f"/desk/tips/{tip_id}").text
        assert "We wait at the border with two children." in page
        assert "My neighbour sent me this." in page
        assert "passed on; somebody else wrote it" in page
        assert not [secret for secret in SECRETS if secret in page]
        assert "Credit them" not in page


def test_the_identity_panel_offers_to_credit_the_writer(app: Flask, session: Session, cast: Cast) -> None:
    tip_id = passed_on(session, cast)
    bob = open_as(app, cast.bob)
    page = bob.post(f"/desk/tips/{tip_id}/identity").text
    assert "Ann Lee &lt;ann.lee@neighbour.example&gt;" in page
    assert "Credit them" in page
    verbs = session.scalars(select(col(Event.verb)).where(col(Event.tip_id) == tip_id)).all()
    assert Verb.IDENTITY_SEEN in verbs


def test_a_viewer_cannot_open_or_credit_anybody(app: Flask, session: Session, cast: Cast) -> None:
    tip_id = passed_on(session, cast)
    dave = open_as(app, cast.dave)
    assert dave.post(f"/desk/tips/{tip_id}/identity").status_code == 403
    assert dave.post(f"/desk/tips/{tip_id}/credit").status_code == 403
    assert open_as(app, cast.carol).post(f"/desk/tips/{tip_id}/credit").status_code == 404


def test_one_click_credits_the_writer_and_another_takes_it_back(
    app: Flask, database: Database, session: Session, cast: Cast
) -> None:
    tip_id = passed_on(session, cast)
    bob = open_as(app, cast.bob)
    page = plain(bob.post(f"/desk/tips/{tip_id}/credit", follow_redirects=True).text)
    assert "Passed on by Mei C." in page
    assert "Bob credited whoever wrote it" in page
    shown = bob.post(f"/desk/tips/{tip_id}/identity").text
    assert "Credit them" not in shown
    assert "Mei Chen &lt;mei@reader.example&gt;" in shown
    with database.reading() as reading:
        credited = reading.get_one(Tip, tip_id).reader_id
        event = reading.scalars(select(Event).where(col(Event.verb) == Verb.CREDITED)).one()
    again = bob.post(f"/desk/events/{event.id}/undo", data={"open": tip_id}, follow_redirects=True).text
    assert "Passed on by this reader; somebody else wrote it." in again
    with database.reading() as reading:
        assert reading.get_one(Tip, tip_id).reader_id != credited


def test_a_click_too_many_is_refused_in_words(app: Flask, session: Session, cast: Cast) -> None:
    tip_id = passed_on(session, cast)
    bob = open_as(app, cast.bob)
    bob.post(f"/desk/tips/{tip_id}/credit")
    page = bob.post(f"/desk/tips/{tip_id}/credit", follow_redirects=True).text
    assert "Only who wrote what this tip begins with can be credited, once." in page


def test_what_a_colleague_passed_on_says_so(app: Flask, session: Session, cast: Cast) -> None:
    raw = FORWARD.replace("Mei Chen <mei@reader.example>", "Alice <alice@meridian.example>", 1)
    arrival = parse.arrival(raw.format(more="").encode())
    filed = intake.receive(session, replace(arrival, callout_id=cast.borders, sender_confirmed=True))
    session.commit()
    page = open_as(app, cast.bob).get(f"/desk/tips/{filed.tip_id}").text
    assert "Passed on by one of us" in page
    assert "One of us passed it on: whoever wrote it is the reader" in page
    assert "Ann L." in page


def test_the_page_says_whether_the_sender_is_confirmed(app: Flask, session: Session, cast: Cast) -> None:
    field = "Authentication-Results: mx.meridian.example; dmarc={} header.from=reader.example\n"
    good, bad = (passed_on(session, cast, field.format(result)) for result in ("pass", "fail"))
    silent = passed_on(session, cast)
    bob = open_as(app, cast.bob)
    pages = [bob.get(f"/desk/tips/{tip_id}").text for tip_id in (good, bad, silent)]
    assert ["sender confirmed" in page for page in pages] == [True, False, False]
    assert ["sender not confirmed" in page for page in pages] == [False, True, False]


def test_a_mail_that_is_encrypted_says_so_instead_of_being_empty(app: Flask, session: Session, cast: Cast) -> None:
    folder = Path(__file__).parents[2] / "mail" / "fixtures" / "structure"
    bob = open_as(app, cast.bob)
    for name in ("smime-enveloped.eml", "pgp-encrypted.eml"):
        arrival = parse.arrival((folder / name).read_bytes())
        filed = intake.receive(session, replace(arrival, callout_id=cast.borders))
        session.commit()
        assert "This mail is sealed as a whole" in bob.get(f"/desk/tips/{filed.tip_id}").text


def test_a_story_is_shown_in_its_language(app: Flask, session: Session, cast: Cast) -> None:
    bob = open_as(app, cast.bob)
    for words, tag in (("我們在上海等了三個月。", "zh-Hant"), ("我们在上海等了三个月。", "zh-Hans")):
        raw = FORWARD.replace("We wait at the border with two children.", words).format(more="")
        filed = intake.receive(session, replace(parse.arrival(raw.encode()), callout_id=cast.borders))
        session.commit()
        assert f'<div class="words" dir="auto" lang="{tag}">' in bob.get(f"/desk/tips/{filed.tip_id}").text
