"""The page of activity: looking changes nothing, saying so does."""

import re
from datetime import timedelta

from flask import Flask
from sqlmodel import Session

from tests.core.making import make_tip
from tests.fixtures_db import Cast
from tests.fixtures_web import sign_in
from tipline.core import following, replies, triage
from tipline.core.outgoing_mail import Sender
from tipline.db import now
from tipline.models import Status

NUMBER = re.compile(r"data-activity>([^<]*)<")


def test_what_others_did_is_told_until_one_has_seen_it(app: Flask, session: Session, cast: Cast) -> None:
    tip_id = make_tip(session, cast.borders, "<b>Gate</b> 7").id or 0
    following.follow(session, tip_id, cast.bob)
    triage.note(session, tip_id, "@Bob, look", cast.alice)
    triage.set_status(session, tip_id, Status.READY, cast.alice)
    session.commit()
    desk = sign_in(app.test_client(), cast.bob)
    for _ in range(2):
        page = desk.get("/desk/activity").text
        assert NUMBER.findall(page) == ["1"]
        assert "&lt;b&gt;Gate&lt;/b&gt; 7" in page and 'class="box fresh"' in page
        assert "<bdi>Alice</bdi> called you in a note" in page and "set the status to Ready" in page
    upto = re.findall(r'name="upto" value="(\d+)"', page)[0]
    assert desk.get("/desk/activity/seen").status_code == 405
    seen = desk.post("/desk/activity/seen", data={"upto": upto}, follow_redirects=True).text
    assert NUMBER.findall(seen) == [""] and "Nothing new." in seen and 'class="box fresh"' not in seen


def test_a_reply_that_waits_for_its_time_is_told_as_scheduled(app: Flask, session: Session, cast: Cast) -> None:
    tip_id = make_tip(session, cast.borders, code_hash="x").id or 0
    following.follow(session, tip_id, cast.bob)
    replies.queue(session, tip_id, "On Friday", cast.alice, Sender("", ""), send_at=now() + timedelta(days=1))
    session.commit()
    page = sign_in(app.test_client(), cast.bob).get("/desk/activity").text
    assert "Alice</bdi> scheduled a reply" in page and "replied" not in page
    alice = sign_in(app.test_client(), cast.alice)
    page = alice.post("/desk/undo", data={"open": tip_id}, follow_redirects=True).text
    assert "The reply was undone; nothing was sent." in page


def test_an_empty_page_says_how_to_follow(app: Flask, cast: Cast) -> None:
    page = sign_in(app.test_client(), cast.dave).get("/desk/activity?before=5").text
    assert "Nothing has happened" in page and "You follow a tip that you have" in page
