"""The full-text index: one document a tip (story, answers, notes, names of files), found by words and phrases.

Never in it: who a reader is, headers, signatures, quoted history, our replies, and restricted tips.
Both databases index our own token stream (core.text); how they hold and walk it differs, hence two small classes.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    and_,
    cast,
    column,
    delete,
    exists,
    func,
    literal_column,
    select,
    table,
    text,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlmodel import Session, col

from tipline.core import rows
from tipline.core.text import EXTRAS, GAP, TOKENS_VERSION, Query, documents, query
from tipline.db import is_sqlite
from tipline.models import Answer, ContactEntry, Direction, Message, Note, StoredFile, Tip

COLUMNS = ("story", "answers", "notes", "files")


def put(session: Session, tip_id: int) -> None:
    """Make a tip's document anew from its rows. Restricted and joined tips leave the index, unknown ids do nothing."""
    tip = session.get(Tip, tip_id)
    if tip is None:
        return
    if tip.restricted or tip.joined_into is not None:
        remove(session, tip_id)
        return
    session.flush()
    _index(session).store(session, tip_id, tip.received_at, _document(session, tip_id))
    tip.tokens_version = TOKENS_VERSION


def put_fresh(
    session: Session, tip_id: int, received_at: datetime, story: Iterable[str], answers: Iterable[str] = (),
    files: Iterable[str] = (),
) -> None:  # fmt: skip
    """Make the document of a tip that was made just now, of the texts in hand; it has no notes yet."""
    document = {"story": documents(story), "answers": documents(answers), "notes": "", "files": documents(files)}
    _index(session).store(session, tip_id, received_at, document)


def remove(session: Session, tip_id: int) -> None:
    """Take a tip out of the index. Deleting the tip's row does the same by itself."""
    tip = session.get(Tip, tip_id)
    if tip is not None:
        _index(session).drop(session, tip_id, tip.received_at)
        tip.tokens_version = 0


def refresh(session: Session, limit: int = 200) -> int:
    """Make documents of an older tokens_version anew; returns how many, 0 when all are of this version."""
    missing = (~col(Tip.restricted), col(Tip.joined_into).is_(None), col(Tip.tokens_version) != TOKENS_VERSION)
    ids = session.scalars(select(col(Tip.id)).where(*missing).order_by(col(Tip.id)).limit(limit)).all()
    for tip_id in ids:
        put(session, tip_id or 0)
    return len(ids)


def forget(session: Session, pages: int = 1000) -> bool:
    """After an erasure: rewrite what still holds tokens of documents that are gone; True when nothing is left to do.

    FTS5 only marks rows of such an index as deleted, whatever `secure-delete` says, until its parts are merged.
    Each call does a bounded piece of it, for a transaction of its own.
    """
    return _index(session).forget(session, pages)


@dataclass(frozen=True, slots=True)
class Hits:
    """What matches, for a query on Tip: join `source` (where there is one) `on`, filter by `where`.

    `key` are the columns of newest-first order: compare a place with them by `keyed`.
    """

    source: FromClause | None
    on: ColumnElement[bool] | None
    where: ColumnElement[bool]
    key: tuple[Any, ...]


def matching(
    session: Session,
    typed: str,
    *,
    since: datetime | None = None,
    before: datetime | None = None,
    few: int | None = None,
) -> Hits | None:
    """The tips in which everything that was typed is found. None where nothing of it can be looked for.

    `since` and `before` narrow a walk early; the caller's own conditions stand all the same. `few`: the caller's
    other conditions leave so many tips at most, few enough that looking each up may be quicker than walking the hits.
    """
    parsed = query(typed)
    return _index(session).hits(session, parsed, since, before, few) if parsed else None


def row_key(received_at: datetime, tip_id: int) -> int:
    """SQLite's rowid of a document: whole seconds, then the tip's id, so that rowid order is newest-first order."""
    return max(0, int(received_at.astimezone(UTC).replace(microsecond=0).timestamp())) << 30 | tip_id


