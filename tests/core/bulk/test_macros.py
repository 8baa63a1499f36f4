"""Macros and reasons: what a newsroom sets so that one press does what it always does, and says why."""

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.core.making import TODAY, make_tip
from tests.fixtures_db import Cast
from tipline.core import bulk, triage
from tipline.core.bulk import macros
from tipline.core.bulk.steps import BulkStep
from tipline.core.triage import reasons
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.models import Event, Reason, Status, Verb

STEPS = [BulkStep("tag", "not for us"), BulkStep("status", "closed")]


def test_a_macro_is_ones_own_until_it_is_shared(session: Session, cast: Cast) -> None:
    made = macros.save(session, None, " Not  for us ", "N", STEPS, cast.bob)
    assert (made.name, made.key) == ("Not for us", "n")
    assert macros.usable(session, cast.bob) == [made] and macros.usable(session, cast.alice) == []
    with pytest.raises(NotVisible):
        macros.steps_of(session, made.id or 0, cast.alice)
    macros.save(session, made.id, made.name, made.key, STEPS, cast.bob, shared=True)
    assert macros.steps_of(session, made.id or 0, cast.carol) == STEPS
    with pytest.raises(NotAllowed):
        macros.delete(session, made.id or 0, cast.carol)
    assert macros.usable(session, cast.dave) == []
    macros.delete(session, made.id or 0, cast.alice)  # editors look after what is shared
    verbs = session.scalars(select(col(Event.verb)).where(col(Event.verb) == Verb.MACRO_CHANGED)).all()
    assert len(verbs) == 3


@pytest.mark.parametrize(
    ("name", "key", "wanted"),
    [
        ("", "", STEPS), ("x" * 61, "", STEPS), ("Twin", "", STEPS), ("Other", "t", STEPS), ("Other", "é", STEPS),
        ("Other", "", []), ("Other", "", [BulkStep("status", "gone")]), ("Other", "", [BulkStep("erase", "")]),
        ("Other", "", [BulkStep("follow_up", "-1")]), ("Other", "", [BulkStep("tag", " , ")]),
    ],
)  # fmt: skip
def test_what_makes_no_macro_is_refused(
    session: Session, cast: Cast, name: str, key: str, wanted: list[BulkStep]
) -> None:
    macros.save(session, None, "Twin", "t", STEPS, cast.bob)
    with pytest.raises(Refused):
        macros.save(session, None, name, key, wanted, cast.bob)


def test_a_status_with_reasons_is_given_with_one_of_them(session: Session, cast: Cast) -> None:
    tip_id = make_tip(session, cast.borders).id or 0
    reason = reasons.add(session, Status.CLOSED, "Not for us", cast.alice)
    other = reasons.add(session, Status.USED, "In print", cast.alice)
    for wrong in (None, other.id, 99):
        with pytest.raises(Refused):
            triage.set_status(session, tip_id, Status.CLOSED, cast.bob, reason=wrong)
    event = triage.set_status(session, tip_id, Status.CLOSED, cast.bob, reason=reason.id)
    assert event and event.object_id == reason.id
    with pytest.raises(Refused):
        bulk.at_once(session, [tip_id], [BulkStep("status", "used")], cast.bob, TODAY)
    bulk.at_once(session, [tip_id], [BulkStep("status", f"used:{other.id}")], cast.bob, TODAY)


def test_undo_brings_the_earlier_reason_back(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders)
    tip_id = tip.id or 0
    first = reasons.add(session, Status.CLOSED, "Not for us", cast.alice)
    second = reasons.add(session, Status.CLOSED, "Doubtful", cast.alice)
    triage.set_status(session, tip_id, Status.CLOSED, cast.bob, reason=first.id)
    changed = triage.set_status(session, tip_id, Status.CLOSED, cast.bob, reason=second.id)
    reopened = triage.set_status(session, tip_id, Status.REVIEWING, cast.bob)
    assert tip.reason_id is None and changed and reopened
    triage.undo(session, reopened.id or 0, cast.bob)
    assert (tip.status, tip.reason_id) == (Status.CLOSED, second.id)
    triage.undo(session, changed.id or 0, cast.bob)
    assert (tip.status, tip.reason_id) == (Status.CLOSED, first.id)


def test_a_retired_reason_is_offered_no_longer_and_stays_where_it_is(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders)
    reason = reasons.add(session, Status.CLOSED, "Not for us", cast.alice)
    triage.set_status(session, tip.id or 0, Status.CLOSED, cast.bob, reason=reason.id)
    reasons.retire(session, reason.id or 0, cast.alice)
    assert reasons.offered(session) == {} and tip.reason_id == reason.id
    triage.set_status(session, make_tip(session, cast.borders).id or 0, Status.CLOSED, cast.bob)
    reasons.retire(session, reason.id or 0, cast.alice, retired=False)
    reasons.rename(session, reason.id or 0, "Not ours", cast.alice)
    assert reasons.name_of(session, tip.reason_id) == "Not ours"


def test_reasons_are_the_editors_to_set_and_for_statuses_that_people_give(session: Session, cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        reasons.add(session, Status.CLOSED, "Not for us", cast.bob)
    for status, name in ((Status.NEW, "Why"), (Status.CLOSED, " "), (Status.CLOSED, "x" * 101)):
        with pytest.raises(Refused):
            reasons.add(session, status, name, cast.alice)
    reasons.add(session, Status.CLOSED, "Not for us", cast.alice)
    with pytest.raises(Refused):
        reasons.add(session, Status.CLOSED, "not for US", cast.alice)
    assert len(session.scalars(select(Reason)).all()) == 1
