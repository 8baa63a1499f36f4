"""Settings: declared once here with type, default and help; read from config.toml, then from the environment.

`TIPLINE_SMTP__PASSWORD=…` sets `password` in `[smtp]`; `TIPLINE_MAILBOX__CHINA__PASSWORD` that of `[mailbox.china]`.
A `…_file` setting beside a secret names a file that holds it. Whatever is unknown or wrong stops the start with one
sentence that names the key.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator

from tipline.errors import SettingsError
from tipline.mail_settings import MailboxSettings, Section, Smtp

PREFIX = "TIPLINE_"
DOMAIN = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def _is_locale(code: str) -> bool:
    """Whether CLDR knows the language by just this code."""
    try:
        return str(Locale.parse(code)) == code
    except (ValueError, UnknownLocaleError):
        return False


class Newsroom(Section):
    """Who you are: shown on every public page."""

    name: str = Field("The Meridian", min_length=1, max_length=80, description="The newsroom's name.")
    url: str = Field(
        "http://127.0.0.1:5000",
        description="Where readers reach tipline: https:// and the host name, and a port where it isn't the usual one.",
    )
    accent: str = Field("#0b5d57", pattern=r"^#[0-9a-fA-F]{6}$", description="The newsroom's colour on public pages.")
    timezone: str = Field("UTC", description="Time zone of dates on public pages (IANA name).")
    languages: list[str] = Field(
        ["en", "zh_Hans"],
        description="Languages of public pages; the first is the default. tipline speaks en, zh_Hans and zh_Hant; "
        'in any other ("ar", "pt_BR") your own texts stand in that language, and its own words in English.',
    )
    leave_url: str = Field(
        "https://www.bbc.com/weather",
        pattern=r"^https://",
        description="Where 'Leave this page' leads: somewhere harmless.",
    )
    own_domains: list[str] = Field(
        [],
        description="Mail domains of your own people: what they forward is credited to whoever wrote it, where "
        "your mail server confirms the sender (authserv_ids). Accounts "
        "count without being named here.",
    )

    @field_validator("url")
    @classmethod
    def origin(cls, value: str) -> str:
        value = value.strip().removesuffix("/")
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or value != f"{parts.scheme}://{parts.netloc}":
            raise ValueError("write https:// and the host name, with nothing behind it: https://tips.example.org")
        return value

    @field_validator("own_domains")
    @classmethod
    def bare_domains(cls, value: list[str]) -> list[str]:
        if any(not DOMAIN.fullmatch(domain) for domain in value):
            raise ValueError("write domains like newsroom.example, without @")
        return [domain.lower() for domain in value]

    @field_validator("timezone")
    @classmethod
    def known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("not a time zone; write it like Europe/Berlin or Asia/Shanghai") from None
        return value

    @field_validator("languages")
    @classmethod
    def known_languages(cls, value: list[str]) -> list[str]:
        if not value or not all(map(_is_locale, value)):
            raise ValueError("write languages like en, zh_Hans, zh_Hant, ar or pt_BR")
        return list(dict.fromkeys(value))


class Privacy(Section):
    """The privacy notice on every public page. Left empty, a usable default stands there, in each language."""

    who: str = Field("", description="Who is responsible, and how to reach them.")
    why: str = Field("", description="Why readers' data is kept and on what ground.")
    how_long: str = Field("", description="How long it is kept.")
    rights: str = Field("", description="What readers may ask for, and where to complain.")
    safer_doors: str = Field(
        "", description="Safer ways to reach you (Signal, SecureDrop, post); shown in the warning."
    )


class Data(Section):
    """Where things lie."""

    url: str = Field("", description="The database: empty for SQLite in the folder, or postgresql://user@host/name.")
    folder: Path = Field(Path("data"), description="Folder for the database and large sealed files.")


class Secrets(Section):
    """The master key that seals readers' identities. A lost key is everything lost: keep a copy elsewhere."""

    key_file: Path = Field(
        Path("tipline.key"), description="File with the master key, readable by its owner alone (0600)."
    )
    key: SecretStr = Field(
        SecretStr(""), description="The key itself, for environments without files; wins over key_file."
    )


