"""What reporters do to a tip. Each verb writes one event in the caller's transaction; undo is the inverse event."""

from datetime import date
from enum import StrEnum
from typing import Unpack

from sqlalchemy import delete, or_, select
from sqlmodel import Session, col

from tipline.core import access, events, facts, search, tags, tip_fields
from tipline.core.access import Actor
from tipline.core.accounts import sessions
from tipline.core.counts import counters, day_counts
from tipline.core.counts.counters import CountedState
from tipline.core.events import Cause
from tipline.core.merge import splitting, unmerge
from tipline.core.readers import same_reader
from tipline.core.related import links
from tipline.core.similar import clusters
from tipline.core.spam import training
from tipline.core.tips import reminders
from tipline.core.triage import automatic_messages, forward_credit, mentions, moving, reasons, unclear_answers
from tipline.db import now
from tipline.errors import Conflict, NotVisible, Refused
from tipline.models import Account, ActorKind, Event, Note, Role, Status, Tag, Tip, TipSeen, TipTag, Verb
from tipline.vocabularies import N_

MAX_NOTE, MAX_TAGS = 20_000, 50
WORKED_ON = (Status.REVIEWING, Status.WAITING, Status.READY, Status.USED)  # closed may be anything
EMPTY_NOTE = N_("The note is empty. Write something, then save it.")
LONG_NOTE = N_("The note is longer than 20,000 characters. Split it in two.")
MANY_TAGS = N_("This tip has 50 tags already. Remove one first.")
NOT_ON_TEAM = N_("This person can't see the tip. Add them to the callout's team first.")
CANT_UNDO = N_("This can't be undone.")
CHANGED_SINCE = N_("Someone has changed it since; nothing was undone.")


def assign(session: Session, tip_id: int, account_id: int | None, by: Actor, **cause: Unpack[Cause]) -> Event | None:
    """Give a tip to somebody, or to nobody (None). None where it stands so already. Refused where they can't see it."""
    tip = access.tip_to_work(session, tip_id, by)
    if tip.assignee_id == account_id:
        return None
    if account_id is not None:
        other = access.actor(session, account_id)
        if other is None or not other.works_tips or not access.sees(session, tip_id, other):
            raise Refused(NOT_ON_TEAM)
    before = counters.standing(tip)
    event = events.record(
        session,
        Verb.ASSIGNED,
        by=by,
        tip_id=tip_id,
        before=str(tip.assignee_id or ""),
        after=str(account_id or ""),
        **cause,
    )
    tip.assignee_id = account_id
    return _moved(session, tip, before, event)


def set_status(
    session: Session, tip_id: int, status: Status, by: Actor, *, reason: int | None = None, **cause: Unpack[Cause]
) -> Event | None:
    """Move a tip to a status, with its reason where the status asks for one. None where it stands there already.

    Refused without a reason that is needed, or with one of another status; what takes a change back is not asked.
    """
    tip = access.tip_to_work(session, tip_id, by)
    taken_back = cause.get("undoes") is not None
    if tip.status == status and (tip.reason_id == reason or (reason is None and not taken_back)):
        return None
    if not taken_back:
        reasons.check(session, status, reason)
    before = counters.standing(tip)
    event = events.record(
        session, Verb.STATUS, by=by, tip_id=tip_id, object_id=reason, before=tip.status, after=status, **cause
    )
    _teach(session, tip, status)
    day_counts.status_set(session, tip, event)
    tip.status, tip.reason_id = status, reason
    return _moved(session, tip, before, event)


def _teach(session: Session, tip: Tip, status: Status) -> None:
    """What a person calls spam is a lesson, and so is what they take out of it or work on."""
    if status is Status.SPAM:
        training.soon(session, tip.id or 0, spam=True)
    elif tip.status is Status.SPAM or status in WORKED_ON:
        training.soon(session, tip.id or 0, spam=False)
        tip.spam_score = 0


def set_choice(session: Session, tip_id: int, value: StrEnum, by: Actor, **cause: Unpack[Cause]) -> Event | None:
    """Set the field of `tip_fields.SETTABLE` whose value this is. None where the tip has it already."""
    choice = tip_fields.OF_KIND[type(value)]
    tip = access.tip_to_work(session, tip_id, by)
    if choice.of(tip) == value:
        return None
    before = counters.standing(tip)
    event = events.record(session, choice.verb, by=by, tip_id=tip_id, before=choice.of(tip), after=value, **cause)
    choice.put(tip, value)
    return _moved(session, tip, before, event)


def follow_up(
    session: Session, tip_id: int, on: date | None, by: Actor, *, snooze: bool = False, **cause: Unpack[Cause]
) -> Event | None:
    """Set or clear (None) the day on which to come back to a tip, with `snooze` out of the lists until then. None
    where it stands so already."""
    tip = access.tip_to_work(session, tip_id, by)
    planned = reminders.written(on, snoozed=snooze)
    if reminders.of(tip) == planned:
        return None
    event = events.record(
        session,
        Verb.FOLLOW_UP,
        by=by,
        tip_id=tip_id,
        before=reminders.of(tip),
        after=planned,
        **cause,
    )
    reminders.plan(tip, on, snoozed=snooze)
    return _touched(session, tip, event)


