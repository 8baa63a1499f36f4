import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select, update
from sqlmodel import Session

from tests.fixtures_db import Cast
from tests.mails import mail
from tests.servers import ports
from tests.servers.cutting import Cutting
from tests.servers.dovecot import Dovecot
from tests.servers.scripted import Scripted
from tests.servers.smtp import Smtp
from tipline.config import Settings
from tipline.core import intake, ledger, replies, sending
from tipline.core.letters import Sender
from tipline.db import Database, now
from tipline.errors import MailboxUnreachable, SendUnknown
from tipline.mail import outgoing, parse
from tipline.mail_settings import MailboxSettings
from tipline.models import Mailbox, Outgoing, SendState, Tip
from tipline.watch import Watch
from tipline.worker import LONGEST_PAUSE, REFUSED_PAUSE, UNTOLD_SECONDS, Job, Worker

SENDER = Sender(newsroom="The Meridian", address="tips@meridian.example")


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for name in ("tmp", "new", "cur"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    return tmp_path / "mail"


def settings(maildir: Path | None = None, smtp: int = 0, **mailboxes: dict[str, object]) -> Settings:
    if maildir is not None:
        mailboxes["tips"] = {"kind": "maildir", "path": maildir, "poll_seconds": 0.2}
    return Settings.model_validate(
        {
            "mailbox": mailboxes,
            "smtp": {"host": "127.0.0.1", "port": smtp, "security": "none"} if smtp else {},
        }
    )


def job(worker: Worker, name: str) -> Job:
    return next(job for job in worker.jobs if job.name == name)


def reply(session: Session, cast: Cast, text: str = "Thank you. May we call you?") -> int:
    """A reply that waits in the outbox."""
    filed = intake.receive(session, parse.arrival(mail()))
    out = replies.queue(session, filed.tip_id, text, cast.alice, SENDER)
    session.commit()
    return out.id


def state(database: Database, outgoing_id: int) -> tuple[SendState, str]:
    with database.reading() as session:
        out = session.get_one(Outgoing, outgoing_id)
        return out.state, out.reason


def test_a_running_worker_picks_up_mail_sends_replies_and_stops_when_told(
    database: Database, session: Session, cast: Cast, maildir: Path, smtp: Smtp
) -> None:
    outgoing_id = reply(session, cast)
    (maildir / "new" / "1.a.host").write_bytes(mail("Another story"))
    worker = Worker(settings(maildir, smtp.port), database)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        (delivery,) = smtp.wait()
        _wait(lambda: _tips(database) == 2)
        (maildir / "new" / "2.a.host").write_bytes(mail("A third story"))
        _wait(lambda: _tips(database) == 3)
        _wait(lambda: state(database, outgoing_id)[0] is SendState.SENT)
    finally:
        worker.stop()
        thread.join(20)
    assert not thread.is_alive()
    assert delivery.recipients == ("mei@reader.example",)
    assert "May we call you?" in delivery.raw.decode()


def _tips(database: Database) -> int:
    with database.reading() as session:
        return len(session.scalars(select(Tip)).all())


def _wait(met: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_reply_is_sent_once(database: Database, session: Session, cast: Cast, smtp: Smtp) -> None:
    outgoing_id = reply(session, cast)
    outbox = job(Worker(settings(smtp=smtp.port), database), "outbox")
    for _ in range(3):
        outbox.step()
    assert len(smtp.deliveries) == 1
    assert state(database, outgoing_id) == (SendState.SENT, "")


def test_sending_is_committed_before_the_server_hears_of_it(
    database: Database, session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    outgoing_id = reply(session, cast)
    seen = []
    monkeypatch.setattr(outgoing, "send", lambda *_, **__: seen.append(state(database, outgoing_id)[0]))
    job(Worker(settings(smtp=25), database), "outbox").step()
    assert seen == [SendState.SENDING]


def test_a_refused_reader_fails_the_reply_with_its_reason_and_the_next_one_leaves(
    database: Database, session: Session, cast: Cast, smtp: Smtp
) -> None:
    refused = reply(session, cast)
    outbox = job(Worker(settings(smtp=smtp.port), database), "outbox")
    with smtp.refusing(550):
        outbox.step()
    fine = reply(session, cast, "A second answer")
    outbox.step()
    assert state(database, refused) == (SendState.FAILED, "recipient_refused")
    assert state(database, fine) == (SendState.SENT, "")


def test_a_server_that_says_later_gets_the_reply_later(
    database: Database, session: Session, cast: Cast, smtp: Smtp
) -> None:
    outgoing_id = reply(session, cast)
    outbox = job(Worker(settings(smtp=smtp.port), database), "outbox")
    with smtp.refusing(451):
        outbox.step()
    assert state(database, outgoing_id) == (SendState.QUEUED, "temporary")
    outbox.step()
    assert smtp.deliveries == []
    session.execute(update(Outgoing).values(not_before=now()))
    session.commit()
    outbox.step()
    assert state(database, outgoing_id) == (SendState.SENT, "")


def test_a_server_that_is_down_keeps_the_outbox_waiting(database: Database, session: Session, cast: Cast) -> None:
    outgoing_id = reply(session, cast)
    outbox = job(Worker(settings(smtp=ports.free()), database), "outbox")
    outbox.step()
    assert outbox.failures == 1
    assert state(database, outgoing_id) == (SendState.QUEUED, "connect")


def test_a_line_that_broke_after_the_hand_over_is_for_a_person_to_decide(
    database: Database, session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    outgoing_id = reply(session, cast)
    sent = []

    def cut(*given: object, **named: object) -> None:
        sent.append(given)
        raise SendUnknown("cut")

    monkeypatch.setattr(outgoing, "send", cut)
    outbox = job(Worker(settings(smtp=25), database), "outbox")
    outbox.step()
    outbox.step()
    assert state(database, outgoing_id)[0] is SendState.UNKNOWN
    assert len(sent) == 1


def test_what_was_being_sent_when_a_worker_died_is_unknown_and_not_sent_again(
    database: Database, session: Session, cast: Cast, smtp: Smtp
) -> None:
    outgoing_id = reply(session, cast)
    assert sending.mark_sending(session, outgoing_id)
    session.commit()
    worker = Worker(settings(smtp=smtp.port), database)
    worker.stop()
    worker.run()
    job(worker, "outbox").step()
    assert state(database, outgoing_id)[0] is SendState.UNKNOWN
    assert smtp.deliveries == []


def test_an_outcome_that_could_not_be_committed_is_committed_before_the_next_mail(
    database: Database, session: Session, cast: Cast, smtp: Smtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    outgoing_id = reply(session, cast)
    outbox = job(Worker(settings(smtp=smtp.port), database), "outbox")
    real = sending.mark_sent

    def locked(session: Session, outgoing_id: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(sending, "mark_sent", locked)
    outbox.step()
    assert (outbox.failures, state(database, outgoing_id)[0]) == (1, SendState.SENDING)
    monkeypatch.setattr(sending, "mark_sent", real)
    outbox.step()
    assert state(database, outgoing_id)[0] is SendState.SENT
    assert len(smtp.deliveries) == 1


def test_an_unreachable_mailbox_is_shown_with_its_reason_and_tried_later_and_later(database: Database) -> None:
    nobody = {"host": "127.0.0.1", "port": ports.free(), "security": "none", "user": "u", "password": "p@ss"}
    mailbox = job(Worker(settings(tips=nobody), database), "mailbox tips")
    pauses = []
    for _ in range(12):
        mailbox.step()
        pauses.append(mailbox.due_at - time.monotonic())
    assert pauses[0] < 60
    assert all(pause <= LONGEST_PAUSE for pause in pauses)
    assert min(pauses[5:]) >= LONGEST_PAUSE / 2 - 1
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
    assert _tips(database) == 1
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


def test_the_tidy_job_runs_and_rests(database: Database) -> None:
    tidy = job(Worker(settings(), database), "tidy")
    tidy.step()
    assert tidy.failures == 0
    assert tidy.due_at - time.monotonic() > 60


def test_the_third_refused_login_is_an_alarm_and_not_the_first(database: Database, dovecot: Dovecot) -> None:
    wrong = {"host": dovecot.host, "port": dovecot.port, "security": "none", "user": "mei", "password": "p@ss"}
    mailbox = job(Worker(settings(tips=wrong), database), "mailbox tips")
    said = []
    for _ in range(3):
        mailbox.step()
        said.append(_error(database))
    assert said == ["", "", "login"]


def test_new_mail_is_on_the_desk_within_seconds_where_the_server_has_idle(database: Database, dovecot: Dovecot) -> None:
    user = f"reader-{uuid4().hex[:8]}"
    box = {
        "host": dovecot.host, "port": dovecot.tls_port, "ca_file": dovecot.cert, "user": user, "password": "secret",
        "poll_seconds": 3600,
    }  # fmt: skip
    worker = Worker(settings(tips=box), database)
    with _running(worker):
        _wait(lambda: worker.watches[0].idling)
        time.sleep(1)
        dovecot.append(user, mail("One"))
        _wait(lambda: _tips(database) == 1, 10)
        dovecot.append(user, mail("Two"))
        _wait(lambda: _tips(database) == 2, 10)
        assert job(worker, "mailbox tips").at_most() == math.inf


def test_where_the_server_has_no_idle_it_is_looked_at_each_minute(database: Database) -> None:
    with Scripted(raw=mail()) as server:
        box = {"host": "127.0.0.1", "port": server.port, "security": "none", "user": "u", "password": "p"}
        worker = Worker(settings(tips=box), database)
        with _running(worker):
            _wait(lambda: _tips(database) == 1)
            _wait(lambda: server.connections >= 2)
            mailbox = job(worker, "mailbox tips")
            assert mailbox.every == 300
            _wait(lambda: 50 < mailbox.due_at - time.monotonic() <= UNTOLD_SECONDS)


def test_a_server_that_idles_in_silence_loses_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with Scripted(raw=mail(), capabilities="IMAP4rev1 IDLE", SEARCH="* SEARCH") as server:
        box = {
            "host": "127.0.0.1", "port": server.port, "security": "none", "user": "u", "password": "p",
            "poll_seconds": 0.5,
        }  # fmt: skip
        with _running(Worker(settings(tips=box), database)):
            _wait(lambda: server.idling == 1)
            server.answer("SEARCH", "* SEARCH 5")
            _wait(lambda: _tips(database) == 1, 10)
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
            _wait(lambda: server.idling == 1)
            proxy.cut_after = 0
            server.tell("* 2 EXISTS")
            _wait(lambda: not watch.idling)
            watch.well()
            _wait(lambda: watch.idling and server.idling == 1)
            server.tell("* 3 EXISTS")
            _wait(lambda: len(woken) >= 3)
        finally:
            watch.stop()


@contextmanager
def _running(worker: Worker) -> Iterator[None]:
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join(20)
    assert not thread.is_alive()


def test_of_two_workers_one_sends_and_neither_takes_the_others_mail_for_lost(
    database: Database, session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    outgoing_id = reply(session, cast)
    first, second = (job(Worker(settings(smtp=25), database), "outbox") for _ in range(2))
    sent, seen = [], []

    def send(*given: object, **named: object) -> None:
        sent.append(1)
        second.step()
        seen.append((state(database, outgoing_id)[0], second.failures, second.due_at > time.monotonic()))

    monkeypatch.setattr(outgoing, "send", send)
    first.step()
    assert sent == [1]
    assert seen == [(SendState.SENDING, 0, True)]
    assert state(database, outgoing_id)[0] is SendState.SENT
    second.step()
    assert sent == [1]


def test_a_sender_that_slept_through_its_lease_does_not_send_when_it_wakes(
    database: Database, session: Session, cast: Cast, smtp: Smtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    outgoing_id = reply(session, cast)
    first, second = (job(Worker(settings(smtp=smtp.port), database), "outbox") for _ in range(2))
    real, slept = sending.due, []

    def asleep(session: Session, limit: int = 20) -> list[int]:
        due = real(session, limit)
        if limit > 1 and not slept:
            slept.append(1)
            session.rollback()
            with database.writing() as other:
                other.execute(update(Mailbox).values(lease_until=now() - timedelta(seconds=1)))
                other.commit()
            second.step()
        return due

    monkeypatch.setattr(sending, "due", asleep)
    first.step()
    assert (len(smtp.deliveries), state(database, outgoing_id)[0]) == (1, SendState.SENT)
    assert first.failures == 0
