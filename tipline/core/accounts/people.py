"""Everybody with an account, and the teams they can be on: what the people page shows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from tipline.core.access import Actor
from tipline.core.accounts import admins_only
from tipline.db import now
from tipline.models import (
    Account,
    AccountRole,
    Callout,
    CalloutMember,
    CalloutText,
    Invitation,
    LoginSession,
    Role,
)


@dataclass(frozen=True, slots=True)
class Team:
    """A callout, as something that people are on."""

    callout_id: int
    title: str


@dataclass(frozen=True, slots=True)
class Person:
    """An account as the people page shows it."""

    id: int
    name: str
    email: str
    active: bool
    roles: frozenset[Role]
    teams: list[Team]
    seen_at: datetime | None
    invited_until: datetime | None  # a link is open
    has_password: bool


def people(session: Session, by: Actor) -> list[Person]:
    """Everybody with an account: those who can sign in first, by name."""
    admins_only(by)
    roles: dict[int, set[Role]] = {}
    for row in session.scalars(select(AccountRole)):
        roles.setdefault(row.account_id, set()).add(row.role)
    titles = {team.callout_id: team for team in teams(session, by)}
    on: dict[int, list[Team]] = {}
    for member in session.scalars(select(CalloutMember)):
        on.setdefault(member.account_id, []).append(titles[member.callout_id])
    seen = session.execute(
        select(col(LoginSession.account_id), func.max(LoginSession.seen_at)).group_by(col(LoginSession.account_id))
    )
    seen_at = {row[0]: row[1] for row in seen}
    open_links = select(Invitation).where(col(Invitation.used_at).is_(None), col(Invitation.expires_at) > now())
    until = {link.account_id: link.expires_at for link in session.scalars(open_links)}
    found = []
    for account in session.scalars(select(Account).order_by(col(Account.active).desc(), func.lower(Account.name))):
        id_ = account.id or 0
        found.append(
            Person(
                id_,
                account.name,
                account.email,
                account.active,
                frozenset(roles.get(id_, ())),
                on.get(id_, []),
                seen_at.get(id_),
                until.get(id_),
                bool(account.password_hash),
            )
        )
    return found


def teams(session: Session, by: Actor) -> list[Team]:
    """Every callout, by its title in its first language: an admin puts people on teams without seeing their tips."""
    admins_only(by)
    texts = {(text.callout_id, text.language): text.title for text in session.scalars(select(CalloutText))}
    found = []
    for callout in session.scalars(select(Callout).order_by(col(Callout.id).desc())):
        first = callout.languages[0] if callout.languages else ""
        found.append(Team(callout.id or 0, texts.get((callout.id or 0, first)) or callout.slug))
    return found
