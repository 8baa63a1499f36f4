"""What a message says in another language, written by a reporter. It stays in the newsroom, as notes do."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import access, events
from tipline.core.access import Actor
from tipline.core.text.storable import storable
from tipline.db import now
from tipline.errors import Conflict, NotVisible, Refused
from tipline.models import Message, Translation, Verb
from tipline.vocabularies import N_

MAX_TEXT, MAX_LANGUAGE = 50_000, 20
REMOVED = "removed"
LONG = N_("A translation has at most 50,000 characters.")
CHANGED = N_(
    "Someone changed the translation while you were writing. Their text is above; yours is still in the field."
)


@dataclass(frozen=True, slots=True)
class TranslationView:
    """A translation as the page shows it."""

    row: Translation
    author: str


def of_tip(session: Session, tip_id: int, names: dict[int | None, str]) -> dict[int, list[TranslationView]]:
    """The translations of a tip's messages, by message. The caller has asked `access.tip`."""
    query = select(Translation).join(Message, col(Message.id) == col(Translation.message_id))
    found: dict[int, list[TranslationView]] = {}
    for row in session.scalars(query.where(col(Message.tip_id) == tip_id).order_by(col(Translation.language))):
        found.setdefault(row.message_id, []).append(TranslationView(row, names.get(row.author_id, "")))
    return found


def write(
    session: Session, tip_id: int, message_id: int, language: str, text: str, by: Actor, version: datetime | None
) -> bool:
    """Keep a translation; an empty one takes it away. False where it stood so already.

    `version` is the `changed_at` of what the writer saw, None where there was nothing. NotVisible, NotAllowed; Refused
    where it is too long; Conflict where somebody else changed it meanwhile.
    """
    access.tip_to_work(session, tip_id, by)
    message = session.get(Message, message_id)
    if message is None or message.tip_id != tip_id:
        raise NotVisible("message")
    text, language = storable(text).strip(), language[:MAX_LANGUAGE]
    if len(text) > MAX_TEXT:
        raise Refused(LONG)
    row = session.get(Translation, (message_id, language), with_for_update=True)
    if text == (row.text if row else ""):
        return False
    if (row.changed_at if row else None) != version:
        raise Conflict(CHANGED)
    if row is not None and not text:
        session.delete(row)
    elif row is not None:
        row.text, row.author_id, row.changed_at = text, by.account_id, now()
        session.add(row)
    else:
        session.add(
            Translation(message_id=message_id, language=language, text=text, author_id=by.account_id, changed_at=now())
        )
    session.flush()
    events.record(
        session, Verb.TRANSLATED, by=by, tip_id=tip_id, object_id=message_id, after=language if text else REMOVED
    )
    return True
