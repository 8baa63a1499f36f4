"""Whether a quote may be printed: by a yes to exactly it, or by what its reader allows of all they wrote."""

import pytest
from sqlmodel import Session

from tests.core.making import TODAY
from tests.core.quotes.asked import answer, drafted_and_asked, tip_of_mei
from tests.fixtures_db import Cast
from tipline.core import consent, quotes
from tipline.core.quotes import QuoteChange, clearance, requests
from tipline.core.quotes.clearance import Clearance
from tipline.errors import Refused
from tipline.models import Attribution, QuoteAnswer, QuoteState
from tipline.vocabularies import ConsentChoice


def found(session: Session, cast: Cast, quote_id: int | None) -> Clearance:
    return quotes.view(session, quote_id or 0, cast.bob).clearance


@pytest.mark.parametrize(
    ("choice", "attribution", "may"),
    [
        (ConsentChoice.NAME, Attribution.NAME, clearance.SEND_FIRST),
        (ConsentChoice.ASK, Attribution.ANONYMOUS, clearance.ASK_FIRST),
        (ConsentChoice.ANONYMOUS, Attribution.ANONYMOUS, clearance.ANONYMOUS),
        (ConsentChoice.ANONYMOUS, Attribution.DESCRIPTION, clearance.ANONYMOUS),
        (ConsentChoice.ANONYMOUS, Attribution.NAME, clearance.NAMES_THEM),
        (ConsentChoice.ANONYMOUS, Attribution.FIRST_NAME, clearance.NAMES_THEM),
    ],
)
def test_before_the_reader_is_asked_only_words_without_a_name_may_be_printed(
    session: Session, cast: Cast, choice: ConsentChoice, attribution: Attribution, may: Clearance
) -> None:
    row = quotes.draft(session, tip_of_mei(session, cast, choice).id or 0, cast.bob)
    quotes.edit(session, row.id or 0, QuoteChange(row.text, attribution, "Ruili"), quotes.version_of(row), cast.bob)
    assert found(session, cast, row.id) == may
    if not may.may:
        with pytest.raises(Refused, match=may.reason[:20]):
            quotes.place(session, row.id or 0, cast.bob)


@pytest.mark.parametrize("choice", [ConsentChoice.BACKGROUND, None])
def test_who_never_allowed_it_must_be_asked_and_their_yes_is_enough(
    session: Session, cast: Cast, choice: ConsentChoice | None
) -> None:
    asked = drafted_and_asked(session, cast, choice)
    assert found(session, cast, asked.quote.id) == clearance.WAITS
    answer(session, asked, "Yes")
    assert found(session, cast, asked.quote.id) == clearance.APPROVED


def test_an_edit_asks_again_and_the_text_that_was_approved_stays_approved(session: Session, cast: Cast) -> None:
    asked = drafted_and_asked(session, cast)
    answer(session, asked, "Yes")
    row, approved = asked.quote, QuoteChange(asked.quote.text, asked.quote.attribution)
    quotes.edit(session, row.id or 0, QuoteChange("My son is six.", row.attribution), quotes.version_of(row), cast.bob)
    assert (row.state, found(session, cast, row.id)) == (QuoteState.DRAFTED, clearance.SEND_FIRST)
    quotes.edit(session, row.id or 0, approved, quotes.version_of(row), cast.bob)
    assert (row.state, found(session, cast, row.id)) == (QuoteState.APPROVED, clearance.APPROVED)


def test_another_attribution_is_another_quote(session: Session, cast: Cast) -> None:
    asked = drafted_and_asked(session, cast)
    answer(session, asked, "Yes")
    row = asked.quote
    change = QuoteChange(row.text, Attribution.FIRST_NAME, "Ruili")
    quotes.edit(session, row.id or 0, change, quotes.version_of(row), cast.bob)
    assert not found(session, cast, row.id).may


@pytest.mark.parametrize(
    ("said", "may"), [("No", clearance.SAID_NO), ("Change", clearance.WANTS_CHANGE), ("Hm?", clearance.WAITS)]
)
def test_no_answer_and_any_other_answer_is_no(session: Session, cast: Cast, said: str, may: Clearance) -> None:
    asked = drafted_and_asked(session, cast)
    answer(session, asked, said)
    assert found(session, cast, asked.quote.id) == may


@pytest.mark.parametrize(
    ("later", "may"),
    [
        (ConsentChoice.BACKGROUND, clearance.TIGHTENED),
        (ConsentChoice.ASK, clearance.TIGHTENED),
        (ConsentChoice.ANONYMOUS, clearance.TIGHTENED),
    ],
)
def test_who_allows_less_later_takes_their_yes_back(
    session: Session, cast: Cast, later: ConsentChoice, may: Clearance
) -> None:
    asked = drafted_and_asked(session, cast)
    answer(session, asked, "Yes")
    consent.change(session, asked.tip, later, today=TODAY, by=cast.bob)
    assert found(session, cast, asked.quote.id) == may


def test_text_that_gives_its_reader_away_is_stopped_until_they_say_yes(session: Session, cast: Cast) -> None:
    tip = tip_of_mei(session, cast, ConsentChoice.ANONYMOUS)
    row = quotes.draft(session, tip.id or 0, cast.bob)
    assert "Mei" not in row.text and "Mei Li" in row.original
    change = QuoteChange("Write to mei.li@reader.example.", Attribution.ANONYMOUS)
    quotes.edit(session, row.id or 0, change, quotes.version_of(row), cast.bob)
    assert found(session, cast, row.id) == clearance.GIVES_AWAY


def test_a_description_that_gives_its_reader_away_is_stopped(session: Session, cast: Cast) -> None:
    row = quotes.draft(session, tip_of_mei(session, cast, ConsentChoice.ANONYMOUS).id or 0, cast.bob)
    change = QuoteChange("We wait.", Attribution.DESCRIPTION, "Mei Li, a mother")
    quotes.edit(session, row.id or 0, change, quotes.version_of(row), cast.bob)
    assert found(session, cast, row.id) == clearance.GIVES_AWAY


def test_what_a_reporter_heard_on_the_phone_is_an_entry_with_their_name(session: Session, cast: Cast) -> None:
    asked = drafted_and_asked(session, cast, ConsentChoice.ASK)
    requests.record(session, asked.quote.id or 0, QuoteAnswer.YES, cast.bob, TODAY)
    assert (asked.request.recorded_by, asked.request.evidence_id) == (cast.bob.account_id, None)
    assert found(session, cast, asked.quote.id) == clearance.APPROVED
