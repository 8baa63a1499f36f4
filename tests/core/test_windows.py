"""One person's two windows: what both keep at once is kept once, and the second is told where that matters."""

import pytest
from sqlmodel import Session, col, select

from tests.core.turns import Change, in_turns
from tests.fixtures_db import Cast
from tipline.core.bulk import macros
from tipline.core.bulk.steps import Step
from tipline.core.inbox import recent, views
from tipline.db import Database, is_sqlite
from tipline.errors import Refused
from tipline.models import RecentSearch


def twice(database: Database, change: Change) -> list[BaseException]:
    if is_sqlite(database.engine):
        pytest.skip("one writer at a time")
    return in_turns(database, [change, lambda _: None], [change, lambda _: None])


def test_a_search_is_remembered_once(database: Database, session: Session, cast: Cast) -> None:
    assert twice(database, lambda s: recent.remember(s, "visa", cast.bob)) == []
    assert session.scalars(select(col(RecentSearch.query))).all() == ["visa"]


def test_of_two_views_or_macros_of_one_name_the_second_is_refused(database: Database, cast: Cast) -> None:
    steps = [Step("status", "ready")]
    for change in (
        lambda s: views.save(s, "Photos", "has:photo", cast.bob),
        lambda s: macros.save(s, None, "Ready", "", steps, cast.bob),
    ):
        (refused,) = twice(database, change)
        assert isinstance(refused, Refused)
