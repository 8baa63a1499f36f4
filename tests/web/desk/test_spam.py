"""Spam on the desk: why it was filed there, one click or key back, several at once, and who may."""

import pytest
from flask import Flask
from sqlmodel import Session

from tests.arrivals import form
from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tests.web.arriving import by_form
from tests.web.desk.test_inbox import open_as, status_of, tip_ids
from tipline.core import intake, spam
from tipline.core.arrival import Sign
from tipline.db import Database
from tipline.models import SpamLesson, Status, Tip

# What a page says does not depend on the database; what does is tested in core, on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

OFFER = "Cheap links for your pages: https://a.example/1 https://a.example/2 https://a.example/3"


@pytest.fixture
def desk(client: Browser, cast: Cast) -> Browser:
    """Alice's browser."""
    sign_in(client, cast.alice)
    return client


@pytest.fixture
def junk(session: Session, cast: Cast) -> list[int]:
    """Three tips that were filed as spam, the newest first."""
    made = [
        intake.receive(
            session,
            form(f"{OFFER} {n}", submission_id=f"junk-{n}", callout_id=cast.borders, signs=(Sign.TRAP, Sign.QUICK)),
        ).tip_id
        for n in range(3)
    ]
    session.commit()
    return made[::-1]


def row_of(html: str, tip_id: int) -> str:
    return html.partition(f'id="row-{tip_id}"')[2].partition("</li>")[0]


def test_the_spam_view_says_of_each_why_it_is_there(desk: Browser, junk: list[int]) -> None:
    page = desk.get("/desk?q=status:spam").text
    assert tip_ids(page) == junk
    row = row_of(page, junk[0])
    assert "100 of 100" in row and "Not spam" in row
    for said in ("that people do not see", "within three seconds", "many links, few words"):
        assert said in row
    assert tip_ids(desk.get("/desk").text) == []


def test_one_click_takes_a_tip_back_to_the_new_ones_and_teaches(
    desk: Browser, junk: list[int], database: Database
) -> None:
    answer = desk.post("/desk/bulk", data={"not_spam": junk[0], "q": "status:spam", "tip": [junk[1]], "names": ""})
    assert answer.location == "/desk?q=status:spam"
    assert [status_of(database, tip_id) for tip_id in junk] == [Status.NEW, Status.SPAM, Status.SPAM]
    with database.reading() as session:
        lesson = session.get_one(SpamLesson, junk[0])
        assert lesson.spam is False and session.get_one(Tip, junk[0]).spam_score == 0
    row = row_of(desk.get("/desk").text, junk[0])
    assert "100 of 100" not in row and "looks like spam" not in row


def test_several_at_once_and_back_by_undo(desk: Browser, junk: list[int], database: Database) -> None:
    desk.post("/desk/bulk", data={"tip": junk[:2], "status": "new", "q": "status:spam"})
    assert [status_of(database, tip_id) for tip_id in junk] == [Status.NEW, Status.NEW, Status.SPAM]
    desk.post("/desk/bulk", data={"tip": junk[:2], "status": "spam"})
    assert {status_of(database, tip_id) for tip_id in junk} == {Status.SPAM}
    assert "A reporter called it spam" in row_of(desk.get("/desk?q=status:spam").text, junk[0])


def test_a_tip_says_why_it_was_filed_as_spam_and_offers_the_way_back(desk: Browser, junk: list[int]) -> None:
    page = desk.get(f"/desk/tips/{junk[0]}?q=status:spam").text
    assert "Filed as spam." in page and "many links, few words" in page and "Filed as spam, by its signs" in page
    assert 'name="status" value="new" data-key="!"' in page
    desk.post(f"/desk/tips/{junk[0]}/status", data={"status": "new", "q": "status:spam"})
    page = desk.get(f"/desk/tips/{junk[0]}").text
    assert "Filed as spam." not in page and 'name="status" value="spam" data-key="!"' in page


def test_below_the_line_the_score_shows_and_the_tip_is_new(desk: Browser, session: Session, cast: Cast) -> None:
    filed = intake.receive(session, form(OFFER, callout_id=cast.borders, signs=(Sign.QUICK,)))
    session.commit()
    assert spam.SHOWN <= session.get_one(Tip, filed.tip_id).spam_score < spam.LINE
    assert "looks like spam" in row_of(desk.get("/desk").text, filed.tip_id)
    assert "It looks a little like spam." in desk.get(f"/desk/tips/{filed.tip_id}").text


def test_an_honest_tip_says_nothing_of_spam_but_the_button(desk: Browser, session: Session, cast: Cast) -> None:
    tip_id = by_form(session, cast.borders, text="My son is in Shanghai.")
    session.commit()
    page = desk.get(f"/desk/tips/{tip_id}").text
    assert "looks like spam" not in page and "of 100" not in page
    assert 'value="spam" data-key="!"' in page


def test_viewers_see_why_and_change_nothing_and_others_see_nothing(
    app: Flask, junk: list[int], cast: Cast, database: Database
) -> None:
    dave, carol = open_as(app, cast.dave), open_as(app, cast.carol)
    page = dave.get("/desk?q=status:spam").text
    assert tip_ids(page) == junk and "Not spam" not in page
    assert dave.post("/desk/bulk", data={"not_spam": junk[0]}).status_code == 403
    assert tip_ids(carol.get("/desk?q=status:spam").text) == []
    carol.post("/desk/bulk", data={"not_spam": junk[0]})
    assert status_of(database, junk[0]) is Status.SPAM
