"""Who will see tips, and who won't any more, when many of them go to another callout: said before they go."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row, case, func, select
from sqlmodel import Session, col

from tipline.core import access
from tipline.core.access import Actor
from tipline.core.accounts import teams
from tipline.core.accounts.teams import Audience, MovingTips
from tipline.core.filters import Filters
from tipline.core.inbox.listing import TipList
from tipline.core.triage import moving
from tipline.errors import NotAllowed, NotVisible
from tipline.models import BulkChange, Event, Tip, Verb

MAX_TIPS = 10_000  # tips of a list that are looked at; what is behind them is said with less certainty

# As which of them a tip counts: where it stands, whose it is, and which it is where it is restricted.
_RESTRICTED = case((col(Tip.restricted), col(Tip.id)), else_=None).label("restricted")
_COLUMNS = (
    col(Tip.callout_id),
    _RESTRICTED,
    col(Tip.assignee_id),
    col(Tip.merged_into).is_not(None).label("merged"),
)


@dataclass(frozen=True, slots=True)
class VisibilityPreview:
    """What moving tips to a callout would do now.

    `sources`: how many go out of which callout. With `more` it is a list that is longer than MOST, and there may be
    others. What stays where it is: `there` already, `merged` into another tip, `gone` from this person's sight since
    it was ticked. `newest`: the last tip there was, so that none goes that came later.
    """

    callout_id: int
    sources: dict[int, int]
    audience: Audience
    restricted: int = 0
    there: int = 0
    merged: int = 0
    gone: int = 0
    more: bool = False
    newest: int = 0

    @property
    def tips(self) -> int:
        """How many go."""
        return sum(self.sources.values())


def of_selected(session: Session, ids: Sequence[int], callout_id: int, by: Actor) -> VisibilityPreview:
    """What becomes of these tips. NotVisible where the person does not see the callout."""
    _may(session, callout_id, by)
    seen = select(*_COLUMNS).where(col(Tip.id).in_(ids), access.visible(by)).subquery()
    found = session.execute(select(*seen.c, func.count()).group_by(*seen.c)).all()
    return _outlook(session, found, callout_id, gone=len(ids) - sum(row[-1] for row in found))


def of_list(session: Session, filters: Filters, callout_id: int, by: Actor, today: date) -> VisibilityPreview:
    """What becomes of all that match a list. NotVisible where the person does not see the callout."""
    _may(session, callout_id, by)
    listing = TipList(session, filters, by, today)
    found = listing.spread(MAX_TIPS, *_COLUMNS)
    more = sum(row[-1] for row in found) >= MAX_TIPS
    return _outlook(session, found, callout_id, beyond=listing.sources() if more else ())


def of_change(session: Session, change: BulkChange) -> Audience:
    """What a change that moved tips did to who sees them."""
    callout_id = next((int(value) for verb, value in change.steps if verb == "move"), 0)
    moved = col(Event.bulk_id) == change.id, col(Event.verb) == Verb.MOVED
    whose = select(col(Event.before), _RESTRICTED).join(Tip, col(Tip.id) == col(Event.tip_id)).where(*moved).subquery()
    rows = session.execute(select(*whose.c, func.count()).group_by(*whose.c))
    going = [MovingTips(int(before), restricted, None, n) for before, restricted, n in rows]
    return teams.audience_of(session, going, callout_id)


def _may(session: Session, callout_id: int, by: Actor) -> None:
    if not by.works_tips:
        raise NotAllowed(access.READS_ONLY)
    if not moving.may_go_to(session, callout_id, by):
        raise NotVisible("callout")


def _outlook(
    session: Session, found: Sequence[Row[*tuple[int, int | None, int | None, bool, int]]], callout_id: int, *,
    gone: int = 0, beyond: Collection[int] = (),
) -> VisibilityPreview:  # fmt: skip
    going = [MovingTips(*row[:3], row[-1]) for row in found if not row.merged and row.callout_id != callout_id]
    sources = Counter[int]()
    for one in going:
        sources[one.callout_id] += one.tips
    unseen = [MovingTips(other, tips=0) for other in beyond if other not in sources]
    return VisibilityPreview(
        callout_id,
        dict(sources.most_common()),
        teams.audience_of(session, [*going, *unseen], callout_id),
        restricted=sum(one.tips for one in going if one.restricted is not None),
        there=sum(row[-1] for row in found if not row.merged and row.callout_id == callout_id),
        merged=sum(row[-1] for row in found if row.merged),
        gone=gone,
        more=bool(beyond),
        newest=session.scalar(select(func.max(col(Tip.id)))) or 0,
    )
