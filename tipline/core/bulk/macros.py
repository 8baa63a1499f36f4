"""Macros: several steps under one name and key, a person's own or shared with everybody. One press is one change."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from tipline.core import access, events
from tipline.core.access import Actor
from tipline.core.bulk import steps
from tipline.core.bulk.steps import BulkStep
from tipline.core.text.storable import storable
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.models import Macro, Verb
from tipline.vocabularies import N_

LONGEST, MOST = 60, 50
KEYS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
EMPTY = N_("A macro needs a name.")
LONG = N_("A name has at most 60 characters.")
TWICE = N_("You have a macro of that name already.")
NO_STEPS = N_("A macro needs at least one thing to do.")
BAD_KEY = N_("A key is one letter from a to z, or a digit.")
KEY_TAKEN = N_("Another of your macros has that key.")
MANY = N_("You have 50 macros already. Delete one first.")


def assignee(macro: Macro | None) -> int | None:
    """Whom a macro gives tips to, where that is one person whoever runs it."""
    value = dict(macro.steps).get("assignee", "") if macro else ""
    return int(value) if value.isdigit() else None


def usable(session: Session, by: Actor) -> list[Macro]:
    """One's own macros, then those of others that are shared."""
    if not by.works_tips:
        return []
    own = col(Macro.account_id) == by.account_id
    query = select(Macro).where(or_(own, col(Macro.shared))).order_by((~own), col(Macro.position), col(Macro.id))
    return list(session.scalars(query))


def macro(session: Session, macro_id: int, by: Actor) -> Macro:
    """A macro that a person may use. NotVisible for others."""
    row = session.get(Macro, macro_id)
    if row is None or not by.works_tips or not (row.shared or row.account_id == by.account_id):
        raise NotVisible("macro")
    return row


def steps_of(session: Session, macro_id: int, by: Actor) -> list[BulkStep]:
    return [BulkStep(verb, value) for verb, value in macro(session, macro_id, by).steps]


def may_change(row: Macro, by: Actor) -> bool:
    """One's own, and for editors those that are shared."""
    return row.account_id == by.account_id or (row.shared and by.edits_callouts)


def save(
    session: Session,
    macro_id: int | None,
    name: str,
    key: str,
    wanted: Sequence[BulkStep],
    by: Actor,
    *,
    shared: bool = False,
) -> Macro:
    """Make a macro (None), or change one."""
    access.in_one_window(session, by)
    row = _to_change(session, macro_id, by) if macro_id else _fresh(session, by)
    name, key = " ".join(storable(name).split()), key.strip().lower()
    _check(session, row, name, key)
    if not wanted:
        raise Refused(NO_STEPS)
    steps.check(session, wanted)
    row.name, row.key, row.shared = name, key, shared
    row.steps = [[step.verb, step.value] for step in wanted]
    session.add(row)
    session.flush()
    events.record(session, Verb.MACRO_CHANGED, by=by, object_id=row.id, after="shared" if shared else "own")
    return row


def delete(session: Session, macro_id: int, by: Actor) -> None:
    row = _to_change(session, macro_id, by)
    session.delete(row)
    session.flush()
    events.record(session, Verb.MACRO_CHANGED, by=by, object_id=macro_id, after="deleted")


def _to_change(session: Session, macro_id: int, by: Actor) -> Macro:
    row = macro(session, macro_id, by)
    if not may_change(row, by):
        raise NotAllowed("This macro belongs to somebody else. Make one of your own.")
    return row


def _fresh(session: Session, by: Actor) -> Macro:
    if not by.works_tips:
        raise NotAllowed(access.READS_ONLY)
    own = col(Macro.account_id) == by.account_id
    count, last = session.execute(select(func.count(), func.max(col(Macro.position))).where(own)).one()
    if count >= MOST:
        raise Refused(MANY)
    return Macro(account_id=by.account_id, name="", position=(last or 0) + 1)


def _check(session: Session, row: Macro, name: str, key: str) -> None:
    if not name:
        raise Refused(EMPTY)
    if len(name) > LONGEST:
        raise Refused(LONG)
    if key and key not in KEYS:
        raise Refused(BAD_KEY)
    others = select(Macro).where(col(Macro.account_id) == row.account_id, col(Macro.id) != (row.id or 0))
    for other in session.scalars(others):
        if other.name.casefold() == name.casefold():
            raise Refused(TWICE)
        if key and other.key == key:
            raise Refused(KEY_TAKEN)
