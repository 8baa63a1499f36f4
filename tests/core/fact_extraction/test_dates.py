"""Dates, whole and of a month, and those that count from the day a story came: 20 May 2021 in these tests."""

from datetime import date

import pytest

from tests.core.fact_extraction.reading import passages, values
from tipline.vocabularies import FactKind


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
        ("20年3月", ["2020-03"]),
        ("三月一直没信，三月三次，三月三号", ["2021-03", "2021-03", "2021-03-03"]),
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
        "三个月、十九个月、五月花号、闰四月初五、每年三月",
        "every March",
        "for 9 months, two weeks ago, in 2020, 去年",
        "call 2020-1234-5678",
    ],
)
def test_what_is_no_day_or_could_be_two_is_not_read(text: str) -> None:
    assert values(FactKind.DATE, text) == []


def test_the_first_days_of_a_year_look_back_into_the_last() -> None:
    assert values(FactKind.DATE, "last month, last January, 上个月, 2月3日", date(2021, 1, 2)) == [
        "2020-12", "2020-01", "2020-12", "2020-02-03",
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


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("two months ago", ["2021-03"]),
        ("a month ago, 6 months ago", ["2021-04", "2020-11"]),
        ("three days ago, the day before yesterday", ["2021-05-17", "2021-05-18"]),
        ("the month before last, next month", ["2021-03", "2021-06"]),
        ("三个月前，两個月之前", ["2021-02", "2021-03"]),
        ("三天前、前天、大前天、昨晚、尋日", ["2021-05-17", "2021-05-18", "2021-05-17", "2021-05-19", "2021-05-19"]),
        ("上上个月，上个月，下個月", ["2021-03", "2021-04", "2021-06"]),
        ("上周三，上星期日，上禮拜五", ["2021-05-12", "2021-05-16", "2021-05-14"]),
        ("本月3号", ["2021-05-03"]),
    ],
)
def test_days_and_months_are_counted_back_from_when_the_story_came(text: str, dates: list[str]) -> None:
    assert values(FactKind.DATE, text) == dates


