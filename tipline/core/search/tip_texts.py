"""What a tip is found by: the texts of its rows as token streams, for many tips by a fixed number of queries."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, and_, select
from sqlmodel import Session, col

from tipline.core import vault
from tipline.core.files import file_texts
from tipline.core.readers import indexed_names, redaction
from tipline.core.readers.redaction import IdentifyingValues
from tipline.core.search import keyed_tokens
from tipline.core.search.index import COLUMNS, SEALED
from tipline.core.text.tokens import documents
from tipline.models import Answer, ContactEntry, Direction, Message, Note, StoredFile

# Without automatic letters, which have no author.
OUR_REPLY = and_(col(Message.direction) == Direction.OUT, col(Message.author_id).is_not(None))
MAX_FILE_CHARACTERS = 400_000  # characters of a tip's files, so that each note does not cost seconds


def of(session: Session, tip_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """The token streams of these tips' columns."""
    texts: dict[int, dict[str, list[str]]] = {tip_id: {name: [] for name in COLUMNS} for tip_id in tip_ids}
    for column, statement in _statements(tip_ids):
        for tip_id, *parts in session.execute(statement):
            texts[tip_id][column] += parts
    made = {tip_id: {name: documents(parts) for name, parts in columns.items()} for tip_id, columns in texts.items()}
    hidden = _sealed(session, tip_ids, texts)
    return {tip_id: document | {SEALED: hidden[tip_id]} for tip_id, document in made.items()}


def _sealed(session: Session, tip_ids: Sequence[int], plain: dict[int, dict[str, list[str]]]) -> dict[int, str]:
    """The keyed tokens of words inside files, of our replies as they are and masked, of what readers are called, and of
    the words that masking takes out of the plain texts."""
    inside: dict[int, list[str]] = {tip_id: [] for tip_id in tip_ids}
    replies: dict[int, list[str]] = {tip_id: [] for tip_id in tip_ids}
    for tip_id, _, text in file_texts.of_tips(session, tip_ids, MAX_FILE_CHARACTERS):
        inside[tip_id].append(text)
    ours = select(col(Message.tip_id), col(Message.text)).where(col(Message.tip_id).in_(tip_ids), OUR_REPLY)
    for tip_id, text in session.execute(ours.order_by(col(Message.id))):
        replies[tip_id].append(text)
    names, known = indexed_names.by_tip(session, tip_ids), redaction.of_tips(session, tip_ids)
    master, made = vault.master(session), {}
    for tip_id in tip_ids:
        hidden = known.get(tip_id, IdentifyingValues())
        shown = (part for parts in plain[tip_id].values() for part in parts)
        made[tip_id] = keyed_tokens.stream(
            keyed_tokens.tokens(master, inside[tip_id], keyed_tokens.INSIDE),
            keyed_tokens.tokens(master, replies[tip_id], keyed_tokens.REPLIED),
            keyed_tokens.tokens(master, map(hidden.masked, replies[tip_id]), keyed_tokens.SAID),
            keyed_tokens.called(master, names.get(tip_id, ())),
            keyed_tokens.masked(master, hidden, shown),
        )
    return made


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
