"""Masks who a reader is in everything that is read by a person who opens no identities.

One place for it, on the way out of the database: the session of such a person masks each row before anybody has it, so
that no page, list, fragment or file has to think of it. Where a text is selected without its row, its tip's id is
selected beside it; a query in which that can't be done is refused, so that a new one shows nothing rather than a name.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Column, Result, Row, SelectBase, String, event, func, select
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql import visitors
from sqlalchemy.types import NullType
from sqlmodel import Session, SQLModel, col

from tipline.core.access import Actor
from tipline.core.readers import redaction
from tipline.core.readers.redaction import IdentifyingValues
from tipline.db import Database
from tipline.errors import Unmasked
from tipline.models import (
    Answer,
    ContactEntry,
    Fact,
    Highlight,
    Message,
    Note,
    Publication,
    Quote,
    ReplyDraft,
    ReplyFile,
    StoredFile,
    Task,
    Tip,
    Translation,
)

# Every text that is written by a reader or about one. Tags are left out: they are words for many tips.
TEXTS: Mapping[type[SQLModel], tuple[str, ...]] = {
    Tip: ("title", "excerpt"),
    Message: ("subject", "text", "quoted"),
    Answer: ("value",),
    Note: ("text",),
    ContactEntry: ("outcome", "text"),
    Task: ("text",),
    Highlight: ("passage",),
    Translation: ("text",),
    Fact: ("value", "folded"),
    StoredFile: ("name", "scan_found"),
    Publication: ("text", "attribution"),
    Quote: ("original", "text", "credit"),
    ReplyDraft: ("text",),
    ReplyFile: ("name",),
}
MASKS = "masks"  # where a session keeps them


def _column(model: type[SQLModel], name: str) -> Column[Any]:
    return cast(Column[Any], model.__table__.c[name])  # type: ignore[attr-defined]


_TOLD = {_column(model, name) for model, names in TEXTS.items() for name in names}
_TIP = {_column(Tip, "id"), *(_column(model, "tip_id") for model in TEXTS if model not in (Tip, Translation))}


def hide_from(session: Session, by: Actor) -> None:
    """As `hide`, where the person opens no identities."""
    if not by.works_tips:
        hide(session)


def hide(session: Session) -> None:
    """From now on this session reads masked texts."""
    if MASKS not in session.info:
        session.info[MASKS] = _Masks(session)
        event.listen(session, "do_orm_execute", _masked)
        event.listen(session, "before_flush", _refuse_to_write)


@contextmanager
def reading(database: Database, *, masked: bool) -> Iterator[Session]:
    """A session that only reads; masked, whoever looks, for what leaves the desk without identities."""
    with database.reading() as session:
        if masked:
            hide(session)
        yield session


@dataclass(slots=True)
class _Masks:
    """What is known of the readers whose texts this session has read."""

    session: Session
    looking: bool = False  # what is read to learn who readers are is not masked
    readers: dict[int, int] = field(default_factory=dict)  # by tip
    known: dict[int, IdentifyingValues] = field(default_factory=dict)  # by reader
    made: dict[tuple[int, str], str] = field(default_factory=dict)

    def text(self, tip_id: int, text: str) -> str:
        """A text that `learn` knows the reader of, masked."""
        key = self.readers[tip_id], text
        if key not in self.made:
            self.made[key] = self.known[key[0]].masked(text)
        return self.made[key]

    def learn(self, tip_ids: Iterable[int]) -> None:
        """Read who the readers of these tips are, all at once."""
        if missing := set(tip_ids) - self.readers.keys():
            wanted = select(col(Tip.id), col(Tip.reader_id)).where(col(Tip.id).in_(missing))
            with self._looking():
                self.readers.update(dict(self.session.execute(wanted).all()))
                self.known.update(redaction.of(self.session, set(self.readers.values()) - self.known.keys()))

    def tips_of(self, message_ids: set[int]) -> dict[int, int]:
        """The tips of messages, for rows that name their message alone."""
        wanted = select(col(Message.id), col(Message.tip_id)).where(col(Message.id).in_(message_ids))
        with self._looking():
            return dict(self.session.execute(wanted).all()) if message_ids else {}

    @contextmanager
    def _looking(self) -> Iterator[None]:
        self.looking = True
        try:
            yield
        finally:
            self.looking = False


@dataclass(slots=True)
class _Shape:
    """Where in a result's rows texts stand by themselves, and, for each, its tip's id. Whole rows are seen by type."""

    width: int
    texts: dict[int, int] = field(default_factory=dict)
    added: list[Any] = field(default_factory=list)  # columns that the statement lacks


def _masked(state: ORMExecuteState) -> Result[Any] | None:
    masks: _Masks = state.session.info[MASKS]
    if masks.looking or not state.is_select:
        return None
    shape = _shape(state.statement)
    if not shape.texts and not any(mapper.class_ in TEXTS for mapper in state.all_mappers):
        return None
    statement: Any = state.statement
    frozen = state.invoke_statement(statement.add_columns(*shape.added) if shape.added else None).freeze()
    rows = list(frozen.data)
    if not rows:
        return frozen()
    cells = rows if isinstance(rows[0], (Row, tuple)) else [(row,) for row in rows]
    _mask_rows(masks, [value for row in cells for value in row if type(value) in TEXTS])
    if not shape.texts:
        return frozen()
    made = frozen.with_new_rows(_mask_texts(masks, shape, cells))()
    return made.columns(*range(shape.width)) if shape.added else made


def _mask_rows(masks: _Masks, rows: Sequence[Any]) -> None:
    of_messages = masks.tips_of({row.message_id for row in rows if type(row) is Translation})
    places = [(row, _tip_of(row, of_messages)) for row in rows]
    masks.learn(tip_id for _, tip_id in places)
    for row, tip_id in places:
        loaded = row.__dict__  # a column that is not loaded yet is masked when it is
        for name in TEXTS[type(row)]:
            if text := loaded.get(name):
                set_committed_value(row, name, masks.text(tip_id, text))


def _tip_of(row: Any, of_messages: Mapping[int, int]) -> int:
    if type(row) is Tip:
        return row.id or 0
    return of_messages[row.message_id] if type(row) is Translation else cast(int, row.tip_id)


def _mask_texts(masks: _Masks, shape: _Shape, rows: Sequence[Sequence[Any]]) -> list[Any]:
    """Rows whose texts stand there by themselves, with these masked."""
    masks.learn(row[at] for row in rows for at in shape.texts.values() if row[at] is not None)
    made: list[Any] = []
    for row in rows:
        cells = list(row)
        for at, tip in shape.texts.items():
            if cells[at] and cells[tip] is not None:
                cells[at] = masks.text(cells[tip], cells[at])
        made.append(tuple(cells))
    return made


def _shape(statement: Any) -> _Shape:
    """Unmasked where a text's tip can't be known."""
    if not hasattr(statement, "column_descriptions"):  # several selects as one
        if any(_told(_element(column)) for column in getattr(statement, "selected_columns", ())):
            raise Unmasked("texts of tips in a UNION; see core.readers.masking")
        return _Shape(0)
    elements = [_element(described["expr"]) for described in statement.column_descriptions]
    shape, tips = _Shape(len(elements)), _tips_in(elements)
    for at, element in enumerate(elements):
        if not (told := _told(element)):
            continue
        table = told[0].table
        if (tip := tips.get(table, tips.get(None))) is None:
            shape.added.append(_tip_column(statement, element, table))
            tip = tips[table] = shape.width + len(shape.added) - 1
        shape.texts[at] = tip
    return shape


def _element(expression: Any) -> Any:
    return expression.__clause_element__() if hasattr(expression, "__clause_element__") else expression


def _tips_in(elements: Sequence[Any]) -> dict[Any, int]:
    """Where in a row the ids of tips stand, by the table whose they are; under None the first of all."""
    found: dict[Any, int] = {}
    for at, element in enumerate(elements):
        if getattr(element, "base_columns", frozenset()) & _TIP:
            found.setdefault(None, at)
            found.setdefault(getattr(element, "table", None), at)
    return found


def _told(element: Any) -> list[Any]:
    """The columns of texts that an expression is made of, where it is a text itself."""
    affinity = getattr(getattr(element, "type", None), "_type_affinity", None)
    if affinity not in (String, NullType):  # functions whose type nobody knows give texts, too
        return []
    return [part for part in visitors.iterate(element) if getattr(part, "base_columns", frozenset()) & _TOLD]


def _tip_column(statement: Any, element: Any, table: Any) -> Any:
    """The column that says which tip a text is of, to be selected beside it."""
    whole = any(isinstance(part, SelectBase) for part in visitors.iterate(element))
    name = "id" if table is Tip.__table__ else "tip_id"  # type: ignore[attr-defined]
    if whole or statement._distinct or name not in table.c:
        raise Unmasked("a text of a tip was selected without the tip's id; see core.readers.masking")
    # What several tips say in the same words is masked by the first of them: of the others it tells nothing more.
    return func.min(table.c[name]) if statement._group_by_clauses else table.c[name]


def _refuse_to_write(session: Session, *_: Any) -> None:
    """What is masked is never written: who only reads changes no such row."""
    for row in (*session.new, *session.dirty, *session.deleted):
        if type(row) in TEXTS and (row not in session.dirty or session.is_modified(row)):
            raise Unmasked(f"a person who only reads changes a {type(row).__name__}")
