"""The reader's own page in a real browser: on a phone, in Chinese, without JavaScript; by mail; and to its end."""

import re
import time
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import inspect, select, text
from sqlmodel import col

from tests.journeys.house import ON_POSTGRESQL, ON_SQLITE, House, letter, pictures, running, sign_in
from tests.journeys.test_journeys import open_tip, until
from tests.servers.chromium import NARROW, Chromium, barriers, picture
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Delivery, Smtp
from tipline.core.mailboxes import ledger
from tipline.db import is_sqlite
from tipline.jobs import after_erasure
from tipline.models import Callout, Ledger, Mailbox

pytestmark = pytest.mark.xdist_group("journeys: reader")
CANARY = "zvxquorble"


@pytest.fixture
def house(database_url: str, tmp_path: Path, dovecot: Dovecot, smtp: Smtp) -> Iterator[House]:
    """On one database or the other; mail is acknowledged."""
    folder = tmp_path / "newsroom"
    folder.mkdir()
    with running(folder, dovecot, smtp, database_url) as house:
        with house.database.writing() as session:
            session.scalars(select(Callout).where(col(Callout.slug) == "borders")).one().acknowledge = True
            session.commit()
        connected(house)
        yield house


def connected(house: House) -> None:
    """Wait until the mailbox was looked into, and a second more: only mail that is dated after that is answered."""
    for _ in range(120):
        with house.database.reading() as session:
            if session.scalars(select(Mailbox).where(col(Mailbox.compared_at).is_not(None))).first():
                break
        time.sleep(0.25)
    time.sleep(1)


def look(page: Page, name: str) -> None:
    """Nothing runs over the edge, in light and dark."""
    page.wait_for_load_state()  # a press that leads elsewhere has no page for a moment
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    for dark in (False, True):
        page.emulate_media(color_scheme="dark" if dark else "light")
        picture(page, f"{name}{'-dark' if dark else ''}")
    page.emulate_media(color_scheme="light")


def no_barriers(chromium: Chromium, *addresses: str) -> None:
    """axe needs a page with scripts; ours is the same with and without them."""
    for dark in (False, True):
        with chromium.page(NARROW, dark=dark, locale="zh-CN") as page:
            for address in addresses:
                page.goto(address)
                assert barriers(page) == [], address


def words(sent: Delivery) -> str:
    body = message_from_bytes(sent.raw).get_payload(decode=True)
    assert isinstance(body, bytes)
    return body.decode()


def whole(house: House) -> bytes:
    """All that a thief of the database and its folder would hold."""
    found = [path.read_bytes() for path in house.database.files.root.parent.rglob("*") if path.is_file()]
    if not is_sqlite(house.database.engine):
        with house.database.reading() as session:
            for name in inspect(house.database.engine).get_table_names():
                found.append(repr(session.execute(text(f'SELECT t::text FROM "{name}" t')).all()).encode())
    return b"\n".join(found).lower()


@ON_SQLITE
def test_a_form_in_chinese_on_a_phone_without_javascript_to_the_end(house: House, chromium: Chromium) -> None:
    story = f"我和儿子在{CANARY}分开了十八个月。"
    with chromium.page(NARROW, javascript=False, locale="zh-CN") as reader:
        reader.goto(f"{house.url}/c/borders")
        reader.locator("textarea").first.fill(story)
        photo = {"name": f"{CANARY}.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff" + CANARY.encode() * 9000}
        files: Any = [photo]
        reader.set_input_files("input[type=file]", files)
        reader.fill("[name=email]", f"{CANARY}@mail.example")
        reader.fill("[name=name]", f"{CANARY} Chen")
        reader.check("[name=contact][value=page]")
        reader.check("[name=consent][value=ask]")
        reader.locator("button.main").click()
        expect(reader.locator(".code li")).to_have_count(12)
        code = "".join(reader.locator(".code li").all_inner_texts())
        assert len(code) == 12 and not code.isascii()
        look(reader, "receipt-zh")
        reader.goto(f"{house.url}/r")
        reader.fill("[name=code]", code[:11] + "鱻")
        reader.locator("button.main").click()
        expect(reader.locator(".summary")).to_contain_text("鱻")
        look(reader, "enter-wrong-zh")
        reader.fill("[name=code]", code)
        reader.locator("button.main").click()
        expect(reader.locator("main")).to_contain_text(story)
        look(reader, "page-zh")
        reader.check("[name=consent][value=name]")
        reader.locator("[name=withheld]").first.check()
        reader.locator("form[action*=consent] button").click()
        expect(reader.locator("[name=consent][value=name]")).to_be_checked()
        expect(reader.locator("[name=withheld]").first).to_be_checked()
        page_address = reader.url
        reader.locator("a.danger").click()
        expect(reader.locator("button.danger")).to_be_visible()
        look(reader, "delete-zh")
        no_barriers(chromium, page_address, reader.url, *(house.url + path for path in ("/r/lost", "/r/deleted")))
        assert reader.context.cookies() == []
        reader.locator("button.danger").click()
        reader.wait_for_url("**/r/deleted**")
        look(reader, "deleted-zh")
        reader.goto(page_address)
        expect(reader).to_have_url(re.compile("/r/deleted"))
        reader.goto(f"{house.url}/r/lost")
        look(reader, "lost-zh")
    assert after_erasure.clean(house.database, 30)
    assert CANARY.encode() not in whole(house)


