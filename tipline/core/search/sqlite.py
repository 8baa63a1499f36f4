"""SQLite's full-text index. A word's hits are walked in rowid order: the newest fifty cost the same for any word."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, column, delete, exists, func, literal_column, select, table, text
from sqlmodel import Session, col

from tipline.core import row_batches
from tipline.core.search.index import COLUMNS, SEALED, IndexHits, IndexQuery, SearchIndex, row_key
from tipline.core.search.keyed_tokens import parted
from tipline.core.text.search_query import SearchQuery, TokenRun
from tipline.models import Tip

ALL = "\ue002"  # in every document: from it are taken those that must not hold a word
WRITTEN = "{" + " ".join(COLUMNS) + "} : "  # columns of words in their order; in the others stand words that have none


class Fts5(SearchIndex):
    """An FTS5 table without contents. What has no order stands in a column of its own: no phrase is found in it."""

    TABLE = table("search_document", column("rowid"))
    KEY = "(max(0, CAST(strftime('%s', substr(tip.received_at, 1, 19)) AS INTEGER)) << 30) | tip.id"  # as `row_key`
    STORE = text(
        f"INSERT OR REPLACE INTO search_document (rowid, {', '.join(COLUMNS)}, {SEALED}, loose) "
        f"VALUES (:key, {', '.join(f':{name}' for name in COLUMNS)}, :{SEALED}, :loose)"
    )
    COUNTS = text(
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM search_document WHERE search_document MATCH word.value LIMIT :n)) "
        "FROM json_each(:words) AS word ORDER BY word.key"
    )
    WALKED = 5_000  # hits
    ONE_LOOKUP = 40  # hits are walked in the time that it takes to ask for one tip whether it is a hit

    def store(self, session: Session, tip_id: int, received_at: datetime, document: dict[str, str]) -> None:
        row_batches.do(session, self.STORE, {"key": row_key(received_at, tip_id), **self.columns(document)})

    @staticmethod
    def columns(document: dict[str, str]) -> dict[str, str]:
        """The table's columns of our streams."""
        values: dict[str, str] = {}
        loose: dict[str, None] = {ALL: None}
        for name in COLUMNS:
            stream = document[name]
            if stream:
                ordered, extras = parted(stream)
                stream = " ".join(ordered[:-1])
                loose.update(dict.fromkeys(extras))
            values[name] = stream
        return {**values, SEALED: document[SEALED], "loose": " ".join(loose)}

    def drop(self, session: Session, tip_id: int, received_at: datetime) -> None:
        session.execute(delete(self.TABLE).where(self.TABLE.c.rowid == row_key(received_at, tip_id)))

    def forget(self, session: Session, pages: int) -> bool:
        # A negative number first joins all parts into one level, and then merges: `optimize` in steps.
        before = session.scalar(text("SELECT total_changes()")) or 0
        session.execute(text("INSERT INTO search_document (search_document, rank) VALUES ('merge', :n)"), {"n": -pages})
        return (session.scalar(text("SELECT total_changes()")) or 0) - before < 2

    def hits(self, session: Session, sought: IndexQuery) -> IndexHits:
        rowid = self.TABLE.c.rowid
        found = self._found(sought.query)
        if sought.few is not None and self._more_than(session, found, self.ONE_LOOKUP * max(sought.few, 50)):
            of_tip = select(rowid).where(found, rowid == literal_column(self.KEY)).correlate(Tip)
            return IndexHits(None, None, exists(of_tip), key=(col(Tip.received_at), col(Tip.id)))
        if sought.since:
            found = and_(found, rowid >= row_key(sought.since, 0))
        if sought.before:
            found = and_(found, rowid <= row_key(sought.before, 0))
        # The bitwise arithmetic is why the plan is always hits first, then the tip of each.
        return IndexHits(self.TABLE, col(Tip.id) == rowid.op("&")(literal_column("1073741823")), found, key=(rowid,))

    def with_any(self, session: Session, words: Sequence[TokenRun], limit: int) -> list[int]:
        query = SearchQuery(clauses=(tuple((one,) for one in words),))
        walk = select(self.TABLE.c.rowid).where(self._found(query)).order_by(self.TABLE.c.rowid.desc()).limit(limit)
        return [rowid & 0x3FFFFFFF for rowid in session.scalars(walk)]

    def counts(self, session: Session, words: Sequence[TokenRun], most: int) -> list[int]:
        asked = json.dumps([self._one(one) for one in words])
        return list(session.scalars(self.COUNTS, {"words": asked, "n": most + 1}))

    def count(self, session: Session) -> int:
        return session.scalar(text("SELECT count(*) FROM search_document_docsize")) or 0

    def among(self, session: Session, query: SearchQuery, places: Iterable[tuple[int, datetime]]) -> set[int]:
        keys = {row_key(received_at, tip_id): tip_id for tip_id, received_at in places}
        # A look-up of each costs more than a walk of what is rare; of the rest the newest are met.
        walk = select(self.TABLE.c.rowid).where(self._found(query)).order_by(self.TABLE.c.rowid.desc())
        return {keys[key] for key in session.scalars(walk.limit(self.WALKED)) if key in keys}

    def _found(self, query: SearchQuery) -> ColumnElement[bool]:
        return literal_column("search_document").op("MATCH", is_comparison=True)(self.syntax(query))

    def _more_than(self, session: Session, found: ColumnElement[bool], n: int) -> bool:
        capped = select(self.TABLE.c.rowid).where(found).limit(n + 1).subquery()
        return (session.scalar(select(func.count()).select_from(capped)) or 0) > n

    def syntax(self, query: SearchQuery) -> str:
        """A query as FTS5 writes it."""
        wanted = " AND ".join(self._any(clause) for clause in query.clauses) or f'"{ALL}"'
        return f"({wanted}) NOT {self._any(query.without)}" if query.without else wanted

    def _any(self, alternatives: Iterable[tuple[TokenRun, ...]]) -> str:
        return "(" + " OR ".join("(" + " AND ".join(map(self._one, words)) + ")" for words in alternatives) + ")"

    def _one(self, one: TokenRun) -> str:
        plain = f'{WRITTEN}"{" ".join(one.tokens)}"' if one.exact else f'"{one.tokens[0]}"'
        if masked := self._masked(one):
            plain = f"({plain} NOT (" + " OR ".join(f'"{token}"' for token in masked) + "))"
        keyed = ["(" + " AND ".join(f'"{token}"' for token in tokens) + ")" for tokens in self._keyed(one)]
        ways = keyed if one.named else [plain, *keyed]
        return f"({' OR '.join(ways)})" if len(ways) > 1 else ways[0]
