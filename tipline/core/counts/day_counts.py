"""What came and was done on each day (UTC), counted at the commit of what changes it: the numbers read nothing else.

Restricted and merged tips are in none of these counts, as in `counters`, which moves them.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, SelectBase, delete, exists, func, insert, literal, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col

from tipline.core import row_batches
from tipline.db import is_sqlite
from tipline.models import (
    ActionDay,
    Aspect,
    DeskAction,
    Event,
    Grain,
    MailKind,
    Message,
    Outgoing,
    SendState,
    Status,
    Tip,
    TipDay,
    TipDayState,
    Verb,
)
from tipline.models.outbox import FOR_A_TIME

DONE = (Status.USED, Status.CLOSED)  # what a reporter has brought to an end
Done = tuple[date, tuple[int, str]]  # on which day, and whose deed it is


def day_of(moment: datetime) -> date:
    """The day on which something is counted."""
    return moment.astimezone(UTC).date()


def count(
    session: Session, place: tuple[int, date], came: tuple[str, str], states: tuple[str, str, str], by: int
) -> None:
    """Count one more (or fewer) tip of a callout and a day, which came by this source in this language, and has this
    status, verification and consent."""
    _grow(session, TipDay, place, came, by)
    for aspect, word in zip(Aspect, states, strict=True):
        _grow(session, TipDayState, place, (aspect.value, word), by)


def _grow(session: Session, table: type[SQLModel], place: tuple[int, date], key: tuple[Any, Any], by: int) -> None:
    callout_id, day = place
    row_batches.grow_last(session, table, (callout_id, Grain.DAY.value, day, *key), by)
    row_batches.grow_last(session, table, (callout_id, Grain.MONTH.value, day.replace(day=1), *key), by)


def answered(session: Session, tip: Tip, author_id: int, at: datetime, leaves: datetime) -> None:
    """A reporter answered a tip; the answer leaves at a moment that may be later."""
    if tip.answered_after is None:
        tip.answered_after = _seconds(tip, leaves)
    _did(session, tip, author_id, DeskAction.ANSWERED, at)


def answer_taken_back(session: Session, out: Outgoing) -> None:
    """A reply did not go out after all, or never arrived: where there is no other, the tip was never answered."""
    if out.kind is not MailKind.REPLY:
        return
    tip, message = session.get_one(Tip, out.tip_id), session.get_one(Message, out.message_id)
    answered_anew(session, tip)
    if message.author_id is not None:
        _did(session, tip, message.author_id, DeskAction.ANSWERED, message.sent_at, -1)


def answered_anew(session: Session, tip: Tip) -> None:
    """When a tip was first answered, and when last, by the replies that it has now."""
    answered_last(session, tip)
    first = session.scalar(
        select(func.min(col(Outgoing.not_before))).where(*replies_that_count(), col(Outgoing.tip_id) == tip.id)
    )
    tip.answered_after = None if first is None else _seconds(tip, first)


def answered_last(session: Session, tip: Tip) -> None:
    """When a tip was last answered, by the replies that it has now. What came back or could not be sent is none."""
    session.flush()
    last = select(func.max(col(Message.created_at))).join(Outgoing, col(Outgoing.message_id) == col(Message.id))
    came = *replies_that_count(), col(Outgoing.state).not_in((SendState.FAILED, SendState.BOUNCED))
    tip.answered_at = session.scalar(last.where(*came, col(Outgoing.tip_id) == tip.id))
    session.add(tip)


def merged(tip: Tip, target: Tip) -> None:
    """What answered a tip answers the one that it is merged into."""
    if tip.answered_after is not None:
        after = int(tip.received_at.timestamp() + tip.answered_after - target.received_at.timestamp())
        target.answered_after = min(n for n in (max(after, 0), target.answered_after) if n is not None)
    target.answered_at = max((at for at in (tip.answered_at, target.answered_at) if at), default=None)


def moved(session: Session, tip: Tip, former: int) -> None:
    """What was done on a tip is counted in the callout that it is in now, no longer in the former one."""
    if tip.restricted:
        return
    history = session.scalars(select(Event).where(col(Event.tip_id) == tip.id)).all()
    undone = {event.undoes for event in history}
    done: list[Done] = [
        (day_of(event.at), (event.account_id, DeskAction.CLOSED.value))
        for event in history
        if event.verb is Verb.STATUS and event.account_id and _closes(event) and event.id not in undone
    ]
    done += _answered_on(session, col(Outgoing.tip_id) == tip.id)
    _recount(session, done, former, tip.callout_id)


def replies_carried(session: Session, ids: Collection[int], former: Tip, tip: Tip) -> None:
    """Replies that went from one tip to another are counted in the other's callout."""
    if not tip.restricted and former.callout_id != tip.callout_id:
        _recount(session, _answered_on(session, col(Outgoing.id).in_(ids)), former.callout_id, tip.callout_id)


