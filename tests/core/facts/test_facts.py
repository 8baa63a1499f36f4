"""Facts of a tip: confirmed, corrected, rejected, added, taken back; and where they go when the tip does."""

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.core.making import make_tip, say
from tests.core.merge.test_merge import asked, join, told
from tests.fixtures_db import Cast
from tipline.core import facts, triage
from tipline.core.facts import fact_types
from tipline.core.facts.fact_types import TypeDraft
from tipline.core.facts.fact_values import folded
from tipline.core.merge import splitting, unmerge
from tipline.core.retention import erasure
from tipline.core.triage import moving
from tipline.db import now
from tipline.errors import Conflict, NotAllowed, NotVisible, Refused
from tipline.models import ActorKind, Event, Fact, FactState, FactType, Message, Tip, TypeKind, Verb

__all__ = ["asked"]
SUGGESTED, CONFIRMED, REJECTED = FactState.SUGGESTED, FactState.CONFIRMED, FactState.REJECTED


def kind(session: Session, key: str) -> FactType:
    return session.scalars(select(FactType).where(col(FactType.key) == key)).one()


def suggest(session: Session, tip: Tip, key: str, value: str, state: FactState = SUGGESTED) -> Fact:
    """A fact as the worker leaves it."""
    message = session.scalars(select(Message).where(col(Message.tip_id) == tip.id).order_by(col(Message.id))).first()
    fact = Fact(
        tip_id=tip.id or 0, type_id=kind(session, key).id or 0, value=value, folded=folded(value), state=state,
        message_id=message.id if message else None, begin=0, until=5, created_at=now(),
    )  # fmt: skip
    session.add(fact)
    session.flush()
    return fact


def standing(session: Session, tip: Tip) -> dict[str, str]:
    """The facts of a tip by value."""
    session.flush()
    rows = session.execute(select(col(Fact.value), col(Fact.state)).where(col(Fact.tip_id) == tip.id))
    return {value: state.value for value, state in rows}


def lines(session: Session, tip: Tip) -> list[Event]:
    verbs = (Verb.FACT, Verb.FACT_CORRECTED)
    query = select(Event).where(col(Event.tip_id) == tip.id, col(Event.verb).in_(verbs)).order_by(col(Event.id))
    return list(session.scalars(query))


def test_each_decision_writes_one_event_without_a_word_of_the_reader_and_is_taken_back(
    session: Session, cast: Cast
) -> None:
    tip = make_tip(session, cast.borders)
    fact = suggest(session, tip, "place", "Wuhan")
    for state in (CONFIRMED, REJECTED):
        event = facts.decide(session, tip.id or 0, fact.id or 0, state, cast.bob, seen=SUGGESTED)
        assert event is not None and (event.object_id, event.before, event.after) == (fact.id, "suggested", state)
        assert (fact.state, fact.decided_by) == (state, cast.bob.account_id)
        twice = facts.decide(session, tip.id or 0, fact.id or 0, state, cast.bob, seen=SUGGESTED)
        assert twice is None, "pressed twice"
        assert triage.undo(session, event.id or 0, cast.bob)[0].undoes == event.id
        assert (fact.state, fact.decided_by) == (SUGGESTED, None)
    written = lines(session, tip)
    assert len(written) == 4 and not any("Wuhan" in line.before + line.after for line in written)


def test_who_looks_at_an_old_page_changes_nothing_and_hears_of_it(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders)
    fact = suggest(session, tip, "place", "Wuhan")
    facts.decide(session, tip.id or 0, fact.id or 0, REJECTED, cast.alice, seen=SUGGESTED)
    with pytest.raises(Conflict):
        facts.decide(session, tip.id or 0, fact.id or 0, CONFIRMED, cast.bob, seen=SUGGESTED)
    with pytest.raises(Conflict):
        facts.correct(session, tip.id or 0, fact.id or 0, "Wuxi", cast.bob, seen=SUGGESTED)
    assert standing(session, tip) == {"Wuhan": "rejected"}


