"""Who follows a tip, and that each of them is told of what others did alone."""

import re

import pytest
from sqlmodel import Session, select

from tests.core.making import TODAY, make_tip
from tests.fixtures_db import Cast
from tipline.core import events, following, inbox, merge, triage
from tipline.core.access import Actor
from tipline.core.accounts import teams
from tipline.core.desk import activity
from tipline.core.filters import Filters
from tipline.core.merge import unmerge
from tipline.core.presence import viewers
from tipline.core.triage.mentions import CANT_SEE
from tipline.errors import NotVisible, Refused
from tipline.models import ActorKind, CalloutMember, Event, Follower, Status, Verb


@pytest.fixture
def tip_id(session: Session, cast: Cast) -> int:
    return make_tip(session, cast.borders).id or 0


def news(session: Session, tip_id: int, by: Actor) -> int:
    session.expire_all()
    row = session.get(Follower, (by.account_id, tip_id))
    return row.news_id if row else -1


def last(session: Session, tip_id: int) -> int:
    return max(session.scalars(select(Event.id).where(Event.tip_id == tip_id)).all(), default=0)  # type: ignore[type-var]


def test_who_has_or_writes_on_a_tip_follows_it(session: Session, tip_id: int, cast: Cast) -> None:
    triage.assign(session, tip_id, cast.bob.account_id, cast.alice)
    assert news(session, tip_id, cast.bob) == last(session, tip_id), "to be given a tip is news"
    assert news(session, tip_id, cast.alice) == -1, "to give it away is not"
    triage.note(session, tip_id, "Who knows more?", cast.alice)
    assert following.is_following(session, tip_id, cast.alice) and news(session, tip_id, cast.alice) == 0
    assert news(session, tip_id, cast.bob) == last(session, tip_id)


def test_ones_own_doing_and_what_leaves_by_itself_are_no_news(session: Session, tip_id: int, cast: Cast) -> None:
    following.follow(session, tip_id, cast.bob)
    triage.set_status(session, tip_id, Status.READY, cast.bob)
    events.record(session, Verb.REPLY, by=ActorKind.SYSTEM, tip_id=tip_id, after="acknowledgement")
    events.record(session, Verb.IDENTITY_SEEN, by=cast.alice, tip_id=tip_id)
    assert news(session, tip_id, cast.bob) == 0
    events.note(session, Verb.MESSAGE, by=ActorKind.READER, tip_id=tip_id)
    assert news(session, tip_id, cast.bob) == last(session, tip_id) > 0


def test_who_muted_a_tip_is_not_made_to_follow_it_again(session: Session, tip_id: int, cast: Cast) -> None:
    following.mute(session, tip_id, cast.bob)
    triage.assign(session, tip_id, cast.bob.account_id, cast.alice)
    triage.note(session, tip_id, "@Bob, please", cast.alice)
    assert not following.is_following(session, tip_id, cast.bob)
    following.follow(session, tip_id, cast.bob)
    assert following.is_following(session, tip_id, cast.bob)


def test_the_list_of_followed_tips_holds_those_one_still_sees(session: Session, tip_id: int, cast: Cast) -> None:
    make_tip(session, cast.borders)
    following.follow(session, tip_id, cast.bob)
    with pytest.raises(NotVisible):
        following.follow(session, tip_id, cast.carol)

    def listed(by: Actor) -> list[int]:
        return inbox.ids(session, Filters.parse("is:followed"), by, TODAY)

    assert listed(cast.bob) == [tip_id] and listed(cast.alice) == []
    session.delete(session.get_one(CalloutMember, (cast.borders, cast.bob.account_id)))
    session.flush()
    assert listed(cast.bob) == []
    session.add(CalloutMember(callout_id=cast.borders, account_id=cast.bob.account_id))
    following.mute(session, tip_id, cast.bob)
    assert listed(cast.bob) == []


def test_who_followed_a_tip_follows_the_one_it_was_merged_into(session: Session, tip_id: int, cast: Cast) -> None:
    former = make_tip(session, cast.borders, may_belong_to=tip_id).id or 0
    triage.note(session, former, "Bob may know, @Bob", cast.alice)
    merge.merge(session, former, cast.alice)
    session.flush()
    assert following.is_following(session, tip_id, cast.bob)
    assert news(session, tip_id, cast.bob) == last(session, tip_id)


