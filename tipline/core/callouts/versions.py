"""Versions of questions: what saving will do to those that readers answered, and how they were worded before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select
from sqlmodel import Session, col

from tipline.core.callouts import questions
from tipline.core.callouts.questions import QuestionDraft, Worded
from tipline.models import Answer, Callout, CalloutStatus, IdentityAnswer, Question, QuestionText, Tip


class Effect(StrEnum):
    REPLACED = "replaced"  # a new question takes its place; answers keep the wording they answered
    RETIRED = "retired"  # it is no longer asked; its answers stay


@dataclass(frozen=True, slots=True)
class Change:
    """What saving does to one question. `number` counts from 1, in the draft or, where it goes, as it stands now."""

    effect: Effect
    number: int
    answers: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """How a question was worded before, by language, and how many answered it so."""

    texts: dict[str, str]
    answers: int


def counts(session: Session, callout_id: int) -> dict[int, int]:
    """How many answers each question of a callout has, retired ones included; those without are left out, and so are
    answers on restricted tips, which are in no count."""
    mine = select(col(Question.id)).where(col(Question.callout_id) == callout_id)
    found: dict[int, int] = {}
    for table in (Answer, IdentityAnswer):
        query = select(col(table.question_id), func.count()).join(Tip, col(Tip.id) == col(table.tip_id))
        query = query.where(col(table.question_id).in_(mine), ~col(Tip.restricted))
        found.update({id_: n for id_, n in session.execute(query.group_by(col(table.question_id))) if id_})
    return found


def changes(
    session: Session, callout: Callout, wanted: Sequence[QuestionDraft], answers: Mapping[int, int]
) -> list[Change]:
    """What saving these drafts will do, where readers answered or saw the question. `answers` are the `counts`."""
    assert callout.id is not None
    shown = callout.status is not CalloutStatus.DRAFT
    there = questions.standing(session, callout.id)
    stays = questions.matched(session, callout.id, there, wanted)
    found = []
    for number, (one, old) in enumerate(zip(wanted, stays, strict=True), 1):
        if old is not None and questions.asks_otherwise(old, one) and (shown or _answered(session, old)):
            found.append(Change(Effect.REPLACED, number, answers.get(old.row.id or 0, 0)))
    kept = {question.row.id for question in stays if question}
    for number, question in enumerate(there, 1):
        if question.row.id not in kept and (shown or _answered(session, question)):
            found.append(Change(Effect.RETIRED, number, answers.get(question.row.id or 0, 0)))
    return found


def _answered(session: Session, question: Worded) -> bool:
    return questions.has_answers(session, question.row.id)


def earlier(session: Session, callout_id: int, answers: Mapping[int, int]) -> dict[int, list[Earlier]]:
    """The earlier wordings of each question that stands, newest first, by the id of the one that stands. `answers` are
    the `counts`."""
    rows = session.scalars(
        select(Question).where(col(Question.callout_id) == callout_id).order_by(col(Question.id).desc())
    ).all()
    standing = {row.origin_id or row.id: row.id for row in rows if not row.retired}
    old = [row for row in rows if row.retired and (row.origin_id or row.id) in standing]
    said: dict[int, dict[str, str]] = {}
    query = select(QuestionText).where(col(QuestionText.question_id).in_([row.id for row in old]))
    for text in session.scalars(query):
        if text.wording:
            said.setdefault(text.question_id, {})[text.language] = text.wording
    found: dict[int, list[Earlier]] = {}
    for row in old:
        one = Earlier(said.get(row.id or 0, {}), answers.get(row.id or 0, 0))
        found.setdefault(standing[row.origin_id or row.id] or 0, []).append(one)
    return found
