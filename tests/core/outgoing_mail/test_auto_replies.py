"""Acknowledgements: once a day, to people only, only for mail that came after the mailbox was connected, and blind to
what the reader wrote."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update
from sqlmodel import Session, col

from tests.arrivals import form, mail
from tests.fixtures_db import Cast
from tests.mail.reports import report
from tipline.core import inbox, intake, outbox, replies
from tipline.core.arrival import Address, Arrival, Automatic
from tipline.core.filters import Filters
from tipline.core.outbox import sending
from tipline.core.outgoing_mail import Sender, auto_replies, threads
from tipline.core.outgoing_mail.auto_replies import AutoReply, AutoReplySettings
from tipline.core.tip_page import sidebar
from tipline.db import now
from tipline.mail import parse
from tipline.models import (
    AutoReplySent,
    Callout,
    CalloutText,
    Epoch,
    Event,
    Ledger,
    LedgerState,
    Mailbox,
    MailKind,
    Message,
    Outgoing,
    SendState,
    Status,
    Tip,
    Verb,
)
from tipline.sealing import new_id

OURS = "borders@meridian.example"
DOOR = AutoReplySettings(
    "The Meridian", "tips@meridian.example", plus=frozenset({OURS}), ours=frozenset({"tips@meridian.example"})
)
Receive = Callable[..., Outgoing | None]


@pytest.fixture
def epoch(session: Session, cast: Cast) -> Epoch:
    """A mailbox that was connected yesterday, whose callout answers mail."""
    session.execute(update(Callout).where(col(Callout.id) == cast.borders).values(acknowledge=True))
    box = Mailbox(name="china", created_at=now() - timedelta(days=1), compared_at=now())
    session.add(box)
    session.flush()
    row = Epoch(mailbox_id=box.id or 0, folder="INBOX", uidvalidity=7, created_at=now() - timedelta(days=1))
    session.add(row)
    session.flush()
    return row


@pytest.fixture
def receive(session: Session, cast: Cast, epoch: Epoch) -> Receive:
    """File a mail that was sent a minute ago, as the worker does; gives what waits for its reader now."""

    def receive(
        arrival: Arrival | None = None, *, flags: tuple[str, ...] = (), door: AutoReplySettings = DOOR
    ) -> Outgoing | None:
        arrival = arrival or fresh(cast)
        row = Ledger(id=new_id(), epoch_id=epoch.id or 0, key=str(new_id()), state=LedgerState.STORED,
                     discovered_at=now(), flags=list(flags))  # fmt: skip
        session.add(row)
        session.flush()
        filed = intake.receive(session, arrival, ledger_id=row.id)
        made = [AutoReply(filed.tip_id, row.id, arrival)] if filed.new_tip else []
        return next(iter(auto_replies.answer(session, made, door)), None)

    return receive


def fresh(cast: Cast, *, sender: str = "mei@mail.example", at: datetime | None = None, **more: Any) -> Arrival:
    """A mail of a minute ago; keywords of MailHeaders go there, all others to the arrival."""
    head = {key: more.pop(key) for key in ("reply_to", "return_path", "no_answer", "received", "date") if key in more}
    arrival = mail(callout_id=cast.borders, sender=sender, message_id=f"{new_id()}@mail.example", **more)
    assert arrival.headers is not None
    at = at or now() - timedelta(minutes=1)
    return replace(arrival, received_at=at, headers=replace(arrival.headers, **{"date": at, **head}))


def content(session: Session, out: Outgoing | None) -> tuple[str, str, Any]:
    """Envelope sender, recipient and message of what leaves."""
    assert out is not None
    ready = sending.mark_sending(session, out.id)
    assert ready is not None
    return ready.envelope_from, ready.recipient, message_from_bytes(ready.content)


def text_of(sent: Any) -> str:
    body = sent.get_payload(decode=True)
    assert isinstance(body, bytes)
    return body.decode()


def test_a_story_by_mail_is_answered_at_once_and_nothing_of_it_is_in_the_answer(
    session: Session, cast: Cast, receive: Receive
) -> None:
    out = receive(fresh(cast, text="I have been stuck in Shanghai."))
    assert out is not None
    envelope, recipient, sent = content(session, out)
    token = threads.token(session, out.tip_id)
    assert (envelope, recipient, sent["To"]) == ("", "mei@mail.example", "mei@mail.example")
    assert (sent["From"], sent["Auto-Submitted"]) == ("The Meridian <borders@meridian.example>", "auto-replied")
    assert (sent["Subject"], sent["Reply-To"]) == ("We have your message", f"borders+{token}@meridian.example")
    assert sent["Message-ID"].startswith(f"<{token}.") and sent["In-Reply-To"] == sent["References"]
    whole = text_of(sent) + str(sent)
    for word in ("Shanghai", "Stranded", "Mei", "stuck"):
        assert word not in whole


def test_it_names_the_way_to_the_readers_page(session: Session, cast: Cast, receive: Receive) -> None:
    out = receive(fresh(cast), door=replace(DOOR, url="https://meridian.example"))
    assert out is not None
    _, _, sent = content(session, out)
    link = f"https://meridian.example/m/{threads.page_token(session, out.tip_id)}"
    assert link in text_of(sent) and "The link alone opens nothing" in text_of(sent)


def test_it_is_written_down_and_moves_nothing(session: Session, cast: Cast, receive: Receive) -> None:
    out = receive()
    assert out is not None and out.kind is MailKind.ACKNOWLEDGEMENT
    message, tip = session.get_one(Message, out.message_id), session.get_one(Tip, out.tip_id)
    assert (message.author_id, message.automatic) == (None, Automatic.REPLY)
    assert (tip.status, tip.answered_at) == (Status.NEW, None)
    events = session.scalars(select(Event).where(col(Event.verb) == Verb.REPLY)).all()
    assert [(event.account_id, event.after) for event in events] == [(None, "acknowledgement")]


def test_it_is_off_until_an_editor_turns_it_on(session: Session, cast: Cast, receive: Receive) -> None:
    session.execute(update(Callout).values(acknowledge=False))
    session.expire_all()
    assert receive() is None


def test_it_is_not_sent_any_more_once_an_editor_has_turned_it_off(
    session: Session, cast: Cast, receive: Receive
) -> None:
    out = receive()
    assert out is not None
    session.get_one(Callout, cast.borders).acknowledge = False
    assert sending.mark_sending(session, out.id) is None
    assert out.state is SendState.WITHDRAWN


def test_an_address_is_answered_once_a_day_however_it_is_spelled(
    session: Session, cast: Cast, receive: Receive
) -> None:
    assert receive() is not None
    assert receive(fresh(cast, sender="MEI@mail.example")) is None
    assert receive(fresh(cast, sender="wei@mail.example")) is not None
    session.execute(update(AutoReplySent).values(day=now().date() - timedelta(days=1)))
    assert receive() is not None
    hashes = session.scalars(select(col(AutoReplySent.address_hash))).all()
    assert not any("mei" in one for one in hashes)


@pytest.mark.parametrize(
    ("written", "languages", "subject"),
    [
        ("zh-Hans", ["en"], "我们已收到您的来信"),
        ("zh-Hant", ["en", "zh_Hans"], "我們已收到您的來信"),
        ("en", ["zh_Hans", "en"], "We have your message"),
        ("ru", ["en", "zh_Hans"], "We have your message"),
        ("", ["zh_Hans"], "我们已收到您的来信"),
    ],
)
def test_it_speaks_the_readers_language_where_it_can(
    session: Session, cast: Cast, receive: Receive, written: str, languages: list[str], subject: str
) -> None:
    session.get_one(Callout, cast.borders).languages = languages
    sent = content(session, receive(fresh(cast, language=written)))[2]
    assert str(make_header(decode_header(sent["Subject"]))) == subject


def test_an_editors_own_words_take_the_place_of_the_usual_ones(session: Session, cast: Cast, receive: Receive) -> None:
    session.get_one(CalloutText, (cast.borders, "en")).acknowledgement = "We read everything, but answer few."
    assert (
        text_of(content(session, receive())[2]).replace("\r\n", "\n")
        == "We read everything, but answer few.\n\n-- \nThe Meridian\n"
    )


@pytest.mark.parametrize(
    "more",
    [
        {"automatic": Automatic.REPLY},
        {"automatic": Automatic.LIST},
        {"automatic": Automatic.BOUNCE},
        {"no_answer": True},
        {"sender_confirmed": False},
        {"sender": "no-reply@shop.example"},
        {"sender": "DoNotReply@shop.example"},
        {"sender": "mailer-daemon@mx.example"},
        {"sender": "Postmaster@mx.example"},
        {"sender": "news-request@lists.example"},
        {"sender": "owner-news@lists.example"},
        {"sender": "bounces@lists.example"},
        {"sender": "tips@meridian.example"},
        {"sender": "Borders@meridian.example"},
        {"sender": "overtime@meridian.example"},
        {"sender": "bob@meridian.example"},
        {"sender": "not an address"},
        {"sender": ""},
        {"sender": "\r\nBcc: all@x.example"},
        {"sender": "ann@else.example,mei@mail.example"},
        {"sender": "ann@else.example(mei@mail.example"},
        {"sender": "ann@else.example@mail.example"},
        {"sender": 'ann"@mail.example'},
        {"reply_to": (Address("wei@mail.example"),)},
        {"return_path": "bounce-4711@mailer.example"},
        {"reader_email": "somebody@else.example"},
        {"date": None},
    ],
    ids=str,
)
def test_nothing_goes_to_machines_colleagues_or_anywhere_in_doubt(
    session: Session, cast: Cast, receive: Receive, more: dict[str, Any]
) -> None:
    assert receive(fresh(cast, **more)) is None
    assert session.scalar(select(func.count()).select_from(Tip)) == 1
    assert session.scalars(select(AutoReplySent)).all() == []


@pytest.mark.parametrize("return_path", ["mei@mail.example", "prvs=07a1b2c3d4=mei@mail.example", ""])
def test_a_return_path_that_is_the_readers_own_is_none_in_doubt(cast: Cast, receive: Receive, return_path: str) -> None:
    assert receive(fresh(cast, return_path=return_path)) is not None


def test_the_return_path_of_an_answer_is_ours_and_gets_none(session: Session, cast: Cast, receive: Receive) -> None:
    out = receive()
    assert out is not None
    assert receive(fresh(cast, sender=threads.reply_address(session, out.tip_id, OURS))) is None


def test_several_authors_get_none(session: Session, cast: Cast, receive: Receive) -> None:
    arrival = fresh(cast)
    assert arrival.headers is not None
    head = replace(arrival.headers, sender=None, senders=(Address("mei@mail.example"), Address("wei@mail.example")))
    assert receive(replace(arrival, headers=head, reader_email="mei@mail.example")) is None


@pytest.mark.parametrize("odd", ["", "a b@x", "名@例", "x" * 5000, "a\r\nBcc: all@x"])
def test_an_odd_message_id_costs_neither_the_story_nor_the_answer(
    session: Session, cast: Cast, receive: Receive, odd: str
) -> None:
    arrival = fresh(cast)
    assert arrival.headers is not None
    head = replace(arrival.headers, message_id=odd, references=(odd, "one@mail.example"))
    sent = content(session, receive(replace(arrival, headers=head)))[2]
    assert sent["In-Reply-To"] is None and sent["Bcc"] is None


@pytest.mark.parametrize("flag", ["junk", "backlog"])
def test_nothing_goes_to_who_was_found_among_junk_or_in_a_backlog(receive: Receive, flag: str) -> None:
    assert receive(flags=(flag,)) is None


def test_whoever_connects_an_old_inbox_writes_to_nobody(session: Session, cast: Cast, receive: Receive) -> None:
    old = now() - timedelta(days=400)
    assert receive(fresh(cast, at=old)) is None
    assert receive(fresh(cast, sender="a@mail.example", received=old)) is None  # the sender's clock lies
    assert receive(fresh(cast, sender="b@mail.example", at=now() - timedelta(hours=25))) is None
    session.execute(update(Mailbox).values(created_at=now() - timedelta(seconds=10)))
    session.expire_all()
    assert receive(fresh(cast, sender="c@mail.example")) is None
    assert receive(fresh(cast, sender="d@mail.example", at=now() + timedelta(days=3))) is None


def test_an_answer_in_a_conversation_and_a_form_get_none(session: Session, cast: Cast, receive: Receive) -> None:
    out = receive()
    assert out is not None
    session.execute(update(AutoReplySent).values(day=now().date() - timedelta(days=1)))
    again = fresh(cast, to=threads.reply_address(session, out.tip_id, OURS))
    assert receive(again) is None
    filed = intake.receive(session, form(callout_id=cast.borders, reader_email="mei@mail.example"))
    row = session.scalars(select(Ledger).limit(1)).one()
    assert auto_replies.answer(session, [AutoReply(filed.tip_id, row.id, form(callout_id=cast.borders))], DOOR) == []


def test_a_flood_from_one_address_is_filed_and_gets_nothing(session: Session, cast: Cast, receive: Receive) -> None:
    """A loop whose other side hides that it is a machine, and changes its day."""
    door = replace(DOOR, flood=3)
    answered = []
    for _ in range(6):
        session.execute(delete(AutoReplySent))
        answered.append(receive(door=door) is not None)
    assert answered == [True, True, True, False, False, False]
    assert session.scalar(select(func.count()).select_from(Tip)) == 6


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # for each of the thousand the rule is the same
def test_a_thousand_automatic_replies_get_no_answer(session: Session, cast: Cast, receive: Receive) -> None:
    raw = (
        "From: Mei <mei@mail.example>\r\nTo: borders@meridian.example\r\nSubject: Automatic reply: We have your message"
        "\r\nDate: {date}\r\nMessage-ID: <{n}@mail.example>\r\nAuto-Submitted: auto-replied\r\n\r\nI am away.\r\n"
    )
    date = now().strftime("%a, %d %b %Y %H:%M:%S +0000")
    for n in range(1000):
        arrival = parse.arrival(raw.format(n=n, date=date).encode())
        receive(replace(arrival, callout_id=cast.borders))
    assert session.scalars(select(Outgoing)).all() == []
    assert session.scalar(select(func.count()).select_from(Message)) == 1000


def test_a_report_about_it_triggers_nothing(session: Session, cast: Cast, receive: Receive) -> None:
    out = receive()
    assert out is not None
    content(session, out)
    sending.mark_sent(session, out.id)
    session.get_one(Tip, out.tip_id).status = Status.WAITING
    filed = intake.receive(session, parse.arrival(report("failed", "5.1.1", message_id=out.mail_message_id)))
    assert (filed.tip_id, out.state, out.bounced_by) == (out.tip_id, SendState.SENT, filed.message_id)
    tip = session.get_one(Tip, out.tip_id)
    assert tip.status is Status.WAITING
    assert session.scalars(select(Event).where(col(Event.verb) == Verb.REPLY_FAILED)).all() == []
    assert outbox.troubled(session, cast.alice) == []
    assert not sidebar.sheet(session, tip, cast.bob, now().date()).row.outgoing_problem


def test_one_of_which_nobody_knows_is_no_work_for_a_person(session: Session, cast: Cast, receive: Receive) -> None:
    out = receive()
    assert out is not None
    content(session, out)
    sending.mark_unknown(session, out.id)
    assert outbox.troubled(session, cast.alice) == []
    (row,) = inbox.page(session, Filters(), cast.bob, now().date()).rows
    assert not row.outgoing_problem


def test_a_reply_goes_before_any_of_them(session: Session, cast: Cast, receive: Receive) -> None:

    out = receive()
    assert out is not None
    reply = replies.queue(session, out.tip_id, "Hello", cast.bob, Sender("The Meridian", OURS))
    assert sending.due(session) == [reply.id, out.id]
