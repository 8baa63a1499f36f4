"""The list's cursor and what scrolls: keys act on the tip that is shown, ticks reach far, no change loses a place."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select
from sqlmodel import Session, col

from tests.core.making import make_tip, say
from tests.fixtures_db import Cast, make_cast, on_sqlite
from tests.journeys.house import PASSWORD, pictures
from tests.servers.chromium import NARROW, Chromium, barriers
from tests.web.wire import Served, served
from tipline.core import accounts, triage
from tipline.core.access import Actor
from tipline.db import Database
from tipline.models import ActorKind, Role, Status, Tip

pytestmark = pytest.mark.xdist_group("journeys: cursor")
TIPS = 120
LONG = "The consulate closed, and nobody says when it opens again. " * 30
# A key held down, at once: what a busy machine lets through one by one would be as many keys.
HELD = """() => {
    for (let n = 0; n < 20; n += 1) {
        document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', bubbles: true, repeat: n > 0 }));
    }
}"""
NAMES = [f"tag of many words {n}" for n in range(20)]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, sqlite_template: bytes) -> Iterator[Database]:
    with on_sqlite(tmp_path_factory.mktemp("cursor"), sqlite_template) as made:
        with made.writing() as session:
            _fill(session, make_cast(session))
            session.commit()
        yield made


def _fill(session: Session, cast: Cast) -> None:
    """Story 120 is the newest, and stands at the top; three tips are of another list."""
    kim = accounts.create(session, "kim@meridian.example", "Kim", [Role.EDITOR], ActorKind.SYSTEM, password=PASSWORD)
    by = Actor(kim.id or 0, kim.name, frozenset({Role.EDITOR}))
    for n in range(1, TIPS + 1):
        make_tip(session, cast.borders, f"Story {n}: stuck", minutes=n, code_hash=f"{n:064d}")
    for n in range(3):
        tip = make_tip(session, cast.borders, f"Spoken {n}: {LONG}", minutes=-n, code_hash=f"{1000 + n:064d}")
        for _ in range(2):
            say(session, tip, LONG)
        triage.tag(session, tip.id or 0, ["shipping", *NAMES[:5]], by)
    make_tip(session, cast.borders, "Filed", status=Status.SPAM)


@pytest.fixture(scope="module")
def house(database: Database) -> Iterator[Served]:
    with served(database) as web:
        web.start()
        yield web


def sign_in(page: Page, house: Served, path: str = "/desk") -> list[str]:
    """Kim's desk; what its console complains of is in the list."""
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(f"http://127.0.0.1:{house.port}/login")
    page.fill("[name=email]", "kim@meridian.example")
    page.fill("[name=password]", PASSWORD)
    page.click("main button.main")
    page.wait_for_url("**/desk**")
    page.goto(f"http://127.0.0.1:{house.port}{path}")
    return complaints


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def shows(page: Page, n: int) -> None:
    """Story n is open, and its row has the cursor."""
    expect(page.locator("#tip-title")).to_have_text(f"Story {n}: stuck")
    expect(page.locator(".row.current .first")).to_have_text(f"Story {n}: stuck")
    expect(page.locator(".row.current .open")).to_be_focused()


def taken(database: Database) -> list[str]:
    """Which stories are somebody's."""
    with database.reading() as session:
        titles = session.scalars(select(col(Tip.title)).where(col(Tip.assignee_id).is_not(None)).order_by(col(Tip.id)))
        return [title.split(":")[0] for title in titles]


