"""A campaign of forty copies among real accounts: one row on the desk, closed by one press, and taken back."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select
from sqlmodel import col

from tests.core import campaigns
from tests.journeys.house import House, pictures, running, sign_in
from tests.servers.chromium import Chromium, barriers
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Smtp
from tipline.core import intake
from tipline.core.arrival import Arrival, Source
from tipline.db import now
from tipline.models import Callout, Status, Tip

pytestmark = pytest.mark.xdist_group("journeys: clusters")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot, smtp_server: Smtp) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("newsroom"), dovecot, smtp_server) as house:
        yield house


@pytest.fixture(scope="module")
def campaign(house: House) -> None:
    """Forty copies, three accounts of people's own, and the worker that puts them in order."""
    stories = [*campaigns.copies("residents", 40), *campaigns.written()[:3]]
    with house.database.writing() as session:
        callout_id = session.scalars(select(col(Callout.id)).where(col(Callout.slug) == "borders")).one()
        for n, story in enumerate(stories):
            at = now() - timedelta(minutes=90 - n)
            own = {"callout_id": callout_id, "submission_id": f"campaign-{n}", "language": "en"}
            intake.receive(session, Arrival(Source.FORM, story, at, **own))  # type: ignore[arg-type]
        session.commit()


def statuses(house: House) -> dict[Status, int]:
    with house.database.reading() as session:
        counted = session.execute(select(col(Tip.status), func.count()).group_by(col(Tip.status)))
        return {status: n for status, n in counted}  # noqa: C416


def show_inbox(page: Page, house: House) -> None:
    """Once the worker has been there."""
    for _ in range(60):
        page.goto(f"{house.url}/desk")
        if page.locator("#rows > .row").count() == 4:
            return
        page.wait_for_timeout(250)


def test_forty_copies_are_one_row_and_one_press(house: House, campaign: None, chromium: Chromium) -> None:
    with chromium.page() as page:
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        sign_in(page, house, "bob")
        show_inbox(page, house)
        expect(page.locator("#rows > .row")).to_have_count(4)
        alike = page.locator(".alike")
        expect(alike).to_have_text(re.compile("39 more like this"))
        pictures(page, "clusters-inbox")
        assert barriers(page) == []
        page.locator(".row", has=alike).locator(".open").click()
        panel = page.locator(".likes")
        expect(panel).to_contain_text("39 other tips say nearly the same.")
        pictures(page, "clusters-tip")
        assert barriers(page) == []
        panel.get_by_role("link", name="What differs").click()
        expect(page.locator("mark").first).to_be_visible()
        pictures(page, "clusters-differs")
        assert barriers(page) == []
        page.get_by_role("link", name="Back to the tip").click()
        page.get_by_role("button", name="Close all 40 that are open").click()
        expect(page.locator("#rows > .row")).to_have_count(3)
        assert statuses(house) == {Status.NEW: 3, Status.CLOSED: 40}
        expect(page.locator("#notices")).to_contain_text("40 tips changed")
        page.locator("#notices").get_by_role("button", name="Undo", exact=True).click()
        expect(page.locator(".alike")).to_have_text(re.compile("39 more like this"))
        assert statuses(house) == {Status.NEW: 43}
        page.locator(".alike").click()
        expect(page.locator("#rows > .row")).to_have_count(40)
        pictures(page, "clusters-similar")
        assert complaints == []


def test_without_a_script_a_tip_is_set_apart(house: House, campaign: None, chromium: Chromium) -> None:
    with chromium.page(javascript=False) as page:
        sign_in(page, house, "bob")
        show_inbox(page, house)
        page.locator(".alike").click()
        page.locator("#rows > .row .open").nth(4).click()
        page.get_by_role("button", name="Not alike").click()
        expect(page.locator("#notices")).to_contain_text("stands by itself from now on")
        page.goto(f"{house.url}/desk")
        expect(page.locator("#rows > .row")).to_have_count(5)
        expect(page.locator(".alike")).to_have_text(re.compile("38 more like this"))
