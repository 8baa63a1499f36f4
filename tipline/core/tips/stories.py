"""The words with which a tip began, whether its reader keeps them out of print, and what else they hold."""

import re
from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from tipline.core.arrival import Source
from tipline.models import Answer, Direction, Message, Question, QuestionKind, QuestionText, Tip

# What may stand before an answer on its line: its number, or its question.
BEFORE = r"^(?:.*[:：?？)）.、。>–—-]\s*+|\d++\s++)?"


def story(session: Session, tip_id: int) -> str:
    """The words with which a tip began. The caller has asked `access.tip`."""
    query = (
        select(col(Message.text))
        .where(col(Message.tip_id) == tip_id, col(Message.direction) == Direction.IN, col(Message.text) != "")
        .order_by(col(Message.id))
    )
    return session.scalars(query.limit(1)).first() or ""


def told(session: Session, tip: Tip) -> set[str]:
    """The words that an answer shares with its tip's story, where the story is that answer."""
    query = select(col(Message.text)).where(col(Message.tip_id) == tip.id, col(Message.source) == Source.FORM)
    return {*session.scalars(query), story(session, tip.id or 0)} - {""}


def withheld(session: Session, tip: Tip) -> bool:
    """Whether the story is, or holds, an answer that its reader keeps out of print.

    A form without a long question makes its story of all answers; who wrote by mail finds their words in the form's
    first long question, and may change them there.
    """
    kept = select(Answer).where(col(Answer.tip_id) == tip.id, col(Answer.withheld))
    answers = session.scalars(kept).all()
    if not answers:
        return False
    words = _lines(story(session, tip.id or 0))
    said = {part for answer in answers for part in (answer.value, answer.wording)}
    return any(_lines(part) in words for part in said if part.strip()) or _first_long(session, answers[0].tip_id)


def _lines(words: str) -> str:
    """Words such that others are found in them only as whole lines."""
    return "\n" + "\n".join(line.strip() for line in words.strip().splitlines()) + "\n"


def _first_long(session: Session, tip_id: int) -> bool:
    """Whether an answer to the first long question of its callout is kept out of print."""
    other = aliased(Question)
    earlier = select(col(other.id)).where(
        col(other.callout_id) == col(Question.callout_id),
        col(other.position) < col(Question.position),
        col(other.kind) == QuestionKind.LONG,
        ~col(other.identity),
        ~col(other.retired),
    )
    query = (
        select(col(Answer.id))
        .join(Question, col(Question.id) == col(Answer.question_id))
        .where(col(Answer.tip_id) == tip_id, col(Answer.withheld))
        .where(col(Question.kind) == QuestionKind.LONG, ~col(Question.identity), ~earlier.exists())
    )
    return session.scalars(query.limit(1)).first() is not None


def unasked(session: Session, tip: Tip, text: str) -> list[tuple[int, int]]:
    """Where a message of the reader's holds answers of which nobody asked whether they may be published: their
    questions are not so marked. None where the message is one answer, told as the story: that is asked about."""
    query = (
        select(Answer, col(Question.publish))
        .join(Question, col(Question.id) == col(Answer.question_id))
        .where(col(Answer.tip_id) == tip.id)
    )
    rows = session.execute(query).all()
    whole = told(session, tip) if rows else set()
    if text in whole and any(answer.value == text for answer, _ in rows):
        return []
    found = [one for one, publish in rows if not (publish or one.withheld or one.value in whole)]
    names = {one.wording.strip() for one in found} | worded(session, {one.question_id for one in found})
    return places(text, [one.value for one in found], names, {answer.wording.strip() for answer, _ in rows})


def worded(session: Session, question_ids: Collection[int]) -> set[str]:
    """What these questions say, in every language and version: a message keeps what it was asked."""
    if not question_ids:
        return set()
    first = func.coalesce(col(Question.origin_id), col(Question.id))
    families = select(first).where(col(Question.id).in_(question_ids))
    query = select(col(QuestionText.wording)).join(Question, col(Question.id) == col(QuestionText.question_id))
    return {wording.strip() for wording in session.scalars(query.where(first.in_(families)))}


def places(
    text: str, values: Collection[str], names: Collection[str], others: Collection[str]
) -> list[tuple[int, int]]:
    """Where answers stand in a message: these values wherever they have a line to themselves, and what is below these
    questions (`names`) as far as the next (`others`), since the answer may have been changed."""
    return [*_below(text, names, others), *(span for value in values for span in _on_lines(text, value))]


def without(text: str, spans: Collection[tuple[int, int]]) -> str:
    """A text without these parts of it."""
    kept, end = [], 0
    for begin, stop in sorted(spans):
        kept.append(text[end : max(begin, end)])
        end = max(stop, end)
    return re.sub(r"\n{3,}", "\n\n", "".join([*kept, text[end:]])).strip() if spans else text


def _below(text: str, names: Collection[str], others: Collection[str]) -> list[tuple[int, int]]:
    found, begin, inside = [], 0, False
    for line in text.splitlines(keepends=True):
        said = line.strip()
        inside = said in names or (inside and said not in others)
        if inside and said:
            found.append((begin, begin + len(line)))
        begin += len(line)
    return found


def _on_lines(text: str, value: str) -> list[tuple[int, int]]:
    """Where an answer stands by itself, or behind its number or question, to the end of a line."""
    lines = [re.escape(line.strip()) for line in value.strip().splitlines()]
    if not lines:
        return []
    itself = r"[^\S\n]*\n[^\S\n]*".join(lines)
    return [hit.span(1) for hit in re.finditer(rf"{BEFORE}[^\S\n]*({itself})[^\S\n]*$", text, re.MULTILINE)]
