"""On Tuesday a reporter finds those who were separated from their children: confirmed by one key, and then a list."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlmodel import col

from tests.journeys.house import House, pictures, running, sign_in
from tests.servers.chromium import Chromium, barriers
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Smtp
from tipline.core import intake
from tipline.core.arrival import Arrival, Source
from tipline.db import now
from tipline.models import Callout

pytestmark = pytest.mark.xdist_group("journeys: facts")

PARTED = (
    "I have not seen my daughter since 3 February 2020. She is in Wuhan.",
    "My son is stuck in Shanghai with his grandmother while I am in Sydney.",
    "我在悉尼，见不到女儿已经两年了。",
)
OTHERS = (
    "My wife and I wait at Luohu for the border to open.",
    "我们卡在罗湖口岸，航班被国航取消。",
    "We are all together in Chengdu, and I have no children.",
)
QUERY = "fact:relation=separated-from-child"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot, smtp_server: Smtp) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("newsroom"), dovecot, smtp_server) as house:
        with house.database.writing() as session:
            callout_id = session.scalars(select(col(Callout.id)).where(col(Callout.slug) == "borders")).one()
            for n, story in enumerate((*PARTED, *OTHERS)):
                at = now() - timedelta(minutes=90 - n)
                own = {"callout_id": callout_id, "submission_id": f"facts-{n}", "language": "en"}
                intake.receive(session, Arrival(Source.FORM, story, at, **own))  # type: ignore[arg-type]
            session.commit()
        yield house


def show(page: Page, house: House, query: str, rows: int) -> None:
    """A list, once the worker has read the stories."""
    for _ in range(80):
        page.goto(f"{house.url}/desk?q={query}")
        if page.locator("#rows > .row").count() == rows:
            return
        page.wait_for_timeout(250)
    expect(page.locator("#rows > .row")).to_have_count(rows)


def seen_by_axe(page: Page) -> None:
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        assert barriers(page) == [], scheme


def test_one_key_confirms_what_was_read_and_the_list_finds_it(house: House, chromium: Chromium) -> None:
    with chromium.page() as page:
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        sign_in(page, house, "bob")
        show(page, house, "suggested:relation=separated-from-child", 3)
        for n in range(3):
            page.keyboard.press("j")
            page.keyboard.press("Enter")
            expect(page.locator("#tip-title")).to_contain_text(list(reversed(PARTED))[n][:12])
            confirm_all(page, pictured=n == 0)
        page.keyboard.press("z")
        expect(page.locator("#notices")).to_contain_text("Undone")
        expect(page.locator("#fact-yes")).to_be_visible()
        page.keyboard.press("y")
        expect(page.locator("#fact-yes")).to_have_count(0)
        page.goto(f"{house.url}/desk?q={QUERY}")
        expect(page.locator("#rows > .row")).to_have_count(3)
        expect(page.locator(".chips .chip").first).to_contain_text("Family: separated from child")
        search_for(page)
        assert complaints == []


def confirm_all(page: Page, *, pictured: bool) -> None:
    """The first is no place of this reader's; the others are so, one key each."""
    left = page.locator(".read-facts > li")
    expect(left.first).to_be_visible()
    if pictured:
        pictures(page, "facts-panel")
        seen_by_axe(page)
        page.locator(".read-facts .correct > summary").nth(1).click()
        seen_by_axe(page)
        page.locator(".read-facts .correct > summary").nth(1).click()
    page.locator("#tip-title").focus()
    while (n := left.count()) > 0:
        page.keyboard.press("y")
        expect(left).to_have_count(n - 1)
    expect(page.locator(".facts-of .fact").first).to_be_visible()
    if pictured:
        pictures(page, "facts-confirmed")
        seen_by_axe(page)
        box = page.locator(".fact-held").first.bounding_box()
        assert box is not None and box["height"] < 40, "one line"


def search_for(page: Page) -> None:
    """Typed, the filter is offered word by word."""
    page.goto(page.url.split("?")[0])
    page.locator("#search").press_sequentially("fact:rel")
    page.get_by_role("option", name="fact:relation=").click()
    page.locator("#search").press_sequentially("sep")
    page.get_by_role("option", name="separated from child").first.click()
    page.keyboard.press("Enter")
    expect(page.locator("#rows > .row")).to_have_count(3)


