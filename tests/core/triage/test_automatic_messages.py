"""A message is filed as automatic, or as the reader's own, by a person."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.arrivals import mail
from tests.core.asking import between, converse, make_callout, reply
from tests.core.making import say as write
from tests.fixtures_db import Cast
from tipline.core import intake, triage
from tipline.core.arrival import Automatic
from tipline.core.tips import reminders
from tipline.core.tips.reopen import reopen
from tipline.core.triage import automatic_messages
from tipline.db import now
from tipline.errors import Conflict, NotAllowed, NotVisible, Refused
from tipline.models import Direction, Event, Message, Status, Tip, TipSeen, Verb
from tipline.vocabularies import Source


@pytest.fixture
def tip(session: Session, cast: Cast) -> Tip:
    """A tip that waits for its reader, whose automatic answer came, and which alice has read since."""
    filed = intake.receive(session, mail(callout_id=cast.borders))
    tip = session.get_one(Tip, filed.tip_id)
    write(session, tip, "I'm out of office", source=Source.MAIL, automatic="reply", created_at=now())
    triage.set_status(session, filed.tip_id, Status.WAITING, cast.alice)
    triage.follow_up(session, filed.tip_id, now().date() + timedelta(days=9), cast.alice, snooze=True)
    triage.mark_seen(session, filed.tip_id, cast.alice)
    session.flush()
    return tip


def answer(session: Session, tip: Tip) -> Message:
    query = select(Message).where(col(Message.tip_id) == tip.id).order_by(col(Message.id).desc()).limit(1)
    return session.scalars(query).one()


def say(session: Session, tip: Tip, cast: Cast, *, machine: bool) -> Event | None:
    return automatic_messages.say(session, tip.id or 0, answer(session, tip).id, cast.alice, machine=machine)


def is_unread(session: Session, tip: Tip, cast: Cast) -> bool:
    seen = session.get_one(TipSeen, (tip.id, cast.alice.account_id), populate_existing=True)
    return seen.seen_at < tip.active_at


def test_what_a_reader_wrote_themselves_counts_as_an_answer_that_came_now(
    session: Session, cast: Cast, tip: Tip
) -> None:
    event = say(session, tip, cast, machine=False)
    assert event is not None and (event.before, event.after) == ("reply", "no")
    assert answer(session, tip).automatic == Automatic.NO
    assert tip.status is Status.REVIEWING and not tip.snoozed and is_unread(session, tip, cast)
    assert tip.reader_wrote_at == answer(session, tip).created_at and tip.facts_version == 0
    assert say(session, tip, cast, machine=False) is None


def test_undo_files_it_as_automatic_again_and_gives_the_status_back(session: Session, cast: Cast, tip: Tip) -> None:
    wrote, active, snoozed = tip.reader_wrote_at, tip.active_at, reminders.of(tip)
    event = say(session, tip, cast, machine=False)
    assert event is not None and not tip.snoozed
    inverse, awake, status = triage.undo(session, event.id or 0, cast.alice)
    assert (inverse.before, inverse.after, inverse.undoes) == ("no", "", event.id)
    assert status.verb is Verb.STATUS and tip.status is Status.WAITING
    assert awake.verb is Verb.FOLLOW_UP and reminders.of(tip) == snoozed and tip.snoozed
    assert answer(session, tip).automatic == Automatic.REPLY
    assert (tip.reader_wrote_at, tip.active_at) == (wrote, active)
    assert automatic_messages.decided(session, tip.id or 0) == set()
    with pytest.raises(Conflict):
        triage.undo(session, event.id or 0, cast.alice)


def test_undo_leaves_a_status_that_somebody_has_set_since(session: Session, cast: Cast, tip: Tip) -> None:
    event = say(session, tip, cast, machine=False)
    assert event is not None
    triage.set_status(session, tip.id or 0, Status.READY, cast.bob)
    undone = triage.undo(session, event.id or 0, cast.alice)
    assert Verb.STATUS not in {one.verb for one in undone} and tip.status is Status.READY


def test_undo_leaves_what_the_reader_reopened_by_writing_a_moment_later(session: Session, cast: Cast) -> None:
    tip = session.get_one(Tip, intake.receive(session, mail(callout_id=cast.borders)).tip_id)
    write(session, tip, "I'm out of office", source=Source.MAIL, automatic="reply", created_at=now())
    event = say(session, tip, cast, machine=False)
    assert event is not None
    triage.set_status(session, tip.id or 0, Status.WAITING, cast.bob)
    reopen(session, tip, (Status.WAITING,))
    assert len(triage.undo(session, event.id or 0, cast.alice)) == 1 and tip.status is Status.REVIEWING


def test_undo_leaves_a_day_that_somebody_has_set_since(session: Session, cast: Cast, tip: Tip) -> None:
    event = say(session, tip, cast, machine=False)
    assert event is not None
    triage.follow_up(session, tip.id or 0, now().date(), cast.bob)
    triage.undo(session, event.id or 0, cast.alice)
    assert tip.follow_up_on == now().date() and not tip.snoozed


def test_what_a_machine_wrote_is_no_answer_any_more(session: Session, cast: Cast) -> None:
    talk = converse(session, make_callout(session, cast))
    tip, before = talk.tip, talk.tip.reader_wrote_at
    reply(session, talk, between(talk.sent.text, {"7.": "yes"}))
    assert tip.reader_wrote_at > before
    event = say(session, tip, cast, machine=True)
    assert event is not None and (event.before, event.after) == ("no", "reply")
    assert tip.reader_wrote_at == before and not tip.automatic
    assert say(session, tip, cast, machine=True) is None
    triage.undo(session, event.id or 0, cast.alice)
    assert answer(session, tip).automatic == Automatic.NO and tip.reader_wrote_at > before


def test_a_tip_that_begins_with_a_machines_words_is_marked_so(session: Session, cast: Cast) -> None:
    filed = intake.receive(session, mail(callout_id=cast.borders, subject="Out of office"))
    tip = session.get_one(Tip, filed.tip_id)
    say(session, tip, cast, machine=True)
    assert tip.automatic
    say(session, tip, cast, machine=False)
    assert not tip.automatic


def test_a_hint_is_dismissed_and_the_dismissal_undone(session: Session, cast: Cast) -> None:
    filed = intake.receive(session, mail(callout_id=cast.borders, subject="Out of office"))
    tip = session.get_one(Tip, filed.tip_id)
    active = tip.active_at
    event = say(session, tip, cast, machine=False)
    assert event is not None and event.before == event.after == "no"
    assert automatic_messages.decided(session, filed.tip_id) == {filed.message_id} and tip.active_at == active
    triage.undo(session, event.id or 0, cast.alice)
    assert automatic_messages.decided(session, filed.tip_id) == set()


def test_our_own_messages_and_delivery_reports_are_refused_and_viewers_too(
    session: Session, cast: Cast, tip: Tip
) -> None:
    tip_id = tip.id or 0
    ours = write(session, tip, "Hello", direction=Direction.OUT)
    report = write(session, tip, "550", automatic="bounce", created_at=now() + timedelta(seconds=1))
    for message in (ours, report):
        with pytest.raises(Refused):
            automatic_messages.say(session, tip_id, message.id, cast.alice, machine=True)
    with pytest.raises(NotAllowed):
        automatic_messages.say(session, tip_id, report.id, cast.dave, machine=True)
    with pytest.raises(NotVisible):
        automatic_messages.say(session, tip_id, report.id, cast.carol, machine=True)
    with pytest.raises(NotVisible):
        automatic_messages.say(session, tip_id, 1, cast.alice, machine=True)
