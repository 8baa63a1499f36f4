"""Signing in: a password is tried without a transaction, then what came of it is written."""

from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from tipline.core import events
from tipline.core.access import Actor
from tipline.core.accounts import kept_tries, normal, passwords, sessions
from tipline.core.accounts.login_attempts import Attempts, failures
from tipline.db import now
from tipline.models import Account, Verb


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to sign in: whose it is where the password was right, or how many seconds to wait before another."""

    email: str
    account_id: int | None  # of the address, right or not
    right: bool
    wait: int = 0
    checked: str = ""  # the hash against which it was right
    rehashed: str = ""
    source: str = ""  # the network or known browser that tried


def authenticate(
    session: Session, email: str, password: str, attempts: Attempts, source: str = "", *, known: bool = False
) -> Attempt:
    """Try a password, reading only: `settle` writes what came of it. Takes as long for an address without account.
    `known`: the source is a browser of this account, which guessers elsewhere do not slow."""
    email = normal(email)
    account = session.scalars(select(Account).where(col(Account.email) == email)).one_or_none()
    account_id = account.id if account else None
    kept_tries.read(session, attempts)
    with attempts.alone(email, source) as alone:
        wait = attempts.wait(email, source, known=known) if alone else 1
        if wait:
            return Attempt(email, account_id, right=False, wait=wait)
        kept = account.password_hash if account and account.active else ""
        try:
            right = passwords.matches(kept, password)
        except passwords.TooManyAttempts:
            return Attempt(email, account_id, right=False, wait=2)
    stronger = passwords.hashed(password) if right and passwords.outdated(kept) else ""
    return Attempt(email, account_id, right, checked=kept, rehashed=stronger, source=source)


def settle(session: Session, attempt: Attempt, attempts: Attempts, browser: str = "") -> str | None:
    """Write what came of a try: the token of a new session, or None and one failure more."""
    if attempt.wait:
        return None
    if attempt.account_id is None:
        attempts.count(attempt.email, attempt.source)
        # As much work as for a failure that is written, so that the time does not tell who has an account.
        first = select(func.min(Account.id)).scalar_subquery()
        session.execute(update(Account).where(col(Account.id) == first).values(failed_logins=Account.failed_logins))
        kept_tries.write(session, attempts)
        return None
    account = session.get_one(Account, attempt.account_id, with_for_update=True)
    if attempt.right and account.password_hash != attempt.checked:
        return None  # a new one was set while the old one was tried
    if not attempt.right or not account.active:
        attempts.count(attempt.email, attempt.source)
        account.failed_logins = failures(account.failed_logins, account.last_failed_at, now()) + 1
        account.last_failed_at = now()
        kept_tries.write(session, attempts)
        return None
    attempts.forget(attempt.email, attempt.source)
    kept_tries.write(session, attempts)
    account.failed_logins, account.last_failed_at = 0, None
    account.password_hash = attempt.rehashed or account.password_hash
    person = Actor(attempt.account_id, account.name, frozenset())
    events.record(session, Verb.SIGNED_IN, by=person, object_id=account.id)
    return sessions.start(session, attempt.account_id, browser)
