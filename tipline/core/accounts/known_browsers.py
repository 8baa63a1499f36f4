"""Known browsers: one that signed in before keeps a mark, and strangers' wrong passwords never slow it down.

A mark is `random.signature`. It says nothing readable, is good for one account, and ends when its password changes.
"""

import hashlib
import hmac
import secrets

from sqlmodel import Session, col, select

from tipline.core.accounts import normal
from tipline.models import Account


def mark(session: Session, account_id: int, secret: bytes) -> str:
    """A new mark for a browser in which this account has just signed in."""
    account, drawn = session.get_one(Account, account_id), secrets.token_hex(16)
    return f"{drawn}.{_signature(secret, drawn, account)}"


def known(session: Session, email: str, given: str, secret: bytes) -> str:
    """The random part of a mark that is good for the account of this address, else "". As much work without one."""
    account = session.scalars(select(Account).where(col(Account.email) == normal(email))).one_or_none()
    drawn, _, signature = given.partition(".")
    right = hmac.compare_digest(signature.encode(), _signature(secret, drawn, account).encode())
    return drawn if right and account else ""


def _signature(secret: bytes, drawn: str, account: Account | None) -> str:
    bound = f"{account.id} {account.password_hash}" if account else ""
    return hashlib.blake2b(f"{drawn} {bound}".encode(), key=secret, digest_size=32).hexdigest()
