"""Facts on the desk: the panel of a tip, its buttons, and who sees which."""

import html as entities
import re

import pytest
from flask import Flask
from sqlmodel import Session

from tests.core.facts.test_facts import standing, suggest
from tests.core.making import make_tip
from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tests.web.desk.test_inbox import open_as
from tipline.core.facts import fact_types
from tipline.core.facts.fact_types import TypeDraft
from tipline.db import Database
from tipline.models import Fact, FactState, Tip, TypeKind

# The conditions run on both databases in tests/core.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def desk(client: Browser, cast: Cast) -> Browser:
    """Bob's browser."""
    sign_in(client, cast.bob)
    return client


@pytest.fixture
def tip(session: Session, cast: Cast) -> Tip:
    """A tip in which a word was read, and nothing decided."""
    tip = make_tip(session, cast.borders, "Wuhan was closed when <I> came.")
    suggest(session, tip, "place", "Wuhan")
    session.commit()
    return tip


def forms(page: str, address: str) -> list[dict[str, str]]:
    """The fields of each form of the panel that posts there."""
    found = re.findall(rf'<form[^>]*action="{re.escape(address)}".*?</form>', page, re.S)
    return [
        {n: entities.unescape(v) for n, v in re.findall(r'name="([^"]+)" value="([^"]*)"', form) if n != "state"}
        for form in found
    ]  # fmt: skip


def stands(database: Database, tip: Tip) -> dict[str, str]:
    with database.reading() as fresh:
        return standing(fresh, tip)


def test_a_suggestion_stands_beside_the_tip_and_its_words_are_marked_in_the_story(desk: Browser, tip: Tip) -> None:
    page = desk.get(f"/desk/tips/{tip.id}").text
    assert re.search(r'<span class="read-fact" id="f\d+" title="Place">Wuhan</span> was closed when &lt;I&gt;', page)
    panel = page[page.index('id="facts"') :]
    assert 'data-key="y"' in panel and 'data-key="d"' in panel and '<b dir="auto">Wuhan</b>' in panel
    assert re.search(r'<a href="#f\d+">Wuhan</a> was closed', panel)


def test_a_press_confirms_and_offers_the_way_back_and_the_value_leads_into_the_list(
    desk: Browser, tip: Tip, database: Database
) -> None:
    url = f"/desk/tips/{tip.id}"
    given = forms(desk.get(url).text, f"{url}/facts/decide")[0]
    page = desk.post(f"{url}/facts/decide", data={**given, "state": "confirmed"}, follow_redirects=True).text
    assert stands(database, tip) == {"Wuhan": "confirmed"}
    assert "confirmed: Place" in page and 'data-key="z"' in page
    assert re.search(r'class="fact" href="/desk\?q=fact:place(=|%3D)Wuhan"', page)
    again = desk.post(f"{url}/facts/decide", data={**given, "state": "confirmed"}, follow_redirects=True).text
    assert "confirmed: Place" not in again, "pressed twice"
    desk.post("/desk/undo", data={"open": str(tip.id)})
    assert stands(database, tip) == {"Wuhan": "suggested"}


def test_a_second_window_sees_what_the_first_did_and_changes_nothing(
    app: Flask, desk: Browser, tip: Tip, cast: Cast, database: Database
) -> None:
    url = f"/desk/tips/{tip.id}"
    seen = forms(desk.get(url).text, f"{url}/facts/decide")[0]
    open_as(app, cast.alice).post(f"{url}/facts/decide", data={**seen, "state": "rejected"})
    late = desk.post(f"{url}/facts/decide", data={**seen, "state": "confirmed"}, follow_redirects=True).text
    assert "Someone decided on this fact first" in late and "1 was rejected" in late
    typed = desk.post(f"{url}/facts/correct", data={**seen, "value": "Wuxi"})
    assert typed.status_code == 409 and stands(database, tip) == {"Wuhan": "rejected"}


def test_a_value_is_corrected_and_one_that_can_not_be_taken_stays_in_its_field(
    desk: Browser, tip: Tip, session: Session, cast: Cast, database: Database
) -> None:
    nights = fact_types.save(session, None, TypeDraft("Nights", TypeKind.NUMBER, cast.borders), cast.alice).id
    session.commit()
    url = f"/desk/tips/{tip.id}"
    given = forms(desk.get(url).text, f"{url}/facts/correct")[0]
    assert desk.post(f"{url}/facts/correct", data={**given, "value": "Wuxi"}).status_code == 303
    assert stands(database, tip) == {"Wuhan": "rejected", "Wuxi": "confirmed"}
    wrong = desk.post(f"{url}/facts", data={"type": str(nights), "value": "many"})
    assert wrong.status_code == 422 and 'value="many"' in wrong.text and "is a number" in wrong.text
    assert desk.post(f"{url}/facts", data={"type": str(nights), "value": "12"}).status_code == 303
    assert "Nights</dt>" in desk.get(url).text


def test_who_only_reads_sees_facts_without_a_button_and_others_nothing(
    app: Flask, desk: Browser, tip: Tip, cast: Cast
) -> None:
    url = f"/desk/tips/{tip.id}"
    page = open_as(app, cast.dave).get(url).text
    assert "Wuhan</b>" in page and "/facts/" not in page
    with app.extensions["tipline"].database.reading() as fresh:
        fact = fresh.get_one(Fact, 1)
    carol = open_as(app, cast.carol)
    answer = carol.post(f"{url}/facts/decide", data={"fact": str(fact.id), "state": "confirmed"})
    assert answer.status_code == 404 and b"Wuhan" not in answer.data
    assert desk.post(f"{url}/facts/decide", data={"fact": "77", "state": "confirmed"}).status_code == 404
    assert desk.post(f"{url}/facts/decide", data={"fact": str(fact.id), "state": "so"}).status_code == 404
    assert desk.get(f"{url}/facts/decide").status_code == 405 and fact.state is FactState.SUGGESTED


