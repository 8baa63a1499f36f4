"""Codes for the pages of those who wrote by mail: only to the address that wrote, few, short-lived, and once."""

import re
from datetime import timedelta
from email import message_from_bytes

import pytest
from sqlalchemy import select, update
from sqlmodel import Session, col

from tests.arrivals import form, mail
from tests.fixtures_db import Cast
from tipline.core import intake, merge, vault
from tipline.core.outbox import sending
from tipline.core.outgoing_mail import Sender, email_codes, threads
from tipline.core.readers import receipts
from tipline.core.tip_page import conversation
from tipline.db import now
from tipline.models import MailKind, Outgoing, PageProof, SendState, Tip
from tipline.vocabularies import ContactChoice

OURS = Sender("The Meridian", "borders@meridian.example", plus=True)


@pytest.fixture
def tip_id(session: Session, cast: Cast) -> int:
    return intake.receive(session, mail(callout_id=cast.borders)).tip_id


@pytest.fixture
def token(session: Session, tip_id: int) -> str:
    return threads.page_token(session, tip_id)


def ask(session: Session, token: str, language: str = "en") -> str:
    """Ask for a code, and take it out of the mail that leaves."""
    assert email_codes.send(session, token, OURS, language)
    out = session.scalars(select(Outgoing).order_by(col(Outgoing.id).desc()).limit(1)).one()
    letter = sending.mark_sending(session, out.id)
    assert letter is not None and (letter.envelope_from, letter.recipient) == ("", "mei@mail.example")
    sent = message_from_bytes(letter.content)
    body = sent.get_payload(decode=True)
    assert isinstance(body, bytes) and sent["Auto-Submitted"] == "auto-generated"
    assert "Stranded" not in letter.content.decode("latin-1"), "nothing of the story"
    found = re.search(r"(\d{4}) (\d{4})", body.decode())
    assert found is not None
    return found[1] + found[2]


def test_the_right_code_opens_the_page_with_new_words_once(session: Session, tip_id: int, token: str) -> None:
    code = ask(session, token)
    page = email_codes.prove(session, token, f" {code[:4]}-{code[4:]} ")
    assert page is not None
    found = receipts.tip_by_token(session, page)
    assert found is not None and found.id == tip_id
    assert email_codes.prove(session, token, code) is None, "it is used up"


def test_codes_typed_full_width_are_the_same(session: Session, token: str) -> None:
    code = ask(session, token, "zh_Hans")
    assert email_codes.prove(session, token, "".join(chr(ord(c) + 0xFEE0) for c in code))


def test_five_tries_and_fifteen_minutes_are_all(session: Session, tip_id: int, token: str) -> None:
    code = ask(session, token)
    wrong = "0" * 8 if code != "0" * 8 else "1" * 8
    for _ in range(5):
        assert email_codes.prove(session, token, wrong) is None
    assert email_codes.prove(session, token, code) is None
    session.execute(update(PageProof).values(attempts=0, expires_at=now() - timedelta(seconds=1)))
    session.expire_all()
    assert email_codes.prove(session, token, code) is None


def test_few_codes_leave(session: Session, tip_id: int, token: str) -> None:
    ask(session, token)
    assert not email_codes.send(session, token, OURS, "en"), "one a minute"
    for _ in range(4):
        session.execute(update(PageProof).values(sent_at=now() - timedelta(minutes=2)))
        session.expire_all()
        assert email_codes.send(session, token, OURS, "en")
    session.execute(update(PageProof).values(sent_at=now() - timedelta(minutes=2)))
    session.expire_all()
    assert not email_codes.send(session, token, OURS, "en"), "five an hour"


def test_codes_that_left_while_the_clock_was_a_year_ahead_hold_none_back(
    session: Session, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(email_codes, "OF_ALL", 1)
    ask(session, token)
    later = now() + timedelta(days=365)
    session.execute(update(PageProof).values(sent_at=later, expires_at=later))
    session.execute(update(Outgoing).values(not_before=later))
    session.expire_all()
    ask(session, token)


def test_all_together_are_limited_too(
    session: Session, cast: Cast, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(email_codes, "OF_ALL", 1)
    ask(session, token)
    other = intake.receive(session, mail(callout_id=cast.borders, sender="li@mail.example", message_id="l@x")).tip_id
    assert not email_codes.send(session, threads.page_token(session, other), OURS, "en")


@pytest.mark.parametrize("contact", [ContactChoice.NO, ContactChoice.PAGE, ContactChoice.PHONE])
def test_who_may_not_be_written_to_gets_none(session: Session, tip_id: int, token: str, contact: ContactChoice) -> None:
    session.get_one(Tip, tip_id).contact = contact
    assert not email_codes.send(session, token, OURS, "en")


def test_an_address_that_was_only_typed_gets_none(session: Session, cast: Cast) -> None:
    filed = intake.receive(session, form(callout_id=cast.borders, reader_email="mei@mail.example"))
    assert not email_codes.send(session, threads.page_token(session, filed.tip_id), OURS, "en")


@pytest.mark.parametrize("forged", ["", "1-" + "a" * 26, "zz"])
def test_a_link_that_we_did_not_sign_is_none(session: Session, tip_id: int, forged: str) -> None:
    assert email_codes.tip_of(session, forged) is None
    assert not email_codes.send(session, forged, OURS, "en")
    assert email_codes.prove(session, forged, "12345678") is None
    assert email_codes.tip_of(session, threads.token(session, tip_id)) is None, "a mail's token opens no page"


def test_words_that_a_reader_holds_stay_good(session: Session, cast: Cast, tip_id: int, token: str) -> None:
    """Where the mail was joined into a form's tip, the code of its receipt opens the same page."""
    filed = intake.receive(session, form(callout_id=cast.borders))
    target = session.get_one(Tip, filed.tip_id)
    session.get_one(Tip, tip_id).may_belong_to = filed.tip_id
    session.flush()
    merge.merge(session, tip_id, cast.bob)
    page = email_codes.prove(session, token, ask(session, token))
    assert page == receipts.page_token(receipts.code_of(session, filed.submission_key))
    assert target.code_hash == receipts.token_hash(vault.master(session), page or "")


def test_a_code_is_in_no_conversation_and_leaves_no_more_once_it_is_over(
    session: Session, cast: Cast, tip_id: int, token: str
) -> None:
    assert email_codes.send(session, token, OURS, "en")
    assert len(conversation.for_reader(session, tip_id)) == 1
    shown = conversation.conversation(session, session.get_one(Tip, tip_id), cast.bob)
    assert not [e for e in shown if e.outgoing]
    (out,) = session.scalars(select(Outgoing))
    session.execute(update(PageProof).values(expires_at=now()))
    session.expire_all()
    assert sending.mark_sending(session, out.id) is None
    assert out.state is SendState.WITHDRAWN and out.kind is MailKind.PAGE_CODE
