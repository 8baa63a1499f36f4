"""Visas and papers that let people in: by name, and China's by their letter beside the word "visa"."""

import re
from collections.abc import Iterator

from tipline.core.fact_extraction.folded_text import FoldedText, FoundPassage
from tipline.core.fact_extraction.name_index import NamedEntry, NameIndex, listed, own_name
from tipline.vocabularies import FactKind

LETTERS = ("Z", "X1", "X2", "Q1", "Q2", "S1", "S2", "J1", "J2", "M", "F", "L", "D", "R", "C", "G", "X", "Q", "S", "J")
_LETTER = r"(?:[XQSJxqsj][12]?|[ZMFLDRCGz])"
_BEFORE = re.compile(  # "Z visa", "Q1/Q2 visas", "Z字签证", "Q1类签证"
    rf"(?<![A-Za-z0-9'’-])({_LETTER})"
    rf"(?=(?: ?(?:[/,、和或]|or|and) ?{_LETTER}){{0,4}}[- ]?(?:(?:type )?[Vv]isa|VISA|[字类類]?[签簽]))"
)
_AFTER = re.compile(rf"(?:[Vv]isa|VISA)s? ?(?:\(|type |class |category )\"?({_LETTER})(?![A-Za-z0-9])")
_HELD = re.compile(  # "I can't get a Q1", and not the first quarter
    r"\b(?:get|got|getting|have|had|need|needs|needed|on|renew(?:ed)?|issued?|appl(?:y|ied) for|waiting for) "
    r"(?:an?|my|our|his|her|their|me an?) ([QSX][12])(?![\w-]| \w*(?:result|report|quarter|target|sale|earning|bonus))"
)


def add(index: NameIndex) -> None:
    for value, entry in listed("visas").items():
        meant = _capital if entry.get("capital") else None
        for name in {n: None for one in (*entry["names"], entry["en"], entry["zh"]) for n in _written(one)}:
            index.add(name, NamedEntry(FactKind.VISA, value, meant))


def _written(name: str) -> Iterator[str]:
    yield name
    if name.endswith("visa"):
        yield f"{name}s"
    if name.endswith("签"):
        yield f"{name}证"


def _capital(reading: FoldedText, start: int, end: int) -> bool:
    return reading.text[start].isupper() or not reading.text[start].isascii()


def read(reading: FoldedText) -> Iterator[FoundPassage]:
    for pattern in (_BEFORE, _AFTER, _HELD):
        for letter in pattern.finditer(reading.text):
            start, end = letter.span(1)
            if reading.folded[start] != "\x00":
                yield FoundPassage(start, end, FactKind.VISA, letter[1].upper())


def shown(value: str, language: str) -> str:
    if value in LETTERS:
        word = "visa" if not language.startswith("zh") else "簽證" if "Hant" in language else "签证"
        return f"{value} {word}"
    entry = listed("visas").get(value)
    return own_name(entry, value, language) if entry else value


def letter(typed: str) -> str | None:
    """A Chinese visa as it was typed: "q1", "Z visa", "Z 签证"."""
    bare = re.sub(r"(?i)\s*(?:visas?|[字类類]?[签簽][证證]?)\s*$", "", typed.strip()).upper()
    return bare if bare in LETTERS else None


def value(typed: str) -> str | None:
    """A visa by its value, in either case."""
    wanted = typed.strip().lower()
    return next((one for one in listed("visas") if one.lower() == wanted), None)
