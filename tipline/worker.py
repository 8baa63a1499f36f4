"""The clock: polls the mailboxes, sends the outbox, tidies up. One thread, one job after another.

Beside it, a thread for each mailbox waits for news and wakes it (jobs/idle.py). Several workers share the work: what
one is at, the others leave alone (jobs/lease.py).

What goes wrong in a job ends at the edge of the loop: logged by its class alone, since the texts of errors may quote
readers, and tried again later.
"""

import logging
import math
import queue
import random
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from types import FrameType

from sqlalchemy.exc import SQLAlchemyError

from tipline.config import Settings
from tipline.core import bulk, mailboxes, search
from tipline.core.intake import drafts
from tipline.core.mailboxes import ledger
from tipline.core.outbox import scheduled, sending
from tipline.core.outgoing_mail.auto_replies import AutoReplySettings
from tipline.db import OUT_OF_REACH, Database, end_sleepers, is_full
from tipline.errors import LeaseTaken, LostLease, MailboxUnreachable, SendFailed
from tipline.jobs import tokens
from tipline.jobs.after_erasure import Cleaning, keep_no_longer
from tipline.jobs.clustering import Piling
from tipline.jobs.digests import Digests
from tipline.jobs.fact_extraction import Noticing
from tipline.jobs.idle import Watch
from tipline.jobs.lease import Lease, new_holder
from tipline.jobs.outbox import Outbox, SentCopies, copies_of
from tipline.jobs.poll import PollRun
from tipline.jobs.reminders import Reminding
from tipline.jobs.reparse import Reparsing
from tipline.jobs.scanner import Clamd, Scanning
from tipline.jobs.text_extraction import Reading
from tipline.mail.bearer import Token
from tipline.mail_settings import MailboxSettings
from tipline.spool import Spool

log = logging.getLogger("tipline.worker")

OUTBOX_SECONDS = 1.0
COPY_SECONDS = 10.0
SPOOL_SECONDS = 1.0
CLEAN_SECONDS = 30.0
PILE_SECONDS = 2.0
NOTICE_SECONDS = 2.0
SCAN_SECONDS = 5.0
BULK_SECONDS = 2.0
READ_SECONDS = 5.0
INDEX_SECONDS = 600.0
REPARSE_SECONDS = 600.0
DIGEST_SECONDS = 60.0
REMIND_SECONDS = 60.0
TIDY_SECONDS = 3600.0
COMPARE_SECONDS = 900.0  # half of what the desk takes for silence
UNTOLD_SECONDS = 60.0  # between two polls, at most, where the server does not tell of new mail by itself
BUSY_SECONDS = 5.0  # until the next try, while another worker is at it
MAX_PAUSE_SECONDS = 300.0
DATABASE_PAUSE = 5.0  # at most, until the database is tried again: all work waits for it
REFUSED_PAUSE = 3600.0  # between two sign-ins after the third refusal: no hammering, and never dead for good
REFUSALS = 3
REFUSED = (*MailboxUnreachable.SIGN_IN, "token")
GRANT_PAUSE = 60.0  # until a look whether somebody connected the mailbox anew; the provider is asked once an hour


@dataclass
class Job:
    """Something done again and again. `run` answers True where it has more to do at once."""

    name: str
    every: float
    run: Callable[[], bool]
    failed: Callable[[Exception], None] = lambda error: None
    at_most: Callable[[], float] = lambda: math.inf  # seconds between two times, where that is less than `every`
    due_at: float = 0.0
    failures: int = 0
    refusals: int = 0  # of a sign-in, since one went well
    away: bool = False  # the database took nothing in at the last try

    def step(self) -> None:
        """Do it once, and set when it is due again: later and later while it fails, and never at one beat."""
        try:
            more = self.run()
        except (LeaseTaken, LostLease) as error:
            log.info("%s: %s", self.name, _cause(error))
            self.due_at = time.monotonic() + min(self.every, BUSY_SECONDS)
            return
        except Exception as error:  # noqa: BLE001  the loop's edge: one job's trouble must not end the others
            away = isinstance(error, OUT_OF_REACH)
            self.failures = self.failures + 1 if away == self.away else 1
            self.away = away
            log.error("%s: %s; failure %d", self.name, _cause(error), self.failures)
            self.failed(error)
            self.due_at = time.monotonic() + self._pause(error)
            return
        self.failures = self.refusals = 0
        self.away = False
        self.due_at = time.monotonic() + (0 if more else min(self.every, self.at_most()))

    def _pause(self, error: Exception) -> float:
        if isinstance(error, OUT_OF_REACH):
            return min(2.0 ** min(self.failures - 1, 16), DATABASE_PAUSE) * random.uniform(0.5, 1)
        reason = error.reason if isinstance(error, MailboxUnreachable) else ""
        self.refusals += reason in REFUSED
        if reason in REFUSED and self.refusals >= REFUSALS:
            return REFUSED_PAUSE
        if reason in ("grant", "no_grant", "client"):
            return GRANT_PAUSE
        if reason == "busy":
            return min(BUSY_SECONDS * 2.0 ** min(self.failures - 1, 16), UNTOLD_SECONDS) * random.uniform(0.5, 1)
        pause = max(min(self.every, self.at_most()), 1.0) * 2.0 ** min(self.failures - 1, 16)
        return min(pause, MAX_PAUSE_SECONDS) * random.uniform(0.5, 1)


