"""The fields of a tip, by the one that was added last: all that a field can do comes from its declaration."""

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.core.inbox.test_inbox import ids
from tests.core.making import TODAY, make_tip
from tests.fixtures_db import Cast
from tipline.core import bulk, inbox, merge, triage
from tipline.core.bulk.steps import BulkStep
from tipline.core.filters import Filters
from tipline.core.filters.orders import ORDERS, Sort
from tipline.core.merge import unmerge
from tipline.models import Event, Priority, Tip, Verb


@pytest.fixture
def tips(session: Session, cast: Cast) -> dict[Priority, int]:
    """A tip of each priority, the lowest the newest."""
    made = {one: make_tip(session, cast.borders, minutes=-n) for n, one in enumerate(Priority)}
    session.flush()
    for one, tip in made.items():
        triage.set_choice(session, tip.id or 0, one, cast.bob)
    return {one: tip.id or 0 for one, tip in made.items()}


def test_lists_are_filtered_by_priority(session: Session, cast: Cast, tips: dict[Priority, int]) -> None:
    found = ids(session, "priority:high,urgent", cast.bob)
    assert set(found) == {tips[Priority.HIGH], tips[Priority.URGENT]}
    assert ids(session, "-priority:normal -priority:low -priority:high", cast.bob) == [tips[Priority.URGENT]]
    assert Filters.parse("priority:urgent priority:low").query() == "priority:low priority:urgent"


@pytest.mark.parametrize("few", [True, False])
@pytest.mark.parametrize("more", ["", " status:any", " callout:borders", " assignee:none"])
def test_lists_are_ordered_by_priority_and_paged(
    session: Session, cast: Cast, tips: dict[Priority, int], monkeypatch: pytest.MonkeyPatch, few: bool, more: str
) -> None:
    if not few:
        monkeypatch.setattr("tipline.core.inbox.listing.FEW_TIPS", -1)
    newer = make_tip(session, cast.borders).id or 0
    wanted = [tips[Priority.URGENT], tips[Priority.HIGH], newer, tips[Priority.NORMAL], tips[Priority.LOW]]
    assert ids(session, f"sort:priority{more}", cast.bob) == wanted
    place = ORDERS[Sort.PRIORITY].place(session.get_one(Tip, tips[Priority.HIGH]))
    page = inbox.page(session, Filters.parse(f"sort:priority{more}"), cast.bob, TODAY, place)
    assert [row.tip.id for row in page.rows] == wanted[2:]


def test_a_priority_is_set_for_many_tips_and_undone(session: Session, cast: Cast) -> None:
    tip_id = make_tip(session, cast.borders).id or 0
    done = bulk.at_once(session, [tip_id], [BulkStep("priority", "urgent")], cast.bob, TODAY)
    [event] = session.scalars(select(Event).where(col(Event.verb) == Verb.PRIORITY))
    assert (done.tips, event.before, event.after) == ((tip_id,), "normal", "urgent")
    assert session.get_one(Tip, tip_id).priority is Priority.URGENT
    triage.undo(session, event.id or 0, cast.bob)
    session.expire_all()
    assert session.get_one(Tip, tip_id).priority is Priority.NORMAL


def test_the_higher_priority_of_two_merged_tips_stays_until_they_are_unmerged(
    session: Session, cast: Cast, tips: dict[Priority, int]
) -> None:
    target_id, tip_id = tips[Priority.LOW], tips[Priority.HIGH]
    merge.merge(session, tip_id, cast.bob, TODAY, into=target_id)
    assert session.get_one(Tip, target_id).priority is Priority.HIGH
    unmerge.unmerge(session, tip_id, cast.bob)
    assert session.get_one(Tip, target_id).priority is Priority.LOW
