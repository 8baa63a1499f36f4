"""What can be done to a tip from afar: a step is [verb, value], in the words of the bulk bar and of macros."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Unpack

from sqlmodel import Session

from tipline.core import access, tags, tip_fields, triage
from tipline.core.access import Actor
from tipline.core.events import Cause
from tipline.core.tip_fields import Choice
from tipline.core.tips import reminders
from tipline.core.triage import moving, reasons
from tipline.errors import Refused
from tipline.models import Callout, Event, Status
from tipline.vocabularies import N_

UNKNOWN = N_("That is none of the choices.")
TAGS_AT_ONCE = N_("A tip has at most 50 tags. Name fewer.")
NO_CALLOUT = N_("You don’t see the callout to which these tips were to go. Ask an editor to put you on its team.")
READ, UNREAD = "read", "unread"
WRITE = (
    "write"  # to the readers: no macro's and no list's, `core.bulk.mass_messages` alone does it; its value is the text
)
COMMAS = "，、;；\n"


@dataclass(frozen=True, slots=True)
class BulkStep:
    """One change. `value`: a status ("closed", or with its reason's number "closed:3"), an account's number ("" for
    nobody, "me" for whoever does it), tags with commas between them, a choice's value, when to come back to the tip as
    `reminders.meant` reads it, a callout's number, or whether one has read it.
    """

    verb: str
    value: str = ""


@dataclass(slots=True)
class StepsOutcome:
    """What became of steps: the events that they wrote, whether anything is otherwise now, and why one was refused, ""
    where none was."""

    events: list[Event] = field(default_factory=list)
    changed: bool = False
    refused: str = ""


def names(typed: str) -> list[str]:
    """Tags as they are typed: several in one field, with commas of either script between them."""
    for comma in COMMAS:
        typed = typed.replace(comma, ",")
    return [part.strip() for part in typed.split(",") if part.strip()]


def without(wanted: Sequence[Sequence[str]], gone: Collection[str]) -> list[BulkStep]:
    """Steps that name tags of these folded names no longer; one that named no other is left out."""
    found = []
    for verb, value in wanted:
        if verb in ("tag", "untag"):
            value = ", ".join(name for name in names(value) if tags.folded(tags.clean(name)) not in gone)
        if value or verb not in ("tag", "untag"):
            found.append(BulkStep(verb, value))
    return found


def status_of(value: str) -> tuple[Status, int | None]:
    """A status and its reason, from "closed" or "closed:3". ValueError for anything else."""
    word, _, reason = value.partition(":")
    return Status(word), _number(reason) if reason else None


def _number(typed: str) -> int:
    """A row's number. ValueError where no database holds it."""
    if not typed.isascii() or not typed.isdigit() or len(typed) > 9:
        raise ValueError("no number of a row")
    return int(typed)


def check(session: Session, wanted: Sequence[BulkStep]) -> None:
    """Refused where a step could be done to no tip at all: it is none of the choices, or a reason is missing."""
    if not wanted:
        raise Refused(UNKNOWN)
    for step in wanted:
        try:
            _CHECKS[step.verb](session, step.value)
        except (KeyError, ValueError):
            raise Refused(UNKNOWN) from None


def apply(
    session: Session, tip_id: int, wanted: Sequence[BulkStep], by: Actor, today: date, **cause: Unpack[Cause]
) -> StepsOutcome:
    """Do steps to a tip, for those who work on it. One that is refused is left out and said; the others are done."""
    done = StepsOutcome()
    for step in wanted:
        try:
            if step.verb in _OWN:
                done.changed |= _OWN[step.verb](session, tip_id, step.value, by)
                continue
            written = _VERBS[step.verb](session, tip_id, step.value, by, today, cause)
            done.events += written
            done.changed |= bool(written)
        except Refused as error:
            done.refused = str(error)
    return done


def are_own(wanted: Sequence[Sequence[str]]) -> bool:
    """Whether all that steps change is one person's alone: no event says it, and no way leads back but its opposite."""
    return all(verb in _OWN for verb, _value in wanted)


def _status(session: Session, tip_id: int, value: str, by: Actor, _: date, cause: Cause) -> list[Event]:
    status, reason = status_of(value)
    return _one(triage.set_status(session, tip_id, status, by, reason=reason, **cause))


def _assign(session: Session, tip_id: int, value: str, by: Actor, _: date, cause: Cause) -> list[Event]:
    account_id = by.account_id if value == "me" else _number(value) if value else None
    return _one(triage.assign(session, tip_id, account_id, by, **cause))


def _tag(session: Session, tip_id: int, value: str, by: Actor, _: date, cause: Cause) -> list[Event]:
    return triage.tag(session, tip_id, names(value), by, **cause)


def _untag(session: Session, tip_id: int, value: str, by: Actor, _: date, cause: Cause) -> list[Event]:
    found = [tags.find(session, tags.clean(name)) for name in names(value)]
    return [event for t in found if t for event in _one(triage.untag(session, tip_id, t, by, **cause))]


def _choice(session: Session, tip_id: int, value: str, by: Actor, _: date, cause: Cause, *, of: Choice) -> list[Event]:
    return _one(triage.set_choice(session, tip_id, of.kind(value), by, **cause))


def _follow_up(session: Session, tip_id: int, value: str, by: Actor, today: date, cause: Cause) -> list[Event]:
    when, snooze = reminders.meant(value)
    return _one(triage.follow_up(session, tip_id, reminders.day(when, today), by, snooze=snooze, **cause))


def _move(session: Session, tip_id: int, value: str, by: Actor, _: date, cause: Cause) -> list[Event]:
    tip, callout_id = access.tip_to_work(session, tip_id, by), _number(value)
    if tip.callout_id == callout_id:
        return []
    if not moving.may_go_to(session, callout_id, by):
        raise Refused(NO_CALLOUT)
    return moving.move(session, tip_id, callout_id, by, **cause)


def _seen(session: Session, tip_id: int, value: str, by: Actor) -> bool:
    return triage.mark_seen(session, tip_id, by) if value == READ else triage.mark_unseen(session, tip_id, by)


def _one(event: Event | None) -> list[Event]:
    return [event] if event else []


_VERBS: dict[str, Callable[[Session, int, str, Actor, date, Cause], list[Event]]] = {
    "status": _status,
    "assignee": _assign,
    "tag": _tag,
    "untag": _untag,
    **{name: partial(_choice, of=choice) for name, choice in tip_fields.SETTABLE.items()},
    "follow_up": _follow_up,
    "move": _move,
}
_OWN: dict[str, Callable[[Session, int, str, Actor], bool]] = {"seen": _seen}


def _check_status(session: Session, value: str) -> None:
    status, reason = status_of(value)
    reasons.check(session, status, reason)


def _check_assignee(_: Session, value: str) -> None:
    if value not in ("", "me"):
        _number(value)


def _check_tags(_: Session, value: str) -> None:
    if not names(value):
        raise Refused(tags.EMPTY)
    if len(names(value)) > triage.MAX_TAGS:
        raise Refused(TAGS_AT_ONCE)
    for name in names(value):
        tags.clean(name)


def _check_choice(_: Session, value: str, *, of: Choice) -> None:
    of.kind(value)


def _check_follow_up(_: Session, value: str) -> None:
    reminders.meant(value)


def _check_move(session: Session, value: str) -> None:
    if session.get(Callout, _number(value)) is None:
        raise Refused(UNKNOWN)


def _check_seen(_: Session, value: str) -> None:
    if value not in (READ, UNREAD):
        raise Refused(UNKNOWN)


_CHECKS: dict[str, Callable[[Session, str], None]] = {
    "status": _check_status,
    "assignee": _check_assignee,
    "tag": _check_tags,
    "untag": _check_tags,
    **{name: partial(_check_choice, of=choice) for name, choice in tip_fields.SETTABLE.items()},
    "follow_up": _check_follow_up,
    "move": _check_move,
    "seen": _check_seen,
}
