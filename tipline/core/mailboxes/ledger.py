"""The ledger of the mailboxes as the desk reads it: the sum of each, and the originals.

What was set aside stands in core.mailboxes.quarantine, what the worker writes in core.mailboxes.ledger_steps.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from tipline.core import access, events, vault
from tipline.core.access import Actor
from tipline.errors import NotAllowed, NotVisible
from tipline.models import Epoch, Ledger, LedgerState, Mailbox, Message, RawMail, Verb
from tipline.vocabularies import N_

OUTBOX = ":outbox"  # the name of no mailbox: who sends replies holds the lease of this row
REPARSE = ":reparse"  # nor is this: who reads stored mail again holds the lease of its row
NO_MAILBOX = (OUTBOX, REPARSE)
NEW_EPOCH = "new_epoch"  # why a row is `gone` that was never read: its folder began a new life
SEEN_TO = "seen_to"  # why a `gone` row is no alarm any more: an editor looked after it
ERASED = "erased"  # why nothing but the row is left of a mail
SETTLED = (NEW_EPOCH, SEEN_TO)
# States whose RawMail is the mail as it came. Of those that were not fetched it holds a few header lines, if anything.
WHOLE = (LedgerState.STORED, LedgerState.FILED, LedgerState.QUARANTINED)

EDITORS_ONLY = N_("Mail that belongs to no callout yet is for editors.")
READS_ONLY = N_("Your role reads tips and does not open originals. Ask an editor if it should.")


@dataclass(frozen=True, slots=True)
class MailboxAccount:
    """One mailbox's sum: `on_server` = filed + duplicate + quarantined + oversize + failed + pending, where it is well.

    `elsewhere` counts what was read and is no longer on the server, `gone` what went before it could be read.
    """

    id: int
    name: str
    on_server: int
    compared_at: datetime | None
    error: str
    error_since: datetime | None
    filed: int = 0
    duplicate: int = 0
    quarantined: int = 0
    oversize: int = 0
    failed: int = 0
    pending: int = 0
    elsewhere: int = 0
    gone: int = 0

    @property
    def reconciles(self) -> bool:
        held = self.filed + self.duplicate + self.quarantined + self.oversize + self.failed + self.pending
        return held == self.on_server


def account(session: Session) -> list[MailboxAccount]:
    """The sum of every mailbox, by name. For editors; the caller checks that."""
    counts: dict[int, dict[str, int]] = {}
    query = (
        select(col(Epoch.mailbox_id), col(Ledger.state), col(Ledger.present), col(Ledger.reason), func.count())
        .join(Epoch, col(Epoch.id) == col(Ledger.epoch_id))
        .group_by(col(Epoch.mailbox_id), col(Ledger.state), col(Ledger.present), col(Ledger.reason))
    )
    for mailbox_id, state, present, reason, n in session.execute(query).all():
        line = _line(state, present=present, reason=reason)
        if line:
            sums = counts.setdefault(mailbox_id, {})
            sums[line] = sums.get(line, 0) + n
    mailboxes = session.scalars(select(Mailbox).where(col(Mailbox.name).not_in(NO_MAILBOX)).order_by(col(Mailbox.name)))
    return [
        MailboxAccount(m.id, m.name, m.on_server, m.compared_at, m.error, m.error_since, **counts.get(m.id, {}))
        for m in mailboxes
        if m.id is not None
    ]


def _line(state: LedgerState, *, present: bool, reason: str) -> str:
    """The line of the sum that a row counts in, "" for none."""
    if state is LedgerState.GONE:
        return "" if reason in SETTLED else "gone"
    if not present:
        return "elsewhere"
    return "pending" if state in (LedgerState.DISCOVERED, LedgerState.STORED) else state.value


def raw(session: Session, ledger_id: int, by: Actor) -> bytes:
    """The bytes of a message as the mailbox gave them; recorded. For editors, and NotVisible where there are none."""
    row = ledger_row(session, ledger_id, by)
    if row.state is LedgerState.DUPLICATE and row.duplicate_of:
        content = original(session, ledger_row(session, row.duplicate_of, by).id)
    elif row.state in WHOLE:
        content = original(session, row.id)
    else:
        raise NotVisible("raw mail")
    events.record(session, Verb.ORIGINAL_SEEN, by=by, tip_id=row.tip_id, object_id=row.id)
    return content


def raw_of_message(session: Session, message_id: int, by: Actor) -> bytes:
    """The raw mail that a message of a tip was read from; recorded. NotVisible where the tip is, or it was no mail."""
    message = session.get(Message, message_id)
    if message is None:
        raise NotVisible("message")
    access.tip(session, message.tip_id, by)
    if not by.works_tips:
        raise NotAllowed(READS_ONLY)
    if message.ledger_id is None:
        raise NotVisible("message")
    content = original(session, message.ledger_id)
    events.record(session, Verb.ORIGINAL_SEEN, by=by, tip_id=message.tip_id, object_id=message.id)
    return content


def original(session: Session, ledger_id: int) -> bytes:
    """The raw bytes of a row, unsealed, for those who checked who asks. NotVisible where none are kept."""
    kept = session.get(RawMail, ledger_id)
    if kept is None:
        raise NotVisible("raw mail")
    sealed = kept.content if kept.stored_as is None else vault.files(session).get(kept.stored_as)
    return vault.open_bytes(session, sealed or b"", place(ledger_id))


def place(ledger_id: int) -> str:
    """What the seal of a raw mail is bound to, in the table or in the file store."""
    return f"raw_mail:{ledger_id}:content"


def head_place(ledger_id: int) -> str:
    """The same for the few header lines that stand in for a mail that was not fetched."""
    return f"raw_mail:{ledger_id}:head"


def ledger_row(session: Session, ledger_id: int, by: Actor, *, lock: bool = False) -> Ledger:
    """A row of an id for an editor. NotVisible where there is none, or its tip is not theirs to see."""
    if not by.edits_callouts:
        raise NotAllowed(EDITORS_ONLY)
    query = select(Ledger).where(col(Ledger.id) == ledger_id).execution_options(populate_existing=True)
    if lock:
        query = query.with_for_update()
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotVisible("ledger row")
    if row.tip_id is not None:
        access.tip(session, row.tip_id, by)  # a restricted tip's mail is for those named alone
    return row
