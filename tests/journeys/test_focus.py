"""Letters typed at 90 ms a key while tips arrive 300 ms late: none of them runs as a command, and none is lost."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select
from sqlmodel import Session, col

import tipline
from tests.fixtures_db import make_cast, on_sqlite
from tests.journeys.test_keyboard import sign_in
from tests.servers.chromium import Chromium, slow
from tests.web.arriving import by_form
from tests.web.wire import Served, served
from tipline.core import accounts
from tipline.core.accounts import sessions
from tipline.db import Database
from tipline.models import ActorKind, Event, Role, Verb

pytestmark = pytest.mark.xdist_group("journeys: focus")
STATIC = Path(tipline.__file__).parent / "static"
COMMANDS = (Verb.ASSIGNED, Verb.STATUS, Verb.VERIFICATION, Verb.TAGGED, Verb.FOLLOW_UP)
FOCUSING = {  # the scripts that call it, and why they may
    "desk/focus.js",  # the one function of the desk
    "public.js",  # readers' pages, on which no answer of the server comes late
}
WORDS = "if a visa ends, he says nothing"  # every command's letter


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, sqlite_template: bytes) -> Iterator[Database]:
    with on_sqlite(tmp_path_factory.mktemp("focus"), sqlite_template) as made:
        with made.writing() as session:
            _fill(session)
            session.commit()
        yield made


def _fill(session: Session) -> None:
    cast = make_cast(session)
    accounts.create(
        session,
        "kim@meridian.example",
        "Kim",
        [Role.EDITOR],
        ActorKind.SYSTEM,
        password="lantern orchid harbour 61",
    )
    sessions.start(session, cast.bob.account_id)  # who never signed in is not offered
    for n in range(8):
        by_form(session, cast.borders, f"Story {n}")


@pytest.fixture(scope="module")
def house(database: Database) -> Iterator[Served]:
    with served(database) as web:
        web.start()
        yield web


def _type(page: Page, words: str = WORDS) -> str:
    page.keyboard.type(words, delay=90)
    return words


def _row(page: Page, n: int) -> str:
    row = page.locator(".rows .row").nth(n)
    row.locator(".open").click(no_wait_after=True)
    return row.get_attribute("data-tip") or ""


def _opened(page: Page, tip: str) -> None:
    expect(page.locator("#tip")).to_have_attribute("data-tip", tip)


def test_letters_typed_while_tips_arrive_reach_their_field_and_run_nothing(
    chromium: Chromium, house: Served, database: Database
) -> None:
    with chromium.page() as page:
        sign_in(page, house)
        slow(page, 300)
        reply = page.locator("#reply-text")
        note, search, number = page.locator("#note-text"), page.locator("#search"), page.locator("[data-selected]")
        _opened(page, _row(page, 0))
        page.keyboard.press("Escape")
        page.locator(".rows .pick").nth(5).check()
        page.locator(".rows .pick").nth(6).check()
        page.locator(".rows .row .open").first.focus()

        page.keyboard.press("j")
        page.keyboard.press("n")
        expect(note).to_have_value(_type(page))  # in the tip that came, with its first letters

        _row(page, 2)
        search.click()
        _type(page)
        expect(search).to_have_value(WORDS)
        expect(search).to_be_focused()

        # Who begins to write about the tip they see keeps it.
        page.locator("label[for=tab-note]").click()
        before = page.locator("#tip").get_attribute("data-tip") or ""
        _row(page, 3)
        note.click()
        _type(page)
        expect(note).to_have_value(WORDS)
        _opened(page, before)
        assert f"/tips/{before}" in page.url

        # The same tip, drawn anew around an open menu: its field keeps its words.
        _row(page, 2)
        page.locator("#menu-t").click()
        tags = page.locator("#tip [name=names]")
        _type(page)
        expect(tags).to_have_value(WORDS)
        expect(tags).to_be_focused()
        page.keyboard.press("Escape")

        # And the bar of what is selected, while another tip comes.
        arriving = _row(page, 4)
        page.locator(".bulk summary[data-key=t]").click()
        _type(page)
        expect(page.locator(".bulk [name=names]")).to_have_value(WORDS)
        _opened(page, arriving)
        page.keyboard.press("Escape")

        # So do the reply, the palette and a select, while a tip arrives.
        page.locator("label[for=tab-reply]").click()
        _row(page, 1)
        reply.click()
        _type(page)
        expect(reply).to_have_value(WORDS)
        arriving = _row(page, 7)
        page.keyboard.press("Control+k")
        _type(page)
        expect(page.locator("#palette input")).to_have_value(WORDS)
        expect(page.locator("#palette input")).to_be_focused()
        page.keyboard.press("Escape")
        _opened(page, arriving)
        page.locator("#add-task").click()
        chosen = page.locator("#new-task select")
        _row(page, 6)
        chosen.focus()
        _type(page)
        expect(number).to_have_text("2")

        # A composition isn't broken by the tip around it.
        page.locator("label[for=tab-note]").click()
        ime = page.context.new_cdp_session(page)
        note.click()
        ime.send("Input.imeSetComposition", {"text": "ni", "selectionStart": 2, "selectionEnd": 2})
        page.evaluate("() => void htmx.ajax('GET', location.href, {target: '#tip', swap: 'outerHTML'})")
        ime.send("Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5})
        page.wait_for_load_state("networkidle")
        ime.send("Input.insertText", {"text": "你好"})
        expect(note).to_be_focused()
        expect(note).to_have_value("你好")
        expect(number).to_have_text("2")
    with database.reading() as session:
        assert session.scalar(select(func.count()).where(col(Event.verb).in_(COMMANDS))) == 0


def test_a_tip_is_assigned_by_typing_a_name_and_no_digit_means_a_person(chromium: Chromium, house: Served) -> None:
    with chromium.page() as page:
        sign_in(page, house)
        _opened(page, _row(page, 0))
        menu, offered = page.locator("#menu-a"), page.locator("#tip [name=assignee].option:visible")
        page.locator("#tip-title").focus()
        page.keyboard.press("a")
        expect(offered.first).to_contain_text("Kim")  # me
        page.keyboard.type("1")
        expect(offered).to_have_count(0)
        page.keyboard.press("Enter")
        page.keyboard.press("Backspace")
        page.keyboard.type("bo")
        expect(menu).to_contain_text("Nobody")
        page.keyboard.press("Enter")
        expect(menu).to_contain_text("Bob")


def test_a_field_that_goes_while_one_types_leaves_no_letters_to_the_commands(chromium: Chromium, house: Served) -> None:
    with chromium.page() as page:
        sign_in(page, house)
        page.goto(page.url)  # fresh: nothing has the focus
        page.keyboard.press("Control+a")
        expect(page.locator(".rows .pick:checked")).to_have_count(8)
        page.keyboard.press("Escape")
        page.locator(".rows .pick").first.check()
        page.locator("#search").click()
        page.keyboard.type("vis")
        page.evaluate("document.activeElement.remove()")
        page.keyboard.type("a asks", delay=90)
        expect(page.locator("details.menu[open]")).to_have_count(0)
        expect(page.locator("[data-selected]")).to_have_text("1")


def test_scripts_move_the_focus_by_the_one_function_that_may() -> None:
    own = {path.relative_to(STATIC).as_posix(): path.read_text() for path in STATIC.rglob("*.js")}
    moving = re.compile(r"""\.focus\s*(\?\.)?\(|\[["']focus["']\]|\.autofocus|Attribute\(["']autofocus""")
    found = {name for name, text in own.items() if not name.startswith("vendor/") and moving.search(text)}
    assert found == FOCUSING
