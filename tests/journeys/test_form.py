"""The form in a real browser: with a script and without, narrow, dark, enlarged, and by its accessibility tree."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, Response, Route, expect
from sqlalchemy import select

from tests.fixtures_db import make_cast, on_sqlite
from tests.servers.chromium import NARROW, WIDE, Chromium, barriers
from tests.web.asking import EVERY_KIND, STORY, ask, question
from tests.web.wire import Served, served
from tipline.core.callouts.questions import AskIf
from tipline.db import Database
from tipline.models import Answer, StoredFile, Tip
from tipline.models import QuestionKind as Kind

pytestmark = pytest.mark.xdist_group("journeys: form")
TOLD = "My son is in Shanghai."
SHORT_FORM = [
    STORY,
    question(Kind.YES_NO, "Were you stranded?", ends_if=(1,)),
    question(Kind.RATING, "How were you treated?", most=5, ask_if=AskIf(1, (0,)), required=True),
    question(Kind.FILE, "Photos", ask_if=AskIf(1, (0,))),
]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, sqlite_template: bytes) -> Iterator[Database]:
    with on_sqlite(tmp_path_factory.mktemp("newsroom"), sqlite_template) as made:
        with made.writing() as session:
            cast = make_cast(session)
        ask(made, cast)
        ask(made, cast, SHORT_FORM, slug="short", anonymous=False)
        yield made


@pytest.fixture(scope="module")
def house(database: Database) -> Iterator[Served]:
    with served(database) as web:
        web.start()
        yield web


def url(house: Served, path: str) -> str:
    return f"http://127.0.0.1:{house.port}{path}"


def send(page: Page) -> None:
    page.locator(".send .button.main").click()


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def photo(folder: Path, megabytes: int = 1) -> Path:
    path = folder / "photo.jpg"
    path.write_bytes(b"\xff\xd8\xff" + b"\0" * megabytes * 1024 * 1024)
    return path


def latest(database: Database) -> dict[str, str]:
    """The answers of the newest tip."""
    with database.reading() as session:
        tip_id = max(session.scalars(select(Tip.id)))  # type: ignore[call-overload,type-var]
        return {row.wording: row.value for row in session.scalars(select(Answer)) if row.tip_id == tip_id}


def until_empty(page: Page, address: str) -> None:
    """Look again, until the server heard that its reader left: the browser tells it behind the new page."""
    for _ in range(20):
        page.goto(address)
        if page.locator("textarea").input_value() == "":
            return
    raise AssertionError("what was typed is still shown")


@pytest.mark.parametrize(("width", "dark"), [(WIDE, False), (NARROW, True)])
def test_step_by_step_with_a_script_nothing_is_lost_by_back_reload_and_another_language(
    house: Served, chromium: Chromium, database: Database, width: int, dark: bool
) -> None:
    with chromium.page(width, dark=dark) as page:
        page.goto(url(house, "/c/stranded?lang=en"))
        page.fill("textarea", TOLD)
        expect(page.locator(".count")).to_have_text("22 of about 400 characters")
        days = page.get_by_label("For how many days?")
        expect(days).to_be_hidden()
        page.get_by_label("Yes", exact=True).check()
        expect(days).to_be_visible()
        assert barriers(page) == [] and fits(page)
        send(page)
        expect(page.locator("#summary")).to_be_focused()
        page.locator("#summary a").first.click()
        expect(days).to_be_focused()
        assert barriers(page) == [] and fits(page)
        days.fill("１８")
        send(page)
        expect(page.locator("#progress")).to_have_text("Step 2 of 3")
        page.get_by_label("Another").check()
        page.get_by_label("Which other one?").fill("Horgos")
        page.reload()
        page.get_by_label("Another").check()
        page.get_by_label("Which other one?").fill("Horgos")
        assert barriers(page) == [] and fits(page)
        page.get_by_role("button", name="简体中文").click()
        expect(page.get_by_label("是哪一个？")).to_have_value("Horgos")
        page.get_by_role("button", name="English").click()
        expect(page.get_by_label("Which other one?")).to_have_value("Horgos")
        send(page)
        expect(page.locator("#progress")).to_have_text("Step 3 of 3")
        page.go_back()
        expect(page.get_by_label("Which other one?")).to_have_value("Horgos")
        page.goto(page.url.replace("step=2", "step=1"))
        expect(page.locator("textarea")).to_have_value(TOLD)
        for step in (2, 3):
            send(page)
            expect(page.locator("#progress")).to_have_text(f"Step {step} of 3")
        assert barriers(page) == [] and fits(page)
        page.get_by_label("Ask me first").check()
        send(page)
        expect(page.locator(".code li")).to_have_count(12)
    assert latest(database)["Which other one?"] == "Horgos" and latest(database)["For how many days?"] == "18"


def test_browser_back_to_the_first_page_finds_what_was_typed(house: Served, chromium: Chromium) -> None:
    with chromium.page() as page:
        page.goto(url(house, "/c/stranded?lang=en"))
        page.fill("textarea", TOLD)
        send(page)
        expect(page.locator("#progress")).to_have_text("Step 2 of 3")
        page.go_back()
        expect(page.locator("textarea")).to_have_value(TOLD)


def test_without_a_script_on_the_narrowest_screen_the_server_asks_what_follows(
    house: Served, chromium: Chromium, database: Database
) -> None:
    with chromium.page(320, javascript=False) as page:
        page.goto(url(house, "/c/short?lang=en"))
        expect(page.get_by_text("Some questions depend on your answers")).to_be_visible()
        assert fits(page)
        page.fill("textarea", TOLD)
        page.get_by_label("Yes", exact=True).check()
        page.get_by_label("My words, without my name").check()
        page.get_by_label("Your name").fill("Mei")
        send(page)
        expect(page.locator("#more")).to_be_visible()
        expect(page.locator("#summary")).to_have_count(0)
        page.get_by_label("4", exact=True).check()
        assert fits(page)
        send(page)
        expect(page.locator(".code li")).to_have_count(12)
    assert latest(database)["How were you treated?"] == "4 of 5"


def test_an_answer_that_ends_the_questions_hides_the_rest_at_once(house: Served, chromium: Chromium) -> None:
    with chromium.page() as page:
        page.goto(url(house, "/c/short?lang=en"))
        page.get_by_label("Yes", exact=True).check()
        expect(page.locator("[type=file]")).to_be_visible()
        page.get_by_label("No", exact=True).check()
        expect(page.locator("[type=file]")).to_be_hidden()
        expect(page.locator(".ended")).to_be_visible()
        expect(page.get_by_label("Your name")).to_be_visible()


@pytest.mark.parametrize("broken", [False, True])
def test_files_go_up_with_a_bar_and_after_a_broken_line_from_the_same_page(
    house: Served, chromium: Chromium, database: Database, tmp_path: Path, broken: bool
) -> None:
    with chromium.page() as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.resource_type))
        if broken:
            page.route("**/c/**", lambda r: r.abort() if r.request.resource_type == "xhr" else r.continue_())
        page.goto(url(house, "/c/short?lang=en"))
        page.fill("textarea", f"{TOLD} {broken}")
        page.get_by_label("Yes", exact=True).check()
        page.locator("[type=file]").set_input_files(photo(tmp_path))
        send(page)  # not complete: it comes back with the file
        if broken:
            page.unroute_all()
            page.get_by_role("button", name="Try again").click()
        expect(page.locator("#summary")).to_be_focused()
        expect(page.get_by_role("listitem").filter(has_text="photo.jpg")).to_be_visible()
        page.get_by_label("4", exact=True).check()
        page.get_by_label("Your name").fill("Mei")
        page.get_by_label("Ask me first").check()
        page.locator("[type=file]").set_input_files(photo(tmp_path, 2))
        if broken:
            page.route("**/c/**", lambda r: r.abort() if r.request.resource_type == "xhr" else r.continue_())
        send(page)
        if broken:
            expect(page.locator(".progress.broken")).to_contain_text("still on this page")
            expect(page.locator("textarea")).to_have_value(f"{TOLD} {broken}")
            page.unroute_all()
            page.get_by_role("button", name="Try again").click()
        expect(page.locator(".code li")).to_have_count(12)
        assert "xhr" in asked
    with database.reading() as session:
        tip_id = max(session.scalars(select(Tip.id)))  # type: ignore[call-overload,type-var]
        assert len([f for f in session.scalars(select(StoredFile)) if f.tip_id == tip_id]) == 2


def test_an_upload_can_be_stopped_and_sent_again(house: Served, chromium: Chromium, tmp_path: Path) -> None:
    with chromium.page() as page:
        held: list[object] = []
        page.route("**/c/**", lambda r: held.append(r) if r.request.resource_type == "xhr" else r.continue_())
        page.goto(url(house, "/c/short?lang=en"))
        page.fill("textarea", TOLD)
        page.get_by_label("Yes", exact=True).check()
        page.locator("[type=file]").set_input_files(photo(tmp_path))
        send(page)
        expect(page.locator(".progress progress")).to_be_visible()
        assert barriers(page) == []
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_text("not store it twice")).to_be_visible()
        expect(page.locator("textarea")).to_have_value(TOLD)


def test_after_the_browsers_own_stop_a_press_counts_again(house: Served, chromium: Chromium) -> None:
    with chromium.page() as page:
        held: list[Route] = []
        page.route("**/c/**", lambda r: held.append(r) if r.request.method == "POST" else r.continue_())
        page.clock.install()
        page.goto(url(house, "/c/short?lang=en"))
        page.fill("textarea", TOLD)
        browser = page.context.new_cdp_session(page)  # which waits for no page that is on its way

        def press() -> None:
            browser.send("Runtime.evaluate", {"expression": "document.querySelector('.send .main').click()"})

        with page.expect_request(lambda request: request.method == "POST"):
            press()
        browser.send("Page.stopLoading")
        press()
        page.wait_for_timeout(300)
        assert len(held) == 1, "a second press while the first may be on its way"
        page.clock.fast_forward(5_000)
        with page.expect_request(lambda request: request.method == "POST"):
            press()


def test_leaving_shows_nothing_of_it_again(house: Served, chromium: Chromium) -> None:
    with chromium.page() as page:
        page.route("**/*", lambda r: r.continue_() if "127.0.0.1" in r.request.url else r.fulfill(body="news"))
        page.goto(url(house, "/c/stranded?lang=en"))
        page.fill("textarea", TOLD)
        send(page)
        expect(page.locator("#progress")).to_have_text("Step 2 of 3")
        before = page.url.replace("step=2", "step=1")
        page.locator("a.leave").click()
        page.wait_for_url(lambda address: "127.0.0.1" not in address)
        until_empty(page, before)


def test_a_first_visit_is_light_from_one_origin_and_leaves_nothing_in_the_browser(
    house: Served, chromium: Chromium
) -> None:
    came: list[Response] = []
    with chromium.page() as page:
        page.on("response", lambda response: came.append(response))
        page.goto(url(house, "/c/stranded?lang=en"), wait_until="networkidle")
        weight = sum(len(gzip.compress(response.body())) for response in came)
        asked: list[Request] = [response.request for response in came]
        assert len(came) > 5 and weight <= 40 * 1024
        assert {request.url.split("/")[2] for request in asked} == {f"127.0.0.1:{house.port}"}
        assert page.context.cookies() == []
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def as_of_2014(route: Route) -> None:
    """Styles as a browser reads them that knows neither custom properties nor :is() and :has()."""
    if route.request.resource_type != "stylesheet":
        route.continue_()
        return
    css = route.fetch().text().replace("@supports not (color: var(--ink))", "@media all")
    css = re.sub(r"[^{};]*:(?:is|has)\([^{]*\{[^}]*\}", "", css)
    route.fulfill(body=re.sub(r"[\w-]+:[^;{}]*var\([^;{}]*;?", "", css), content_type="text/css")


def test_a_phone_of_2014_without_a_script_has_a_plain_page_that_sends(house: Served, chromium: Chromium) -> None:
    with chromium.page(320, javascript=False) as page:
        page.route("**/*", as_of_2014)
        page.goto(url(house, "/c/short?lang=en"))
        page.wait_for_url("**form=**")
        assert fits(page)
        expect(page.locator(".send .button.main")).to_have_css("background-color", "rgb(11, 93, 87)")
        page.fill("textarea", TOLD)
        page.get_by_label("No", exact=True).check()
        page.get_by_label("Your name").fill("Mei")
        page.get_by_label("Ask me first").check()
        page.unroute_all(behavior="wait")
        send(page)
        expect(page.locator(".code li")).to_have_count(12)


def test_enlarged_fourfold_it_does_not_run_over_the_edge(house: Served, chromium: Chromium) -> None:
    with chromium.page(1280) as page:
        page.set_viewport_size({"width": 320, "height": 256})  # what is left of 1280 x 1024 (WCAG 2.2, 1.4.10)
        page.goto(url(house, "/c/short?lang=en"))
        assert fits(page)


@pytest.mark.parametrize("script", [True, False])
def test_enter_in_a_field_sends_and_does_not_change_the_language(
    house: Served, chromium: Chromium, script: bool
) -> None:
    with chromium.page(javascript=script) as page:
        page.goto(url(house, "/c/short?lang=en"))
        page.fill("[name=name]", "Mei")
        page.press("[name=name]", "Enter")
        expect(page.locator("#summary")).to_contain_text("Please check this")
        expect(page.locator("[name=name]")).to_have_value("Mei")


def test_written_from_right_to_left_it_begins_at_the_right_edge_and_does_not_run_over(
    house: Served, chromium: Chromium
) -> None:
    with chromium.page() as page:
        page.goto(url(house, "/c/short?lang=en"))
        page.evaluate("document.documentElement.dir = 'rtl'")
        assert fits(page) and page.evaluate("scrollX") == 0
        title = page.locator("h1").bounding_box()
        assert title is not None and title["x"] + title["width"] > 640


def test_the_accessibility_tree_reads_as_the_page_does(house: Served, chromium: Chromium) -> None:
    assert len(EVERY_KIND) == 14
    with chromium.page() as page:
        page.goto(url(house, "/c/stranded?lang=en"))
        expect(page.locator("#form")).to_match_aria_snapshot(
            """
            - region "Your story":
              - heading "Your story" [level=2]
              - text: What happened?
              - paragraph: /About 400 characters are enough. We may publish this/
              - textbox "What happened?"
              - 'checkbox "Don’t publish this answer : What happened?"'
              - group "Are you stuck now? (optional)":
                - radio "Yes"
                - radio "No"
            - button "Continue"
            """
        )
        page.fill("textarea", TOLD)
        send(page)
        expect(page.locator("#form")).to_match_aria_snapshot(
            """
            - group "How were you treated? (optional)":
              - paragraph: 1 is the lowest, 5 the highest.
              - radio "1"
              - radio "2"
              - radio "3"
              - radio "4"
              - radio "5"
            """
        )
