"""The newsroom of a chaos run: mailbox, mail server, database, an open callout, and readers who were written to."""

import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex

from sqlalchemy import select
from sqlmodel import col

from tests import arrivals
from tests.chaos.bag import Asked, mark
from tests.servers import ports
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Smtp
from tests.web.reading import QUESTIONS
from tipline import config, resources
from tipline.core import access, accounts, callouts, intake, replies
from tipline.core.access import Actor
from tipline.core.callouts import CalloutDraft, CalloutTexts, CalloutView
from tipline.core.mailboxes import quarantine
from tipline.core.outgoing_mail import Sender
from tipline.db import OUT_OF_REACH, Database
from tipline.models import ActorKind, Role, Tip
from tipline.schema import migrate
from tipline.sealing import make_key_file
from tipline.vocabularies import Source

DESK = Sender("The Meridian", "borders@meridian.example", plus=True)
CONFIG = """
[newsroom]
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
poll_seconds = 0.3
[limits]
posts_per_minute = 10000
busy_posts_per_minute = 1000000
mails_per_hour = 100000
mails_to_one_per_hour = 1000
"""


@dataclass
class Newsroom:
    """Where everything is, and how its database is looked at behind its back."""

    config: Path
    port: int
    user: str
    dovecot: Dovecot
    smtp: Smtp
    database: Database
    view: CalloutView
    editor: Actor
    asked: list[Asked]
    choice: random.Random
    died_over: int = 0  # mails that the worker was killed over three times

    def read_again(self) -> int:
        """What an editor does about mails that were set aside because the worker died over them three times."""
        with self.database.writing() as session:
            crashed = [one for one in quarantine.listed(session) if one.reason == "crashed"]
            for one in crashed:
                quarantine.read_again(session, one.ledger_id, self.editor)
            session.commit()
        self.died_over += len(crashed)
        return len(crashed)

    def answer_one(self) -> None:
        """A reporter writes to one who wrote by mail; where the database is busy, another time."""
        with suppress(*OUT_OF_REACH), self.database.writing() as session:
            wrote = select(col(Tip.id)).where(col(Tip.source) == Source.MAIL).order_by(col(Tip.id).desc()).limit(20)
            if tips := session.scalars(wrote).all():
                replies.queue(session, self.choice.choice(tips) or 0, "Thank you.", self.editor, DESK)
                session.commit()


@contextmanager
def founded(
    folder: Path, dovecot: Dovecot, smtp: Smtp, url: str, asked: int, choice: random.Random
) -> Iterator[Newsroom]:
    """A newsroom whose processes do not run yet; `asked` replies wait in its outbox."""
    web, user, path = ports.free(), f"u{token_hex(6)}", folder / "config.toml"
    make_key_file(folder / "tipline.key")
    path.write_text(CONFIG.format(web=web, smtp=smtp.port, imap=dovecot.port, user=user, database=url))
    database = resources.open_database(config.load(path, {}))
    migrate(database.engine)
    view, editor = _callout(database)
    readers = [_ask(database, view.id, editor, number) for number in range(asked)]
    yield Newsroom(path, web, user, dovecot, smtp, database, view, editor, readers, choice)
    database.engine.dispose()


def _callout(database: Database) -> tuple[CalloutView, Actor]:
    with database.writing() as session:
        alice = accounts.create(session, "alice@meridian.example", "Alice", [Role.EDITOR], ActorKind.SYSTEM)
        editor = access.actor(session, alice.id or 0)
        assert editor is not None
        texts = {"en": CalloutTexts("Stranded?"), "zh_Hans": CalloutTexts("滞留？")}
        draft = CalloutDraft("borders", ["en", "zh_Hans"], DESK.address, None, texts, QUESTIONS)
        made = callouts.create(session, draft, editor)
        callouts.open_(session, made.id or 0, editor)
        session.commit()
        return callouts.form_of(session, made, "en"), editor


def _ask(database: Database, callout_id: int, editor: Actor, number: int) -> Asked:
    address = f"asked{number}@mail.example"
    with database.writing() as session:
        arrival = arrivals.mail(mark("q"), sender=address, message_id=f"{token_hex(8)}@mail.example")
        filed = intake.receive(session, replace(arrival, callout_id=callout_id))
        out = replies.queue(session, filed.tip_id, "May we call you?", editor, DESK)
        session.commit()
        return Asked(filed.tip_id, address, out.mail_message_id)