def test_keys_act_on_the_tip_that_is_shown(chromium: Chromium, house: Served, database: Database) -> None:
    with chromium.page() as page:
        late: list[Route] = []  # what tells that a tip was read
        complaints = sign_in(page, house)
        press(page, "j", "Enter")
        shows(page, 120)
        page.route("**/tips/119/seen", lambda route: late.append(route))
        with page.expect_request("**/tips/119/seen"):
            press(page, "j")  # beside the list, the next one opens
        shows(page, 119)
        press(page, "k")
        shows(page, 120)
        late[0].continue_()
        expect(page.locator(".row.unread", has_text="Story 119")).to_have_count(0)
        page.wait_for_timeout(100)  # until its row has settled
        shows(page, 120)
        page.unroute("**/tips/119/seen")
        press(page, "j")
        shows(page, 119)
        press(page, "k", "i")  # at once: on the one that was reached, not on the one that was left
        shows(page, 120)
        expect(page.locator("#menu-a")).to_contain_text("Kim")
        assert taken(database) == ["Story 120"]

        opened: list[str] = []
        page.on("request", lambda asked: opened.append(asked.url) if "/desk/tips/" in asked.url else None)
        page.evaluate(HELD)
        page.keyboard.up("j")
        shows(page, 100)
        assert len([url for url in opened if not url.endswith("/seen")]) < 6

        press(page, "e")
        shows(page, 99)
        press(page, "z", "i")
        shows(page, 100)
        expect(page.locator("#menu-a")).to_contain_text("Kim")
        press(page, "j")
        shows(page, 99)
        press(page, "j")
        shows(page, 98)
        page.go_back()
        shows(page, 99)
        press(page, "i")
        expect(page.locator("#menu-a")).to_contain_text("Kim")
        assert taken(database) == ["Story 99", "Story 100", "Story 120"]

        press(page, "u")  # closed, and the next one is at hand
        expect(page.locator(".row", has_text="Story 98").locator(".open")).to_be_focused()

        press(page, "/")
        page.keyboard.type("stuck 77")
        press(page, "Enter")
        expect(page.locator(".row")).to_have_count(1)
        expect(page.locator(".row .open")).to_be_focused()
        press(page, "Enter")
        shows(page, 77)
        press(page, "h", "1")  # put off: out of the list, which says so, and out of the rail
        expect(page.locator("#notices")).to_contain_text("nooze")
        press(page, "g", "i")
        page.wait_for_url("**/desk")
        press(page, "j", "Enter")
        shows(page, 120)
        count = int((page.locator("#count").inner_text()).split(",")[0])
        press(page, "h", "1")
        shows(page, 119)
        expect(page.locator("#count")).to_contain_text(f"{count - 1}")
        expect(page.locator(".rail [aria-current] .n")).to_have_text(f"{count - 1}")
        press(page, "?")
        expect(page.locator("#dialog")).to_contain_text("snooze it and open the next")
        assert complaints == []


def test_ticks_reach_over_a_page_and_leave_the_cursor_behind_them(chromium: Chromium, house: Served) -> None:
    with chromium.page() as page:
        complaints = sign_in(page, house)
        said = page.locator(".bulk [data-selected]")
        rows = page.locator(".row")
        rows.nth(1).locator(".pick").click()
        rows.nth(5).locator(".pick").click(modifiers=["Shift"])
        expect(said).to_have_text("5")
        page.locator("[data-tick-all]").click()
        expect(said).to_have_text("50")
        assert barriers(page) == []
        pictures(page, "ticks")
        page.get_by_label("that match").check()
        matching = int(page.locator("#count").inner_text().split(",")[0])
        expect(said).to_have_text(f"all {matching}")
        rows.nth(2).locator(".pick").uncheck()
        expect(said).to_have_text("49")
        press(page, "Escape")
        expect(page.locator(".bulk")).to_be_hidden()

        rows.nth(0).locator(".open").focus()
        press(page, "J", "J")
        expect(said).to_have_text("3")
        press(page, "j", "j", "X")
        expect(said).to_have_text("5")
        press(page, "Control+a")
        expect(said).to_have_text("50")
        press(page, "Escape")

        for n in (50, 100, matching):  # far down, over what comes as one goes
            expect(rows).to_have_count(n)
            rows.last.scroll_into_view_if_needed()
            page.mouse.move(400, 600)
            page.mouse.wheel(0, 500)
        rows.nth(100).locator(".open").focus()
        press(page, "x", "j", "x")
        following = rows.nth(102).get_attribute("data-tip")
        press(page, "t")
        page.keyboard.type("airport")
        press(page, "Enter")
        expect(page.locator("#notices")).to_contain_text("2 tips changed")
        expect(page.locator(f"#open-{following}")).to_be_focused()
        expect(page.locator(f"#open-{following}")).to_be_in_viewport()
        press(page, "k", "x", "e")
        expect(page.locator("#notices")).to_contain_text("1 tip changed")
        expect(page.locator(f"#open-{following}")).to_be_focused()
        assert complaints == []


