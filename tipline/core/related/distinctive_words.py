"""The words of a story that may tell what it is about: names, numbers of flights, and what is seldom said.

How seldom only the index knows; here is left out what says nothing in any story, and told what looks like a name.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

from tipline.core.text.search_query import TokenRun
from tipline.core.text.tokens import MAX_WORD_LENGTH, TOKEN, fold, pairs, runs, stem

MIN_LETTERS = 3  # letters
MAX_CODE_LENGTH = 6  # a flight, MU5101; longer ones are of passports and bookings, and belong in no address of a list
MAX_ACRONYM_LENGTH = 5  # longer words in capitals are said aloud
MAX_WORDS = 240  # words of one story
MAX_RUN_LENGTH = 12  # characters of Han that two stories share
_ENDS = re.compile(r"[^\w\s,&/]")  # what follows a stop, a dash or a quotation mark has a capital anyhow
_NO_NAMES = {
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "english", "chinese",
    "mandarin", "dear", "mrs", "sir", "madam", "internet", "covid",
}  # fmt: skip
# What grammar puts between Chinese words, and what counts and dates: a pair with one of these is hardly a word.
_BETWEEN = frozenset(
    "的了是在我你您他她它们这那就都也很不没有和跟与把被让给从吗呢吧啊着个些么怎因为所以但而且或如果虽已经还又再才只能要想说到"
    "得之其此该于对向比等时候最每第次"
)
_COUNTING = frozenset("一二三四五六七八九十百千万两几半零年月日天号点岁")


@dataclass(frozen=True, slots=True)
class Word:
    """A word as search looks for it, and as it stands in the story. `han`: a pair of characters, maybe of a longer
    word. `name`: it is written like a name, or as a number with letters."""

    tokens: TokenRun
    shown: str
    han: bool = False
    name: bool = False


def words(story: str, without: Collection[str] = ()) -> list[Word]:
    """The words of a story that may be telling, each once, names first; those in `without` (tokens) are left out."""
    found: dict[str, Word] = {}
    small = {met["word"] for met in TOKEN.finditer(story) if met["word"] and met["word"].islower()}
    for word in _words(story, small):
        [token] = word.tokens.tokens
        if token not in without and (token not in found or (word.name and not found[token].name)):
            found[token] = word
    return sorted(found.values(), key=lambda word: not word.name)[:MAX_WORDS]


def _words(story: str, small: Collection[str]) -> Iterator[Word]:
    at = 0
    for met in TOKEN.finditer(story):
        if met["han"]:
            yield from _pairs(fold(met["han"]))
        else:
            begins = not at or "\n" in story[at : met.start()] or bool(_ENDS.search(story, at, met.start()))
            yield from _word(met["word"], begins or met["word"].lower() in small)
        at = met.end()


def _pairs(run: str) -> Iterator[Word]:
    for han, piece in runs(run):
        for pair in pairs(piece) if han and len(piece) > 1 else ():
            if _BETWEEN.isdisjoint(pair) and _COUNTING.isdisjoint(pair):
                yield Word(TokenRun((pair,), exact=False), pair, han=True)


def _word(written: str, no_name: bool) -> Iterator[Word]:
    folded = fold(written)[:MAX_WORD_LENGTH]
    code = not folded.isalpha() and any(map(str.isdigit, folded))
    if len(folded) < MIN_LETTERS or folded in _NO_NAMES or folded.isdigit() or (code and len(folded) > MAX_CODE_LENGTH):
        return
    acronym = written.isupper() and len(written) <= MAX_ACRONYM_LENGTH
    capital = written[0].isupper() and not written.isupper() and not no_name
    yield Word(TokenRun((stem(folded),), exact=False), written, name=acronym or capital or code)


def level(story: str) -> str:
    """A story folded character by character, so that a place in it is the same place in the story."""
    return "".join(map(_folded, story))


@lru_cache(maxsize=20_000)
def _folded(character: str) -> str:
    return fold(character)[:1] or character


def common_run(pair: str, here: str, there: str) -> tuple[int, int] | None:
    """Where in a story the longest run of Han stands that holds a pair and is in another story, too (both `level`),
    without what grammar puts at its ends. None where either has not even the pair."""
    if pair not in there:
        return None
    runs_ = (_widened(hit.start(), hit.end(), here, there) for hit in re.finditer(re.escape(pair), here))
    return max(runs_, key=lambda run: run[1] - run[0], default=None)


def _widened(begin: int, end: int, here: str, there: str) -> tuple[int, int]:
    while end - begin < MAX_RUN_LENGTH and _is_han(here[end : end + 1]) and here[begin : end + 1] in there:
        end += 1
    while end - begin < MAX_RUN_LENGTH and begin and _is_han(here[begin - 1]) and here[begin - 1 : end] in there:
        begin -= 1
    return begin, end


def _is_han(character: str) -> bool:
    """Whether a character may be part of a Chinese word."""
    met = TOKEN.match(character)
    return bool(met and met["han"]) and character not in _BETWEEN
