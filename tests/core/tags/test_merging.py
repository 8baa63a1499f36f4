"""Merging and renaming tags, which tips change, and undoing it."""

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.core.tags.test_tags import found, tagged
from tests.fixtures_db import Cast
from tipline.core import bulk, tags, triage
from tipline.core.access import Actor
from tipline.core.tags import merging
from tipline.errors import Refused
from tipline.models import BulkChange, Event, Tag, TagColour, Tip, TipTag, Verb


def names_on(session: Session, tip_id: int) -> set[str]:
    on = select(col(TipTag.tag_id)).where(col(TipTag.tip_id) == tip_id)
    return set(session.scalars(select(Tag.name).where(col(Tag.id).in_(on))))


def take_back(session: Session, done: BulkChange, by: Actor) -> None:
    undone = bulk.begin_undo(session, done.id or 0, by)
    while bulk.go_on(session, undone.id or 0):
        pass
    assert undone.changed == undone.total, "nothing is left out"


def test_a_merged_tag_is_the_other_one_on_every_tip_and_in_every_list(session: Session, cast: Cast) -> None:
    both = tagged(session, cast.borders, "visa", "visas", by=cast.bob)
    one = tagged(session, cast.borders, "visas", by=cast.bob)
    event = triage.tag(session, one, ["airline"], cast.bob)[0]
    old, new = tags.named(session, "visas"), tags.named(session, "visa")
    assert merging.merge(session, old, new, cast.alice).changed == 2
    assert {t.tag_id for t in session.scalars(select(TipTag).where(col(TipTag.tip_id) == both))} == {new}
    assert sorted(found(session, "tag:visas", cast.bob)) == [both, one]
    assert tags.named(session, "visas") == new
    airline = tags.named(session, "airline")
    merging.merge(session, airline, new, cast.alice)
    triage.undo(session, event.id or 0, cast.bob)  # what it was put on as: the tag that it stands for now
    assert found(session, "tag:visa", cast.bob) == [both]
    with pytest.raises(Refused):
        merging.merge(session, new, new, cast.alice)


def test_merging_says_nothing_of_tips_and_tags_that_one_does_not_see(session: Session, cast: Cast) -> None:
    tagged(session, cast.borders, "visa", "visas", by=cast.alice)
    hidden = tagged(session, cast.borders, "visas", "secret", by=cast.alice)
    elsewhere = tagged(session, cast.overtime, "visas", by=cast.alice)
    session.get_one(Tip, hidden).restricted = True
    session.flush()
    visas, visa, secret = (tags.named(session, name) for name in ("visas", "visa", "secret"))
    for into in (secret, None, 9_999):
        with pytest.raises(Refused, match="another tag"):
            merging.merge(session, visas, into, cast.alice)
    assert merging.merge(session, visas, visa, cast.alice).changed == 2
    assert names_on(session, hidden) == {"visas", "secret"}
    assert names_on(session, elsewhere) == {"visa"}
    assert [one.tag.name for one in tags.used(session, cast.alice, ())] == ["visa"]
    merging.change(session, visa, "Secret", TagColour.RED, "", cast.alice)  # as a name that nobody has
    assert names_on(session, hidden) == {"visas", "secret"}
    assert names_on(session, elsewhere) == {"secret"}


def test_a_merge_is_undone_on_the_tips_that_it_changed(session: Session, cast: Cast) -> None:
    both = tagged(session, cast.borders, "visa", "visas", by=cast.alice)
    one, other = (tagged(session, callout, "visas", by=cast.alice) for callout in (cast.borders, cast.overtime))
    plain = tagged(session, cast.borders, "visa", by=cast.alice)
    visas, visa = tags.named(session, "visas"), tags.named(session, "visa")
    merging.change(session, visas, "papers", TagColour.TEAL, "", cast.alice)
    papers = tags.named(session, "papers")
    done = merging.merge(session, papers, visa, cast.alice)
    lines = select(Event.verb).where(col(Event.tip_id) == one, col(Event.bulk_id) == done.id).order_by(col(Event.id))
    assert session.scalars(lines).all() == [Verb.UNTAGGED, Verb.TAGGED], "history says so on the tip"
    late = tagged(session, cast.borders, "papers", by=cast.bob)
    take_back(session, done, cast.alice)
    assert names_on(session, both) == {"visa", "papers"}
    assert names_on(session, one) == names_on(session, other) == {"papers"}
    assert names_on(session, plain) == names_on(session, late) == {"visa"}
    assert tags.named(session, "visas") == tags.named(session, "papers") == papers, "its earlier name, too"


def test_a_renaming_is_undone_with_the_look_and_the_names_of_before(session: Session, cast: Cast) -> None:
    tip_id = tagged(session, cast.borders, "visa", by=cast.bob)
    visa = tags.named(session, "visa")
    first = merging.change(session, visa, "Visas", TagColour.TEAL, "Papers", cast.alice)
    again = merging.change(session, tags.named(session, "visas"), "visa", TagColour.RED, "", cast.alice)
    assert first and again and tags.named(session, "visas") == visa
    take_back(session, again, cast.alice)
    assert names_on(session, tip_id) == {"Visas"}
    take_back(session, first, cast.alice)
    assert names_on(session, tip_id) == {"visa"}
    assert tags.named(session, "visas") == tags.named(session, "visa") == visa


def test_a_renamed_tag_keeps_its_tips_and_its_old_name_goes_on_to_work(session: Session, cast: Cast) -> None:
    tip_id = tagged(session, cast.borders, "visa", by=cast.bob)
    visa = tags.named(session, "visa")
    merging.change(session, visa, "Visas", TagColour.TEAL, "Papers", cast.alice)
    assert found(session, "tag:visa", cast.bob) == found(session, "tag:visas", cast.bob) == [tip_id]
    assert triage.tag(session, tip_id, ["VISA"], cast.bob) == []
    one = tags.used(session, cast.bob, ())[0]
    assert (one.tag.name, one.tag.colour, one.tag.group) == ("Visas", TagColour.TEAL, "Papers")
    assert (one.count, one.aliases) == (1, ("visa",))
    visas = tags.named(session, "visas")
    merging.change(session, visas, "visa", TagColour.TEAL, "Papers", cast.alice)  # and back again
    assert tags.used(session, cast.bob, ())[0].aliases == ("Visas",)


def test_a_name_that_another_tag_has_is_refused(session: Session, cast: Cast) -> None:
    tagged(session, cast.borders, "visa", "airline", by=cast.bob)
    with pytest.raises(Refused):
        merging.change(session, tags.named(session, "airline"), "#VISA", TagColour.GREY, "", cast.alice)
    for name in ("", "x" * 41):
        with pytest.raises(Refused):
            merging.change(session, tags.named(session, "airline"), name, TagColour.GREY, "", cast.alice)
