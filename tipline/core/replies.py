"""Replies: queued with fixed bytes, sent by the worker, and what became of them."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import access, events, readers, threads, triage, vault
from tipline.core.access import Actor
from tipline.core.letters import Letter, Sender, reply
from tipline.db import now
from tipline.errors import NotVisible, Refused
from tipline.models import (
    ActorKind,
    ContactKind,
    Direction,
    Message,
    Outgoing,
    Reader,
    ReaderContact,
    SendState,
    Status,
    Tip,
    Verb,
)
from tipline.sealing import new_id, seal
from tipline.words import N_, ContactChoice, Source

MAX_REPLY = 50_000
RETRY_AFTER = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 360))
EMPTY = N_("The reply is empty. Write something, then send it.")
LONG = N_("The reply is longer than 50,000 characters. Shorten it.")
NO_WAY = N_("This reader left no address and has no page: there is no way to answer them.")
NO_CONTACT = N_("This reader asked not to be contacted.")
NOT_WAITING = N_("This reply has left already and can't be taken back.")
NOT_FAILED = N_("Only a reply that failed, or of which nobody knows, can be sent again.")


@dataclass(frozen=True, slots=True)
class Way:
    """How a reply to a tip would go: by mail to `address`, or (address "") to the reader's page."""

    address: str = ""
    refused: str = ""  # why no reply can go at all


@dataclass(frozen=True, slots=True)
class ReadyLetter:
    """What the worker hands to the mail server."""

    id: int
    envelope_from: str
    recipient: str
    content: bytes


def way(session: Session, tip: Tip) -> Way:
    """How this reader can be answered, by what they allowed and left us."""
    if tip.contact is ContactChoice.NO:
        return Way(refused=NO_CONTACT)
    if tip.contact in (ContactChoice.EMAIL, ContactChoice.UNKNOWN):
        address = readers.mail_address(session, tip.reader_id)
        if address:
            return Way(address=address)
    return Way() if tip.code_hash else Way(refused=NO_WAY)


def goes_by_mail(session: Session, tip: Tip) -> bool:
    """Whether there is an address and mail is allowed, without opening it: for saying where a reply will go."""
    if tip.contact not in (ContactChoice.EMAIL, ContactChoice.UNKNOWN):
        return False
    contacts = select(col(ReaderContact.id)).where(
        col(ReaderContact.reader_id) == tip.reader_id, col(ReaderContact.kind) == ContactKind.EMAIL
    )
    return session.scalars(contacts.limit(1)).first() is not None


def queue(
    session: Session,
    tip_id: int,
    text: str,
    by: Actor,
    sender: Sender,
    *,
    submission: str = "",
    delay: timedelta = timedelta(),
) -> Outgoing:
    """Put a reply on its way: message, bytes and Message-ID are fixed here; the tip then waits for its reader.

    `submission` is the composer's random id: posted twice, it is one reply. Refused where the text is empty or the
    reader can't be answered.
    """
    tip = access.tip_to_work(session, tip_id, by)
    out_id = _id_of(tip_id, submission) if submission else new_id()
    earlier = session.get(Outgoing, out_id)
    if earlier is not None:
        return earlier
    text = text.replace("\0", "").replace("\r\n", "\n").strip()
    if not text:
        raise Refused(EMPTY)
    if len(text) > MAX_REPLY:
        raise Refused(LONG)
    where = way(session, tip)
    if where.refused:
        raise Refused(where.refused)
    at = now()
    message = Message(
        id=new_id(), tip_id=tip_id, direction=Direction.OUT, author_id=by.account_id, text=text,
        source=Source.MAIL if where.address else Source.PAGE, sent_at=at, created_at=at,
    )  # fmt: skip
    session.add(message)
    session.flush()
    out = Outgoing(id=out_id, message_id=message.id, tip_id=tip_id, state=SendState.PAGE, not_before=at + delay)
    if where.address:
        _write(session, tip, message, out, where.address, by, sender)
    session.add(out)
    events.record(session, Verb.REPLY, by=by, tip_id=tip_id, object_id=message.id, after=out.state)
    tip.answered_at = at
    session.add(tip)
    session.flush()
    if tip.status in (Status.NEW, Status.REVIEWING):
        triage.set_status(session, tip_id, Status.WAITING, by)
    return out


