"""The demo's callouts, read from callouts.toml, and a story's fields as a browser would post them."""

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session

from tipline.core.access import Actor
from tipline.core.callouts import CalloutDraft, CalloutTexts, CalloutView, QuestionDraft, QuestionTexts
from tipline.core.callouts.questions import AskIf
from tipline.core.results import publishing
from tipline.core.results.publishing import AnswerCut
from tipline.core.results.quote_sent import Unsent
from tipline.demo.stories import Story, months_before
from tipline.models import QuestionKind
from tipline.vocabularies import ConsentChoice, ContactChoice

FILE = Path(__file__).with_name("callouts.toml")
OTHER_SIDE = ("partner", "children", "parents", "job", "study", "home")  # in the order of the question's options


@dataclass(frozen=True, slots=True)
class DemoCallout:
    """A callout and the names under which its questions, in their order, are found again."""

    name: str
    draft: CalloutDraft
    questions: tuple[str, ...]
    opened: bool  # else it is left a draft


def read(birth: datetime) -> list[DemoCallout]:
    """All, in the order in which they were made."""
    return [_callout(entry, birth) for entry in tomllib.loads(FILE.read_text("utf-8"))["callout"]]


def _callout(entry: dict[str, Any], birth: datetime) -> DemoCallout:
    texts = {language: CalloutTexts(**_stripped(said)) for language, said in entry["texts"].items()}
    closes = (birth + timedelta(days=entry["days_open"])).replace(hour=16, minute=0, second=0, microsecond=0)
    draft = CalloutDraft(
        slug=entry["slug"],
        languages=list(texts),
        mail_address=entry["mail_address"],
        closes_at=closes,
        texts=texts,
        questions=[_question(question, list(texts)) for question in entry["question"]],
        **{key: entry[key] for key in ("timezone", "retention_days", "indexed", "gallery") if key in entry},
    )
    names = tuple(question["name"] for question in entry["question"])
    return DemoCallout(entry["name"], draft, names, entry.get("opened", True))


def _question(entry: dict[str, Any], languages: list[str]) -> QuestionDraft:
    return QuestionDraft(
        id=None,
        kind=QuestionKind(entry["kind"]),
        required=entry.get("required", False),
        identity=entry.get("identity", False),
        texts={language: QuestionTexts(**entry[language]) for language in languages if language in entry},
        **{key: entry[key] for key in ("publish", "new_page", "guide", "least", "most") if key in entry},
        ask_if=AskIf(entry["ask_if"]["question"], tuple(entry["ask_if"]["options"])) if "ask_if" in entry else None,
        ends_if=tuple(entry.get("ends_if", ())),
    )


def _stripped(said: dict[str, str]) -> dict[str, str]:
    return {key: value.strip() for key, value in said.items()}


def publish(session: Session, tip_id: int, cut: AnswerCut, by: Actor) -> None:
    """Put a story on its callout's gallery, as it was cut."""
    row = publishing.choose(session, tip_id, by)
    publishing.change(session, row.callout_id, row.id or 0, cut, by, row.changed_at)
    publishing.publish(session, row.callout_id, row.id or 0, by, unsent=Unsent.AGREED)


def posted(story: Story, callout: DemoCallout, view: CalloutView, birth: datetime) -> dict[str, list[str]]:
    """The form's fields as this reader filled them in."""
    given = _given(story, birth)
    questions = zip(callout.questions, view.questions, strict=True)
    return {f"q{question.id}": given[name] for name, question in questions if given.get(name)} | {
        "name": [story.name],
        "email": [story.email],
        "phone": [story.phone],
        "contact": [ContactChoice(story.contact).value],
        "contact_note": [story.contact_note],
        "consent": [ConsentChoice(story.consent).value],
    }


def _given(story: Story, birth: datetime) -> dict[str, list[str]]:
    day = (birth - timedelta(days=story.days)).date()
    yes_no = {True: ["yes"], False: ["no"], None: []}
    since, off = story.since_months, story.last_day_off_months
    return {
        "story": [story.told(birth)],
        "other_side": [str(OTHER_SIDE.index(side)) for side in story.other_side],
        "since": [months_before(day, since).isoformat()] if since else [],
        "separated": yes_no[story.separated],
        "where": [story.where] if story.where else [],
        "passport": [story.passport] if story.passport else [],
        "company": [story.company] if story.company else [],
        "last_day_off": [months_before(day, off).isoformat()] if off else [],
        "paid": yes_no[story.paid],
    }
