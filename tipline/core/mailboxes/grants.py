"""Grants: what a mailbox's owner allowed us at their provider, sealed, and one refresh of it at a time.

A provider may take a refresh token once only, so that of two refreshes at once one would end the grant. Whoever
refreshes writes that down first, in a transaction of its own, and the others wait for what comes of it. No
transaction is open while the provider is asked: on SQLite that would keep readers' forms waiting.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import events, mailboxes, row_batches, vault
from tipline.db import now
from tipline.errors import MailboxUnreachable
from tipline.models import ActorKind, DataKey, OAuthGrant, Verb

REFRESHING = timedelta(seconds=60)  # longer than any answer is waited for; then its process is taken for dead


@dataclass(frozen=True, slots=True)
class OAuthTokens:
    """What a provider gave: a token to sign in with until `expires_at`, and one to get the next with."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """A mailbox's grant as it stands. `refreshing`: somebody is at it. `error`: why the last refresh was refused."""

    tokens: OAuthTokens
    refreshing: bool
    error: str
    tried_at: datetime | None


def find(session: Session, mailbox: str) -> Grant | None:
    """The grant of a mailbox by its permanent name; None where nobody has connected it."""
    row = session.get(OAuthGrant, mailbox)
    return None if row is None else _grant(session, row)


def keep(session: Session, mailbox: str, tokens: OAuthTokens) -> None:
    """A person has consented: keep the tokens, under a new key; what was there before can't be opened any more."""
    row_batches.one_at_a_time(session, f"grant:{mailbox}")
    row = _locked(session, mailbox)
    before = row.key_id if row else None
    key = vault.new_key(session)
    if row is None:
        row = OAuthGrant(mailbox=mailbox, key_id=key.id, tokens=b"", expires_at=tokens.expires_at, granted_at=now())
    row.key_id, row.granted_at = key.id, now()
    _write(session, row, tokens)
    events.record(session, Verb.MAILBOX_CONNECTED, by=ActorKind.SYSTEM)
    if before is not None and (old := session.get(DataKey, before)) is not None:
        session.delete(old)
        session.flush()


def begin_refresh(session: Session, mailbox: str, access: str) -> OAuthTokens | None:
    """Take the turn to refresh; None where somebody else has it, or has replaced the token `access` already.

    The tokens are named again when the turn ends, since whoever took too long may have been overtaken.
    """
    row = _locked(session, mailbox)
    if row is None:
        return None
    grant = _grant(session, row)
    if grant.refreshing or grant.tokens.access != access:
        return None
    _seal(session, row, grant.tokens, until=now() + REFRESHING)
    return grant.tokens


def refreshed(session: Session, mailbox: str, used: OAuthTokens, tokens: OAuthTokens) -> bool:
    """Keep what the provider gave in this turn. False where the tokens were replaced meanwhile: those stay."""
    row = _locked(session, mailbox)
    if row is None or _grant(session, row).tokens != used:
        return False
    _write(session, row, tokens)
    return True


def refused(session: Session, mailbox: str, used: OAuthTokens, error: str) -> bool:
    """The provider refused in this turn: write down why. False where the tokens were replaced meanwhile."""
    row = _locked(session, mailbox)
    if row is None or _grant(session, row).tokens != used:
        return False
    row.error, row.tried_at = error, now()
    _seal(session, row, used)
    return True


def give_back(session: Session, mailbox: str, used: OAuthTokens) -> None:
    """The provider could not be asked: end the turn, and leave the grant as it was."""
    row = _locked(session, mailbox)
    if row is not None and _grant(session, row).tokens == used:
        _seal(session, row, used)


def works(session: Session, mailbox: str) -> None:
    """A login with the grant went well: what the desk says against it is over."""
    box = mailboxes.mailbox(session, mailbox)
    if box.id is not None and box.error in MailboxUnreachable.GRANTS:
        mailboxes.well(session, box.id)


def _locked(session: Session, mailbox: str) -> OAuthGrant | None:
    """The row, read anew and held against other writers. SQLite has one writer at a time and needs no lock."""
    query = select(OAuthGrant).where(col(OAuthGrant.mailbox) == mailbox).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def _grant(session: Session, row: OAuthGrant) -> Grant:
    held: dict[str, Any] = vault.open_json(session, row.tokens, _place(row.mailbox))
    tokens = OAuthTokens(held["access"], held["refresh"], row.expires_at)
    until = held["refreshing"]
    refreshing = until is not None and now() < datetime.fromisoformat(until)
    return Grant(tokens, refreshing, row.error, row.tried_at)


def _write(session: Session, row: OAuthGrant, tokens: OAuthTokens) -> None:
    row.expires_at, row.error, row.tried_at = tokens.expires_at, "", None
    _seal(session, row, tokens)


def _seal(session: Session, row: OAuthGrant, tokens: OAuthTokens, until: datetime | None = None) -> None:
    held = {"access": tokens.access, "refresh": tokens.refresh, "refreshing": until.isoformat() if until else None}
    row.tokens = vault.seal_json(vault.key(session, row.key_id), held, _place(row.mailbox))
    session.add(row)
    session.flush()


def _place(mailbox: str) -> str:
    return f"oauth_grant:{mailbox}:tokens"
