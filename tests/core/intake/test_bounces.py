"""A delivery report changes what it proves to be about, and nothing else."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlmodel import Session, col

from tests.arrivals import mail
from tests.core.making import TODAY
from tests.fixtures_db import Cast
from tests.mail.reports import plain, report
from tipline.core import inbox, intake, merge, outbox, replies
from tipline.core.arrival import Automatic
from tipline.core.counts import counters
from tipline.core.filters import Filters
from tipline.core.outbox import sending
from tipline.core.outgoing_mail import Sender, email_codes, threads
from tipline.core.search import tip_texts
from tipline.core.tip_page import conversation, sidebar
from tipline.db import now
from tipline.mail import parse
from tipline.models import Event, MailKind, Message, Outgoing, SendState, Status, Tip, Verb

DESK = Sender("The Meridian", "borders@meridian.example", plus=True)
PLAIN = Sender("The Meridian", "borders@meridian.example")


@pytest.fixture
def tip_id(session: Session, cast: Cast) -> int:
    return intake.receive(session, mail(callout_id=cast.borders)).tip_id


def sent(session: Session, cast: Cast, tip_id: int, sender: Sender = DESK) -> Outgoing:
    """A reply that the mail server took."""
    out = replies.queue(session, tip_id, "When was it cancelled?", cast.bob, sender)
    assert sending.mark_sending(session, out.id)
    sending.mark_sent(session, out.id)
    return out


def come_back(session: Session, raw: bytes) -> intake.Filed:
    return intake.receive(session, parse.arrival(raw))


def count(session: Session, table: type[Tip] | type[Message]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_report_to_the_signed_return_path_bounces_its_reply(session: Session, cast: Cast, tip_id: int) -> None:
    out = sent(session, cast, tip_id)
    wrote_at = session.get_one(Tip, tip_id).reader_wrote_at
    filed = come_back(session, report("failed", "5.1.1", to=out.envelope_from, message_id="unknown@elsewhere.example"))
    assert (filed.tip_id, filed.new_tip) == (tip_id, False)
    assert (out.state, out.bounce_status, out.bounced_by) == (SendState.BOUNCED, "5.1.1", filed.message_id)
    tip = session.get_one(Tip, tip_id)
    assert (tip.status, tip.reader_wrote_at) == (Status.REVIEWING, wrote_at)
    assert counters.total(session, cast.alice, [cast.borders], (Status.REVIEWING,)) == 1
    assert session.get_one(Message, filed.message_id).automatic == Automatic.BOUNCE
    (event,) = session.scalars(select(Event).where(col(Event.verb) == Verb.REPLY_FAILED))
    assert (event.object_id, event.before, event.after) == (out.message_id, "5.1.1", "bounced")
    assert outbox.troubled(session, cast.bob) == [out]


def test_a_reader_whose_reply_came_back_is_unanswered_until_it_is_sent_again(
    session: Session, cast: Cast, tip_id: int
) -> None:
    out = sent(session, cast, tip_id)
    unanswered = Filters.parse("is:unanswered")
    assert inbox.ids(session, unanswered, cast.bob, TODAY) == []
    come_back(session, report("failed", "5.1.1", to=out.envelope_from))
    assert inbox.ids(session, unanswered, cast.bob, TODAY) == [tip_id]
    outbox.retry(session, out.id, cast.bob)
    assert inbox.ids(session, unanswered, cast.bob, TODAY) == []


@pytest.mark.parametrize("raw", [report, plain])
def test_a_report_that_encloses_our_message_id_bounces_its_reply(
    session: Session, cast: Cast, tip_id: int, raw: object
) -> None:
    """Where name+token@ does not arrive, all reports come to one address."""
    out = sent(session, cast, tip_id, PLAIN)
    assert out.envelope_from == PLAIN.address
    given = report("failed", "5.1.1", message_id=out.mail_message_id)
    come_back(session, given if raw is report else plain(message_id=out.mail_message_id))
    assert (out.state, out.bounce_status) == (SendState.BOUNCED, "5.1.1")


def test_an_old_report_that_only_answers_our_mail_bounces_its_reply(session: Session, cast: Cast, tip_id: int) -> None:
    out = sent(session, cast, tip_id)
    raw = plain(message_id="x@y").replace(b"X-Failed", f"In-Reply-To: <{out.mail_message_id}>\r\nX-Failed".encode())
    come_back(session, raw)
    assert out.state is SendState.BOUNCED


@pytest.mark.parametrize("delayed", [True, False])
def test_a_delay_is_shown_and_changes_nothing_and_the_end_of_it_does(
    session: Session, cast: Cast, tip_id: int, delayed: bool
) -> None:
    out = sent(session, cast, tip_id)
    first = come_back(session, report("delayed", "4.4.1", to=out.envelope_from))
    assert (out.state, out.bounce_status, out.bounced_by) == (SendState.SENT, "4.4.1", first.message_id)
    assert session.get_one(Tip, tip_id).status is Status.WAITING
    assert outbox.troubled(session, cast.bob) == []
    if delayed:
        return
    come_back(session, report("failed", "4.4.7", to=out.envelope_from, number=2))
    assert (out.state, out.bounce_status) == (SendState.BOUNCED, "4.4.7")


def test_a_forged_report_changes_no_state_and_enters_no_tip(session: Session, cast: Cast, tip_id: int) -> None:
    out = sent(session, cast, tip_id)
    token = threads.token(session, tip_id)
    code = out.envelope_from.partition("-")[2].partition("@")[0]
    unsigned = out.envelope_from.partition("+")[2].partition("-")[0]
    other = "a" if code[0] != "a" else "b"
    forged = [
        report("failed", "5.1.1", to=out.envelope_from.replace(code, other + code[1:]), message_id="x@y"),
        report("failed", "5.1.1", to=f"borders+{token}@meridian.example", message_id="x@y"),  # Reply-To is no proof
        report("failed", "5.1.1", message_id=f"{token}.000000000000@meridian.example"),
        report("failed", "5.1.1", message_id=out.mail_message_id.upper()),
        report("failed", "5.1.1", to=f"borders+{unsigned}-{'a' * 26}@meridian.example", message_id="x@y"),
        report("failed", "5.1.1", to="mei@mail.example", message_id="one@mail.example"),
    ]
    for raw in forged:
        filed = come_back(session, raw)
        assert filed.new_tip and filed.tip_id != tip_id
        assert (out.state, out.bounced_by) == (SendState.SENT, None)
    assert session.get_one(Tip, tip_id).status is Status.WAITING
    assert len(session.scalars(select(Message).where(col(Message.tip_id) == tip_id)).all()) == 2


def test_the_return_path_of_a_reply_opens_no_tip(session: Session, cast: Cast, tip_id: int) -> None:
    """It stands in the mail's headers wherever it goes; only the reply address brings an answer into the tip."""
    out = sent(session, cast, tip_id)
    match = threads.match(session, mail(to=out.envelope_from, message_id="two@mail.example"))
    assert (match.tip, match.may_belong_to) == (None, None)