class Web(Section):
    """The server."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(5000, ge=1, le=65535, description="Port to listen on.")
    threads: int = Field(8, ge=1, le=64, description="Requests handled at once.")
    trusted_hosts: list[str] = Field(
        [], description="Host names to answer to; empty means newsroom.url's and loopback."
    )
    proxies: int = Field(
        0,
        ge=0,
        le=5,
        description="Reverse proxies in front whose X-Forwarded-* headers are believed: so many entries from the right "
        "stands the reader's address; what is further left, anybody can make up.",
    )


class Scanner(Section):
    """A virus scanner for what readers send. Without one, files are marked as not scanned."""

    clamd: str = Field(
        "",
        description="ClamAV's daemon: the path of its socket, such as /run/clamav/clamd.ctl, or HOST:PORT. "
        "Set its StreamMaxLength to at least the largest file.",
    )

    @field_validator("clamd")
    @classmethod
    def socket_or_address(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if value and not value.startswith("/") and not (host and port.isdigit() and 0 < int(port) < 65536):
            raise ValueError("write the whole path of a socket, or HOST:PORT")
        return value


class Limits(Section):
    """How much is taken in, and how much goes out."""

    message_mb: int = Field(
        25, ge=1, le=200, description="Largest mail that is fetched; larger ones are listed as oversize."
    )
    file_mb: int = Field(25, ge=1, le=500, description="Largest file in the form.")
    files_mb: int = Field(100, ge=1, le=2000, description="All files of one submission together.")
    reply_files_mb: int = Field(
        15, ge=1, le=100, description="All files of one reply together; as a mail they become a third larger."
    )
    posts_per_minute: int = Field(
        30, ge=1, le=10000, description="Form posts a minute from one address before they are slowed."
    )
    busy_posts_per_minute: int = Field(
        120,
        ge=1,
        le=1_000_000,
        description="Form posts a minute, from all addresses together, above which each post costs its sender a short "
        "wait or its browser a calculation. Nobody is turned away.",
    )
    mails_to_one_per_hour: int = Field(
        10, ge=1, le=1000, description="Mails to one reader within an hour; more wait in the outbox."
    )
    mails_per_hour: int = Field(
        300,
        ge=1,
        le=1_000_000,
        description="Mails to all readers within an hour; more wait in the outbox. Automatic ones get half of it.",
    )
    mails_from_one_per_hour: int = Field(
        30,
        ge=1,
        le=100_000,
        description="Mails from one address within an hour before nothing automatic goes there: a loop, or a flood.",
    )


class Settings(Section):
    """All of config.toml."""

    newsroom: Newsroom = Newsroom()
    privacy: Privacy = Privacy()
    data: Data = Data()
    secrets: Secrets = Secrets()
    web: Web = Web()
    smtp: Smtp = Smtp()
    mailbox: dict[str, MailboxSettings] = Field({}, description="Tips inboxes, [mailbox.NAME] each.")
    scanner: Scanner = Scanner()
    limits: Limits = Limits()
    demo: bool = Field(False, description="Set by `tipline demo` alone: plain cookie names on loopback.")

    @model_validator(mode="after")
    def known_grant(self) -> Self:
        name = self.smtp.oauth_mailbox
        if name and (name not in self.mailbox or self.mailbox[name].oauth is None):
            raise ValueError(f"smtp.oauth_mailbox: there is no section [mailbox.{name}.oauth]")
        return self

    @property
    def sending_address(self) -> str:
        """That of the first mailbox with an address, else [smtp] from_address; "" where there is none."""
        return next((box.address for box in self.mailbox.values() if box.address), self.smtp.from_address)

    @property
    def plus_addresses(self) -> frozenset[str]:
        """Those of the mailboxes in which name+token@ arrives."""
        return frozenset(box.address for box in self.mailbox.values() if box.address and box.plus_addresses)

    @property
    def database_url(self) -> str:
        return self.data.url or f"sqlite:///{self.data.folder / 'tipline.db'}"


def load(path: Path | None, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of a file (None: defaults) under the environment's. Paths count from the file's folder.

    Raises SettingsError with one sentence that names the key.
    """
    tree: dict[str, Any] = {}
    if path is not None:
        try:
            tree = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise SettingsError(f"{path}: can't be read ({error.strerror}); make one with `tipline init`") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{path}: not valid TOML: {error}") from None
    _overlay(tree, environ)
    _anchor(tree, (path.parent if path else Path.cwd()).resolve())
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None


def _overlay(tree: dict[str, Any], environ: Mapping[str, str]) -> None:
    for name, value in sorted(environ.items()):
        *sections, key = name.removeprefix(PREFIX).lower().split("__")
        # One word alone is mostly not ours: TIPLINE_CONFIG is the command's, TIPLINE_PORT comes from Kubernetes.
        if not name.startswith(PREFIX) or not (sections or key in SINGLE):
            continue
        place = tree
        for section in sections:
            place = place.setdefault(section, {})
            if not isinstance(place, dict):
                raise SettingsError(f"{name}: `{section}` is no section of the settings")
        place[key] = [v.strip() for v in value.split(",")] if key in LISTS else value


SINGLE = {"demo"}  # settings outside of any section
LISTS = {
    name
    for section in (Newsroom, Privacy, Data, Secrets, Web, Smtp, MailboxSettings, Limits)
    for name, field in section.model_fields.items()
    if field.annotation == list[str]
}
PATHS = ("data", "folder"), ("secrets", "key_file"), ("smtp", "password_file"), ("smtp", "ca_file")
MAILBOX_PATHS = "path", "password_file", "ca_file"


def _anchor(tree: dict[str, Any], folder: Path) -> None:
    """Make every path absolute, the defaults' included."""
    for section, key in PATHS:
        place = tree.setdefault(section, {})
        default = Settings.model_fields[section].default.model_dump()[key]
        if isinstance(place, dict) and (place.get(key) or default) is not None:
            place[key] = str(folder / str(place.get(key) or default))
    mailboxes = tree.get("mailbox")
    for place in mailboxes.values() if isinstance(mailboxes, dict) else ():
        for key in MAILBOX_PATHS:
            if isinstance(place, dict) and isinstance(place.get(key), str) and place[key]:
                place[key] = str(folder / place[key])
        grant = place.get("oauth") if isinstance(place, dict) else None
        if isinstance(grant, dict) and isinstance(grant.get("client_secret_file"), str):
            grant["client_secret_file"] = str(folder / grant["client_secret_file"])


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    if not key:  # of the whole: the text names its key itself
        return first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        return f"{key}: there is no such setting; `config.example.toml` lists them all"
    text = first["msg"].removeprefix("Value error, ")
    return f"{key}: {text[:1].lower()}{text[1:]}"
