"""The web server: uvicorn as a library around `front`, one process, so that limits kept in memory hold for all.

It writes no access log, and its own messages name neither addresses nor what was asked for: a reader's secret link is
a path.
"""

import gc
import logging
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import uvicorn

from tipline.bind_address import can_listen
from tipline.config import Settings
from tipline.errors import TiplineError
from tipline.front.bridge import Bridge
from tipline.front.connections import IDLE_SECONDS, Connection, make_room

if TYPE_CHECKING:
    from flask import Flask

GRACE_SECONDS = 25  # for running requests at SIGTERM; below process.STOP_SECONDS
MAX_HEAD_BYTES = 32 * 1024  # bytes


class Discreet(logging.Filter):
    """uvicorn's messages without a reader's address, path, or a traceback (which prints source, and chained text)."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            said = f": {error}" if isinstance(error, TiplineError) else ""
            record.msg, record.args = "web: %s%s", (type(error).__name__, said)
            record.exc_info = record.exc_text = None
        return not str(record.msg).startswith("Invalid HTTP request")


class Settling:
    """Sets apart what is loaded at the start and by the first pages, and stays for good: templates, translations,
    statements. Else the garbage collector would look through all of it every minute or so, and each time somebody's
    click would wait for that, longer than for the page itself. What is in hand at that moment goes with it, so that it
    comes to an end."""

    def __init__(self, times: int = 20) -> None:
        self._left = times

    def __call__(self, phase: str, info: dict[str, int]) -> None:
        if phase == "stop" and info["generation"] == 2 and self._left:
            self._left -= 1
            gc.freeze()


class _Uvicorn(uvicorn.Server):
    """uvicorn's server, which looks at its connections once a second and tells the bridge of its end."""

    def __init__(self, config: uvicorn.Config, bridge: Bridge) -> None:
        super().__init__(config)
        self._bridge = bridge

    async def on_tick(self, counter: int) -> bool:
        if counter % 10 == 0:
            self._close_overdue()
        return await super().on_tick(counter)

    def _close_overdue(self) -> None:
        for connection in list(self.server_state.connections):
            if isinstance(connection, Connection):
                connection.end_where_overdue()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._bridge.end()
        await super().shutdown(sockets)
        self._captured_signals.clear()  # uvicorn would raise SIGTERM again; we were asked to end, and did


class WebServer:
    """The server around `make`, which is called in the process that serves."""

    def __init__(self, settings: Settings, make: Callable[[], "Flask"]) -> None:
        self.settings = settings
        self.make = make

    def load(self) -> "Flask":
        app = self.make()
        gc.collect()
        gc.freeze()
        gc.callbacks.append(Settling())
        return app

    def run(self) -> None:
        """Serve until SIGTERM."""
        make_room()
        Connection.proxies = self.settings.web.proxies
        bridge = Bridge(self.settings, self.load())
        logging.getLogger("uvicorn.error").addFilter(Discreet())
        _Uvicorn(uvicorn.Config(bridge, **options(self.settings)), bridge).run()


def options(settings: Settings) -> dict[str, Any]:
    """What uvicorn is told; all else stays its default."""
    return {
        "host": settings.web.host,
        "port": settings.web.port,
        "loop": "asyncio",
        "http": Connection,
        "ws": "none",
        "lifespan": "off",
        "interface": "asgi3",
        "log_config": None,
        "log_level": "warning",
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,  # X-Forwarded-* is the application's business (web.proxies)
        "timeout_keep_alive": IDLE_SECONDS,
        "timeout_graceful_shutdown": GRACE_SECONDS,
        "h11_max_incomplete_event_size": MAX_HEAD_BYTES,
    }


def serve(settings: Settings, make: Callable[[], "Flask"]) -> None:
    """Serve until SIGTERM."""
    can_listen(settings)
    WebServer(settings, make).run()
