"""What readers typed stays theirs: files too large, lines that break, reload, Back, another language, a hasty end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import func, select
from sqlmodel import col

from tests.filing import file_all
from tests.fixtures_db import make_cast, on_sqlite
from tests.journeys.test_form import TOLD, send, url
from tests.servers.chromium import NARROW, Chromium, barriers, picture
from tests.servers.cutting import Cutting
from tests.web.asking import EVERY_KIND, STORY, ask, question
from tests.web.wire import Served, served
from tipline.db import Database
from tipline.models import QuestionKind as Kind
from tipline.models import StoredFile, Tip

pytestmark = pytest.mark.xdist_group("journeys: form")
MORE = " She is well."


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, sqlite_template: bytes) -> Iterator[Database]:
    with on_sqlite(tmp_path_factory.mktemp("newsroom"), sqlite_template) as made:
        with made.writing() as session:
            cast = make_cast(session)
        ask(made, cast, EVERY_KIND)
        ask(made, cast, [STORY, question(Kind.FILE, "Photos", "照片")], slug="short")
        yield made


@pytest.fixture(scope="module")
def house(database: Database) -> Iterator[Served]:
    with served(database) as web:
        web.start()
        yield web


def type_in(page: Page, text: str) -> None:
    """Type, and wait until the server has noted it."""
    with page.expect_response(lambda answer: "note" in answer.url and answer.ok):
        page.locator("textarea").first.press_sequentially(text)


def count(database: Database, table: type) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def file_of(folder: Path, name: str, megabytes: int) -> Path:
    path = folder / name
    path.write_bytes((b"\xff\xd8\xff" + b"\0" * megabytes * 1024 * 1024)[: megabytes * 1024 * 1024 or None])
    return path


@pytest.mark.parametrize("lang", ["en", "zh_Hans"])
def test_files_too_large_are_named_when_chosen_and_a_line_that_breaks_costs_nothing(
    house: Served, chromium: Chromium, database: Database, tmp_path: Path, lang: str
) -> None:
    tips, files = count(database, Tip), count(database, StoredFile)
    with chromium.page(NARROW if lang == "zh_Hans" else 1280, dark=lang == "zh_Hans") as page:
        page.goto(url(house, f"/c/short?lang={lang}"))
        page.locator("textarea").fill(f"{TOLD} {lang}")
        page.locator("[type=file]").set_input_files(
            [file_of(tmp_path, "film.mp4", 26), file_of(tmp_path, "photo.jpg", 1)]
        )
        expect(page.locator(".too-large")).to_contain_text("film.mp4")
        expect(page.locator(".too-large")).not_to_contain_text("photo.jpg")
        page.locator("[name=consent][value=ask]").check()
        assert barriers(page) == []
        page.route("**/c/**", lambda r: r.abort() if r.request.resource_type == "xhr" else r.continue_())
        send(page)
        expect(page.locator(".progress.broken button")).to_be_focused()
        expect(page.locator("textarea")).to_have_value(f"{TOLD} {lang}")
        assert barriers(page) == []
        picture(page, f"cut-{lang}")
        page.unroute_all()
        page.evaluate("dispatchEvent(new Event('online'))")  # it goes on by itself
        expect(page.locator(".code li")).to_have_count(12)
    assert (count(database, Tip) - tips, count(database, StoredFile) - files) == (1, 1)


def test_a_line_cut_while_sending_costs_nothing_and_trying_again_makes_one_tip(
    house: Served, chromium: Chromium, database: Database, tmp_path: Path
) -> None:
    tips, files = count(database, Tip), count(database, StoredFile)
    with Cutting(house.port) as line, chromium.page(NARROW) as page:
        page.goto(f"http://127.0.0.1:{line.port}/c/short?lang=en")
        page.locator("[type=file]").set_input_files([file_of(tmp_path, f"{n}.jpg", 0) for n in range(102)])
        expect(page.locator(".too-large")).to_contain_text("100.jpg\u2069, \u2068101.jpg")
        page.locator("[type=file]").set_input_files([file_of(tmp_path, "photo.jpg", 1)])
        expect(page.locator(".too-large")).to_be_hidden()
        page.locator("[name=consent][value=ask]").check()
        type_in(page, "The line is cut.")
        again = page.locator(".progress.broken button")
        line.cut_up_after = 300_000
        send(page)
        expect(again).to_be_focused()
        expect(page.locator("textarea")).to_have_value("The line is cut.")
        line.cut_up_after, line.cut_answers = None, True  # what is sent is filed, and nobody hears of it
        again.click()
        expect(again).to_be_focused()
        file_all(database)  # the browser's own tries make a crowd, whose forms go through the spool
        assert count(database, Tip) - tips == 1
        expect(page.locator("textarea")).to_have_value("The line is cut.")
        sid = page.locator("[name=sid]").input_value()
        line.cut_answers = False
        again.click()
        expect(page.locator(".code li")).to_have_count(12)
    file_all(database)
    assert (count(database, Tip) - tips, count(database, StoredFile) - files) == (1, 1)
    with database.reading() as session:
        newest = select(col(Tip.submission_id)).order_by(col(Tip.id).desc()).limit(1)
        assert sid.startswith(session.scalars(newest).one() or "none")


def test_what_was_typed_is_there_after_reload_a_link_and_another_language_and_gone_after_a_hasty_end(
    house: Served, chromium: Chromium
) -> None:
    with chromium.page() as page:
        page.route("**/*", lambda r: r.continue_() if "127.0.0.1" in r.request.url else r.fulfill(body="news"))
        page.goto(url(house, "/c/short?lang=en"))
        story = page.locator("textarea")
        type_in(page, TOLD)
        page.reload()
        expect(story).to_have_value(TOLD)
        page.goto(url(house, "/r?lang=en"))
        page.go_back()
        expect(story).to_have_value(TOLD)
        page.get_by_role("button", name="简体中文").click()
        expect(page.locator("h1")).to_have_text("因边境关闭而滞留？")
        expect(story).to_have_value(TOLD)
        page.go_back()
        expect(page.locator("h1")).not_to_have_text("因边境关闭而滞留？")
        expect(story).to_have_value(TOLD)
        page.go_forward()
        expect(page.locator("h1")).to_have_text("因边境关闭而滞留？")
        expect(story).to_have_value(TOLD)
        type_in(page, MORE)
        page.reload()
        expect(story).to_have_value(MORE + TOLD if story.input_value().startswith(MORE) else TOLD + MORE)
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0 and page.context.cookies() == []
        assert "son" not in page.evaluate("JSON.stringify(history.state) + location.href")
        place = page.evaluate("document.getElementById('form').dataset.address")
        page.locator("a.leave").first.click()
        page.wait_for_url(lambda address: "127.0.0.1" not in address)
        page.goto(url(house, f"/c/short{place}"))
        expect(story).to_have_value("")
        page.goto(url(house, "/c/short?lang=en"))
        expect(story).to_have_value("")


def test_words_typed_before_the_script_has_come_are_noted_when_it_does(house: Served, chromium: Chromium) -> None:
    held: list[Route] = []
    with chromium.page() as page:
        page.route("**/public.js*", lambda route: held.append(route))
        with page.expect_request("**/public.js*"):
            page.goto(url(house, "/c/short?lang=en"), wait_until="commit")
        page.locator("textarea").press_sequentially(TOLD)
        with page.expect_response(lambda answer: "note" in answer.url and answer.ok):
            held[0].continue_()
        page.unroute_all()
        page.reload()
        expect(page.locator("textarea")).to_have_value(TOLD)


def test_without_a_script_nothing_can_be_typed_before_the_page_moved_to_its_own_address(
    house: Served, chromium: Chromium
) -> None:
    with chromium.page(javascript=False) as page:
        page.route("**/*form=*", lambda route: route.fulfill(status=204))  # the browser stays where it is
        page.goto(url(house, "/c/stranded?lang=en"))
        expect(page.locator("h1")).to_be_visible()
        expect(page.locator("textarea")).to_be_hidden()
        expect(page.get_by_role("button", name="Continue")).to_have_count(0)
        page.unroute_all(behavior="wait")
        page.get_by_role("link", name="Open the form").click()
        page.fill("textarea", TOLD)
        expect(page.get_by_role("link", name="Open the form")).to_have_count(0)
        send(page)
        expect(page.locator("#progress")).to_have_text("Step 2 of 3")


def test_without_a_script_back_to_the_first_step_shows_what_was_typed(house: Served, chromium: Chromium) -> None:
    with chromium.page(javascript=False) as page:
        page.goto(url(house, "/c/stranded?lang=en"))
        page.wait_for_url("**form=**")
        page.fill("textarea", TOLD)
        send(page)
        expect(page.locator("#progress")).to_have_text("Step 2 of 3")
        page.go_back()
        expect(page.locator("textarea")).to_have_value(TOLD)
        page.get_by_role("button", name="简体中文").click()
        expect(page.locator("textarea")).to_have_value(TOLD)
        page.go_back()
        expect(page.locator("textarea")).to_have_value(TOLD)


def test_on_the_readers_page_an_answer_half_written_waits_until_it_is_sent(house: Served, chromium: Chromium) -> None:
    with chromium.page() as page:
        page.goto(url(house, "/c/short?lang=en"))
        page.locator("textarea").fill(TOLD)
        page.locator("[name=consent][value=ask]").check()
        send(page)
        page.goto(page.locator("#secret").get_attribute("href") or "")
        type_in(page, "One thing more.")
        page.reload()
        expect(page.locator("textarea")).to_have_value("One thing more.")
        send(page)
        expect(page.locator(".notice.done")).to_be_visible()
        expect(page.locator("textarea")).to_have_value("")
        page.reload()
        expect(page.locator("textarea")).to_have_value("")
