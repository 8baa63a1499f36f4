"""What `z` takes back of a reply: all of it while it is here, and nothing without a word once it has left."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.arrivals import mail
from tests.core.making import make_tip
from tests.fixtures_db import Cast
from tests.plans import plan, watching
from tipline.core import intake, outbox, replies, triage
from tipline.core.bulk import last_change
from tipline.core.bulk.last_change import LastChange
from tipline.core.outbox import sending
from tipline.core.outgoing_mail import Sender
from tipline.core.tips import reply_drafts
from tipline.db import now
from tipline.models import DraftKind, Event, Outgoing, SendState, Status, Tip, Verb

DESK = Sender("The Meridian", "borders@meridian.example", plus=True)


@pytest.fixture
def tip(session: Session, cast: Cast) -> Tip:
    return session.get_one(Tip, intake.receive(session, mail(callout_id=cast.borders)).tip_id)


def reply(session: Session, cast: Cast, tip: Tip, after: timedelta | None = None) -> Outgoing:
    return replies.queue(
        session, tip.id or 0, "When was it?", cast.bob, DESK, send_at=now() + after if after else None
    )  # fmt: skip


def last(session: Session, cast: Cast, told: int = 0) -> LastChange:
    return last_change.last(session, cast.bob, told=told) or pytest.fail("nothing")


def test_a_reply_that_is_here_is_one_change_with_what_it_did_to_its_tip(session: Session, cast: Cast, tip: Tip) -> None:
    triage.tag(session, tip.id or 0, ["visa"], cast.bob)
    out = reply(session, cast, tip)
    assert tip.status is Status.WAITING
    triage.follow_up(session, tip.id or 0, now().date(), cast.bob)
    found = last(session, cast)
    assert found.event.verb is Verb.FOLLOW_UP
    triage.undo(session, found.event.id or 0, cast.bob)
    found = last(session, cast)
    assert (found.reply, found.left, found.event.verb) == (out, False, Verb.REPLY)
    outbox.withdraw(session, out.id, cast.bob)
    assert tip.status is Status.NEW and out.state is SendState.WITHDRAWN
    assert reply_drafts.of_tip(session, tip.id or 0, cast.bob)[DraftKind.REPLY].text == "When was it?"
    assert last(session, cast).event.verb is Verb.TAGGED


@pytest.mark.parametrize("state", [SendState.SENDING, SendState.SENT, SendState.UNKNOWN, SendState.BOUNCED])
def test_of_one_that_has_left_nothing_is_taken_back_and_the_change_before_it_only_once_that_was_said(
    session: Session, cast: Cast, tip: Tip, state: SendState
) -> None:
    triage.tag(session, tip.id or 0, ["visa"], cast.bob)
    for _ in range(2):
        reply(session, cast, tip).state = state
    session.flush()
    found = last(session, cast)
    assert found.left and found.reply and found.event.verb is Verb.REPLY
    assert last(session, cast, told=found.event.id or 0).event.verb is Verb.TAGGED
    later = reply(session, cast, tip)
    later.state = state
    session.flush()
    assert last(session, cast, told=found.event.id or 0).reply == later


def test_what_did_not_arrive_is_not_said_to_have_left(session: Session, cast: Cast, tip: Tip) -> None:
    triage.tag(session, tip.id or 0, ["visa"], cast.bob)
    out = reply(session, cast, tip)
    assert sending.mark_sending(session, out.id)
    sending.mark_failed(session, out.id, "rejected", permanent=True, code=550)
    assert last(session, cast).event.verb is Verb.TAGGED


def test_one_that_waits_for_its_time_is_no_change_with_what_was_set_by_hand(
    session: Session, cast: Cast, tip: Tip
) -> None:
    out = reply(session, cast, tip, after=timedelta(days=3))
    triage.set_status(session, tip.id or 0, Status.WAITING, cast.bob)
    found = last(session, cast)
    assert found.reply is None and found.event.verb is Verb.STATUS
    triage.undo(session, found.event.id or 0, cast.bob)
    assert last(session, cast).reply == out


def test_one_that_left_at_its_time_is_said_to_have_left(session: Session, cast: Cast, tip: Tip) -> None:
    out = reply(session, cast, tip, after=timedelta(days=3))
    out.not_before = now() - timedelta(seconds=1)
    session.flush()
    assert sending.mark_sending(session, out.id) and tip.status is Status.WAITING
    newest = session.scalars(select(Event).order_by(col(Event.id).desc()).limit(1)).one()
    assert newest.verb is Verb.STATUS and newest.account_id == cast.bob.account_id
    found = last(session, cast)
    assert found.left and found.reply == out


def test_a_reply_is_its_authors_to_take_back_by_a_key(session: Session, cast: Cast, tip: Tip) -> None:
    reply(session, cast, tip)
    assert last_change.last(session, cast.alice) is None


def test_looking_for_it_scans_no_table(session: Session, cast: Cast, tip: Tip) -> None:
    make_tip(session, cast.borders)
    reply(session, cast, tip)
    if session.get_bind().dialect.name == "postgresql":
        session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
    with watching(session) as watched:
        assert last(session, cast).reply
    for statement, parameters in watched.statements:
        for step in map(str.strip, plan(session, statement, parameters)):
            assert not step.startswith(("SCAN event", "SCAN outgoing")) or "INDEX" in step, (statement, step)
            assert "Seq Scan on event" not in step and "Seq Scan on outgoing" not in step, (statement, step)