def tag(session: Session, tip_id: int, names: list[str], by: Actor, **cause: Unpack[Cause]) -> list[Event]:
    """Put tags on a tip, making those that are new; returns an event for each that was not on it yet.

    Refused where there are too many, before any is put on it.
    """
    tip = access.tip_to_work(session, tip_id, by)
    have = set(session.scalars(select(col(TipTag.tag_id)).where(col(TipTag.tip_id) == tip_id)))
    known, new = tags.known(session, names)
    if len(known - have) + len(new) > MAX_TAGS - len(have):  # before any is made: a selection goes on to its next tip
        raise Refused(MANY_TAGS)
    wanted = dict.fromkeys(tags.named(session, name) for name in names)
    fresh = [tag_id for tag_id in wanted if tag_id not in have]
    session.add_all(TipTag(tip_id=tip_id, tag_id=tag_id) for tag_id in fresh)
    written = [events.record(session, Verb.TAGGED, by=by, tip_id=tip_id, object_id=tag_id, **cause) for tag_id in fresh]
    if written:
        _touched(session, tip, written[-1])
    return written


def untag(session: Session, tip_id: int, tag_id: int, by: Actor, **cause: Unpack[Cause]) -> Event | None:
    """Take a tag off a tip. None where it is not on it."""
    tip = access.tip_to_work(session, tip_id, by)
    row = session.get(TipTag, (tip_id, tag_id))
    if row is None:
        return None
    session.delete(row)
    return _touched(
        session, tip, events.record(session, Verb.UNTAGGED, by=by, tip_id=tip_id, object_id=tag_id, **cause)
    )


def note(session: Session, tip_id: int, text: str, by: Actor, *, with_files: bool = False) -> Note:
    """Write a note on a tip. Refused where it is empty and no files follow, or too long, or calls somebody who can't
    see the tip."""
    tip = access.tip_to_work(session, tip_id, by)
    text = text.replace("\0", "").replace("\r\n", "\n").strip()
    if not text and not with_files:
        raise Refused(EMPTY_NOTE)
    if len(text) > MAX_NOTE:
        raise Refused(LONG_NOTE)
    row = Note(tip_id=tip_id, author_id=by.account_id, text=text, created_at=now())
    session.add(row)
    session.flush()
    _touched(session, tip, events.record(session, Verb.NOTE, by=by, tip_id=tip_id, object_id=row.id))
    mentions.record(session, tip, row)
    search.put(session, tip_id)
    return row


def undo(session: Session, event_id: int, by: Actor, bulk_id: int | None = None) -> list[Event]:
    """Take a change back by its inverse, where the value is still what it left. Conflict where it is not."""
    event = session.get(Event, event_id)
    if event is None or event.tip_id is None:
        raise NotVisible("event")
    tip = access.tip_to_work(session, event.tip_id, by)
    if event.account_id != by.account_id and not by.edits_callouts:
        raise Refused(CANT_UNDO)
    written = _inverse(session, tip, event, by, bulk_id)
    if not written:
        raise Conflict(CHANGED_SINCE)
    return written


def _inverse(session: Session, tip: Tip, event: Event, by: Actor, bulk_id: int | None) -> list[Event]:
    tip_id, cause = event.tip_id or 0, Cause(undoes=event.id, bulk_id=bulk_id)
    one: Event | None = None
    match event.verb:
        case Verb.STATUS if tip.status == event.after and _same_reason(tip, event):
            reason = _reason_before(session, event)
            one = set_status(session, tip_id, Status(event.before), by, reason=reason, **cause)
        case verb if choice := tip_fields.SET_BY.get(verb):
            same = choice.of(tip) == event.after
            one = set_choice(session, tip_id, choice.kind(event.before), by, **cause) if same else None
        case Verb.ASSIGNED if str(tip.assignee_id or "") == event.after:
            one = assign(session, tip_id, int(event.before) if event.before else None, by, **cause)
        case Verb.FOLLOW_UP if reminders.of(tip) == event.after:
            earlier, snoozed = reminders.read(event.before)
            one = follow_up(session, tip_id, earlier, by, snooze=snoozed, **cause)
        case Verb.TAGGED:
            one = untag(session, tip_id, tags.standing_for(session, event.object_id or 0), by, **cause)
        case Verb.UNTAGGED:
            row = session.get(Tag, event.object_id)
            return tag(session, tip_id, [row.name], by, **cause) if row else []
        case Verb.CREDITED:
            one = forward_credit.undo(session, tip, event, by)
        case Verb.CHECKED:
            one = unclear_answers.undo(session, tip, event, by)
        case Verb.AUTOMATIC:
            return _undo_automatic(session, tip, event, by, bulk_id)
        case Verb.NOT_SIMILAR:
            one = clusters.put_back(session, tip, event, by, bulk_id)
        case Verb.SIMILAR if str(tip.cluster_id or "") == event.after:
            one = clusters.set_apart(session, tip_id, by, **cause)
        case Verb.FACT | Verb.FACT_CORRECTED:
            one = facts.undo(session, tip, event, by, bulk_id)
        case Verb.MERGED:
            return unmerge.unmerge(session, event.object_id or tip_id, by)
        case Verb.SPLIT:
            return splitting.undo(session, event, by)
        case Verb.MOVED:
            return moving.undo(session, tip, event, by, bulk_id)
        case Verb.LINKED | Verb.UNLINKED:
            one = links.undo(session, tip, event, by)
        case Verb.SAME_READER | Verb.OTHER_READER:
            one = same_reader.undo(session, event, by)
        case Verb.STATUS | Verb.ASSIGNED | Verb.FOLLOW_UP | Verb.SIMILAR:
            return []
        case _:
            raise Refused(CANT_UNDO)
    return [one] if one else []


