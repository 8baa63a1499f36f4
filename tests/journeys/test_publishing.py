"""What leaves the newsroom, in a real browser: the form in an article of another site, and published answers."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.core.making import make_tip
from tests.fixtures_db import Cast, make_cast, on_sqlite
from tests.fixtures_web import sign_in
from tests.journeys.house import PASSWORD
from tests.servers.chromium import NARROW, WIDE, Chromium, barriers, picture
from tests.web.asking import STORY, ask, question
from tests.web.wire import Served, served
from tipline import config, create_app
from tipline.core import accounts
from tipline.core.callouts import CalloutView
from tipline.core.callouts.questions import AskIf
from tipline.db import Database
from tipline.models import ActorKind, Callout, Role
from tipline.models import QuestionKind as Kind
from tipline.vocabularies import ConsentChoice

pytestmark = pytest.mark.xdist_group("journeys: publishing")
QUESTIONS = [
    STORY,
    question(Kind.YES_NO, "Are you stuck now?"),
    question(Kind.RATING, "How were you treated?", most=5, ask_if=AskIf(1, (0,)), required=True),
    question(Kind.SHORT, "Anything else?", new_page=True),
]
TOLD = "My son is in Shanghai."
HEAD = '<!doctype html><meta name="viewport" content="width=device-width">'
ARABIC = "لا أستطيع العودة إلى بيتي منذ ثمانية عشر شهرًا."


@dataclass
class House:
    """A newsroom's web process, and the site of another paper that shows its form."""

    web: Served
    database: Database
    cast: Cast
    view: CalloutView
    articles: dict[str, tuple[str, str]] = field(default_factory=dict)  # by path: the page, and its policy
    elsewhere: str = ""

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.web.port}{path}"

    def set(self, **values: Any) -> None:
        with self.database.writing() as session:
            row = session.get_one(Callout, self.view.id)
            for name, value in values.items():
                setattr(row, name, value)
            row.version += 1
            session.commit()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, sqlite_template: bytes) -> Iterator[House]:
    """A newsroom with an editor, and the site of another paper."""
    with on_sqlite(tmp_path_factory.mktemp("newsroom"), sqlite_template) as database:
        with database.writing() as session:
            cast = make_cast(session)
            made = accounts.create(
                session, "edith@meridian.example", "Edith", [Role.EDITOR], ActorKind.SYSTEM, password=PASSWORD
            )
            assert made.id is not None
            session.commit()
        view = ask(database, cast, QUESTIONS, gallery=True)
        with served(database) as web:
            web.start()
            here = House(web, database, cast, view)
            with other_site(here):
                yield here


class Article(BaseHTTPRequestHandler):
    """A page of another paper, by its path."""

    def do_GET(self) -> None:
        text, policy = self.server.articles.get(self.path, ("", "default-src 'none'"))  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(f"{HEAD}<title>Another paper</title><p>Long ago.</p>{text}".encode())

    def log_message(self, *_: Any) -> None:
        pass


