"""A reporter makes a callout in the builder: with the keyboard alone, by hand, and without a script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import func, select
from sqlmodel import col

from tests.journeys.house import House, pictures, running, sign_in
from tests.journeys.test_pages import look
from tests.servers.chromium import NARROW, Chromium
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Smtp
from tipline.core import callouts
from tipline.core.callouts import CalloutDraft
from tipline.core.callouts.questions import AskIf
from tipline.models import Callout

pytestmark = pytest.mark.xdist_group("journeys: builder")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot, smtp_server: Smtp) -> Iterator[House]:
    """What a browser shows does not depend on the database."""
    with running(tmp_path_factory.mktemp("newsroom"), dovecot, smtp_server) as house:
        yield house


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until something has the focus, as somebody without a mouse does."""
    for _ in range(250):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to {wanted}")


def asked(page: Page) -> list[str]:
    return [one.input_value() for one in page.locator(".ask [name$=-en-wording]").all()]


def stored(house: House, slug: str) -> CalloutDraft:
    with house.database.reading() as session:
        return callouts.draft_of(session, session.scalars(select(Callout).where(col(Callout.slug) == slug)).one())


def test_a_callout_with_conditions_in_two_languages_is_made_with_the_keyboard_alone(
    house: House, chromium: Chromium
) -> None:
    with chromium.page() as page:
        sign_in(page, house, "alice")
        page.goto(f"{house.url}/desk/callouts")
        tab_to(page, page.get_by_role("link", name="New callout"))
        page.keyboard.press("Enter")
        tab_to(page, page.locator("[name=text_en-title]"))
        page.keyboard.type("Stuck on the way home")
        shown = page.frame_locator("#preview-frame")
        expect(shown.locator("h1")).to_have_text("Stuck on the way home")  # not saved, not reloaded
        tab_to(page, page.locator("[name=text_zh_Hans-title]"))
        page.keyboard.type("困在回家路上")
        expect(page.locator("#missing-zh_Hans")).to_contain_text("not translated")
        tab_to(page, page.get_by_role("button", name="Travel and borders"))
        page.keyboard.press("Enter")
        expect(page.locator(".ask")).to_have_count(5)
        expect(page.locator("#said")).to_have_text("4 questions were added.")
        expect(page.locator(".ask").nth(1).locator("[data-kind]")).to_be_focused()

        first = page.locator(".ask").first.get_attribute("id") or ""
        down = page.locator(f"#down-{first.removeprefix('question-')}")
        page.locator("#words-h").click()
        tab_to(page, down)
        for place in range(2, 6):
            page.keyboard.press("Enter")
            expect(page.locator("#said")).to_have_text(f"Now question {place} of 5.")
            expect(down).to_be_focused()
        assert asked(page)[0] == "Are you stranded now?" and asked(page)[-1] == "What happened?"

        page.locator("#asks").click()
        stranded = page.locator(".ask").first
        tab_to(page, stranded.locator("details.more summary"))
        page.keyboard.press("Enter")
        tab_to(page, stranded.locator("[name$=ends_if]").nth(1))
        page.keyboard.press("Space")
        look(page)
        pictures(page, "builder")
        tab_to(page, page.locator("#save"))
        page.keyboard.press("Enter")
        expect(page.locator(".notice.done")).to_contain_text("Saved as a draft")
        page.locator("[name=text_en-title]").fill("Stuck on the way home, still")
        expect(page.locator("#missing-zh_Hans")).to_contain_text("one translation to look at")
        pane = page.locator("#main")
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "nothing lies below the panes"
        pane.evaluate("it => it.scrollTop = 900")
        page.locator("#save-open").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".standing .state")).to_have_text("Open")
        expect(page.locator("#save-open")).to_have_count(0)
        expect(page.locator(".notice.done").last).to_contain_text("still says what its source said before")
        expect(pane, "saved, the page is where it was").to_have_js_property("scrollTop", 900)
        look(page)
        missing = page.locator("#missing-zh_Hans")
        expect(missing, "saved, it is still marked").to_contain_text("one translation to look at")
        page.get_by_label("It still says the same").check()
        expect(missing).not_to_contain_text("to look at")
        page.locator("[name=text_en-why]").fill("We collect what happened.")
        page.locator(".standing").get_by_role("button", name="Pause").click()
        expect(page.locator(".standing .state")).to_have_text("Paused")
        expect(page.locator("[name=text_en-why]")).to_have_value("We collect what happened.")
        expect(missing).not_to_contain_text("to look at")
        page.locator("[name=text_en-title]").press("Enter")
        expect(page.locator(".notice.done").last).to_have_text("Saved.")
        expect(page.locator(".standing .state"), "Enter presses Save").to_have_text("Paused")
    kept = stored(house, "stuck-on-the-way-home")
    assert kept.texts["zh_Hans"].title == "困在回家路上"
    assert kept.questions[0].ends_if == (1,)
    assert kept.questions[1].ask_if == AskIf(0, (0,))
    assert kept.questions[1].texts["zh_Hans"].wording == "您现在在哪里？"


