"""The words inside files, sealed under the key of each file: kept, and opened for the index and for snippets."""

from collections.abc import Iterator, Sequence

from sqlalchemy import delete, select
from sqlmodel import Session, col

from tipline.core import row_batches, vault
from tipline.core.text.storable import storable
from tipline.models import FileText, StoredFile

MAX_CHARACTERS = 200_000  # characters of one file


def keep(session: Session, file: StoredFile, text: str) -> None:
    """Keep the words of a file, instead of those that were kept before; without words nothing is kept."""
    session.execute(delete(FileText).where(col(FileText.file_id) == file.id))
    if fitted := storable(text)[:MAX_CHARACTERS].strip():
        sealed = vault.seal_text(vault.key(session, file.key_id), fitted, _place(file.id))
        row_batches.write(session, FileText, file_id=file.id, text=sealed)


def of_tips(session: Session, tip_ids: Sequence[int], most: int) -> Iterator[tuple[int, int, str]]:
    """(tip, file, its words) in the order of the files, so many characters of each tip at most."""
    left = dict.fromkeys(tip_ids, most)
    statement = (
        select(col(StoredFile.tip_id), col(StoredFile.id), col(StoredFile.key_id), col(FileText.text))
        .join(FileText, col(FileText.file_id) == col(StoredFile.id))
        .where(col(StoredFile.tip_id).in_(tip_ids))
        .order_by(col(StoredFile.id))
    )
    found = session.execute(statement).all()
    vault.warm(session, {key_id for _, _, key_id, _ in found})
    for tip_id, file_id, _, sealed in found:
        if left[tip_id] > 0:
            text = vault.open_text(session, sealed, _place(file_id))[: left[tip_id]]
            left[tip_id] -= len(text)
            yield tip_id, file_id, text


def _place(file_id: int) -> str:
    return f"file_text:{file_id}:text"