def _id_of(tip_id: int, submission: str) -> int:
    digest = hashlib.blake2b(f"{tip_id}:{submission}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def _write(
    session: Session, tip: Tip, message: Message, out: Outgoing, address: str, by: Actor, sender: Sender
) -> None:
    """Fix the bytes of a reply by mail, threaded under the reader's last mail."""
    assert tip.id is not None
    last = session.scalars(
        select(Message)
        .where(col(Message.tip_id) == tip.id, col(Message.headers).is_not(None))
        .order_by(col(Message.id).desc())
        .limit(1)
    ).first()
    headers = readers.open_headers(session, last) if last else {}
    subject = (last.subject if last else "") or tip.title
    reply_to = threads.reply_address(session, tip.id, sender.address) if sender.plus else sender.address
    out.mail_message_id = threads.message_id(session, tip.id, sender.address)
    content = reply(
        Letter(
            sender=sender,
            author=by.name,
            recipient=address,
            subject=subject if subject.lower().startswith("re:") else f"Re: {subject}",
            text=message.text,
            message_id=out.mail_message_id,
            reply_to=reply_to,
            date=out.not_before,
            in_reply_to=headers.get("message_id", ""),
            references=tuple(headers.get("references", ())),
        )
    )
    key = readers.key_of(session, session.get_one(Reader, tip.reader_id)).key
    out.state, out.envelope_from = SendState.QUEUED, reply_to
    out.recipient = vault.seal_text(key, address, f"outgoing:{out.id}:recipient")
    out.content = seal(key, content, f"outgoing:{out.id}:content")
    message.subject = subject[:500]
    message.message_id_hash = vault.master(session).lookup_hash("message-id", out.mail_message_id)


def due(session: Session, limit: int = 20) -> list[int]:
    """The ids of mails that may leave now, oldest first."""
    return list(
        session.scalars(
            select(col(Outgoing.id))
            .where(col(Outgoing.state) == SendState.QUEUED, col(Outgoing.not_before) <= now())
            .order_by(col(Outgoing.not_before))
            .limit(limit)
        )
    )


def mark_sending(session: Session, outgoing_id: int) -> ReadyLetter | None:
    """Take a mail for sending; the caller commits before connecting. None where it is not waiting any more.

    Whether its author may still write to this reader is asked again here.
    """
    out = _locked(session, outgoing_id)
    if out is None or out.state is not SendState.QUEUED or out.content is None:
        return None
    message = session.get_one(Message, out.message_id)
    author = access.actor(session, message.author_id or 0)
    if author is None or not author.works_tips or not access.sees(session, out.tip_id, author):
        _failed(session, out, "not_allowed", 0)
        return None
    out.state, out.attempts = SendState.SENDING, out.attempts + 1
    session.add(out)
    return ReadyLetter(
        out.id,
        out.envelope_from,
        vault.open_text(session, out.recipient, f"outgoing:{out.id}:recipient"),
        vault.open_bytes(session, out.content, f"outgoing:{out.id}:content"),
    )


def mark_sent(session: Session, outgoing_id: int) -> None:
    """The mail server took it."""
    out = _locked(session, outgoing_id)
    if out is not None and out.state is SendState.SENDING:
        out.state, out.settled_at, out.reason, out.code = SendState.SENT, now(), "", 0
        session.add(out)
        events.record(session, Verb.REPLY_SENT, by=ActorKind.SYSTEM, tip_id=out.tip_id, object_id=out.message_id)


def mark_failed(session: Session, outgoing_id: int, reason: str, *, permanent: bool, code: int = 0) -> None:
    """The mail server provably did not take it: tried again by itself, five times at most, unless it said never."""
    out = _locked(session, outgoing_id)
    if out is None or out.state is not SendState.SENDING:
        return
    if permanent or out.attempts > len(RETRY_AFTER):
        _failed(session, out, reason, code)
        return
    out.state, out.reason, out.code = SendState.QUEUED, reason, code
    out.not_before = now() + RETRY_AFTER[out.attempts - 1]
    session.add(out)


