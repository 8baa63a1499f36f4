"""The inbox: the list and its filters, changes to several tips, and the parts that htmx asks for."""

import gzip
import re

import pytest
from flask import Flask
from sqlmodel import Session

from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tests.web.arriving import by_form, by_mail
from tipline.core import accounts, triage
from tipline.core.tip_page import sidebar
from tipline.db import Database, now
from tipline.models import Status, Tip


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


def tip_ids(html: str) -> list[int]:
    return [int(i) for i in re.findall(r'id="row-(\d+)"', html)]


def status_of(database: Database, tip_id: int) -> Status:
    with database.reading() as session:
        return session.get_one(Tip, tip_id).status


def test_an_empty_inbox_says_what_to_do_next(desk: Browser) -> None:
    page = desk.get("/desk")
    assert page.status_code == 200
    assert "The inbox is empty" in page.text
    assert "Enter a tip" in page.text


def test_a_row_shows_all_that_triage_needs(desk: Browser, session: Session, cast: Cast) -> None:
    tip_id = by_mail(session, cast.borders, subject="Separated from my son", minutes=130)
    triage.tag(session, tip_id, ["visa"], cast.alice)
    triage.assign(session, tip_id, cast.bob.account_id, cast.alice)
    session.commit()
    row = desk.get("/desk").text.partition(f'id="row-{tip_id}"')[2].partition("</li>")[0]
    for said in ("Mei L.", "Separated from my son", "2h", "mail", "visa", "assigned to Bob", 'lang="en"', "unread"):
        assert said in row
    assert "reader.example" not in row


def test_newest_stand_first_and_older_ones_are_one_link_away(desk: Browser, session: Session, cast: Cast) -> None:
    ids = [by_form(session, cast.borders, minutes=n, text=f"Story number {n}") for n in range(52)]
    first = desk.get("/desk").text
    assert tip_ids(first) == ids[:50]
    assert "52, newest first" in first
    after = re.search(r"after=([0-9-]+)", first)
    assert after
    assert tip_ids(desk.get(f"/desk?after={after[1]}").text) == ids[50:]


def test_chips_menu_and_search_field_make_one_query(desk: Browser, session: Session, cast: Cast) -> None:
    wanted = by_form(session, cast.borders, text="The consulate at Shanghai is silent.")
    by_form(session, cast.borders, text="The airline moved my seat.")
    page = desk.get("/desk?add=status:new&add=callout:borders&q=consulate").text
    assert tip_ids(page) == [wanted]
    assert "Status: New" in page and "Callout: Stranded by closed borders" in page
    assert f'href="/desk/tips/{wanted}?q=status:new+callout:borders+consulate"' in page
    assert "<mark>consulate</mark>" in page
    without = re.search(r'href="/desk\?q=([^"]+)"[^>]*aria-label="Remove the filter Status: New"', page)
    assert without and without[1] == "callout:borders+consulate"


def test_each_language_of_the_filter_has_a_name_of_its_own(desk: Browser) -> None:
    select = desk.get("/desk").text.partition("Language")[2].partition("</select>")[0]
    names = re.findall(r'<option value="lang:[^"]+">([^<]+)<', select)
    assert len(names) == len(set(names)) > 5, names


def test_a_filter_that_nobody_knows_is_left_out_and_named(desk: Browser, session: Session, cast: Cast) -> None:
    by_form(session, cast.borders)
    page = desk.get("/desk?q=colour:red")
    assert page.status_code == 200
    assert "colour:red" in page.text and "There is no filter of this name" in page.text


def test_typed_markup_is_shown_as_text(desk: Browser) -> None:
    page = desk.get('/desk?q="><script>alert(1)</script>').text
    assert "<script>alert" not in page


def test_reporters_see_the_tips_of_their_callouts_alone(app: Flask, session: Session, cast: Cast) -> None:
    borders, overtime = by_form(session, cast.borders), by_form(session, cast.overtime)
    assert tip_ids(open_as(app, cast.bob).get("/desk").text) == [borders]
    assert tip_ids(open_as(app, cast.carol).get("/desk").text) == [overtime]


def test_viewers_read_without_names_and_without_buttons(app: Flask, session: Session, cast: Cast) -> None:
    tip_id = by_mail(session, cast.borders)
    dave = open_as(app, cast.dave)
    page = dave.get("/desk").text
    assert tip_ids(page) == [tip_id]
    assert "Mei" not in page and re.search(r"<bdi>Reader \d+</bdi>", page)
    assert 'class="bulk"' not in page and "Enter a tip" not in page
    accounts.set_language(session, "zh_Hans", "Asia/Shanghai", cast.dave)
    session.commit()
    page = dave.get("/desk").text
    assert re.search(r"<bdi>读者 \d+</bdi>", page) and "Reader" not in page


def test_an_admin_without_another_role_is_led_to_people(app: Flask, cast: Cast) -> None:
    answer = open_as(app, cast.ada).get("/desk")
    assert answer.status_code in (302, 303) and answer.location.endswith("/desk/people")


def test_htmx_gets_the_list_alone_and_the_same_page_otherwise(desk: Browser, session: Session, cast: Cast) -> None:
    by_form(session, cast.borders)
    part = desk.get("/desk?q=status:new", headers={"HX-Request": "true", "HX-Target": "list"})
    assert part.text.lstrip().startswith("<section") and "<html" not in part.text
    assert part.headers["HX-Push-Url"] == "/desk?q=status:new"
    assert "HX-Request" in part.headers["Vary"]
    assert 'id="rail"' in part.text and 'hx-swap-oob="true"' in part.text
    whole = desk.get("/desk", headers={"HX-Request": "true", "HX-Target": "list", "HX-History-Restore-Request": "true"})
    assert "<html" in whole.text


