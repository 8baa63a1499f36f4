"""Teams: which reporters and viewers see the tips of a callout. Editors see all, and are on none."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlmodel import Session, col

from tipline.core import callouts, events
from tipline.core.access import Actor
from tipline.models import Account, AccountRole, CalloutMember, Role, Tip, TipAccess, Verb


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who can be on a team."""

    account_id: int
    name: str
    roles: frozenset[Role]


def candidates(session: Session) -> list[Candidate]:
    """The active reporters and viewers, by name."""
    roles: dict[int, set[Role]] = {}
    for row in session.scalars(select(AccountRole)):
        roles.setdefault(row.account_id, set()).add(row.role)
    people = session.scalars(select(Account).where(col(Account.active)).order_by(func.lower(Account.name)))
    found = [Candidate(person.id or 0, person.name, frozenset(roles.get(person.id or 0, ()))) for person in people]
    return [one for one in found if one.roles & {Role.REPORTER, Role.VIEWER} and Role.EDITOR not in one.roles]


def members(session: Session, callout_id: int) -> set[int]:
    """The ids of the accounts on a callout's team."""
    query = select(col(CalloutMember.account_id)).where(col(CalloutMember.callout_id) == callout_id)
    return set(session.scalars(query))


def put(session: Session, callout_id: int, wanted: Collection[int], by: Actor) -> None:
    """Make a callout's team these people; ids that are no candidate's are left out. Others on it, such as people who
    are switched off, stay."""
    callouts.for_edit(session, callout_id, by, lock=True)
    possible = {one.account_id for one in candidates(session)}
    before = members(session, callout_id) & possible
    after = possible & set(wanted)
    mine = col(CalloutMember.callout_id) == callout_id
    session.execute(delete(CalloutMember).where(mine, col(CalloutMember.account_id).in_(before - after)))
    session.add_all(CalloutMember(callout_id=callout_id, account_id=id_) for id_ in sorted(after - before))
    for id_ in sorted(before ^ after):
        gone, come = (str(callout_id), "") if id_ in before else ("", str(callout_id))
        events.record(session, Verb.TEAM, by=by, object_id=id_, before=gone, after=come)
    session.flush()


@dataclass(frozen=True, slots=True)
class Audience:
    """Who sees a tip no longer, and who sees it now, when it goes to another callout; by name."""

    lose: list[str]
    gain: list[str]


def audience(session: Session, tip: Tip, before: int, after: int) -> Audience:
    """What a change of callout does to who sees a tip. On a restricted one only the named count."""
    if before == after:
        return Audience([], [])
    people = {one.account_id: one.name for one in candidates(session)}
    if tip.restricted:
        named = select(col(TipAccess.account_id)).where(col(TipAccess.tip_id) == tip.id)
        people = {id_: people[id_] for id_ in session.scalars(named) if id_ in people}
    old, new = members(session, before) & people.keys(), members(session, after) & people.keys()
    return Audience(sorted(people[id_] for id_ in old - new), sorted(people[id_] for id_ in new - old))
