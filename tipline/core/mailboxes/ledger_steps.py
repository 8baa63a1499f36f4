"""A message's way through the ledger, step by step, as the worker takes it.

discovered → stored → filed | quarantined | duplicate; beside them oversize, failed, gone. The worker commits after
each step, in the order of the intake contract; nothing here talks to a mail server.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, Select, Table, bindparam, cast, delete, func, or_, select, update
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlmodel import Session, col

from tipline.core import events, file_removal, mailboxes, row_batches, vault
from tipline.core.mailboxes import OPEN, ledger
from tipline.db import now
from tipline.models import ActorKind, DataKey, Epoch, Ledger, LedgerState, Mailbox, RawMail, Verb
from tipline.sealing import seal

ATTEMPTS = 3  # tries of one message; then it is set aside, so that it can't block those behind it
WAITING = (col(Ledger.id), col(Ledger.key), col(Ledger.size), col(Ledger.attempts))
SMALL = 256 * 1024  # bytes of a raw mail that still go into the database
REUSED = "message_id_reused"
_TABLE: Table = Ledger.__table__  # type: ignore[attr-defined]
_ROW = update(_TABLE).where(_TABLE.c.id == bindparam("row"))
STORED = _ROW.values(
    {"attempts": 1} | {n: bindparam(n) for n in ("raw_hash", "size", "flags", "state", "duplicate_of", "settled_at")}
)
FILED = _ROW.values(
    {"state": LedgerState.FILED, "reason": ""}
    | {n: bindparam(n) for n in ("tip_id", "settled_at", "message_id_hash", "flags")}
)


@dataclass(frozen=True, slots=True)
class PendingMessage:
    """A row that the worker has to do something about."""

    id: int
    key: str
    size: int
    attempts: int


@dataclass(frozen=True, slots=True)
class RawBytes:
    """A message's raw bytes on the way into the ledger; `flags` of Ledger.flags."""

    ledger_id: int
    content: bytes = field(repr=False)
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FiledMessage:
    """A row whose message became a message of a tip."""

    ledger_id: int
    tip_id: int
    message_id: str = ""  # the header's


def give_up(session: Session, mailbox_id: int) -> None:
    """Set aside what was tried often enough: a message that ends the process each time must not block the others."""
    tried = session.scalars(
        _of_mailbox(mailbox_id).where(col(Ledger.state).in_(OPEN), col(Ledger.attempts) >= ATTEMPTS)
    )
    for row in tried.all():
        if row.state is LedgerState.STORED:
            quarantine(session, row.id, "crashed")
        else:
            row.state, row.reason, row.settled_at = LedgerState.FAILED, "fetch", now()
            session.add(row)
    session.flush()


def tried_often(session: Session, mailbox_id: int) -> bool:
    """Whether there is anything to give up."""
    query = _of_mailbox(mailbox_id).where(col(Ledger.state).in_(OPEN), col(Ledger.attempts) >= ATTEMPTS)
    return session.scalars(query.limit(1)).first() is not None


def to_fetch(session: Session, epoch_id: int, limit: int, *, numbered: bool = True) -> list[PendingMessage]:
    """Rows whose bytes are still to be fetched: those never tried first, oldest first by the server's order.

    `numbered`: keys are UIDs. A large folder is written down from its end, so that the rows' own order says nothing.
    """
    waiting = select(Ledger).where(col(Ledger.epoch_id) == epoch_id, col(Ledger.state) == LedgerState.DISCOVERED)
    return _waiting(session, waiting, limit, cast(col(Ledger.key), BigInteger) if numbered else col(Ledger.key))


def of_keys(session: Session, epoch_id: int, keys: Sequence[str]) -> list[PendingMessage]:
    """Those of a folder's messages whose bytes are still to be fetched, in the order of `keys`: a few hundred."""
    rows = session.execute(
        select(*WAITING).where(
            col(Ledger.epoch_id) == epoch_id,
            col(Ledger.key).in_(keys),
            col(Ledger.state) == LedgerState.DISCOVERED,
        )
    )
    by_key = {row.key: PendingMessage(row.id, row.key, row.size, row.attempts) for row in rows}
    return [by_key[key] for key in keys if key in by_key]


