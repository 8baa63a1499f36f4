"""Answers that tell who somebody is, whatever their question is marked, and what a reader wrote without them.

The conversation shows them; what leaves the desk without an identity, a file or a sheet of paper, does not.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core.arrival import Source
from tipline.core.tips import stories
from tipline.models import Answer, Question, QuestionKind

KINDS = frozenset({QuestionKind.EMAIL, QuestionKind.PHONE})


@dataclass(frozen=True, slots=True)
class IdentifyingAnswers:
    """Those of one tip, and what is known of its other answers."""

    answers: list[Answer] = field(default_factory=list)
    names: set[str] = field(default_factory=set)  # their questions, in all versions
    wordings: set[str] = field(default_factory=set)  # of all its questions
    others: set[str] = field(default_factory=set)  # what else was answered

    def without(self, text: str, source: Source) -> str:
        """A message without them. A form's lies under its questions; in a mail nobody knows where an answer ends, but
        what is the answer still. A story that is another answer is told as it is."""
        if not self.answers or text in self.others:
            return text
        names: Collection[str] = self.names if source is Source.FORM else ()
        values = [answer.value for answer in self.answers]
        return stories.without(text, stories.places(text, values, names, self.wordings))

    def title(self, title: str) -> str:
        """The first words of a tip, or "" where they give one away."""
        return "" if any(answer.value in title for answer in self.answers) else title


def of(session: Session, tip_ids: Sequence[int]) -> dict[int, IdentifyingAnswers]:
    """Of the tips that have some."""
    kinds = (
        select(Answer).join(Question, col(Question.id) == col(Answer.question_id)).where(col(Question.kind).in_(KINDS))
    )
    found: dict[int, IdentifyingAnswers] = {}
    for answer in session.scalars(kinds.where(col(Answer.tip_id).in_(tip_ids))):
        found.setdefault(answer.tip_id, IdentifyingAnswers()).answers.append(answer)
    if not found:
        return found
    ids = {answer.id for one in found.values() for answer in one.answers}
    for answer in session.scalars(select(Answer).where(col(Answer.tip_id).in_(found))):
        found[answer.tip_id].wordings.add(answer.wording.strip())
        if answer.id not in ids:
            found[answer.tip_id].others.add(answer.value)
    names = stories.worded(session, {answer.question_id for one in found.values() for answer in one.answers})
    for one in found.values():
        one.names.update(names, (answer.wording.strip() for answer in one.answers))
    return found
