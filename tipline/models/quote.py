"""Quotes: a reader's words on their way into print, and what the reader said of each."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from tipline.models.base import UtcDateTime, words


class QuoteState(StrEnum):
    """Where a quote stands."""

    DRAFTED = "drafted"
    SENT = "sent"  # the reader was asked, and has not answered
    APPROVED = "approved"  # the reader said yes to exactly this
    CHANGE = "change"  # the reader wants it changed
    REFUSED = "refused"
    PLACED = "placed"  # in an article that is not out yet
    PUBLISHED = "published"
    CORRECTED = "corrected"  # published, and changed since
    WITHDRAWN = "withdrawn"


class Attribution(StrEnum):
    """What stands under a quote."""

    NAME = "name"
    FIRST_NAME = "first_name"  # and a place
    DESCRIPTION = "description"  # "a teacher in Wuhan"
    ANONYMOUS = "anonymous"


class QuoteAnswer(StrEnum):
    """What a reader said of a quote."""

    YES = "yes"
    CHANGE = "change"
    NO = "no"


class Quote(SQLModel, table=True):
    """Words of a reader as they would be printed. `original` is what the reader wrote.

    A reader's name is never here: attributions by name take it from their identity.
    """

    id: int | None = Field(default=None, primary_key=True)
    tip_id: int = Field(foreign_key="tip.id", index=True, ondelete="CASCADE")
    message_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="message.id", index=True, ondelete="SET NULL"
    )
    original: str = Field(max_length=2000)
    text: str = Field(max_length=2000)
    attribution: Attribution = Field(sa_type=words(Attribution, "attribution"))
    credit: str = Field(default="", max_length=200)  # the place or the description
    state: QuoteState = Field(default=QuoteState.DRAFTED, index=True, sa_type=words(QuoteState, "state"))
    article: str = Field(default="", max_length=500)  # https://…, or ""
    made_by: int = Field(foreign_key="account.id")
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class QuoteRequest(SQLModel, table=True):
    """One time that a reader was asked about a quote, and their answer: an entry that nothing changes later.

    It is bound to the text and the attribution by their hash. `unclear_id` is a message that may answer it and could
    not be read for certain.
    """

    __tablename__ = "quote_request"

    id: int | None = Field(default=None, primary_key=True)
    quote_id: int = Field(foreign_key="quote.id", index=True, ondelete="CASCADE")
    quote_hash: str = Field(max_length=64)  # SHA-256, hexadecimal
    message_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="message.id", index=True, ondelete="SET NULL"
    )  # ours, in which they were asked
    asked_by: int = Field(foreign_key="account.id")
    asked_at: datetime = Field(sa_type=UtcDateTime)
    answer_by: date
    answer: QuoteAnswer | None = Field(default=None, sa_type=words(QuoteAnswer, "answer"))
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    evidence_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="message.id", index=True, ondelete="SET NULL"
    )  # the reader's message that says it
    recorded_by: int | None = Field(default=None, foreign_key="account.id")  # the reporter who wrote it down
    unclear_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="message.id", index=True, ondelete="SET NULL"
    )
