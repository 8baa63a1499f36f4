"""A message is filed as automatic, or as the reader's own, by one press, and all that came with it is undone."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import Session

from tests.arrivals import mail
from tests.core.making import say
from tests.fixtures_db import make_cast, on_sqlite
from tests.journeys.house import PASSWORD, pictures
from tests.journeys.test_keyboard import sign_in
from tests.servers.chromium import Chromium
from tests.web.wire import Served, served
from tipline.core import accounts, intake, replies, triage
from tipline.core.access import Actor
from tipline.core.outgoing_mail import Sender
from tipline.db import Database, now
from tipline.models import ActorKind, Role, Status, Tip
from tipline.vocabularies import Source

pytestmark = pytest.mark.xdist_group("journeys: automatic")
DESK = Sender("The Meridian", "borders@meridian.example", plus=True)
HELD = "A reply that was to go later is held back: the reader wrote"
HINT = "the subject looks like that of an automatic reply"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, sqlite_template: bytes) -> Iterator[Database]:
    with on_sqlite(tmp_path_factory.mktemp("automatic"), sqlite_template) as made:
        with made.writing() as session:
            _fill(session)
            session.commit()
        yield made


def _fill(session: Session) -> None:
    cast = make_cast(session)
    kim = accounts.create(session, "kim@meridian.example", "Kim", [Role.EDITOR], ActorKind.SYSTEM, password=PASSWORD)
    by = Actor(kim.id or 0, kim.name, frozenset({Role.EDITOR}))
    tip_id = intake.receive(session, mail(callout_id=cast.borders, subject="Stranded")).tip_id
    say(session, session.get_one(Tip, tip_id), "I am home again.", source=Source.MAIL, automatic="reply")
    triage.set_status(session, tip_id, Status.WAITING, by)
    triage.follow_up(session, tip_id, now().date() + timedelta(days=9), by, snooze=True)
    replies.queue(session, tip_id, "Is there any news?", by, DESK, send_at=now() + timedelta(days=3))
    intake.receive(session, mail("I have a story.", callout_id=cast.borders, subject="Out of Office"))


@pytest.fixture(scope="module")
def house(database: Database) -> Iterator[Served]:
    with served(database) as web:
        web.start()
        yield web


def open_tip(page: Page, house: Served, title: str) -> None:
    page.goto(f"http://127.0.0.1:{house.port}/desk?q=status:any")
    page.locator(".rows .row", has_text=title).locator(".open").click()
    expect(page.locator("#tip-title")).to_contain_text(title)


def test_what_a_machine_was_taken_for_is_given_back_and_undone_with_all_that_came_with_it(
    chromium: Chromium, house: Served
) -> None:
    with chromium.page() as page:
        sign_in(page, house)
        open_tip(page, house, "Stranded")
        status, answer = page.locator("#menu-s"), page.locator(".message", has_text="I am home again.")
        expect(status).to_contain_text("Waiting for reader")
        expect(answer).to_contain_text("· automatic reply")
        pictures(page, "automatic")
        answer.get_by_role("button", name="Not automatic").click()
        expect(status).to_contain_text("Reviewing")
        expect(answer).not_to_contain_text("automatic reply")
        expect(page.locator("#tip")).to_contain_text(HELD)
        expect(page.locator("#tip")).to_contain_text("No longer snoozed: the reader wrote")
        pictures(page, "not-automatic")
        page.locator("#tip-title").focus()
        page.keyboard.press("z")
        expect(status).to_contain_text("Waiting for reader")
        expect(answer).to_contain_text("· automatic reply")
        expect(page.locator("#tip")).to_contain_text("snoozed")
        expect(answer.get_by_role("button", name="Not automatic")).to_be_visible()
        pictures(page, "automatic-again")


def test_a_hint_is_decided_and_undone_without_scripts(chromium: Chromium, house: Served) -> None:
    with chromium.page(javascript=False) as page:
        sign_in(page, house)
        open_tip(page, house, "Out of Office")
        tip, message = page.locator("#tip"), page.locator(".message", has_text="I have a story.")
        expect(message).to_contain_text(HINT)
        message.get_by_role("button", name="File as automatic").click()
        expect(message).to_contain_text("· automatic reply")
        expect(tip).not_to_contain_text(HINT)
        tip.locator("li", has_text="filed a message as automatic").get_by_role("button", name="Undo").click()
        expect(message).to_contain_text(HINT)
