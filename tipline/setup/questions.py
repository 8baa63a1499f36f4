"""What `tipline init` asks, in its order, each with a default and a check, and what the answers mean as settings.

No click here: the command asks `questions()` one by one.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from tipline.config import Newsroom, Web
from tipline.core import accounts
from tipline.db import connect
from tipline.errors import SettingsError
from tipline.mail_settings import MailboxSettings, Section, Smtp

CA_WORDS = "File with the certificate of your own CA (empty: the system's CAs)"
MAILBOX = "tips"  # the name that init gives; permanent, hence never asked again


@dataclass
class InitAnswers:
    """What init was told, under the questions' names."""

    given: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.given.get(name, "")

    def has_mailbox(self) -> bool:
        return self["mailbox_kind"] in ("imap", "maildir")


@dataclass(frozen=True)
class InitQuestion:
    """One thing that init asks. `check` answers with what is wrong, or ""; `asked` says whether it applies."""

    name: str
    words: str
    default: Callable[[InitAnswers], str]
    check: Callable[[str], str] = lambda value: ""
    asked: Callable[[InitAnswers], bool] = lambda answers: True
    clean: Callable[[str], str] = str.strip
    hidden: bool = False
    twice: bool = False  # typed unseen and tried by nothing: a slip would lock its owner out


def by_setting(section: type[Section], key: str) -> Callable[[str], str]:
    """Check an answer as the settings would, in the settings' own words."""

    def check(value: str) -> str:
        try:
            section.__pydantic_validator__.validate_assignment(section.model_construct(), key, value)
        except ValidationError as error:
            for problem in error.errors(include_input=False, include_url=False):
                if problem["loc"] == (key,):
                    return problem["msg"].removeprefix("Value error, ")
        return ""

    return check


def questions() -> Iterator[InitQuestion]:
    """In the order in which they are asked."""
    yield InitQuestion("name", "Your newsroom's name", _value("The Meridian"), by_setting(Newsroom, "name"))
    yield InitQuestion(
        "url",
        "Where readers will reach tipline",
        _value("http://127.0.0.1:5000"),
        by_setting(Newsroom, "url"),
        clean=_origin,
    )
    yield InitQuestion(
        "proxies",
        "Reverse proxies between readers and tipline (nginx or Caddy in front counts as 1)",
        _value("1"),
        by_setting(Web, "proxies"),
        lambda answers: answers["url"].startswith("https://"),
    )
    yield InitQuestion("folder", "Folder for the database and files", _value("data"))
    yield InitQuestion(
        "database", "PostgreSQL database (postgresql://user@host/name; empty: SQLite in that folder)", _value(""), _base
    )
    yield InitQuestion("account_name", "Your name", _value("Editor"), _needed)
    yield InitQuestion("account_email", "Your email address, to sign in with", _value("editor@localhost"), _email)
    yield InitQuestion(
        "account_password",
        "Your password (empty: one is made up and shown)",
        _value(""),
        lambda v: accounts.password_problem(v) if v else "",
        hidden=True,
        twice=True,
    )
    yield from _mailbox_questions()
    yield from _smtp_questions()


def _mailbox_questions() -> Iterator[InitQuestion]:
    def imap(answers: InitAnswers) -> bool:
        return answers["mailbox_kind"] == "imap"

    yield InitQuestion(
        "mailbox_kind",
        "Your tips inbox: imap, maildir, or none for now",
        _value("none"),
        _one_of("imap", "maildir", "none"),
    )
    yield InitQuestion(
        "mailbox_address", "The address readers write to", _of_host("tips"), _email, InitAnswers.has_mailbox
    )
    yield InitQuestion(
        "mailbox_path",
        "The Maildir's folder",
        _value("maildir"),
        _needed,
        lambda a: a["mailbox_kind"] == "maildir",
    )
    yield InitQuestion(
        "mailbox_host", "IMAP server", lambda a: f"imap.{a['mailbox_address'].split('@')[-1]}", _needed, imap
    )
    yield InitQuestion(
        "mailbox_security",
        "How: tls, starttls, or none (loopback only)",
        _value("tls"),
        _one_of("tls", "starttls", "none"),
        imap,
    )
    yield InitQuestion(
        "mailbox_port",
        "Port",
        lambda a: "993" if a["mailbox_security"] == "tls" else "143",
        by_setting(MailboxSettings, "port"),
        imap,
    )
    yield InitQuestion("mailbox_ca_file", CA_WORDS, _value(""), _certificates, _encrypted("mailbox"))
    yield InitQuestion("mailbox_user", "User", lambda a: a["mailbox_address"], _needed, imap)
    yield InitQuestion("mailbox_password_file", "File for its password", _value("mailbox.password"), _needed, imap)
    yield InitQuestion(
        "mailbox_password", "Password (empty: that file holds it already)", _value(""), asked=imap, hidden=True
    )
    yield InitQuestion(  # no "mailbox_" before it: it is asked once the mailbox was tried, with what was seen there
        "authserv_ids",
        "Names under which your mail server writes Authentication-Results (with commas; empty: confirm no sender)",
        lambda answers: answers["authserv_ids"],
        asked=InitAnswers.has_mailbox,
    )


