"""Days that are called by a name or by the lunar calendar: 除夕, 正月十五, Christmas Day, Chinese New Year 2020.

One that stands for the weeks around it (春节期间, the Christmas holidays), or for what came before or after, is no day.
"""

import re
from collections.abc import Iterator
from functools import cache

from tipline.core.fact_extraction import lunar, numerals
from tipline.core.fact_extraction.date_values import DateSpan, OfYear, iso, past
from tipline.core.fact_extraction.folded_text import FoldedText

_FIXED = {"元旦": (1, 1), "国庆节": (10, 1), "平安夜": (12, 24), "圣诞节": (12, 25)}
_LUNAR = {
    "春节": (1, 1),
    "元宵节": (1, 15),
    "端午": (5, 5),
    "七夕": (7, 7),
    "中秋": (8, 15),
    "八月十五": (8, 15),
    "重阳节": (9, 9),
}
_MONTHS = "正二三四五六七八九十冬腊"  # as the lunar months are called; 十一月 and 十二月 too
_YEARS = {"去": -1, "今": 0, "前": -2}
_OTHER_TIMES = re.compile("(?:[每历往]年?的?|过的?|闰|[一二三两几多第]个?|[0-9]个)$")
_AROUND = r"(?!节?(?:假|期间|前|后|之前|之后|以[前后]|左右|档|晚会|联欢|快乐|礼|月饼|[夜晚]?会))"


@cache
def _chinese() -> re.Pattern[str]:
    figure = "初?[一二三四五六七八九十]|十[一二三四五六七八九]|[二廿]十?[一二三四五六七八九]|二十|三十"
    return re.compile(
        r"(?:(?P<y>(?:19|20)\d\d|[12]\d|[〇零一二三四五六七八九]{4}|[去今前]) ?年(?:的)? ?)?"
        rf"(?:(?P<name>{'|'.join([*_FIXED, *_LUNAR])})(?:佳节|节日?|当天|那天)?(?![日号]){_AROUND}"
        rf"|(?P<eve>除夕|大?年(?:三十|30|卅)|大年夜)夜?晚?{_AROUND}"
        rf"|大年(?P<new>初[一二三四五六七八九十]){_AROUND}"
        rf"|(?P<cal>农历|阴历|旧历)?(?P<y2>(?:19|20)\d\d年|[去今前]年)?"
        rf"(?P<m>[{_MONTHS}]|十[一二])月(?P<d>{figure})(?![日号一二三四五六七八九十]){_AROUND})"
    )


@cache
def _english() -> re.Pattern[str]:
    year = r"(?:19|20)\d\d"
    return re.compile(
        rf"(?:\b(?P<before>{year}|last|this) )?\b(?P<name>(?:chinese|lunar) new year|spring festival"
        rf"|mid[- ]autumn festival|christmas|new year)(?:'?s)?(?: (?P<which>eve|day))?\b"
        rf"(?:,? (?:in |of )?(?P<behind>{year})\b)?"
        r"(?! (?:holidays?|break|season|period|rush|gala|travel|week|weekend|party|time|shopping))"
    )


_NO_DAY = re.compile(
    r"\b(?:every|each|before|after|around|by|next|following|first|second|third|another|one|two|three|near|for)"
    r"(?: the)?(?: (?:last|this))? ?$"
)
_ENGLISH: dict[str, tuple[OfYear, OfYear]] = {  # the day itself, and its eve
    "chinese new year": (lambda year: lunar.day(year, 1, 1), lunar.eve),
    "mid autumn festival": (lambda year: lunar.day(year, 8, 15), lambda year: lunar.day(year, 8, 14)),
    "christmas": (lambda year: iso(year, 12, 25), lambda year: iso(year, 12, 24)),
    "new year": (lambda year: iso(year, 1, 1), lambda year: iso(year, 12, 31)),
}
_SAME = {"lunar new year": "chinese new year", "spring festival": "chinese new year"}


def read(reading: FoldedText) -> Iterator[DateSpan]:
    yield from _read_chinese(reading)
    yield from _read_english(reading)


def _read_chinese(reading: FoldedText) -> Iterator[DateSpan]:
    for found in _chinese().finditer(reading.folded):
        start, end = found.span()
        if _OTHER_TIMES.search(reading.folded[max(0, start - 3) : start]):
            continue
        of_year = _named(found) if found["m"] is None else _counted(found)
        if of_year is None:
            continue
        said = found["y"] or (found["y2"] or "").removesuffix("年")
        if said and found["m"] in ("冬", "腊", "十一", "十二"):
            continue  # 2020年腊月 is January 2020 to some, and January 2021 to others
        yield from _span(reading, start, end, of_year, _year(said, reading))


def _named(found: re.Match[str]) -> OfYear | None:
    if found["eve"]:
        return lunar.eve
    if found["new"]:
        number = numerals.han(found["new"][1:]) or 0
        return lambda year: lunar.day(year, 1, number)
    if found["name"] in _FIXED:
        month, number = _FIXED[found["name"]]
        return lambda year: iso(year, month, number)
    month, number = _LUNAR[found["name"]]
    return lambda year: lunar.day(year, month, number)


def _counted(found: re.Match[str]) -> OfYear | None:
    """正月十五, 三月初五; 三月十五 only after 农历, since it is 15 March to many."""
    if not (found["cal"] or found["m"] in ("正", "冬", "腊") or found["d"].startswith("初")):
        return None
    month = {"正": 1, "冬": 11, "腊": 12}.get(found["m"]) or numerals.han(found["m"]) or 0
    number = numerals.han(found["d"].removeprefix("初").replace("廿十", "二十").replace("廿", "二十")) or 0
    return lambda year: lunar.day(year, month, number)


def _year(said: str, reading: FoldedText) -> int | None:
    if not said:
        return None
    if said in _YEARS:
        return reading.written.year + _YEARS[said]
    year = int(said) if said.isascii() else numerals.han(said) or 0
    return year if year >= 100 else 2000 + year


def _read_english(reading: FoldedText) -> Iterator[DateSpan]:
    for found in _english().finditer(reading.folded):
        start, end = found.span()
        name = found["name"].replace("-", " ")
        said = found["behind"] or found["before"] or ""
        if _NO_DAY.search(reading.folded[max(0, start - 24) : start]):
            continue
        if name in ("christmas", "new year") and not found["which"] and (name == "new year" or not said):
            continue  # a season
        day, eve = _ENGLISH[_SAME.get(name, name)]
        of_year = eve if found["which"] == "eve" else day
        yield from _span(reading, start, end, of_year, int(said) if said.isdecimal() else None)


def _span(reading: FoldedText, start: int, end: int, of_year: OfYear, year: int | None) -> Iterator[DateSpan]:
    """Of the year that was said, else the last one that had come."""
    value = of_year(year) if year else past(reading.written, of_year)
    if value:
        yield DateSpan(start, end, value, None if year else of_year)
