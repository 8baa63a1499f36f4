"""How often passwords may be tried.

A source is a network, or a browser that is known to the account. Each source waits longer after each mistake at an
address, half a minute at most. Browsers that an account does not know also stand in line for it, so that many networks
together guess no faster than one: those that were never wrong about it in one line, the others in a slower one behind.
Who waits keeps their place, so that guessers can't keep the owner out for ever; a known browser stands in no line.
Sources that were wrong before share one bucket for all addresses.

All of it is the same for addresses with and without an account. It lives in memory by keyed hashes; `kept_tries` keeps
what a restart must not forget.
"""

import hashlib
import math
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tipline.core.accounts.lines import Line, Pace
from tipline.models import TryKind

FREE = 4  # mistakes that cost nothing
MAX_WAIT_SECONDS = 30  # seconds
FORGOTTEN = timedelta(hours=1)
REMEMBERED = timedelta(days=1)  # that a source was wrong about an address
BURST, PER_SECOND = 60, 1.0
MAX_REMEMBERED = 20_000  # pairs of address and source that are remembered
FIRST = Pace(burst=20, seconds=30)  # tries of one address by sources that were never wrong about it
AGAIN = Pace(burst=10, seconds=60)  # and by those that were


def failures(failed: int, last: datetime | None, at: datetime) -> int:
    """How many failed tries still count: after an hour's peace, none."""
    return 0 if last is None or at - last > FORGOTTEN else failed


def wait_after(failed: int, last: datetime | None, at: datetime) -> int:
    """Seconds to wait before the next try, after so many failed ones."""
    failed = failures(failed, last, at)
    if last is None or failed <= FREE:
        return 0
    delay = min(1 << min(failed - FREE, 10), MAX_WAIT_SECONDS)
    return max(0, math.ceil(delay - (at - last).total_seconds()))


@dataclass(frozen=True, slots=True)
class Kept:
    """What outlives a restart of one key: how often a source was wrong, or up to when a line has given out tries."""

    key: str
    kind: TryKind
    failed: int
    at: datetime


class Attempts:
    """One for the process. `secret` keys the hashes; the same one reads what was kept."""

    def __init__(self, clock: Callable[[], float] = time.time, secret: bytes | None = None) -> None:
        self._secret = secret or secrets.token_bytes(32)
        self._clock = clock
        self._lock = threading.Lock()
        self._left, self._since = float(BURST), clock()
        self._running: set[str] = set()
        self._failed: OrderedDict[str, tuple[int, datetime | None]] = OrderedDict()
        self._lines = {TryKind.FIRST: Line(FIRST, MAX_REMEMBERED), TryKind.AGAIN: Line(AGAIN, MAX_REMEMBERED)}
        self._changed: set[tuple[TryKind, str]] = set()
        self.read = False  # whether what was kept has been read

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    def wait(self, email: str, source: str = "", *, known: bool = False) -> int:
        """Take a try: 0, or the seconds until there is one for this source. `known`: a browser of the account."""
        pair, account = self._key(email, source), self._key(email, "")
        with self._lock:
            at = self._clock()
            if wait := wait_after(*self._failed.get(pair, (0, None)), self.now()):
                return wait
            kind = TryKind.AGAIN if self._was_wrong(pair) else TryKind.FIRST
            line = self._lines[kind]
            if not known and (wait := line.wait(account, pair, at)):
                return wait
            # Who was never wrong does not queue behind those who guess.
            wait = self._from_all(at) if self._was_wrong(self._key("", source)) else 0
            if not known and wait:
                line.give_back(pair, at)
            elif not known:
                self._changed.add((kind, account))
            return wait

    def _was_wrong(self, key: str) -> bool:
        _, last = self._failed.get(key, (0, None))
        return last is not None and self.now() - last <= REMEMBERED

    def _from_all(self, at: float) -> int:
        """Take one try from everybody's bucket: 0, or the seconds until there is one."""
        self._left = min(BURST, self._left + max(0, at - self._since) * PER_SECOND)
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
        at = self.now()
        with self._lock:
            for key in (self._key(email, source), self._key("", source)):
                self._failed[key] = (failures(*self._failed.pop(key, (0, None)), at) + 1, at)
                self._changed.add((TryKind.WRONG, key))
            while len(self._failed) > MAX_REMEMBERED:
                self._failed.popitem(last=False)

    def forget(self, email: str, source: str = "") -> None:
        """The password was right."""
        key = self._key(email, source)
        with self._lock:
            if self._failed.pop(key, None):
                self._changed.add((TryKind.WRONG, key))

    def changed(self) -> list[Kept]:
        """What has changed since this was asked last, for a restart; `failed` is 0 of what was forgotten."""
        with self._lock:
            changed, self._changed = self._changed, set()
            return [self._kept(kind, key) for kind, key in sorted(changed)]

    def _kept(self, kind: TryKind, key: str) -> Kept:
        if kind is TryKind.WRONG:
            failed, last = self._failed.get(key, (0, None))
            return Kept(key, kind, failed, last or self.now())
        return Kept(key, kind, 1, datetime.fromtimestamp(self._lines[kind].given(key), UTC))

    def restore(self, kept: Iterable[Kept]) -> None:
        """Go on after a restart. What was counted in this process already stands."""
        with self._lock:
            for one in kept:
                if one.kind is TryKind.WRONG:
                    self._failed.setdefault(one.key, (one.failed, one.at))
                elif not self._lines[one.kind].given(one.key):
                    self._lines[one.kind].restore(one.key, one.at.timestamp(), self._clock())
            self.read = True

    def _key(self, email: str, source: str) -> str:
        return hashlib.blake2b(f"{source}\n{email}".encode(), key=self._secret, digest_size=16).hexdigest()
