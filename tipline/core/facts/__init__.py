"""Facts of a tip: a reporter confirms what was suggested, corrects or rejects it, or adds one by hand.

A value stands once in a tip; who changes facts holds the tip's row, so that two never write one value twice. What is
rejected stays as a row, so that it is never suggested again. Each change writes one event, which undo turns round.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlmodel import Session, col

from tipline.core import access, events
from tipline.core.access import Actor
from tipline.core.events import Cause, Line
from tipline.core.facts import fact_types, fact_values
from tipline.db import now
from tipline.errors import Conflict, NotVisible, Refused
from tipline.models import Event, Fact, FactState, FactType, Tip, Verb
from tipline.vocabularies import N_

MAX_FACTS_PER_TIP = 300  # facts of one tip, in whichever state
TOO_MANY_FACTS = N_("This tip has 300 facts already. That is as many as a tip can have.")
DECIDED = N_("Someone decided on this fact first. Their decision stands.")
NOT_OFFERED = N_("This type of facts is offered no more, or not for this callout. Choose another one.")


def decide(
    session: Session, tip_id: int, fact_id: int, state: FactState, by: Actor, *, seen: FactState | None = None
) -> Event | None:
    """Confirm or reject a fact, or (suggested) leave it open again. None where it stands so already.

    `seen` is the state that the person had before them: Conflict where it is another by now.
    """
    tip = access.tip_to_work(session, tip_id, by)
    fact = _of_tip(session, tip_id, fact_id)
    if fact.state == state:
        return None
    if seen is not None and fact.state != seen:
        raise Conflict(DECIDED)
    return _decide(session, tip, fact, state, by, Cause())


def _decide(session: Session, tip: Tip, fact: Fact, state: FactState, by: Actor, cause: Cause) -> Event:
    before = fact.state
    _stand(session, fact, state, by)
    event = events.record(
        session, Verb.FACT, by=by, tip_id=tip.id, object_id=fact.id, before=before, after=state, **cause
    )
    return _touched(session, tip, event)


def correct(
    session: Session, tip_id: int, fact_id: int, typed: str, by: Actor, *, seen: FactState | None = None
) -> Event | None:
    """Put another value in the place of one: that is rejected, and the other one confirmed. A value that is only
    spelt otherwise confirms it. None where nothing changes."""
    tip = access.tip_to_work(session, tip_id, by)
    fact = _of_tip(session, tip_id, fact_id)
    if seen is not None and fact.state != seen:
        raise Conflict(DECIDED)
    kind = fact_types.find(session, fact.type_id)
    value = fact_values.canonical(kind, typed, _written(tip))
    if fact_values.folded(value) == fact.folded:
        if (fact.value, fact.state) == (value, FactState.CONFIRMED):
            return None
        fact.value = value
        return _decide(session, tip, fact, FactState.CONFIRMED, by, Cause())
    other = _there(session, tip_id, kind, value)
    found = other.state if other else None
    other = other or _new(session, tip, kind, value)
    if other.message_id is None and other.answer_id is None:
        other.message_id, other.answer_id, other.begin, other.until = (
            fact.message_id, fact.answer_id, fact.begin, fact.until,
        )  # fmt: skip
    swap = _Swap(fact.id or 0, fact.state, FactState.REJECTED, found or FactState.REJECTED, FactState.CONFIRMED)
    return _swapped(session, tip, other, fact, swap, by, Cause())


def add(session: Session, tip_id: int, type_id: int, typed: str, by: Actor) -> Event | None:
    """Say a fact of a tip by hand. None where it says so already. Refused where the type is none of its callout's."""
    tip = access.tip_to_work(session, tip_id, by)
    kind = next((one for one in fact_types.of_callout(session, tip.callout_id) if one.id == type_id), None)
    if kind is None:
        raise Refused(NOT_OFFERED)
    value = fact_values.canonical(kind, typed, _written(tip))
    fact = _there(session, tip_id, kind, value)
    if fact is None:
        fact = _new(session, tip, kind, value)
        fact.state = FactState.REJECTED  # as undo leaves it
    elif fact.state is FactState.CONFIRMED:
        return None
    return _decide(session, tip, fact, FactState.CONFIRMED, by, Cause())


