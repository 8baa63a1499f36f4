"""What answers by mail seem to say and could not be read for certain: shown until a reporter records what they say, or
says that there is nothing in them.

Messages go from tip to tip by a merge, an unmerge or a splitting, and the events about them stay where they are. So
what is known of a message is looked for in the history of the tips that it came from, too.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import access, events, merge
from tipline.core.access import Actor
from tipline.core.arrival import Unsure
from tipline.core.consent import consent_by_mail
from tipline.core.tips import merged
from tipline.models import Event, Message, MovedRow, Tip, Verb


@dataclass(frozen=True, slots=True)
class UnclearAnswer:
    """One message. `consent`: it may say what may be published, in `passage`; `answers`: it may answer questions."""

    message_id: int
    consent: bool
    answers: bool
    passage: str


def of_tip(session: Session, tip_id: int) -> list[UnclearAnswer]:
    """The messages to be read again, oldest first. What may be published is open until it is written down."""
    origins = merged.origins(session, tip_id)
    asked = (col(Event.tip_id).in_((tip_id, *origins)), col(Event.verb) == Verb.MESSAGE, col(Event.before) != "")
    here = select(Event, col(Message.text)).join(Message, col(Message.id) == col(Event.object_id))
    rows = session.execute(here.where(*asked, col(Message.tip_id) == tip_id)).all()
    if not rows:
        return []
    consents = _consents(session, (tip_id, *origins))
    dismissed, found = _dismissed(session, (tip_id, *origins)), []
    for event, text in sorted(rows, key=lambda row: row[0].id or 0):
        message_id = event.object_id or 0
        words = {word for word in event.before.split() if (message_id, word) not in dismissed}
        of_consent = Unsure.CONSENT in words and not _is_recorded(event, tip_id, consents, origins)
        if of_consent or Unsure.ANSWERS in words:
            passage = consent_by_mail.passage(text) if of_consent else ""
            found.append(UnclearAnswer(message_id, of_consent, Unsure.ANSWERS in words, passage))
    return found


def _consents(session: Session, tip_ids: Collection[int]) -> list[tuple[int, int]]:
    """The events by which consents were recorded, each with its tip; not those that followed from a merge."""
    of_tips = select(col(Event.id)).where(col(Event.tip_id).in_(tip_ids))
    made = select(col(MovedRow.row_id)).where(
        col(MovedRow.event_id).in_(of_tips.where(col(Event.verb) == Verb.MERGED)),
        col(MovedRow.kind) == merge.CONSENT_EVENT,
    )
    query = select(col(Event.id), col(Event.tip_id)).where(
        col(Event.tip_id).in_(tip_ids), col(Event.verb) == Verb.CONSENT, col(Event.id).not_in(made)
    )
    return [(event_id, tip_id) for event_id, tip_id in session.execute(query).all()]


def _is_recorded(event: Event, tip_id: int, consents: Collection[tuple[int, int]], origins: Mapping[int, int]) -> bool:
    """Whether somebody recorded a consent after the message came: on the tip where it was then, and here since."""
    message, came = event.id or 0, origins.get(event.tip_id or 0, 0)
    return any(
        at > message and (at > came if of == tip_id else of == event.tip_id and at < came) for at, of in consents
    )


def _dismissed(session: Session, tip_ids: Collection[int]) -> set[tuple[int, str]]:
    """The messages, and of what they hold nothing, as it was said last."""
    query = select(Event).where(col(Event.tip_id).in_(tip_ids), col(Event.verb) == Verb.CHECKED)
    found: set[tuple[int, str]] = set()
    for event in session.scalars(query.order_by(col(Event.id))):
        message_id = event.object_id or 0
        found.discard((message_id, event.before))
        found |= {(message_id, event.after)} if event.after else set()
    return found


def dismiss(
    session: Session, tip_id: int, message_id: int, what: Unsure, by: Actor, *, undoes: int | None = None
) -> Event | None:
    """Say that a message holds nothing of this kind. None where none is shown of it. NotVisible, NotAllowed."""
    access.tip_to_work(session, tip_id, by)
    shown = next((one for one in of_tip(session, tip_id) if one.message_id == message_id), None)
    if shown is None or not (shown.consent if what is Unsure.CONSENT else shown.answers):
        return None
    return events.record(session, Verb.CHECKED, by=by, tip_id=tip_id, object_id=message_id, after=what, undoes=undoes)


def undo(session: Session, tip: Tip, event: Event, by: Actor) -> Event | None:
    """Show it again; None where it is shown by now. The inverse of that dismisses it again."""
    tip_id, message_id = tip.id or 0, event.object_id or 0
    if not event.after:
        return dismiss(session, tip_id, message_id, Unsure(event.before), by, undoes=event.id)
    if (message_id, event.after) not in _dismissed(session, (tip_id, *merged.origins(session, tip_id))):
        return None
    return events.record(
        session, Verb.CHECKED, by=by, tip_id=tip_id, object_id=message_id, before=event.after, undoes=event.id
    )
