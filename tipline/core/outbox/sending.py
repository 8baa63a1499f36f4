"""What becomes of a mail of ours, step by step, as the worker takes it.

queued → sending → sent | failed | unknown, later bounced. `sending` is committed before the server is spoken to. Only
what it provably did not take is tried again by itself.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from tipline.core import access, events, readers, replies, vault
from tipline.core.access import Actor
from tipline.core.counts import counters, day_counts
from tipline.core.outgoing_mail import email_codes, threads
from tipline.core.tips import source_mailbox
from tipline.db import now
from tipline.models import (
    ActorKind,
    Callout,
    MailKind,
    Message,
    Outgoing,
    SendState,
    Status,
    Tip,
    Verb,
)
from tipline.models.outbox import BARRED, HELD, NOT_ALLOWED, SCHEDULED
from tipline.vocabularies import ContactChoice

RETRY_AFTER = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 360))
HOUR = timedelta(hours=1)
LEFT = (SendState.SENDING, SendState.SENT, SendState.UNKNOWN, SendState.BOUNCED)  # the server may have had it
TO_ONE, TO_ALL = "pace_one", "pace_all"  # why a mail waits that could leave
DAMAGED = "damaged"  # why it never will


@dataclass(frozen=True, slots=True)
class Pace:
    """How many mails may leave within an hour. Automatic ones get half of it, so that they never hold up a person's."""

    to_one: int = 10
    in_all: int = 300


@dataclass(frozen=True, slots=True)
class ReadyLetter:
    """What the worker hands to the mail server. `envelope_from` is "" for the null return path (RFC 5321, 4.5.5)."""

    id: int
    envelope_from: str
    recipient: str = field(repr=False)
    content: bytes = field(repr=False)
    domain: str = ""  # of the address that it comes from


def due(session: Session, limit: int = 20) -> list[int]:
    """The ids of mails that may leave now: people's before automatic ones, each oldest first."""
    return list(
        session.scalars(
            select(col(Outgoing.id))
            .where(
                col(Outgoing.state) == SendState.QUEUED,
                col(Outgoing.not_before) <= now(),
                col(Outgoing.content).is_not(None),
                col(Outgoing.reason) != HELD,
            )
            .order_by(col(Outgoing.kind).desc(), col(Outgoing.not_before), col(Outgoing.id))
            .limit(limit)
        )
    )


def mark_sending(
    session: Session, outgoing_id: int, pace: Pace = Pace(), copies: Mapping[str, str] | None = None
) -> ReadyLetter | None:
    """Take a mail for sending; the caller commits before connecting. None where it is not to leave now.

    Whether it may still go to this reader is asked again here. `copies`: which mailbox's Sent folder takes a copy, by
    the address that a reply comes from, or by the name of the mailbox that its reader wrote to.
    """
    out = locked(session, outgoing_id)
    if out is None or out.state is not SendState.QUEUED or out.content is None or out.reason == HELD:
        return None
    if not _may_leave(session, out):
        return None
    recipient = vault.open_text(session, out.recipient, f"outgoing:{out.id}:recipient")
    held = _held(session, out, recipient, pace)
    if held is not None:
        # One that waited for its time has not left before: what that brings about is still to come.
        out.reason, out.not_before = held if out.reason != SCHEDULED else (out.reason, held[1])
        out.code = 0
        session.add(out)
        return None
    if out.reason == SCHEDULED and (author := author_of(session, out)):
        replies.left(session, out, author)
    # `not_before` is the time at which it left, from now on: the pace counts by it.
    out.state, out.attempts, out.not_before = SendState.SENDING, out.attempts + 1, now()
    out.reason, out.code = "", 0
    out.copy_to, out.copy_attempts = _copy_to(session, out, copies or {}), 0
    session.add(out)
    content = vault.open_bytes(session, out.content, f"outgoing:{out.id}:content")
    return ReadyLetter(out.id, out.envelope_from, recipient, content, out.mail_message_id.rpartition("@")[2])


def _may_leave(session: Session, out: Outgoing) -> bool:
    """A reply while its author may still write to this reader, an acknowledgement while its callout wants them."""
    tip = session.get_one(Tip, out.tip_id)
    if out.kind is MailKind.ACKNOWLEDGEMENT:
        if session.get_one(Callout, tip.callout_id).acknowledge:
            return True
        out.state, out.settled_at = SendState.WITHDRAWN, now()
        session.add(out)
        return False
    if out.kind is MailKind.PAGE_CODE:
        if email_codes.waits(session, out.tip_id):
            return True
        out.state, out.settled_at = SendState.WITHDRAWN, now()
        session.add(out)
        return False
    by_mail = tip.contact in (ContactChoice.EMAIL, ContactChoice.UNKNOWN)
    if not by_mail or author_of(session, out) is None:
        not_allowed(session, out)
        return False
    return True


def author_of(session: Session, out: Outgoing) -> Actor | None:
    """Who wrote a reply; None where they may write to this reader no longer."""
    author = access.actor(session, session.get_one(Message, out.message_id).author_id or 0)
    allowed = author is not None and author.works_tips and access.sees(session, out.tip_id, author)
    return author if allowed else None


def not_allowed(session: Session, out: Outgoing) -> None:
    """The reply stays: its author, or this way to the reader, is not allowed any more."""
    _failed(session, out, BARRED if out.reason == SCHEDULED else NOT_ALLOWED, 0)


def damaged(session: Session, outgoing_id: int) -> None:
    """What is sealed of a mail does not open: it never leaves, and must not keep the others from it."""
    out = locked(session, outgoing_id)
    if out is not None and out.state is SendState.QUEUED:
        _failed(session, out, DAMAGED, 0)


