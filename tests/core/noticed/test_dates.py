"""Dates, whole and of a month, and those that count from the day a story came: 20 May 2021 in these tests."""

from datetime import date

import pytest

from tests.core.noticed.reading import passages, values
from tipline.words import FactKind


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("on 3 Feb 2020", ["2020-02-03"]),
        ("February 3rd, 2020", ["2020-02-03"]),
        ("the 3rd of February 2020", ["2020-02-03"]),
        ("2020-02-03, 2020/2/3, 2020.2.3", ["2020-02-03"] * 3),
        ("13/04/2020 and 04/13/2020", ["2020-04-13"] * 2),
        ("02/02/2020", ["2020-02-02"]),
        ("Sept 2020, Dec. 2019", ["2020-09", "2019-12"]),
        ("last March", ["2021-03"]),
        ("last May, last June", ["2020-05", "2020-06"]),
        ("since January", ["2021-01"]),
        ("in august", ["2020-08"]),
        ("next June", ["2021-06"]),
        ("July last year", ["2020-07"]),
        ("3 February", ["2021-02-03"]),
        ("December 24", ["2020-12-24"]),
        ("yesterday, last month", ["2021-05-19", "2021-04"]),
        ("2020年2月3日", ["2020-02-03"]),
        ("二〇二〇年二月三号", ["2020-02-03"]),
        ("二零二零年十二月二十五日", ["2020-12-25"]),
        ("２０２０年３月", ["2020-03"]),
        ("二月三号", ["2021-02-03"]),
        ("去年三月", ["2020-03"]),
        ("前年12月5日", ["2019-12-05"]),
        ("今年一月", ["2021-01"]),
        ("上个月", ["2021-04"]),
        ("上個月三號", ["2021-04-03"]),
        ("昨天", ["2021-05-19"]),
        ("3月5日至8日", ["2021-03-05"]),
        ("20年3月", ["2020-03"]),
    ],
)
def test_dates_are_read_in_the_past(text: str, dates: list[str]) -> None:
    assert values(FactKind.DATE, text) == dates


@pytest.mark.parametrize(
    "text",
    [
        "I may march on. She may come; may 5 of us go?",
        "02/03/2020",
        "30 February 2020, 2020-02-30, 2月30日",
        "24/7, 3/4 of them, version 2020.1, 1.2.3",
        "三个月、十九个月、五月花号、农历三月初五、每年三月",
        "every March",
        "for 9 months, two weeks ago, in 2020, 去年",
        "call 2020-1234-5678",
    ],
)
def test_what_is_no_day_or_could_be_two_is_not_read(text: str) -> None:
    assert values(FactKind.DATE, text) == []


def test_the_first_days_of_a_year_look_back_into_the_last() -> None:
    assert values(FactKind.DATE, "last month, last January, 上个月, 1月3日", date(2021, 1, 2)) == [
        "2020-12", "2020-01", "2020-12", "2020-01-03",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("2020年1月23日离开，1月25日到悉尼，二月被停职", ["2020-01-23", "2020-01-25", "2020-02"]),
        ("I left on 20 December 2019 and was to return on 5 January.", ["2019-12-20", "2020-01-05"]),
        ("It closed in March 2020. They wrote last month, and in January.", ["2020-03", "2021-04", "2021-01"]),
        ("In March 2020 it closed. " + "I wait. " * 20 + "In April it opened.", ["2020-03", "2021-04"]),
    ],
)
def test_a_date_soon_after_one_with_a_year_is_of_the_same_weeks(text: str, dates: list[str]) -> None:
    assert values(FactKind.DATE, text) == dates


def test_the_passage_is_the_date_and_no_more() -> None:
    assert passages(FactKind.DATE, "since January, on Feb 3rd 2020, last March.") == [
        "January",
        "Feb 3rd 2020",
        "last March",
    ]
