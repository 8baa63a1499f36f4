"""Mail that became no tip: the lists of it, and what an editor can do about each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from tipline.core import access, events, intake, mailboxes, vault
from tipline.core.access import Actor
from tipline.core.arrival import Arrival
from tipline.core.intake import Filed
from tipline.core.mailboxes import ledger
from tipline.core.mailboxes.ledger import SEEN_TO, SETTLED
from tipline.db import now
from tipline.errors import NotVisible, Refused
from tipline.models import Epoch, Ledger, LedgerState, Mailbox, RawMail, Tip, Verb
from tipline.vocabularies import N_

UNRESOLVED = (LedgerState.QUARANTINED, LedgerState.OVERSIZE, LedgerState.FAILED, LedgerState.GONE)
LISTS = (*UNRESOLVED, LedgerState.DUPLICATE)
BY_HAND = (LedgerState.QUARANTINED, LedgerState.OVERSIZE, LedgerState.FAILED)
MAX_SHOWN = 200
MAX_FETCHED_BYTES = 200 * 1024 * 1024  # bytes of one message, whoever asks for it
WANTED = "wanted"  # flag: larger than the limit, and fetched all the same

NOT_QUARANTINED = N_("This message is not in quarantine: there is nothing to try again.")
NOT_BY_HAND = N_("This message is not in quarantine, or is a tip already: there is nothing to file.")
NOT_OVERSIZE = N_("This message is not waiting on the server for being too large. Reload the page.")
FAR_TOO_LARGE = N_(
    "It is larger than 200 MB, which is more than can be fetched. Save it from your mail program, and file it by hand."
)
NO_HEAD = N_("Sender and subject of this message are not known here: it was not asked for yet, or was read as a whole.")
NOT_GONE = N_("This message is not among those that disappeared. Reload the page.")


@dataclass(frozen=True, slots=True)
class QuarantinedMessage:
    """A message that did not become a tip.

    `readable`: the raw bytes are here; `again`: a new try is possible; `head`: its sender and subject are known here,
    sealed; `tip_id`: where a duplicate's first copy went.
    """

    ledger_id: int
    mailbox: str
    folder: str
    state: LedgerState
    reason: str
    size: int
    attempts: int
    discovered_at: datetime
    flags: list[str] = field(default_factory=list)
    readable: bool = False
    again: bool = False
    head: bool = False
    present: bool = True
    tip_id: int | None = None

    @property
    def by_hand(self) -> bool:
        return self.state in BY_HAND

    @property
    def fetchable(self) -> bool:
        return self.state is LedgerState.OVERSIZE and self.present and self.size <= MAX_FETCHED_BYTES


def listed(
    session: Session, states: Sequence[LedgerState] = UNRESOLVED, limit: int = MAX_SHOWN, *, by: Actor | None = None
) -> list[QuarantinedMessage]:
    """What did not become a tip and needs a look, newest first. For editors; the caller checks that.

    Tips of duplicates are named to those alone who see them (`by`).
    """
    wanted = (col(Ledger.state).in_(states), col(Ledger.reason).not_in(SETTLED))
    return _listed(session, wanted, limit, by)


def to_file(session: Session, ledger_id: int, by: Actor) -> QuarantinedMessage:
    """The one of an id that may be filed by hand. NotVisible where there is none."""
    ledger.ledger_row(session, ledger_id, by)
    found = _listed(session, (col(Ledger.id) == ledger_id, col(Ledger.state).in_(BY_HAND)), 1, by)
    if not found:
        raise NotVisible("ledger row")
    return found[0]


def _listed(
    session: Session, wanted: Sequence[ColumnElement[bool]], limit: int, by: Actor | None
) -> list[QuarantinedMessage]:
    rows = session.execute(
        select(Ledger, col(Mailbox.name), col(Epoch.folder), col(RawMail.ledger_id))
        .join(Epoch, col(Epoch.id) == col(Ledger.epoch_id))
        .join(Mailbox, col(Mailbox.id) == col(Epoch.mailbox_id))
        .outerjoin(RawMail, col(RawMail.ledger_id) == col(Ledger.id))
        .where(*wanted)
        .order_by(col(Ledger.discovered_at).desc(), col(Ledger.id).desc())
        .limit(limit)
    ).all()
    firsts = _tips(session, [row.duplicate_of for row, *_ in rows if row.duplicate_of], by) if by else {}
    return [
        QuarantinedMessage(
            ledger_id=row.id,
            mailbox=name,
            folder=folder,
            state=row.state,
            reason=row.reason,
            size=row.size,
            attempts=row.attempts,
            discovered_at=row.discovered_at,
            flags=row.flags,
            readable=row.reason != ledger.ERASED
            and (row.state is LedgerState.DUPLICATE or (kept is not None and row.state in ledger.WHOLE)),
            again=row.state in (LedgerState.QUARANTINED, LedgerState.FAILED),
            head=kept is not None and row.state not in ledger.WHOLE,
            present=row.present,
            tip_id=firsts.get(row.duplicate_of or 0),
        )
        for row, name, folder, kept in rows
    ]


def _tips(session: Session, ledger_ids: Sequence[int], by: Actor) -> dict[int, int]:
    rows = session.execute(
        select(col(Ledger.id), col(Tip.id))
        .join(Tip, col(Tip.id) == col(Ledger.tip_id))
        .where(col(Ledger.id).in_(ledger_ids), access.visible(by))
    )
    return {ledger_id: tip_id for ledger_id, tip_id in rows.all() if tip_id is not None}


def counts(session: Session) -> dict[LedgerState, int]:
    """How long each list is."""
    rows = session.execute(
        select(col(Ledger.state), func.count())
        .where(col(Ledger.state).in_(LISTS), col(Ledger.reason).not_in(SETTLED))
        .group_by(col(Ledger.state))
    )
    found = dict(rows.all())
    return {state: found.get(state, 0) for state in LISTS}


def read_again(session: Session, ledger_id: int, by: Actor) -> Ledger:
    """Let the worker try a message again that was quarantined, or could not be fetched."""
    row = ledger.ledger_row(session, ledger_id, by, lock=True)
    if row.state not in (LedgerState.QUARANTINED, LedgerState.FAILED):
        raise Refused(NOT_QUARANTINED)
    return _again(session, row, by, LedgerState.STORED if row.state in ledger.WHOLE else LedgerState.DISCOVERED)


def fetch_anyway(session: Session, ledger_id: int, by: Actor) -> Ledger:
    """Lift the limit for this one message: the worker fetches it at its next look."""
    row = ledger.ledger_row(session, ledger_id, by, lock=True)
    if row.state is not LedgerState.OVERSIZE or not row.present:
        raise Refused(NOT_OVERSIZE)
    if row.size > MAX_FETCHED_BYTES:
        raise Refused(FAR_TOO_LARGE)
    row.flags = [*row.flags, WANTED] if WANTED not in row.flags else row.flags
    return _again(session, row, by, LedgerState.DISCOVERED)


def _again(session: Session, row: Ledger, by: Actor, state: LedgerState) -> Ledger:
    events.record(session, Verb.READ_AGAIN, by=by, object_id=row.id, before=row.state)
    if state is LedgerState.DISCOVERED:
        mailboxes.forget_heads(session, select(col(Ledger.id)).where(col(Ledger.id) == row.id))
    row.state = state
    row.reason, row.attempts, row.settled_at = "", 0, None
    session.add(row)
    session.flush()
    return row


def seen_to(session: Session, ledger_id: int, by: Actor) -> Ledger:
    """Somebody looked after a message that disappeared: it is no alarm any more."""
    row = ledger.ledger_row(session, ledger_id, by, lock=True)
    if row.state is not LedgerState.GONE or row.reason in SETTLED:
        raise Refused(NOT_GONE)
    row.reason = SEEN_TO
    session.add(row)
    events.record(session, Verb.QUARANTINED, by=by, object_id=row.id, before=row.state, after=SEEN_TO)
    session.flush()
    return row


def head(session: Session, ledger_id: int, by: Actor) -> bytes:
    """The header lines that are known of a message that was not fetched; recorded, since they say who wrote it."""
    row = ledger.ledger_row(session, ledger_id, by)
    content = _head(session, row)
    if content is None:
        raise Refused(NO_HEAD)
    events.record(session, Verb.IDENTITY_SEEN, by=by, object_id=row.id)
    return content


def material(session: Session, ledger_id: int, by: Actor) -> tuple[LedgerState, bytes]:
    """What a tip can be made from by hand: the raw mail of a quarantined message, else its header lines or b""."""
    row = ledger.ledger_row(session, ledger_id, by, lock=True)
    if row.state not in BY_HAND:
        raise Refused(NOT_BY_HAND)
    if row.state in ledger.WHOLE:
        return row.state, ledger.original(session, row.id)
    return row.state, _head(session, row) or b""


def file_by_hand(session: Session, ledger_id: int, arrival: Arrival, by: Actor) -> Filed:
    """Make a tip of a message that could not be read, by the same function as all others."""
    row = ledger.ledger_row(session, ledger_id, by, lock=True)
    if row.state not in BY_HAND:
        raise Refused(NOT_BY_HAND)
    whole = row.state in ledger.WHOLE
    filed = intake.receive(session, arrival, by=by, ledger_id=row.id if whole else None)
    if not whole:
        mailboxes.forget_heads(session, select(col(Ledger.id)).where(col(Ledger.id) == row.id))
    row.state, row.tip_id, row.reason, row.settled_at = LedgerState.FILED, filed.tip_id, "", now()
    session.add(row)
    session.flush()
    return filed


def _head(session: Session, row: Ledger) -> bytes | None:
    kept = session.get(RawMail, row.id)
    if kept is None or row.state in ledger.WHOLE or not kept.content:
        return None
    return vault.open_bytes(session, kept.content, ledger.head_place(row.id))
