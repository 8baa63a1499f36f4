"""A callout that asks every kind of question, in two steps and by conditions."""

from typing import Any

from tests.fixtures_db import Cast
from tipline.core import callouts
from tipline.core.callouts import CalloutDraft, CalloutTexts, CalloutView
from tipline.core.callouts.questions import AskIf, QuestionDraft, QuestionTexts
from tipline.db import Database
from tipline.models import QuestionKind as Kind

TEXTS = {
    "en": CalloutTexts(
        "Stranded by closed borders?",
        "We ask who could not come home.",
        "Because nobody counts them.",
        handling="Three reporters read every answer.",
        risk="Do not write from a phone that your employer gave you.",
    ),
    "zh_Hans": CalloutTexts("因边境关闭而滞留？", "我们在问谁回不了家。"),
}


def question(kind: Kind, en: str, zh: str = "", **more: Any) -> QuestionDraft:
    options = more.pop("options", ())
    texts = {
        "en": QuestionTexts(en, "", [one for one, _ in options]),
        "zh_Hans": QuestionTexts(zh or en, "", [other for _, other in options]),
    }
    return QuestionDraft(None, kind, more.pop("required", False), more.pop("identity", False), texts, **more)


STORY = question(Kind.LONG, "What happened?", "发生了什么？", required=True, guide=400, publish=True)
STUCK = question(Kind.YES_NO, "Are you stuck now?", "您现在被困吗？")
CROSSINGS = (("Shanghai", "上海"), ("Lo Wu", "罗湖"), ("Another", "其他"))
EVERY_KIND = [
    STORY,
    STUCK,
    question(Kind.PLACE, "Where are you?", "您在哪里？", ask_if=AskIf(1, (0,))),
    question(Kind.NUMBER, "For how many days?", "多少天？", ask_if=AskIf(1, (0,)), least=1, most=2000, required=True),
    question(Kind.ONE, "Which crossing?", "哪个口岸？", options=CROSSINGS, new_page=True),
    question(Kind.SHORT, "Which other one?", "是哪一个？", ask_if=AskIf(4, (2,))),
    question(Kind.SEVERAL, "Who waits for you?", "谁在等您？", options=(("A child", "孩子"), ("A job", "工作"))),
    question(Kind.DATE, "Since when?", "从什么时候起？"),
    question(Kind.MONTH, "When did you apply?", "何时申请的？"),
    question(Kind.RATING, "How were you treated?", "您受到的待遇如何？", most=5),
    question(Kind.LINK, "A page about it", "相关网页"),
    question(Kind.FILE, "Photos", "照片"),
    question(Kind.SHORT, "Passport number", "护照号码", identity=True),
    question(Kind.PHONE, "A phone that is yours alone", "您自己的电话", identity=True),
]


def ask(database: Database, cast: Cast, questions: "list[QuestionDraft] | None" = None, **more: Any) -> CalloutView:
    """An open callout with these questions, as a page shows it."""
    asked = EVERY_KIND if questions is None else questions
    slug = more.pop("slug", "stranded")
    draft = CalloutDraft(slug, ["en", "zh_Hans"], f"{slug}@meridian.example", None, TEXTS, asked, **more)
    with database.writing() as session:
        made = callouts.create(session, draft, cast.alice)
        assert made.id is not None
        callouts.open_(session, made.id, cast.alice)
        session.commit()
        return callouts.form_of(session, made, "en")


def name(view: CalloutView, wording: str, letter: str = "q") -> str:
    """The field of a question, by its words."""
    return f"{letter}{next(q.id for q in view.questions if q.wording == wording)}"
