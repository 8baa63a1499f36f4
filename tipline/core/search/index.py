"""What both databases' full-text indexes have in common: a document's columns, and what a search finds in them."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause
from sqlmodel import Session

from tipline.core.search.keyed_tokens import INSIDE, MASKED, NAME, REPLIED, SAID, token
from tipline.core.text.search_query import SearchQuery, TokenRun
from tipline.sealing import Master

COLUMNS = ("story", "answers", "notes", "files")
SEALED = "inside"  # of a document: the keyed tokens of what is sealed (`sealed.tokens`)
NOTHING = "\ue004"  # in no document


@dataclass(frozen=True, slots=True)
class IndexQuery:
    """What is looked for. `since` and `before` narrow a walk early; the caller's own conditions stand all the same.
    `few`: the caller's other conditions leave so many tips at most, few enough that looking each up may be quicker than
    walking the hits. `thorough`: a walk from the newest tips on has met too few. `rare`: the caller has counted that
    few hold it.
    """

    query: SearchQuery
    since: datetime | None = None
    before: datetime | None = None
    few: int | None = None
    thorough: bool = False
    rare: bool = False


@dataclass(frozen=True, slots=True)
class IndexHits:
    """What matches, for a query on Tip: join `source` (where there is one) `on`, filter by `where`.

    `key` are the columns of newest-first order: compare a place with them by `search.keyed`.
    """

    source: FromClause | None
    on: ColumnElement[bool] | None
    where: ColumnElement[bool]
    key: tuple[Any, ...]


class SearchIndex(ABC):
    """One database's full-text index. `inside`: whether what is sealed is looked for, else our replies as everybody is
    shown them; `names`: and names."""

    def __init__(self, master: Callable[[], Master], *, inside: bool = True, names: bool = False) -> None:
        self._master, self._inside, self._names = master, inside, names

    def _keyed(self, one: TokenRun) -> list[tuple[str, ...]]:
        """A word or phrase as keyed tokens: several ways, of each all tokens. They have no order, so that of a phrase
        the words alone are asked for."""
        if not self._inside and one.named:
            return [(NOTHING,)]
        pairs = (INSIDE, REPLIED) if self._inside else (SAID,)
        kinds = [] if one.named else [kind for pair in pairs for kind in (pair[:1] if one.exact else pair)]
        kinds += [NAME] if self._inside and (one.named or self._names) else []
        return [tuple(token(self._master(), kind, word) for word in one.tokens) for kind in kinds]

    def _masked(self, one: TokenRun) -> list[str]:
        """The keyed tokens that a document must not hold to be found by this word: a hit would tell who opens no
        identities that the reader is called so."""
        return [] if self._inside else [token(self._master(), MASKED, word) for word in one.tokens]

    @abstractmethod
    def store(self, session: Session, tip_id: int, received_at: datetime, document: dict[str, str]) -> None: ...

    @abstractmethod
    def drop(self, session: Session, tip_id: int, received_at: datetime) -> None: ...

    @abstractmethod
    def forget(self, session: Session, pages: int) -> bool: ...

    @abstractmethod
    def hits(self, session: Session, sought: IndexQuery) -> IndexHits: ...

    @abstractmethod
    def with_any(self, session: Session, words: Sequence[TokenRun], limit: int) -> list[int]:
        """The ids of some tips that hold any of these words, the newest where that costs no more."""

    @abstractmethod
    def counts(self, session: Session, words: Sequence[TokenRun], most: int) -> list[int]:
        """In how many documents each of some hundred words stands; of what is in more than `most`, some such number."""

    @abstractmethod
    def count(self, session: Session) -> int: ...

    @abstractmethod
    def among(self, session: Session, query: SearchQuery, places: Iterable[tuple[int, datetime]]) -> set[int]:
        """Which of these some hundred tips (id, received_at) match, of what is common only the newest."""


def row_key(received_at: datetime, tip_id: int) -> int:
    """SQLite's rowid of a document: whole seconds, then the tip's id, so that rowid order is newest-first order."""
    return max(0, int(received_at.astimezone(UTC).replace(microsecond=0).timestamp())) << 30 | tip_id
