"""Facts of the made-up stories: read as the worker reads them, some decided on at the desk, some left for you."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import facts
from tipline.core.access import Actor
from tipline.core.facts import fact_types
from tipline.core.facts.fact_types import TypeDraft
from tipline.db import Database
from tipline.jobs.fact_extraction import Noticing
from tipline.models import Callout, Fact, FactState, FactType, Tip, TypeKind

LEFT = 3  # of so many tips that were looked at, one is left as the worker read it
DECIDED = (TypeKind.PLACE, TypeKind.CROSSING, TypeKind.DATE, TypeKind.AIRLINE, TypeKind.VISA, TypeKind.RELATION)
TYPES: tuple[tuple[str, str, TypeKind, tuple[str, ...]], ...] = (
    ("stranded", "Papers the consulate asked for", TypeKind.CHOICE, ("Invitation letter", "Letter of the employer",
     "Test result", "None of these")),
    ("stranded", "Months apart", TypeKind.NUMBER, ()),
)  # fmt: skip


def note(database: Database, tips: Mapping[str, int], work: Sequence[Mapping[str, Any]], by: Actor) -> None:
    """Read every story; confirm what was read in those that were worked on, and add what their entries say."""
    noticing = Noticing(database)
    while noticing.run():
        pass
    with database.writing() as session:
        own = _types(session, by)
        for place, entry in enumerate(entry for entry in work if entry["story"] in tips):
            tip_id = tips[entry["story"]]
            for key, value in entry.get("facts", {}).items():
                facts.add(session, tip_id, own[key].id or 0, value, by)
            if place % LEFT != LEFT - 1:
                _confirm(session, tip_id, by)
        session.commit()


def _types(session: Session, by: Actor) -> dict[str, FactType]:
    slugs = dict(session.execute(select(col(Callout.slug), col(Callout.id))).all())
    made = [
        fact_types.save(session, None, TypeDraft(name, kind, slugs[slug], choices), by)
        for slug, name, kind, choices in TYPES
    ]
    return {row.key: row for row in made}


def _confirm(session: Session, tip_id: int, by: Actor) -> None:
    """What was read in a tip, as a careful reporter would: amounts are left for a second look."""
    tip = session.get_one(Tip, tip_id)
    kinds = select(col(FactType.id)).where(col(FactType.kind).in_(DECIDED))
    suggested = col(Fact.tip_id) == tip.id, col(Fact.state) == FactState.SUGGESTED, col(Fact.type_id).in_(kinds)
    for fact in session.scalars(select(Fact).where(*suggested).order_by(col(Fact.id))).all():
        facts.decide(session, tip_id, fact.id or 0, FactState.CONFIRMED, by)
