"""Facts counted over a list: how often each value stands, in which months, and where on the map. It only reads.

A list of any size is counted over its newest tips alone, so that the page stays quick; it says so where that is less
than all of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from tipline.core import access, events, fact_extraction
from tipline.core.access import Actor
from tipline.core.facts import fact_types
from tipline.core.filters import Filters
from tipline.core.inbox.listing import TipList
from tipline.models import Fact, FactState, FactType, Tip, TypeKind, Verb
from tipline.vocabularies import FactKind

MAX_TIPS = 10_000  # tips of a list that are looked at
TIPS_PER_STATEMENT = 1000  # tips in one statement
OFFERED = 2000  # facts, or tips, that are looked at for what is offered while one types
STANDING = (FactState.SUGGESTED, FactState.CONFIRMED)
ON_MAP = (TypeKind.PLACE, TypeKind.CROSSING)


@dataclass(slots=True)
class Value:
    """One value and how many tips have it: confirmed, and suggested without that anybody decided."""

    value: str
    confirmed: int = 0
    suggested: int = 0

    @property
    def n(self) -> int:
        return self.confirmed + self.suggested


@dataclass(frozen=True, slots=True)
class Facet:
    """The values of one type, the most frequent first."""

    kind: FactType
    values: list[Value]


@dataclass(frozen=True, slots=True)
class Spot:
    """A value that has a place on the map."""

    kind: FactType
    value: Value
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Counted:
    """`months` are (first day, tips with a confirmed date in it, tips with any)."""

    tips: int
    capped: bool
    facets: list[Facet] = field(default_factory=list)
    months: list[tuple[date, int, int]] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)


def count(session: Session, filters: Filters, by: Actor, today: date) -> Counted:
    """The facts of a list, as far as this person sees its tips and the types."""
    ids = TipList(session, filters, by, today).ids(MAX_TIPS + 1)
    types = {kind.id: kind for kind in fact_types.seen(session, by)}
    found: dict[int, dict[str, Value]] = {}
    months: dict[date, list[int]] = {}
    days = [kind.id for kind in types.values() if kind.kind is TypeKind.DATE]
    for some in _some(ids[:MAX_TIPS]):
        _values(session, some, found)
        _months(session, some, days, months)
    facets = [
        Facet(kind, sorted(found[type_id].values(), key=lambda one: (-one.n, one.value)))
        for type_id, kind in types.items()
        if type_id in found
    ]
    spots = [spot for facet in facets if facet.kind.kind in ON_MAP for spot in _spots(facet)]
    by_month = [(month, confirmed, n) for month, (confirmed, n) in sorted(months.items())]
    return Counted(min(len(ids), MAX_TIPS), len(ids) > MAX_TIPS, facets, by_month, spots)


def _some(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[at : at + TIPS_PER_STATEMENT] for at in range(0, len(ids), TIPS_PER_STATEMENT))


def _values(session: Session, ids: Sequence[int], found: dict[int, dict[str, Value]]) -> None:
    """A value stands once in a tip, so that facts are tips here."""
    key = col(Fact.type_id), col(Fact.folded), col(Fact.state)
    query = select(*key, func.min(col(Fact.value)), func.count()).where(col(Fact.tip_id).in_(ids))
    for type_id, folded, state, value, n in session.execute(query.where(key[2].in_(STANDING)).group_by(*key)):
        one = found.setdefault(type_id, {}).setdefault(folded, Value(value))
        if state is FactState.CONFIRMED:
            one.confirmed += n
        else:
            one.suggested += n


def _months(session: Session, ids: Sequence[int], types: Sequence[int | None], found: dict[date, list[int]]) -> None:
    month = func.substr(col(Fact.folded), 1, 7)
    confirmed = case((col(Fact.state) == FactState.CONFIRMED, col(Fact.tip_id)))
    query = select(month, func.count(confirmed.distinct()), func.count(col(Fact.tip_id).distinct()))
    query = query.where(col(Fact.tip_id).in_(ids), col(Fact.type_id).in_(types), col(Fact.state).in_(STANDING))
    for name, sure, n in session.execute(query.group_by(month)):
        try:
            first = date.fromisoformat(f"{name}-01")
        except ValueError:
            continue  # a date in words of a reporter's own
        both = found.setdefault(first, [0, 0])
        both[0], both[1] = both[0] + sure, both[1] + n


def _spots(facet: Facet) -> Iterator[Spot]:
    for value in facet.values:
        place = fact_extraction.spot(FactKind(facet.kind.kind.value), value.value)
        if place is not None:
            yield Spot(facet.kind, value, *place)


def exported(session: Session, by: Actor, form: str) -> None:
    """Record that somebody took counted facts out of the house. `form` is "csv" or "xlsx"."""
    events.record(session, Verb.EXPORTED, by=by, after=f"{form} facts")


def offered(session: Session, kind: FactType, by: Actor, *, suggested: bool = False) -> list[Value]:
    """The values of a type that stand in tips of this person, the most frequent first: for the search field. Of a
    type with very many facts, those of the newest tips."""
    states = STANDING if suggested else (FactState.CONFIRMED,)
    mine = col(Fact.type_id) == kind.id, col(Fact.state).in_(states)
    some = select(col(Fact.id)).where(*mine).limit(OFFERED + 1).subquery()
    few = (session.scalar(select(func.count()).select_from(some)) or 0) <= OFFERED
    seen = access.visible(by), col(Tip.merged_into).is_(None)
    query = select(func.min(col(Fact.value)), func.count()).where(*mine).group_by(col(Fact.folded))
    if few:
        query = query.join(Tip, col(Tip.id) == col(Fact.tip_id)).where(*seen)
    else:
        newest = select(col(Tip.id)).where(*seen).order_by(col(Tip.id).desc()).limit(OFFERED)
        query = query.where(col(Fact.tip_id).in_(newest))
    found = [Value(value, n) for value, n in session.execute(query)]
    return sorted(found, key=lambda one: (-one.n, one.value))
