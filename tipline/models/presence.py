"""Working together: who follows a tip, who was called to it, who is there now."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from tipline.models.base import UtcDateTime


class Follower(SQLModel, table=True):
    """A reporter who wants to know what happens to a tip; with `muted` one who would be told and does not want it."""

    __table_args__ = (Index("ix_follower_news", "account_id", "news_id"),)

    account_id: int = Field(foreign_key="account.id", primary_key=True, ondelete="CASCADE")
    tip_id: int = Field(foreign_key="tip.id", primary_key=True, index=True, ondelete="CASCADE")
    muted: bool = False
    since: datetime = Field(sa_type=UtcDateTime)
    news_id: int = 0  # the tip's last event by others since they follow it


class Mention(SQLModel, table=True):
    """A reporter who is called by name in a note."""

    account_id: int = Field(foreign_key="account.id", primary_key=True, ondelete="CASCADE")
    note_id: int = Field(foreign_key="note.id", primary_key=True, index=True, ondelete="CASCADE")
    tip_id: int = Field(foreign_key="tip.id", index=True, ondelete="CASCADE")


class Presence(SQLModel, table=True):
    """Who has a tip open; good for half a minute."""

    tip_id: int = Field(foreign_key="tip.id", primary_key=True, ondelete="CASCADE")
    account_id: int = Field(foreign_key="account.id", primary_key=True, ondelete="CASCADE")
    writing: bool = False
    at: datetime = Field(sa_type=UtcDateTime)
