"""Two reporters in two windows make their lists: typed, picked, saved, shared, and told of what is new."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Route, expect

from tests.core.making import make_tip
from tests.core.search.test_keyed_tokens import called, indexed
from tests.journeys.house import House, pictures, running, sign_in
from tests.servers.chromium import NARROW, Chromium, barriers
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Smtp
from tipline.core import access, accounts, callouts, triage
from tipline.db import Database
from tipline.models import Callout

pytestmark = pytest.mark.xdist_group("journeys: lists")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot, smtp_server: Smtp) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("newsroom"), dovecot, smtp_server) as house:
        _tips(house.database)
        yield house


def _tips(database: Database) -> None:
    with database.writing() as session:
        account = accounts.by_email(session, "alice@meridian.example")
        assert account is not None and account.id is not None
        alice = access.actor(session, account.id)
        assert alice is not None
        (borders,) = callouts.for_desk(session, alice)
        other = Callout(slug="overtime", created_at=borders.created_at)
        session.add(other)
        session.flush()
        for n in range(8):
            callout_id = (other if n == 7 else borders).id or 0
            tip = make_tip(session, callout_id, f"Waiting for a visa, number {n}", n)
            triage.tag(session, tip.id or 0, ["visa" if n % 2 else "green card"], alice)
        session.commit()


def _new(house: House, text: str, name: str = "") -> None:
    with house.database.writing() as session:
        account = accounts.by_email(session, "alice@meridian.example")
        assert account is not None and account.id is not None
        alice = access.actor(session, account.id)
        assert alice is not None
        borders = next(c for c in callouts.for_desk(session, alice) if c.slug == "borders")
        tip = make_tip(session, borders.id or 0, text, 60)
        triage.tag(session, tip.id or 0, ["visa"], alice)
        if name:
            called(session, tip, name)
            indexed(session)
        session.commit()


def test_a_list_is_typed_picked_saved_and_shared(house: House, chromium: Chromium) -> None:
    with chromium.page() as alice, chromium.page() as bob:
        complaints: list[str] = []
        late: list[Route] = []
        for page, who in ((alice, "alice"), (bob, "bob")):
            page.on("console", lambda message: complaints.append(message.text))
            sign_in(page, house, who)
        alice.keyboard.press("/")
        expect(alice.get_by_role("combobox", name="Search stories, answers and notes")).to_be_focused()
        alice.keyboard.type("-tag:g")
        offers = alice.locator(".suggestions")
        expect(offers.get_by_role("option")).to_have_count(1)
        assert barriers(alice) == []
        alice.route("**/desk/suggest?*", lambda route: late.append(route))
        with alice.expect_request("**/desk/suggest?*"):
            alice.keyboard.type("r")
        with alice.expect_event("requestfailed"):  # nobody waits for it: it would take the choice away
            alice.keyboard.press("ArrowDown")
        alice.unroute_all(behavior="ignoreErrors")
        expect(offers.get_by_role("option", selected=True)).to_have_text('-tag:"green card"')
        alice.keyboard.press("Enter")
        expect(alice.locator("#search")).to_have_value('-tag:"green card" ')
        alice.keyboard.press("Enter")
        expect(alice.locator(".row")).to_have_count(4)
        expect(alice).to_have_url(f"{house.url}/desk?q=-tag:%22green+card%22")
        expect(alice.locator(".suggestions [role=listbox]")).to_have_count(0)  # the focus came back, and nobody asked

        alice.get_by_text("Save view").click()
        alice.get_by_label("Name of the view").fill("Not green cards")
        alice.get_by_label("Share it with colleagues").check()
        alice.get_by_label("Tell me of new tips in it").check()
        alice.get_by_role("button", name="Save", exact=True).click()
        expect(alice.locator("#views .n")).to_have_text("4")
        expect(alice.locator("#views a[aria-current]")).to_contain_text("Not green cards")
        bob.reload()
        expect(bob.locator("#views .n")).to_have_text("3")  # one is of a callout that is not his
        bob.locator("#views a", has_text="Not green cards").click()
        expect(bob.locator(".row")).to_have_count(3)

        alice.goto(f"{house.url}/desk")
        _new(house, "A visa at last")
        alice.reload()
        expect(alice.locator("#views .new")).to_have_text("1 new")
        assert barriers(alice) == []
        pictures(alice, "views-in-rail")
        alice.goto(f"{house.url}/desk/views")
        view = alice.locator("main li", has_text="Not green cards")
        expect(view).to_contain_text("1 new")
        expect(view.get_by_role("button", name="Seen")).to_be_visible()
        alice.goto(f"{house.url}/desk")
        with alice.expect_response("**/looked"):  # after a moment
            alice.locator("#views a", has_text="Not green cards").click()
            expect(alice.locator(".row").first).to_contain_text("A visa at last")
        expect(alice.locator("#views .new")).to_be_hidden()
        alice.reload()
        expect(alice.locator("#views .n")).to_have_text("5")
        expect(alice.locator("#views .new")).to_be_hidden()
        alice.goto(f"{house.url}/desk/views")
        expect(view.locator(".n")).to_have_text("5")
        expect(view.get_by_role("button", name="Seen")).to_be_hidden()
        alice.goto(f"{house.url}/desk?q=-tag:%22green+card%22")

        alice.locator(".sort summary").click()
        alice.get_by_role("link", name="Oldest", exact=True).click()
        expect(alice.locator(".row").first).to_contain_text("number 1")
        expect(alice.locator("#count")).to_have_text("5, oldest first")
        alice.go_back()
        expect(alice.locator(".row").first).to_contain_text("A visa at last")
        alice.locator("#search").click()
        with alice.expect_event("load"):  # the same list again
            offers.get_by_role("option", name='-tag:"green card"', exact=True).click()
        expect(alice.locator(".row")).to_have_count(5)
        alice.locator("#search").click()
        alice.get_by_role("button", name="Forget what I searched for").click()
        expect(alice.get_by_text("Searched for last")).to_have_count(0)

        _new(house, "The ferry did not run", "Chloé Dupont")
        alice.goto(f"{house.url}/desk")
        alice.locator("#search").fill("chloe dupont")
        with alice.expect_response("**/desk/searches"):
            alice.locator("#search").press("Enter")
        expect(alice.locator(".row")).to_have_count(1)
        expect(alice.locator(".row")).to_contain_text("Chloé D.")
        alice.locator(".row a").first.click()
        expect(alice.locator("#tip")).to_contain_text("found it by the reader’s name")
        alice.goto(f"{house.url}/desk")
        alice.locator("#search").click()
        expect(offers.get_by_role("option").first).to_be_visible()
        expect(offers.get_by_role("option", name="chloe dupont")).to_have_count(0)
        assert complaints == []


def test_views_are_kept_on_a_phone_without_javascript(house: House, chromium: Chromium) -> None:
    with chromium.page(NARROW, javascript=False) as page:
        sign_in(page, house, "bob")
        page.goto(f"{house.url}/desk?q=tag:visa+sort:waiting")
        page.get_by_text("Save view").click()
        page.get_by_label("Name of the view").fill("Visas that wait")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("The view “Visas that wait” is saved.")).to_be_visible()
        page.goto(f"{house.url}/desk/views")
        row = page.locator("li", has_text="Visas that wait")
        expect(row).to_contain_text("Tag: visa · Longest waiting for us")
        row.get_by_text("Change", exact=True).click()
        row.get_by_role("button", name="Delete this view").click()
        expect(page.locator("main li", has_text="Visas that wait")).to_have_count(0)