@ON_POSTGRESQL
def test_who_writes_by_mail_gets_a_code_opens_the_page_and_deletes_it(house: House, chromium: Chromium) -> None:
    mail = letter(f"Mei <{CANARY}@mail.example>", "Stranded", f"We wait at {CANARY}. You may print it without my name.")
    mail.add_attachment(CANARY.encode() * 40_000, maintype="application", subtype="pdf", filename=f"{CANARY}.pdf")
    house.mail(mail.as_bytes())
    link = re.search(r"http\S+/m/\S+", words(house.smtp.wait()[0]))
    assert link is not None
    with chromium.page() as desk:
        sign_in(desk, house)
        open_tip(desk, house, "Stranded")
        desk.locator(".says summary").click()
        desk.locator(".says button", has_text="Without name").click()
        expect(desk.locator(".side .consent")).to_have_text("Without name")
        pictures(desk, "desk-consent")
        desk.locator("button", has_text="Copy the story as a quote").click()
        expect(desk.locator("#quote")).to_have_value(re.compile(f"We wait at {CANARY}.*a reader", re.DOTALL))
        look(desk, "quote")
    with chromium.page(NARROW, javascript=False) as reader:
        reader.goto(link[0])
        assert CANARY not in reader.content()
        look(reader, "prove")
        reader.locator("button.main").click()
        expect(reader.locator("[name=digits]")).to_be_visible()
        look(reader, "prove-code")
        no_barriers(chromium, link[0], reader.url)
        reader.fill("[name=digits]", "0000 0000")
        reader.locator("button.main").click()
        expect(reader.locator("[role=alert]").first).to_contain_text("This code doesn’t work")
        digits = re.search(r"\d{4} \d{4}", words(house.smtp.wait(2)[1]))
        assert digits is not None
        reader.fill("[name=digits]", digits[0])
        reader.locator("button.main").click()
        expect(reader.locator(".code li")).to_have_count(12)
        expect(reader.locator("main")).to_contain_text(f"We wait at {CANARY}")
        look(reader, "page-proven")
        reader.locator("a.danger").click()
        expect(reader.locator("main")).to_contain_text("in our mailbox at our email provider")
        reader.locator("button.danger").click()
        reader.wait_for_url("**/r/deleted**")
    with house.database.reading() as session:
        (row,) = session.scalars(select(Ledger))
        assert (row.state.value, row.reason, row.tip_id) == ("filed", "erased", None)
    with chromium.page() as desk:
        house.mail(letter("li@mail.example", "After it", "The next story.").as_bytes())
        sign_in(desk, house, "alice")
        open_tip(desk, house, "After it")
        until(desk, f"{house.url}/desk", desk.locator(".rows .row"))
        expect(desk.locator(".rows .row")).to_have_count(1)  # the erased one is not filed again
    with house.database.reading() as session:
        assert ledger.account(session)[0].filed == 2
    assert after_erasure.clean(house.database, 30)
    assert CANARY.encode() not in whole(house)
