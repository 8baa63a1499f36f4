"""Replies: how a reader can be answered, and the fixed bytes of an answer that waits to leave."""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, select
from sqlmodel import Session, col

from tipline.core import access, events, readers, search, triage, vault
from tipline.core.access import Actor
from tipline.core.arrival import Automatic
from tipline.core.counts import day_counts
from tipline.core.outgoing_mail import Letter, Sender, reply, threads
from tipline.core.replies import reply_files
from tipline.core.text.storable import storable
from tipline.core.tips import merged, reply_drafts
from tipline.db import now
from tipline.errors import Refused
from tipline.models import (
    Account,
    Direction,
    DraftKind,
    Message,
    Outgoing,
    Reader,
    SendState,
    Status,
    Tip,
    Verb,
)
from tipline.models.outbox import SCHEDULED
from tipline.sealing import new_id, seal, sealed_by
from tipline.vocabularies import N_, ContactChoice, Source

MAX_REPLY = 50_000
EMPTY = N_("The reply is empty. Write something, then send it.")
LONG = N_("The reply is longer than 50,000 characters. Shorten it.")
NO_WAY = N_("This reader left no address and has no page: there is no way to answer them.")
NO_CONTACT = N_("This reader asked not to be contacted.")
PLACEHOLDER = N_("%(name)s still stands in the reply. Write what it stands for, then send it.")
PAST = N_("That time is over. Choose a later one.")
FAR = N_("That is more than a year away. Choose an earlier time.")
LATEST = timedelta(days=366)
STANDS_FOR = re.compile(r"\{[a-z_]{2,30}\}")  # of saved replies: never sent as it is


@dataclass(frozen=True, slots=True)
class ReplyRoute:
    """How a reply to a tip would go: by mail to `address`, or (address "") to the reader's page."""

    address: str = ""
    refused: str = ""  # why no reply can go at all


def way(session: Session, tip: Tip) -> ReplyRoute:
    """How this reader can be answered, by what they allowed and left us."""
    if tip.contact is ContactChoice.NO:
        return ReplyRoute(refused=NO_CONTACT)
    if tip.contact in (ContactChoice.EMAIL, ContactChoice.UNKNOWN):
        address = readers.mail_address(session, tip.reader_id)
        if address:
            return ReplyRoute(address=address)
    return ReplyRoute() if _has_page(session, tip) else ReplyRoute(refused=NO_WAY)


def _has_page(session: Session, tip: Tip) -> bool:
    """Whether a reader's page shows this tip: by a code of its own, or of the tip that it was split off."""
    origin = tip if tip.code_hash else merged.split_from(session, tip.id or 0)
    return origin is not None and bool(origin.code_hash)


def queue(
    session: Session,
    tip_id: int,
    text: str,
    by: Actor,
    sender: Sender,
    *,
    submission: str = "",
    delay: timedelta = timedelta(),
    send_at: datetime | None = None,
    draft: str = "",
    bulk_id: int | None = None,
) -> Outgoing:
    """Put a reply on its way with the files that wait for it: message, bytes and Message-ID are fixed here.

    `submission` is the composer's random id: posted twice, it is one reply. `draft` is the version of the draft that
    was on the page. The tip then waits for its reader, at once or when the reply leaves (`send_at`). One of many
    (`bulk_id`) leaves alone what has been begun on its tip, text and files. Refused where the text is empty, a
    placeholder stands in it, the time is over, or the reader can't be answered.
    """
    tip = access.tip_to_work(session, tip_id, by)
    out_id = _free_id(session, tip_id, submission)
    earlier = session.get(Outgoing, out_id)
    if earlier is not None:
        return earlier
    text, at = sendable(text), now()
    where = way(session, tip)
    if where.refused:
        raise Refused(where.refused)
    if send_at is not None:
        check_time(send_at)
    message = Message(
        id=new_id(), tip_id=tip_id, direction=Direction.OUT, author_id=by.account_id, text=text,
        source=Source.MAIL if where.address else Source.PAGE, sent_at=at, created_at=at,
    )  # fmt: skip
    session.add(message)
    session.flush()
    if bulk_id is None:
        reply_files.send(session, tip_id, message.id, by)
    out = Outgoing(id=out_id, message_id=message.id, tip_id=tip_id, not_before=send_at or at + delay)
    if where.address:
        _address(session, tip, message, out, where.address, sender)
        _write(session, tip, message, out, sender)
    out.state = SendState.QUEUED if where.address or send_at else SendState.PAGE
    out.reason = SCHEDULED if send_at else ""
    session.add(out)
    after = out.reason or out.state
    events.record(session, Verb.REPLY, by=by, tip_id=tip_id, object_id=message.id, after=after, bulk_id=bulk_id)
    if bulk_id is None:
        reply_drafts.done(session, tip_id, DraftKind.REPLY, text, by, draft)
    session.flush()
    if send_at is None:
        mark_answered(session, tip, out, by, at, bulk_id=bulk_id)
    search.later(session, col(Tip.id) == tip_id)
    return out


def sendable(text: str) -> str:
    """A text as it may leave. Refused where it is empty or too long, or a placeholder stands in it."""
    text = storable(text).strip()
    if not text:
        raise Refused(EMPTY)
    if len(text) > MAX_REPLY:
        raise Refused(LONG)
    if found := STANDS_FOR.search(text):
        raise Refused(PLACEHOLDER, found[0])
    return text


def check_time(at: datetime) -> None:
    """Refused where a reply can't wait for this time."""
    if at <= now():
        raise Refused(PAST)
    if at > now() + LATEST:
        raise Refused(FAR)


