"""What a test says was noticed: values of one kind, in the order of the text."""

from datetime import date

from tipline.core.fact_extraction import notice
from tipline.vocabularies import FactKind

WRITTEN = date(2021, 5, 20)


def values(kind: FactKind, text: str, written: date = WRITTEN) -> list[str]:
    return [one.value for one in notice(text, written) if one.kind is kind]


def passages(kind: FactKind, text: str, written: date = WRITTEN) -> list[str]:
    return [text[one.start : one.end] for one in notice(text, written) if one.kind is kind]
