"""Values of facts: how what a person types becomes one written form, and what all spellings of it have in common."""

import re
import unicodedata
from calendar import monthrange
from datetime import date

from tipline.core import fact_extraction
from tipline.core.text.storable import storable
from tipline.core.text.tokens import fold
from tipline.errors import Refused
from tipline.models import FactType, TypeKind
from tipline.models.fact import MAX_VALUE_LENGTH
from tipline.vocabularies import N_, FactKind

READ = frozenset(TypeKind(kind.value) for kind in FactKind)  # by tipline itself, in any of its languages
EMPTY = N_("Write the value first.")
LONG = N_("A value has at most 200 characters.")
NO_NUMBER = N_("This kind of fact is a number, such as 12 or 1.5.")
NO_CHOICE = N_("This kind of fact is one of its choices; this is none of them.")
_NUMBER = re.compile(r"[-+]?[0-9]{1,15}(?:\.[0-9]{1,6})?")
_APART = re.compile(r"[\s,，\"“”]+")  # what the typed syntax of lists gives a meaning of its own


def folded(value: str) -> str:
    """What two spellings of one value have in common, and what is compared."""
    return " ".join(_APART.sub(" ", fold(storable(value))).split())[:MAX_VALUE_LENGTH]


def canonical(kind: FactType, typed: str, written: date) -> str:
    """A value as it is kept: in its one form where tipline knows it, else as it was typed. `written` is the day that
    "last March" counts from. Refused where it is none of this type."""
    value = " ".join(storable(typed).split())
    if not folded(value):
        raise Refused(EMPTY)
    if len(value) > MAX_VALUE_LENGTH:
        raise Refused(LONG)
    if kind.kind in READ:
        return fact_extraction.parse(FactKind(kind.kind.value), value, written) or value
    if kind.kind is TypeKind.NUMBER:
        return _number(value)
    if kind.kind is TypeKind.CHOICE:
        found = next((choice for choice in kind.choices if folded(choice) == folded(value)), None)
        if found is None:
            raise Refused(NO_CHOICE)
        return found
    return value


def _number(typed: str) -> str:
    plain = re.sub(r"(?<=[0-9])[ ,'’](?=[0-9]{3})", "", unicodedata.normalize("NFKC", typed))
    if not _NUMBER.fullmatch(plain):
        raise Refused(NO_NUMBER)
    sign = "-" if plain.startswith("-") else ""
    whole, _, rest = plain.lstrip("+-").partition(".")
    rest = rest.rstrip("0")
    return f"{sign}{int(whole)}" + (f".{rest}" if rest else "")


def wanted(kind: FactType, typed: str, today: date) -> list[str]:
    """The folded values that a filter means: of a year or a month, each of its days too."""
    try:
        value = canonical(kind, typed, today)
    except Refused:
        return []
    if kind.kind is not TypeKind.DATE:
        return [folded(value)]
    if re.fullmatch(r"[0-9]{4}", value):
        return [value, *(one for month in range(1, 13) for one in _month(int(value), month))]
    found = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", value)
    return _month(int(found[1]), int(found[2])) if found else [folded(value)]


def meant(kind: FactType, typed: str, today: date) -> str:
    """As `canonical`, of what stands in a filter: what is none of this type stays as it is."""
    try:
        return canonical(kind, typed, today)
    except Refused:
        return typed


def _month(year: int, month: int) -> list[str]:
    if not 1 <= year <= 9999:
        return []
    name = f"{year:04d}-{month:02d}"
    return [name, *(f"{name}-{day:02d}" for day in range(1, monthrange(year, month)[1] + 1))]


def shown(kind: TypeKind, value: str, language: str) -> str:
    """A value as people read it in a language ("en", "zh_Hans_CN" …)."""
    if kind not in READ:
        return value
    spoken = language.replace("_", "-")
    script = "zh-Hant" if spoken.startswith(("zh-Hant", "zh-TW", "zh-HK")) else "zh-Hans"
    return fact_extraction.value_name(FactKind(kind.value), value, script if spoken.startswith("zh") else "en")


def typed(value: str) -> str:
    """A value as it stands in the typed syntax of lists."""
    return " ".join(_APART.sub(" ", value).split())
