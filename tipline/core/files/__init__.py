"""Attachments: kept sealed, shown as re-encoded copies without place and time, played where browsers can."""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlmodel import Session, col

from tipline.core import access, events, file_types, row_batches, vault
from tipline.core.access import Actor
from tipline.core.arrival import Attached
from tipline.core.file_types import PHOTOS, SOUNDS, VIDEOS
from tipline.core.session_cache import once
from tipline.core.text.storable import storable
from tipline.db import now
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.models import Extraction, ReplyFile, Scan, StoredFile, Tip, Verb
from tipline.sandbox import pictures
from tipline.sealing import OpenKey, new_id, seal
from tipline.sealing.chunks import Plain, Readable
from tipline.vocabularies import N_

IN_ROW = 64 * 1024  # bytes; larger ones go to the file store


def keep(
    session: Session,
    tip_id: int,
    message_id: int | None,
    attached: Attached,
    *,
    fresh: bool = False,
    note_id: int | None = None,
    contact_id: int | None = None,
) -> int:
    """Store a file with a message, or a note or contact, sealed under the key of the tip's files; returns its id.

    `fresh`: the tip has none yet. The caller counts the file on the tip.
    """
    key, file_id, content = key_of(session, tip_id, fresh=fresh), new_id(), attached.data
    kind = file_types.of(attached)
    place, in_row = f"stored_file:{file_id}:content", content.size <= IN_ROW
    row_batches.write(
        session,
        StoredFile,
        id=file_id,
        tip_id=tip_id,
        message_id=message_id,
        note_id=note_id,
        contact_id=contact_id,
        key_id=key.id,
        name=storable(attached.name)[-255:],
        type=kind,
        extraction=Extraction.WAITING if kind in file_types.WITH_WORDS else Extraction.NOTHING,
        declared_type=attached.declared_type[:100],
        size=content.size,
        inline=attached.inline,
        content=seal(key, b"".join(content.pieces()), place) if in_row else None,
        stored_as=None if in_row else vault.put_file(session, key, content, place),
        created_at=now(),
    )
    return file_id


def counted(files: Iterable[Attached]) -> tuple[int, int]:
    """How many files there are, and how many of them are photos."""
    return of_types(file_types.of(attached) for attached in files)


def of_types(types: Iterable[str]) -> tuple[int, int]:
    """The same of files whose types are known."""
    found = list(types)
    return len(found), sum(kind in PHOTOS for kind in found)


def count(tip: Tip, came: Iterable[Attached]) -> None:
    """Count files on their tip."""
    many, photos = counted(came)
    tip.files, tip.photos = tip.files + many, tip.photos + photos


def key_of(session: Session, tip_id: int, *, fresh: bool = False) -> OpenKey:
    """The key of a tip's files, made with the first of them."""
    known: dict[int, int] = session.info.setdefault("file_keys", {})
    if tip_id not in known:
        used = select(col(StoredFile.key_id)).where(col(StoredFile.tip_id) == tip_id).limit(1)
        waiting = select(col(ReplyFile.key_id)).where(col(ReplyFile.tip_id) == tip_id).limit(1)
        key_id = None if fresh else session.scalars(used).first() or session.scalars(waiting).first()
        known[tip_id] = key_id or vault.new_key(session).id
    return vault.key(session, known[tip_id])


def find(session: Session, file_id: int, by: Actor) -> StoredFile:
    """The row of a file. NotVisible where its tip is not this person's to see."""
    row = session.scalars(
        select(StoredFile)
        .join(Tip, col(Tip.id) == col(StoredFile.tip_id))
        .where(col(StoredFile.id) == file_id, access.visible(by))
    ).one_or_none()
    if row is None:
        raise NotVisible("file")
    return row


def original(session: Session, file_id: int, by: Actor) -> tuple[StoredFile, Readable]:
    """A file as it came, place and time of photos included. Not for viewers; records ORIGINAL_SEEN.

    Its content can be read when the session is over.
    """
    row = find(session, file_id, by)
    if not by.opens_files:
        raise NotAllowed(READS_ONLY)
    events.record(session, Verb.ORIGINAL_SEEN, by=by, tip_id=row.tip_id, object_id=row.id)
    return row, content(session, row)


READS_ONLY = N_("Your role does not open originals. Ask an editor if it should.")
NO_PLAYER = N_("A browser can't play this file; download the original.")


def playing(session: Session, file_id: int, by: Actor) -> StoredFile:
    """A sound or video that a player may be offered for. Refused where browsers can't play it."""
    row = find(session, file_id, by)
    if not by.opens_files:
        raise NotAllowed(READS_ONLY)
    if not plays(row):
        raise Refused(NO_PLAYER)
    return row


def plays(row: StoredFile) -> bool:
    """Whether a player may be offered: of a type that browsers play by themselves, and nothing was found in it."""
    return row.type in SOUNDS | VIDEOS and row.scan is not Scan.INFECTED


NO_VIEW = N_("There is no view copy of this file; download the original.")


def view_copy(session: Session, file_id: int, by: Actor) -> bytes:
    """A photo as a JPEG of at most 1600 pixels, drawn anew: no EXIF, no place, nothing that came along.

    Refused where the file is no photo, or none that can be read, or a scanner found something in it.
    """
    row = find(session, file_id, by)
    if row.type not in PHOTOS or row.scan is Scan.INFECTED:
        raise Refused(NO_VIEW)
    copy = pictures.draw(content(session, row), PHOTOS[row.type])
    if copy is None:
        raise Refused(NO_VIEW)
    return copy


def content(session: Session, row: StoredFile) -> Readable:
    """What a file holds. The caller has asked whether it may be seen."""
    place = f"stored_file:{row.id}:content"
    if row.content is not None:
        return Plain(vault.open_bytes(session, row.content, place))
    if row.stored_as is not None:
        return vault.open_file(session, row.stored_as, place)
    raise NotVisible("file")


def count_of_tip(session: Session, tip_id: int) -> int:
    """How many files came with a tip's messages. The caller holds its reader's code: of notes they learn nothing."""
    of_messages = col(StoredFile.tip_id) == tip_id, col(StoredFile.message_id).is_not(None)
    return session.scalar(select(func.count(col(StoredFile.id))).where(*of_messages)) or 0


def of_tip(session: Session, tip_id: int) -> list[StoredFile]:
    """A tip's files in the order they came. The caller has asked `access.tip`."""
    query = select(StoredFile).where(col(StoredFile.tip_id) == tip_id).order_by(col(StoredFile.id))
    return once(session, "files", tip_id, lambda: list(session.scalars(query)))
