"""What is kept of searches: a reader's name stands nowhere in the clear."""

import pytest
from sqlmodel import Session, select

from tests.core.making import TODAY, make_tip
from tests.core.search.test_keyed_tokens import called, indexed
from tests.fixtures_db import Cast
from tipline.core import bulk
from tipline.core.bulk.steps import BulkStep
from tipline.core.filters import Filters
from tipline.core.inbox import recent_searches, views
from tipline.models import BulkChange, BulkState, DataKey, SavedView, Tip


@pytest.fixture
def tip(session: Session, cast: Cast) -> Tip:
    tip = make_tip(session, cast.borders, "My visa")
    called(session, tip, "Chloé Dupont")
    indexed(session)
    return tip


@pytest.mark.parametrize(
    "typed", ["name:Chloé", "name:Nobody", "Chloé", "dupont visa", "visa -Dupont", "visa OR Chloé"]
)
def test_a_search_that_names_a_reader_is_not_kept(session: Session, cast: Cast, tip: Tip, typed: str) -> None:
    recent_searches.remember(session, typed, cast.bob)
    assert recent_searches.recent(session, cast.bob) == []
    recent_searches.remember(session, "visa lighthouse", cast.bob)
    assert recent_searches.recent(session, cast.bob) == ["visa lighthouse"]


def test_a_name_of_others_tips_is_a_word_like_any_other(session: Session, cast: Cast, tip: Tip) -> None:
    for by in (cast.carol, cast.dave):
        recent_searches.remember(session, "Chloé", by)
        assert recent_searches.recent(session, by) == ["Chloé"], "else it would tell that there is such a reader"


@pytest.mark.parametrize("typed", ["name:Chloé", "Dupont visa"])
def test_a_view_that_names_a_reader_is_sealed(session: Session, cast: Cast, tip: Tip, typed: str) -> None:
    before = len(session.scalars(select(DataKey)).all())
    view_id = views.save(session, "Hers", typed, cast.bob, shared=True, alert=True).id or 0
    row = session.get_one(SavedView, view_id)
    assert "chlo" not in row.query.lower() and "dupont" not in row.query.lower()
    assert [view.query for view in views.views(session, cast.bob)] == [typed]
    assert views.sizes(session, cast.bob)[view_id].count == 1
    assert [view.query for view in views.views(session, cast.alice)] == [typed]
    assert views.views(session, cast.dave) == [], "it names a reader to who opens no identities"
    views.hold(session, view_id, "visa", cast.bob)
    assert row.query == "visa" and len(views.views(session, cast.dave)) == 1
    views.hold(session, view_id, typed, cast.bob)
    views.delete(session, view_id, cast.bob)
    assert len(session.scalars(select(DataKey)).all()) == before


def test_what_looks_sealed_is_never_opened(session: Session, cast: Cast) -> None:
    for typed in ("sealed:AAAA", '"sealed:AAAA"'):
        views.save(session, typed, typed, cast.bob)
    assert [view.query for view in views.views(session, cast.bob)] == ["", '"sealed:AAAA"']


def test_a_change_to_a_list_forgets_the_name_when_it_ends(session: Session, cast: Cast, tip: Tip) -> None:
    change = bulk.begin(session, Filters.parse("name:Chloé"), [BulkStep("status", "closed")], cast.bob, TODAY)
    assert change.query and "chlo" not in change.query.lower()
    while bulk.go_on(session, change.id or 0):
        pass
    row = session.get_one(BulkChange, change.id)
    assert (row.state, row.changed, row.query) == (BulkState.DONE, 1, "")


@pytest.mark.parametrize("name", ["Chloé’s papers", "From c.dupont@mail.example", "Call +44 20 7946 0958"])
def test_a_view_that_is_named_after_a_reader_is_not_there_for_viewers(
    session: Session, cast: Cast, tip: Tip, name: str
) -> None:
    view_id = views.save(session, name, "visa", cast.bob, shared=True).id or 0
    assert [view.query for view in views.views(session, cast.alice)] == ["visa"]
    assert views.views(session, cast.dave) == []
    views.change(session, view_id, cast.bob, name="Papers", shared=True, alert=False)
    assert [view.name for view in views.views(session, cast.dave)] == ["Papers"]
    views.change(session, view_id, cast.bob, name=name, shared=True, alert=False)
    assert views.views(session, cast.dave) == []
