"""One connection: closed when its request's head takes too long, when it is idle, or when nobody takes its answer."""

import asyncio
import contextlib
import resource
from typing import Any, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

from tipline.front.intake import is_shared
from tipline.networks import network

HEAD_SECONDS = 15.0  # from the first moment, or from the answer before, to the end of a request's head
IDLE_SECONDS = 5
SEND_SECONDS = 60.0  # in which a client takes some of its answer
MAX_CONNECTIONS = 2000
MAX_CONNECTIONS_PER_NETWORK = 100
FILES = 400  # that we open ourselves, beside a connection and its body each


class Connection(H11Protocol):
    """`overdue` is asked about every connection once a second."""

    proxies = 0

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.app_state = {"connection": self}  # so that the bridge finds it in the scope
        self._waits_since = self.loop.time()
        self._unsent, self._unsent_since = 0, self._waits_since
        self.network = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.network = network(self.client[0] if self.client else "")
        if not self._has_room():
            transport.abort()

    def _has_room(self) -> bool:
        """At the limit, the one that has waited longest for its head makes room."""
        others = cast("list[Connection]", list(self.connections))
        counted = not (self.proxies or is_shared(self.network))  # a proxy is one network, and speaks for all
        if counted and sum(one.network == self.network for one in others) > MAX_CONNECTIONS_PER_NETWORK:
            return False
        if len(others) <= MAX_CONNECTIONS:
            return True
        idle = [one for one in others if one.waits and one is not self]
        if idle:
            min(idle, key=lambda one: one._waits_since).abort()
        return bool(idle)

    @property
    def waits(self) -> bool:
        """Whether no request is in hand."""
        return self.cycle is None or self.cycle.response_complete

    def on_response_complete(self) -> None:
        self._waits_since = self.loop.time()
        super().on_response_complete()

    def abort(self) -> None:
        """Close it at once, whatever is unsent."""
        if self.transport is not None:
            self.transport.abort()

    def end_where_overdue(self) -> None:
        at, unsent = self.loop.time(), self.transport.get_write_buffer_size()
        if unsent != self._unsent or not unsent:
            self._unsent, self._unsent_since = unsent, at
        headless = self.waits and not unsent and at - self._waits_since > HEAD_SECONDS
        if headless or at - self._unsent_since > SEND_SECONDS:
            self.abort()

    def _unsupported_upgrade_warning(self) -> None:
        """Nobody is told: an upgrade that is not made is answered as HTTP/1.1."""


def make_room() -> None:
    """Let this process open as many files as it may need, where the system allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MAX_CONNECTIONS + FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
