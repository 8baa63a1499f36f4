"""The form for who wrote by mail: opened with what they already said, and sent to the same tip.

It opens only after a code that went to the address they wrote from (core.outgoing_mail.email_codes), or on their own
page: our
acknowledgement may be passed on, read over a shoulder or lie in an employer's mailbox, and whoever has it must neither
read the story nor write in its reader's name. Until it is sent, it is a draft like any other; each tip has one, so that
erasing the tip finds it.
"""

from datetime import timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import row_batches
from tipline.core.arrival import ConsentChoice
from tipline.core.callouts import CalloutView
from tipline.core.callouts.questions import WITH_CHOICES, QuestionView
from tipline.core.intake import added_forms, drafts
from tipline.core.intake.submissions import Submission
from tipline.core.results import answer_rows
from tipline.db import now
from tipline.models import Answer, AnswerChoice, QuestionKind, Tip

FORM_TTL = timedelta(days=30)
MAX_LENGTH = 20_000


def begin(session: Session, tip: Tip, view: CalloutView) -> Submission:
    """Open the form of a tip: its submission, whose draft holds what was said so far.

    What was typed before stays, and is kept anew: what is shown has its time from now on.
    """
    assert tip.id is not None
    asked = tuple(question.id for question in view.questions)
    submission = Submission(added_forms.draft_id(session, tip.id), view.id, now().replace(microsecond=0), asked, tip.id)
    row_batches.one_at_a_time(session, submission.id)
    kept = drafts.take(session, submission.id)
    typed = kept is not None and any(name.startswith("q") for name in kept.fields)
    fields = kept.fields if kept is not None and typed else _fields(session, tip, view)
    drafts.keep(session, submission.id, view.id, fields)
    return submission


def over(submission: Submission) -> bool:
    """Whether a form for a tip was opened too long ago to be sent."""
    return bool(submission.tip_id) and now() - submission.made_at > FORM_TTL


def in_time(tip: Tip) -> bool:
    """Whether the link in the acknowledgement still leads to the form."""
    return now() - tip.received_at <= FORM_TTL


def _fields(session: Session, tip: Tip, view: CalloutView) -> dict[str, list[str]]:
    """The form's fields as they would have been typed."""
    assert tip.id is not None
    there = answer_rows.by_origin(session, tip.id)
    fields: dict[str, list[str]] = {}
    for question in view.questions:
        if (row := there.get(question.origin)) is not None:
            fields[f"q{question.id}"] = _field(session, question, row)
            fields |= {f"w{question.id}": ["1"]} if row.withheld else {}
    story = next((q for q in view.questions if q.kind is QuestionKind.LONG and not q.identity), None)
    written = added_forms.texts(session, tip)
    if story is not None and written:
        fields.setdefault(f"q{story.id}", [written[0][:MAX_LENGTH]])
    if tip.consent is not ConsentChoice.UNKNOWN:
        fields["consent"] = [tip.consent.value]
    return {name: values for name, values in fields.items() if values}


def _field(session: Session, question: QuestionView, row: Answer) -> list[str]:
    """Options by their numbers, which mean the same in every version that was not worded anew."""
    if question.kind is QuestionKind.RATING:
        return [str(int(row.number))] if row.number is not None else []
    if question.kind not in WITH_CHOICES:
        return [row.value]
    if row.question_id != question.id:
        return []
    chosen = select(col(AnswerChoice.option)).where(col(AnswerChoice.answer_id) == row.id)
    options = sorted(session.scalars(chosen))
    return [("yes", "no")[one] if question.kind is QuestionKind.YES_NO else str(one) for one in options]
