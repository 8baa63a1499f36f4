"""Mail on its way to readers: replies, and acknowledgements."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field, SQLModel

from tipline.models.base import UtcDateTime, words


class SendState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"  # the line broke after the hand-over: a person decides
    BOUNCED = "bounced"
    PAGE = "page"  # waits on the reader's page; there is no address
    WITHDRAWN = "withdrawn"  # undone before it left


# Reasons for which a reply waits, or has failed, that is to go at a time; until it leaves it answers nobody.
SCHEDULED = "scheduled"
HELD = "reader_wrote"  # its reader wrote meanwhile, and a person decides
BARRED = "not_allowed_then"  # when its time came, it might not go to this reader any more
NOT_ALLOWED = "not_allowed"  # the same of one that was to go at once
FOR_A_TIME = (SCHEDULED, HELD, BARRED)


class MailKind(StrEnum):
    REPLY = "reply"
    ACKNOWLEDGEMENT = "acknowledgement"  # automatic: "we have it"; nobody is its author
    PAGE_CODE = "page_code"  # proves an address, for the reader's page; its message holds no words


class Outgoing(SQLModel, table=True):
    """A mail of ours, its Message-ID and bytes fixed when queued. Sealed: `recipient` and `content`."""

    __table_args__ = (Index("ix_outgoing_state", "state", "not_before"),)

    id: int = Field(primary_key=True, sa_type=BigInteger)
    message_id: int = Field(sa_type=BigInteger, foreign_key="message.id", unique=True, ondelete="CASCADE")
    tip_id: int = Field(foreign_key="tip.id", index=True, ondelete="CASCADE")
    state: SendState = Field(default=SendState.QUEUED, sa_type=words(SendState, "state"))
    reason: str = Field(default="", max_length=20)  # of SendFailed.REASONS, or ours
    code: int = 0  # SMTP reply code
    attempts: int = 0
    envelope_from: str = Field(default="", max_length=254)
    recipient: bytes | None = Field(default=None, sa_type=LargeBinary, repr=False)
    content: bytes | None = Field(default=None, sa_type=LargeBinary, repr=False)
    mail_message_id: str = Field(default="", max_length=200, index=True)
    not_before: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    kind: MailKind = Field(default=MailKind.REPLY, sa_type=words(MailKind, "kind"))
    bounced_by: int | None = Field(default=None, sa_type=BigInteger, foreign_key="message.id")
    bounce_status: str = Field(default="", max_length=20)  # "5.1.1" (RFC 3463), where the report says one
    copy_to: str = Field(default="", max_length=60)  # the mailbox whose Sent folder still waits for a copy
    copy_attempts: int = 0


class AutoReplySent(SQLModel, table=True):
    """An address that got an auto-reply on a day: at most once."""

    __tablename__ = "auto_reply_sent"

    address_hash: str = Field(primary_key=True, max_length=64)  # keyed
    day: date = Field(primary_key=True)
