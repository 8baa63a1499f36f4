"""What a person types to search for, and the places of a text where it stands."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from tipline.core.text.tokens import (
    EXTRAS,
    GAP,
    MAX_WORD_LENGTH,
    TOKEN,
    TOKENS_VERSION,
    ascii_spans,
    ascii_words,
    document,
    documents,
    fold,
    pairs,
    runs,
    stem,
    words,
)

__all__ = [
    "EXTRAS", "GAP", "TOKENS_VERSION", "Matches", "SearchQuery", "Segment", "TokenRun", "Words",
    "document", "documents", "excerpt", "fold", "holds", "marked", "met", "pairs", "query", "stem", "words",
]  # fmt: skip

_MAX_PARTS = 24  # of one query
_MAX_LENGTH = 500  # characters of one query


@dataclass(frozen=True, slots=True)
class TokenRun:
    """Tokens that stand one after the other; one alone may stand anywhere. `exact`: as they stand, not by their stem.

    They are letters, digits and marks only, so no syntax of a database can be among them.
    """

    tokens: tuple[str, ...]
    exact: bool
    named: bool = False  # the reader is called so; nothing that anybody wrote is meant


Words = tuple[TokenRun, ...]  # of one piece of what was typed: all of them must be there


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is looked for: of each of `clauses` one alternative, and nothing of `without`.

    `phrase`: all of it as it was typed, side by side; empty where that is a single word, or there are alternatives.
    """

    clauses: tuple[tuple[Words, ...], ...] = ()
    without: tuple[Words, ...] = ()
    phrase: Words = field(default=(), compare=False)
    terms: tuple[str, ...] = field(default=(), compare=False)  # for `excerpt`: folded words, stems and Han runs

    def __bool__(self) -> bool:
        return bool(self.clauses or self.without)


_CHUNK = re.compile(r'([-－]?)"([^"]*)"?|([^\s"]+)')
_QUOTES = str.maketrans("“”„‟«»「」『』＂", '"' * 11)


@dataclass(frozen=True, slots=True)
class _Piece:
    """One word, phrase or run of what was typed."""

    words: Words = ()
    terms: tuple[str, ...] = ()
    found: tuple[tuple[bool, str], ...] = ()
    negative: bool = False
    joins: bool = False  # it is an OR


def query(typed: str) -> SearchQuery:
    """Read what a person typed: words (all of them, by stem), "phrases" (as they stand), Han in one run as a phrase.

    OR between two of them means either, -word and -"phrase" that it must not be there. Nothing that can be typed
    raises; where no words are in it the query is empty.
    """
    pieces = [piece for piece in _pieces(typed) if piece.words or piece.joins]
    clauses: dict[tuple[Words, ...], None] = {}
    without: dict[Words, None] = {}
    terms: dict[str, None] = {}
    at = count = 0
    while at < len(pieces) and count < _MAX_PARTS:
        piece = pieces[at]
        count, at = count + len(piece.words), at + 1
        if piece.negative:
            without[piece.words] = None
            continue
        alternatives = {piece.words: None}
        terms.update(dict.fromkeys(piece.terms))
        while at + 1 < len(pieces) and pieces[at].joins and not pieces[at + 1].negative and count < _MAX_PARTS:
            following = pieces[at + 1]
            alternatives[following.words] = None
            terms.update(dict.fromkeys(following.terms))
            count, at = count + len(following.words), at + 2
        clauses[tuple(alternatives)] = None
    return SearchQuery(tuple(clauses), tuple(without), _together(pieces), tuple(terms))


def _together(pieces: list[_Piece]) -> Words:
    wanted = [piece for piece in pieces if not piece.negative]
    if len(wanted) < 2 or len(wanted) > _MAX_PARTS or any(piece.joins for piece in wanted):
        return ()
    return tuple(_phrases([run for piece in wanted for run in piece.found]))


def _pieces(typed: str) -> Iterator[_Piece]:
    """What was typed, piece by piece. An OR is a word as others, and joins where it stands between two pieces."""
    for chunk in _CHUNK.finditer(typed[:_MAX_LENGTH].translate(_QUOTES)):
        sign, quoted, bare = chunk.groups()
        negative = bool(sign)
        if bare is not None and bare[0] in "-－":
            negative, bare = True, bare[1:]
        found = list(runs(fold(quoted if bare is None else bare)))
        exact = bare is None
        yield _Piece(
            tuple(_phrases(found) if exact else _bare(found)),
            tuple(run if han or exact else stem(run) for han, run in found),
            tuple(found),
            negative,
            joins=bare == "OR" and not negative,
        )


