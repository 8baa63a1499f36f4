"""Slowing floods without knowing anybody: buckets in memory, keyed by a hash that dies with the process.

A key is BLAKE2b of the remote address under a salt drawn at process start. Neither is stored or logged; after a
restart nobody, we included, can tell whose bucket was whose.
"""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable

from tipline.networks import network

MAX_BUCKETS = 50_000  # beyond it the fullest are forgotten first: they slow nobody


class Throttle:
    """A token bucket for each address: `burst` at once, `per_minute` after that."""

    def __init__(self, per_minute: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = per_minute / 60, burst, clock
        self._salt = secrets.token_bytes(32)
        self._buckets: dict[bytes, tuple[float, float]] = {}  # tokens left, and when that was
        self._lock = threading.Lock()

    def wait(self, address: str | None) -> float:
        """Take one token; 0 where there was one, else the seconds until there is."""
        key, at = self._key(address), self._clock()
        with self._lock:
            left, since = self._buckets.get(key, (float(self._burst), at))
            left = min(self._burst, left + (at - since) * self._rate)
            if left < 1:
                self._buckets[key] = (left, at)
                return (1 - left) / self._rate
            self._buckets[key] = (left - 1, at)
            if len(self._buckets) > MAX_BUCKETS:
                self._forget(at)
            return 0

    def _forget(self, at: float) -> None:
        full = [key for key, (left, since) in self._buckets.items() if left + (at - since) * self._rate >= self._burst]
        for key in full or list(self._buckets)[: MAX_BUCKETS // 2]:
            del self._buckets[key]

    def _key(self, address: str | None) -> bytes:
        return hashlib.blake2b(network(address or "").encode(), key=self._salt, digest_size=16).digest()
