"""The worker at its mailboxes: unreachable, refused, silent or slow, and well again."""

import logging
import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from tests.mails import mail
from tests.servers import ports
from tests.servers.cutting import Cutting
from tests.servers.dovecot import Dovecot
from tests.servers.scripted import Scripted
from tests.test_worker import job, settings, tips, wait_until
from tipline.core import intake
from tipline.core.mailboxes import alarms, ledger
from tipline.db import Database
from tipline.errors import MailboxUnreachable
from tipline.jobs.idle import Watch
from tipline.mail_settings import MailboxSettings
from tipline.worker import MAX_PAUSE_SECONDS, REFUSED_PAUSE, UNTOLD_SECONDS, Job, Worker


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for name in ("tmp", "new", "cur"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    return tmp_path / "mail"


@contextmanager
def running(worker: Worker) -> Iterator[None]:
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join(20)
    assert not thread.is_alive()


def test_an_unreachable_mailbox_is_shown_with_its_reason_and_tried_later_and_later(database: Database) -> None:
    nobody = {"host": "127.0.0.1", "port": ports.free(), "security": "none", "user": "u", "password": "p@ss"}
    mailbox = job(Worker(settings(tips=nobody), database), "mailbox tips")
    pauses = []
    for _ in range(12):
        mailbox.step()
        pauses.append(mailbox.due_at - time.monotonic())
    assert pauses[0] < 60
    assert all(pause <= MAX_PAUSE_SECONDS for pause in pauses)
    assert min(pauses[5:]) >= MAX_PAUSE_SECONDS / 2 - 1
    assert _error(database) == "connect"


def test_a_mailbox_that_answers_again_is_well(database: Database, maildir: Path) -> None:
    mailbox = job(Worker(settings(maildir), database), "mailbox tips")
    (maildir / "cur").rmdir()
    mailbox.step()
    assert _error(database) == "folder"
    (maildir / "cur").mkdir()
    mailbox.step()
    assert (_error(database), mailbox.failures) == ("", 0)


def test_after_three_refused_logins_there_is_one_try_an_hour() -> None:
    def refused() -> bool:
        raise MailboxUnreachable("login")

    mailbox = Job("mailbox tips", 60, refused)
    pauses = []
    for _ in range(4):
        mailbox.step()
        pauses.append(round(mailbox.due_at - time.monotonic()))
    assert max(pauses[:2]) <= 120
    assert pauses[2:] == [REFUSED_PAUSE, REFUSED_PAUSE]


def test_a_fault_of_ours_in_one_mailbox_leaves_the_others_working(
    database: Database, maildir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (maildir / "new" / "1.a.host").write_bytes(mail())
    nobody: dict[str, object] = {"host": "127.0.0.1", "port": 1, "security": "none", "user": "u", "password": "p@ss"}
    worker = Worker(settings(maildir, other=nobody), database)
    with caplog.at_level(logging.DEBUG):
        for each in worker.jobs:
            each.step()
    assert tips(database) == 1
    for secret in ("p@ss", "mei@reader.example", "Mei", "Stranded", "nine days"):
        assert secret not in caplog.text


def test_nothing_of_a_mail_is_logged_when_filing_it_fails(
    database: Database, maildir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def trip(*given: object, **named: object) -> None:
        raise ValueError("Mei Lin <mei@reader.example> waits at the border")

    monkeypatch.setattr(intake, "receive", trip)
    (maildir / "new" / "1.a.host").write_bytes(mail())
    with caplog.at_level(logging.INFO):
        job(Worker(settings(maildir), database), "mailbox tips").step()
    assert "ValueError" in caplog.text
    assert "mei" not in caplog.text.lower()


def _error(database: Database) -> str:
    with database.reading() as session:
        return ledger.account(session)[0].error


def test_a_wrong_password_is_an_alarm_at_the_first_refusal_that_says_so(database: Database, dovecot: Dovecot) -> None:
    wrong = {"host": dovecot.host, "port": dovecot.port, "security": "none", "user": "mei", "password": "p@ss"}
    job(Worker(settings(tips=wrong), database), "mailbox tips").step()
    assert _error(database) == "login"
    with database.reading() as session:
        assert [alarm.reason for alarm in alarms.alarms(session)] == ["login"]


def test_a_password_that_never_worked_is_an_alarm_at_the_first_refusal(database: Database) -> None:
    with Scripted(LOGIN="NO no") as server:
        job(Worker(settings(tips=_box(server)), database), "mailbox tips").step()
    assert _error(database) == "login"


def test_a_refusal_that_does_not_say_why_of_a_password_that_worked_is_an_alarm_at_the_third(
    database: Database,
) -> None:
    with Scripted() as server:
        mailbox = job(Worker(settings(tips=_box(server)), database), "mailbox tips")
        mailbox.step()
        assert mailbox.failures == 0
        server.answer("LOGIN", "NO no")
        said = []
        for _ in range(3):
            mailbox.step()
            said.append(_error(database))
    assert said == ["", "", "login"]


def _box(server: Scripted, user: str = "u") -> dict[str, object]:
    return {"host": "127.0.0.1", "port": server.port, "security": "none", "user": user, "password": "p"}


@pytest.mark.parametrize("user", ["u", "ü"], ids=["LOGIN", "AUTHENTICATE"])
@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("AUTHENTICATIONFAILED", "login"),
        ("EXPIRED", "expired"),
        ("AUTHORIZATIONFAILED", "not_allowed"),
        ("PRIVACYREQUIRED", "privacy"),
        ("CONTACTADMIN", "admin"),
    ],
)
def test_a_refusal_that_names_its_cause_is_an_alarm_at_once(
    database: Database, code: str, reason: str, user: str
) -> None:
    said = f"NO [{code}] no"
    with Scripted(LOGIN=said, AUTHENTICATE=said) as server:
        job(Worker(settings(tips=_box(server, user)), database), "mailbox tips").step()
    assert _error(database) == reason
    with database.reading() as session:
        assert [alarm.reason for alarm in alarms.alarms(session)] == [reason]


@pytest.mark.parametrize("step", ["LOGIN", "EXAMINE"])
@pytest.mark.parametrize("code", ["UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG"])
def test_a_server_that_is_busy_is_tried_again_soon_and_is_no_matter_of_a_password(
    database: Database, code: str, step: str
) -> None:
    with Scripted(**{step: f"NO [{code}] later"}) as server:
        mailbox = job(Worker(settings(tips=_box(server)), database), "mailbox tips")
        for _ in range(5):
            mailbox.step()
            assert mailbox.due_at - time.monotonic() <= UNTOLD_SECONDS
        assert _error(database) == "busy"
        with database.reading() as session:
            assert alarms.alarms(session) == []


def test_new_mail_is_on_the_desk_within_seconds_where_the_server_has_idle(database: Database, dovecot: Dovecot) -> None:
    user = f"reader-{uuid4().hex[:8]}"
    box = {
        "host": dovecot.host, "port": dovecot.tls_port, "ca_file": dovecot.cert, "user": user, "password": "secret",
        "poll_seconds": 3600,
    }  # fmt: skip
    worker = Worker(settings(tips=box), database)
    with running(worker):
        wait_until(lambda: worker.watches[0].idling)
        time.sleep(1)
        dovecot.append(user, mail("One"))
        wait_until(lambda: tips(database) == 1, 10)
        dovecot.append(user, mail("Two"))
        wait_until(lambda: tips(database) == 2, 10)
        assert job(worker, "mailbox tips").at_most() == math.inf


def test_where_the_server_has_no_idle_it_is_looked_at_each_minute(database: Database) -> None:
    with Scripted(raw=mail()) as server:
        box = {"host": "127.0.0.1", "port": server.port, "security": "none", "user": "u", "password": "p"}
        worker = Worker(settings(tips=box), database)
        with running(worker):
            wait_until(lambda: tips(database) == 1)
            wait_until(lambda: server.connections >= 2)
            mailbox = job(worker, "mailbox tips")
            assert mailbox.every == 300
            wait_until(lambda: 50 < mailbox.due_at - time.monotonic() <= UNTOLD_SECONDS)


def test_a_server_that_idles_in_silence_loses_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with Scripted(raw=mail(), capabilities="IMAP4rev1 IDLE", SEARCH="* SEARCH") as server:
        box = {
            "host": "127.0.0.1", "port": server.port, "security": "none", "user": "u", "password": "p",
            "poll_seconds": 0.5,
        }  # fmt: skip
        with running(Worker(settings(tips=box), database)):
            wait_until(lambda: server.idling == 1)
            server.answer("SEARCH", "* SEARCH 5")
            wait_until(lambda: tips(database) == 1, 10)
        assert server.only_read


def test_a_watch_whose_line_breaks_comes_back_after_a_look_that_went_well() -> None:
    woken: list[int] = []
    with Scripted(capabilities="IMAP4rev1 IDLE") as server, Cutting(server.port) as proxy:
        box = {"host": "127.0.0.1", "port": proxy.port, "security": "none", "user": "u", "password": "p"}
        watch = Watch("tips", MailboxSettings.model_validate(box), lambda: woken.append(1))
        watch.start()
        try:
            time.sleep(0.3)
            assert proxy.connections == 0, "not before a look went well"
            watch.well()
            wait_until(lambda: server.idling == 1)
            proxy.cut_after = 0
            server.tell("* 2 EXISTS")
            wait_until(lambda: not watch.idling)
            watch.well()
            wait_until(lambda: watch.idling and server.idling == 1)
            server.tell("* 3 EXISTS")
            wait_until(lambda: len(woken) >= 3)
        finally:
            watch.stop()
