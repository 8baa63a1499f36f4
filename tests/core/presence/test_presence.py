"""Who is at a tip, told to those alone who see it."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from tests.core.making import make_tip, say
from tests.fixtures_db import Cast
from tests.plans import plan, watching
from tipline.core import events, triage
from tipline.core.presence import viewers
from tipline.core.presence.page_state import PageState, known_by
from tipline.db import Database, is_sqlite, now
from tipline.errors import NotVisible
from tipline.models import ActorKind, Presence, Status, TipAccess, Verb


def there(session: Session, tip_id: int, who: str, cast: Cast) -> list[tuple[str, bool]]:
    return [(h.name, h.writing) for h in viewers.present(session, getattr(cast, who)) if h.tip_id == tip_id]


def test_others_see_who_reads_and_who_writes(session: Session, cast: Cast) -> None:
    tip_id = make_tip(session, cast.borders).id or 0
    viewers.note(session, tip_id, cast.bob, writing=False)
    viewers.note(session, tip_id, cast.dave, writing=False)
    assert there(session, tip_id, "alice", cast) == [("Bob", False), ("Dave", False)]
    assert there(session, tip_id, "bob", cast) == [("Dave", False)], "nobody is told of themselves"
    viewers.note(session, tip_id, cast.dave, writing=True)
    assert there(session, tip_id, "alice", cast)[0] == ("Dave", True)
    viewers.leave(session, tip_id, cast.dave)
    assert there(session, tip_id, "alice", cast) == [("Bob", False)]


def test_who_does_not_see_a_tip_learns_nothing_of_who_is_there(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders, restricted=True)
    tip_id = tip.id or 0
    session.add(TipAccess(tip_id=tip_id, account_id=cast.bob.account_id))
    viewers.note(session, tip_id, cast.bob, writing=True)
    assert there(session, tip_id, "alice", cast) == there(session, tip_id, "carol", cast) == []
    for other in (cast.alice, cast.carol, cast.ada):
        with pytest.raises(NotVisible):
            viewers.note(session, tip_id, other, writing=False)


def test_after_half_a_minute_nobody_is_there_any_more(session: Session, cast: Cast) -> None:
    tip_id = make_tip(session, cast.borders).id or 0
    viewers.note(session, tip_id, cast.bob, writing=False)
    assert not viewers.is_due(session, tip_id, cast.bob, writing=False)
    assert viewers.is_due(session, tip_id, cast.bob, writing=True)
    session.get_one(Presence, (tip_id, cast.bob.account_id)).at = now() - viewers.GOOD_FOR - timedelta(seconds=1)
    session.flush()
    assert there(session, tip_id, "alice", cast) == []
    viewers.note(session, tip_id, cast.dave, writing=False)
    assert len(session.scalars(select(Presence)).all()) == 1, "what is over goes with the next that comes"


def test_what_others_changed_since_is_known_and_ones_own_is_not(session: Session, cast: Cast) -> None:
    tips = [make_tip(session, cast.borders).id or 0 for _ in range(3)]
    hidden = make_tip(session, cast.overtime).id or 0
    since = known_by(session)
    triage.set_status(session, tips[0], Status.READY, cast.alice)
    triage.set_status(session, tips[1], Status.READY, cast.bob)
    events.record(session, Verb.MESSAGE, by=ActorKind.READER, tip_id=tips[2])
    triage.set_status(session, hidden, Status.READY, cast.alice)
    events.record(session, Verb.IDENTITY_SEEN, by=cast.alice, tip_id=tips[1])
    assert sorted(viewers.changed(session, [*tips, hidden], since, cast.bob)) == [tips[0], tips[2]]
    assert viewers.changed(session, [], since, cast.bob) == []
    assert viewers.changed(session, tips, known_by(session), cast.bob) == []


def test_what_a_transaction_wrote_that_was_open_when_a_page_was_drawn_is_new_to_the_page(
    database: Database, cast: Cast
) -> None:
    if is_sqlite(database.engine):
        pytest.skip("one writer at a time")
    with database.writing() as session:
        tips = [make_tip(session, cast.borders).id or 0 for _ in range(2)]
        session.commit()
    with database.writing() as slow, database.writing() as quick, database.reading() as page:
        triage.set_status(slow, tips[0], Status.READY, cast.alice)
        slow.flush()
        triage.set_status(quick, tips[1], Status.READY, cast.alice)
        quick.commit()
        known = PageState.parse(str(known_by(page)))
        slow.commit()
    with database.reading() as session:
        assert viewers.changed(session, tips, known, cast.bob) == [tips[0]]
        assert viewers.changed(session, tips, known_by(session), cast.bob) == []


@pytest.mark.parametrize("said", ["", "x", "-1", "1:", "1:2,", "1;DROP", "9" * 30, "1:" + "2," * 200 + "2"])
def test_what_no_page_wrote_knows_nothing(said: str) -> None:
    assert PageState.parse(said) == PageState()


def test_what_changed_is_found_by_the_index_of_each_tips_events(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders)
    for _ in range(2000):
        events.note(session, Verb.MESSAGE, by=ActorKind.READER, tip_id=tip.id)
    say(session, tip, "More")
    with watching(session) as watched:
        known = PageState(10) if is_sqlite(session) else PageState(10, (7,))
        viewers.changed(session, list(range(1, 60)), known, cast.bob)
        known_by(session)
    for statement, parameters in watched.statements:
        steps = " ".join(plan(session, statement, parameters))
        if is_sqlite(session):
            assert "SCAN tip" not in steps and ("ix_event_tip" in steps or "max(event.id)" in statement)
