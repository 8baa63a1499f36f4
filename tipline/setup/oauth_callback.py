"""A person's consent through a browser (RFC 8252): a listener on 127.0.0.1 that takes one answer and closes.

An answer counts when it carries the state of our own question; whatever else knocks is sent away, and nothing of it is
written anywhere.
"""

import hmac
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

from tipline.errors import GrantRefused, SettingsError
from tipline.mail import oauth
from tipline.mail.oauth import AuthorizationRequest
from tipline.mail_settings import OAuth

LISTENS = "127.0.0.1"
SECONDS = 900.0  # for a person to sign in and consent
KNOCK_SECONDS = 5.0  # for one request: who connects and says nothing must not keep the answer out
DONE = "tipline has its answer. You can close this window and go back to the terminal."
NOT_DONE = "tipline did not get what it asked for. Go back to the terminal: it says more."
NOT_OURS = "This is not the answer that tipline waits for. Open the address from the terminal once more."


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """What the browser brought: a code, or why there is none."""

    code: str = field(default="", repr=False)
    refused: str = ""


class CallbackServer(TCPServer):
    """Not HTTPServer, which would ask the name service who 127.0.0.1 is."""

    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever hangs up is nobody's trouble; the traceback would end on the terminal."""


class Listener:
    """`with Listener(settings, user) as listener:` listens on `port`, and `listener.trip` is what to open.

    SettingsError where the port is taken.
    """

    def __init__(self, settings: OAuth, user: str, port: int = 0) -> None:
        self._settings = settings
        self._answer: CallbackAnswer | None = None
        try:
            self._server = CallbackServer((LISTENS, port), self._handler())
        except OSError:
            raise SettingsError(f"--port: {port} is taken on this machine; choose another") from None
        self.port: int = self._server.server_address[1]
        self.trip: AuthorizationRequest = oauth.consent(settings, self.port, user)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.server_close()

    def code(self) -> str:
        """Wait for the one answer and return its code. GrantRefused: denied, expired, or connect where it can't be
        what we asked for."""
        ends = time.monotonic() + SECONDS
        while self._answer is None:
            left = ends - time.monotonic()
            if left <= 0:
                raise GrantRefused("expired")
            self._server.timeout = min(left, 1.0)
            self._server.handle_request()
        self._server.server_close()
        if self._answer.refused:
            raise GrantRefused(self._answer.refused)
        return self._answer.code

    def take(self, host: str, target: str) -> tuple[int, str]:
        """One request of a browser: the status and the words that it is answered with."""
        place = urlsplit(target)
        # Another name for this machine in Host: some page elsewhere made the browser come here (DNS rebinding).
        if place.path != "/" or host not in (f"{LISTENS}:{self.port}", f"localhost:{self.port}"):
            return 404, NOT_OURS
        asked = parse_qs(place.query)
        if any(len(values) != 1 for values in asked.values()):
            return 400, NOT_OURS
        given = {key: values[0] for key, values in asked.items()}
        if not hmac.compare_digest(given.get("state", "").encode(), self.trip.state.encode()):
            return 400, NOT_OURS
        self._answer = self._read(given)
        return (400, NOT_DONE) if self._answer.refused else (200, DONE)

    def _read(self, given: dict[str, str]) -> CallbackAnswer:
        if not oauth.issued_by(self._settings, given.get("iss", "")):
            return CallbackAnswer(refused="connect")
        if "error" in given:
            return CallbackAnswer(refused=oauth.WORDS.get(given["error"], "connect"))
        return CallbackAnswer(code=given["code"]) if given.get("code") else CallbackAnswer(refused="connect")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            timeout = KNOCK_SECONDS
            server_version, sys_version = "tipline", ""

            def do_GET(self) -> None:
                status, words = listener.take(self.headers.get("Host", ""), self.path)
                self.send_response(status)
                for name, value in HEADERS.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(words)))
                self.end_headers()
                self.wfile.write(words.encode())

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: the request holds the code."""

        return Handler


HEADERS = {
    "Content-Type": "text/plain; charset=utf-8",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Connection": "close",
}
