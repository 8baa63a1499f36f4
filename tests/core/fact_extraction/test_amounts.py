"""Amounts of money in figures, numerals and words."""

import pytest

from tests.core.fact_extraction.reading import WRITTEN, passages, values
from tipline.core.fact_extraction import parse
from tipline.vocabularies import FactKind


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
        ("萬五蚊", "HKD 15000"),
        ("晚上三百元", "CNY 300"),
        ("新台幣48,000元", "TWD 48000"),
        ("3500元台幣", "TWD 3500"),
        ("一万二澳元", "AUD 12000"),
        ("票价三万二", "CNY 32000"),
        ("350英鎊", "GBP 350"),
        ("MOP 6,500", "MOP 6500"),
        ("300 TRY", "TRY 300"),
        ("21000迪拉姆", "AED 21000"),
        ("１２００元", "CNY 1200"),
        ("5k USD", "USD 5000"),
        ("RMB 3,000", "CNY 3000"),
        ("2万块钱", "CNY 20000"),
        ("3k人民币", "CNY 3000"),
        ("花了3w", "CNY 30000"),
        ("3w块", "CNY 30000"),
        ("三千多块", "CNY 3000"),
        ("一百多万元", "CNY 1000000"),
        ("3000余元", "CNY 3000"),
        ("一千來塊", "CNY 1000"),
        ("3萬多台幣", "TWD 30000"),
        ("两千五百欧元", "EUR 2500"),
        ("500 US$", "USD 500"),
        ("US $500", "USD 500"),
        ("AUD $5000", "AUD 5000"),
        ("$5,000 CAD", "CAD 5000"),
        ("R$ 5000", "BRL 5000"),
        ("30萬円", "JPY 300000"),
        ("Tk 50,000", "BDT 50000"),
        ("₪3000", "ILS 3000"),
        ("INR 2 lakhs", "INR 200000"),
        ("a hundred euros", "EUR 100"),
        ("half a million yuan", "CNY 500000"),
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
        "几万块，三四万元，上百元，几千元，几千五百块，十几块，数百美元",
        "a few thousand dollars, tens of thousands of yuan, a couple of hundred euros, one two three dollars",
        "三千多人，300多天，5k run，10w电，5 lakh people",
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


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("3000-4000 yuan", ["CNY 3000", "CNY 4000"]),
        ("from 3 to 4 thousand euros", ["EUR 3000", "EUR 4000"]),
        ("$3-4k", ["USD 3000", "USD 4000"]),
        ("HK$300–400 for 5 people", ["HKD 300", "HKD 400"]),
        ("三到四千块", ["CNY 3000", "CNY 4000"]),
        ("三、四千元", ["CNY 3000", "CNY 4000"]),
        ("room 3-400 yuan", ["CNY 400"]),
        ("$100 - 500 people", ["USD 100"]),
    ],
)
def test_both_ends_of_a_price_are_read_with_the_currency_that_one_of_them_has(text: str, amounts: list[str]) -> None:
    assert values(FactKind.AMOUNT, text) == amounts


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("I am from Lahore. They took Rs. 500 and Rs 1,50,000", ["PKR 500", "PKR 150000"]),
        ("Indian, stuck in Dubai: 500 rupees a day", ["INR 500"]),
        ("我在加德满都，交了5万卢比", ["NPR 50000"]),
        ("In Manila they want 20,000 pesos", ["PHP 20000"]),
        ("It was $300.", ["USD 300"]),
        ("票价¥6,000", ["CNY 6000"]),
    ],
)
def test_a_sign_that_several_currencies_share_is_the_one_of_the_storys_places(text: str, amounts: list[str]) -> None:
    assert values(FactKind.AMOUNT, text) == amounts


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("They took Rs 500/-", "Rs 500"),
        ("From India to Nepal for Rs.500", "Rs 500"),
        ("印度尼西亚那边要500卢比", "Rs 500"),
        ("I live in Sydney and paid $3,950", "$ 3950"),
        ("我在东京，花了¥30,000", "¥ 30000"),
        ("本人係港人，酒店$12,000", "$ 12000"),
        ("20,000 pesos", "peso 20000"),
        ("kr 500", "kr 500"),
    ],
)
def test_where_the_story_leaves_it_open_the_sign_stays_and_no_currency_is_said(text: str, amount: str) -> None:
    assert values(FactKind.AMOUNT, text) == [amount]
    assert parse(FactKind.AMOUNT, amount, WRITTEN) == amount
