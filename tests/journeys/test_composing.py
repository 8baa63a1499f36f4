"""Writing to a reader, with a real browser and mail server: begun in one window, ended in another, taken back."""

import io
from collections.abc import Iterator
from email import message_from_bytes

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select, update
from sqlmodel import col

from tests.journeys.house import House, letter, pictures, running, sign_in
from tests.journeys.test_journeys import open_tip
from tests.servers.chromium import NARROW, WIDE, Chromium, barriers
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Smtp
from tipline.core import access, accounts
from tipline.core.outbox import scheduled
from tipline.core.replies import saved_replies
from tipline.core.replies.saved_replies import SavedDraft
from tipline.core.triage import checklists
from tipline.core.triage.checklists import ChecklistDraft
from tipline.db import now
from tipline.models import Outgoing, SendState, Tip

pytestmark = pytest.mark.xdist_group("journeys: composing")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot, smtp_server: Smtp) -> Iterator[House]:
    """What a browser does with it does not depend on the database."""
    with running(tmp_path_factory.mktemp("newsroom"), dovecot, smtp_server) as house:
        _templates(house)
        yield house


def _templates(house: House) -> None:
    with house.database.writing() as session:
        account = accounts.by_email(session, "alice@meridian.example")
        alice = access.actor(session, (account and account.id) or 0)
        assert alice is not None
        saved_replies.save(session, None, SavedDraft("thanks", "Dear {reader},\n\nthank you. {reporter}"), alice)
        checklists.save(session, None, ChecklistDraft("Check a story", ["Call back", "See the visa"]), alice)
        session.commit()


def photo() -> bytes:
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x010F] = "SECRETCAMERA"
    Image.new("RGB", (320, 200), "steelblue").save(out, "JPEG", exif=exif)
    return out.getvalue()


def states(house: House) -> list[SendState]:
    with house.database.reading() as session:
        return list(session.scalars(select(col(Outgoing.state)).order_by(col(Outgoing.id))))


def leaves_now(house: House) -> None:
    """As if the seconds were over in which it can be taken back."""
    with house.database.writing() as session:
        session.execute(update(Outgoing).where(col(Outgoing.state) == SendState.QUEUED).values(not_before=now()))
        session.commit()


def saved(page: Page) -> None:
    expect(page.locator(".draft-state")).to_have_text("Draft saved")


def test_a_reply_is_begun_here_ended_there_taken_back_and_sent_with_a_photo(house: House, chromium: Chromium) -> None:
    house.mail(letter("Mei Li <mei@mail.example>", "Separated", "My son is in Shanghai.").as_bytes())
    with chromium.page() as desk, chromium.page(NARROW) as phone:
        errors: list[str] = []
        desk.on("pageerror", lambda error: errors.append(str(error)))
        sign_in(desk, house)
        open_tip(desk, house, "Separated")
        sign_in(phone, house)
        phone.goto(desk.url)
        # A saved reply by its name, at the cursor; the draft is on the other window after a reload.
        desk.click("#reply-text")
        late: list[Route] = []
        desk.route("**/saved-replies/**", lambda route: late.append(route))
        with desk.expect_request("**/saved-replies/**"):
            desk.keyboard.type("/tha")
            desk.keyboard.press("Enter")
        desk.keyboard.type(" Yours")  # before it came
        late[0].continue_()
        expect(desk.locator("#reply-text")).to_have_value("Dear Mei L.,\n\nthank you. Bob Reporter Yours")
        desk.keyboard.type(", Bob")
        expect(desk.locator("#reply-text")).to_have_value("Dear Mei L.,\n\nthank you. Bob Reporter Yours, Bob")
        desk.unroute_all(behavior="ignoreErrors")
        desk.fill("#reply-text", "")
        desk.keyboard.type("/tha")
        expect(desk.locator("#offered .option")).to_have_count(1)
        desk.keyboard.press("Enter")
        expect(desk.locator("#reply-text")).to_have_value("Dear Mei L.,\n\nthank you. Bob Reporter")
        saved(desk)
        expect(desk.locator(".row .begun")).to_have_text("draft")
        # The phone has not seen it: it is told, and takes it over.
        phone.locator("#reply-text").fill("Hello from the train")
        expect(phone.locator("#reply-form .other-window")).to_contain_text("Dear Mei L.")
        phone.click("#reply-form [data-take]")
        expect(phone.locator("#reply-text")).to_have_value("Dear Mei L.,\n\nthank you. Bob Reporter")
        # Sent with a photo, and taken back by one key within its seconds.
        desk.set_input_files("#reply-files", {"name": "路.jpg", "mimeType": "image/jpeg", "buffer": photo()})
        expect(desk.locator(".enclosed .name")).to_have_text("路.jpg")
        assert barriers(desk) == []
        pictures(desk, "composer")
        desk.click(".reply-form [data-send]")
        expect(desk.locator(".message.ours")).to_be_visible()
        desk.keyboard.press("z")
        expect(desk.locator("#reply-text")).to_have_value("Dear Mei L.,\n\nthank you. Bob Reporter")
        expect(desk.locator(".enclosed .name")).to_have_text("路.jpg")
        assert states(house) == [SendState.WITHDRAWN]
        # Sent for good.
        desk.locator("#reply-text").press("Control+Enter")
        expect(desk.locator("#reply-text")).to_have_value("")
        leaves_now(house)
        sent = house.smtp.wait()[0]
        (picture,) = [p for p in message_from_bytes(sent.raw).walk() if p.get_content_type() == "image/jpeg"]
        content = picture.get_payload(decode=True)
        assert isinstance(content, bytes)
        assert b"SECRETCAMERA" not in content
        assert list(sent.recipients) == ["mei@mail.example"]
        desk.reload()  # the notice is gone, and with it its way back
        desk.locator("#tip-title").focus()
        desk.keyboard.press("z")
        expect(desk.locator("#notices .error")).to_contain_text("has left, and stays")
        # What is begun for a tip that is not theirs any more is sent once and stays in its field.
        asked: list[str] = []
        phone.on("request", lambda request: asked.extend([request.url] if request.url.endswith("/draft") else []))
        phone.clock.install()
        phone.reload()
        with house.database.writing() as session:
            session.execute(update(Tip).values(restricted=True))
            session.commit()
        phone.fill("#reply-text", "One thing more")
        phone.clock.fast_forward(2_000)
        expect(phone.locator(".draft-state.bad")).to_contain_text("Copy what you wrote")
        phone.locator("#reply-text").press_sequentially("!")
        phone.clock.fast_forward(60_000)
        expect(phone.locator(".draft-state.bad")).to_contain_text("Copy what you wrote")
        expect(phone.locator("#reply-text")).to_have_value("One thing more!")
        assert len(asked) == 1
        assert errors == []


