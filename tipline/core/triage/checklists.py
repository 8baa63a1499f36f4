"""Checklists: what editors want to be done for a tip, as a template. Tips keep the tasks that they have got of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import events
from tipline.core.access import Actor
from tipline.core.text.storable import storable
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.models import Checklist, Verb
from tipline.vocabularies import N_

MAX_NAME, MAX_STEP, MAX_STEPS = 60, 500, 50
EDITORS_ONLY = N_("Only editors change checklists.")
NO_NAME = N_("A checklist needs a name of at most 60 characters.")
NO_STEPS = N_("Write its steps, one a line: 50 at most, each under 500 characters.")


@dataclass(frozen=True, slots=True)
class ChecklistDraft:
    """A template as it is typed."""

    name: str
    steps: Sequence[str]


def everything(session: Session) -> list[Checklist]:
    """Those that are used no more, too, behind the others."""
    return list(session.scalars(select(Checklist).order_by(col(Checklist.retired), col(Checklist.name))))


def find(session: Session, checklist_id: int) -> Checklist:
    """The template of an id. NotVisible where there is none."""
    row = session.get(Checklist, checklist_id)
    if row is None:
        raise NotVisible("checklist")
    return row


def save(session: Session, checklist_id: int | None, draft: ChecklistDraft, by: Actor) -> Checklist:
    """Make a template, or change one; tips keep the tasks that they have. Editors only; Refused without name, steps."""
    _may(by)
    name = " ".join(storable(draft.name).split())
    steps = list(dict.fromkeys(line for step in draft.steps if (line := " ".join(storable(step).split()))))
    if not 0 < len(name) <= MAX_NAME:
        raise Refused(NO_NAME)
    if not 0 < len(steps) <= MAX_STEPS or any(len(step) > MAX_STEP for step in steps):
        raise Refused(NO_STEPS)
    row = find(session, checklist_id) if checklist_id is not None else Checklist(name=name)
    after = "changed" if checklist_id is not None else "made"
    row.name, row.steps = name, steps
    session.add(row)
    session.flush()
    events.record(session, Verb.CHECKLIST, by=by, object_id=row.id, after=after)
    return row


def retire(session: Session, checklist_id: int, by: Actor, *, retired: bool = True) -> Checklist:
    """Offer a template no more, or again. Editors only."""
    _may(by)
    row = find(session, checklist_id)
    if row.retired != retired:
        row.retired = retired
        session.add(row)
        session.flush()
        events.record(session, Verb.CHECKLIST, by=by, object_id=row.id, after="retired" if retired else "offered")
    return row


def _may(by: Actor) -> None:
    if not by.edits_callouts:
        raise NotAllowed(EDITORS_ONLY)
