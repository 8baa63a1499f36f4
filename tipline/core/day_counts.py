"""What came and was done on each day (UTC), counted at the commit of what changes it: the numbers read nothing else.

Restricted and joined tips are in none of these counts, as in `counters`, which moves them.
"""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, insert, literal, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from tipline.core import rows
from tipline.core.access import Actor
from tipline.db import is_sqlite
from tipline.models import (
    Aspect,
    Deed,
    DeedDay,
    Event,
    LetterKind,
    Message,
    Outgoing,
    SendState,
    Status,
    Tip,
    TipDay,
    TipDayState,
    Verb,
)

DONE = (Status.USED, Status.CLOSED)  # what a reporter has brought to an end


def day_of(moment: datetime) -> date:
    """The day on which something is counted."""
    return moment.astimezone(UTC).date()


def count(
    session: Session, place: tuple[int, date], came: tuple[str, str], states: tuple[str, str, str], by: int
) -> None:
    """Count one more (or fewer) tip of a callout and a day, which came by this source in this language, and has this
    status, verification and consent."""
    rows.grow_last(session, TipDay, (*place, *came), by)
    for aspect, word in zip(Aspect, states, strict=True):
        rows.grow_last(session, TipDayState, (*place, aspect.value, word), by)


def answered(session: Session, tip: Tip, by: Actor, at: datetime, leaves: datetime) -> None:
    """A reporter answered a tip; the answer leaves at a moment that may be later."""
    if tip.answered_after is None:
        tip.answered_after = _seconds(tip, leaves)
    _did(session, tip, by.account_id, Deed.ANSWERED, at)


def answer_taken_back(session: Session, out: Outgoing) -> None:
    """A reply did not go out after all, or never arrived: where there is no other, the tip was never answered."""
    message = session.get_one(Message, out.message_id)
    if out.kind is not LetterKind.REPLY or message.author_id is None:
        return
    tip = session.get_one(Tip, out.tip_id)
    session.flush()
    first = session.scalar(
        select(func.min(col(Outgoing.not_before))).where(*_replies(), col(Outgoing.tip_id) == tip.id)
    )
    tip.answered_after = None if first is None else _seconds(tip, first)
    session.add(tip)
    _did(session, tip, message.author_id, Deed.ANSWERED, message.sent_at, -1)


def joined(tip: Tip, target: Tip) -> None:
    """What answered a tip answers the one that it is joined into."""
    if tip.answered_after is not None:
        after = int(tip.received_at.timestamp() + tip.answered_after - target.received_at.timestamp())
        target.answered_after = min(n for n in (max(after, 0), target.answered_after) if n is not None)


def status_set(session: Session, tip: Tip, event: Event) -> None:
    """A reporter's closing of a tip counts, unless it is undone."""
    if event.undoes is not None:
        undone = session.get_one(Event, event.undoes)
        if undone.account_id is not None and _closes(undone):
            _did(session, tip, undone.account_id, Deed.CLOSED, undone.at, -1)
    if event.account_id is not None and _closes(event):
        _did(session, tip, event.account_id, Deed.CLOSED, event.at)


def _closes(event: Event) -> bool:
    return event.after in DONE and event.before not in DONE


def _did(session: Session, tip: Tip, account_id: int, deed: Deed, at: datetime, by: int = 1) -> None:
    if not tip.restricted:
        rows.grow_last(session, DeedDay, (tip.callout_id, day_of(at), account_id, deed.value), by)


def _seconds(tip: Tip, leaves: datetime) -> int:
    return max(int((leaves - tip.received_at).total_seconds()), 0)


def _replies() -> tuple[ColumnElement[bool], ...]:
    return col(Outgoing.kind) == LetterKind.REPLY, col(Outgoing.state) != SendState.WITHDRAWN


def rebuild(session: Session) -> None:
    """Count everything anew. Reads the whole tables; what was done on tips that were erased since is forgotten."""
    session.flush()
    rows.flush_last(session)
    for table in (TipDay, TipDayState, DeedDay):
        session.execute(delete(table))
    counted = ~col(Tip.restricted), col(Tip.joined_into).is_(None)
    place = col(Tip.callout_id), _day(session, col(Tip.received_at))
    came = *place, col(Tip.source), col(Tip.language)
    query = select(*came, func.count()).where(*counted).group_by(*came)
    session.execute(insert(TipDay).from_select(["callout_id", "day", "source", "language", "n"], query))
    for aspect in Aspect:
        word = col(getattr(Tip, aspect.value))
        states = select(*place, literal(aspect.value), word, func.count()).where(*counted).group_by(*place, word)
        session.execute(insert(TipDayState).from_select(["callout_id", "day", "aspect", "word", "n"], states))
    _rebuild_deeds(session)


def _rebuild_deeds(session: Session) -> None:
    columns = ["callout_id", "day", "account_id", "deed", "n"]
    day, who = _day(session, col(Message.sent_at)), col(Message.author_id)
    keys = col(Tip.callout_id), day, who
    answers = (
        select(*keys, literal(Deed.ANSWERED.value), func.count())
        .select_from(Outgoing)
        .join(Message, col(Message.id) == col(Outgoing.message_id))
        .join(Tip, col(Tip.id) == col(Outgoing.tip_id))
        .where(*_replies(), who.is_not(None), ~col(Tip.restricted))
    )
    session.execute(insert(DeedDay).from_select(columns, answers.group_by(*keys)))
    undo = aliased(Event)
    day, who = _day(session, col(Event.at)), col(Event.account_id)
    keys = col(Tip.callout_id), day, who
    closings = (
        select(*keys, literal(Deed.CLOSED.value), func.count())
        .select_from(Event)
        .join(Tip, col(Tip.id) == col(Event.tip_id))
        .where(
            col(Event.verb) == Verb.STATUS,
            who.is_not(None),
            col(Event.after).in_(DONE),
            col(Event.before).not_in(DONE),
            ~exists(select(col(undo.id)).where(col(undo.undoes) == col(Event.id))),
            ~col(Tip.restricted),
        )
    )
    session.execute(insert(DeedDay).from_select(columns, closings.group_by(*keys)))


def _day(session: Session, moment: Any) -> ColumnElement[date]:
    if is_sqlite(session):
        return func.date(moment)
    return func.date(func.timezone("UTC", moment))
