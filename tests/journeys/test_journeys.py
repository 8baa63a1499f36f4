"""The main job, end to end, in a real browser with real mail servers."""

import io
import re
import time
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import func, select
from sqlmodel import col

from tests.journeys.house import ON_POSTGRESQL, ON_SQLITE, House, letter, pictures, running, sign_in
from tests.servers.chromium import Chromium
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Smtp
from tipline.models import Event, Ledger, LedgerState, Message, StoredFile, Tip, Verb

pytestmark = pytest.mark.xdist_group("journeys: journeys")
STORY = "My wife and I have not seen our daughter since January. She is in Dalian with her grandmother."


@pytest.fixture
def house(database_url: str, tmp_path: Path, dovecot: Dovecot, smtp: Smtp) -> Iterator[House]:
    """On one database or the other."""
    folder = tmp_path / "newsroom"
    folder.mkdir()
    with running(folder, dovecot, smtp, database_url) as house:
        yield house


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 200), "steelblue").save(out, "JPEG")
    return out.getvalue()


def until(page: Page, address: str, wanted: Locator) -> None:
    """Load a page again and again until something is on it: the worker needs its second."""
    for _ in range(80):
        page.goto(address.partition("#")[0])  # with its fragment the same address is only scrolled to
        if wanted.count():
            break
        time.sleep(0.25)
    expect(wanted.first).to_be_visible()


def open_tip(page: Page, house: House, title: str) -> None:
    """Wait until a tip is in the list, and open it."""
    row = page.locator(".rows .row", has_text=title).locator(".open").first
    until(page, f"{house.url}/desk", row)
    row.click()
    expect(page.locator("#tip-title")).to_contain_text(title)


def choose(page: Page, key: str, option: str) -> None:
    """Open a menu by its key and choose an option by its words."""
    page.keyboard.press(key)
    page.locator("details.menu[open] .option", has_text=option).first.click()


