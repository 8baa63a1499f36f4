"""Accounts: who has one, what they may do, and the links that let them set a password."""

import re
import secrets
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Literal

from sqlalchemy import delete, func, select, update
from sqlmodel import Session, col

from tipline.core import events
from tipline.core.access import Actor
from tipline.core.accounts import passwords, sessions
from tipline.core.accounts.passwords import problem as password_problem
from tipline.core.session_cache import once
from tipline.db import now
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.models import Account, AccountRole, ActorKind, Callout, CalloutMember, Invitation, Role, Verb
from tipline.vocabularies import N_

__all__ = ["password_problem"]

By = Actor | Literal[ActorKind.SYSTEM]  # a person, or somebody at the command line
ADDRESS = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+")
INVITED_FOR = timedelta(hours=24)

ADMINS_ONLY = N_("Only admins manage people.")
TAKEN = N_("There is an account with this address already.")
NO_NAME = N_("A person needs a name and an address.")
NO_ADDRESS = N_("Write the whole address, like name@example.com.")
NO_ROLE = N_("Choose at least one role.")
LAST_ADMIN = N_("This is the last admin. Make somebody else admin first.")
NOT_ONESELF = N_("You can't do this to your own account. Ask another admin.")
OWN_PASSWORD = N_("Change your own password on your own page.")
NO_CALLOUT = N_("One of these callouts does not exist any more. Reload the page.")
SWITCHED_OFF = N_("This account is switched off. Switch it on first.")
BAD_LINK = N_("This link was used already, or is older than 24 hours. Ask an admin for a new one.")


def normal(email: str) -> str:
    """An address as it is kept and compared."""
    return email.strip().lower()


def create(
    session: Session,
    email: str,
    name: str,
    roles: Collection[Role],
    by: By,
    *,
    password: str = "",
    locale: str = "en",
    timezone: str = "UTC",
) -> Account:
    """A new account. Without a password nobody signs in with it until a link of `reset` is used."""
    admins_only(by)
    email, name = normal(email), name.strip()
    if not email or not name:
        raise Refused(NO_NAME)
    if not ADDRESS.fullmatch(email):
        raise Refused(NO_ADDRESS)
    if not roles:
        raise Refused(NO_ROLE)
    if session.scalar(select(col(Account.id)).where(col(Account.email) == email)) is not None:
        raise Refused(TAKEN)
    if password and (trouble := passwords.problem(password, name, email)):
        raise Refused(trouble)
    account = Account(email=email, name=name, locale=locale, timezone=timezone, created_at=now())
    account.password_hash = passwords.hashed(password) if password else ""
    session.add(account)
    session.flush()
    account_id = _id(account)
    session.add_all(AccountRole(account_id=account_id, role=role) for role in set(roles))
    events.record(session, Verb.ACCOUNT_MADE, by=by, object_id=account_id, after=_words(roles))
    return account


def invite(
    session: Session, email: str, name: str, roles: Collection[Role], by: By, callout_ids: Collection[int] = ()
) -> str:
    """A new account and the token of a link to set its password, once, within 24 hours."""
    account_id = _id(create(session, email, name, roles, by))
    set_teams(session, account_id, callout_ids, by)
    return _link(session, account_id, by)


def reset(session: Session, account_id: int, by: By) -> str:
    """Take a person's password and sessions away; returns the token of a link to set a new one."""
    admins_only(by)
    account = _locked(session, account_id)
    if isinstance(by, Actor) and by.account_id == account_id:
        raise Refused(OWN_PASSWORD)
    if not account.active:
        raise Refused(SWITCHED_OFF)
    account.password_hash = ""
    sessions.end_all(session, account_id)
    events.record(session, Verb.PASSWORD, by=by, object_id=account_id, after="reset")
    return _link(session, account_id, by)


def invited(session: Session, token: str) -> Account:
    """Whose open link this is. NotVisible where the token is unknown, used, too old, or empty."""
    return _invitation(session, token)[1]


def accept(session: Session, token: str, password: str) -> int:
    """Set the password of an open link, which is used up; returns the account. Sessions of before are over."""
    invitation, account = _invitation(session, token, lock=True)
    if trouble := passwords.problem(password, account.name, account.email):
        raise Refused(trouble)
    invitation.used_at = now()
    account_id = _set_password(session, account, password)
    sessions.end_all(session, account_id)
    return account_id


def change_password(session: Session, password: str, by: Actor, *, keep: int | None = None) -> None:
    """Set one's own password; every other session of theirs than `keep` ends. The caller has asked for the old one."""
    account = _locked(session, by.account_id)
    if trouble := passwords.problem(password, account.name, account.email):
        raise Refused(trouble)
    _set_password(session, account, password)
    sessions.end_all(session, by.account_id, but=keep)


def set_language(session: Session, locale: str, timezone: str, by: Actor) -> None:
    """Set one's own language and time zone."""
    account = _locked(session, by.account_id)
    account.locale, account.timezone = locale, timezone


def set_roles(session: Session, account_id: int, roles: Collection[Role], by: By) -> None:
    """What a person may do from now on. Their sessions end, so that no open page goes on with the old rights."""
    admins_only(by)
    _locked(session, account_id)
    before, after = _roles(session, account_id), set(roles)
    if not after:
        raise Refused(NO_ROLE)
    if before == after:
        return
    if Role.ADMIN in before - after:
        _keep_an_admin(session, account_id)
    session.execute(
        delete(AccountRole).where(col(AccountRole.account_id) == account_id, col(AccountRole.role).in_(before - after))
    )
    session.add_all(AccountRole(account_id=account_id, role=role) for role in after - before)
    sessions.end_all(session, account_id)
    events.record(session, Verb.ROLES, by=by, object_id=account_id, before=_words(before), after=_words(after))


