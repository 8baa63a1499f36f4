"""What a new callout can begin with: another callout, its questions, or a set of questions that many callouts ask."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import callouts
from tipline.core.access import Actor
from tipline.core.callouts import questions
from tipline.core.callouts.callout_shapes import SLUG_LENGTH
from tipline.core.callouts.questions import AskIf, QuestionDraft, QuestionTexts
from tipline.models import Callout, QuestionKind

FILE = Path(__file__).with_name("question_sets.toml")


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions that are added together. `titles` by language."""

    name: str
    titles: dict[str, str]
    questions: tuple[QuestionDraft, ...]


@cache
def question_sets() -> tuple[QuestionSet, ...]:
    """The library, in its order."""
    held = tomllib.loads(FILE.read_text("utf-8"))
    return tuple(
        QuestionSet(name, entry["title"], tuple(_question(one) for one in entry["question"]))
        for name, entry in held.items()
    )


def from_set(name: str) -> list[QuestionDraft]:
    """The questions of a set; none where there is no such set."""
    return [question for one in question_sets() if one.name == name for question in one.questions]


def from_callout(session: Session, callout_id: int, by: Actor) -> list[QuestionDraft]:
    """The questions that another callout asks now, as new ones."""
    callout = callouts.for_edit(session, callout_id, by)
    asked = questions.drafts_of(questions.standing(session, callout.id or 0))
    return [replace(question, id=None) for question in asked]


def copy(session: Session, callout_id: int, by: Actor) -> Callout:
    """A new draft that says and asks what another callout does. Its dates and its mail stay with the other."""
    draft = callouts.draft_of(session, callouts.for_edit(session, callout_id, by))
    fresh = replace(
        draft,
        slug=_free_slug(session, draft.slug),
        mail_address="",
        mail_subject="",
        acknowledge=False,
        ask_by_mail=False,
        opens_at=None,
        closes_at=None,
        questions=[replace(question, id=None) for question in draft.questions],
    )
    return callouts.create(session, fresh, by)


def moved(added: Sequence[QuestionDraft], behind: int) -> list[QuestionDraft]:
    """Questions put behind others: their conditions name places, which move along."""
    return [
        replace(one, ask_if=replace(one.ask_if, question=one.ask_if.question + behind)) if one.ask_if else one
        for one in added
    ]


def _free_slug(session: Session, slug: str) -> str:
    taken = set(session.scalars(select(col(Callout.slug)).where(col(Callout.slug).startswith(slug[:40]))))
    stem = slug[: SLUG_LENGTH - 5].rstrip("-")
    return next(name for number in range(2, 10_000) if (name := f"{stem}-{number}") not in taken)


def _question(entry: dict[str, Any]) -> QuestionDraft:
    texts = {code: QuestionTexts(**said) for code, said in entry["text"].items()}
    rule = entry.get("ask_if")
    return QuestionDraft(
        None,
        QuestionKind(entry["kind"]),
        entry.get("required", False),
        entry.get("identity", False),
        texts,
        publish=entry.get("publish", False),
        new_page=entry.get("new_page", False),
        most=entry.get("most"),
        guide=entry.get("guide"),
        ask_if=AskIf(rule["question"], tuple(rule["options"])) if rule else None,
        ends_if=tuple(entry.get("ends_if", ())),
    )