def fill_form(page: Page, house: House, *, email: str = "", contact: str, consent: str) -> None:
    page.goto(f"{house.url}/c/borders")
    page.locator("textarea").first.fill(STORY)
    page.set_input_files("input[type=file]", {"name": "visa.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    if email:
        page.fill("[name=email]", email)
        page.fill("[name=name]", "Daniel Ortega")
    page.check(f"[name=contact][value={contact}]")
    page.check(f"[name=consent][value={consent}]")


@ON_POSTGRESQL
def test_a_form_is_answered_from_the_desk_and_the_readers_mail_comes_back_to_the_same_tip(
    house: House, chromium: Chromium
) -> None:
    with chromium.page(javascript=True) as reader:
        fill_form(reader, house, email="daniel@mail.example", contact="email", consent="ask")
        pictures(reader, "callout")
        reader.locator("button.main").click()
        expect(reader.locator(".code")).to_be_visible()
        pictures(reader, "receipt")
    with chromium.page() as desk:
        sign_in(desk, house)
        open_tip(desk, house, "My wife and I")
        desk.fill("#reply-text", "Thank you. Since when is she there, and may I call you?")
        desk.locator(".reply-form button.main").click()
        sent = house.smtp.wait()[0]
        assert list(sent.recipients) == ["daniel@mail.example"]
        answer = message_from_bytes(sent.raw)
        expect(desk.locator(".message.ours")).to_contain_text("may I call you?")
        until(desk, desk.url, desk.locator(".message.ours", has_text="sent"))
        reply = letter(
            "Daniel Ortega <daniel@mail.example>", f"Re: {answer['Subject']}", "Since January. Yes, call me."
        )
        reply["In-Reply-To"] = answer["Message-ID"]
        reply["References"] = answer["Message-ID"]
        house.mail(reply.as_bytes())
        until(desk, desk.url, desk.locator(".message", has_text="Yes, call me."))
        pictures(desk, "tip")
    with house.database.reading() as session:
        assert session.scalars(select(func.count()).select_from(Tip)).one() == 1
        assert session.scalars(select(func.count()).select_from(Message)).one() == 3
    assert {flag for flags in house.dovecot.flags(house.user).values() for flag in flags} <= {"\\Recent"}


@ON_SQLITE
def test_a_chinese_mail_with_a_photo_is_tagged_assigned_noted_and_found_when_due(
    house: House, chromium: Chromium
) -> None:
    mail = letter("李伟 <liwei@qq.example>", "被困在上海", "我和儿子已经分开十八个月了，签证在上海被取消。")
    mail.add_attachment(photo(), maintype="image", subtype="jpeg", filename="签证.jpg")
    house.mail(mail.as_bytes())
    with chromium.page() as desk:
        sign_in(desk, house)
        open_tip(desk, house, "被困在上海")
        expect(desk.locator(".message .words").first).to_contain_text("十八个月")
        expect(desk.locator(".message .words").first).to_have_attribute("lang", "zh-Hans")
        desk.keyboard.press("i")
        expect(desk.locator("#menu-a")).to_contain_text("Bob Reporter")
        desk.keyboard.press("t")
        desk.keyboard.type("visa")
        desk.keyboard.press("Enter")
        expect(desk.locator(".tip-head .tag:has(a)")).to_contain_text("visa")
        choose(desk, "f", "Tomorrow")
        expect(desk.locator("#menu-f")).to_contain_text("omorrow")
        desk.keyboard.press("n")
        desk.keyboard.type("Same consulate as the Chengdu family.")
        desk.keyboard.press("Control+Enter")
        expect(desk.locator(".note")).to_contain_text("Same consulate")
        desk.goto(f"{house.url}/desk?q=due:any")
        expect(desk.locator(".rows .row")).to_contain_text("被困在上海")
        for words in ("分开", "consulates", "儿子"):
            desk.goto(f"{house.url}/desk?q={words}")
            expect(desk.locator(".rows .row")).to_have_count(1)
        pictures(desk, "search")
    with house.database.reading() as session:
        assert session.scalars(select(StoredFile)).one().name == "签证.jpg"
        states = session.scalars(select(col(Ledger.state))).all()
        assert list(states) == [LedgerState.FILED]


@ON_SQLITE
def test_an_anonymous_reader_without_javascript_or_cookies_has_a_way_back(house: House, chromium: Chromium) -> None:
    with chromium.page(javascript=False) as reader:
        reader.goto(f"{house.url}/c/borders")
        reader.set_input_files("input[type=file]", {"name": "visa.jpg", "mimeType": "image/jpeg", "buffer": photo()})
        reader.locator("button.main").click()
        expect(reader.locator(".summary")).to_be_visible()
        expect(reader.locator(".file")).to_contain_text("visa.jpg")
        pictures(reader, "callout-errors")
        reader.locator("textarea").first.fill(STORY)
        reader.check("[name=contact][value=page]")
        reader.check("[name=consent][value=anonymous]")
        reader.locator("button.main").click()
        expect(reader.locator(".code li")).to_have_count(12)
        code = re.sub(r"[^a-z]+", " ", reader.locator(".code").inner_text()).strip()
        assert len(code.split()) == 12
        reader.goto(f"{house.url}/r")
        reader.fill("[name=code]", code)
        reader.locator("button.main").click()
        expect(reader.locator("main")).to_contain_text("She is in Dalian")
        reader.locator("textarea").first.fill("One thing more: the flight was cancelled.")
        reader.locator("form button.main").first.click()
        expect(reader.locator("main")).to_contain_text("the flight was cancelled")
        pictures(reader, "reader")
        page_address = reader.url
        assert reader.context.cookies() == []
    with chromium.page() as desk:
        sign_in(desk, house)
        open_tip(desk, house, "My wife and I")
        expect(desk.locator(".talk")).to_contain_text("the flight was cancelled")
        desk.fill("#reply-text", "We read every word. Thank you.")
        desk.locator(".reply-form button.main").click()
        expect(desk.locator(".message.ours")).to_contain_text("every word")
    with chromium.page(javascript=False) as reader:
        until(reader, page_address, reader.locator("main", has_text="We read every word."))  # it can be undone for 10 s
    assert house.smtp.deliveries == []


@ON_POSTGRESQL
def test_ten_tips_are_triaged_by_keyboard_alone(house: House, chromium: Chromium) -> None:
    for number in range(10):
        house.mail(letter(f"r{number}@mail.example", f"Story {number}", f"It is story {number} of ten.").as_bytes())
    with chromium.page() as desk:
        sign_in(desk, house)
        until(desk, f"{house.url}/desk", desk.locator(".rows .row").nth(9))
        desk.keyboard.press("j")
        desk.keyboard.press("Enter")
        expect(desk.locator("#tip-title")).to_contain_text("Story")
        for _ in range(10):
            title = desk.locator("#tip-title").inner_text()
            desk.keyboard.press("i")
            expect(desk.locator("#menu-a")).to_contain_text("Bob Reporter")
            desk.keyboard.press("t")
            desk.keyboard.type("read")
            desk.keyboard.press("Enter")
            expect(desk.locator(".tip-head .tag a")).to_contain_text("read")
            desk.keyboard.press("e")
            expect(desk.locator("#tip-title, #tip.none h2").first).not_to_have_text(title)
    with house.database.reading() as session:
        done = select(func.count()).select_from(Event)
        assert session.scalars(done.where(col(Event.verb) == Verb.STATUS)).one() == 10
        assert session.scalars(done.where(col(Event.verb) == Verb.ASSIGNED)).one() == 10
