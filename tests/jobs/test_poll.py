import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update
from sqlmodel import Session, SQLModel, col

from tests import killed
from tests.core.making import make_tip
from tests.fixtures_db import Cast
from tests.mail.reports import report
from tests.mails import mail, mails
from tests.servers.dovecot import Dovecot
from tipline.core import replies
from tipline.core.intake import bounces
from tipline.core.mailboxes import ledger, quarantine
from tipline.core.outbox import sending
from tipline.core.outgoing_mail import Sender, threads
from tipline.core.retention import erasure
from tipline.db import Database, now
from tipline.errors import MailboxUnreachable
from tipline.jobs.poll import PollRun
from tipline.mail import parse
from tipline.mail.imap import ImapMailbox
from tipline.mail.source import Fetched, Listed
from tipline.mail_settings import MailboxSettings
from tipline.models import ActorKind, DataKey, Ledger, Mailbox, Message, RawMail, Tip


@pytest.fixture
def user() -> str:
    return f"reader-{uuid4().hex[:8]}"


@pytest.fixture
def inbox(dovecot: Dovecot, user: str) -> MailboxSettings:
    return MailboxSettings(  # type: ignore[call-arg]
        host=dovecot.host, port=dovecot.tls_port, user=user, password=dovecot.password, ca_file=dovecot.cert
    )


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for name in ("tmp", "new", "cur"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    return tmp_path / "mail"


def run_out(database: Database) -> None:
    """A minute later, as far as leases are concerned: whoever was killed holds none any more."""
    with database.writing() as session:
        session.execute(update(Mailbox).values(lease_until=now() - timedelta(seconds=1)))
        session.commit()


def look(
    database: Database, settings: MailboxSettings, *, compare: bool = True, largest: int = 1_000_000, **more: Any
) -> None:
    while PollRun(database, "tips", settings, largest, compare, **more).run():
        pass


def states(database: Database) -> list[str]:
    with database.reading() as session:
        return [row.state.value for row in session.scalars(select(Ledger).order_by(col(Ledger.id)))]


def count(database: Database, table: type[SQLModel]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def sums(database: Database) -> ledger.MailboxAccount:
    with database.reading() as session:
        (only,) = ledger.account(session)
        return only


def held(database: Database) -> list[bytes]:
    """The raw bytes in the ledger."""
    with database.reading() as session:
        return sorted(ledger.original(session, row.ledger_id) for row in session.scalars(select(RawMail)))


def test_every_message_is_filed_once_and_the_server_stays_as_it_was(
    database: Database, dovecot: Dovecot, user: str, inbox: MailboxSettings
) -> None:
    raws = mails(120)
    dovecot.append(user, *raws)
    before = dovecot.state(user)
    for compare in (True, False, True):
        look(database, inbox, compare=compare)
        assert states(database) == ["filed"] * 120
    assert count(database, Tip) == count(database, Message) == 120
    assert held(database) == sorted(raws)
    assert dovecot.state(user) == before
    assert sums(database).reconciles
    assert sums(database).on_server == 120


def test_new_mail_is_found_by_the_next_look(
    database: Database, dovecot: Dovecot, user: str, inbox: MailboxSettings
) -> None:
    dovecot.append(user, *mails(2))
    look(database, inbox)
    dovecot.append(user, *mails(3, start=2))
    look(database, inbox, compare=False)
    assert states(database) == ["filed"] * 5
    assert sums(database).reconciles


def test_mail_that_a_colleague_has_read_or_flagged_is_filed_all_the_same(
    database: Database, dovecot: Dovecot, user: str, inbox: MailboxSettings
) -> None:
    dovecot.append(user, mails(1)[0], flags=["\\Seen", "\\Answered"])
    (fresh,) = dovecot.append(user, mails(2)[1])
    look(database, inbox)
    with dovecot.client(user) as person:
        person.select_folder("INBOX")
        person.add_flags([fresh], ["\\Seen"])
    look(database, inbox)
    assert states(database) == ["filed", "filed"]
    assert count(database, Tip) == 2


def test_a_folder_that_begins_anew_is_read_again_without_second_tips(
    database: Database, dovecot: Dovecot, user: str, inbox: MailboxSettings
) -> None:
    settings = inbox.model_copy(update={"folders": ["Tips"]})
    raws = mails(4)
    dovecot.append(user, *raws[:3], folder="Tips")
    look(database, settings)
    first = dovecot.state(user, "Tips").uidvalidity
    with dovecot.client(user) as person:
        person.delete_folder("Tips")
    time.sleep(1.1)  # UIDVALIDITY is the second of the folder's making
    dovecot.append(user, *raws, folder="Tips")
    assert dovecot.state(user, "Tips").uidvalidity != first
    look(database, settings, compare=False)
    assert count(database, Tip) == 4
    assert states(database) == ["filed"] * 3 + ["duplicate"] * 3 + ["filed"]
    account = sums(database)
    assert (account.elsewhere, account.duplicate, account.filed) == (3, 3, 1)
    look(database, settings)
    assert sums(database).reconciles


def test_the_same_mail_in_two_folders_is_one_tip(
    database: Database, dovecot: Dovecot, user: str, inbox: MailboxSettings
) -> None:
    settings = inbox.model_copy(update={"folders": ["INBOX", "Junk"]})
    dovecot.append(user, mail())
    dovecot.append(user, mail(), mail("Another story"), folder="Junk")
    look(database, settings)
    assert sorted(states(database)) == ["duplicate", "filed", "filed"]
    with database.reading() as session:
        flags = [row.flags for row in session.scalars(select(Ledger).order_by(col(Ledger.epoch_id)))]
    assert [flag for flag in flags if "junk" in flag] == [["junk", "backlog"]] * 2
    assert count(database, Tip) == 2
    assert sums(database).reconciles


def test_a_message_expunged_between_listing_and_fetching_is_gone_and_the_others_are_filed(
    database: Database, dovecot: Dovecot, user: str, inbox: MailboxSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    uids = dovecot.append(user, *mails(3))
    real = ImapMailbox.fetch

    def late(self: ImapMailbox, wanted: list[Listed]) -> list[Fetched]:
        with dovecot.client(user) as person:
            person.select_folder("INBOX")
            person.delete_messages([uids[1]])
            person.expunge()
        return real(self, wanted)

    monkeypatch.setattr(ImapMailbox, "fetch", late)
    look(database, inbox)
    assert states(database) == ["filed", "gone", "filed"]
    assert (sums(database).gone, sums(database).on_server) == (1, 2)
    assert sums(database).reconciles


def test_mail_is_filed_under_the_callout_that_it_was_written_to(
    database: Database, session: Session, cast: Cast, dovecot: Dovecot, user: str, inbox: MailboxSettings
) -> None:
    dovecot.append(user, mail("One", to="Borders <borders@meridian.example>"), mail("Two", to="tips@meridian.example"))
    look(database, inbox.model_copy(update={"callout": "overtime"}))
    tips = session.scalars(select(Tip).order_by(col(Tip.id))).all()
    assert [tip.callout_id for tip in tips] == [cast.borders, cast.overtime]


def test_a_maildir_is_picked_up_and_left_as_it_is(database: Database, maildir: Path) -> None:
    settings = MailboxSettings(kind="maildir", path=maildir)  # type: ignore[call-arg]
    raws = mails(60)
    for number, raw in enumerate(raws):
        (maildir / "new" / f"{1600000000 + number}.M{number}.host").write_bytes(raw)
    look(database, settings)
    assert states(database) == ["filed"] * 60
    assert len(list((maildir / "new").iterdir())) == 60
    seen = maildir / "new" / "1600000000.M0.host"
    seen.rename(maildir / "cur" / "1600000000.M0.host:2,S")
    (maildir / "new" / "1600000999.M1.host").write_bytes(mail("One more"))
    look(database, settings, compare=False)
    look(database, settings)
    assert states(database) == ["filed"] * 61
    assert sums(database).reconciles
    assert sums(database).on_server == 61


def test_an_unreachable_mailbox_still_lets_stored_mail_be_filed(
    database: Database, dovecot: Dovecot, user: str, inbox: MailboxSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    dovecot.append(user, *mails(2))
    monkeypatch.setattr(PollRun, "_file", lambda self, raws: None)
    look(database, inbox)
    assert states(database) == ["stored", "stored"]
    monkeypatch.undo()
    nowhere = inbox.model_copy(update={"port": 1})
    with pytest.raises(MailboxUnreachable):
        look(database, nowhere)
    assert states(database) == ["filed", "filed"]


def test_of_an_old_inbox_the_newest_page_is_filed_first_then_the_rest_in_the_order_it_came(
    database: Database, maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, size in (("FIRST_PAGE", 4), ("MESSAGES_AT_ONCE", 2), ("MESSAGES_PER_POLL", 6)):
        monkeypatch.setattr(f"tipline.jobs.poll.{name}", size)
    monkeypatch.setattr("tipline.jobs.discovery.LISTED_AT_ONCE", 5)
    settings = MailboxSettings(kind="maildir", path=maildir)  # type: ignore[call-arg]
    _deliver(maildir, range(20))
    assert PollRun(database, "tips", settings, 1_000_000, compare=True).run()
    assert _order(database) == [19, 18, 17, 16, 0, 1]
    assert (sums(database).pending, sums(database).on_server, sums(database).reconciles) == (14, 20, True)
    _deliver(maildir, range(20, 23))
    assert PollRun(database, "tips", settings, 1_000_000).run()
    assert _order(database)[6:] == [20, 21, 22, 2, 3, 4], "what arrives meanwhile is read before what waits"
    assert sums(database).reconciles
    look(database, settings)
    assert sorted(_order(database)) == list(range(23))
    assert states(database) == ["filed"] * 23


def _deliver(maildir: Path, numbers: range) -> None:
    for number, raw in zip(numbers, mails(len(numbers), numbers.start), strict=True):
        (maildir / "new" / f"{1600000000 + number}.M{number}.host").write_bytes(raw)


def _order(database: Database) -> list[int]:
    """The numbers of the messages in the order in which they were filed."""
    with database.reading() as session:
        filed = session.scalars(
            select(col(Ledger.key)).join(Message, col(Message.ledger_id) == Ledger.id).order_by(col(Message.tip_id))
        )
        return [int(key.split(".")[1][1:]) for key in filed]


def test_the_sum_adds_up_at_every_commit_of_a_look(
    database: Database, dovecot: Dovecot, user: str, inbox: MailboxSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    uids = dovecot.append(user, *mails(4), mail(padding=60_000))
    look(database, inbox, largest=40_000)
    with dovecot.client(user) as person:
        person.select_folder("INBOX")
        person.delete_messages(uids[:2])
        person.expunge()
    dovecot.append(user, *mails(4, start=10))
    real, wrong = Session.commit, []

    def counted(session: Session) -> None:
        real(session)
        with database.reading() as reading:
            wrong.extend(box for box in ledger.account(reading) if not box.reconciles)

    monkeypatch.setattr(Session, "commit", counted)
    look(database, inbox, largest=40_000)
    monkeypatch.undo()
    assert wrong == []
    assert (sums(database).filed, sums(database).elsewhere, sums(database).oversize) == (6, 2, 1)


def test_what_lists_too_long_for_one_look_goes_on_in_the_next_and_counts_as_compared_only_then(
    database: Database, maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tipline.jobs.discovery.LISTED_AT_ONCE", 2)
    monkeypatch.setattr(PollRun, "_half_over", lambda self: True)
    settings = MailboxSettings(kind="maildir", path=maildir)  # type: ignore[call-arg]
    _deliver(maildir, range(5))
    found = []
    for _ in range(3):
        PollRun(database, "tips", settings, 1_000_000, compare=True).run()
        found.append((len(states(database)), sums(database).compared_at is not None, sums(database).reconciles))
    assert found == [(2, False, True), (4, False, True), (5, True, True)]
    assert states(database) == ["filed"] * 5


def test_an_oversize_message_is_fetched_when_an_editor_wants_it(
    database: Database, cast: Cast, dovecot: Dovecot, user: str, inbox: MailboxSettings
) -> None:
    raw = mail(padding=50_000, subject="Stranded")
    dovecot.append(user, raw)
    before = dovecot.state(user)
    look(database, inbox, largest=40_000)
    with database.writing() as session:
        (found,) = quarantine.listed(session)
        assert b"Subject: Stranded" in quarantine.head(session, found.ledger_id, cast.alice)
        quarantine.fetch_anyway(session, found.ledger_id, cast.alice)
        session.commit()
    look(database, inbox, compare=False, largest=40_000)
    assert states(database) == ["filed"]
    assert held(database) == [raw]
    assert dovecot.state(user) == before


COMMITS = 9  # of one look at a new mailbox with a few messages


@pytest.mark.parametrize("at", [*range(1, COMMITS + 1), "stored"])
def test_killed_at_any_commit_nothing_is_lost_and_nothing_filed_twice(
    database: Database, dovecot: Dovecot, user: str, inbox: MailboxSettings, at: int | str
) -> None:
    raws = [*mails(3), mail(padding=400_000)]
    dovecot.append(user, *raws)
    before = dovecot.state(user)
    assert killed.run(database, inbox, at) == -9
    run_out(database)
    look(database, inbox)
    assert states(database) == ["filed"] * 4
    assert count(database, Tip) == count(database, Message) == 4
    assert held(database) == sorted(raws)
    assert sums(database).reconciles
    assert dovecot.state(user) == before


def test_a_look_has_as_many_commits_as_the_kill_test_kills_at(
    database: Database, dovecot: Dovecot, user: str, inbox: MailboxSettings
) -> None:
    dovecot.append(user, *mails(3), mail(padding=400_000))
    assert killed.run(database, inbox, COMMITS + 1) == 0
    assert states(database) == ["filed"] * 4


def test_no_open_files_or_connections_are_left_behind(
    database: Database, dovecot: Dovecot, user: str, inbox: MailboxSettings
) -> None:
    dovecot.append(user, mail())
    look(database, inbox)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for _ in range(5):
        look(database, inbox)
    assert len(os.listdir("/proc/self/fd")) <= before  # noqa: PTH208


@pytest.mark.parametrize("named", [True, False], ids=["message id", "return path"])
def test_a_report_about_what_was_erased_brings_nothing_of_it_back(
    database: Database, cast: Cast, maildir: Path, named: bool
) -> None:
    settings = MailboxSettings(kind="maildir", path=maildir)  # type: ignore[call-arg]
    (maildir / "new" / "1.M1.host").write_bytes(mail(sender="mei@secret.example"))
    look(database, settings)
    with database.writing() as session:
        tip_id = session.scalars(select(Tip.id)).one()  # type: ignore[call-overload]
        out = replies.queue(session, tip_id, "About it", cast.alice, Sender("M", "tips@meridian.example", plus=True))
        assert sending.mark_sending(session, out.id)
        sending.mark_sent(session, out.id)
        to, message_id = out.envelope_from, out.mail_message_id
        session.commit()
    with database.writing() as session:
        erasure.erase(session, tip_id, ActorKind.READER)
        session.commit()
    about = {"to": "tips@meridian.example", "message_id": message_id} if named else {"to": to, "message_id": "x@y"}
    late = report("failed", "5.2.2", recipient="mei@secret.example", **about)  # type: ignore[arg-type]
    (maildir / "new" / "2.M2.host").write_bytes(late)
    (maildir / "new" / "3.M3.host").write_bytes(late + b"\r\nonce more\r\n")
    look(database, settings)
    assert (count(database, Tip), count(database, Message), count(database, RawMail)) == (0, 0, 0)
    with database.reading() as session:
        assert {row.reason for row in session.scalars(select(Ledger))} == {ledger.ERASED}
        assert session.scalars(select(DataKey)).all() == []
    assert sums(database).reconciles and sums(database).filed == 3


def test_a_report_about_a_mail_that_a_restored_backup_lacks_is_filed_where_its_tip_is_there(
    session: Session, cast: Cast
) -> None:
    tip = make_tip(session, cast.borders)
    ours = threads.message_id(session, tip.id or 0, "tips@meridian.example")
    path = threads.return_path(session, 4711, "tips@meridian.example")
    for raw, erased in ((report("failed", "5.1.1", to=path, message_id=ours), False),
                        (report("failed", "5.1.1", to=path, message_id="x@y"), True),
                        (report("failed", "5.1.1", message_id="x@y"), False),
                        (mail(to=path), False)):  # fmt: skip
        assert bounces.of_erased(session, parse.arrival(raw)) is erased
