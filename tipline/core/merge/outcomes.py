"""What status, verification, assignee and follow-up become when two tips are merged, and how parting restores them.

| field | rule |
|---|---|
| status | the further of spam, closed, new, reviewing, waiting, ready, used; new with waiting or closed: reviewing |
| plain choices | the value further on in `merged` of the field in `core.tip_fields`, so of verification: doubt |
| assignee | of the tip that stays; where it has none, of the other, if they see the tip that stays |
| follow-up | the earlier day, so that what is overdue stays overdue; snoozed only where both are |
| safe way to reach the reader | the more careful one |
| legal hold | where either has one; parting lifts none, an editor does |

Each change is an event of the tip that stays, written before the merge itself, so that undo takes the merge back first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlmodel import Session

from tipline.core import access, events
from tipline.core.access import Actor
from tipline.core.counts import counters, day_counts
from tipline.core.row_transfer import Record
from tipline.core.tip_fields import SET_BY, SETTABLE
from tipline.core.tips import reminders, safe_contact
from tipline.models import Event, Status, Tip, Verb
from tipline.vocabularies import ContactChoice

EVENT, REASON = "event", "reason"  # in the record of a merge: what it changed, and the reason that the status had
FURTHER = (
    Status.SPAM, Status.CLOSED, Status.NEW, Status.REVIEWING, Status.WAITING, Status.READY, Status.USED,
)  # fmt: skip
READ_AGAIN = ({Status.NEW, Status.WAITING}, {Status.NEW, Status.CLOSED})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the tip that stays has after the merge."""

    status: Status
    reason_id: int | None
    choices: Mapping[str, StrEnum]  # of `tip_fields.SETTABLE`, by name
    assignee_id: int | None
    follow_up_on: date | None
    snoozed: bool
    contact: ContactChoice
    legal_hold: bool


def of(session: Session, stays: Tip, goes: Tip) -> Outcome:
    """The outcome by the rules above; nothing is changed."""
    further = max((stays, goes), key=lambda tip: FURTHER.index(tip.status))  # of equals the first
    again = {stays.status, goes.status} in READ_AGAIN
    days = [tip.follow_up_on for tip in (stays, goes) if tip.follow_up_on]
    return Outcome(
        status=Status.REVIEWING if again else further.status,
        reason_id=None if again else further.reason_id,
        choices={name: max(one.of(stays), one.of(goes), key=one.merged.index) for name, one in SETTABLE.items()},
        assignee_id=stays.assignee_id or _seeing(session, stays, goes.assignee_id),
        follow_up_on=min(days, default=None),
        snoozed=stays.snoozed and goes.snoozed,
        contact=max(stays.contact, goes.contact, key=safe_contact.CAREFUL.index),
        legal_hold=stays.legal_hold or goes.legal_hold,
    )


def _seeing(session: Session, tip: Tip, account_id: int | None) -> int | None:
    who = access.actor(session, account_id) if account_id else None
    return account_id if who and who.works_tips and access.sees(session, tip.id or 0, who) else None


def settle(session: Session, stays: Tip, goes: Tip, by: Actor) -> dict[str, list[int]]:
    """Give the tip that stays what it has after the merge. Returns what its record keeps, by kind."""
    outcome, former = of(session, stays, goes), stays.reason_id
    untold = stays.remind_on or goes.remind_on
    planned = reminders.written(outcome.follow_up_on, snoozed=outcome.snoozed)
    values = {
        Verb.STATUS: outcome.status.value,
        **{one.verb: outcome.choices[name].value for name, one in SETTABLE.items()},
        Verb.ASSIGNED: str(outcome.assignee_id or ""),
        Verb.FOLLOW_UP: planned,
        Verb.SAFE_WAY: outcome.contact.value,
    }
    changed = [
        event for verb, after in values.items() if (event := _set(session, stays, verb, after, by, outcome.reason_id))
    ]
    if any(event.verb is Verb.FOLLOW_UP for event in changed) and untold is None:
        stays.remind_on = None  # its people were told already
    session.flush()
    if outcome.legal_hold and not stays.legal_hold:
        stays.legal_hold = True
        events.record(session, Verb.HELD, by=by, tip_id=stays.id)
    reason = [former] if former and any(event.verb is Verb.STATUS for event in changed) else []
    return {EVENT: [event.id or 0 for event in changed], REASON: reason}


def restore(session: Session, tip: Tip, record: Record, by: Actor) -> None:
    """Take back what the merge changed, wherever it is still what the merge left."""
    kept = record.read()
    reason = next(iter(kept.get(REASON, [])), None)
    for event_id in sorted(kept.get(EVENT, []), reverse=True):
        event = session.get(Event, event_id)
        if event is not None and _now(tip, event.verb) == event.after:
            _set(session, tip, event.verb, event.before, by, reason, undoes=event_id)
    session.flush()


def _now(tip: Tip, verb: Verb) -> str:
    match verb:
        case Verb.STATUS:
            return tip.status.value
        case verb if choice := SET_BY.get(verb):
            return choice.of(tip).value
        case Verb.ASSIGNED:
            return str(tip.assignee_id or "")
        case Verb.SAFE_WAY:
            return tip.contact.value
        case _:
            return reminders.of(tip)


def _set(
    session: Session, tip: Tip, verb: Verb, after: str, by: Actor, reason: int | None, undoes: int | None = None
) -> Event | None:
    before = _now(tip, verb)
    if before == after:
        return None
    place = counters.standing(tip)
    event = events.record(
        session, verb, by=by, tip_id=tip.id, before=before, after=after, undoes=undoes,
        object_id=reason if verb is Verb.STATUS else None,
    )  # fmt: skip
    match verb:
        case Verb.STATUS:
            day_counts.status_set(session, tip, event)
            tip.status, tip.reason_id = Status(after), reason
        case verb if choice := SET_BY.get(verb):
            choice.put(tip, choice.kind(after))
        case Verb.ASSIGNED:
            tip.assignee_id = int(after) if after else None
        case Verb.SAFE_WAY:
            tip.contact = ContactChoice(after)
        case _:
            on, snoozed = reminders.read(after)
            reminders.plan(tip, on, snoozed=snoozed)
    session.add(tip)
    session.flush()
    counters.move(session, tip, place, counters.standing(tip))
    return event
