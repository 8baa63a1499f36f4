"""What is asked of a provider's token server, and nothing else of the web: RFC 6749, 7636 (PKCE), 8628 (devices).

Each request goes to an address of the settings, encrypted, and follows no redirect. Whatever comes back is short, in
time, and JSON, or is no answer. The provider's own words reach nobody: they may name people and tokens.
"""

import base64
import contextlib
import hashlib
import json
import re
import secrets
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlencode, urlsplit

from tipline.core.mailboxes.grants import OAuthTokens
from tipline.db import now
from tipline.errors import GrantRefused
from tipline.mail_settings import OAuth

# Both together stay below the 30 s that a worker is given to end: killed while refreshing, it could lose the grant.
SECONDS = 8.0  # for connecting, and for each read
WHOLE_SECONDS = 15.0  # for the answer
MAX_ANSWER_BYTES = 65_536  # bytes of an answer
MAX_TOKEN_LENGTH = 16_384  # characters of a token
TOKEN = re.compile(r"[\x21-\x7e]+")
USUAL_LIFE = 3600  # seconds of an access token whose answer does not say
CODE_LIFE = 900  # the same of a device code
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"

# Their words for what went wrong (RFC 6749, 5.2; RFC 8628, 3.5), in ours; every other is `connect`: tried again.
WORDS: Mapping[str, str] = {
    "invalid_grant": "grant",
    "interaction_required": "grant",
    "consent_required": "grant",
    "login_required": "grant",
    "invalid_client": "client",
    "unauthorized_client": "client",
    "unsupported_grant_type": "client",
    "invalid_scope": "client",
    "invalid_request": "client",
    "authorization_pending": "pending",
    "slow_down": "slow_down",
    "access_denied": "denied",
    "authorization_declined": "denied",  # Microsoft's
    "expired_token": "expired",
    "code_expired": "expired",
}

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Device:
    """A device code: what the person types where, and how often we may ask whether they have."""

    code: str = field(repr=False)
    user_code: str
    address: str
    seconds: int
    interval: int


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """One trip through a browser: the address to open, and what its answer has to prove."""

    address: str = field(repr=False)
    redirect: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)


def refresh(settings: OAuth, token: str) -> OAuthTokens:
    """New tokens for a refresh token. A provider that gives no new one lets the old stay."""
    answer = _ask(settings, settings.endpoints.token_url, {"grant_type": "refresh_token", "refresh_token": token})
    return _tokens(answer, token)


def device(settings: OAuth) -> Device:
    """Begin with a device code."""
    at = settings.endpoints
    answer = _ask(settings, at.device_url, {"scope": at.scope})
    address = answer.get("verification_uri") or answer.get("verification_url")
    code, user_code = answer.get("device_code"), answer.get("user_code")
    shown = isinstance(address, str) and isinstance(user_code, str) and _printable(address) and _printable(user_code)
    if not shown or not isinstance(code, str):
        raise GrantRefused("connect")
    seconds = _seconds(answer.get("expires_in"), CODE_LIFE)
    return Device(code, str(user_code), str(address), seconds, _seconds(answer.get("interval"), 5))


def of_device(settings: OAuth, code: str) -> OAuthTokens:
    """The tokens for a device code. GrantRefused: pending, slow_down, denied or expired, as far as the person is."""
    return _tokens(_ask(settings, settings.endpoints.token_url, {"grant_type": DEVICE, "device_code": code}))


def consent(settings: OAuth, port: int, user: str) -> AuthorizationRequest:
    """An address for a person's browser, which then comes back to `port` of the machine it runs on."""
    at = settings.endpoints
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    redirect = f"http://{at.redirect_host}:{port}"  # no final slash: it is compared with what was registered
    asked = {
        "response_type": "code",
        "client_id": settings.client_id,
        "redirect_uri": redirect,
        "scope": at.scope,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "login_hint": user,
        **at.extras,
    }
    joined = "&" if urlsplit(at.authorization_url).query else "?"
    return AuthorizationRequest(at.authorization_url + joined + urlencode(asked), redirect, state, verifier)


