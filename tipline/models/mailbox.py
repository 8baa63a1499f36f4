"""Mailboxes and their ledger: a row for every message ever seen, and the raw bytes."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, BigInteger, Index, LargeBinary
from sqlmodel import Field, SQLModel, UniqueConstraint

from tipline.models.base import UtcDateTime, words


class Mailbox(SQLModel, table=True):
    """One configured tips inbox, by its permanent name in config.toml."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=60, unique=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    compared_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # last full comparison that succeeded
    on_server: int = 0  # messages there at that comparison
    error: str = Field(default="", max_length=20)  # of MailboxUnreachable.REASONS; "" when well
    error_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    # One worker at a time: who holds the lease, until when, and its fencing number, which only grows.
    lease_holder: str = Field(default="", max_length=40)
    lease_number: int = Field(default=0, sa_type=BigInteger)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class OAuthGrant(SQLModel, table=True):
    """What a mailbox's owner granted us at Google or Microsoft: `tokens` is sealed JSON under a key of its own."""

    __tablename__ = "oauth_grant"

    mailbox: str = Field(primary_key=True, max_length=60)  # the permanent name in config.toml
    key_id: int = Field(sa_type=BigInteger, foreign_key="data_key.id")
    tokens: bytes = Field(sa_type=LargeBinary, repr=False)
    expires_at: datetime = Field(sa_type=UtcDateTime)  # of the access token
    error: str = Field(default="", max_length=20)  # why it could not be refreshed; "" when well
    tried_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # the last refresh that failed
    granted_at: datetime = Field(sa_type=UtcDateTime)


class Epoch(SQLModel, table=True):
    """One life of a folder: UIDVALIDITY, and `n` for the times the same value came back (RFC 9051, 2.3.1.1)."""

    __table_args__ = (UniqueConstraint("mailbox_id", "folder", "uidvalidity", "n"),)

    id: int | None = Field(default=None, primary_key=True)
    mailbox_id: int = Field(foreign_key="mailbox.id")
    folder: str = Field(max_length=255)
    uidvalidity: int = Field(sa_type=BigInteger)
    n: int = 1
    low: int = Field(default=1, sa_type=BigInteger)  # every UID below it is finished
    created_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class LedgerState(StrEnum):
    DISCOVERED = "discovered"
    STORED = "stored"
    FILED = "filed"
    QUARANTINED = "quarantined"
    DUPLICATE = "duplicate"
    OVERSIZE = "oversize"
    FAILED = "failed"  # could not be fetched
    GONE = "gone"  # expunged before we read it


class Ledger(SQLModel, table=True):
    """One message as a mailbox holds it. `key` is the UID, or a Maildir's unique name."""

    __table_args__ = (
        UniqueConstraint("epoch_id", "key"),
        Index("ix_ledger_state", "state", "epoch_id"),
    )

    id: int = Field(primary_key=True, sa_type=BigInteger)
    epoch_id: int = Field(foreign_key="epoch.id")
    key: str = Field(max_length=255)
    state: LedgerState = Field(default=LedgerState.DISCOVERED, sa_type=words(LedgerState, "state"))
    reason: str = Field(default="", max_length=20)  # why it was set aside
    attempts: int = 0
    size: int = Field(default=0, sa_type=BigInteger)
    raw_hash: str = Field(default="", max_length=64, index=True)  # keyed, per mailbox
    message_id_hash: str = Field(default="", max_length=64, index=True)
    flags: list[str] = Field(default_factory=list, sa_type=JSON)  # message_id_reused, size_differs, junk, backlog
    present: bool = True  # on the server at the last full comparison
    duplicate_of: int | None = Field(default=None, sa_type=BigInteger, foreign_key="ledger.id")
    tip_id: int | None = Field(default=None, foreign_key="tip.id", index=True)
    discovered_at: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RawMail(SQLModel, table=True):
    """The bytes as the server gave them, sealed under a key of their own: up to 256 KB here, else in the file store."""

    __tablename__ = "raw_mail"

    ledger_id: int = Field(primary_key=True, sa_type=BigInteger, foreign_key="ledger.id")
    key_id: int = Field(sa_type=BigInteger, foreign_key="data_key.id", index=True)
    content: bytes | None = Field(default=None, sa_type=LargeBinary, repr=False)
    stored_as: str | None = Field(default=None, max_length=32)