def test_a_row_that_is_clicked_before_an_answer_came_opens_and_gets_the_keys(chromium: Chromium, house: Served) -> None:
    with chromium.page() as page:
        late: list[Route] = []
        complaints = sign_in(page, house)
        press(page, "j", "Enter")
        expect(page.locator("#tip[data-tip]")).to_have_count(1)
        row = page.locator(".row").nth(2)
        title = row.locator(".first").inner_text()
        page.route("**/verification", lambda route: late.append(route))
        page.route(f"**/tips/{row.get_attribute('data-tip')}?*", lambda route: late.append(route))
        page.route(f"**/tips/{row.get_attribute('data-tip')}", lambda route: late.append(route))
        with page.expect_request("**/verification"):
            press(page, "v", "2")
        with page.expect_request("**/tips/*"):
            row.locator(".open").click()
        press(page, "v", "3")  # of the one that was clicked
        late[0].continue_()  # and it is answered with the tip that was left
        expect(page.locator("#menu-v")).to_have_text("Being verified")
        late[1].continue_()
        expect(page.locator("#tip-title")).to_have_text(title)
        page.unroute_all(behavior="ignoreErrors")
        expect(page.locator("#menu-v")).to_have_text("Verified")
        assert complaints == []


def test_what_is_typed_before_an_answer_came_stays_in_its_field(chromium: Chromium, house: Served) -> None:
    with chromium.page() as page:
        late: list[Route] = []
        complaints = sign_in(page, house)
        press(page, "j", "Enter")
        expect(page.locator("#tip[data-tip]")).to_have_count(1)
        page.route("**/verification", lambda route: late.append(route))
        with page.expect_request("**/verification"):
            press(page, "v", "4")
        page.locator("#add-task").click()
        page.locator("#task-text").fill("Call consul")
        press(page, *["ArrowLeft"] * 6, *"the ")
        late[0].continue_()
        expect(page.locator("#menu-v")).to_have_text("Inconclusive")
        expect(page.locator("#task-text")).to_have_value("Call the consul")
        page.keyboard.type("old ")
        expect(page.locator("#task-text")).to_have_value("Call the old consul")
        press(page, "Enter")
        expect(page.locator(".task")).to_contain_text("Call the old consul")
        expect(page.locator("#task-text")).to_have_value("")
        assert complaints == []


def test_words_that_were_sent_are_no_draft_where_another_tip_was_opened_before_the_answer(
    chromium: Chromium, house: Served
) -> None:
    with chromium.page() as page:
        late: list[Route] = []
        complaints = sign_in(page, house)
        press(page, "j", "Enter")
        expect(page.locator("#tip[data-tip]")).to_have_count(1)
        first, other = page.locator(".row .open").first, page.locator(".row").nth(2)
        page.route("**/note", lambda route: late.append(route))
        with page.expect_request("**/note"):
            press(page, "n", *"Sent once.", "Control+Enter")
        other.locator(".open").click()
        expect(page.locator("#tip-title")).to_have_text(other.locator(".first").inner_text())
        with page.expect_response(lambda answer: answer.request.redirected_from is not None):
            late[0].continue_()
        first.click()
        expect(page.locator(".note")).to_contain_text("Sent once.")
        expect(page.locator("#note-text")).to_have_value("")
        assert complaints == []


def test_that_a_tip_was_read_may_be_told_when_it_is_closed_and_its_row_gone(chromium: Chromium, house: Served) -> None:
    with chromium.page() as page:
        late: list[Route] = []
        complaints = sign_in(page, house)
        page.route("**/seen", lambda route: late.append(route))
        with page.expect_request("**/seen"):
            page.locator(".row.unread .open").first.click()
        tip = page.locator("#tip[data-tip]")
        closed = tip.get_attribute("data-tip") or ""
        press(page, "e")
        expect(tip).not_to_have_attribute("data-tip", closed)
        with page.expect_response("**/seen"):
            late[0].continue_()
        page.unroute_all(behavior="ignoreErrors")
        press(page, "j")
        expect(page.locator(".row.current .open")).to_be_focused()
        assert complaints == []


def test_what_is_typed_into_the_menu_of_tags_is_never_lost(chromium: Chromium, house: Served) -> None:
    with chromium.page() as page:
        sign_in(page, house)
        press(page, "j", "Enter", "t")
        field = page.locator(".tip-head [name=names]")
        expect(field).to_be_focused()
        page.keyboard.type("ship")
        shown = page.locator(".tip-head .option:visible")
        expect(shown).to_have_text(["shipping", "New tag: ship"])
        expect(shown.first).to_have_class("option at")
        field.fill("x" * 41)
        press(page, "Enter")
        expect(page.locator("#notices")).to_contain_text("at most 40 characters")
        expect(field).to_have_value("x" * 41)
        expect(field).to_be_visible()
        had = page.locator(".tag-line .tag:has(a)").count()
        field.fill(", ".join(f"a border crossing {n}" for n in range(20)))
        page.locator(".tip-head .line .button:visible").click()
        expect(page.locator(".tag-line .tag:has(a)")).to_have_count(had + 20)


