"""Which files wait for their words to be read, and what was read of them: the index follows."""

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import files, search
from tipline.core.file_types import WITH_WORDS
from tipline.core.files import file_texts
from tipline.models import Extraction, Scan, StoredFile, Tip
from tipline.sealing.chunks import Readable

MAX_BYTES = 50 * 1024 * 1024  # of one file; larger ones are hardly texts


def due(session: Session, limit: int) -> list[int]:
    """The ids of files whose words wait to be read, the newest first: what just came is looked for first."""
    waiting = select(col(StoredFile.id)).where(col(StoredFile.extraction) == Extraction.WAITING)
    return list(session.scalars(waiting.order_by(col(StoredFile.id).desc()).limit(limit)))


def content(session: Session, file_id: int) -> tuple[Readable, str] | Extraction:
    """What is to be read, and its type by its first bytes; or what is known already, without reading.

    What is read can be read when the session is over.
    """
    row = session.get(StoredFile, file_id)
    if row is None or row.type not in WITH_WORDS:
        return Extraction.NOTHING
    if row.size > MAX_BYTES or row.scan is Scan.INFECTED:
        return Extraction.FAILED
    return files.content(session, row), row.type


def record(session: Session, file_id: int, extraction: Extraction, text: str = "") -> None:
    """Keep what was read. A tip that is changed meanwhile is waited for, so that its document has both."""
    row = session.get(StoredFile, file_id)
    if row is None:
        return
    session.execute(select(col(Tip.id)).where(col(Tip.id) == row.tip_id).with_for_update())
    row.extraction = extraction
    session.add(row)
    file_texts.keep(session, row, text)
    session.flush()
    if text:
        search.put(session, row.tip_id)
