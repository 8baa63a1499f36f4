"""Teams: which reporters and viewers see the tips of a callout. Editors see all, and are on none."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, delete, func, select
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
class MovingTips:
    """Tips of one callout that go to another, and who has them. A restricted one stands by itself, with its id."""

    callout_id: int
    restricted: int | None = None
    assignee_id: int | None = None
    tips: int = 1


@dataclass(frozen=True, slots=True)
class AudienceMember:
    """Somebody who sees more or fewer tips than before, and how many of those that go."""

    name: str
    tips: int


@dataclass(frozen=True, slots=True)
class Audience:
    """Who sees tips no longer, and who sees them now, when they go to another callout; by name. `unassigned`: how many
    are with somebody who sees them no longer, and so with nobody from then on."""

    lose: list[AudienceMember]
    gain: list[AudienceMember]
    unassigned: int = 0


def audience(session: Session, tip: Tip, after: int) -> Audience:
    """What another callout does to who sees a tip."""
    return audience_of(
        session, [MovingTips(tip.callout_id, tip.id if tip.restricted else None, tip.assignee_id)], after
    )


def audience_of(session: Session, tips: Sequence[MovingTips], after: int) -> Audience:
    """What another callout does to who sees tips. On restricted ones only the named count."""
    people = {one.account_id: one.name for one in candidates(session)}
    named = _named(session, [one.restricted for one in tips if one.restricted is not None])
    teams = _teams(session, {after, *(one.callout_id for one in tips)})
    lose, gain, unassigned = Counter[int](), Counter[int](), 0
    for one in tips:
        may = people.keys() if one.restricted is None else people.keys() & named.get(one.restricted, set())
        old, new = (teams.get(callout_id, set()) & may for callout_id in (one.callout_id, after))
        lose.update(dict.fromkeys(old - new, one.tips))
        gain.update(dict.fromkeys(new - old, one.tips))
        unassigned += one.tips if one.assignee_id in old - new else 0

    def by_name(found: Counter[int]) -> list[AudienceMember]:
        return sorted((AudienceMember(people[id_], n) for id_, n in found.items()), key=lambda seer: seer.name)

    return Audience(by_name(lose), by_name(gain), unassigned)


def _named(session: Session, tip_ids: Collection[int]) -> dict[int, set[int]]:
    """Who is named on restricted tips."""
    rows = select(col(TipAccess.tip_id), col(TipAccess.account_id)).where(col(TipAccess.tip_id).in_(tip_ids))
    return _grouped(session, rows) if tip_ids else {}


def _teams(session: Session, callout_ids: Collection[int]) -> dict[int, set[int]]:
    rows = select(col(CalloutMember.callout_id), col(CalloutMember.account_id))
    return _grouped(session, rows.where(col(CalloutMember.callout_id).in_(callout_ids)))


def _grouped(session: Session, rows: Select[int, int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for key, account_id in session.execute(rows):
        found[key].add(account_id)
    return found
