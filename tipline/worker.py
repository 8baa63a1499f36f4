"""The clock: looks into the mailboxes, sends the outbox, tidies up. One thread, one job after another.

What goes wrong in a job ends at the edge of the loop: logged by its class alone, since the texts of errors may quote
readers, and tried again later.
"""

import logging
import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

from sqlalchemy.exc import SQLAlchemyError

from tipline.config import MailboxSettings, Settings
from tipline.core import drafts, mailboxes, search
from tipline.db import Database
from tipline.errors import MailboxUnreachable, SendFailed
from tipline.outbox import Outbox
from tipline.poll import Look

log = logging.getLogger("tipline.worker")

OUTBOX_SECONDS = 1.0
TIDY_SECONDS = 3600.0
COMPARE_SECONDS = 3600.0
LONGEST_PAUSE = 300.0
REFUSED_PAUSE = 3600.0  # between two sign-ins after the third refusal: no hammering, and never dead for good
REFUSALS = 3


@dataclass
class Job:
    """Something done again and again. `run` answers True where it has more to do at once."""

    name: str
    every: float
    run: Callable[[], bool]
    failed: Callable[[Exception], None] = lambda error: None
    due_at: float = 0.0
    failures: int = 0

    def step(self) -> None:
        """Do it once, and set when it is due again: later and later while it fails, and never at one beat."""
        try:
            more = self.run()
        except Exception as error:  # noqa: BLE001  the loop's edge: one job's trouble must not end the others
            self.failures += 1
            log.error("%s: %s; failure %d", self.name, _cause(error), self.failures)
            self.failed(error)
            self.due_at = time.monotonic() + self._pause(error)
            return
        self.failures = 0
        self.due_at = time.monotonic() + (0 if more else self.every)

    def _pause(self, error: Exception) -> float:
        if isinstance(error, MailboxUnreachable) and error.reason == "login" and self.failures >= REFUSALS:
            return REFUSED_PAUSE
        pause = max(self.every, 1.0) * 2.0 ** min(self.failures - 1, 16)
        return min(pause, LONGEST_PAUSE) * random.uniform(0.5, 1)


def _cause(error: Exception) -> str:
    """The error's class and, where it has one, its word of a closed vocabulary."""
    reason = getattr(error, "reason", "")
    kind = type(error).__name__
    return f"{kind} ({reason})" if isinstance(error, MailboxUnreachable | SendFailed) else kind


@dataclass
class Post:
    """A mailbox as the clock sees it: when its whole was last compared with the ledger."""

    database: Database
    name: str
    settings: MailboxSettings
    largest: int
    stopped: Callable[[], bool]
    compare_at: float = 0.0

    def look(self) -> bool:
        compare = time.monotonic() >= self.compare_at
        look = Look(self.database, self.name, self.settings, self.largest, compare, self.stopped)
        more = look.run()
        if compare:
            self.compare_at = time.monotonic() + COMPARE_SECONDS
        return more

    def failed(self, error: Exception) -> None:
        self.compare_at = 0.0
        reason = error.reason if isinstance(error, MailboxUnreachable) else "internal"
        try:
            with self.database.writing() as session:
                mailboxes.unwell(session, self.name, reason)
                session.commit()
        except SQLAlchemyError as second:
            log.error("mailbox %s: %s while saying so", self.name, type(second).__name__)


class Worker:
    """All jobs of a newsroom. `run` goes on until `stop`."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._database = database
        self._stop = threading.Event()
        self._outbox = Outbox(database, settings, self._stop.is_set)
        largest = settings.limits.message_mb * 1024 * 1024
        self.jobs: list[Job] = []
        for name, section in settings.mailbox.items():
            post = Post(database, name, section, largest, self._stop.is_set)
            self.jobs.append(Job(f"mailbox {name}", section.poll_seconds, post.look, post.failed))
        if settings.smtp.host:
            self.jobs.append(Job("outbox", OUTBOX_SECONDS, self._outbox.deliver))
        self.jobs.append(Job("tidy", TIDY_SECONDS, self._tidy))

    def stop(self) -> None:
        """End after the running step: a batch of mails, or one reply."""
        self._stop.set()

    def run(self) -> None:
        self._outbox.interrupted()
        while not self._stop.is_set():
            job = min(self.jobs, key=lambda job: job.due_at)
            wait = job.due_at - time.monotonic()
            if wait > 0:
                self._stop.wait(min(wait, 1))
            else:
                job.step()

    def _tidy(self) -> bool:
        with self._database.writing() as session:
            drafts.purge(session)
            more = search.refresh(session) > 0
            session.commit()
        return more


def run(settings: Settings, database: Database) -> None:
    """Work until SIGTERM or SIGINT. For the main thread of a process of its own."""
    worker = Worker(settings, database)

    def on_signal(number: int, frame: FrameType | None) -> None:
        worker.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    log.info("worker started: %d mailboxes", len(settings.mailbox))
    worker.run()
    log.info("worker ended")
