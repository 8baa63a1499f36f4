"""Answers that come later take the place of earlier ones, whichever version of the question they answer."""

from sqlalchemy import select
from sqlmodel import Session, col

from tests.arrivals import form, mail
from tests.fixtures_db import Cast
from tipline.core import intake
from tipline.core.arrival import GivenAnswer
from tipline.models import IdentityAnswer, Question, QuestionKind


def test_who_a_reader_is_stands_once_though_its_question_changed(session: Session, cast: Cast) -> None:
    first, other = (
        Question(callout_id=cast.borders, position=place, kind=QuestionKind.SHORT, identity=True) for place in range(2)
    )
    session.add_all((first, other))
    session.flush()
    second = Question(
        callout_id=cast.borders, position=0, kind=QuestionKind.SHORT, identity=True, origin_id=first.id
    )  # fmt: skip
    session.add(second)
    session.flush()
    tip_id = intake.receive(session, mail(callout_id=cast.borders)).tip_id
    for question in (first, other, second):
        given = (GivenAnswer(question.id or 0, "Who?", "Mei", identity=True),)
        intake.receive(session, form(tip_id=tip_id, answers=given))
    kept = select(col(IdentityAnswer.question_id)).where(col(IdentityAnswer.tip_id) == tip_id)
    assert sorted(session.scalars(kept)) == sorted((other.id or 0, second.id or 0))