def without_head(session: Session, epoch_id: int, limit: int) -> list[PendingMessage]:
    """What is not fetched, and of which nobody has asked yet who sent it."""
    return _waiting(
        session,
        select(Ledger)
        .outerjoin(RawMail, col(RawMail.ledger_id) == col(Ledger.id))
        .where(
            col(Ledger.epoch_id) == epoch_id,
            col(Ledger.state).in_((LedgerState.OVERSIZE, LedgerState.FAILED)),
            col(Ledger.present),
            col(RawMail.ledger_id).is_(None),
        ),
        limit,
    )


def keep_heads(session: Session, heads: Mapping[int, bytes]) -> None:
    """Keep the header lines of messages that are not fetched, sealed, where their bytes would lie; b"" where the
    server gave none, so that it is not asked at each look."""
    kept = []
    for ledger_id, head in heads.items():
        key = vault.new_key(session)
        kept.append(RawMail(ledger_id=ledger_id, key_id=key.id, content=seal(key, head, ledger.head_place(ledger_id))))
    session.flush()
    session.add_all(kept)
    session.flush()


def to_file(session: Session, mailbox_id: int, limit: int) -> list[PendingMessage]:
    """Rows whose bytes are here and still to be read: those never tried first, oldest first."""
    return _waiting(session, _of_mailbox(mailbox_id).where(col(Ledger.state) == LedgerState.STORED), limit)


def count_attempt(session: Session, ledger_ids: Sequence[int]) -> None:
    """Count a try, committed before it begins."""
    session.execute(update(Ledger).where(col(Ledger.id).in_(ledger_ids)).values(attempts=col(Ledger.attempts) + 1))


def take_attempt_back(session: Session, ledger_ids: Sequence[int]) -> None:
    """It failed for a reason of our own, not of the message's; never below none, whatever became of the counting."""
    tried = col(Ledger.id).in_(ledger_ids), col(Ledger.attempts) > 0
    session.execute(update(Ledger).where(*tried).values(attempts=col(Ledger.attempts) - 1))


def store(session: Session, mailbox_id: int, raws: Sequence[RawBytes], then: Sequence[int] = ()) -> list[int]:
    """Keep raw bytes, each sealed under a key of its own; the ids of those to read now, which counts as a try.

    The others are duplicates: the same bytes are in this mailbox already, also under another UIDVALIDITY or in
    another folder. Large ones are durable in the file store before the caller commits. `then`: rows that are fetched
    next, whose try is counted with this.
    """
    if then:
        count_attempt(session, then)
    master = vault.master(session)
    hashes = {one.ledger_id: master.lookup_hash(f"raw:{mailbox_id}", one.content) for one in raws}
    flags = _flags(session, list(hashes))
    earlier = session.execute(
        select(col(Ledger.raw_hash), func.min(col(Ledger.id)).label("first_id"))
        .where(col(Ledger.raw_hash).in_(set(hashes.values())), col(Ledger.duplicate_of).is_(None))
        .group_by(col(Ledger.raw_hash))
    ).all()
    first = {found.raw_hash: found.first_id for found in earlier}
    kept: list[int] = []
    settled_at = now()
    for one in raws:
        raw_hash = hashes[one.ledger_id]
        first_id = first.setdefault(raw_hash, one.ledger_id)
        new = first_id == one.ledger_id
        values = {
            "row": one.ledger_id,
            "raw_hash": raw_hash,
            "size": len(one.content),
            "flags": list(dict.fromkeys((*flags[one.ledger_id], *one.flags))),
            "state": LedgerState.STORED if new else LedgerState.DUPLICATE,
            "duplicate_of": None if new else first_id,
            "settled_at": None if new else settled_at,
        }
        row_batches.do(session, STORED, values)
        if new:
            _keep(session, one)
            kept.append(one.ledger_id)
    return kept


def _keep(session: Session, one: RawBytes) -> None:
    key = vault.new_key(session)
    sealed = seal(key, one.content, ledger.place(one.ledger_id))
    small = len(one.content) <= SMALL
    stored_as = None if small else vault.files(session).put(sealed)
    row_batches.write(
        session,
        RawMail,
        ledger_id=one.ledger_id,
        key_id=key.id,
        content=sealed if small else None,
        stored_as=stored_as,
    )


def _flags(session: Session, ledger_ids: Sequence[int]) -> dict[int, list[str]]:
    found = session.execute(select(col(Ledger.id), col(Ledger.flags)).where(col(Ledger.id).in_(ledger_ids)))
    return dict(found.all())


