"""PostgreSQL's full-text index. Its planner can't know how rare a word is beside other conditions, so it is told."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime

from sqlalchemy import ColumnElement, Integer, Text, cast, column, delete, func, select, table, text, true
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlmodel import Session, col

from tipline.core import row_batches
from tipline.core.search.index import COLUMNS, SEALED, IndexHits, IndexQuery, SearchIndex
from tipline.core.search.keyed_tokens import parted
from tipline.core.session_cache import once
from tipline.core.text.search_query import SearchQuery, TokenRun
from tipline.core.text.tokens import GAP, TOKENS_VERSION
from tipline.models import Tip


class TsVector(SearchIndex):
    """A tsvector of our tokens, a GIN index over it."""

    TABLE = table("search_document", column("tip_id"), column("tokens_version"), column("document"))
    STORE = text(
        "INSERT INTO search_document (tip_id, tokens_version, document) "
        "VALUES (:id, :version, CAST(:v AS tsvector)) ON CONFLICT (tip_id) DO UPDATE "
        "SET tokens_version = excluded.tokens_version, document = excluded.document"
    )
    SCANS = text(  # for the transaction
        "SELECT set_config('enable_seqscan', :how, true), set_config('gin_fuzzy_search_limit', :limit, true)"
    )
    COUNTS = text(
        "SELECT (SELECT count(*) FROM"
        " (SELECT 1 FROM search_document WHERE document @@ CAST(word.value AS tsquery) LIMIT :n) AS capped) "
        "FROM unnest(CAST(:words AS text[])) WITH ORDINALITY AS word (value, n) ORDER BY word.n"
    )
    COMMON_WORDS = text(
        "SELECT known.word FROM pg_stats, pg_class,"
        " unnest(CAST(CAST(most_common_elems AS text) AS text[]), most_common_elem_freqs) AS known (word, share) "
        "WHERE schemaname = current_schema() AND tablename = 'search_document' AND attname = 'document'"
        " AND pg_class.oid = CAST('search_document' AS regclass) AND known.share * reltuples > :n"
    )
    COMMON = 10  # of some words that hardly are more than one in many texts
    WEIGHTS = "ABCD"  # one for each of COLUMNS; what is sealed has neither weight nor place
    MOST_PLACES = 255  # of one word
    LAST_POSITION = 16_383  # beyond it words are found, phrases are not
    MOST_BYTES = 900_000  # of one document; a tsvector holds 1 MB, and more would raise
    LOOKED_AT = 400  # of the newest documents, to learn whether words are common
    TOLD = 4  # hits among them that are no chance
    FEW = 5_000  # hits that are quicker to sort than to meet on a walk from the newest tip on
    MANY = 50_000  # likewise, where none of the newest tips is one of them

    def store(self, session: Session, tip_id: int, received_at: datetime, document: dict[str, str]) -> None:
        row_batches.do(session, self.STORE, {"id": tip_id, "version": TOKENS_VERSION, "v": self.vector(document)})

    def drop(self, session: Session, tip_id: int, received_at: datetime) -> None:
        session.execute(delete(self.TABLE).where(self.TABLE.c.tip_id == tip_id))

    def forget(self, session: Session, pages: int) -> bool:
        return True  # VACUUM is the database's own work

    def hits(self, session: Session, sought: IndexQuery) -> IndexHits:
        key = (col(Tip.received_at), col(Tip.id))
        query, most = sought.query, self.MANY if sought.thorough or sought.rare else self.FEW
        doubt = 2 if sought.thorough else 1  # the newest may say more often what others look for among the old
        rare = sought.rare or (query.clauses and not self._is_common(session, query, doubt * most))
        known = self._ids(session, query, most + 1) if rare else None
        if known is not None and len(known) <= most:
            # As a list that the planner takes for short: it fetches each tip by its id.
            unnested = func.unnest(cast(known, ARRAY(Integer))).label("tip_id")
            ids = select(unnested).cte("hits").prefix_with("MATERIALIZED")
            return IndexHits(source=ids, on=ids.c.tip_id == Tip.id, where=true(), key=key)
        # A scalar subquery is never made into a join: the walk stays a walk.
        of_tip = self.TABLE.c.tip_id == Tip.id
        return IndexHits(None, None, select(self._found(query)).where(of_tip).correlate(Tip).scalar_subquery(), key=key)

    def with_any(self, session: Session, words: Sequence[TokenRun], limit: int) -> list[int]:
        # Each word by itself: for all in one condition, each of them would be asked of every hit of the commonest.
        word = func.unnest(cast([self._one(one) for one in words], ARRAY(Text))).table_valued("word").render_derived()
        found = self.TABLE.c.document.op("@@", is_comparison=True)(cast(word.c.word, TSQUERY))
        each = max(1, limit // self.COMMON)
        hits = select(self.TABLE.c.tip_id).where(found).limit(each).lateral("hits")
        with self._by_index(session, at_most=each):
            return list(session.scalars(select(hits.c.tip_id).select_from(word).join(hits, true()).limit(limit)))

    def counts(self, session: Session, words: Sequence[TokenRun], most: int) -> list[int]:
        common = self._common(session, most)
        rare = [one for one in words if one.tokens[0] not in common]
        given = {"words": [self._one(one) for one in rare], "n": most + 1}
        with self._by_index(session):
            counted = dict(zip(rare, session.scalars(self.COUNTS, given), strict=True))
        return [counted.get(one, most + 1) for one in words]

    def _common(self, session: Session, most: int) -> set[str]:
        """Words of which the planner knows that they are in more documents; the index would read all of these."""
        return set(session.scalars(self.COMMON_WORDS, {"n": most}))

    def count(self, session: Session) -> int:
        return session.scalar(select(func.count()).select_from(self.TABLE)) or 0

    def among(self, session: Session, query: SearchQuery, places: Iterable[tuple[int, datetime]]) -> set[int]:
        ids = [tip_id for tip_id, _ in places]
        named = select(self.TABLE.c.tip_id, self._found(query).label("found")).where(self.TABLE.c.tip_id.in_(ids))
        # Read by their ids first: the words' own index would find all that have them.
        read = named.cte("named").prefix_with("MATERIALIZED")
        return set(session.scalars(select(read.c.tip_id).where(read.c.found)))

    @classmethod
    def vector(cls, document: dict[str, str]) -> str:
        """A tsvector's text of our streams: words with their places and the column's weight, extras without."""
        places: dict[str, list[str]] = {}
        size, at = 0, 0

        def enter(token: str, most: int) -> None:
            nonlocal size
            if token not in places and size < most:
                places[token] = []
                size += len(token.encode()) + 4

        ordered = [(weight, *parted(document[name])) for weight, name in zip(cls.WEIGHTS, COLUMNS, strict=True)]
        for _, _, extras in ordered:  # first: a giant's words may not all find room
            for token in extras:
                enter(token, cls.MOST_BYTES // 2)
        for weight, tokens, _ in ordered:
            at += 1
            for token in tokens:
                at += 1
                enter(token, cls.MOST_BYTES)
                if token in places and at <= cls.LAST_POSITION and len(places[token]) < cls.MOST_PLACES:
                    places[token].append(f"{at}{weight}")
                    size += 2
        places.pop(GAP, None)
        for token in document[SEALED].split():
            enter(token, cls.MOST_BYTES)
        return " ".join(f"'{token}':{','.join(p)}" if p else f"'{token}'" for token, p in places.items())

    def _found(self, query: SearchQuery) -> ColumnElement[bool]:
        return self.TABLE.c.document.op("@@", is_comparison=True)(cast(self.syntax(query), TSQUERY))

    def _is_common(self, session: Session, query: SearchQuery, most: int) -> bool:
        """Whether more than so many are found, going by the newest documents. Of common words together, or side by
        side, the index would have to be read at great length, only to learn that a walk is quicker."""
        tip_id = self.TABLE.c.tip_id
        newest = select(tip_id, self._found(query).label("found")).order_by(tip_id.desc()).limit(self.LOOKED_AT)
        looked = newest.subquery()
        numbers = func.max(looked.c.tip_id), func.count().filter(looked.c.found)

        def look() -> tuple[int, int]:
            last, found = session.execute(select(*numbers)).one()
            return last or 0, found

        last, found = once(session, "newest documents", self.syntax(query), look)
        return found >= self.TOLD and found * last > most * self.LOOKED_AT

    def _ids(self, session: Session, query: SearchQuery, limit: int) -> list[int]:
        """The tips of some hits, in no order. How many have one word the planner knows; how many have two it guesses
        wrongly, and would read every document until it has met so many."""
        wanted = select(self.TABLE.c.tip_id).where(self._found(query)).limit(limit)

        def read() -> list[int]:
            with nullcontext() if self._knows(query) else self._by_index(session):
                return list(session.scalars(wanted))

        return once(session, "hits", (self.syntax(query), limit), read)

    def _knows(self, query: SearchQuery) -> bool:
        """Whether the planner knows how many are found: by one word, or either of some."""
        alternatives = query.clauses[0] if len(query.clauses) == 1 and not query.without else ()
        alone = all(len(words) == 1 and len(words[0].tokens) == 1 for words in alternatives)
        return bool(alternatives) and alone

    @contextmanager
    def _by_index(self, session: Session, at_most: int = 0) -> Iterator[None]:
        """Statements that begin with the words; `at_most`: about so many hits of each are enough, whichever."""
        session.execute(self.SCANS, {"how": "off", "limit": str(at_most)})
        yield
        session.execute(self.SCANS, {"how": "on", "limit": "0"})

    def syntax(self, query: SearchQuery) -> str:
        """A query as tsquery writes it."""
        wanted = [self._any(clause) for clause in query.clauses]
        return " & ".join([*wanted, *(f"!{self._all(words)}" for words in query.without)])

    def _any(self, alternatives: Iterable[tuple[TokenRun, ...]]) -> str:
        return "(" + " | ".join(map(self._all, alternatives)) + ")"

    def _all(self, words: tuple[TokenRun, ...]) -> str:
        return "(" + " & ".join(map(self._one, words)) + ")"

    def _one(self, one: TokenRun) -> str:
        """A word as it stands is one with a place (with itself, at distance 0); stems have none."""
        tokens = [f"'{token}'" for token in one.tokens]
        plain = tokens[0] if len(tokens) == 1 else " <-> ".join(tokens)
        if one.exact and len(tokens) == 1:
            plain = f"{plain} <0> {plain}"
        plain = " & ".join([f"({plain})", *(f"!'{token}'" for token in self._masked(one))])
        keyed = [" & ".join(f"'{token}'" for token in tokens) for tokens in self._keyed(one)]
        ways = keyed if one.named else [plain, *keyed]
        return "(" + " | ".join(f"({way})" for way in ways) + ")"
