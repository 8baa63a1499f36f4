"""Changes to many tips or of many kinds at once, and the reasons that a status asks for."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel, UniqueConstraint

from tipline.models.base import UtcDateTime, words
from tipline.models.tip import Status


class Macro(SQLModel, table=True):
    """Several actions under one name and key. `steps` are [verb, value] in the words of the bulk bar."""

    __table_args__ = (UniqueConstraint("account_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", ondelete="CASCADE")
    name: str = Field(max_length=60)
    key: str = Field(default="", max_length=1)
    steps: list[list[str]] = Field(default_factory=list, sa_type=JSON)
    shared: bool = False
    position: int = 0


class Reason(SQLModel, table=True):
    """Why a tip was given a status. A status that has any is not given without one."""

    id: int | None = Field(default=None, primary_key=True)
    status: Status = Field(sa_type=words(Status, "status"))
    name: str = Field(max_length=100)
    position: int = 0
    retired: bool = False


class BulkState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


# As the partial index has it: a query must repeat it word by word, or SQLite does not use the index.
UNDER_WAY = "bulk_change.state = 'running'"


class BulkChange(SQLModel, table=True):
    """One change to several tips, or of several kinds at once: what one click did, and what one *Undo* takes back.

    A change to a whole list is done piece by piece from its newest tip on; `place` is how far it came.
    """

    __tablename__ = "bulk_change"
    __table_args__ = (
        Index(
            "ix_bulk_change_running",
            "account_id",
            sqlite_where=text(UNDER_WAY.replace("bulk_change.", "")),
            postgresql_where=text(UNDER_WAY.replace("bulk_change.", "")),
        ),
        Index("ix_bulk_change_undoes", "undoes"),
    )

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", ondelete="CASCADE")
    query: str = Field(default="", max_length=4500)
    steps: list[list[str]] = Field(default_factory=list, sa_type=JSON)  # as a macro's; none where it undoes another
    state: BulkState = Field(default=BulkState.RUNNING, sa_type=words(BulkState, "state"))
    total: int = 0
    looked_at: int = 0
    changed: int = 0
    place: str = Field(default="", max_length=40)
    newest_id: int = 0  # tips that came after it began are left alone
    problem: str = Field(default="", max_length=200)  # why it failed, for gettext
    undoes: int | None = Field(default=None, foreign_key="bulk_change.id", ondelete="CASCADE")
    started_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
