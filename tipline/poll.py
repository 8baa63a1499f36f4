"""One look into one mailbox, in the order of the intake contract: what a reader sent is durable before anything
parses it, and filed before it counts as done.

    discovered | attempt | fetched and stored | attempt | parsed and filed        each | is a commit

A process that dies between two commits loses nothing: the next look goes on from the ledger.
"""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from tipline.config import MailboxSettings
from tipline.core import intake, ledger, ledger_steps, mailboxes
from tipline.core.arrival import Arrival
from tipline.core.ledger_steps import Bytes, Settled, Waiting
from tipline.db import Database
from tipline.deadline import end_process_after, time_limit
from tipline.errors import FetchMismatch, Refused, SettingsError, UnreadableMessage
from tipline.mail import parse
from tipline.mail.imap import ImapMailbox
from tipline.mail.maildir import Maildir
from tipline.mail.source import Fetched, Listed, MailSource
from tipline.models import Epoch

log = logging.getLogger("tipline.poll")

MESSAGES_AT_ONCE = 50  # a commit; 200 gains nothing more
BYTES_AT_ONCE = 8_000_000
PARSE_SECONDS = 30.0
LOOK_SECONDS = 20.0  # of one look; then the outbox and the other mailboxes have their turn

# Faults of ours rather than of a message: it is tried again, and the try does not count.
OURS = (OperationalError, InterfaceError, PoolTimeout, OSError, Refused)

Given = ParamSpec("Given")
Result = TypeVar("Result")
Raw = tuple[int, bytes]  # ledger row, bytes
Read = tuple[int, Arrival | str]  # ledger row; what was read, or why it could not be


def open_mailbox(settings: MailboxSettings) -> MailSource:
    """The mailbox of the settings, to be entered with `with`."""
    if settings.kind == "imap":
        return ImapMailbox(settings)
    if settings.path is None:
        raise SettingsError("path: a maildir needs the path of its folder")
    return Maildir(settings.path, settings.folders)


