"""One change to several tips: what one click did, however many tips it touched, and the one way back from it.

A selection is changed at once. All that match a list are changed piece by piece, each piece in a transaction of its
own, so that others get their turn and a process that is killed goes on where it was. Whoever does a piece holds the
row's lock meanwhile: the worker and the page that watches it never do the same one twice.
"""

import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, or_, select, text
from sqlmodel import Session, col

from tipline.core import access, events, outbox, tags, triage
from tipline.core.access import Actor
from tipline.core.bulk import steps
from tipline.core.bulk.steps import WRITE, BulkStep, StepsOutcome
from tipline.core.filters import Filters, Sort
from tipline.core.filters.orders import ORDERS, Cursor
from tipline.core.inbox import named_queries
from tipline.core.inbox.listing import CAP, TipList
from tipline.core.tags import merging
from tipline.db import now
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.models import Account, BulkChange, BulkState, Event, Outgoing, Tag, Tip, Verb
from tipline.models.macro import UNDER_WAY
from tipline.vocabularies import N_

TIPS_PER_TRANSACTION = 200  # tips in one transaction
GONE = N_("The account that began this may change tips no longer.")
UNDONE = N_("This was already undone.")
NOT_ENDED = N_("It is still at work. Cancel it first.")
MANY = N_("Choose at most 200 tips, or all that match.")


Act = Callable[[int, int], StepsOutcome]  # what is done to a tip, for a change


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a selection's change did: its row, the tips that changed, and why some could not, "" for none."""

    change: BulkChange
    tips: tuple[int, ...]
    refused: str


def at_once(session: Session, ids: Sequence[int], wanted: Sequence[BulkStep], by: Actor, today: date) -> Outcome:
    """Do steps to a few tips, as one change. Tips that are not there for this person are passed over."""
    if len(ids) > TIPS_PER_TRANSACTION:
        raise Refused(MANY)
    steps.check(session, wanted)
    return as_one(session, ids, wanted, by, _doing(session, wanted, by, today))


def as_one(session: Session, ids: Sequence[int], wanted: Sequence[BulkStep], by: Actor, act: Act) -> Outcome:
    """Do to each of a few tips what steps say in a word, as one change."""
    change = _new(session, wanted, by, total=len(ids))
    touched, refused = _do(session, change, ids, act)
    change.looked_at, change.changed = len(ids), len(touched)
    _end(session, change, BulkState.DONE)
    return Outcome(change, touched, refused)


def begin(
    session: Session, filters: Filters, wanted: Sequence[BulkStep], by: Actor, today: date, *, newest: int | None = None
) -> BulkChange:
    """Begin a change to all tips that match a list now; `go_on` does its pieces. `newest`: the last tip that the person
    knew of, where they were shown what it will do."""
    if not by.works_tips:
        raise NotAllowed(access.READS_ONLY)
    steps.check(session, wanted)
    listing = TipList(session, filters, by, today)
    total = listing.kept_count() if filters.counted else listing.capped()
    query = named_queries.sealed(session, filters.understood().query(), by)
    change = _new(session, wanted, by, total=total, query=query)
    last = session.scalar(select(func.max(col(Tip.id)))) or 0
    change.newest_id = last if newest is None else min(newest, last)
    if has_history(change):
        events.record(session, Verb.BULK, by=by, object_id=change.id)
    return change


def begin_undo(session: Session, change_id: int, by: Actor) -> BulkChange:
    """Begin to take a change back: each of its events by its inverse, where the value is still what it left."""
    mine(session, change_id, by)
    change = _held(session, change_id)  # of two clicks one takes it back
    if change.state is BulkState.RUNNING:
        raise Refused(NOT_ENDED)
    if session.scalars(select(col(BulkChange.id)).where(col(BulkChange.undoes) == change_id)).first() is not None:
        raise Refused(UNDONE)
    written = session.scalar(select(func.count()).where(*_written(change))) or 0
    return _new(session, (), by, total=written, undoes=change_id)


def mine(session: Session, change_id: int, by: Actor) -> BulkChange:
    """A person's own change. NotVisible where it is somebody else's."""
    row = session.get(BulkChange, change_id)
    if row is None or row.account_id != by.account_id:
        raise NotVisible("bulk_change")
    return row


def running(session: Session, by: Actor) -> list[BulkChange]:
    """A person's changes that are under way, the last one first."""
    at_work = text(UNDER_WAY), col(BulkChange.account_id) == by.account_id
    return sorted(session.scalars(select(BulkChange).where(*at_work)), key=lambda row: -(row.id or 0))


