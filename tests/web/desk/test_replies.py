"""Replies on a tip's page: where they go, what comes back, and what is taken back."""

import re

import pytest
from flask import Flask
from sqlmodel import Session, col, select

from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in, with_mail
from tests.web.arriving import by_form, by_mail
from tests.web.desk.test_tip import HTMX, open_as, rows, tip_of
from tipline.config import Settings
from tipline.db import Database
from tipline.models import Outgoing, SendState, Status

# What a page says does not depend on the database; what does is tested in core, on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def settings() -> Settings:
    return with_mail()


@pytest.fixture
def desk(client: Browser, cast: Cast) -> Browser:
    """Alice's browser."""
    sign_in(client, cast.alice)
    return client


def test_a_reply_says_where_it_goes_and_is_queued(
    desk: Browser, session: Session, cast: Cast, database: Database
) -> None:
    tip_id = by_mail(session, cast.borders)
    page = desk.get(f"/desk/tips/{tip_id}").text
    assert "To <bdi>Mei L.</bdi>, by mail" in page
    page = desk.post(f"/desk/tips/{tip_id}/reply", data={"text": "Thank you."}, follow_redirects=True).text
    assert "Thank you." in page and "Queued" in page and "Undo" in page
    assert 'hx-trigger="load delay:3s"' in page, "the page looks again until it has left"
    assert tip_of(database, tip_id).status is Status.WAITING


def test_undo_beside_a_reply_takes_the_reply_back_or_says_that_it_takes_the_status_only(
    desk: Browser, session: Session, cast: Cast, database: Database
) -> None:
    tip_id = by_mail(session, cast.borders)
    page = desk.post(f"/desk/tips/{tip_id}/reply", data={"text": "Thank you."}, follow_redirects=True).text
    line = page.partition("set the status to Waiting")[2].partition("</li>")[0]
    undo = re.search(r'action="(/desk/outgoing/\d+/withdraw)"', line)
    assert undo and "Undo the reply" in line and "/undo" not in line
    page = desk.post(undo[1], follow_redirects=True).text
    assert "The reply was undone" in page and rows(database, Outgoing)[0].state is SendState.WITHDRAWN
    assert tip_of(database, tip_id).status is Status.NEW
    desk.post(f"/desk/tips/{tip_id}/reply", data={"text": "Thank you."})
    with database.writing() as other:
        for out in other.scalars(select(Outgoing).where(col(Outgoing.state) == SendState.QUEUED)):
            out.state = SendState.SENT
        other.commit()
    line = desk.get(f"/desk/tips/{tip_id}").text.rpartition("set the status to Waiting")[2].partition("</li>")[0]
    assert "Undo the status only" in line and "The reply has left, and stays." in line and "/withdraw" not in line


def test_the_row_of_an_answered_tip_says_that_it_waits(desk: Browser, session: Session, cast: Cast) -> None:
    tip_id = by_mail(session, cast.borders)
    sent = desk.post(f"/desk/tips/{tip_id}/reply", data={"text": "Thank you."}, headers=HTMX)
    part = desk.get(sent.headers["Location"], headers=HTMX).text
    row = part.partition(f'id="row-{tip_id}"')[2].partition("</li>")[0]
    assert "Waiting for reader" in row and "hx-swap-oob" in row


def test_a_form_posted_twice_is_one_reply(desk: Browser, session: Session, cast: Cast, database: Database) -> None:
    tip_id = by_mail(session, cast.borders)
    form = re.search(r'name="submission" value="([\w-]+)"', desk.get(f"/desk/tips/{tip_id}").text)
    assert form
    for _ in range(3):
        data = {"text": "Thank you.", "submission": form[1]}
        assert desk.post(f"/desk/tips/{tip_id}/reply", data=data).status_code == 303
    assert len(rows(database, Outgoing)) == 1
    again = re.search(r'name="submission" value="([\w-]+)"', desk.get(f"/desk/tips/{tip_id}").text)
    assert again and again[1] != form[1], "the next reply is another"


def test_a_reader_without_an_address_is_answered_on_their_page(
    desk: Browser, session: Session, cast: Cast, database: Database
) -> None:
    tip_id = by_form(session, cast.borders)
    page = desk.get(f"/desk/tips/{tip_id}").text
    assert "there is no address to write to" in page and "Put on their page" in page
    desk.post(f"/desk/tips/{tip_id}/reply", data={"text": "Thank you."})
    assert [out.state for out in rows(database, Outgoing)] == [SendState.PAGE]


@pytest.mark.parametrize(("act", "words"), [("reply", "The reply is empty"), ("note", "The note is empty")])
def test_what_was_typed_comes_back_with_the_reason(
    desk: Browser, session: Session, cast: Cast, act: str, words: str
) -> None:
    tip_id = by_mail(session, cast.borders)
    page = desk.post(f"/desk/tips/{tip_id}/{act}", data={"text": "   "}, headers=HTMX)
    assert page.status_code == 422 and words in page.text
    long = "long " * 20_000
    page = desk.post(f"/desk/tips/{tip_id}/{act}", data={"text": long}, headers=HTMX)
    assert page.status_code == 422 and long.strip() in page.text


def test_a_reply_is_taken_back_before_it_leaves_and_sent_again_after_it_failed(
    desk: Browser, session: Session, cast: Cast, database: Database
) -> None:
    tip_id = by_mail(session, cast.borders)
    desk.post(f"/desk/tips/{tip_id}/reply", data={"text": "One"})
    one = rows(database, Outgoing)[0]
    assert "nothing was sent" in desk.post(f"/desk/outgoing/{one.id}/withdraw", follow_redirects=True).text
    assert 'class="message ours' not in desk.get(f"/desk/tips/{tip_id}").text
    with database.writing() as writing:
        out = writing.get_one(Outgoing, one.id)
        out.state, out.reason, out.code = SendState.FAILED, "recipient_refused", 550
        writing.commit()
    page = desk.get(f"/desk/tips/{tip_id}").text
    assert "address was refused" in page and "Send again" in page
    desk.post(f"/desk/outgoing/{one.id}/retry")
    assert [out.state for out in rows(database, Outgoing)] == [SendState.QUEUED]


def test_replies_of_unseen_tips_are_not_there(app: Flask, session: Session, cast: Cast, database: Database) -> None:
    theirs = by_mail(session, cast.overtime)
    open_as(app, cast.alice).post(f"/desk/tips/{theirs}/reply", data={"text": "One"})
    out = rows(database, Outgoing)[0]
    bob = open_as(app, cast.bob)
    assert bob.post(f"/desk/outgoing/{out.id}/withdraw").status_code == 404
    assert bob.post(f"/desk/outgoing/{out.id}/retry").status_code == 404