def set_teams(session: Session, account_id: int, callout_ids: Collection[int], by: By) -> None:
    """On which callouts' teams a person is."""
    admins_only(by)
    _locked(session, account_id)
    mine = col(CalloutMember.account_id) == account_id
    before = set(session.scalars(select(col(CalloutMember.callout_id)).where(mine)))
    after = set(callout_ids)
    known = set(session.scalars(select(col(Callout.id)).where(col(Callout.id).in_(after))))
    if known != after:
        raise Refused(NO_CALLOUT)
    session.execute(delete(CalloutMember).where(mine, col(CalloutMember.callout_id).in_(before - after)))
    session.add_all(CalloutMember(callout_id=id_, account_id=account_id) for id_ in sorted(after - before))
    for id_ in sorted(before ^ after):
        gone, come = (str(id_), "") if id_ in before else ("", str(id_))
        events.record(session, Verb.TEAM, by=by, object_id=account_id, before=gone, after=come)


def switch_off(session: Session, account_id: int, by: By) -> None:
    """Let a person in no more: sessions end, open links close. Their work stays."""
    admins_only(by)
    account = _locked(session, account_id)
    if isinstance(by, Actor) and by.account_id == account_id:
        raise Refused(NOT_ONESELF)
    if not account.active:
        return
    if Role.ADMIN in _roles(session, account_id):
        _keep_an_admin(session, account_id)
    account.active = False
    sessions.end_all(session, account_id)
    _close_links(session, account_id)
    events.record(session, Verb.ACCOUNT_OFF, by=by, object_id=account_id)


def switch_on(session: Session, account_id: int, by: By) -> None:
    """Let a person in again, with the password they had."""
    admins_only(by)
    account = _locked(session, account_id)
    if not account.active:
        account.active = True
        events.record(session, Verb.ACCOUNT_ON, by=by, object_id=account_id)


def by_email(session: Session, email: str) -> Account | None:
    """The account of an address."""
    return session.scalars(select(Account).where(col(Account.email) == normal(email))).one_or_none()


def names(session: Session) -> dict[int | None, str]:
    """What everybody is called, by account id: those who are switched off, too."""
    query = select(col(Account.id), col(Account.name))
    return once(session, "names", None, lambda: dict(session.execute(query).all()))


def admins_only(by: By) -> None:
    """NotAllowed for a person who does not manage people."""
    if isinstance(by, Actor) and not by.manages_people:
        raise NotAllowed(ADMINS_ONLY)


def _locked(session: Session, account_id: int) -> Account:
    account = session.get(Account, account_id, with_for_update=True)
    if account is None:
        raise NotVisible("account")
    return account


def _id(account: Account) -> int:
    assert account.id is not None
    return account.id


def _roles(session: Session, account_id: int) -> set[Role]:
    return set(session.scalars(select(col(AccountRole.role)).where(col(AccountRole.account_id) == account_id)))


def _words(roles: Collection[Role]) -> str:
    return " ".join(sorted(roles))


def _keep_an_admin(session: Session, account_id: int) -> None:
    # Both rows are locked: two admins who remove each other at once must not both succeed.
    others = (
        select(Account)
        .join(AccountRole, col(AccountRole.account_id) == col(Account.id))
        .where(col(AccountRole.role) == Role.ADMIN, col(Account.active))
        .order_by(col(Account.id))
        .with_for_update()
    )
    if all(account.id == account_id for account in session.scalars(others)):
        raise Refused(LAST_ADMIN)


def _set_password(session: Session, account: Account, password: str) -> int:
    account.password_hash = passwords.hashed(password)
    account.failed_logins, account.last_failed_at = 0, None
    account_id = _id(account)
    _close_links(session, account_id)
    person = Actor(account_id, account.name, frozenset())
    events.record(session, Verb.PASSWORD, by=person, object_id=account_id, after="set")
    return account_id


def _link(session: Session, account_id: int, by: By) -> str:
    _close_links(session, account_id)
    token, at = secrets.token_urlsafe(32), now()
    session.add(
        Invitation(
            token_hash=sessions.hash_token(token),
            account_id=account_id,
            invited_by=by.account_id if isinstance(by, Actor) else None,
            created_at=at,
            expires_at=at + INVITED_FOR,
        )
    )
    return token


def _close_links(session: Session, account_id: int) -> None:
    session.execute(
        update(Invitation)
        .where(col(Invitation.account_id) == account_id, col(Invitation.used_at).is_(None))
        .values(used_at=now())
    )


def _invitation(session: Session, token: str, *, lock: bool = False) -> tuple[Invitation, Account]:
    query = select(Invitation).where(
        col(Invitation.token_hash) == sessions.hash_token(token),
        col(Invitation.used_at).is_(None),
        col(Invitation.expires_at) > now(),
    )
    found = session.scalars(query.with_for_update() if lock else query).one_or_none() if token else None
    account = session.get(Account, found.account_id) if found else None
    if found is None or account is None or not account.active:
        raise NotVisible(BAD_LINK)
    return found, account


def called(session: Session, named: Iterable[str], own_id: int) -> set[int]:
    """The accounts that are meant, 0 for nobody: by "me" (`own_id`), "none", an id or a part of a name."""
    found: set[int] = set()
    for name in named:
        if name in ("me", "none"):
            found.add(own_id if name == "me" else 0)
        elif name.isascii() and name.isdigit() and len(name) < 10:
            found.add(int(name))
        else:
            like = func.lower(col(Account.name)).contains(name.lower(), autoescape=True)
            found |= {i for i in session.scalars(select(col(Account.id)).where(like).limit(50)) if i}
    return found
