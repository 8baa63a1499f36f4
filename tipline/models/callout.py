"""Callouts and their questions. Texts stand apart, one row a language."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from tipline.models.base import UtcDateTime, words


class CalloutStatus(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    PAUSED = "paused"  # takes no answers for a while; its page says so
    CLOSED = "closed"
    ARCHIVED = "archived"  # its page is gone, its tips stay


class QuestionKind(StrEnum):
    SHORT = "short"
    LONG = "long"
    ONE = "one"  # one of several options
    SEVERAL = "several"
    YES_NO = "yes_no"
    NUMBER = "number"
    DATE = "date"
    MONTH = "month"
    PLACE = "place"
    EMAIL = "email"
    PHONE = "phone"
    LINK = "link"
    RATING = "rating"  # from 1 to `most`
    FILE = "file"


class Callout(SQLModel, table=True):
    """A question the newsroom puts to its readers. `languages` are locale codes ("en", "zh_Hans"); the first leads."""

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(max_length=60, unique=True)
    status: CalloutStatus = Field(default=CalloutStatus.DRAFT, sa_type=words(CalloutStatus, "status"))
    languages: list[str] = Field(default_factory=lambda: ["en"], sa_type=JSON)
    mail_address: str = Field(default="", max_length=254)  # shown as the email alternative; mail to it is filed here
    closes_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: int | None = Field(default=None, foreign_key="account.id")
    acknowledge: bool = False  # whether mail to it is answered at once: "we have it"
    version: int = 1  # grows with each change, so that two editors notice each other
    opens_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    timezone: str = Field(default="", max_length=60)  # of its dates, an IANA name; "" = the newsroom's
    retention_days: int | None = None  # after closing; None = until somebody erases
    anonymous: bool = True  # whether readers may answer without saying how to reach them
    preview_generation: int = 1  # the secret link of the preview carries it: a new number makes the old link useless
    mail_subject: str = Field(default="", max_length=100)  # mail whose subject holds these words is filed here
    ask_by_mail: bool = False  # the acknowledgement asks the questions
    indexed: bool = False  # whether search engines may list the page
    gallery: bool = False  # whether chosen answers stand on a public page
    embed_origins: list[str] = Field(default_factory=list, sa_type=JSON)  # sites that may frame the form; [] = all
    # Translations that say what their source said before: language, text, source (as it is), of (what it translates).
    behind: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)


class CalloutText(SQLModel, table=True):
    __tablename__ = "callout_text"

    callout_id: int = Field(foreign_key="callout.id", primary_key=True, ondelete="CASCADE")
    language: str = Field(primary_key=True, max_length=20)
    title: str = Field(max_length=200)
    intro: str = Field(default="", max_length=5000)
    why: str = Field(default="", max_length=5000)
    closed_message: str = Field(default="", max_length=2000)
    acknowledgement: str = Field(default="", max_length=2000)  # empty: the default words
    handling: str = Field(default="", max_length=5000)  # what we do with the answers
    risk: str = Field(default="", max_length=2000)  # when not to use this form; stands before the fields
    next_steps: str = Field(default="", max_length=2000)  # on the receipt: what happens now, and when


class Question(SQLModel, table=True):
    """One field of the form. Retired questions stay, since answers point to them.

    Options are known by their numbers, from 0 on, the same in every language; of yes and no, yes is 0.
    """

    id: int | None = Field(default=None, primary_key=True)
    callout_id: int = Field(foreign_key="callout.id", index=True, ondelete="CASCADE")
    position: int
    kind: QuestionKind = Field(sa_type=words(QuestionKind, "kind"))
    required: bool = False
    identity: bool = False  # says who the reader is: sealed, never an answer row
    retired: bool = False
    publish: bool = False  # its answers may be published, as far as the reader allows it
    new_page: bool = False  # begins a page of the form
    guide: int | None = None  # of characters that an answer should have at most
    least: int | None = None  # of a number
    most: int | None = None  # of a number or a rating
    ask_if_id: int | None = Field(default=None, foreign_key="question.id")  # asked only if the answer there …
    ask_if_options: list[int] = Field(default_factory=list, sa_type=JSON)  # … is one of these
    ends_if: list[int] = Field(default_factory=list, sa_type=JSON)  # options after which nothing more is asked
    origin_id: int | None = Field(default=None, foreign_key="question.id", index=True)  # its first version, if another


class QuestionText(SQLModel, table=True):
    __tablename__ = "question_text"

    question_id: int = Field(foreign_key="question.id", primary_key=True, ondelete="CASCADE")
    language: str = Field(primary_key=True, max_length=20)
    wording: str = Field(max_length=500)
    hint: str = Field(default="", max_length=1000)
    options: list[str] = Field(default_factory=list, sa_type=JSON)


class QuestionCount(SQLModel, table=True):
    """How many forms asked a question and were answered there, or not; counted in the transaction that files them."""

    __tablename__ = "question_count"

    question_id: int = Field(foreign_key="question.id", primary_key=True, ondelete="CASCADE")
    answered: bool = Field(primary_key=True)
    n: int = 0
