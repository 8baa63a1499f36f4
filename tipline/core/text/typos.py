"""What a person may have meant to type: words one slip away, Latin by its letters, Chinese by its sound."""

from collections.abc import Iterator

from tipline.core.text.search_query import TokenRun, pairs
from tipline.core.text.tokens import fold, stem

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
SHORTEST, LONGEST = 4, 24  # letters; shorter words are one slip away from too many others
HAN_SHORTEST, HAN_LONGEST = 2, 4  # characters
# The first level of GB 2312 stands in the order of sound (pinyin): what stands near sounds alike.
_FIRST, _LAST, _ROW = 0xB0, 0xD7, 94
_NEAR = 30


def of(word: str) -> dict[str, TokenRun]:
    """Words one slip from a folded one, each as search looks for it. Nothing where the word is no plain one."""
    if word.isascii() and word.isalpha() and SHORTEST <= len(word) <= LONGEST:
        return {one: TokenRun((stem(one),), exact=False) for one in dict.fromkeys(_by_letters(word)) if one != word}
    if HAN_SHORTEST <= len(word) <= HAN_LONGEST and all(_place(c) is not None for c in word):
        return {one: TokenRun(tuple(pairs(one)), exact=True) for one in dict.fromkeys(_by_sound(word)) if one != word}
    return {}


def _by_letters(word: str) -> Iterator[str]:
    """Two letters in the wrong order, one too many, one too few, a wrong one."""
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    yield from (a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1)
    yield from (a + b[1:] for a, b in cuts if b)
    yield from (a + c + b for a, b in cuts for c in _LETTERS)
    yield from (a + c + b[1:] for a, b in cuts if b for c in _LETTERS)


def _by_sound(word: str) -> Iterator[str]:
    """Two characters in the wrong order, or another one of about the same sound."""
    yield from (word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1))
    for i, character in enumerate(word):
        place = _place(character)
        assert place is not None
        for other in range(place - _NEAR, place + _NEAR + 1):
            if found := _character(other):
                yield word[:i] + fold(found) + word[i + 1 :]


def _place(character: str) -> int | None:
    """Where a character stands in the order of sound; None for those that are seldom, and for all else."""
    try:
        row, cell = character.encode("gb2312")
    except (UnicodeEncodeError, ValueError):
        return None
    return (row - _FIRST) * _ROW + cell - 0xA1 if _FIRST <= row <= _LAST else None


def _character(place: int) -> str:
    row, cell = divmod(place, _ROW)
    if not 0 <= row <= _LAST - _FIRST:
        return ""
    return bytes((row + _FIRST, cell + 0xA1)).decode("gb2312", "ignore")
