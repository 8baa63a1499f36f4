"""Amounts of money, as ISO 4217 and a plain number: a number counts where a currency stands before or behind it.

A sign that several currencies share is one of them by the places of the story, and else stays what it is: "Rs 500".
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from tipline.core.fact_extraction import numerals
from tipline.core.fact_extraction.folded_text import FoldedText, FoundPassage, fold
from tipline.core.fact_extraction.name_index import listed
from tipline.vocabularies import FactKind

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
_CAPITALS = frozenset(
    {"try", "pen", "cop", "mop", "rub", "mad", "rm", "nt", "sar", "all", "nis"}
)  # words, in small letters
_NOT_MONEY = re.compile(
    r"块(?![钱人港台])[\u4e00-\u9fff]?[石蛋肉糖板地布砖田表玉牌饼瓦木]|元[旦月素宵首老]|欧[洲盟]|刀[子片]"
    r"|pounds (?:heavi|light|of weight)"
)
_TO = re.compile(r" ?(?:-{1,2}|~|[至到、]|to) ?")
_CLOSE = re.compile("[-~至到]")  # after a currency: "$100 - 500 people" are two things
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
        r"(?:(?<!\d)(?<!\d[.,])(?P<figures>(?:\d{1,2}(?:,\d\d){1,3},\d{3}"
        r"|\d{1,3}(?:[,.' ]\d{3}){1,4}(?!\d)(?:[.,]\d{1,2}(?!\d))?"
        r"|\d{1,12}(?:\.\d{1,4}|,\d{1,2}(?!\d))?))(?!\d)"
        r" ?(?P<scale>[kw](?![a-z0-9])|mn?\b|bn\b|thousand\b|million\b|billion\b|lakhs?\b|lacs?\b|crores?\b"
        r"|[十百千]?万|[百千亿])?"
        r"(?:(?<=万)(?P<tail>[1-9一二三四五六七八九])千?(?![\d千百十万]))?"
        rf"|(?<![几数{numerals.HAN_NUMBER}])(?!(?<=[上好])[百千万])(?P<han>[{numerals.HAN_NUMBER}]{{1,16}}))"
        r"(?P<more>[多余来](?P<myriad>[万亿])?)?"
        rf"|(?P<words>\b(?:(?<!few )(?:an? ))?(?:{words})(?:[ -](?:and |a )?(?:{words})){{0,9}}\b)"
    )


@cache
def _units(side: str) -> dict[str, str]:
    """Currencies, and signs that several share, by what stands before or behind a number; the longest first."""
    units = {unit: code for code, entry in listed("currencies").items() for unit in (*entry[side], code.lower())}
    units |= {unit: sign for sign, entry in listed("signs").items() for unit in entry[side]}
    return dict(sorted(units.items(), key=lambda unit: -len(unit[0])))


@cache
def _behind() -> re.Pattern[str]:
    ends = {unit: "(?![a-z0-9])" * (unit[-1].isalpha() and unit.isascii()) for unit in _units("behind")}
    return re.compile(f" ?({'|'.join(re.escape(unit) + end for unit, end in ends.items())})")


@cache
def _before() -> re.Pattern[str]:
    names = ("(?<![a-z])" * unit[0].isascii() + re.escape(unit) for unit in _units("before"))
    return re.compile(rf"({'|'.join(names)})(?: ?\$)? ?$")


class _Amount(NamedTuple):
    """A number with what stands beside it. `code`: of a currency, a sign that several share, or "" of a bare number."""

    start: int
    end: int
    code: str
    number: Decimal
    scale: int  # what multiplied it: lent to the lower end of "5-6 thousand dollars"
    first: int  # where its figures begin


def read(reading: FoldedText) -> Iterator[FoundPassage]:
    amounts = list(_amounts(reading))
    for at in range(len(amounts) - 1):
        amounts[at : at + 2] = _both_ends(reading.folded, amounts[at], amounts[at + 1])
    priced = [amount for amount in amounts if amount.code]
    signs = {amount.code for amount in priced} & listed("signs").keys()
    meant = {sign: _currency(reading, sign) for sign in signs}  # once, since it looks through the whole text
    for amount in priced:
        value = _written(meant.get(amount.code, amount.code), amount.number)
        yield FoundPassage(amount.start, amount.end, FactKind.AMOUNT, value)


def _amounts(reading: FoldedText) -> Iterator[_Amount]:
    done = 0  # up to here: a currency behind one number is not before the next
    for number in _number().finditer(reading.folded):
        if (amount := _value(number)) is not None:
            start, done, code = _priced_at(reading, number, amount, done)
            yield _Amount(start, done, code, amount, _scale(number), number.start())


def _scale(number: re.Match[str]) -> int:
    last = number["scale"] or (number["han"] or "")[-1:]
    return numerals.SCALES.get(last, 1)


def _priced_at(reading: FoldedText, number: re.Match[str], amount: Decimal, done: int) -> tuple[int, int, str]:
    """Where an amount begins and ends with its currency, and which that is."""
    text, (start, end) = reading.folded, number.span()
    before = _before().search(text, max(done, start - 12), start)
    behind = _behind().match(text, end)
    if before and before[1] in _CAPITALS and not reading.text[start - len(before[0])].isupper():
        before = None
    if behind and behind[1] in _CAPITALS and not reading.text[behind.end() - 1].isupper():
        behind = None
    last = behind.end() if behind else end - text[start:end].endswith(" ")
    if before and behind and text[behind.end() : behind.end() + 1].isdecimal():
        behind, last = None, end
    unit = _units("behind")[behind[1]] if behind else ""
    if before:
        code = _units("before")[before[1]]
        more = code in listed("signs") and unit in listed("signs")[code]["of"]  # "$5,000 AUD"
        return before.start(), last, unit if more else code
    if behind and _money(text, start, behind, amount):
        return start, last, unit
    return start, last, "CNY" if _priced(text, number) else ""


def _both_ends(text: str, low: _Amount, high: _Amount) -> tuple[_Amount, _Amount]:
    """ "3,000-4,000 yuan", "$3-4k", 三到四千块: one end lends the other its currency, and the upper one its scale."""
    between = _TO if high.code else _CLOSE
    if bool(low.code) == bool(high.code) or not between.fullmatch(text, low.end, high.first):
        return low, high
    number = low.number * (high.scale if low.scale == 1 and low.number < high.number / high.scale else 1)
    if not high.number / 10 <= number < high.number:
        return low, high
    code = low.code or high.code
    return low._replace(code=code, number=number), high._replace(code=code)


def _value(number: re.Match[str]) -> Decimal | None:
    """三千多 is no less than 3,000, and read as such; 一百多万 as a million; 几百 is no number."""
    if number["words"]:
        read = numerals.english(number["words"])
        return None if read is None else Decimal(read)
    if number["han"]:
        amount = Decimal(numerals.han(number["han"]) or 0)
        if not amount:
            return None
    else:
        amount = numerals.plain(number["figures"], number["scale"] or "")
    if number["tail"]:
        amount += 1000 * (numerals.han(number["tail"]) or int(number["tail"]))
    return amount * numerals.SCALES[number["myriad"] or ""]


def _currency(reading: FoldedText, sign: str) -> str:
    """Which of the currencies that share a sign the story's places speak for; the sign itself where they leave it
    open."""
    entry = listed("signs")[sign]
    named = {code for code, names in _places(sign).items() if names.search(reading.names)}
    if "usual" in entry:
        return str(entry["usual"]) if named <= {entry["usual"]} else sign
    return named.pop() if len(named) == 1 else sign


@cache
def _places(sign: str) -> dict[str, re.Pattern[str]]:
    of = listed("signs")[sign]["of"]
    latin = {code: "|".join(name for name in names if name.isascii()) for code, names in of.items()}
    han = {code: "|".join(name for name in names if not name.isascii()) for code, names in of.items()}
    return {code: re.compile(rf"\b(?:{latin[code]})\b|(?:{han[code]})(?!尼)") for code in of if latin[code]}


def _written(code: str, amount: Decimal) -> str:
    return f"{code} {numerals.text(amount)}"


def _money(text: str, start: int, behind: re.Match[str], amount: Decimal) -> bool:
    """Whether a unit that is a word of other things too means money here."""
    unit = behind[1]
    if amount < _LEAST.get(unit, 0) or _NOT_MONEY.match(text, behind.end() - len(unit)):
        return False
    return unit != "pounds" or not _SHED.search(text[max(0, start - 30) : start])


def _priced(text: str, number: re.Match[str]) -> bool:
    """票价三万二: no currency, but a price, in thousands; in yuan, where no other Chinese money is spoken of."""
    scales = ("千", "万", "w", "k")
    thousands = (number["han"] or "")[1:2] in tuple("千万十百") or (number["scale"] or "").endswith(scales)
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
    known = {one.lower(): one for one in (*listed("currencies"), *listed("signs"))}
    if code in known and re.fullmatch(r"\d[\d, ]{0,20}(?:\.\d{1,4})?", number):
        return _written(known[code], numerals.plain(number))
    return None


def shown(value: str) -> str:
    """With its thousands apart; the code says more than a sign that five currencies share."""
    code, _, number = value.partition(" ")
    whole, point, rest = number.partition(".")
    return f"{code} {int(whole):,}{point}{rest}" if whole.isdigit() else value
