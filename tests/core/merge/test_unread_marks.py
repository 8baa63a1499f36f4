"""What people have read and what they have not, when two tips are merged and unmerged."""

import pytest
from sqlmodel import Session

from tests.arrivals import mail
from tests.core.making import TODAY, make_tip
from tests.fixtures_db import Cast
from tipline.core import inbox, intake, merge, triage
from tipline.core.access import Actor
from tipline.core.filters import Filters
from tipline.core.merge import unmerge
from tipline.models import Tip


@pytest.fixture
def tips(session: Session, cast: Cast) -> tuple[Tip, Tip]:
    return make_tip(session, cast.borders), make_tip(session, cast.borders)


def unread(session: Session, by: Actor) -> set[int]:
    session.flush()
    return set(inbox.ids(session, Filters.parse("is:unread"), by, TODAY))


def test_a_merged_tip_is_read_for_those_who_had_read_both(session: Session, cast: Cast, tips: tuple[Tip, Tip]) -> None:
    target, tip = (one.id or 0 for one in tips)
    for one, by in ((target, cast.alice), (tip, cast.alice), (target, cast.bob)):
        triage.mark_seen(session, one, by)
    merge.merge(session, tip, cast.alice, TODAY, into=target)
    assert (unread(session, cast.alice), unread(session, cast.bob)) == (set(), {target})
    unmerge.unmerge(session, tip, cast.alice)
    assert (unread(session, cast.alice), unread(session, cast.bob)) == (set(), {tip})


def test_who_opened_the_merged_tip_has_read_both_when_they_are_unmerged(
    session: Session, cast: Cast, tips: tuple[Tip, Tip]
) -> None:
    target, tip = (one.id or 0 for one in tips)
    merge.merge(session, tip, cast.alice, TODAY, into=target)
    triage.mark_seen(session, target, cast.bob)
    unmerge.unmerge(session, tip, cast.alice)
    assert (unread(session, cast.alice), unread(session, cast.bob)) == ({target, tip}, set())


def test_what_came_since_the_merge_is_unread_after_an_unmerge(
    session: Session, cast: Cast, tips: tuple[Tip, Tip]
) -> None:
    target, tip = (one.id or 0 for one in tips)
    triage.mark_seen(session, target, cast.bob)
    merge.merge(session, tip, cast.alice, TODAY, into=target)
    session.commit()
    intake.receive(session, mail("I am home.", sender="mei@mail.example", message_id="x", tip_id=target))
    unmerge.unmerge(session, tip, cast.alice)
    assert unread(session, cast.bob) == {target, tip}
