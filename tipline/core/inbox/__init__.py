"""The lists of the desk: pages by keyset, counts that are kept or bounded, neighbours, what is new. It only reads.

Every statement carries `access.visible(by)`. Joined tips are in no list: they are shown at their target.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Row as DatabaseRow
from sqlalchemy import Select, exists, func, or_, select, union_all
from sqlmodel import Session, col

from tipline.core import access
from tipline.core.access import Actor
from tipline.core.counts import counters
from tipline.core.filters import OPEN, Due, Filters
from tipline.core.filters.orders import Cursor
from tipline.core.inbox import list_rows, ranking
from tipline.core.inbox.list_rows import ListRow
from tipline.core.inbox.listing import CAP, TipList
from tipline.core.inbox.ranking import Ranking
from tipline.core.text.search_query import query as words
from tipline.core.tips import reminders
from tipline.models import (
    Callout,
    Status,
    Tag,
    Tip,
    TipAccess,
    TipTag,
)

__all__ = [
    "CAP", "Counts", "Cursor", "Filters", "ListPage",
    "counts", "ids", "neighbours", "newer_than", "page", "tags",
]  # fmt: skip


NEWEST_TAGGED = 20  # tips of each tag that are looked at for suggestions
NEWEST_OF_CALLOUT = 300  # and of each callout
CALLOUTS_PER_STATEMENT = 100  # callouts in one statement; SQLite takes 500


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a list. `count_capped`: there are `count` or more. `terms` are for `excerpt` and `marked` of
    core.text.search_query. `top` is where it begins, `next` where the following page does."""

    rows: list[ListRow]
    top: Cursor | None
    next: Cursor | None
    count: int
    count_capped: bool
    terms: tuple[str, ...] = ()
    ranked: bool = False  # the best first


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers of the rail. `inbox` and `callouts` are open work, `due` is today or earlier, without spam."""

    inbox: int = 0
    mine: int = 0
    unassigned: int = 0
    waiting: int = 0
    due: int = 0
    spam: int = 0
    everything: int = 0
    callouts: dict[int, int] = field(default_factory=dict)


def page(
    session: Session, filters: Filters, by: Actor, today: date, after: Cursor | None = None, limit: int = 50
) -> ListPage:
    """One page of the list, in its order. `today` is the day where the actor is."""
    listing = TipList(session, filters, by, today, fold=True)
    ranked = ranking.of_list(session, filters, listing, by)
    if ranked is not None:
        return _ranked_page(session, filters, ranked, by, today, after, limit)
    tips = listing.tips(after, limit + 1)
    whole = after is None and len(tips) <= limit and not filters.counted
    count, capped = (len(tips), False) if whole else listing.count()
    count = max(count, len(tips))
    rows = list_rows.of(session, tips[:limit], by, today)
    top = listing.place(tips[0]) if tips else None
    last = listing.place(tips[limit - 1]) if len(tips) > limit else None
    return ListPage(rows, top, last, count, capped, words(filters.text).terms)


def _ranked_page(
    session: Session, filters: Filters, ranked: Ranking, by: Actor, today: date, after: Cursor | None, limit: int
) -> ListPage:
    here = ranked.after(after)
    tips = {tip.id: tip for tip in session.scalars(select(Tip).where(col(Tip.id).in_(here[:limit])))}
    rows = list_rows.of(session, [tips[tip_id] for tip_id in here[:limit]], by, today)
    following = ranked.place(here[limit - 1]) if len(here) > limit else None
    return ListPage(rows, None, following, len(ranked.ids), False, words(filters.text).terms, ranked=True)


def ids(session: Session, filters: Filters, by: Actor, today: date, limit: int = 5000) -> list[int]:
    """The tips of the list, in its order: for a change to all of them. More than `limit` are cut off."""
    return TipList(session, filters, by, today).ids(limit)


def neighbours(
    session: Session, filters: Filters, tip_id: int, by: Actor, today: date
) -> tuple[int | None, int | None]:
    """The tips above and below this one in the list, whether or not it still is in it."""
    tip = access.tip(session, tip_id, by)
    listing = TipList(session, filters, by, today, fold=True)
    ranked = ranking.of_list(session, filters, listing, by)
    if ranked is not None and tip_id in ranked.ids:
        at = ranked.ids.index(tip_id)
        return next(reversed(ranked.ids[:at]), None), next(iter(ranked.ids[at + 1 :]), None)
    here = listing.place(tip)
    above, below = listing.ids(1, before=here), listing.ids(1, after=here)
    return above[0] if above else None, below[0] if below else None


def newer_than(session: Session, filters: Filters, by: Actor, cursor: Cursor | None, today: date) -> int:
    """How many tips stand in the list above a place (None: in all of it), at most CAP."""
    return TipList(session, filters, by, today, fold=True).capped(before=cursor)


def tags(session: Session, by: Actor) -> list[Tag]:
    """The tags that are on tips the actor sees, by name: for suggestions, and so of the newest tips alone, of each
    callout and with each tag. A tag of others may be on a hundred thousand tips, of which none is theirs."""
    newest: Select[Any] = select(col(TipTag.tip_id).label("tip_id")).where(col(TipTag.tag_id) == Tag.id)
    newest = newest.order_by(col(TipTag.tip_id).desc()).limit(NEWEST_TAGGED)
    of_tag = newest.correlate(Tag).subquery()
    seen = exists(select(of_tag.c.tip_id).join(Tip, col(Tip.id) == of_tag.c.tip_id).where(access.visible(by)))
    found = or_(col(Tag.id).in_(_of_callouts(session, by)), seen)
    return list(session.scalars(select(Tag).where(found).order_by(col(Tag.folded))))


def _of_callouts(session: Session, by: Actor) -> set[int]:
    """The tags of the newest tips of each callout that the actor sees."""

    def tagged(callout_id: int) -> Select[Any]:
        mine = select(col(Tip.id)).where(col(Tip.callout_id) == callout_id, access.visible(by))
        newest = mine.order_by(col(Tip.received_at).desc(), col(Tip.id).desc()).limit(NEWEST_OF_CALLOUT).subquery()
        return select(col(TipTag.tag_id)).join(newest, newest.c.id == col(TipTag.tip_id)).distinct()

    callouts = [i for i in session.scalars(select(col(Callout.id)).where(access.callouts_of(by))) if i]
    found: set[int] = set()
    for start in range(0, len(callouts), CALLOUTS_PER_STATEMENT):
        found.update(session.scalars(union_all(*map(tagged, callouts[start : start + CALLOUTS_PER_STATEMENT]))))
    return found


def counts(session: Session, by: Actor, today: date) -> Counts:
    """The numbers beside the lists: kept counters, tips of which they do not know all, follow-ups by their index."""
    standing: Counter[Status] = Counter()
    shown: Counter[tuple[int, int]] = Counter()  # open work by callout and assignee
    for callout_id, status, assignee_id, n in counters.read(session, by):
        standing[status] += n
        shown[callout_id, assignee_id] += n if status in OPEN else 0
    for callout_id, status, assignee_id, restricted, put_off, n in _uncounted(session, by, today):
        standing[status] += n if restricted else 0
        shown[callout_id, assignee_id] += (restricted - put_off) * n if status in OPEN else 0
    callouts: Counter[int] = Counter()
    assignees: Counter[int] = Counter()
    for (callout_id, assignee_id), n in shown.items():
        callouts[callout_id] += n
        assignees[assignee_id] += n
    return Counts(
        inbox=callouts.total(),
        mine=assignees[by.account_id],
        unassigned=assignees[0],
        waiting=standing[Status.WAITING],
        due=TipList(session, Filters(due=Due.NOW), by, today).capped(),
        spam=standing[Status.SPAM],
        everything=standing.total(),
        callouts=callouts,
    )


def _uncounted(session: Session, by: Actor, today: date) -> Sequence[DatabaseRow[int, Status, int, bool, bool, int]]:
    """Tips of which the counters do not know all: restricted ones that name the actor (of which they know nothing), and
    those that are put off. Callout, status, assignee or 0, whether restricted, whether put off, how many."""
    named = select(col(TipAccess.tip_id)).where(col(TipAccess.account_id) == by.account_id)
    where = (
        col(Tip.callout_id),
        col(Tip.status),
        func.coalesce(col(Tip.assignee_id), 0).label("assignee"),
        col(Tip.restricted),
        reminders.put_off(today).label("put_off"),
    )
    ids = union_all(named, reminders.ids_put_off(today))
    query = select(*where, func.count()).where(col(Tip.id).in_(ids), col(Tip.merged_into).is_(None), access.visible(by))
    return session.execute(query.group_by(where[0], where[1], "assignee", where[3], "put_off")).all()
