"""Whose story a forward is: nobody is mixed up with whoever passed it on, and nobody is credited by accident."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.arrivals import mail
from tests.fixtures_db import Cast
from tipline.core import consent, intake, merge, readers, replies, triage, vault
from tipline.core.arrival import Address, ConsentChoice, ContactChoice
from tipline.core.outgoing_mail import Sender, threads
from tipline.core.tip_page import conversation, sidebar
from tipline.core.triage import forward_credit
from tipline.db import now
from tipline.errors import Conflict, NotAllowed, NotVisible, Refused
from tipline.models import (
    ActorKind,
    Event,
    Message,
    Outgoing,
    Publication,
    Reader,
    ReaderContact,
    SenderCheck,
    Tip,
    Verb,
)

ANN = Address("ann@reader.example", "Ann Lee")
DESK = Sender(newsroom="The Meridian", address="borders@meridian.example", plus=True)


def forward(session: Session, cast: Cast, *, own_domains: tuple[str, ...] = (), **more: Any) -> Tip:
    """Mei passes on what Ann wrote."""
    given = {"callout_id": cast.borders, "forwarded": True, "original_author": ANN, "subject": "Fwd: Stranded", **more}
    filed = intake.receive(session, mail("We wait at the border.", **given), own_domains=own_domains)
    return session.scalars(select(Tip).where(col(Tip.id) == filed.tip_id)).one()


def message_of(session: Session, tip: Tip) -> Message:
    return session.scalars(select(Message).where(col(Message.tip_id) == tip.id).order_by(col(Message.id))).all()[0]


def test_who_wrote_what_was_passed_on_is_kept_sealed(session: Session, cast: Cast) -> None:
    message = message_of(session, forward(session, cast))
    assert message.original_author is not None
    assert b"ann" not in message.original_author
    assert forward_credit.original_author(session, message) == ANN


def test_a_forward_belongs_to_who_passed_it_on_until_somebody_is_credited(session: Session, cast: Cast) -> None:
    tip = forward(session, cast)
    assert replies.way(session, tip).address == "mei@mail.example"
    forward_credit.credit(session, tip.id or 0, cast.bob)
    assert replies.way(session, tip).address == "ann@reader.example"
    assert readers.short_name(session, tip, cast.bob) == "Ann L."


def test_crediting_keeps_who_passed_it_on_as_somebody_else(session: Session, cast: Cast) -> None:
    tip = forward(session, cast)
    before = tip.reader_id
    event = forward_credit.credit(session, tip.id or 0, cast.bob)
    assert (event.verb, event.before) == (Verb.CREDITED, str(before))
    assert forward_credit.passed_on_by(session, tip) == (before, False)
    known = forward_credit.passed_on(session, tip, cast.bob)
    assert (known.written_by, known.offered) == ((ANN,), False)
    assert known.by == Address("mei@mail.example", "Mei Chen")
    assert not readers.knows(session, tip.reader_id, "mei@mail.example")


def test_the_credited_reader_is_always_a_new_one_whose_address_is_not_proven(session: Session, cast: Cast) -> None:
    theirs = intake.receive(session, mail(sender=ANN.address, name="Ann", callout_id=cast.overtime))
    tip = forward(session, cast)
    forward_credit.credit(session, tip.id or 0, cast.bob)
    assert tip.reader_id != session.get_one(Tip, theirs.tip_id).reader_id
    contact = session.scalars(select(ReaderContact).where(col(ReaderContact.reader_id) == tip.reader_id)).one()
    assert not contact.proven


def test_no_consent_goes_over_to_who_is_credited(session: Session, cast: Cast) -> None:
    tip = forward(session, cast)
    consent.record(session, tip, ConsentChoice.NAME, by=cast.bob)
    forward_credit.credit(session, tip.id or 0, cast.bob)
    assert (tip.consent, tip.contact) == (ConsentChoice.UNKNOWN, ContactChoice.UNKNOWN)
    assert consent.history(session, tip.id or 0)[0].choice is ConsentChoice.UNKNOWN


def test_a_reply_to_the_credited_reader_does_not_say_who_passed_it_on(session: Session, cast: Cast) -> None:
    tip = forward(session, cast)
    forward_credit.credit(session, tip.id or 0, cast.bob)
    out = replies.queue(session, tip.id or 0, "Thank you, Ann.", cast.bob, DESK)
    content = vault.open_bytes(session, out.content or b"", f"outgoing:{out.id}:content")
    assert b"ann@reader.example" in content
    assert b"mail.example" not in content.replace(b"reader.example", b"")
    assert b"Fwd" not in content


def test_a_reply_to_who_passed_it_on_is_threaded_under_their_mail(session: Session, cast: Cast) -> None:
    out = replies.queue(session, forward(session, cast).id or 0, "Who wrote this?", cast.bob, DESK)
    assert b"In-Reply-To: <one@mail.example>" in vault.open_bytes(
        session, out.content or b"", f"outgoing:{out.id}:content"
    )


def test_a_credit_can_be_taken_back_and_leaves_nobody_behind(session: Session, cast: Cast) -> None:
    tip = forward(session, cast)
    before = tip.reader_id
    event = forward_credit.credit(session, tip.id or 0, cast.bob)
    credited = tip.reader_id
    (entry,) = [e for e in conversation.conversation(session, tip, cast.bob) if e.kind == "event"]
    assert entry.undoable
    triage.undo(session, event.id or 0, cast.bob)
    assert (tip.reader_id, replies.way(session, tip).address) == (before, "mei@mail.example")
    assert session.scalars(select(Reader).where(col(Reader.id) == credited)).first() is None
    assert forward_credit.original_author(session, message_of(session, tip)) == ANN
    forward_credit.credit(session, tip.id or 0, cast.bob)  # and it can be done again


def test_a_credit_stays_once_somebody_was_written_to(session: Session, cast: Cast) -> None:
    tip = forward(session, cast)
    event = forward_credit.credit(session, tip.id or 0, cast.bob)
    replies.queue(session, tip.id or 0, "Thank you, Ann.", cast.bob, DESK)
    with pytest.raises(Conflict):
        triage.undo(session, event.id or 0, cast.bob)


def test_the_credited_readers_answer_joins_and_that_of_who_passed_it_on_does_not(session: Session, cast: Cast) -> None:
    tip = forward(session, cast)
    forward_credit.credit(session, tip.id or 0, cast.bob)
    ours = threads.message_id(session, tip.id or 0, "borders@meridian.example")
    by_ann = intake.receive(session, mail("Thanks.", sender=ANN.address, message_id="a@x", answers=(ours,)))
    by_mei = intake.receive(session, mail("Any news?", message_id="b@x", answers=(ours,)))
    assert by_ann.tip_id == tip.id
    assert by_mei.tip_id != tip.id


def test_only_those_who_work_on_the_tip_credit_anybody(session: Session, cast: Cast) -> None:
    tip_id = forward(session, cast).id or 0
    with pytest.raises(NotAllowed):
        forward_credit.credit(session, tip_id, cast.dave)
    with pytest.raises(NotVisible):
        forward_credit.credit(session, tip_id, cast.carol)


def test_a_forward_further_down_a_conversation_credits_nobody(session: Session, cast: Cast) -> None:
    first = intake.receive(session, mail(callout_id=cast.borders))
    ours = threads.message_id(session, first.tip_id, "borders@meridian.example")
    later = mail("See this.", message_id="two@x", answers=(ours,), forwarded=True, original_author=ANN)
    assert intake.receive(session, later).tip_id == first.tip_id
    with pytest.raises(Refused):
        forward_credit.credit(session, first.tip_id, cast.bob)


def test_a_forward_that_does_not_say_who_wrote_it_credits_nobody(session: Session, cast: Cast) -> None:
    with pytest.raises(Refused):
        forward_credit.credit(session, forward(session, cast, original_author=None).id or 0, cast.bob)


def test_a_writer_known_by_name_alone_is_credited_and_cannot_be_answered(session: Session, cast: Cast) -> None:
    tip = forward(session, cast, original_author=Address("", "Ann Lee"))
    forward_credit.credit(session, tip.id or 0, cast.bob)
    assert readers.short_name(session, tip, cast.bob) == "Ann L."
    assert replies.way(session, tip).refused


@pytest.mark.parametrize(
    ("sender", "domains"), [("bob@meridian.example", ()), ("guest@desk.meridian.example", ("desk.meridian.example",))]
)
def test_what_our_own_people_pass_on_is_credited_at_once(
    session: Session, cast: Cast, sender: str, domains: tuple[str, ...]
) -> None:
    tip = forward(session, cast, sender=sender, name="Bob", own_domains=domains, sender_confirmed=True)
    assert replies.way(session, tip).address == "ann@reader.example"
    assert (tip.consent, tip.contact) == (ConsentChoice.UNKNOWN, ContactChoice.UNKNOWN)
    known = forward_credit.passed_on_by(session, tip)
    assert known is not None
    assert known[1]
    assert readers.person(session, known[0]) == Address(sender, "Bob")
    events = session.scalars(select(Event).where(col(Event.tip_id) == tip.id, col(Event.verb) == Verb.CREDITED)).all()
    assert [event.actor for event in events] == [ActorKind.SYSTEM]
    full = sidebar.sheet(session, tip, cast.bob, now().date())
    assert (full.passed_on_by, full.by_ours) == ("Bob", True)


@pytest.mark.parametrize(
    ("sender", "writer", "confirmed"),
    [
        ("bob@meridian.example.evil.example", "ann@reader.example", None),
        ("bob@evil.example", "ann@reader.example", True),
        ("bob@meridian.example", "ann@reader.example", False),
        ("bob@meridian.example", "ann@reader.example", None),
        ("bob@meridian.example", "alice@meridian.example", True),
    ],
)
def test_nobody_is_credited_at_once_for_a_stranger_a_doubtful_sender_or_a_colleague(
    session: Session, cast: Cast, sender: str, writer: str, confirmed: bool | None
) -> None:
    tip = forward(
        session, cast, sender=sender, name="Bob", original_author=Address(writer, "X"), sender_confirmed=confirmed,
        own_domains=("meridian.example",) if sender.endswith("@meridian.example") else (),
    )  # fmt: skip
    assert forward_credit.passed_on_by(session, tip) is None


def test_joining_a_credited_tip_does_not_hand_over_the_mail_of_who_passed_it_on(session: Session, cast: Cast) -> None:
    tip = forward(session, cast)
    forward_credit.credit(session, tip.id or 0, cast.bob)
    target = intake.receive(session, mail(sender=ANN.address, name="Ann", callout_id=cast.borders, message_id="t@x"))
    tip.may_belong_to = target.tip_id
    message = message_of(session, tip)
    sealed = message.headers
    merge.merge(session, tip.id or 0, cast.bob)
    assert message.headers == sealed
    assert forward_credit.original_author(session, message) == ANN


def test_a_doubtful_sender_with_a_token_and_a_known_address_gets_a_tip_of_their_own(
    session: Session, cast: Cast
) -> None:
    first = intake.receive(session, mail(callout_id=cast.borders, sender_confirmed=True))
    ours = threads.message_id(session, first.tip_id, "borders@meridian.example")
    answer = mail("Send it here instead.", message_id="two@x", answers=(ours,), sender_confirmed=False)
    filed = intake.receive(session, answer)
    tip = session.get_one(Tip, filed.tip_id)
    assert filed.new_tip
    assert tip.may_belong_to == first.tip_id
    assert tip.reader_id != session.get_one(Tip, first.tip_id).reader_id


@pytest.mark.parametrize(
    ("confirmed", "check", "proven"),
    [(True, SenderCheck.CONFIRMED, True), (False, SenderCheck.NOT_CONFIRMED, False), (None, SenderCheck.NONE, True)],
)
def test_what_our_server_says_of_a_sender_is_kept_with_the_message(
    session: Session, cast: Cast, confirmed: bool | None, check: SenderCheck, proven: bool
) -> None:
    filed = intake.receive(session, mail(callout_id=cast.borders, sender_confirmed=confirmed))
    message = session.scalars(select(Message).where(col(Message.id) == filed.message_id)).one()
    assert message.sender_check is check
    assert session.scalars(select(col(ReaderContact.proven))).all() == [proven]


def test_a_confirmed_answer_still_joins_its_tip(session: Session, cast: Cast) -> None:
    first = intake.receive(session, mail(callout_id=cast.borders))
    ours = threads.message_id(session, first.tip_id, "borders@meridian.example")
    answer = mail("Yes.", message_id="two@x", answers=(ours,), sender_confirmed=True)
    assert intake.receive(session, answer).tip_id == first.tip_id


def test_a_reply_that_waits_already_still_goes_to_who_passed_it_on(session: Session, cast: Cast) -> None:
    tip = forward(session, cast)
    replies.queue(session, tip.id or 0, "Who wrote this?", cast.bob, DESK, delay=timedelta(seconds=10))
    forward_credit.credit(session, tip.id or 0, cast.bob)
    queued = session.scalars(select(Outgoing)).one()
    assert vault.open_text(session, queued.recipient, f"outgoing:{queued.id}:recipient") == "mei@mail.example"


def test_what_was_published_of_who_passed_it_on_comes_off_with_its_name(session: Session, cast: Cast) -> None:
    tip = forward(session, cast)
    consent.record(session, tip, ConsentChoice.NAME, by=cast.bob)
    rows = [
        Publication(callout_id=cast.borders, tip_id=tip.id, text="x", attribution=name, changed_at=now())
        for name in ("Mei Chen", "")
    ]
    for row in rows:
        row.published_at = now()
    session.add_all(rows)
    session.flush()
    event = forward_credit.credit(session, tip.id or 0, cast.bob)
    assert [(row.attribution, row.published_at) for row in rows] == [("", None)] * 2
    taken = select(col(Event.object_id)).where(col(Event.verb) == Verb.UNPUBLISHED)
    assert set(session.scalars(taken)) == {row.id for row in rows}
    consent.record(session, tip, ConsentChoice.NAME, by=cast.bob)
    rows[0].attribution, rows[0].published_at = "Ann Lee", now()
    session.flush()
    forward_credit.undo(session, tip, event, cast.bob)
    assert (rows[0].attribution, rows[0].published_at) == ("", None), "Ann is the reader no more"
    assert tip.consent is ConsentChoice.UNKNOWN
