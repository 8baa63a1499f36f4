"""Coming back to a tip: put off until a day, in no list of open work until then, and told of when it has come."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.arrivals import mail
from tests.core.making import TODAY, make_tip
from tests.fixtures_db import Cast
from tests.plans import plan, watching
from tipline.core import bulk, inbox, intake, triage
from tipline.core.bulk import macros
from tipline.core.bulk.steps import BulkStep
from tipline.core.desk import activity
from tipline.core.filters import Filters
from tipline.core.outgoing_mail import threads
from tipline.core.presence import edit_conflicts
from tipline.core.presence.edit_conflicts import EditConflict, IntendedChange
from tipline.db import Database, is_sqlite
from tipline.errors import Refused
from tipline.jobs.reminders import Reminding
from tipline.models import Event, Follower, Status, Tip, Verb

LATER = TODAY + timedelta(days=3)
NOON = datetime(2021, 6, 25, 12, tzinfo=UTC)  # of LATER


def listed(session: Session, cast: Cast, query: str = "") -> list[int]:
    return [row.tip.id or 0 for row in inbox.page(session, Filters.parse(query), cast.bob, TODAY).rows]


def counted(session: Session, cast: Cast) -> tuple[int, int, int, int]:
    counts = inbox.counts(session, cast.bob, TODAY)
    return counts.inbox, counts.mine, counts.unassigned, counts.callouts.get(cast.borders, 0)


@pytest.fixture
def put_off(session: Session, cast: Cast) -> int:
    """Of three tips, that of bob which he put off."""
    for n in range(2):
        make_tip(session, cast.borders, f"story {n}", n)
    tip_id = make_tip(session, cast.borders, "my story", 2).id or 0
    triage.assign(session, tip_id, cast.bob.account_id, cast.bob)
    triage.follow_up(session, tip_id, LATER, cast.bob, snooze=True)
    return tip_id


def test_what_is_snoozed_is_in_no_list_of_open_work_and_in_no_number_of_them(
    session: Session, cast: Cast, put_off: int
) -> None:
    assert put_off not in listed(session, cast) and listed(session, cast, "assignee:me") == []
    assert counted(session, cast) == (2, 0, 2, 2)
    assert inbox.page(session, Filters(), cast.bob, TODAY).count == 2
    for query in ("is:snoozed", "status:new", "status:any", "story assignee:me", "due:any", "sort:due"):
        assert put_off in listed(session, cast, query), query
    assert listed(session, cast, "-is:snoozed status:any") == [2, 1]
    found = inbox.page(session, Filters(), cast.bob, LATER).rows[0].tip.id
    assert found == put_off, "its day brings it back, worker or no worker"


def test_what_the_reader_writes_brings_it_back_at_once(session: Session, cast: Cast) -> None:
    first, other = (intake.receive(session, mail(callout_id=cast.borders, message_id=f"{n}@x")).tip_id for n in "12")
    for tip_id in (first, other):
        triage.follow_up(session, tip_id, LATER, cast.alice, snooze=True)
    ours = threads.message_id(session, first, "borders@meridian.example")
    assert intake.receive(session, mail("In March.", message_id="3@x", answers=(ours,))).tip_id == first
    tip = session.get_one(Tip, first)
    assert not tip.snoozed and tip.follow_up_on == tip.remind_on == LATER
    assert listed(session, cast) == [first] and session.get_one(Tip, other).snoozed


def test_a_follow_up_is_told_on_its_day_once_and_to_whoever_set_it(
    database: Database, session: Session, cast: Cast, put_off: int
) -> None:
    session.commit()
    reminding = Reminding(database, "UTC")
    assert not reminding.run(NOON - timedelta(days=1)) and activity.unseen(session, cast.bob) == 0
    session.commit()
    assert reminding.run(NOON) and not reminding.run(NOON)
    session.expire_all()
    event = session.scalars(select(Event).where(col(Event.verb) == Verb.DUE)).one()
    assert (event.tip_id, event.actor, event.after) == (put_off, "system", LATER.isoformat())
    assert activity.unseen(session, cast.bob) == 1
    assert not session.get_one(Tip, put_off).snoozed


def test_days_are_the_newsrooms_and_of_what_is_done_with_nobody_is_told(
    database: Database, session: Session, cast: Cast, put_off: int
) -> None:
    session.commit()
    eve = datetime(2021, 6, 24, 20, tzinfo=UTC)
    assert not Reminding(database, "UTC").run(eve)
    triage.set_status(session, put_off, Status.CLOSED, cast.bob)
    session.commit()
    assert Reminding(database, "Asia/Shanghai").run(eve), "there it is the next day"
    assert session.scalars(select(Event).where(col(Event.verb) == Verb.DUE)).all() == []


def test_setting_it_anew_or_clearing_it_tells_anew_or_nothing(
    database: Database, session: Session, cast: Cast, put_off: int
) -> None:
    triage.follow_up(session, put_off, None, cast.bob)
    session.commit()
    assert counted(session, cast)[0] == 3 and not Reminding(database, "UTC").run(NOON)
    for day in (LATER, LATER - timedelta(days=1)):
        triage.follow_up(session, put_off, day, cast.bob)
        session.commit()
        assert Reminding(database, "UTC").run(NOON)


def test_snoozing_can_be_taken_back_and_is_asked_about_where_another_changed_it(
    session: Session, cast: Cast, put_off: int
) -> None:
    event = session.scalars(select(Event).where(col(Event.verb) == Verb.FOLLOW_UP)).one()
    assert event.after == f"{LATER} snoozed"
    assert triage.follow_up(session, put_off, LATER, cast.bob, snooze=True) is None
    triage.follow_up(session, put_off, LATER, cast.alice)
    with pytest.raises(EditConflict):
        edit_conflicts.check(session, put_off, IntendedChange("follow_up", event.id or 0, "2021-07-01"), cast.bob)
    last = session.scalars(
        select(Event).where(col(Event.verb) == Verb.FOLLOW_UP).order_by(col(Event.id).desc())
    ).first()
    assert last
    triage.undo(session, last.id or 0, cast.alice)
    tip = session.get_one(Tip, put_off)
    assert tip.snoozed and tip.follow_up_on == LATER and tip.remind_on == LATER


def test_of_a_cluster_another_stands_in_the_list_while_one_is_put_off(session: Session, cast: Cast) -> None:
    first, second = (make_tip(session, cast.borders, "the same words", n) for n in range(2))
    first.cluster_id = second.cluster_id = 7
    session.flush()
    assert listed(session, cast) == [first.id]
    triage.follow_up(session, first.id or 0, LATER, cast.bob, snooze=True)
    assert listed(session, cast) == [second.id]


@pytest.mark.parametrize(
    ("wish", "day", "snoozed"),
    [
        ("3", LATER, False), ("14 snoozed", TODAY + timedelta(days=14), True), ("friday", date(2021, 6, 25), False),
        ("tuesday snoozed", date(2021, 6, 29), True), ("2021-07-01 snoozed", date(2021, 7, 1), True), ("", None, False),
    ],
)  # fmt: skip
def test_a_step_plans_from_the_day_on_which_it_is_done_and_is_undone_as_a_whole(
    session: Session, cast: Cast, wish: str, day: date | None, snoozed: bool
) -> None:
    ids = [make_tip(session, cast.borders, follow_up_on=TODAY).id or 0 for _ in range(3)]
    done = bulk.at_once(session, ids, [BulkStep("follow_up", wish)], cast.bob, TODAY)
    assert {session.get_one(Tip, tip_id).follow_up_on for tip_id in ids} == {day}
    assert {session.get_one(Tip, tip_id).snoozed for tip_id in ids} == {snoozed}
    assert {session.get_one(Tip, tip_id).remind_on for tip_id in ids} == {day}
    written = session.scalars(select(Event).where(col(Event.bulk_id) == done.change.id)).all()
    assert [(event.verb, event.tip_id) for event in written] == [(Verb.FOLLOW_UP, tip_id) for tip_id in ids]
    undo = bulk.begin_undo(session, done.change.id or 0, cast.bob)
    bulk.go_on(session, undo.id or 0)
    assert {session.get_one(Tip, tip_id).follow_up_on for tip_id in ids} == {TODAY}
    assert listed(session, cast) == ids[::-1]


@pytest.mark.parametrize("wish", ["-1", "367", "someday", " snoozed", "2021-06-31", "3 days", "²"])
def test_what_names_no_day_is_no_step(session: Session, cast: Cast, wish: str) -> None:
    with pytest.raises(Refused):
        macros.save(session, None, "Later", "", [BulkStep("follow_up", wish)], cast.bob)


def test_a_follow_up_on_a_whole_list_makes_nobody_follow_it(session: Session, cast: Cast, put_off: int) -> None:
    change = bulk.begin(session, Filters(), [BulkStep("follow_up", "3")], cast.alice, TODAY)
    while bulk.go_on(session, change.id or 0):
        pass
    followers = session.scalars(select(col(Follower.account_id)).distinct()).all()
    assert followers == [cast.bob.account_id]


def test_no_list_or_number_reads_all_tips_for_those_that_are_put_off(
    session: Session, cast: Cast, put_off: int
) -> None:
    with watching(session) as watched:
        for who in (cast.alice, cast.bob):
            inbox.counts(session, who, TODAY)
            inbox.page(session, Filters.parse(""), who, TODAY, limit=1)
            inbox.page(session, Filters.parse("assignee:me"), who, TODAY, limit=1)
        listed(session, cast, "is:snoozed")
    counts = [one for one in watched.statements if "ORDER BY" not in one[0]]
    plans = [line for statement, parameters in counts for line in plan(session, statement, parameters)]
    if is_sqlite(session):
        walked = {line for line in plans if line.startswith("SCAN tip ")}
        assert walked == {"SCAN tip USING INDEX ix_tip_snoozed"}
