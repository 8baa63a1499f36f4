"""What people see, in a real browser: nothing that keeps somebody out, and hands that do what they promise."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.house import House, letter, running, sign_in
from tests.journeys.test_journeys import fill_form, open_tip
from tests.servers.chromium import NARROW, WIDE, Chromium, barriers
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Smtp

pytestmark = pytest.mark.xdist_group("journeys: pages")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot, smtp_server: Smtp) -> Iterator[House]:
    """What a browser shows does not depend on the database."""
    folder = tmp_path_factory.mktemp("newsroom")
    with running(folder, dovecot, smtp_server) as house:
        yield house


def look(page: Page, address: str = "") -> None:
    """Nobody is kept out of this page, and it does not run over the edge."""
    if address:
        page.goto(address)
    assert barriers(page) == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


@pytest.mark.parametrize(("width", "dark"), [(WIDE, False), (NARROW, True)])
def test_no_page_for_readers_keeps_anybody_out(house: House, chromium: Chromium, width: int, dark: bool) -> None:
    with chromium.page(width, dark=dark) as page:
        for path in ("/", "/c/borders", "/r", "/r/lost", "/nothing", "/login"):
            look(page, house.url + path)
        page.goto(f"{house.url}/c/borders")
        page.locator("button.main").click()
        look(page)
        fill_form(page, house, contact="page", consent="ask")
        page.locator("button.main").click()
        expect(page.locator(".code li")).to_have_count(12)
        look(page)
        look(page, page.locator("#secret").get_attribute("href") or "")
        page.locator(".button.danger").click()
        look(page)


PANES = ("", "/tips/1", "/callouts/1", "/callouts/1/results", "/tips/new")  # on a desk not only wider
PLAIN = (
    "/callouts",
    "/callouts/new",
    "/mail",
    "/people",
    "/people/1",
    "/me",
    "/keys",
    "/saved-replies",
    "/saved-replies/new",
    "/checklists",
    "/checklists/new",
    "/facts",
    "/fact-types",
    "/fact-types/new",
)


def test_no_page_of_the_desk_keeps_anybody_out(house: House, chromium: Chromium) -> None:
    house.mail(letter("mei@mail.example", "Long words", "W" * 2000).as_bytes())
    with chromium.page(dark=True) as page:
        sign_in(page, house, "alice")
        open_tip(page, house, "Long words")
        for width, paths in ((WIDE, PANES), (NARROW, PANES + PLAIN)):
            page.set_viewport_size({"width": width, "height": 800})
            for path in paths:
                look(page, f"{house.url}/desk{path}")


def test_a_tip_that_was_read_is_no_longer_bold(house: House, chromium: Chromium) -> None:
    house.mail(letter("mei@mail.example", "Seen at Ruili", "Since January.").as_bytes())
    with chromium.page() as page:
        sign_in(page, house)
        open_tip(page, house, "Seen at Ruili")
        expect(page.locator(".row.current:not(.unread)")).to_have_count(1)


def test_after_a_note_keys_work_and_the_next_words_are_a_note_too(house: House, chromium: Chromium) -> None:
    house.mail(letter("mei@mail.example", "Noted", "Since January.").as_bytes())
    with chromium.page() as page:
        sign_in(page, house)
        open_tip(page, house, "Noted")
        page.keyboard.press("n")
        page.keyboard.type("Call the consulate.")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".note")).to_have_count(1)
        expect(page.locator("#tab-note")).to_be_checked()
        page.keyboard.press("i")
        expect(page.locator("#menu-a")).to_contain_text("Bob Reporter")
        expect(page.locator("#note-text")).to_have_value("")