def _answered_on(session: Session, which: ColumnElement[bool]) -> list[Done]:
    wrote = select(col(Message.sent_at), col(Message.author_id)).where(col(Message.author_id).is_not(None))
    replies = wrote.join(Outgoing, col(Outgoing.message_id) == Message.id).where(*replies_that_count(), which)
    return [(day_of(at), (author_id, DeskAction.ANSWERED.value)) for at, author_id in session.execute(replies)]


def _recount(session: Session, done: Sequence[Done], former: int, callout_id: int) -> None:
    for day, key in done:
        _grow(session, ActionDay, (former, day), key, -1)
        _grow(session, ActionDay, (callout_id, day), key, 1)


def status_set(session: Session, tip: Tip, event: Event) -> None:
    """A reporter's closing of a tip counts, unless it is undone."""
    if event.undoes is not None:
        undone = session.get_one(Event, event.undoes)
        if undone.account_id is not None and _closes(undone):
            _did(session, tip, undone.account_id, DeskAction.CLOSED, undone.at, -1)
    if event.account_id is not None and _closes(event):
        _did(session, tip, event.account_id, DeskAction.CLOSED, event.at)


def _closes(event: Event) -> bool:
    return event.after in DONE and event.before not in DONE


def _did(session: Session, tip: Tip, account_id: int, deed: DeskAction, at: datetime, by: int = 1) -> None:
    if not tip.restricted:
        _grow(session, ActionDay, (tip.callout_id, day_of(at)), (account_id, deed.value), by)


def _seconds(tip: Tip, leaves: datetime) -> int:
    return max(int((leaves - tip.received_at).total_seconds()), 0)


def replies_that_count() -> tuple[ColumnElement[bool], ...]:
    """The conditions on Outgoing: a person's reply that has left, or is to leave at once."""
    left = col(Outgoing.state) != SendState.WITHDRAWN, col(Outgoing.reason).not_in(FOR_A_TIME)
    return col(Outgoing.kind) == MailKind.REPLY, *left


def rebuild(session: Session) -> None:
    """Count everything anew. Reads the whole tables; what was done on tips that were erased since is forgotten."""
    session.flush()
    row_batches.flush_last(session)
    for table in (TipDay, TipDayState, ActionDay):
        session.execute(delete(table))
    counted = ~col(Tip.restricted), col(Tip.merged_into).is_(None)
    place = col(Tip.callout_id), literal(Grain.DAY.value), _day(session, col(Tip.received_at))
    came = *place, col(Tip.source), col(Tip.language)
    _fill(session, TipDay, select(*came, func.count()).where(*counted).group_by(*came))
    for aspect in Aspect:
        word = col(getattr(Tip, aspect.value))
        states = select(*place, literal(aspect.value), word, func.count()).where(*counted).group_by(*place, word)
        _fill(session, TipDayState, states)
    _fill(session, ActionDay, _answers(session))
    _fill(session, ActionDay, _closings(session))
    for table in (TipDay, TipDayState, ActionDay):
        _fill(session, table, _months(session, table))


def _fill(session: Session, table: type[SQLModel], query: SelectBase) -> None:
    names = [column.name for column in table.__table__.c]  # type: ignore[attr-defined]
    session.execute(insert(table).from_select(names, query))


def _months(session: Session, table: Any) -> SelectBase:
    day, (_, _, _, one, other, n) = col(table.day), table.__table__.c
    month = func.date(day, "start of month") if is_sqlite(session) else func.date(func.date_trunc("month", day))
    keys = col(table.callout_id), literal(Grain.MONTH.value), month, one, other
    return select(*keys, func.sum(n)).where(col(table.grain) == Grain.DAY).group_by(*keys)


def _answers(session: Session) -> SelectBase:
    who = col(Message.author_id)
    keys = col(Tip.callout_id), literal(Grain.DAY.value), _day(session, col(Message.sent_at)), who
    return (
        select(*keys, literal(DeskAction.ANSWERED.value), func.count())
        .select_from(Outgoing)
        .join(Message, col(Message.id) == col(Outgoing.message_id))
        .join(Tip, col(Tip.id) == col(Outgoing.tip_id))
        .where(*replies_that_count(), who.is_not(None), ~col(Tip.restricted))
        .group_by(*keys)
    )


def _closings(session: Session) -> SelectBase:
    undo, who = aliased(Event), col(Event.account_id)
    keys = col(Tip.callout_id), literal(Grain.DAY.value), _day(session, col(Event.at)), who
    closes = col(Event.after).in_(DONE), col(Event.before).not_in(DONE)
    of_it = (col(undo.tip_id) == col(Event.tip_id),)  # the index of a tip's events leads to it
    return (
        select(*keys, literal(DeskAction.CLOSED.value), func.count())
        .select_from(Event)
        .join(Tip, col(Tip.id) == col(Event.tip_id))
        .where(col(Event.verb) == Verb.STATUS, *closes, who.is_not(None), ~col(Tip.restricted))
        .where(~exists(select(col(undo.id)).where(*of_it, col(undo.undoes) == col(Event.id))))
        .group_by(*keys)
    )


def _day(session: Session, moment: Any) -> ColumnElement[date]:
    if is_sqlite(session):
        return func.date(moment)
    return func.date(func.timezone("UTC", moment))
