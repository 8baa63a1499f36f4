"""What readers answer when they are sent a quote: one word counts, and what is not certain changes nothing."""

import pytest
from sqlmodel import Session, select

from tests.core.quotes.asked import answer, ask, drafted_and_asked
from tests.fixtures_db import Cast
from tipline.core import quotes
from tipline.core.quotes import answers
from tipline.models import QuoteAnswer, QuoteRequest, QuoteState

YES, NO, CHANGE = QuoteAnswer.YES, QuoteAnswer.NO, QuoteAnswer.CHANGE


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Yes", YES),
        ("YES!", YES),
        ("“Yes.”", YES),
        ("yes please", YES),
        ("Yes, thank you", YES),
        ("Hello Bob,\n\nYes.\n\nBest wishes,\nMei Li", YES),
        ("OK\nMei", YES),
        ("同意", YES),
        ("可以，谢谢", YES),
        ("您好，\n同意。\n李梅", YES),
        ("好的", YES),
        ("Oui", YES),
        ("No", NO),
        ("No, please do not print it.", NO),
        ("不同意", NO),
        ("不行，我怕公司看到。", NO),
        ("Non merci", NO),
        ("Thanks, no", NO),
        ("尊敬的编辑您好：\n同意", YES),
        ("Thank you, yes.", YES),
        ("CHANGE", CHANGE),
        ("Change: I am not from Ruili but from Jiegao.", CHANGE),
        ("修改：我不是瑞丽人。", CHANGE),
        ("CHANGE\nMy son is seven by now.", CHANGE),
        ("Yes, but not the part about my son", None),
        ("Yes\nBut please leave out my son.", None),
        ("Yes\nNo", None),
        ("Yesterday I crossed at last!", None),
        ("Not sure yet. When is it printed?", None),
        ("Nobody answers at the consulate.", None),
        ("好像有个错", None),
        ("", None),
    ],
)
def test_one_word_counts_and_nothing_is_guessed(said: str, meant: QuoteAnswer | None) -> None:
    assert answers.read(said.splitlines()) is meant


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
@pytest.mark.parametrize(
    ("said", "answered", "state"),
    [("YES", YES, QuoteState.APPROVED), ("修改", CHANGE, QuoteState.CHANGE), ("No", NO, QuoteState.REFUSED)],
)
def test_the_answer_of_a_mail_is_an_entry_with_the_mail_as_evidence(
    session: Session, cast: Cast, said: str, answered: QuoteAnswer, state: QuoteState, language: str
) -> None:
    asked = drafted_and_asked(session, cast, language=language)
    message_id = answer(session, asked, said)
    assert (asked.request.answer, asked.request.evidence_id, asked.quote.state) == (answered, message_id, state)
    assert asked.request.recorded_by is None


@pytest.mark.parametrize(("said", "confirmed"), [("Yes, but …", True), ("YES", None)])
def test_what_is_not_certain_is_shown_to_a_reporter(
    session: Session, cast: Cast, said: str, confirmed: bool | None
) -> None:
    asked = drafted_and_asked(session, cast)
    message_id = answer(session, asked, said, confirmed=confirmed)
    assert (asked.request.answer, asked.request.unclear_id) == (None, message_id)
    assert not quotes.view(session, asked.quote.id or 0, cast.bob).clearance.may


def test_a_no_counts_whoever_vouches_for_it(session: Session, cast: Cast) -> None:
    asked = drafted_and_asked(session, cast)
    answer(session, asked, "No", confirmed=None)
    assert asked.quote.state is QuoteState.REFUSED


def test_of_two_quotes_the_one_whose_mail_is_answered_is_meant(session: Session, cast: Cast) -> None:
    first = drafted_and_asked(session, cast)
    second = ask(session, cast, quotes.draft(session, first.tip.id or 0, cast.bob))
    answer(session, second, "Yes")
    assert (first.request.answer, second.request.answer) == (None, YES)


def test_a_stranger_s_yes_approves_nothing(session: Session, cast: Cast) -> None:
    asked = drafted_and_asked(session, cast)
    answer(session, asked, "Yes", sender="eve@elsewhere.example")
    assert (asked.request.answer, asked.quote.state) == (None, QuoteState.SENT)


def test_a_second_answer_is_an_entry_of_its_own_and_the_newest_counts(session: Session, cast: Cast) -> None:
    asked = drafted_and_asked(session, cast)
    answer(session, asked, "Yes")
    answer(session, asked, "No")
    assert asked.request.answer is YES, "an entry never changes; a mail after it is for a reporter to read"
    assert len(session.scalars(select(QuoteRequest)).all()) == 1
