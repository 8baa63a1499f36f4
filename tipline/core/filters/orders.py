"""The orders of a list: by which column, which way, and which tips each is of. A place in it is a time and an id."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self

from sqlalchemy import ColumnElement, literal, text, tuple_
from sqlmodel import col

from tipline.core.filters import Sort
from tipline.models import Tip
from tipline.models.tip import UNANSWERED

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

    column: str
    descending: bool = False
    work: str = ""

    @property
    def key(self) -> tuple[Any, Any]:
        return col(getattr(Tip, self.column)), col(Tip.id)

    def place(self, tip: Tip) -> Cursor:
        """Where a tip stands, or (where it has no value) before all others."""
        value: datetime | date | None = getattr(tip, self.column)
        if value is None:
            return Cursor(EPOCH, 0)
        at = value if isinstance(value, datetime) else datetime.combine(value, time(), UTC)
        return Cursor(at, tip.id or 0)

    def condition(self) -> list[ColumnElement[bool]]:
        """Which tips it is of."""
        return [text(self.work)] if self.work else []  # type: ignore[list-item]

    def compared(self, key: tuple[Any, ...], place: Cursor, *, further: bool) -> ColumnElement[bool]:
        """Those further down than a place, or else further up."""
        value = place.at.date() if self.column == "follow_up_on" else place.at
        there = tuple_(literal(value, key[0].type), literal(place.tip_id))
        return tuple_(*key) < there if further == self.descending else tuple_(*key) > there


ORDERS = {
    Sort.NEWEST: Order("received_at", descending=True),
    Sort.OLDEST: Order("received_at"),
    Sort.ACTIVE: Order("active_at", descending=True),
    Sort.UNANSWERED: Order("received_at", work=UNANSWERED),
    Sort.WAITING: Order("reader_wrote_at", work=UNANSWERED),
    Sort.DUE: Order("follow_up_on", work="tip.follow_up_on IS NOT NULL"),
    Sort.RELEVANCE: Order("received_at", descending=True),  # what core.inbox.ranking does not put in order
}
