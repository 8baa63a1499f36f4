"""Words for search, the same on both databases: a text becomes our own stream of tokens.

A stream is words as they stand, folded, Han and kana as overlapping pairs; a mark; then what only single words look
for: stems, and single Han characters. So a quoted phrase meets the words in their order, and a bare word its stem.
"""

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

import Stemmer

from tipline.core.text.han import SIMPLIFIED

TOKENS_VERSION = 5  # grows with each change of what a text's tokens are: older documents are made again

GAP = "\ue000"  # stands between two texts of one document: no phrase reaches over it
EXTRAS = "\ue001"  # what follows, up to the next GAP, has no order

MAX_WORD_LENGTH = 60  # characters of one word that count; a link or a key of base64 is longer

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
TOKEN = re.compile(f"(?P<han>(?:[{_HAN}]{_INSIDE})+)|(?P<word>(?:[^\\W_{_HAN}]{_INSIDE})+)(?:['’]s(?![^\\W_]))?")

_ASCII_WORD = re.compile("([a-z0-9]+)(?:'s(?![a-z0-9]))?")  # what TOKEN finds in folded ASCII, many times faster


_STEMMER = Stemmer.Stemmer("english", 0)
_STEMMING = threading.Lock()  # the stemmer keeps its word in itself, and pages are served by threads


def fold(text: str) -> str:
    """Compatibility forms, case, accents, zero-width characters and traditional characters made alike."""
    if text.isascii():
        return text.lower()
    plain = _DROPPED.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFKC", plain.casefold()).translate(SIMPLIFIED)


@lru_cache(maxsize=10_000)
def stem(word: str) -> str:
    """The English stem of a folded word; words of other scripts and numbers are their own."""
    if not word.isascii() or not word.isalpha():
        return word
    with _STEMMING:
        return str(_STEMMER.stemWord(word))


def runs(folded: str) -> Iterator[tuple[bool, str]]:
    """The words and the Han runs of a folded text, in order: (whether Han, text)."""
    for found in TOKEN.finditer(folded):
        if found["han"]:
            yield True, found["han"]
        else:
            yield False, found["word"][:MAX_WORD_LENGTH]


def pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


def _tokens(folded: str) -> tuple[list[str], dict[str, None]]:
    """Tokens in their order, and those that have none."""
    ordered: list[str] = []
    extras: dict[str, None] = {}
    for han, run in runs(folded):
        if han:
            ordered += pairs(run)
            extras.update(dict.fromkeys(run))
        else:
            ordered.append(run)
            if (stemmed := stem(run)) != run:
                extras[stemmed] = None
    return ordered, extras


def _tokens_of_ascii(folded: str) -> tuple[list[str], dict[str, None]]:
    """As `_tokens`, several times faster."""
    ordered = ascii_words(folded)
    stems = ((stem(word), word) for word in dict.fromkeys(ordered))
    return ordered, {stemmed: None for stemmed, word in stems if stemmed != word}


def ascii_words(folded: str) -> list[str]:
    """As `words`, of folded ASCII."""
    return [word[:MAX_WORD_LENGTH] for word in _ASCII_WORD.findall(folded)]


def ascii_spans(folded: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """As `ascii_words`, each with where it stands."""
    return ((found[1][:MAX_WORD_LENGTH], found.span(1)) for found in _ASCII_WORD.finditer(folded))


def words(text: str) -> list[str]:
    """The words of a text as they stand, folded, Han as overlapping pairs."""
    folded = fold(text)
    if folded.isascii():
        return ascii_words(folded)
    return [word for han, run in runs(folded) for word in (pairs(run) if han else (run,))]


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
