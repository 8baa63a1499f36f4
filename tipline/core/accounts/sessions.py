"""Signed-in browsers: a random token in the cookie, its SHA-256 here; half an hour idle, twelve hours in all."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, select, update
from sqlmodel import Session, col

from tipline.core.access import Actor
from tipline.db import now
from tipline.errors import NotVisible
from tipline.models import Account, AccountRole, LoginSession
from tipline.models.base import UtcDateTime

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)  # a write for every click would cost more than the click


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A live session: whose it is, and whether `seen_at` is due to be written."""

    session_id: int
    browser: str
    actor: Actor
    email: str
    locale: str
    timezone: str
    stale: bool


def hash_token(token: str) -> str:
    """What the database keeps of a random token. It needs no key: the token has 256 bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def start(session: Session, account_id: int, browser: str = "") -> str:
    """A new signed-in browser. Returns the token for its cookie, which stands nowhere else."""
    token, at = secrets.token_urlsafe(32), now()
    row = LoginSession(
        token_hash=hash_token(token), account_id=account_id, created_at=at, seen_at=at, browser=browser[:80]
    )
    session.add(row)
    return token


def find(session: Session, token: str) -> LiveSession | None:
    """The live session of a token, whose account is active; None otherwise."""
    if not token:
        return None
    at = now()
    asked = {"hash": hash_token(token), "idle": at - IDLE, "absolute": at - ABSOLUTE}
    rows = session.execute(_LIVE, asked).all()
    if not rows:
        return None
    session_id, seen_at, browser, account_id, name, email, locale, timezone, _ = rows[0]
    actor = Actor(account_id, name, frozenset(role for *_, role in rows if role is not None))
    return LiveSession(session_id, browser, actor, email, locale, timezone, at - seen_at >= SEEN_EVERY)


def touch(session: Session, session_id: int) -> None:
    """Note that a session is in use."""
    session.execute(update(LoginSession).where(col(LoginSession.id) == session_id, _alive(now())).values(seen_at=now()))


def of(session: Session, account_id: int) -> list[LoginSession]:
    """A person's live sessions, the newest first."""
    query = select(LoginSession).where(col(LoginSession.account_id) == account_id, _alive(now()))
    return list(session.scalars(query.order_by(col(LoginSession.seen_at).desc(), col(LoginSession.id).desc())))


def ever_began() -> ColumnElement[bool]:
    """The condition on Account: has signed in at least once."""
    return exists(select(col(LoginSession.id)).where(col(LoginSession.account_id) == col(Account.id)))


def end(session: Session, session_id: int, by: Actor) -> None:
    """Sign one of one's own browsers out. NotVisible where it is not theirs."""
    row = session.get(LoginSession, session_id)
    if row is None or row.account_id != by.account_id:
        raise NotVisible("session")
    if row.revoked_at is None:
        row.revoked_at = now()


def end_all(session: Session, account_id: int, *, but: int | None = None) -> None:
    """Sign a person out everywhere, or everywhere but in one session."""
    query = update(LoginSession).where(
        col(LoginSession.account_id) == account_id, col(LoginSession.revoked_at).is_(None)
    )
    if but is not None:
        query = query.where(col(LoginSession.id) != but)
    session.execute(query.values(revoked_at=now()))


def _alive(at: datetime) -> ColumnElement[bool]:
    return _began_after(at - IDLE, at - ABSOLUTE)


def _began_after(idle: Any, absolute: Any) -> ColumnElement[bool]:
    """The condition on LoginSession: not signed out, and in use since these times."""
    return and_(
        col(LoginSession.revoked_at).is_(None),
        col(LoginSession.seen_at) > idle,
        col(LoginSession.created_at) > absolute,
    )


# Every request asks for it: built once, one row for each role of the account.
_LIVE = (
    select(
        col(LoginSession.id),
        col(LoginSession.seen_at),
        col(LoginSession.browser),
        col(Account.id),
        col(Account.name),
        col(Account.email),
        col(Account.locale),
        col(Account.timezone),
        col(AccountRole.role),
    )
    .join(Account, col(Account.id) == col(LoginSession.account_id))
    .join(AccountRole, col(AccountRole.account_id) == col(Account.id), isouter=True)
    .where(
        col(LoginSession.token_hash) == bindparam("hash"),
        col(Account.active),
        _began_after(bindparam("idle", type_=UtcDateTime()), bindparam("absolute", type_=UtcDateTime())),
    )
)
