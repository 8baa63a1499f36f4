"""What no page of the desk may hide from editors: mailboxes that can't be read, are silent, or lost a message."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import Session, col

from tipline.core.ledger import OUTBOX, SETTLED
from tipline.db import now
from tipline.errors import MailboxUnreachable
from tipline.models import Epoch, Ledger, LedgerState, Mailbox

SILENT, GONE = "silent", "gone"
SILENT_AFTER = timedelta(minutes=30)  # without a full comparison
PASSING = timedelta(minutes=5)  # a server that is away for less is no alarm
# Only a person can end these; no use to wait.
FOR_A_PERSON = ("login", "folder", *MailboxUnreachable.GRANTS)


@dataclass(frozen=True, slots=True)
class Alarm:
    """`reason` of MailboxUnreachable.REASONS, "internal", or SILENT, or GONE with how many messages."""

    mailbox: str
    reason: str
    since: datetime | None = None
    count: int = 0


def alarms(session: Session) -> list[Alarm]:
    """Every alarm there is, by mailbox. For editors; the door sees to that, and to which mailboxes are still read."""
    found = []
    lost = _lost(session)
    for box in session.scalars(select(Mailbox).where(col(Mailbox.name) != OUTBOX).order_by(col(Mailbox.name))):
        compared = box.compared_at or box.created_at
        if box.error and (box.error in FOR_A_PERSON or (box.error_since or now()) <= now() - PASSING):
            found.append(Alarm(box.name, box.error, box.error_since))
        elif compared < now() - SILENT_AFTER:
            found.append(Alarm(box.name, SILENT, compared))
        if box.id in lost:
            found.append(Alarm(box.name, GONE, count=lost[box.id]))
    return found


def _lost(session: Session) -> dict[int | None, int]:
    """How many messages of each mailbox went before they were read, and nobody has said yet that it is seen to."""
    rows = session.execute(
        select(col(Epoch.mailbox_id), func.count())
        .join(Ledger, col(Ledger.epoch_id) == col(Epoch.id))
        .where(col(Ledger.state) == LedgerState.GONE, col(Ledger.reason).not_in(SETTLED))
        .group_by(col(Epoch.mailbox_id))
    )
    return dict(rows.all())
