"""The lists of the desk: pages by keyset, counts that are kept or bounded, neighbours, what is new. It only reads.

Every statement carries `access.visible(by)`. Joined tips are in no list: they are shown at their target.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlmodel import Session, col

from tipline.core import access, counters, ranking, reply_drafts, similar, spam, tasks
from tipline.core.access import Actor
from tipline.core.filters import OPEN, Due, Filters
from tipline.core.listing import CAP, Listing
from tipline.core.orders import Cursor
from tipline.core.ranking import Ranking
from tipline.core.tasks import Done
from tipline.core.text import query as words
from tipline.models import (
    Account,
    Callout,
    LetterKind,
    Outgoing,
    SendState,
    Status,
    Tag,
    Tip,
    TipAccess,
    TipSeen,
    TipTag,
)
from tipline.models.outbox import HELD
from tipline.words import Sign

__all__ = [
    "CAP", "Counts", "Cursor", "Filters", "Page", "Row",
    "counts", "ids", "initials", "neighbours", "newer_than", "page", "tags",
]  # fmt: skip

_TROUBLE = (SendState.FAILED, SendState.UNKNOWN, SendState.BOUNCED)


@dataclass(frozen=True, slots=True)
class Row:
    """A tip in a list, with what else its two lines show; the reader's short name comes from core.readers."""

    tip: Tip
    callout: str  # slug
    tags: list[tuple[int, str]]
    assignee: str  # name, "" where nobody has it
    initials: str
    unread: bool
    outgoing_problem: bool
    overdue: bool
    signs: Sequence[Sign] = ()  # of spam, where it looks like it
    draft: bool = False  # this person has begun to write
    tasks: Done | None = None
    others: int = 0  # that say nearly the same


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. `count_capped`: there are `count` or more. `terms` are for core.text.excerpt and marked.
    `top` is where it begins, `next` where the following page does."""

    rows: list[Row]
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
    overdue: int = 0
    spam: int = 0
    everything: int = 0
    callouts: dict[int, int] = field(default_factory=dict)


def page(
    session: Session, filters: Filters, by: Actor, today: date, after: Cursor | None = None, limit: int = 50
) -> Page:
    """One page of the list, in its order. `today` is the day where the actor is."""
    listing = Listing(session, filters, by, today, fold=True)
    ranked = ranking.of_list(session, filters, listing)
    if ranked is not None:
        return _ranked_page(session, filters, ranked, by, today, after, limit)
    tips = listing.tips(after, limit + 1)
    if filters.counted:
        count, capped = listing.kept_count(), False
    elif after is None and len(tips) <= limit:
        count, capped = len(tips), False
    else:
        count = listing.capped()
        capped = count >= CAP
    rows = _rows(session, tips[:limit], by, today)
    top = listing.place(tips[0]) if tips else None
    last = listing.place(tips[limit - 1]) if len(tips) > limit else None
    return Page(rows, top, last, count, capped, words(filters.text).terms)


def _ranked_page(
    session: Session, filters: Filters, ranked: Ranking, by: Actor, today: date, after: Cursor | None, limit: int
) -> Page:
    here = ranked.after(after)
    tips = {tip.id: tip for tip in session.scalars(select(Tip).where(col(Tip.id).in_(here[:limit])))}
    rows = _rows(session, [tips[tip_id] for tip_id in here[:limit]], by, today)
    following = ranked.place(here[limit - 1]) if len(here) > limit else None
    return Page(rows, None, following, len(ranked.ids), False, words(filters.text).terms, ranked=True)


def ids(session: Session, filters: Filters, by: Actor, today: date, limit: int = 5000) -> list[int]:
    """The tips of the list, in its order: for a change to all of them. More than `limit` are cut off."""
    return Listing(session, filters, by, today).ids(limit)


def neighbours(
    session: Session, filters: Filters, tip_id: int, by: Actor, today: date
) -> tuple[int | None, int | None]:
    """The tips above and below this one in the list, whether or not it still is in it."""
    tip = access.tip(session, tip_id, by)
    listing = Listing(session, filters, by, today, fold=True)
    ranked = ranking.of_list(session, filters, listing)
    if ranked is not None and tip_id in ranked.ids:
        at = ranked.ids.index(tip_id)
        return next(reversed(ranked.ids[:at]), None), next(iter(ranked.ids[at + 1 :]), None)
    here = listing.place(tip)
    above, below = listing.ids(1, before=here), listing.ids(1, after=here)
    return above[0] if above else None, below[0] if below else None


def newer_than(session: Session, filters: Filters, by: Actor, cursor: Cursor | None, today: date) -> int:
    """How many tips stand in the list above a place (None: in all of it), at most CAP."""
    return Listing(session, filters, by, today, fold=True).capped(before=cursor)


def tags(session: Session, by: Actor) -> list[Tag]:
    """The tags that are on any tip the actor sees, by name: for suggestions."""
    used = (
        select(col(TipTag.tag_id))
        .join(Tip, col(Tip.id) == TipTag.tip_id)
        .where(col(TipTag.tag_id) == Tag.id, access.visible(by))
    )
    return list(session.scalars(select(Tag).where(exists(used)).order_by(col(Tag.folded))))


def counts(session: Session, by: Actor, today: date) -> Counts:
    """The numbers beside the lists: kept counters, restricted tips that name the actor, follow-ups by their index."""
    standings = [*counters.read(session, by), *_restricted(session, by)]

    def total(*statuses: Status, assignee: int | None = None) -> int:
        return sum(n for _, s, a, n in standings if s in (statuses or tuple(Status)) and assignee in (None, a))

    callouts: dict[int, int] = {}
    for callout_id, status, _, n in standings:
        if status in OPEN:
            callouts[callout_id] = callouts.get(callout_id, 0) + n
    return Counts(
        inbox=total(*OPEN),
        mine=total(*OPEN, assignee=by.account_id),
        unassigned=total(*OPEN, assignee=0),
        waiting=total(Status.WAITING),
        due=Listing(session, Filters(due=Due.NOW), by, today).capped(),
        overdue=Listing(session, Filters(due=Due.OVERDUE), by, today).capped(),
        spam=total(Status.SPAM),
        everything=total(),
        callouts=callouts,
    )


def _restricted(session: Session, by: Actor) -> counters.Counted:
    """Restricted tips that name the actor, as `counters.read` gives the others."""
    where = (col(Tip.callout_id), col(Tip.status), func.coalesce(col(Tip.assignee_id), 0))
    named = select(col(TipAccess.tip_id)).where(col(TipAccess.account_id) == by.account_id)
    mine = col(Tip.id).in_(named), col(Tip.restricted), col(Tip.joined_into).is_(None), access.visible(by)
    return session.execute(select(*where, func.count()).where(*mine).group_by(*where)).all()


def _rows(session: Session, tips: list[Tip], by: Actor, today: date) -> list[Row]:
    """What the rows of these tips show, by a fixed number of queries."""
    tip_ids = [tip.id for tip in tips]
    if not tip_ids:
        return []
    slugs = _pairs(
        session, select(col(Callout.id), col(Callout.slug)).where(col(Callout.id).in_({t.callout_id for t in tips}))
    )
    names = _pairs(
        session,
        select(col(Account.id), col(Account.name)).where(
            col(Account.id).in_({t.assignee_id for t in tips if t.assignee_id})
        ),
    )
    seen = _pairs(
        session,
        select(col(TipSeen.tip_id), col(TipSeen.seen_at)).where(
            col(TipSeen.tip_id).in_(tip_ids), col(TipSeen.account_id) == by.account_id
        ),
    )
    trouble = set(
        session.scalars(
            select(col(Outgoing.tip_id)).where(
                col(Outgoing.tip_id).in_(tip_ids),
                or_(col(Outgoing.state).in_(_TROUBLE), col(Outgoing.reason) == HELD),
                col(Outgoing.kind) == LetterKind.REPLY,
            )
        )
    )
    tagged: dict[int, list[tuple[int, str]]] = {}
    on_tips = select(col(TipTag.tip_id), col(Tag.id), col(Tag.name)).join(Tag, col(Tag.id) == TipTag.tag_id)
    for tip_id, tag_id, name in session.execute(
        on_tips.where(col(TipTag.tip_id).in_(tip_ids)).order_by(col(Tag.folded))
    ):
        tagged.setdefault(tip_id, []).append((tag_id, name))
    signs = spam.signs_of(session, spam.worth_saying(tips))
    begun, done = reply_drafts.on(session, [tip.id or 0 for tip in tips], by), tasks.counts(session, tip_ids)
    alike = similar.others(session, tips)
    return [
        Row(
            tip=tip,
            callout=slugs[tip.callout_id],
            tags=tagged.get(tip.id or 0, []),
            assignee=names.get(tip.assignee_id, ""),
            initials=initials(names.get(tip.assignee_id, "")),
            unread=tip.id not in seen or seen[tip.id] < tip.reader_wrote_at,
            outgoing_problem=tip.id in trouble,
            overdue=tip.follow_up_on is not None and tip.follow_up_on < today,
            signs=signs.get(tip.id or 0, ()),
            draft=tip.id in begun,
            tasks=done.get(tip.id or 0),
            others=alike.get(tip.id or 0, 0),
        )
        for tip in tips
    ]


def _pairs(session: Session, query: Any) -> dict[Any, Any]:
    return {key: value for key, value in session.execute(query)}  # noqa: C416


def initials(name: str) -> str:
    """Two letters for an avatar: first and last word's; of a Han name its last two characters."""
    parts = name.split()
    if not parts:
        return ""
    if len(parts) == 1:
        return parts[0][-2:] if not parts[0].isascii() else parts[0][:2].upper()
    return (parts[0][0] + parts[-1][0]).upper()
