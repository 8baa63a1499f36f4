"""Disks that are full or break, databases that are locked or restart: roll back, wait, and nothing is lost."""

import errno
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from tests import killed
from tests.faults.whole import Inbox, held, look, states
from tests.fixtures_db import KEY, _prepare
from tests.mails import mail, mails
from tests.servers.missing import need
from tests.servers.postgres import Postgres, binaries
from tests.test_worker import job
from tests.test_worker import settings as worker_settings
from tipline import db, storage
from tipline.core import intake
from tipline.core.arrival import Arrival
from tipline.core.mailboxes import alarms
from tipline.db import Database, connect
from tipline.errors import Refused
from tipline.mail_settings import MailboxSettings
from tipline.sealing import Master
from tipline.storage import LocalFiles
from tipline.worker import Worker

LARGE = mail("A long one", padding=600_000)


@contextmanager
def small_disk(at: Path, kilobytes: int) -> Iterator[Path]:
    """A disk of its own that is soon full. Mounting wants root."""
    at.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", at], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("a small disk can't be mounted here")
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", at], check=True)


def put(maildir: Path, *raws: bytes) -> None:
    for number, raw in enumerate(raws):
        (maildir / "new" / f"{1600000000 + number}.M{number}.host").write_bytes(raw)


def test_a_full_disk_for_large_mails_loses_nothing(
    database: Database, local: MailboxSettings, maildir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "FREE_SPACE_FLOOR", 0)
    put(maildir, mail("Small"), LARGE)
    with small_disk(tmp_path / "disk", 400) as disk:
        full = Database(database.engine, database.master, LocalFiles(disk / "files"))
        with pytest.raises((OSError, Refused)):
            look(full, local)
        assert states(database) == ["filed", "discovered"], "the small one goes on"
        assert [path for path in disk.rglob("*") if path.is_file()] == [], "no half of a file is left"
    look(database, local)
    held(database, mail("Small"), LARGE)


