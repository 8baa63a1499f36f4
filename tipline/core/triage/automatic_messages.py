"""What reporters say of a message: a machine wrote it, or the reader did. A better parser doesn't change that.

The reader's own message counts from then on as one that came now: its tip is unread, and open again where it was
waiting for its reader or closed.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import access, events, search
from tipline.core.access import Actor
from tipline.core.arrival import Automatic
from tipline.core.events import Line
from tipline.core.tips import automatic, reminders
from tipline.core.tips.reopen import reopen
from tipline.errors import NotVisible, Refused
from tipline.models import ActorKind, Direction, Event, Message, Status, Tip, Verb
from tipline.vocabularies import N_

NOT_THEIRS = N_("Only what came in as a reader’s message can be filed as automatic, or as the reader’s own.")


def say(session: Session, tip_id: int, message_id: int, by: Actor, *, machine: bool) -> Event | None:
    """File a message as automatic, or as the reader's own. None where somebody said so already. NotVisible, NotAllowed;
    Refused of our own messages and of delivery reports."""
    tip = access.tip_to_work(session, tip_id, by)
    message = session.get(Message, message_id)
    if message is None or message.tip_id != tip_id:
        raise NotVisible("message")
    if message.direction is not Direction.IN or message.automatic == Automatic.BOUNCE:
        raise Refused(NOT_THEIRS)
    before, is_machines = message.automatic, message.automatic != Automatic.NO
    if is_machines == machine and (machine or message_id in decided(session, tip_id)):
        return None
    kind = Automatic.REPLY if machine else Automatic.NO
    event = events.record(
        session, Verb.AUTOMATIC, by=by, tip_id=tip_id, object_id=message_id, before=before, after=kind
    )
    if is_machines != machine:
        automatic.change(session, tip, message, kind, as_new=True)
        if not machine:
            _wake(session, tip, event)
            reopen(session, tip, (Status.WAITING, Status.CLOSED), caused_by=event.id)
        _touch(session, tip, event)
    return event


def undo(session: Session, tip: Tip, event: Event, by: Actor) -> Event | None:
    """Take it back: nobody has said anything of the message. None where somebody said something else since. What came
    with it is `with_it`."""
    message = session.get(Message, event.object_id)
    last = _said(session, tip.id or 0, event.object_id)[-1:]
    if message is None or message.tip_id != tip.id or last != [event] or message.automatic != event.after:
        return None
    if event.before != event.after:
        automatic.change(session, tip, message, Automatic(event.before), as_new=False)
    inverse = events.record(
        session, Verb.AUTOMATIC, by=by, tip_id=tip.id, object_id=message.id, before=event.after, undoes=event.id
    )
    _touch(session, tip, inverse)
    return inverse


def with_it(session: Session, event: Event) -> Sequence[Event]:
    """What became of the tip by it: open again, and no longer snoozed."""
    of_tip = col(Event.caused_by) == event.id, col(Event.verb).in_((Verb.STATUS, Verb.FOLLOW_UP))
    return session.scalars(select(Event).where(*of_tip).order_by(col(Event.id))).all()


def decided(session: Session, tip_id: int) -> set[int]:
    """The messages of a tip of which a person has said what they are."""
    said = {event.object_id or 0: event.after for event in _said(session, tip_id)}
    return {message_id for message_id, after in said.items() if after}


def _wake(session: Session, tip: Tip, event: Event) -> None:
    before = reminders.of(tip)
    reminders.wake(tip)
    if (after := reminders.of(tip)) != before:
        line = Line(by=ActorKind.SYSTEM, tip_id=tip.id, before=before, after=after)
        events.record(session, Verb.FOLLOW_UP, caused_by=event.id, **line)


def _said(session: Session, tip_id: int, message_id: int | None = None) -> list[Event]:
    query = select(Event).where(col(Event.tip_id) == tip_id, col(Event.verb) == Verb.AUTOMATIC)
    if message_id is not None:
        query = query.where(col(Event.object_id) == message_id)
    return list(session.scalars(query.order_by(col(Event.id))))


def _touch(session: Session, tip: Tip, event: Event) -> None:
    tip.updated_at, tip.facts_version = event.at, 0  # machines are not read for facts
    session.add(tip)
    session.flush()
    search.put(session, tip.id or 0)
