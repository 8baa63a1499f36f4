"""Dates in English and Chinese, as "2020-02-03" or "2020-02".

One without a year is the last of its name before the text was written, but for what ends or begins (`coming`). What
could be either of two days (02/03/2020) is none. Of what lasted from one day to another, both days are read, each a
date of its own.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache

from tipline.core.fact_extraction import festivals, numerals, periods, relative_dates, year_inference
from tipline.core.fact_extraction.date_values import DateSpan, iso, months_before, past
from tipline.core.fact_extraction.folded_text import FoldedText, FoundPassage, fold
from tipline.vocabularies import FactKind

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
        rf"|\b(?:(?P<cue>last|this|next|since|in|until|till|from|by|during|early|late|mid|of|before|after|every"
        rf"|between|through)[ -])?"
        rf"(?P<m3>{month})\b\.?(?! (?:the )?\d{{1,2}}(?![\d:]))"
        rf"(?:(?: of)?,? (?P<y3>{year})| (?:of )?(?P<r3>last|this) year)?"
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
        rf"(?:(?P<m>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九]) ?月(?:份)?(?![饼球色亮经光嫂子初廿]|花(?![了费掉钱])"
        rf"|(?P=m)(?![-~至到\d{_HAN}日号个次天])|[二三]?十[一二三四五六七八九]?(?![{_HAN}日号多几个天次]))"
        r"|(?P<rel>上|这|本)个?月(?:份)?)"
        rf"(?: ?(?P<d>{periods.HAN_DAY})(?=[日号]| ?[-~至到] ?(?:{periods.HAN_DAY}) ?[日号]) ?[日号]?)?"
    )


_OTHER_YEAR = re.compile("(?:农历|阴历|旧历|每年|今后|闰|[次翌隔同当那往]年|第二年|大前年)(?:的)?$")
_OTHER_MONTH = re.compile(r"\b(?:following|that|each|previous|same) $")
_SOON = 120  # characters after a date whose year is said
_WEEKS = 3  # months in which it goes on


def read(reading: FoldedText) -> Iterator[FoundPassage]:
    readers = (_read_figures, _read_english, _read_chinese, relative_dates.read, festivals.read)
    spans = _apart(span for spans in readers for span in spans(reading))
    said, until = "", 0
    for span in _apart(periods.read(reading, spans)):
        told = _sequel(said, span, reading.written) if span.of_year and span.start < until else None
        if span.of_year is None:
            said, until = span.value, span.end + _SOON
        elif told is None:
            told = year_inference.told(reading, span)
            if told is None and year_inference.may_come(reading, span, span.of_year):
                continue
        yield FoundPassage(span.start, span.end, FactKind.DATE, told or span.value)


def _apart(spans: Iterable[DateSpan]) -> list[DateSpan]:
    """In order and without overlaps: the first, and the longest of those that begin together."""
    kept: list[DateSpan] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def _sequel(said: str, span: DateSpan, written: date) -> str | None:
    """Soon after a year was said, a date without is of the same weeks: 2020年1月23日离开，2月3日到."""
    for year in (int(said[:4]), int(said[:4]) + 1):
        told = span.of_year(year) if span.of_year else None
        if (
            told
            and 0 <= year_inference.months(told) - year_inference.months(said) <= _WEEKS
            and told <= written.isoformat()
        ):
            return told
    return None


def _read_figures(reading: FoldedText) -> Iterator[DateSpan]:
    for found in _figures().finditer(reading.folded):
        if found["y"] and found["d"] is None and found["s"] == ".":
            continue  # a price, a version
        if (value := _of_figures(found)) is not None:
            yield DateSpan(*found.span(), value)


def _of_figures(found: re.Match[str]) -> str | None:
    if found["y"]:
        return iso(int(found["y"]), int(found["m"]), int(found["d"]) if found["d"] else None)
    a, b, year = int(found["a"]), int(found["b"]), int(found["z"])
    if a > 12 or a == b:
        return iso(year, b, a)
    return iso(year, a, b) if b > 12 else None


def _read_english(reading: FoldedText) -> Iterator[DateSpan]:
    for found in _english().finditer(reading.folded):
        which = next(n for n in "123" if found[f"m{n}"])
        if _meant(reading, found, which, found.start(f"m{which}")):
            yield from _english_span(reading, found, which)


def _start(found: re.Match[str], which: str) -> int:
    """ "last March" with its "last", "since January" without."""
    return found.start() if which != "3" or found["cue"] in ("last", "next", "this") else found.start("m3")


def _end(reading: FoldedText, end: int) -> int:
    return end - 1 if reading.folded[end - 1] == "." else end


def _meant(reading: FoldedText, found: re.Match[str], which: str, begin: int) -> bool:
    """Whether "may" or "march" is the month."""
    if found[f"y{which}"] or found[f"r{which}"]:
        return True
    capital = reading.text[begin].isupper()
    if which != "3":
        ordinal = re.search(r"\d(?:st|nd|rd|th)", found[0]) is not None
        return found[f"m{which}"] not in _WORDS or capital or ordinal
    if _OTHER_MONTH.search(reading.folded[max(0, begin - 12) : begin]):
        return False
    if found["cue"]:
        return (
            found["m3"] not in ("may", "march", "mar", "august")
            or capital
            or found["cue"] in ("since", "last", "until", "in")
        )
    if found["m3"] not in _WORDS:
        return True
    return capital and _first_month().search(reading.folded, max(0, begin - 40), begin) is not None


@cache
def _first_month() -> re.Pattern[str]:
    """What stands before the second month of "between March and May", "from March to May"."""
    return re.compile(rf"\b(?:between|from) (?:{'|'.join(_MONTHS)})\b(?: \d{{4}})? (?:and|to|until|through) $")


def _english_span(reading: FoldedText, found: re.Match[str], which: str) -> Iterator[DateSpan]:
    month, day = _MONTHS[found[f"m{which}"]], int(found[f"d{which}"]) if which != "3" else None
    written, cue = reading.written, found["cue"] if which == "3" else None
    if cue == "every":
        return
    year = None
    if found[f"y{which}"]:
        year = int(found[f"y{which}"])
    elif found[f"r{which}"]:
        year = written.year - (found[f"r{which}"] == "last")
    elif cue == "last":
        year = written.year - (month >= written.month)
    elif cue == "next":
        year = written.year + (month <= written.month)
    yield from _span(_start(found, which), _end(reading, found.end()), written, (year, month, day))


def _read_chinese(reading: FoldedText) -> Iterator[DateSpan]:
    written = reading.written
    for found in _chinese().finditer(reading.folded):
        start, end = found.span()
        if _OTHER_YEAR.search(reading.folded[max(0, start - 4) : start]):
            continue
        day = _han(found["d"]) if found["d"] else None
        if found["rel"]:
            base = months_before(written, 1 if found["rel"] == "上" else 0)
            if base and (day or found["rel"] == "上"):
                yield from _span(start, end, written, (int(base[:4]), int(base[5:7]), day))
            continue
        yield from _span(start, end, written, (_year(found["y"], written), _han(found["m"]), day))


def _span(start: int, end: int, written: date, said: tuple[int | None, int, int | None]) -> Iterator[DateSpan]:
    """A year, month and day as they were said; without a year, the last of its name."""
    year, month, day = said
    value = iso(year, month, day) if year else past(written, lambda year: iso(year, month, day))
    if value is not None:
        yield DateSpan(start, end, value, None if year else lambda year: iso(year, month, day))


def _year(said: str | None, written: date) -> int | None:
    if not said:
        return None
    if said in _YEARS:
        return written.year + _YEARS[said]
    year = _han(said)
    return year if year >= 100 else 2000 + year


def _han(said: str) -> int:
    return int(said) if said.isascii() else numerals.han(said) or 0


def value(typed: str) -> str | None:
    """A date in its one form, as it is typed by those who know it."""
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?", fold(typed).strip()):
        return iso(int(found[1]), int(found[2]), int(found[3]) if found[3] else None)
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
