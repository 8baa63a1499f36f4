"""Rows that go from one tip to another, written down so that they can be given back."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlmodel import Session, SQLModel, col

from tipline.core import row_batches
from tipline.models import (
    Answer,
    AnswerChoice,
    Consent,
    ContactEntry,
    Fact,
    Highlight,
    IdentityAnswer,
    Ledger,
    Mention,
    Message,
    MovedRow,
    Note,
    Outgoing,
    Publication,
    Quote,
    ReplyFile,
    StoredFile,
    Task,
)

# What belongs to a tip and goes with it. Choices go with their answers, mentions with their notes.
TABLES: tuple[type[SQLModel], ...] = (
    Message, StoredFile, Answer, IdentityAnswer, Note, Consent, Publication, Outgoing, Ledger, Highlight, ContactEntry,
    Task, ReplyFile, Fact, Quote,
)  # fmt: skip
MANY = 500  # ids in one statement


@dataclass(frozen=True, slots=True)
class Record:
    """What one event moved, or made, by kind and id."""

    session: Session
    event_id: int

    def note(self, kind: str, ids: Iterable[int]) -> None:
        for row_id in ids:
            row_batches.write(self.session, MovedRow, event_id=self.event_id, kind=kind, row_id=row_id)

    def read(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for row in self.session.scalars(select(MovedRow).where(col(MovedRow.event_id) == self.event_id)):
            found.setdefault(row.kind, []).append(row.row_id)
        return found


def name(table: type[SQLModel]) -> str:
    return str(table.__tablename__)


def of_tip(session: Session, table: type[SQLModel], tip_id: int) -> list[int]:
    """The ids of a tip's rows."""
    query = select(table.id).where(col(table.tip_id) == tip_id)  # type: ignore[attr-defined]
    return [row_id for row_id in session.scalars(query) if row_id is not None]


def among(session: Session, table: type[SQLModel], ids: Iterable[int], tip_id: int) -> list[int]:
    """Those of the rows that are this tip's now: others were erased, or went elsewhere since."""
    found: list[int] = []
    for some in _some(ids):
        query = select(table.id).where(col(table.id).in_(some), col(table.tip_id) == tip_id)  # type: ignore[attr-defined]
        found += session.scalars(query)
    return found


def carry(session: Session, table: type[SQLModel], ids: Iterable[int], to: int) -> None:
    """Give rows to a tip, with what hangs on them."""
    for some in _some(ids):
        session.execute(update(table).where(col(table.id).in_(some)).values(tip_id=to))  # type: ignore[attr-defined]
        if table is Answer:
            session.execute(update(AnswerChoice).where(col(AnswerChoice.answer_id).in_(some)).values(tip_id=to))
        if table is Note:
            session.execute(update(Mention).where(col(Mention.note_id).in_(some)).values(tip_id=to))


def _some(ids: Iterable[int]) -> Iterator[tuple[int, ...]]:
    ordered = sorted(ids)
    return (tuple(ordered[at : at + MANY]) for at in range(0, len(ordered), MANY))
