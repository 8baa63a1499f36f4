"""Versions of questions: what saving will do to those that readers answered, and how they were worded before."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select
from sqlmodel import Session, col

from tipline.core import questions
from tipline.core.questions import QuestionDraft
from tipline.models import Answer, Callout, CalloutStatus, IdentityAnswer, Question, QuestionText


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
    """How many answers each question of a callout has, retired ones included; those without are left out."""
    mine = select(col(Question.id)).where(col(Question.callout_id) == callout_id)
    found: dict[int, int] = {}
    for table in (Answer, IdentityAnswer):
        query = select(col(table.question_id), func.count()).where(col(table.question_id).in_(mine))
        found.update({id_: n for id_, n in session.execute(query.group_by(col(table.question_id))) if id_})
    return found


def changes(session: Session, callout: Callout, wanted: Sequence[QuestionDraft]) -> list[Change]:
    """What saving these drafts will do, where readers have answered or seen the question."""
    assert callout.id is not None
    answers = counts(session, callout.id)
    shown = callout.status is not CalloutStatus.DRAFT
    there = {one.row.id: one for one in questions.standing(session, callout.id)}
    places = {id_: number for number, id_ in enumerate(there, 1)}
    found = []
    for number, one in enumerate(wanted, 1):
        old = there.pop(one.id, None) if one.id else None
        n = answers.get(old.row.id or 0, 0) if old else 0
        if old is not None and (shown or n) and questions.asks_otherwise(old, one):
            found.append(Change(Effect.REPLACED, number, n))
    gone = [Change(Effect.RETIRED, places[id_], answers.get(id_ or 0, 0)) for id_ in there]
    return found + [change for change in gone if shown or change.answers]


def earlier(session: Session, callout_id: int) -> dict[int, list[Earlier]]:
    """The earlier wordings of each question that stands, newest first, by the id of the one that stands."""
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
    answers = counts(session, callout_id) if old else {}
    found: dict[int, list[Earlier]] = {}
    for row in old:
        one = Earlier(said.get(row.id or 0, {}), answers.get(row.id or 0, 0))
        found.setdefault(standing[row.origin_id or row.id] or 0, []).append(one)
    return found
