"""What a conversation tells of replies that never left."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from tests.arrivals import mail
from tests.fixtures_db import Cast
from tipline.core import intake, outbox, replies, triage
from tipline.core.access import Actor
from tipline.core.outbox import sending
from tipline.core.outgoing_mail import Sender
from tipline.core.tip_page import conversation
from tipline.db import now
from tipline.models import Event, Message, Outgoing, SendState, Status, Tip, Verb

DESK = Sender("The Meridian", "borders@meridian.example")


@pytest.fixture
def tip(session: Session, cast: Cast) -> Tip:
    return session.get_one(Tip, intake.receive(session, mail(callout_id=cast.borders)).tip_id)


def told(session: Session, tip: Tip, cast: Cast) -> list[str]:
    lines = conversation.conversation(session, tip, cast.alice)
    return [line.event.verb if line.event else line.message.text if line.message else "" for line in lines][1:]


def longer_ago(session: Session, out: Outgoing) -> None:
    session.get_one(Message, out.message_id).created_at = now() - timedelta(hours=1)
    session.flush()


def test_a_reply_that_waited_for_its_time_leaves_one_line_when_it_is_taken_back(
    session: Session, cast: Cast, tip: Tip
) -> None:
    out = replies.queue(session, tip.id or 0, "On Friday", cast.bob, DESK, send_at=now() + timedelta(days=1))
    assert told(session, tip, cast) == ["On Friday"]
    longer_ago(session, out)
    outbox.withdraw(session, out.id, cast.bob)
    assert told(session, tip, cast) == [Verb.REPLY_WITHDRAWN]


def test_what_is_taken_back_at_once_leaves_nothing_and_other_changes_stay(
    session: Session, cast: Cast, tip: Tip
) -> None:
    out = replies.queue(session, tip.id or 0, "Too soon", cast.bob, DESK)
    assert tip.status is Status.WAITING
    outbox.withdraw(session, out.id, cast.bob)
    assert told(session, tip, cast) == [] and tip.status is Status.NEW
    set_by_hand = triage.set_status(session, tip.id or 0, Status.WAITING, cast.bob)
    assert set_by_hand
    second = replies.queue(session, tip.id or 0, "Too soon again", cast.bob, DESK)
    outbox.withdraw(session, second.id, cast.bob)
    withdrawn = session.get_one(Event, triage.undo(session, set_by_hand.id or 0, cast.bob)[0].id)
    withdrawn.at += timedelta(minutes=2)
    session.flush()
    assert told(session, tip, cast) == [Verb.STATUS, Verb.STATUS], "what was done by hand is told"


def test_the_status_that_a_reply_gave_is_undone_with_the_reply_while_that_is_here(
    session: Session, cast: Cast, tip: Tip
) -> None:
    def undone(by: Actor) -> tuple[bool, Outgoing | None, bool]:
        lines = conversation.conversation(session, tip, by)
        line = next(line for line in lines if line.event and line.event.verb is Verb.STATUS)
        return line.undoable, line.outgoing, line.goes_with_reply

    out = replies.queue(session, tip.id or 0, "Hello", cast.bob, DESK)
    assert undone(cast.bob) == undone(cast.alice) == (True, out, True)
    sending.mark_sending(session, out.id)
    assert undone(cast.bob) == (True, out, False), "it may have left: the status alone can go back"
    other = intake.receive(session, mail(callout_id=cast.borders, message_id="2@m.example")).tip_id
    triage.set_status(session, other, Status.WAITING, cast.bob)
    tip = session.get_one(Tip, other)
    assert undone(cast.bob) == (True, None, False)


def test_what_did_not_arrive_and_was_given_up_stays(session: Session, cast: Cast, tip: Tip) -> None:
    out = replies.queue(session, tip.id or 0, "Hello", cast.bob, DESK)
    out.state = SendState.FAILED
    outbox.give_up(session, out.id, cast.bob)
    assert "Hello" in told(session, tip, cast)
