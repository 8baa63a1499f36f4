"""The reader's code: twelve words that open one page, and say nothing else."""

import pytest
from sqlmodel import Session

from tests.arrivals import form
from tests.fixtures_db import Cast
from tipline.core import intake
from tipline.core.readers import receipts
from tipline.models import Tip


def opened(session: Session, typed: str) -> Tip | None:
    """The tip that a code opens, by the way from the page that asks for it to the reader's own."""
    return receipts.tip_by_token(session, receipts.page_token(typed))


def test_the_code_opens_its_tip_however_it_is_typed(session: Session, cast: Cast) -> None:
    filed = intake.receive(session, form(callout_id=cast.borders))
    code = receipts.code_of(session, filed.submission_key)
    assert len(code.split()) == 12
    for typed in (code, code.upper(), code.replace(" ", " · "), f"  {code}\n"):
        found = opened(session, typed)
        assert found is not None
        assert found.id == filed.tip_id
    by_link = receipts.tip_by_token(session, receipts.page_token(code))
    assert by_link is not None
    assert by_link.id == filed.tip_id


def test_only_a_keyed_hash_of_it_is_kept(session: Session, cast: Cast) -> None:
    filed = intake.receive(session, form(callout_id=cast.borders))
    code = receipts.code_of(session, filed.submission_key)
    tip = opened(session, code)
    assert tip is not None
    assert tip.code_hash is not None
    assert receipts.page_token(code) not in tip.code_hash


def test_a_code_that_nobody_has_opens_nothing(session: Session, cast: Cast) -> None:
    intake.receive(session, form(callout_id=cast.borders))
    assert opened(session, "abandon " * 12) is None


@pytest.mark.parametrize("typed", ["", "harbour", "abandon " * 11, "nonsense " * 12, "\0" * 40, "中文"])
def test_what_is_no_code_is_said_to_be_none(typed: str) -> None:
    with pytest.raises(receipts.WrongCode):
        receipts.page_token(typed)


@pytest.mark.parametrize("token", ["", "x", "A" * 23, "A" * 24, "../" * 8, "é" * 23])
def test_what_is_no_link_opens_nothing(session: Session, cast: Cast, token: str) -> None:
    intake.receive(session, form(callout_id=cast.borders))
    assert receipts.tip_by_token(session, token) is None


@pytest.mark.parametrize("language", ["en", "zh_Hans", "zh_Hant"])
def test_every_list_spells_the_same_code(session: Session, cast: Cast, language: str) -> None:
    filed = intake.receive(session, form(callout_id=cast.borders))
    words = receipts.spelled(receipts.code_of(session, filed.submission_key), language)
    assert len(words) == 12 and (language == "en") == words[0].isascii()
    mixed = [*receipts.spelled(" ".join(words), "zh_Hans")[:6], *receipts.spelled(" ".join(words), "en")[6:]]
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in " ".join(words))
    typed = [" ".join(words), "、".join(words), " ".join(mixed), wide]
    for one in [*typed, *(["".join(words)] if language != "en" else [])]:
        found = opened(session, one)
        assert found is not None and found.id == filed.tip_id, one


def test_a_traditional_form_of_a_character_is_that_character() -> None:
    words = receipts.spelled(receipts.new_code(), "zh_Hans")
    receipts.check("".join(words[:11]) + "為")  # is in the list; and this one is not, but its simplified form is:
    assert "麵" not in receipts._places() and "面" in receipts._places()
    receipts.check("".join(words[:11]) + "麵")


@pytest.mark.parametrize(
    ("typed", "count", "word", "likely"),
    [
        ("abandon ability", 2, "", ""),
        ("abandon " * 13, 13, "", ""),
        ("abandon " * 11 + "abillity", 12, "abillity", "ability"),
        ("abandon " * 11 + "galery", 12, "galery", "gallery"),
        ("abandon " * 11 + "qqqqqqq", 12, "qqqqqqq", ""),
        ("的" * 11 + "鱻", 12, "鱻", ""),
    ],
)
def test_what_is_wrong_with_a_code_is_told(typed: str, count: int, word: str, likely: str) -> None:
    with pytest.raises(receipts.WrongCode) as wrong:
        receipts.check(typed)
    assert (wrong.value.count, wrong.value.word, wrong.value.likely) == (count, word, likely)


def test_a_secret_link_gives_its_words_back() -> None:
    code = receipts.new_code()
    assert receipts.code_of_token(receipts.page_token(code)) == code
    for token in ("", "x", "_" * 23):
        with pytest.raises(ValueError, match="no code"):
            receipts.code_of_token(token)
