"""Saved replies: texts that reporters write often, with placeholders for what differs from tip to tip.

They belong to one callout or to all, and may be in one language. A placeholder that nobody knows is refused when the
text is saved; one that can't be filled for a tip stays, and a reply is not sent while one stands in it.
"""

import re
from dataclasses import dataclass, fields

from sqlalchemy import ColumnElement, exists, or_, select
from sqlmodel import Session, col

from tipline.core import access, events
from tipline.core.access import Actor
from tipline.core.replies import STANDS_FOR
from tipline.core.text.storable import storable
from tipline.db import now
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.models import Callout, SavedReply, Verb
from tipline.vocabularies import N_

NAME = re.compile(r"[\w-]{1,60}")
MAX_TEXT = 20_000
BAD_NAME = N_("A name is one word of letters, digits and hyphens, such as thanks or call-back.")
NO_TEXT = N_("Write the text of the reply.")
LONG_TEXT = N_("Keep it under 20,000 characters.")
TAKEN = N_("There is a saved reply of this name already, for the same callout and language.")
UNKNOWN = N_("There is no placeholder %(name)s. Use {reader}, {reporter}, {callout}, {newsroom} or {link}.")
BRACES = re.compile(r"\{[^{}\n]{1,40}\}")


@dataclass(frozen=True, slots=True)
class Meanings:
    """What the placeholders of the same names stand for; "" where that is not known."""

    reader: str = ""
    reporter: str = ""
    callout: str = ""
    newsroom: str = ""
    link: str = ""


PLACEHOLDERS = tuple(field.name for field in fields(Meanings))


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """A saved reply as it is typed. No `callout_id` is all callouts, no `language` any."""

    name: str
    text: str
    callout_id: int | None = None
    language: str = ""


def for_tip(session: Session, callout_id: int | None, language: str) -> list[SavedReply]:
    """Those that fit a tip of this callout, in its language first; None for tips of several callouts. The caller got
    the tip from `access.tip`."""
    own = or_(col(SavedReply.callout_id).is_(None), col(SavedReply.callout_id) == callout_id)
    rows = session.scalars(select(SavedReply).where(own).order_by(col(SavedReply.name), col(SavedReply.id)))
    return sorted(rows, key=lambda row: _distance(row.language, language))


def _distance(written: str, wanted: str) -> int:
    if not written:
        return 1
    return 0 if re.split("[-_]", written)[0] == re.split("[-_]", wanted)[0] else 2


def for_desk(session: Session, by: Actor) -> list[SavedReply]:
    """All that this person may see, by name."""
    query = select(SavedReply).where(_theirs(by)).order_by(col(SavedReply.name), col(SavedReply.id))
    return list(session.scalars(query))


def find(session: Session, saved_id: int, by: Actor) -> SavedReply:
    """The saved reply of an id. NotVisible where it is of a callout that this person does not see."""
    query = select(SavedReply).where(col(SavedReply.id) == saved_id, _theirs(by))
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotVisible("saved reply")
    return row


def save(session: Session, saved_id: int | None, draft: SavedDraft, by: Actor) -> SavedReply:
    """Make a saved reply, or change one. Refused where its name, text or placeholders can't be."""
    _may(by)
    name, text = draft.name.strip().lstrip("/"), storable(draft.text).strip()
    check(name, text)
    if draft.callout_id is not None and not _sees(session, draft.callout_id, by):
        raise NotVisible("callout")
    row = find(session, saved_id, by) if saved_id is not None else None
    if _taken(session, name, draft, saved_id):
        raise Refused(TAKEN)
    after = "changed" if row else "made"
    row = row or SavedReply(name=name, text=text, made_by=by.account_id, changed_at=now())
    row.name, row.text, row.callout_id, row.language = name, text, draft.callout_id, draft.language
    row.changed_at = now()
    session.add(row)
    session.flush()
    events.record(session, Verb.SAVED_REPLY, by=by, object_id=row.id, after=after)
    return row


def remove(session: Session, saved_id: int, by: Actor) -> None:
    """Take a saved reply away. What was written with it stays."""
    _may(by)
    session.delete(find(session, saved_id, by))
    session.flush()
    events.record(session, Verb.SAVED_REPLY, by=by, object_id=saved_id, after="removed")


def check(name: str, text: str) -> None:
    """Refused where a saved reply can't be called so, or can't say this."""
    if not NAME.fullmatch(name):
        raise Refused(BAD_NAME)
    if not text:
        raise Refused(NO_TEXT)
    if len(text) > MAX_TEXT:
        raise Refused(LONG_TEXT)
    check_placeholders(text)


def check_placeholders(text: str) -> None:
    """Refused where something in braces is no placeholder: each reader would get it as it is typed."""
    for found in BRACES.findall(text):
        if found[1:-1] not in PLACEHOLDERS:
            raise Refused(UNKNOWN, found)


def filled(text: str, meanings: Meanings) -> str:
    """The text with what its placeholders stand for; one of which that is not known stays."""
    known = {f"{{{name}}}": getattr(meanings, name) for name in PLACEHOLDERS}
    return STANDS_FOR.sub(lambda found: known.get(found[0]) or found[0], text)


def _may(by: Actor) -> None:
    if not by.works_tips:
        raise NotAllowed(access.READS_ONLY)


def _theirs(by: Actor) -> ColumnElement[bool]:
    seen = exists(select(col(Callout.id)).where(col(Callout.id) == col(SavedReply.callout_id), access.callouts_of(by)))
    return or_(col(SavedReply.callout_id).is_(None), seen)


def _sees(session: Session, callout_id: int, by: Actor) -> bool:
    query = select(col(Callout.id)).where(col(Callout.id) == callout_id, access.callouts_of(by))
    return session.scalars(query).first() is not None


def _taken(session: Session, name: str, draft: SavedDraft, saved_id: int | None) -> bool:
    same = select(col(SavedReply.id)).where(
        col(SavedReply.name) == name,
        col(SavedReply.callout_id).is_not_distinct_from(draft.callout_id),
        col(SavedReply.language) == draft.language,
    )
    return any(found != saved_id for found in session.scalars(same))
