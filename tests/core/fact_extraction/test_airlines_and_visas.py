"""Airlines and visas, and the words of every day that some of them are."""

import pytest

from tests.core.fact_extraction.reading import values
from tipline.vocabularies import FactKind


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("China Eastern, 东航, 中国东方航空", ["MU", "MU", "MU"]),
        ("Air China is not China Airlines", ["CA", "CI"]),
        ("國泰、長榮、華航", ["CX", "BR", "CI"]),
        ("flight CX 880 and CA981", ["CX", "CA"]),
        ("MU 588 was cancelled, and CZ 328熔断了", ["MU", "CZ"]),
        ("I flew Emirates to Dubai. Emirates cancelled it.", ["EK", "EK"]),
        ("booked with Delta.", ["DL"]),
        ("Qatar Airways", ["QR"]),
    ],
)
def test_airlines_are_read_by_name_and_by_flight(text: str, codes: list[str]) -> None:
    assert values(FactKind.AIRLINE, text) == codes


@pytest.mark.parametrize(
    "text",
    [
        "the Delta variant, a swiss cheese, united we stand",
        "the United Arab Emirates and the United Nations",
        "in spring, CA 94110, AB1234, MU 588 people",
        "https://x.example/CA981",
    ],
)
def test_words_of_every_day_do_not_fly(text: str) -> None:
    assert values(FactKind.AIRLINE, text) == []


@pytest.mark.parametrize(
    ("text", "visas"),
    [
        ("a Z visa, Z签证, Z字签", ["Z", "Z", "Z"]),
        ("Q1/Q2 visas", ["Q1", "Q2"]),
        ("q1 visa; visa (X2)", ["Q1", "X2"]),
        ("I can't get a Q1. She applied for an S2, and I had my X1.", ["Q1", "S2", "X1"]),
        ("S1簽證", ["S1"]),
        ("family reunion visa, 家庭团聚签证, 家庭團聚簽證", ["family-reunion"] * 3),
        ("tourist visas, 旅游签", ["tourist", "tourist"]),
        ("work permit, 工作许可", ["work-permit", "work-permit"]),
        ("residence permit, 居留许可", ["residence-permit", "residence-permit"]),
        ("green card, 綠卡", ["green-card", "green-card"]),
        ("an H1B, the H-1B visa", ["H-1B", "H-1B"]),
        ("申根签证, Schengen", ["schengen", "schengen"]),
        ("student visa, F1签证", ["student", "F-1"]),
        ("台胞證、回鄉證", ["mainland-travel-permit", "home-return-permit"]),
    ],
)
def test_visas_are_read_by_letter_and_by_name(text: str, visas: list[str]) -> None:
    assert values(FactKind.VISA, text) == visas


@pytest.mark.parametrize(
    "text",
    [
        "my Visa card",
        "plan Z, X1, Q2 results, we had our Q1 results, in the Q2",
        "I'm visa free",
        "a visa",
        "the blue card",
    ],
)
def test_letters_and_cards_without_a_visa_are_none(text: str) -> None:
    assert values(FactKind.VISA, text) == []
