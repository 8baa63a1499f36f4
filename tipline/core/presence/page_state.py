"""What a page knows that is drawn now, and what happened since.

Events are numbered as they are written, and PostgreSQL may commit a later one first: a page that knows event 1201 does
not know 1000 to 1200 yet, where a change to many tips that took these numbers was still open. So a page knows the
newest event and which transactions were open beside it: what those wrote is new to it as well.
"""

import re
from dataclasses import dataclass
from typing import Self

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select
from sqlmodel import Session, col

from tipline.db import is_sqlite
from tipline.models import Event

LOOKED_BACK = 10_000  # events that others write at most while one transaction is open
_WRITTEN = re.compile(r"[0-9]{1,9}(?::[0-9]{1,10}(?:,[0-9]{1,10}){0,99})?")


@dataclass(frozen=True, slots=True)
class PageState:
    """The newest event, and the numbers (xid, 32 bits) of the transactions that were open on PostgreSQL."""

    event: int = 0
    open: tuple[int, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """As `str` writes it, for a page to keep and send back; anything else knows nothing."""
        if not _WRITTEN.fullmatch(text):
            return cls()
        newest, _, numbers = text.partition(":")
        return cls(int(newest), tuple(int(number) for number in numbers.split(",") if number))

    def __str__(self) -> str:
        return f"{self.event}:{','.join(map(str, self.open))}" if self.open else str(self.event)

    def later(self) -> ColumnElement[bool]:
        """The condition on Event: it happened since."""
        if not self.open:
            return col(Event.id) > self.event
        # The row's own number of the transaction that wrote it. Nothing rewrites an event, so it stays.
        by_open = literal_column("CAST(CAST(event.xmin AS TEXT) AS BIGINT)").in_(self.open)
        return or_(col(Event.id) > self.event, and_(col(Event.id) > self.event - LOOKED_BACK, by_open))


def known_by(session: Session) -> PageState:
    """What there is to know for whoever reads in this transaction."""
    newest = select(func.max(Event.id))
    if is_sqlite(session):
        return PageState(session.scalar(newest) or 0)
    event, snapshot = session.execute(newest.add_columns(literal_column("CAST(pg_current_snapshot() AS TEXT)"))).one()
    *_, still_open = snapshot.split(":")  # "xmin:xmax:xid,xid" of 64 bits (PostgreSQL manual, 9.27.8)
    return PageState(event or 0, tuple(int(xid) & 0xFFFFFFFF for xid in still_open.split(",") if xid))
