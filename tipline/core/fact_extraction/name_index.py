"""Names in a text: places, crossings, airlines, visas and family, from the lists beside this file, each read once.

A name is found by its first word, or its first two Han characters, and the longest that stands there and is meant
counts. Where a name is a word of everyday too, the file of its kind says what must stand beside it.
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tipline.core.fact_extraction.folded_text import FoldedText, FoundPassage, name
from tipline.vocabularies import FactKind

HAN = "㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff"
_WORD = re.compile(rf"[a-z0-9]+|[{HAN}]+")
_LATIN = re.compile(r"[a-z0-9]")

Meant = Callable[[FoldedText, int, int], bool]  # whether what stands here is what the name says


class NamedEntry(NamedTuple):
    """What a name stands for; of no kind where it keeps others from being read in it."""

    kind: FactKind | None
    value: str
    meant: Meant | None = None


class NameIndex:
    """Names, by how they begin."""

    def __init__(self) -> None:
        self._names: dict[str, list[NamedEntry]] = {}
        self._by_start: dict[str, list[str]] = {}

    def add(self, written: str, entry: NamedEntry) -> None:
        """A name; what was added first is asked first."""
        key = name(written)
        if key not in self._names:
            self._names[key] = []
            self._by_start.setdefault(_start(key), []).append(key)
        self._names[key].append(entry)

    def close(self) -> "NameIndex":
        for names in self._by_start.values():
            names.sort(key=len, reverse=True)
        return self

    def read(self, reading: FoldedText) -> Iterator[FoundPassage]:
        """The longest name that is meant at each place of a text; names inside of others come too."""
        text = reading.names
        for word in _WORD.finditer(text):
            if _LATIN.match(word[0]):
                yield from self._at(reading, word.start(), self._by_start.get(word[0], ()))
                continue
            for at in range(word.start(), word.end() - 1):
                if names := self._by_start.get(text[at : at + 2]):
                    yield from self._at(reading, at, names)

    def _at(self, reading: FoldedText, at: int, names: list[str] | tuple[()]) -> Iterator[FoundPassage]:
        text = reading.names
        for known in names:
            end = at + len(known)
            if not text.startswith(known, at) or (_LATIN.match(known[-1]) and _LATIN.match(text, end)):
                continue
            for entry in self._names[known]:
                if entry.meant is None or entry.meant(reading, at, end):
                    yield FoundPassage(at, end, entry.kind, entry.value)
                    return

    def value(self, kind: FactKind, typed: str) -> str | None:
        """What a name alone stands for: nothing needs to stand beside it."""
        entries = self._names.get(name(typed), ())
        return next((entry.value for entry in entries if entry.kind is kind), None)


def _start(key: str) -> str:
    word = _WORD.match(key)
    assert word, f"{key!r} begins with no letter"
    return word[0] if _LATIN.match(key) else key[:2]


@cache
def listed(file: str) -> dict[str, Any]:
    """One of the lists beside this file, as it is written."""
    return tomllib.loads(Path(__file__).with_name(f"{file}.toml").read_text("utf-8"))


def own_name(entry: dict[str, Any], value: str, language: str) -> str:
    """How a list shows one of its entries."""
    if not language.startswith("zh"):
        return str(entry.get("en", value))
    return str(entry.get("hant" if "Hant" in language else "zh", entry["zh"]))
