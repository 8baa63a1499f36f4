"""Two reporters in two windows: they see each other, are asked before they collide, call each other, and catch up."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from tests.core.making import make_tip
from tests.journeys.house import House, running, sign_in
from tests.servers.chromium import NARROW, WIDE, Chromium, barriers, picture
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Smtp
from tipline.models import Callout

pytestmark = pytest.mark.xdist_group("journeys: together")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot, smtp_server: Smtp) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("newsroom"), dovecot, smtp_server) as house:
        with house.database.writing() as session:
            borders = session.exec(select(Callout.id).where(Callout.slug == "borders")).one() or 0
            for n in range(6):
                make_tip(session, borders, f"Story {n}", minutes=n, code_hash=f"{n:064d}")
            session.commit()
        yield house


def look(page: Page, name: str) -> None:
    """Nobody is kept out, wide and narrow, and nothing runs over the edge."""
    assert barriers(page) == [], name
    picture(page, f"together-{name}")
    page.set_viewport_size({"width": NARROW, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    picture(page, f"together-{name}-narrow")
    page.set_viewport_size({"width": WIDE, "height": 900})


def told(page: Page, place: str, words: str) -> None:
    """Wait until the page says so; what it asks every ten seconds is asked at once."""
    for _ in range(40):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.wait_for_timeout(100)
        if words in " ".join(page.locator(place).all_inner_texts()):
            break
    expect(page.locator(place)).to_contain_text(words)


def open_story(page: Page, house: House, title: str) -> None:
    page.goto(f"{house.url}/desk")
    page.locator(".rows .row", has_text=title).locator(".open").click()
    expect(page.locator("#tip-title")).to_have_text(title)


def test_two_at_one_tip_see_each_other_and_do_not_collide(house: House, chromium: Chromium) -> None:
    with chromium.page() as alice, chromium.page(dark=True) as bob:
        complaints: list[str] = []
        for page, who in ((alice, "alice"), (bob, "bob")):
            page.on("console", lambda message: complaints.append(message.text))
            sign_in(page, house, who)
            open_story(page, house, "Story 3")
        told(alice, "#company-now", "Bob Reporter is reading")
        bob.keyboard.press("r")
        bob.keyboard.type("Where are you now?")
        told(bob, "#company-now", "Alice Editor is reading")
        told(alice, "#company-now", "Bob Reporter is writing")
        expect(alice.locator(".row", has_text="Story 3").locator(".here.writing")).to_have_text("BR")

        # alice answers first; bob's words wait until he has seen hers
        alice.keyboard.press("r")
        alice.keyboard.type("We call you tonight.")
        alice.keyboard.press("Control+Enter")
        expect(alice.locator(".message.ours")).to_have_count(1)
        bob.keyboard.press("Control+Enter")
        question = bob.locator(".reply-form .meanwhile")
        expect(question).to_contain_text("Alice Editor replied")
        expect(bob.locator("#reply-text")).to_have_value("Where are you now?")
        expect(bob.locator(".message.ours")).to_contain_text("We call you tonight.")
        look(bob, "reply-asked")
        bob.get_by_role("button", name="Send all the same").click()
        expect(bob.locator(".message.ours")).to_have_count(2)

        # one field, two minds
        alice.keyboard.press("Escape")
        alice.keyboard.press("v")
        alice.locator("details.menu[open] .option", has_text="Inconclusive").click()
        expect(alice.locator("#menu-v")).to_have_text("Inconclusive")
        bob.keyboard.press("Escape")
        bob.keyboard.press("v")
        bob.locator("details.menu[open] .option", has_text="False").click()
        question = bob.locator("#company .meanwhile")
        expect(question).to_contain_text("Alice Editor: Inconclusive")
        look(bob, "field-asked")
        bob.get_by_role("button", name="False all the same").click()
        expect(bob.locator("#menu-v")).to_have_text("False")
        told(alice, "#company-now", "Changed since")
        alice.get_by_role("link", name="Changed since: show").click()
        expect(alice.locator("#menu-v")).to_have_text("False")

        # a call by name, and what it leads to
        open_story(bob, house, "Story 1")
        alice.goto(f"{house.url}/desk")
        alice.locator(".rows .row", has_text="Story 4").locator(".open").click()
        expect(alice.locator("#tip-title")).to_have_text("Story 4")
        alice.keyboard.press("n")
        alice.keyboard.type("Can you check this, @bo")
        expect(alice.locator("#offered .option")).to_have_text(["Bob Reporter"])
        look(alice, "calling")
        alice.keyboard.press("Enter")
        alice.keyboard.type("today?")
        expect(alice.locator("#note-text")).to_have_value("Can you check this, @Bob Reporter today?")
        alice.keyboard.press("Control+Enter")
        expect(alice.locator(".note .call")).to_have_text("@Bob Reporter")
        told(bob, ".rail [data-activity]", "2")
        told(bob, "#news .pill", "changed")
        bob.keyboard.press("Escape")
        bob.keyboard.press("g")
        bob.keyboard.press("a")
        expect(bob.locator("#activity .box.fresh")).to_have_count(2)
        expect(bob.locator("#activity .box").first).to_contain_text("Alice Editor called you in a note")
        look(bob, "activity")
        bob.get_by_role("link", name="Story 4").click()
        expect(bob.locator(".note .call.mine")).to_have_text("@Bob Reporter")
        bob.go_back()
        expect(bob.locator("#activity .box.fresh")).to_have_count(2)
        bob.get_by_role("button", name="I have seen it").click()
        expect(bob.locator("#activity")).to_contain_text("Nothing new.")
        expect(bob.locator(".rail [data-activity]")).to_have_text("")
        assert complaints == [line for line in complaints if "409" in line], "the questions are answered with 409"


def test_a_desk_without_javascript_asks_and_tells_the_same(house: House, chromium: Chromium) -> None:
    with chromium.page(javascript=False) as alice, chromium.page(javascript=False) as bob:
        for page, who in ((alice, "alice"), (bob, "bob")):
            sign_in(page, house, who)
            page.goto(f"{house.url}/desk/tips/1")
        bob.get_by_role("button", name="Follow", exact=True).click()
        for page in (bob, alice):
            page.locator("#menu-s").click()
            page.locator("details.menu[open] .option", has_text="Reviewing" if page is bob else "Ready").click()
        expect(alice.locator("#company .meanwhile")).to_contain_text("Bob Reporter set the status to Reviewing")
        alice.get_by_role("button", name="Ready all the same").click()
        expect(alice.locator("#menu-s")).to_contain_text("Ready")
        bob.get_by_role("link", name="Activity").click()
        expect(bob.locator("#activity .box.fresh").first).to_contain_text("Alice Editor set the status to Ready")
        bob.get_by_role("button", name="I have seen it").click()
        expect(bob.locator("#activity .box.fresh")).to_have_count(0)