def test_facts_are_looked_through_by_value_over_time_and_on_the_map(house: House, chromium: Chromium) -> None:
    with chromium.page() as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        sign_in(page, house, "bob")
        show(page, house, "suggested:place", 4)
        page.goto(f"{house.url}/desk/facts?read=1")
        expect(page.locator(".map circle").first).to_be_visible()
        pictures(page, "facts-page")
        seen_by_axe(page)
        page.set_viewport_size({"width": 375, "height": 780})
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
        seen_by_axe(page)
        page.set_viewport_size({"width": 1440, "height": 900})
        spot = page.locator(".map a", has=page.locator("circle")).filter(has_text="Luohu").first
        spot.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#rows > .row")).to_have_count(2)
        page.go_back()
        page.locator(".over svg a").first.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#rows > .row").first).to_be_visible()
        page.go_back()
        page.locator(".facet").filter(has_text="Airline").get_by_role("link").first.click()
        expect(page.locator("#rows > .row")).to_have_count(1)
        page.go_back()
        page.get_by_role("link", name="The whole world").click()
        pictures(page, "facts-world")
        assert all(url.startswith((house.url, "data:")) for url in asked), "nothing comes from elsewhere"


def test_an_editor_makes_a_type_of_facts(house: House, chromium: Chromium) -> None:
    with chromium.page() as page:
        sign_in(page, house, "alice")
        page.goto(f"{house.url}/desk/fact-types")
        pictures(page, "facts-types")
        seen_by_axe(page)
        page.get_by_role("link", name="New type").click()
        page.get_by_label("What it is called").fill("Seat")
        page.get_by_label("Its values are").select_option("choice")
        page.get_by_label("Choices").fill("Window\nAisle")
        seen_by_axe(page)
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("link", name="Seat")).to_be_visible()


def test_an_editor_makes_a_type_in_chinese_and_finds_by_it_without_a_word_of_english(
    house: House, chromium: Chromium
) -> None:
    with chromium.page() as page:
        sign_in(page, house, "alice")
        page.goto(f"{house.url}/desk/me")
        page.select_option("[name=locale]", "zh_Hans")
        page.locator("form:has([name=locale]) button").click()
        expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
        page.goto(f"{house.url}/desk/fact-types/new")
        page.locator("[name=name]").fill("回国原因")
        page.locator("[name=kind]").select_option("choice")
        page.locator("[name=choices]").fill("奔丧\n团聚")
        page.locator("form:has([name=choices]) button.main").click()
        expect(page.locator("main")).to_contain_text("fact:回国原因")
        pictures(page, "facts-types-zh")
        say_by_hand(page, house, "回国原因: 奔丧 / 团聚", "團聚")
        page.goto(f"{house.url}/desk")
        page.locator("#search").press_sequentially("fact:回国")
        page.get_by_role("option", name="fact:回国原因=").click()
        page.get_by_role("option", name="团聚").first.click()
        page.keyboard.press("Enter")
        expect(page.locator("#rows > .row")).to_have_count(1)
        expect(page.locator(".chips .chip").first).to_contain_text("回国原因: 团聚")
        pictures(page, "facts-chip-zh")
        rest = "-fact:回国原因 suggested:relation=separated-from-child"
        for typed, rows in {"fact：回國原因＝團聚": 1, "fact:回国原因": 1, rest: 2, "fact:归期": 0}.items():
            page.goto(f"{house.url}/desk?q={typed}")
            expect(page.locator("#rows > .row")).to_have_count(rows)
        page.goto(f"{house.url}/desk/facts")
        page.locator(".facet").filter(has_text="回国原因").get_by_role("link", name="团聚").first.click()
        expect(page.locator("#rows > .row")).to_have_count(1)


def say_by_hand(page: Page, house: House, kind: str, value: str) -> None:
    """A fact of the newest story of somebody parted from a child."""
    show(page, house, "suggested:relation=separated-from-child", 3)
    page.locator("#rows > .row a").first.click()
    page.locator("#add-fact").click()
    page.locator("form:has([name=type]) [name=type]").select_option(label=kind)
    page.locator("form:has([name=type]) [name=value]").fill(value)
    page.locator("form:has([name=type]) button").first.click()
    expect(page.locator(".fact-held").filter(has_text="团聚")).to_have_count(1)
