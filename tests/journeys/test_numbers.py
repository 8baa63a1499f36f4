"""The numbers in a real browser: by each period, in both themes and languages, and taken along without JavaScript."""

import csv
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlmodel import select

from tests.core.making import make_tip
from tests.journeys.house import House, running, sign_in
from tests.servers.chromium import NARROW, WIDE, Chromium, barriers, picture
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Smtp
from tipline.core import accounts
from tipline.db import now
from tipline.models import Callout, Status
from tipline.vocabularies import Source

pytestmark = pytest.mark.xdist_group("journeys: numbers")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot, smtp_server: Smtp) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("newsroom"), dovecot, smtp_server) as house:
        with house.database.writing() as session:
            borders = session.exec(select(Callout.id).where(Callout.slug == "borders")).one() or 0
            bob = accounts.by_email(session, "bob@meridian.example")
            assert bob is not None
            bob.name = "Bartholomäus Wolfeschlegelsteinhausenbergerdorff"
            for n in range(40):
                make_tip(
                    session,
                    borders,
                    received_at=now() - timedelta(days=n * 3, hours=1),
                    source=(Source.FORM, Source.MAIL, Source.PHONE)[n % 3],
                    language=("en", "zh-Hans", "")[n % 3],
                    status=Status.CLOSED if n % 2 else Status.NEW,
                    assignee_id=bob.id if n % 4 else None,
                    answered_after=n * 5000 if n % 2 else None,
                )
            session.commit()
        yield house


@pytest.mark.parametrize(("width", "dark"), [(WIDE, False), (NARROW, True)])
def test_nobody_is_kept_out_of_the_numbers(house: House, chromium: Chromium, width: int, dark: bool) -> None:
    with chromium.page(width, dark=dark) as page:
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        sign_in(page, house)
        for place in ("", "?period=all&callout=borders", "?since=2001-01-01&until=2001-02-01"):
            page.goto(f"{house.url}/desk/numbers{place}")
            page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
            assert barriers(page) == [], page.url
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
            picture(page, f"numbers-{width}-{len(place)}")
        assert complaints == []


def test_a_reporter_reads_the_numbers_and_takes_them_along_without_javascript(house: House, chromium: Chromium) -> None:
    with chromium.page(javascript=False) as page:
        sign_in(page, house)
        page.get_by_role("link", name="Numbers").click()
        expect(page.locator(".glance dd").first).to_have_text("10")
        page.get_by_role("link", name="All", exact=True).click()
        expect(page.locator(".glance dd").first).to_have_text("40")
        expect(page.get_by_role("group", name="Tips over time, by how they came")).to_be_visible()
        expect(page.locator("[lang] desc").first).to_contain_text("The numbers are in the table below")
        with page.expect_download() as taken:
            page.get_by_role("button", name="Status as CSV").click()
        rows = list(csv.DictReader(Path(taken.value.path()).read_text("utf-8-sig").splitlines()))
        assert {row["Status"]: row["Tips"] for row in rows}["Closed"] == "20"
        page.get_by_label("Since").fill((now() - timedelta(days=4)).date().isoformat())
        page.get_by_role("button", name="Show", exact=True).click()
        expect(page.locator(".glance dd").first).to_have_text("2")
        page.get_by_role("link", name="Show these tips").click()
        expect(page.locator("#list article, #rows > *, .row").first).to_be_visible()
        assert "is%3Aunanswered" in page.url
        page.goto(f"{house.url}/desk/me")
        page.select_option("[name=locale]", "zh_Hans")
        page.locator("form:has([name=locale]) button").click()
        expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
        page.goto(f"{house.url}/desk/numbers?period=all")
        expect(page.locator(".numbers-page")).to_contain_text("小时")
        picture(page, "numbers-zh")