def _held(session: Session, out: Outgoing, recipient: str, pace: Pace) -> tuple[str, datetime] | None:
    """Why and until when a mail waits, since enough left within the hour; None where it may go.

    A code waits for nothing: it is good for minutes, somebody sits before the page, and how many there are is bounded
    where they are made (core.outgoing_mail.email_codes).
    """
    if out.kind is MailKind.PAGE_CODE:
        return None
    in_all = pace.in_all if out.kind is MailKind.REPLY else max(1, pace.in_all // 2)
    readers_there = [*readers.find_by_email(session, recipient), session.get_one(Tip, out.tip_id).reader_id]
    theirs = select(col(Tip.id)).where(col(Tip.reader_id).in_(readers_there))
    for reason, limit, of in ((TO_ONE, pace.to_one, [col(Outgoing.tip_id).in_(theirs)]), (TO_ALL, in_all, [])):
        if until := _full_until(session, limit, of):
            return reason, until
    return None


def _full_until(session: Session, limit: int, of: Sequence[ColumnElement[bool]]) -> datetime | None:
    """When there is room again among those that left within the hour; None where there is now."""
    left, at = col(Outgoing.not_before), now()
    # What left "in a year", while a clock was wrong, holds nothing back until then.
    within = (col(Outgoing.state).in_(LEFT), left > at - HOUR, left <= at, *of)
    if (session.scalar(select(func.count()).select_from(Outgoing).where(*within)) or 0) < limit:
        return None
    oldest = session.scalars(select(left).where(*within).order_by(left.desc()).offset(limit - 1).limit(1)).one()
    return oldest + HOUR


def _copy_to(session: Session, out: Outgoing, copies: Mapping[str, str]) -> str:
    if out.kind is not MailKind.REPLY or not copies:
        return ""
    own = copies.get(threads.bare(out.envelope_from).casefold())
    return own or copies.get(source_mailbox.name(session, out.tip_id), "")


def mark_sent(session: Session, outgoing_id: int) -> None:
    """The mail server took it."""
    out = locked(session, outgoing_id)
    if out is not None and out.state is SendState.SENDING:
        arrived(session, out)


def arrived(session: Session, out: Outgoing, by: Actor | ActorKind = ActorKind.SYSTEM) -> None:
    """It is on its way to the reader: the server took it, its Sent folder has it, or a person knows."""
    out.state, out.settled_at, out.reason, out.code = SendState.SENT, now(), "", 0
    session.add(out)
    events.record(session, Verb.REPLY_SENT, by=by, tip_id=out.tip_id, object_id=out.message_id)


def mark_failed(session: Session, outgoing_id: int, reason: str, *, permanent: bool, code: int = 0) -> None:
    """The mail server provably did not take it: tried again by itself, five times at most, unless it said never."""
    out = locked(session, outgoing_id)
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
    tip = session.get_one(Tip, out.tip_id)
    day_counts.answered_last(session, tip)
    _did_not_arrive(session, out, reason)
    if out.kind is MailKind.REPLY:
        asks_again(session, tip, out)


def asks_again(session: Session, tip: Tip, out: Outgoing) -> None:
    """A reply did not reach its reader: a tip that waits for them would wait for ever, and asks for attention."""
    if tip.status is not Status.WAITING:
        return
    standing = counters.standing(tip)
    tip.status, tip.reason_id = Status.REVIEWING, None
    session.add(tip)
    events.record(
        session,
        Verb.STATUS,
        by=ActorKind.SYSTEM,
        tip_id=tip.id,
        object_id=out.message_id,
        before=Status.WAITING,
        after=tip.status,
    )
    counters.move(session, tip, standing, counters.standing(tip))


def mark_unknown(session: Session, outgoing_id: int) -> None:
    """The line broke after the hand-over: a person decides whether to send again, or the Sent folder tells."""
    out = locked(session, outgoing_id)
    if out is not None and out.state is SendState.SENDING:
        out.state, out.settled_at = SendState.UNKNOWN, now()
        session.add(out)
        _did_not_arrive(session, out, "unknown")


def _did_not_arrive(session: Session, out: Outgoing, after: str) -> None:
    events.record(
        session,
        Verb.REPLY_FAILED,
        by=ActorKind.SYSTEM,
        tip_id=out.tip_id,
        object_id=out.message_id,
        before="" if out.kind is MailKind.REPLY else out.kind,
        after=after,
    )


def waits(session: Session) -> bool:
    """Whether anything may leave now, or was left half sent."""
    half = select(col(Outgoing.id)).where(col(Outgoing.state) == SendState.SENDING).limit(1)
    return bool(due(session, 1)) or session.scalars(half).first() is not None


def interrupted(session: Session, known: Collection[int] = ()) -> int:
    """What was being sent by a worker that died is unknown now; `known` are those whose outcome waits to be committed.

    Returns how many. Only for whoever holds the outbox's lease: nobody else is sending then.
    """
    sending = select(col(Outgoing.id)).where(col(Outgoing.state) == SendState.SENDING)
    ids = [outgoing_id for outgoing_id in session.scalars(sending) if outgoing_id not in known]
    for outgoing_id in ids:
        mark_unknown(session, outgoing_id)
    return len(ids)


def locked(session: Session, outgoing_id: int) -> Outgoing | None:
    """A mail of ours as it stands now, for a change."""
    query = select(Outgoing).where(col(Outgoing.id) == outgoing_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()
