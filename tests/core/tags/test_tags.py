"""Tags: their names and what stands for them, colours and groups, merging, and who may change which."""

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.core.making import TODAY, make_tip
from tests.fixtures_db import Cast
from tipline.core import inbox, tags, triage
from tipline.core.access import Actor
from tipline.core.filters import Filters
from tipline.core.retention import erasure
from tipline.core.tags import merging
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.models import Tag, TagColour, Tip, TipTag


def tagged(session: Session, callout_id: int, *names: str, by: Actor) -> int:
    tip_id = make_tip(session, callout_id).id or 0
    triage.tag(session, tip_id, list(names), by)
    return tip_id


def found(session: Session, query: str, by: Actor) -> list[int]:
    return inbox.ids(session, Filters.parse(query), by, TODAY)


def test_of_a_tag_on_many_tips_the_newest_are_counted(
    session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tipline.core.tags.LOOKED_AT", 2)
    for callout in (cast.borders, cast.overtime, cast.overtime):
        tagged(session, callout, "visa", by=cast.alice)
    visa = tags.named(session, "visa")
    assert [(one.count, one.more) for one in tags.used(session, cast.alice, ())] == [(2, True)]
    assert tags.used(session, cast.bob, ()) == [], "the newest are another callout's"
    assert [(one.count, one.more) for one in tags.used(session, cast.bob, {visa})] == [(1, True)]


def test_a_tag_is_deleted_only_where_it_is_on_no_tip(session: Session, cast: Cast) -> None:
    tip_id = tagged(session, cast.borders, "visa", by=cast.bob)
    visa = tags.named(session, "visa")
    with pytest.raises(Refused):
        tags.forget(session, visa, cast.alice)
    triage.untag(session, tip_id, visa, cast.bob)
    assert [one.tag.name for one in tags.used(session, cast.alice, ())] == ["visa"]
    assert tags.used(session, cast.bob, ()) == []  # it may have been another callout's
    tags.forget(session, visa, cast.alice)
    assert session.scalars(select(Tag)).all() == []


def test_tags_of_tips_that_one_does_not_see_are_not_there(session: Session, cast: Cast) -> None:
    tagged(session, cast.overtime, "salary", by=cast.alice)
    hidden = tagged(session, cast.borders, "secret", by=cast.alice)
    session.get_one(Tip, hidden).restricted = True
    session.flush()
    assert tags.used(session, cast.bob, ()) == []
    assert [one.tag.name for one in tags.used(session, cast.alice, ())] == ["salary"]
    secret = tags.named(session, "secret")
    with pytest.raises(NotVisible):
        merging.change(session, secret, "other", TagColour.RED, "", cast.alice)
    with pytest.raises(NotVisible):
        merging.merge(session, secret, secret, cast.alice)
    with pytest.raises(NotAllowed):
        merging.change(session, tags.named(session, "salary"), "other", TagColour.RED, "", cast.dave)


def test_an_erased_tip_takes_its_own_tags_and_their_other_names_along(session: Session, cast: Cast) -> None:
    tip_id = tagged(session, cast.borders, "Mrs Chen", by=cast.bob)
    merging.change(session, tags.named(session, "mrs chen"), "Mrs C", TagColour.RED, "", cast.alice)
    erasure.erase(session, tip_id, cast.alice)
    assert session.scalars(select(Tag)).all() == []


def test_a_reporter_changes_no_tag_and_learns_of_none(session: Session, cast: Cast) -> None:
    tagged(session, cast.borders, "visa", "visas", by=cast.bob)
    elsewhere = tagged(session, cast.overtime, "visa", "salary", by=cast.alice)
    visa, visas = tags.named(session, "visa"), tags.named(session, "visas")
    refused = set()
    for name in ("salary", "of nobody"):
        with pytest.raises(NotAllowed) as error:
            merging.change(session, visa, name, TagColour.RED, "", cast.bob)
        refused.add(str(error.value))
    assert len(refused) == 1, "a name that is taken elsewhere is refused as one that is free"
    with pytest.raises(NotAllowed):
        merging.merge(session, visa, visas, cast.bob)
    with pytest.raises(NotAllowed):
        tags.forget(session, visas, cast.bob)
    on = select(col(TipTag.tag_id)).where(col(TipTag.tip_id) == elsewhere)
    assert set(session.scalars(on)) == {visa, tags.named(session, "salary")}
    merging.merge(session, visa, visas, cast.alice)
