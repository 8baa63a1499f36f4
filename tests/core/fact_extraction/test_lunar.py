"""Lunar days, by what calendars print for them."""

from datetime import date

import pytest

from tipline.core.fact_extraction import lunar
from tipline.core.fact_extraction.name_index import listed


@pytest.mark.parametrize(
    ("lunar_day", "day"),
    [
        ((2014, 9, 9), "2014-10-02"),
        ((2019, 12, 30), "2020-01-24"),
        ((2020, 1, 1), "2020-01-25"),
        ((2020, 5, 5), "2020-06-25"),
        ((2020, 8, 15), "2020-10-01"),
        ((2023, 1, 30), None),
        ((2025, 8, 15), "2025-10-06"),
        ((2033, 12, 1), "2034-01-20"),
        ((2020, 13, 1), None),
        ((1999, 1, 1), None),
    ],
)
def test_a_day_of_a_lunar_month_is_a_day(lunar_day: tuple[int, int, int], day: str | None) -> None:
    assert lunar.day(*lunar_day) == day


def test_each_year_of_the_table_ends_where_the_next_begins() -> None:
    table = listed("lunar")
    for year, entry in table.items():
        days = sum(29 + int(long) for long in entry["long"])
        assert len(entry["long"]) == 12 + ("leap" in entry)
        if following := table.get(str(int(year) + 1)):
            assert date.fromordinal(entry["first"].toordinal() + days) == following["first"]


def test_the_eve_of_a_year_is_the_day_before_its_new_year() -> None:
    assert lunar.eve(2020) == "2020-01-24"
    assert lunar.eve(1999) is None
