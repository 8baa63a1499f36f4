"""What a tip is found by: the texts of its rows as token streams, for many tips by a fixed number of queries."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session, col

from tipline.core.files import file_texts
from tipline.core.search.index import COLUMNS
from tipline.core.words.streams import documents
from tipline.models import Answer, ContactEntry, Direction, Message, Note, StoredFile

MOST_INSIDE = 400_000  # characters of a tip's files, so that each note does not cost seconds


def of(session: Session, tip_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """The token streams of these tips' columns."""
    texts: dict[int, dict[str, list[str]]] = {tip_id: {name: [] for name in COLUMNS} for tip_id in tip_ids}
    for column, statement in _statements(tip_ids):
        for tip_id, *parts in session.execute(statement):
            texts[tip_id][column] += parts
    for tip_id, _, inside in file_texts.of_tips(session, tip_ids, MOST_INSIDE):
        texts[tip_id]["inside"].append(inside)
    return {tip_id: {name: documents(parts) for name, parts in made.items()} for tip_id, made in texts.items()}


def words_of(session: Session, tip_ids: Sequence[int]) -> list[str]:
    """The tokens of each tip as one line, without those of words inside files: what anybody reads who sees the tip."""
    lines: dict[int, list[str]] = {tip_id: [] for tip_id in tip_ids}
    for _, statement in _statements(tip_ids):
        for tip_id, *parts in session.execute(statement):
            lines[tip_id] += parts
    return [f" {documents(parts)} " for parts in lines.values()]


def _statements(tip_ids: Sequence[int]) -> Iterator[tuple[str, Select[*tuple[Any, ...]]]]:
    """The columns that each kind of row goes into, its texts in the order in which they were written."""
    message, answer, note, file = col(Message.tip_id), col(Answer.tip_id), col(Note.tip_id), col(StoredFile.tip_id)
    contact = col(ContactEntry.tip_id)
    yield (
        "story",
        select(message, col(Message.subject), col(Message.text))
        .where(message.in_(tip_ids), col(Message.direction) == Direction.IN)
        .order_by(col(Message.id)),
    )
    yield "answers", select(answer, col(Answer.value)).where(answer.in_(tip_ids)).order_by(col(Answer.position))
    yield "notes", select(note, col(Note.text)).where(note.in_(tip_ids)).order_by(col(Note.id))
    yield (
        "notes",
        select(contact, col(ContactEntry.outcome), col(ContactEntry.text))
        .where(contact.in_(tip_ids))
        .order_by(col(ContactEntry.id)),
    )
    yield "files", select(file, col(StoredFile.name)).where(file.in_(tip_ids)).order_by(col(StoredFile.id))
