import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlmodel import Session

from tests.fixtures_db import Cast
from tests.mails import mail
from tests.servers import ports
from tests.servers.smtp import Smtp
from tipline.config import Settings
from tipline.core import intake, replies
from tipline.core.outbox import sending
from tipline.core.outgoing_mail import Sender
from tipline.db import Database, now
from tipline.errors import SendUnknown
from tipline.mail import outgoing, parse
from tipline.models import Mailbox, Outgoing, SendState, Tip
from tipline.worker import Job, Worker

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
        wait_until(lambda: tips(database) == 2)
        (maildir / "new" / "2.a.host").write_bytes(mail("A third story"))
        wait_until(lambda: tips(database) == 3)
        wait_until(lambda: state(database, outgoing_id)[0] is SendState.SENT)
    finally:
        worker.stop()
        thread.join(20)
    assert not thread.is_alive()
    assert delivery.recipients == ("mei@reader.example",)
    assert "May we call you?" in delivery.raw.decode()


def tips(database: Database) -> int:
    with database.reading() as session:
        return len(session.scalars(select(Tip)).all())


def wait_until(met: Callable[[], bool], seconds: float = 30) -> None:
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


def test_the_tidy_job_runs_and_rests(database: Database) -> None:
    tidy = job(Worker(settings(), database), "tidy")
    tidy.step()
    assert tidy.failures == 0
    assert tidy.due_at - time.monotonic() > 60


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
