"""Attachments: kept sealed, told by their first bytes, shown as re-encoded copies without place and time."""

import io
import warnings
from collections.abc import Iterable
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import access, events, rows, vault
from tipline.core.access import Actor
from tipline.core.arrival import Attachment
from tipline.db import now
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.models import StoredFile, Tip, Verb
from tipline.sealing import OpenKey, new_id, seal
from tipline.words import N_

IN_ROW = 64 * 1024  # bytes; larger ones go to the file store
PHOTOS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP"}
MAX_PIXELS = 80_000_000
VIEW_EDGE = 1600  # pixels of a view copy's longer side

MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftyphei", "image/heic"),
    (4, b"ftypmif1", "image/heif"),
    (4, b"ftyp", "video/mp4"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"Rar!", "application/vnd.rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"MZ", "application/vnd.microsoft.portable-executable"),
    (0, b"\x7fELF", "application/x-elf"),
    (0, b"{\\rtf", "application/rtf"),
)
OFFICE = {
    b"word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    b"xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    b"ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}


def sniff(content: bytes) -> str:
    """The media type by the first bytes; "text/plain" for readable text, else "application/octet-stream"."""
    for offset, magic, kind in MAGIC:
        if content[offset : offset + len(magic)] == magic:
            if kind == "application/zip":
                return next((office for mark, office in OFFICE.items() if mark in content[:4096]), kind)
            return kind
    head = content[:2048]
    if b"\0" in head:
        return "application/octet-stream"
    start = head.lstrip()[:200].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<script")):
        return "text/html"
    if start.startswith(b"<svg") or (start.startswith(b"<?xml") and b"<svg" in head.lower()):
        return "image/svg+xml"
    return "text/plain"


def keep(session: Session, tip_id: int, message_id: int, attachment: Attachment, *, fresh: bool = False) -> int:
    """Store a file with a message, sealed under the key of the tip's files; returns the file's id.

    `fresh`: the tip has none yet. The caller counts the file on the tip.
    """
    key, file_id = _file_key(session, tip_id, fresh=fresh), new_id()
    sealed = seal(key, attachment.content, f"stored_file:{file_id}:content")
    in_row = len(attachment.content) <= IN_ROW
    rows.write(
        session,
        StoredFile,
        id=file_id,
        tip_id=tip_id,
        message_id=message_id,
        key_id=key.id,
        name=attachment.name[-255:],
        type=sniff(attachment.content),
        declared_type=attachment.declared_type[:100],
        size=len(attachment.content),
        inline=attachment.inline,
        content=sealed if in_row else None,
        stored_as=None if in_row else vault.files(session).put(sealed),
        created_at=now(),
    )
    return file_id


def counted(attachments: Iterable[Attachment]) -> tuple[int, int]:
    """How many files there are, and how many of them are photos."""
    kinds = [sniff(attachment.content) for attachment in attachments]
    return len(kinds), sum(kind in PHOTOS for kind in kinds)


def _file_key(session: Session, tip_id: int, *, fresh: bool) -> OpenKey:
    known: dict[int, int] = session.info.setdefault("file_keys", {})
    if tip_id not in known:
        used = select(col(StoredFile.key_id)).where(col(StoredFile.tip_id) == tip_id).limit(1)
        key_id = None if fresh else session.scalars(used).first()
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


def original(session: Session, file_id: int, by: Actor) -> tuple[StoredFile, bytes]:
    """A file as it came, place and time of photos included. Not for viewers; records ORIGINAL_SEEN."""
    row = find(session, file_id, by)
    if not by.works_tips:
        raise NotAllowed("Your role does not open originals. Ask an editor if it should.")
    events.record(session, Verb.ORIGINAL_SEEN, by=by, tip_id=row.tip_id, object_id=row.id)
    return row, _content(session, row)


NO_VIEW = N_("There is no view copy of this file; download the original.")


def view_copy(session: Session, file_id: int, by: Actor) -> bytes:
    """A photo as a JPEG of at most 1600 pixels, drawn anew: no EXIF, no place, nothing that came along.

    Refused where the file is no photo, or none that can be read.
    """
    row = find(session, file_id, by)
    if row.type not in PHOTOS:
        raise Refused(NO_VIEW)
    return redraw(_content(session, row), PHOTOS[row.type])


def redraw(content: bytes, kind: str) -> bytes:
    """A picture drawn anew as JPEG. Refused where it can't be read or is too large to be opened safely."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=[kind]) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise Refused(NO_VIEW)
                image.draft("RGB", (VIEW_EDGE, VIEW_EDGE))
                upright: Any = ImageOps.exif_transpose(image)
                upright.thumbnail((VIEW_EDGE, VIEW_EDGE))
                plain = Image.new("RGB", upright.size, "white")
                layer = upright.convert("RGBA")
                plain.paste(layer, mask=layer)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise Refused(NO_VIEW) from None
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=82)
    return out.getvalue()


def _content(session: Session, row: StoredFile) -> bytes:
    if row.content is not None:
        sealed = row.content
    elif row.stored_as is not None:
        sealed = vault.files(session).get(row.stored_as)
    else:
        raise NotVisible("file")
    return vault.open_bytes(session, sealed, f"stored_file:{row.id}:content")


def of_tip(session: Session, tip_id: int) -> list[StoredFile]:
    """A tip's files in the order they came. The caller has asked `access.tip`."""
    return list(
        session.scalars(select(StoredFile).where(col(StoredFile.tip_id) == tip_id).order_by(col(StoredFile.id)))
    )
