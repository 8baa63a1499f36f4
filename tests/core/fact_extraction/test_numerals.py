"""Numbers as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipline.core.fact_extraction import numerals


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("十", 10), ("十二", 12), ("二十", 20), ("一百", 100), ("一百零五", 105), ("一百五", 150), ("两千五", 2500),
        ("三万二", 32000), ("三万零二", 30002), ("三万二千五百", 32500), ("一百二十万", 1_200_000),
        ("两亿", 200_000_000), ("二〇二〇", 2020), ("零", 0), ("万", None), ("三四万", None), ("万万", None),
        ("万五", 15000), ("千二", 1200), ("千五百", None), ("百", None),
        ("", None), ("三x", None), ("十五", 15), ("一千零一十", 1010),
    ],
)  # fmt: skip
def test_chinese_numerals_are_read_with_the_unit_that_people_leave_out(written: str, number: int | None) -> None:
    assert numerals.han(written) == number


@given(st.text(numerals.HAN_NUMBER, max_size=16))
def test_no_row_of_numerals_raises(written: str) -> None:
    number = numerals.han(written)
    assert number is None or number >= 0


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("two thousand", 2000),
        ("five hundred and twenty", 520),
        ("thirty-five", 35),
        ("one million", 1_000_000),
        ("cats", None),
    ],
)
def test_english_words_are_read(written: str, number: int | None) -> None:
    assert numerals.english(written) == number


@pytest.mark.parametrize(
    ("written", "scale", "number"),
    [
        ("3,000", "", "3000"),
        ("2 000", "", "2000"),
        ("1.000,50", "", "1000.5"),
        ("3.5", "万", "35000"),
        ("0.05", "", "0.05"),
    ],
)
def test_figures_are_read(written: str, scale: str, number: str) -> None:
    assert numerals.text(numerals.plain(written, scale)) == number
