"""The steps of a form: its pages, and on the last one who the reader is, what may be published, and Send.

A form of one page is one step. Steps are numbered over all pages of the callout, asked or not, so that a number means
the same page whatever is answered; what people read ("Step 2 of 4") counts those that are asked.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tipline.core.callouts import conditional_questions
from tipline.core.callouts.questions import QuestionView
from tipline.models import QuestionKind


@dataclass(frozen=True, slots=True)
class FormStep:
    """One page of the form. `questions` are all that may stand on it; those not asked now are hidden."""

    number: int
    questions: tuple[QuestionView, ...]
    last: bool

    @property
    def words(self) -> list[QuestionView]:
        """The questions of the story: neither files nor who the reader is."""
        return [q for q in self.questions if not q.identity and q.kind is not QuestionKind.FILE]

    @property
    def identity(self) -> list[QuestionView]:
        return [q for q in self.questions if q.identity and q.kind is not QuestionKind.FILE]

    @property
    def files(self) -> list[QuestionView]:
        return [q for q in self.questions if q.kind is QuestionKind.FILE]


def steps_of(questions: Sequence[QuestionView], asked: Collection[int]) -> list[FormStep]:
    """The steps that are walked through, given the ids of the questions that are asked."""
    story = [q for q in questions if not q.identity or q.kind is QuestionKind.FILE]
    who = tuple(q for q in questions if q.identity and q.kind is not QuestionKind.FILE)
    pages = [tuple(page) for page in conditional_questions.pages(story)]
    if len(pages) == 1:
        return [FormStep(1, (*pages[0], *who), last=True)]
    walked = [FormStep(n, page, last=False) for n, page in enumerate(pages, 1) if any(q.id in asked for q in page)]
    return [*walked, FormStep(len(pages) + 1, who, last=True)]


def at(steps: Sequence[FormStep], number: int) -> FormStep:
    """The step of a number, or where that one is not walked through any more, the next one."""
    return next((step for step in steps if step.number >= number), steps[-1])
