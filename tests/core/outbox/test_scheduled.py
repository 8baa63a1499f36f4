"""Replies that go at a time: held when their reader writes first, changed, sent at once, and fixed anew each time."""

from datetime import timedelta
from email import message_from_bytes
from email.utils import parsedate_to_datetime

import pytest
from sqlmodel import Session

from tests.arrivals import form, mail
from tests.core.making import say
from tests.fixtures_db import Cast
from tipline import worker
from tipline.core import accounts, intake, outbox, replies, triage
from tipline.core.arrival import Arrival
from tipline.core.outbox import scheduled, sending
from tipline.core.outbox.sending import HELD
from tipline.core.outgoing_mail import Sender
from tipline.core.replies import SCHEDULED
from tipline.core.tip_page import conversation
from tipline.core.triage import automatic_messages
from tipline.db import Database, is_sqlite, now
from tipline.errors import Conflict, NotVisible, Refused
from tipline.models import ActorKind, Message, Outgoing, SendState, Status, Tip
from tipline.vocabularies import ContactChoice, Source

DESK = Sender("The Meridian", "borders@meridian.example", plus=True)
FRIDAY = timedelta(days=3)


@pytest.fixture
def tip_id(session: Session, cast: Cast) -> int:
    return intake.receive(session, mail(callout_id=cast.borders)).tip_id


@pytest.fixture
def out(session: Session, cast: Cast, tip_id: int) -> Outgoing:
    return replies.queue(session, tip_id, "How was Friday?", cast.bob, DESK, send_at=now() + FRIDAY)


def date_of(out: Outgoing, session: Session) -> str:
    letter = sending.mark_sending(session, out.id)
    assert letter is not None
    return str(message_from_bytes(letter.content)["Date"])


def comes(session: Session, out: Outgoing) -> None:
    """Its time has come."""
    out.not_before = now() - timedelta(seconds=1)
    session.add(out)
    session.flush()


def again(session: Session, cast: Cast, tip_id: int) -> None:
    """The reader writes once more."""
    intake.receive(session, Arrival(Source.PAGE, "It is over.", now(), callout_id=cast.borders, tip_id=tip_id))


def test_it_leaves_at_its_time_and_then_counts_as_the_answer(
    session: Session, cast: Cast, tip_id: int, out: Outgoing
) -> None:
    tip = session.get_one(Tip, tip_id)
    assert (out.state, out.reason, sending.due(session)) == (SendState.QUEUED, SCHEDULED, [])
    assert (tip.status, tip.answered_at) == (Status.NEW, None)
    assert outbox.waiting(session, cast.alice) == (0, None)
    assert outbox.held(session, cast.alice) == []
    comes(session, out)
    assert sending.due(session) == [out.id]
    assert sending.mark_sending(session, out.id)
    assert (tip.status, tip.answered_at is not None) == (Status.WAITING, True)
    assert session.get_one(Message, out.message_id).created_at == tip.answered_at


def test_it_stays_when_the_reader_writes_first_until_a_person_has_looked(
    session: Session, cast: Cast, tip_id: int, out: Outgoing
) -> None:
    again(session, cast, tip_id)
    comes(session, out)
    assert out.reason == HELD
    assert sending.due(session) == []
    assert sending.mark_sending(session, out.id) is None
    assert outbox.held(session, cast.alice) == [out]
    assert [entry.outgoing for entry in conversation.for_reader(session, tip_id) if entry.outgoing] == []
    scheduled.send_now(session, out.id, cast.alice, DESK)
    assert sending.due(session) == [out.id]
    assert session.get_one(Tip, tip_id).status is Status.WAITING


def test_an_automatic_answer_holds_nothing_back(session: Session, cast: Cast, tip_id: int, out: Outgoing) -> None:
    token = replies.threads.message_id(session, tip_id, DESK.address)
    intake.receive(
        session,
        mail("I am away.", message_id="two@mail.example", answers=(token,), automatic=replies.Automatic.REPLY),
    )
    assert out.reason == SCHEDULED


def machine(session: Session, tip_id: int) -> Message:
    """An answer that was filed as a machine's."""
    message = say(session, session.get_one(Tip, tip_id), "I am away.", source=Source.MAIL, automatic="reply")
    session.flush()
    return message


def taken_for_the_readers(session: Session, cast: Cast, tip_id: int) -> int:
    """A person says that the reader wrote it: the id of the event."""
    event = automatic_messages.say(session, tip_id, machine(session, tip_id).id, cast.alice, machine=False)
    assert event is not None and event.id is not None
    scheduled.hold(session, tip_id, caused_by=event.id)
    return event.id


def test_one_that_was_held_by_a_persons_word_leaves_at_its_time_once_that_is_undone(
    session: Session, cast: Cast, tip_id: int, out: Outgoing
) -> None:
    at, event_id = out.not_before, taken_for_the_readers(session, cast, tip_id)
    assert out.reason == HELD
    triage.undo(session, event_id, cast.alice)
    scheduled.release(session, event_id, cast.alice)
    assert (out.state, out.reason, out.not_before) == (SendState.QUEUED, SCHEDULED, at)
    comes(session, out)
    assert sending.due(session) == [out.id]


def test_one_whose_time_is_over_stays_held_and_so_does_one_that_the_reader_holds(
    session: Session, cast: Cast, tip_id: int, out: Outgoing
) -> None:
    later = replies.queue(session, tip_id, "And Monday?", cast.bob, DESK, send_at=now() + FRIDAY)
    again(session, cast, tip_id)
    scheduled.change(session, out.id, now() + FRIDAY, cast.bob, DESK)
    event_id = taken_for_the_readers(session, cast, tip_id)
    comes(session, out)
    scheduled.release(session, event_id, cast.alice)
    assert (out.reason, later.reason) == (HELD, HELD)
    assert sending.due(session) == []