def test_a_change_does_not_fill_the_history_with_the_same_page(desk: Browser) -> None:
    headers = {"HX-Request": "true", "HX-Target": "list", "HX-Current-URL": "http://localhost/desk?q=status:new"}
    assert desk.get("/desk?q=status:new", headers=headers).headers["HX-Push-Url"] == "false"


def test_several_tips_change_at_once_and_can_be_taken_back(
    desk: Browser, session: Session, cast: Cast, database: Database
) -> None:
    ids = [by_form(session, cast.borders, minutes=n) for n in range(3)]
    page = desk.post("/desk/bulk", data={"tip": ids[:2], "status": "ready", "q": ""}, follow_redirects=True)
    assert "2 tips changed: Ready." in page.text
    assert [status_of(database, i) for i in ids] == [Status.READY, Status.READY, Status.NEW]
    notice = page.text.partition('id="notices"')[2]
    undo = re.search(r'action="(/desk/bulk/\d+/undo)"', notice)
    assert undo
    page = desk.post(undo[1], follow_redirects=True)
    assert "Undone: Ready." in page.text
    assert [status_of(database, i) for i in ids] == [Status.NEW] * 3


def test_all_that_match_change_though_one_page_is_shown(
    desk: Browser, session: Session, cast: Cast, database: Database
) -> None:
    ids = [by_form(session, cast.borders, minutes=n) for n in range(53)]
    other = by_form(session, cast.overtime)
    desk.post("/desk/bulk", data={"all": "1", "q": "callout:borders", "tag": "borders, 2021"})
    with database.reading() as reading:
        last, _ = sidebar.row(reading, ids[-1], cast.alice, now().date())
        untouched, _ = sidebar.row(reading, other, cast.alice, now().date())
    assert [name for _, name in last.tags] == ["2021", "borders"]
    assert not untouched.tags


def test_bulk_passes_over_tips_of_other_callouts(app: Flask, session: Session, cast: Cast, database: Database) -> None:
    mine, theirs = by_form(session, cast.borders), by_form(session, cast.overtime)
    bob = open_as(app, cast.bob)
    bob.post("/desk/bulk", data={"tip": [mine, theirs], "status": "closed"})
    assert status_of(database, mine) is Status.CLOSED
    assert status_of(database, theirs) is Status.NEW


def test_bulk_without_a_tick_says_so_and_changes_nothing(desk: Browser, session: Session, cast: Cast) -> None:
    by_form(session, cast.borders)
    page = desk.post("/desk/bulk", data={"status": "closed"}, follow_redirects=True)
    assert "Select tips first" in page.text


@pytest.mark.parametrize("data", [{"status": "gone"}, {"status": "closed:x"}, {"assignee": "x"}])
def test_bulk_refuses_what_is_none_of_its_choices(
    desk: Browser, session: Session, cast: Cast, database: Database, data: dict[str, str]
) -> None:
    tip_id = by_form(session, cast.borders)
    page = desk.post("/desk/bulk", data={"tip": tip_id, **data}, follow_redirects=True)
    assert "none of the choices" in page.text
    assert status_of(database, tip_id) is Status.NEW
    assert "none of the choices" in desk.post("/desk/bulk", data={"tip": tip_id}, follow_redirects=True).text


def test_bulk_is_not_for_viewers_and_not_by_get(app: Flask, session: Session, cast: Cast) -> None:
    tip_id = by_form(session, cast.borders)
    dave = open_as(app, cast.dave)
    assert dave.post("/desk/bulk", data={"tip": tip_id, "status": "closed"}).status_code == 403
    assert dave.get("/desk/bulk").status_code == 405


def test_keys_have_a_page_of_their_own(desk: Browser) -> None:
    page = desk.get("/desk/keys").text
    assert "<html" in page and "close it and open the next" in page
    part = desk.get("/desk/keys", headers={"HX-Request": "true", "HX-Target": "dialog-body"}).text
    assert "<html" not in part


@pytest.mark.parametrize("who", ["9" * 12, "9" * 5000, "-1", "x", "²"])
def test_nobody_has_so_large_a_number(desk: Browser, session: Session, cast: Cast, who: str) -> None:
    number = by_form(session, cast.borders)
    page = desk.post("/desk/bulk", data={"tip": [number], "assignee": who, "q": ""}, follow_redirects=True)
    assert "That is none of the choices." in page.text
    page = desk.post(f"/desk/tips/{number}/assign", data={"assignee": who}, follow_redirects=True)
    assert "That is none of the choices." in page.text


def test_a_full_list_beside_a_tip_weighs_less_than_150_kb_at_first_and_30_kb_later(
    desk: Browser, session: Session, cast: Cast
) -> None:
    for n in range(50):
        tip_id = by_form(session, cast.borders, minutes=n, text=f"{n}: stranded since {n} May, with {n} bags. " * 9)
        triage.tag(session, tip_id, [f"place {n % 20}", f"airline {n % 15}"], cast.alice)
    session.commit()
    page = desk.get(f"/desk/tips/{tip_id}")
    assets = set(re.findall(r'(?:src|href)="(/(?:static|modules|accent)[^"#]+)', page.text))
    assert {"desk.css", "htmx.min.js", "icons.svg"} <= {name.rpartition("/")[2].partition("?")[0] for name in assets}
    first = 0
    for address in assets:
        with desk.get(address) as asset:
            first += len(gzip.compress(asset.data))
    later = len(gzip.compress(page.data))
    assert later <= 30 * 1024 and first + later <= 150 * 1024
