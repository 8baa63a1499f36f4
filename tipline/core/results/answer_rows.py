"""Answers as rows: those of a new tip, and those that come later for one that is there.

A tip has one answer a question, the newest, whatever its source: results count readers, not mails. What was said
before stays in the message that said it. Answers to identity questions are the reader's, sealed.
"""

from dataclasses import dataclass, replace

from sqlalchemy import delete, func, or_, select
from sqlmodel import Session, col

from tipline.core import readers, row_batches
from tipline.core.arrival import Arrival, GivenAnswer
from tipline.core.counts import counters
from tipline.core.readers import ReaderKey
from tipline.models import Answer, AnswerChoice, IdentityAnswer, Publication, Question
from tipline.sealing import new_id

MAX_WORDING_LENGTH = 500


def write(session: Session, tip_id: int, reader: ReaderKey, arrival: Arrival) -> None:
    """The answers of a tip that is made just now."""
    _count(session, arrival)
    for position, answer in enumerate(arrival.answers):
        if answer.value and answer.identity:
            readers.seal_answer(session, reader, tip_id, answer.question_id, answer.wording, answer.value)
        elif answer.value:
            _write(session, tip_id, answer, position)


def revise(session: Session, tip_id: int, reader: ReaderKey, arrival: Arrival) -> None:
    """The answers of one more message: each takes the place of an earlier one to the same question, in any version.

    The row stays, since what was published points to it; so does whether the reader keeps it out of print: that is
    changed with all that follows from it (core.consent).
    """
    if not arrival.answers and not arrival.asked:
        return
    _count(session, arrival)
    there = by_origin(session, tip_id)
    behind = session.scalar(select(func.max(col(Answer.position))).where(col(Answer.tip_id) == tip_id))
    position = -1 if behind is None else behind
    for answer in arrival.answers:
        if answer.value and answer.identity:
            _forget_identity(session, tip_id, answer.question_id)
            readers.seal_answer(session, reader, tip_id, answer.question_id, answer.wording, answer.value)
        elif answer.value and (row := there.get(origin(session, answer.question_id))):
            _overwrite(session, row, answer)
        elif answer.value:
            position += 1
            _write(session, tip_id, replace(answer, withheld=False), position)
    session.flush()


@dataclass(frozen=True, slots=True)
class Overlap:
    """Of two tips that become one, the older answers to the same questions: `stay` with the tip that goes, `leave` the
    one that stays for it. `withheld`: questions whose answer must be kept out of print, since the older one was."""

    stay: frozenset[int]
    leave: frozenset[int]
    withheld: frozenset[int]


def overlap(session: Session, tip_id: int, target_id: int) -> Overlap:
    """What of the answers of a tip and its target answers the same question, in any version."""
    mine, theirs = by_origin(session, tip_id), by_origin(session, target_id)
    pairs = [
        sorted((mine[first], theirs[first]), key=lambda answer: answer.id) for first in mine.keys() & theirs.keys()
    ]
    older = {first.id for first, _ in pairs}
    return Overlap(
        frozenset(older & {answer.id for answer in mine.values()}),
        frozenset(older & {answer.id for answer in theirs.values()}),
        frozenset(newer.question_id for first, newer in pairs if first.withheld),
    )


def point(session: Session, tip_id: int) -> None:
    """Let what is chosen of a tip point to the tip's own answers: to none would mean the story."""
    own = by_origin(session, tip_id)
    chosen = select(Publication, Answer).join(Answer, col(Answer.id) == col(Publication.answer_id))
    for row, answer in session.execute(chosen.where(col(Publication.tip_id) == tip_id)).all():
        if answer.tip_id != tip_id and (mine := own.get(origin(session, answer.question_id))):
            row.answer_id = mine.id
            session.add(row)
    session.flush()


def identity_overlap(session: Session, tip_id: int, target_id: int) -> Overlap:
    """As `overlap`, of the answers that say who the reader is."""
    first = func.coalesce(col(Question.origin_id), col(Question.id))
    query = select(IdentityAnswer, first).join(Question, col(Question.id) == col(IdentityAnswer.question_id))
    seen, older = set(), []
    tips = col(IdentityAnswer.tip_id).in_((tip_id, target_id))
    for row, first_id in session.execute(query.where(tips).order_by(col(IdentityAnswer.id).desc())).all():
        if first_id in seen:
            older.append(row)
        seen.add(first_id)
    return Overlap(
        frozenset(row.id for row in older if row.tip_id == tip_id),
        frozenset(row.id for row in older if row.tip_id == target_id),
        frozenset(),
    )


def by_origin(session: Session, tip_id: int) -> dict[int, Answer]:
    """A tip's answers by the first version of their question."""
    query = (
        select(Answer, func.coalesce(col(Question.origin_id), col(Question.id)))
        .join(Question, col(Question.id) == col(Answer.question_id))
        .where(col(Answer.tip_id) == tip_id)
        .order_by(col(Answer.id))
    )
    return {first: row for row, first in session.execute(query)}


def origin(session: Session, question_id: int) -> int:
    """The first version of a question."""
    question = session.get_one(Question, question_id)
    return question.origin_id or question_id


def _count(session: Session, arrival: Arrival) -> None:
    counters.asked(session, arrival.asked, {answer.question_id for answer in arrival.answers if answer.value})


def _write(session: Session, tip_id: int, answer: GivenAnswer, position: int) -> None:
    answer_id = new_id()
    row_batches.write(
        session,
        Answer,
        id=answer_id,
        tip_id=tip_id,
        question_id=answer.question_id,
        position=position,
        wording=answer.wording[:MAX_WORDING_LENGTH],
        value=answer.value,
        withheld=answer.withheld,
        number=answer.number,
    )
    _choose(session, tip_id, answer_id, answer)


def _choose(session: Session, tip_id: int, answer_id: int, answer: GivenAnswer) -> None:
    place = {"answer_id": answer_id, "question_id": answer.question_id, "tip_id": tip_id}
    for option in dict.fromkeys(answer.options):
        row_batches.write(session, AnswerChoice, option=option, **place)


def _overwrite(session: Session, row: Answer, answer: GivenAnswer) -> None:
    row.question_id, row.wording = answer.question_id, answer.wording[:MAX_WORDING_LENGTH]
    row.value, row.number = answer.value, answer.number
    session.add(row)
    session.execute(delete(AnswerChoice).where(col(AnswerChoice.answer_id) == row.id))
    _choose(session, row.tip_id, row.id, answer)


def _forget_identity(session: Session, tip_id: int, question_id: int) -> None:
    first = origin(session, question_id)
    versions = select(col(Question.id)).where(or_(col(Question.id) == first, col(Question.origin_id) == first))
    same = (col(IdentityAnswer.tip_id) == tip_id, col(IdentityAnswer.question_id).in_(versions))
    session.execute(delete(IdentityAnswer).where(*same))
