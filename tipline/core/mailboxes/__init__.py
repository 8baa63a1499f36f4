"""The mailboxes that are read: their rows, the lives of their folders, and what lies in them by the last look.

A folder's life is an epoch; a new UIDVALIDITY begins another one. Nothing here talks to a mail server.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import BigInteger, Select, cast, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from tipline.core.mailboxes.ledger import NEW_EPOCH
from tipline.db import is_sqlite, now
from tipline.models import Epoch, Ledger, LedgerState, Mailbox, RawMail
from tipline.sealing import new_id

FETCH_RESTS = 3600.0  # seconds until a message that could not be fetched has one more try by itself
ROWS_PER_STATEMENT = 500  # rows named in one statement
UNREAD = (LedgerState.DISCOVERED, LedgerState.FAILED, LedgerState.OVERSIZE)
OPEN = (LedgerState.DISCOVERED, LedgerState.STORED)

Item = TypeVar("Item")


def mailbox(session: Session, name: str) -> Mailbox:
    """The row of a mailbox by its permanent name, made when it is met first."""
    found = session.scalars(select(Mailbox).where(col(Mailbox.name) == name)).one_or_none()
    if found is None:
        found = Mailbox(name=name, created_at=now())
        session.add(found)
        session.flush()
    return found


def current_epoch(session: Session, mailbox_id: int, folder: str) -> Epoch | None:
    """The life that a folder is in, as far as the ledger knows."""
    return session.scalars(
        select(Epoch).where(
            col(Epoch.mailbox_id) == mailbox_id, col(Epoch.folder) == folder, col(Epoch.ended_at).is_(None)
        )
    ).one_or_none()


def begin_epoch(session: Session, mailbox_id: int, folder: str, uidvalidity: int) -> Epoch:
    """The folder has begun a new life: end the one before, whose keys mean nothing any more, and keep its rows."""
    before = current_epoch(session, mailbox_id, folder)
    if before is not None:
        _end(session, before)
    n = session.scalar(
        select(func.max(col(Epoch.n))).where(
            col(Epoch.mailbox_id) == mailbox_id, col(Epoch.folder) == folder, col(Epoch.uidvalidity) == uidvalidity
        )
    )
    epoch = Epoch(mailbox_id=mailbox_id, folder=folder, uidvalidity=uidvalidity, n=(n or 0) + 1, created_at=now())
    session.add(epoch)
    session.flush()
    return epoch


def read_no_more(session: Session, mailbox_id: int, folders: Sequence[str]) -> None:
    """End the lives of folders that are not among those read: what lies in them is no part of the sum any more."""
    for epoch in session.scalars(
        select(Epoch).where(
            col(Epoch.mailbox_id) == mailbox_id, col(Epoch.ended_at).is_(None), col(Epoch.folder).not_in(folders)
        )
    ).all():
        _end(session, epoch)


def _end(session: Session, epoch: Epoch) -> None:
    epoch.ended_at = now()
    session.add(epoch)
    of_epoch = col(Ledger.epoch_id) == epoch.id
    left = session.scalar(select(func.count()).select_from(Ledger).where(of_epoch, col(Ledger.present))) or 0
    _on_server(session, epoch.mailbox_id, -left)
    session.execute(
        update(Ledger)
        .where(of_epoch, col(Ledger.state).in_(UNREAD))
        .values(state=LedgerState.GONE, reason=NEW_EPOCH, settled_at=now())
    )
    session.execute(update(Ledger).where(of_epoch).values(present=False))
    session.flush()


def unknown(session: Session, epoch_id: int, keys: Sequence[str]) -> list[str]:
    """Those of a folder's keys that the ledger has no row for yet, in their order."""
    known: set[str] = set()
    query = select(col(Ledger.key)).where(col(Ledger.epoch_id) == epoch_id)
    if len(keys) > 4 * ROWS_PER_STATEMENT:
        known.update(session.scalars(query))
    else:
        for part in _parts(keys):
            known.update(session.scalars(query.where(col(Ledger.key).in_(part))))
    return [key for key in keys if key not in known]


def discover(session: Session, epoch: Epoch, listed: Sequence[tuple[str, int]], largest: int) -> int:
    """Write down messages (key, size) that were seen for the first time; those above `largest` bytes as oversize."""
    seen_at = now()
    flags = ["junk"] if _is_junk(epoch.folder) else []
    flags += ["backlog"] if _is_backlog(session, epoch) else []
    rows = [
        {
            "id": new_id(),
            "epoch_id": epoch.id,
            "key": key,
            "size": size,
            "state": LedgerState.OVERSIZE if size > largest else LedgerState.DISCOVERED,
            "reason": "too_large" if size > largest else "",
            "attempts": 0,
            "raw_hash": "",
            "message_id_hash": "",
            "flags": flags,
            "present": True,
            "discovered_at": seen_at,
            "settled_at": seen_at if size > largest else None,
        }
        for key, size in listed
    ]
    insert = (sqlite if is_sqlite(session) else postgresql).insert(Ledger.__table__)  # type: ignore[attr-defined]
    # Two workers may see the same message: the unique key decides.
    statement = insert.on_conflict_do_nothing(index_elements=["epoch_id", "key"])
    for part in _parts(rows):
        session.execute(statement, part)
    _on_server(session, epoch.mailbox_id, len(rows))
    return len(rows)


