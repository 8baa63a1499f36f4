"""Saved views: who has which, what each holds for whom, and what came into it."""

import pytest
from sqlmodel import Session, select

from tests.core.making import make_tip
from tests.fixtures_db import Cast
from tests.plans import plan, watching
from tipline.core.desk import palette
from tipline.core.inbox import recent_searches, views
from tipline.db import is_sqlite
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.models import Event, SavedView, TipAccess, Verb


def names(session: Session, by: object) -> list[str]:
    return [view.name for view in views.views(session, by)]  # type: ignore[arg-type]


def test_a_view_is_ones_own_until_it_is_shared(session: Session, cast: Cast) -> None:
    view = views.save(session, "  With\n photos ", "has:photo   status:any", cast.bob)
    assert (view.name, view.query) == ("With photos", "status:any has:photo")
    assert names(session, cast.bob) == ["With photos"]
    assert names(session, cast.alice) == []
    assert not session.scalars(select(Event)).all()
    views.change(session, view.id or 0, cast.bob, name="Photos", shared=True, alert=False)
    for actor in (cast.alice, cast.bob, cast.carol, cast.dave):
        assert names(session, actor) == ["Photos"]
    assert names(session, cast.ada) == []
    (event,) = session.scalars(select(Event)).all()
    assert (event.verb, event.object_id, event.after) == (Verb.VIEW_CHANGED, view.id, "shared")


def test_a_shared_view_holds_what_each_person_sees(session: Session, cast: Cast) -> None:
    for callout in (cast.borders, cast.borders, cast.overtime):
        make_tip(session, callout, photos=1)
    hidden = make_tip(session, cast.borders, photos=1, restricted=True)
    session.add(TipAccess(tip_id=hidden.id, account_id=cast.dave.account_id))
    session.flush()
    view_id = views.save(session, "Photos", "has:photo", cast.alice, shared=True).id or 0
    plain_id = views.save(session, "All", "", cast.alice, shared=True).id or 0
    held = {
        actor.name: [views.sizes(session, actor)[one].count for one in (view_id, plain_id)]
        for actor in (cast.alice, cast.bob, cast.carol, cast.dave)
    }
    assert held == {"Alice": [3, 3], "Bob": [2, 2], "Carol": [1, 1], "Dave": [3, 3]}


def test_many_views_are_counted_in_parts(session: Session, cast: Cast) -> None:
    kept = [views.save(session, f"View {n}", f"tag:t{n}", cast.bob).id for n in range(views.VIEWS_PER_REQUEST + 2)]
    parts = [
        [*views.sizes(session, cast.bob, start)] for start in (0, views.VIEWS_PER_REQUEST, 2 * views.VIEWS_PER_REQUEST)
    ]
    assert parts == [kept[: views.VIEWS_PER_REQUEST], kept[views.VIEWS_PER_REQUEST :], []]


@pytest.mark.parametrize("query", ["callout:borders", "-callout:borders", "callout:borders,overtime"])
def test_a_shared_view_of_a_callout_is_not_there_for_others(session: Session, cast: Cast, query: str) -> None:
    views.save(session, "Borders", query, cast.alice, shared=True)
    assert names(session, cast.carol) == []
    assert names(session, cast.bob) == ([] if "overtime" in query else ["Borders"])
    assert views.sizes(session, cast.carol) == {}


def test_ones_own_come_first_in_ones_own_order(session: Session, cast: Cast) -> None:
    views.save(session, "Aaa", "", cast.alice, shared=True)
    one, two, three = (views.save(session, name, "", cast.bob).id or 0 for name in ("One", "Two", "Three"))
    views.move(session, three, cast.bob, up=True)
    assert names(session, cast.bob) == ["One", "Three", "Two", "Aaa"]
    views.move(session, two, cast.bob, up=False)
    views.move(session, one, cast.bob, up=False)
    assert names(session, cast.bob) == ["Three", "One", "Two", "Aaa"]
    with pytest.raises(NotVisible):
        views.move(session, one, cast.carol, up=True)


def test_others_can_not_change_or_delete_a_view_but_editors_what_is_shared(session: Session, cast: Cast) -> None:
    view_id = views.save(session, "Mine", "", cast.bob).id or 0
    for actor in (cast.alice, cast.carol, cast.dave):
        with pytest.raises(NotVisible):
            views.change(session, view_id, actor, name="X", shared=True, alert=False)
        with pytest.raises(NotVisible):
            views.delete(session, view_id, actor)
        with pytest.raises(NotVisible):
            views.looked(session, view_id, actor)
    views.change(session, view_id, cast.bob, name="Ours", shared=True, alert=True)
    with pytest.raises(NotVisible):
        views.delete(session, view_id, cast.carol)
    with pytest.raises(Refused):
        views.change(session, view_id, cast.alice, name="Ours", shared=True, alert=True)
    views.change(session, view_id, cast.alice, name="All of ours", shared=True, alert=False)
    (view,) = views.views(session, cast.bob)
    assert (view.name, view.alert, view.mine) == ("All of ours", True, True)
    assert views.delete(session, view_id, cast.alice) == "All of ours"
    assert names(session, cast.bob) == []