@pytest.mark.parametrize(
    "text",
    [
        "about two months ago, over three months ago, a few months ago, 18 months ago",
        "ten days ago, two weeks ago, a year ago, since last summer, early this year",
        "大概三个月前，三个多月前，差不多两个月前，几个月前，半年前，十几天前，前几天",
        "年初，去年年底，月初，上上周三，上周三次，三月三，三月十五",
        "the following July, that August; 次年三月，第二年五月，同年6月3日",
    ],
)
def test_what_people_round_or_count_from_another_day_is_no_date(text: str) -> None:
    assert values(FactKind.DATE, text) == []


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("from 3 to 15 March", ["2021-03-03", "2021-03-15"]),
        ("between the 3rd and the 15th of March 2020", ["2020-03-03", "2020-03-15"]),
        ("3-15 March 2020", ["2020-03-03", "2020-03-15"]),
        ("March 3–15", ["2021-03-03", "2021-03-15"]),
        ("March 3–15, 2020", ["2020-03-03", "2020-03-15"]),
        ("from 3 March to 5 May 2020", ["2020-03-03", "2020-05-05"]),
        ("between March and May 2020", ["2020-03", "2020-05"]),
        ("from December to February 2020", ["2019-12", "2020-02"]),
        ("from March to June", ["2020-03", "2020-06"]),
        ("in March and May 2020", ["2020-03", "2020-05"]),
        ("3月3日至15日", ["2021-03-03", "2021-03-15"]),
        ("3月3-15號", ["2021-03-03", "2021-03-15"]),
        ("2020年三月三号到十五号", ["2020-03-03", "2020-03-15"]),
        ("2020年3月3日至5月2日", ["2020-03-03", "2020-05-02"]),
        ("三月到五月", ["2021-03", "2021-05"]),
        ("2020年1-3月", ["2020-01", "2020-03"]),
        ("2019年11月到2月", ["2019-11", "2020-02"]),
        ("12月到2020年3月", ["2019-12", "2020-03"]),
        ("去年3月到今年5月", ["2020-03", "2021-05"]),
    ],
)
def test_both_ends_of_a_time_are_read_with_the_year_that_one_of_them_says(text: str, dates: list[str]) -> None:
    assert values(FactKind.DATE, text) == dates


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("The flight is on 5 June.", []),
        ("6月5日的机票", []),
        ("I left on 5 June 2020, and 9 June was my first night here.", ["2020-06-05", "2020-06-09"]),
        ("On 20 June I left.", ["2020-06-20"]),
        ("In June I left.", ["2020-06"]),
        ("They say it may open in June, or we will go in August.", []),
        ("可能六月开放", []),
    ],
)
def test_what_has_no_year_and_may_be_to_come_soon_is_none(text: str, dates: list[str]) -> None:
    assert values(FactKind.DATE, text) == dates


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("My visa expires in March.", ["2022-03"]),
        ("My visa expires on 28 May.", ["2021-05-28"]),
        ("My contract ends in May.", ["2021-05"]),
        ("My visa is valid until November.", ["2021-11"]),
        ("Flights are suspended until 30 June.", ["2021-06-30"]),
        ("I could not leave until April.", ["2021-04"]),
        ("My visa expired in March, and I am stuck.", ["2021-03"]),
        ("My visa was valid until November.", ["2020-11"]),
        ("We waited until June.", ["2020-06"]),
        ("签证七月到期", ["2021-07"]),
        ("签证7月15日到期，怎么办？", ["2021-07-15"]),
        ("签证有效期到8月", ["2021-08"]),
        ("航班停到6月28日", ["2021-06-28"]),
        ("签证七月到期了", ["2020-07"]),
        ("签证三月到期", ["2021-03"]),
    ],
)
def test_what_ends_or_begins_is_the_next_or_the_nearest_of_its_name(text: str, dates: list[str]) -> None:
    assert values(FactKind.DATE, text) == dates


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("2 and 3 March", ["2021-03-03"]),
        ("March 3 to 15 people", ["2021-03-03"]),
        ("March 3-5pm", ["2021-03-03"]),
        ("2到3个月", []),
        ("In June they wrote, and last May they called.", ["2020-06", "2020-05"]),
    ],
)
def test_a_number_beside_a_date_is_no_end_of_it(text: str, dates: list[str]) -> None:
    assert values(FactKind.DATE, text) == dates


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("2020年春节，去年中秋，元宵節", ["2020-01-25", "2020-10-01", "2021-02-26"]),
        ("除夕，大年三十，年三十晚，2020年除夕", ["2021-02-11", "2021-02-11", "2021-02-11", "2020-01-24"]),
        ("正月十五，大年初五，2020年正月初七", ["2021-02-26", "2021-02-16", "2020-01-31"]),
        ("农历腊月二十三，腊月廿三", ["2021-02-04", "2021-02-04"]),
        ("农历三月初五、農曆三月十五", ["2021-04-16", "2021-04-26"]),
        ("2020年农历五月初五", ["2020-06-25"]),
        ("八月十五", ["2020-10-01"]),
        ("国庆节，元旦，2019年平安夜", ["2020-10-01", "2021-01-01", "2019-12-24"]),
        ("Chinese New Year 2020, Lunar New Year's Eve 2020", ["2020-01-25", "2020-01-24"]),
        ("since Chinese New Year", ["2021-02-12"]),
        ("the 2020 Spring Festival", ["2020-01-25"]),
        ("Christmas Day 2020, New Year's Eve, last Christmas", ["2020-12-25", "2020-12-31", "2020-12-25"]),
        ("Mid-Autumn Festival 2020", ["2020-10-01"]),
        ("2020年1月20日回家，除夕封城，正月十五也没走", ["2020-01-20", "2020-01-24", "2020-02-08"]),
    ],
)
def test_festivals_and_days_of_the_lunar_calendar_are_days(text: str, dates: list[str]) -> None:
    assert values(FactKind.DATE, text) == dates


@pytest.mark.parametrize(
    "text",
    [
        "春节期间，国庆假期，中秋前，春節後，每年春节，两个春节，没过春节，一个人过的春节，过年",
        "王国庆吃元宵，中秋月饼，圣诞老人，正月",
        "2020年腊月二十三",
        "before Chinese New Year, the Spring Festival holiday, every Christmas Day, for Chinese New Year",
        "Happy new year, at Christmas",
    ],
)
def test_a_festival_that_stands_for_weeks_is_no_day(text: str) -> None:
    assert values(FactKind.DATE, text) == []
