"""What an open page is told every ten seconds."""

import re

import pytest
from flask import Flask
from sqlmodel import Session

from tests.core.making import make_tip
from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tests.plans import watching
from tipline.core import triage
from tipline.core.access import Actor
from tipline.db import Database
from tipline.models import Presence, Status, TipAccess


def open_as(app: Flask, actor: Actor) -> Browser:
    browser = sign_in(app.test_client(), actor)
    assert isinstance(browser, Browser)
    return browser


@pytest.fixture
def desk(app: Flask, cast: Cast) -> Browser:
    return open_as(app, cast.alice)


def page_state(page: str) -> dict[str, str]:
    found = re.search(r'id="news" data-q="([^"]*)" data-since="([^"]*)" data-at="([\d:,]+)"', page)
    assert found
    return {"q": found[1], "since": found[2], "at": found[3]}


def test_a_page_is_told_how_many_tips_came_and_nothing_twice(desk: Browser, session: Session, cast: Cast) -> None:
    make_tip(session, cast.borders)
    session.commit()
    state = page_state(desk.get("/desk").text)
    first = desk.post("/desk/live", data=state).get_json()
    assert first["list"] == "" and first["rows"] == {}
    assert desk.post("/desk/live", data={**state, "seen": first["seen"]}).status_code == 204
    make_tip(session, cast.borders, minutes=5)
    make_tip(session, cast.overtime, minutes=5)
    session.commit()
    assert "2 new tips" in desk.post("/desk/live", data={**state, "seen": first["seen"]}).get_json()["list"]
    narrowed = desk.post("/desk/live", data={**state, "q": "callout:overtime"}).get_json()["list"]
    assert "1 new tip<" in narrowed and "changed" not in narrowed


def test_a_page_is_told_which_of_its_rows_others_changed(desk: Browser, session: Session, cast: Cast) -> None:
    tips = [make_tip(session, cast.borders).id or 0 for _ in range(3)]
    session.commit()
    state = page_state(desk.get("/desk").text) | {"rows": ",".join(map(str, tips[:2])) + ",x,-1"}
    for tip_id in tips:
        triage.set_status(session, tip_id, Status.READY, cast.bob)
    triage.set_status(session, tips[0], Status.READY, cast.alice)
    session.commit()
    told = desk.post("/desk/live", data={**state, "tip": tips[1], "tip_at": state["at"]}).get_json()
    assert "2 tips here changed" in told["list"]
    assert "Changed since" in told["tip"]
    assert "Changed since" not in desk.post("/desk/live", data={"tip": tips[1], "tip_at": 10**6}).get_json()["tip"]


def test_colleagues_see_each_other_at_a_tip_and_in_its_row(app: Flask, session: Session, cast: Cast) -> None:
    tip_id = make_tip(session, cast.borders).id or 0
    session.commit()
    alice, bob, carol = (open_as(app, actor) for actor in (cast.alice, cast.bob, cast.carol))
    bob.post("/desk/live", data={"tip": tip_id, "writing": "1"})
    told = alice.post("/desk/live", data={"tip": tip_id}).get_json()
    assert "<b>Bob</b> is writing" in told["tip"]
    assert told["rows"][str(tip_id)] == {"mark": "BO", "words": "Bob is writing", "writing": "1"}
    assert "<b>Bob</b> is writing" in alice.get(f"/desk/tips/{tip_id}").text
    assert "<b>Alice</b> is reading" in bob.post("/desk/live", data={"tip": tip_id}).get_json()["tip"]
    assert carol.post("/desk/live", data={"tip": tip_id}).get_json() | {"seen": ""} == {
        "seen": "", "list": "", "tip": "", "rows": {}, "unread": {}, "activity": 0,
    }  # fmt: skip
    bob.post("/desk/live", data={"left": tip_id})
    assert "Bob" not in alice.post("/desk/live", data={"tip": tip_id}).get_json()["tip"]


def test_of_a_restricted_tip_only_those_named_are_told(
    app: Flask, session: Session, cast: Cast, database: Database
) -> None:
    tip_id = make_tip(session, cast.borders, restricted=True).id or 0
    session.add(TipAccess(tip_id=tip_id, account_id=cast.bob.account_id))
    session.commit()
    alice, bob = open_as(app, cast.alice), open_as(app, cast.bob)
    bob.post("/desk/live", data={"tip": tip_id})
    told = alice.post("/desk/live", data={"tip": tip_id, "rows": tip_id, "at": 0, "since": ""}).get_json()
    assert told["tip"] == "" and told["rows"] == {} and "changed" not in told["list"]
    with database.reading() as reading:
        assert reading.get(Presence, (tip_id, cast.alice.account_id)) is None


def test_a_viewer_reads_and_never_writes(app: Flask, session: Session, cast: Cast) -> None:
    tip_id = make_tip(session, cast.borders).id or 0
    session.commit()
    open_as(app, cast.dave).post("/desk/live", data={"tip": tip_id, "writing": "1"})
    assert "<b>Dave</b> is reading" in open_as(app, cast.alice).get(f"/desk/tips/{tip_id}").text


def test_what_is_asked_costs_the_same_few_queries_however_many_rows_there_are(
    desk: Browser, session: Session, cast: Cast
) -> None:
    counts = []
    for n in (1, 40):
        tips = [make_tip(session, cast.borders).id or 0 for _ in range(n)]
        session.commit()
        state = page_state(desk.get("/desk").text) | {"rows": ",".join(map(str, tips)), "tip": str(tips[0])}
        desk.post("/desk/live", data=state)  # notes who is there
        with watching(session) as watched:
            desk.post("/desk/live", data=state)
        counts.append(len(watched.statements))
    assert counts[0] == counts[1] <= 12
