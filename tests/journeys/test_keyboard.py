"""Twenty tips triaged without a mouse, and how many strokes it takes; then what else keys reach."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import func, select
from sqlmodel import Session, col

from tests.core.making import make_tip
from tests.fixtures_db import Cast, make_cast, on_sqlite
from tests.journeys.house import PASSWORD, pictures
from tests.servers.chromium import Chromium, barriers
from tests.web.wire import Served, served
from tipline.core import accounts, triage
from tipline.core.access import Actor
from tipline.core.bulk import macros
from tipline.core.bulk.steps import BulkStep
from tipline.db import Database
from tipline.models import ActorKind, Callout, Event, Reason, Role, Status, Tip, TipTag, Verb

pytestmark = pytest.mark.xdist_group("journeys: keyboard")
TIPS = 20


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, sqlite_template: bytes) -> Iterator[Database]:
    with on_sqlite(tmp_path_factory.mktemp("keyboard"), sqlite_template) as made:
        with made.writing() as session:
            _fill(session, make_cast(session))
            session.commit()
        yield made


def _fill(session: Session, cast: Cast) -> None:
    kim = accounts.create(session, "kim@meridian.example", "Kim", [Role.EDITOR], ActorKind.SYSTEM, password=PASSWORD)
    by = Actor(kim.id or 0, kim.name, frozenset({Role.EDITOR}))
    for n in range(TIPS):
        make_tip(session, cast.borders, f"Story {n}: stuck at the border, the visa ends", minutes=n)
    old = make_tip(session, cast.overtime, "An older story", minutes=-500, status=Status.USED)
    triage.tag(session, old.id or 0, ["visa", "airline", "family"], by)
    macros.save(session, None, "Not for us", "n", [BulkStep("tag", "not for us"), BulkStep("status", "closed")], by)


@pytest.fixture(scope="module")
def house(database: Database) -> Iterator[Served]:
    with served(database) as web:
        web.start()
        yield web


@dataclass
class Keys:
    """A keyboard that counts, and waits for nothing."""

    page: Page
    strokes: int = 0

    def press(self, *keys: str) -> int:
        before = self.strokes
        for key in keys:
            self.page.keyboard.press(key)
            self.strokes += 1
        return self.strokes - before


def sign_in(page: Page, house: Served) -> None:
    page.goto(f"http://127.0.0.1:{house.port}/login")
    page.fill("[name=email]", "kim@meridian.example")
    page.fill("[name=password]", PASSWORD)
    page.click("main button.main")
    page.wait_for_url("**/desk**")


def opened(page: Page, but: str = "") -> str:
    """The number of the tip that is open now, once it is another one than `but`."""
    tip = page.locator("#tip[data-tip]")
    expect(tip).not_to_have_attribute("data-tip", but)
    return tip.get_attribute("data-tip") or ""


def test_twenty_tips_are_assigned_tagged_and_closed_by_three_strokes_at_most_for_each(
    chromium: Chromium, house: Served, database: Database
) -> None:
    with chromium.page() as page:
        sign_in(page, house)
        keys = Keys(page)
        keys.press("j", "Enter")
        at = opened(page)
        for n in range(TIPS):
            assert keys.press("i") <= 3
            assert keys.press("t", "Enter") <= 3  # what its words suggest
            assert keys.press("e") <= 3  # and the next one is open; none of them waited for the one before
            at = opened(page, at) if n < TIPS - 1 else at
        expect(page.locator("#tip.none")).to_have_count(1)
        assert keys.strokes == 2 + TIPS * 4
    with database.reading() as session:
        done = select(func.count()).where(col(Tip.status) == Status.CLOSED, col(Tip.assignee_id).is_not(None))
        assert session.scalar(done) == TIPS
        assert session.scalar(select(func.count()).select_from(TipTag)) == TIPS + 3
        verbs = select(func.count()).where(col(Event.verb).in_((Verb.ASSIGNED, Verb.STATUS)))
        assert session.scalar(verbs) == TIPS * 2


def test_reasons_macros_the_palette_and_undo_by_keys_alone(
    chromium: Chromium, house: Served, database: Database
) -> None:
    with chromium.page() as page:
        errors: list[str] = []
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        sign_in(page, house)
        page.goto(f"http://127.0.0.1:{house.port}/desk/reasons")
        for reason in ("Not for us", "Could not be reached"):
            more = page.locator("form", has=page.locator("[name=status][value=closed]"))
            more.locator("[name=name]").fill(reason)
            more.get_by_role("button").click()
            expect(page.locator(f"input[value='{reason}']")).to_be_visible()
        keys = Keys(page)
        keys.press("g", "e")
        page.wait_for_url("**status:any**")
        offered = page.locator("#palette-list li:visible")
        keys.press("Control+k")
        expect(offered.filter(has_text="Unassigned")).to_have_count(1)
        expect(offered.filter(has_text="Assign …")).to_have_count(0)  # no tip is open
        keys.press("Escape")
        expect(page.locator("#palette")).to_be_hidden()
        keys.press("j", "Enter")
        first = opened(page)
        page.locator("#note-text").evaluate("field => { field.style.height = '9rem' }")  # as by its corner
        keys.press("Control+k")
        expect(offered.filter(has_text="Assign …")).to_have_count(1)
        keys.press("Escape")
        keys.press("v", "3")
        expect(page.locator("#menu-v")).to_have_text("Verified")
        assert keys.press("s", "6", "2") == 3
        opened(page, first)
        with database.reading() as session:
            reason_id = session.get_one(Tip, int(first)).reason_id
            assert reason_id and session.get_one(Reason, reason_id).name == "Could not be reached"
        keys.press("z")
        page.wait_for_url(f"**/desk/tips/{first}**")
        expect(page.locator("#notices")).to_contain_text("Undone")
        keys.press("z")
        expect(page.locator("#notices")).to_contain_text("Verified")
        expect(page.locator("#menu-v")).to_have_text("Unverified")

        keys.press("Control+k")
        page.keyboard.type("airl")
        expect(page.locator("#palette-list [aria-selected=true]")).to_contain_text("#airline")
        assert barriers(page) == []
        pictures(page, "palette")
        keys.press("Enter")
        page.wait_for_url("**tag:airline**")
        keys.press("Control+k")
        page.keyboard.type(f"t-{int(first):06d}")
        keys.press("Enter")
        page.wait_for_url(f"**/desk/tips/{first}")
        page.locator("#search").focus()
        keys.press("e", "i")  # typing changes nothing
        expect(page.locator("#search")).to_have_value("ei")
        assert errors == []


def test_what_is_ticked_is_changed_and_comes_back_by_keys_alone(
    chromium: Chromium, house: Served, database: Database
) -> None:
    snoozed = select(func.count()).where(col(Tip.snoozed), col(Tip.remind_on).is_not(None))
    with database.writing() as session:  # unread, at the top: whether others were read hangs on how long they were open
        borders = session.scalars(select(col(Callout.id)).where(col(Callout.slug) == "borders")).one()
        for n in range(8):
            make_tip(session, borders or 0, f"A new story {n}", minutes=1000 + n)
        session.commit()
    with chromium.page() as page:
        sign_in(page, house)
        keys = Keys(page)
        keys.press("g", "e")
        page.wait_for_url("**status:any**")
        keys.press("j", "x", "j", "x")
        expect(page.locator(".bulk [data-selected]")).to_have_text("2")
        keys.press("f")
        expect(page.locator(".bulk [name=snooze]")).to_be_visible()
        assert barriers(page) == []
        pictures(page, "snooze-ticked")
        keys.press("h", "2")
        expect(page.locator("#notices")).to_contain_text("2 tips changed: snoozed until")
        with database.reading() as session:
            assert session.scalar(snoozed) == 2
        keys.press("z")
        expect(page.locator("#notices")).to_contain_text("Undone: snoozed until")
        with database.reading() as session:
            assert session.scalar(snoozed) == 0
        # What the bar folds away is reached by its key, and by the palette.
        notices, unread = page.locator("#notices"), page.locator(".row.unread")
        keys.press("J")
        expect(page.locator(".bulk [data-selected]")).to_have_text("2")
        expect(page.locator(".bulk [data-key=v]")).to_be_hidden()
        keys.press("v")
        expect(page.locator(".bulk [name=verification]").first).to_be_visible()
        assert barriers(page) == []
        keys.press("3")
        expect(notices).to_contain_text("2 tips changed: Verified.")
        keys.press("z")
        expect(notices).to_contain_text("Undone: Verified.")
        keys.press("J", "p", "3")
        expect(notices).to_contain_text("2 tips changed: High priority.")
        expect(page.locator(".row", has_text="High priority")).to_have_count(2)
        keys.press("z")
        expect(notices).to_contain_text("Undone: High priority.")
        expect(unread).not_to_have_count(0)
        before = unread.count()
        keys.press("J", "U")
        expect(notices).to_contain_text("2 tips changed: marked as read.")
        expect(unread).to_have_count(before - 2)
        keys.press("J", "Control+k")
        page.keyboard.type("mark as unread")
        expect(page.locator("#palette-list [aria-selected=true]")).to_contain_text("Mark as unread")
        keys.press("Enter")
        expect(notices).to_contain_text("changed: marked as unread.")
        keys.press("J", "T")
        page.keyboard.type("airl")
        expect(page.locator(".bulk [name=untag].at")).to_have_text("airline")
        keys.press("Enter")
        expect(notices).to_contain_text("stood so already")
        # Who will see them is said before they move. An Enter that was pressed ahead of that answers nothing.
        dialog, late = page.locator("#dialog"), list[Route]()
        page.route("**/desk/bulk", lambda route: late.append(route))
        keys.press("J", "Control+k")
        page.keyboard.type("move")
        expect(page.locator("#palette-list [aria-selected=true]")).to_contain_text("Move")
        keys.press("Enter")
        expect(page.locator(".bulk [name=move]").first).to_be_focused()
        with page.expect_request("**/desk/bulk"):
            keys.press("Enter", "Enter", "Enter")
        late[0].continue_()
        page.unroute_all()
        expect(dialog.get_by_role("button", name="Move them")).to_be_focused()
        expect(dialog).to_contain_text("Move 2 tips to “Overtime at tech firms”")
        expect(dialog).to_contain_text("Will see them from then onCarol")
        assert barriers(page) == []
        pictures(page, "move-ticked")
        keys.press("Escape")
        expect(dialog).to_be_hidden()
        expect(page.locator(".bulk [data-selected]")).to_have_text("2")
        keys.press("Enter")
        expect(dialog.get_by_role("button", name="Move them")).to_be_focused()
        keys.press("Enter")
        expect(notices).to_contain_text("2 tips changed: moved to “Overtime at tech firms”. Seen now by Carol.")
        expect(dialog).to_be_hidden()
        keys.press("z")
        expect(notices).to_contain_text("Undone: moved to “Overtime at tech firms”.")
        keys.press("J", "r")
        expect(page.locator(".writing")).to_contain_text("None of them can be written to from here.")


@pytest.mark.parametrize("scripts", [True, False])
def test_small_changes_in_a_row_open_and_stay_open_while_more_are_made(
    chromium: Chromium, house: Served, database: Database, scripts: bool
) -> None:
    with database.reading() as session:
        old = session.scalars(select(Tip).where(col(Tip.title) == "An older story")).one()
    with chromium.page(javascript=scripts) as page:
        sign_in(page, house)
        page.goto(f"http://127.0.0.1:{house.port}/desk/tips/{old.id}")
        summary, lines = page.locator(".run summary").last, page.locator(".run .event")
        expect(summary).to_contain_text("Kim changed tags")
        expect(lines.filter(has_text="#airline")).to_be_hidden()
        summary.focus()
        page.keyboard.press("Enter")
        expect(lines.filter(has_text="#airline")).to_be_visible()
        if scripts:
            assert barriers(page) == []
            pictures(page, "run")
            page.locator("#menu-v").focus()
            Keys(page).press("v", "3")
            expect(summary).to_contain_text("Kim changed tags and verification, 4 changes")
            expect(lines.filter(has_text="#airline")).to_be_visible()


def test_a_note_that_is_written_and_sent_ahead_of_the_server_is_sent(chromium: Chromium, house: Served) -> None:
    with chromium.page() as page:
        sign_in(page, house)
        page.goto(f"http://127.0.0.1:{house.port}/desk?q=status:any")
        keys, late = Keys(page), list[Route]()
        keys.press("j", "Enter")
        opened(page)
        notes = page.locator(".note").count()
        page.route("**/verification", lambda route: late.append(route))
        with page.expect_request("**/verification"):
            keys.press("v", "2")
        keys.press("n", *"Calk", "Backspace", *"l her", "Enter", *"tonight", "Control+Enter")
        late[0].continue_()
        expect(page.locator(".note")).to_have_count(notes + 1)
        expect(page.locator(".note").last).to_contain_text("Call her\ntonight", use_inner_text=True)


def test_the_palette_opened_ahead_of_the_server_does_not_overtake_what_was_pressed_before(
    chromium: Chromium, house: Served
) -> None:
    with chromium.page() as page:
        sign_in(page, house)
        page.goto(f"http://127.0.0.1:{house.port}/desk?q=status:any")
        keys, late = Keys(page), list[Route]()
        keys.press("j", "Enter")
        opened(page)
        page.route("**/verification", lambda route: late.append(route))
        with page.expect_request("**/verification"):
            keys.press("v", "4")
        keys.press("x", "Control+k", *"airl")
        late[0].continue_()
        expect(page.locator("#palette-field")).to_have_value("airl")
        expect(page.locator("#palette-list [aria-selected=true]")).to_contain_text("#airline")
        expect(page.locator(".bulk [data-selected]")).to_have_text("1")


def test_a_key_that_follows_upon_a_closed_palette_is_not_typed_into_it(chromium: Chromium, house: Served) -> None:
    with chromium.page() as page:
        sign_in(page, house)
        page.goto(f"http://127.0.0.1:{house.port}/desk?q=status:any")  # the inbox may be empty by now
        page.keyboard.press("Control+k")
        expect(page.locator("#palette-list [aria-selected=true]")).to_be_visible()
        page.evaluate("""() => {  // in one frame, as on a busy machine: its field has the focus until the next
            document.getElementById('palette').close();
            const key = new KeyboardEvent('keydown', { key: 'j', bubbles: true });
            document.activeElement.dispatchEvent(key);
        }""")
        expect(page.locator(".rows .row .open").first).to_be_focused()


def test_the_palette_knows_what_can_be_done_with_the_open_tip(chromium: Chromium, house: Served) -> None:
    with chromium.page() as page:
        sign_in(page, house)
        keys, chosen = Keys(page), page.locator("#palette-list [aria-selected=true]")

        def palette(typed: str, offered: str) -> None:
            page.keyboard.press("Control+k")
            expect(chosen).to_be_visible()
            page.keyboard.type(typed)
            expect(chosen).to_contain_text(offered)

        keys.press("g", "e")
        page.wait_for_url("**status:any**")
        keys.press("j", "Enter")
        tip_id = opened(page)
        palette("snooze", "Snooze …")
        keys.press("Enter")
        expect(page.locator(".menu[open] [name=snooze]")).to_be_checked()
        keys.press("Escape")
        for typed, offered, holder in (
            ("assign kim", "Assign to Kim", "Kim"),
            ("unassign", "Unassign", "Nobody"),
        ):
            palette(typed, offered)
            with page.expect_response("**/assign"):  # it may stand so already
                keys.press("Enter")
            expect(page.locator("#menu-a")).to_contain_text(holder)
        palette("reviewing", "Status: Reviewing")
        keys.press("Enter")
        expect(page.locator("#menu-s")).to_contain_text("Reviewing")
        palette("move", "Move to another callout …")
        keys.press("Enter")
        page.wait_for_url(f"**/desk/tips/{tip_id}/move**")
        page.go_back()
        palette("merge", "Merge with another tip")
        keys.press("Enter")
        page.wait_for_url(f"**/desk/tips/{tip_id}/belongs**")
        page.go_back()
        palette("print", "Print, or save as PDF")
        keys.press("Enter")
        page.wait_for_url("**/print**")
