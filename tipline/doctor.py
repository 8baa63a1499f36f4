"""`tipline doctor`: tries each part that tipline stands on, and says in one line each what is wrong and what to do.

Nothing is changed: no migration is run, no folder is made, no message is read or sent. A grant is refreshed where it
is time.
"""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from tipline import config_sample
from tipline.config import Settings, load
from tipline.core import health, search
from tipline.core.counts import counters
from tipline.core.mailboxes import reparse
from tipline.db import Database, connect, is_current, is_sqlite, now
from tipline.errors import MailboxUnreachable, SendFailed, SettingsError
from tipline.jobs import tokens
from tipline.jobs.scanner import Clamd, ScannerAway
from tipline.mail import outgoing
from tipline.mail.authentication import server_ids
from tipline.mail.bearer import Token
from tipline.mail.imap import ImapMailbox
from tipline.mail.maildir import Maildir
from tipline.mail_settings import LOOPBACK, MailboxSettings, Smtp
from tipline.paths import CATALOGUES, PACKAGE, TRANSLATIONS
from tipline.resources import master, open_database
from tipline.spool import Spool
from tipline.storage import FREE_SPACE_FLOOR

LITTLE_SPACE = 1024 * 1024 * 1024  # bytes; below it the desk still works and somebody should look
FLOOR = f"the floor is {FREE_SPACE_FLOOR // 1024**2} MB"
LONG_SPOOLED = timedelta(minutes=10)
APART = timedelta(seconds=30)  # how far our clock and the database's may differ
NEWEST = 20  # mails of a folder whose headers show what the mail server writes into them
UNCONFIRMED = (
    "so no sender is confirmed: forwards from colleagues wait for a click, and consent by mail can only be restricted"
)
AS_ROOT = (
    "this runs as root, and PostgreSQL's local socket asks who runs it; run it as the user that "
    "tipline runs as, such as `sudo -u tipline tipline doctor`, and check data.url if it still fails"
)
SMTP_REMEDIES = {
    "connect": "no answer; check smtp.host and smtp.port, and that this machine may reach it",
    "tls": "no trusted encryption; check smtp.security and smtp.ca_file",
    "login": "user or password refused; check smtp.user and smtp.password_file",
    "grant": "the mailbox's grant does not let us in; run `tipline mailbox connect`, check smtp.user and the scope",
    "temporary": "not available now; try again later",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: how it is, and where it is not well, what to do."""

    part: str
    well: bool
    said: str


def examine(config: Path | None, environ: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Each part in turn; where the settings themselves are wrong there is nothing else to look at."""
    try:
        settings = load(config, environ)
    except SettingsError as error:
        yield Finding("settings", False, str(error))
        return
    yield Finding("settings", True, str(config) if config else "defaults, no file")
    yield address(settings)
    yield (key := key_file(settings))
    yield from database(settings, has_key=key.well)
    yield folder(settings)
    if key.well:
        yield spool(settings)
    if not settings.mailbox:
        yield Finding("mailbox", True, "none is set up; stories come by the form alone")
    with _grants(settings) as grants:
        for name, box in settings.mailbox.items():
            yield from mailbox_and_senders(name, box, tokens.of_mailbox(grants, name, box) if grants else None)
        yield smtp(settings.smtp, tokens.of_smtp(grants, settings) if grants else None)
    yield scanner(settings.scanner.clamd)
    yield translations()


@contextmanager
def _grants(settings: Settings) -> Iterator[Database | None]:
    """Where grants lie; None where no mailbox has any, or key or database are not well, which was said before."""
    try:
        opened = open_database(settings) if any(box.oauth for box in settings.mailbox.values()) else None
        if opened and not is_current(opened.engine):
            opened = None
    except (SettingsError, SQLAlchemyError):
        opened = None
    try:
        yield opened
    finally:
        if opened:
            opened.engine.dispose()


def address(settings: Settings) -> Finding:
    """Beyond loopback, cookies are for https alone: without it nobody can sign in."""
    url = urlsplit(settings.newsroom.url)
    if url.scheme == "http" and url.hostname not in LOOPBACK:
        return Finding("address", False, "newsroom.url: begin it with https://, or nobody can sign in beyond loopback")
    if url.scheme == "https" and settings.web.host in LOOPBACK and not settings.web.proxies:
        return Finding(
            "address",
            False,
            "web.proxies: 0, so every reader seems to come from the proxy and they share one limit; say how many",
        )
    return Finding("address", True, settings.newsroom.url)


def key_file(settings: Settings) -> Finding:
    try:
        key = master(settings)
    except SettingsError as error:
        return Finding("key", False, str(error))
    where = "the environment" if settings.secrets.key.get_secret_value() else str(settings.secrets.key_file)
    return Finding("key", True, f"{key.id} from {where}; is a copy kept somewhere else? Lost, it can't be replaced")


def database(settings: Settings, *, has_key: bool = True) -> Iterator[Finding]:
    """Reachable, migrated, and of one mind with us about the time."""
    try:
        engine = connect(settings.database_url)
    except SettingsError as error:
        yield Finding("database", False, str(error))
        return
    try:
        yield (at_hand := _reachable(engine, "tipline migrate" if has_key else "tipline init"))
        if at_hand.well:
            behind = not is_current(engine)
            yield Finding("migrations", not behind, "behind this version; run `tipline migrate`" if behind else "done")
            yield clock(engine, migrated=not behind)
            if not behind:
                yield index(engine)
                yield counts(engine)
                yield stored_mail(engine)
    finally:
        engine.dispose()


def _reachable(engine: Engine, maker: str) -> Finding:
    file = engine.url.database or ""
    if is_sqlite(engine) and not Path(file).exists():  # connecting would make an empty one
        return Finding("database", False, f"{file} is not there yet; run `{maker}`")
    try:
        with _reading(engine) as session:
            found = health.version(session)
    except SQLAlchemyError as error:
        if os.geteuid() == 0 and not engine.url.host and not engine.url.username and not is_sqlite(engine):
            return Finding("database", False, AS_ROOT)
        return Finding("database", False, f"{type(error).__name__}: check data.url, and that the server runs")
    if is_sqlite(engine) and shutil.disk_usage(Path(file).parent).free < FREE_SPACE_FLOOR:
        return Finding("database", False, f"{file}: its disk is full ({FLOOR}); free some space")
    return Finding("database", True, f"{found}, {engine.url.render_as_string(hide_password=True)}")


def clock(engine: Engine, *, migrated: bool) -> Finding:
    """Against the database's clock, this program's own age, and the newest event: all of them lie in the past."""
    ours = now()
    if ours < datetime.fromtimestamp((PACKAGE / "__init__.py").stat().st_mtime, UTC) - timedelta(days=1):
        return Finding("clock", False, f"{ours:%Y-%m-%d %H:%M} UTC is before tipline was installed; set the clock")
    with _reading(engine) as session:
        theirs = health.time_there(session) or ours
        newest = health.newest_event(session) if migrated else None
    if abs(theirs - ours) > APART:
        return Finding("clock", False, f"{abs(theirs - ours)} apart from the database's; set both by NTP")
    if newest is not None and newest > ours + APART:
        return Finding("clock", False, "the newest event lies in the future; set the clock by NTP")
    return Finding("clock", True, f"{ours:%Y-%m-%d %H:%M} UTC")


def index(engine: Engine) -> Finding:
    """A document for each tip that search may find, read as this version reads words."""
    with _reading(engine) as session:
        standing = search.standing(session)
    said = f"{standing.documents:,} tips can be searched"
    if standing.old:
        return Finding("index", True, f"{said}; {standing.old:,} wait to be read anew, which the worker does")
    if standing.documents != standing.tips:
        return Finding("index", False, f"{said} of {standing.tips:,}; run `tipline reindex`")
    return Finding("index", True, said)


def counts(engine: Engine) -> Finding:
    """What the lists' numbers are made of, against the tips themselves."""
    with _reading(engine) as session:
        held, there = counters.checked(session)
    if held != there:
        said = f"{held:,} of {there:,} tips are counted; stop tipline and run `tipline reindex --counts`"
        return Finding("counts", False, said)
    return Finding("counts", True, f"{there:,} tips")


def stored_mail(engine: Engine) -> Finding:
    """Whether mail that an older version read still waits for this one."""
    with _reading(engine) as session:
        waiting, left = reparse.standing(session)
    said = f"{waiting:,} mails wait to be read again, which the worker does" if waiting else "read by this version"
    return Finding("stored mail", True, f"{said}; {left:,} left as they were" if left else said)


def _reading(engine: Engine) -> Session:
    return Session(engine.execution_options(readonly=True))


def folder(settings: Settings) -> Finding:
    """Writable, and with room: below the floor tipline takes nothing more in, rather than half of it."""
    place = settings.data.folder
    if not place.is_dir():
        return Finding("folder", False, f"{place} is missing; `tipline migrate` makes it")
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        return Finding("folder", False, f"{place} can't be written ({error.strerror}); check its owner")
    free = shutil.disk_usage(place).free
    said = f"{place}, {free / 1024**3:.1f} GB free"
    if free < FREE_SPACE_FLOOR:
        return Finding(
            "folder", False, f"{said}: the disk is full ({FLOOR}); large mails and files wait; free some space"
        )
    return Finding("folder", free >= LITTLE_SPACE, said if free >= LITTLE_SPACE else f"{said}: free some space soon")


def spool(settings: Settings) -> Finding:
    """Forms that wait for the database: none, for long."""
    found = Spool(settings.data.folder / "spool", master(settings)).standing()
    if found.damaged:
        return Finding("spool", False, f"{found.damaged} of its files do not open; they are kept. Is it the right key?")
    if not found.waiting:
        return Finding("spool", True, "nothing waits")
    late = found.since is not None and now() - found.since > LONG_SPOOLED
    said = f"what {found.waiting} readers sent waits in the spool since {found.since:%Y-%m-%d %H:%M} UTC"
    return Finding("spool", not late, f"{said}; the worker files it: does it run?" if late else said)


def mailbox_and_senders(name: str, settings: MailboxSettings, token: Token | None = None) -> Iterator[Finding]:
    """A mailbox, and whether its senders can be confirmed where it can be read."""
    yield (found := mailbox(name, settings, token))
    if found.well:
        yield senders(name, settings, token)


def mailbox(name: str, settings: MailboxSettings, token: Token | None = None) -> Finding:
    """Sign in and look into each folder, read-only."""
    part, folder = f"mailbox {name}", ""
    try:
        with _source(settings, token) as opened:
            for one in opened.folders():
                folder = one
                opened.enter(one)
            many = len(opened.keys(1))
            folder = settings.sent_folder if settings.kind == "imap" else ""
            if folder:
                opened.enter(folder)
    except MailboxUnreachable as error:
        where = str(settings.path) if settings.kind == "maildir" else f"{settings.user} at {settings.host}"
        if error.reason == "folder":
            setting = "sent_folder" if folder == settings.sent_folder else "folders"
            return Finding(part, False, f"{where}: {folder!r} in mailbox.{name}.{setting}: {error.hint}")
        said = error.hint or error.reason
        if error.reason in ("login", "expired") and not settings.oauth:
            said += f" It comes from mailbox.{name}.{settings.password_key}; the user from mailbox.{name}.user."
        return Finding(part, False, f"{where}: {said}")
    inside = f"{', '.join(settings.folders)} ({many} messages{' in the last' if len(settings.folders) > 1 else ''})"
    return Finding(part, True, f"{settings.path or settings.user}: {inside}")


def _source(settings: MailboxSettings, token: Token | None) -> ImapMailbox | Maildir:
    if settings.kind == "maildir":
        assert settings.path is not None
        return Maildir(settings.path, settings.folders)
    return ImapMailbox(settings, token)


def senders(name: str, settings: MailboxSettings, token: Token | None = None) -> Finding:
    """Whether authserv_ids names the server whose Authentication-Results the newest mails carry. Unset is no fault: a
    server may write none."""
    part, key = f"senders {name}", f"mailbox.{name}.authserv_ids"
    try:
        mails, written = results_in(settings, token)
    except MailboxUnreachable as error:
        return Finding(part, False, error.hint or error.reason)
    named = sorted({one.strip().lower() for one in settings.authserv_ids if one.strip()})
    counted = f"of the {mails} newest mails, " + ", ".join(f"{one} in {many}" for one, many in written.most_common())
    line = f"authserv_ids = {config_sample.toml(sorted(written))} under [mailbox.{name}]"
    if named and written and not written.keys() & set(named):
        wrong = f"{key} is {', '.join(named)}, and your mail server writes another name"
        return Finding(part, False, f"{wrong}, {UNCONFIRMED}; {counted}: write {line}")
    said = f"{', '.join(named)} confirms them" if named else f"{key} is not set, {UNCONFIRMED}"
    if not named and written:
        said += f"; {counted}: if that is your mail server, write {line}"
    elif mails and not written:
        said += f"; none of the {mails} newest mails has Authentication-Results under a name of your mail server"
    return Finding(part, True, said)


def results_in(settings: MailboxSettings, token: Token | None = None) -> tuple[int, Counter[str]]:
    """How many of the newest mails were looked at, and in how many of them our own server, under which name, says what
    it found out about the sender. MailboxUnreachable where they can't be read."""
    written: Counter[str] = Counter()
    mails = 0
    with _source(settings, token) as opened:
        for folder in opened.folders():
            opened.enter(folder)
            newest = opened.keys(1)[-NEWEST:]
            for head in (opened.whole_heads(newest) if newest else {}).values():
                mails += 1
                written.update(server_ids(head))
    return mails, written


def smtp(settings: Smtp, token: Token | None = None) -> Finding:
    """Connect, encrypt, sign in; nothing is sent."""
    if not settings.host:
        return Finding("smtp", True, "no server is set up: no mail is sent")
    try:
        outgoing.connect(settings, token=token).close()
    except SendFailed as error:
        remedy = SMTP_REMEDIES.get(error.reason, error.reason)
        return Finding("smtp", False, f"{settings.host}:{settings.port}: {remedy}")
    return Finding("smtp", True, f"{settings.host}:{settings.port}, {'signed in' if settings.user else 'no user'}")


def scanner(clamd: str) -> Finding:
    """Ask it what it is; no file is sent."""
    if not clamd:
        return Finding("scanner", True, "none is set up: files are marked as not scanned")
    try:
        said = Clamd(clamd).version()
    except ScannerAway:
        return Finding("scanner", False, f"{clamd}: no answer; check scanner.clamd, and that clamd runs and lets us in")
    return Finding("scanner", True, f"{clamd}: {said}")


def translations(root: Path = TRANSLATIONS) -> Finding:
    """A catalogue is there for each language, and no older than what it was made from."""
    for language in CATALOGUES[1:]:
        catalogue = root / language / "LC_MESSAGES" / "messages.mo"
        source = catalogue.with_suffix(".po")
        if not catalogue.is_file():
            return Finding(
                "translations", False, f"{language} is not compiled; install tipline anew (`uv sync`, `pip`)"
            )
        # An installed package's times tell the order of unpacking, nothing more.
        in_checkout = not (PACKAGE / "templates").is_dir()
        if in_checkout and source.is_file() and source.stat().st_mtime > catalogue.stat().st_mtime:
            return Finding("translations", False, f"{language} is older than its source; install tipline anew")
    return Finding("translations", True, ", ".join(CATALOGUES))


def line(finding: Finding) -> str:
    """As the command prints it."""
    return f"{'✓' if finding.well else '✗'} {finding.part}: {finding.said}"
