"""People with an account, their roles, teams, sessions and invitations."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from tipline.models.base import UtcDateTime, words


class Role(StrEnum):
    """What an account may do; a person may hold several."""

    ADMIN = "admin"
    EDITOR = "editor"
    REPORTER = "reporter"
    VIEWER = "viewer"


class Digest(StrEnum):
    """How often a person is told by mail that something happened to their tips."""

    OFF = "off"
    HOURLY = "hourly"
    DAILY = "daily"


class TryKind(StrEnum):
    """What is kept of tries to sign in: a source's mistakes, or how far the line of an account is given out."""

    WRONG = "wrong"
    FIRST = "first"  # the line of sources that were never wrong about the account
    AGAIN = "again"


class Account(SQLModel, table=True):
    """A person who signs in. The address is compared in lower case."""

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(max_length=254, unique=True)
    name: str = Field(max_length=100)
    password_hash: str = Field(default="", max_length=200, repr=False)  # "" = can't sign in
    active: bool = True
    locale: str = Field(default="en", max_length=20)
    timezone: str = Field(default="UTC", max_length=60)
    failed_logins: int = 0
    last_failed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    activity_seen: int = 0  # the event up to which they know what happened
    digest: Digest = Field(default=Digest.DAILY, sa_type=words(Digest, "digest"))
    digested: int = 0  # the event up to which they were told by mail
    digested_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)


class AccountRole(SQLModel, table=True):
    __tablename__ = "account_role"

    account_id: int = Field(foreign_key="account.id", primary_key=True, ondelete="CASCADE")
    role: Role = Field(primary_key=True, sa_type=words(Role, "role"))


class CalloutMember(SQLModel, table=True):
    """Who is on a callout's team: reporters and viewers see the tips of their callouts only."""

    __tablename__ = "callout_member"

    callout_id: int = Field(foreign_key="callout.id", primary_key=True, ondelete="CASCADE")
    account_id: int = Field(foreign_key="account.id", primary_key=True, index=True, ondelete="CASCADE")


class LoginSession(SQLModel, table=True):
    """A signed-in browser. The cookie holds a random token, this row its SHA-256."""

    __tablename__ = "login_session"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(max_length=64, unique=True, repr=False)
    account_id: int = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    created_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    browser: str = Field(default="", max_length=80)  # "Firefox on Linux", never an address
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Invitation(SQLModel, table=True):
    """A link that sets a password once: for somebody new, or after a reset by an admin. Good for 24 hours."""

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(max_length=64, unique=True, repr=False)
    account_id: int = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    invited_by: int | None = Field(default=None, foreign_key="account.id")
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SignInTry(SQLModel, table=True):
    """What slows guessers across a restart. `key` is a keyed hash of an address, or of an address and a network or
    browser; the row goes a day after its last mistake."""

    __tablename__ = "sign_in_try"

    key: str = Field(primary_key=True, max_length=32)
    kind: TryKind = Field(primary_key=True, sa_type=words(TryKind, "kind"))
    failed: int
    at: datetime = Field(sa_type=UtcDateTime, index=True)
