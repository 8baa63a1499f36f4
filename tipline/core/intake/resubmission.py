"""A form that is sent again from its own page, with something changed (the Back button). It becomes a tip of its own,
since somebody else may sit at that computer by now; but who allows less than before, or wants to be reached in a safer
way, is heard for what they sent before, too. Where that was somebody else, no more than a question is lost."""

from collections.abc import Collection

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import consent, days
from tipline.core.arrival import Arrival, ConsentChoice
from tipline.core.consent import latest
from tipline.core.tips import merged, safe_contact
from tipline.models import Answer, Tip


def tighten(session: Session, tip_ids: Collection[int], arrival: Arrival) -> None:
    """Let what a form allows count for tips that the same page sent before, as far as it is less."""
    for tip_id in tip_ids:
        tip = merged.standing(session, tip_id, lock=True)
        if tip is None:
            continue
        _allow_less(session, tip, arrival)
        if safe_contact.is_more_careful(arrival.contact, tip.contact):
            safe_contact.said(session, tip, arrival.contact)


def _allow_less(session: Session, tip: Tip, arrival: Arrival) -> None:
    kept = {answer.question_id for answer in arrival.answers if answer.withheld}
    here = col(Answer.tip_id) == tip.id, col(Answer.question_id).in_(kept)
    held = consent.kept_out(session, tip) | set(session.scalars(select(col(Answer.question_id)).where(*here)))
    unsaid = arrival.consent is ConsentChoice.UNKNOWN
    choice = tip.consent if unsaid else latest.stricter(tip.consent, arrival.consent)
    consent.change(session, tip, choice, arrival, today=days.today(session), withheld=held)
