"""Reading what a person typed: filters, words and "phrases", each turned round by a minus, OR between two of a kind.

Words stay one string, OR and minus among them: `core.text.search_query.query` knows what they mean.
"""

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from tipline.core.filters.keys import FILTER_KEYS, OTHER_NAMES, READER_CALLED, SAID, Key, Known
from tipline.core.tags import folded
from tipline.core.text import search_query as words
from tipline.vocabularies import N_

UNKNOWN_KEY = N_("There is no filter of this name. Put quotes around it to search for it")
UNKNOWN_VALUE = N_("This filter does not know this value")
NO_VALUE = N_("This filter needs a value behind its colon")
BAD_DATE = N_(
    'A day is written 2021-07-15, 2021-07, 2021, today, yesterday, monday, 7d, 2w, 3m, "this week" or "last month"'
)
TOO_LONG = N_("The search is too long; this was left out")
NO_WORDS = N_("There is no word in this to search for")
NOT_TURNED = N_("A minus can't stand before this filter")
MISPLACED_OR = N_("OR stands between two words, or between two filters of one kind, as in tag:visa OR tag:family")

MAX_QUERY_LENGTH = 4000  # characters read at all
MAX_WORDS_LENGTH = 500  # characters of words and phrases


@dataclass(frozen=True, slots=True)
class Problem:
    """Something typed that was left out. `message` is for gettext; `typed` stands beside it, then what may have been
    meant, and what there is to choose from, each as one would type it."""

    message: str
    typed: str
    nearest: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """One filter, or (without a key) one word or phrase. `typed` is what it was read from."""

    key: str
    value: str
    typed: str
    negated: bool = False

    @property
    def is_or(self) -> bool:
        return not self.key and self.typed == "OR"


# Quotes stand around a value as a whole, or around one of several: tag:visa,"green card".
_VALUE = r'(?:"[^"]*"?|[^\s"]+)(?:(?<=[=,])"[^"]*"?|(?<=")[,@][^\s"]*)*'
_PIECE = re.compile(rf'([-－]?)(?:([A-Za-z_]+)[:：](?!//)({_VALUE})|[#＃]"([^"]*)"?|"([^"]*)"?)|([^\s"]+)')
_CURLED = re.compile(r"(?<=[:：#＃=,])[“”]([^“”\"]*)[“”]")  # as phones write them
_A_TIP = re.compile(r"T-[0-9]{6,9}", re.IGNORECASE | re.ASCII)
_A_READER = re.compile(rf"{READER_CALLED}[0-9]{{1,9}}", re.IGNORECASE | re.ASCII)
_BARE_KEY = re.compile(r"([-－]?)([A-Za-z_]+)[:：]")


def _pieces(typed: str) -> Iterator[Piece]:
    for found in _PIECE.finditer(_CURLED.sub(r'"\1"', typed.replace("\0", " "))):
        sign, key, value, tag, phrase, word = found.groups()
        if key:
            yield _filter(key.lower(), " ".join(value.replace('"', " ").split()), found[0], bool(sign))
        elif tag is not None:  # nobody puts quotes behind a # who does not mean a tag
            yield _filter("tag", " ".join(tag.split()), found[0], bool(sign)) if tag.strip() else Piece("", "", "")
        elif phrase is not None:
            yield Piece("", "", f'{"-" if sign else ""}"{" ".join(phrase.split())}"' if phrase.strip() else "")
        elif (of := _BARE_KEY.fullmatch(word)) and OTHER_NAMES.get(of[2].lower(), of[2].lower()) in FILTER_KEYS:
            yield _filter(of[2].lower(), "", word, bool(of[1]))
        else:
            yield Piece("", "", re.sub("^－", "-", word))


def _called(pieces: Iterator[Piece], tags: Container[str]) -> Iterator[Piece]:
    """With tips, readers and tags by what pages call them: T-000068 is tip:T-000068, Reader 68 is reader:68, #visa is
    tag:visa where there is such a tag."""
    before: Piece | None = None
    for piece in pieces:
        both = f"{before.typed} {piece.typed}" if before else ""
        if before and not piece.key and _A_READER.fullmatch(both):
            before = Piece("reader", piece.typed, both)
            continue
        if before:
            yield before
        before = _one_called(piece, tags)
    if before:
        yield before


def _one_called(piece: Piece, tags: Container[str]) -> Piece:
    word = piece.typed.removeprefix("-")
    if piece.key:
        return piece
    if _A_TIP.fullmatch(word):
        return Piece("tip", word, piece.typed, word != piece.typed)
    if _A_READER.fullmatch(word):
        return Piece("reader", word, piece.typed, word != piece.typed)
    if word[:1] in ("#", "＃") and folded(word[1:]) in tags:
        return Piece("tag", word[1:], piece.typed, word != piece.typed)
    return piece


