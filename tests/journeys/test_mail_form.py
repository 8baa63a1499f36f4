"""From a mail to the form in a real browser: the questions by mail, the code, what was written, and the same tip."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from tests.journeys.house import House, letter, running, sign_in
from tests.journeys.test_journeys import open_tip
from tests.journeys.test_reader import connected, look, words
from tests.servers.chromium import NARROW, Chromium, barriers
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Smtp
from tipline.models import Callout, Tip

pytestmark = pytest.mark.xdist_group("journeys: mail_form")
STORY = "我和孩子在罗湖分开了，没有人告诉我们什么时候可以回家。"


@pytest.fixture
def house(tmp_path: Path, dovecot: Dovecot, smtp: Smtp) -> Iterator[House]:
    with running(tmp_path, dovecot, smtp) as house:
        with house.database.writing() as session:
            session.execute(update(Callout).values(acknowledge=True, ask_by_mail=True))
            session.commit()
        connected(house)
        yield house


def test_who_wrote_by_mail_goes_on_in_the_form_without_javascript(house: House, chromium: Chromium) -> None:
    house.mail(letter("Mei <mei@mail.example>", "滞留", STORY).as_bytes())
    asked = words(house.smtp.wait()[0])
    link = re.search(r"http\S+/m/\S+to=form", asked)
    assert link is not None and "1. 发生了什么？" in asked and "2. 我们可以刊登什么？" in asked
    with chromium.page(NARROW, javascript=False, locale="zh-CN") as reader:
        reader.goto(link[0])
        assert STORY not in reader.content()
        look(reader, "mail-form-prove")
        reader.locator("button.main").click()
        digits = re.search(r"\d{4} \d{4}", words(house.smtp.wait(2)[1]))
        assert digits is not None
        reader.fill("[name=digits]", digits[0])
        look(reader, "mail-form-code")
        reader.locator("button.main").click()
        story = reader.locator("textarea").first
        expect(story).to_have_value(STORY)
        look(reader, "mail-form")
        story.fill(f"{STORY}已经两个月了。")
        reader.check("[name=consent][value=anonymous]")
        reader.locator("button.main").click()
        reader.wait_for_url("**/r/answered**")
        look(reader, "mail-form-done")
        address = reader.url
        reader.go_back()
        expect(reader.locator("h1")).to_be_visible()
        expect(reader.locator("textarea")).to_have_count(0)
        assert STORY not in reader.content(), "the way back shows nothing"
        assert reader.context.cookies() == []
    with house.database.reading() as session:
        (tip,) = session.scalars(select(Tip))
        assert tip.consent.value == "anonymous"
    with chromium.page(NARROW, locale="zh-CN") as page:
        for there in (link[0], address):
            page.goto(there)
            assert barriers(page) == [], there
    with chromium.page() as desk:
        sign_in(desk, house)
        open_tip(desk, house, "滞留")
        expect(desk.locator("main")).to_contain_text("已经两个月了")
        look(desk, "mail-form-desk")
