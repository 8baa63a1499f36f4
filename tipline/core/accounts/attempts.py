"""How often passwords may be tried: a wait that grows for each address and source, and one bucket for all sources
that were wrong before.

A source is a network, or a browser that is known to the account. Its wrong passwords slow it alone: a stranger can't
keep the owner of an account from signing in elsewhere. The longest wait is half a minute. What is counted lives in
memory only, the same for addresses with and without an account, keyed by a hash that dies with the process.
"""

import hashlib
import math
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from tipline.db import now

FREE = 4  # mistakes that cost nothing
LONGEST = 30  # seconds
FORGOTTEN = timedelta(hours=1)
BURST, PER_SECOND = 60, 1.0
MOST = 20_000  # pairs of address and source that are remembered


def failures(failed: int, last: datetime | None, at: datetime) -> int:
    """How many failed tries still count: after an hour's peace, none."""
    return 0 if last is None or at - last > FORGOTTEN else failed


def wait_after(failed: int, last: datetime | None, at: datetime) -> int:
    """Seconds to wait before the next try, after so many failed ones."""
    failed = failures(failed, last, at)
    if last is None or failed <= FREE:
        return 0
    delay = min(1 << min(failed - FREE, 10), LONGEST)
    return max(0, math.ceil(delay - (at - last).total_seconds()))


class Attempts:
    """One for the process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._salt = secrets.token_bytes(32)
        self._clock = clock
        self._lock = threading.Lock()
        self._left, self._since = float(BURST), clock()
        self._running: set[bytes] = set()
        self._failed: OrderedDict[bytes, tuple[int, datetime | None]] = OrderedDict()

    def wait_for_all(self) -> int:
        """Take one try from everybody's bucket: 0, or the seconds until there is one."""
        with self._lock:
            at = self._clock()
            self._left = min(BURST, self._left + (at - self._since) * PER_SECOND)
            self._since = at
            if self._left < 1:
                return math.ceil((1 - self._left) / PER_SECOND)
            self._left -= 1
            return 0

    @contextmanager
    def alone(self, email: str, source: str = "") -> Iterator[bool]:
        """Whether no other try for this address from this source is running: many at once would all come before the
        first is counted."""
        key = self._key(email, source)
        with self._lock:
            free = key not in self._running
            self._running.add(key)
        try:
            yield free
        finally:
            if free:
                with self._lock:
                    self._running.discard(key)

    def failed(self, email: str, source: str = "") -> tuple[int, datetime | None]:
        """How often this source was wrong about this address, and when last. For "": about any address."""
        with self._lock:
            return self._failed.get(self._key(email, source), (0, None))

    def count(self, email: str, source: str = "") -> None:
        """Count a wrong password."""
        at = now()
        with self._lock:
            for key in (self._key(email, source), self._key("", source)):
                self._failed[key] = (failures(*self._failed.pop(key, (0, None)), at) + 1, at)
            while len(self._failed) > MOST:
                self._failed.popitem(last=False)

    def forget(self, email: str, source: str = "") -> None:
        """The password was right."""
        with self._lock:
            self._failed.pop(self._key(email, source), None)

    def _key(self, email: str, source: str) -> bytes:
        return hashlib.blake2b(f"{source}\n{email}".encode(), key=self._salt, digest_size=16).digest()
