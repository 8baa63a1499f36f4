"""One worker at a time: who works at a mailbox (or sends the outbox) holds a lease with a fencing number.

The number only grows. Whoever commits asks in the same transaction whether theirs is still the one, so that a worker
that slept through its lease writes nothing when it wakes.
"""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import ColumnElement, func, literal, select, update
from sqlmodel import Session, col

from tipline.core import health, mailboxes
from tipline.db import is_sqlite, now
from tipline.errors import LeaseTaken, LostLease
from tipline.models import Mailbox
from tipline.models.base import UtcDateTime

SECONDS = 60.0  # a killed holder's lease runs out after so long


def take(
    session: Session, name: str, holder: str, is_dead: Callable[[str], bool] = lambda holder: False
) -> tuple[int, int, bool]:
    """The row's id, the new fencing number, and whether the one before ended badly (its lease ran out). LeaseTaken
    where somebody else is at work, and is not known to be dead. The same holder may take it again.

    Each database tells the time itself, so that the clocks of several machines need not agree.
    """
    row_id = mailboxes.mailbox(session, name).id
    row = session.scalars(
        select(Mailbox)
        .where(col(Mailbox.id) == row_id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    at = health.time_there(session) or now()
    # Further ahead than any lease is long: the clock was set back meanwhile, and nobody should wait for it.
    horizon = at + 2 * timedelta(seconds=SECONDS)
    if row is None or row.id is None:
        raise LeaseTaken(name)
    held = row.lease_holder and row.lease_until and at < row.lease_until <= horizon
    # Its own, where giving it back failed: nobody else has it, and its old number is good for nothing any more.
    if held and row.lease_holder != holder and not is_dead(row.lease_holder):
        raise LeaseTaken(name)
    ran_out = bool(row.lease_holder)
    row.lease_holder, row.lease_number = holder, row.lease_number + 1
    row.lease_until = at + timedelta(seconds=SECONDS)
    session.add(row)
    session.flush()
    return row.id, row.lease_number, ran_out


def hold(session: Session, row_id: int, number: int) -> None:
    """Renew a lease, and lock it until the commit. LostLease where it is somebody else's by now."""
    if not _change(session, row_id, number, lease_until=_ahead(session)):
        raise LostLease(str(row_id))


def give_back(session: Session, row_id: int, number: int) -> None:
    """The work is done; the next may begin at once. Quiet where the lease was lost."""
    _change(session, row_id, number, lease_holder="", lease_until=None)


def _change(session: Session, row_id: int, number: int, **values: object) -> bool:
    done = session.execute(
        update(Mailbox)
        .where(col(Mailbox.id) == row_id, col(Mailbox.lease_number) == number, col(Mailbox.lease_holder) != "")
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(getattr(done, "rowcount", 0))


def _ahead(session: Session) -> ColumnElement[object]:
    if is_sqlite(session):
        return literal(now() + timedelta(seconds=SECONDS), UtcDateTime())
    return func.clock_timestamp() + timedelta(seconds=SECONDS)