def test_a_person_who_writes_to_the_return_path_is_heard_as_a_person(session: Session, cast: Cast, tip_id: int) -> None:
    out = sent(session, cast, tip_id)
    filed = intake.receive(session, mail(to=out.envelope_from, message_id="two@mail.example"))
    assert filed.new_tip and out.state is SendState.SENT


def test_a_readers_own_automatic_reply_with_our_message_id_is_not_taken_for_a_servers_report(
    session: Session, cast: Cast, tip_id: int
) -> None:
    out = sent(session, cast, tip_id)
    raw = report("failed", "5.1.1", message_id=out.mail_message_id, sender="Mei <mei@mail.example>")
    come_back(session, raw)
    assert out.state is SendState.SENT


def test_a_second_report_is_filed_and_changes_nothing(session: Session, cast: Cast, tip_id: int) -> None:
    out = sent(session, cast, tip_id)
    first = come_back(session, report("failed", "5.1.1", to=out.envelope_from))
    second = come_back(session, report("delayed", "4.0.0", to=out.envelope_from, number=2))
    assert second.tip_id == tip_id
    assert (out.bounced_by, out.bounce_status) == (first.message_id, "5.1.1")


def test_a_report_that_is_faster_than_our_own_commit_counts(session: Session, cast: Cast, tip_id: int) -> None:
    out = replies.queue(session, tip_id, "Hello", cast.bob, DESK)
    assert sending.mark_sending(session, out.id)
    come_back(session, report("failed", "5.1.1", to=out.envelope_from))
    sending.mark_sent(session, out.id)
    assert out.state is SendState.BOUNCED


def test_a_code_for_the_page_that_came_back_is_shown_so_and_no_reply_has_failed(
    session: Session, cast: Cast, tip_id: int
) -> None:
    sent(session, cast, tip_id)
    assert email_codes.send(session, threads.page_token(session, tip_id), DESK, "en")
    code = session.scalars(select(Outgoing).where(col(Outgoing.kind) == MailKind.PAGE_CODE)).one()
    assert sending.mark_sending(session, code.id)
    sending.mark_sent(session, code.id)
    filed = come_back(session, report("failed", "5.1.1", message_id=code.mail_message_id))
    assert (filed.tip_id, code.state, code.bounced_by) == (tip_id, SendState.SENT, filed.message_id)
    assert session.get_one(Tip, tip_id).status is Status.WAITING
    assert session.scalars(select(Event).where(col(Event.verb) == Verb.REPLY_FAILED)).all() == []
    assert outbox.troubled(session, cast.bob) == []


