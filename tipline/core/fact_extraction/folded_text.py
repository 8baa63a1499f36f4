"""A text as the readers of facts see it: folded character for character, with what says nothing blanked.

Folded: lower case, no accents, simplified characters, plain hyphens, quotes and spaces. Every character stays one
character, so that a place in the folded text is the same place in the text that people wrote.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import NamedTuple

from tipline.core.text.han import SIMPLIFIED
from tipline.vocabularies import FactKind

MAX_CHARACTERS = 50_000  # characters of a text that are read; nobody writes more about themselves
_SENTENCE = 600  # characters, at most
_BLANK = "\x00"
_DUMB = re.compile(  # links, addresses, and what is quoted from another mail
    r"(?im)https?://\S+|\bwww\.\S+|(?<![\w.+-])[\w.+-]{1,64}@[\w.-]{1,255}|^[ \t]*>.*$"
)
_HYPHENS = {ord("-"): " "}
_STOP = re.compile(r"[。！？!?;；]|\.(?=\s|$)|\n[ \t\r]*\n")


class FoundPassage(NamedTuple):
    """A passage that was understood; of no kind where it only keeps others from reading a name in it."""

    start: int
    end: int
    kind: FactKind | None
    value: str


@dataclass(frozen=True, slots=True)
class FoldedText:
    """A text in the forms that the readers of facts need; all of the same length."""

    text: str
    folded: str
    names: str  # folded, with hyphens as spaces
    written: date

    def sentences(self) -> list[tuple[int, int]]:
        """Where each sentence begins and ends; what never ends is cut, so that nothing grows with its square."""
        ends = [stop.end() for stop in _STOP.finditer(self.text)]
        whole = zip([0, *ends], [*ends, len(self.text)], strict=True)
        parts = ((at, min(at + _SENTENCE, b)) for a, b in whole for at in range(a, b, _SENTENCE))
        return [(a, b) for a, b in parts if self.text[a:b].strip()]


def opened(text: str, written: date) -> FoldedText:
    text = text[:MAX_CHARACTERS]
    folded = fold(_DUMB.sub(lambda dumb: _BLANK * len(dumb[0]), text))
    return FoldedText(text, folded, folded.translate(_HYPHENS), written)


def fold(text: str) -> str:
    """One writing of a text, as long as the text."""
    return text.translate(_folds())


def name(written: str) -> str:
    """A name as it stands in Reading.names."""
    return " ".join(fold(written).translate(_HYPHENS).split())


@cache
def _folds() -> dict[int, str]:
    table = {code: chr(to) if isinstance(to, int) else to for code, to in SIMPLIFIED.items()}
    for code in range(ord("A"), 0x250):
        base = unicodedata.normalize("NFD", chr(code))[0].lower()
        if len(base) == 1 and base != chr(code):
            table[code] = base
    wide = [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B), *map(ord, "＄％＋－．／＠")]
    table |= {code: chr(code - 0xFEE0).lower() for code in wide}  # commas and stops of full width stay what they are
    table |= dict.fromkeys(map(ord, "‘’ʼ`´"), "'") | dict.fromkeys(map(ord, "‐‑‒–—−"), "-")
    table |= dict.fromkeys(map(ord, "\t\n\r\xa0\u2009\u202f\u3000"), " ")
    return (
        table
        | {ord("ł"): "l", ord("Ł"): "l", ord("ı"): "i", ord("ø"): "o", ord("Ø"): "o"}
        | {ord("￥"): "¥", ord("○"): "〇"}
    )
