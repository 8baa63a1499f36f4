"""Texts that fit: what the databases take, and what lists show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.arrivals import mail
from tipline.core.text import storable


@pytest.mark.parametrize(
    ("subject", "text", "title"),
    [
        ("Re: AW: Stranded in Macau", "x", "Stranded in Macau"),
        ("回复：被困在上海", "x", "被困在上海"),
        ("", "I lost my job. Then my visa.", "I lost my job."),
        ("", "我们被困在上海。已经十八个月了。", "我们被困在上海。"),
        ("Re:", "", ""),
    ],
)
def test_a_tip_is_called_by_its_subject_or_first_sentence(subject: str, text: str, title: str) -> None:
    assert storable.title(mail(text, subject=subject)) == title


@given(st.text(alphabet=st.characters(codec=None)))
def test_whatever_is_written_can_be_stored_and_is_stored_the_same_twice(text: str) -> None:
    kept = storable.storable(text)
    assert "\0" not in kept and "\r" not in kept
    assert kept.encode("utf-8").decode("utf-8") == storable.storable(kept) == kept


def test_line_ends_are_one_kind_and_words_are_kept() -> None:
    assert storable.storable("a\r\nb\rc\nd") == "a\nb\nc\nd"
    assert storable.storable("我们\0被困 \ud800 x") == "我们被困 ? x"
