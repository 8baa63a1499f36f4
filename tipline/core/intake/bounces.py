"""Delivery reports: which mail of ours one gives back, and what that changes.

Only what proves itself counts: the signed return path that each reply has to itself, or a Message-ID of ours to the
letter (its random half is 48 bits beside a 128-bit token). Anybody can write a mail that looks like a report.
"""

import re
from dataclasses import replace

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import events, readers, vault
from tipline.core.arrival import Arrival, Automatic, DeliveryReport, MailHeaders
from tipline.core.counts import day_counts
from tipline.core.outbox import GIVEN_UP, sending
from tipline.core.outgoing_mail import threads
from tipline.db import now
from tipline.models import ActorKind, ErasedTip, MailKind, Outgoing, SendState, Tip, Verb

MAX_PLACES = 60  # addresses and ids of one report that are looked at
MAX_TEXT = 20_000  # characters of a report that are kept to be read; its original has all
ADDRESS = re.compile(r"[^\s<>()\[\]{}\"'`,;:|\\/=@]{1,64}@[^\s<>()\[\]{}\"'`,;:|\\/=@]{1,250}")
OUR_ID = re.compile(
    r"[0-9a-z]{1,13}-[a-z2-7]{26}\.[0-9a-f]{12}@[!-~]{1,250}"
)  # as core.outgoing_mail.threads makes them
HIDDEN = "…"


def returned(session: Session, arrival: Arrival) -> Outgoing | None:
    """The mail of ours that an arrival gives back, locked; None where it is no report, or proves nothing."""
    if arrival.automatic is not Automatic.BOUNCE or arrival.headers is None:
        return None
    for outgoing_id in _by_return_path(session, arrival.headers):
        if out := sending.locked(session, outgoing_id):
            return out
    ids = _by_message_id(arrival, arrival.headers)
    found = session.scalars(select(col(Outgoing.id)).where(col(Outgoing.mail_message_id).in_(ids)).limit(1)).first()
    out = sending.locked(session, found) if found is not None else None
    if out is None or _by_the_reader(session, out, arrival):
        return None
    return out


def of_erased(session: Session, arrival: Arrival) -> bool:
    """Whether an arrival gives back a mail of ours that has been erased with its tip, and proves it. A server may keep
    a mail for days; filed, such a report would bring the reader's address back, and the letter that it encloses.

    The signed number of a tip says most: one that is not erased (a backup was restored, which lacks its later mails)
    gets its report filed.
    """
    if arrival.automatic is not Automatic.BOUNCE or arrival.headers is None:
        return False
    tips = {one for named in _by_message_id(arrival, arrival.headers) for one in threads.tip_ids(session, named)}
    if tips:
        return all(session.get(ErasedTip, tip_id) is not None for tip_id in tips)
    mails = _by_return_path(session, arrival.headers)
    return bool(mails) and all(session.get(Outgoing, outgoing_id) is None for outgoing_id in mails)


def _by_return_path(session: Session, head: MailHeaders) -> list[int]:
    """The mails of ours whose signed return paths a report came to."""
    local = (address.address.partition("@")[0] for address in head.places[:MAX_PLACES])
    return [outgoing_id for one in local for outgoing_id in threads.outgoing_ids(session, one)]


def _by_message_id(arrival: Arrival, head: MailHeaders) -> set[str]:
    """The Message-IDs that a report names and that look like ours."""
    named = [*(arrival.report.returned if arrival.report else ()), *head.in_reply_to, *head.references]
    return {one for one in named[:MAX_PLACES] if OUR_ID.fullmatch(one)}


def _by_the_reader(session: Session, out: Outgoing, arrival: Arrival) -> bool:
    """Whether it comes from the reader's own address: then their program answered, and it goes the way of all mail."""
    sender = arrival.headers.sender if arrival.headers else None
    if sender is None:
        return False
    return readers.knows(session, session.get_one(Tip, out.tip_id).reader_id, sender.address)


def veiled(session: Session, out: Outgoing, arrival: Arrival) -> Arrival:
    """What of a report may stand in a conversation. It names the reader's address, which belongs behind the identity
    panel; what it encloses is our own mail. The original keeps all."""
    recipient = vault.open_text(session, out.recipient, f"outgoing:{out.id}:recipient")
    local = recipient.partition("@")[0]
    own = re.compile(rf"(?<!\w){re.escape(local)}(?!\w)", re.IGNORECASE) if len(local) > 1 else None

    def veil(text: str) -> str:
        text = ADDRESS.sub(HIDDEN, text[:MAX_TEXT])
        return own.sub(HIDDEN, text) if own else text

    text = arrival.text or arrival.quoted
    return replace(
        arrival, text=veil(text), subject=veil(arrival.subject), quoted="", signature="", html="", attachments=()
    )


def settle(session: Session, tip: Tip, out: Outgoing, report: DeliveryReport, message_id: int) -> None:
    """Write down what a report says of a mail; `message_id` is the report itself, filed already.

    A reply that came back asks for attention where its tip waits for the reader. A delay, and whatever becomes of
    what we send by ourselves (an acknowledgement, a code for the page), is only shown.
    """
    if out.state is SendState.BOUNCED or (out.reason == GIVEN_UP and out.bounced_by is not None):
        return
    out.bounced_by, out.bounce_status = message_id, report.status[:20]
    session.add(out)
    if report.delayed or out.kind is not MailKind.REPLY:
        return
    out.state, out.settled_at = SendState.BOUNCED, now()
    day_counts.answered_last(session, tip)
    system = ActorKind.SYSTEM
    events.record(
        session,
        Verb.REPLY_FAILED,
        by=system,
        tip_id=tip.id,
        object_id=out.message_id,
        before=out.bounce_status,
        after=SendState.BOUNCED,
    )
    sending.asks_again(session, tip, out)
    session.flush()