def _smtp_questions() -> Iterator[InitQuestion]:
    def sends(answers: InitAnswers) -> bool:
        return bool(answers["smtp_host"])

    def default_host(answers: InitAnswers) -> str:
        return answers["mailbox_host"].replace("imap.", "smtp.", 1)

    yield InitQuestion("smtp_host", "SMTP server for replies (empty: replies wait on the readers' pages)", default_host)
    yield InitQuestion(
        "smtp_security",
        "How: tls, starttls, or none (loopback only)",
        _value("starttls"),
        _one_of("tls", "starttls", "none"),
        sends,
    )
    ports = {"tls": "465", "starttls": "587", "none": "25"}
    yield InitQuestion("smtp_port", "Port", lambda a: ports[a["smtp_security"]], by_setting(Smtp, "port"), sends)
    yield InitQuestion("smtp_ca_file", CA_WORDS, _value(""), _certificates, _encrypted("smtp"))
    yield InitQuestion("smtp_user", "User (empty: none)", lambda a: a["mailbox_user"], asked=sends)

    def with_user(answers: InitAnswers) -> bool:
        return sends(answers) and bool(answers["smtp_user"])

    yield InitQuestion(
        "smtp_password_file",
        "File for its password",
        lambda a: a["mailbox_password_file"] or "smtp.password",
        _needed,
        with_user,
    )
    yield InitQuestion(
        "smtp_password", "Password (empty: that file holds it already)", _value(""), asked=with_user, hidden=True
    )
    yield InitQuestion(
        "smtp_from", "From address of replies", lambda a: a["mailbox_address"] or _of_host("tips")(a), _email, sends
    )


def _origin(value: str) -> str:
    """What people type for an address: a missing https:// is added, a final slash dropped."""
    value = value.strip().rstrip("/")
    return value if not value or "://" in value else f"https://{value}"


def _encrypted(which: str) -> Callable[[InitAnswers], bool]:
    """Whether the server that the answers name is asked for a certificate."""
    return lambda answers: bool(answers[f"{which}_host"]) and answers[f"{which}_security"] in ("tls", "starttls")


def _certificates(file: str) -> str:
    return by_setting(Smtp, "ca_file")(file) if file else ""


def _value(default: str) -> Callable[[InitAnswers], str]:
    return lambda answers: default


def _of_host(local: str) -> Callable[[InitAnswers], str]:
    """An address at the newsroom's own host, without a leading www."""

    def default(answers: InitAnswers) -> str:
        host = urlsplit(answers["url"]).hostname or ""
        return f"{local}@{host.removeprefix('www.') if re.search('[a-z]', host) else 'localhost'}"

    return default


def _needed(value: str) -> str:
    return "" if value.strip() else "This is needed."


def _email(value: str) -> str:
    return "" if accounts.ADDRESS.fullmatch(value) else accounts.NO_ADDRESS


def _one_of(*words: str) -> Callable[[str], str]:
    return lambda value: "" if value in words else f"Choose from {', '.join(words)}."


def _base(value: str) -> str:
    """Reached at once: a wrong database is better known before the key is written."""
    if not value:
        return ""
    if not value.startswith("postgresql://"):
        return "Begin it with postgresql://, or leave it empty for SQLite."
    try:
        engine = connect(value)
        try:
            engine.connect().close()
        finally:
            engine.dispose()
    except SettingsError as error:
        return str(error)
    except SQLAlchemyError as error:
        return f"This database can't be reached ({type(error).__name__}). Does its server run, is the name right?"
    return ""


def mailbox_values(answers: InitAnswers) -> dict[str, object]:
    names = [name.strip() for name in answers["authserv_ids"].split(",") if name.strip()]
    trusted = {"authserv_ids": names} if names else {}
    if answers["mailbox_kind"] == "maildir":
        return {"kind": "maildir", "address": answers["mailbox_address"], "path": answers["mailbox_path"], **trusted}
    return {
        "kind": "imap",
        "address": answers["mailbox_address"],
        "host": answers["mailbox_host"],
        "port": int(answers["mailbox_port"]),
        "security": answers["mailbox_security"],
        "user": answers["mailbox_user"],
        "password_file": answers["mailbox_password_file"],
        **trusted,
        **({"ca_file": answers["mailbox_ca_file"]} if answers["mailbox_ca_file"] else {}),
    }


def smtp_values(answers: InitAnswers) -> dict[str, object]:
    if not answers["smtp_host"]:
        return {}
    signed_in = {"user": answers["smtp_user"], "password_file": answers["smtp_password_file"]}
    return {
        "host": answers["smtp_host"],
        "port": int(answers["smtp_port"]),
        "security": answers["smtp_security"],
        "from_address": answers["smtp_from"],
        **(signed_in if answers["smtp_user"] else {}),
        **({"ca_file": answers["smtp_ca_file"]} if answers["smtp_ca_file"] else {}),
    }
