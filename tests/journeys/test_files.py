"""A reader sends a photo of a phone, a voice message and something bad; a reporter sees, hears and is warned."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlmodel import col

from tests.journeys.house import House, pictures, running, sign_in
from tests.sandbox.test_pictures import photo
from tests.servers.chromium import Chromium, barriers
from tests.servers.clamav import EICAR, Clamav, binary
from tests.servers.dovecot import Dovecot
from tests.servers.missing import need
from tests.servers.smtp import Smtp
from tests.web.desk.test_player import sound
from tipline.models import Event, StoredFile, Verb

pytestmark = pytest.mark.xdist_group("journeys: files")
LISTEN = """async () => {
  const player = document.querySelector('audio');
  player.muted = true;
  await player.play();
  await new Promise((done) => { player.ontimeupdate = () => player.currentTime > 0.1 && done(); });
  player.currentTime = 15;
  await new Promise((done) => { player.onseeked = done; });
  player.pause();
  return [player.duration, player.currentTime >= 15];
}"""


@pytest.fixture
def clamav() -> Iterator[Clamav]:
    need("ClamAV (clamav-daemon)", binary())
    with Clamav() as server:
        yield server


@pytest.fixture
def house(
    tmp_path: Path, dovecot: Dovecot, smtp: Smtp, clamav: Clamav, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    monkeypatch.setenv("TIPLINE_SCANNER__CLAMD", clamav.address)
    with running(tmp_path, dovecot, smtp) as house:
        yield house


def send(page: Page, house: House) -> None:
    """The form with its files, and the receipt."""
    page.goto(f"{house.url}/c/borders")
    page.locator("textarea").first.fill("Listen to what my son told me at the crossing.")
    page.set_input_files(
        "input[type=file]",
        [
            {"name": "IMG_2041.HEIC", "mimeType": "image/heic", "buffer": photo("HEIF", (800, 600))},
            {"name": "voice.wav", "mimeType": "audio/wav", "buffer": sound(20)},
            {"name": "invoice.pdf", "mimeType": "application/pdf", "buffer": EICAR},
        ],
    )
    page.check("[name=contact][value=page]")
    page.check("[name=consent][value=ask]")
    page.locator("button.main").click()
    expect(page.locator(".code").first).to_be_visible()


def note_with_file(page: Page) -> None:
    """A screenshot chosen for a note stays chosen while the tip is drawn anew, and stands with the note once."""
    page.go_back()
    page.locator("label[for=tab-note]").click()
    page.locator("#note-text").fill("From Signal.")
    chosen = page.locator(".note-form [type=file]")
    chosen.set_input_files([{"name": "signal.png", "mimeType": "image/png", "buffer": photo("PNG", (30, 50))}])
    page.get_by_role("button", name="Take it").click()
    expect(page.locator("#menu-a")).to_contain_text("Bob")
    assert chosen.evaluate("input => input.files.length") == 1
    page.get_by_role("button", name="Save note").click()
    expect(page.locator("li.note .file")).to_contain_text("signal.png")
    expect(page.locator("#row-1").get_by_role("img", name="2 photos")).to_be_visible()
    assert chosen.evaluate("input => input.files.length") == 0
    expect(page.get_by_text("added by Bob")).to_have_count(1)


def test_a_photo_is_seen_a_voice_heard_and_a_virus_asked_about(chromium: Chromium, house: House) -> None:
    with chromium.page() as reader:
        send(reader, house)
    with chromium.page() as page:
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        sign_in(page, house)
        page.locator(".rows .row .open").first.click()
        page.wait_for_url("**/desk/tips/**")
        for _ in range(40):  # the worker needs its seconds
            if page.get_by_text("found: Eicar").count():
                break
            page.wait_for_timeout(500)
            page.reload()
        expect(page.get_by_text("scanned, nothing found")).to_have_count(2)
        image = page.locator(".file img")
        expect(image).to_have_count(1)
        assert image.evaluate("async (image) => { await image.decode(); return image.naturalWidth; }") == 800
        page.get_by_role("button", name="Play voice.wav").click()
        expect(page.locator("audio")).to_be_visible()
        assert page.evaluate(LISTEN) == [20, True]
        assert barriers(page) == [] and said == []
        pictures(page, "files")
        page.get_by_role("button", name="Download the original of invoice.pdf").click()
        expect(page.get_by_role("heading", name="Something was found in this file")).to_be_visible()
        assert barriers(page) == []
        with page.expect_download() as download:
            page.get_by_role("button", name="Download it all the same").click()
        assert Path(download.value.path()).read_bytes() == EICAR
        note_with_file(page)
    with house.database.reading() as session:
        names = select(col(StoredFile.name)).join(Event, col(Event.object_id) == col(StoredFile.id))
        seen = session.scalars(names.where(col(Event.verb) == Verb.ORIGINAL_SEEN).order_by(col(Event.id))).all()
        assert list(seen) == ["voice.wav", "invoice.pdf"]