def _bare(found: list[tuple[bool, str]]) -> Iterator[TokenRun]:
    """One word by its stem; words that punctuation ties ("covid-19", "2021-07") as a phrase; Han runs by themselves."""
    words: list[str] = []
    for han, run in [*found, (True, "")]:
        if not han:
            words.append(run)
            continue
        if words:
            yield TokenRun(tuple(words), exact=True) if len(words) > 1 else TokenRun((stem(words[0]),), exact=False)
            words = []
        if run:
            yield _han(run)


def _han(run: str) -> TokenRun:
    """A single character may be half of any pair: it is looked for where characters stand by themselves."""
    return TokenRun(tuple(pairs(run)), exact=len(run) > 1)


def _phrases(found: list[tuple[bool, str]]) -> Iterator[TokenRun]:
    """A quoted phrase; it ends at a single Han character, which in a text may be half of a pair."""
    phrase: list[str] = []
    for han, run in found:
        if han and len(run) == 1:
            if phrase:
                yield TokenRun(tuple(phrase), exact=True)
            phrase = []
            yield _han(run)
        else:
            phrase += pairs(run) if han else [run]
    if phrase:
        yield TokenRun(tuple(phrase), exact=True)


def holds(text: str, wanted: SearchQuery) -> bool:
    """Whether a text is found by a query: the same that both databases answer for a document of this one text."""
    words, _, extras = document(text).partition(f" {EXTRAS} ")
    line, loose = f" {words} ", {*words.split(), *extras.split()}

    def has(one: TokenRun) -> bool:
        return f" {' '.join(one.tokens)} " in line if one.exact else one.tokens[0] in loose

    def meets(words: Words) -> bool:
        return all(has(one) for one in words)

    return all(any(map(meets, clause)) for clause in wanted.clauses) and not any(map(meets, wanted.without))


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text to show, and whether it is what was looked for."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Matches:
    """Which of some terms stand in a text, and where the first of them does."""

    terms: frozenset[str] = frozenset()
    first: int = 0


def met(text: str, terms: frozenset[str]) -> Matches:
    """Which terms a text has; the same that `excerpt` marks, many times faster for plain ASCII."""
    if not text.isascii():
        spans = _spans(text, terms)
        said = {fold(text[a:b]) for a, b in spans}
        here = frozenset(term for term in terms if any(term in one or stem(one) == term for one in said))
        return Matches(here, spans[0][0]) if spans else Matches()
    low = text.lower()
    named = {word: stem(word) for word in set(ascii_words(low))}
    found = [word for word, stemmed in named.items() if word in terms or stemmed in terms]
    if not found:
        return Matches()
    first = re.search(f"(?<![a-z0-9])(?:{'|'.join(found)})(?![a-z0-9])", low)
    return Matches(terms.intersection([*found, *map(stem, found)]), first.start() if first else 0)


def excerpt(text: str, terms: Iterable[str], length: int = 160, near: int | None = None) -> list[Segment]:
    """The part of a text around the first words that were looked for, cut at spaces, its words marked.

    Without any of them, its beginning. `near`: where the first stands, which saves looking through a long text.
    """
    cut = max(0, (near or 0) - length)
    text = text[cut:]
    spans = _spans(text if near is None else text[: 3 * length], frozenset(terms))
    start, end = _window(text, spans[0][0] if spans else 0, length)
    segments: list[Segment] = [Segment("…", False)] if start or cut else []
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


@lru_cache(maxsize=10_000)
def _sign(one: str) -> str:
    return fold(one)[:1] or one


def _spans(text: str, terms: frozenset[str]) -> list[tuple[int, int]]:
    """Where the terms stand in a text, by its own offsets, in order and apart."""
    spans: list[tuple[int, int]] = []
    if not terms:
        return spans
    if text.isascii():
        return [span for word, span in ascii_spans(text.lower()) if word in terms or stem(word) in terms]
    han = [term for term in terms if TOKEN.match(term) and TOKEN.match(term)["han"]]  # type: ignore[index]
    for found in TOKEN.finditer(text):
        if found["han"]:
            run = "".join(map(_sign, found["han"]))  # one for one, so that offsets hold
            hits = sorted((m.start(), m.end()) for term in han for m in re.finditer(re.escape(term), run))
            for a, b in hits:
                a, b = a + found.start(), b + found.start()
                if spans and a <= spans[-1][1]:
                    spans[-1] = (min(a, spans[-1][0]), max(b, spans[-1][1]))
                else:
                    spans.append((a, b))
        else:
            word = fold(found["word"])[:MAX_WORD_LENGTH]
            if word in terms or stem(word) in terms:
                spans.append(found.span("word"))
    return spans
