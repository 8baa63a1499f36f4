"""The words with which a tip began, and whether its reader keeps them out of print."""

from sqlalchemy import select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from tipline.core.arrival import Source
from tipline.models import Answer, Direction, Message, Question, QuestionKind, Tip


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
