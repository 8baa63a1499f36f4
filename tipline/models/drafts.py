"""What a reporter has begun to write, and what they write often."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, BigInteger, LargeBinary
from sqlmodel import Field, SQLModel

from tipline.models.base import UtcDateTime, words


class DraftKind(StrEnum):
    REPLY = "reply"
    NOTE = "note"


class ReplyDraft(SQLModel, table=True):
    """A reply or note that is not sent yet: one of each for a tip and reporter."""

    __tablename__ = "reply_draft"

    account_id: int = Field(foreign_key="account.id", primary_key=True, ondelete="CASCADE")
    tip_id: int = Field(foreign_key="tip.id", primary_key=True, index=True, ondelete="CASCADE")
    kind: DraftKind = Field(primary_key=True, sa_type=words(DraftKind, "kind"))
    text: str
    changed_at: datetime = Field(sa_type=UtcDateTime)


class MassMessageDraft(SQLModel, table=True):
    """A message to many readers that is not sent yet: of one reporter, under the id of the page it was begun on."""

    __tablename__ = "mass_message_draft"

    account_id: int = Field(foreign_key="account.id", primary_key=True, ondelete="CASCADE")
    submission: str = Field(primary_key=True, max_length=40)
    tips: list[int] = Field(default_factory=list, sa_type=JSON)  # in the order of their numbers
    text: str
    changed_at: datetime = Field(sa_type=UtcDateTime)


class ReplyFile(SQLModel, table=True):
    """A file that waits for its reply to be sent; sealed as those of readers are."""

    __tablename__ = "reply_file"

    id: int = Field(primary_key=True, sa_type=BigInteger)
    account_id: int = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    tip_id: int = Field(foreign_key="tip.id", index=True, ondelete="CASCADE")
    key_id: int = Field(sa_type=BigInteger, foreign_key="data_key.id", index=True)
    name: str = Field(max_length=255)
    type: str = Field(max_length=100)
    size: int
    content: bytes | None = Field(default=None, sa_type=LargeBinary, repr=False)
    stored_as: str | None = Field(default=None, max_length=32)
    created_at: datetime = Field(sa_type=UtcDateTime)


class SavedReply(SQLModel, table=True):
    """A text with placeholders, for one callout or all, in one language."""

    __tablename__ = "saved_reply"

    id: int | None = Field(default=None, primary_key=True)
    callout_id: int | None = Field(default=None, foreign_key="callout.id", ondelete="CASCADE")
    language: str = Field(default="", max_length=20)
    name: str = Field(max_length=60)
    text: str = Field(max_length=20000)
    made_by: int = Field(foreign_key="account.id")
    changed_at: datetime = Field(sa_type=UtcDateTime)