def mark_answered(
    session: Session, tip: Tip, out: Outgoing, by: Actor, at: datetime, bulk_id: int | None = None
) -> None:
    """From now on the reader is answered, and it is their turn: by its author's work, whoever lets it leave."""
    assert tip.id is not None
    tip.answered_at = at
    author_id = session.get_one(Message, out.message_id).author_id
    day_counts.answered(session, tip, author_id or by.account_id, at, out.not_before)
    session.add(tip)
    session.flush()
    if tip.status in (Status.NEW, Status.REVIEWING):
        triage.set_status(session, tip.id, Status.WAITING, by, bulk_id=bulk_id)


def left(session: Session, out: Outgoing, author: Actor) -> None:
    """A reply that waited for its time leaves now: it stands at this place of the conversation, and counts."""
    message, at = session.get_one(Message, out.message_id), now()
    message.created_at = message.sent_at = at
    session.add(message)
    mark_answered(session, session.get_one(Tip, out.tip_id), out, author, at)


def rewrite(session: Session, out: Outgoing, sender: Sender) -> None:
    """Fix the bytes anew, for another time, of a reply that has never been handed over. The Message-ID stays."""
    if out.content is None:
        return
    _write(session, session.get_one(Tip, out.tip_id), session.get_one(Message, out.message_id), out, sender)
    session.add(out)
    session.flush()


def is_queued(session: Session, tip_id: int, submission: str) -> bool:
    """Whether the reply of this `submission` is on its way already, or has left."""
    return session.get(Outgoing, _free_id(session, tip_id, submission)) is not None


def first_of(session: Session, tip_ids: Collection[int], submission: str) -> Outgoing | None:
    """A reply that this `submission` made to one of these tips, taken back or not; None where it made none."""
    ids = [_id_of(tip_id, submission) for tip_id in tip_ids]
    return session.scalars(select(Outgoing).where(col(Outgoing.id).in_(ids)).limit(1)).first()


def _free_id(session: Session, tip_id: int, submission: str) -> int:
    """The id of a submission's reply. One that was taken back is none: sent again, it is another."""
    out_id = _id_of(tip_id, submission) if submission else new_id()
    while (earlier := session.get(Outgoing, out_id)) is not None and earlier.state is SendState.WITHDRAWN:
        out_id = _id_of(tip_id, f"{submission}:{out_id}")
    return out_id


def _id_of(tip_id: int, submission: str) -> int:
    digest = hashlib.blake2b(f"{tip_id}:{submission}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def _address(session: Session, tip: Tip, message: Message, out: Outgoing, address: str, sender: Sender) -> None:
    """To whom a reply by mail goes, and under which Message-ID."""
    assert tip.id is not None
    key = readers.key_of(session, session.get_one(Reader, tip.reader_id)).key
    out.mail_message_id = threads.message_id(session, tip.id, sender.address)
    out.envelope_from = threads.return_path(session, out.id, sender.address) if sender.plus else sender.address
    out.recipient = vault.seal_text(key, address, f"outgoing:{out.id}:recipient")
    message.message_id_hash = vault.master(session).lookup_hash("message-id", out.mail_message_id)


def _write(session: Session, tip: Tip, message: Message, out: Outgoing, sender: Sender) -> None:
    """Fix the bytes of a reply by mail, threaded under the reader's last mail."""
    assert tip.id is not None
    reader = readers.key_of(session, session.get_one(Reader, tip.reader_id))
    last = _last_of_reader(session, tip)
    headers = readers.open_headers(session, last) if last else {}
    subject = _subject(tip, last)
    reply_to = threads.reply_address(session, tip.id, sender.address) if sender.plus else sender.address
    content = reply(
        Letter(
            sender=sender,
            author=session.get_one(Account, message.author_id).name,
            recipient=vault.open_text(session, out.recipient, f"outgoing:{out.id}:recipient"),
            subject=_answering(subject),
            text=message.text,
            message_id=out.mail_message_id,
            reply_to=reply_to,
            date=out.not_before,
            in_reply_to=headers.get("message_id", ""),
            references=tuple(headers.get("references", ())),
            files=reply_files.enclosed(session, reply_files.of_message(session, message.id)),
        )
    )
    out.content = seal(reader.key, content, f"outgoing:{out.id}:content")
    message.subject = subject[:500]


def subject_of(session: Session, tip: Tip) -> str:
    """The subject of a reply by mail."""
    return _answering(_subject(tip, _last_of_reader(session, tip)))


def _subject(tip: Tip, last: Message | None) -> str:
    return (last.subject if last else "") or tip.title


def _answering(subject: str) -> str:
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def _last_of_reader(session: Session, tip: Tip) -> Message | None:
    """The reader's own last mail. One by whoever passed the story on is none: its id would tell them where that person
    is."""
    last = _last_mail(session, tip.id or 0)
    key_id = session.get_one(Reader, tip.reader_id).key_id
    own = last is not None and last.headers is not None and sealed_by(last.headers) == key_id
    return last if own else None


def _last_mail(session: Session, tip_id: int) -> Message | None:
    """The last mail of a tip: no mail server's report, and what a responder sent only where there is nothing else."""
    mails = select(Message).where(
        col(Message.tip_id) == tip_id, col(Message.headers).is_not(None), col(Message.automatic) != Automatic.BOUNCE
    )
    by_hand = case((col(Message.automatic) == Automatic.NO, 0), else_=1)
    return session.scalars(mails.order_by(by_hand, col(Message.id).desc()).limit(1)).first()
