"""What others did on the tips that one follows: told once, to those who see them, at one cost."""

import pytest
from sqlalchemy import delete
from sqlmodel import Session, col

from tests.core.making import MORNING, make_tip
from tests.fixtures_db import Cast
from tests.plans import plan, watching
from tipline.core import events, following, triage
from tipline.core.access import Actor
from tipline.core.desk import activity
from tipline.db import is_sqlite
from tipline.models import ActorKind, CalloutMember, Follower, Status, TipAccess, Verb


def lines(session: Session, by: Actor) -> list[tuple[int, bool, list[str]]]:
    page = activity.page(session, by)
    return [(g.tip.id or 0, g.fresh, [e.event.verb.value for e in g.lines if e.event]) for g in page.groups]


def test_news_stand_tip_by_tip_the_newest_first(session: Session, cast: Cast) -> None:
    one, two, other = (make_tip(session, cast.borders).id or 0 for _ in range(3))
    for tip_id in (one, two):
        following.follow(session, tip_id, cast.bob)
    triage.set_status(session, one, Status.REVIEWING, cast.alice)
    triage.set_status(session, two, Status.READY, cast.alice)
    triage.set_status(session, other, Status.READY, cast.alice)
    triage.set_status(session, two, Status.NEW, cast.bob)
    events.note(session, Verb.MESSAGE, by=ActorKind.READER, tip_id=one)
    assert lines(session, cast.bob) == [(one, True, ["message", "status"]), (two, True, ["status"])]
    assert activity.unseen(session, cast.bob) == 2 and activity.unseen(session, cast.alice) == 0


def test_what_was_seen_is_told_no_more_and_stays_below(session: Session, cast: Cast) -> None:
    one, two = (make_tip(session, cast.borders).id or 0 for _ in range(2))
    for tip_id in (one, two):
        following.follow(session, tip_id, cast.bob)
        triage.set_status(session, tip_id, Status.READY, cast.alice)
        triage.tag(session, tip_id, ["visa"], cast.alice)
    page = activity.page(session, cast.bob)
    activity.mark_seen(session, cast.bob, page.upto)
    session.flush()
    assert activity.unseen(session, cast.bob) == 0
    triage.set_status(session, one, Status.USED, cast.alice)
    assert lines(session, cast.bob) == [(one, True, ["status"]), (two, False, ["tagged"])]
    activity.mark_seen(session, cast.bob, 2**31 - 1)
    session.flush()
    triage.set_status(session, two, Status.USED, cast.alice)
    assert activity.unseen(session, cast.bob) == 1, "nobody has seen what is still to come"
    activity.mark_seen(session, cast.bob, 1)
    session.flush()
    assert activity.unseen(session, cast.bob) == 1, "what was seen stays seen"


def test_who_sees_a_tip_no_more_is_told_nothing_of_it(session: Session, cast: Cast) -> None:
    open_, hidden = make_tip(session, cast.borders), make_tip(session, cast.borders, restricted=True)
    session.add(TipAccess(tip_id=hidden.id or 0, account_id=cast.bob.account_id))
    session.flush()
    for tip in (open_, hidden):
        following.follow(session, tip.id or 0, cast.bob)
        events.record(session, Verb.MESSAGE, by=ActorKind.READER, tip_id=tip.id)
    assert activity.unseen(session, cast.bob) == 2
    session.execute(delete(TipAccess).where(col(TipAccess.account_id) == cast.bob.account_id))
    assert [tip_id for tip_id, _, _ in lines(session, cast.bob)] == [open_.id]
    session.execute(delete(CalloutMember).where(col(CalloutMember.account_id) == cast.bob.account_id))
    for nobody in (cast.bob, cast.ada):
        assert lines(session, nobody) == [] and activity.unseen(session, nobody) == 0


def test_whoever_follows_thousands_that_they_do_not_see_any_more_waits_for_none_of_them(
    session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity, "NEWEST", 3)
    for callout_id in (cast.borders, cast.borders, cast.overtime, cast.overtime):
        tip_id = make_tip(session, callout_id).id or 0
        session.add(Follower(account_id=cast.bob.account_id, tip_id=tip_id, since=MORNING))
        session.flush()
        events.record(session, Verb.MESSAGE, by=ActorKind.READER, tip_id=tip_id)
    assert activity.unseen(session, cast.bob) == 1, "of the newest three"


def test_a_call_by_name_is_known_as_one(session: Session, cast: Cast) -> None:
    tip_id = make_tip(session, cast.borders).id or 0
    note = triage.note(session, tip_id, "@Bob, please", cast.alice)
    group = activity.page(session, cast.bob).groups[0]
    assert group.calls == {note.id} and group.fresh
    assert activity.unseen_calls(session, cast.bob, 0) == 1
    assert activity.unseen_calls(session, cast.bob, group.news_id) == 0
    assert activity.unseen_calls(session, cast.alice, 0) == 0


def test_pages_follow_each_other_without_gap_or_repetition(session: Session, cast: Cast) -> None:
    tips = [make_tip(session, cast.borders).id or 0 for _ in range(7)]
    for tip_id in tips:
        following.follow(session, tip_id, cast.bob)
        events.note(session, Verb.MESSAGE, by=ActorKind.READER, tip_id=tip_id)
    found: list[int] = []
    before: int | None = None
    while True:
        page = activity.page(session, cast.bob, before, limit=3)
        found += [group.tip.id or 0 for group in page.groups]
        before = page.next
        if before is None:
            break
    assert found == tips[::-1]


def test_news_are_found_by_an_index_and_by_as_many_queries_however_many_there_are(session: Session, cast: Cast) -> None:
    counts = []
    for n in (3, 60):
        for _ in range(n):
            tip_id = make_tip(session, cast.borders).id or 0
            session.add(Follower(account_id=cast.bob.account_id, tip_id=tip_id, since=MORNING))
            session.flush()
            for _ in range(5):
                events.note(session, Verb.MESSAGE, by=ActorKind.READER, tip_id=tip_id)
        with watching(session) as watched:
            activity.page(session, cast.bob)
            activity.unseen(session, cast.bob)
        counts.append(len(watched.statements))
    assert counts[0] == counts[1]
    if is_sqlite(session):
        for statement, parameters in watched.statements:
            steps = " ".join(plan(session, statement, parameters))
            assert not any(f"SCAN {table}" in steps for table in ("event", "tip", "follower", "message")), steps