@dataclass(frozen=True, slots=True)
class _Swap:
    """What a correction did: the fact `other` went from one state to another, and the event's own from `found` to
    `left`."""

    other: int
    other_found: FactState
    other_left: FactState
    found: FactState
    left: FactState

    @classmethod
    def read(cls, event: Event) -> "_Swap":
        other, other_found, other_left = event.before.split(" ")
        found, left = event.after.split(" ")
        return cls(int(other), FactState(other_found), FactState(other_left), FactState(found), FactState(left))

    @property
    def before(self) -> str:
        return f"{self.other} {self.other_found.value} {self.other_left.value}"

    @property
    def after(self) -> str:
        return f"{self.found.value} {self.left.value}"


def _swapped(session: Session, tip: Tip, fact: Fact, other: Fact, swap: _Swap, by: Actor, cause: Cause) -> Event:
    _stand(session, fact, swap.left, by)
    _stand(session, other, swap.other_left, by)
    said = Line(by=by, tip_id=tip.id, object_id=fact.id, before=swap.before, after=swap.after)
    return _touched(session, tip, events.record(session, Verb.FACT_CORRECTED, **said, **cause))


def undo(session: Session, tip: Tip, event: Event, by: Actor, bulk_id: int | None = None) -> Event | None:
    """The inverse of an event of ours; None where a fact stands otherwise by now, or went with another tip."""
    fact = session.get(Fact, event.object_id or 0)
    if fact is None or fact.tip_id != tip.id:
        return None
    cause = Cause(undoes=event.id, bulk_id=bulk_id)
    if event.verb is Verb.FACT:
        if fact.state != event.after or event.before == event.after:  # only spelt otherwise: nobody kept how it was
            return None
        return _decide(session, tip, fact, FactState(event.before), by, cause)
    swap = _Swap.read(event)
    other = session.get(Fact, swap.other)
    if other is None or other.tip_id != tip.id or (fact.state, other.state) != (swap.left, swap.other_left):
        return None
    back = _Swap(fact.id or 0, swap.left, swap.found, swap.other_left, swap.other_found)
    return _swapped(session, tip, other, fact, back, by, cause)


def overlap(session: Session, tip_id: int, target_id: int) -> tuple[set[int], set[int]]:
    """Of two tips that become one, the facts that both have: those that stay with the tip that goes, and those that
    leave its target for it. What a reporter said counts before a suggestion, and a yes before a no."""
    rows = session.scalars(select(Fact).where(col(Fact.tip_id).in_((tip_id, target_id)))).all()
    theirs = {(row.type_id, row.folded): row for row in rows if row.tip_id == target_id}
    stay, leave = set(), set()
    for row in rows:
        other = theirs.get((row.type_id, row.folded)) if row.tip_id == tip_id else None
        if other is not None and _WEIGHT[row.state] > _WEIGHT[other.state]:
            leave.add(other.id or 0)
        elif other is not None:
            stay.add(row.id or 0)
    return stay, leave


_WEIGHT = {FactState.SUGGESTED: 0, FactState.REJECTED: 1, FactState.CONFIRMED: 2}


def _there(session: Session, tip_id: int, kind: FactType, value: str) -> Fact | None:
    same = col(Fact.type_id) == kind.id, col(Fact.folded) == fact_values.folded(value)
    return session.scalars(select(Fact).where(col(Fact.tip_id) == tip_id, *same).order_by(col(Fact.id))).first()


def _new(session: Session, tip: Tip, kind: FactType, value: str) -> Fact:
    if (session.scalar(select(func.count()).where(col(Fact.tip_id) == tip.id)) or 0) >= MAX_FACTS_PER_TIP:
        raise Refused(TOO_MANY_FACTS)
    folded, state = fact_values.folded(value), FactState.SUGGESTED
    fact = Fact(
        tip_id=tip.id or 0, type_id=kind.id or 0, value=value, folded=folded, state=state, created_at=now()
    )  # fmt: skip
    session.add(fact)
    session.flush()
    return fact


def _stand(session: Session, fact: Fact, state: FactState, by: Actor) -> None:
    opened = state is FactState.SUGGESTED
    fact.state = state
    fact.decided_by, fact.decided_at = (None, None) if opened else (by.account_id, now())
    session.add(fact)
    session.flush()


def _of_tip(session: Session, tip_id: int, fact_id: int) -> Fact:
    fact = session.get(Fact, fact_id, populate_existing=True)
    if fact is None or fact.tip_id != tip_id:
        raise NotVisible("fact")
    return fact


def _written(tip: Tip) -> date:
    return tip.received_at.date()


def _touched(session: Session, tip: Tip, event: Event) -> Event:
    tip.updated_at = event.at
    session.add(tip)
    session.flush()
    return event
