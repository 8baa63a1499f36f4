"""Two workers at one mailbox: they take turns, and one that slept through its lease writes nothing when it wakes."""

import json
import os
import signal
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError, OperationalError

from tests import killed
from tests.faults.whole import Inbox, held, look, run_out, states
from tests.fixtures_db import KEY
from tests.mails import mail, mails
from tests.servers.forks import Fork
from tests.servers.processes import Tipline
from tipline.config import Settings
from tipline.core import mailboxes
from tipline.core.mailboxes import ledger
from tipline.db import Database, end_sleepers, now
from tipline.errors import LeaseTaken, LostLease
from tipline.jobs.lease import Lease, is_dead, new_holder
from tipline.jobs.poll import PollRun
from tipline.mail.imap import ImapMailbox
from tipline.mail.source import Fetched, Listed
from tipline.mail_settings import MailboxSettings
from tipline.worker import DATABASE_PAUSE, Job, Worker


def asleep(process: Fork) -> bool:
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def _until(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("at", ["sleeps in fetch", "sleeps in parse"])
def test_a_holder_that_sleeps_through_its_lease_writes_nothing_when_it_wakes(
    database: Database, inbox: Inbox, at: str
) -> None:
    raws = mails(3)
    inbox.put(*raws)
    before = inbox.state()
    with killed.start(database, inbox.settings, at) as sleeper:
        try:
            _until(lambda: asleep(sleeper))
            with pytest.raises(LeaseTaken):
                look(database, inbox.settings)
            run_out(database)
            look(database, inbox.settings)
            held(database, *raws)
        finally:
            os.kill(sleeper.pid, signal.SIGCONT)
        assert sleeper.wait(60) == 3
    held(database, *raws)
    assert inbox.state() == before


def test_two_looks_at_once_are_one(database: Database, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    raws = mails(3)
    inbox.put(*raws)
    real, taken = ImapMailbox.fetch, []

    def meanwhile(self: ImapMailbox, wanted: list[Listed]) -> list[Fetched]:
        try:
            look(database, inbox.settings)
        except LeaseTaken:
            taken.append(1)
        return real(self, wanted)

    monkeypatch.setattr(ImapMailbox, "fetch", meanwhile)
    look(database, inbox.settings)
    assert taken == [1]
    held(database, *raws)


def test_a_lease_is_given_back_at_the_end_of_a_look_and_after_an_error(database: Database, inbox: Inbox) -> None:
    look(database, inbox.settings)
    with pytest.raises(Exception, match="connect"):
        look(database, inbox.through(1))
    look(database, inbox.settings)


def test_a_slow_step_keeps_its_lease(database: Database, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tipline.core.mailboxes.leases.SECONDS", 0.6)
    inbox.put(mail())
    real = ImapMailbox.fetch
    others: list[str] = []

    def slow(self: ImapMailbox, wanted: list[Listed]) -> list[Fetched]:
        for _ in range(4):
            time.sleep(0.3)
            with pytest.raises(LeaseTaken):
                PollRun(database, "tips", inbox.settings, 1000).run()
            others.append("sent away")
        return real(self, wanted)

    monkeypatch.setattr(ImapMailbox, "fetch", slow)
    look(database, inbox.settings)
    assert len(others) == 4
    held(database, mail())


def test_a_lost_lease_quarantines_nothing_and_counts_no_tip(
    database: Database, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox.put(*mails(3))
    real = PollRun._receive

    def late(self: PollRun, read: object) -> None:
        with database.writing() as session:
            from_another = "UPDATE mailbox SET lease_number = lease_number + 1"
            session.connection().exec_driver_sql(from_another)
            session.commit()
        real(self, read)  # type: ignore[arg-type]

    monkeypatch.setattr(PollRun, "_receive", late)
    with pytest.raises(LostLease):
        look(database, inbox.settings)
    assert states(database) == ["stored"] * 3
    monkeypatch.undo()
    run_out(database)
    look(database, inbox.settings)
    held(database, *mails(3))


def worker(database: Database, folder: Path, settings: MailboxSettings) -> Tipline:
    """The real command."""
    folder.mkdir(exist_ok=True)
    (folder / "tipline.key").write_text(b64encode(KEY).decode(), "ascii")
    (folder / "tipline.key").chmod(0o600)
    lines = [
        "[data]",
        f"url = {json.dumps(database.engine.url.render_as_string(hide_password=False))}",
        f"folder = {json.dumps(str(database.files.root.parent))}",
        "[mailbox.tips]",
        f'host = "127.0.0.1"\nport = {settings.port}\nsecurity = "none"\nuser = "{settings.user}"\npassword = "secret"',
        "poll_seconds = 0.2",
    ]
    (folder / "config.toml").write_text("\n".join(lines), "utf-8")
    return Tipline("--config", str(folder / "config.toml"), "worker")


def test_two_real_workers_file_everything_once_though_one_is_stopped_and_woken(
    database: Database, inbox: Inbox, tmp_path: Path
) -> None:
    raws = mails(60)
    with worker(database, tmp_path / "a", inbox.settings) as a, worker(database, tmp_path / "b", inbox.settings):
        _until(lambda: "worker started" in a.output)
        for start in range(0, 60, 12):
            inbox.put(*raws[start : start + 12])
            os.kill(a.process.pid, signal.SIGSTOP)
            time.sleep(0.2)
            os.kill(a.process.pid, signal.SIGCONT)
        _until(lambda: states(database).count("filed") == 60)
        assert a.stop() == 0
    look(database, inbox.settings)
    held(database, *raws)
    assert threading.active_count() < 20


def test_whoever_is_paused_in_a_transaction_keeps_nobody_waiting_for_its_locks(database: Database) -> None:
    if database.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer")
    end_sleepers(database.engine, seconds=1)
    with database.writing() as session:
        mailboxes.mailbox(session, "tips")
        time.sleep(1.5)
        with pytest.raises(DBAPIError) as caught:
            session.commit()
        assert caught.value.connection_invalidated, "a fault of ours, so that no message is set aside for it"
    with database.reading() as session:
        assert ledger.account(session) == []


def test_a_killed_workers_turn_is_taken_at_once_by_who_sees_that_it_is_gone(database: Database, inbox: Inbox) -> None:
    raws = mails(3)
    inbox.put(*raws)
    assert killed.run(database, inbox.settings, 4) == -9
    look(database, inbox.settings)
    held(database, *raws)


def test_nobody_is_taken_for_dead_who_may_be_alive() -> None:
    ours = new_holder()
    host, place, number, code = ours.split("/")
    assert not is_dead(ours)
    assert is_dead(f"{host}/{place}/{number}/0000"), "an earlier process that had our number"
    assert not is_dead(f"{host}/{place}/1/{code}"), "there always is a first process"
    assert not is_dead(f"{host}/ffffffff/{2**22 + 1}/{code}"), "another machine's"
    assert is_dead(f"{host}/{place}/{2**22 + 1}/{code}")
    assert not is_dead("") and not is_dead("somebody")


def test_a_worker_takes_its_own_lease_again_at_once_where_giving_it_back_failed(database: Database) -> None:
    first = Lease(database, "tips", "we")
    with first:
        pass
    with database.writing() as session:  # what is left where the database was away at the end of a turn
        row = mailboxes.mailbox(session, "tips")
        row.lease_holder, row.lease_until = "we", now() + timedelta(seconds=60)
        session.commit()
    with pytest.raises(LeaseTaken), Lease(database, "tips", "others"):
        pass
    with Lease(database, "tips", "we") as second, pytest.raises(LostLease), database.writing() as session:
        assert second.number > first.number
        first.check(session)


def test_work_that_waits_for_the_database_is_tried_again_within_seconds() -> None:
    def away() -> bool:
        raise OperationalError("SELECT 1", {}, Exception("away"))

    waits = Job("mailbox tips", 300, away)
    for _ in range(12):
        waits.step()
        assert waits.due_at - time.monotonic() <= DATABASE_PAUSE


def test_the_first_job_that_finds_the_database_back_wakes_all_that_wait_for_it(database: Database) -> None:
    worker = Worker(Settings(), database)
    answers = iter([False, True])

    def first() -> bool:
        if not next(answers, True):
            raise OperationalError("SELECT 1", {}, Exception("away"))
        return False

    def second() -> bool:
        worker.stop()
        return False

    waits = Job("mailbox tips", 300, second, due_at=time.monotonic() + 300, away=True)
    worker.jobs = [Job("outbox", 300, first), waits]
    begun = time.monotonic()
    worker.run()
    assert time.monotonic() - begun < 300 and not waits.away
