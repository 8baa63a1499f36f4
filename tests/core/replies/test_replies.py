"""Replies: fixed when queued, never sent twice by themselves, and only where the reader allowed."""

from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.arrivals import form, mail
from tests.fixtures_db import Cast
from tipline.core import intake, outbox, replies, triage, vault
from tipline.core.outbox import sending
from tipline.core.outgoing_mail import Letter, Sender, reply, threads
from tipline.core.tip_page import conversation
from tipline.db import now
from tipline.errors import NotVisible, Refused
from tipline.models import Account, Message, Outgoing, SendState, Status, Tip
from tipline.vocabularies import ContactChoice

DESK = Sender("The Meridian", "borders@meridian.example", plus=True)


@pytest.fixture
def tip_id(session: Session, cast: Cast) -> int:
    return intake.receive(session, mail(callout_id=cast.borders, answers=("root@mail.example",))).tip_id


def test_a_reply_is_threaded_under_the_readers_mail_and_carries_the_token(
    session: Session, cast: Cast, tip_id: int
) -> None:
    out = replies.queue(session, tip_id, "When was it cancelled?", cast.bob, DESK)
    ready = sending.mark_sending(session, out.id)
    assert ready is not None
    sent = message_from_bytes(ready.content)
    token = threads.token(session, tip_id)
    assert (ready.recipient, sent["To"]) == ("mei@mail.example", "mei@mail.example")
    assert sent["From"] == '"Bob, The Meridian" <borders@meridian.example>'
    assert sent["Subject"] == "Re: Stranded"
    assert sent["In-Reply-To"] == "<one@mail.example>"
    assert sent["References"].split() == ["<root@mail.example>", "<one@mail.example>"]
    assert sent["Message-ID"].startswith(f"<{token}.")
    assert sent["Reply-To"] == f"borders+{token}@meridian.example"
    assert ready.envelope_from == threads.return_path(session, out.id, DESK.address)
    assert "stuck in Shanghai" not in str(sent)
    assert session.get_one(Tip, tip_id).status is Status.WAITING


def test_chinese_comes_through_and_the_name_is_left_out_where_the_setting_says_so(session: Session, cast: Cast) -> None:
    tip_id = intake.receive(session, mail("你好", callout_id=cast.borders, subject="被困在上海")).tip_id
    out = replies.queue(session, tip_id, "谢谢您来信。", cast.bob, Sender("子午线", DESK.address, reporter_names=False))
    ready = sending.mark_sending(session, out.id)
    assert ready is not None
    sent = message_from_bytes(ready.content)
    assert str(make_header(decode_header(sent["Subject"]))) == "Re: 被困在上海"
    assert "子午线" in str(make_header(decode_header(sent["From"])))
    assert "Bob" not in str(make_header(decode_header(sent["From"])))
    body = sent.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert "谢谢您来信。" in body.decode()


@pytest.mark.parametrize(
    "subject", ["a\r\nBcc: all@x.example", "=?utf-8?Q?a=0D=0ABcc:_all@x.example?=", "a\u2028b", "x" * 500, ""]
)
def test_no_subject_makes_a_header_of_its_own(subject: str) -> None:
    letter = Letter(
        DESK,
        "Bob\r\nBcc: x@y.example",
        "mei@mail.example",
        subject,
        "Hello\r\n.\r\nFrom me",
        "id@x",
        DESK.address,
        now(),
    )
    sent = message_from_bytes(reply(letter))
    assert sent["Bcc"] is None
    assert sent.get_all("To") == ["mei@mail.example"]


TWO = [
    "a@b.c,d@e.f",
    "a@b.c;d@e.f",
    "a@b.c:d@e.f",
    "a@b.c(d@e.f",
    "a@b@c.d",
    "a(b@c.d",
    "a[b]@c.d",
    'a"b"@c.d',
    "a,@c.d",
]


def test_what_japanese_carriers_gave_out_can_be_written_to() -> None:
    address = "mei..lin.@carrier.example"
    sent = message_from_bytes(reply(Letter(DESK, "Bob", address, "s", "t", "id@x", DESK.address, now())))
    assert sent["To"] == address


@pytest.mark.parametrize("address", ["", "a@b, c@d.example", "a b@c.example", "a@b\r\nBcc: x@y", "名@例.example", *TWO])
def test_an_address_that_is_not_one_is_refused(address: str) -> None:
    with pytest.raises(Refused):
        reply(Letter(DESK, "Bob", address, "s", "t", "id@x", DESK.address, now()))


def test_the_composer_posted_twice_is_one_reply(session: Session, cast: Cast, tip_id: int) -> None:
    first = replies.queue(session, tip_id, "Once", cast.bob, DESK, submission="abc")
    second = replies.queue(session, tip_id, "Once", cast.bob, DESK, submission="abc")
    assert first.id == second.id
    assert len(session.scalars(select(Outgoing)).all()) == 1


def test_a_reader_without_address_is_answered_on_their_page(session: Session, cast: Cast) -> None:
    tip_id = intake.receive(session, form(callout_id=cast.borders, contact=ContactChoice.PAGE)).tip_id
    out = replies.queue(session, tip_id, "Thank you", cast.bob, DESK)
    assert (out.state, out.content) == (SendState.PAGE, None)


