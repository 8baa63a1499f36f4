"""One mail to one reader over SMTP: taken, provably not taken, or unknown. RFC 5321.

smtplib's own `sendmail` says the same of a line that broke before the final dot and after it. The first may be
sent again by itself, the second may not, so the last steps are taken here one by one.
"""

import contextlib
import re
import smtplib
import ssl
from collections.abc import Iterator

from tipline.errors import MailboxUnreachable, SendFailed, SendUnknown, TiplineError
from tipline.mail import bearer
from tipline.mail.bearer import Credentials, Token
from tipline.mail_settings import LOOPBACK, Smtp

SECONDS = 30.0  # for connecting and for each answer
TAKEN_SECONDS = 300.0  # for the answer to the final dot: a server may scan meanwhile (RFC 5321, 4.5.3.2.6)
ADDRESS = re.compile(r"[^\s<>()\[\]:;,@\\\"\x00-\x1f\x7f-\x9f]+@[^\s<>()\[\]:;,@\\\"\x00-\x1f\x7f-\x9f]+")
DOT = b".\r\n"
REPLY = re.compile(rb"([245][0-9]{2})(?:([ -])[^\r\n]*)?\r?\n")
REPLY_LINES, REPLY_BYTES = 100, 8192


def send(
    settings: Smtp,
    envelope_from: str | None,
    recipient: str,
    content: bytes,
    token: Token | None = None,
    *,
    hello: str = "",
) -> None:
    """Hand one mail over; returns when the server has taken it. `token`, `hello`: as in `connect`.

    Without an `envelope_from` the return path is null, so that nothing ever answers it (RFC 5321, 4.5.5).
    SendFailed where it provably did not take it, SendUnknown where the line broke after the whole was handed over, or
    the answer to it can't be read.
    """
    if envelope_from is not None and not _is_one(envelope_from):
        raise SendFailed("sender_refused", permanent=True)
    if not _is_one(recipient):
        raise SendFailed("recipient_refused", permanent=True)
    client = connect(settings, hello=hello or (envelope_from or "").rpartition("@")[2], token=token)
    try:
        _envelope(client, envelope_from or "", recipient, content)
        _hand_over(client, content)
    finally:
        client.close()


def _is_one(address: str) -> bool:
    """Whether it is one address, and smtplib will name just this one to the server: of several that stand in one
    string it would write to the first, who may be anybody."""
    return ADDRESS.fullmatch(address) is not None and smtplib.quoteaddr(address) == f"<{address}>"


def connect(settings: Smtp, hello: str = "", token: Token | None = None) -> smtplib.SMTP:
    """A connection that is encrypted as the settings say, and signed in. SendFailed where it can't be had.

    `hello` is the name that we greet with: a domain of ours rather than the machine's own name. `token` gives what
    to sign in with where a mailbox's grant takes the password's place.
    """
    fresh = _token(token, refused=False) if token else ""
    if settings.security == "none" and settings.host not in LOOPBACK:
        raise SendFailed("tls", permanent=False)
    name = hello if hello and hello.isascii() else "localhost"
    with _not_taken("connect"):
        if settings.security == "tls":
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.port, name, timeout=SECONDS, context=_context(settings)
            )
        else:
            client = smtplib.SMTP(settings.host, settings.port, name, timeout=SECONDS)
    try:
        with _not_taken("connect"):
            client.ehlo_or_helo_if_needed()
        if settings.security == "starttls":
            _secure(client, settings)
        if token:
            _sign_in_by_grant(client, settings, token, fresh)
        elif settings.oauth_mailbox:
            raise SendFailed("grant", permanent=False)
        elif settings.user:
            _sign_in(client, settings)
    except SendFailed:
        client.close()
        raise
    return client


def _secure(client: smtplib.SMTP, settings: Smtp) -> None:
    """STARTTLS. Where the server does not offer it, or somebody on the way strips it, no further."""
    with _not_taken("tls"):
        client.starttls(context=_context(settings))
        client.ehlo()


def _sign_in(client: smtplib.SMTP, settings: Smtp) -> None:
    with _not_taken("login"):
        try:
            client.login(settings.user, settings.password.get_secret_value())
        except UnicodeEncodeError:  # smtplib signs in with ASCII only
            raise SendFailed("login", permanent=False) from None


def _sign_in_by_grant(client: smtplib.SMTP, settings: Smtp, token: Token, fresh: str) -> None:
    """With the token, and where it is refused once more with a new one: a provider may end one early."""
    with _not_taken("login"):
        offered = client.esmtp_features.get("auth", "").upper().split()
        mechanism = bearer.choose(lambda name: name in offered)
        if mechanism is None:
            raise SendFailed("grant", permanent=False)
        if not _bears(client, settings, mechanism, fresh):
            fresh = _token(token, refused=True)
            if not _bears(client, settings, mechanism, fresh):
                raise SendFailed("grant", permanent=False)


