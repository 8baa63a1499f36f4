"""Who was found by name. To find a tip by what its reader is called is a look at their identity, and is recorded: once
for each person and tip in an hour, by ids alone."""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

from sqlmodel import Session, col, select

from tipline.core import events, search
from tipline.core.access import Actor
from tipline.core.filters import Filters
from tipline.db import now
from tipline.models import Event, Tip, Verb

ONCE_IN = timedelta(hours=1)
BY_NAME = "name"  # what `after` says of such a look


def new(session: Session, filters: Filters, tips: Sequence[Tip], by: Actor) -> list[int]:
    """Those of some listed tips whose reader is called as was typed, without those of which it is recorded already."""
    if not tips or not (filters.text or filters.names) or not by.works_tips:
        return []
    places = [(tip.id or 0, tip.received_at) for tip in tips]
    called = search.called(session, (filters.text, *filters.names), places, by)
    return sorted(called - _recorded(session, called, by)) if called else []


def record(session: Session, tip_ids: Iterable[int], by: Actor) -> None:
    """Write down that somebody found these tips by name."""
    for tip_id in tip_ids:
        events.note(session, Verb.IDENTITY_SEEN, by=by, tip_id=tip_id, after=BY_NAME)


def _recorded(session: Session, tip_ids: Collection[int], by: Actor) -> set[int]:
    looks = col(Event.verb) == Verb.IDENTITY_SEEN, col(Event.after) == BY_NAME, col(Event.at) > now() - ONCE_IN
    found = select(col(Event.tip_id)).where(col(Event.tip_id).in_(tip_ids), *looks)
    return {one for one in session.scalars(found.where(col(Event.account_id) == by.account_id)) if one}
