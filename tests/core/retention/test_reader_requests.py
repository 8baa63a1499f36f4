"""What readers ask for on their own page, and that it reaches people."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.arrivals import form
from tests.fixtures_db import Cast
from tipline.core import consent, intake, triage
from tipline.core.arrival import Arrival, ConsentChoice, Source
from tipline.core.counts import counters
from tipline.core.intake import submissions
from tipline.core.merge import splitting
from tipline.core.retention import reader_requests
from tipline.core.tip_page import conversation
from tipline.db import now
from tipline.models import ActorKind, Event, Message, Status, Tip, Verb
from tipline.vocabularies import ContactChoice

TODAY = date(2021, 6, 22)


@pytest.fixture
def tip_id(session: Session, cast: Cast) -> int:
    return intake.receive(session, form(callout_id=cast.borders)).tip_id


def said(tip_id: int, choice: ConsentChoice = ConsentChoice.BACKGROUND, text: str = "") -> Arrival:
    return Arrival(Source.PAGE, text, now(), tip_id=tip_id, language="en", consent=choice, consent_wording="Shown")


def events(session: Session, tip_id: int, verb: Verb) -> list[Event]:
    return list(session.scalars(select(Event).where(col(Event.tip_id) == tip_id, col(Event.verb) == verb)))


def test_another_consent_is_an_entry_with_what_was_shown_and_an_event_of_the_reader(
    session: Session, tip_id: int
) -> None:
    before = len(events(session, tip_id, Verb.CONSENT))
    assert reader_requests.allow(session, said(tip_id, ConsentChoice.ANONYMOUS), TODAY)
    assert not reader_requests.allow(session, said(tip_id, ConsentChoice.ANONYMOUS), TODAY), (
        "pressed twice, it is one entry"
    )
    newest = consent.history(session, tip_id)[0]
    assert (newest.choice, newest.source, newest.wording) == (ConsentChoice.ANONYMOUS, Source.PAGE, "Shown")
    written = events(session, tip_id, Verb.CONSENT)
    assert len(written) == before + 1 and written[-1].actor is ActorKind.READER
    assert session.get_one(Tip, tip_id).consent is ConsentChoice.ANONYMOUS


def test_another_safe_way_is_an_event_of_the_reader_on_each_piece_of_the_tip(
    session: Session, cast: Cast, tip_id: int
) -> None:
    filed = submissions.add(session, said(tip_id, text="Another story."))
    piece, _event = splitting.split(session, filed.message_id, cast.bob)
    assert reader_requests.reach(session, tip_id, ContactChoice.NO)
    assert not reader_requests.reach(session, tip_id, ContactChoice.NO), "pressed twice, it is said once"
    for one in (tip_id, piece.id or 0):
        assert session.get_one(Tip, one).contact is ContactChoice.NO
        [event] = events(session, one, Verb.SAFE_WAY)
        assert (event.actor, event.after) == (ActorKind.READER, "no")


@pytest.mark.parametrize("status", [Status.USED, Status.CLOSED, Status.SPAM, Status.WAITING])
def test_who_takes_everything_back_is_before_people_whatever_became_of_the_tip(
    session: Session, cast: Cast, tip_id: int, status: Status
) -> None:
    triage.set_status(session, tip_id, status, cast.bob)
    triage.mark_seen(session, tip_id, cast.bob)
    reader_requests.take_back(session, said(tip_id, text="I take everything back."), TODAY)
    tip = session.get_one(Tip, tip_id)
    assert (tip.status, tip.consent, tip.follow_up_on) == (Status.REVIEWING, ConsentChoice.BACKGROUND, TODAY)
    assert {s: n for _, s, _, n in counters.read(session, cast.alice) if n} == {Status.REVIEWING: 1}
    entries = conversation.conversation(session, tip, cast.bob)
    assert any(e.message and e.message.text == "I take everything back." and e.by_reader for e in entries)
    assert any(e.event and e.event.verb is Verb.CONSENT and e.by_reader for e in entries)
    assert any(e.event and e.event.verb is Verb.FOLLOW_UP and e.by_reader for e in entries)


def test_a_spammers_change_of_consent_opens_nothing(session: Session, cast: Cast, tip_id: int) -> None:
    triage.set_status(session, tip_id, Status.SPAM, cast.bob)
    reader_requests.allow(session, said(tip_id, ConsentChoice.NAME), TODAY)
    assert session.get_one(Tip, tip_id).status is Status.SPAM


def test_taken_back_twice_it_is_one_message_and_one_entry(session: Session, tip_id: int) -> None:
    for _ in range(2):
        reader_requests.take_back(session, said(tip_id, text="I take everything back."), TODAY)
    texts = session.scalars(select(col(Message.text)).where(col(Message.tip_id) == tip_id)).all()
    assert texts.count("I take everything back.") == 1
    assert len(events(session, tip_id, Verb.FOLLOW_UP)) == 1


def test_an_earlier_follow_up_stays(session: Session, cast: Cast, tip_id: int) -> None:
    triage.follow_up(session, tip_id, date(2021, 6, 1), cast.bob)
    reader_requests.take_back(session, said(tip_id, text="I take everything back."), TODAY)
    assert session.get_one(Tip, tip_id).follow_up_on == date(2021, 6, 1)
