"""Dates in English and Chinese, as "2020-02-03" or "2020-02".

One without a year is the last of its name before the text was written. What could be either of two days (02/03/2020)
is none.
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache

from tipline.core.noticed import numerals
from tipline.core.noticed.reading import Found, Reading, fold
from tipline.words import FactKind

_NAMES = (
    "january jan janurary", "february feb febuary febuary februray", "march mar", "april apr", "may", "june jun",
    "july jul", "august aug", "september sept sep septmber", "october oct", "november nov", "december dec",
)  # fmt: skip
_MONTHS = {name: number for number, names in enumerate(_NAMES, start=1) for name in names.split()}
_WORDS = frozenset({"may", "march", "mar", "april", "june", "august", "jan", "sep", "dec", "jun", "oct", "aug", "apr"})
_HAN = "一二三四五六七八九十"
_YEARS = {"去": -1, "今": 0, "本": 0, "前": -2, "明": 1}


@cache
def _english() -> re.Pattern[str]:
    month = rf"(?:{'|'.join(sorted(_MONTHS, key=len, reverse=True))})"
    year = r"(?:19|20)\d\d(?!\d)"
    return re.compile(
        rf"(?<![\w.])(?<!\d,)(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?: of)?[ -](?P<m1>{month})\b\.?(?:,? ?-?(?P<y1>{year})"
        rf"| (?P<r1>last|this) year)?"
        rf"|\b(?P<m2>{month})\b\.? (?:the )?(?P<d2>\d{{1,2}})(?![\d:])(?:st|nd|rd|th)?\b(?:,? (?P<y2>{year})"
        rf"| (?P<r2>last|this) year)?"
        rf"|\b(?:(?P<cue>last|this|next|since|in|until|till|from|by|during|early|late|mid|of|before|after|every)[ -])?"
        rf"(?P<m3>{month})\b\.?(?! (?:the )?\d{{1,2}}(?![\d:]))"
        rf"(?:(?: of)?,? (?P<y3>{year})| (?:of )?(?P<r3>last|this) year)?"
        r"|\b(?P<day>(?:the day before )?yesterday)\b|\b(?P<last>last) month\b"
    )


@cache
def _figures() -> re.Pattern[str]:
    return re.compile(
        r"(?<![\d./-])(?:(?P<y>(?:19|20)\d\d)(?P<s>[-/.])(?P<m>\d{1,2})(?:(?P=s)(?P<d>\d{1,2}))?"
        r"|(?P<a>\d{1,2})(?P<t>[-/.])(?P<b>\d{1,2})(?P=t)(?P<z>(?:19|20)\d\d))(?![\d/]|[-.]\d)"
    )


@cache
def _chinese() -> re.Pattern[str]:
    return re.compile(
        rf"(?<![\d{_HAN}〇零百千万])(?:(?P<y>(?:19|20)\d\d|[12]\d|[一二]?[〇零一二三四五六七八九]{{2,3}}"
        r"|[去今本前明]) ?年(?:的)? ?)?"
        rf"(?:(?P<m>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九]) ?月(?:份)?(?![饼球色亮经光嫂子]|花(?![了费掉钱]))"
        r"|(?P<rel>上|这)个?月(?:份)?)"
        rf"(?: ?(?P<d>3[01]|[12]\d|0?[1-9]|三十一?|二?十[一二三四五六七八九]?"
        rf"|[一二三四五六七八九])(?:[-~至到]\d{{1,2}})? ?[日号])?"
        r"|(?P<day>昨[天日晚夜]|前天)"
    )


_LUNAR = re.compile("(?:农历|阴历|旧历|每年|今后|闰)(?:的)?$")


_SAID = re.compile(r"(?:19|20)\d\d|年|\byear\b")
_COUNTED = re.compile("last|next|this|yesterday|month|上|这|昨|前天")
_SOON = 120  # characters after a date whose year is said


def read(reading: Reading) -> Iterator[Found]:
    spans = [span for readers in (_read_figures, _read_english, _read_chinese) for span in readers(reading)]
    said, until = "", 0
    for start, end, value in sorted((start, end, value) for start, end, value in spans if value):
        words = reading.folded[start:end]
        if _SAID.search(words):
            said, until = value, end + _SOON
        elif start < until and not _COUNTED.search(words):
            value = _sequel(said, value, reading.written)
        yield Found(start, end, FactKind.DATE, value)


def _sequel(said: str, value: str, written: date) -> str:
    """Soon after a year was said, a date without is of the same weeks: 2020年1月23日离开，2月3日到."""
    year, month = int(said[:4]), int(value[5:7])
    if (month - int(said[5:7])) % 12 > 3:
        return value
    day = int(value[8:]) if len(value) > 7 else None
    told = _iso(year + (month < int(said[5:7])), month, day)
    return told if told and told <= written.isoformat() else value


_Span = tuple[int, int, str | None]


def _read_figures(reading: Reading) -> Iterator[_Span]:
    for found in _figures().finditer(reading.folded):
        if found["y"]:
            if found["d"] is None and found["s"] == ".":
                continue  # a price, a version
            yield *found.span(), _iso(int(found["y"]), int(found["m"]), int(found["d"]) if found["d"] else None)
            continue
        a, b = int(found["a"]), int(found["b"])
        if a > 12 or a == b:
            yield *found.span(), _iso(int(found["z"]), b, a)
        elif b > 12:
            yield *found.span(), _iso(int(found["z"]), a, b)


def _read_english(reading: Reading) -> Iterator[_Span]:
    for found in _english().finditer(reading.folded):
        start, end = found.span()
        if found["day"]:
            yield start, end, _days_before(reading.written, 1 if found["day"] == "yesterday" else 2)
            continue
        if found["last"]:
            yield start, end, _month_before(reading.written)
            continue
        which = next(n for n in "123" if found[f"m{n}"])
        begin = found.start(f"m{which}")
        if _meant(reading, found, which, begin):
            yield _start(found, which), _end(reading, end), _english_value(reading, found, which)


def _start(found: re.Match[str], which: str) -> int:
    """ "last March" with its "last", "since January" without."""
    return found.start() if which != "3" or found["cue"] in ("last", "next", "this") else found.start("m3")


def _end(reading: Reading, end: int) -> int:
    return end - 1 if reading.folded[end - 1] == "." else end


def _meant(reading: Reading, found: re.Match[str], which: str, begin: int) -> bool:
    """Whether "may" or "march" is the month."""
    if found[f"y{which}"] or found[f"r{which}"]:
        return True
    capital = reading.text[begin].isupper()
    if which != "3":
        ordinal = re.search(r"\d(?:st|nd|rd|th)", found[0]) is not None
        return found[f"m{which}"] not in _WORDS or capital or ordinal
    if found["cue"]:
        return (
            found["m3"] not in ("may", "march", "mar", "august")
            or capital
            or found["cue"] in ("since", "last", "until", "in")
        )
    return found["m3"] not in _WORDS


def _english_value(reading: Reading, found: re.Match[str], which: str) -> str | None:
    month = _MONTHS[found[f"m{which}"]]
    day = int(found[f"d{which}"]) if which != "3" else None
    if found[f"y{which}"]:
        return _iso(int(found[f"y{which}"]), month, day)
    if found[f"r{which}"]:
        return _iso(reading.written.year - (found[f"r{which}"] == "last"), month, day)
    cue = found["cue"] if which == "3" else None
    if cue == "every":
        return None
    if cue == "last":
        return _iso(reading.written.year - (month >= reading.written.month), month, None)
    if cue == "next":
        return _iso(reading.written.year + (month <= reading.written.month), month, None)
    return _past(reading.written, month, day)


def _read_chinese(reading: Reading) -> Iterator[_Span]:
    written = reading.written
    for found in _chinese().finditer(reading.folded):
        start, end = found.span()
        if found["day"]:
            yield start, end, _days_before(written, 2 if found["day"] == "前天" else 1)
            continue
        if _LUNAR.search(reading.folded[max(0, start - 4) : start]):
            continue
        day = _han(found["d"]) if found["d"] else None
        if found["rel"]:
            base = _month_before(written) if found["rel"] == "上" else written.isoformat()[:7]
            if day or found["rel"] == "上":
                yield start, end, _iso(int(base[:4]), int(base[5:7]), day)
            continue
        month = _han(found["m"])
        year = _year(found["y"], written)
        yield start, end, _iso(year, month, day) if year else _past(written, month, day)


def _year(said: str | None, written: date) -> int | None:
    if not said:
        return None
    if said in _YEARS:
        return written.year + _YEARS[said]
    year = _han(said)
    return year if year >= 100 else 2000 + year


def _han(said: str) -> int:
    return int(said) if said.isascii() else numerals.han(said) or 0


def _iso(year: int, month: int, day: int | None) -> str | None:
    try:
        exact = date(year, month, day or 1)
    except ValueError:
        return None
    if not 1900 <= exact.year <= 2100:
        return None
    return exact.isoformat() if day else exact.isoformat()[:7]


def _past(written: date, month: int, day: int | None) -> str | None:
    """The last of its name that had come when the text was written."""
    here = (month, day or 1) <= (written.month, written.day)
    return _iso(written.year if here else written.year - 1, month, day)


def _days_before(written: date, days: int) -> str:
    return date.fromordinal(max(1, written.toordinal() - days)).isoformat()


def _month_before(written: date) -> str:
    return _days_before(written.replace(day=1), 1)[:7]


def value(typed: str) -> str | None:
    """A date in its one form, as it is typed by those who know it."""
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?", fold(typed).strip()):
        return _iso(int(found[1]), int(found[2]), int(found[3]) if found[3] else None)
    return None


def shown(value: str, language: str) -> str:
    """3 February 2020, or 2020年2月3日."""
    if not re.fullmatch(r"\d{4}-(?:0[1-9]|1[0-2])(?:-\d\d)?", value):
        return value
    year, month, *day = (int(part) for part in value.split("-"))
    if language.startswith("zh"):
        return f"{year}年{month}月" + (f"{day[0]}日" if day else "")
    name = _NAMES[month - 1].split()[0].capitalize()
    return f"{day[0]} {name} {year}" if day else f"{name} {year}"
