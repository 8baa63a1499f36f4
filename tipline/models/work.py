"""Work on a tip beside its mail: calls and meetings, tasks, passages, translations, tips that belong together."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, BigInteger
from sqlmodel import Field, SQLModel

from tipline.models.base import UtcDateTime, words


class ContactWay(StrEnum):
    CALL = "call"
    MEETING = "meeting"
    MESSAGE = "message"
    OTHER = "other"


class ContactEntry(SQLModel, table=True):
    """A call, meeting or message with a reader outside tipline. Stays in the newsroom, as notes do."""

    __tablename__ = "contact_entry"

    id: int | None = Field(default=None, primary_key=True)
    tip_id: int = Field(foreign_key="tip.id", index=True, ondelete="CASCADE")
    author_id: int = Field(foreign_key="account.id")
    way: ContactWay = Field(sa_type=words(ContactWay, "way"))
    outcome: str = Field(default="", max_length=200)
    text: str = Field(default="", max_length=20000)
    at: datetime = Field(sa_type=UtcDateTime)  # of the contact
    created_at: datetime = Field(sa_type=UtcDateTime)


class Checklist(SQLModel, table=True):
    """A template of tasks. Changing it leaves the tips alone that have it already."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=60)
    steps: list[str] = Field(default_factory=list, sa_type=JSON)
    retired: bool = False


class Task(SQLModel, table=True):
    """Something to do for a tip; those of one checklist stand under its name."""

    id: int | None = Field(default=None, primary_key=True)
    tip_id: int = Field(foreign_key="tip.id", index=True, ondelete="CASCADE")
    checklist_id: int | None = Field(default=None, foreign_key="checklist.id")
    text: str = Field(max_length=500)
    position: int = 0
    assignee_id: int | None = Field(default=None, foreign_key="account.id", index=True)
    due_on: date | None = None
    made_by: int = Field(foreign_key="account.id")
    created_at: datetime = Field(sa_type=UtcDateTime)
    done_by: int | None = Field(default=None, foreign_key="account.id")
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Highlight(SQLModel, table=True):
    """A passage of a message; `passage` is what stood there, should the text be read again."""

    id: int | None = Field(default=None, primary_key=True)
    tip_id: int = Field(foreign_key="tip.id", index=True, ondelete="CASCADE")
    message_id: int = Field(sa_type=BigInteger, foreign_key="message.id", index=True, ondelete="CASCADE")
    begin: int
    passage: str = Field(max_length=2000)
    author_id: int = Field(foreign_key="account.id")
    created_at: datetime = Field(sa_type=UtcDateTime)


class Translation(SQLModel, table=True):
    """What a message says in another language, written by a reporter."""

    message_id: int = Field(sa_type=BigInteger, foreign_key="message.id", primary_key=True, ondelete="CASCADE")
    language: str = Field(primary_key=True, max_length=20)
    text: str
    author_id: int = Field(foreign_key="account.id")
    changed_at: datetime = Field(sa_type=UtcDateTime)


class TipLink(SQLModel, table=True):
    """Two tips that a reporter put side by side; `tip_id` is the smaller."""

    __tablename__ = "tip_link"

    tip_id: int = Field(foreign_key="tip.id", primary_key=True, ondelete="CASCADE")
    other_id: int = Field(foreign_key="tip.id", primary_key=True, index=True, ondelete="CASCADE")
    made_by: int = Field(foreign_key="account.id")
    created_at: datetime = Field(sa_type=UtcDateTime)


class MovedRow(SQLModel, table=True):
    """A row that a merge or a split gave to another tip: what undoing it takes back."""

    __tablename__ = "moved_row"

    event_id: int = Field(foreign_key="event.id", primary_key=True, ondelete="CASCADE")
    kind: str = Field(primary_key=True, max_length=30)  # its table
    row_id: int = Field(primary_key=True, sa_type=BigInteger)
