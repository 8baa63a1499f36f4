"""How many tips stand where: counted in the transaction that moves them, since counting a million takes too long.

Restricted tips are in no counter (their number would say that they exist), and neither are merged ones.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Row, delete, func, insert, select
from sqlmodel import Session, col

from tipline.core import row_batches
from tipline.core.access import Actor
from tipline.core.counts import day_counts
from tipline.core.session_cache import once
from tipline.models import CalloutMember, QuestionCount, Role, Status, Tip, TipCount, Verification
from tipline.vocabularies import ConsentChoice, Source

Counted = Sequence[Row[int, Status, int, int]]  # callout, status, assignee or 0, how many


class CountedState(NamedTuple):
    """All that a tip is counted by."""

    callout_id: int
    day: date  # UTC
    source: Source
    language: str
    status: Status = Status.NEW
    assignee_id: int | None = None
    verification: Verification = Verification.UNVERIFIED
    consent: ConsentChoice = ConsentChoice.UNKNOWN


def standing(tip: Tip) -> CountedState:
    """Where a tip stands now: to be kept before a change, and given to `move` after it."""
    return CountedState(
        tip.callout_id,
        day_counts.day_of(tip.received_at),
        tip.source,
        tip.language,
        tip.status,
        tip.assignee_id,
        tip.verification,
        tip.consent,
    )


def move(session: Session, tip: Tip, before: CountedState | None, after: CountedState | None) -> None:
    """Count a tip where it stands after a change, and no longer where it stood before.

    `before` None: the tip is new here (made, or freed from restriction or from a join). `after` None: it leaves
    (merged, erased). To restrict a tip, call this with `after` None before `restricted` is set.
    """
    if tip.restricted or before == after or (tip.merged_into is not None and after is not None):
        return
    for place, by in ((before, -1), (after, 1)):
        if place is not None:
            count(session, place, by)


def count(session: Session, place: CountedState, by: int = 1) -> None:
    """Count one more (or fewer) at a place: a tip that is neither restricted nor joined.

    Written at the commit: whoever changes many tips would hold the counters of some while waiting for those of others.
    """
    row_batches.grow_last(session, TipCount, (place.callout_id, str(place.status), place.assignee_id or 0), by)
    day_counts.count(
        session,
        (place.callout_id, place.day),
        (str(place.source), place.language),
        (str(place.status), str(place.verification), str(place.consent)),
        by,
    )


def asked(session: Session, questions: Collection[int], answered: Collection[int]) -> None:
    """Count a form that put these questions to its reader, of which these were answered."""
    for question_id in questions:
        row_batches.grow(session, QuestionCount, (question_id, question_id in answered), 1)


def checked(session: Session) -> tuple[int, int]:
    """How many tips the counters hold, and how many there are to count; at one moment, whoever files meanwhile."""
    held = select(func.coalesce(func.sum(TipCount.n), 0)).scalar_subquery()
    there = select(func.count()).select_from(Tip).where(~col(Tip.restricted), col(Tip.merged_into).is_(None))
    row = session.execute(select(held, there.scalar_subquery())).one()
    return int(row[0]), int(row[1])


def rebuild(session: Session) -> None:
    """Count everything anew, for a repair. Reads the whole table, and nobody else should write meanwhile."""
    day_counts.rebuild(session)
    session.execute(delete(TipCount))
    where = (col(Tip.callout_id), col(Tip.status), func.coalesce(col(Tip.assignee_id), 0))
    counted = select(*where, func.count()).where(~col(Tip.restricted), col(Tip.merged_into).is_(None)).group_by(*where)
    session.execute(insert(TipCount).from_select(["callout_id", "status", "assignee_id", "n"], counted))


def read(session: Session, by: Actor) -> Counted:
    """(callout, status, assignee or 0, n) of all unrestricted tips of the actor's callouts."""
    if not by.sees_tips:
        return []
    return once(session, "standings", by, lambda: _read(session, by))


def _read(session: Session, by: Actor) -> Counted:
    row_batches.flush_last(session)
    query = select(col(TipCount.callout_id), col(TipCount.status), col(TipCount.assignee_id), col(TipCount.n))
    if Role.EDITOR not in by.roles:
        mine = select(col(CalloutMember.callout_id)).where(col(CalloutMember.account_id) == by.account_id)
        query = query.where(col(TipCount.callout_id).in_(mine))
    return session.execute(query.where(col(TipCount.n) != 0)).all()


def by_callout(session: Session, by: Actor) -> dict[int, int]:
    """How many unrestricted tips each of the actor's callouts has; those that have none are left out."""
    found: dict[int, int] = {}
    for callout_id, _status, _assignee, n in read(session, by):
        found[callout_id] = found.get(callout_id, 0) + n
    return found


def total(
    session: Session,
    by: Actor,
    callouts: Collection[int] | None,
    statuses: Collection[Status],
    assignees: Collection[int] | None = None,
) -> int:
    """How many unrestricted tips the actor has in these callouts (None: in any), statuses (empty: in any) and with
    these assignees (0 is nobody, None anybody)."""
    return sum(
        n
        for callout_id, status, assignee_id, n in read(session, by)
        if (callouts is None or callout_id in callouts)
        and (not statuses or status in statuses)
        and (assignees is None or assignee_id in assignees)
    )