def test_nothing_is_stored_below_the_floor_of_free_space(
    database: Database, local: MailboxSettings, maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(maildir, LARGE)
    monkeypatch.setattr(storage, "FREE_SPACE_FLOOR", 2**60)
    for _ in range(4):
        with pytest.raises(Refused):
            look(database, local)
    monkeypatch.undo()
    look(database, local)
    held(database, LARGE)


def test_a_full_disk_under_the_database_loses_nothing(
    sqlite_template: bytes, local: MailboxSettings, maildir: Path, tmp_path: Path
) -> None:
    raws = [mail(f"Story {number}", padding=150_000) for number in range(12)]
    put(maildir, *raws)
    with small_disk(tmp_path / "disk", len(sqlite_template) // 1024 + 2000) as disk:
        (disk / "tipline.db").write_bytes(sqlite_template)
        engine = connect(f"sqlite:///{disk / 'tipline.db'}")
        database = Database(engine, Master(KEY), LocalFiles(tmp_path / "files"))
        with pytest.raises(OperationalError):
            look(database, local)
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        look(database, local)
        held(database, *raws)
        engine.dispose()


def test_an_error_of_the_disk_while_a_large_mail_is_stored_loses_nothing(
    database: Database, local: MailboxSettings, maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(maildir, LARGE)

    def broken(file: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", broken)
    for _ in range(4):
        with pytest.raises(OSError, match="Input/output"):
            look(database, local)
    assert states(database) == ["discovered"]
    monkeypatch.undo()
    look(database, local)
    held(database, LARGE)


def impatient(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a lock a fifth of a second instead of ten."""
    monkeypatch.setattr(db, "LOCK_WAIT_SECONDS", 0.2)
    if engine.dialect.name != "sqlite":

        @event.listens_for(engine, "begin")
        def on_begin(connection: Connection) -> None:
            connection.exec_driver_sql("SET LOCAL lock_timeout = 200")


def test_a_locked_database_is_waited_for_and_loses_nothing(
    database: Database, local: MailboxSettings, maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(maildir, *mails(3))
    look(database, local)
    put(maildir, *mails(5))
    impatient(database.engine, monkeypatch)
    with database.writing() as other:
        if database.engine.dialect.name == "sqlite":
            other.connection()  # BEGIN IMMEDIATE
        else:
            other.execute(text("LOCK TABLE ledger IN ACCESS EXCLUSIVE MODE"))
        for _ in range(4):
            with pytest.raises(OperationalError):
                look(database, local)
    look(database, local)
    held(database, *mails(5))


def test_a_database_server_that_restarts_in_a_commit_loses_nothing(
    local: MailboxSettings, maildir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("PostgreSQL (postgresql)", binaries())
    put(maildir, *mails(3))
    with Postgres() as cluster:
        url = cluster.create_database()
        _prepare(url)
        database = Database(connect(url), Master(KEY), LocalFiles(tmp_path / "files"))
        commit = Session.commit
        for at in (4, 6):  # of the raw bytes, of the tips
            monkeypatch.setattr(Session, "commit", _restarting(commit, cluster, at))
            with pytest.raises(OperationalError):
                look(database, local)
            monkeypatch.setattr(Session, "commit", commit)
            put(maildir, *mails(3 + at))
        look(database, local)
        held(database, *mails(9))
        database.engine.dispose()


def _restarting(commit: Callable[[Session], None], cluster: Postgres, at: int) -> Callable[[Session], None]:
    commits = 0

    def restarted(session: Session) -> None:
        nonlocal commits
        commits += 1
        if commits == at:
            cluster.restart()
        commit(session)

    return restarted


def test_raw_bytes_are_durable_before_the_commit_that_files_them(
    database: Database, inbox: Inbox, tmp_path: Path
) -> None:
    """A kill leaves the page cache as it is; the order of what reaches the disk is seen by the kernel alone."""
    if database.engine.dialect.name != "sqlite":
        pytest.skip("the server's process writes there")
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    inbox.put(LARGE)
    trace = tmp_path / "trace"
    watched = [strace, "-f", "-y", "-e", "trace=fsync,fdatasync,rename", "-o", str(trace)]
    subprocess.run([*watched, *killed.command(database, inbox.settings)], check=True, timeout=120)
    order = _order(trace.read_text(), database.files.root)
    assert order.count("bytes") == order.count("name") == order.count("folder") == 1
    bytes_at, name_at, folder_at = (order.index(step) for step in ("bytes", "name", "folder"))
    assert bytes_at < name_at < folder_at
    assert "commit" not in order[bytes_at:folder_at]
    # Behind them: the raw bytes' row, the attempt at reading, the tip, the end of the finished prefix, the lease.
    assert order[folder_at:].count("commit") >= 4
    held(database, LARGE)


def _order(trace: str, files: Path) -> list[str]:
    steps = []
    for line in trace.splitlines():
        if re.search(r"f(data)?sync\(\d+<[^>]*\.part>", line):
            steps.append("bytes")
        elif "rename(" in line and ".part" in line:
            steps.append("name")
        elif re.search(rf"fsync\(\d+<{re.escape(str(files))}/[0-9a-f]{{2}}>", line):
            steps.append("folder")
        elif re.search(r"f(data)?sync\(\d+<[^>]*-wal>", line):
            steps.append("commit")
    return steps


def test_below_the_floor_small_mails_go_on_and_the_desk_and_the_log_name_the_disk(
    database: Database,
    local: MailboxSettings,
    maildir: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    put(maildir, mail("One"), LARGE, mail("Two"))
    monkeypatch.setattr(storage, "FREE_SPACE_FLOOR", 2**60)
    worker = Worker(worker_settings(maildir), database)
    for _ in range(4):
        job(worker, "mailbox tips").step()
        assert sorted(states(database)) == ["discovered", "filed", "filed"]
    assert job(worker, "mailbox tips").failures == 0
    assert "DiskFull: the disk is full" in caplog.text
    with database.reading() as session:
        assert [alarm.reason for alarm in alarms.alarms(session)] == ["disk"]
    monkeypatch.undo()
    job(worker, "mailbox tips").step()
    held(database, mail("One"), LARGE, mail("Two"))
    with database.reading() as session:
        assert alarms.alarms(session) == []


def test_a_stored_mail_whose_file_finds_no_room_waits_and_the_others_of_its_batch_are_filed(
    database: Database, local: MailboxSettings, maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(maildir, mail("One"), mail("FULL"), mail("Two"))
    real: Callable[..., intake.Filed] = intake.receive

    def full(session: Session, arrival: Arrival, **named: Any) -> intake.Filed:
        if "FULL" in arrival.text:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(session, arrival, **named)

    monkeypatch.setattr(intake, "receive", full)
    for _ in range(4):
        with pytest.raises(OSError, match="No space"):
            look(database, local)
        assert sorted(states(database)) == ["filed", "filed", "stored"]
    monkeypatch.undo()
    look(database, local)
    held(database, mail("One"), mail("FULL"), mail("Two"))
