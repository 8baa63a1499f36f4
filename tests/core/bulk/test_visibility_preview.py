"""Who sees tips that go to another callout: known before they go, for a few as for a whole list."""

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.core.making import TODAY, make_tip
from tests.fixtures_db import Cast
from tipline.core import bulk, merge, triage
from tipline.core.accounts.teams import Audience, AudienceMember
from tipline.core.bulk import visibility_preview
from tipline.core.bulk.steps import BulkStep
from tipline.core.bulk.visibility_preview import VisibilityPreview
from tipline.core.filters import Filters
from tipline.db import now
from tipline.errors import NotAllowed, NotVisible
from tipline.models import Callout, CalloutMember, CalloutStatus, Tip, TipAccess


@pytest.fixture
def third(session: Session, cast: Cast) -> int:
    """A callout that bob and carol work on."""
    row = Callout(slug="third", status=CalloutStatus.OPEN, created_at=now(), default_language="en")
    session.add(row)
    session.flush()
    session.add_all(CalloutMember(callout_id=row.id, account_id=who.account_id) for who in (cast.bob, cast.carol))
    session.flush()
    return row.id or 0


@pytest.fixture
def ids(session: Session, cast: Cast, third: int) -> list[int]:
    """Of borders two plain ones, the first of them bob's, and a restricted one on which alice and dave are named; of
    the third callout one; one that is in overtime already; and one that was joined into the first."""
    made = [make_tip(session, cast.borders, f"Story {n}", minutes=n) for n in range(2)]
    triage.assign(session, made[0].id or 0, cast.bob.account_id, cast.alice)
    hidden = make_tip(session, cast.borders, "Hidden", minutes=2, restricted=True)
    session.add_all(TipAccess(tip_id=hidden.id, account_id=who.account_id) for who in (cast.alice, cast.dave))
    rest = [make_tip(session, third, "Wages", minutes=3), make_tip(session, cast.overtime, minutes=4)]
    joined = make_tip(session, cast.borders, "The same again", minutes=5)
    merge.merge(session, joined.id or 0, cast.alice, TODAY, into=made[0].id)
    return [tip.id or 0 for tip in (*made, hidden, *rest, joined)]


def test_who_gains_who_loses_and_what_stays_is_known_of_what_is_ticked(
    session: Session, cast: Cast, ids: list[int], third: int
) -> None:
    found = visibility_preview.of_selected(session, [*ids, 999], cast.overtime, cast.alice)
    assert (found.tips, found.sources, found.restricted) == (4, {cast.borders: 3, third: 1}, 1)
    # Carol saw the one of the third callout all along, and sees no restricted one that does not name her.
    assert found.audience == Audience(
        [AudienceMember("Bob", 3), AudienceMember("Dave", 3)], [AudienceMember("Carol", 2)], unassigned=1
    )
    assert (found.there, found.merged, found.gone, found.more) == (1, 1, 1, False)
    nobody = visibility_preview.of_selected(session, ids[-2:], cast.overtime, cast.alice)
    assert (nobody.tips, nobody.audience) == (0, Audience([], []))


def test_of_a_list_the_same_is_known_as_of_its_tips(session: Session, cast: Cast, ids: list[int], third: int) -> None:
    def of(typed: str) -> VisibilityPreview:
        return visibility_preview.of_list(session, Filters.parse(typed), cast.overtime, cast.alice, TODAY)

    ticked = visibility_preview.of_selected(session, ids[:-1], cast.overtime, cast.alice)
    assert of("") == ticked and ticked.newest == max(ids)
    assert of("story").sources == {cast.borders: 2} and of("callout:third").sources == {third: 1}
    assert of("nothing like it").tips == 0


def test_of_a_long_list_those_are_named_too_who_may_see_what_is_not_looked_at(
    session: Session, cast: Cast, ids: list[int], third: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visibility_preview, "MAX_TIPS", 2)
    assert ids
    found = visibility_preview.of_list(session, Filters.parse(""), cast.overtime, cast.alice, TODAY)
    assert found.more and found.sources == {third: 1}
    assert found.audience.lose == [AudienceMember("Bob", 1), AudienceMember("Dave", 0)]
    assert found.audience.gain == [AudienceMember("Carol", 0)]


def test_nobody_looks_into_a_callout_that_is_not_theirs(session: Session, cast: Cast, ids: list[int]) -> None:
    with pytest.raises(NotVisible):
        visibility_preview.of_selected(session, ids, cast.overtime, cast.bob)
    with pytest.raises(NotAllowed):
        visibility_preview.of_list(session, Filters.parse(""), cast.borders, cast.dave, TODAY)
    assert visibility_preview.of_selected(session, ids, cast.borders, cast.bob).gone == 2  # restricted, or of others


def test_what_came_after_the_look_does_not_go(session: Session, cast: Cast, ids: list[int]) -> None:
    known = visibility_preview.of_list(session, Filters.parse(""), cast.overtime, cast.alice, TODAY).newest
    late = make_tip(session, cast.borders, "Late", minutes=9)
    wanted = [BulkStep("move", str(cast.overtime))]
    change = bulk.begin(session, Filters.parse(""), wanted, cast.alice, TODAY, newest=known)
    while bulk.go_on(session, change.id or 0):
        pass
    assert change.changed == 4
    there = select(col(Tip.id)).where(col(Tip.callout_id) == cast.borders, col(Tip.merged_into).is_(None))
    assert list(session.scalars(there)) == [late.id] and late.id not in ids


def test_afterwards_a_change_knows_who_sees_them_since(session: Session, cast: Cast, ids: list[int]) -> None:
    before = visibility_preview.of_selected(session, ids, cast.overtime, cast.alice).audience
    wanted = [BulkStep("move", str(cast.overtime)), BulkStep("tag", "wages")]
    change = bulk.at_once(session, ids, wanted, cast.alice, TODAY).change
    since = visibility_preview.of_change(session, change)
    assert (since.lose, since.gain) == (before.lose, before.gain)
    change = bulk.at_once(session, ids, [BulkStep("tag", "overtime")], cast.alice, TODAY).change
    assert visibility_preview.of_change(session, change) == Audience([], [])