def test_a_viewer_keeps_views_but_shares_none(session: Session, cast: Cast) -> None:
    view_id = views.save(session, "Mine", "", cast.dave).id or 0
    with pytest.raises(NotAllowed):
        views.save(session, "Ours", "", cast.dave, shared=True)
    with pytest.raises(NotAllowed):
        views.change(session, view_id, cast.dave, name="Mine", shared=True, alert=False)
    with pytest.raises(NotAllowed):
        views.save(session, "Mine", "", cast.ada)


@pytest.mark.parametrize("name", ["", " \0 ", "x" * 61, "Taken"])
def test_a_name_is_given_once_and_fits(session: Session, cast: Cast, name: str) -> None:
    views.save(session, "Taken", "", cast.bob)
    other = views.save(session, "Other", "", cast.bob).id or 0
    views.save(session, "Taken", "", cast.carol)
    with pytest.raises(Refused):
        views.save(session, name, "", cast.bob)
    with pytest.raises(Refused):
        views.change(session, other, cast.bob, name=name, shared=False, alert=False)


def test_there_is_an_end_of_views(session: Session, cast: Cast) -> None:
    for n in range(views.MAX_VIEWS):
        views.save(session, f"View {n}", "", cast.bob)
    with pytest.raises(Refused):
        views.save(session, "One more", "", cast.bob)


def test_an_alert_counts_what_came_since_one_looked(session: Session, cast: Cast) -> None:
    make_tip(session, cast.borders, "visa")
    view_id = views.save(session, "Visa", "visa", cast.bob, alert=True, shared=True).id or 0
    assert views.news(session, cast.bob) == []
    for callout, text in ((cast.borders, "visa"), (cast.borders, "flight"), (cast.overtime, "visa")):
        make_tip(session, callout, text)
    make_tip(session, cast.borders, "visa", -600)  # a letter that was long on its way is new, too
    ((view, n),) = views.news(session, cast.bob)
    assert (view.name, n) == ("Visa", 2)
    assert views.sizes(session, cast.bob)[view_id] == views.Size(3, False, 2)
    assert views.news(session, cast.alice) == []  # the alert is bob's
    views.looked(session, view_id, cast.bob)
    assert views.news(session, cast.bob) == []


def test_an_alert_that_is_switched_on_begins_there(session: Session, cast: Cast) -> None:
    view_id = views.save(session, "All", "", cast.bob).id or 0
    make_tip(session, cast.borders)
    views.change(session, view_id, cast.bob, name="All", shared=False, alert=True)
    assert views.news(session, cast.bob) == []
    make_tip(session, cast.borders)
    assert [n for _, n in views.news(session, cast.bob)] == [1]


@pytest.mark.parametrize(
    "query", ["", "visa", "tag:visa", "-tag:visa", "sort:waiting", "status:closed", "callout:borders assignee:me"]
)
def test_what_is_new_is_found_by_its_number_alone(session: Session, cast: Cast, query: str) -> None:
    make_tip(session, cast.borders, "visa")
    view = views.save(session, "View", query, cast.alice, alert=True)
    make_tip(session, cast.borders, "visa")
    assert session.get_one(SavedView, view.id).alerted_id
    with watching(session) as watched:
        views.news(session, cast.alice)
    (statement, parameters) = next(s for s in watched.statements if "tip.id > " in s[0])
    if is_sqlite(session) and query not in ("visa", "tag:visa"):  # the words or the few tagged lead
        steps = plan(session, statement, parameters)
        assert any("SEARCH tip USING INTEGER PRIMARY KEY (rowid>?)" in step for step in steps), steps


def test_recent_searches_are_the_last_ten_and_ones_own(session: Session, cast: Cast) -> None:
    for n in range(12):
        recent_searches.remember(session, f"word{n}", cast.bob)
    recent_searches.remember(session, "  word5 ", cast.bob)
    recent_searches.remember(session, "", cast.bob)
    recent_searches.remember(session, "x" * 495 + " tag:family tag:visa", cast.bob)
    recent_searches.remember(session, "secret", cast.carol)
    assert recent_searches.recent(session, cast.bob) == ["word5", *(f"word{n}" for n in (11, 10, 9, 8, 7, 6, 4, 3, 2))]
    recent_searches.clear(session, cast.bob)
    assert recent_searches.recent(session, cast.bob) == []
    assert recent_searches.recent(session, cast.carol) == ["secret"]


def test_the_palette_names_the_views_that_a_person_has_and_no_others(session: Session, cast: Cast) -> None:
    views.save(session, "At the borders", "callout:borders", cast.alice, shared=True)
    views.save(session, "Photos", "has:photo", cast.alice, shared=True)
    views.save(session, "Mine", "status:any", cast.bob)
    for actor, there in (
        (cast.alice, ["At the borders", "Photos"]),
        (cast.bob, ["Mine", "At the borders", "Photos"]),
        (cast.carol, ["Photos"]),
        (cast.ada, []),
    ):
        assert [view.name for view in palette.named(session, actor, "en").views] == there