def _bears(client: smtplib.SMTP, settings: Smtp, mechanism: str, token: str) -> bool:
    """Sign in with a token; False where the server refuses it for good (4xx: it may be let in later)."""
    try:
        client.auth(mechanism, Credentials(mechanism, settings.user, token, settings.host, settings.port))
    except smtplib.SMTPAuthenticationError as error:
        if error.smtp_code < 500:
            raise SendFailed("connect", permanent=False, code=error.smtp_code) from None
        return False
    return True


def _token(token: Token, *, refused: bool) -> str:
    try:
        return token(refused)
    except TiplineError as error:
        reason = "connect" if isinstance(error, MailboxUnreachable) and error.reason == "connect" else "grant"
        raise SendFailed(reason, permanent=False) from None


def _envelope(client: smtplib.SMTP, envelope_from: str, recipient: str, content: bytes) -> None:
    options = []
    if not content.isascii() and client.has_extn("8bitmime"):
        options.append("BODY=8BITMIME")
    if not (envelope_from + recipient).isascii():
        if not client.has_extn("smtputf8"):
            raise SendFailed("recipient_refused", permanent=True)
        options.append("SMTPUTF8")
    with _not_taken("connect"):
        code, _ = client.mail(envelope_from, options)
        _check(code, "sender_refused")
        code, _ = client.rcpt(recipient)
        _check(code, "recipient_refused")
        code, _ = client.docmd("DATA")
        if code != 354:  # nothing of the mail was sent: whatever this is, it was not taken
            _check(code if code >= 400 else 451, "content_refused")


def _hand_over(client: smtplib.SMTP, content: bytes) -> None:
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", content)  # a bare line break could smuggle a second mail in
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    with _not_taken("connect"):
        client.send(re.sub(rb"(?m)^\.", b"..", lines))
    # From here on the server may have the whole.
    try:
        if client.sock is not None:
            client.sock.settimeout(TAKEN_SECONDS)
        client.send(DOT)
        code = _reply(client)
    except (smtplib.SMTPException, OSError):
        raise SendUnknown("the line broke after the mail was handed over") from None
    _check(code, "content_refused")
    with contextlib.suppress(smtplib.SMTPException, OSError):  # it is taken, however the goodbye goes
        client.quit()


def _reply(client: smtplib.SMTP) -> int:
    """The code of an answer that is formed as RFC 5321, 4.2 has it: 2xx, 4xx or 5xx. SendUnknown for any other.

    smtplib's `getreply` gives a number for many lines that are none, and the mail would be sent again for it.
    """
    codes = set()
    for _ in range(REPLY_LINES):
        line = client.file.readline(REPLY_BYTES) if client.file else b""
        found = REPLY.fullmatch(line)
        if not found:
            break
        codes.add(found[1])
        if found[2] != b"-":
            if len(codes) == 1:
                return int(found[1])
            break
    raise SendUnknown("the answer to the whole mail can't be read")


def _check(code: int, reason: str) -> None:
    """4xx: try later; 5xx: for good (RFC 5321, 4.2.1). Server texts are left out: they quote addresses."""
    if 200 <= code < 300:
        return
    permanent = 500 <= code < 600
    raise SendFailed(reason if permanent else "temporary", permanent=permanent, code=max(code, 0))


@contextlib.contextmanager
def _not_taken(step: str) -> Iterator[None]:
    """What smtplib raises before the mail is whole over there: it was not taken, and may be sent again."""
    try:
        yield
    except SendFailed:
        raise
    except smtplib.SMTPAuthenticationError as error:
        # 4xx and what can't be read are no verdict on the password (RFC 4954, 6).
        reason = "login" if error.smtp_code >= 500 else "connect"
        raise SendFailed(reason, permanent=False, code=max(error.smtp_code, 0)) from None
    except smtplib.SMTPNotSupportedError:
        raise SendFailed(step, permanent=False) from None
    except ssl.SSLError:
        raise SendFailed("tls", permanent=False) from None
    except smtplib.SMTPResponseException as error:
        raise SendFailed(step, permanent=False, code=max(error.smtp_code, 0)) from None
    except (smtplib.SMTPException, OSError, ValueError):
        raise SendFailed(step if step != "login" else "connect", permanent=False) from None


def _context(settings: Smtp) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.ca_file)
