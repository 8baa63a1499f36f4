"""A line to a mailbox that waits for news in IDLE (RFC 2177), in a thread of its own.

It reads no message: it only wakes the clock, whose look does. Losing it loses nothing but seconds, since the clock
looks by itself, too. It connects only after a look went well, so that a refused password is not sent twice as often.
"""

import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tipline.errors import MailboxUnreachable
from tipline.mail.bearer import Token
from tipline.mail.imap import ImapMailbox
from tipline.mail_settings import MailboxSettings

log = logging.getLogger("tipline.watch")

RENEW_SECONDS = 9 * 60.0  # servers and routers forget a silent line after ten minutes or more
MAX_PAUSE_SECONDS = 300.0
STEADY_SECONDS = 60.0  # a line that held so long is taken up again at once
END_SECONDS = 5.0


@dataclass
class Watch:
    """One mailbox's line. `wake` is called from its thread."""

    name: str
    settings: MailboxSettings
    wake: Callable[[], None]
    token: Token | None = None
    idling: bool = False  # the server tells of new mail by itself
    _well: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        if self.settings.kind == "imap":
            self._thread = threading.Thread(target=self._run, name=f"watch {self.name}", daemon=True)
            self._thread.start()

    def well(self) -> None:
        """A look went well: connecting is worth a try."""
        self._well.set()

    def end(self) -> None:
        """Let it end, without waiting for it."""
        self._stop.set()
        self._well.set()

    def stop(self) -> None:
        """End it, politely where the server answers in time."""
        self.end()
        if self._thread is not None:
            self._thread.join(END_SECONDS)

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            self._well.wait()
            began = time.monotonic()
            try:
                if not self._idle():
                    return
            except Exception as error:  # noqa: BLE001  the thread's edge: the clock goes on looking without it
                steady = time.monotonic() - began >= STEADY_SECONDS
                failures = 1 if steady else failures + 1
                reason = error.reason if isinstance(error, MailboxUnreachable) else ""
                log.info("watch %s: %s %s", self.name, type(error).__name__, reason)
                self._well.clear()
                self.idling = False
                if steady:
                    self.wake()
                self._stop.wait(min(MAX_PAUSE_SECONDS, 2.0**failures) * random.uniform(0.5, 1))

    def _idle(self) -> bool:
        """Wait for news until told to stop; False where the server has no IDLE, or it is over."""
        with ImapMailbox(self.settings, self.token) as mailbox:
            if self._stop.is_set() or not mailbox.idles:
                return False
            mailbox.enter(self.settings.folders[0])
            self.idling = True
            self.wake()  # whatever came since the last look
            while not self._stop.is_set():
                if mailbox.news(RENEW_SECONDS, self._stop.is_set):
                    self.wake()
        return False