@dataclass
class Look:
    """One look. `compare`: hold every key of the server against the ledger, as at start, after errors and hourly."""

    database: Database
    name: str
    settings: MailboxSettings
    largest: int  # bytes of a message
    compare: bool = False
    stopped: Callable[[], bool] = lambda: False
    mailbox_id: int = 0
    ends_at: float = field(default_factory=lambda: time.monotonic() + LOOK_SECONDS)

    def run(self) -> bool:
        """Take in what there is; True where time ran out before everything was.

        Raises MailboxUnreachable, and whatever goes wrong on our own side.
        """
        with self.database.writing() as session:
            box = mailboxes.mailbox(session, self.name)
            assert box.id is not None
            self.mailbox_id = box.id
            ledger_steps.give_up(session, self.mailbox_id)
            session.commit()
        more = self._file_stored()
        with open_mailbox(self.settings) as source:
            found = [self._discover(source, folder) for folder in source.folders()]
            if self.compare:
                self._commit(mailboxes.compared, self.mailbox_id, sum(on_server for _, _, on_server in found))
            for epoch, highest, _ in found:
                more = self._fetch(source, epoch, highest, alone=len(found) == 1) or more
        if box.error:
            self._commit(mailboxes.well, self.mailbox_id)
        return more

    def _discover(self, source: MailSource, folder: str) -> tuple[Epoch, int, int]:
        """Write down what is new in a folder: its epoch, its highest UID, and how many messages it was seen to hold."""
        uidvalidity = source.enter(folder)
        with self.database.reading() as session:
            epoch = mailboxes.current_epoch(session, self.mailbox_id, folder)
        if epoch is None or epoch.uidvalidity != uidvalidity:
            epoch = self._commit(mailboxes.begin_epoch, self.mailbox_id, folder, uidvalidity)
        assert epoch.id is not None
        keys = source.keys(1 if self.compare else epoch.low)
        with self.database.reading() as session:
            new = mailboxes.unknown(session, epoch.id, keys)
        listed = [(one.key, one.size) for one in source.sizes(new)]
        if listed or self.compare:
            with self.database.writing() as session:
                if self.compare:
                    mailboxes.compare(session, epoch, keys, self.largest)
                mailboxes.discover(session, epoch, listed, self.largest)
                session.commit()
        highest = max((int(key) for key in keys), default=0) if source.numbered else 0
        return epoch, highest, len(keys) - len(new) + len(listed)

    def _fetch(self, source: MailSource, epoch: Epoch, highest: int, *, alone: bool) -> bool:
        """Fetch, store and file what is waiting in a folder; True where time ran out."""
        assert epoch.id is not None
        tried: set[int] = set()
        while batch := self._next(tried, ledger_steps.to_fetch, epoch.id):
            if self._over():
                return True
            if not tried and not alone and source.enter(epoch.folder) != epoch.uidvalidity:
                return True
            tried.update(one.id for one in batch)
            self._count(batch)
            try:
                found = list(zip(batch, source.fetch([Listed(one.key, one.size) for one in batch]), strict=True))
            except FetchMismatch:
                found = list(self._one_by_one(source, batch))
            self._store(found)
        if source.numbered and (tried or highest >= epoch.low):
            self._commit(mailboxes.finished, epoch, highest)
        return False

    def _one_by_one(self, source: MailSource, batch: Sequence[Waiting]) -> Iterator[tuple[Waiting, Fetched]]:
        """After a mismatch: each on a new connection. Whoever gives no bytes now waits for the next look."""
        for one in batch:
            self._count([one])
            try:
                fetched = source.fetch_alone(Listed(one.key, one.size))
            except FetchMismatch:
                log.warning("mailbox %s, row %d: no bytes", self.name, one.id)
                continue
            if fetched is None:
                self._commit(ledger_steps.gone, self.mailbox_id, one.id)
            else:
                yield one, fetched

    def _store(self, found: Sequence[tuple[Waiting, Fetched]]) -> None:
        raws = [
            Bytes(waiting.id, fetched.raw, ("size_differs",) if fetched.size_differs else ())
            for waiting, fetched in found
        ]
        new = set(self._commit(ledger_steps.store, self.mailbox_id, raws))
        self._file([(one.ledger_id, one.content) for one in raws if one.ledger_id in new])

    def _file_stored(self) -> bool:
        """File what lies in the ledger already: a process died, or somebody asked for a new try."""
        tried: set[int] = set()
        while batch := self._next(tried, ledger_steps.to_file, self.mailbox_id):
            if self._over():
                return True
            tried.update(one.id for one in batch)
            raws: list[Raw] = []
            with self.database.reading() as session:
                for one in batch:
                    try:
                        raws.append((one.id, ledger.original(session, one.id)))
                    except Exception as error:  # noqa: BLE001  one that does not open must not block the others
                        log.error("mailbox %s, row %d: %s", self.name, one.id, type(error).__name__)
            opened = {row_id for row_id, _ in raws}
            self._count([one for one in batch if one.id not in opened])
            self._file(raws)
        return False

    def _file(self, raws: Sequence[Raw]) -> None:
        """Parse and file a batch in one commit; where one of them trips, each in a commit of its own."""
        if not raws:
            return
        ids = [row_id for row_id, _ in raws]
        self._commit(ledger_steps.count_attempt, ids)
        with end_process_after(PARSE_SECONDS * min(len(raws) + 1, 4)):
            read = [(row_id, self._read(row_id, raw)) for row_id, raw in raws]
        try:
            self._receive(read)
        except OURS:
            with contextlib.suppress(SQLAlchemyError):
                self._commit(ledger_steps.count_attempt, ids, -1)
            raise
        except Exception as error:  # whatever a message trips in our own code must not stop the others
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise
            if len(raws) > 1:
                for one in raws:
                    self._file([one])
                return
            log.error("mailbox %s, row %d: %s while filing", self.name, ids[0], type(error).__name__)
            self._commit(ledger_steps.quarantine, ids[0], "crashed")

    def _read(self, row_id: int, raw: bytes) -> Arrival | str:
        try:
            with time_limit(PARSE_SECONDS):
                return parse.arrival(raw)
        except UnreadableMessage as error:
            return error.reason
        except Exception as error:  # noqa: BLE001  whatever the bytes do to the parser, the next message is read
            log.error("mailbox %s, row %d: %s while parsing", self.name, row_id, type(error).__name__)
            return "crashed"

    def _receive(self, read: Sequence[Read]) -> None:
        with self.database.writing() as session:
            routes = mailboxes.routes(session, self.settings.callout)
            settled = []
            intake.expect(session, [result for _, result in read if isinstance(result, Arrival)])
            for row_id, result in read:
                if isinstance(result, str):
                    ledger_steps.quarantine(session, row_id, result)
                    continue
                arrival = replace(result, callout_id=routes.of(result))
                filed = intake.receive(session, arrival, ledger_id=row_id)
                settled.append(Settled(row_id, filed.tip_id, arrival.headers.message_id if arrival.headers else ""))
            ledger_steps.settle_filed(session, self.mailbox_id, settled)
            session.commit()

    def _next(self, tried: set[int], waiting: Callable[[Session, int, int], list[Waiting]], of: int) -> list[Waiting]:
        """The next batch of those not tried in this look. Who failed before goes alone: it may end the process."""
        with self.database.reading() as session:
            rows = [one for one in waiting(session, of, MESSAGES_AT_ONCE + len(tried)) if one.id not in tried]
        batch: list[Waiting] = []
        size = 0
        for one in rows[:MESSAGES_AT_ONCE]:
            size += one.size
            if batch and (one.attempts or size > BYTES_AT_ONCE):
                break
            batch.append(one)
            if one.attempts:
                break
        return batch

    def _count(self, batch: Sequence[Waiting]) -> None:
        if batch:
            self._commit(ledger_steps.count_attempt, [one.id for one in batch])

    def _commit(
        self, step: Callable[Concatenate[Session, Given], Result], *given: Given.args, **named: Given.kwargs
    ) -> Result:
        """One step of core in a transaction of its own."""
        with self.database.writing() as session:
            result = step(session, *given, **named)
            session.commit()
        return result

    def _over(self) -> bool:
        return self.stopped() or time.monotonic() >= self.ends_at
