"""How often passwords may be tried: a wait that grows for each address, and one bucket for everybody.

Nobody is locked out: the longest wait is half a minute, so an attacker can't keep a person from their work for long.
What is counted for addresses without an account lives in memory only, keyed by a hash that dies with the process.
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
MOST = 10_000  # unknown addresses kept in mind


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
        self._unknown: OrderedDict[bytes, tuple[int, datetime | None]] = OrderedDict()

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
    def alone(self, email: str) -> Iterator[bool]:
        """Whether no other try for this address is running: many at once would all come before the first is counted."""
        key = self._key(email)
        with self._lock:
            free = key not in self._running
            self._running.add(key)
        try:
            yield free
        finally:
            if free:
                with self._lock:
                    self._running.discard(key)

    def unknown(self, email: str) -> tuple[int, datetime | None]:
        """How often an address without an account was tried, and when last."""
        with self._lock:
            return self._unknown.get(self._key(email), (0, None))

    def count_unknown(self, email: str) -> None:
        """Count a failed try for an address without an account."""
        key, at = self._key(email), now()
        with self._lock:
            self._unknown[key] = (failures(*self._unknown.pop(key, (0, None)), at) + 1, at)
            while len(self._unknown) > MOST:
                self._unknown.popitem(last=False)

    def _key(self, email: str) -> bytes:
        return hashlib.blake2b(email.encode(), key=self._salt, digest_size=16).digest()