def _document(session: Session, tip_id: int) -> dict[str, str]:
    """The token streams of a tip's columns."""
    of_tip = col(Message.tip_id) == tip_id, col(Message.direction) == Direction.IN
    messages = session.execute(select(col(Message.subject), col(Message.text)).where(*of_tip).order_by(col(Message.id)))
    answers = select(col(Answer.value)).where(col(Answer.tip_id) == tip_id).order_by(col(Answer.position))
    notes = select(col(Note.text)).where(col(Note.tip_id) == tip_id).order_by(col(Note.id))
    said = select(col(ContactEntry.outcome), col(ContactEntry.text)).where(col(ContactEntry.tip_id) == tip_id)
    contacts = [part for entry in session.execute(said.order_by(col(ContactEntry.id))) for part in entry]
    files = select(col(StoredFile.name)).where(col(StoredFile.tip_id) == tip_id).order_by(col(StoredFile.id))
    return {
        "story": documents(part for message in messages for part in message),
        "answers": documents(session.scalars(answers)),
        "notes": documents([*session.scalars(notes), *contacts]),
        "files": documents(session.scalars(files)),
    }


class Index(ABC):
    """One database's full-text index."""

    @abstractmethod
    def store(self, session: Session, tip_id: int, received_at: datetime, document: dict[str, str]) -> None: ...

    @abstractmethod
    def drop(self, session: Session, tip_id: int, received_at: datetime) -> None: ...

    @abstractmethod
    def forget(self, session: Session, pages: int) -> bool: ...

    @abstractmethod
    def hits(
        self, session: Session, query: Query, since: datetime | None, before: datetime | None, few: int | None
    ) -> Hits: ...


class Fts5(Index):
    """SQLite. A word's hits are walked in rowid order, so the newest fifty cost the same for any word."""

    TABLE = table("search_document", column("rowid"))
    KEY = "(max(0, CAST(strftime('%s', substr(tip.received_at, 1, 19)) AS INTEGER)) << 30) | tip.id"  # as `row_key`
    STORE = text(
        "INSERT OR REPLACE INTO search_document (rowid, story, answers, notes, files) "
        "VALUES (:key, :story, :answers, :notes, :files)"
    )
    ONE_LOOKUP = 40  # hits are walked in the time that it takes to ask for one tip whether it is a hit

    def store(self, session: Session, tip_id: int, received_at: datetime, document: dict[str, str]) -> None:
        rows.do(session, self.STORE, {"key": row_key(received_at, tip_id), **document})

    def drop(self, session: Session, tip_id: int, received_at: datetime) -> None:
        session.execute(delete(self.TABLE).where(self.TABLE.c.rowid == row_key(received_at, tip_id)))

    def forget(self, session: Session, pages: int) -> bool:
        # A negative number first joins all parts into one level, and then merges: `optimize` in steps.
        before = session.scalar(text("SELECT total_changes()")) or 0
        session.execute(text("INSERT INTO search_document (search_document, rank) VALUES ('merge', :n)"), {"n": -pages})
        return (session.scalar(text("SELECT total_changes()")) or 0) - before < 2

    def hits(
        self, session: Session, query: Query, since: datetime | None, before: datetime | None, few: int | None
    ) -> Hits:
        syntax = " AND ".join(f'"{" ".join(part)}"' for part in query.parts)
        rowid = self.TABLE.c.rowid
        found: ColumnElement[bool] = literal_column("search_document").op("MATCH", is_comparison=True)(syntax)
        if few is not None and self._more_than(session, found, self.ONE_LOOKUP * max(few, 50)):
            of_tip = select(rowid).where(found, rowid == literal_column(self.KEY)).correlate(Tip)
            return Hits(None, None, exists(of_tip), key=(col(Tip.received_at), col(Tip.id)))
        if since:
            found = and_(found, rowid >= row_key(since, 0))
        if before:
            found = and_(found, rowid <= row_key(before, 0))
        # The bitwise arithmetic is why the plan is always hits first, then the tip of each.
        return Hits(self.TABLE, col(Tip.id) == rowid.op("&")(literal_column("1073741823")), found, key=(rowid,))

    def _more_than(self, session: Session, found: ColumnElement[bool], n: int) -> bool:
        capped = select(self.TABLE.c.rowid).where(found).limit(n + 1).subquery()
        return (session.scalar(select(func.count()).select_from(capped)) or 0) > n


