"""Signed-in browsers: a random token in the cookie, its SHA-256 here; half an hour idle, twelve hours in all."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, select, update
from sqlmodel import Session, col

from tipline.core import access
from tipline.core.access import Actor
from tipline.db import now
from tipline.errors import NotVisible
from tipline.models import Account, LoginSession

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
    query = (
        select(LoginSession, Account)
        .join(Account, col(Account.id) == col(LoginSession.account_id))
        .where(col(LoginSession.token_hash) == hash_token(token), _alive(at))
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    row, account = found
    actor = access.actor(session, row.account_id)
    if actor is None:
        return None
    stale = at - row.seen_at >= SEEN_EVERY
    return LiveSession(row.id, row.browser, actor, account.email, account.locale, account.timezone, stale)


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
    return and_(
        col(LoginSession.revoked_at).is_(None),
        col(LoginSession.seen_at) > at - IDLE,
        col(LoginSession.created_at) > at - ABSOLUTE,
    )
