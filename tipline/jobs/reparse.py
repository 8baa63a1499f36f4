"""A job of the worker: reads stored mail again after an update that reads mail better, some at a time."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from tipline.core.arrival import Arrival
from tipline.core.mailboxes import ledger, reparse
from tipline.core.mailboxes.reparse import Progress, StoredMail
from tipline.db import OUT_OF_REACH, Database
from tipline.errors import LostLease, NotVisible, SealBroken
from tipline.jobs.lease import Lease, new_holder
from tipline.jobs.parsing import Parser, shared

log = logging.getLogger("tipline.reparse")

MESSAGES_AT_ONCE = 20  # in one transaction, between two looks at what else is due: mail does not wait longer
BYTES_AT_ONCE = 4_000_000
OURS = (*OUT_OF_REACH, OSError, LostLease)  # the batch is tried again


@dataclass
class Reparsing:
    """`run` reads one batch, under a lease: one process at a time. `done` is what came of all so far."""

    database: Database
    holder: str = field(default_factory=new_holder)
    parser: Callable[[], Parser] = shared
    done: Progress = field(default_factory=Progress)

    def run(self) -> bool:
        """Read a batch; True where there may be more. LeaseTaken where another process is at it."""
        with self.database.reading() as session:
            if not reparse.due(session, 1):
                return False
        with Lease(self.database, ledger.REPARSE, self.holder) as lease:
            with self.database.reading() as session:
                batch = _as_many(reparse.due(session, MESSAGES_AT_ONCE))
                raws = {one.message_id: raw for one in batch if (raw := _original(session, one)) is not None}
            read: dict[int, Arrival | None] = dict.fromkeys(one.message_id for one in batch)
            self.done += self._take_in(lease, read | self._parse(raws))
        return bool(batch)

    def _parse(self, raws: dict[int, bytes]) -> dict[int, Arrival | None]:
        """What this parser reads in each; None where it can't. Which servers are ours does not matter here."""
        parser = self.parser()
        parser.begin(list(raws.values()))
        outcomes = zip(raws, parser.results(), strict=True)
        return {message_id: found if isinstance(found, Arrival) else None for message_id, found in outcomes}

    def _take_in(self, lease: Lease, read: dict[int, Arrival | None]) -> Progress:
        """Keep a batch in one commit; where one of them trips, each in a commit of its own, and that one is left."""
        try:
            return lease.commit(reparse.take_in, read)
        except OURS:
            raise
        except Exception as error:  # noqa: BLE001  whatever a message trips in our own code must not stop the others
            if len(read) > 1:
                return sum((self._take_in(lease, {one: read[one]}) for one in read), Progress())
            log.error("message %d: %s while reading it again", *read, type(error).__name__)
            return lease.commit(reparse.take_in, dict.fromkeys(read))


def _as_many(found: Sequence[StoredMail]) -> list[StoredMail]:
    """Those that go into one batch."""
    size, batch = 0, list[StoredMail]()
    for one in found:
        size += one.size
        if batch and size > BYTES_AT_ONCE:
            break
        batch.append(one)
    return batch


def _original(session: Session, one: StoredMail) -> bytes | None:
    try:
        return ledger.original(session, one.ledger_id)
    except (NotVisible, SealBroken, FileNotFoundError) as error:  # damaged; it is left as it was
        log.error("message %d: %s", one.message_id, type(error).__name__)
        return None