def settle_filed(session: Session, mailbox_id: int, settled: Sequence[FiledMessage]) -> None:
    """Their messages are in tips now. A Message-ID that other bytes had before is flagged, and filed all the same."""
    master = vault.master(session)
    hashes = {
        one.ledger_id: master.lookup_hash("message-id", one.message_id) if one.message_id else "" for one in settled
    }
    known = set(
        session.scalars(
            select(col(Ledger.message_id_hash))
            .join(Epoch, col(Epoch.id) == col(Ledger.epoch_id))
            .where(
                col(Ledger.message_id_hash).in_({h for h in hashes.values() if h}),
                col(Ledger.id).not_in(list(hashes)),
                col(Epoch.mailbox_id) == mailbox_id,
            )
        )
    )
    flags, settled_at = _flags(session, list(hashes)), now()
    for one in settled:
        message_id_hash = hashes[one.ledger_id]
        reused = [REUSED] if message_id_hash in known else []
        values = {
            "row": one.ledger_id,
            "tip_id": one.tip_id,
            "settled_at": settled_at,
            "message_id_hash": message_id_hash,
            "flags": list(dict.fromkeys((*flags[one.ledger_id], *reused))),
        }
        row_batches.do(session, FILED, values)
        if message_id_hash:
            known.add(message_id_hash)


def quarantine(session: Session, ledger_id: int, reason: str) -> None:
    """Set a message aside that can't be read; `reason` of UnreadableMessage.REASONS. It stays here, sealed."""
    mailboxes.change(session, [ledger_id], state=LedgerState.QUARANTINED, reason=reason, settled_at=now())
    events.record(session, Verb.QUARANTINED, by=ActorKind.SYSTEM, object_id=ledger_id, after=reason)


def close_erased(session: Session, ledger_ids: Sequence[int]) -> None:
    """They are about what was erased: their bytes go too. Their rows stay, so that the mailbox's sum adds up."""
    mailboxes.change(session, ledger_ids, state=LedgerState.FILED, settled_at=now())
    keys = forget(session, ledger_ids)
    session.execute(delete(DataKey).where(col(DataKey.id).in_(keys)))


def forget(session: Session, ledger_ids: Sequence[int]) -> set[int]:
    """The bytes of these mails. Their rows and those of their copies stay and say that they were erased; the keys
    that are of no use any more."""
    of_these = col(RawMail.ledger_id).in_(ledger_ids)
    raws = session.execute(select(col(RawMail.key_id), col(RawMail.stored_as)).where(of_these)).all()
    file_removal.after_commit(session, [raw.stored_as for raw in raws if raw.stored_as])
    mailboxes.forget_heads(session, select(col(Ledger.id)).where(col(Ledger.id).in_(ledger_ids)))
    copies = or_(col(Ledger.id).in_(ledger_ids), col(Ledger.duplicate_of).in_(ledger_ids))
    session.execute(update(Ledger).where(copies).values(tip_id=None, reason=ledger.ERASED, message_id_hash=""))
    return {raw.key_id for raw in raws}


def gone(session: Session, mailbox_id: int, ledger_id: int) -> None:
    """It was expunged before it could be read."""
    mailboxes.change(session, [ledger_id], state=LedgerState.GONE, present=False, settled_at=now())
    session.execute(update(Mailbox).where(col(Mailbox.id) == mailbox_id).values(on_server=col(Mailbox.on_server) - 1))


def _waiting(
    session: Session, query: Select[Ledger], limit: int, order: SQLCoreOperations[Any] | None = None
) -> list[PendingMessage]:
    order = col(Ledger.id) if order is None else order
    # In two questions: the first is answered from the index's end, however much waits behind it.
    columns = query.with_only_columns(*WAITING)
    rows = list(session.execute(columns.where(col(Ledger.attempts) == 0).order_by(order).limit(limit)))
    if len(rows) < limit:
        tried = columns.where(col(Ledger.attempts) > 0).order_by(col(Ledger.attempts), order)
        rows += session.execute(tried.limit(limit - len(rows)))
    return [PendingMessage(row.id, row.key, row.size, row.attempts) for row in rows]


def _of_mailbox(mailbox_id: int) -> Select[Ledger]:
    return select(Ledger).join(Epoch, col(Epoch.id) == col(Ledger.epoch_id)).where(col(Epoch.mailbox_id) == mailbox_id)