def _undo_automatic(session: Session, tip: Tip, event: Event, by: Actor, bulk_id: int | None) -> list[Event]:
    """With what came with it, where that still stands."""
    undone = automatic_messages.undo(session, tip, event, by)
    if undone is None:
        return []
    return [
        undone,
        *(
            one
            for then in automatic_messages.with_it(session, event)
            for one in _inverse(session, tip, then, by, bulk_id)
        ),
    ]


def _same_reason(tip: Tip, event: Event) -> bool:
    """Of what a person did, `object_id` is the reason; of what happened by itself it is something else."""
    return event.actor is not ActorKind.REPORTER or tip.reason_id == event.object_id


def _reason_before(session: Session, event: Event) -> int | None:
    """The reason that the tip had before a change of status."""
    earlier = session.scalars(
        select(Event)
        .where(col(Event.tip_id) == event.tip_id, col(Event.verb) == Verb.STATUS, col(Event.id) < event.id)
        .order_by(col(Event.id).desc())
        .limit(1)
    ).first()
    said = earlier is not None and earlier.actor is ActorKind.REPORTER and earlier.after == event.before
    return earlier.object_id if earlier and said else None


UNDOABLE = frozenset(
    {
        *tip_fields.SMALL_CHANGES, Verb.CREDITED, Verb.MERGED, Verb.SPLIT, Verb.MOVED, Verb.LINKED, Verb.UNLINKED,
        Verb.SAME_READER, Verb.OTHER_READER, Verb.NOT_SIMILAR, Verb.SIMILAR, Verb.FACT, Verb.FACT_CORRECTED,
        Verb.CHECKED, Verb.AUTOMATIC,
    }
)  # fmt: skip


def is_undoable(event: Event) -> bool:
    """Whether there is a way back from what this event says, as far as the event alone can tell."""
    return event.verb in UNDOABLE


def mark_seen(session: Session, tip_id: int, by: Actor) -> bool:
    """The person has read the tip as it is now; whether it was unread for them. No event: it is theirs alone."""
    tip = access.tip(session, tip_id, by)
    access.in_one_window(session, by)
    row = session.get(TipSeen, (tip_id, by.account_id))
    unread = row is None or row.seen_at < tip.active_at
    if row is None:
        session.add(TipSeen(tip_id=tip_id, account_id=by.account_id, seen_at=now()))
    else:
        row.seen_at = now()
    return unread


def mark_unseen(session: Session, tip_id: int, by: Actor) -> bool:
    """The tip is unread for this person again; whether they had read it."""
    tip = access.tip(session, tip_id, by)
    mine = col(TipSeen.tip_id) == tip_id, col(TipSeen.account_id) == by.account_id
    seen_at = session.scalar(select(col(TipSeen.seen_at)).where(*mine))
    session.execute(delete(TipSeen).where(*mine))
    return seen_at is not None and seen_at >= tip.active_at


def assignable(session: Session, tip: Tip) -> list[Account]:
    """Who is offered for this tip, by name: those who work on tips, see it and have signed in once, and whoever has it.

    Who never signed in may not know of their account, and the tip would wait for them unseen.
    """
    offered = or_(sessions.ever_began(), col(Account.id) == tip.assignee_id)
    return list(session.scalars(select(Account).where(access.works_on(tip), offered).order_by(col(Account.name))))


def assignees(session: Session, chosen: int | None = None) -> list[Account]:
    """Who is offered where it isn't known which tips are meant, by name: who works on tips and has signed in once, and
    whoever is `chosen` already."""
    works = access.has_role(Role.EDITOR, Role.REPORTER)
    offered = or_(sessions.ever_began(), col(Account.id) == chosen)
    query = select(Account).where(col(Account.active), works, offered)
    return list(session.scalars(query.order_by(col(Account.name))))


def _moved(session: Session, tip: Tip, before: CountedState, event: Event) -> Event:
    counters.move(session, tip, before, counters.standing(tip))
    return _touched(session, tip, event)


def _touched(session: Session, tip: Tip, event: Event) -> Event:
    tip.updated_at = event.at
    session.add(tip)
    session.flush()
    return event