def test_a_correction_stands_for_what_was_there_and_is_taken_back_whole(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders)
    fact, there = suggest(session, tip, "place", "Wuhan"), suggest(session, tip, "place", "Hankou")
    first = facts.correct(session, tip.id or 0, fact.id or 0, "  Wuxi\n", cast.bob, seen=SUGGESTED)
    assert first is not None and standing(session, tip) == {
        "Wuhan": "rejected", "Wuxi": "confirmed", "Hankou": "suggested",
    }  # fmt: skip
    new = session.get_one(Fact, first.object_id)
    assert (new.message_id, new.begin, new.until) == (fact.message_id, 0, 5), "where it was read"
    back = triage.undo(session, first.id or 0, cast.bob)[0]
    assert standing(session, tip) == {"Wuhan": "suggested", "Wuxi": "rejected", "Hankou": "suggested"}
    with pytest.raises(Conflict):
        triage.undo(session, first.id or 0, cast.bob)
    triage.undo(session, back.id or 0, cast.bob)
    assert standing(session, tip) == {"Wuhan": "rejected", "Wuxi": "confirmed", "Hankou": "suggested"}
    to_there = facts.correct(session, tip.id or 0, new.id or 0, "hankou", cast.bob)
    assert to_there is not None and to_there.object_id == there.id
    assert standing(session, tip) == {"Wuhan": "rejected", "Wuxi": "rejected", "Hankou": "confirmed"}
    triage.undo(session, to_there.id or 0, cast.bob)
    assert standing(session, tip) == {"Wuhan": "rejected", "Wuxi": "confirmed", "Hankou": "suggested"}
    assert facts.correct(session, tip.id or 0, there.id or 0, "HANKOU", cast.bob) is not None
    assert standing(session, tip)["HANKOU"] == "confirmed", "only spelt otherwise"
    again = facts.correct(session, tip.id or 0, there.id or 0, "Hankou", cast.bob)
    assert again is not None and standing(session, tip)["Hankou"] == "confirmed"
    assert facts.correct(session, tip.id or 0, there.id or 0, "Hankou", cast.bob) is None
    with pytest.raises(Conflict):
        triage.undo(session, again.id or 0, cast.bob)


def test_what_is_added_by_hand_is_there_once_and_may_go_and_come_back(session: Session, cast: Cast) -> None:
    tip, place = make_tip(session, cast.borders), kind(session, "place").id or 0
    event = facts.add(session, tip.id or 0, place, "Old  Harbour", cast.bob)
    assert event is not None and facts.add(session, tip.id or 0, place, "old harbour", cast.bob) is None
    assert standing(session, tip) == {"Old Harbour": "confirmed"}
    triage.undo(session, event.id or 0, cast.bob)
    assert standing(session, tip) == {"Old Harbour": "rejected"}
    assert facts.add(session, tip.id or 0, place, "Old Harbour", cast.bob) and standing(session, tip) == {
        "Old Harbour": "confirmed"
    }
    for wrong in ("", " ,, ", "x" * 201):
        with pytest.raises(Refused):
            facts.add(session, tip.id or 0, place, wrong, cast.bob)
    with pytest.raises(Refused):
        facts.add(session, tip.id or 0, 99, "Wuhan", cast.bob)


def test_a_fact_is_the_business_of_those_who_work_on_its_tip(session: Session, cast: Cast) -> None:
    tip, other = make_tip(session, cast.borders), make_tip(session, cast.overtime)
    hidden = make_tip(session, cast.borders, restricted=True)
    fact, place = suggest(session, tip, "place", "Wuhan"), kind(session, "place").id or 0
    with pytest.raises(NotAllowed):
        facts.decide(session, tip.id or 0, fact.id or 0, CONFIRMED, cast.dave)
    with pytest.raises(NotVisible):
        facts.decide(session, tip.id or 0, fact.id or 0, CONFIRMED, cast.carol)
    with pytest.raises(NotVisible):  # the number of another tip's fact
        facts.decide(session, other.id or 0, fact.id or 0, CONFIRMED, cast.carol)
    with pytest.raises(NotVisible):
        facts.add(session, hidden.id or 0, place, "Wuhan", cast.alice)
    assert standing(session, tip) == {"Wuhan": "suggested"}


