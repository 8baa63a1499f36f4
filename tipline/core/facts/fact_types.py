"""Types of facts: those that tipline reads by itself, and those that editors make for a callout or for all."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlmodel import Session, col

from tipline.core import events, row_batches
from tipline.core.access import Actor, callouts_of
from tipline.core.facts.fact_keys import MAX_KEY_LENGTH, called, key_of
from tipline.core.facts.fact_values import READ, folded
from tipline.core.text.storable import storable
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.models import Callout, FactType, TypeKind, Verb
from tipline.models.fact import MAX_VALUE_LENGTH
from tipline.vocabularies import N_

OWN = (TypeKind.TEXT, TypeKind.CHOICE, TypeKind.NUMBER)
MAX_NAME, MOST, MOST_CHOICES = MAX_KEY_LENGTH, 100, 50
EDITORS_ONLY = N_("Only editors change the types of facts.")
NO_NAME = N_("A type of facts needs a name of at most 60 characters, with a letter in it.")
NO_CHOICES = N_("Write its choices, one a line: 2 to 50, each of at most 200 characters.")
MANY = N_("There are 100 types of facts already. Use one of them.")
TAKEN = N_("There is a type of that name already.")


@dataclass(frozen=True, slots=True)
class TypeDraft:
    """A type as it is typed. What its values are is chosen once."""

    name: str
    kind: TypeKind = TypeKind.TEXT
    callout_id: int | None = None
    choices: Sequence[str] = field(default_factory=tuple)


def _mine(by: Actor) -> ColumnElement[bool]:
    theirs = exists(select(col(Callout.id)).where(col(Callout.id) == col(FactType.callout_id), callouts_of(by)))
    return or_(col(FactType.callout_id).is_(None), theirs)


def _rows(session: Session, query: Select[Any]) -> list[FactType]:
    """Those of every callout first, then in the order that editors gave them."""
    of_one = col(FactType.callout_id).is_not(None)
    return list(session.scalars(query.order_by(of_one, col(FactType.position), col(FactType.id))))


def of_callout(session: Session, callout_id: int) -> list[FactType]:
    """The types that a tip of this callout may have, in their order."""
    here = or_(col(FactType.callout_id).is_(None), col(FactType.callout_id) == callout_id)
    return _rows(session, select(FactType).where(here, ~col(FactType.archived)))


def seen(session: Session, by: Actor) -> list[FactType]:
    """The types of all callouts that this person sees, in their order: for filters and counts."""
    if not by.sees_tips:
        return []
    return _rows(session, select(FactType).where(_mine(by), ~col(FactType.archived)))


def everything(session: Session) -> list[FactType]:
    """All of them, archived ones too: for the page of editors."""
    return _rows(session, select(FactType))


def by_key(session: Session, key: str, by: Actor) -> FactType | None:
    """The type that a filter names. Archived ones go on to work in saved lists."""
    return called(_rows(session, select(FactType).where(_mine(by))), key)


def find(session: Session, type_id: int) -> FactType:
    """The type of an id. NotVisible where there is none."""
    row = session.get(FactType, type_id)
    if row is None:
        raise NotVisible("fact_type")
    return row


def save(session: Session, type_id: int | None, draft: TypeDraft, by: Actor) -> FactType:
    """Make a type, or change its name and choices; facts keep their values. Its key stays, since saved lists and links
    name it. Editors only."""
    _may(by)
    row_batches.one_at_a_time(session, "fact types")  # or a second press would fail on the key
    name = " ".join(storable(draft.name).split())
    if not key_of(name) or len(name) > MAX_NAME:
        raise Refused(NO_NAME)
    row = find(session, type_id) if type_id is not None else _new(session, draft, name)
    if any(other.id != row.id and _called(other) == folded(name) for other in _beside(session, row.callout_id)):
        raise Refused(TAKEN)
    row.name = name
    if row.kind is TypeKind.CHOICE:
        row.choices = _choices(draft.choices)
    session.add(row)
    session.flush()
    after = "changed" if type_id is not None else "made"
    events.record(session, Verb.FACT_TYPE, by=by, object_id=row.id, after=after)
    return row


def _new(session: Session, draft: TypeDraft, name: str) -> FactType:
    if draft.kind in READ:
        raise Refused(NO_NAME)
    there = everything(session)
    if len(there) >= MOST:
        raise Refused(MANY)
    if draft.callout_id is not None and session.get(Callout, draft.callout_id) is None:
        raise NotVisible("callout")
    position = 1 + max((row.position for row in there), default=0)
    key = _free(key_of(name), {row.key for row in there})
    return FactType(key=key, name=name, kind=draft.kind, callout_id=draft.callout_id, position=position)


def _free(key: str, taken: set[str]) -> str:
    """A key that no other type has: two callouts may call theirs by one name."""
    found, n = key, 2
    while found in taken:
        found, n = f"{key[: MAX_NAME - 4]}-{n}", n + 1
    return found


def _called(row: FactType) -> str:
    return folded(row.name or row.key)


def _beside(session: Session, callout_id: int | None) -> list[FactType]:
    """The types that stand beside one of this callout."""
    if callout_id is None:
        return everything(session)
    return [row for row in everything(session) if row.callout_id in (None, callout_id)]


def _choices(typed: Sequence[str]) -> list[str]:
    found: dict[str, str] = {}
    for line in typed:
        choice = " ".join(storable(line).split())
        if folded(choice):
            found.setdefault(folded(choice), choice)
    if not 2 <= len(found) <= MOST_CHOICES or any(len(choice) > MAX_VALUE_LENGTH for choice in found.values()):
        raise Refused(NO_CHOICES)
    return list(found.values())


def archive(session: Session, type_id: int, by: Actor, *, archived: bool = True) -> FactType:
    """Offer a type no more, or again. Facts of it stay. Editors only."""
    _may(by)
    row = find(session, type_id)
    if row.archived != archived:
        row.archived = archived
        session.add(row)
        session.flush()
        events.record(session, Verb.FACT_TYPE, by=by, object_id=row.id, after="archived" if archived else "offered")
    return row


def move(session: Session, type_id: int, by: Actor, *, up: bool) -> None:
    """Put a type before or behind the one beside it. Editors only."""
    _may(by)
    row = find(session, type_id)
    rows = [one for one in everything(session) if one.callout_id == row.callout_id and one.archived == row.archived]
    at = rows.index(row)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(rows):
        return
    rows[at], rows[to] = rows[to], rows[at]
    for position, one in enumerate(rows):
        one.position = position
        session.add(one)
    session.flush()
    events.record(session, Verb.FACT_TYPE, by=by, object_id=row.id, after="moved")


def _may(by: Actor) -> None:
    if not by.edits_callouts:
        raise NotAllowed(EDITORS_ONLY)