def _cause(error: Exception) -> str:
    """The error's class and, where it has one, its word of a closed vocabulary."""
    reason = getattr(error, "reason", "")
    kind = type(error).__name__
    if is_full(error):
        return f"{kind}: the disk is full, or below its floor of free space"
    return f"{kind} ({reason})" if isinstance(error, MailboxUnreachable | SendFailed) else kind


@dataclass
class PolledMailbox:
    """A mailbox as the clock sees it: when its whole was last compared with the ledger."""

    database: Database
    name: str
    settings: MailboxSettings
    largest: int
    stopped: Callable[[], bool]
    token: Token | None = None
    own_domains: Sequence[str] = ()
    holder: str = ""
    auto_reply: AutoReplySettings | None = None
    watch: Watch | None = None
    compare_at: float = 0.0
    refusals: int = 0
    signed_in: bool = False  # since the worker was started

    def poll(self) -> bool:
        compare = time.monotonic() >= self.compare_at
        poll = PollRun(self.database, self.name, self.settings, self.largest, compare, self.stopped, self.token)
        poll.own_domains = self.own_domains
        poll.holder = self.holder or poll.holder
        poll.auto_reply = self.auto_reply
        try:
            more = poll.run()
        except Exception as error:
            if not poll.partial:
                raise
            log.error("mailbox %s: %s in a part of it", self.name, _cause(error))
            self.failed(error)  # and the rest of it is read at its usual pace
            return poll.more
        if compare and poll.whole:
            self.compare_at = time.monotonic() + COMPARE_SECONDS
        self.refusals = 0
        self.signed_in = True
        if self.watch is not None:
            self.watch.well()
        return more

    def at_most(self) -> float:
        """Seconds until the next poll, where nobody tells of new mail, or there is trouble."""
        return math.inf if self.watch is not None and self.watch.idling else UNTOLD_SECONDS

    def failed(self, error: Exception) -> None:
        self.compare_at = 0.0
        if isinstance(error, OUT_OF_REACH) and not is_full(error):
            return  # it is no fault of the mailbox, and there is nowhere to say so
        reason = error.reason if isinstance(error, MailboxUnreachable) else "disk" if is_full(error) else "internal"
        uncertain = isinstance(error, MailboxUnreachable) and reason == "login" and not error.certain
        self.refusals += uncertain
        if uncertain and self.signed_in and self.refusals < REFUSALS:
            return  # some providers now and then refuse a right password without a word; the third time it is wrong
        try:
            with self.database.writing() as session:
                mailboxes.unwell(session, self.name, reason)
                session.commit()
        except SQLAlchemyError as second:
            log.error("mailbox %s: %s while saying so", self.name, type(second).__name__)


@dataclass
class Dispatch:
    """The outbox as the clock sees it: one worker sends at a time."""

    database: Database
    outbox: Outbox
    holder: str

    def deliver(self) -> bool:
        with self.database.reading() as session:
            if not self.outbox.outcomes and not sending.waits(session):
                return False
        with Lease(self.database, ledger.OUTBOX, self.holder) as lease:
            self.outbox.check = lease.check
            # Nobody else sends now: what is still marked so was left by one that died.
            self.outbox.interrupted()
            return self.outbox.deliver()

    def keep_copies(self) -> bool:
        """In the same turn, so that no two workers put a copy there."""
        copies = SentCopies(self.database, self.outbox.settings)
        if not copies.waiting():
            return False
        with Lease(self.database, ledger.OUTBOX, self.holder):
            return copies.keep()


def auto_reply_settings(settings: Settings, box: MailboxSettings) -> AutoReplySettings | None:
    """How a mailbox answers by itself; None where no mail leaves at all."""
    if not settings.smtp.host:
        return None
    boxes = settings.mailbox.values()
    return AutoReplySettings(
        newsroom=settings.newsroom.name,
        address=box.address or settings.sending_address,
        plus=settings.plus_addresses,
        ours=frozenset(
            address for one in boxes for address in (one.address, one.user, settings.smtp.from_address) if address
        ),
        url=settings.newsroom.url,
        flood=settings.limits.mails_from_one_per_hour,
    )


def change_on(database: Database) -> bool:
    """One piece of a change to a whole list; whether there may be more to do."""
    with database.reading() as session:
        change_id = bulk.waiting(session)
    if change_id is None:
        return False
    with database.writing() as session:
        more = bulk.go_on(session, change_id)
        session.commit()
    return more