def test_own_types_are_offered_to_their_callout_and_hold_what_they_say(session: Session, cast: Cast) -> None:
    def made(name: str, what: TypeKind = TypeKind.TEXT, callout: int | None = None, *choices: str) -> FactType:
        return fact_types.save(session, None, TypeDraft(name, what, callout, choices), cast.alice)

    seat = made("Seat", TypeKind.CHOICE, cast.borders, "Window", "Aisle", "window ")
    nights, school = made("Nights waited", TypeKind.NUMBER), made("孩子的学校", TypeKind.TEXT, cast.overtime)
    assert (seat.key, nights.key, school.key) == ("seat", "nights-waited", "孩子的学校")
    assert seat.choices == ["Window", "Aisle"]
    tip = make_tip(session, cast.borders)
    offered = [one.key for one in fact_types.of_callout(session, cast.borders)][-2:]
    assert offered == ["nights-waited", "seat"]
    assert fact_types.by_key(session, "Seat", cast.carol) is None
    assert fact_types.by_key(session, "SEAT", cast.bob) is seat
    facts.add(session, tip.id or 0, seat.id or 0, "AISLE", cast.bob)
    facts.add(session, tip.id or 0, nights.id or 0, "1,200.50", cast.bob)
    assert standing(session, tip) == {"Aisle": "confirmed", "1200.5": "confirmed"}
    for row, typed in ((seat, "roof"), (nights, "many"), (school, "x")):
        with pytest.raises(Refused):
            facts.add(session, tip.id or 0, row.id or 0, typed, cast.bob)
    with pytest.raises(Refused):
        made("seat", TypeKind.TEXT)
    assert made("Seat", TypeKind.TEXT, cast.overtime).key == "seat-2"
    with pytest.raises(NotAllowed):
        fact_types.save(session, None, TypeDraft("Mine"), cast.bob)


def test_editors_rename_order_and_archive_types(session: Session, cast: Cast) -> None:
    one = fact_types.save(session, None, TypeDraft("One"), cast.alice)
    two = fact_types.save(session, None, TypeDraft("Two"), cast.alice)
    fact_types.move(session, two.id or 0, cast.alice, up=True)
    keys = [row.key for row in fact_types.of_callout(session, cast.borders)]
    assert keys[-2:] == ["two", "one"]
    fact_types.save(session, one.id, TypeDraft("First"), cast.alice)
    assert (one.name, one.key) == ("First", "one"), "saved lists go on to work"
    fact_types.archive(session, one.id or 0, cast.alice)
    assert [row.key for row in fact_types.of_callout(session, cast.borders)][-1] == "two"
    assert fact_types.by_key(session, "one", cast.alice) is one
    fact_types.archive(session, one.id or 0, cast.alice, archived=False)
    assert len(fact_types.seen(session, cast.carol)) == 9 and fact_types.seen(session, cast.ada) == []


def test_of_two_tips_that_become_one_each_value_stands_once_and_both_come_back(session: Session, cast: Cast) -> None:
    target = told(session, cast)
    tip = told(session, cast, of=target)
    suggest(session, target, "place", "Wuhan")
    suggest(session, tip, "place", "Wuhan", CONFIRMED)
    suggest(session, target, "place", "Wuxi", CONFIRMED)
    suggest(session, tip, "place", "Wuxi")
    suggest(session, tip, "relation", "child")
    join(session, cast, tip)
    assert standing(session, target) == {"Wuhan": "confirmed", "Wuxi": "confirmed", "child": "suggested"}
    assert standing(session, tip) == {"Wuhan": "suggested", "Wuxi": "suggested"}
    unmerge.unmerge(session, tip.id or 0, cast.alice)
    assert standing(session, target) == {"Wuhan": "suggested", "Wuxi": "confirmed"}
    assert standing(session, tip) == {"Wuhan": "confirmed", "Wuxi": "suggested", "child": "suggested"}
    assert (tip.facts_version, target.facts_version) == (0, 0), "both are read anew"


def test_facts_go_with_a_message_that_is_split_off_and_with_a_tip_that_moves(session: Session, cast: Cast) -> None:
    tip = told(session, cast)
    kept, later = suggest(session, tip, "place", "Wuhan"), say(session, tip, "Another story", created_at=now())
    gone = suggest(session, tip, "place", "Wuxi", CONFIRMED)
    gone.message_id = later.id
    session.flush()
    made, event = splitting.split(session, later.id, cast.alice)
    session.expire_all()
    assert (kept.tip_id, gone.tip_id) == (tip.id, made.id)
    splitting.undo(session, event, cast.alice)
    session.expire_all()
    assert gone.tip_id == tip.id
    moving.move(session, tip.id or 0, cast.overtime, cast.alice)
    assert standing(session, tip) == {"Wuhan": "suggested", "Wuxi": "confirmed"}


def test_of_an_erased_tip_no_fact_stays(session: Session, cast: Cast) -> None:
    tip = told(session, cast)
    suggest(session, tip, "place", "Wuhan")
    event = facts.add(session, tip.id or 0, kind(session, "visa").id or 0, "Z", cast.bob)
    session.commit()
    erasure.erase(session, tip.id or 0, ActorKind.READER)
    session.commit()
    assert session.scalars(select(Fact)).all() == [] and event is not None
