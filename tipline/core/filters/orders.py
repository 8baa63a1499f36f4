"""The orders of a list: by which column, which way, and which tips each is of. A place in it is a time and an id."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ColumnElement, Date, literal, text, tuple_
from sqlmodel import col

from tipline.models import Tip
from tipline.models.base import Rank
from tipline.models.tip import UNANSWERED
from tipline.vocabularies import N_


class Sort(StrEnum):
    """The order of a list. Some orders are of certain tips only, and leave the others out."""

    NEWEST = "newest"
    OLDEST = "oldest"
    ACTIVE = "active"  # the last activity of its reader first
    UNANSWERED = "unanswered"  # those whose reader wrote last, the oldest tip first
    WAITING = "waiting"  # the same, the longest wait first
    PRIORITY = "priority"  # the highest first, of equals the newest
    DUE = "due"  # with a follow-up, the first day first
    RELEVANCE = "relevance"  # of a search that finds few: the best first; else the newest

    @property
    def of_unanswered(self) -> bool:
        return self in (Sort.UNANSWERED, Sort.WAITING)

    @property
    def narrows(self) -> bool:
        return bool(ORDERS[self].work)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list, by what its order goes by; `str` gives what a URL carries."""

    at: datetime
    tip_id: int

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // timedelta(microseconds=1)}-{self.tip_id}"

    @classmethod
    def parse(cls, value: str) -> Self | None:
        """The place that a URL names; None where it names none."""
        found = re.fullmatch(r"([0-9]{1,17})-([0-9]{1,9})", value)
        return cls(EPOCH + timedelta(microseconds=int(found[1])), int(found[2])) if found else None


@dataclass(frozen=True, slots=True)
class Order:
    """An order by one column, then the id. `work` is the condition of the index that has it, word by word."""

    label: str  # in the menu of orders
    heading: str  # beside the number of tips
    column: str
    descending: bool = False
    work: str = ""
    walks_all: bool = False  # no index has it by status
    open_places: bool = True  # of open work, indexes have it by callout and by assignee

    @property
    def key(self) -> tuple[Any, Any]:
        return col(getattr(Tip, self.column)), col(Tip.id)

    def place(self, tip: Tip) -> Cursor:
        """Where a tip stands, or (where it has no value) before all others."""
        value: datetime | date | StrEnum | None = getattr(tip, self.column)
        match value:
            case None:
                return Cursor(EPOCH, 0)
            case StrEnum():
                at = EPOCH + timedelta(microseconds=[*type(value)].index(value))
            case datetime():
                at = value
            case _:
                at = datetime.combine(value, time(), UTC)
        return Cursor(at, tip.id or 0)

    def condition(self) -> list[ColumnElement[bool]]:
        """Which tips it is of."""
        return [text(self.work)] if self.work else []  # type: ignore[list-item]

    def compared(self, key: tuple[Any, ...], place: Cursor, *, further: bool) -> ColumnElement[bool]:
        """Those further down than a place, or else further up."""
        there = tuple_(literal(_value(place, key[0].type), key[0].type), literal(place.tip_id))
        return tuple_(*key) < there if further == self.descending else tuple_(*key) > there


def _value(place: Cursor, kind: Any) -> datetime | date | StrEnum:
    """What the column of an order holds at a place. A URL may name any place, be it beyond the last value."""
    if isinstance(kind, Rank):
        return kind.members[min((place.at - EPOCH) // timedelta(microseconds=1), len(kind.members) - 1)]
    return place.at.date() if isinstance(kind, Date) else place.at


ORDERS = {
    Sort.NEWEST: Order(N_("Newest"), N_("newest first"), "received_at", descending=True),
    Sort.OLDEST: Order(N_("Oldest"), N_("oldest first"), "received_at"),
    Sort.ACTIVE: Order(
        N_("Last activity"), N_("readers’ last activity first"), "active_at", descending=True, walks_all=True
    ),
    Sort.UNANSWERED: Order(N_("Oldest unanswered"), N_("unanswered, oldest first"), "received_at", work=UNANSWERED),
    Sort.WAITING: Order(
        N_("Longest waiting for us"), N_("waiting for us, longest first"), "reader_wrote_at", work=UNANSWERED
    ),
    Sort.PRIORITY: Order(
        N_("Priority"), N_("highest priority first"), "priority", descending=True, walks_all=True, open_places=False
    ),
    Sort.DUE: Order(
        N_("Follow-up due first"),
        N_("with a follow-up, first due first"),
        "follow_up_on",
        work="tip.follow_up_on IS NOT NULL",
    ),
    # What core.inbox.ranking does not put in order.
    Sort.RELEVANCE: Order(N_("Best match"), N_("best match first"), "received_at", descending=True),
}