class Worker:
    """All jobs of a newsroom. `run` goes on until `stop`."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._database = database
        self._stop = threading.Event()
        # put() may interrupt itself: the handler of SIGTERM runs in the thread that waits here.
        self._wakes: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self.watches: list[Watch] = []
        holder = new_holder()
        self._outbox = Outbox(database, settings, self._stop.is_set)
        largest = settings.limits.message_mb * 1024 * 1024
        self.jobs: list[Job] = []
        for name, section in settings.mailbox.items():
            token = tokens.of_mailbox(database, name, section)
            mailbox = PolledMailbox(
                database, name, section, largest, self._stop.is_set, token, settings.newsroom.own_domains
            )
            job = Job(f"mailbox {name}", section.poll_seconds, mailbox.poll, mailbox.failed, mailbox.at_most)
            mailbox.holder = holder
            mailbox.auto_reply = auto_reply_settings(settings, section)
            mailbox.watch = Watch(
                name, section, partial(self._wakes.put, job), tokens.of_mailbox(database, name, section)
            )
            self.watches.append(mailbox.watch)
            self.jobs.append(job)
        if settings.smtp.host:
            dispatch = Dispatch(database, self._outbox, holder)
            if settings.sending_address:
                self.jobs.append(Job("digests", DIGEST_SECONDS, Digests(database, settings).run))
            self.jobs.append(Job("outbox", OUTBOX_SECONDS, dispatch.deliver))
            if copies_of(settings):
                self.jobs.append(Job("copies", COPY_SECONDS, dispatch.keep_copies))
        self.jobs.append(Job("pages", OUTBOX_SECONDS, partial(put_on_pages, database)))
        self.jobs.append(Job("spool", SPOOL_SECONDS, partial(Spool.of(database).file, database)))
        self.jobs.append(Job("bulk", BULK_SECONDS, partial(change_on, database)))
        self.jobs.append(Job("clusters", PILE_SECONDS, Piling(database).run))
        self.jobs.append(Job("reminders", REMIND_SECONDS, Reminding(database, settings.newsroom.timezone).run))
        self.jobs.append(Job("facts", NOTICE_SECONDS, Noticing(database).run))
        self.jobs.append(Job("forgetting", CLEAN_SECONDS, Cleaning(database).run))
        self.jobs.append(Job("retention", TIDY_SECONDS, partial(keep_no_longer, database)))
        if settings.scanner.clamd:
            scanning = Scanning(database, Clamd(settings.scanner.clamd))
            self.jobs.append(Job("scanner", SCAN_SECONDS, scanning.run))
        self.jobs.append(Job("words in files", READ_SECONDS, Reading.of(database).run))
        self.jobs.append(Job("index", INDEX_SECONDS, self._index))
        self.jobs.append(Job("stored mail", REPARSE_SECONDS, Reparsing(database, holder).run))
        self.jobs.append(Job("tidy", TIDY_SECONDS, self._tidy))

    def stop(self) -> None:
        """End after the running step: a batch of mails, or one reply."""
        self._stop.set()
        self._wakes.put(None)

    def run(self) -> None:
        for watch in self.watches:
            watch.start()
        try:
            while not self._stop.is_set():
                job = min(self.jobs, key=lambda job: job.due_at)
                wait = job.due_at - time.monotonic()
                self._woken(wait)
                if wait <= 0:
                    self._step(job)
        finally:
            for watch in self.watches:
                watch.end()  # all at once; then each is waited for
            for watch in self.watches:
                watch.stop()

    def _step(self, job: Job) -> None:
        """Do a job. Where it finds the database back, so do all others that wait for it: they are due at once."""
        was_away = job.away
        job.step()
        if was_away and not job.away:
            for other in self.jobs:
                if other.away:
                    other.due_at = min(other.due_at, time.monotonic())

    def _woken(self, seconds: float) -> None:
        """Wait so long, or until somebody has news: their jobs are due at once."""
        try:
            while True:
                job = self._wakes.get(timeout=min(seconds, 1)) if seconds > 0 else self._wakes.get_nowait()
                seconds = 0
                if job is not None:
                    job.due_at = min(job.due_at, time.monotonic())
        except queue.Empty:
            return

    def _index(self) -> bool:
        """After an update that reads words otherwise, documents are made anew, piece by piece beside all other work."""
        with self._database.reading() as session:
            if not search.waits(session):
                return False
        with self._database.writing() as session:
            more = search.refresh(session) > 0
            session.commit()
        return more

    def _tidy(self) -> bool:
        with self._database.writing() as session:
            drafts.purge(session)
            session.commit()
        Spool.of(self._database).tidy()
        return False


def put_on_pages(database: Database) -> bool:
    """Replies to readers without an address, whose time has come."""
    with database.reading() as session:
        due = scheduled.due_on_pages(session)
    failed: Exception | None = None
    for outgoing_id in due:
        try:
            with database.writing() as session:
                scheduled.put_on_page(session, outgoing_id)
                session.commit()
        except Exception as error:  # noqa: BLE001  one reply's trouble must not end the others; raised after them
            log.error("reply %d: %s", outgoing_id, type(error).__name__)
            failed = error
    if failed is not None:
        raise failed
    return False


def run(settings: Settings, database: Database) -> None:
    """Work until SIGTERM or SIGINT. For the main thread of a process of its own."""
    end_sleepers(database.engine)
    worker = Worker(settings, database)

    def on_signal(number: int, frame: FrameType | None) -> None:
        worker.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    log.info("worker started: %d mailboxes", len(settings.mailbox))
    worker.run()
    log.info("worker ended")
