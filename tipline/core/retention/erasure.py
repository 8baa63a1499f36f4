"""Erasing: everything of a tip leaves, at once and for good; and legal hold, which keeps it from that.

What stays says nothing of anybody: that a tip of this number was erased, and when; of a mail, that it was in the
mailbox, so that the mailbox's sum adds up and the mail is not filed again. Files leave the store after the commit.
What the databases themselves keep of deleted rows is the caller's to clean (tipline/jobs/after_erasure.py).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlmodel import Session, SQLModel, col

from tipline.core import access, bulk, consent, events, file_removal, readers, vault
from tipline.core.access import Actor
from tipline.core.arrival import Arrival, Automatic
from tipline.core.bulk import mass_message_drafts
from tipline.core.counts import counters
from tipline.core.intake import added_forms, drafts
from tipline.core.mailboxes import ledger_steps
from tipline.core.readers import same_reader
from tipline.core.replies import reply_files
from tipline.core.spam import training
from tipline.core.tips import merged
from tipline.db import now
from tipline.errors import NotAllowed, NotVisible, Refused, SealBroken
from tipline.models import (
    ActorKind,
    Answer,
    AutoReplySent,
    ContactKind,
    DataKey,
    Direction,
    ErasedTip,
    Event,
    IdentityAnswer,
    Ledger,
    Message,
    Outgoing,
    Reader,
    ReaderContact,
    ReplyFile,
    StoredFile,
    Tag,
    Tip,
    TipTag,
    Verb,
)
from tipline.vocabularies import N_

HELD = N_("This tip is under legal hold: nothing of it may be erased until an editor lifts the hold.")
EDITORS_ONLY = N_("Only editors erase tips and set a legal hold.")


class OnHold(Refused):
    """The tip must be kept, by law; nothing was erased."""


@dataclass(frozen=True, slots=True)
class ErasedRecord:
    """One erased tip: its number, when, and what tells it from another tip of that number."""

    tip_id: int
    at: datetime
    mark: str


@dataclass(frozen=True, slots=True)
class Erased:
    """What is left to do after the commit: `gone` go into the list of erased tips that a restored backup is held
    against, `codes` name what waits in the spool."""

    gone: tuple[ErasedRecord, ...]
    codes: tuple[str, ...]


def erase(session: Session, tip_id: int, by: Actor | ActorKind, *, once_more: Collection[int] = ()) -> Erased:
    """Forget a tip, those that were merged into it, and its reader if nothing else is theirs.

    An editor erases what they see; a reader comes by their own page. NotVisible, NotAllowed; OnHold where it is kept
    by law. `once_more`: these were erased before and came back with a backup, and a hold that came back with them had
    been lifted by then, or they would never have gone.
    """
    if isinstance(by, Actor):
        _may(session, tip_id, by)
    tips = merged.family(session, tip_id, lock=True)
    if by is ActorKind.READER:  # to whom it is one conversation
        tips += _split_off(session, tips)
    if not tips:
        raise NotVisible("tip")
    if any(tip.legal_hold and tip.id not in once_more for tip in tips):
        raise OnHold(HELD)
    ids, at = [tip.id for tip in tips if tip.id is not None], now()
    gone = tuple(ErasedRecord(tip.id, at, mark(session, tip)) for tip in tips if tip.id is not None)
    erased = Erased(gone, tuple(tip.code_hash for tip in tips if tip.code_hash))
    people = _people(session, tips)
    training.take_back(session, ids)
    of_files = _forget_files(session, ids) | reply_files.forget(session, ids)
    keys = _forget_mails(session, ids) | (of_files - _used_elsewhere(session, of_files, ids))
    for tip in tips:
        _forget_draft(session, tip)
        if tip.merged_into is None:
            counters.move(session, tip, counters.standing(tip), None)
    tags = _only_here(session, ids)
    bulk.forget_tags(session, ids, tags)
    bulk.forget_words(session, ids)
    mass_message_drafts.forget(session, ids)
    _unlink(session, ids)
    session.execute(delete(Tip).where(col(Tip.id).in_(ids)))  # what belongs to them goes with them
    session.execute(delete(Tag).where(col(Tag.merged_into).in_(tags)))  # other names of theirs
    session.execute(delete(Tag).where(col(Tag.id).in_(tags)))
    keys |= _forget_people(session, people)
    session.execute(delete(DataKey).where(col(DataKey.id).in_(keys)))
    remember(session, ids, at)
    for one in gone:
        events.record(session, Verb.ERASED, by=by, object_id=one.tip_id, after=one.mark, at=at)
    session.flush()
    session.expunge_all()
    return erased


def _split_off(session: Session, tips: Sequence[Tip]) -> list[Tip]:
    """What was split off these, with all that was merged into that."""
    pieces = merged.split_off(session, [tip.id for tip in tips if tip.id is not None])
    return [one for piece in pieces for one in merged.family(session, piece.id or 0, lock=True)]


def remember(session: Session, tip_ids: Iterable[int], at: datetime) -> None:
    """These numbers stand for tips that were erased, and are never given again."""
    for tip_id in tip_ids:
        if session.get(ErasedTip, tip_id) is None:
            session.add(ErasedTip(tip_id=tip_id, erased_at=at))
    session.flush()


def count(session: Session) -> int:
    """How many tips were ever erased."""
    return session.scalar(select(func.count()).select_from(Event).where(col(Event.verb) == Verb.ERASED)) or 0


def all_gone(session: Session) -> list[ErasedRecord]:
    """Every erased tip, from the lines that erasing wrote in its own transaction."""
    found = session.execute(
        select(col(Event.object_id), col(Event.at), col(Event.after))
        .where(col(Event.verb) == Verb.ERASED, col(Event.after) != "")  # without: from before marks were kept here
        .order_by(col(Event.id))
    )
    return [ErasedRecord(tip_id, at, marked) for tip_id, at, marked in found]


def mark(session: Session, tip: Tip) -> str:
    """What tells this tip from another of the same number in another life of the database; it names nobody."""
    return vault.master(session).mac("erased", f"{tip.id}:{tip.received_at.timestamp()}", size=16).hex()


def came_back(session: Session, tip_id: int, marked: str) -> bool:
    """Whether a tip that was erased is there again, from a backup."""
    tip = session.get(Tip, tip_id)
    return tip is not None and mark(session, tip) == marked


def hold(session: Session, tip_id: int, by: Actor) -> Event | None:
    """Keep a tip from being erased. None where it is kept already."""
    return _set_hold(session, tip_id, by, held=True)


def release(session: Session, tip_id: int, by: Actor) -> Event | None:
    """Lift the hold: it may be erased again. None where there is none."""
    return _set_hold(session, tip_id, by, held=False)


def _set_hold(session: Session, tip_id: int, by: Actor, *, held: bool) -> Event | None:
    tip = _may(session, tip_id, by)
    if tip.legal_hold == held:
        return None
    tip.legal_hold, tip.updated_at = held, now()
    session.add(tip)
    session.flush()
    return events.record(session, Verb.HELD if held else Verb.RELEASED, by=by, tip_id=tip_id)


def _may(session: Session, tip_id: int, by: Actor) -> Tip:
    tip = access.tip(session, tip_id, by, lock=True)
    if not by.edits_callouts:
        raise NotAllowed(EDITORS_ONLY)
    return tip


def _people(session: Session, tips: Sequence[Tip]) -> set[int]:
    """Everybody whom these tips know: their readers, and whoever passed them on."""
    ids = [tip.id for tip in tips]
    credited = select(col(Event.before)).where(col(Event.tip_id).in_(ids), col(Event.verb) == Verb.CREDITED)
    answered = select(col(IdentityAnswer.reader_id)).where(col(IdentityAnswer.tip_id).in_(ids))
    passed_on = {int(before) for before in session.scalars(credited) if before.isdecimal()}
    return {tip.reader_id for tip in tips} | passed_on | set(session.scalars(answered))


def _forget_mails(session: Session, tip_ids: Sequence[int]) -> set[int]:
    """The bytes of their mails. Their rows in the ledger stay and say that they were erased; the keys that go."""
    of_messages = select(col(Message.ledger_id)).where(
        col(Message.tip_id).in_(tip_ids), col(Message.ledger_id).is_not(None)
    )
    theirs = list(
        session.scalars(
            select(col(Ledger.id)).where(or_(col(Ledger.tip_id).in_(tip_ids), col(Ledger.id).in_(of_messages)))
        )
    )
    session.execute(update(Message).where(col(Message.ledger_id).in_(theirs)).values(ledger_id=None))
    return ledger_steps.forget(session, theirs)


def _forget_files(session: Session, tip_ids: Sequence[int]) -> set[int]:
    rows = session.execute(
        select(col(StoredFile.key_id), col(StoredFile.stored_as)).where(col(StoredFile.tip_id).in_(tip_ids))
    ).all()
    file_removal.after_commit(session, [row.stored_as for row in rows if row.stored_as])
    return {row.key_id for row in rows}


def _used_elsewhere(session: Session, keys: set[int], tip_ids: Sequence[int]) -> set[int]:
    """Files that were split off, or came while two tips were one, may lie under the same key as those that go."""
    found: set[int] = set()
    for table in (StoredFile, ReplyFile):
        others = col(table.key_id).in_(keys), col(table.tip_id).not_in(tip_ids)
        found.update(session.scalars(select(col(table.key_id)).where(*others)))
    return found


def _forget_draft(session: Session, tip: Tip) -> None:
    """A form that did not pass at first, or that was opened from a mail, may still wait for the end of its day."""
    submission_id = tip.submission_id or ""
    by_mail = added_forms.draft_id(session, tip.id or 0)
    typed = added_forms.unsent_id(session, tip.id or 0)
    for name in {submission_id, submission_id.partition("-")[0], by_mail, typed} - {""}:
        drafts.forget(session, name)


def _only_here(session: Session, tip_ids: Sequence[int]) -> set[int]:
    """Tags that are on no other tip: a tag may be a name."""
    here = select(col(TipTag.tag_id)).where(col(TipTag.tip_id).in_(tip_ids))
    elsewhere = select(col(TipTag.tag_id)).where(col(TipTag.tip_id).not_in(tip_ids))
    return set(session.scalars(here)) - set(session.scalars(elsewhere.where(col(TipTag.tag_id).in_(here))))


def _unlink(session: Session, tip_ids: Sequence[int]) -> None:
    """What would keep the rows from going."""
    session.execute(update(Tip).where(col(Tip.may_belong_to).in_(tip_ids)).values(may_belong_to=None))
    session.execute(update(Outgoing).where(col(Outgoing.tip_id).in_(tip_ids)).values(bounced_by=None))
    session.flush()


def _forget_people(session: Session, reader_ids: set[int]) -> set[int]:
    """Those to whom nothing belongs any more; the keys that go."""
    keys: set[int] = set()
    for reader_id in sorted(reader_ids):
        reader = session.get(Reader, reader_id)
        if reader is None or reader_id in _wanted(session, reader_id):
            continue
        _forget_acknowledged(session, reader_id)
        same_reader.leave(session, reader_id)
        session.execute(delete(ReaderContact).where(col(ReaderContact.reader_id) == reader_id))
        keys.add(reader.key_id)
        session.execute(delete(Reader).where(col(Reader.id) == reader_id))
    return keys


def _wanted(session: Session, reader_id: int) -> set[int]:
    """The reader, where another tip is theirs, or was passed on by them."""
    own = select(col(Tip.id)).where(col(Tip.reader_id) == reader_id).limit(1)
    credited = select(col(Event.id)).where(col(Event.verb) == Verb.CREDITED, col(Event.before) == str(reader_id))
    found = session.scalars(own).first() or session.scalars(credited.limit(1)).first()
    return {reader_id} if found is not None else set()


def _forget_acknowledged(session: Session, reader_id: int) -> None:
    contacts = session.scalars(
        select(ReaderContact).where(
            col(ReaderContact.reader_id) == reader_id, col(ReaderContact.kind) == ContactKind.EMAIL
        )
    )
    for contact in contacts.all():
        try:
            address = vault.open_text(session, contact.value, f"reader_contact:{contact.id}:value")
        except SealBroken:  # damaged: nobody can read it, and it must not keep the rest here
            continue
        hashed = vault.master(session).lookup_hash("acknowledged", readers.normal_email(address))
        session.execute(delete(AutoReplySent).where(col(AutoReplySent.address_hash) == hashed))


@dataclass(frozen=True, slots=True)
class Holdings:
    """What there is of a reader's tip, for their own eyes: what erasing removes, and what it can't reach."""

    messages: int
    ours: int
    answers: int
    files: int
    mails: int  # that still lie in the newsroom's mailbox, at its provider
    other_tips: int  # of the same reader: name and addresses stay with those
    published: bool
    held: bool


def holdings_of_form(arrival: Arrival, files: int) -> Holdings:
    """The same of a form that waits to be filed."""
    return Holdings(1, 0, len(arrival.answers), files, 0, 0, published=False, held=False)


def holdings(session: Session, tip: Tip) -> Holdings:
    """The caller came by the reader's own code."""
    family = merged.family(session, tip.id or 0)
    ids = [found.id for found in (*family, *_split_off(session, family))]

    def count(table: type[SQLModel], *where: ColumnElement[bool]) -> int:
        of_tips = col(table.tip_id).in_(ids)  # type: ignore[attr-defined]
        return session.scalar(select(func.count()).select_from(table).where(of_tips, *where)) or 0

    identity = count(IdentityAnswer)
    return Holdings(
        messages=count(Message, col(Message.direction) == Direction.IN, col(Message.automatic) != Automatic.BOUNCE),
        ours=count(Message, col(Message.direction) == Direction.OUT),
        answers=count(Answer) + identity,
        files=count(StoredFile, col(StoredFile.message_id).is_not(None)),
        mails=count(Message, col(Message.ledger_id).is_not(None)),
        other_tips=session.scalar(
            select(func.count()).select_from(Tip).where(col(Tip.reader_id) == tip.reader_id, col(Tip.id).not_in(ids))
        )
        or 0,
        published=consent.was_published(session, tip),
        held=tip.legal_hold,
    )
