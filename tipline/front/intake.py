"""How much is read, how slowly it may come, and how much at once from one network.

Readers of an onion service share the loopback address with everybody else who comes that way: they get half of all.
"""

import ipaddress
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

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


class Bodies:
    """The bodies that arrive now, in all and by network."""

    def __init__(self) -> None:
        self._of: Counter[str] = Counter()

    @contextmanager
    def one_more(self, address: str) -> Iterator[int]:
        """0 where it may come, else the status to refuse it with."""
        whose = network(address)
        most = MAX_BODIES // 2 if is_shared(whose) else MAX_BODIES_PER_NETWORK
        if self._of.total() >= MAX_BODIES:
            yield 503
        elif self._of[whose] >= most:
            yield 429
        else:
            self._of[whose] += 1
            try:
                yield 0
            finally:
                self._of[whose] -= 1
                if not self._of[whose]:
                    del self._of[whose]


def is_shared(address: str) -> bool:
    """Whether a network, as `networks.network` names it, is this machine's own."""
    try:
        return ipaddress.ip_network(address).overlaps(ipaddress.ip_network("127.0.0.0/8"))
    except TypeError:
        return address == "::/64"
    except ValueError:  # a proxy that tells no address
        return True