class TsVector(Index):
    """PostgreSQL. Its planner can't know how rare a word is where other conditions stand beside it, so it is told."""

    TABLE = table("search_document", column("tip_id"), column("tokens_version"), column("document"))
    STORE = text(
        "INSERT INTO search_document (tip_id, tokens_version, document) "
        "VALUES (:id, :version, CAST(:v AS tsvector)) ON CONFLICT (tip_id) DO UPDATE "
        "SET tokens_version = excluded.tokens_version, document = excluded.document"
    )
    WEIGHTS = "ABCD"  # one for each of COLUMNS
    MOST_PLACES = 255  # of one word
    LAST_POSITION = 16_383  # beyond it words are found, phrases are not
    MOST_BYTES = 900_000  # of one document; a tsvector holds 1 MB, and more would raise
    FEW = 5_000  # hits that are quicker to sort than to meet on a walk from the newest tip on

    def store(self, session: Session, tip_id: int, received_at: datetime, document: dict[str, str]) -> None:
        rows.do(session, self.STORE, {"id": tip_id, "version": TOKENS_VERSION, "v": self.vector(document)})

    def drop(self, session: Session, tip_id: int, received_at: datetime) -> None:
        session.execute(delete(self.TABLE).where(self.TABLE.c.tip_id == tip_id))

    def forget(self, session: Session, pages: int) -> bool:
        return True  # VACUUM is the database's own work

    def hits(
        self, session: Session, query: Query, since: datetime | None, before: datetime | None, few: int | None
    ) -> Hits:
        syntax = " & ".join("(" + " <-> ".join(f"'{token}'" for token in part) + ")" for part in query.parts)
        wanted = cast(syntax, TSQUERY)
        found = self.TABLE.c.document.op("@@", is_comparison=True)(wanted)
        capped = select(literal_column("1")).select_from(self.TABLE).where(found).limit(self.FEW + 1).subquery()
        key = (col(Tip.received_at), col(Tip.id))
        if (session.scalar(select(func.count()).select_from(capped)) or 0) <= self.FEW:
            rare = select(self.TABLE.c.tip_id).where(found).cte("hits").prefix_with("MATERIALIZED")
            return Hits(source=rare, on=rare.c.tip_id == Tip.id, where=true(), key=key)
        # A scalar subquery is never made into a join: the walk stays a walk.
        of_tip = self.TABLE.c.tip_id == Tip.id
        return Hits(None, None, select(found).where(of_tip).correlate(Tip).scalar_subquery(), key=key)

    def vector(self, document: dict[str, str]) -> str:
        """A tsvector's text of our streams: words with their places and the column's weight, extras without."""
        places: dict[str, list[str]] = {}
        size, at = 0, 0
        ordered = [(weight, *_parts(document[name])) for weight, name in zip(self.WEIGHTS, COLUMNS, strict=True)]
        for _, _, extras in ordered:  # first: a giant's words may not all find room
            for token in extras:
                if token not in places and size < self.MOST_BYTES // 2:
                    places[token] = []
                    size += len(token.encode()) + 4
        for weight, tokens, _ in ordered:
            at += 1
            for token in tokens:
                at += 1
                if token not in places and size < self.MOST_BYTES:
                    places[token] = []
                    size += len(token.encode()) + 4
                if token in places and at <= self.LAST_POSITION and len(places[token]) < self.MOST_PLACES:
                    places[token].append(f"{at}{weight}")
                    size += 2
        places.pop(GAP, None)
        return " ".join(f"'{token}':{','.join(p)}" if p else f"'{token}'" for token, p in places.items())


def _parts(stream: str) -> tuple[list[str], list[str]]:
    """The tokens of a stream in their order, gaps among them, and those that have none."""
    ordered: list[str] = []
    extras: list[str] = []
    for text_stream in stream.split(f" {GAP} "):
        words, _, singles = text_stream.partition(f" {EXTRAS} ")
        ordered += [*words.split(), GAP]
        extras += singles.split()
    return ordered, extras


def _index(session: Session) -> Index:
    return Fts5() if is_sqlite(session) else TsVector()


def keyed(key: tuple[Any, ...], received_at: datetime, tip_id: int) -> tuple[Any, Any]:
    """Both sides of a comparison with a place in newest-first order, in whichever key the hits have."""
    if len(key) == 1:
        return key[0], row_key(received_at, tip_id)
    return tuple_(*key), tuple_(received_at, tip_id)
