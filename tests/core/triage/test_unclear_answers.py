"""Unclear answers by mail: shown until somebody records what they say, or says that there is nothing in them."""

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.core.asking import Conversation, between, converse, make_callout, reply
from tests.core.making import TODAY, make_tip
from tests.fixtures_db import Cast
from tipline.core import consent, merge, triage
from tipline.core.arrival import ConsentChoice, Unsure
from tipline.core.merge import splitting, unmerge
from tipline.core.triage import unclear_answers
from tipline.errors import Conflict, NotAllowed, NotVisible
from tipline.models import Event, Message, Tip, Verb

UNCLEAR = "yes"


@pytest.fixture
def talk(session: Session, cast: Cast) -> Conversation:
    return converse(session, make_callout(session, cast))


def unclear(session: Session, talk: Conversation) -> int:
    """The message of an answer that may say what may be published."""
    return reply(session, talk, between(talk.sent.text, {"7.": UNCLEAR})).message_id


def shown(session: Session, talk: Conversation) -> list[tuple[int, bool, bool]]:
    return of(session, talk.tip)


def of(session: Session, tip: Tip) -> list[tuple[int, bool, bool]]:
    session.flush()
    return [(one.message_id, one.consent, one.answers) for one in unclear_answers.of_tip(session, tip.id or 0)]


def dismiss(session: Session, talk: Conversation, message_id: int, by: Cast, what: Unsure = Unsure.CONSENT) -> Event:
    event = unclear_answers.dismiss(session, talk.tip.id or 0, message_id, what, by.alice)
    assert event is not None
    return event


def test_what_holds_no_consent_is_not_shown_any_more(session: Session, cast: Cast, talk: Conversation) -> None:
    message_id = unclear(session, talk)
    event = dismiss(session, talk, message_id, cast)
    assert (event.verb, event.object_id, event.before, event.after) == (Verb.CHECKED, message_id, "", "consent")
    assert shown(session, talk) == []
    assert unclear_answers.dismiss(session, talk.tip.id or 0, message_id, Unsure.CONSENT, cast.alice) is None


def test_undo_shows_it_again_and_a_second_undo_is_none(session: Session, cast: Cast, talk: Conversation) -> None:
    message_id = unclear(session, talk)
    event = dismiss(session, talk, message_id, cast)
    [inverse] = triage.undo(session, event.id or 0, cast.alice)
    assert (inverse.before, inverse.after, inverse.undoes) == ("consent", "", event.id)
    assert shown(session, talk) == [(message_id, True, False)]
    with pytest.raises(Conflict):
        triage.undo(session, event.id or 0, cast.alice)
    dismiss(session, talk, message_id, cast)
    assert shown(session, talk) == []


def test_one_message_is_dismissed_and_a_later_one_is_shown(session: Session, cast: Cast, talk: Conversation) -> None:
    first = unclear(session, talk)
    dismiss(session, talk, first, cast)
    second = unclear(session, talk)
    assert shown(session, talk) == [(second, True, False)]


def test_consent_and_numbered_answers_are_dismissed_apart(session: Session, cast: Cast, talk: Conversation) -> None:
    message_id = reply(session, talk, "1 We were sent back. 2 211 3 yes\n2 You may publish it.").message_id
    assert shown(session, talk) == [(message_id, True, True)]
    dismiss(session, talk, message_id, cast, Unsure.ANSWERS)
    assert shown(session, talk) == [(message_id, True, False)]
    dismiss(session, talk, message_id, cast)
    assert shown(session, talk) == []


def test_only_who_works_on_the_tip_dismisses(session: Session, cast: Cast, talk: Conversation) -> None:
    message_id, tip_id = unclear(session, talk), talk.tip.id or 0
    for by, error in ((cast.carol, NotVisible), (cast.dave, NotAllowed)):
        with pytest.raises((error, NotVisible)):
            unclear_answers.dismiss(session, tip_id, message_id, Unsure.CONSENT, by)
    assert unclear_answers.dismiss(session, tip_id, talk.sent.id, Unsure.CONSENT, cast.alice) is None, "not unclear"
    assert session.scalars(select(Event).where(col(Event.verb) == Verb.CHECKED)).all() == []


def test_an_unclear_answer_goes_along_when_its_tip_is_merged_and_comes_back(
    session: Session, cast: Cast, talk: Conversation
) -> None:
    target, tip_id = make_tip(session, talk.callout.id or 0), talk.tip.id or 0
    message_id = unclear(session, talk)
    consent.change(session, target, ConsentChoice.NAME, today=TODAY, by=cast.bob)  # of another story
    other = (message_id, True, False)
    for _ in range(2):
        merge.merge(session, tip_id, cast.alice, TODAY, into=target.id)
        assert shown(session, talk) == [] and of(session, target) == [other]
        unmerge.unmerge(session, tip_id, cast.alice)
        assert shown(session, talk) == [other] and of(session, target) == []
    merge.merge(session, tip_id, cast.alice, TODAY, into=target.id)
    consent.change(session, target, ConsentChoice.BACKGROUND, today=TODAY, by=cast.bob)
    assert of(session, target) == [], "somebody recorded what it says"


def test_what_is_dismissed_of_a_merged_tip_stays_so(session: Session, cast: Cast, talk: Conversation) -> None:
    target = make_tip(session, talk.callout.id or 0)
    first, second = unclear(session, talk), unclear(session, talk)
    dismiss(session, talk, first, cast)
    merge.merge(session, talk.tip.id or 0, cast.alice, TODAY, into=target.id)
    assert of(session, target) == [(second, True, False)]
    event = unclear_answers.dismiss(session, target.id or 0, second, Unsure.CONSENT, cast.alice)
    assert event is not None and of(session, target) == []
    unmerge.unmerge(session, talk.tip.id or 0, cast.alice)
    assert of(session, target) == []


def test_an_unclear_answer_that_is_split_off_is_shown_there(session: Session, cast: Cast, talk: Conversation) -> None:
    message_id = unclear(session, talk)
    made, _ = splitting.split(session, message_id, cast.alice)
    assert shown(session, talk) == [] and of(session, made) == [(message_id, True, False)]


def test_what_a_merged_consent_was_recorded_from_is_still_known(
    session: Session, cast: Cast, talk: Conversation
) -> None:
    target, message_id = make_tip(session, talk.callout.id or 0), unclear(session, talk)
    evidence = session.get_one(Message, message_id)
    consent.change(session, talk.tip, ConsentChoice.NAME, today=TODAY, by=cast.bob, evidence=evidence)
    merge.merge(session, talk.tip.id or 0, cast.alice, TODAY, into=target.id)
    assert set(consent.evidence_of(session, target.id or 0).values()) == {message_id}
