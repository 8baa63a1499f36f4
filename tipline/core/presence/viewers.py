"""Who has a tip open now, and who is writing there. A row is good for half a minute, then it says nothing any more."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, tuple_
from sqlmodel import Session, col

from tipline.core import access
from tipline.core.access import Actor
from tipline.core.following import TOLD, by_others
from tipline.core.presence.page_state import PageState
from tipline.db import now
from tipline.models import Account, Event, Presence, Tip

GOOD_FOR = timedelta(seconds=30)
AGAIN_AFTER = timedelta(seconds=15)  # pages ask every ten seconds, and not each of them is worth a write


@dataclass(frozen=True, slots=True)
class PresentColleague:
    """A colleague at a tip."""

    tip_id: int
    name: str
    writing: bool


def is_due(session: Session, tip_id: int, by: Actor, *, writing: bool) -> bool:
    """Whether `note` has something to write. NotVisible where the tip is not theirs to see."""
    access.tip(session, tip_id, by)
    row = session.get(Presence, (tip_id, by.account_id))
    return row is None or row.writing != writing or row.at < now() - AGAIN_AFTER


def note(session: Session, tip_id: int, by: Actor, *, writing: bool) -> None:
    """The person has the tip open. No event: it is gone in a moment. What others left long ago goes with it."""
    access.tip(session, tip_id, by)
    access.in_one_window(session, by)
    row = session.get(Presence, (tip_id, by.account_id)) or Presence(tip_id=tip_id, account_id=by.account_id, at=now())
    row.writing, row.at = writing, now()
    session.add(row)
    tidy(session)


def tidy(session: Session) -> None:
    """What others left long ago goes. A row that its person writes anew at this moment is left alone: two who wait for
    each other's would wait for ever."""
    key = col(Presence.tip_id), col(Presence.account_id)
    old = select(*key).where(col(Presence.at) < now() - GOOD_FOR).with_for_update(skip_locked=True)
    session.execute(delete(Presence).where(tuple_(*key).in_(old)))


def leave(session: Session, tip_id: int, by: Actor) -> None:
    """The person went on to something else."""
    mine = col(Presence.account_id) == by.account_id
    session.execute(delete(Presence).where(col(Presence.tip_id) == tip_id, mine))


def present(session: Session, by: Actor) -> list[PresentColleague]:
    """Who else is at a tip that this person sees, by name; those who write come first."""
    rows = session.execute(
        select(col(Presence.tip_id), col(Account.name), col(Presence.writing))
        .join(Account, col(Account.id) == col(Presence.account_id))
        .join(Tip, col(Tip.id) == col(Presence.tip_id))
        .where(col(Presence.at) >= now() - GOOD_FOR, col(Presence.account_id) != by.account_id)
        .where(col(Account.active), access.visible(by))
        .order_by(col(Presence.writing).desc(), col(Account.name))
    )
    return [PresentColleague(*row) for row in rows]


def changed(session: Session, tip_ids: Collection[int], since: PageState, by: Actor) -> list[int]:
    """Which of these tips others have changed since a page was drawn, as far as this person sees them."""
    if not tip_ids:
        return []
    query = (
        select(col(Tip.id))
        .where(col(Tip.id).in_(tip_ids), access.visible(by))
        .where(
            select(col(Event.id))
            .where(col(Event.tip_id) == Tip.id, since.later(), col(Event.verb).in_(TOLD))
            .where(by_others(by.account_id))
            .exists()
        )
    )
    return [found for found in session.scalars(query) if found]
