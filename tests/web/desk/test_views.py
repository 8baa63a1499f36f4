"""Saved views and the search field's offers, as pages."""

import json
import re
from datetime import timedelta
from urllib.parse import quote, quote_plus

import pytest
from flask import Flask
from sqlmodel import Session

from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tests.web.arriving import by_form
from tipline.core import triage
from tipline.core.inbox import recent_searches, views
from tipline.db import Database, now

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def desk(client: Browser, cast: Cast) -> Browser:
    """Alice's browser."""
    sign_in(client, cast.alice)
    return client


def open_as(app: Flask, who: object) -> Browser:
    browser = app.test_client()
    assert isinstance(browser, Browser)
    sign_in(browser, who)  # type: ignore[arg-type]
    return browser


def sizes(browser: Browser) -> list[dict[str, str]]:
    """What views.js is told, part by part."""
    found, address = [], "/desk/views/sizes"
    while address:
        told = json.loads(browser.get(address).text)
        found, address = [*found, *told["sizes"].values()], told["next"]
    return found


def test_a_list_is_saved_shared_and_seen_by_each_with_their_own_number(
    app: Flask, desk: Browser, session: Session, cast: Cast
) -> None:
    by_form(session, cast.borders, text="The visa is late.")
    by_form(session, cast.overtime, text="No visa for overtime.")
    page = desk.get("/desk?q=visa")
    assert "Save view" in page.text
    answer = desk.post("/desk/views", data={"q": "visa", "name": "About visas", "shared": "1"})
    assert answer.location == "/desk?q=visa"
    page = desk.get("/desk?q=visa")
    assert "The view “About visas” is saved." in page.text and "Save view" not in page.text
    assert "<title>About visas" in page.text
    assert 'aria-current="page" data-view=' in page.text
    assert sizes(desk) == [{"n": "2", "new": ""}]
    bobs = open_as(app, cast.bob)
    assert 'title="shared by Alice"' in bobs.get("/desk").text
    assert sizes(bobs) == [{"n": "1", "new": ""}]
    assert "by Alice" in bobs.get("/desk/views").text and "Delete" not in bobs.get("/desk/views").text


def test_a_view_is_renamed_moved_and_deleted_on_its_page(desk: Browser, session: Session, cast: Cast) -> None:
    one = views.save(session, "One", "tag:x", cast.alice).id
    views.save(session, "Two", "sort:due stuck -tag:y", cast.alice)
    session.commit()
    page = desk.get("/desk/views").text
    assert "Not tagged: y · Follow-up due first · stuck" in page
    desk.post(f"/desk/views/{one}/move", data={"down": "1"})
    desk.post(f"/desk/views/{one}", data={"name": "First", "alert": "1"})
    page = desk.get("/desk/views").text
    assert page.index("<b>Two</b>") < page.index("<b>First</b>")
    by_form(session, cast.borders)
    triage.tag(session, by_form(session, cast.borders), ["x"], cast.alice)
    session.commit()
    assert "1 new" in [size["new"] for size in sizes(desk)]
    assert desk.post(f"/desk/views/{one}/looked", headers={"X-Quiet": "1"}).status_code == 204
    assert "1 new" not in desk.get("/desk/views").text
    assert desk.post(f"/desk/views/{one}", data={"name": "Two"}).location == "/desk/views"
    assert "You have a view of this name already" in desk.get("/desk/views").text
    desk.post(f"/desk/views/{one}/delete")
    assert "The view “First” is deleted" in desk.get("/desk/views").text


def test_without_views_their_page_says_how_to_make_one(desk: Browser) -> None:
    assert "You have no views yet" in desk.get("/desk/views").text
    assert 'id="views"' not in desk.get("/desk").text


def offered(browser: Browser, typed: str) -> list[str]:
    html = browser.get("/desk/suggest", query_string={"q": typed}).text
    return [part.partition('"')[0] for part in html.split('data-typed="')[1:]]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("stat", "status:"),
        ("stuck -ta", "stuck -tag:"),
        ("status:w", "status:waiting "),
        ("verified:", "verification:unverified "),
        ("-status:cl", "-status:closed "),
        ("status:new,re", "status:new,reviewing "),
        ("visa tag:fam", "visa tag:family "),
        ('tag:"gre', "tag:&#34;green card&#34; "),
        ("tag：签", "tag:签证 "),
        ("fam", "tag:family "),
        ("stuck #gr", "stuck tag:&#34;green card&#34; "),
        ('stuck #"gr', "stuck tag:&#34;green card&#34; "),
        ('#"green ca', "tag:&#34;green card&#34; "),
        ('tag:family,"gre', "tag:&#34;family,green card&#34; "),
        ('-tag:"green card",fa', "-tag:&#34;green card,family&#34; "),
        ("assignee:bo", "assignee:Bob "),
        ("callout:clos", "callout:borders "),
        ("sort:l", "sort:active "),
        ("sort:longest", "sort:waiting "),
        ("due:o", "due:overdue "),
        ("Close", "callout:borders "),
    ],
)
def test_what_is_typed_is_gone_on_from(desk: Browser, session: Session, cast: Cast, typed: str, first: str) -> None:
    triage.tag(session, by_form(session, cast.borders), ["family", "green card", "签证"], cast.alice)
    session.commit()
    assert offered(desk, typed)[0] == first


