"""Whether a callout's page is still what it was when somebody last looked: one short query, asked with every page."""

from dataclasses import dataclass
from typing import cast

from sqlalchemy import Connection, bindparam, select
from sqlmodel import Session

from tipline.core import callouts
from tipline.models import Callout, CalloutStatus

HIDDEN = CalloutStatus.DRAFT, CalloutStatus.ARCHIVED
TABLE = Callout.__table__  # type: ignore[attr-defined]
# made once: to build the statement takes longer than to run it
QUERY = select(TABLE.c.id, TABLE.c.version, TABLE.c.status, TABLE.c.opens_at, TABLE.c.closes_at).where(
    TABLE.c.slug == bindparam("slug")
)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What changes with every change of a callout: its version, and where it stands by the clock."""

    callout_id: int
    version: int
    status: CalloutStatus


def stamp(session: Session | Connection, slug: str) -> Stamp | None:
    """The stamp of the callout that readers find at an address; None where `callouts.by_slug` finds none."""
    row = session.execute(QUERY, {"slug": slug}).one_or_none()
    if row is None or row.status in HIDDEN:
        return None
    standing = callouts.standing(cast(Callout, row))  # it has the columns that this is about; a whole one takes longer
    return Stamp(row.id, row.version, standing)
