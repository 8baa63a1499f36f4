"""Counters: what is kept must be what is there."""

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.core.making import make_tip
from tests.fixtures_db import Cast
from tipline.core import row_batches
from tipline.core.counts import counters
from tipline.models import Status, Tip, TipCount


def kept(session: Session) -> dict[tuple[int, str, int], int]:
    row_batches.flush_last(session)
    found = session.execute(select(TipCount).where(col(TipCount.n) != 0)).scalars()
    return {(row.callout_id, row.status, row.assignee_id): row.n for row in found}


def change(session: Session, tip: Tip, **values: object) -> None:
    before = counters.standing(tip)
    for name, value in values.items():
        setattr(tip, name, value)
    session.flush()
    counters.move(session, tip, before, counters.standing(tip))


def test_a_tip_is_counted_where_it_stands(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders)
    make_tip(session, cast.borders)
    assert kept(session) == {(cast.borders, "new", 0): 2}
    change(session, tip, status=Status.REVIEWING, assignee_id=cast.bob.account_id)
    assert kept(session) == {(cast.borders, "new", 0): 1, (cast.borders, "reviewing", cast.bob.account_id): 1}
    change(session, tip, callout_id=cast.overtime)
    assert kept(session) == {(cast.borders, "new", 0): 1, (cast.overtime, "reviewing", cast.bob.account_id): 1}


def test_a_move_to_where_it_stands_changes_nothing(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders)
    change(session, tip)
    assert kept(session) == {(cast.borders, "new", 0): 1}


def test_restricted_tips_are_not_counted(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders, restricted=True)
    assert kept(session) == {}
    change(session, tip, status=Status.CLOSED)
    assert kept(session) == {}


def test_a_tip_that_is_restricted_leaves_the_counters_and_comes_back(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders)
    counters.move(session, tip, counters.standing(tip), None)
    tip.restricted = True
    assert kept(session) == {}
    tip.restricted = False
    counters.move(session, tip, None, counters.standing(tip))
    assert kept(session) == {(cast.borders, "new", 0): 1}


def test_a_joined_tip_leaves_the_counters_for_good(session: Session, cast: Cast) -> None:
    target, tip = make_tip(session, cast.borders), make_tip(session, cast.borders)
    tip.merged_into = target.id
    counters.move(session, tip, counters.standing(tip), None)
    assert kept(session) == {(cast.borders, "new", 0): 1}
    change(session, tip, status=Status.CLOSED)
    assert kept(session) == {(cast.borders, "new", 0): 1}


def test_counting_anew_gives_what_was_kept(session: Session, cast: Cast) -> None:
    for n in range(6):
        tip = make_tip(session, cast.borders if n % 2 else cast.overtime)
        change(session, tip, status=list(Status)[n], assignee_id=cast.bob.account_id if n % 3 else None)
    make_tip(session, cast.borders, restricted=True)
    before = kept(session)
    assert len(before) > 3
    counters.rebuild(session)
    assert kept(session) == before


def test_each_person_reads_the_counters_of_their_callouts(session: Session, cast: Cast) -> None:
    make_tip(session, cast.borders)
    make_tip(session, cast.overtime)
    for actor, callouts in (
        (cast.alice, {cast.borders, cast.overtime}),
        (cast.bob, {cast.borders}),
        (cast.dave, {cast.borders}),
        (cast.carol, {cast.overtime}),
        (cast.ada, set()),
    ):
        assert {callout_id for callout_id, *_ in counters.read(session, actor)} == callouts


@pytest.mark.parametrize(("assignees", "n"), [(None, 2), ([0], 1), ([99], 0), ([], 0)])
def test_totals_are_of_what_is_asked_for(session: Session, cast: Cast, assignees: list[int] | None, n: int) -> None:
    make_tip(session, cast.borders)
    change(session, make_tip(session, cast.borders), assignee_id=cast.bob.account_id)
    make_tip(session, cast.overtime)
    assert counters.total(session, cast.alice, [cast.borders], (Status.NEW,), assignees) == n
    assert counters.total(session, cast.alice, None, ()) == 3
    assert counters.total(session, cast.alice, [], ()) == 0