@pytest.mark.parametrize(
    "typed", ["", " ", ":", "-", '"', "tag:", "nokey:x", "x" * 600, "<script>", "since:", "\0", "a:b:c"]
)
def test_nothing_that_is_typed_breaks_the_offers(desk: Browser, typed: str) -> None:
    answer = desk.get("/desk/suggest", query_string={"q": typed})
    assert answer.status_code == 200 and "<script>" not in answer.text


def test_offers_are_of_what_one_sees(app: Flask, session: Session, cast: Cast) -> None:
    triage.tag(session, by_form(session, cast.overtime), ["secret"], cast.alice)
    views.save(session, "Secret view", "callout:overtime", cast.alice, shared=True)
    session.commit()
    bobs = open_as(app, cast.bob)
    assert offered(bobs, "tag:sec") == offered(bobs, "callout:over") == []
    assert "ecret" not in bobs.get("/desk/suggest?q=sec").text
    assert "Secret view" in open_as(app, cast.carol).get("/desk/suggest?q=sec").text


def test_searches_are_remembered_offered_and_forgotten(desk: Browser, database: Database, cast: Cast) -> None:
    assert desk.post("/desk/searches", data={"add": "status:new", "q": "visa"}).status_code == 204
    page = desk.get("/desk/suggest?q=").text
    assert 'data-address="/desk?q=status:new+visa"' in page and "Forget what I searched for" in page
    assert desk.get("/desk/searches").status_code == 405
    assert desk.post("/desk/searches/clear").status_code == 204
    with database.reading() as session:
        assert recent_searches.recent(session, cast.alice) == []


def test_all_in_a_list_is_read_by_one_press(desk: Browser, session: Session, cast: Cast) -> None:
    by_form(session, cast.borders, text="The visa is late.")
    by_form(session, cast.borders, text="The flight is late.")
    answer = desk.post("/desk/read", data={"q": "visa"}, follow_redirects=True)
    assert "1 tip marked as read." in answer.text
    assert desk.get("/desk?q=is:unread").text.count('class="row') == 2  # the list and one row


def test_a_mistyped_filter_is_mended_by_one_press(desk: Browser, session: Session, cast: Cast) -> None:
    page = desk.get("/desk?q=staus:new+visa").text
    assert 'Did you mean <a href="/desk?q=status:new+visa"' in page


def test_a_mistake_stays_in_the_field_and_in_each_address_and_its_values_are_one_press_away(
    desk: Browser, session: Session, cast: Cast
) -> None:
    wanted = by_form(session, cast.borders, text="The visa is late.")
    by_form(session, cast.borders, text="The flight is late.")
    page = desk.get("/desk?add=source:form&q=status:nwe+visa").text
    assert 'value="visa status:nwe"' in page
    assert "<b>status:nwe</b>: This filter does not know this value." in page
    assert 'href="/desk?q=status:new+source:form+visa"' in page
    assert 'href="/desk?q=status:spam+source:form+visa"' in page
    assert f'href="/desk/tips/{wanted}?q=source:form+visa+status:nwe"' in page
    assert page.count('class="row ') == 1
    assert "Choose <a" in desk.get("/desk?q=has:").text
    desk.post("/desk/views", data={"q": "visa status:nwe", "name": "Visas"})
    desk.post("/desk/searches", data={"q": "visa status:nwe"})
    assert 'data-address="/desk?q=visa"' in desk.get("/desk/suggest?q=").text


def test_each_order_is_offered_and_said(desk: Browser, session: Session, cast: Cast) -> None:
    by_form(session, cast.borders, text="The visa is late.")
    page = desk.get("/desk?q=sort:waiting+visa").text
    assert "1, waiting for us, longest first" in page
    assert 'href="/desk?q=sort:unanswered+visa"' in page and 'href="/desk?q=visa"' in page
    assert 'data-since="-"' in page  # what is new does not stand at the top of this order


