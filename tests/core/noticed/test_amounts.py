"""Amounts of money in figures, numerals and words."""

import pytest

from tests.core.noticed.reading import passages, values
from tipline.words import FactKind


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("3,000 USD", "USD 3000"),
        ("USD 3,000", "USD 3000"),
        ("US$400", "USD 400"),
        ("$3,950", "USD 3950"),
        ("HK$21,000", "HKD 21000"),
        ("A$14,300", "AUD 14300"),
        ("C$50", "CAD 50"),
        ("NT$3500", "TWD 3500"),
        ("€1,000.50", "EUR 1000.5"),
        ("1.000,50 €", "EUR 1000.5"),
        ("3.500 euros", "EUR 3500"),
        ("2 000 euros", "EUR 2000"),
        ("£4,200", "GBP 4200"),
        ("¥6,000", "CNY 6000"),
        ("80k RMB", "CNY 80000"),
        ("2 million yuan", "CNY 2000000"),
        ("two thousand euros", "EUR 2000"),
        ("19,000 kuai", "CNY 19000"),
        ("500 Hong Kong dollars", "HKD 500"),
        ("9,800 Australian dollars", "AUD 9800"),
        ("30 bucks", "USD 30"),
        ("三万元", "CNY 30000"),
        ("三万二千元", "CNY 32000"),
        ("五千二百块", "CNY 5200"),
        ("3万块", "CNY 30000"),
        ("3万2千元", "CNY 32000"),
        ("3.5万美元", "USD 35000"),
        ("一百二十万人民币", "CNY 1200000"),
        ("港币五百", "HKD 500"),
        ("2000港元", "HKD 2000"),
        ("九千蚊", "HKD 9000"),
        ("新台幣48,000元", "TWD 48000"),
        ("3500元台幣", "TWD 3500"),
        ("一万二澳元", "AUD 12000"),
        ("票价三万二", "CNY 32000"),
        ("350英鎊", "GBP 350"),
        ("MOP 6,500", "MOP 6500"),
        ("300 TRY", "TRY 300"),
        ("21000迪拉姆", "AED 21000"),
        ("１２００元", "CNY 1200"),
    ],
)
def test_an_amount_has_one_form(text: str, amount: str) -> None:
    assert values(FactKind.AMOUNT, text) == [amount]


@pytest.mark.parametrize(
    "text",
    [
        "I lost 20 pounds",
        "we won 3 games, 1500 people won",
        "大家一块儿来，两块蛋糕，三十块砖",
        "3单元，公元2020年，五个单元",
        "一百多万元，几万块，三四万元",
        "万一不行",
        "一万个人，涨到三万人",
        "30 people, 9 months, 2020",
        "one try, one pen, two cop shows, 3 mad dogs, mop 300 floors, rm 300 files",
    ],
)
def test_a_number_of_something_else_is_no_amount(text: str) -> None:
    assert values(FactKind.AMOUNT, text) == []


def test_the_passage_has_the_currency_in_it() -> None:
    assert passages(FactKind.AMOUNT, "花了RMB 3,000，和500港元。") == ["RMB 3,000", "500港元"]
