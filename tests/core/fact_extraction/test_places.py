"""Places and crossings, and words that only look like them."""

import pytest

from tests.core.fact_extraction.reading import passages, values
from tipline.vocabularies import FactKind


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("I was in Shanghai, then in xi'an.", ["Shanghai", "Xi'an"]),
        ("stuck in hong kong since", ["Hong Kong"]),
        ("HONG KONG", ["Hong Kong"]),
        ("Hong\nKong in a wrapped mail", ["Hong Kong"]),
        ("São Paulo and Zürich, Kraków too", ["Sao Paulo", "Zurich", "Krakow"]),
        ("我在上海南站", ["Shanghai"]),
        ("海南和广西", ["Hainan", "Guangxi"]),
        ("我喺臺灣", ["Taiwan"]),
        ("從雲南到內蒙古", ["Yunnan", "Inner Mongolia"]),
        ("中国很大", ["China"]),
        ("武汉大学的学生", ["Wuhan"]),
        ("New York", ["New York"]),
        ("Ｈｏｎｇ Ｋｏｎｇ", ["Hong Kong"]),
        ("from the US to the U.K.", ["United States", "United Kingdom"]),
        ("the United Arab Emirates", ["United Arab Emirates"]),
        ("回上海路上", ["Shanghai"]),
        ("from Gdańsk to Kochi, then 法拉盛 and Flushing", ["Gdansk", "Kochi", "Flushing"]),
        ("住屯门，上班在宝安", ["Tuen Mun", "Bao'an"]),
    ],
)
def test_places_are_read_in_any_writing(text: str, places: list[str]) -> None:
    assert values(FactKind.PLACE, text) == places


@pytest.mark.parametrize(
    "text",
    [
        "Nice weather, and Reading is fun. My Mobile is off.",
        "Jordan and Georgia feed my cat. Flushing took an hour.",
        "Turkey for Christmas, not turkey soup",
        "HELP US PLEASE, let us in",
        "Nanjing Road and Beijing West Road",
        "I read the New York Times and China Daily.",
        "Shanghainese and Wuhaners",
        "南京东路、北京路、上海路",
        "北京时间八点",
        "今日本人不在",
        "大理石、孙中山、电视台中",
        "沿海口岸都关了",
        "任务没完成都不让走",
        "他是法国人，拿英国护照",
        "the US embassy, a U.K. passport",
    ],
)
def test_words_that_look_like_places_are_none(text: str) -> None:
    assert values(FactKind.PLACE, text) == []


def test_a_town_that_is_a_word_is_read_where_one_can_be_in_it() -> None:
    assert values(FactKind.PLACE, "We moved to Nice, from Reading. I live in Turkey.") == ["Nice", "Reading", "Turkey"]


@pytest.mark.parametrize(
    ("text", "crossings"),
    [
        ("Lo Wu, 罗湖 and 羅湖口岸", ["Luohu", "Luohu", "Luohu"]),
        ("落馬洲和福田口岸", ["Futian", "Futian"]),
        ("the HZMB, the Hong Kong-Zhuhai-Macau Bridge, 港珠澳大桥", ["Hong Kong–Zhuhai–Macau Bridge"] * 3),
        ("从霍尔果斯走的, by Khorgos", ["Khorgos", "Khorgos"]),
        ("Zabaikalsk is Manzhouli from the other side", ["Manzhouli", "Manzhouli"]),
        ("上海浦东机场, PVG, Shanghai Pudong", ["Pudong Airport"] * 3),
        ("the El Paso crossing; the border at El Paso", ["El Paso–Juárez"] * 2),
        ("丹东口岸", ["Dandong–Sinuiju"]),
        ("the Khunjerab road", ["Khunjerab"]),
        ("Ceuta, Rafah, Medyka, Narva", ["Ceuta", "Rafah", "Medyka", "Narva"]),
    ],
)
def test_crossings_are_read_by_any_of_their_names(text: str, crossings: list[str]) -> None:
    assert values(FactKind.CROSSING, text) == crossings


def test_a_town_at_a_border_is_a_place_until_its_crossing_is_meant() -> None:
    assert values(FactKind.CROSSING, "El Paso is hot. 我在丹东, the Futian market") == []
    assert values(FactKind.PLACE, "El Paso is hot. 我在丹东") == ["El Paso", "Dandong"]


def test_the_longest_name_is_the_passage() -> None:
    assert passages(FactKind.CROSSING, "到了上海浦东国际机场的时候") == ["上海浦东国际机场"]
    assert passages(FactKind.PLACE, "in Ho Chi Minh City.") == ["Ho Chi Minh City"]


def test_an_airline_or_an_amount_keeps_the_place_in_its_name() -> None:
    assert values(FactKind.PLACE, "China Airlines, 中国东方航空, 500 Hong Kong dollars, 香港航空") == []


def test_links_addresses_and_quoted_lines_say_nothing() -> None:
    text = "https://x.example/beijing, beijing@mail.example\n> We were in Beijing\nwww.beijing.example"
    assert values(FactKind.PLACE, text) == []
    assert values(FactKind.PLACE, text + "\nin Tokyo") == ["Tokyo"]
