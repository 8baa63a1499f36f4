"""Following by hand, and calls in notes as a page shows them."""

import pytest
from flask import Flask
from sqlmodel import Session

from tests.core.making import make_tip
from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in


@pytest.fixture
def desk(app: Flask, cast: Cast) -> Browser:
    browser = sign_in(app.test_client(), cast.bob)
    assert isinstance(browser, Browser)
    return browser


@pytest.fixture
def tip_id(session: Session, cast: Cast) -> int:
    tip_id = make_tip(session, cast.borders, "Stuck at the gate").id or 0
    session.commit()
    return tip_id


def test_a_tip_is_followed_and_muted_by_one_button(desk: Browser, tip_id: int) -> None:
    assert f'action="/desk/tips/{tip_id}/follow"' in desk.get(f"/desk/tips/{tip_id}").text
    page = desk.post(f"/desk/tips/{tip_id}/follow", follow_redirects=True).text
    assert f'action="/desk/tips/{tip_id}/mute"' in page and "You follow this tip." in page
    assert "Stuck at the gate" in desk.get("/desk?q=is:followed").text
    desk.post(f"/desk/tips/{tip_id}/mute")
    assert "Stuck at the gate" not in desk.get("/desk?q=is:followed").text


def test_a_call_is_marked_and_a_name_that_nobody_has_is_not(desk: Browser, app: Flask, tip_id: int, cast: Cast) -> None:
    desk.post(f"/desk/tips/{tip_id}/note", data={"text": "<i>@Alice</i> @Nobody gate"})
    page = desk.get(f"/desk/tips/{tip_id}?q=gate").text
    assert '&lt;i&gt;<b class="call">@Alice</b>&lt;/i&gt; @Nobody <mark>gate</mark>' in page
    hers = sign_in(app.test_client(), cast.alice).get(f"/desk/tips/{tip_id}").text
    assert '<b class="call mine">@Alice</b>' in hers


def test_who_can_not_come_is_named_and_the_note_stays_on_the_page(desk: Browser, tip_id: int) -> None:
    answer = desk.post(f"/desk/tips/{tip_id}/note", data={"text": "@Carol, is this yours?"})
    assert answer.status_code == 422
    assert "Carol can&#39;t see this tip." in answer.text and "@Carol, is this yours?</textarea>" in answer.text


def test_those_who_can_be_called_are_offered(app: Flask, cast: Cast, desk: Browser, tip_id: int) -> None:
    sign_in(app.test_client(), cast.alice)
    page = desk.get(f"/desk/tips/{tip_id}").text
    assert 'data-people="[&#34;Alice&#34;, &#34;Bob&#34;]"' in page
