"""Whose story a forward is: the person who wrote what was passed on becomes the tip's reader by one click.

Who passed it on stays a reader of their own, named by the event, since the two must not be mixed up: a reply goes to
the one who is the tip's reader, and erasing one leaves the other. An address in a forwarded mail proves nothing, so the
credited reader is always a new one.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session, col

from tipline.core import access, events, readers, search, vault
from tipline.core.access import Actor
from tipline.core.arrival import Address, Arrival, ConsentChoice, ContactChoice, Source
from tipline.core.consent import transfer
from tipline.core.readers import same_reader
from tipline.db import now
from tipline.errors import Conflict, NotVisible, Refused
from tipline.models import (
    Account,
    ActorKind,
    DataKey,
    Direction,
    Event,
    Message,
    Reader,
    ReaderContact,
    Tip,
    Verb,
)
from tipline.sealing import OpenKey
from tipline.vocabularies import N_

NOT_OFFERED = N_("Only who wrote what this tip begins with can be credited, once.")
WRITTEN_SINCE = N_("Someone has written since. Continue with this reader; nothing was undone.")


@dataclass(frozen=True, slots=True)
class PassedOn:
    """A forward in full: who wrote what was passed on, and, where somebody of them is the reader now, who did that."""

    written_by: tuple[Address, ...] = ()
    offered: bool = False  # whether the first of them can be credited
    by: Address | None = None


def credit(session: Session, tip_id: int, by: Actor) -> Event:
    """Make the original sender of a forward its tip's reader. NotVisible, NotAllowed; Refused where nothing is offered.

    No consent is inferred: what the one who passed it on allowed does not count for the other.
    """
    tip = access.tip_to_work(session, tip_id, by)
    message = offered(session, tip)
    if message is None:
        raise Refused(NOT_OFFERED)
    if tip.consent is not ConsentChoice.UNKNOWN:
        transfer.nobody_said(session, tip, by)
    return _credit(session, tip, message, by)


def credit_ours(session: Session, tip_id: int, arrival: Arrival, own_domains: Collection[str]) -> None:
    """Credit the reader whose mail one of the newsroom's own people passed on, at once.

    Only where our own mail server confirms that it comes from them: anybody can write a colleague's From and a forward
    of somebody else's mail below it. Else it stays with who sent it, and the desk offers the button.
    """
    sender = arrival.headers.sender if arrival.headers else None
    if arrival.original_author is None or sender is None or arrival.sender_confirmed is not True:
        return
    if not _ours(session, sender.address, own_domains) or _ours(session, arrival.original_author.address, own_domains):
        return
    tip = session.scalars(select(Tip).where(col(Tip.id) == tip_id)).one()
    if message := offered(session, tip):
        _credit(session, tip, message, ActorKind.SYSTEM)


def _ours(session: Session, address: str, own_domains: Collection[str]) -> bool:
    """Whether an address belongs to somebody with an account, or lies in a domain of the newsroom's."""
    normal = readers.normal_email(address)
    if normal.rpartition("@")[2] in {domain.casefold() for domain in own_domains}:
        return True
    known = select(col(Account.id)).where(func.lower(Account.email) == normal, col(Account.active))
    return "@" in normal and session.scalars(known.limit(1)).first() is not None


def offered(session: Session, tip: Tip) -> Message | None:
    """The forward whose writer can be credited: what a tip by mail begins with, until somebody is.

    A forward further down is part of its reader's own story; a tip with a page would open it to the wrong person.
    """
    if tip.source is not Source.MAIL or tip.code_hash is not None or not tip.forwarded:
        return None
    first = session.scalars(
        select(Message)
        .where(col(Message.tip_id) == tip.id, col(Message.direction) == Direction.IN)
        .order_by(col(Message.id))
        .limit(1)
    ).one_or_none()
    if first is None or first.original_author is None or _standing(session, tip) is not None:
        return None
    return first


def original_author(session: Session, message: Message) -> Address | None:
    """Who wrote what a message passes on. The caller records that it was looked at."""
    if message.original_author is None:
        return None
    opened = vault.open_json(session, message.original_author, f"message:{message.id}:original_author")
    return Address(opened["address"], opened["name"])


def seal_original_author(key: OpenKey, address: Address, message_id: int) -> bytes:
    """The writer of what was passed on, as a sealed column of the message that did."""
    value = {"address": address.address, "name": address.name}
    return vault.seal_json(key, value, f"message:{message_id}:original_author")