def test_a_reply_for_later_is_held_when_the_reader_writes_and_the_work_is_ticked_off(
    house: House, chromium: Chromium
) -> None:
    house.mail(letter("Li Wei <li@mail.example>", "Stuck", "I am in Macau.").as_bytes())
    with chromium.page() as desk:
        sign_in(desk, house)
        open_tip(desk, house, "Stuck")
        desk.fill("#reply-text", "How was your Friday?")
        desk.click(".later summary")
        desk.click(".later .option:has-text('Tomorrow morning')")
        expect(desk.locator(".message.ours .send-state")).to_contain_text("Goes tomorrow")
        desk.click("text=Checklists")
        desk.click(".put-checklist button")
        desk.click(".task .tick >> nth=0")
        expect(desk.locator(".tasks h2")).to_contain_text("1 of 2")
        desk.click("label[for=tab-contact]")
        desk.fill("[name=contact-outcome]", "Will send the visa")
        desk.click(".contact-form [data-send]")
        expect(desk.locator(".note.contact")).to_contain_text("Will send the visa")
        assert barriers(desk) == []
        pictures(desk, "work")
        again = letter("Li Wei <li@mail.example>", "Re: Stuck", "I am home!")
        again["In-Reply-To"] = _message_id(house)
        house.mail(again.as_bytes())
        for _ in range(60):
            desk.reload()
            if desk.locator(".waits b").count():
                break
            desk.wait_for_timeout(250)
        expect(desk.locator(".message.ours .send-state")).to_contain_text("Held back")
        assert barriers(desk) == []
        pictures(desk, "held")
        desk.click(".waits button:has-text('Undo')")
        expect(desk.locator("#reply-text")).to_have_value("How was your Friday?")
        assert all("li@mail.example" not in sent.recipients for sent in house.smtp.deliveries)


def _message_id(house: House) -> str:
    """Of the reply that waits for its time."""
    with house.database.reading() as session:
        waits = select(col(Outgoing.mail_message_id)).where(col(Outgoing.reason) == scheduled.SCHEDULED)
        return f"<{session.scalars(waits).one()}>"


def test_many_are_written_to_at_once_taken_back_and_sent_each_in_their_own_mail(
    house: House, chromium: Chromium
) -> None:
    names = {"wei@mail.example": "Wei Chen", "ana@mail.example": "Ana Silva"}
    for address, name in names.items():
        house.mail(letter(f"{name} <{address}>", f"Papers of {name}", "I have them all.").as_bytes())
    before = len(house.smtp.deliveries)
    for size in (WIDE, NARROW):
        with chromium.page(size) as page:
            sign_in(page, house)
            open_tip(page, house, "Papers of Ana Silva")
            page.goto(f"{house.url}/desk")
            for name in names.values():
                page.locator(".row", has_text=f"Papers of {name}").locator(".pick").check()
            page.locator(".bulk [name=write]").click()
            expect(page.locator(".reach")).to_contain_text("2 readers can be reached · 2 by mail")
            if size == NARROW:
                # What was begun on the other screen is here too; what the server has not yet got is in the tab.
                expect(page.locator("#text")).to_have_value("Dear {reader},\n\nthank you. {reporter}")
                page.fill("#text", "Hello")
                page.reload()
                expect(page.locator("#text")).to_have_value("Hello")
                page.fill("#text", "")
                expect(page.locator(".draft-state")).to_have_text("")
            page.locator(".saved summary").click()
            page.locator("[name=saved]").click()
            expect(page.locator("#text")).to_have_value("Dear {reader},\n\nthank you. {reporter}")
            assert barriers(page) == []
            pictures(page, f"write-{size}")
            page.get_by_role("button", name="Preview").click()
            expect(page.locator(".letter .words")).to_contain_text("thank you. Bob Reporter")
            assert barriers(page) == []
            pictures(page, f"write-look-{size}")
            page.get_by_role("button", name="Send it to 2 readers").dblclick()
            expect(page.locator("#notices")).to_contain_text("2 messages leave in a moment.")
            if size == WIDE:
                page.keyboard.press("z")
                expect(page.locator("#text")).to_have_value("Dear {reader},\n\nthank you. {reporter}")
                expect(page.locator("#notices")).to_contain_text("nothing was sent")
                expect(page.locator(".draft-state")).to_have_text("Draft saved")
    leaves_now(house)
    sent = house.smtp.wait(before + 2)[before:]
    assert len(sent) == 2
    for one in sent:
        (recipient,) = one.recipients
        assert f"Dear {names[recipient][:5]}" in one.raw.decode()
        assert sum(address in one.raw.decode() for address in names) == 1
