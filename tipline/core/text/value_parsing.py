"""Numbers, days, months and links as people write them: other digits, other separators, month names, 2021年6月.

What can be read in two ways ("3/4/2021", where the language does not say) is not read at all: the form asks again.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import MAXYEAR, date
from functools import lru_cache
from urllib.parse import urlsplit

from babel import Locale, UnknownLocaleError

DIGITS = r"(?:\d{1,3}(?:[,.’' ]\d{3})+|\d+)(?:[.,]\d+)?"
NUMBER = re.compile(rf"[-+]?{DIGITS}")
YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年 ]\s*(\d{1,2})\s*[-/.月 ]\s*(\d{1,2})\s*[日号號]?")
YEAR_LAST = re.compile(r"(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*[-/.]\s*(\d{4})")
YEAR_MONTH = re.compile(r"(\d{4})\s*[-/.年 ]\s*(\d{1,2})\s*月?")
MONTH_YEAR = re.compile(r"(\d{1,2})\s*[-/. ]\s*(\d{4})")
WORDS = re.compile(r"\d+|[^\W\d_]+")
MONTH_FIRST = frozenset({"US", "PH", "CA"})  # where 3/4 may be the fourth of March
MAX_LINK_LENGTH = 2000
MAX_VALUE_LENGTH = (
    100  # signs in a number, day or month: int() refuses thousands of digits, and float() makes them infinite
)


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a year."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"


def plain(text: str) -> str:
    """Full-width and other scripts' digits, signs and spaces as the keyboard has them."""
    folded = unicodedata.normalize("NFKC", text).replace("−", "-").replace("٫", ".").replace("٬", ",")
    digits = (str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in folded)
    return " ".join("".join(digits).split())


def number(text: str, language: str) -> float | None:
    """ "1,234.5", "1.234,5", "1 234", "１８": a number; None where it is none. The language reads a lone separator."""
    said = plain(text)
    if len(said) > MAX_VALUE_LENGTH or not NUMBER.fullmatch(said):
        return None
    said = re.sub(r"[ ’']", "", said)
    marks = [sign for sign in said if sign in ".,"]
    if len(set(marks)) == 2:
        decimal = marks[-1]
        if marks.count(decimal) > 1:
            return None
    elif len(marks) == 1:
        other = "," if _decimal_of(language) == "." else "."
        grouped = re.fullmatch(rf"[-+]?\d{{1,3}}\{other}\d{{3}}", said)
        decimal = "" if grouped else marks[0]
    else:
        decimal = ""  # none, or "1,234,567"
    whole = "".join("." if sign == decimal else sign for sign in said if sign == decimal or sign not in ".,")
    return float(whole)


def written(value: float) -> str:
    """A number as the desk reads it: 18, 2.5."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.10g}"


def day(text: str, language: str) -> date | None:
    """A day, however it is written; None where it can't be read, or could be two."""
    said = plain(text)
    if not said or len(said) > MAX_VALUE_LENGTH:
        return None
    if re.fullmatch(r"\d{8}", said):
        said = f"{said[:4]}-{said[4:6]}-{said[6:]}"
    if found := YEAR_FIRST.fullmatch(said):
        return _date(*(int(part) for part in found.groups()))
    if found := YEAR_LAST.fullmatch(said):
        one, sign, two, year = int(found[1]), found[2], int(found[3]), int(found[4])
        if sign == "/" and one <= 12 and two <= 12 and one != two and _month_may_lead(language):
            return None
        return _date(year, one, two) if two > 12 else _date(year, two, one)
    words = WORDS.findall(said.casefold())
    month = _month_in(words, language)
    numbers = [int(word) for word in words if word.isdecimal()]
    years = [n for n in numbers if n > 999]
    days = [n for n in numbers if n <= 31]
    if month and len(years) == len(days) == 1 and len(numbers) == 2:
        return _date(years[0], month, days[0])
    return None


def month(text: str, language: str) -> Month | None:
    """A month of a year; None where it can't be read. A whole day says its month too."""
    said = plain(text)
    if len(said) > MAX_VALUE_LENGTH:
        return None
    if re.fullmatch(r"\d{6}", said):
        said = f"{said[:4]}-{said[4:]}"
    if found := YEAR_MONTH.fullmatch(said):
        return _month(int(found[1]), int(found[2]))
    if found := MONTH_YEAR.fullmatch(said):
        return _month(int(found[2]), int(found[1]))
    words = WORDS.findall(said.casefold())
    named, numbers = _month_in(words, language), [int(word) for word in words if word.isdecimal()]
    if named and len(numbers) == 1 and numbers[0] > 999:
        return _month(numbers[0], named)
    whole = day(text, language)
    return Month(whole.year, whole.month) if whole else None


def link(text: str) -> str | None:
    """A web address, with https:// where it names no scheme; None for any other scheme, or what is no address."""
    said = unicodedata.normalize("NFKC", text).strip()
    if not said or len(said) > MAX_LINK_LENGTH or any(sign.isspace() or not sign.isprintable() for sign in said):
        return None
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:(?!\d+(?:/|$))", said):
        said = f"https://{said.removeprefix('//')}"
    try:
        parts = urlsplit(said)
        host = parts.hostname or ""
        _port = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or parts.username is not None or "\\" in said:
        return None
    return said if re.fullmatch(r"[\w-]+(?:\.[\w-]+)+", host) else None


def phone(text: str) -> str | None:
    """A phone number as it was written, with plain digits; None where it can be none."""
    said = plain(text)
    digits = sum(sign.isdigit() for sign in said)
    extension = re.sub(r"(?i)\b(?:ext|x|分机|轉|转)\.?\s*", "", said)
    return said if 5 <= digits <= 20 and re.fullmatch(r"\+?[\d\s()./#*-]+", extension) else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None


def _month(year: int, month: int) -> Month | None:
    return Month(year, month) if 1 <= month <= 12 and 999 < year <= MAXYEAR else None


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale.parse("en")


def _decimal_of(language: str) -> str:
    symbols = _locale(language).number_symbols
    return str(symbols.get("latn", symbols).get("decimal", "."))


def _month_may_lead(language: str) -> bool:
    locale = _locale(language)
    return locale.language == "en" and (locale.territory is None or locale.territory in MONTH_FIRST)


def _month_in(words: list[str], language: str) -> int:
    """The month that is named among these words, in the language or in English; 0 for none or two."""
    names = _months(language)
    named = {names[word] for word in words if word in names}
    return named.pop() if len(named) == 1 else 0


@lru_cache(maxsize=64)
def _months(language: str) -> dict[str, int]:
    names: dict[str, int] = {}
    for locale in (Locale.parse("en"), _locale(language)):
        for form in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for at, name in locale.months[form][width].items():
                    if any(sign.isalpha() for sign in name):
                        names[name.casefold().strip(".")] = at
    return names
