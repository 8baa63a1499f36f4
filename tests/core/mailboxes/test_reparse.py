"""Mail that an older parser read, read again by this one."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import Session, col

from tests.fixtures_db import Cast
from tests.mails import mail
from tests.plans import plan, watching
from tipline.core import intake, mailboxes, search, triage, vault
from tipline.core.arrival import Arrival, Automatic, ConsentChoice
from tipline.core.consent import record
from tipline.core.intake.message_rows import READER_VERSION
from tipline.core.mailboxes import ledger_steps, reparse
from tipline.core.mailboxes.ledger_steps import FiledMessage, RawBytes
from tipline.core.mailboxes.reparse import Progress
from tipline.core.retention import erasure
from tipline.core.text import search_query
from tipline.core.tips import highlights
from tipline.core.triage import automatic_messages, translations
from tipline.db import is_sqlite, now
from tipline.mail import parse
from tipline.models import (
    Event,
    Fact,
    FactState,
    FactType,
    Highlight,
    Ledger,
    Message,
    Outgoing,
    Status,
    Tip,
    TipSeen,
    Verb,
)
from tipline.vocabularies import Source

RAW = mail(
    "We have been waiting at the border for nine days.\n\nThe hotel is full.\n\n-- \nMei Lin\n+86 138 0000 0000",
    subject="Stranded at the border",
    message_id="<one@reader.example>",
)
OLD_TEXT = "Read it in your browser\nWe have been waiting at the border for nine days.\n\nThe hotel is full."


def read(raw: bytes) -> Arrival:
    return parse.arrival(raw)


def file(session: Session, raw: bytes = RAW, **as_read: Any) -> Message:
    """File a mail as an older parser read it: `as_read` differs from what this one does."""
    box = mailboxes.mailbox(session, "tips")
    epoch = mailboxes.begin_epoch(session, box.id or 0, "INBOX", 7)
    key = str((session.scalar(select(func.count()).select_from(Ledger)) or 0) + 1)
    mailboxes.discover(session, epoch, [(key, len(raw))], 1_000_000)
    row = session.scalars(select(Ledger).order_by(col(Ledger.id).desc()).limit(1)).one()
    ledger_steps.store(session, box.id or 0, [RawBytes(row.id, raw)])
    filed = intake.receive(session, replace(read(raw), **as_read), ledger_id=row.id)
    ledger_steps.settle_filed(session, box.id or 0, [FiledMessage(row.id, filed.tip_id, "")])
    session.expire_all()
    message = session.get_one(Message, filed.message_id)
    message.reader_version = READER_VERSION - 1
    session.flush()
    return message


def read_again(session: Session, *messages: Message, raw: bytes = RAW) -> Progress:
    done = reparse.take_in(session, {message.id: read(raw) for message in messages})
    session.expire_all()
    return done


def told(session: Session, tip_id: int) -> list[Event]:
    asked = col(Event.tip_id) == tip_id, col(Event.verb) == Verb.REPARSED
    return list(session.scalars(select(Event).where(*asked)))


def finds(session: Session, word: str, tip: Tip, cast: Cast) -> bool:
    return tip.id in search.among(session, search_query.query(word), [(tip.id or 0, tip.received_at)], cast.alice)


def test_words_that_are_read_otherwise_now_replace_the_old_ones(session: Session, cast: Cast) -> None:
    message = file(session, text=OLD_TEXT, subject="=?x?Stranded", quoted="", signature="", language="de")
    tip_id = message.tip_id
    assert [one.message_id for one in reparse.due(session, 9)] == [message.id]
    assert read_again(session, message) == Progress(read=1, changed=1)
    message, tip = session.get_one(Message, message.id), session.get_one(Tip, tip_id)
    assert message.text == "We have been waiting at the border for nine days.\n\nThe hotel is full."
    assert (message.subject, tip.title) == ("Stranded at the border", "Stranded at the border")
    assert tip.excerpt.startswith("We have been waiting") and (message.language, tip.language) == ("en", "en")
    assert "Mei Lin" in vault.open_text(session, message.signature, f"message:{message.id}:signature")
    assert message.reader_version == READER_VERSION and reparse.due(session, 9) == []
    [event] = told(session, tip_id)
    assert (event.object_id, event.after) == (message.id, str(READER_VERSION))
    assert tip.facts_version == 0 and finds(session, "waiting", tip, cast) and not finds(session, "browser", tip, cast)


def test_a_mail_that_reads_as_before_leaves_no_line_of_history(session: Session, cast: Cast) -> None:
    message = file(session)
    updated = session.get_one(Tip, message.tip_id).updated_at
    assert read_again(session, message) == Progress(read=1)
    assert told(session, message.tip_id) == [] and session.get_one(Tip, message.tip_id).updated_at == updated
    assert reparse.standing(session) == (0, 0)


def test_what_reporters_did_stays(session: Session, cast: Cast) -> None:
    message = file(session, text=OLD_TEXT)
    tip_id = message.tip_id
    triage.set_status(session, tip_id, Status.READY, cast.alice)
    triage.tag(session, tip_id, ["hotel"], cast.alice)
    translations.write(session, tip_id, message.id, "zh-Hans", "我们等了九天。", cast.alice, None)
    tip = session.get_one(Tip, tip_id)
    record(session, tip, ConsentChoice.ANONYMOUS, read(RAW), by=cast.alice)
    tip.title = "Nine days"
    session.flush()
    before = session.scalars(select(col(Event.id))).all()
    read_again(session, message)
    tip = session.get_one(Tip, tip_id)
    assert (tip.status, tip.consent, tip.title) == (Status.READY, ConsentChoice.ANONYMOUS, "Nine days")
    assert translations.of_tip(session, tip_id, {})[message.id][0].row.text == "我们等了九天。"
    new = [event.verb for event in session.scalars(select(Event)) if event.id not in before]
    assert new == [Verb.REPARSED] and session.scalars(select(Outgoing)).all() == []


def test_highlights_follow_their_words(session: Session, cast: Cast) -> None:
    message = file(session, text=OLD_TEXT)
    row = highlights.mark(session, message.id, OLD_TEXT.index("the border"), "the border for nine days", cast.alice)
    read_again(session, message)
    row, message = session.get_one(Highlight, row.id), session.get_one(Message, message.id)
    assert message.text[row.begin :].startswith("the border for nine days")


@pytest.mark.parametrize(
    ("old", "passage"),
    [
        (OLD_TEXT, "in your browser"),  # its words go
        (OLD_TEXT + "\nThe hotel is full.", "The hotel is full."),  # they stood there twice, and nobody knows which
    ],
)
def test_a_message_whose_highlight_would_lose_its_place_is_left(
    session: Session, cast: Cast, old: str, passage: str
) -> None:
    message = file(session, text=old, subject="Old")
    row = highlights.mark(session, message.id, 0, passage, cast.alice)
    assert read_again(session, message) == Progress(read=1, left=1)
    message = session.get_one(Message, message.id)
    assert (message.text, message.subject) == (old, "Old") and told(session, message.tip_id) == []
    assert reparse.due(session, 9) == [] and reparse.standing(session) == (0, 1)
    highlights.remove(session, message.tip_id, row.id or 0, cast.alice)
    reparse.retry_left(session)
    assert read_again(session, message).changed == 1


def test_a_confirmed_fact_keeps_its_place_and_a_suggested_one_is_no_hindrance(session: Session, cast: Cast) -> None:
    message = file(session, text=OLD_TEXT)
    kind = session.scalars(select(FactType)).first()
    assert kind is not None
    at = OLD_TEXT.index("nine days")

    def fact(value: str, begin: int, state: FactState) -> Fact:
        row = Fact(
            tip_id=message.tip_id, type_id=kind.id or 0, value=value, folded=value, state=state, message_id=message.id,
            begin=begin, until=begin + len(value), created_at=now(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row

    confirmed, suggested = fact("nine days", at, FactState.CONFIRMED), fact("browser", 16, FactState.SUGGESTED)
    assert read_again(session, message).changed == 1
    text = session.get_one(Message, message.id).text
    found = session.get_one(Fact, confirmed.id)
    assert text[found.begin or 0 : found.until] == "nine days"
    assert session.get_one(Fact, suggested.id).begin is None


def test_a_mail_that_this_parser_can_not_read_is_left(session: Session, cast: Cast) -> None:
    message = file(session, text=OLD_TEXT)
    assert reparse.take_in(session, {message.id: None}) == Progress(read=1, left=1)
    session.expire_all()
    assert session.get_one(Message, message.id).text == OLD_TEXT and reparse.standing(session) == (0, 1)


def test_what_a_reporter_filed_by_hand_and_delivery_reports_are_not_read_again(session: Session, cast: Cast) -> None:
    by_hand, report = file(session, text="As bob saw it"), file(session, mail("x", message_id="<b@x.example>"))
    by_hand.author_id, report.automatic = cast.bob.account_id, Automatic.BOUNCE
    session.flush()
    assert reparse.due(session, 9) == []
    assert read_again(session, by_hand, report) == Progress()


def test_an_erased_mail_does_not_come_back(session: Session, cast: Cast) -> None:
    message = file(session, text=OLD_TEXT)
    erasure.erase(session, message.tip_id, cast.alice)
    session.expire_all()
    assert reparse.due(session, 9) == []
    assert reparse.take_in(session, {message.id: read(RAW)}) == Progress()
    assert session.scalars(select(Message)).all() == [] and session.scalars(select(Tip)).all() == []


def test_a_later_message_changes_nothing_that_lists_show(session: Session, cast: Cast) -> None:
    first = file(session)
    later = file(session, mail("Other", subject="Other", message_id="<two@reader.example>"), text="Old", subject="Old")
    later.tip_id = first.tip_id
    session.flush()
    title = session.get_one(Tip, first.tip_id).title
    raw = mail("We are home.", subject="At last", message_id="<two@reader.example>")
    assert read_again(session, later, raw=raw).changed == 1
    assert session.get_one(Tip, first.tip_id).title == title
    assert session.get_one(Message, later.id).text == "We are home."


def test_two_messages_of_a_tip_make_one_line_of_history(session: Session, cast: Cast) -> None:
    first, later = file(session, text="Old"), file(session, mail("x", message_id="<two@x.example>"), text="Older")
    later.tip_id = first.tip_id
    session.flush()
    assert read_again(session, first, later).changed == 2 and len(told(session, first.tip_id)) == 1


def test_an_answer_that_was_taken_for_a_machines_makes_its_tip_unread(session: Session, cast: Cast) -> None:
    message = file(session, automatic=Automatic.REPLY)
    triage.mark_seen(session, message.tip_id, cast.alice)
    assert session.get_one(Tip, message.tip_id).automatic
    assert read_again(session, message).changed == 1
    tip = session.get_one(Tip, message.tip_id)
    seen = session.get_one(TipSeen, (message.tip_id, cast.alice.account_id)).seen_at
    assert not tip.automatic and tip.active_at > seen and tip.status is Status.NEW
    assert session.get_one(Message, message.id).automatic == Automatic.NO


def test_a_mail_of_another_door_is_never_due(session: Session, cast: Cast) -> None:
    filed = intake.receive(session, Arrival(source=Source.FORM, received_at=now(), text="My story"))
    session.expire_all()
    session.get_one(Message, filed.message_id).reader_version = 1
    session.flush()
    assert reparse.due(session, 9) == []


def test_looking_for_stored_mail_reads_no_other_messages(session: Session, cast: Cast) -> None:
    file(session, text=OLD_TEXT)
    with watching(session) as watched:
        reparse.due(session, 20)
        reparse.standing(session)
    if is_sqlite(session):  # PostgreSQL reads a small table whole
        steps = [step for statement, parameters in watched.statements for step in plan(session, statement, parameters)]
        assert any("ix_message_parsed" in step for step in steps)
        assert not any("SCAN message" in step and "USING" not in step for step in steps) and "B-TREE" not in str(steps)


def test_what_a_person_said_of_a_machine_stays(session: Session, cast: Cast) -> None:
    message = file(session, text=OLD_TEXT)
    automatic_messages.say(session, message.tip_id, message.id, cast.alice, machine=True)
    assert read_again(session, message).changed == 1
    assert session.get_one(Message, message.id).automatic == Automatic.REPLY
