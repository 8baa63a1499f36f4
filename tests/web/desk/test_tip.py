"""A tip's page: what it shows to whom, every change to it, replies and notes, and tips that reporters enter."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlmodel import Session, col, select

from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in, with_mail
from tests.web.arriving import STORY, by_form, by_mail
from tipline.config import Settings
from tipline.core import intake
from tipline.core.access import Actor
from tipline.core.arrival import Arrival, Attachment, Automatic
from tipline.db import Database, now
from tipline.models import (
    Event,
    Note,
    Outgoing,
    Priority,
    Status,
    Tip,
    TipAccess,
    TipSeen,
    Verb,
    Verification,
)
from tipline.vocabularies import Source

# What a page says does not depend on the database; what does is tested in core, on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ACTS = (
    "assign", "status", "verification", "follow-up", "tag", "untag", "note", "reply", "merge", "identity", "seen",
    "unseen",
)  # fmt: skip
HTMX = {"HX-Request": "true", "HX-Target": "tip"}


@pytest.fixture
def settings() -> Settings:
    return with_mail()


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


def tip_of(database: Database, tip_id: int) -> Tip:
    with database.reading() as session:
        return session.get_one(Tip, tip_id)


def rows(database: Database, table: type[Any]) -> list[Any]:
    with database.reading() as session:
        return list(session.scalars(select(table)))


def verbs(database: Database, tip_id: int) -> list[Verb]:
    with database.reading() as session:
        return list(session.scalars(select(col(Event.verb)).where(col(Event.tip_id) == tip_id).order_by(col(Event.id))))


# What the page shows


def test_the_story_stands_as_it_was_written(desk: Browser, session: Session, cast: Cast) -> None:
    tip_id = by_mail(
        session,
        cast.borders,
        "你好，\n\n我们分开了。<b>",
        language="zh-Hans",
        quoted="> one\n> two",
        signature="Mei Li\n+86 138",
    )
    page = desk.get(f"/desk/tips/{tip_id}").text
    assert '<div class="words" dir="auto" lang="zh-Hans">你好，\n\n我们分开了。&lt;b&gt;</div>' in page
    assert "Show 2 quoted lines" in page
    assert "+86 138" not in page, "a signature names the reader: it lies behind the identity panel"
    assert "reader.example" not in page


def test_the_list_of_the_query_stands_beside_the_tip(desk: Browser, session: Session, cast: Cast) -> None:
    here, other = by_form(session, cast.borders), by_form(session, cast.overtime)
    page = desk.get(f"/desk/tips/{here}?q=callout:borders").text
    assert f'id="row-{here}"' in page and f'id="row-{other}"' not in page
    assert 'aria-current="true"' in page


def test_htmx_gets_the_tip_its_row_and_the_title(desk: Browser, session: Session, cast: Cast) -> None:
    tip_id = by_mail(session, cast.borders, subject="Separated")
    answer = desk.get(f"/desk/tips/{tip_id}", headers=HTMX)
    assert answer.text.lstrip().startswith("<article")
    assert "<title>Separated" in answer.text and "<html" not in answer.text
    assert answer.headers["HX-Push-Url"] == f"/desk/tips/{tip_id}"


def test_tips_of_another_callout_and_restricted_ones_are_not_there(app: Flask, session: Session, cast: Cast) -> None:
    theirs, secret = by_form(session, cast.overtime), by_form(session, cast.borders)
    session.get_one(Tip, secret).restricted = True
    session.commit()
    bob, alice = open_as(app, cast.bob), open_as(app, cast.alice)
    for browser, tip_id in ((bob, theirs), (bob, secret), (alice, secret)):
        assert browser.get(f"/desk/tips/{tip_id}").status_code == 404
        for act in ("assign", "status", "verification", "follow-up", "tag", "untag", "note", "reply", "merge"):
            data = {"status": "closed", "verification": "verified", "tag": "x", "text": "x", "assignee": ""}
            assert browser.post(f"/desk/tips/{tip_id}/{act}", data=data).status_code == 404, act
        for act in ("identity", "seen", "unseen"):
            assert browser.post(f"/desk/tips/{tip_id}/{act}").status_code == 404, act


def test_who_is_named_on_a_restricted_tip_sees_it_without_the_name(app: Flask, session: Session, cast: Cast) -> None:
    tip_id = by_mail(session, cast.borders)
    session.get_one(Tip, tip_id).restricted = True
    session.add(TipAccess(tip_id=tip_id, account_id=cast.bob.account_id))
    session.commit()
    page = open_as(app, cast.bob).get(f"/desk/tips/{tip_id}")
    assert page.status_code == 200 and "Mei L." not in page.text and "Restricted" in page.text


def test_viewers_read_all_but_the_name_and_change_nothing(
    app: Flask, session: Session, cast: Cast, database: Database
) -> None:
    tip_id = by_mail(session, cast.borders)
    dave = open_as(app, cast.dave)
    page = dave.get(f"/desk/tips/{tip_id}").text
    assert STORY in page and re.search(r"Reader \d+", page)
    for hidden in ("Mei", "Show identity", "Original", "reply-text", "/assign"):
        assert hidden not in page
    for act in ("assign", "status", "tag", "note", "reply", "identity", "merge"):
        assert dave.post(f"/desk/tips/{tip_id}/{act}", data={"text": "x", "status": "spam"}).status_code == 403, act
    assert tip_of(database, tip_id).status is Status.NEW
    assert dave.post(f"/desk/tips/{tip_id}/seen").status_code == 303, "what one has read is one's own"


def test_changes_are_posts_only(desk: Browser, session: Session, cast: Cast) -> None:
    tip_id = by_form(session, cast.borders)
    paths = [f"/desk/tips/{tip_id}/{act}" for act in ACTS]
    for path in [*paths, "/desk/events/1/undo", "/desk/outgoing/1/withdraw", "/desk/outgoing/1/retry"]:
        assert desk.get(path).status_code == 405, path


def test_a_change_without_the_token_is_refused(app: Flask, session: Session, cast: Cast, database: Database) -> None:
    tip_id = by_form(session, cast.borders)
    browser = open_as(app, cast.alice)
    browser.signed_in = False
    assert browser.post(f"/desk/tips/{tip_id}/status", data={"status": "spam"}).status_code == 400
    assert tip_of(database, tip_id).status is Status.NEW


# Changes


def test_every_change_leads_back_and_can_be_taken_back(
    desk: Browser, session: Session, cast: Cast, database: Database
) -> None:
    tip_id = by_form(session, cast.borders)
    changes: list[tuple[str, dict[str, str], str, object]] = [
        ("assign", {"assignee": str(cast.bob.account_id)}, "assignee_id", cast.bob.account_id),
        ("status", {"status": "ready"}, "status", Status.READY),
        ("verification", {"verification": "verified"}, "verification", Verification.VERIFIED),
        ("priority", {"priority": "urgent"}, "priority", Priority.URGENT),
        ("follow-up", {"on": "2031-06-25"}, "follow_up_on", "2031-06-25"),
    ]
    for act, data, column, value in changes:
        before = getattr(tip_of(database, tip_id), column)
        answer = desk.post(f"/desk/tips/{tip_id}/{act}", data={**data, "q": "status:any"})
        assert answer.status_code == 303 and answer.location == f"/desk/tips/{tip_id}?q=status:any"
        after = getattr(tip_of(database, tip_id), column)
        assert after == value or str(after) == value
        page = desk.get(answer.location).text
        undo = re.search(r'action="(/desk/events/\d+/undo)"', page.partition('id="notices"')[2])
        assert undo, act
        desk.post(undo[1])
        assert getattr(tip_of(database, tip_id), column) == before, act


def test_closing_opens_the_next_tip_of_the_list(desk: Browser, session: Session, cast: Cast) -> None:
    first, second, third = (by_form(session, cast.borders, minutes=n) for n in (1, 2, 3))
    assert desk.post(f"/desk/tips/{first}/status", data={"status": "closed"}).location == f"/desk/tips/{second}"
    assert desk.post(f"/desk/tips/{third}/status", data={"status": "spam"}).location == f"/desk/tips/{second}"
    assert desk.post(f"/desk/tips/{second}/status", data={"status": "closed"}).location == "/desk"


def test_a_closed_tip_leaves_the_list_and_the_rail_counts_anew(desk: Browser, session: Session, cast: Cast) -> None:
    first, second = by_form(session, cast.borders, minutes=1), by_form(session, cast.borders, minutes=2)
    answer = desk.post(f"/desk/tips/{first}/status", data={"status": "closed"}, headers=HTMX)
    part = desk.get(answer.location, headers=HTMX)  # as a browser follows: the headers stay
    assert f'<li id="row-{first}" hx-swap-oob="delete">' in part.text and f'data-tip="{second}"' in part.text
    assert 'id="rail"' in part.text and 'id="count"' in part.text


def test_a_list_gets_the_rows_that_it_holds_and_is_drawn_anew_once_it_is_empty(
    desk: Browser, session: Session, cast: Cast
) -> None:
    first, second = by_form(session, cast.borders, minutes=1), by_form(session, cast.borders, minutes=2)
    for held, there in ((f"{first},{second}", True), (str(second), False), ("", False)):
        headers = {**HTMX, "Desk-Rows": held}
        desk.post(f"/desk/tips/{first}/status", data={"status": "ready"}, headers=headers)
        part = desk.get(f"/desk/tips/{first}", headers=headers)
        assert (f'id="row-{first}"' in part.text) is there, "elsewhere it would find no place"
    for tip_id in (first, second):
        desk.post(f"/desk/tips/{tip_id}/status", data={"status": "closed"}, headers=HTMX)
    assert "The inbox is empty" in desk.get("/desk", headers=HTMX).text


def test_snoozing_opens_the_next_tip_and_the_list_counts_anew(desk: Browser, session: Session, cast: Cast) -> None:
    first, second = by_form(session, cast.borders, minutes=1), by_form(session, cast.borders, minutes=2)
    answer = desk.post(f"/desk/tips/{first}/follow-up", data={"on": "2031-06-25", "snooze": "1"}, headers=HTMX)
    assert answer.location == f"/desk/tips/{second}"
    part = desk.get(answer.location, headers=HTMX).text
    assert f'<li id="row-{first}" hx-swap-oob="delete">' in part and "1, newest first" in part
    answer = desk.post(f"/desk/tips/{second}/follow-up", data={"on": "2031-06-25"})
    assert answer.location == f"/desk/tips/{second}", "it stays where it is until then"


def test_refused_tags_leave_the_page_as_it_is(desk: Browser, session: Session, cast: Cast) -> None:
    tip_id = by_form(session, cast.borders)
    for names in ("x" * 41, f"visa, {'x' * 41}"):
        part = desk.post(f"/desk/tips/{tip_id}/tag", data={"names": names}, headers=HTMX)
        assert (part.status_code, part.headers["HX-Reswap"]) == (422, "none")
        assert "at most 40 characters" in part.text and "<article" not in part.text


def test_several_tags_are_put_on_by_one_field(desk: Browser, session: Session, cast: Cast) -> None:
    tip_id = by_form(session, cast.borders)
    desk.post(f"/desk/tips/{tip_id}/tag", data={"names": "#visa, Family，学生"})
    page = desk.get(f"/desk/tips/{tip_id}").text
    for name in ("visa", "Family", "学生"):
        assert f"Remove the tag {name}" in page
    tag_id = re.search(r'name="tag" value="(\d+)" aria-label="Remove the tag visa"', page)
    assert tag_id
    desk.post(f"/desk/tips/{tip_id}/untag", data={"tag": tag_id[1]})
    assert "Remove the tag visa" not in desk.get(f"/desk/tips/{tip_id}").text


@pytest.mark.parametrize(
    ("act", "data"),
    [
        ("status", {"status": "gone"}),
        ("verification", {"verification": ""}),
        ("assign", {"assignee": "bob"}),
        ("assign", {"assignee": "99999"}),
        ("follow-up", {"on": "next week"}),
        ("tag", {"names": " , "}),
        ("tag", {"names": "x" * 41}),
        ("merge", {}),
    ],
)
def test_what_can_not_be_is_refused_in_words(
    desk: Browser, session: Session, cast: Cast, database: Database, act: str, data: dict[str, str]
) -> None:
    tip_id = by_form(session, cast.borders)
    before = verbs(database, tip_id)
    page = desk.post(f"/desk/tips/{tip_id}/{act}", data=data, follow_redirects=True)
    assert page.status_code == 200 and 'class="notice error"' in page.text
    assert verbs(database, tip_id) == before


def test_what_somebody_changed_since_is_not_taken_back(
    desk: Browser, session: Session, cast: Cast, database: Database
) -> None:
    tip_id = by_form(session, cast.borders)
    desk.post(f"/desk/tips/{tip_id}/status", data={"status": "ready"})
    with database.reading() as reading:
        event = reading.scalars(select(Event).where(col(Event.verb) == Verb.STATUS)).one()
    desk.post(f"/desk/tips/{tip_id}/status", data={"status": "used"})
    page = desk.post(f"/desk/events/{event.id}/undo", data={"open": tip_id}, follow_redirects=True)
    assert "Someone has changed it since" in page.text
    assert tip_of(database, tip_id).status is Status.USED


def test_an_event_of_an_unseen_tip_is_not_there(app: Flask, session: Session, cast: Cast, database: Database) -> None:
    theirs = by_form(session, cast.overtime)
    open_as(app, cast.alice).post(f"/desk/tips/{theirs}/status", data={"status": "ready"})
    with database.reading() as reading:
        event = reading.scalars(select(Event).where(col(Event.verb) == Verb.STATUS)).one()
    assert open_as(app, cast.bob).post(f"/desk/events/{event.id}/undo").status_code == 404


def test_reading_and_unreading_are_each_ones_own(
    app: Flask, desk: Browser, session: Session, cast: Cast, database: Database
) -> None:
    tip_id = by_form(session, cast.borders)
    desk.get(f"/desk/tips/{tip_id}")
    assert not rows(database, TipSeen), "a GET changes nothing"
    part = desk.post(f"/desk/tips/{tip_id}/seen", headers={**HTMX, "HX-Target": "desk"})
    row = part.text.partition("</li>")[0]
    assert f'id="row-{tip_id}"' in row and "unread" not in row
    assert 'hx-swap-oob="true"' in row, "nothing else is swapped: without it the row stays bold"
    assert [row.account_id for row in rows(database, TipSeen)] == [cast.alice.account_id]
    answer = desk.post(f"/desk/tips/{tip_id}/unseen", data={"q": "status:new"})
    assert answer.location == "/desk?q=status:new", "open, it would be read again at once"
    assert not rows(database, TipSeen)


# Who the reader is


def test_the_identity_is_shown_once_by_post_and_recorded(
    desk: Browser, session: Session, cast: Cast, database: Database
) -> None:
    tip_id = by_mail(session, cast.borders, signature="Mei Li\n+86 138 0000")
    page = desk.post(f"/desk/tips/{tip_id}/identity")
    assert page.status_code == 200 and page.headers["Cache-Control"] == "no-store"
    for said in ("Mei Li", "mei.li@reader.example", "+86 138 0000", "This look was recorded"):
        assert said in page.text
    assert verbs(database, tip_id).count(Verb.IDENTITY_SEEN) == 1
    assert "mei.li@reader.example" not in desk.get(f"/desk/tips/{tip_id}").text
    part = desk.post(f"/desk/tips/{tip_id}/identity", headers={**HTMX, "HX-Target": "identity"}).text
    assert part.lstrip().startswith('<div id="identity"') and "mei.li@reader.example" in part


# Writing


def test_a_note_stays_in_the_newsroom(desk: Browser, session: Session, cast: Cast, database: Database) -> None:
    tip_id = by_mail(session, cast.borders)
    page = desk.post(f"/desk/tips/{tip_id}/note", data={"text": "Call the embassy <b>"}, follow_redirects=True).text
    assert "Call the embassy &lt;b&gt;" in page and "note, stays in the newsroom" in page
    assert [note.text for note in rows(database, Note)] == ["Call the embassy <b>"]
    assert not rows(database, Outgoing)


TURN = "\u202e"  # writes all that follows from right to left


def test_a_readers_name_and_file_cannot_turn_our_own_words_round(desk: Browser, session: Session, cast: Cast) -> None:
    name, file = f"Mei{TURN} Li", f"photo{TURN}gpj.exe"
    tip_id = by_mail(session, cast.borders, name=name, attachments=[Attachment(file, b"MZ" + b"\0" * 100)])
    pages = [
        desk.get(f"/desk/tips/{tip_id}").text,
        desk.get("/desk").text,
        desk.post(f"/desk/tips/{tip_id}/tag", data={"names": "visa"}, follow_redirects=True).text,
    ]
    for page in pages:
        assert TURN not in page
        assert "<bdi>Mei L.</bdi>" in page
    assert "<bdi>photogpj.exe</bdi>" in pages[0], "its true ending is in sight"


def test_a_form_filled_in_too_fast_is_not_called_a_mailing_list(desk: Browser, session: Session, cast: Cast) -> None:
    filed = intake.receive(
        session, Arrival(Source.FORM, "Buy", now(), callout_id=cast.borders, automatic=Automatic.LIST)
    )
    session.commit()
    page = desk.get(f"/desk/tips/{filed.tip_id}").text
    assert "mailing list" not in page and "a program may have done it" in page


def test_a_tag_that_is_on_the_tip_is_offered_first_and_not_added_twice(
    desk: Browser, session: Session, cast: Cast
) -> None:
    tip_id = by_form(session, cast.borders)
    session.commit()
    for _ in range(2):
        page = desk.post(f"/desk/tips/{tip_id}/tag", data={"tag": "visa"}, follow_redirects=True).text
    assert f"T-{tip_id:06d} has the tag #visa already." in page
    assert 'value="visa" data-label="visa" aria-current="true"' in page
