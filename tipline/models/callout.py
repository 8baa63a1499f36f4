"""Callouts and their questions. Texts stand apart, one row a language."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from tipline.models.base import UtcDateTime, words


class CalloutStatus(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class QuestionKind(StrEnum):
    SHORT = "short"
    LONG = "long"
    ONE = "one"  # one of several options
    SEVERAL = "several"
    YES_NO = "yes_no"
    DATE = "date"
    EMAIL = "email"
    FILE = "file"


class Callout(SQLModel, table=True):
    """A question the newsroom puts to its readers. `languages` are locale codes ("en", "zh_Hans"); the first leads."""

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(max_length=60, unique=True)
    status: CalloutStatus = Field(default=CalloutStatus.DRAFT, sa_type=words(CalloutStatus, "status"))
    languages: list[str] = Field(default_factory=lambda: ["en"], sa_type=JSON)
    mail_address: str = Field(default="", max_length=254)  # shown as the other door; mail to it is filed here
    closes_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: int | None = Field(default=None, foreign_key="account.id")
    acknowledge: bool = False  # whether mail to it is answered at once: "we have it"
    version: int = 1  # grows with each change, so that two editors notice each other


class CalloutText(SQLModel, table=True):
    __tablename__ = "callout_text"

    callout_id: int = Field(foreign_key="callout.id", primary_key=True, ondelete="CASCADE")
    language: str = Field(primary_key=True, max_length=20)
    title: str = Field(max_length=200)
    intro: str = Field(default="", max_length=5000)
    why: str = Field(default="", max_length=5000)
    closed_message: str = Field(default="", max_length=2000)
    acknowledgement: str = Field(default="", max_length=2000)  # empty: the default words


class Question(SQLModel, table=True):
    """One field of the form. Retired questions stay, since answers point to them."""

    id: int | None = Field(default=None, primary_key=True)
    callout_id: int = Field(foreign_key="callout.id", index=True, ondelete="CASCADE")
    position: int
    kind: QuestionKind = Field(sa_type=words(QuestionKind, "kind"))
    required: bool = False
    identity: bool = False  # says who the reader is: sealed, never an answer row
    retired: bool = False


class QuestionText(SQLModel, table=True):
    __tablename__ = "question_text"

    question_id: int = Field(foreign_key="question.id", primary_key=True, ondelete="CASCADE")
    language: str = Field(primary_key=True, max_length=20)
    wording: str = Field(max_length=500)
    hint: str = Field(default="", max_length=1000)
    options: list[str] = Field(default_factory=list, sa_type=JSON)