def _filter(key: str, value: str, typed: str, negated: bool) -> Piece:
    key = OTHER_NAMES.get(key, key)
    value, turned = SAID.get((key, value.lower()), (value, False))
    return Piece(key, value, typed + '"' * (typed.count('"') % 2), negated != turned)


def _joined(pieces: Iterator[Piece]) -> list[Piece]:
    """`tag:a OR tag:b` as the one filter `tag:a,b`."""
    found: list[Piece] = []
    for piece in pieces:
        if len(found) > 1 and found[-1].is_or and _may_join(found[-2], piece):
            first = found[-2]
            both = replace(first, value=f"{first.value},{piece.value}", typed=f"{first.typed} OR {piece.typed}")
            found[-2:] = [both]
        else:
            found.append(piece)
    return found


def _may_join(first: Piece, second: Piece) -> bool:
    same = bool(first.key) and first.key == second.key and not first.negated and not second.negated
    return same and first.key in FILTER_KEYS and FILTER_KEYS[first.key].joins


@dataclass
class Reading:
    """What was understood: fields of Filters, those that must not hold, words, and what was left out."""

    known: Known = field(default_factory=dict)
    excluded: Known = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def take(self, pieces: Sequence[Piece]) -> None:
        alternative = False  # whether an OR waits for its second word
        before: Piece | None = None
        for piece in pieces:
            if piece.is_or:
                if alternative or before is None or before.key:
                    self._problem(MISPLACED_OR, piece)
                else:
                    alternative = True
                continue
            if piece.key:
                if alternative:
                    self._problem(MISPLACED_OR, OR)
                self._filter(piece)
                before, alternative = piece, False
            elif self._word(piece, alternative):
                before, alternative = piece, False
        if alternative:
            self._problem(MISPLACED_OR, OR)

    def _word(self, piece: Piece, alternative: bool) -> bool:
        more = ["OR", piece.typed] if alternative else [piece.typed]
        if len(" ".join([*self.words, *more])) > MAX_WORDS_LENGTH:
            self._problem(TOO_LONG, piece)
        elif words.query(piece.typed.removeprefix("-")):
            self.words += more
            return True
        elif piece.typed:
            self._problem(NO_WORDS, piece)
        return False

    def _filter(self, piece: Piece) -> None:
        key = FILTER_KEYS.get(piece.key)
        if key is None:
            near = get_close_matches(piece.key, [*FILTER_KEYS, *OTHER_NAMES], n=1, cutoff=0.7)
            self._problem(UNKNOWN_KEY, piece, _meant(piece, near[0], piece.value) if near else "")
        elif not piece.value:
            self._problem(NO_VALUE, piece, values=_choices(key, piece))
        elif piece.negated and not key.turns:
            self._problem(NOT_TURNED, piece)
        else:
            try:
                key.read(self.excluded if piece.negated else self.known, piece.value)
            except ValueError:
                self._unknown_value(key, piece)

    def _unknown_value(self, key: Key, piece: Piece) -> None:
        if key.dates:
            self._problem(BAD_DATE, piece)
            return
        given = [part.strip().lower() for part in piece.value.split(",")]
        near = [get_close_matches(part, key.values, n=1, cutoff=0.6) for part in given]
        meant = ",".join(match[0] for match in near) if all(near) else ""
        self._problem(UNKNOWN_VALUE, piece, _meant(piece, piece.key, meant) if meant else "", _choices(key, piece))

    def _problem(self, message: str, piece: Piece, nearest: str = "", values: tuple[str, ...] = ()) -> None:
        self.problems.append(Problem(message, piece.typed, nearest, values))


def _meant(piece: Piece, key: str, value: str) -> str:
    return f"{'-' if piece.negated else ''}{chip(key, value)}"


def _choices(key: Key, piece: Piece) -> tuple[str, ...]:
    return tuple(_meant(piece, piece.key, value) for value in key.values)


OR = Piece("", "", "OR")


def chip(key: str, value: str) -> str:
    """A filter as a person would type it."""
    return f'{key}:"{value}"' if re.search(r"\s", value) else f"{key}:{value}"


def read(typed: str, tags: Container[str] = ()) -> Reading:
    """Read the typed syntax. `tags`: the folded names of tags that may be written #visa. Never raises."""
    reading = Reading()
    reading.take(_joined(_called(_pieces(typed[:MAX_QUERY_LENGTH]), tags)))
    return reading