def test_unmerging_gives_each_tip_its_followers_back(session: Session, tip_id: int, cast: Cast) -> None:
    former = make_tip(session, cast.borders, may_belong_to=tip_id).id or 0
    following.follow(session, former, cast.bob)
    following.mute(session, former, cast.alice)
    following.follow(session, tip_id, cast.alice)
    for _ in range(2):
        merge.merge(session, former, cast.alice)
        session.flush()
        assert activity.unseen(session, cast.bob) == 1 and following.is_following(session, tip_id, cast.bob)
        unmerge.unmerge(session, former, cast.alice)
        assert following.is_following(session, former, cast.bob) and not following.is_following(
            session, tip_id, cast.bob
        )
        assert not following.is_following(session, former, cast.alice), "who muted it still does"
        assert following.is_following(session, tip_id, cast.alice)
        assert activity.unseen(session, cast.bob) == activity.unseen(session, cast.alice) == 0


def test_who_wrote_on_a_merged_tip_follows_it_after_an_unmerge(session: Session, tip_id: int, cast: Cast) -> None:
    former = make_tip(session, cast.borders, may_belong_to=tip_id).id or 0
    following.follow(session, former, cast.bob)
    merge.merge(session, former, cast.alice)
    triage.note(session, tip_id, "I know both", cast.bob)
    unmerge.unmerge(session, former, cast.alice)
    assert all(following.is_following(session, one, cast.bob) for one in (former, tip_id))


def test_who_leaves_the_team_is_told_and_called_no_more_and_who_comes_is(
    session: Session, tip_id: int, cast: Cast
) -> None:
    following.follow(session, tip_id, cast.bob)
    viewers.note(session, tip_id, cast.alice, writing=True)
    triage.note(session, tip_id, "@Bob, look", cast.alice)
    assert activity.unseen(session, cast.bob) == len(viewers.present(session, cast.bob)) == 1
    teams.put(session, cast.borders, [cast.carol.account_id], cast.alice)
    assert activity.unseen(session, cast.bob) == len(viewers.present(session, cast.bob)) == 0
    assert len(viewers.present(session, cast.carol)) == 1
    triage.note(session, tip_id, "@Carol, yours now", cast.alice)
    assert activity.unseen(session, cast.carol) == 1
    with pytest.raises(Refused, match=re.escape(CANT_SEE)):
        triage.note(session, tip_id, "@Bob, still there?", cast.alice)


def test_what_is_taken_back_makes_nobody_follow(session: Session, tip_id: int, cast: Cast) -> None:
    bob = cast.bob.account_id
    taken = triage.assign(session, tip_id, bob, cast.bob)
    assert taken and following.is_following(session, tip_id, cast.bob)
    triage.undo(session, taken.id or 0, cast.bob)
    assert news(session, tip_id, cast.bob) == -1
    planned = triage.follow_up(session, tip_id, TODAY, cast.bob)
    assert planned and triage.undo(session, planned.id or 0, cast.bob)
    assert news(session, tip_id, cast.bob) == -1


def test_who_has_another_reason_goes_on_following(session: Session, tip_id: int, cast: Cast) -> None:
    taken = triage.assign(session, tip_id, cast.bob.account_id, cast.bob)
    triage.note(session, tip_id, "I called her", cast.bob)
    triage.undo(session, taken.id or 0 if taken else 0, cast.bob)
    assert following.is_following(session, tip_id, cast.bob), "they wrote on it since"
    following.follow(session, tip_id, cast.alice)
    taken = triage.assign(session, tip_id, cast.alice.account_id, cast.alice)
    triage.undo(session, taken.id or 0 if taken else 0, cast.alice)
    assert following.is_following(session, tip_id, cast.alice), "they said so before"
    following.mute(session, tip_id, cast.bob)
    taken = triage.assign(session, tip_id, cast.bob.account_id, cast.bob)
    triage.undo(session, taken.id or 0 if taken else 0, cast.bob)
    assert news(session, tip_id, cast.bob) >= 0 and not following.is_following(session, tip_id, cast.bob)


def test_what_was_taken_back_before_one_knew_of_it_is_no_news(session: Session, tip_id: int, cast: Cast) -> None:
    following.follow(session, tip_id, cast.bob)
    noted = triage.note(session, tip_id, "Who knows more?", cast.alice)
    before = news(session, tip_id, cast.bob)
    [tagged] = triage.tag(session, tip_id, ["visa"], cast.alice)
    triage.undo(session, tagged.id or 0, cast.alice)
    assert noted and news(session, tip_id, cast.bob) == before
    [group] = activity.page(session, cast.bob).groups
    assert [line.event.verb for line in group.lines if line.event] == [Verb.NOTE]
    activity.mark_seen(session, cast.bob, before)
    assert activity.unseen(session, cast.bob) == 0
    [tagged] = triage.tag(session, tip_id, ["family"], cast.alice)
    activity.mark_seen(session, cast.bob, tagged.id or 0)
    triage.undo(session, tagged.id or 0, cast.alice)
    assert activity.unseen(session, cast.bob) == 1, "what they heard of they hear the end of"
    [group] = activity.page(session, cast.bob).groups
    assert [line.event.verb for line in group.lines if line.event] == [Verb.UNTAGGED]
