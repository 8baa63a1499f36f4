"""The form in a real browser while very many are posted: a script sends it, and without one it says what to do."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlmodel import col

from tests.fixtures_db import make_cast, on_sqlite
from tests.journeys.house import pictures
from tests.servers.chromium import NARROW, Chromium, barriers
from tests.web.reading import PHOTO
from tests.web.reading import open_callout as ask
from tests.web.wire import Served, served
from tipline.db import Database
from tipline.models import Message, StoredFile

pytestmark = pytest.mark.xdist_group("journeys: busy")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, sqlite_template: bytes) -> Iterator[Database]:
    with on_sqlite(tmp_path_factory.mktemp("busy"), sqlite_template) as made:
        with made.writing() as session:
            cast = make_cast(session)
        ask(made, cast)
        yield made


@pytest.fixture(scope="module")
def house(database: Database) -> Iterator[Served]:
    """A web process that is under load from its second post in a minute on."""
    with served(database) as web:
        config = web.config.read_text()
        web.config.write_text(re.sub(r"busy_posts_per_minute = \d+", "busy_posts_per_minute = 1", config))
        web.start()
        web.wire.post("/c/stranded", {"words_end": "1"})
        yield web


def fill(page: Page, house: Served, told: str) -> None:
    page.goto(f"http://127.0.0.1:{house.port}/c/stranded?lang=en")
    page.locator("textarea").fill(told)
    page.locator("[name=consent][value=ask]").check()


def stories(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(col(Message.text)).order_by(col(Message.id))))


def test_with_a_script_the_browser_pays_and_sends_once(
    chromium: Chromium, house: Served, database: Database, tmp_path: Path
) -> None:
    errors: list[str] = []
    (tmp_path / "a.jpg").write_bytes(PHOTO)
    with chromium.page() as page:
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        fill(page, house, "Told in a hurry")
        page.locator("[type=file]").set_input_files(tmp_path / "a.jpg")
        page.locator(".send .button.main").click()
        page.wait_for_url("**/receipt/**")
        expect(page.locator("h1")).to_contain_text("We have it")
    assert stories(database) == ["Told in a hurry"]
    with database.reading() as session:
        assert len(session.scalars(select(StoredFile)).all()) == 1
    assert not [text for text in errors if "429" not in text], "the browser itself reports the answer to the first post"


def test_without_a_script_everything_is_there_and_one_is_told_how_long(chromium: Chromium, house: Served) -> None:
    with chromium.page(NARROW, javascript=False) as page:
        fill(page, house, "Told without a script")
        page.locator(".send .button.main").click()
        expect(page.locator("#busy")).to_contain_text(re.compile(r"Wait \d+ seconds, then press Send again"))
        expect(page.locator("textarea")).to_have_value("Told without a script")
        with page.expect_event("load"):  # the next page looks the same
            page.get_by_role("button", name="Send again").click()
        expect(page.locator("#busy")).to_be_visible()
        expect(page.locator("textarea")).to_have_value("Told without a script")
        assert page.context.cookies() == []


def test_while_it_calculates_the_page_says_so_to_everybody(chromium: Chromium, house: Served) -> None:
    with chromium.page() as page:
        page.add_init_script("window.Worker = class { postMessage() {} terminate() {} };")  # one that takes long
        fill(page, house, "Told on a slow phone")
        page.locator(".send .button.main").click()
        expect(page.locator("[data-working]")).to_be_visible()
        expect(page.get_by_role("button", name="Send again")).to_be_hidden()
        assert barriers(page) == []
        pictures(page, "busy")