@pytest.mark.parametrize("contact", [ContactChoice.PAGE, ContactChoice.PHONE])
def test_no_mail_goes_to_who_asked_for_another_way(session: Session, cast: Cast, contact: ContactChoice) -> None:
    arrival = form(callout_id=cast.borders, reader_email="mei@mail.example", contact=contact)
    out = replies.queue(session, intake.receive(session, arrival).tip_id, "Thank you", cast.bob, DESK)
    assert out.state is SendState.PAGE


def test_who_asked_not_to_be_contacted_is_not(session: Session, cast: Cast) -> None:
    arrival = form(callout_id=cast.borders, reader_email="mei@mail.example", contact=ContactChoice.NO)
    tip_id = intake.receive(session, arrival).tip_id
    with pytest.raises(Refused, match="asked not to be contacted"):
        replies.queue(session, tip_id, "Thank you", cast.bob, DESK)
    assert session.scalars(select(Message).where(col(Message.author_id).is_not(None))).all() == []


def test_what_provably_failed_for_now_is_tried_again_later_and_not_for_ever(
    session: Session, cast: Cast, tip_id: int
) -> None:
    out = replies.queue(session, tip_id, "Hello", cast.bob, DESK)
    for attempt in range(1, 7):
        out.not_before = now() - timedelta(seconds=1)
        session.flush()
        assert sending.due(session) == [out.id]
        assert sending.mark_sending(session, out.id)
        assert sending.due(session) == []
        sending.mark_failed(session, out.id, "temporary", permanent=False, code=451)
        assert out.state is (SendState.FAILED if attempt == 6 else SendState.QUEUED)
        assert out.not_before > now() or attempt == 6
    assert outbox.troubled(session, cast.bob) == [out]
    assert outbox.troubled(session, cast.carol) == []


def test_a_mail_that_was_being_sent_when_the_worker_died_waits_for_a_person(
    session: Session, cast: Cast, tip_id: int
) -> None:
    out = replies.queue(session, tip_id, "Hello", cast.bob, DESK)
    first = sending.mark_sending(session, out.id)
    assert sending.interrupted(session) == 1
    assert out.state is SendState.UNKNOWN
    assert sending.due(session) == []
    outbox.retry(session, out.id, cast.bob)
    again = sending.mark_sending(session, out.id)
    assert first is not None
    assert again is not None
    assert again.content == first.content


def test_a_reply_is_taken_back_only_before_it_leaves(session: Session, cast: Cast, tip_id: int) -> None:
    out = replies.queue(session, tip_id, "Hello", cast.bob, DESK, delay=timedelta(seconds=10))
    assert sending.due(session) == []
    with pytest.raises(NotVisible):
        outbox.withdraw(session, out.id, cast.carol)
    outbox.withdraw(session, out.id, cast.bob)
    assert out.state is SendState.WITHDRAWN
    with pytest.raises(Refused):
        outbox.withdraw(session, out.id, cast.bob)


def test_a_reply_for_the_page_is_taken_back_only_before_it_is_shown(session: Session, cast: Cast) -> None:
    tip_id = intake.receive(session, form(callout_id=cast.borders)).tip_id
    out = replies.queue(session, tip_id, "Hello", cast.bob, DESK, delay=timedelta(seconds=10))
    assert [e.outgoing for e in conversation.for_reader(session, tip_id)] == [None]
    outbox.withdraw(session, out.id, cast.bob)
    shown = replies.queue(session, tip_id, "Hello", cast.bob, DESK)
    assert [e.outgoing for e in conversation.for_reader(session, tip_id)] == [None, shown]
    with pytest.raises(Refused):
        outbox.withdraw(session, shown.id, cast.bob)


def test_the_reply_of_a_reporter_who_left_is_not_sent(session: Session, cast: Cast, tip_id: int) -> None:
    out = replies.queue(session, tip_id, "Hello", cast.bob, DESK)
    session.get_one(Account, cast.bob.account_id).active = False
    session.flush()
    assert sending.mark_sending(session, out.id) is None
    assert (out.state, out.reason) == (SendState.FAILED, "not_allowed")


@pytest.mark.parametrize("contact", [ContactChoice.NO, ContactChoice.PAGE])
def test_a_reader_who_wants_no_mail_any_more_gets_none_that_waited(
    session: Session, cast: Cast, tip_id: int, contact: ContactChoice
) -> None:
    out = replies.queue(session, tip_id, "Hello", cast.bob, DESK)
    session.get_one(Tip, tip_id).contact = contact
    assert sending.mark_sending(session, out.id) is None
    assert (out.state, out.reason) == (SendState.FAILED, "not_allowed")


def test_recipient_and_bytes_are_sealed(session: Session, cast: Cast, tip_id: int) -> None:
    out = replies.queue(session, tip_id, "Hello", cast.bob, DESK)
    assert b"mei@" not in (out.recipient or b"") + (out.content or b"")
    assert vault.open_text(session, out.recipient, f"outgoing:{out.id}:recipient") == "mei@mail.example"


def test_a_closed_tip_stays_closed_when_answered(session: Session, cast: Cast, tip_id: int) -> None:
    triage.set_status(session, tip_id, Status.CLOSED, cast.bob)
    replies.queue(session, tip_id, "Thank you, again", cast.bob, DESK)
    assert session.get_one(Tip, tip_id).status is Status.CLOSED
