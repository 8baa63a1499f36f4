"""A small token server on loopback: device codes, authorization codes with PKCE, refreshing, and introspection.

RFC 6749 (tokens), 7636 (PKCE), 8628 (devices), 7662 (introspection), 9207 (issuer). It consents by itself, as the
person at the browser would, unless a test tells it otherwise.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.servers import ports

CLIENT = "tipline-of-the-tests"
Answer = tuple[int, dict[str, object]]
Form = dict[str, str]


class Refusal(Exception):
    """An error answer (RFC 6749, 5.2), by its word."""


@dataclass
class Grant:
    """What one person allowed: their refresh tokens are one family."""

    user: str
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code on its way through the browser."""

    grant: Grant
    redirect_uri: str
    challenge: str


class TokenServer:
    """`with TokenServer() as server:`; what it does next is set on its attributes."""

    host = ports.LOOPBACK

    def __init__(self) -> None:
        self.port = 0
        self.user = "china"  # who signs in where no login_hint says so
        self.lifetime = 3600  # seconds of an access token
        self.rotates = True  # a refresh token is good once
        self.secret = ""  # of the client; "" asks for none
        self.delay = 0.0  # seconds before each answer of /token
        self.down = 0  # so many next requests to /token are answered 503
        self.raw: bytes | None = None  # answered by /token instead of everything else
        self.redirects_to = ""  # answered by /token instead of everything else
        self.interval = 5  # seconds that a device's questions shall lie apart
        self.device: deque[str] = deque()  # what polling answers before it gives tokens: error words
        self.issued: list[str] = []  # every access and refresh token, to be looked for where none should be
        self.counted: Counter[str] = Counter()  # requests by grant type, and by path for the others
        self.asked: list[Form] = []  # forms that came to /token
        self._access: dict[str, tuple[Grant, float]] = {}
        self._refresh: dict[str, Grant] = {}
        self._codes: dict[str, Code] = {}
        self._devices: dict[str, Grant] = {}
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer._get(self)

            def do_POST(self) -> None:
                outer._post(self)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: requests hold tokens."""

        self._server = ThreadingHTTPServer((self.host, 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def clear(self) -> None:
        """As at the start, but for the port."""
        port, server = self.port, self._server
        self.__init__()  # type: ignore[misc]
        self.port, self._server = port, server

    def consented(self, user: str) -> tuple[str, str]:
        """Tokens of somebody who consented long ago: to sign in with, and to refresh."""
        with self._lock:
            _, given = self._give(Grant(user))
        return str(given["access_token"]), str(given["refresh_token"])

    def end(self) -> None:
        """Everybody takes their consent back: no token is good any more."""
        with self._lock:
            for grant in (*self._refresh.values(), *(grant for grant, _ in self._access.values())):
                grant.ended = True

    def forget_access(self) -> None:
        """Access tokens end early, refresh tokens stay good."""
        with self._lock:
            self._access.clear()

    def good(self, token: str) -> bool:
        """Whether an access token is good now."""
        with self._lock:
            return self._owner(token) is not None

    def _owner(self, token: str) -> str | None:
        grant, until = self._access.get(token, (None, 0.0))
        return grant.user if grant and not grant.ended and until > time.time() else None

    def _get(self, request: BaseHTTPRequestHandler) -> None:
        place = urlsplit(request.path)
        if place.path != "/authorize":
            request.send_error(404)
            return
        asked = {key: values[0] for key, values in parse_qs(place.query).items()}
        with self._lock:
            self.counted["/authorize"] += 1
            problem = asked.get("client_id") != CLIENT or asked.get("response_type") != "code"
            if problem or asked.get("code_challenge_method") != "S256":
                request.send_error(400)
                return
            code = secrets.token_urlsafe(16)
            grant = Grant(asked.get("login_hint") or self.user)
            self._codes[code] = Code(grant, asked["redirect_uri"], asked["code_challenge"])
        back = urlencode({"code": code, "state": asked["state"], "iss": self.url})
        request.send_response(302)
        request.send_header("Location", f"{asked['redirect_uri']}?{back}")
        request.send_header("Content-Length", "0")
        request.end_headers()

    def _post(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0)).decode()
        form = {key: values[0] for key, values in parse_qs(body).items()}
        path = urlsplit(request.path).path
        if path == "/token" and self._strange(request):
            return
        with self._lock:
            self.counted[form.get("grant_type") or path] += 1
            try:
                status, answer = self._answer(path, form)
            except Refusal as refusal:
                # The description names the client, as real ones do: it must not reach a log.
                status, answer = 400, {"error": str(refusal), "error_description": f"client {CLIENT} and secrets"}
        if path == "/token":
            time.sleep(self.delay)
        _send(request, status, json.dumps(answer).encode())

    def _strange(self, request: BaseHTTPRequestHandler) -> bool:
        """What a server that is down, or no token server at all, answers."""
        with self._lock:
            down, self.down = self.down > 0, max(self.down - 1, 0)
            self.counted["strange"] += down or self.raw is not None or bool(self.redirects_to)
        if down:
            _send(request, 503, b'{"error": "temporarily_unavailable"}')
        elif self.redirects_to:
            request.send_response(307)
            request.send_header("Location", self.redirects_to)
            request.end_headers()
        elif self.raw is not None:
            _send(request, 200, self.raw)
        else:
            return False
        return True

    def _answer(self, path: str, form: Form) -> Answer:
        match path:
            case "/introspect":
                user = self._owner(form.get("token", ""))
                return 200, {"active": user is not None, **({"username": user} if user else {})}
            case "/device":
                return self._device_code(form)
            case "/token":
                return self._token(form)
        return 404, {}

    def _device_code(self, form: Form) -> Answer:
        if form.get("client_id") != CLIENT:
            raise Refusal("invalid_client")
        code = secrets.token_urlsafe(16)
        self._devices[code] = Grant(self.user)
        return 200, {
            "device_code": code,
            "user_code": "ABCD-EFGH",
            "verification_uri": f"{self.url}/activate",
            "expires_in": 900,
            "interval": self.interval,
        }

    def _token(self, form: Form) -> Answer:
        self.asked.append(form)
        if form.get("client_id") != CLIENT or form.get("client_secret", "") != self.secret:
            raise Refusal("invalid_client")
        match form.get("grant_type", ""):
            case "refresh_token":
                return self._give(self._refreshed(form))
            case "authorization_code":
                return self._give(self._of_code(form))
            case "urn:ietf:params:oauth:grant-type:device_code":
                if self.device:
                    raise Refusal(self.device.popleft())
                grant = self._devices.pop(form.get("device_code", ""), None)
                if grant is None:
                    raise Refusal("invalid_grant")
                return self._give(grant)
        raise Refusal("unsupported_grant_type")

    def _refreshed(self, form: Form) -> Grant:
        given = form.get("refresh_token", "")
        grant = self._refresh.get(given)
        if grant is None or grant.ended:
            raise Refusal("invalid_grant")
        if self.rotates:
            del self._refresh[given]
        return grant

    def _of_code(self, form: Form) -> Grant:
        code = self._codes.pop(form.get("code", ""), None)  # good once
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if code is None or code.redirect_uri != form.get("redirect_uri") or code.challenge != challenge:
            raise Refusal("invalid_grant")
        return code.grant

    def _give(self, grant: Grant) -> Answer:
        access = f"access-{secrets.token_urlsafe(24)}"
        self._access[access] = grant, time.time() + self.lifetime
        self.issued.append(access)
        given: dict[str, object] = {"access_token": access, "token_type": "Bearer", "expires_in": self.lifetime}
        if self.rotates or grant not in self._refresh.values():
            refresh = f"refresh-{secrets.token_urlsafe(24)}"
            self._refresh[refresh] = grant
            self.issued.append(refresh)
            given["refresh_token"] = refresh
        return 200, given


def _send(request: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
    request.send_response(status)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
