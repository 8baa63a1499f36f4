"""The mailbox that a tip's mails came to: replies go out from its address, and are filed in its Sent folder."""

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.models import Epoch, Ledger, Mailbox


def name(session: Session, tip_id: int) -> str:
    """The name in the settings of the mailbox that a tip's latest mail came to; "" where no mail came."""
    latest = (
        select(col(Mailbox.name))
        .join(Epoch, col(Epoch.mailbox_id) == col(Mailbox.id))
        .join(Ledger, col(Ledger.epoch_id) == col(Epoch.id))
        .where(col(Ledger.tip_id) == tip_id)
        .order_by(col(Ledger.id).desc())
        .limit(1)
    )
    return session.scalars(latest).first() or ""
