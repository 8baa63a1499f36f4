"""The full-text index: one document a tip (story, answers, notes, files and the words in them), found by words.

What is sealed (words inside files, what readers are called) and our replies, which may name the reader, are in it as
keyed tokens (`sealed`), found by those who open identities. Never in it: addresses, headers, signatures, quoted
history, and restricted tips.
Both databases index our own token stream (core.text.tokens); how they hold and walk it differs, hence two small
classes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, func, select, text, tuple_, update
from sqlmodel import Session, col

from tipline.core import vault
from tipline.core.access import Actor
from tipline.core.readers.redaction import IdentifyingValues
from tipline.core.search import keyed_tokens, tip_texts
from tipline.core.search.index import COLUMNS, SEALED, IndexHits, IndexQuery, SearchIndex, row_key
from tipline.core.search.postgresql import TsVector
from tipline.core.search.sqlite import Fts5
from tipline.core.text.search_query import SearchQuery, TokenRun, query, words
from tipline.core.text.tokens import TOKENS_VERSION, documents
from tipline.db import is_sqlite
from tipline.models import Tip
from tipline.models.tip import INDEXED

__all__ = [
    "COLUMNS", "Fts5", "IndexHits", "TsVector",
    "among", "called", "counts", "forget", "holding", "keyed", "later", "matching", "put",
    "put_fresh", "rebuild", "refresh", "remove", "row_key", "standing", "waits", "with_any",
]  # fmt: skip

OLD = text(INDEXED), col(Tip.tokens_version) < TOKENS_VERSION


def put(session: Session, tip_id: int) -> None:
    """Make a tip's document anew from its rows. Restricted and joined tips leave the index, unknown ids do nothing."""
    tip = session.get(Tip, tip_id)
    if tip is None:
        return
    if tip.restricted or tip.merged_into is not None:
        remove(session, tip_id)
        return
    session.flush()
    _store(session, [tip])


def put_fresh(
    session: Session, tip_id: int, received_at: datetime, story: Iterable[str], answers: Iterable[str] = (),
    files: Iterable[str] = (), names: Iterable[str] = (), known: IdentifyingValues | None = None,
) -> None:  # fmt: skip
    """Make the document of a tip that was made just now, of the texts in hand; it has nothing else yet."""
    story, answers, files = list(story), list(answers), list(files)
    document = {**dict.fromkeys(COLUMNS, ""), "story": documents(story)}
    document |= {"answers": documents(answers), "files": documents(files)}
    master = vault.master(session)
    masked = keyed_tokens.masked(master, known or IdentifyingValues(), [*story, *answers, *files])
    document[SEALED] = keyed_tokens.stream(keyed_tokens.called(master, names), masked)
    _index(session).store(session, tip_id, received_at, document)


def later(session: Session, *where: ColumnElement[bool]) -> None:
    """Let the worker make the documents of these tips anew, in a moment; until then they are found as before."""
    session.flush()
    made = col(Tip.tokens_version) == TOKENS_VERSION
    session.execute(update(Tip).where(made, *where).values(tokens_version=TOKENS_VERSION - 1))


def remove(session: Session, tip_id: int) -> None:
    """Take a tip out of the index. Deleting the tip's row does the same by itself."""
    tip = session.get(Tip, tip_id)
    if tip is not None:
        _index(session).drop(session, tip_id, tip.received_at)
        tip.tokens_version = 0