def tips_of(session: Session, change_id: int, limit: int) -> list[int]:
    """The first tips that a change touched."""
    of_change = col(Event.bulk_id) == change_id, col(Event.tip_id).is_not(None)
    query = select(col(Event.tip_id)).where(*of_change).distinct().limit(limit)
    return [tip_id for tip_id in session.scalars(query) if tip_id]


def cancel(session: Session, change_id: int, by: Actor) -> BulkChange:
    """End a change where it stands: what is done stays done, and can be taken back."""
    mine(session, change_id, by)
    change = _held(session, change_id)
    if change.state is BulkState.RUNNING:
        _end(session, change, BulkState.CANCELLED)
    return change


def _held(session: Session, change_id: int) -> BulkChange:
    return session.get_one(BulkChange, change_id, with_for_update=True, populate_existing=True)


def waiting(session: Session) -> int | None:
    """A change that is under way; None where there is none. Of several any, so that a short one is soon done."""
    # Unsorted: to have them in order, SQLite would read the whole table by its key.
    at_work = session.scalars(select(col(BulkChange.id)).where(text(UNDER_WAY))).all()
    return random.choice(at_work) if at_work else None


def go_on(session: Session, change_id: int) -> bool:
    """Do the next piece. False where there is none left, or somebody else is at it right now."""
    change = session.scalars(
        select(BulkChange)
        .where(col(BulkChange.id) == change_id, col(BulkChange.state) == BulkState.RUNNING)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if change is None:
        return False
    by = access.actor(session, change.account_id)
    if by is None or not by.works_tips:
        change.problem = GONE
        _end(session, change, BulkState.FAILED)
        return False
    more = _undo_piece(session, change, by) if change.undoes else _piece(session, change, by)
    if not more:
        _end(session, change, BulkState.DONE)
    session.add(change)
    session.flush()
    return more


def _piece(session: Session, change: BulkChange, by: Actor) -> bool:
    zone = ZoneInfo(session.get_one(Account, by.account_id).timezone)
    today = change.started_at.astimezone(zone).date()
    filters = Filters.parse(named_queries.opened(session, change.query), zone, today)
    if ORDERS[filters.order].walks_all:  # a tip that changes in the meantime moves up, and would be passed over
        filters = filters.sorted(Sort.NEWEST)
    found = TipList(session, filters, by, today).ids(TIPS_PER_TRANSACTION + 1, after=Cursor.parse(change.place))
    ids = found[:TIPS_PER_TRANSACTION]
    if not ids:
        return False
    place = ORDERS[filters.order].place(session.get_one(Tip, ids[-1]))
    here = [tip_id for tip_id in ids if tip_id <= change.newest_id]
    wanted = [BulkStep(verb, value) for verb, value in change.steps]
    touched, refused = _do(session, change, here, _doing(session, wanted, by, today))
    change.place = str(place)
    change.looked_at += len(here)
    change.changed += len(touched)
    change.problem = refused or change.problem
    return len(found) > TIPS_PER_TRANSACTION


def _doing(session: Session, wanted: Sequence[BulkStep], by: Actor, today: date) -> Act:
    return lambda tip_id, change_id: steps.apply(session, tip_id, wanted, by, today, bulk_id=change_id)


def _do(session: Session, change: BulkChange, ids: Sequence[int], act: Act) -> tuple[tuple[int, ...], str]:
    touched, refused = [], ""
    _hold(session, ids)
    for tip_id in ids:
        try:
            done = act(tip_id, change.id or 0)
        except NotVisible:
            continue
        refused = done.refused or refused
        if done.changed:
            touched.append(tip_id)
    return tuple(touched), refused


def _hold(session: Session, tip_ids: Collection[int | None]) -> None:
    """Keep others from changing these tips, and see them as they are now. In one order always: two who chose the same
    tips would wait for each other for ever."""
    held = select(Tip).where(col(Tip.id).in_(tip_ids)).order_by(col(Tip.id)).with_for_update()
    session.scalars(held.execution_options(populate_existing=True)).all()


def _undo_piece(session: Session, change: BulkChange, by: Actor) -> bool:
    """Newest event first. `changed` counts events here, as `total` does."""
    undone = session.get_one(BulkChange, change.undoes)
    query = select(Event).where(*_written(undone))
    if change.place:
        query = query.where(col(Event.id) < int(change.place))
    found = session.scalars(query.order_by(col(Event.id).desc()).limit(TIPS_PER_TRANSACTION + 1)).all()
    written = found[:TIPS_PER_TRANSACTION]
    replies = _hold_replies(session, written) if is_writing(undone) else {}
    _hold(session, {event.tip_id for event in written})
    for event in written:
        try:
            if event.object_id in replies:
                outbox.withdraw(session, replies[event.object_id], by, bulk_id=change.id)
            elif event.verb is Verb.TAG_MERGED:
                merging.undo_name(session, event, by, change.id)
            else:
                triage.undo(session, event.id or 0, by, change.id)
            change.changed += 1
        except (NotVisible, Refused):
            continue  # it is changed since, or not theirs to see any more: counted, and said in the end
    change.looked_at += len(written)
    if written:
        change.place = str(written[-1].id)
    return len(found) > TIPS_PER_TRANSACTION


def _written(change: BulkChange) -> tuple[ColumnElement[bool], ...]:
    """The condition on Event: those that a change is taken back by. What a reply did to its tip goes back with it."""
    of_change = col(Event.bulk_id) == change.id
    return (of_change, col(Event.verb) == Verb.REPLY) if is_writing(change) else (of_change,)


def _hold_replies(session: Session, written: Collection[Event]) -> dict[int | None, int]:
    """Replies by their messages' ids, kept from the worker. Before their tips, as the worker takes them."""
    messages = {event.object_id for event in written}
    held = select(Outgoing).where(col(Outgoing.message_id).in_(messages)).order_by(col(Outgoing.id)).with_for_update()
    return {out.message_id: out.id for out in session.scalars(held.execution_options(populate_existing=True))}


def _new(
    session: Session, wanted: Sequence[BulkStep], by: Actor, total: int, query: str = "", undoes: int | None = None
) -> BulkChange:
    change = BulkChange(
        account_id=by.account_id,
        steps=[[step.verb, step.value] for step in wanted],
        total=total,
        query=query,
        undoes=undoes,
        started_at=now(),
    )
    session.add(change)
    session.flush()
    return change


def _end(session: Session, change: BulkChange, state: BulkState) -> None:
    change.state, change.ended_at = state, now()
    if change.query.startswith(named_queries.SEALED):
        named_queries.forget(session, change.query)
        change.query = ""
    session.add(change)
    session.flush()


def forget_tags(session: Session, tip_ids: Collection[int], tag_ids: Collection[int]) -> None:
    """Tags go with the tips that had them: changes to these tips name them no longer, since a tag may be a name."""
    named = select(col(Tag.folded)).where(or_(col(Tag.id).in_(tag_ids), col(Tag.merged_into).in_(tag_ids)))
    gone = set(session.scalars(named)) if tag_ids else set()
    of_tips = select(col(Event.bulk_id)).where(col(Event.tip_id).in_(tip_ids), col(Event.bulk_id).is_not(None))
    if gone:
        ended = col(BulkChange.id).in_(of_tips), col(BulkChange.state) != BulkState.RUNNING
        for change in session.scalars(select(BulkChange).where(*ended)):
            change.steps = [[step.verb, step.value] for step in steps.without(change.steps, gone)]
            if any(tags.folded(name) in gone for group in Filters.parse(change.query).tags for name in group):
                change.query = ""


def has_history(change: BulkChange) -> bool:
    """Whether events say what a change did, so that it can be taken back."""
    return change.undoes is not None or not steps.are_own(change.steps)


def waits(session: Session, change: BulkChange) -> bool:
    """Whether any of the messages of a writing has not left yet."""
    messages = select(col(Event.object_id)).where(*_written(change))
    here = select(col(Outgoing.id)).where(col(Outgoing.message_id).in_(messages), outbox.still_here())
    return session.scalars(here.limit(1)).first() is not None


def goes_back(change: BulkChange) -> bool:
    """Whether an *Undo* is offered for a change that has ended."""
    return change.undoes is None and change.changed > 0 and has_history(change)


def forget_words(session: Session, tip_ids: Collection[int]) -> None:
    """What was written to many goes with each of the tips: it may say who one of them is."""
    of_tips = select(col(Event.bulk_id)).where(col(Event.tip_id).in_(tip_ids), col(Event.bulk_id).is_not(None))
    for change in session.scalars(select(BulkChange).where(col(BulkChange.id).in_(of_tips))):
        if is_writing(change):
            change.steps = [[WRITE, ""]]


def is_writing(change: BulkChange) -> bool:
    """Whether a change was a message to many."""
    return any(verb == WRITE for verb, _value in change.steps)


def counts_whole(change: BulkChange) -> bool:
    """Whether `total` is all there is to do, not only what was counted of a long list."""
    return change.undoes is not None or change.total != CAP
