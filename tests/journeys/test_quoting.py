"""From a tip to a printed quote, with real mail: drafted, sent, answered by mail and on the reader's page, printed."""

from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.house import ON_POSTGRESQL, House, letter, pictures, running, sign_in
from tests.journeys.test_journeys import fill_form, open_tip, until
from tests.servers.chromium import Chromium
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Smtp
from tipline.models import Quote, QuoteRequest

pytestmark = pytest.mark.xdist_group("journeys: quoting")
STORY = "My wife and I have not seen our daughter since January."


@pytest.fixture
def house(database_url: str, tmp_path: Path, dovecot: Dovecot, smtp: Smtp) -> Iterator[House]:
    folder = tmp_path / "newsroom"
    folder.mkdir()
    with running(folder, dovecot, smtp, database_url) as house:
        yield house


@ON_POSTGRESQL
def test_a_quote_is_sent_answered_by_mail_placed_and_published(house: House, chromium: Chromium) -> None:
    with chromium.page(javascript=True) as reader:
        fill_form(reader, house, email="daniel@mail.example", contact="email", consent="ask")
        reader.locator("button.main").click()
        expect(reader.locator(".code")).to_be_visible()
    with chromium.page() as desk:
        sign_in(desk, house)
        open_tip(desk, house, "My wife and I")
        desk.get_by_role("button", name="Quote the story").click()
        expect(desk.locator(".clearance")).to_contain_text("The reader wants to be asked first")
        desk.fill("#text", STORY)
        desk.select_option("#attribution", "first_name")
        desk.fill("#credit", "Lyon")
        desk.get_by_role("button", name="Save").first.click()
        expect(desk.get_by_text("Saved.")).to_be_visible()
        expect(desk.locator("del").first).to_be_visible()
        desk.fill("#context", "We write about families.")
        desk.get_by_role("button", name="Preview").click()
        expect(desk.locator("#preview")).to_contain_text("— Daniel, Lyon")
        pictures(desk, "quote")
        desk.get_by_role("button", name="Send to the reader").click()
        expect(desk.locator(".quote-state")).to_have_text("Sent to the reader")
        sent = message_from_bytes(house.smtp.wait()[0].raw)
        body = next(part for part in sent.walk() if part.get_content_type() == "text/plain").get_payload(decode=True)
        assert f"“{STORY}”\r\n— Daniel, Lyon" in body.decode().replace("\r\n", "\n").replace("\n", "\r\n")
        assert "YES" in body.decode()
        quote_page = desk.url
        reply = letter("Daniel Ortega <daniel@mail.example>", f"Re: {sent['Subject']}", "Yes\n\nDaniel")
        reply["In-Reply-To"] = reply["References"] = sent["Message-ID"]
        house.mail(reply.as_bytes())
        until(desk, quote_page, desk.get_by_text("The reader has written since they were asked."))
        desk.get_by_role("button", name="Yes").click()
        expect(desk.locator(".quote-state")).to_have_text("Approved")
        expect(desk.get_by_role("link", name="their message")).to_be_visible()
        desk.fill("#article", "https://meridian.example/families")
        desk.get_by_role("button", name="Published").click()
        expect(desk.locator(".quote-state")).to_have_text("Published")
        desk.goto(f"{house.url}/desk/quotes")
        expect(desk.locator(".quote-card")).to_contain_text(STORY)
        with desk.expect_download() as taken:
            desk.get_by_role("button", name="TXT").click()
        assert "— Daniel, Lyon" in Path(taken.value.path()).read_text()
    with house.database.reading() as session:
        quote, request = session.get_one(Quote, 1), session.get_one(QuoteRequest, 1)
        assert quote.published_at and request.evidence_id and request.recorded_by


@ON_POSTGRESQL
def test_a_reader_without_mail_answers_on_their_page(house: House, chromium: Chromium) -> None:
    with chromium.page(javascript=True) as reader, chromium.page() as desk:
        fill_form(reader, house, contact="page", consent="ask")
        reader.locator("button.main").click()
        expect(reader.locator(".code")).to_be_visible()
        link = reader.locator("a[href*='/r/']").first.get_attribute("href") or ""
        sign_in(desk, house)
        open_tip(desk, house, "My wife and I")
        desk.get_by_role("button", name="Quote the story").click()
        desk.get_by_role("button", name="Send to the reader").click()
        expect(desk.locator(".quote-state")).to_have_text("Sent to the reader")
        reader.goto(link if link.startswith("http") else f"{house.url}{link}")
        expect(reader.get_by_role("heading", name="May we quote you?")).to_be_visible()
        pictures(reader, "reader-quote")
        reader.get_by_role("button", name="Yes, print exactly this").click()
        expect(reader.get_by_text("Thank you. We have your answer.")).to_be_visible()
        expect(reader.get_by_role("heading", name="May we quote you?")).to_have_count(0)
        desk.reload()
        expect(desk.locator(".quote-state")).to_have_text("Approved")
        expect(desk.locator(".quote-ledger")).to_contain_text("on their page")
