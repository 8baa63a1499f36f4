"""A newsroom's real web process, and a browser that talks to it over a socket: for faults of lines and processes."""

import base64
import http.client
import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from flask.testing import FlaskClient

from tests import killed_web
from tests.fixtures_db import KEY
from tests.servers import ports
from tests.servers.forks import Fork
from tests.web.bodies import multipart
from tests.web.reading import Page
from tipline.core.callouts import CalloutView
from tipline.db import Database

CONFIG = """
[newsroom]
url = "http://127.0.0.1:{port}"
[data]
url = "{url}"
folder = "{folder}"
[web]
port = {port}
[limits]
posts_per_minute = 10000
busy_posts_per_minute = 1000000
"""


@dataclass
class Answer:
    """As much of werkzeug's TestResponse as a `Page` reads."""

    status_code: int
    headers: Any
    text: str


class Wire:
    """A browser without cookies: each request on a connection of its own."""

    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, address: str) -> Answer:
        return self._ask("GET", address, None, {})

    def post(self, address: str, data: "bytes | dict[str, str]", content_type: str = "") -> Answer:
        if isinstance(data, dict):
            boundary, data = multipart(data)
            content_type = f'multipart/form-data; boundary="{boundary}"'
        return self._ask("POST", address, data, {"Content-Type": content_type})

    def _ask(self, method: str, address: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        connection = http.client.HTTPConnection(ports.LOOPBACK, self.port, timeout=90)
        try:
            connection.request(method, address, body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read().decode())
        finally:
            connection.close()

    def cut(self, address: str, body: bytes, content_type: str, sent: int) -> None:
        """Announce the whole body, send so many bytes of it, and hang up."""
        head = f"POST {address} HTTP/1.1\r\nHost: {ports.LOOPBACK}:{self.port}\r\nContent-Type: {content_type}\r\n"
        with socket.create_connection((ports.LOOPBACK, self.port), timeout=60) as line:
            line.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:sent])


class Recorder:
    """A client that sends nothing and keeps what would have been sent."""

    def __init__(self) -> None:
        self.sent: tuple[str, bytes, str] = ("", b"", "")

    def post(self, address: str, data: bytes, content_type: str) -> None:
        self.sent = address, data, content_type


def body_of(page: Page, **given: Any) -> tuple[str, bytes, str]:
    """Address, body and content type of a page's post."""
    was, recorder = page.client, Recorder()
    page.client = cast(FlaskClient, recorder)
    try:
        page.post(**given)
    finally:
        page.client = was
    return recorder.sent


@dataclass
class Served:
    """A newsroom's web process, started and killed as often as a test likes."""

    config: Path
    port: int
    log: Path
    process: Fork | None = None
    main: Callable[..., None] = killed_web.main

    @property
    def wire(self) -> Wire:
        return Wire(self.port)

    def page(self, view: CalloutView) -> Page:
        return Page(cast(FlaskClient, self.wire), view)

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def start(self, **told: Any) -> None:
        """Start it; `told` is what tests.killed_web does on the way."""
        self.process = Fork(self.main, self.config, log=self.log, **told)
        if not ports.wait(self.process, self.port, 60):
            raise RuntimeError(f"the web process did not come up:\n{self.said}")

    def ended(self) -> None:
        """Wait for the end that it was told to make."""
        assert self.process is not None
        self.process.wait(60)
        self._wait_until_silent()

    def kill(self) -> None:
        """SIGKILL."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(30)
            self._wait_until_silent()

    def _wait_until_silent(self) -> None:
        """Until its port takes no connection any more."""
        with suppress(OSError):
            while True:
                socket.create_connection((ports.LOOPBACK, self.port), timeout=5).close()
                time.sleep(0.02)


@contextmanager
def served(database: Database) -> Iterator[Served]:
    """The web process over a test's database; the block starts it."""
    folder, port = database.files.root.parent, ports.free()
    key = folder / "tipline.key"
    key.write_bytes(base64.b64encode(KEY))
    key.chmod(0o600)
    config = folder / "config.toml"
    url = database.engine.url.set(drivername=database.engine.url.get_backend_name())
    config.write_text(CONFIG.format(port=port, url=url.render_as_string(hide_password=False), folder=folder))
    with tempfile.NamedTemporaryFile() as log:
        web = Served(config, port, Path(log.name))
        try:
            yield web
        finally:
            web.kill()
