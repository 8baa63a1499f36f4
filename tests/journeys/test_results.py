"""The results of a callout in a real browser: everybody can read them, and take them along."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.core.surveying import Survey, send, survey
from tests.journeys.house import House, running, sign_in
from tests.servers.chromium import NARROW, WIDE, Chromium, barriers, picture
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Smtp
from tipline.core import access, accounts
from tipline.core.access import Actor

pytestmark = pytest.mark.xdist_group("journeys: results")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot, smtp_server: Smtp) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("newsroom"), dovecot, smtp_server) as house:
        yield house


@pytest.fixture(scope="module")
def apart(house: House) -> Survey:
    with house.database.writing() as session:

        def actor(name: str) -> Actor:
            account = accounts.by_email(session, f"{name}@meridian.example")
            assert account is not None and account.id is not None
            found = access.actor(session, account.id)
            assert found is not None
            return found

        made = survey(session, actor("alice"), actor("bob"))
        for n in range(30):
            told = "My flight was cancelled" if n % 3 else "W" * 300
            answers = [made.answer("story", told, withheld=n == 0), made.answer("where", "Wuhan", n % 3)]
            answers += [made.answer("apart", "Partner", n % 2), made.answer("months", str(n))]
            answers += [made.answer("trust", "4"), made.answer("since", f"2020-{n % 12 + 1:02d}-09")]
            language = "zh-Hans" if n % 4 == 0 else "en"
            send(
                session, made, *answers, made.answer("town", "Boston"), days=n, language=language, reader_name="Mei Li"
            )
        session.commit()
    return made


@pytest.mark.parametrize(("width", "dark"), [(WIDE, False), (NARROW, True)])
def test_nobody_is_kept_out_of_results(house: House, apart: Survey, chromium: Chromium, width: int, dark: bool) -> None:
    with chromium.page(width, dark=dark) as page:
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        sign_in(page, house, "bob")
        base = f"{house.url}/desk/callouts/{apart.callout_id}/results"
        for place in ("", "?compare=language&source=form", f"/{apart.ids['story']}?q=flight", "/tips", "?consent=name"):
            page.goto(base + place)
            page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
            assert barriers(page) == [], page.url
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
            picture(page, f"results-{width}-{len(place)}")
        assert complaints == []


def test_a_reporter_narrows_reads_and_takes_results_along_without_javascript(
    house: House, apart: Survey, chromium: Chromium
) -> None:
    with chromium.page(javascript=False) as page:
        sign_in(page, house, "bob")
        page.goto(f"{house.url}/desk?q=callout:apart")
        page.get_by_role("link", name="Results", exact=True).click()
        expect(page.get_by_role("heading", name="30 tips")).to_be_visible()
        expect(page.get_by_role("img", name="Tips over time, by how they came")).to_be_visible()
        page.get_by_text("Narrow down").click()
        page.get_by_label("Language").select_option("zh-Hans")
        page.get_by_role("button", name="Show", exact=True).click()
        expect(page.get_by_role("heading", name="8 tips")).to_be_visible()
        with page.expect_download() as taken:
            page.get_by_role("button", name="Download as CSV").click()
        rows = list(csv.DictReader(Path(taken.value.path()).read_text("utf-8-sig").splitlines()))
        assert (
            len(rows) == 8
            and "Name" not in rows[0]
            and rows[-1]["What happened?"].startswith("[not for publication] W")
        )
        page.get_by_role("link", name="Read 8 answers").first.click()
        page.get_by_label("Words in the answer").fill("flights")
        page.get_by_role("button", name="Search").click()
        expect(page.locator(".said mark").first).to_have_text("flight")
        page.locator(".said a").first.click()
        expect(page.locator("#tip-title")).to_contain_text("My story")