def _failed(session: Session, out: Outgoing, reason: str, code: int) -> None:
    out.state, out.reason, out.code, out.settled_at = SendState.FAILED, reason, code, now()
    session.add(out)
    events.record(
        session, Verb.REPLY_FAILED, by=ActorKind.SYSTEM, tip_id=out.tip_id, object_id=out.message_id, after=reason
    )


def mark_unknown(session: Session, outgoing_id: int) -> None:
    """The line broke after the hand-over: a person decides whether to send again."""
    out = _locked(session, outgoing_id)
    if out is not None and out.state is SendState.SENDING:
        out.state, out.settled_at = SendState.UNKNOWN, now()
        session.add(out)
        events.record(
            session,
            Verb.REPLY_FAILED,
            by=ActorKind.SYSTEM,
            tip_id=out.tip_id,
            object_id=out.message_id,
            after="unknown",
        )


def interrupted(session: Session) -> int:
    """At the worker's start: what was being sent when it died is unknown now. Returns how many."""
    ids = session.scalars(select(col(Outgoing.id)).where(col(Outgoing.state) == SendState.SENDING)).all()
    for outgoing_id in ids:
        mark_unknown(session, outgoing_id)
    return len(ids)


def withdraw(session: Session, outgoing_id: int, by: Actor) -> Outgoing:
    """Take back a reply that has not left. Refused where it has."""
    out = _of(session, outgoing_id, by)
    still_here = out.state is SendState.QUEUED or (out.state is SendState.PAGE and out.not_before > now())
    if not still_here:
        raise Refused(NOT_WAITING)
    out.state, out.settled_at = SendState.WITHDRAWN, now()
    session.add(out)
    events.record(session, Verb.REPLY_WITHDRAWN, by=by, tip_id=out.tip_id, object_id=out.message_id)
    return out


def retry(session: Session, outgoing_id: int, by: Actor) -> Outgoing:
    """Send a failed or unknown reply again: the same bytes under the same Message-ID, so that twice reads as once."""
    out = _of(session, outgoing_id, by)
    if out.state not in (SendState.FAILED, SendState.UNKNOWN):
        raise Refused(NOT_FAILED)
    out.state, out.attempts, out.not_before, out.settled_at = SendState.QUEUED, 0, now(), None
    out.reason, out.code = "", 0
    session.add(out)
    events.record(session, Verb.REPLY, by=by, tip_id=out.tip_id, object_id=out.message_id, after=SendState.QUEUED)
    return out


def troubled(session: Session, by: Actor, limit: int = 100) -> list[Outgoing]:
    """Replies that failed or of which nobody knows, on tips that this person sees, newest first."""
    states = (SendState.FAILED, SendState.UNKNOWN, SendState.BOUNCED)
    return list(
        session.scalars(
            select(Outgoing)
            .join(Tip, col(Tip.id) == col(Outgoing.tip_id))
            .where(col(Outgoing.state).in_(states), access.visible(by))
            .order_by(col(Outgoing.id).desc())
            .limit(limit)
        )
    )


def waiting(session: Session, by: Actor) -> tuple[int, datetime | None]:
    """How many mails wait to leave, and since when the oldest does."""
    rows = session.scalars(
        select(Outgoing)
        .join(Tip, col(Tip.id) == col(Outgoing.tip_id))
        .where(col(Outgoing.state).in_((SendState.QUEUED, SendState.SENDING)), access.visible(by))
        .order_by(col(Outgoing.id))
    ).all()
    return len(rows), rows[0].not_before if rows else None


def _of(session: Session, outgoing_id: int, by: Actor) -> Outgoing:
    out = _locked(session, outgoing_id)
    if out is None:
        raise NotVisible("reply")
    access.tip_to_work(session, out.tip_id, by)
    return out


def _locked(session: Session, outgoing_id: int) -> Outgoing | None:
    return session.scalars(select(Outgoing).where(col(Outgoing.id) == outgoing_id).with_for_update()).one_or_none()
