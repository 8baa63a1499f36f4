"""What both databases' full-text indexes have in common: a document's columns, and what a search finds in them."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause
from sqlmodel import Session

from tipline.core.words.streams import EXTRAS, GAP
from tipline.core.words.text import Query, Tokens

COLUMNS = ("story", "answers", "notes", "files", "inside")
INSIDE_ALONE = "\ue003"  # before a token again that stands nowhere but inside files


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for. `since` and `before` narrow a walk early; the caller's own conditions stand all the same.
    `few`: the caller's other conditions leave so many tips at most, few enough that looking each up may be quicker than
    walking the hits. `thorough`: a walk from the newest tips on has met too few. `rare`: the caller has counted that
    few hold it.
    """

    query: Query
    since: datetime | None = None
    before: datetime | None = None
    few: int | None = None
    thorough: bool = False
    rare: bool = False


@dataclass(frozen=True, slots=True)
class Hits:
    """What matches, for a query on Tip: join `source` (where there is one) `on`, filter by `where`.

    `key` are the columns of newest-first order: compare a place with them by `search.keyed`.
    """

    source: FromClause | None
    on: ColumnElement[bool] | None
    where: ColumnElement[bool]
    key: tuple[Any, ...]


class Index(ABC):
    """One database's full-text index. `inside`: whether words are found that stand nowhere but inside files."""

    def __init__(self, *, inside: bool = True) -> None:
        self._inside = inside

    @abstractmethod
    def store(self, session: Session, tip_id: int, received_at: datetime, document: dict[str, str]) -> None: ...

    @abstractmethod
    def drop(self, session: Session, tip_id: int, received_at: datetime) -> None: ...

    @abstractmethod
    def forget(self, session: Session, pages: int) -> bool: ...

    @abstractmethod
    def hits(self, session: Session, sought: Sought) -> Hits: ...

    @abstractmethod
    def with_any(self, session: Session, words: Sequence[Tokens], limit: int) -> list[int]:
        """The ids of some tips that hold any of these words, the newest where that costs no more."""

    @abstractmethod
    def counts(self, session: Session, words: Sequence[Tokens], most: int) -> list[int]:
        """In how many documents each of some hundred words stands; of what is in more than `most`, some such number."""

    @abstractmethod
    def count(self, session: Session) -> int: ...

    @abstractmethod
    def among(self, session: Session, query: Query, places: Iterable[tuple[int, datetime]]) -> set[int]:
        """Which of these some hundred tips (id, received_at) match, of what is common only the newest."""


def row_key(received_at: datetime, tip_id: int) -> int:
    """SQLite's rowid of a document: whole seconds, then the tip's id, so that rowid order is newest-first order."""
    return max(0, int(received_at.astimezone(UTC).replace(microsecond=0).timestamp())) << 30 | tip_id


def inside_alone(document: dict[str, str]) -> set[str]:
    """The tokens that stand nowhere but inside files."""
    if not document["inside"]:
        return set()
    elsewhere = {token for name in COLUMNS if name != "inside" for token in document[name].split()}
    return {*document["inside"].split()} - elsewhere - {GAP, EXTRAS}


def parted(stream: str) -> tuple[list[str], list[str]]:
    """The tokens of a column in their order, gaps among them, and those that have none."""
    ordered: list[str] = []
    extras: list[str] = []
    for text_stream in stream.split(f" {GAP} "):
        words, _, singles = text_stream.partition(f" {EXTRAS} ")
        ordered += [*words.split(), GAP]
        extras += singles.split()
    return ordered, extras
