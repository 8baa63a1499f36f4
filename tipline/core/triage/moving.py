"""A tip goes to another callout, and with it to another team."""

from typing import Unpack

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import access, consent, events
from tipline.core.access import Actor
from tipline.core.counts import counters, day_counts
from tipline.core.events import Cause
from tipline.core.similar import clusters
from tipline.core.tips import merged
from tipline.db import now
from tipline.errors import NotVisible, Refused
from tipline.models import Callout, Event, Publication, Tip, Verb
from tipline.vocabularies import N_

THERE = N_("The tip is in this callout already.")
MERGED = N_("This tip was merged into another. Move that one.")


def move(session: Session, tip_id: int, callout_id: int, by: Actor, **cause: Unpack[Cause]) -> list[Event]:
    """Give a tip to another callout: who sees it changes. Its answers keep the words that they answered.

    What was merged into it goes along where it was in the same callout. What of it is public leaves the page, which is
    the other callout's. An assignee who does not see it any more has it no longer. NotVisible where the person sees
    tip or callout not; Refused where it is there already.
    """
    tip = access.tip_to_work(session, tip_id, by)
    if tip.merged_into is not None:
        raise Refused(MERGED)
    if tip.callout_id == callout_id:
        raise Refused(THERE)
    if not may_go_to(session, callout_id, by):
        raise NotVisible("callout")
    former = tip.callout_id
    for one in merged.family(session, tip_id, lock=True):
        if one.callout_id == former:
            _put(session, one, callout_id)
    _off_the_page(session, tip, callout_id, by)
    # Before the moving itself: what is taken back newest first is there again when its assignee is to have it.
    unassigned = _unassign(session, tip, by, cause)
    event = events.record(session, Verb.MOVED, by=by, tip_id=tip_id, before=str(former), after=str(callout_id), **cause)
    tip.updated_at = event.at
    session.add(tip)
    session.flush()
    return [event, *unassigned]


def may_go_to(session: Session, callout_id: int, by: Actor) -> bool:
    """Whether a person may move tips to a callout: they see those that it has."""
    query = select(col(Callout.id)).where(col(Callout.id) == callout_id, access.callouts_of(by))
    return session.scalars(query).first() is not None


def undo(session: Session, tip: Tip, event: Event, by: Actor, bulk_id: int | None = None) -> list[Event]:
    """Back to where it was; [] where it was moved on since."""
    if str(tip.callout_id) != event.after:
        return []
    return move(session, tip.id or 0, int(event.before), by, undoes=event.id, bulk_id=bulk_id)


def _put(session: Session, tip: Tip, callout_id: int) -> None:
    before = counters.standing(tip)
    tip.callout_id = callout_id
    session.add(tip)
    day_counts.moved(session, tip, before.callout_id)
    clusters.forget(session, tip.id or 0)
    if tip.merged_into is None:
        counters.move(session, tip, before, counters.standing(tip))


def _off_the_page(session: Session, tip: Tip, callout_id: int, by: Actor) -> None:
    for item in session.scalars(select(Publication).where(col(Publication.tip_id) == tip.id)).all():
        if item.published_at is not None:
            consent.take_off(session, item, by)
        item.callout_id, item.changed_at = callout_id, now()
        session.add(item)
    session.flush()


def _unassign(session: Session, tip: Tip, by: Actor, cause: Cause) -> list[Event]:
    if tip.assignee_id is None:
        return []
    holder = access.actor(session, tip.assignee_id)
    if holder is not None and holder.works_tips and access.sees(session, tip.id or 0, holder):
        return []
    before = counters.standing(tip)
    of = Cause(bulk_id=cause.get("bulk_id"))  # it takes nothing back, whatever the moving does
    event = events.record(session, Verb.ASSIGNED, by=by, tip_id=tip.id, before=str(tip.assignee_id), **of)
    tip.assignee_id = None
    session.add(tip)
    session.flush()
    counters.move(session, tip, before, counters.standing(tip))
    return [event]
