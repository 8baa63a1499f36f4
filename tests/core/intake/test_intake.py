"""The one door: what arrives is filed once, and only where it belongs."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlmodel import Session, col

from tests.arrivals import form, mail
from tests.fixtures_db import Cast, make_cast
from tipline.core import intake, merge, triage
from tipline.core.arrival import Address, Attachment, Automatic, ConsentChoice, GivenAnswer
from tipline.core.counts import counters
from tipline.core.outgoing_mail import threads
from tipline.core.readers import receipts
from tipline.db import Database, now
from tipline.models import (
    Answer,
    Consent,
    ContactKind,
    Event,
    IdentityAnswer,
    Message,
    Question,
    QuestionKind,
    Reader,
    ReaderContact,
    Status,
    Tip,
    TipCount,
    Verb,
)


def tips(session: Session) -> int:
    return session.scalars(select(func.count()).select_from(Tip)).one()


def test_a_mail_becomes_a_tip_with_a_message_and_an_event(session: Session, cast: Cast) -> None:
    filed = intake.receive(session, mail(callout_id=cast.borders))
    tip = session.get_one(Tip, filed.tip_id)
    assert (tip.status, tip.title, tip.callout_id) == (Status.NEW, "Stranded", cast.borders)
    assert session.get_one(Message, filed.message_id).text.startswith("I have been stuck")
    assert [e.verb for e in session.scalars(select(Event).where(col(Event.tip_id) == tip.id))] == [Verb.RECEIVED]
    assert counters.total(session, cast.alice, [cast.borders], (Status.NEW,)) == 1


def test_mail_that_names_no_callout_goes_to_the_general_one(session: Session, cast: Cast) -> None:
    filed = intake.receive(session, mail())
    assert session.get_one(Tip, filed.tip_id).callout_id not in (cast.borders, cast.overtime)


def test_two_mails_from_one_address_are_two_tips_of_one_reader(session: Session, cast: Cast) -> None:
    first = intake.receive(session, mail(callout_id=cast.borders))
    second = intake.receive(session, mail(callout_id=cast.borders, sender="MEI@mail.example", message_id="two@x"))
    one, two = session.get_one(Tip, first.tip_id), session.get_one(Tip, second.tip_id)
    assert one.id != two.id
    assert one.reader_id == two.reader_id


def test_an_address_typed_into_a_form_does_not_make_it_the_mail_senders_story(session: Session, cast: Cast) -> None:
    by_mail = intake.receive(session, mail(callout_id=cast.borders))
    by_form = intake.receive(session, form(callout_id=cast.borders, reader_email="mei@mail.example"))
    assert session.get_one(Tip, by_mail.tip_id).reader_id != session.get_one(Tip, by_form.tip_id).reader_id


def test_the_same_form_twice_is_one_tip_with_the_same_code(session: Session, cast: Cast) -> None:
    first = intake.receive(session, form(callout_id=cast.borders))
    again = intake.receive(session, form(callout_id=cast.borders))
    assert (again.tip_id, again.message_id, again.submission_key) == (
        first.tip_id,
        first.message_id,
        first.submission_key,
    )
    assert again.duplicate
    assert tips(session) == 1


def test_another_reader_on_the_same_page_gets_a_tip_and_code_of_their_own(session: Session, cast: Cast) -> None:
    first = intake.receive(session, form(callout_id=cast.borders))
    second = intake.receive(session, form("Another person, another story.", callout_id=cast.borders))
    assert second.tip_id != first.tip_id
    assert second.submission_key != first.submission_key
    assert session.get_one(Tip, second.tip_id).may_belong_to == first.tip_id
    code = receipts.code_of(session, second.submission_key)
    found = receipts.tip_by_token(session, receipts.page_token(code))
    assert found is not None
    assert found.id == second.tip_id


def test_fifty_posts_at_once_of_one_form_are_one_tip(database: Database) -> None:
    with database.writing() as session:
        borders = make_cast(session).borders

    def post(_: int) -> int:
        with database.writing() as session:
            filed = intake.receive(session, form(callout_id=borders))
            session.commit()
            return filed.tip_id

    with ThreadPoolExecutor(10) as pool:
        ids = set(pool.map(post, range(50)))
    with database.reading() as session:
        assert (len(ids), tips(session)) == (1, 1)


def test_answers_keep_their_wording_and_identity_answers_are_sealed_with_the_reader(
    session: Session, cast: Cast
) -> None:
    questions = [Question(callout_id=cast.borders, position=n, kind=QuestionKind.SHORT) for n in range(2)]
    session.add_all(questions)
    session.flush()
    given = (
        GivenAnswer(questions[0].id or 0, "Where are you?", "Macau"),
        GivenAnswer(questions[1].id or 0, "Your passport name", "CHEN MEI", identity=True),
    )
    filed = intake.receive(session, form(callout_id=cast.borders, answers=given))
    rows = session.scalars(select(Answer).where(col(Answer.tip_id) == filed.tip_id)).all()
    assert [(a.wording, a.value) for a in rows] == [("Where are you?", "Macau")]
    sealed = session.scalars(select(IdentityAnswer)).one()
    assert b"CHEN" not in sealed.value


def test_consent_is_an_entry_with_what_was_shown(session: Session, cast: Cast) -> None:
    filed = intake.receive(
        session, form(callout_id=cast.borders, consent=ConsentChoice.ASK, consent_wording="Ask me first")
    )
    entry = session.scalars(select(Consent).where(col(Consent.tip_id) == filed.tip_id)).one()
    assert (entry.choice, entry.wording) == (ConsentChoice.ASK, "Ask me first")
    assert session.get_one(Tip, filed.tip_id).consent is ConsentChoice.ASK


def test_text_that_a_database_refuses_is_filed_without_the_bad_characters(session: Session, cast: Cast) -> None:
    filed = intake.receive(
        session, mail("nul \0 here, half a pair \ud83d there", callout_id=cast.borders, subject="a\0b")
    )
    session.commit()
    assert session.get_one(Message, filed.message_id).text == "nul  here, half a pair ? there"


def test_a_reply_with_our_token_from_a_known_address_joins_its_tip(session: Session, cast: Cast) -> None:
    filed = intake.receive(session, mail(callout_id=cast.borders))
    tip = session.get_one(Tip, filed.tip_id)
    tip.status = Status.WAITING
    session.add(TipCount(callout_id=cast.borders, status=Status.WAITING, assignee_id=0, n=1))
    session.flush()
    ours = threads.message_id(session, filed.tip_id, "borders@meridian.example")
    answer = intake.receive(session, mail("In March.", message_id="two@x", answers=("old@x", ours)))
    assert (answer.tip_id, answer.new_tip) == (filed.tip_id, False)
    assert tip.status is Status.REVIEWING


def test_the_token_in_the_reply_address_is_enough_even_in_capitals(session: Session, cast: Cast) -> None:
    filed = intake.receive(session, mail(callout_id=cast.borders))
    to = threads.reply_address(session, filed.tip_id, "borders@meridian.example").upper()
    assert intake.receive(session, mail("In March.", message_id="two@x", to=to)).tip_id == filed.tip_id


def test_a_stranger_with_the_token_gets_a_tip_of_their_own_that_says_where_it_may_belong(
    session: Session, cast: Cast
) -> None:
    filed = intake.receive(session, mail(callout_id=cast.borders))
    ours = threads.message_id(session, filed.tip_id, "borders@meridian.example")
    other = intake.receive(session, mail("Hello", sender="eve@elsewhere.example", message_id="2@x", answers=(ours,)))
    assert other.new_tip
    assert session.get_one(Tip, other.tip_id).may_belong_to == filed.tip_id


@pytest.mark.parametrize("change", ["tip", "code", "short"])
def test_a_forged_token_is_no_token(session: Session, cast: Cast, change: str) -> None:
    filed = intake.receive(session, mail(callout_id=cast.borders))
    token = threads.token(session, filed.tip_id)
    number, _, code = token.partition("-")
    forged = {"tip": f"{number}1-{code}", "code": f"{number}-{code[:-2]}aa", "short": f"{number}-{code[:13]}"}[change]
    other = intake.receive(session, mail("Hello", message_id="2@x", answers=(f"{forged}.x@meridian.example",)))
    assert other.new_tip
    assert session.get_one(Tip, other.tip_id).may_belong_to is None


def test_a_mail_with_two_senders_belongs_to_nobodys_tip(session: Session, cast: Cast) -> None:
    filed = intake.receive(session, mail(callout_id=cast.borders))
    ours = threads.message_id(session, filed.tip_id, "borders@meridian.example")
    arrival = mail("Hello", message_id="2@x", answers=(ours,))
    assert arrival.headers is not None
    both = (Address("mei@mail.example"), Address("eve@elsewhere.example"))
    arrival = replace(arrival, headers=replace(arrival.headers, sender=None, senders=both))
    other = intake.receive(session, arrival)
    assert other.new_tip


def test_an_out_of_office_reply_does_not_wake_its_tip(session: Session, cast: Cast) -> None:
    filed = intake.receive(session, mail(callout_id=cast.borders))
    tip = session.get_one(Tip, filed.tip_id)
    written = tip.reader_wrote_at
    ours = threads.message_id(session, filed.tip_id, "borders@meridian.example")
    intake.receive(session, mail("Away.", message_id="2@x", answers=(ours,), automatic=Automatic.REPLY))
    assert tip.reader_wrote_at == written


def test_joining_moves_everything_and_teaches_the_second_address(session: Session, cast: Cast) -> None:
    filed = intake.receive(session, mail(callout_id=cast.borders))
    ours = threads.message_id(session, filed.tip_id, "borders@meridian.example")
    photo = Attachment("a.jpg", b"\xff\xd8\xff" + b"x" * 100)
    work = mail("From work.", sender="mei@work.example", message_id="2@x", answers=(ours,), attachments=(photo,))
    other = intake.receive(session, work)
    assert merge.merge(session, other.tip_id, cast.alice) == filed.tip_id
    session.commit()
    messages = session.scalars(select(Message).where(col(Message.tip_id) == filed.tip_id)).all()
    assert len(messages) == 2
    assert session.get_one(Tip, filed.tip_id).photos == 1
    reader_id = session.get_one(Tip, filed.tip_id).reader_id
    addresses = select(func.count()).where(
        col(ReaderContact.reader_id) == reader_id, col(ReaderContact.kind) == ContactKind.EMAIL
    )
    assert session.scalars(addresses).one() == 2
    third = intake.receive(session, mail("Again.", sender="mei@work.example", message_id="3@x", answers=(ours,)))
    assert third.tip_id == filed.tip_id


def test_what_we_know_of_a_reader_is_unreadable_in_the_database(session: Session, cast: Cast) -> None:
    intake.receive(session, mail(callout_id=cast.borders, signature="Mei Chen, +86 139 0000 0000"))
    session.commit()
    reader, contact = session.scalars(select(Reader)).one(), session.scalars(select(ReaderContact)).one()
    message = session.scalars(select(Message)).one()
    kept = [reader.name, reader.short_name, contact.value, message.headers, message.signature]
    assert all(kept)
    assert not any(b"Mei" in (value or b"") or b"mei@" in (value or b"") for value in kept)


def test_a_clock_that_is_ahead_makes_a_tip_neither_the_newest_for_a_day_nor_unread_for_ever(
    session: Session, cast: Cast
) -> None:
    ahead = replace(mail(callout_id=cast.borders), received_at=now() + timedelta(hours=20))
    tip = session.get_one(Tip, intake.receive(session, ahead).tip_id)
    assert tip.received_at <= now()
    assert triage.mark_seen(session, tip.id or 0, cast.bob)
    assert not triage.mark_seen(session, tip.id or 0, cast.bob), "it was read"
    ours = threads.message_id(session, tip.id or 0, "borders@meridian.example")
    again = mail("More.", message_id="two@x", answers=(ours,))
    assert intake.receive(session, replace(again, received_at=now() + timedelta(hours=20))).tip_id == tip.id
    assert tip.reader_wrote_at <= now()