def other_site(house: House) -> Any:
    """Run it under another name and port, so that it is another origin."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Article)
    server.articles = house.articles  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    house.elsewhere = f"http://localhost:{server.server_address[1]}"

    class Running:
        def __enter__(self) -> None:
            pass

        def __exit__(self, *_: object) -> None:
            server.shutdown()
            server.server_close()

    return Running()


def kit(house: House) -> dict[str, str]:
    """The fields of the share kit, as its page shows them."""
    app = create_app(config.load(house.web.config, {}), house.database)
    page = sign_in(app.test_client(), house.cast.alice).get(f"/desk/callouts/{house.view.id}/share").text
    parts = [part.split("</textarea>", 1)[0] for part in page.split('<textarea id="')[1:]]
    return {part.split('"', 1)[0]: unescape(part.split(">\n", 1)[1]) for part in parts}


def article(house: House, path: str, *, script: bool = True) -> str:
    """Put what the kit says into an article whose policy allows just what the kit asks for; its address."""
    fields = kit(house)
    code, policy = fields["embed-en"], fields["policy"]
    if not script:
        code, policy = code.split("<script", 1)[0], policy.split(";", 1)[0]
    house.articles[path] = (code, f"default-src 'none'; {policy}")
    return house.elsewhere + path


def fits(page: Page) -> bool:
    """Whether the frame is as high as the form in it, and not higher by much."""
    frame = page.frames[1]
    inner = frame.evaluate("Math.ceil(document.body.getBoundingClientRect().height)")
    outer = page.locator("iframe").evaluate("frame => frame.clientHeight")
    return bool(inner <= outer <= inner + 8) and not frame.evaluate(
        "document.documentElement.scrollHeight > document.documentElement.clientHeight"
    )


def until_fits(page: Page) -> int:
    """Wait until it does; the height."""
    for _ in range(50):
        if fits(page):
            break
        page.wait_for_timeout(100)
    assert fits(page)
    return int(page.locator("iframe").evaluate("frame => frame.clientHeight"))


def send(form: FrameLocator) -> None:
    form.locator(".send .button.main").click()


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_form_in_an_article_with_a_strict_policy_is_as_high_as_it_must_be(
    house: House, chromium: Chromium, width: int
) -> None:
    complaints: list[str] = []
    with chromium.page(width) as page:
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.context.route("https://www.bbc.com/**", lambda route: route.fulfill(body="Rain."))
        page.goto(article(house, "/strict"))
        form = page.frame_locator("iframe")
        form.locator("textarea").fill(TOLD)
        before = until_fits(page)
        form.get_by_label("Yes", exact=True).check()
        assert until_fits(page) > before, "a question more"
        send(form)
        expect(form.locator("#summary")).to_be_visible()
        until_fits(page)
        picture(page, f"article-{width}")
        form.get_by_label("5", exact=True).check()
        send(form)
        expect(form.locator("#progress")).to_have_text("Step 2 of 3")
        assert until_fits(page) and page.locator("iframe").bounding_box()["y"] >= -1, "the step begins in sight"
        form.get_by_role("button", name="简体中文").click()
        expect(form.locator("#progress")).not_to_have_text("Step 2 of 3")
        form.get_by_role("button", name="English").click()
        expect(form.locator("#progress")).to_have_text("Step 2 of 3")
        send(form)
        expect(form.locator("#progress")).to_have_text("Step 3 of 3")
        form.get_by_label("Ask me first").check()
        send(form)
        expect(form.locator(".code li")).to_have_count(12)
        until_fits(page)
        with page.expect_popup() as opened:
            form.locator("#secret").click()
        expect(opened.value.locator("p.sent")).to_have_text(TOLD)
        assert opened.value.evaluate("window.opener") is None
        assert page.context.storage_state() == {"cookies": [], "origins": []}
        form.locator(".leave").first.click()
        page.wait_for_url("https://www.bbc.com/weather")
        assert [said for said in complaints if "422" not in said] == [], "no policy was broken"


def test_where_no_script_may_run_the_frame_scrolls_and_all_else_works(house: House, chromium: Chromium) -> None:
    with chromium.page(javascript=False) as page:
        page.goto(article(house, "/plain", script=False))
        assert page.locator("iframe").get_attribute("height") == "1200"
        form = page.frame_locator("iframe")
        form.locator("textarea").fill(TOLD)
        send(form)
        expect(form.locator("#progress")).to_have_text("Step 2 of 3")
        send(form)
        form.get_by_label("Ask me first").check()
        send(form)
        expect(form.locator(".code li")).to_have_count(12)


def test_a_site_that_is_not_named_shows_nothing(house: House, chromium: Chromium) -> None:
    house.set(embed_origins=["https://news.example"])
    with chromium.page() as page:
        with page.expect_event("requestfailed", lambda request: "/c/stranded" in request.url):  # the browser refuses it
            page.goto(article(house, "/strange"))
        assert page.frame_locator("iframe").locator("form").count() == 0
        house.set(embed_origins=[house.elsewhere])
        page.reload()
        expect(page.frame_locator("iframe").locator("textarea")).to_be_visible()
    house.set(embed_origins=[])


def look(page: Page, name: str) -> None:
    """Nobody is kept out, and nothing runs over the edge: wide and narrow, light and dark."""
    for dark in (False, True):
        page.emulate_media(color_scheme="dark" if dark else "light")
        for width in (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": 800})
            picture(page, f"{name}-{width}{'-dark' if dark else ''}")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        assert barriers(page) == [], name
    page.set_viewport_size({"width": WIDE, "height": 800})


def test_an_answer_is_chosen_cut_and_published_and_taken_off_again(house: House, chromium: Chromium) -> None:
    with house.database.writing() as session:
        tip = make_tip(session, house.view.id, f"{ARABIC} {'w' * 300}", consent=ConsentChoice.NAME, language="ar")
        session.commit()
        tip_id = tip.id
    with chromium.page() as page, chromium.page(locale="zh-CN") as public:
        public.goto(house.url("/c/stranded/answers"))
        expect(public.locator(".told-us")).to_have_count(0)
        page.goto(house.url("/login"))
        page.fill("[name=email]", "edith@meridian.example")
        page.fill("[name=password]", PASSWORD)
        page.click("main button.main")
        page.wait_for_url("**/desk**")
        page.goto(house.url(f"/desk/tips/{tip_id}"))
        page.get_by_role("button", name="Publish the story…").click()
        expect(page.get_by_label("Name under it")).to_be_visible()
        look(page, "gallery-item")
        page.get_by_role("button", name="Fill in the name we know").click()
        expect(page.get_by_text("did not tell it")).to_be_visible()
        page.get_by_label("What the public reads").fill(ARABIC)
        page.get_by_label("Name under it").fill("محمد")
        page.keyboard.press("Enter")  # saves, and publishes nothing
        expect(page.locator("#notices")).to_contain_text("Saved.")
        expect(page.locator(".state").first).to_have_text("Not public")
        page.get_by_role("button", name="Publish", exact=True).click()
        expect(page.locator("#notices")).to_contain_text("Send it first, or say why")
        page.get_by_label("They can’t be reached safely").check()
        look(page, "gallery-unsent")
        page.get_by_role("button", name="Publish", exact=True).dblclick()
        expect(page.locator(".state").first).to_have_text("Public")
        look(page, "gallery")
        public.reload()
        quoted = public.locator("blockquote")
        expect(quoted).to_have_text(ARABIC)
        assert quoted.get_attribute("lang") == "ar"
        assert quoted.evaluate("quote => getComputedStyle(quote).direction") == "rtl"
        look(public, "answers-zh")
        page.get_by_role("button", name="Take off the page").click()
        expect(page.locator(".state").first).to_have_text("Not public")
        public.reload()
        expect(public.locator("blockquote")).to_have_count(0)
        page.goto(house.url(f"/desk/callouts/{house.view.id}/share"))
        look(page, "share")
