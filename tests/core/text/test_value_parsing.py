"""Numbers, days, months, links and phones as people write them."""

from datetime import date

import pytest

from tipline.core.text import value_parsing
from tipline.core.text.value_parsing import Month


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("18", "en", 18),
        ("１８", "zh_Hans", 18),
        ("١٨", "ar", 18),
        (" 1,234 ", "en", 1234),
        ("1,234.5", "en", 1234.5),
        ("1.234,5", "de", 1234.5),
        ("1.234", "de", 1234),
        ("1.234", "en", 1.234),
        ("1,5", "en", 1.5),
        ("1 234 567", "fr", 1234567),
        ("1’234’567", "de", 1234567),
        ("1,234,567", "en", 1234567),
        ("−3", "en", -3),
        ("2.5", "zh_Hans", 2.5),
    ],
)
def test_a_number_is_read_as_it_is_written(text: str, language: str, value: float) -> None:
    assert value_parsing.number(text, language) == value


@pytest.mark.parametrize("text", ["", "many", "18 months", "1e9", "nan", "inf", "0x10", "1,2,3", "--1", "1.2.3,4,5"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert value_parsing.number(text, "en") is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("2021-06-22", "en"),
        ("2021/6/22", "en"),
        ("20210622", "en"),
        ("２０２１年６月２２日", "zh_Hans"),
        ("2021年6月22号", "zh_Hans"),
        ("22.6.2021", "de"),
        ("22/06/2021", "en"),
        ("6/22/2021", "en"),
        ("22 June 2021", "en"),
        ("June 22, 2021", "en"),
        ("Jun 22 2021", "zh_Hans"),
        ("22 juin 2021", "fr"),
        ("2021 年 6 月 22 日", "zh_Hans"),
    ],
)
def test_a_day_is_read_as_it_is_written(text: str, language: str) -> None:
    assert value_parsing.day(text, language) == date(2021, 6, 22)


@pytest.mark.parametrize(
    "text", ["", "last spring", "3/4/2021", "2021-02-30", "31.4.2021", "June 2021", "22 June or May 2021"]
)
def test_a_day_that_can_not_be_read_or_could_be_two_is_none(text: str) -> None:
    assert value_parsing.day(text, "en") is None


def test_a_day_with_slashes_is_read_by_the_readers_language_where_that_settles_it() -> None:
    assert value_parsing.day("3/4/2021", "fr") == date(2021, 4, 3)
    assert value_parsing.day("3/3/2021", "en") == date(2021, 3, 3)


@pytest.mark.parametrize(
    "text",
    [
        "2021-06",
        "2021/6",
        "2021年6月",
        "２０２１年６月",
        "6/2021",
        "06.2021",
        "June 2021",
        "2021 Jun",
        "202106",
        "2021-06-30",
    ],
)
def test_a_month_is_read_as_it_is_written(text: str) -> None:
    assert value_parsing.month(text, "en") == Month(2021, 6)
    assert str(Month(2021, 6)) == "2021-06"


@pytest.mark.parametrize("text", ["", "2021", "2021-13", "June", "sometime"])
def test_what_is_no_month_is_none(text: str) -> None:
    assert value_parsing.month(text, "en") is None


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://example.com/a?b=c#d", "https://example.com/a?b=c#d"),
        ("http://example.com", "http://example.com"),
        ("example.com/x", "https://example.com/x"),
        ("www.example.com:8080", "https://www.example.com:8080"),
        ("weibo.com/微博", "https://weibo.com/微博"),
    ],
)
def test_a_link_is_an_address_of_the_web(text: str, address: str) -> None:
    assert value_parsing.link(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)//example.com",
        "data:text/html,x",
        "mailto:a@example.com",
        "ftp://example.com",
        "https://user@example.com",
        "https://exa mple.com",
        "https:\\\\example.com",
        "https://[::1",
        "https://example.com:99999",
        "https://" + "a" * 3000 + ".com",
    ],
)
def test_no_other_scheme_is_a_link(text: str) -> None:
    assert value_parsing.link(text) is None


def test_a_phone_number_keeps_its_shape_and_gets_plain_digits() -> None:
    assert value_parsing.phone("＋４４ 20 7946 0958") == "+44 20 7946 0958"
    assert value_parsing.phone("(010) 6512-3456 ext. 12") == "(010) 6512-3456 ext. 12"
    assert value_parsing.phone("call me") is None and value_parsing.phone("123") is None


@pytest.mark.parametrize("n", [20, 400, 5000])
def test_digits_without_end_are_no_number_day_or_month(n: int) -> None:
    """By hand on a line, or by who tries what breaks: the door asks again."""
    endless = "9" * n
    for shape in ("{}", "-{}", "{}.5", "2021-06-{}", "2021-{}", "{}-06-22", "{} May 2021", "May {}", "22 May {}"):
        text = shape.format(endless)
        assert value_parsing.day(text, "en") is None and value_parsing.month(text, "en") is None, shape
        number = value_parsing.number(text, "en")
        assert number is None or number < 1e21, shape


def test_a_number_is_shown_without_a_needless_point() -> None:
    assert [value_parsing.written(value) for value in (18.0, 2.5, -3.0, 1234567.0)] == ["18", "2.5", "-3", "1234567"]