@pytest.mark.parametrize("status", [Status.READY, Status.CLOSED, Status.REVIEWING])
def test_only_a_tip_that_waits_for_its_reader_moves(session: Session, cast: Cast, tip_id: int, status: Status) -> None:
    out = sent(session, cast, tip_id)
    session.get_one(Tip, tip_id).status = status
    come_back(session, report("failed", "5.1.1", to=out.envelope_from))
    assert session.get_one(Tip, tip_id).status is status


def test_nothing_of_a_report_names_the_reader_on_the_desk_or_in_the_index(
    session: Session, cast: Cast, tip_id: int
) -> None:
    out = sent(session, cast, tip_id)
    raw = report("failed", "5.1.1", to=out.envelope_from, recipient="mei@mail.example").replace(b"User", b"User mei")
    filed = come_back(session, raw)
    message = session.get_one(Message, filed.message_id)
    assert "User … unknown" in message.text and "mei" not in message.text.lower() + message.subject.lower()
    assert (message.quoted, message.html, message.signature) == ("", None, None)
    assert sidebar.sheet(session, session.get_one(Tip, tip_id), cast.dave, now().date()).files == []
    assert "mei" not in str(tip_texts.of(session, [tip_id]))


def test_the_readers_page_shows_no_report(session: Session, cast: Cast, tip_id: int) -> None:
    out = sent(session, cast, tip_id)
    filed = come_back(session, report("failed", "5.1.1", to=out.envelope_from))
    shown = [entry.message.id for entry in conversation.for_reader(session, tip_id) if entry.message]
    assert filed.message_id not in shown and out.message_id in shown


def test_a_report_stands_behind_what_it_is_about_whatever_its_date(session: Session, cast: Cast, tip_id: int) -> None:
    out = sent(session, cast, tip_id)
    raw = report("failed", "5.1.1", to=out.envelope_from).replace(b"24 Nov 2026", b"24 Nov 2020")
    filed = come_back(session, raw)
    entries = conversation.conversation(session, session.get_one(Tip, tip_id), cast.bob)
    ids = [entry.message.id for entry in entries if entry.message]
    assert ids[-2:] == [out.message_id, filed.message_id]


def test_the_next_reply_is_threaded_under_the_reader_and_not_under_the_report(
    session: Session, cast: Cast, tip_id: int
) -> None:
    come_back(session, report("failed", "5.1.1", to=sent(session, cast, tip_id).envelope_from))
    again = sent(session, cast, tip_id)
    assert session.get_one(Message, again.message_id).subject == "Stranded"


def test_a_reply_that_was_given_up_stays_so_when_its_report_comes_once_more(
    session: Session, cast: Cast, tip_id: int
) -> None:
    out = sent(session, cast, tip_id)
    come_back(session, report("failed", "5.1.1", to=out.envelope_from))
    outbox.give_up(session, out.id, cast.bob)
    come_back(session, report("failed", "5.1.1", to=out.envelope_from, number=2))
    assert (out.state, outbox.troubled(session, cast.bob)) == (SendState.WITHDRAWN, [])


def test_a_report_follows_its_reply_into_the_tip_that_it_was_joined_to(session: Session, cast: Cast) -> None:
    first = intake.receive(session, mail(callout_id=cast.borders)).tip_id
    second = intake.receive(session, mail(callout_id=cast.borders, message_id="two@mail.example")).tip_id
    out = sent(session, cast, second)
    session.get_one(Tip, second).may_belong_to = first
    merge.merge(session, second, cast.bob)
    assert come_back(session, report("failed", "5.1.1", to=out.envelope_from)).tip_id == first


def test_ids_of_strangers_that_no_database_takes_are_passed_over(session: Session, cast: Cast, tip_id: int) -> None:
    sent(session, cast, tip_id)
    arrival = parse.arrival(report("failed", "5.1.1"))
    assert arrival.headers is not None and arrival.report is not None
    odd = ("a\0b@c", "\ud800@x", "x" * 100_000)
    head = replace(arrival.headers, in_reply_to=odd[:1], references=odd[2:])
    filed = intake.receive(session, replace(arrival, headers=head, report=replace(arrival.report, returned=odd)))
    assert filed.new_tip
