"""Words for search, the same on both databases: a text becomes our own stream of tokens, and so does what is typed.

A stream is words as they stand, folded, Han and kana as overlapping pairs; a mark; then what only single words look
for: stems, and single Han characters. So a quoted phrase meets the words in their order, and a bare word its stem.
"""

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

from tipline.core.han import SIMPLIFIED

TOKENS_VERSION = 1  # grows with each change of what a text's tokens are: older documents are made again

GAP = "\ue000"  # stands between two texts of one document: no phrase reaches over it
EXTRAS = "\ue001"  # what follows, up to the next GAP, has no order

_LONGEST = 60  # characters of one word that count; a link or a key of base64 is longer
_MOST_PARTS = 24  # of one query
_MOST_TYPED = 500  # characters of one query

_HAN = "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
_HAN += "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_ZERO_WIDTH = "\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef"
# Accents of Latin, Greek and Cyrillic, points of Hebrew and Arabic. Vowel signs of India and Thailand stay.
_ACCENTS = "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
_ACCENTS += "\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"


def _vowel_signs() -> str:
    """Marks that Python's \\w leaves out though they stand inside words of Indic and South-East Asian scripts."""
    blocks = (range(0x0900, 0x1D00), range(0xA800, 0xAC00), range(0x11000, 0x12000))
    return "".join(chr(c) for block in blocks for c in block if unicodedata.category(chr(c)).startswith("M"))


_DROPPED = re.compile(f"[{_ZERO_WIDTH}{_ACCENTS}]")
_INSIDE = f"[{_ZERO_WIDTH}{_ACCENTS}{_vowel_signs()}]*"
_TOKEN = re.compile(f"(?P<han>(?:[{_HAN}]{_INSIDE})+)|(?P<word>(?:[^\\W_{_HAN}]{_INSIDE})+)(?:['’]s(?![^\\W_]))?")

_ASCII_WORD = re.compile("([a-z0-9]+)(?:'s(?![a-z0-9]))?")  # what _TOKEN finds in folded ASCII, many times faster

_STEMMER = snowballstemmer.stemmer("english")
_STEMMING = threading.Lock()  # the stemmer keeps its word in itself, and pages are served by threads


def fold(text: str) -> str:
    """Compatibility forms, case, accents, zero-width characters and traditional characters made alike."""
    if text.isascii():
        return text.lower()
    plain = _DROPPED.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFKC", plain.casefold()).translate(SIMPLIFIED)


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The English stem of a folded word; words of other scripts and numbers are their own."""
    if not word.isascii() or not word.isalpha():
        return word
    with _STEMMING:
        return str(_STEMMER.stemWord(word))


def _runs(folded: str) -> Iterator[tuple[bool, str]]:
    """The words and the Han runs of a folded text, in order: (whether Han, text)."""
    for found in _TOKEN.finditer(folded):
        if found["han"]:
            yield True, found["han"]
        else:
            yield False, found["word"][:_LONGEST]


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


def _tokens(folded: str) -> tuple[list[str], dict[str, None]]:
    """Tokens in their order, and those that have none."""
    ordered: list[str] = []
    extras: dict[str, None] = {}
    for han, run in _runs(folded):
        if han:
            ordered += _pairs(run)
            extras.update(dict.fromkeys(run))
        else:
            ordered.append(run)
            if (stemmed := stem(run)) != run:
                extras[stemmed] = None
    return ordered, extras


def _tokens_of_ascii(folded: str) -> tuple[list[str], dict[str, None]]:
    """As `_tokens`, several times faster."""
    ordered = [word[:_LONGEST] for word in _ASCII_WORD.findall(folded)]
    stems = ((stem(word), word) for word in dict.fromkeys(ordered))
    return ordered, {stemmed: None for stemmed, word in stems if stemmed != word}


def words(text: str) -> list[str]:
    """The words of a text as they stand, folded, Han as overlapping pairs."""
    folded = fold(text)
    if folded.isascii():
        return [word[:_LONGEST] for word in _ASCII_WORD.findall(folded)]
    return [word for han, run in _runs(folded) for word in (_pairs(run) if han else (run,))]


def document(text: str) -> str:
    """The token stream of one text, separated by spaces; "" where there are no words."""
    folded = fold(text)
    ordered, extras = _tokens_of_ascii(folded) if folded.isascii() else _tokens(folded)
    if not ordered:
        return ""
    return " ".join([*ordered, EXTRAS, *extras] if extras else ordered)


def documents(texts: Iterable[str]) -> str:
    """One stream of several texts that no phrase reaches across."""
    return f" {GAP} ".join(stream for text in texts if (stream := document(text)))


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: every part must be there, a part's tokens one after the other.

    Tokens are letters, digits and marks only, so no syntax of a database can be among them.
    """

    parts: tuple[tuple[str, ...], ...]
    terms: tuple[str, ...]  # for `excerpt`: folded words, stems and Han runs

    def __bool__(self) -> bool:
        return bool(self.parts)


