"""Twelve people work on tips: each is reached by typing a part of their name, on a tip and for a selection."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlmodel import Session, col

from tests.fixtures_db import make_cast, on_sqlite
from tests.journeys.house import PASSWORD, pictures
from tests.journeys.test_keyboard import sign_in
from tests.servers.chromium import Chromium
from tests.web.arriving import by_form
from tests.web.wire import Served, served
from tipline.core import accounts
from tipline.core.accounts import sessions
from tipline.db import Database
from tipline.models import Account, ActorKind, Role, Tip

pytestmark = pytest.mark.xdist_group("journeys: assigning")
COLLEAGUES = (
    "Anna Berg", "Björn Dahl", "Chidi Okafor", "Daria Petrova", "Emil Novak", "Fatima Haddad", "Goran Kovač",
    "Hana Suzuki", "Ines Costa", "王小明", "Zoe Berger",
)  # fmt: skip
INVITED = "Zelda Invited"  # who never signed in


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, sqlite_template: bytes) -> Iterator[Database]:
    with on_sqlite(tmp_path_factory.mktemp("assigning"), sqlite_template) as made:
        with made.writing() as session:
            _fill(session)
            session.commit()
        yield made


def _fill(session: Session) -> None:
    cast = make_cast(session)
    system = ActorKind.SYSTEM
    accounts.create(session, "kim@meridian.example", "Kim", [Role.EDITOR], system, password=PASSWORD)
    for n, name in enumerate((*COLLEAGUES, INVITED)):
        person = accounts.create(session, f"p{n}@meridian.example", name, [Role.REPORTER], system)
        accounts.set_teams(session, person.id or 0, [cast.borders], system)
        if name != INVITED:
            sessions.start(session, person.id or 0)
    for n in range(3):
        by_form(session, cast.borders, f"Story {n}", minutes=n)


@pytest.fixture(scope="module")
def house(database: Database) -> Iterator[Served]:
    with served(database) as web:
        web.start()
        yield web


def holders(database: Database) -> list[str | None]:
    """Who has each tip, the newest first."""
    query = select(col(Account.name)).select_from(Tip).outerjoin(Account, col(Account.id) == col(Tip.assignee_id))
    with database.reading() as session:
        return list(session.scalars(query.order_by(col(Tip.received_at).desc())))


def assign(page: Page, *typed: str) -> None:
    page.keyboard.press("a")
    expect(page.locator("details.menu[open] [data-filter]")).to_be_focused()
    page.keyboard.type(typed[0])
    pictures(page, f"assign-{typed[0]}")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.keyboard.press("Enter")


def test_anyone_of_twelve_is_assigned_by_a_part_of_their_name_and_who_never_signed_in_is_not_there(
    chromium: Chromium, house: Served, database: Database
) -> None:
    with chromium.page() as page:
        sign_in(page, house)
        page.locator(".rows .row .open").first.click()
        menu, offered = page.locator("#menu-a"), page.locator("#tip [name=assignee].option:visible")
        expect(menu).to_be_visible()
        page.locator("#tip-title").focus()
        page.keyboard.press("a")
        expect(offered).to_have_count(len(COLLEAGUES) + 2)  # Kim, who signed in, and nobody
        expect(offered.filter(has_text=INVITED)).to_have_count(0)
        page.keyboard.type("zel")
        expect(offered).to_have_count(0)
        page.keyboard.press("Escape")
        for typed, name in (("berger", "Zoe Berger"), ("小明", "王小明"), ("kov", "Goran Kovač")):
            assign(page, typed)
            expect(menu).to_contain_text(name)
    assert holders(database)[0] == "Goran Kovač"


def test_a_selection_is_given_to_the_twelfth_by_typing(chromium: Chromium, house: Served, database: Database) -> None:
    with chromium.page() as page:
        sign_in(page, house)
        picks = page.locator(".rows .pick")
        picks.nth(1).check()
        picks.nth(2).check()
        assign(page, "zoe")
        expect(page.locator(".flash, .notice").filter(has_text="Zoe Berger").first).to_be_visible()
    assert holders(database)[1:] == ["Zoe Berger", "Zoe Berger"]
