"""Why a tip was given a status: what a newsroom asks for. A status that has reasons is not given without one."""

from collections import Counter

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import events
from tipline.core.access import Actor
from tipline.core.text.storable import storable
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.models import Event, Reason, Status, Verb
from tipline.vocabularies import N_

MAX_REASONS = 20  # of one status: more is no choice but a search
MAX_NAME_LENGTH = 100
# New, reviewing and waiting come about by themselves too, when somebody writes: nobody could be asked then.
ASKABLE = (Status.READY, Status.USED, Status.CLOSED, Status.SPAM)
NEEDED = N_("This status asks for a reason. Choose one of its reasons.")
NOT_OF_STATUS = N_("This reason is none of that status. Choose again.")
EMPTY = N_("A reason needs a name.")
LONG = N_("A reason has at most 100 characters.")
TWICE = N_("This status has a reason of that name already.")
MANY = N_("A status has at most 20 reasons. Retire one first.")
NOT_ASKABLE = N_("This status takes no reasons: tips come to it by themselves, too.")
NOT_EDITOR = "Reasons are the editors' to set. Ask one of them."


def everything(session: Session) -> list[Reason]:
    """All reasons, retired ones too, in the order in which they are offered."""
    return list(session.scalars(select(Reason).order_by(col(Reason.status), col(Reason.position), col(Reason.id))))


def offered(session: Session) -> dict[Status, list[Reason]]:
    """The reasons to choose from, by status; a status without any is not in it."""
    found: dict[Status, list[Reason]] = {}
    for reason in everything(session):
        if not reason.retired:
            found.setdefault(reason.status, []).append(reason)
    return found


def digits(session: Session) -> dict[int, int]:
    """The digit that stands for each of the first nine reasons of a status, by the reason's id. It stays the same when
    another is retired: people know it by heart."""
    found: dict[int, int] = {}
    places: Counter[Status] = Counter()
    for reason in everything(session):
        places[reason.status] += 1
        if reason.id and places[reason.status] < 10:
            found[reason.id] = places[reason.status]
    return found


def name_of(session: Session, reason_id: int | None) -> str:
    """A reason's name, "" for none."""
    row = session.get(Reason, reason_id) if reason_id else None
    return row.name if row else ""


def check(session: Session, status: Status, reason_id: int | None) -> None:
    """Refused where a status can't be given with this reason, or without any."""
    if reason_id is None:
        asks = select(col(Reason.id)).where(col(Reason.status) == status, ~col(Reason.retired)).limit(1)
        if session.scalars(asks).first() is not None:
            raise Refused(NEEDED)
        return
    row = session.get(Reason, reason_id)
    if row is None or row.status != status or row.retired:
        raise Refused(NOT_OF_STATUS)


def add(session: Session, status: Status, name: str, by: Actor) -> Reason:
    """One more reason of a status: from now on the status is not given without one."""
    _editors(by)
    if status not in ASKABLE:
        raise Refused(NOT_ASKABLE)
    name = _name(session, status, name)
    of_status = [one for one in everything(session) if one.status == status]
    if sum(not one.retired for one in of_status) >= MAX_REASONS:
        raise Refused(MANY)
    row = Reason(status=status, name=name, position=max((one.position for one in of_status), default=0) + 1)
    session.add(row)
    session.flush()
    _record(session, row, by)
    return row


def rename(session: Session, reason_id: int, name: str, by: Actor) -> None:
    """Put a reason in other words: on every tip that has it, too."""
    row = _reason(session, reason_id, by)
    if row.name != name.strip():
        row.name = _name(session, row.status, name, but=reason_id)
        _record(session, row, by)


def retire(session: Session, reason_id: int, by: Actor, *, retired: bool = True) -> None:
    """Offer a reason no longer, or again. Tips that have it keep it."""
    row = _reason(session, reason_id, by)
    if row.retired != retired:
        row.retired = retired
        _record(session, row, by)


def _reason(session: Session, reason_id: int, by: Actor) -> Reason:
    _editors(by)
    row = session.get(Reason, reason_id)
    if row is None:
        raise NotVisible("reason")
    return row


def _editors(by: Actor) -> None:
    if not by.edits_callouts:
        raise NotAllowed(NOT_EDITOR)


def _name(session: Session, status: Status, name: str, but: int = 0) -> str:
    name = " ".join(storable(name).split())
    if not name:
        raise Refused(EMPTY)
    if len(name) > MAX_NAME_LENGTH:
        raise Refused(LONG)
    others = select(Reason).where(col(Reason.status) == status, col(Reason.id) != but)
    if any(other.name.casefold() == name.casefold() for other in session.scalars(others)):
        raise Refused(TWICE)
    return name


def _record(session: Session, row: Reason, by: Actor) -> Event:
    session.flush()
    after = "retired" if row.retired else "offered"
    return events.record(session, Verb.REASONS_CHANGED, by=by, object_id=row.id, before=row.status, after=after)
