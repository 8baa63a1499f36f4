"""The reader's mail server: takes what tipline sends on loopback, keeps it, and refuses when it is told to."""

import base64
import re
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers import certificate, ports

Stage = Literal["mail", "rcpt", "data"]
OK = "250 OK"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as it came over the wire."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    encrypted: bool
    login: str | None  # None where the client did not sign in

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)


class Smtp:
    """`with Smtp() as smtp:`, or `Smtp(login=("desk", "secret"))`, which offers STARTTLS and asks for both."""

    host = ports.LOOPBACK

    def __init__(self, login: tuple[str, str] | None = None, starttls: bool = False) -> None:
        self.login = login
        self.port = 0
        self.deliveries: list[Delivery] = []
        self._starttls = starttls or login is not None
        self._refusals: dict[str, str] = {}  # by stage, or by recipient
        self._arrived = threading.Condition()
        self._folder = tempfile.TemporaryDirectory(prefix="smtp-")
        self.cert, self._key = certificate.make(Path(self._folder.name))  # with STARTTLS, a client has to trust `cert`
        self._controller: Controller | None = None

    def __enter__(self) -> Self:
        self.port = ports.free()
        options: dict[str, Any] = {}
        if self._starttls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.cert, self._key)
            options |= {"tls_context": context, "require_starttls": True}
        if self.login:
            options |= {"authenticator": self._authenticate, "auth_required": True}
        options |= self._more_options()
        self._controller = Controller(
            self, hostname=self.host, port=self.port, server_hostname="localhost", ready_timeout=30, **options
        )
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None
        self._folder.cleanup()

    def _more_options(self) -> dict[str, Any]:
        """Of the controller."""
        return {}

    def clear(self) -> None:
        """Forget what came and what was to be refused."""
        self.deliveries.clear()
        self._refusals.clear()

    @contextmanager
    def refusing(
        self, code: int, text: str = "refused by the test", at: Stage = "rcpt", of: str = ""
    ) -> Iterator[None]:
        """Answer with `code` (4xx or 5xx) at this stage of each message, or to this recipient alone, for as long as
        the block lasts."""
        self._refusals[of or at] = f"{code} {text}"
        try:
            yield
        finally:
            self._refusals.pop(of or at, None)

    def wait(self, count: int = 1, seconds: float = 30) -> list[Delivery]:
        """What came, as soon as there are `count`. TimeoutError says how many there were."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self.deliveries) >= count, seconds):
                raise TimeoutError(f"{len(self.deliveries)} of {count} messages came within {seconds} s")
            return list(self.deliveries)

    # What aiosmtpd calls, on its own thread.

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._refusals.get("mail", OK)
        if answer == OK:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._refusals.get(address) or self._refusals.get("rcpt", OK)
        if answer == OK:
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self._refusals.get("data", OK)
        if answer != OK:
            return answer
        content = envelope.original_content or b""
        login = session.auth_data
        delivery = Delivery(
            sender=envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            raw=content,
            encrypted=session.ssl is not None,
            login=login.login.decode() if isinstance(login, LoginPassword) else None,
        )
        with self._arrived:
            self.deliveries.append(delivery)
            self._arrived.notify_all()
        return OK

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object
    ) -> AuthResult:
        known = isinstance(given, LoginPassword) and (given.login.decode(), given.password.decode()) == self.login
        return AuthResult(success=known, handled=False, auth_data=given if known else None)


class BearerSmtp(Smtp):
    """Takes tokens by XOAUTH2 and OAUTHBEARER, over STARTTLS. `knows`: whether a token is good.

    A token that is not is answered with a challenge that says why, as RFC 7628 and Google have it; what the client
    says to that is kept in `last_words`.
    """

    def __init__(self, knows: Callable[[str], bool], mechanisms: Sequence[str] = ("OAUTHBEARER", "XOAUTH2")) -> None:
        super().__init__(starttls=True)
        self.last_words: list[bytes] = []
        self._knows = knows
        self._mechanisms = mechanisms

    def _more_options(self) -> dict[str, Any]:
        others = {"PLAIN", "LOGIN", "OAUTHBEARER", "XOAUTH2"} - set(self._mechanisms)
        return {"auth_required": True, "auth_exclude_mechanism": others}

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        return await self._bearer(server, rb"user=([^\x01]+)\x01auth=Bearer ([^\x01]+)\x01\x01", args[1])

    async def auth_OAUTHBEARER(self, server: SMTP, args: list[str]) -> AuthResult:
        form = rb"n,a=([^\x01]+),\x01host=[^\x01]+\x01port=\d+\x01auth=Bearer ([^\x01]+)\x01\x01"
        return await self._bearer(server, form, args[1])

    async def _bearer(self, server: SMTP, form: bytes, given: str) -> AuthResult:
        match = re.fullmatch(form, base64.b64decode(given))
        if match and self._knows(match[2].decode()):
            return AuthResult(success=True, auth_data=LoginPassword(match[1], b""))
        answer = await server.challenge_auth('{"status":"invalid_token"}')
        self.last_words.append(answer if isinstance(answer, bytes) else b"*")
        return AuthResult(success=False, handled=False)
