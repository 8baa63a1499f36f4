"""The real web process, which says with each answer (Server-Timing) how long it took: milliseconds from the request's
arrival in the application to its last byte (app), of processor in its thread (cpu), and of processor in the processes
of PostgreSQL that served it (db). SQLite works in the thread itself.
"""

import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Connection, Engine, event

from tipline import config, create_app, server

_asked = threading.local()


def _watch() -> None:
    @event.listens_for(Engine, "before_cursor_execute")
    def before(conn: Connection, *_: Any) -> None:
        if conn.dialect.name == "postgresql":
            backend = conn.connection.dbapi_connection.info.backend_pid  # type: ignore[union-attr]
            if backend not in _asked.backends:
                _asked.backends[backend] = _ran(backend)


def _ran(process: int) -> float:
    """How many seconds a process has had a processor."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e9


class Timed:
    """A WSGI application around another."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        began, busy, _asked.backends = time.perf_counter(), time.thread_time(), {}
        said: list[Any] = []
        found: Any = self._app.wsgi_app(environ, lambda *given: said.append(given))
        try:
            body = b"".join(found)
        finally:
            if hasattr(found, "close"):
                found.close()
        served = sum(_ran(backend) - before for backend, before in _asked.backends.items())
        took = (time.perf_counter() - began, time.thread_time() - busy, served)
        timing = ", ".join(f"{name};dur={s * 1000:.3f}" for name, s in zip(("app", "cpu", "db"), took, strict=True))
        status, headers, *more = said[0]
        start_response(status, [*headers, ("Server-Timing", timing)], *more)
        return [body]


def main(path: Path) -> None:
    settings = config.load(path, {})
    _watch()
    server.serve(settings, lambda: Timed(create_app(settings)))  # type: ignore[arg-type, return-value]
