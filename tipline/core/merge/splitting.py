"""A message that is another story becomes a tip of its own, by the same reader."""

from collections.abc import Collection

from sqlalchemy import select, tuple_
from sqlmodel import Session, col

from tipline.core import access, consent, events, file_types, merge, row_batches, row_transfer, search
from tipline.core.access import Actor
from tipline.core.arrival import Arrival, Automatic, ConsentChoice
from tipline.core.consent import latest
from tipline.core.counts import counters, day_counts
from tipline.core.text import storable
from tipline.core.tips import last_activity
from tipline.db import now
from tipline.errors import NotVisible, Refused
from tipline.models import (
    Consent,
    Direction,
    Event,
    Fact,
    Highlight,
    Ledger,
    Message,
    Outgoing,
    Quote,
    StoredFile,
    Tip,
    TipAccess,
    Verb,
)
from tipline.vocabularies import N_

FIRST = N_("The tip begins with this message. Split off what came later instead.")
OURS = N_("Only what the reader wrote can be split off.")
MERGED = N_("This tip was merged into another. Split that one.")


def split(session: Session, message_id: int, by: Actor, *, after: bool = False) -> tuple[Tip, Event]:
    """Make a tip of a reader's message, with its files; `after`: and of all messages that came after it.

    Reader, callout, assignee and what the reader allows are those of the tip that it leaves; notes and answers stay
    there. Where an answer is kept out of print, the reader is asked first about the new tip. Answers by mail come to
    the tip whose mail they answer. NotVisible, NotAllowed; Refused where there is nothing to split.
    """
    message = session.get(Message, message_id)
    if message is None:
        raise NotVisible("message")
    tip = access.tip_to_work(session, message.tip_id, by)
    may(session, tip, message)
    ids = [message.id, *(later(session, message) if after else ())]
    made = _make(session, tip, message)
    event = events.record(session, Verb.SPLIT, by=by, tip_id=tip.id, object_id=made.id)
    events.record(session, Verb.SPLIT, by=by, tip_id=made.id, before=str(tip.id))
    _carry(session, tip, made, ids)
    _allow(session, tip, made)
    tip.updated_at, tip.facts_version = now(), 0
    session.add_all((tip, made))
    session.flush()
    for one in (tip, made):
        last_activity.recount(session, one)
        day_counts.answered_anew(session, one)
        search.put(session, one.id or 0)
    return made, event


def undo(session: Session, event: Event, by: Actor) -> list[Event]:
    """Give the messages back, by merging the tips again. [] where it is merged already."""
    made = access.tip(session, event.object_id or event.tip_id or 0, by)
    if made.merged_into is not None:
        return []
    own = _split(session, made.id, None)
    into = int(own.before) if own else 0
    at_origin = _split(session, into, made.id)
    undoes = (at_origin.id or 0, own.id or 0) if own and at_origin else None
    into = merge.merge(session, made.id or 0, by, into=into, undoes=undoes)
    done = select(Event).where(col(Event.tip_id) == into, col(Event.verb) == Verb.MERGED)
    return list(session.scalars(done.order_by(col(Event.id).desc()).limit(1)))


def _split(session: Session, tip_id: int | None, object_id: int | None) -> Event | None:
    """The newest event of a splitting, as one of the two tips tells it."""
    query = select(Event).where(
        col(Event.tip_id) == tip_id, col(Event.verb) == Verb.SPLIT, col(Event.object_id).is_not_distinct_from(object_id)
    )
    return session.scalars(query.order_by(col(Event.id).desc()).limit(1)).first()


def may(session: Session, tip: Tip, message: Message) -> None:
    """Refused where this message can't be split off its tip, with the reason."""
    if tip.merged_into is not None:
        raise Refused(MERGED)
    if message.direction is not Direction.IN or message.automatic == Automatic.BOUNCE:
        raise Refused(OURS)
    first = select(col(Message.id)).where(col(Message.tip_id) == tip.id, col(Message.direction) == Direction.IN)
    if session.scalars(first.order_by(col(Message.created_at), col(Message.id)).limit(1)).first() == message.id:
        raise Refused(FIRST)


def later(session: Session, message: Message) -> list[int]:
    """The messages of a conversation that came after this one. The caller has asked `access.tip`."""
    since = tuple_(col(Message.created_at), col(Message.id)) > tuple_(message.created_at, message.id)
    return list(session.scalars(select(col(Message.id)).where(col(Message.tip_id) == message.tip_id, since)))


def _make(session: Session, tip: Tip, message: Message) -> Tip:
    said = Arrival(message.source, message.text, message.created_at, subject=message.subject)
    made = Tip(
        id=row_batches.next_id(session, Tip),
        callout_id=tip.callout_id,
        reader_id=tip.reader_id,
        source=message.source,
        assignee_id=tip.assignee_id,
        contact=tip.contact,
        language=message.language,
        title=storable.title(said),
        excerpt=storable.excerpt(message.text),
        restricted=tip.restricted,
        legal_hold=tip.legal_hold,
        automatic=message.automatic != Automatic.NO,
        received_at=message.created_at,
        updated_at=now(),
        reader_wrote_at=message.created_at,
        active_at=message.created_at,
    )
    session.add(made)
    session.flush()
    counters.move(session, made, None, counters.standing(made))
    named = session.scalars(select(col(TipAccess.account_id)).where(col(TipAccess.tip_id) == tip.id)).all()
    session.add_all(TipAccess(tip_id=made.id or 0, account_id=account_id) for account_id in named)
    session.flush()
    return made


def _carry(session: Session, tip: Tip, made: Tip, ids: Collection[int]) -> None:
    assert made.id is not None
    messages = session.scalars(select(Message).where(col(Message.id).in_(ids))).all()
    ledger = [row.ledger_id for row in messages if row.ledger_id]
    files = session.scalars(select(StoredFile).where(col(StoredFile.message_id).in_(ids))).all()
    theirs = {row.id for row in messages if row.direction is Direction.IN}
    came = [row for row in files if row.message_id in theirs]
    made.files, made.photos = len(came), sum(row.type in file_types.PHOTOS for row in came)
    tip.files, tip.photos = max(0, tip.files - made.files), max(0, tip.photos - made.photos)
    session.flush()
    row_transfer.carry(session, Message, ids, made.id)
    row_transfer.carry(session, StoredFile, [row.id for row in files], made.id)
    row_transfer.carry(session, Ledger, ledger, made.id)
    for table in (Outgoing, Highlight, Fact, Quote):
        theirs_too = select(col(table.id)).where(col(table.message_id).in_(ids))
        row_transfer.carry(session, table, [row_id for row_id in session.scalars(theirs_too) if row_id], made.id)


def _allow(session: Session, tip: Tip, made: Tip) -> None:
    """What the reader said of the tip, they said of this message too; an answer that they keep out of print stands in
    nobody's way here, so that they are asked."""
    counts = next(iter(consent.history(session, tip.id or 0)), None)
    if counts is None:
        return
    choice = latest.stricter(tip.consent, ConsentChoice.ASK) if consent.kept_out(session, tip) else tip.consent
    copied = counts.model_dump(include={"said_at", "source", "language", "wording", "recorded_by"})
    session.add(Consent(tip_id=made.id or 0, choice=choice, **copied))
    consent.stands(session, made, choice)