_CHUNK = re.compile(r'"([^"]*)"?|([^\s"]+)')
_QUOTES = str.maketrans("“”„‟«»「」『』＂", '"' * 11)


def query(typed: str) -> Query:
    """Read what a person typed: words (all of them, by stem), "phrases" (as they stand), Han in one run as a phrase.

    Nothing that can be typed raises; where no words are in it the query is empty.
    """
    parts: dict[tuple[str, ...], None] = {}
    terms: dict[str, None] = {}
    for chunk in _CHUNK.finditer(typed[:_MOST_TYPED].translate(_QUOTES)):
        quoted, bare = chunk.groups()
        runs = list(_runs(fold(quoted if bare is None else bare)))
        terms.update(dict.fromkeys(run if han or bare is None else stem(run) for han, run in runs))
        parts.update(dict.fromkeys(_bare(runs) if bare else _phrases(runs)))
    return Query(tuple(parts)[:_MOST_PARTS], tuple(terms))


def _bare(runs: list[tuple[bool, str]]) -> Iterator[tuple[str, ...]]:
    """One word by its stem; words that punctuation ties ("covid-19", "2021-07") as a phrase; Han runs by themselves."""
    if len(runs) == 1 and not runs[0][0]:
        yield (stem(runs[0][1]),)
        return
    words: list[str] = []
    for han, run in [*runs, (True, "")]:
        if not han:
            words.append(run)
            continue
        if words:
            yield tuple(words) if len(words) > 1 else (stem(words[0]),)
            words = []
        if run:
            yield tuple(_pairs(run))


def _phrases(runs: list[tuple[bool, str]]) -> Iterator[tuple[str, ...]]:
    """A quoted phrase; it ends at a single Han character, which in a text may be half of a pair."""
    phrase: list[str] = []
    for han, run in runs:
        if han and len(run) == 1:
            if phrase:
                yield tuple(phrase)
            phrase = []
            yield (run,)
        else:
            phrase += _pairs(run) if han else [run]
    if phrase:
        yield tuple(phrase)


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text to show, and whether it is what was looked for."""

    text: str
    marked: bool


def excerpt(text: str, terms: Iterable[str], length: int = 160) -> list[Segment]:
    """The part of a text around the first words that were looked for, cut at spaces, its words marked.

    Without any of them, its beginning.
    """
    spans = _spans(text, frozenset(terms))
    start, end = _window(text, spans[0][0] if spans else 0, length)
    segments: list[Segment] = [Segment("…", False)] if start else []
    at = start
    for a, b in spans:
        if a < at or b > end:
            continue
        if a > at:
            segments.append(Segment(text[at:a], False))
        segments.append(Segment(text[a:b], True))
        at = b
    if at < end:
        segments.append(Segment(text[at:end], False))
    return [*segments, Segment("…", False)] if end < len(text) else segments


def marked(text: str, terms: Iterable[str]) -> list[Segment]:
    """The whole text, the words that were looked for marked."""
    return excerpt(text, terms, length=len(text) + 1)


def _window(text: str, hit: int, length: int) -> tuple[int, int]:
    """Where to cut so that a hit stands in the first third, between words where there are spaces."""
    if len(text) <= length:
        return 0, len(text)
    start = max(0, min(hit - length // 3, len(text) - length))
    end = min(len(text), start + length)
    if start and (space := text.find(" ", start, min(hit, start + 20))) >= 0:
        start = space + 1
    if end < len(text) and (space := text.rfind(" ", max(hit + 1, end - 20), end)) >= 0:
        end = space
    return start, end


def _spans(text: str, terms: frozenset[str]) -> list[tuple[int, int]]:
    """Where the terms stand in a text, by its own offsets, in order and apart."""
    spans: list[tuple[int, int]] = []
    if not terms:
        return spans
    han = [term for term in terms if _TOKEN.match(term) and _TOKEN.match(term)["han"]]  # type: ignore[index]
    for found in _TOKEN.finditer(text):
        if found["han"]:
            run = "".join(fold(c)[:1] or c for c in found["han"])  # one for one, so that offsets hold
            hits = sorted((m.start(), m.end()) for term in han for m in re.finditer(re.escape(term), run))
            for a, b in hits:
                a, b = a + found.start(), b + found.start()
                if spans and a <= spans[-1][1]:
                    spans[-1] = (min(a, spans[-1][0]), max(b, spans[-1][1]))
                else:
                    spans.append((a, b))
        else:
            word = fold(found["word"])[:_LONGEST]
            if word in terms or stem(word) in terms:
                spans.append(found.span("word"))
    return spans
