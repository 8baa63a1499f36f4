"""What answers by mail seem to say and could not be read for certain: for a reporter to read."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core.arrival import Unsure
from tipline.core.consent import consent_by_mail
from tipline.models import Event, Message, Verb


@dataclass(frozen=True, slots=True)
class UnclearAnswer:
    """One message. `consent`: it may say what may be published, in `passage`; `answers`: it may answer questions."""

    message_id: int
    consent: bool
    answers: bool
    passage: str


def of_tip(session: Session, tip_id: int) -> list[UnclearAnswer]:
    """The messages to be read again, oldest first. What may be published is open until it is written down."""
    asked = (col(Event.tip_id) == tip_id, col(Event.verb) == Verb.MESSAGE, col(Event.before) != "")
    rows = session.execute(
        select(Event, col(Message.text)).join(Message, col(Message.id) == col(Event.object_id)).where(*asked)
    ).all()
    if not rows:
        return []
    consents = select(col(Event.id)).where(col(Event.tip_id) == tip_id, col(Event.verb) == Verb.CONSENT)
    last = max((one for one in session.scalars(consents) if one is not None), default=0)
    found = []
    for event, text in sorted(rows, key=lambda row: row[0].id or 0):
        words = event.before.split()
        of_consent = Unsure.CONSENT in words and (event.id or 0) > last
        if of_consent or Unsure.ANSWERS in words:
            passage = consent_by_mail.passage(text) if of_consent else ""
            found.append(UnclearAnswer(event.object_id or 0, of_consent, Unsure.ANSWERS in words, passage))
    return found
