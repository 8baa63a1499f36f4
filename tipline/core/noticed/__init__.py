"""Facts of a story that its words give away: places, crossings, dates, airlines, visas, amounts, family.

Read offline from English and Chinese text, as suggestions for a reporter to confirm. A value is written in one way
whatever the language of the text, so that all tips with the same fact are found together. Nothing is loaded before
the first text or value comes.
"""

from dataclasses import dataclass
from datetime import date

from tipline.words import FactKind

FACTS_VERSION = 1  # raised when texts should be read again


@dataclass(frozen=True, slots=True)
class Noticed:
    """A fact and the passage where it was read, text[start:end]."""

    kind: FactKind
    value: str
    start: int
    end: int


def notice(text: str, written: date) -> list[Noticed]:
    """The facts of a text in its order, without overlaps; `written`, the day it came, is what "last March" counts
    from."""
    return []


def value_name(kind: FactKind, value: str, language: str) -> str:
    """How a value is shown in English ("en"), "zh-Hans" or "zh-Hant": as it stands where nothing knows it."""
    return value


def parse(kind: FactKind, typed: str, written: date) -> str | None:
    """A value that a person typed, in any of the languages, in its one form; None where nothing knows it."""
    return None


def spot(kind: FactKind, value: str) -> tuple[float, float] | None:
    """Latitude and longitude, in degrees, of a place or crossing that is known."""
    return None