def test_another_time_is_the_date_that_its_reader_sees(session: Session, cast: Cast, out: Outgoing) -> None:
    message_id, later = out.mail_message_id, (now() + timedelta(days=9)).replace(microsecond=0)
    scheduled.change(session, out.id, later, cast.alice, DESK)
    assert (out.not_before, out.reason, out.mail_message_id) == (later, SCHEDULED, message_id)
    assert parsedate_to_datetime(date_of(out, session)) == later


def test_sent_now_it_carries_todays_date_and_its_author(session: Session, cast: Cast, out: Outgoing) -> None:
    scheduled.send_now(session, out.id, cast.alice, DESK)
    letter = sending.mark_sending(session, out.id)
    assert letter is not None
    sent = message_from_bytes(letter.content)
    assert abs(parsedate_to_datetime(sent["Date"]) - now()) < timedelta(minutes=1)
    assert sent["From"].startswith('"Bob, ')


@pytest.mark.parametrize("ahead", [timedelta(seconds=-1), timedelta(days=400)])
def test_a_time_that_is_over_or_years_away_is_refused(
    session: Session, cast: Cast, tip_id: int, out: Outgoing, ahead: timedelta
) -> None:
    with pytest.raises(Refused):
        replies.queue(session, tip_id, "Hello", cast.bob, DESK, send_at=now() + ahead)
    with pytest.raises(Refused):
        scheduled.change(session, out.id, now() + ahead, cast.bob, DESK)


def test_of_two_who_decide_about_it_one_wins_and_strangers_see_nothing(
    session: Session, cast: Cast, out: Outgoing
) -> None:
    with pytest.raises(NotVisible):
        scheduled.send_now(session, out.id, cast.carol, DESK)
    outbox.withdraw(session, out.id, cast.bob)
    with pytest.raises(Conflict):
        scheduled.send_now(session, out.id, cast.alice, DESK)
    with pytest.raises(Conflict):
        scheduled.change(session, out.id, now() + FRIDAY, cast.alice, DESK)


def test_on_a_readers_page_it_is_shown_from_its_time_on_with_or_without_a_mail_server(
    session: Session, cast: Cast, database: Database
) -> None:
    tip_id = intake.receive(session, form(callout_id=cast.borders, contact=ContactChoice.PAGE)).tip_id
    out = replies.queue(session, tip_id, "How was Friday?", cast.bob, DESK, send_at=now() + FRIDAY)

    def shown() -> int:
        return sum(entry.outgoing is not None for entry in conversation.for_reader(session, tip_id))

    assert (out.state, sending.due(session), shown()) == (SendState.QUEUED, [], 0)
    comes(session, out)
    assert (list(scheduled.due_on_pages(session)), sending.due(session), shown()) == ([out.id], [], 0)
    session.commit()
    worker.put_on_pages(database)
    session.expire_all()
    assert (out.state, out.reason, shown()) == (SendState.PAGE, "", 1)
    assert session.get_one(Tip, tip_id).status is Status.WAITING


def test_taken_back_before_its_time_it_leaves_the_status_that_was_set_by_hand(
    session: Session, cast: Cast, tip_id: int, out: Outgoing
) -> None:
    triage.set_status(session, tip_id, Status.WAITING, cast.bob)
    outbox.withdraw(session, out.id, cast.bob)
    assert session.get_one(Tip, tip_id).status is Status.WAITING


def test_one_that_is_damaged_keeps_no_other_from_its_page(session: Session, cast: Cast, database: Database) -> None:
    if not is_sqlite(database.engine):
        pytest.skip("PostgreSQL takes no such row")
    outs = []
    for n in range(2):
        arrival = form(callout_id=cast.borders, contact=ContactChoice.PAGE, submission_id=str(n) * 22)
        tip_id = intake.receive(session, arrival).tip_id
        outs.append(replies.queue(session, tip_id, "How was Friday?", cast.bob, DESK, send_at=now() + FRIDAY))
        comes(session, outs[-1])
    session.commit()
    with database.engine.connect() as raw:
        raw.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        raw.exec_driver_sql("UPDATE tip SET contact = 'smoke' WHERE id = ?", (outs[0].tip_id,))
        raw.commit()
        raw.exec_driver_sql("PRAGMA ignore_check_constraints = OFF")
    with pytest.raises(LookupError):
        worker.put_on_pages(database)
    session.expire_all()
    assert [out.state for out in outs] == [SendState.QUEUED, SendState.PAGE]


def test_one_that_could_not_be_shown_is_tried_again(session: Session, cast: Cast) -> None:
    tip_id = intake.receive(session, form(callout_id=cast.borders, contact=ContactChoice.PAGE)).tip_id
    out = replies.queue(session, tip_id, "How was Friday?", cast.bob, DESK, send_at=now() + FRIDAY)
    comes(session, out)
    session.get_one(Tip, tip_id).contact = ContactChoice.NO
    scheduled.put_on_page(session, out.id)
    assert out.state is SendState.FAILED
    assert [entry.outgoing for entry in conversation.for_reader(session, tip_id)] == [None], "nobody may send it now"
    session.get_one(Tip, tip_id).contact = ContactChoice.PAGE
    outbox.retry(session, out.id, cast.alice)
    assert list(scheduled.due_on_pages(session)) == [out.id]
    scheduled.put_on_page(session, out.id)
    assert out.state is SendState.PAGE


def test_nothing_goes_in_the_name_of_somebody_who_left(session: Session, cast: Cast, out: Outgoing) -> None:
    accounts.switch_off(session, cast.bob.account_id, ActorKind.SYSTEM)
    comes(session, out)
    assert sending.mark_sending(session, out.id) is None
    assert out.state is SendState.FAILED
