"""An IMAP mailbox, read without a trace: EXAMINE and BODY.PEEK[] only, so that every message stays as unread as it was.

The server's answers are checked against what was asked, since IMAPClient leaves out UIDs that have gone, gives None
for NIL and accepts any length. ENVELOPE is never asked for: a 2 MB header line would end the connection.
"""

import contextlib
import imaplib
import logging
import re
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from imapclient import IMAPClient
from imapclient.exceptions import LoginError
from imapclient.response_parser import parse_response

from tipline.errors import FetchMismatch, MailboxUnreachable
from tipline.mail import bearer
from tipline.mail.bearer import Credentials, Token
from tipline.mail.source import HEAD_BYTES, WHOLE_HEAD_BYTES, Fetched, Listed
from tipline.mail_settings import LOOPBACK, MailboxSettings
from tipline.vocabularies import N_

CONNECT_SECONDS = 15.0
READ_SECONDS = 30.0  # without a single byte
COMMAND_SECONDS = 120.0  # whole: IMAPClient's own limit is per read, and a byte a second never meets it
SLOWEST = 20_000  # bytes a second that a fetch is given time for
SIZES_AT_ONCE = 500
HEAD = f"(UID BODY.PEEK[HEADER.FIELDS (FROM SUBJECT DATE)]<0.{HEAD_BYTES}>)"
WHOLE_HEAD = f"(UID BODY.PEEK[HEADER]<0.{WHOLE_HEAD_BYTES}>)"

Row = dict[bytes, object]  # what one FETCH line says of a message

CONNECT = N_("The mail server can't be reached: check host and port, and that it answers from this machine.")
TLS = N_("No safe connection: the server's certificate is not trusted here, or port and security do not fit together.")
NO_GREETING = N_(
    "The server takes the connection and sends no greeting: this port may speak TLS from the start. "
    "Use security = tls, or the port for STARTTLS (usually 143)."
)
NO_STARTTLS = N_("The server offers no STARTTLS. tipline does not go on in plain text: use security = tls.")
PLAIN = N_("Plain text is for loopback only: use security = tls or starttls.")
LOGIN = N_("The server refused the user name or the password.")
BUSY = N_("The server is busy or under repair just now. It is tried again soon.")
EXPIRED = N_("The password has expired: set a new one with the provider, then in the settings.")
NOT_ALLOWED = N_("This user may not sign in here: see whether IMAP is allowed for the account.")
PRIVACY = N_("The server lets this user in by an encrypted connection only: set `security`.")
ADMIN = N_("The server wants the owner of the account to ask its administrator.")
CONTROL = N_("User name or password hold a control character or a line break: remove it from the settings.")
NO_TOKEN = N_("This mailbox signs in with a grant, and none is at hand: run `tipline mailbox connect`.")
NO_MECHANISM = N_("The server takes no tokens (neither OAUTHBEARER nor XOAUTH2): use a password, or another host.")
TOKEN_REFUSED = N_(
    "The server refused the token: check that `user` is the account that consented, and that IMAP is on for it."
)
FOLDER = N_("The server has no folder of this name, or this user may not read it.")
PROTOCOL = N_("The server's answer breaks the IMAP protocol, or it refused a command that every server knows.")
TIMEOUT = N_("The server stopped answering.")
CLOSED = N_("The server closed the connection.")

