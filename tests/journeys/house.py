"""A whole newsroom for a journey: web process, worker, a mailbox on Dovecot, a mail server for readers, and people."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.servers import ports
from tests.servers.chromium import NARROW, WIDE, picture
from tests.servers.dovecot import Dovecot
from tests.servers.forks import Fork
from tests.servers.smtp import Smtp
from tipline import cli, config, resources, supervisor
from tipline.cli.startup import prepare
from tipline.core import access, accounts, callouts
from tipline.core.callouts import CalloutDraft, CalloutTexts
from tipline.core.callouts.questions import QuestionDraft, QuestionTexts
from tipline.db import Database, now
from tipline.models import ActorKind, QuestionKind, Role
from tipline.sealing import make_key_file

# A journey takes half a minute, and what it goes through runs on both databases elsewhere: each goes over one of them.
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
PASSWORD = "lantern orchid harbour 61"
CONFIG = """
[newsroom]
name = "The Meridian"
url = "http://127.0.0.1:{web}"
[data]
url = "{database}"
[web]
port = {web}
[smtp]
host = "127.0.0.1"
port = {smtp}
security = "none"
[mailbox.china]
address = "borders@meridian.example"
callout = "borders"
host = "127.0.0.1"
port = {imap}
security = "none"
user = "{user}"
password = "secret"
poll_seconds = 0.5
"""


@dataclass
class House:
    """The newsroom's address, its mail on both sides, and its database for looking behind the pages."""

    url: str
    user: str  # of the mailbox
    dovecot: Dovecot
    smtp: Smtp
    database: Database

    def mail(self, raw: bytes) -> None:
        """A reader's mail arrives in the tips inbox."""
        self.dovecot.append(self.user, raw)


@contextmanager
def running(folder: Path, dovecot: Dovecot, smtp: Smtp, database_url: str = "") -> Iterator[House]:
    """Set a newsroom up and run it: alice edits, bob reports on "borders"."""
    web, user = ports.free(), f"u{secrets.token_hex(6)}"
    smtp.clear()
    make_key_file(folder / "tipline.key")
    path = folder / "config.toml"
    path.write_text(CONFIG.format(web=web, smtp=smtp.port, imap=dovecot.port, user=user, database=database_url))
    settings = config.load(path, {})
    prepare(settings)
    database = resources.open_database(settings)
    _people(database)
    log = folder / "log"
    pieces = [Fork(_piece, path, name, log=log) for name in supervisor.CHILDREN]
    try:
        if not ports.wait(pieces[0], web, 60):
            raise RuntimeError(f"the newsroom did not come up:\n{log.read_text(errors='replace')}")
        yield House(f"http://127.0.0.1:{web}", user, dovecot, smtp, database)
    finally:
        for piece in pieces:
            piece.terminate()
        for piece in pieces:
            piece.wait(40)
        database.engine.dispose()


def _piece(path: Path, name: str) -> None:
    """What `tipline run` runs beside the other piece, over a database that is ready."""
    os.environ[supervisor.PREPARED] = str(os.getpid())
    cli.main(["--config", str(path), name], prog_name="tipline")


def _people(database: Database) -> None:
    with database.writing() as session:
        alice = accounts.create(
            session,
            "alice@meridian.example",
            "Alice Editor",
            [Role.EDITOR, Role.ADMIN],
            ActorKind.SYSTEM,
            password=PASSWORD,
        )
        bob = accounts.create(
            session, "bob@meridian.example", "Bob Reporter", [Role.REPORTER], ActorKind.SYSTEM, password=PASSWORD
        )
        assert alice.id is not None and bob.id is not None
        editor = access.actor(session, alice.id)
        assert editor is not None
        callout = callouts.create(session, _borders(), editor)
        assert callout.id is not None
        callouts.open_(session, callout.id, editor)
        accounts.set_teams(session, bob.id, [callout.id], ActorKind.SYSTEM)
        session.commit()


def _borders() -> CalloutDraft:
    def asked(kind: QuestionKind, en: str, zh: str, *, required: bool = False) -> QuestionDraft:
        return QuestionDraft(None, kind, required, False, {"en": QuestionTexts(en), "zh_Hans": QuestionTexts(zh)})

    return CalloutDraft(
        slug="borders",
        languages=["en", "zh_Hans"],
        mail_address="borders@meridian.example",
        closes_at=None,
        texts={"en": CalloutTexts("Stranded by closed borders"), "zh_Hans": CalloutTexts("因边境关闭而滞留")},
        questions=[
            asked(QuestionKind.LONG, "What happened?", "发生了什么？", required=True),
            asked(QuestionKind.FILE, "Photos or documents", "照片或文件"),
        ],
    )


def letter(sender: str, subject: str, text: str, **headers: str) -> EmailMessage:
    """A mail to the tips inbox; headers by name with _ for -."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "borders@meridian.example", subject
    mail["Date"], mail["Message-ID"] = format_datetime(now()), f"<{secrets.token_hex(8)}@mail.example>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def sign_in(page: Page, house: House, who: str = "bob") -> None:
    """From the sign-in page to the desk."""
    page.goto(f"{house.url}/login")
    page.fill("[name=email]", f"{who}@meridian.example")
    page.fill("[name=password]", PASSWORD)
    page.click("main button.main")
    page.wait_for_url("**/desk**")


def pictures(page: Page, name: str) -> None:
    """The page as it is, wide and narrow, light and dark, where pictures are asked for."""
    for dark in (False, True):
        page.emulate_media(color_scheme="dark" if dark else "light")
        for width in (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": 900 if width == WIDE else 780})
            picture(page, f"{name}-{width}{'-dark' if dark else ''}")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": WIDE, "height": 900})
