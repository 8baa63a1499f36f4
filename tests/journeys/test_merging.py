"""What belongs together, in a real browser: joined and taken apart, one person, passages, a translation, a sheet."""

import io
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from tests.core.merge.test_merging import again, by_form
from tests.journeys.house import House, pictures, running, sign_in
from tests.servers.chromium import NARROW, WIDE, Chromium, barriers, picture
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Smtp
from tipline.core import triage
from tipline.core.access import actor
from tipline.db import now
from tipline.models import Account, Callout, Status
from tipline.vocabularies import ContactChoice

pytestmark = pytest.mark.xdist_group("journeys: belonging")
STORY = "We were stuck in Shanghai. The border closed at noon 👪 without a word. My son is in Boston."
CHINESE = "我们在等。已经十八个月了。"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot, smtp_server: Smtp) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("newsroom"), dovecot, smtp_server) as house:
        with house.database.writing() as session:
            borders = session.exec(select(Callout.id).where(Callout.slug == "borders")).one() or 0
            session.add(Callout(slug="overtime", created_at=now()))
            known = {"reader_email": "mei@mail.example", "reader_name": "Mei Chen"}
            first = by_form(session, borders, STORY, **known)
            by_form(session, borders, CHINESE, language="zh-Hans", **known)
            near = by_form(session, borders, "Unrelated but near", contact=ContactChoice.PAGE)
            again(session, first, "Another matter: my overtime was never paid.")
            bob = session.exec(select(Account.id).where(Account.email == "bob@meridian.example")).one() or 0
            by = actor(session, bob)
            assert by is not None
            triage.note(session, first.id or 0, "Call her on Friday", by)
            triage.set_status(session, near.id or 0, Status.READY, by)
            triage.tag(session, near.id or 0, ["night train"], by)
            session.commit()
        yield house


def select_words(page: Page, words: str) -> None:
    """As a hand does with a pointer."""
    page.evaluate(
        """words => {
            const box = document.querySelector('.message .words'), at = box.textContent.indexOf(words);
            const walk = document.createTreeWalker(box, 4), range = document.createRange();
            let seen = 0, node;
            while ((node = walk.nextNode())) {
                const end = seen + node.length;
                if (at >= seen && at < end) range.setStart(node, at - seen);
                if (at + words.length <= end) { range.setEnd(node, at + words.length - seen); break; }
                seen = end;
            }
            getSelection().removeAllRanges();
            getSelection().addRange(range);
        }""",
        words,
    )


def test_tips_are_joined_taken_apart_split_and_moved_without_javascript(house: House, chromium: Chromium) -> None:
    with chromium.page(javascript=False) as page:
        sign_in(page, house, "alice")
        page.goto(f"{house.url}/desk/tips/3")
        page.get_by_role("link", name="Merge or link another tip …").click()
        page.get_by_label("With which tip?").fill("T-000001")
        page.get_by_role("button", name="Find it").click()
        outcome = page.locator(".outcome")
        for said in ("Status: Ready", "Tags of both: night train", "Safe to contact: Only on their page"):
            expect(outcome).to_contain_text(said)
        expect(outcome).to_contain_text("You can unmerge them at any time")
        page.get_by_role("button", name="Merge T-000003 into T-000001").click()
        expect(page.locator(".belongs")).to_contain_text("Merged into this")
        expect(page.locator("#conversation")).to_contain_text("Unrelated but near")
        expect(page.locator(".state.strong")).to_contain_text("Ready")
        page.locator("#notices").get_by_role("button", name="Undo", exact=True).click()
        expect(page.locator("#conversation")).not_to_contain_text("Unrelated but near")
        expect(page.locator(".state.strong")).to_contain_text("New")
        page.goto(f"{house.url}/desk/tips/3")
        expect(page.locator(".state.strong")).to_contain_text("Ready")
        expect(page.locator("#conversation")).not_to_contain_text("Another matter")
        page.goto(f"{house.url}/desk/tips/1")
        page.get_by_role("link", name="Make it a tip of its own …").click()
        page.get_by_role("button", name="Make it a tip").click()
        expect(page.locator("#notices")).to_contain_text("is a tip of its own now")
        page.locator("#notices").get_by_role("button", name="Undo", exact=True).click()
        expect(page.locator("#conversation")).to_contain_text("Another matter")
        page.goto(f"{house.url}/desk/tips/3/move")
        expect(page.locator(".destination").filter(has_text="overtime")).to_contain_text("Bob Reporter")
        page.get_by_label("overtime").check()
        page.get_by_role("button", name="Move it").click()
        expect(page.locator("#conversation")).to_contain_text("moved it from borders to overtime")
        page.locator("#notices").get_by_role("button", name="Undo", exact=True).click()
        expect(page.locator("#notices")).to_contain_text("Undone")


