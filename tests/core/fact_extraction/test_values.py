"""Values as they are typed, shown and put on a map."""

from typing import Any

import pytest

from tests.core.fact_extraction.reading import WRITTEN
from tipline.core.fact_extraction import parse, spot, value_name
from tipline.core.fact_extraction.name_index import listed
from tipline.vocabularies import FactKind

LANGUAGES = ("en", "zh-Hans", "zh-Hant")
GAZETTEER = {FactKind.PLACE: listed("gazetteer")["place"], FactKind.CROSSING: listed("gazetteer")["crossing"]}
LISTS: dict[FactKind, dict[str, Any]] = {
    **GAZETTEER,
    FactKind.AIRLINE: listed("airlines"),
    FactKind.VISA: listed("visas"),
    FactKind.RELATION: {value: entry for value, entry in listed("relations").items() if value != "traps"},
}


@pytest.mark.parametrize("kind", LISTS)
def test_every_value_is_known_by_each_of_its_names(kind: FactKind) -> None:
    for value, entry in LISTS[kind].items():
        names = [value_name(kind, value, language) for language in LANGUAGES]
        others = [*entry.get("also", ()), *entry.get("names", ()), *entry.get("own", ()), *entry.get("han", ())]
        for name in (value, value.lower(), *names, *others):
            assert parse(kind, name, WRITTEN) == value, name


@pytest.mark.parametrize("kind", GAZETTEER)
def test_every_place_lies_somewhere(kind: FactKind) -> None:
    for value in GAZETTEER[kind]:
        at = spot(kind, value)
        assert at is not None and -60 < at[0] < 70 and -180 <= at[1] <= 180, value
    assert spot(kind, "Atlantis") is None
    assert spot(FactKind.VISA, "Z") is None


def test_a_place_lies_where_it_is() -> None:
    assert spot(FactKind.PLACE, "Shanghai") == (31.23, 121.47)
    luohu, futian = spot(FactKind.CROSSING, "Luohu"), spot(FactKind.CROSSING, "Futian")
    assert luohu and futian and abs(luohu[0] - futian[0]) < 0.1 and luohu[1] > futian[1]


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (FactKind.CROSSING, "Luohu", ("Luohu", "罗湖", "羅湖")),
        (FactKind.PLACE, "Taiwan", ("Taiwan", "台湾", "台灣")),
        (FactKind.DATE, "2020-02-03", ("3 February 2020", "2020年2月3日", "2020年2月3日")),
        (FactKind.DATE, "2020-02", ("February 2020", "2020年2月", "2020年2月")),
        (FactKind.AIRLINE, "CX", ("Cathay Pacific", "国泰航空", "國泰航空")),
        (FactKind.VISA, "Z", ("Z visa", "Z 签证", "Z 簽證")),
        (FactKind.VISA, "family-reunion", ("family reunion visa", "家庭团聚签证", "家庭團聚簽證")),
        (FactKind.AMOUNT, "CNY 30000", ("CNY 30,000",) * 3),
        (FactKind.AMOUNT, "EUR 1000.5", ("EUR 1,000.5",) * 3),
        (FactKind.RELATION, "child", ("child", "孩子", "孩子")),
        (FactKind.RELATION, "separated-from-child", ("separated from child", "与孩子分离", "與孩子分離")),
        (FactKind.RELATION, "separated-from-spouse", ("separated from spouse", "与配偶分离", "與配偶分離")),
    ],
)
def test_a_value_is_shown_in_the_language_of_the_desk_and_read_back(
    kind: FactKind, value: str, shown: tuple[str, str, str]
) -> None:
    assert tuple(value_name(kind, value, language) for language in LANGUAGES) == shown
    assert {parse(kind, name, WRITTEN) for name in (*shown, value)} == {value}
    assert value_name(kind, value, "zh_Hant") == shown[2]


@pytest.mark.parametrize("kind", FactKind)
def test_what_nothing_knows_stays_as_it_was_typed(kind: FactKind) -> None:
    for typed in ("", " ", "the old bridge", "桥头", "0", "2020-99", "USD", "\x00", "-", "visa", "签证"):
        assert parse(kind, typed, WRITTEN) is None, typed
        for language in LANGUAGES:
            assert value_name(kind, typed, language) == typed


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        (FactKind.DATE, "last March", "2021-03"),
        (FactKind.DATE, "3.2.2020", None),
        (FactKind.DATE, "3 Feb 2020", "2020-02-03"),
        (FactKind.DATE, "2020-2-3", "2020-02-03"),
        (FactKind.DATE, "去年三月", "2020-03"),
        (FactKind.DATE, "3 Feb 2020 or so", None),
        (FactKind.AMOUNT, "3万元", "CNY 30000"),
        (FactKind.AMOUNT, "US$ 3,000", "USD 3000"),
        (FactKind.AMOUNT, "eur 12.50", "EUR 12.5"),
        (FactKind.AMOUNT, "3000", None),
        (FactKind.VISA, "q1", "Q1"),
        (FactKind.VISA, "Z字签证", "Z"),
        (FactKind.VISA, "FAMILY REUNION", "family-reunion"),
        (FactKind.AIRLINE, "mu", "MU"),
        (FactKind.PLACE, "nice", "Nice"),
        (FactKind.PLACE, "us", "United States"),
        (FactKind.CROSSING, "luohu", "Luohu"),
        (FactKind.CROSSING, "futian", "Futian"),
        (FactKind.CROSSING, "el paso", "El Paso–Juárez"),
        (FactKind.RELATION, "Separated from child", "separated-from-child"),
        (FactKind.RELATION, "SEPARATED-FROM-CHILD", "separated-from-child"),
        (FactKind.RELATION, "媽媽", "mother"),
    ],
)
def test_a_value_is_understood_as_people_type_it(kind: FactKind, typed: str, value: str | None) -> None:
    assert parse(kind, typed, WRITTEN) == value
