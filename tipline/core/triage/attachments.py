"""Files that reporters put to a note, or to a call or meeting: a screenshot, a recording. They stay in the newsroom,
and are files of the tip like those that readers send: sealed, scanned, read for search, counted.
"""

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import access, file_removal, files, search
from tipline.core.access import Actor
from tipline.core.arrival import Attached
from tipline.errors import NotVisible
from tipline.models import ContactEntry, Note, StoredFile, Tip


def attach_to_note(session: Session, note_id: int, attached: Attached, by: Actor) -> int:
    """Put a file to a note of one's own; returns the file's id. NotVisible, NotAllowed."""
    return _attach(session, session.get(Note, note_id), attached, by, note_id=note_id)


def attach_to_contact(session: Session, contact_id: int, attached: Attached, by: Actor) -> int:
    """The same to a call or meeting that one noted down."""
    return _attach(session, session.get(ContactEntry, contact_id), attached, by, contact_id=contact_id)


def _attach(
    session: Session,
    row: Note | ContactEntry | None,
    attached: Attached,
    by: Actor,
    *,
    note_id: int | None = None,
    contact_id: int | None = None,
) -> int:
    if row is None or row.author_id != by.account_id:
        raise NotVisible("note")
    tip = access.tip_to_work(session, row.tip_id, by)
    file_id = files.keep(session, row.tip_id, None, attached, note_id=note_id, contact_id=contact_id)
    files.count(tip, [attached])
    session.add(tip)
    session.flush()
    search.put(session, row.tip_id)
    return file_id


def forget(session: Session, tip: Tip, contact: ContactEntry) -> None:
    """A call or meeting is taken away: so are its files, their bytes after the commit."""
    rows = session.scalars(select(StoredFile).where(col(StoredFile.contact_id) == contact.id)).all()
    file_removal.after_commit(session, [row.stored_as for row in rows if row.stored_as])
    many, photos = files.of_types(row.type for row in rows)
    tip.files, tip.photos = max(0, tip.files - many), max(0, tip.photos - photos)
    for row in rows:
        session.delete(row)
    session.add(tip)
    session.flush()
