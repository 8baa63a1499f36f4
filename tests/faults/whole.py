"""What has to hold after every fault: lost 0, filed twice 0, the server's mailbox as it was, and a sum that adds up."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlmodel import Session, SQLModel, col

from tests.servers.dovecot import Dovecot, FolderState
from tipline.core.mailboxes import ledger
from tipline.core.mailboxes.ledger import MailboxAccount
from tipline.db import Database, now
from tipline.jobs.poll import PollRun
from tipline.mail_settings import MailboxSettings
from tipline.models import Ledger, Mailbox, Message, RawMail, Tip

LARGEST = 1_000_000


def look(database: Database, settings: MailboxSettings, *, compare: bool = True, largest: int = LARGEST) -> None:
    """Look until all is in. Whatever goes wrong is raised."""
    while PollRun(database, "tips", settings, largest, compare).run():
        pass


def run_out(database: Database) -> None:
    """A minute later, as far as leases are concerned: whoever was killed or sleeps holds none any more."""
    with database.writing() as session:
        session.execute(update(Mailbox).values(lease_until=now() - timedelta(seconds=1)))
        session.commit()


def states(database: Database) -> list[str]:
    with database.reading() as session:
        return [row.state.value for row in session.scalars(select(Ledger).order_by(col(Ledger.id)))]


def sums(database: Database) -> MailboxAccount:
    with database.reading() as session:
        (only,) = ledger.account(session)
        return only


def count(session: Session, table: type[SQLModel]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def held(database: Database, *raws: bytes) -> None:
    """Each of these is one message of one tip, its bytes are here as they came, and the account says so."""
    with database.reading() as session:
        assert count(session, Tip) == count(session, Message) == len(raws)
        assert sorted(ledger.original(session, kept.ledger_id) for kept in session.scalars(select(RawMail))) == sorted(
            raws
        )
    assert set(states(database)) <= {"filed"}, states(database)
    account = sums(database)
    assert account.reconciles
    assert (account.on_server, account.filed) == (len(raws), len(raws))


@dataclass
class Inbox:
    """A person's mailbox on the real server."""

    dovecot: Dovecot
    user: str

    @property
    def settings(self) -> MailboxSettings:
        return self.through(self.dovecot.port)

    def through(self, port: int) -> MailboxSettings:
        """The same mailbox by another port: that of a proxy."""
        return MailboxSettings.model_validate(
            {
                "host": "127.0.0.1",
                "port": port,
                "security": "none",
                "user": self.user,
                "password": self.dovecot.password,
            }
        )

    def put(self, *raws: bytes, folder: str = "INBOX") -> list[int]:
        return self.dovecot.append(self.user, *raws, folder=folder)

    def state(self, folder: str = "INBOX") -> FolderState:
        return self.dovecot.state(self.user, folder)
