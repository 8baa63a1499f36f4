"""Copies of replies in a mailbox's Sent folder, and what that folder knows of a reply of which nobody else does.

`copy_to` names the mailbox for as long as something is to be done there. The worker commits after each step; before it
puts a copy there it looks for one, so that a kill between the two leaves no second one.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import Session, col

from tipline.core import vault
from tipline.core.outbox import sending
from tipline.db import now
from tipline.errors import SealBroken
from tipline.models import Outgoing, SendState

TRIED_FOR = timedelta(days=7)
REFUSALS = 5  # by the server, which is there and does not take it
LOOKS = (timedelta(seconds=20), timedelta(minutes=2), timedelta(minutes=10))  # for an unknown one, after it broke
# Some servers file what they send by themselves, a moment later.
PATIENCE = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Copy:
    """A reply that left, or may have. `only_look`: nobody knows, so the folder is asked and nothing put there. Without
    content where that is damaged."""

    id: int
    mailbox: str
    message_id: str
    sent_at: datetime
    only_look: bool
    content: bytes = field(repr=False)


def due(session: Session, mailboxes: Collection[str], limit: int = 50) -> list[Copy]:
    """What is to be done now in the Sent folders of these mailboxes, oldest first."""
    states = (SendState.SENT, SendState.UNKNOWN, SendState.BOUNCED)
    rows = session.scalars(
        select(Outgoing)
        .where(
            col(Outgoing.state).in_(states),
            col(Outgoing.not_before) > now() - TRIED_FOR,
            col(Outgoing.copy_to).in_(mailboxes),
            col(Outgoing.copy_attempts) < REFUSALS,
        )
        .order_by(col(Outgoing.not_before))
    )
    ready = [row for row in rows if _is_time(row)][:limit]
    return [
        Copy(
            row.id,
            row.copy_to,
            row.mail_message_id,
            row.not_before,
            row.state is SendState.UNKNOWN,
            _content(session, row),
        )
        for row in ready
    ]


def _content(session: Session, row: Outgoing) -> bytes:
    try:
        return vault.open_bytes(session, row.content or b"", f"outgoing:{row.id}:content")
    except SealBroken:  # it left; that its bytes are damaged by now must not cost the others their copies
        return b""


def _is_time(out: Outgoing) -> bool:
    since = now() - (out.settled_at or out.not_before)
    if out.state is SendState.UNKNOWN:
        return out.copy_attempts < len(LOOKS) and since >= LOOKS[out.copy_attempts]
    return since >= PATIENCE


def found(session: Session, outgoing_id: int) -> None:
    """It lies in the Sent folder. One of which nobody knew has left, then."""
    if out := sending.locked(session, outgoing_id):
        if out.state is SendState.UNKNOWN:
            sending.arrived(session, out)
        out.copy_to = ""
        session.add(out)


def not_found(session: Session, outgoing_id: int) -> None:
    """An unknown one does not lie there, or not yet."""
    _counted(session, outgoing_id)


def kept(session: Session, outgoing_id: int) -> None:
    """A copy was put there."""
    if out := sending.locked(session, outgoing_id):
        out.copy_to = ""
        session.add(out)


def refused(session: Session, outgoing_id: int) -> None:
    """The server did not take a copy: after a few times none is made. The reply itself is not touched by that."""
    _counted(session, outgoing_id)


def refusals(session: Session) -> int:
    """Of how many replies of the last days the server took no copy."""
    query = select(func.count()).select_from(Outgoing)
    return (
        session.scalar(
            query.where(
                col(Outgoing.state).in_((SendState.SENT, SendState.BOUNCED)),
                col(Outgoing.not_before) > now() - TRIED_FOR,
                col(Outgoing.copy_attempts) >= REFUSALS,
                col(Outgoing.copy_to) != "",
            )
        )
        or 0
    )


def _counted(session: Session, outgoing_id: int) -> None:
    if out := sending.locked(session, outgoing_id):
        out.copy_attempts += 1
        session.add(out)