def test_a_question_is_dragged_and_what_is_open_stays_open(house: House, chromium: Chromium) -> None:
    with chromium.page() as page:
        sign_in(page, house, "alice")
        page.goto(f"{house.url}/desk/callouts/new")
        page.get_by_role("button", name="May we call you?").click()
        expect(page.locator(".ask")).to_have_count(4)
        before = asked(page)
        page.locator(".ask").nth(1).locator("details.more summary").click()
        grip, target = page.locator(".grip").nth(1), page.locator(".ask").nth(0)
        grip.hover()
        page.mouse.down()
        box = target.bounding_box()
        assert box
        page.mouse.move(box["x"] + 40, box["y"] + 20, steps=5)
        page.mouse.up()
        expect(page.locator("#said")).to_have_text("Now question 1 of 4.")
        assert asked(page) == [before[1], before[0], *before[2:]]
        expect(page.locator(".ask").first.locator("details.more").first).to_have_attribute("open", "")
        page.locator(".ask [name$=-en-wording]").first.fill("Shall we ring?")
        shown = page.locator("#preview-frame").content_frame
        expect(shown.get_by_text("Shall we ring?")).to_be_visible()
        expect(page.locator(".ask").nth(2).locator(".which")).to_contain_text("Shall we ring?")


def test_what_is_typed_before_the_questions_came_back_is_kept(house: House, chromium: Chromium) -> None:
    with chromium.page() as page:
        late: list[Route] = []
        sign_in(page, house, "alice")
        page.goto(f"{house.url}/desk/callouts/new")
        page.get_by_role("button", name="May we call you?").click()
        expect(page.locator(".ask")).to_have_count(4)
        before = asked(page)
        page.route(
            "**/new", lambda route: late.append(route) if "hx-request" in route.request.headers else route.fallback()
        )
        with page.expect_request(lambda request: request.headers.get("hx-request") == "true"):
            page.get_by_role("button", name="Move question 2 up").click()
        page.locator(".ask [name$=-en-wording]").nth(1).fill("Shall we ring?")
        page.locator(".ask [name$=-required]").nth(1).check()
        page.locator(".ask [name$=-en-wording]").nth(2).fill("At which")
        late[0].continue_()
        expect(page.locator("#said")).to_have_text("Now question 1 of 4.")
        page.keyboard.type(" one?")
        assert asked(page) == ["Shall we ring?", before[0], "At which one?", before[3]]
        expect(page.locator(".ask [name$=-required]").first).to_be_checked()


def test_without_a_script_and_on_a_phone_the_builder_does_the_same(house: House, chromium: Chromium) -> None:
    with chromium.page(NARROW, javascript=False) as page:
        sign_in(page, house, "alice")
        page.goto(f"{house.url}/desk/callouts/new")
        page.fill("[name=text_en-title]", "Written without a script")
        page.get_by_role("button", name="May we call you?").click()
        expect(page.locator(".ask")).to_have_count(4)
        expect(page.locator("[name=text_en-title]")).to_have_value("Written without a script")
        page.locator(".ask").nth(1).get_by_role("button", name="Move question 2 up").click()
        expect(page.get_by_role("button", name="Move question 1 up")).to_be_focused()  # the page that answers
        assert asked(page)[0] == "May we call you?"
        expect(page.locator(".ask").nth(2).locator("[name$=ask_if]").first).to_be_checked()
        page.locator("[data-preview=en]").click()
        expect(page.frame_locator("#preview-frame").locator("h1")).to_have_text("Written without a script")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.locator("#save").click()
        expect(page.locator(".notice.done")).to_have_count(1)
    assert stored(house, "written-without-a-script").questions[1].texts["en"].wording == "What happened?"


def test_a_double_click_makes_one_copy(house: House, chromium: Chromium) -> None:
    def many() -> int:
        with house.database.reading() as session:
            return session.scalar(select(func.count()).select_from(Callout)) or 0

    before = many()
    with chromium.page() as page:
        sign_in(page, house, "alice")
        page.goto(f"{house.url}/desk/callouts")
        page.get_by_role("button", name="Copy").first.evaluate(
            "copy => { copy.click(); setTimeout(() => copy.click(), 40) }"  # as fast as a hand, and as slow
        )
        expect(page.get_by_text("This is the copy, a draft.")).to_be_visible()
    assert many() == before + 1