def test_words_are_marked_by_hand_translated_and_one_person_is_named(house: House, chromium: Chromium) -> None:
    with chromium.page() as page:
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        sign_in(page, house)
        page.goto(f"{house.url}/desk/tips/1")
        select_words(page, "without a word")
        expect(page.locator("[data-mark].ready")).to_have_text("Highlight the selection (h)")
        page.keyboard.press("h")
        expect(page.locator("mark.passage")).to_have_text("without a word")
        select_words(page, "closed at noon 👪 without")
        page.locator("[data-mark].ready").click()
        expect(page.locator(".side .passage")).to_have_count(2)
        expect(page.locator("mark.passage").first).to_have_text("closed at noon 👪 ")
        page.get_by_role("button", name="Same person").click()
        expect(page.locator("#identity")).to_contain_text("The same person, as T-000002 knows them")
        page.get_by_role("button", name="Show this identity").click()
        expect(page.locator("#identity .shown")).to_contain_text("mei@mail.example")
        assert complaints == []
        pictures(page, "belonging")
        looked = {WIDE: ("tips/1", "tips/1/belongs?with=T-000002"), NARROW: ("tips/1/move", "tips/2")}
        for width, paths in looked.items():
            page.set_viewport_size({"width": width, "height": 800})
            for path in paths:
                page.goto(f"{house.url}/desk/{path}")
                assert barriers(page) == [], path
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
                picture(page, f"belonging-{path.replace('/', '-').split('?')[0]}-{width}")
        page.get_by_text("Translate into English").click()
        page.get_by_label("Translation").fill("We wait. It is eighteen months.")
        asked: list[str] = []
        page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
        page.evaluate("location.reload()")
        expect(page.get_by_label("Translation")).to_have_value("We wait. It is eighteen months.")
        assert asked == ["beforeunload"], "words that are no draft are not left without a question"
        page.get_by_role("button", name="Save the translation").click()
        expect(page.locator(".translation")).to_contain_text("It is eighteen months.")


def test_tips_that_share_a_name_are_related_once_one_looks(house: House, chromium: Chromium) -> None:
    stories = "My sister of Foxconn lost her dog, Lindqvist", "My brother walks Lindqvist for one of Foxconn"
    with house.database.writing() as session:
        borders = session.exec(select(Callout.id).where(Callout.slug == "borders")).one() or 0
        first, other = (by_form(session, borders, story).id or 0 for story in stories)
        session.commit()
    with chromium.page() as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/shared") else None)
        sign_in(page, house)
        page.set_viewport_size({"width": WIDE, "height": 500})
        page.goto(f"{house.url}/desk/tips/{first}")
        expect(page.get_by_role("link", name="Tips that share rare words or facts")).not_to_be_in_viewport()
        assert asked == []
        page.locator("#shared").scroll_into_view_if_needed()
        related = page.locator(".kindred")
        expect(related).to_have_count(1)
        expect(related.locator(".fact")).to_have_text(["Foxconn", "Lindqvist"])
        page.get_by_role("button", name="Take it").click()
        expect(page.locator("#notices")).to_contain_text("Undo")
        expect(related).to_have_count(1)
        assert len(asked) == 1, "it stays when the pane is drawn anew"
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert barriers(page) == []
        page.set_viewport_size({"width": NARROW, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        picture(page, "related-narrow")
        page.get_by_role("link", name="Show all with any of these words").click()
        expect(page.locator(f"#row-{other}")).to_be_visible()
    with chromium.page(javascript=False) as page:
        sign_in(page, house)
        page.goto(f"{house.url}/desk/tips/{first}")
        page.get_by_role("link", name="Tips that share rare words or facts").click()
        expect(page.locator(".kindred")).to_contain_text("My brother walks Lindqvist")


def test_a_tip_comes_out_on_paper(house: House, chromium: Chromium) -> None:
    pypdf = pytest.importorskip("pypdf")
    with chromium.page() as page:
        sign_in(page, house)
        page.goto(f"{house.url}/desk/tips/1")
        page.get_by_label("with our notes").check()
        page.get_by_text("with who the reader is …").click()
        page.get_by_label("Print name and addresses").check()
        page.get_by_label("Why?").select_option("lawyer")
        page.get_by_role("button", name="Open for printing").click()
        expect(page.get_by_role("button", name="Print, or save as PDF")).to_be_visible()
        assert barriers(page) == []
        picture(page, "printing-screen")
        page.emulate_media(media="print")
        expect(page.locator(".screen")).to_be_hidden()
        picture(page, "printing-paper")
        pages = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
        words = " ".join(" ".join(one.extract_text() for one in pages).split())
        for said in ("T-000001", "The border closed at noon", "mei@mail.example", "Call her on Friday", "1 / 1"):
            assert said in words, said
        assert "Take apart" not in words and "Print, or save" not in words and len(pages) == 1
