"""What people decide about replies on their way. Of two decisions one wins, and the other is told."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.arrivals import mail
from tests.fixtures_db import Cast
from tests.mail.reports import report
from tipline.core import intake, outbox, replies
from tipline.core.access import Actor
from tipline.core.outbox import sending
from tipline.core.outgoing_mail import Sender
from tipline.errors import Conflict, NotAllowed, NotVisible
from tipline.mail import parse
from tipline.models import Event, Outgoing, SendState, Status, Tip, TipCount, Verb

DESK = Sender("The Meridian", "borders@meridian.example", plus=True)
Act = Callable[[Session, int, Actor], Outgoing]
ACTS: tuple[Act, ...] = (outbox.withdraw, outbox.retry, outbox.give_up, outbox.arrived)


@pytest.fixture
def out(session: Session, cast: Cast) -> Outgoing:
    tip_id = intake.receive(session, mail(callout_id=cast.borders)).tip_id
    return replies.queue(session, tip_id, "Hello", cast.bob, DESK)


def bring_to(session: Session, out: Outgoing, state: str) -> None:
    if state == "queued":
        return
    assert sending.mark_sending(session, out.id)
    if state == "failed":
        sending.mark_failed(session, out.id, "recipient_refused", permanent=True)
    elif state == "unknown":
        sending.mark_unknown(session, out.id)
    elif state in ("sent", "bounced"):
        sending.mark_sent(session, out.id)
    if state == "bounced":
        intake.receive(session, parse.arrival(report("failed", "5.1.1", to=out.envelope_from)))


@pytest.mark.parametrize(
    ("state", "possible"),
    [
        ("queued", {outbox.withdraw}),
        ("sending", set()),
        ("sent", set()),
        ("failed", {outbox.retry, outbox.give_up}),
        ("unknown", {outbox.retry, outbox.give_up, outbox.arrived}),
        ("bounced", {outbox.retry, outbox.give_up}),
    ],
)
@pytest.mark.parametrize("act", ACTS)
def test_each_state_allows_what_makes_sense_and_the_second_click_is_told(
    session: Session, cast: Cast, out: Outgoing, state: str, possible: set[Act], act: Act
) -> None:
    bring_to(session, out, state)
    if act in possible:
        act(session, out.id, cast.bob)
    with pytest.raises(Conflict):
        act(session, out.id, cast.alice)


def test_a_decision_is_written_down_with_who_took_it(session: Session, cast: Cast, out: Outgoing) -> None:
    bring_to(session, out, "unknown")
    outbox.arrived(session, out.id, cast.bob)
    (event,) = session.scalars(select(Event).where(col(Event.verb) == Verb.REPLY_SENT))
    assert (event.account_id, out.state) == (cast.bob.account_id, SendState.SENT)


def test_what_was_given_up_is_in_no_list_and_says_what_it_was(session: Session, cast: Cast, out: Outgoing) -> None:
    bring_to(session, out, "failed")
    assert outbox.troubled(session, cast.bob) == [out]
    outbox.give_up(session, out.id, cast.bob)
    assert outbox.troubled(session, cast.bob) == []
    (event,) = session.scalars(select(Event).where(col(Event.verb) == Verb.REPLY_WITHDRAWN))
    assert (event.before, event.after, out.reason) == ("failed", "given_up", outbox.GIVEN_UP)


def test_a_reply_that_came_back_can_be_sent_again_as_it_was(session: Session, cast: Cast, out: Outgoing) -> None:
    bring_to(session, out, "bounced")
    outbox.retry(session, out.id, cast.bob)
    assert (out.state, out.bounced_by, out.bounce_status) == (SendState.QUEUED, None, "")
    ready = sending.mark_sending(session, out.id)
    assert ready is not None and out.mail_message_id.encode() in ready.content


@pytest.mark.parametrize("state", ["failed", "bounced"])
def test_a_tip_does_not_wait_for_a_reader_whom_the_reply_did_not_reach(
    session: Session, cast: Cast, out: Outgoing, state: str
) -> None:
    tip = session.get_one(Tip, out.tip_id)
    assert tip.status is Status.WAITING
    bring_to(session, out, state)
    assert tip.status is Status.REVIEWING
    session.commit()
    counted = [(row.status, row.n) for row in session.scalars(select(TipCount)) if row.n]
    assert counted == [(Status.REVIEWING, 1)]
    outbox.retry(session, out.id, cast.bob)
    assert tip.status is Status.WAITING


@pytest.mark.parametrize("act", ACTS)
def test_nobody_decides_about_what_is_not_theirs(session: Session, cast: Cast, out: Outgoing, act: Act) -> None:
    bring_to(session, out, "unknown")
    with pytest.raises(NotVisible):
        act(session, out.id, cast.carol)
    with pytest.raises(NotAllowed):
        act(session, out.id, cast.dave)
    with pytest.raises(NotVisible):
        act(session, 12345, cast.alice)
    with pytest.raises(NotVisible):
        outbox.tip_of(session, out.id, cast.carol)
    assert out.state is SendState.UNKNOWN
