"""How many mails leave within an hour: what exceeds it waits, says why, and never fails."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import Session, col

from tests.arrivals import form, mail
from tests.fixtures_db import Cast
from tipline.core import intake, outbox, replies
from tipline.core.outbox import sending
from tipline.core.outbox.sending import TO_ALL, TO_ONE, Pace
from tipline.core.outgoing_mail import Sender, email_codes, threads
from tipline.db import now
from tipline.models import Callout, MailKind, Outgoing, SendState
from tipline.vocabularies import ContactChoice

DESK = Sender("The Meridian", "borders@meridian.example", plus=True)
HOUR = timedelta(hours=1)


def tip(session: Session, cast: Cast, reader: str = "mei") -> int:
    arrival = mail(callout_id=cast.borders, sender=f"{reader}@mail.example", message_id=f"{reader}@x")
    return intake.receive(session, arrival).tip_id


def leave(session: Session, cast: Cast, tip_id: int, pace: Pace, text: str = "Hello") -> Outgoing:
    """A reply that the worker comes to: sent, or held."""
    out = replies.queue(session, tip_id, text, cast.bob, DESK)
    if sending.mark_sending(session, out.id, pace):
        sending.mark_sent(session, out.id)
    return out


def test_more_than_enough_to_one_reader_waits_for_its_hour_and_then_leaves(session: Session, cast: Cast) -> None:
    mei, wei, pace = tip(session, cast), tip(session, cast, "wei"), Pace(to_one=2, in_all=100)
    states = [leave(session, cast, mei, pace).state for _ in range(2)]
    held = leave(session, cast, mei, pace)
    assert [*states, held.state] == [SendState.SENT, SendState.SENT, SendState.QUEUED]
    assert (held.reason, held.attempts) == (TO_ONE, 0)
    assert now() + timedelta(minutes=59) < held.not_before <= now() + HOUR
    assert leave(session, cast, wei, pace).state is SendState.SENT
    assert outbox.held(session, cast.bob) == [held]
    assert outbox.held(session, cast.carol) == []
    for out in session.scalars(select(Outgoing)):
        out.not_before -= HOUR
    session.flush()
    assert sending.due(session) == [held.id]
    assert sending.mark_sending(session, held.id, pace) is not None
    assert (held.state, held.reason) == (SendState.SENDING, "")


def test_what_left_while_the_clock_was_a_year_ahead_holds_nothing_back(session: Session, cast: Cast) -> None:
    mei, pace = tip(session, cast), Pace(to_one=1, in_all=1)
    leave(session, cast, mei, pace).not_before += timedelta(days=365)
    session.flush()
    assert leave(session, cast, mei, pace).state is SendState.SENT


def test_an_address_counts_once_however_many_readers_have_it(session: Session, cast: Cast) -> None:
    """Forms make a reader each, whatever address is typed into them."""
    pace = Pace(to_one=2, in_all=100)
    tips = [
        intake.receive(
            session,
            form(f"Story {n}", callout_id=cast.borders, submission_id=str(n), reader_email="mei@mail.example",
                 contact=ContactChoice.EMAIL),
        ).tip_id
        for n in range(3)
    ]  # fmt: skip
    states = [leave(session, cast, tip_id, pace).state for tip_id in tips]
    assert states == [SendState.SENT, SendState.SENT, SendState.QUEUED]


def test_more_than_enough_to_all_waits_and_each_that_has_room_leaves(session: Session, cast: Cast) -> None:
    pace = Pace(to_one=100, in_all=3)
    tips = [tip(session, cast, f"reader{n}") for n in range(5)]
    outs = [leave(session, cast, tip_id, pace) for tip_id in tips]
    assert [out.state for out in outs] == [SendState.SENT] * 3 + [SendState.QUEUED] * 2
    assert {out.reason for out in outs[3:]} == {TO_ALL}
    outs[0].not_before -= HOUR
    session.flush()
    assert sending.mark_sending(session, outs[3].id, pace) is not None
    assert sending.mark_sending(session, outs[4].id, pace) is None


def test_automatic_mail_never_takes_the_room_of_what_people_write(session: Session, cast: Cast) -> None:
    pace = Pace(to_one=100, in_all=4)
    outs = [replies.queue(session, tip(session, cast, f"r{n}"), "Hello", cast.bob, DESK) for n in range(6)]
    session.execute(update(Outgoing).values(kind=MailKind.ACKNOWLEDGEMENT))
    session.execute(update(Callout).values(acknowledge=True))
    session.expire_all()
    left = [sending.mark_sending(session, out.id, pace) is not None for out in outs]
    assert left == [True, True, False, False, False, False]
    assert leave(session, cast, tip(session, cast, "mei"), pace).state is SendState.SENT


def test_a_code_for_a_page_leaves_however_many_replies_left_before_it(session: Session, cast: Cast) -> None:
    """It is dead before the hour is over, and its reader sits before the page."""
    mei, pace = tip(session, cast), Pace(to_one=1, in_all=1)
    assert leave(session, cast, mei, pace).state is SendState.SENT
    assert email_codes.send(session, threads.page_token(session, mei), DESK, "en")
    (code,) = session.scalars(select(Outgoing).where(col(Outgoing.kind) == MailKind.PAGE_CODE))
    assert sending.mark_sending(session, code.id, pace) is not None


def test_what_the_server_refused_does_not_count(session: Session, cast: Cast) -> None:
    mei, pace = tip(session, cast), Pace(to_one=1, in_all=100)
    out = replies.queue(session, mei, "Hello", cast.bob, DESK)
    assert sending.mark_sending(session, out.id, pace)
    sending.mark_failed(session, out.id, "recipient_refused", permanent=True, code=550)
    assert leave(session, cast, mei, pace).state is SendState.SENT


@pytest.mark.parametrize("mark", [sending.mark_unknown, sending.mark_sent])
def test_what_may_have_left_counts(session: Session, cast: Cast, mark: object) -> None:
    mei, pace = tip(session, cast), Pace(to_one=1, in_all=100)
    out = replies.queue(session, mei, "Hello", cast.bob, DESK)
    assert sending.mark_sending(session, out.id, pace)
    mark(session, out.id)  # type: ignore[operator]
    assert leave(session, cast, mei, pace).reason == TO_ONE


def test_message_id_and_bytes_stay_as_they_were_queued(session: Session, cast: Cast) -> None:
    out = replies.queue(session, tip(session, cast), "Hello", cast.bob, DESK)
    fixed, seen = (out.mail_message_id, out.content), set()
    for _ in range(3):
        ready = sending.mark_sending(session, out.id)
        assert ready is not None
        seen.add(ready.content)
        sending.mark_failed(session, out.id, "temporary", permanent=False, code=451)
    sending.mark_sending(session, out.id)
    sending.mark_unknown(session, out.id)
    outbox.retry(session, out.id, cast.bob)
    ready = sending.mark_sending(session, out.id)
    assert ready is not None
    assert (out.mail_message_id, out.content) == fixed and seen | {ready.content} == {ready.content}