def refresh(session: Session, limit: int = 200) -> int:
    """Make documents of an older tokens_version anew; returns how many, 0 when all are of this version."""
    tips = session.scalars(
        select(Tip)
        .where(*OLD)
        .order_by(col(Tip.tokens_version), col(Tip.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return _store(session, tips.all())


def waits(session: Session) -> bool:
    """Whether a document is of an older tokens_version."""
    return session.scalar(select(col(Tip.id)).where(*OLD).limit(1)) is not None


def rebuild(session: Session, after: int, limit: int = 200) -> tuple[int, int | None]:
    """Make the documents of the next tips above the id `after` anew: how many, and the last id; None at the end.

    For one transaction; whoever changes one of these tips meanwhile waits until it ends.
    """
    tips = session.scalars(
        select(Tip).where(col(Tip.id) > after).order_by(col(Tip.id)).limit(limit).with_for_update()
    ).all()
    count = _store(session, [tip for tip in tips if not tip.restricted and tip.merged_into is None])
    return count, tips[-1].id if tips else None


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """How many documents there are, how many tips should have one, and of how many it waits to be made anew."""

    documents: int
    tips: int
    old: int


def standing(session: Session) -> IndexStatus:
    """For `tipline doctor`: it counts them all."""

    def count(*where: Any) -> int:
        return session.scalar(select(func.count()).select_from(Tip).where(*where)) or 0

    return IndexStatus(_index(session).count(session), count(text(INDEXED)), count(*OLD))


def forget(session: Session, pages: int = 1000) -> bool:
    """After an erasure: rewrite what still holds tokens of documents that are gone; True when nothing is left to do.

    FTS5 only marks rows of such an index as deleted, whatever `secure-delete` says, until its parts are merged.
    Each call does a bounded piece of it, for a transaction of its own.
    """
    return _index(session).forget(session, pages)


def matching(
    session: Session,
    typed: str,
    by: Actor,
    *,
    since: datetime | None = None,
    before: datetime | None = None,
    few: int | None = None,
    thorough: bool = False,
    names: Sequence[str] | None = None,
) -> IndexHits | None:
    """The tips in which everything that was typed is found. None where nothing of it can be looked for. The caller asks
    who may see them; whoever may not open files finds none by what stands in sealed words alone. With `names` what was
    typed may be a reader's name, too, and each of these must be a part of it. The rest is of `Sought`.
    """
    parsed = query(typed)
    called = tuple(((TokenRun(tuple(words(name)), exact=True, named=True),),) for name in names or () if words(name))
    parsed = replace(parsed, clauses=(*parsed.clauses, *called))
    if not parsed:
        return None
    index = _index(session, by, names=names is not None)
    return index.hits(session, IndexQuery(parsed, since, before, few, thorough))


def holding(session: Session, word: TokenRun, by: Actor) -> IndexHits:
    """As `matching`, the tips that hold a word of which the caller knows that few do (`counts`)."""
    return _index(session, by).hits(session, IndexQuery(SearchQuery(clauses=(((word,),),)), rare=True))


def counts(session: Session, words: Sequence[TokenRun], most: int, by: Actor) -> list[int]:
    """In how many documents each of some hundred words stands, whoever sees them; `most` or more is only many."""
    return _index(session, by).counts(session, words, most) if words else []


def with_any(session: Session, words: Sequence[TokenRun], limit: int, by: Actor) -> list[int]:
    """The ids of some tips that hold any of hundreds of words. The caller asks who may see them."""
    return _index(session, by).with_any(session, words, limit)


def among(session: Session, wanted: SearchQuery, places: Iterable[tuple[int, datetime]], by: Actor) -> set[int]:
    """Which of some hundred tips (id, received_at) match a query."""
    return _index(session, by).among(session, wanted, places)


def called(session: Session, typed: Iterable[str], places: Iterable[tuple[int, datetime]], by: Actor) -> set[int]:
    """Of which of some hundred tips (id, received_at) the reader is called by any of the words that were typed."""
    parsed = (query(one) for one in typed)
    asked = {one for found in parsed for clause in found.clauses for words in clause for one in words}
    named = tuple((replace(one, named=True),) for one in sorted(asked, key=str))
    return among(session, SearchQuery(clauses=(named,)), places, by) if named else set()


def keyed(key: tuple[Any, ...], received_at: datetime, tip_id: int) -> tuple[Any, Any]:
    """Both sides of a comparison with a place in newest-first order, in whichever key the hits have."""
    if len(key) == 1:
        return key[0], row_key(received_at, tip_id)
    return tuple_(*key), tuple_(received_at, tip_id)


def _store(session: Session, tips: Sequence[Tip]) -> int:
    index, made = _index(session), tip_texts.of(session, [tip.id for tip in tips if tip.id is not None])
    for tip in tips:
        index.store(session, tip.id or 0, tip.received_at, made[tip.id or 0])
        tip.tokens_version = TOKENS_VERSION
    return len(tips)


def _index(session: Session, by: Actor | None = None, *, names: bool = False) -> SearchIndex:
    made = Fts5 if is_sqlite(session) else TsVector
    return made(partial(vault.master, session), inside=by is None or by.opens_files, names=names)
