"""Files of a reply: they wait in the composer, go with the reply, and come back when it is taken back.

A waiting file has the id that it will have with its message and is sealed for that place, so that sending and taking
back move a row and never the bytes.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select
from sqlmodel import Session, col

from tipline.core import access, file_removal, file_types, files, vault
from tipline.core.access import Actor
from tipline.core.arrival import Attached, Attachment
from tipline.core.file_types import PHOTOS
from tipline.core.outgoing_mail import Enclosed
from tipline.core.text.storable import storable
from tipline.db import now
from tipline.errors import NotVisible, Refused
from tipline.models import Extraction, ReplyFile, StoredFile
from tipline.sandbox import pictures
from tipline.sealing import new_id, seal
from tipline.vocabularies import N_

MAX_FILES = 20  # files of one reply
EMPTY_FILE = N_("This file is empty. Choose another one.")
TOO_LARGE = N_("Together these files are too large for a mail. Send fewer, or smaller ones.")
TOO_MANY = N_("A reply takes 20 files at most. Put them into one archive.")
UNREADABLE = N_(
    "This picture can't be read, so what lies hidden in it can't be taken out. Save it as JPEG, or send it as a PDF."
)


@dataclass(frozen=True, slots=True)
class AttachmentLimit:
    """How many bytes all files of one reply may have together."""

    most: int


def cleaned(attached: Attached) -> Attachment:
    """A file as it may leave: a photo drawn anew, without place, time and camera; any other as it is.

    Takes a while: call it outside of a transaction. Refused where it is empty, or a picture that can't be read.
    """
    if not attached.data.size:
        raise Refused(EMPTY_FILE)
    kind = file_types.of(attached)
    if kind == "image/tiff":
        raise Refused(UNREADABLE)
    if kind not in PHOTOS:
        return Attachment(attached.name, b"".join(attached.data.pieces()), kind)
    drawn = pictures.draw(attached.data, PHOTOS[kind])
    if drawn is None:
        raise Refused(UNREADABLE)
    stem, dot, _ending = attached.name.rpartition(".")
    return Attachment(f"{stem if dot else attached.name}.jpg", drawn, "image/jpeg")


def add(session: Session, tip_id: int, attachment: Attachment, by: Actor, room: AttachmentLimit) -> ReplyFile:
    """Put a cleaned file beside the draft. Refused where there is no room for it."""
    access.tip_to_work(session, tip_id, by)
    mine = _mine(tip_id, by)
    number, size = session.execute(
        select(func.count(), func.coalesce(func.sum(col(ReplyFile.size)), 0)).where(*mine)
    ).one()
    if number >= MAX_FILES:
        raise Refused(TOO_MANY)
    if size + attachment.data.size > room.most:
        raise Refused(TOO_LARGE)
    return place(session, tip_id, attachment, by)


def place(session: Session, tip_id: int, attachment: Attachment, by: Actor) -> ReplyFile:
    """As `add`, where the caller has asked already."""
    key, file_id = files.key_of(session, tip_id), new_id()
    place, in_row = f"stored_file:{file_id}:content", attachment.data.size <= files.IN_ROW
    row = ReplyFile(
        id=file_id,
        account_id=by.account_id,
        tip_id=tip_id,
        key_id=key.id,
        name=storable(attachment.name)[-255:],
        type=file_types.of(attachment),
        size=attachment.data.size,
        content=seal(key, attachment.content, place) if in_row else None,
        stored_as=None if in_row else vault.put_file(session, key, attachment.data, place),
        created_at=now(),
    )
    session.add(row)
    session.flush()
    return row


def waiting(session: Session, tip_id: int, by: Actor) -> list[ReplyFile]:
    """The files in this person's composer, in their order. The caller got the tip from `access.tip`."""
    return list(session.scalars(select(ReplyFile).where(*_mine(tip_id, by)).order_by(col(ReplyFile.id))))


def remove(session: Session, tip_id: int, file_id: int, by: Actor) -> None:
    """Take a file out of the composer. NotVisible where there is none of that id in it."""
    access.tip_to_work(session, tip_id, by)
    row = session.scalars(select(ReplyFile).where(*_mine(tip_id, by), col(ReplyFile.id) == file_id)).one_or_none()
    if row is None:
        raise NotVisible("file")
    file_removal.after_commit(session, [row.stored_as] if row.stored_as else [])
    session.delete(row)
    session.flush()


def send(session: Session, tip_id: int, message_id: int, by: Actor) -> list[StoredFile]:
    """Give the waiting files to the message with which they leave."""
    sent = []
    for row in waiting(session, tip_id, by):
        file = StoredFile(message_id=message_id, declared_type=row.type, extraction=Extraction.NOTHING, **_same(row))
        session.delete(row)
        sent.append(file)
    session.flush()
    session.add_all(sent)
    session.flush()
    return sent


def give_back(session: Session, message_id: int, by: Actor) -> None:
    """A reply was taken back: its files are in this person's composer again."""
    for row in of_message(session, message_id):
        session.add(ReplyFile(account_id=by.account_id, **_same(row)))
        session.delete(row)
    session.flush()


def _same(row: ReplyFile | StoredFile) -> dict[str, Any]:
    """What stays as it is when a file changes between composer and message."""
    return {
        "id": row.id,
        "tip_id": row.tip_id,
        "key_id": row.key_id,
        "name": row.name,
        "type": row.type,
        "size": row.size,
        "content": row.content,
        "stored_as": row.stored_as,
        "created_at": row.created_at,
    }


def enclosed(session: Session, rows: Sequence[StoredFile]) -> tuple[Enclosed, ...]:
    """Files as a letter takes them."""
    return tuple(Enclosed(row.name, row.type, b"".join(files.content(session, row).pieces())) for row in rows)


def of_message(session: Session, message_id: int) -> list[StoredFile]:
    """The files of a message of ours, in the order in which they were put into it."""
    query = select(StoredFile).where(col(StoredFile.message_id) == message_id)
    return list(session.scalars(query.order_by(col(StoredFile.id))))


def forget(session: Session, tip_ids: Collection[int]) -> set[int]:
    """Waiting files of tips that are erased; returns the keys that go."""
    of_tips = col(ReplyFile.tip_id).in_(tip_ids)
    rows = session.execute(select(col(ReplyFile.key_id), col(ReplyFile.stored_as)).where(of_tips)).all()
    file_removal.after_commit(session, [row.stored_as for row in rows if row.stored_as])
    session.execute(delete(ReplyFile).where(of_tips))
    return {row.key_id for row in rows}


def _mine(tip_id: int, by: Actor) -> tuple[ColumnElement[bool], ...]:
    return col(ReplyFile.tip_id) == tip_id, col(ReplyFile.account_id) == by.account_id
