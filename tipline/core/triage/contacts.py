"""Calls, meetings and messages with a reader outside of tipline: noted on the tip, never seen outside the newsroom."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from tipline.core import access, events, search
from tipline.core.access import Actor
from tipline.core.text.storable import storable
from tipline.core.triage import attachments
from tipline.db import now
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.models import ContactEntry, ContactWay, Verb
from tipline.vocabularies import N_

MAX_TEXT, MAX_OUTCOME = 20_000, 200
EMPTY = N_("Write what was said, or at least how it ended.")
LONG = N_("Keep what was said under 20,000 characters, and how it ended under 200.")
TO_COME = N_("That time is still to come. For something you plan, add a task.")
NOT_YOURS = N_("Only who wrote it down takes it away.")
A_MOMENT = timedelta(minutes=5)  # between two clocks


@dataclass(frozen=True, slots=True)
class Contact:
    """What happened: how (`way`), when (aware), how it ended in a few words, and what was said."""

    way: ContactWay
    at: datetime
    outcome: str = ""
    text: str = ""


def add(session: Session, tip_id: int, contact: Contact, by: Actor, *, with_files: bool = False) -> ContactEntry:
    """Note a contact on a tip. Refused where it says nothing and no files follow, or too much, or is still to come."""
    access.tip_to_work(session, tip_id, by)
    outcome, text = " ".join(storable(contact.outcome).split()), storable(contact.text).strip()
    if not outcome and not text and not with_files:
        raise Refused(EMPTY)
    if len(outcome) > MAX_OUTCOME or len(text) > MAX_TEXT:
        raise Refused(LONG)
    if contact.at > now() + A_MOMENT:
        raise Refused(TO_COME)
    row = ContactEntry(
        tip_id=tip_id, author_id=by.account_id, way=contact.way, outcome=outcome, text=text, at=contact.at,
        created_at=now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    events.record(session, Verb.CONTACT, by=by, tip_id=tip_id, object_id=row.id, after=contact.way)
    search.put(session, tip_id)
    return row


def remove(session: Session, contact_id: int, by: Actor) -> int:
    """Take away what one noted oneself; that there was something stays in the history. Returns its tip's id."""
    row = session.get(ContactEntry, contact_id)
    if row is None:
        raise NotVisible("contact")
    tip_id = row.tip_id
    tip = access.tip_to_work(session, tip_id, by)
    if row.author_id != by.account_id:
        raise NotAllowed(NOT_YOURS)
    attachments.forget(session, tip, row)
    session.delete(row)
    session.flush()
    events.record(session, Verb.CONTACT, by=by, tip_id=tip_id, object_id=contact_id, before=row.way, after="removed")
    search.put(session, tip_id)
    return tip_id
