"""What people do to a mailbox while it is read, on the real server; odd messages; and clocks that jump."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.faults.whole import Inbox, count, held, look, states, sums
from tests.mails import mail, mails
from tipline import db
from tipline.core import mailboxes
from tipline.core.mailboxes import alarms, leases
from tipline.db import Database
from tipline.errors import MailboxUnreachable
from tipline.mail_settings import MailboxSettings
from tipline.models import Ledger, Tip


def put(maildir: Path, *raws: bytes) -> None:
    for number, raw in enumerate(raws):
        (maildir / "new" / f"{1600000000 + number}.M{number}.host").write_bytes(raw)


def test_a_renamed_folder_is_an_alarm_the_others_are_read_and_nothing_is_made(database: Database, inbox: Inbox) -> None:
    settings = inbox.settings.model_copy(update={"folders": ["Tips", "INBOX"]})
    inbox.put(mail("One"), folder="Tips")
    look(database, settings)
    with inbox.dovecot.client(inbox.user) as person:
        person.rename_folder("Tips", "Old tips")
    inbox.put(mail("Two"))
    with pytest.raises(MailboxUnreachable) as caught:
        look(database, settings)
    assert caught.value.reason == "folder"
    assert states(database) == ["filed", "filed"]
    assert sums(database).reconciles
    with inbox.dovecot.client(inbox.user) as person:
        assert not person.folder_exists("Tips")
        person.rename_folder("Old tips", "Tips")
    look(database, settings)
    held(database, mail("One"), mail("Two"))


def test_a_folder_that_is_read_no_more_leaves_the_sum_and_comes_back_without_second_tips(
    database: Database, inbox: Inbox
) -> None:
    both = inbox.settings.model_copy(update={"folders": ["INBOX", "Junk"]})
    inbox.put(mail("One"))
    inbox.put(mail("Two"), folder="Junk")
    look(database, both)
    look(database, inbox.settings)
    assert sums(database).reconciles and sums(database).on_server == 1
    look(database, both)
    assert sums(database).reconciles and sums(database).on_server == 2
    with database.reading() as session:
        assert count(session, Tip) == 2


def test_mail_that_is_moved_to_junk_after_it_was_read_stays_one_tip(database: Database, inbox: Inbox) -> None:
    both = inbox.settings.model_copy(update={"folders": ["INBOX", "Junk"]})
    (uid, _) = inbox.put(*mails(2))
    inbox.put(mail("Other"), folder="Junk")
    look(database, both)
    with inbox.dovecot.client(inbox.user) as person:
        person.select_folder("INBOX")
        person.move([uid], "Junk")
    look(database, both)
    with database.reading() as session:
        assert count(session, Tip) == 3
    account = sums(database)
    assert account.reconciles and (account.duplicate, account.elsewhere) == (1, 1)


def test_a_message_put_back_from_trash_is_read_and_no_alarm_any_more(database: Database, inbox: Inbox) -> None:
    (uid,) = inbox.put(mail())
    with database.writing() as session:
        _discovered(session, inbox, str(uid))
    with inbox.dovecot.client(inbox.user) as person:
        person.create_folder("Trash")
        person.select_folder("INBOX")
        person.move([uid], "Trash")
    look(database, inbox.settings)
    assert states(database) == ["gone"]
    with database.reading() as session:
        assert [alarm.reason for alarm in alarms.alarms(session)] == [alarms.GONE]
    with inbox.dovecot.client(inbox.user) as person:
        person.select_folder("Trash")
        person.move("1:*", "INBOX")
    look(database, inbox.settings)
    assert sorted(states(database)) == ["filed", "gone"]
    assert sums(database).reconciles


def _discovered(session: Session, inbox: Inbox, key: str) -> None:
    """A worker saw it and was killed before it fetched."""
    box = mailboxes.mailbox(session, "tips")
    epoch = mailboxes.begin_epoch(session, box.id or 0, "INBOX", inbox.state().uidvalidity)
    mailboxes.discover(session, epoch, [(key, 100)], 1000)
    session.commit()


def test_missing_doubled_and_reused_message_ids_swallow_nothing(
    database: Database, local: MailboxSettings, maildir: Path
) -> None:
    one, two = mail("First", message_id="<a@x>"), mail("Second", message_id="<a@x>")
    raws = [
        mail("None"),
        mail("None, too"),
        one,
        two,
        mail("Doubled").replace(b"From:", b"Message-ID: <b@x>\r\n" * 2 + b"From:"),
    ]
    put(maildir, *raws)
    look(database, local)
    held(database, *raws)
    with database.reading() as session:
        flags = session.scalars(select(col(Ledger.flags)).order_by(col(Ledger.id))).all()
    assert ["message_id_reused" in flag for flag in flags] == [False, False, False, True, False]


def test_ten_thousand_parts_inside_each_other_are_set_aside_and_block_nobody(
    database: Database, local: MailboxSettings, maildir: Path
) -> None:
    opened = [f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(10_000)]
    put(maildir, ("From: mei@reader.example\r\n" + "".join(opened)).encode() + b"\r\nx", mail("Next"))
    look(database, local)
    assert states(database) == ["quarantined", "filed"]
    assert sums(database).reconciles


def test_a_million_addresses_are_one_tip(database: Database, local: MailboxSettings, maildir: Path) -> None:
    to = ",\r\n ".join(f"a{n}@b.example" for n in range(1_000_000))
    raw = mail().replace(b"To: tips@meridian.example", b"To: " + to.encode())
    put(maildir, raw, mail("Next"))
    look(database, local, largest=25_000_000)
    held(database, raw, mail("Next"))


@pytest.mark.parametrize("body", [b"Content-Transfer-Encoding: base64\r\n\r\n!!!=\xff", b"\r\n\xff\xfe\x00\x80"])
def test_broken_charset_and_base64_are_filed_with_what_can_be_read(
    database: Database, local: MailboxSettings, maildir: Path, body: bytes
) -> None:
    raw = (
        b"From: mei@reader.example\r\nSubject: =?gb2312?B?/////?=\r\nContent-Type: text/plain; charset=x-none\r\n"
        + body
    )
    put(maildir, raw)
    look(database, local)
    held(database, raw)


@pytest.mark.parametrize("jump", [timedelta(days=3653), timedelta(days=-1)])
def test_a_clock_that_jumps_loses_nothing_and_blocks_nobody(
    database: Database, local: MailboxSettings, maildir: Path, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    put(maildir, *mails(2))
    look(database, local)
    monkeypatch.setattr(db, "datetime", _shifted(jump))
    put(maildir, *mails(4))
    look(database, local)
    monkeypatch.undo()
    put(maildir, *mails(6))
    look(database, local)
    held(database, *mails(6))


def test_a_worker_that_was_killed_before_the_clock_was_set_back_keeps_nobody_waiting(
    database: Database, local: MailboxSettings, maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database.engine.dialect.name != "sqlite":
        pytest.skip("its server has a clock of its own")
    put(maildir, mail())
    with database.writing() as session:
        leases.take(session, "tips", "killed")
        session.commit()
    monkeypatch.setattr(db, "datetime", _shifted(timedelta(days=-1)))
    look(database, local)
    held(database, mail())


def _shifted(jump: timedelta) -> type[datetime]:
    class Shifted(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.fromtimestamp(time.time(), UTC) + jump

    return Shifted