def passed_on_by(session: Session, tip: Tip) -> tuple[int, bool] | None:
    """The reader who passed a tip on, and whether they are one of the newsroom's own; None: nobody is credited."""
    event = _standing(session, tip)
    return (int(event.before), event.actor is ActorKind.SYSTEM) if event else None


def passed_on(session: Session, tip: Tip, by: Actor) -> PassedOn:
    """Who wrote and who passed on, for the identity panel; the caller asked `readers.identity`, which records it."""
    if not by.works_tips:
        return PassedOn()
    forwards = session.scalars(
        select(Message)
        .where(col(Message.tip_id) == tip.id, col(Message.original_author).is_not(None))
        .order_by(col(Message.id))
    ).all()
    who = passed_on_by(session, tip)
    return PassedOn(
        written_by=tuple(written for message in forwards if (written := original_author(session, message))),
        offered=offered(session, tip) is not None,
        by=readers.person(session, who[0]) if who else None,
    )


def was_credited(session: Session, tip: Tip) -> bool:
    """Whether somebody was ever credited, also where that was undone."""
    credited = col(Event.tip_id) == tip.id, col(Event.verb) == Verb.CREDITED
    return session.scalars(select(col(Event.id)).where(*credited).limit(1)).first() is not None


def _standing(session: Session, tip: Tip) -> Event | None:
    """The event by which somebody was credited, if it was not undone."""
    last = session.scalars(
        select(Event)
        .where(
            col(Event.tip_id) == tip.id,
            col(Event.verb).in_((Verb.CREDITED, Verb.UNCREDITED)),
        )
        .order_by(col(Event.id).desc())
        .limit(1)
    ).one_or_none()
    return last if last is not None and last.verb is Verb.CREDITED else None


def _credit(session: Session, tip: Tip, message: Message, by: Actor | ActorKind) -> Event:
    written = original_author(session, message)
    assert written is not None and tip.id is not None
    before = tip.reader_id
    reader = readers.named(session, written)
    message.original_author = seal_original_author(reader.key, written, message.id)
    tip.reader_id, tip.contact, tip.updated_at = reader.id, ContactChoice.UNKNOWN, now()
    tip.tokens_version = 0  # the worker puts the other name into the index
    session.add_all((tip, message))
    session.flush()
    return events.record(session, Verb.CREDITED, by=by, tip_id=tip.id, object_id=message.id, before=str(before))


def undo(session: Session, tip: Tip, event: Event, by: Actor) -> Event:
    """Give a tip back to who passed it on. Conflict where anybody wrote since, or where it stands otherwise by now."""
    standing = _standing(session, tip)
    if standing is None or standing.id != event.id:
        raise Conflict(WRITTEN_SINCE)
    later = select(col(Message.id)).where(col(Message.tip_id) == tip.id, col(Message.created_at) > event.at).limit(1)
    message = session.get(Message, event.object_id)
    if message is None or session.scalars(later).first() is not None:
        raise Conflict(WRITTEN_SINCE)
    written, credited = original_author(session, message), tip.reader_id
    former = session.get(Reader, int(event.before))
    if written is None or former is None:
        raise NotVisible("reader")
    if tip.consent is not ConsentChoice.UNKNOWN:
        transfer.nobody_said(session, tip, by)
    message.original_author = seal_original_author(readers.key_of(session, former).key, written, message.id)
    tip.reader_id, tip.contact, tip.updated_at = int(event.before), ContactChoice.EMAIL, now()
    search.put(session, tip.id or 0)  # at once: a name that stands nowhere else is forgotten with it
    session.add_all((tip, message))
    session.flush()
    _forget(session, credited)
    return events.record(
        session,
        Verb.UNCREDITED,
        by=by,
        tip_id=tip.id,
        object_id=message.id,
        before=event.before,
        undoes=event.id,
    )


def _forget(session: Session, reader_id: int) -> None:
    """Take away a reader whom nothing belongs to any more: a name that stands nowhere is kept for nothing."""
    reader = session.get_one(Reader, reader_id)
    key = session.get(DataKey, reader.key_id)
    for contact in session.scalars(select(ReaderContact).where(col(ReaderContact.reader_id) == reader_id)).all():
        session.delete(contact)
    same_reader.leave(session, reader_id)
    session.delete(reader)
    session.flush()
    if key is not None:
        session.delete(key)
        session.flush()
