"""Facts in words: what types are called, how values are shown, and how both are typed in a list's query."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint
from flask_babel import LazyString, get_locale
from flask_babel import lazy_gettext as _l

from tipline.core.facts import fact_keys, fact_values
from tipline.core.filters import Chip
from tipline.models import FactState, FactType, TypeKind
from tipline.vocabularies import N_
from tipline.web import i18n

KINDS: Mapping[TypeKind, LazyString] = {
    TypeKind.PLACE: _l("Place"),
    TypeKind.CROSSING: _l("Border crossing"),
    TypeKind.DATE: _l("Date"),
    TypeKind.AIRLINE: _l("Airline"),
    TypeKind.VISA: _l("Visa"),
    TypeKind.AMOUNT: _l("Amount"),
    TypeKind.RELATION: _l("Family"),
    TypeKind.TEXT: _l("Words"),
    TypeKind.CHOICE: _l("One of several choices"),
    TypeKind.NUMBER: _l("A number"),
}


DECIDED: Mapping[FactState, str] = {
    FactState.CONFIRMED: N_("confirmed: %(kind)s"),
    FactState.REJECTED: N_("rejected: %(kind)s"),
    FactState.SUGGESTED: N_("open again: %(kind)s"),
}


def type_name(kind: FactType) -> str:
    """What a type is called: by its editor's name, else as tipline calls its kind."""
    return kind.name or str(KINDS[kind.kind])


def value_name(kind: FactType, value: str) -> str:
    """A value as one reads it in the page's language."""
    return fact_values.shown(kind.kind, value, str(get_locale()))


def query(kind: FactType, value: str = "", *, suggested: bool = False) -> str:
    """The filter for tips with a fact, as one would type it."""
    return str(Chip("suggested" if suggested else "fact", _typed(kind, value)))


def query_of_any(facts: Iterable[tuple[FactType, str]]) -> str:
    """The filter for tips with any of some facts, suggested ones too, whatever became of the tips."""
    typed = dict.fromkeys(_typed(kind, value) for kind, value in facts)
    return f"{Chip('suggested', ','.join(typed))} status:any"


def _typed(kind: FactType, value: str) -> str:
    return f"{kind.key}={fact_values.typed(value)}" if value else kind.key


def part_in_words(part: str, known: Sequence[FactType]) -> str:
    """What a filter asks for, as one reads it: "Border crossing: Luohu"."""
    key, _, value = part.partition("=")
    kind = fact_keys.called(known, key)
    if kind is None:
        return part
    name = type_name(kind)
    if not value:
        return name
    said = value_name(kind, fact_values.meant(kind, value, datetime.now(i18n.zone()).date()))
    return f"{name}: {said}"


def init(blueprint: Blueprint) -> None:
    """Give the templates what says facts."""

    @blueprint.app_context_processor
    def words() -> dict[str, Any]:
        return {
            "fact_type": type_name,
            "fact_value": value_name,
            "fact_query": query,
            "query_of_any_fact": query_of_any,
        }
