"""Numbers as people write them: 30,000 and 2 000, 3.5万, 三万二, 二〇二〇, "two thousand"."""

import re
from decimal import Decimal

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_POWERFUL = "百千万"
_MYRIADS = {"万": 10_000, "亿": 100_000_000}
HAN_NUMBER = "零〇一二两三四五六七八九十百千万亿"

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS = {word: n for n, word in enumerate(_ONES)} | {word: 10 * n for n, word in enumerate(_TENS, start=2)}
_INDIAN = dict.fromkeys(("lakh", "lakhs", "lac", "lacs"), 100_000) | {"crore": 10_000_000, "crores": 10_000_000}
_POWERS = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000} | _INDIAN
SCALES = {
    "": 1, "k": 1000, "thousand": 1000, "m": 1_000_000, "mn": 1_000_000, "million": 1_000_000, "bn": 1_000_000_000,
    "billion": 1_000_000_000, "百": 100, "千": 1000, "万": 10_000, "w": 10_000, "十万": 100_000, "百万": 1_000_000,
    "千万": 10_000_000, "亿": 100_000_000,
} | _INDIAN  # fmt: skip
SMALL = _ONES[1:13]  # words that people count months in
ENGLISH_NUMBER = "|".join(sorted([*_WORDS, *_POWERS, "half"], key=len, reverse=True))


def han(written: str) -> int | None:
    """A number in Chinese numerals, with the last unit left out as people do: 三万二 is 32,000; digits alone too."""
    if all(c in _DIGITS for c in written):
        return int("".join(str(_DIGITS[c]) for c in written)) if written else None
    if written and written[0] in _POWERFUL:  # 萬五 is 15,000 to Cantonese; what stood before 千 in 几千 is no number
        return han(f"一{written}") if len(written) == 2 and _DIGITS.get(written[1], 0) > 0 else None
    total = section = digit = 0
    last = 1  # of the unit before, for 两千五
    for place, c in enumerate(written):
        if c in _DIGITS:
            if digit:
                return None  # 三四万 is no number that anybody knows
            digit = _DIGITS[c]
            if digit == 0:
                last = 10  # 三万零五 is 30,005
        elif c in _UNITS:
            section += (digit or (1 if c == "十" else 0)) * _UNITS[c]
            digit, last = 0, _UNITS[c]
        elif c in _MYRIADS:
            if place == 0:
                return None
            total += (section + digit) * _MYRIADS[c] if total == 0 or c == "万" else 0
            if c == "亿" and total and section == 0 and digit == 0:
                return None
            section, digit, last = 0, 0, _MYRIADS[c]
        else:
            return None
    short = digit and last >= 100 and written[-2:-1] and written[-2] not in _DIGITS
    return total + section + (digit * last // 10 if short else digit)


def english(written: str) -> int | None:
    """A number in English words: "two thousand five hundred", "half a million". A bare "thousand" is no number."""
    words = re.findall("[a-z]+", written)
    if words[:2] == ["half", "a"] and len(words) == 3 and words[2] in _POWERS:
        return _POWERS[words[2]] // 2
    if not words or words[0] in _POWERS:
        return None
    total = part = 0
    for word in words:
        if word in _WORDS:
            if part % 10 or (part % 100 and _WORDS[word] > 9):
                return None  # "one two three" is no number
            part += _WORDS[word]
        elif word == "hundred":
            part = (part or 1) * 100
        elif word in _POWERS:
            total, part = total + (part or 1) * _POWERS[word], 0
        elif word not in ("and", "a"):
            return None
    return total + part or None


def plain(written: str, scale: str = "") -> Decimal:
    """A number in figures, with what multiplies it: ("3.5", "万"); 1.500 and 1.500,50 as many write them, too."""
    if scale and written.count(".") == 1:
        return Decimal(re.sub("[, ']", "", written)) * SCALES[scale]
    whole, _, cents = re.sub(r"[.,](\d{1,2})$", r"|\1", written).partition("|")
    figures = "".join(filter(str.isdecimal, whole))
    return Decimal(f"{figures}.{cents or 0}") * SCALES.get(scale, 1)


def text(number: Decimal | int) -> str:
    """Without zeros behind the point, and without exponents."""
    whole = Decimal(number).quantize(Decimal("0.01")).normalize()
    return f"{whole:f}"
