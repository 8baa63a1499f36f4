"""Amounts of money, as ISO 4217 and a plain number: a number counts where a currency stands before or behind it."""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache

from tipline.core.noticed import numerals
from tipline.core.noticed.names import listed
from tipline.core.noticed.reading import Found, Reading, fold
from tipline.words import FactKind

# Words of other things as well: how much it must be, and what must not follow.
_LEAST = {
    "块": 10,
    "刀": 100,
    "欧": 50,
    "镑": 50,
    "蚊": 10,
    "won": 1000,
    "pounds": 100,
    "铢": 10,
    "dong": 1000,
    "nt": 100,
}
_CAPITALS = frozenset({"try", "pen", "cop", "mop", "rub", "mad", "rm", "nt", "sar", "all"})  # words, in small letters
_NOT_MONEY = re.compile(
    r"块(?![钱人港台])[\u4e00-\u9fff]?[石蛋肉糖板地布砖田表玉牌饼瓦木]|元[旦月素宵首老]|欧[洲盟]|刀[子片]"
    r"|pounds (?:heavi|light|of weight)"
)
_SHED = re.compile(r"\b(?:lost|gained|weigh\w*|shed|dropped) (?:\w+ ){0,3}$")
_PRICE = re.compile(
    r"(?:票价|房租|店租|租金|工资|学费|押金|机票|的票|费用?|收费|要价|罚款?|[付交花赔罚收欠借给]了|涨到|加急|月薪|存了)[^，。！？；\d\n]{0,4}$"
)
_COUNTED = re.compile(
    r" ?(?:[-~至到]? ?[\d一二三四五六七八九十]|%"
    r"|[个人名公里次年天月日号岁点小时分米斤吨件份辆股户字步度条台张句层楼平位倍成多余几])"
)


@cache
def _number() -> re.Pattern[str]:
    """Figures with what multiplies them, Chinese numerals, English words: each run of them once."""
    words = numerals.ENGLISH_NUMBER
    return re.compile(
        r"(?<![\d.])(?<!\d,)(?P<figures>(?:\d{1,3}(?:[,.' ]\d{3}){1,4}(?!\d)(?:[.,]\d{1,2}(?!\d))?"
        r"|\d{1,12}(?:\.\d{1,4}|,\d{1,2}(?!\d))?))(?!\d)"
        r" ?(?P<scale>k\b|mn?\b|bn\b|thousand\b|million\b|billion\b|[十百千]?万|[百千亿])?"
        r"(?:(?<=万)(?P<tail>[1-9一二三四五六七八九])千?(?![\d千百十万]))?"
        rf"|(?P<han>[{numerals.HAN_NUMBER}]{{1,16}})"
        rf"|(?P<words>\b(?:{words})(?:[ -](?:and |a )?(?:{words})){{0,9}}\b)"
    )


@cache
def _units(side: str) -> dict[str, str]:
    """Codes of currencies by what stands before or behind a number; the longest first."""
    table = listed("currencies")
    units = {unit: code for code, entry in table.items() for unit in (*entry[side], code.lower())}
    return dict(sorted(units.items(), key=lambda unit: -len(unit[0])))


@cache
def _behind() -> re.Pattern[str]:
    names = (re.escape(unit) + (r"\b" if unit[-1].isalpha() and unit.isascii() else "") for unit in _units("behind"))
    return re.compile(f" ?(?:{'|'.join(names)})")


@cache
def _before() -> re.Pattern[str]:
    names = (
        ("(?<![a-z])" if unit[0].isascii() and unit[0].isalpha() else "") + re.escape(unit) for unit in _units("before")
    )
    return re.compile(f"({'|'.join(names)}) ?$")


def read(reading: Reading) -> Iterator[Found]:
    text = reading.folded
    done = 0  # up to here: a currency behind one number is not before the next
    for number in _number().finditer(text):
        start, end = number.span()
        amount = _value(number)
        if amount is None:
            continue
        before = _before().search(text[max(done, start - 10) : start])
        behind = _behind().match(text, end)
        if before and before[1] in _CAPITALS and not reading.text[start - len(before[0])].isupper():
            before = None
        if behind and behind[0].strip() in _CAPITALS and not reading.text[behind.end() - 1].isupper():
            behind = None
        last = behind.end() if behind else end - text[start:end].endswith(" ")
        done = last
        if before and behind and text[behind.end() : behind.end() + 1].isdecimal():
            behind, last = None, end
        if before:
            yield _found(start - len(before[0]), last, _units("before")[before[1]], amount)
        elif behind and _money(text, start, behind, amount):
            yield _found(start, last, _units("behind")[behind[0].strip()], amount)
        elif _priced(text, number):
            yield _found(start, last, "CNY", amount)


def _value(number: re.Match[str]) -> Decimal | None:
    if number["figures"]:
        amount = numerals.plain(number["figures"], number["scale"] or "")
        return (
            amount + 1000 * (int(number["tail"]) if number["tail"].isascii() else numerals.han(number["tail"]) or 0)
            if number["tail"]
            else amount
        )
    read = numerals.han(number["han"]) if number["han"] else numerals.english(number["words"])
    return None if read is None else Decimal(read)


def _found(start: int, end: int, code: str, amount: Decimal) -> Found:
    return Found(start, end, FactKind.AMOUNT, _written(code, amount))


def _written(code: str, amount: Decimal) -> str:
    return f"{code} {numerals.text(amount)}"


def _money(text: str, start: int, behind: re.Match[str], amount: Decimal) -> bool:
    """Whether a unit that is a word of other things too means money here."""
    unit = behind[0].strip()
    if amount < _LEAST.get(unit, 0) or _NOT_MONEY.match(text, behind.end() - len(unit)):
        return False
    return unit != "pounds" or not _SHED.search(text[max(0, start - 30) : start])


def _priced(text: str, number: re.Match[str]) -> bool:
    """票价三万二: no currency, but a price, in thousands; in yuan, where no other Chinese money is spoken of."""
    thousands = (number["han"] or "")[1:2] in tuple("千万十百") or (number["scale"] or "").endswith(("千", "万"))
    big = thousands or (number["figures"] is not None and len(number["figures"]) >= 3)
    if (
        not big
        or _COUNTED.match(text, number.end())
        or not _PRICE.search(text[max(0, number.start() - 12) : number.start()])
    ):
        return False
    return not re.search("港币|港元|台币|hk\\$|澳门币|蚊", text)


def value(typed: str) -> str | None:
    """An amount that a person typed, with its currency before or behind."""
    code, _, number = fold(typed).strip().partition(" ")
    if code.upper() in listed("currencies") and re.fullmatch(r"\d[\d, ]{0,20}(?:\.\d{1,4})?", number):
        return _written(code.upper(), numerals.plain(number))
    return None


def shown(value: str) -> str:
    """With its thousands apart; the code says more than a sign that five currencies share."""
    code, _, number = value.partition(" ")
    whole, point, rest = number.partition(".")
    return f"{code} {int(whole):,}{point}{rest}" if whole.isdigit() else value
