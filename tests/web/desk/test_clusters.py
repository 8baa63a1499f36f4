"""Tips that are alike on the desk: one row and its number, what differs, and what is done to all at once."""

import re

import pytest
from flask import Flask
from sqlmodel import Session

from tests.core import campaigns
from tests.core.similar.test_clusters import cluster_tips, tell
from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tests.web.desk.test_inbox import open_as, status_of, tip_ids
from tipline.db import Database
from tipline.models import Status, Tip


@pytest.fixture
def copies(session: Session, cast: Cast) -> list[int]:
    tips = tell(session, cast.borders, campaigns.copies("residents", 5))
    session.commit()
    return [tip.id or 0 for tip in tips]


@pytest.fixture
def desk(client: Browser, cast: Cast) -> Browser:
    """Bob's browser."""
    sign_in(client, cast.bob)
    return client


def form_to(html: str, address: str) -> dict[str, str]:
    """The fields of the form on a page that posts there, its one button among them."""
    inner = re.search(rf'<form[^>]*action="{re.escape(address)}" class="plain-form".*?</form>', html, re.S)
    assert inner is not None
    return dict(re.findall(r'name="([^"]+)" value="([^"]*)"', inner[0]))


def test_a_cluster_is_one_row_that_leads_to_all_of_it(desk: Browser, copies: list[int]) -> None:
    html = desk.get("/desk").text
    assert tip_ids(html) == [copies[0]]
    assert "4 more like this" in html
    (link,) = re.findall(r'class="alike" href="([^"]+)"', html)
    assert tip_ids(desk.get(link).text) == list(reversed(copies))
    assert f"Like: T-{copies[0]:06d}" in desk.get(link).text


def test_a_tips_page_names_the_example_and_offers_what_can_be_done(
    app: Flask, desk: Browser, copies: list[int], cast: Cast
) -> None:
    html = desk.get(f"/desk/tips/{copies[3]}").text
    assert "4 other tips say nearly the same." in html
    assert f"T-{copies[0]:06d}</a>" in html
    assert "Not alike" in html and "Close all 5 that are open" in html
    assert "This one stands for them" in desk.get(f"/desk/tips/{copies[0]}").text
    viewer = open_as(app, cast.dave).get(f"/desk/tips/{copies[3]}").text
    assert "4 other tips" in viewer and "Not alike" not in viewer and "Close all" not in viewer


def test_what_differs_stands_side_by_side_and_marked(desk: Browser, session: Session, cast: Cast) -> None:
    plain = campaigns.TEMPLATES["residents"]
    one, other = (
        plain.format(name=name, city=city, month="March", number=3, own="")
        for name, city in (("Li <b>Wei</b>", "Xi'an"), ("Anna", "Wuhan"))
    )
    tips = tell(session, cast.borders, [one, other])
    session.commit()
    html = desk.get(f"/desk/tips/{tips[1].id}/alike").text
    assert "<mark>Wuhan</mark>" in html and "<mark>Xi&#39;an</mark>" in html
    assert "<b>Wei" not in html
    assert desk.get(f"/desk/tips/{tips[1].id}/alike?with={tips[0].id}").status_code == 200
    assert desk.get(f"/desk/tips/{tips[1].id}/alike?with=999").status_code == 404
    assert desk.get(f"/desk/tips/{tips[1].id}/alike?with=nonsense").status_code == 200


def test_one_press_closes_all_of_a_cluster_and_leads_back_to_the_list(
    desk: Browser, copies: list[int], database: Database, session: Session, cast: Cast
) -> None:
    tell(session, cast.borders, ["Mine"])
    session.commit()
    html = desk.get(f"/desk/tips/{copies[1]}?q=callout:borders").text
    answer = desk.post("/desk/bulk", data=form_to(html, "/desk/bulk"))
    assert answer.headers["Location"] == "/desk?q=callout:borders"
    assert {status_of(database, tip_id) for tip_id in copies} == {Status.CLOSED}
    after = desk.get(answer.headers["Location"]).text
    assert len(tip_ids(after)) == 1
    undo = re.search(r"/desk/bulk/\d+/undo", after)
    assert undo is not None
    desk.post(undo[0])
    assert {status_of(database, tip_id) for tip_id in copies} == {Status.NEW}


def test_not_alike_takes_a_tip_out_and_can_be_taken_back(
    desk: Browser, copies: list[int], database: Database, session: Session
) -> None:
    answer = desk.post(f"/desk/tips/{copies[2]}/unalike", follow_redirects=True)
    assert f"T-{copies[2]:06d} stands by itself from now on." in answer.text
    assert "More like this" not in answer.text
    html = desk.get("/desk").text
    assert set(tip_ids(html)) == {copies[2], copies[0]} and "3 more like this" in html
    assert "said that it is not like the others" in desk.get(f"/desk/tips/{copies[2]}").text
    event = re.search(r"/desk/events/(\d+)/undo", answer.text)
    assert event is not None
    desk.post(f"/desk/events/{event[1]}/undo")
    with database.writing() as fresh:
        cluster_tips(fresh)
        assert fresh.get_one(Tip, copies[2]).cluster_id == fresh.get_one(Tip, copies[0]).cluster_id
    assert desk.post(f"/desk/tips/{copies[2]}/unalike").status_code == 303


def test_after_the_example_is_closed_the_next_one_stands_for_the_cluster(desk: Browser, copies: list[int]) -> None:
    desk.post(f"/desk/tips/{copies[0]}/status", data={"status": "closed"})
    html = desk.get("/desk", headers={"HX-Request": "true", "HX-Target": "tip"}).text
    drawn_anew = html.partition('id="rows"')[2]
    assert tip_ids(drawn_anew) == [copies[1]]


def test_results_say_how_many_are_copies_of_how_many_templates(
    desk: Browser, copies: list[int], session: Session, cast: Cast
) -> None:
    tell(session, cast.borders, campaigns.written()[:2])
    session.commit()
    html = desk.get(f"/desk/callouts/{cast.borders}/results").text
    assert "7 tips" in html
    assert "5 of them say nearly the same" in html
