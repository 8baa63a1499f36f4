"""How much is read, how slowly it may come, and how much at once from one network.

Readers of an onion service share the loopback address with everybody else who comes that way: they get half of all.
"""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tipline.networks import network

Headers = Sequence[tuple[bytes, bytes]]

MB = 1024 * 1024
WORDS = 5 * MB  # what a form may hold beside its files
MIN_BYTES_PER_SECOND = 1000  # bytes a second on average, after GRACE
GRACE_SECONDS = 30.0  # seconds
WHOLE_RATE = 3000  # bytes a second: the deadline of a whole body follows from its size
DRAIN = 30.0  # seconds for what comes beyond the limit, and is dropped
MAX_BODIES = 800  # that arrive at the same time
MAX_BODIES_PER_NETWORK = 40
MAX_QUEUED = 400  # that wait because their network is at its limit
QUEUE_SECONDS = 10.0
MAX_WAITING = 400  # requests that wait for a thread
MAX_BUFFERED_BYTES = 4096 * MB  # bytes of all bodies, most of them on the disk


def most_of_a_body(files_mb: int) -> int:
    """Bytes. Twice what a form may hold, so that a file that is too large costs itself, not the ones behind it."""
    return 2 * files_mb * MB + WORDS


def slowest(size: int) -> float:
    """Seconds from the beginning at which a body must have more than `size` bytes."""
    return GRACE_SECONDS + size / MIN_BYTES_PER_SECOND


def longest(length: int) -> float:
    """Seconds that a body of this length may take in all."""
    return 2 * GRACE_SECONDS + length / WHOLE_RATE


def client(headers: Headers, peer: str, proxies: int) -> str:
    """The address that the outermost trusted proxy saw, as ProxyFix reads it."""
    if proxies:
        told = b",".join(value for name, value in headers if name == b"x-forwarded-for").decode("latin-1").split(",")
        if len(told) >= proxies and (address := told[-proxies].strip()):
            return address
    return peer


@dataclass(slots=True)
class _Network:
    room: asyncio.Semaphore
    users: int = 0


class Bodies:
    """The bodies that arrive now, in all and by network. Belongs to one event loop."""

    def __init__(self) -> None:
        self._arriving = self._queued = 0
        self._networks: dict[str, _Network] = {}

    @asynccontextmanager
    async def one_more(self, address: str) -> AsyncIterator[int]:
        """0 where it may come, else the status to refuse it with.

        Where a network is at its limit, its next body waits for one before it: readers who share a network are served
        in turn, and clients that try again as soon as they are refused can do so only every few seconds.
        """
        async with self._turn(network(address)) as has_room:
            if not has_room:
                yield 429
            elif self._arriving >= MAX_BODIES:
                yield 503
            else:
                self._arriving += 1
                try:
                    yield 0
                finally:
                    self._arriving -= 1

    @asynccontextmanager
    async def _turn(self, whose: str) -> AsyncIterator[bool]:
        most = MAX_BODIES // 2 if is_shared(whose) else MAX_BODIES_PER_NETWORK
        mine = self._networks.setdefault(whose, _Network(asyncio.Semaphore(most)))
        mine.users += 1
        try:
            has_room = await self._wait(mine.room)
            try:
                yield has_room
            finally:
                if has_room:
                    mine.room.release()
        finally:
            mine.users -= 1
            if not mine.users:
                del self._networks[whose]

    async def _wait(self, room: asyncio.Semaphore) -> bool:
        if room.locked() and self._queued >= MAX_QUEUED:
            return False
        self._queued += 1
        try:
            async with asyncio.timeout(QUEUE_SECONDS):
                return await room.acquire()
        except TimeoutError:
            return False
        finally:
            self._queued -= 1


def is_shared(address: str) -> bool:
    """Whether a network, as `networks.network` names it, is this machine's own."""
    try:
        return ipaddress.ip_network(address).overlaps(ipaddress.ip_network("127.0.0.0/8"))
    except TypeError:
        return address == "::/64"
    except ValueError:  # a proxy that tells no address
        return True
