"""What no page of the desk may hide from editors: mailboxes that can't be read, are silent, or lost a message, and
readers who allow less than what was published."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from tipline.core import access
from tipline.core.access import Actor
from tipline.core.mailboxes.ledger import NO_MAILBOX, SETTLED
from tipline.db import now
from tipline.errors import MailboxUnreachable
from tipline.models import ActorKind, Epoch, Event, Ledger, LedgerState, Mailbox, Tip, Verb

SILENT, GONE = "silent", "gone"
SILENT_AFTER = timedelta(minutes=30)  # without a full comparison
PASSING = timedelta(minutes=5)  # a server that is away for less is no alarm
# Only a person can end these; no use to wait.
FOR_A_PERSON = ("folder", "disk", *MailboxUnreachable.SIGN_IN, *MailboxUnreachable.GRANTS)


@dataclass(frozen=True, slots=True)
class Alarm:
    """`reason` of MailboxUnreachable.REASONS, "internal", or SILENT, or GONE with how many messages."""

    mailbox: str
    reason: str
    since: datetime | None = None
    count: int = 0


def alarms(session: Session) -> list[Alarm]:
    """Every alarm there is, by mailbox. For editors; the caller checks that, and to which mailboxes are still read."""
    found = []
    lost = _lost(session)
    for box in session.scalars(select(Mailbox).where(col(Mailbox.name).not_in(NO_MAILBOX)).order_by(col(Mailbox.name))):
        compared = box.compared_at or box.created_at
        if box.error and (box.error in FOR_A_PERSON or (box.error_since or now()) <= now() - PASSING):
            found.append(Alarm(box.name, box.error, box.error_since))
        elif compared < now() - SILENT_AFTER:
            found.append(Alarm(box.name, SILENT, compared))
        if box.id in lost:
            found.append(Alarm(box.name, GONE, count=lost[box.id]))
    return found


def stricter(session: Session, by: Actor, limit: int = 20) -> list[int]:
    """Tips whose readers allow less than what was published, and that nobody has looked after since: set a status or
    a follow-up. Newest first; those alone that this person sees."""
    later = aliased(Event)
    seen_to = exists(
        select(col(later.id)).where(
            col(later.tip_id) == Event.tip_id,
            col(later.id) > Event.id,
            col(later.actor) == ActorKind.REPORTER,
            col(later.verb).in_((Verb.STATUS, Verb.FOLLOW_UP)),
        )
    )
    query = (
        select(col(Event.tip_id))
        .join(Tip, col(Tip.id) == col(Event.tip_id))
        .where(
            col(Event.verb) == Verb.UNPUBLISHED,
            col(Event.object_id).is_(None),
            ~seen_to,
            access.visible(by),
        )
        .order_by(col(Event.id).desc())
        .limit(limit)
    )
    return list(dict.fromkeys(tip_id for tip_id in session.scalars(query) if tip_id is not None))


def _lost(session: Session) -> dict[int | None, int]:
    """How many messages of each mailbox went before they were read, and nobody has said yet that it is seen to."""
    rows = session.execute(
        select(col(Epoch.mailbox_id), func.count())
        .join(Ledger, col(Ledger.epoch_id) == col(Epoch.id))
        .where(col(Ledger.state) == LedgerState.GONE, col(Ledger.reason).not_in(SETTLED))
        .group_by(col(Epoch.mailbox_id))
    )
    return dict(rows.all())
