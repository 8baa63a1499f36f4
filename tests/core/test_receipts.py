"""The reader's code: twelve words that open one page, and say nothing else."""

import pytest
from sqlmodel import Session

from tests.arrivals import form
from tests.fixtures_db import Cast
from tipline.core import intake, receipts


def test_the_code_opens_its_tip_however_it_is_typed(session: Session, cast: Cast) -> None:
    filed = intake.receive(session, form(callout_id=cast.borders))
    code = receipts.code_of(session, filed.submission_key)
    assert len(code.split()) == 12
    for typed in (code, code.upper(), code.replace(" ", " · "), f"  {code}\n"):
        found = receipts.tip_by_code(session, typed)
        assert found is not None
        assert found.id == filed.tip_id
    by_link = receipts.tip_by_token(session, receipts.page_token(code))
    assert by_link is not None
    assert by_link.id == filed.tip_id


def test_only_a_keyed_hash_of_it_is_kept(session: Session, cast: Cast) -> None:
    filed = intake.receive(session, form(callout_id=cast.borders))
    code = receipts.code_of(session, filed.submission_key)
    tip = receipts.tip_by_code(session, code)
    assert tip is not None
    assert tip.code_hash is not None
    assert receipts.page_token(code) not in tip.code_hash


@pytest.mark.parametrize(
    "typed", ["", "harbour", "abandon " * 12, "abandon " * 11, "nonsense " * 12, "\0" * 40, "中文"]
)
def test_what_is_no_code_opens_nothing(session: Session, cast: Cast, typed: str) -> None:
    intake.receive(session, form(callout_id=cast.borders))
    assert receipts.tip_by_code(session, typed) is None


@pytest.mark.parametrize("token", ["", "x", "A" * 23, "A" * 24, "../" * 8, "é" * 23])
def test_what_is_no_link_opens_nothing(session: Session, cast: Cast, token: str) -> None:
    intake.receive(session, form(callout_id=cast.borders))
    assert receipts.tip_by_token(session, token) is None
