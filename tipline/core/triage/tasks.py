"""What is to be done for a tip: tasks, one by one or from a checklist, ticked by one press."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlmodel import Session, col

from tipline.core import access, events
from tipline.core.access import Actor
from tipline.core.text.storable import storable
from tipline.core.triage import NOT_ON_TEAM
from tipline.db import now
from tipline.errors import NotVisible, Refused
from tipline.models import Checklist, Task, Verb
from tipline.vocabularies import N_

MAX_TEXT, MAX_TASKS = 500, 100
EMPTY = N_("Write what is to be done.")
LONG = N_("Keep a task under 500 characters.")
MANY = N_("This tip has 100 tasks already. Take some away first.")


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task as it is typed. `assignee_id` None: whoever works on the tip."""

    text: str
    assignee_id: int | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class TaskProgress:
    """How many tasks of a tip are done, and how many there are."""

    done: int
    of: int


def of_tip(session: Session, tip_id: int) -> list[Task]:
    """A tip's tasks in their order. The caller got the tip from `access.tip`."""
    query = select(Task).where(col(Task.tip_id) == tip_id)
    return list(session.scalars(query.order_by(col(Task.position), col(Task.id))))


def add(session: Session, tip_id: int, task: NewTask, by: Actor) -> Task:
    """Add a task. Refused where it says nothing or too much, or whoever is to do it can't see the tip."""
    access.tip_to_work(session, tip_id, by)
    text = " ".join(storable(task.text).split())
    if not text:
        raise Refused(EMPTY)
    if len(text) > MAX_TEXT:
        raise Refused(LONG)
    if task.assignee_id is not None:
        other = access.actor(session, task.assignee_id)
        if other is None or not other.works_tips or not access.sees(session, tip_id, other):
            raise Refused(NOT_ON_TEAM)
    (row,) = _append(session, tip_id, [text], by)
    row.assignee_id, row.due_on = task.assignee_id, task.due_on
    session.add(row)
    session.flush()
    events.record(session, Verb.TASK, by=by, tip_id=tip_id, object_id=row.id, after="added")
    return row


def put(session: Session, tip_id: int, checklist_id: int, by: Actor) -> int:
    """Put a checklist on a tip: those of its steps that are not there yet become tasks. Returns how many."""
    access.tip_to_work(session, tip_id, by)
    template = session.get(Checklist, checklist_id)
    if template is None or template.retired:
        raise NotVisible("checklist")
    there = {task.text for task in of_tip(session, tip_id) if task.checklist_id == checklist_id}
    missing = [step for step in template.steps if step not in there]
    if missing:
        _append(session, tip_id, missing, by, checklist_id)
        events.record(session, Verb.CHECKLIST, by=by, tip_id=tip_id, object_id=checklist_id, after="added")
    return len(missing)


def set_done(session: Session, task_id: int, by: Actor, *, done: bool) -> Task:
    """Tick a task, or open it again. Quiet where it stands so already."""
    row = _of(session, task_id, by)
    if (row.done_at is not None) == done:
        return row
    row.done_at, row.done_by = (now(), by.account_id) if done else (None, None)
    session.add(row)
    session.flush()
    verb = Verb.TASK_DONE if done else Verb.TASK_OPEN
    events.record(session, verb, by=by, tip_id=row.tip_id, object_id=row.id)
    return row


def remove(session: Session, task_id: int, by: Actor) -> int:
    """Take a task away. Returns its tip's id."""
    row = _of(session, task_id, by)
    session.delete(row)
    session.flush()
    events.record(session, Verb.TASK, by=by, tip_id=row.tip_id, object_id=task_id, after="removed")
    return row.tip_id


def _append(session: Session, tip_id: int, texts: list[str], by: Actor, checklist_id: int | None = None) -> list[Task]:
    """New rows behind those that are there."""
    there, last = session.execute(
        select(func.count(), func.coalesce(func.max(col(Task.position)), 0)).where(col(Task.tip_id) == tip_id)
    ).one()
    if there + len(texts) > MAX_TASKS:
        raise Refused(MANY)
    rows = [
        Task(
            tip_id=tip_id,
            checklist_id=checklist_id,
            text=text,
            position=position,
            made_by=by.account_id,
            created_at=now(),
        )
        for position, text in enumerate(texts, last + 1)
    ]
    session.add_all(rows)
    session.flush()
    return rows


def _of(session: Session, task_id: int, by: Actor) -> Task:
    row = session.get(Task, task_id)
    if row is None:
        raise NotVisible("task")
    access.tip_to_work(session, row.tip_id, by)  # whose lock keeps others from it
    session.refresh(row)
    return row