# RFC 5530: what a refusal means, where the server says so. Every other one is tried a few times.
CODES = {
    "AUTHENTICATIONFAILED": ("login", LOGIN),
    "EXPIRED": ("expired", EXPIRED),
    "AUTHORIZATIONFAILED": ("not_allowed", NOT_ALLOWED),
    "NOPERM": ("not_allowed", NOT_ALLOWED),
    "PRIVACYREQUIRED": ("privacy", PRIVACY),
    "CONTACTADMIN": ("admin", ADMIN),
    **dict.fromkeys(("UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "OVERQUOTA", "THROTTLED"), ("busy", BUSY)),
}

# The library logs commands, answers and user names.
logging.getLogger("imapclient").setLevel(logging.CRITICAL)


class ImapMailbox:
    """`with ImapMailbox(settings) as mailbox:` connects and signs in. Nothing of a password is in any error."""

    numbered = True

    def __init__(self, settings: MailboxSettings, token: Token | None = None) -> None:
        """`token` gives what to sign in with where the settings name a provider instead of a password."""
        self._settings = settings
        self._token = token
        self._client: Any = None
        self._folder = ""
        self._uidvalidity = 0
        self._late = False

    def __enter__(self) -> Self:
        self._connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave(politely=error is None)

    @property
    def here(self) -> str:
        return self._folder if self._client is not None else ""

    def renew(self) -> None:
        self._leave(politely=False)
        self._connect()

    def folders(self) -> Sequence[str]:
        return self._settings.folders

    def enter(self, folder: str) -> int:
        self._folder = ""  # a refused EXAMINE leaves the one before, too
        if self._client is None:
            self._connect()
        with self._command():
            try:
                answer = self._client.select_folder(folder, readonly=True)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                busy = _code(error) == ("busy", BUSY)
                raise MailboxUnreachable(*(("busy", BUSY) if busy else ("folder", FOLDER))) from None
        uidvalidity = answer.get(b"UIDVALIDITY")
        if not isinstance(uidvalidity, int):
            raise MailboxUnreachable("protocol", PROTOCOL)
        self._folder, self._uidvalidity = folder, uidvalidity
        return uidvalidity

    def keys(self, low: int) -> list[str]:
        with self._command():
            uids = self._client.search(["UID", f"{low}:*"])
        # "5:*" with nothing new answers with the last message, which is below 5 (RFC 3501, 6.4.8).
        return [str(uid) for uid in sorted(set(uids)) if uid >= low]

    def sizes(self, keys: Sequence[str]) -> list[Listed]:
        listed = []
        for start in range(0, len(keys), SIZES_AT_ONCE):
            part = keys[start : start + SIZES_AT_ONCE]
            answer = self._fetch(part, "(UID RFC822.SIZE)", COMMAND_SECONDS, despite_no=True)
            sizes = {key: answer.get(int(key), {}).get(b"RFC822.SIZE") for key in part}
            unsaid = self._still_there([key for key, size in sizes.items() if not isinstance(size, int)])
            sizes |= dict.fromkeys(unsaid, 0)
            listed += [Listed(key, size) for key, size in sizes.items() if isinstance(size, int)]
        return listed

    def _still_there(self, keys: Sequence[str]) -> set[str]:
        """Which of these, that the server said nothing of, it lists all the same: those have not gone. NOOP first,
        since it need not tell of what went until it is asked (RFC 9051, 7.5.1)."""
        if not keys:
            return set()
        with self._command():
            self._client.noop()
        return set(keys) & set(self.keys(min(int(key) for key in keys)))

    def heads(self, keys: Sequence[str]) -> dict[str, bytes]:
        return self._heads(keys, HEAD, HEAD_BYTES)

    def whole_heads(self, keys: Sequence[str]) -> dict[str, bytes]:
        """All header lines, at most WHOLE_HEAD_BYTES a message."""
        return self._heads(keys, WHOLE_HEAD, WHOLE_HEAD_BYTES)

    def _heads(self, keys: Sequence[str], items: str, most: int) -> dict[str, bytes]:
        found = {}
        for uid, row in self._fetch(keys, items, COMMAND_SECONDS, despite_no=True).items():
            head = next((value for name, value in row.items() if name.startswith(b"BODY[HEADER")), None)
            if isinstance(head, bytes):
                found[str(uid)] = head[:most]
        return found

    @property
    def idles(self) -> bool:
        """Whether the server tells of new mail by itself (RFC 2177)."""
        with self._command():
            return bool(self._client.has_capability("IDLE"))

    def news(self, seconds: float, stopped: Callable[[], bool]) -> bool:
        """Wait in IDLE for at most so long until something happens in the folder; whether it did.

        Left with DONE, and with NOOP before and after: a line that is only half there is found, and whatever the
        server said in between is heard.
        """
        ends_at = time.monotonic() + seconds
        with self._command():
            if _tells(self._client.noop()[1]):
                return True
            self._client.idle()
        sock = self._client.socket()
        while not stopped() and (left := ends_at - time.monotonic()) > 0:
            if _readable(sock, min(left, 1.0)):
                break
        with self._command():
            told = _tells(self._client.idle_done()[1])
            return _tells(self._client.noop()[1]) or told

    def fetch(self, wanted: Sequence[Listed]) -> list[Fetched]:
        answer = self._bodies(wanted)
        fetched = []
        for one in wanted:
            found = _message(answer, one)
            if found is None or found.size_differs:
                raise FetchMismatch("message missing" if found is None else "another size than announced")
            fetched.append(found)
        return fetched

    def fetch_alone(self, wanted: Listed) -> Fetched | None:
        folder, uidvalidity = self._folder, self._uidvalidity
        self.renew()
        if self.enter(folder) != uidvalidity:
            raise MailboxUnreachable("closed", CLOSED)  # the folder began a new life: the next look sees to it
        try:
            found = _message(self._bodies([wanted]), wanted)
            if found is None and self._still_there([wanted.key]):
                raise FetchMismatch("listed, and not given")
        except MailboxUnreachable as error:
            # The server let us in, and breaks at this one message. The others are fetched on another connection.
            self._leave(politely=False)
            self._folder = folder
            raise FetchMismatch(error.reason) from None
        return found

    def _bodies(self, wanted: Sequence[Listed]) -> dict[int, Row]:
        seconds = COMMAND_SECONDS + sum(one.size for one in wanted) / SLOWEST
        return self._fetch([one.key for one in wanted], "(UID BODY.PEEK[])", seconds)

    def _fetch(self, keys: Sequence[str], items: str, seconds: float, *, despite_no: bool = False) -> dict[int, Row]:
        """What the server says of these UIDs. A line that names no UID is not counted: IMAPClient's own `fetch` would
        take its sequence number for one, and so one reader's message for another's.

        FetchMismatch where the server answers NO. `despite_no`: then take what it gave before it, so that one message
        that it can't read hides no other.
        """
        with self._command(seconds):
            kind, data = self._client._imap.uid("FETCH", ",".join(keys), items)
            if kind != "OK" and not despite_no:
                raise FetchMismatch("refused")
            if kind != "OK":
                data = self._client._imap.response("FETCH")[1]
            answer: dict[int, Row] = {}
            for line in parse_response(data)[1::2]:
                row = {line[at].upper(): line[at + 1] for at in range(0, len(line), 2)}
                if isinstance(row.get(b"UID"), int):
                    answer.setdefault(row[b"UID"], {}).update(row)
        return answer

    def _connect(self) -> None:
        refuse_control_characters(self._settings)
        token = self._fresh_token()
        client: Any = None
        try:
            self._client = client = _connected(self._settings)
            with self._command(within=CONNECT_SECONDS * 4):
                _secure(client, self._settings)
                if token is None:
                    _sign_in(client, self._settings)
                else:
                    self._sign_in_by_grant(client, token)
        except MailboxUnreachable:
            self._leave(politely=False)
            raise

    def _fresh_token(self) -> str | None:
        """Asked for before connecting: where a grant has ended, the mail server hears nothing of us."""
        if self._settings.oauth is None:
            return None
        if self._token is None:
            raise MailboxUnreachable("no_grant", NO_TOKEN)
        return self._token(False)

    def _sign_in_by_grant(self, client: Any, token: str) -> None:
        """With the token, and where it is refused once more with a new one: a provider may end one early."""
        mechanism = bearer.choose(lambda name: client.has_capability(f"AUTH={name}"))
        if mechanism is None or self._token is None:
            raise MailboxUnreachable("token", NO_MECHANISM)
        if not _bears(client, self._settings, mechanism, token):
            token = self._token(True)
            if not _bears(client, self._settings, mechanism, token):
                raise MailboxUnreachable("token", TOKEN_REFUSED)

    def _leave(self, *, politely: bool) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        # Whatever goes wrong while leaving, all that was wanted of the connection is done.
        with contextlib.suppress(imaplib.IMAP4.error, OSError, ValueError):
            if politely:
                client.logout()
                return
        with contextlib.suppress(imaplib.IMAP4.error, OSError, ValueError):
            client.shutdown()

    @contextlib.contextmanager
    def _command(self, within: float = COMMAND_SECONDS) -> Iterator[None]:
        """Give what is done inside so many seconds in all, and translate all that the library raises."""
        if self._client is None:
            raise MailboxUnreachable("closed", CLOSED)
        self._late = False
        timer = threading.Timer(within, self._cut, [self._client.socket()])
        timer.daemon = True
        timer.start()
        try:
            with _translated():
                yield
        except MailboxUnreachable:
            if self._late:
                raise MailboxUnreachable("timeout", TIMEOUT) from None
            raise
        finally:
            timer.cancel()

    def _cut(self, sock: socket.socket) -> None:
        self._late = True
        # The plain socket's own method: SSLSocket's would take its state from under the reading thread.
        with contextlib.suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)


def refuse_control_characters(settings: MailboxSettings) -> None:
    """MailboxUnreachable where a line break in user or password would become a command of its own."""
    if re.search(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029]", settings.user + settings.password.get_secret_value()):
        raise MailboxUnreachable("login", CONTROL)


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """A context that checks certificate and host name, against the system's authorities or those of a file."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError):
        raise MailboxUnreachable("tls", TLS) from None


def _connected(settings: MailboxSettings) -> Any:
    encrypted = settings.security == "tls"
    if settings.security == "none" and settings.host not in LOOPBACK:
        raise MailboxUnreachable("tls", PLAIN)
    context = tls_context(settings.ca_file) if encrypted else None
    with _translated(connecting=True):
        try:
            client: Any = IMAPClient(
                settings.host, settings.port, ssl=encrypted, ssl_context=context, timeout=CONNECT_SECONDS
            )
        except TimeoutError:
            if not encrypted and _connects(settings):
                raise MailboxUnreachable("tls", NO_GREETING) from None
            raise
        client.normalise_times = False
        # IMAPClient has imaplib log all that comes in: each mail written out once more, up to four bytes a byte.
        client._imap.debug = 0
        client.socket().settimeout(READ_SECONDS)
        return client


def _connects(settings: MailboxSettings) -> bool:
    """Whether the port takes connections: then it was the greeting that did not come."""
    try:
        socket.create_connection((settings.host, settings.port), timeout=CONNECT_SECONDS).close()
    except OSError:
        return False
    return True


def _secure(client: Any, settings: MailboxSettings) -> None:
    """STARTTLS where it is set. Where the server does not offer it (or somebody on the way strips it), no further."""
    if settings.security != "starttls":
        return
    if not client.has_capability("STARTTLS"):
        raise MailboxUnreachable("tls", NO_STARTTLS)
    try:
        client.starttls(ssl_context=tls_context(settings.ca_file))
    except imaplib.IMAP4.error:
        raise MailboxUnreachable("tls", NO_STARTTLS) from None


def _sign_in(client: Any, settings: MailboxSettings) -> None:
    user, password = settings.user, settings.password.get_secret_value()
    try:
        # LOGIN takes ASCII, and imaplib sends the user name unquoted.
        if (user + password).isascii() and re.fullmatch(r"[^\s(){%*\"\\\]]+", user):
            client.login(user, password)
        else:
            client.plain_login(user, password)
    except LoginError as error:
        if isinstance(error.__context__, imaplib.IMAP4.abort):
            raise MailboxUnreachable("closed", CLOSED) from None
        reason = _code(error)
        raise MailboxUnreachable(*(reason or ("login", LOGIN)), certain=reason is not None) from None


def _code(error: Exception) -> tuple[str, str] | None:
    """What the response code of a NO means (RFC 5530); None where it has none that is known."""
    found = re.match(r"(?:[\w ]+: )?(?:b?['\"])?\[([A-Za-z]+)\b", str(error))
    return CODES.get(found[1].upper()) if found else None


def _bears(client: Any, settings: MailboxSettings, mechanism: str, token: str) -> bool:
    """Sign in with a token; False where the server refuses it."""
    try:
        client.sasl_login(mechanism, Credentials(mechanism, settings.user, token, settings.host, settings.port))
    except LoginError as error:
        if isinstance(error.__context__, imaplib.IMAP4.abort):
            raise MailboxUnreachable("closed", CLOSED) from None
        reason = _code(error)
        if reason is not None and reason[0] in ("busy", "admin", "privacy"):  # nothing that another token would end
            raise MailboxUnreachable(*reason) from None
        return False
    return True


def _readable(sock: socket.socket, seconds: float) -> bool:
    pending = getattr(sock, "pending", lambda: 0)  # what TLS has read from the line already
    return bool(pending()) or bool(select.select([sock], [], [], seconds)[0])


def _tells(lines: Sequence[object]) -> bool:
    """Whether the server told of new mail; flags that a person set, and "* OK Still here", are no news."""
    return any(isinstance(line, tuple) and len(line) > 1 and line[1] == b"EXISTS" for line in lines)


def _message(answer: dict[int, Row], wanted: Listed) -> Fetched | None:
    """One message of an answer; None where the server left it out. FetchMismatch where it gave no bytes."""
    found = answer.get(int(wanted.key))
    if found is None:
        return None
    raw, size = found.get(b"BODY[]"), found.get(b"RFC822.SIZE", wanted.size)
    if not isinstance(raw, bytes):
        raise FetchMismatch("no bytes")
    return Fetched(wanted.key, raw, size_differs=len(raw) != size or size != wanted.size)


@contextlib.contextmanager
def _translated(*, connecting: bool = False) -> Iterator[None]:
    """All that IMAPClient, imaplib and the socket raise, as MailboxUnreachable: their own texts may hold secrets."""
    try:
        yield
    except (MailboxUnreachable, FetchMismatch):
        raise
    except TimeoutError:
        raise MailboxUnreachable("timeout", TIMEOUT) from None
    except ssl.SSLError:
        raise MailboxUnreachable("tls", TLS) from None
    except imaplib.IMAP4.abort:
        raise MailboxUnreachable("closed", CLOSED) from None
    except OSError:
        raise MailboxUnreachable(*(("connect", CONNECT) if connecting else ("closed", CLOSED))) from None
    except (imaplib.IMAP4.error, ValueError, TypeError, KeyError, IndexError, AttributeError, MemoryError):
        # ValueError and below: answers that IMAPClient's parser did not foresee; MemoryError: a literal of 4 GB.
        raise MailboxUnreachable("protocol", PROTOCOL) from None
