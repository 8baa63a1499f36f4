"""What readers ask for on their own page: to allow something else, to publish nothing more, to be reached in another
way, to delete everything.

What is deleted is deleted at once (core.retention.erasure). Where it must be kept, by law, the wish alone is
recorded: it
forbids publishing at once, and puts the tip before people.
"""

from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import consent
from tipline.core.arrival import Arrival, ConsentChoice
from tipline.core.intake import Filed, submissions
from tipline.core.tips import last_activity, reminders, safe_contact
from tipline.core.tips.reopen import reopen
from tipline.db import now
from tipline.models import ActorKind, Status, Tip
from tipline.vocabularies import ContactChoice

DONE_WITH = (Status.USED, Status.CLOSED)


def allow(session: Session, arrival: Arrival, today: date, withheld: Collection[int] | None = None) -> bool:
    """Record what the reader allows from now on (`arrival.consent`), and the questions whose answers they keep out of
    print (None: as it stands); False where that is what they said before."""
    tip = _locked(session, arrival)
    if not consent.change(session, tip, arrival.consent, arrival, today=today, withheld=withheld):
        return False
    _ask_for_attention(session, tip, (*DONE_WITH, Status.WAITING))
    return True


def reach(session: Session, tip_id: int, way: ContactChoice) -> bool:
    """The reader says how it is safe to reach them from now on, about what was split off, too; False where that is what
    they said before. A reply that waits to leave by another way stays."""
    tip = session.scalars(select(Tip).where(col(Tip.id) == tip_id).with_for_update()).one()
    return safe_contact.said(session, tip, way)


def take_back(session: Session, arrival: Arrival, today: date) -> Filed:
    """File the wish as one more message, forbid publishing, and set the tip before its people today."""
    filed = submissions.add(session, arrival)
    tip = _locked(session, arrival)
    if filed.duplicate:
        return filed
    consent.due_today(session, tip, today, ActorKind.READER)
    consent.change(session, tip, ConsentChoice.BACKGROUND, arrival, today=today)
    _ask_for_attention(session, tip, (*DONE_WITH, Status.SPAM))
    return filed


def _locked(session: Session, arrival: Arrival) -> Tip:
    return session.scalars(select(Tip).where(col(Tip.id) == arrival.tip_id).with_for_update()).one()


def _ask_for_attention(session: Session, tip: Tip, done_with: tuple[Status, ...]) -> None:
    """Unread for everybody, no longer put off, and open again: what was published or closed concerns somebody once
    more, and what waited for the reader has heard from them."""
    tip.updated_at, tip.facts_version = now(), 0
    last_activity.note(session, tip, tip.updated_at)
    reminders.wake(tip)
    reopen(session, tip, done_with)
    session.add(tip)
    session.flush()