def _on_server(session: Session, mailbox_id: int, more: int) -> None:
    """Move the sum's left side in the transaction that moves its right: it adds up at every moment of a look."""
    if more:
        session.execute(
            update(Mailbox).where(col(Mailbox.id) == mailbox_id).values(on_server=col(Mailbox.on_server) + more)
        )


def _is_junk(folder: str) -> bool:
    return any(word in folder.casefold() for word in ("junk", "spam", "垃圾"))


def _is_backlog(session: Session, epoch: Epoch) -> bool:
    """Whether a folder's life was not compared as a whole yet: what lies there may be years old, and is not news."""
    compared_at = session.scalar(select(col(Mailbox.compared_at)).where(col(Mailbox.id) == epoch.mailbox_id))
    return compared_at is None or compared_at < epoch.created_at


def compare(session: Session, epoch: Epoch, keys: Iterable[str], largest: int) -> None:
    """Compare the rows of a folder with all its keys: who has gone, who is back, whom to try once more.

    A message that went before it was read is `gone`. What was too large is tried where the limit has been raised.
    What could not be fetched has one more try an hour, so that nothing is given up for good: its attempts are kept, or
    a message that breaks each fetch would be tried without end.
    """
    on_server = set(keys)
    of_epoch = col(Ledger.epoch_id) == epoch.id
    # Keys and ids alone: with the other columns, a hundred thousand rows take several times as long.
    rows = select(col(Ledger.key), col(Ledger.id)).where(of_epoch)
    here = session.execute(rows.where(col(Ledger.present))).all()
    vanished = [row_id for key, row_id in here if key not in on_server]
    away = session.execute(rows.where(~col(Ledger.present))).all()
    back = [row_id for key, row_id in away if key in on_server]
    change(session, vanished, present=False)
    change(session, back, present=True)
    _on_server(session, epoch.mailbox_id, len(back) - len(vanished))
    unread = (of_epoch, ~col(Ledger.present), col(Ledger.state).in_(UNREAD))
    session.execute(update(Ledger).where(*unread).values(state=LedgerState.GONE, settled_at=now()))
    again = {"state": LedgerState.DISCOVERED, "reason": "", "settled_at": None}
    rested = or_(
        col(Ledger.state) != LedgerState.FAILED, col(Ledger.settled_at) < now() - timedelta(seconds=FETCH_RESTS)
    )
    # Said so that the index by state is of use.
    fits = or_(col(Ledger.state) != LedgerState.OVERSIZE, col(Ledger.size) <= largest)
    states = (LedgerState.FAILED, LedgerState.GONE, LedgerState.OVERSIZE)
    tried = (of_epoch, col(Ledger.present), col(Ledger.state).in_(states), fits, rested)
    forget_heads(session, select(col(Ledger.id)).where(*tried))
    session.execute(update(Ledger).where(*tried).values(**again))


def forget_heads(session: Session, ledger_ids: Select[int]) -> None:
    """Their whole bytes are fetched now: the few header lines kept in their place make room."""
    session.execute(delete(RawMail).where(col(RawMail.ledger_id).in_(ledger_ids)))


def compared(session: Session, mailbox_id: int, folders: Sequence[str], on_server: int) -> None:
    """Every folder of a mailbox was compared: the moment, and how many messages there were."""
    read_no_more(session, mailbox_id, folders)
    session.execute(update(Mailbox).where(col(Mailbox.id) == mailbox_id).values(compared_at=now(), on_server=on_server))


def finished(session: Session, epoch: Epoch, highest: int) -> None:
    """Move `low` to the end of the finished prefix. `highest` is the highest UID that the ledger has a row for."""
    first_open = session.scalar(
        select(func.min(cast(col(Ledger.key), BigInteger))).where(
            col(Ledger.epoch_id) == epoch.id, col(Ledger.state).in_(OPEN)
        )
    )
    epoch.low = first_open if first_open is not None else max(epoch.low, highest + 1)
    session.add(epoch)
    session.flush()


def well(session: Session, mailbox_id: int) -> None:
    """The mailbox answers again."""
    session.execute(update(Mailbox).where(col(Mailbox.id) == mailbox_id).values(error="", error_since=None))


def unwell(session: Session, name: str, reason: str) -> None:
    """The mailbox can't be read; `reason` of MailboxUnreachable.REASONS, "disk" where ours is full, or "internal" for
    another fault of ours."""
    row = mailbox(session, name)
    row.error_since = row.error_since if row.error else now()
    row.error = reason
    session.add(row)
    session.flush()


def change(session: Session, ledger_ids: Sequence[int], **values: object) -> None:
    """Set columns of ledger rows, however many."""
    for part in _parts(ledger_ids):
        session.execute(update(Ledger).where(col(Ledger.id).in_(part)).values(**values))


def _parts(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), ROWS_PER_STATEMENT):
        yield items[start : start + ROWS_PER_STATEMENT]
