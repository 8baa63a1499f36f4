"""A callout to answer, and a browser without JavaScript that fills its form in."""

import io
import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from tests.fixtures_db import Cast
from tests.web.bodies import multipart
from tipline.core import callouts
from tipline.core.callouts import CalloutDraft, CalloutTexts, CalloutView, QuestionDraft, QuestionTexts
from tipline.db import Database
from tipline.models import QuestionKind

PHOTO = b"\xff\xd8\xff" + b"\0" * 500
STORY = "My son is in Shanghai, I am in Lyon. 我们分开十八个月了。"


def _question(kind: QuestionKind, en: str, zh: str, **more: Any) -> QuestionDraft:
    options = more.pop("options", ([], []))
    texts = {"en": QuestionTexts(en, "", options[0]), "zh_Hans": QuestionTexts(zh, "", options[1])}
    return QuestionDraft(None, kind, more.get("required", False), more.get("identity", False), texts)


QUESTIONS = [
    _question(QuestionKind.LONG, "What happened?", "发生了什么？", required=True),
    _question(QuestionKind.ONE, "Which crossing?", "哪个口岸？", options=(["Shanghai", "Lo Wu"], ["上海", "罗湖"])),
    _question(QuestionKind.SEVERAL, "Who waits?", "谁在等？", options=(["A child", "A job"], ["孩子", "工作"])),
    _question(QuestionKind.YES_NO, "A valid visa?", "签证有效？"),
    _question(QuestionKind.DATE, "Since when?", "从什么时候？"),
    _question(QuestionKind.SHORT, "Passport number", "护照号码", identity=True),
    _question(QuestionKind.FILE, "Photos", "照片"),
]


def open_callout(database: Database, cast: Cast, slug: str = "stranded", **more: Any) -> CalloutView:
    """An open callout in English and Chinese, as a page shows it."""
    texts = {"en": CalloutTexts("Stranded?", "We ask.", "Because."), "zh_Hans": CalloutTexts("滞留？", "我们在问。")}
    address = "s@meridian.example" if slug == "stranded" else f"{slug}@meridian.example"
    draft = CalloutDraft(slug, ["en", "zh_Hans"], address, None, texts, more.get("questions", QUESTIONS))
    with database.writing() as session:
        made = callouts.create(session, draft, cast.alice)
        assert made.id is not None
        callouts.open_(session, made.id, cast.alice)
        session.commit()
        return callouts.form_of(session, made, "en")


@dataclass
class Page:
    """A form as a browser holds it: its hidden values and what was typed."""

    client: FlaskClient
    view: CalloutView
    lang: str = "en"
    hidden: dict[str, str] = field(default_factory=dict)
    typed: dict[str, Any] = field(default_factory=dict)

    def get(self) -> "Page":
        self.read(self.client.get(f"/c/{self.view.slug}?lang={self.lang}"))
        return self

    def read(self, response: TestResponse) -> None:
        pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', response.text)
        self.hidden = {name: unescape(value) for name, value in pairs}

    def name(self, kind: QuestionKind) -> str:
        return f"q{next(q.id for q in self.view.questions if q.kind is kind)}"

    def fill(self, kind: QuestionKind, value: Any) -> "Page":
        self.typed[self.name(kind)] = value
        return self

    def post(self, query: str = "", files: "list[tuple[bytes, str]] | None" = None, **more: Any) -> TestResponse:
        """Press a button: words first, then files, as the page's order has it."""
        data: dict[str, Any] = {**self.typed, **more, **self.hidden}
        if files:
            data[self.name(QuestionKind.FILE)] = [FileStorage(io.BytesIO(content), name) for content, name in files]
        # as bytes: the client's own encoder leaves a temporary file open
        boundary, body = multipart(data)
        kind = f'multipart/form-data; boundary="{boundary}"'
        return self.client.post(f"/c/{self.view.slug}?lang={self.lang}{query}", data=body, content_type=kind)


def story(client: FlaskClient, view: CalloutView) -> Page:
    """A page with all that must be there."""
    page = Page(client, view).get()
    page.fill(QuestionKind.LONG, STORY)
    page.typed["consent"] = "ask"
    return page


def code_of(receipt: TestResponse) -> str:
    """The twelve words that a receipt shows."""
    shown = re.search(r'id="words"[^>]*>(.*?)</ol>', receipt.text, re.DOTALL)
    assert shown is not None
    return " ".join(re.sub(r"<[^>]+>", " ", shown[1]).split())


def link_of(receipt: TestResponse) -> str:
    """The path of the secret link that a receipt shows, without its language."""
    shown = re.search(r'id="secret" href="https?://[^/]+([^"]+)"', receipt.text)
    assert shown is not None
    return shown[1].partition("?")[0]