@pytest.mark.parametrize("width", [1100, 1600, NARROW])
def test_what_scrolls_keeps_its_place(chromium: Chromium, house: Served, width: int) -> None:
    with chromium.page(width) as page:
        page.set_viewport_size({"width": width, "height": 620})
        complaints = sign_in(page, house, "/desk?q=tag:shipping")
        page.locator(".row .open").first.click()
        newest = page.locator(".conversation > .message").last
        expect(newest).to_be_in_viewport()  # of several, what came last
        page.locator("#add-task").click()
        page.locator("#task-text").scroll_into_view_if_needed()
        tasks = page.locator(".task").count()
        for n in range(2):
            page.locator("#task-text").fill(f"Call {n}")
            before = page.locator("#add-task").bounding_box()
            press(page, "Enter")
            expect(page.locator(".task")).to_have_count(tasks + n + 1)
            expect(page.locator("#task-text")).to_be_focused()
            after = page.locator("#add-task").bounding_box()
            assert before and after and abs(before["y"] - after["y"]) < 80, "but for the task that stands above it now"
        press(page, "Escape", "n")
        page.keyboard.type("Seen.")
        press(page, "Control+Enter")
        expect(page.locator(".note").last).to_be_in_viewport()
        assert complaints == []


def test_the_last_one_closed_leaves_a_list_that_says_so(chromium: Chromium, house: Served) -> None:
    with chromium.page() as page:
        complaints = sign_in(page, house, "/desk?q=tag:shipping")
        press(page, "j", "Enter")
        expect(page.locator("#tip[data-tip]")).to_have_count(1)
        for left in (2, 1, 0):
            press(page, "e")
            expect(page.locator(".row")).to_have_count(left)
        expect(page.locator(".list .empty")).to_contain_text("Nothing matches")
        page.goto(f"http://127.0.0.1:{house.port}/desk?q=status:spam")
        address = page.locator(".row .open").get_attribute("href") or ""
        page.goto(f"http://127.0.0.1:{house.port}{address.split('?')[0]}")
        with page.expect_response("**/seen"):  # a moment after it was drawn
            press(page, "i")  # its list, the inbox, does not hold it
            expect(page.locator("#menu-a")).to_contain_text("Kim")
        expect(page.locator(".row.unread", has_text="Filed")).to_have_count(0)
        assert complaints == []


def test_on_a_phone_the_list_is_where_it_was_left(chromium: Chromium, house: Served) -> None:
    with chromium.page(NARROW) as page:
        sign_in(page, house)
        row = page.locator(".row").nth(25)
        row.locator(".open").scroll_into_view_if_needed()
        row.locator(".pick").tap()
        expect(page.locator(".bulk [data-key=e]")).to_be_in_viewport()
        assert barriers(page) == []
        pictures(page, "ticked-on-a-phone")
        page.set_viewport_size({"width": NARROW, "height": 780})
        row.locator(".pick").tap()
        row.scroll_into_view_if_needed()
        was = page.evaluate("scrollY")
        assert was > 500
        row.locator(".open").tap()
        expect(page.locator("#tip-title")).to_be_in_viewport()
        assert barriers(page) == []
        pictures(page, "tip-on-a-phone")
        page.set_viewport_size({"width": NARROW, "height": 780})
        composer = page.locator("#composer").bounding_box()
        assert composer and composer["height"] < 80, "one line"
        page.locator("#reply-text").tap()
        expect(page.locator("#composer [data-send]:visible")).to_be_in_viewport()
        page.locator("#tip-title").tap()
        expect(page.locator("#composer [data-send]:visible")).to_have_count(0)
        page.locator("#menu-v").tap()
        page.locator(".option:visible", has_text="Inconclusive").tap()
        notice, title = page.locator("#notices .notice").bounding_box(), page.locator("#tip-title").bounding_box()
        assert notice and title and notice["y"] > title["y"] + title["height"]
        page.get_by_role("link", name="Back to the list").tap()
        expect(row).to_be_visible()
        assert abs(page.evaluate("scrollY") - was) < 5