def test_all_facts_of_a_list_are_counted_and_each_number_leads_to_its_tips(
    app: Flask, desk: Browser, session: Session, cast: Cast
) -> None:
    for n, state in enumerate((FactState.CONFIRMED, FactState.CONFIRMED, FactState.SUGGESTED)):
        one = make_tip(session, cast.borders, minutes=n)
        suggest(session, one, "crossing", "Luohu", state)
        suggest(session, one, "date", f"2020-0{n + 1}-05", FactState.CONFIRMED)
        suggest(session, one, "place", "=HYPERLINK(1)", state)
    suggest(session, make_tip(session, cast.overtime), "crossing", "Futian", FactState.CONFIRMED)
    session.commit()
    page = desk.get("/desk/facts").text
    links = [entities.unescape(url) for url in re.findall(r'href="(/desk\?q=[^"]+fact[^"]+)"', page)]
    assert any("fact:crossing" in url for url in links) and "Futian" not in page
    for url in links:
        assert desk.get(url).status_code == 200 and 'class="row' in desk.get(url).text, url
    assert "February 2020" in page or "Feb 2020" in page
    assert page.count("<circle") == 1 and "world.svg" in page and "Luohu: 2" in page
    assert "Luohu: 3" in desk.get("/desk/facts?read=1").text
    assert "Luohu" not in desk.get("/desk/facts?q=fact:place=nowhere").text
    assert "Futian" in open_as(app, cast.carol).get("/desk/facts").text
    taken = desk.post("/desk/facts/export", data={"csv": "values", "q": "fact:crossing=luohu"})
    text = taken.get_data(as_text=True)
    assert "'=HYPERLINK(1)" in text and '"2"' in text and "Futian" not in text
    assert desk.post("/desk/facts/export", data={"xlsx": "all"}).data[:2] == b"PK"
    assert desk.post("/desk/facts/export", data={"csv": "nothing"}).status_code == 400


def test_the_search_field_offers_types_and_values_that_stand_in_tips_one_sees(
    app: Flask, desk: Browser, session: Session, cast: Cast
) -> None:
    suggest(session, make_tip(session, cast.borders), "crossing", "Luohu", FactState.CONFIRMED)
    suggest(session, make_tip(session, cast.borders), "crossing", "Futian")
    suggest(session, make_tip(session, cast.overtime), "crossing", "Gongbei", FactState.CONFIRMED)
    session.commit()

    def offered(typed: str, browser: Browser = desk) -> str:
        return browser.get("/desk/suggest", query_string={"q": typed}).text

    assert "crossing=" in offered("fact:cr") and "Luohu" not in offered("fact:cr")
    assert "fact:crossing=Luohu" in offered("fact:crossing=") and "Futian" not in offered("fact:crossing=")
    assert "Futian" in offered("suggested:crossing=F") and "Luohu" not in offered("suggested:crossing=F")
    assert "Gongbei" not in offered("suggested:crossing=")
    assert "Gongbei" in offered("fact:place,crossing=", open_as(app, cast.carol))
    assert "fact:crossing=Luohu" in offered('tag:visa fact:crossing="Lu')
    assert "Border crossing: Luohu" in desk.get("/desk?q=fact:crossing=罗湖").text


def test_editors_make_a_type_for_a_callout_and_its_tips_offer_it(
    app: Flask, desk: Browser, tip: Tip, cast: Cast, database: Database
) -> None:
    alice = open_as(app, cast.alice)
    assert "Border crossing" in alice.get("/desk/fact-types").text and desk.get("/desk/fact-types").status_code == 403
    form = {"name": "Seat", "kind": "choice", "callout_id": str(cast.borders), "choices": "Window"}
    wrong = alice.post("/desk/fact-types/new", data=form)
    assert wrong.status_code == 422 and "2 to 50" in wrong.text and 'value="Seat"' in wrong.text
    assert alice.post("/desk/fact-types/new", data={**form, "choices": "Window\nAisle"}).status_code == 303
    page = alice.get("/desk/fact-types").text
    (type_id,) = re.findall(r'href="/desk/fact-types/(\d+)"', page)
    assert "Stranded by closed borders" in page and "fact:seat" in page and "Window · Aisle" in page
    offered = desk.get(f"/desk/tips/{tip.id}").text
    assert f'<option value="{type_id}">Seat: Window / Aisle' in offered
    desk.post(f"/desk/tips/{tip.id}/facts", data={"type": type_id, "value": "aisle"})
    assert stands(database, tip)["Aisle"] == "confirmed"
    assert alice.post(f"/desk/fact-types/{type_id}", data={"name": "Place", "choices": "A\nB"}).status_code == 422
    alice.post(f"/desk/fact-types/{type_id}", data={"name": "Which seat", "choices": "A\nB"})
    assert "Which seat</dt>" in desk.get(f"/desk/tips/{tip.id}").text
    alice.post(f"/desk/fact-types/{type_id}/archive")
    shown = desk.get(f"/desk/tips/{tip.id}").text
    assert "Which seat</dt>" in shown and f'<option value="{type_id}">' not in shown
    first = alice.get("/desk/fact-types").text
    assert "Up: Border crossing" in first and "Up: Place" not in first
    alice.post("/desk/fact-types/2/move", data={"way": "up"})
    assert "Up: Place" in alice.get("/desk/fact-types").text
    assert alice.get("/desk/fact-types/1").status_code == 404, "tipline's own have no other words"