def of_code(settings: OAuth, trip: AuthorizationRequest, code: str) -> OAuthTokens:
    """The tokens for the code that a browser brought back."""
    given = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": trip.redirect,
        "code_verifier": trip.verifier,
    }
    return _tokens(_ask(settings, settings.endpoints.token_url, given))


def issued_by(settings: OAuth, issuer: str) -> bool:
    """Whether the answer to a consent came from whom we asked (RFC 9207); "" where it does not say who it is from."""
    if settings.issuer:
        return issuer == settings.issuer
    here, there = urlsplit(settings.endpoints.authorization_url), urlsplit(issuer)
    return not issuer or (here.scheme, here.netloc) == (there.scheme, there.netloc)


def _tokens(answer: Json, kept: str = "") -> OAuthTokens:
    access, refreshing = answer.get("access_token"), answer.get("refresh_token", kept)
    if not isinstance(access, str) or not isinstance(refreshing, str):
        raise GrantRefused("connect")
    if str(answer.get("token_type", "bearer")).casefold() != "bearer":
        raise GrantRefused("connect")
    if any(len(token) > MAX_TOKEN_LENGTH or not TOKEN.fullmatch(token) for token in (access, refreshing) if token):
        raise GrantRefused("connect")  # a line break in it could become a command at the mail server
    if not access:
        raise GrantRefused("connect")
    lives = timedelta(seconds=_seconds(answer.get("expires_in"), USUAL_LIFE))
    return OAuthTokens(access, refreshing, now() + lives)


def _seconds(value: object, default: int) -> int:
    """A number of seconds; some write it as text."""
    try:
        return min(max(int(str(value)), 1), 86_400)
    except ValueError:
        return default


def _printable(text: str) -> bool:
    return bool(re.fullmatch(r"[\x20-\x7e]{1,500}", text))


def _ask(settings: OAuth, url: str, form: Mapping[str, str]) -> Json:
    """One question, as our client. GrantRefused with our word for whatever is not an answer."""
    secret = settings.client_secret.get_secret_value()
    status, answer = _post(
        url, {"client_id": settings.client_id, **form, **({"client_secret": secret} if secret else {})}
    )
    if status == 200 and "error" not in answer:
        return answer
    if status >= 500 or status == 429:
        raise GrantRefused("connect")
    raise GrantRefused(WORDS.get(str(answer.get("error")), "connect"))


def _post(url: str, form: Mapping[str, str]) -> tuple[int, Json]:
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    with _translated(), contextlib.closing(_connection(url)) as connection:
        connection.connect()
        with _in_time(connection.sock):
            connection.request("POST", path, urlencode(form).encode(), headers)
            with connection.getresponse() as response:
                body = response.read(MAX_ANSWER_BYTES + 1)
        if len(body) > MAX_ANSWER_BYTES:
            raise GrantRefused("connect")
        answer = json.loads(body)
        if not isinstance(answer, dict):
            raise GrantRefused("connect")
        return response.status, answer


def _connection(url: str) -> HTTPConnection:
    parts = urlsplit(url)
    if parts.scheme == "http":  # loopback alone, which the settings see to
        return HTTPConnection(parts.hostname or "", parts.port, timeout=SECONDS)
    return HTTPSConnection(parts.hostname or "", parts.port, timeout=SECONDS, context=ssl.create_default_context())


@contextlib.contextmanager
def _in_time(sock: socket.socket) -> Iterator[None]:
    """A timeout is for each read: a byte a second would never meet it."""

    def cut() -> None:
        # The plain socket's own method: SSLSocket's would take its state from under the reading thread.
        with contextlib.suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)

    timer = threading.Timer(WHOLE_SECONDS, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Whatever is raised on the way holds the request, and so the tokens in it: nothing of it goes on."""
    try:
        yield
    except GrantRefused:
        raise
    except (OSError, HTTPException, ValueError, RecursionError):
        raise GrantRefused("connect") from None
