"""Having read a whole list."""

from datetime import timedelta

from sqlmodel import Session, select

from tests.core.making import MORNING, TODAY, make_tip
from tests.fixtures_db import Cast
from tipline.core import inbox
from tipline.core.filters import Filters
from tipline.core.presence import read_marks
from tipline.models import TipSeen


def test_a_list_is_read_by_one_press_and_nothing_else_is(session: Session, cast: Cast) -> None:
    visa = make_tip(session, cast.borders, "visa")
    other = make_tip(session, cast.borders, "flight")
    make_tip(session, cast.overtime, "visa")
    session.add(TipSeen(tip_id=visa.id, account_id=cast.bob.account_id, seen_at=MORNING - timedelta(days=1)))
    session.flush()
    assert read_marks.mark_all_seen(session, Filters.parse("visa"), cast.bob, TODAY) == 1
    assert read_marks.mark_all_seen(session, Filters.parse("visa"), cast.bob, TODAY) == 0
    unread = Filters.parse("is:unread")
    assert inbox.ids(session, unread, cast.bob, TODAY) == [other.id]
    assert len(inbox.ids(session, unread, cast.alice, TODAY)) == 3
    assert len(session.scalars(select(TipSeen)).all()) == 1
