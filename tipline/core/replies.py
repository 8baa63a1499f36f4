"""Replies: how a reader can be answered, and the fixed bytes of an answer that waits to leave."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import case, select
from sqlmodel import Session, col

from tipline.core import access, day_counts, events, readers, threads, triage, vault
from tipline.core.access import Actor
from tipline.core.arrival import Automatic
from tipline.core.letters import Letter, Sender, reply
from tipline.db import now
from tipline.errors import Refused
from tipline.models import (
    Direction,
    Message,
    Outgoing,
    Reader,
    SendState,
    Status,
    Tip,
    Verb,
)
from tipline.sealing import new_id, seal, sealed_by
from tipline.words import N_, ContactChoice, Source

MAX_REPLY = 50_000
EMPTY = N_("The reply is empty. Write something, then send it.")
LONG = N_("The reply is longer than 50,000 characters. Shorten it.")
NO_WAY = N_("This reader left no address and has no page: there is no way to answer them.")
NO_CONTACT = N_("This reader asked not to be contacted.")


@dataclass(frozen=True, slots=True)
class Way:
    """How a reply to a tip would go: by mail to `address`, or (address "") to the reader's page."""

    address: str = ""
    refused: str = ""  # why no reply can go at all


def way(session: Session, tip: Tip) -> Way:
    """How this reader can be answered, by what they allowed and left us."""
    if tip.contact is ContactChoice.NO:
        return Way(refused=NO_CONTACT)
    if tip.contact in (ContactChoice.EMAIL, ContactChoice.UNKNOWN):
        address = readers.mail_address(session, tip.reader_id)
        if address:
            return Way(address=address)
    return Way() if tip.code_hash else Way(refused=NO_WAY)


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
    day_counts.answered(session, tip, by, at, out.not_before)
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
    reader = readers.key_of(session, session.get_one(Reader, tip.reader_id))
    last = _last_mail(session, tip.id)
    # A mail by whoever passed the story on is no mail of this reader's: its id would tell them where that person is.
    own = last is not None and last.headers is not None and sealed_by(last.headers) == reader.key.id
    headers = readers.open_headers(session, last) if last and own else {}
    subject = (last.subject if last and own else "") or tip.title
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
    key = reader.key
    out.state = SendState.QUEUED
    out.envelope_from = threads.return_path(session, out.id, sender.address) if sender.plus else sender.address
    out.recipient = vault.seal_text(key, address, f"outgoing:{out.id}:recipient")
    out.content = seal(key, content, f"outgoing:{out.id}:content")
    message.subject = subject[:500]
    message.message_id_hash = vault.master(session).lookup_hash("message-id", out.mail_message_id)


def _last_mail(session: Session, tip_id: int) -> Message | None:
    """The last mail of a tip: no mail server's report, and what a responder sent only where there is nothing else."""
    mails = select(Message).where(
        col(Message.tip_id) == tip_id, col(Message.headers).is_not(None), col(Message.automatic) != Automatic.BOUNCE
    )
    by_hand = case((col(Message.automatic) == Automatic.NO, 0), else_=1)
    return session.scalars(mails.order_by(by_hand, col(Message.id).desc()).limit(1)).first()
