"""Lists that a reporter keeps by name, and what they searched for last."""

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from tipline.models.base import UtcDateTime


class SavedView(SQLModel, table=True):
    """A list under a name; `query` is in typed syntax. With `alert`, new tips in it are told of."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("account_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", ondelete="CASCADE")
    name: str = Field(max_length=60)
    query: str = Field(max_length=4500)
    shared: bool = False
    alert: bool = False
    alerted_id: int = 0  # the newest tip that was told of
    position: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime)


class RecentSearch(SQLModel, table=True):
    __tablename__ = "recent_search"

    account_id: int = Field(foreign_key="account.id", primary_key=True, ondelete="CASCADE")
    query: str = Field(primary_key=True, max_length=500)
    at: datetime = Field(sa_type=UtcDateTime)