@pytest.mark.parametrize(
    ("typed", "said", "meant"),
    [
        ("tag:famly", "No tag has this name", "tag:family"),
        ("assignee:bop", "Nobody here has this name", "assignee:Bob"),
        ("callout:bordes", "No callout has this name", "callout:borders"),
        ("fact:crosing=luohu", "No type of facts has this name", "fact:crossing=luohu"),
        ("-tag:famly", "No tag has this name", "-tag:family"),
        ("tag:zzz", "No tag has this name", ""),
        ('#"green crd"', "No tag has this name", 'tag:"green card"'),
        ("tag:green card", "No tag has this name", 'tag:"green card"'),
        ("tag:green cards", "No tag has this name", 'tag:"green card" cards'),
    ],
)
def test_a_name_that_nothing_has_is_said_with_the_nearest_there_is(
    desk: Browser, session: Session, cast: Cast, typed: str, said: str, meant: str
) -> None:
    triage.tag(session, by_form(session, cast.borders), ["family", "green card"], cast.alice)
    session.commit()
    page = desk.get("/desk", query_string={"q": typed}).text
    assert f": {said}." in page
    assert not meant or f'<a href="/desk?q={quote_plus(meant, safe=":")}"' in page


@pytest.mark.parametrize("typed", ["tag:Family", "assignee:bo", "assignee:me,none", "callout:borders", "fact:crossing"])
def test_a_name_that_something_has_is_not_said_to_be_unknown(
    desk: Browser, session: Session, cast: Cast, typed: str
) -> None:
    triage.tag(session, by_form(session, cast.borders), ["family"], cast.alice)
    session.commit()
    assert "has this name" not in desk.get("/desk", query_string={"q": f"{typed} nothinglikethis"}).text


def test_a_tag_that_one_does_not_see_is_as_unknown_as_one_that_is_not_there(
    app: Flask, session: Session, cast: Cast
) -> None:
    triage.tag(session, by_form(session, cast.overtime), ["secret"], cast.alice)
    session.commit()
    bobs = open_as(app, cast.bob)
    for typed in ("tag:secret", "-tag:secret", "tag:secreted"):
        page = bobs.get("/desk", query_string={"q": typed}).text
        assert "No tag has this name" in page and "Did you mean" not in page


def test_a_view_of_yesterday_is_kept_as_it_was_said_and_its_chip_says_so(
    desk: Browser, session: Session, cast: Cast
) -> None:
    desk.post("/desk/views", data={"q": "since:昨天 before:3天前 after:上周", "name": "Late"})
    page = desk.get('/desk?q=after:"last week" before:3d').text
    assert "<title>Late" in page and "After: last week" in page and "Before: 3 days ago" in page
    assert "Since: Monday" in desk.get("/desk?q=since:monday").text


def test_the_pages_of_a_list_are_of_the_day_of_the_first(desk: Browser, session: Session, cast: Cast) -> None:
    for n in range(52):
        by_form(session, cast.borders, minutes=n, text=f"Story {n}")
    today = now().date()
    assert re.search(f"after=[0-9-]+&amp;on={today}", desk.get("/desk?q=since:1y").text)
    before = today - timedelta(days=1)
    assert f"&amp;on={before}" in desk.get(f"/desk?q=since:1y&on={before}").text
    assert "&amp;on=" not in desk.get("/desk?q=since:2000").text
    for wrong in ("9999-12-31", "0001-01-01", "x"):
        assert desk.get(f"/desk?q=since:today&on={wrong}").status_code == 200


def test_a_view_whose_list_was_narrowed_takes_the_new_list(desk: Browser, session: Session, cast: Cast) -> None:
    view = views.save(session, "Family", "tag:family source:form", cast.alice)
    session.commit()
    page = desk.get(f"/desk?q={quote(view.query)}")
    narrowed = f"/desk?q=tag:family&amp;view={view.id}"
    assert f'href="{narrowed}"' in page.text and "Save to" not in page.text
    page = desk.get(f"/desk?add=tag:family&q=visa&view={view.id}")
    assert "Save to “Family”" in page.text and "Or as a new view" in page.text
    assert f'name="view" value="{view.id}"' in page.text
    answer = desk.post(f"/desk/views/{view.id}/list", data={"q": "tag:family visa"})
    assert answer.location == "/desk?q=tag:family+visa"
    page = desk.get(answer.location).text
    assert "“Family” holds this list now." in page and "<title>Family" in page and "Save to" not in page


def test_the_view_of_a_colleague_is_not_offered_for_other_lists(app: Flask, session: Session, cast: Cast) -> None:
    view = views.save(session, "Family", "tag:family", cast.alice, shared=True)
    session.commit()
    bobs = open_as(app, cast.bob)
    assert "Save view" in bobs.get(f"/desk?q=visa&view={view.id}").text
    assert "Save to" not in bobs.get(f"/desk?q=visa&view={view.id}").text
    assert bobs.post(f"/desk/views/{view.id}/list", data={"q": "visa"}).status_code == 404
