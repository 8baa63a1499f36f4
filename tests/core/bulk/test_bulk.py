"""One change to several tips: in pieces, once each, to be cancelled and taken back."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.core.making import TODAY, make_tip
from tests.fixtures_db import Cast
from tests.plans import plan, watching
from tipline.core import bulk, triage
from tipline.core.bulk import last_change, steps
from tipline.core.bulk.steps import BulkStep
from tipline.core.counts import counters
from tipline.core.filters import Filters
from tipline.db import Database, now
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.models import BulkState, Event, Status, Tag, Tip, TipAccess, TipSeen, TipTag, Verb
from tipline.worker import change_on

CLOSE = [BulkStep("status", "closed")]


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "TIPS_PER_TRANSACTION", 3)


def statuses(session: Session) -> list[Status]:
    session.expire_all()
    return list(session.scalars(select(col(Tip.status)).order_by(col(Tip.id))))


def tips(session: Session, cast: Cast, n: int) -> list[int]:
    return [make_tip(session, cast.borders, f"Story {i}", minutes=i).id or 0 for i in range(n)]


def test_all_that_match_change_piece_by_piece_with_one_event_each(session: Session, cast: Cast) -> None:
    tips(session, cast, 7)
    theirs = make_tip(session, cast.overtime)
    change = bulk.begin(session, Filters.parse(""), CLOSE, cast.bob, TODAY)
    assert change.total == 7 and bulk.counts_whole(change)
    assert bulk.go_on(session, change.id or 0)
    assert statuses(session) == [Status.NEW] * 4 + [Status.CLOSED] * 3 + [Status.NEW]
    assert (change.looked_at, change.changed) == (3, 3)
    while bulk.go_on(session, change.id or 0):
        pass
    assert change.state is BulkState.DONE and change.ended_at
    assert statuses(session) == [Status.CLOSED] * 7 + [Status.NEW]
    events = session.scalars(select(Event).where(col(Event.bulk_id) == change.id)).all()
    assert sorted(event.tip_id or 0 for event in events) == list(range(1, 8))
    assert theirs.status is Status.NEW
    assert {(s, n) for _, s, _, n in counters.read(session, cast.bob)} == {(Status.CLOSED, 7)}


def test_tips_that_came_after_it_began_are_left_alone(session: Session, cast: Cast) -> None:
    tips(session, cast, 4)
    change = bulk.begin(session, Filters.parse(""), CLOSE, cast.bob, TODAY)
    bulk.go_on(session, change.id or 0)
    late = make_tip(session, cast.borders, "Posted late, with an early date", minutes=-60)
    while bulk.go_on(session, change.id or 0):
        pass
    assert late.status is Status.NEW
    assert change.changed == 4


def test_what_is_done_stays_when_it_is_cancelled_and_can_be_taken_back(session: Session, cast: Cast) -> None:
    ids = tips(session, cast, 7)
    change = bulk.begin(session, Filters.parse(""), CLOSE, cast.bob, TODAY)
    with pytest.raises(Refused):
        bulk.begin_undo(session, change.id or 0, cast.bob)
    bulk.go_on(session, change.id or 0)
    assert bulk.cancel(session, change.id or 0, cast.bob).state is BulkState.CANCELLED
    assert not bulk.go_on(session, change.id or 0)
    triage.set_status(session, ids[-1], Status.READY, cast.alice)  # changed since: it stays
    undo = bulk.begin_undo(session, change.id or 0, cast.bob)
    while bulk.go_on(session, undo.id or 0):
        pass
    assert (undo.total, undo.looked_at, undo.changed) == (3, 3, 2)
    assert statuses(session) == [Status.NEW] * 6 + [Status.READY]
    with pytest.raises(Refused):
        bulk.begin_undo(session, change.id or 0, cast.bob)


def test_only_who_began_it_sees_it_and_viewers_begin_none(session: Session, cast: Cast) -> None:
    change = bulk.begin(session, Filters.parse(""), CLOSE, cast.bob, TODAY)
    for act in (bulk.cancel, bulk.begin_undo, bulk.mine):
        with pytest.raises(NotVisible):
            act(session, change.id or 0, cast.alice)
    with pytest.raises(NotAllowed):
        bulk.begin(session, Filters.parse(""), CLOSE, cast.dave, TODAY)
    assert bulk.running(session, cast.bob) == [change] and bulk.running(session, cast.alice) == []


def test_rights_are_asked_again_when_a_piece_runs(session: Session, cast: Cast) -> None:
    ids = tips(session, cast, 4)
    change = bulk.begin(session, Filters.parse(""), CLOSE, cast.alice, TODAY)
    hidden = session.get_one(Tip, ids[0])
    hidden.restricted = True
    session.add(TipAccess(tip_id=ids[0], account_id=cast.bob.account_id))
    session.flush()
    while bulk.go_on(session, change.id or 0):
        pass
    assert statuses(session) == [Status.NEW] + [Status.CLOSED] * 3


def test_it_ends_where_the_account_may_not_change_tips_any_more(session: Session, cast: Cast) -> None:
    from tipline.core import accounts

    tips(session, cast, 2)
    change = bulk.begin(session, Filters.parse(""), CLOSE, cast.bob, TODAY)
    accounts.switch_off(session, cast.bob.account_id, cast.ada)
    assert not bulk.go_on(session, change.id or 0)
    assert change.state is BulkState.FAILED and change.problem
    assert statuses(session) == [Status.NEW] * 2


def test_a_step_that_is_refused_for_one_tip_leaves_the_others(session: Session, cast: Cast) -> None:
    mine, theirs = make_tip(session, cast.borders), make_tip(session, cast.overtime)
    wanted = [BulkStep("assignee", str(cast.bob.account_id)), BulkStep("tag", "visa")]
    done = bulk.at_once(session, [mine.id or 0, theirs.id or 0], wanted, cast.alice, TODAY)
    assert (mine.assignee_id, theirs.assignee_id) == (cast.bob.account_id, None)
    assert done.refused and done.tips == (mine.id, theirs.id)
    assert len(session.scalars(select(TipTag)).all()) == 2


def test_each_verb_of_the_bar_comes_back_by_one_undo(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders)
    triage.tag(session, tip.id or 0, ["old"], cast.bob)
    wanted = [
        BulkStep("assignee", "me"), BulkStep("verification", "verified"), BulkStep("follow_up", "3"),
        BulkStep("tag", "visa，family"), BulkStep("untag", "old"), BulkStep("status", "closed"),
    ]  # fmt: skip
    done = bulk.at_once(session, [tip.id or 0], wanted, cast.bob, TODAY)
    assert (tip.assignee_id, tip.follow_up_on) == (cast.bob.account_id, TODAY + timedelta(days=3))
    undo = bulk.begin_undo(session, done.change.id or 0, cast.bob)
    while bulk.go_on(session, undo.id or 0):
        pass
    assert (tip.assignee_id, tip.follow_up_on, tip.status) == (None, None, Status.NEW)
    assert tip.verification == "unverified"
    assert len(session.scalars(select(TipTag)).all()) == 1
    assert undo.changed == undo.total == 7


def test_many_tips_go_to_another_callout_and_come_back_with_who_had_them(session: Session, cast: Cast) -> None:
    ids = tips(session, cast, 2)
    there = make_tip(session, cast.overtime).id or 0
    triage.assign(session, ids[0], cast.bob.account_id, cast.alice)
    done = bulk.at_once(session, [*ids, there], [BulkStep("move", str(cast.overtime))], cast.alice, TODAY)
    assert done.tips == (*ids,) and done.refused == ""
    session.expire_all()
    assert [session.get_one(Tip, i).callout_id for i in ids] == [cast.overtime] * 2
    assert session.get_one(Tip, ids[0]).assignee_id is None
    undo = bulk.begin_undo(session, done.change.id or 0, cast.alice)
    bulk.go_on(session, undo.id or 0)
    session.expire_all()
    assert [session.get_one(Tip, i).callout_id for i in ids] == [cast.borders] * 2
    assert session.get_one(Tip, ids[0]).assignee_id == cast.bob.account_id
    assert undo.changed == undo.total == 3


def test_tips_go_to_no_callout_that_one_does_not_see(session: Session, cast: Cast) -> None:
    ids = tips(session, cast, 2)
    done = bulk.at_once(session, ids, [BulkStep("move", str(cast.overtime))], cast.bob, TODAY)
    assert (done.refused, done.tips) == (steps.NO_CALLOUT, ())
    for unknown in ("9999", "", "-1", "borders"):
        with pytest.raises(Refused):
            bulk.at_once(session, ids, [BulkStep("move", unknown)], cast.bob, TODAY)


def test_what_one_has_read_is_changed_for_oneself_alone_and_is_no_event(session: Session, cast: Cast) -> None:
    ids = tips(session, cast, 4)
    theirs = make_tip(session, cast.overtime).id or 0
    triage.mark_seen(session, ids[0], cast.bob)
    written = len(session.scalars(select(Event)).all())

    def read_by(account_id: int) -> set[int]:
        return set(session.scalars(select(col(TipSeen.tip_id)).where(col(TipSeen.account_id) == account_id)))

    change = bulk.begin(session, Filters.parse(""), [BulkStep("seen", "read")], cast.bob, TODAY)
    while bulk.go_on(session, change.id or 0):
        pass
    assert (change.changed, change.looked_at) == (3, 4) and not bulk.goes_back(change)
    assert read_by(cast.bob.account_id) == {*ids}
    done = bulk.at_once(session, [*ids[:2], theirs], [BulkStep("seen", "unread")], cast.bob, TODAY)
    assert done.tips == tuple(ids[:2]) and read_by(cast.bob.account_id) == {*ids[2:]}
    assert read_by(cast.alice.account_id) == set()
    assert len(session.scalars(select(Event)).all()) == written
    assert last_change.last(session, cast.bob) is None


def test_nobody_does_a_piece_twice(database: Database, session: Session, cast: Cast) -> None:
    tips(session, cast, 3)
    change = bulk.begin(session, Filters.parse(""), CLOSE, cast.bob, TODAY)
    session.commit()
    bulk.go_on(session, change.id or 0)
    if database.engine.dialect.name == "postgresql":  # SQLite has one writer anyway
        with database.writing() as other:
            assert not bulk.go_on(other, change.id or 0)
            other.rollback()
    session.rollback()  # the process was killed: the worker goes on where it was
    while change_on(database):
        pass
    assert statuses(session) == [Status.CLOSED] * 3
    assert len(session.scalars(select(Event).where(col(Event.verb) == Verb.STATUS)).all()) == 3
    assert not change_on(database)


def test_a_persons_own_changes_are_found_one_after_the_other(session: Session, cast: Cast) -> None:
    first, second = (make_tip(session, cast.borders, minutes=n).id or 0 for n in (1, 2))
    triage.tag(session, first, ["visa"], cast.bob)
    triage.set_status(session, second, Status.READY, cast.alice)
    bulk.at_once(session, [first, second], CLOSE, cast.bob, TODAY)
    found = last_change.last(session, cast.bob)
    assert found and found.change
    undo = bulk.begin_undo(session, found.change.id or 0, cast.bob)
    assert not bulk.go_on(session, undo.id or 0)
    found = last_change.last(session, cast.bob)
    assert found and not found.change and found.event.verb is Verb.TAGGED
    assert last_change.last(session, cast.bob, [found.event.id or 0]) is None
    triage.undo(session, found.event.id or 0, cast.bob)
    assert last_change.last(session, cast.bob) is None


def test_what_is_older_than_a_working_day_is_left_to_the_history(session: Session, cast: Cast) -> None:
    tip_id = make_tip(session, cast.borders).id or 0
    for event in triage.tag(session, tip_id, ["visa"], cast.bob):
        event_row = session.get_one(Event, event.id)
        event_row.at = now() - timedelta(hours=13)
    session.flush()
    assert last_change.last(session, cast.bob) is None


def test_looking_for_work_and_for_the_last_change_scans_no_table(session: Session, cast: Cast) -> None:
    tip_id = make_tip(session, cast.borders).id or 0
    triage.tag(session, tip_id, ["visa"], cast.bob)
    if session.get_bind().dialect.name == "postgresql":
        session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
    with watching(session) as watched:
        last_change.last(session, cast.bob)
        bulk.waiting(session)
        bulk.running(session, cast.bob)
    for statement, parameters in watched.statements:
        for step in map(str.strip, plan(session, statement, parameters)):
            assert not step.startswith(("SCAN event", "SCAN bulk_change")) or "INDEX" in step, (statement, step)
            assert "Seq Scan on event" not in step and "Seq Scan on bulk_change" not in step, (statement, step)


def test_tags_that_a_tip_has_no_room_for_are_not_made(session: Session, cast: Cast) -> None:
    full = make_tip(session, cast.borders).id or 0
    triage.tag(session, full, [f"there {n}" for n in range(49)], cast.bob)
    made = len(session.scalars(select(Tag)).all())
    done = bulk.at_once(session, [full], [BulkStep("tag", "one more, and another")], cast.bob, TODAY)
    assert done.refused == triage.MANY_TAGS and done.tips == ()
    assert len(session.scalars(select(Tag)).all()) == made
    again = bulk.at_once(
        session, [full], [BulkStep("tag", "There 1, ＴＨＥＲＥ 2, the last, #The Last")], cast.bob, TODAY
    )
    assert again.tips == (full,) and again.refused == ""


def test_nobody_puts_thousands_of_tags_on_a_list(session: Session, cast: Cast) -> None:
    make_tip(session, cast.borders)
    many = ",".join(f"t{n}" for n in range(10_000))
    for verb in ("tag", "untag"):
        with pytest.raises(Refused):
            bulk.begin(session, Filters.parse(""), [BulkStep(verb, many)], cast.bob, TODAY)
    assert session.scalars(select(Tag)).all() == []
