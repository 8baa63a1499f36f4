"""Drafts: a form that did not pass waits a day under its submission's id, what was typed and the files, all sealed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, col

from tipline.core import file_removal, row_batches, vault
from tipline.core.arrival import Attached, SealedFile
from tipline.core.text.storable import storable
from tipline.db import now
from tipline.errors import NotVisible
from tipline.models import DataKey, Draft, DraftFile
from tipline.sealing import new_id

DRAFT_TTL = timedelta(hours=24)

Fields = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that was received with a form that did not pass. `size` in bytes."""

    id: int
    question_id: int
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class WaitingForm:
    """What waits under a submission's id, since when."""

    fields: dict[str, list[str]]
    files: list[KeptFile]
    at: datetime


def keep(session: Session, submission_id: str, callout_id: int, fields: Fields) -> None:
    """Keep what was typed, in place of what waited there before; files stay. The day begins anew. Of two presses at
    once the later one waits for the other."""
    row_batches.one_at_a_time(session, submission_id)
    draft = _draft(session, submission_id)
    if draft is None or draft.callout_id != callout_id:
        if draft is not None:
            forget(session, submission_id)
        draft = Draft(
            submission_id=submission_id,
            callout_id=callout_id,
            key_id=vault.new_key(session).id,
            fields=b"",
            expires_at=now() + DRAFT_TTL,
        )
    place = f"draft:{submission_id}:fields"
    words = {storable(name): [storable(value) for value in values] for name, values in fields.items()}
    draft.fields = vault.seal_json(vault.key(session, draft.key_id), words, place)
    draft.expires_at = now() + DRAFT_TTL
    session.add(draft)
    session.flush()


def add_file(session: Session, submission_id: str, question_id: int, attached: Attached) -> KeptFile:
    """Put a file beside a draft that `keep` made. Refused where the disk is nearly full."""
    draft = _draft(session, submission_id)
    if draft is None:
        raise NotVisible("draft")
    file_id, key = new_id(), vault.key(session, draft.key_id)
    row = DraftFile(
        id=file_id,
        submission_id=submission_id,
        question_id=question_id,
        name=storable(attached.name)[-255:],
        declared_type=storable(attached.declared_type)[:100],
        size=attached.data.size,
        stored_as=vault.put_file(session, key, attached.data, f"draft_file:{file_id}:content"),
    )
    session.add(row)
    session.flush()
    return _kept(row)


def drop_file(session: Session, submission_id: str, file_id: int) -> None:
    """Take one file away again. Quiet where this draft has none of that id."""
    row = session.get(DraftFile, file_id)
    if row is not None and row.submission_id == submission_id:
        _remove(session, row)


def take(session: Session, submission_id: str) -> WaitingForm | None:
    """What waits under an id; None where nothing does, or where its day is over."""
    draft = session.get(Draft, submission_id)
    if draft is None or draft.expires_at <= now():
        return None
    fields: dict[str, Any] = vault.open_json(session, draft.fields, f"draft:{submission_id}:fields")
    return WaitingForm(fields, [_kept(row) for row in _files(session, submission_id)], draft.expires_at - DRAFT_TTL)


def attachment(session: Session, submission_id: str, file_id: int) -> SealedFile:
    """A waiting file, which can be read when the session is over. NotVisible where this draft has none of that id."""
    row = session.get(DraftFile, file_id)
    if row is None or row.submission_id != submission_id:
        raise NotVisible("file")
    content = vault.open_file(session, row.stored_as, f"draft_file:{row.id}:content")
    return SealedFile(row.name, content, row.declared_type or "application/octet-stream")


def forget(session: Session, submission_id: str) -> None:
    """Remove a draft, its files and the key that opens them. Quiet where there is none."""
    draft = _draft(session, submission_id)
    if draft is None:
        return
    for row in _files(session, submission_id):
        _remove(session, row)
    session.flush()
    key_id = draft.key_id
    session.delete(draft)
    session.flush()
    key = session.get(DataKey, key_id)
    if key is not None:
        session.delete(key)
        session.flush()


def purge(session: Session) -> int:
    """Forget every draft whose day is over; returns how many.

    One that was kept while the clock stood years ahead gets its day from now on, rather than those years.
    """
    session.execute(
        update(Draft).where(col(Draft.expires_at) > now() + 2 * DRAFT_TTL).values(expires_at=now() + DRAFT_TTL)
    )
    over = list(session.scalars(select(col(Draft.submission_id)).where(col(Draft.expires_at) <= now())))
    for submission_id in over:
        forget(session, submission_id)
    return len(over)


def _draft(session: Session, submission_id: str) -> Draft | None:
    return session.get(Draft, submission_id, with_for_update=True, populate_existing=True)


def _files(session: Session, submission_id: str) -> list[DraftFile]:
    query = select(DraftFile).where(col(DraftFile.submission_id) == submission_id)
    return list(session.scalars(query.order_by(col(DraftFile.id))))


def _kept(row: DraftFile) -> KeptFile:
    return KeptFile(row.id, row.question_id, row.name, row.size)


def _remove(session: Session, row: DraftFile) -> None:
    """Delete the row now, its bytes after the commit."""
    file_removal.after_commit(session, [row.stored_as])
    session.delete(row)
