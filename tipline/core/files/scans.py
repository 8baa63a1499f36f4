"""What a virus scanner says of the files that readers sent."""

from datetime import timedelta

from sqlalchemy import and_, or_, select
from sqlmodel import Session, col

from tipline.core import events, files
from tipline.core.text.storable import storable
from tipline.db import now
from tipline.models import ActorKind, Scan, StoredFile, Verb
from tipline.sealing import first_id
from tipline.sealing.chunks import Readable

AGAIN = timedelta(hours=1)  # until a file that could not be scanned is tried again
TRIED = timedelta(days=1)  # and so long after it came; then a person may ask why


def due(session: Session, after: int, limit: int) -> list[int]:
    """The ids of files that are to be scanned, oldest first, from the id `after` on."""
    at = now()
    again = and_(
        col(StoredFile.scan) == Scan.FAILED,
        col(StoredFile.scanned_at) < at - AGAIN,
        col(StoredFile.created_at) > at - TRIED,
    )
    query = select(col(StoredFile.id)).where(
        col(StoredFile.id) > after, or_(col(StoredFile.scan) == Scan.NOT_SCANNED, again)
    )
    return list(session.scalars(query.order_by(col(StoredFile.id)).limit(limit)))


def recent() -> int:
    """Files before this id were all looked at once, where nothing was due: the next look begins here."""
    return first_id(now() - TRIED - AGAIN)


def content(session: Session, file_id: int) -> Readable | None:
    """What is to be scanned; None where the file is gone meanwhile. Can be read when the session is over."""
    row = session.get(StoredFile, file_id)
    return files.content(session, row) if row is not None else None


def record(session: Session, file_id: int, scan: Scan, found: str = "") -> None:
    """Keep what the scanner said, and tell it in the tip's history where it found something."""
    row = session.get(StoredFile, file_id, with_for_update=True, populate_existing=True)
    if row is None:
        return
    if scan is Scan.INFECTED and row.scan is not Scan.INFECTED:
        events.note(
            session, Verb.SCANNED, by=ActorKind.SYSTEM, tip_id=row.tip_id, object_id=row.id, after=Scan.INFECTED
        )
    row.scan, row.scan_found, row.scanned_at = scan, storable(found)[:100], now()
    session.add(row)
    session.flush()
