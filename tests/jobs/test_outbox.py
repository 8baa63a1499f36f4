"""Mail on its way, with real servers on both sides: killed workers, broken lines, the Sent folder, acknowledgements."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update
from sqlmodel import Session, col

from tests import killed_sending
from tests.fixtures_db import Cast
from tests.mail.reports import report
from tests.mails import mail
from tests.servers import ports
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import Smtp
from tipline.config import Settings
from tipline.core import intake, outbox, replies
from tipline.core.outbox import sending, sent_copies
from tipline.core.outgoing_mail import Sender
from tipline.db import Database, now
from tipline.mail import outgoing, parse
from tipline.models import Callout, Mailbox, MailKind, Message, Outgoing, SendState, Tip
from tipline.worker import Job, Worker

OURS = "tips@meridian.example"
SENDER = Sender("The Meridian", OURS, plus=True)


@pytest.fixture
def user() -> str:
    return f"desk-{uuid4().hex[:8]}"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sent_copies, "PATIENCE", timedelta())
    monkeypatch.setattr(sent_copies, "LOOKS", (timedelta(), timedelta(), timedelta()))


def inbox(dovecot: Dovecot, user: str, **more: object) -> dict[str, Any]:
    return {
        "address": OURS,
        "callout": "borders",
        "host": dovecot.host,
        "port": dovecot.port,
        "security": "none",
        "user": user,
        "password": dovecot.password,
        "sent_folder": "Sent",
        **more,
    }


def given(smtp: int, box: dict[str, Any] | None = None, **limits: int) -> dict[str, Any]:
    """Settings as a file would give them."""
    return {
        "newsroom": {"name": "The Meridian"},
        "smtp": {"host": "127.0.0.1", "port": smtp, "security": "none"},
        "mailbox": {"tips": box} if box else {},
        "limits": limits,
    }


def worker(database: Database, smtp: int, box: dict[str, Any] | None = None, **limits: int) -> Worker:
    return Worker(Settings.model_validate(given(smtp, box, **limits)), database)


def job(worker: Worker, name: str) -> Job:
    return next(job for job in worker.jobs if job.name == name)


def reply(session: Session, cast: Cast, text: str = "Thank you. May we call you?") -> int:
    filed = intake.receive(session, parse.arrival(mail()))
    out = replies.queue(session, filed.tip_id, text, cast.alice, SENDER)
    session.commit()
    return out.id


def standing(database: Database, outgoing_id: int) -> Outgoing:
    with database.reading() as session:
        return session.get_one(Outgoing, outgoing_id)


def let_go(session: Session) -> None:
    """As if a minute had passed: what a killed worker held is free."""
    session.execute(update(Mailbox).values(lease_until=now() - timedelta(seconds=1)))
    session.commit()


def sent_folder(dovecot: Dovecot, user: str) -> dict[int, frozenset[str]]:
    return dovecot.flags(user, "Sent")


# Killed


def test_a_worker_that_is_killed_when_the_server_has_taken_the_mail_sends_it_no_second_time(
    database: Database, session: Session, cast: Cast, smtp: Smtp
) -> None:
    outgoing_id = reply(session, cast)
    assert killed_sending.run(database, given(smtp.port), "taken") == -9
    assert (len(smtp.deliveries), standing(database, outgoing_id).state) == (1, SendState.SENDING)
    let_go(session)
    again = job(worker(database, smtp.port), "outbox")
    again.step()
    again.step()
    assert (len(smtp.deliveries), standing(database, outgoing_id).state) == (1, SendState.UNKNOWN)


def test_a_worker_that_is_killed_before_it_spoke_to_anybody_leaves_it_to_a_person_too(
    database: Database, session: Session, cast: Cast, smtp: Smtp
) -> None:
    outgoing_id = reply(session, cast)
    assert killed_sending.run(database, given(smtp.port), "sending") == -9
    let_go(session)
    again = job(worker(database, smtp.port), "outbox")
    again.step()
    assert (smtp.deliveries, standing(database, outgoing_id).state) == ([], SendState.UNKNOWN)
    with database.writing() as writing:
        outbox.retry(writing, outgoing_id, cast.alice)
        writing.commit()
    again.step()
    assert (len(smtp.deliveries), standing(database, outgoing_id).state) == (1, SendState.SENT)


def test_a_copy_whose_maker_was_killed_is_made_no_second_time(
    database: Database, session: Session, cast: Cast, smtp: Smtp, dovecot: Dovecot, user: str
) -> None:
    dovecot.append(user, mail("An older one"), folder="Sent")
    outgoing_id = reply(session, cast)
    settings = given(smtp.port, inbox(dovecot, user))
    assert killed_sending.run(database, settings, "copied") == -9
    assert (len(sent_folder(dovecot, user)), standing(database, outgoing_id).copy_to) == (2, "tips")
    let_go(session)
    again = job(Worker(Settings.model_validate(settings), database), "copies")
    again.step()
    again.step()
    assert again.failures == 0
    assert (len(sent_folder(dovecot, user)), standing(database, outgoing_id).copy_to) == (2, "")


# Damaged


@pytest.mark.parametrize("column", ["recipient", "content"])
def test_one_that_does_not_open_has_failed_and_those_behind_it_leave(
    database: Database, session: Session, cast: Cast, smtp: Smtp, column: str
) -> None:
    damaged, whole = reply(session, cast), reply(session, cast)
    session.execute(update(Outgoing).where(col(Outgoing.id) == damaged).values({column: b"\1damaged"}))
    session.commit()
    job(worker(database, smtp.port), "outbox").step()
    row = standing(database, damaged)
    assert (row.state, row.reason, row.attempts) == (SendState.FAILED, sending.DAMAGED, 0)
    assert (len(smtp.deliveries), standing(database, whole).state) == (1, SendState.SENT)
    with database.reading() as after:
        assert [out.id for out in outbox.troubled(after, cast.alice)] == [damaged]


# The Sent folder


def test_a_reply_that_left_lies_in_the_sent_folder_read_and_dated_and_nothing_else_changed(
    database: Database, session: Session, cast: Cast, smtp: Smtp, dovecot: Dovecot, user: str
) -> None:
    dovecot.append(user, mail("An older one"), folder="Sent")
    dovecot.append(user, mail("Somebody's story"))
    before = dovecot.state(user)
    outgoing_id = reply(session, cast)
    ours = worker(database, smtp.port, inbox(dovecot, user))
    for name in ("copies", "outbox", "copies", "copies"):
        job(ours, name).step()
    with dovecot.client(user) as person:
        person.select_folder("Sent", readonly=True)
        copied = person.fetch([2], ["FLAGS", "INTERNALDATE", "BODY[]"])[2]
        assert len(person.search("ALL")) == 2
    assert copied[b"BODY[]"] == smtp.deliveries[0].raw
    assert b"\\Seen" in copied[b"FLAGS"]
    left = standing(database, outgoing_id)
    assert isinstance(copied[b"INTERNALDATE"], datetime)
    assert abs(copied[b"INTERNALDATE"] - left.not_before) < timedelta(seconds=2)
    assert (left.state, left.copy_to) == (SendState.SENT, "")
    assert dovecot.state(user) == before


def test_one_that_is_damaged_since_it_left_costs_the_others_no_copy(
    database: Database, session: Session, cast: Cast, smtp: Smtp, dovecot: Dovecot, user: str
) -> None:
    dovecot.append(user, mail("An older one"), folder="Sent")
    damaged, whole = reply(session, cast), reply(session, cast)
    ours = worker(database, smtp.port, inbox(dovecot, user))
    job(ours, "outbox").step()
    session.execute(update(Outgoing).where(col(Outgoing.id) == damaged).values(content=b"\1damaged"))
    session.commit()
    job(ours, "copies").step()
    assert (len(sent_folder(dovecot, user)), standing(database, whole).copy_to) == (2, "")
    assert standing(database, damaged).copy_attempts == 1


@pytest.mark.parametrize("there", [True, False])
def test_a_reply_of_which_nobody_knows_is_looked_for_in_the_sent_folder(
    database: Database, session: Session, cast: Cast, dovecot: Dovecot, user: str, there: bool
) -> None:
    """Some servers put a copy there by themselves of all that they take."""
    dovecot.append(user, mail("An older one"), folder="Sent")
    outgoing_id = reply(session, cast)
    with _silent_after_the_dot() as (port, heard):
        job(worker(database, port, inbox(dovecot, user)), "outbox").step()
    assert standing(database, outgoing_id).state is SendState.UNKNOWN
    if there:
        dovecot.append(user, heard[0], folder="Sent")
    looking = job(worker(database, port, inbox(dovecot, user)), "copies")
    for _ in range(5):
        looking.step()
    assert standing(database, outgoing_id).state is (SendState.SENT if there else SendState.UNKNOWN)
    assert len(sent_folder(dovecot, user)) == (2 if there else 1), "nothing is put there while nobody knows"


def test_a_sent_folder_that_is_not_there_is_not_made_and_after_a_few_times_the_desk_says_so(
    database: Database, session: Session, cast: Cast, smtp: Smtp, dovecot: Dovecot, user: str
) -> None:
    outgoing_id = reply(session, cast)
    ours = worker(database, smtp.port, inbox(dovecot, user))
    job(ours, "outbox").step()
    copying = job(ours, "copies")
    for _ in range(sent_copies.REFUSALS):
        copying.step()
    assert copying.failures == sent_copies.REFUSALS
    copying.step()
    assert copying.failures == 0, "it is given up"
    assert standing(database, outgoing_id).state is SendState.SENT
    with database.reading() as reading:
        assert sent_copies.refusals(reading) == 1
    with dovecot.client(user) as person:
        assert not person.folder_exists("Sent")


def test_a_mail_server_that_is_away_costs_no_copy(
    database: Database, session: Session, cast: Cast, smtp: Smtp, dovecot: Dovecot, user: str
) -> None:
    dovecot.append(user, mail("An older one"), folder="Sent")
    outgoing_id = reply(session, cast)
    away = worker(database, smtp.port, inbox(dovecot, user, port=ports.free()))
    job(away, "outbox").step()
    for _ in range(8):
        job(away, "copies").step()
    assert standing(database, outgoing_id).copy_attempts == 0
    job(worker(database, smtp.port, inbox(dovecot, user)), "copies").step()
    assert len(sent_folder(dovecot, user)) == 2


def test_without_a_sent_folder_nothing_is_ever_copied(
    database: Database, session: Session, cast: Cast, smtp: Smtp, dovecot: Dovecot, user: str
) -> None:
    outgoing_id = reply(session, cast)
    ours = worker(database, smtp.port, inbox(dovecot, user, sent_folder=""))
    job(ours, "outbox").step()
    assert "copies" not in [job.name for job in ours.jobs]
    assert standing(database, outgoing_id).copy_to == ""


# Broken lines


def test_a_server_that_falls_silent_after_the_final_dot_may_have_it(
    database: Database, session: Session, cast: Cast
) -> None:
    outgoing_id = reply(session, cast)
    with _silent_after_the_dot() as (port, heard):
        sending = job(worker(database, port), "outbox")
        sending.step()
        sending.step()
    assert (standing(database, outgoing_id).state, len(heard)) == (SendState.UNKNOWN, 1)


@contextmanager
def _silent_after_the_dot() -> Iterator[tuple[int, list[bytes]]]:
    """A server that takes a whole mail and never says so; what it took."""
    heard: list[bytes] = []
    over, patience = threading.Event(), outgoing.TAKEN_SECONDS
    outgoing.TAKEN_SECONDS = 0.5
    with socket.create_server((ports.LOOPBACK, 0)) as listener:
        listener.settimeout(20)
        server = threading.Thread(target=_serve, args=(listener, over, heard))
        server.start()
        try:
            yield listener.getsockname()[1], heard
        finally:
            over.set()
            server.join(10)
            outgoing.TAKEN_SECONDS = patience


def _serve(listener: socket.socket, over: threading.Event, heard: list[bytes]) -> None:
    connection, _ = listener.accept()
    content, in_data = b"", False
    with connection:
        connection.sendall(b"220 here\r\n")
        while got := connection.recv(65536):
            if in_data:
                content += got
                if content.endswith(b"\r\n.\r\n"):
                    heard.append(content.removesuffix(b".\r\n"))
                    over.wait(10)
                    return
            elif got.startswith(b"DATA"):
                in_data = True
                connection.sendall(b"354 go on\r\n")
            else:
                connection.sendall(b"250 fine\r\n")


# Both ways


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for name in ("tmp", "new", "cur"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    return tmp_path / "mail"


def deliver(folder: Path, raw: bytes) -> None:
    (folder / "new" / f"{uuid4().hex}.host").write_bytes(raw)


def fresh(sender: str = "Mei <mei@reader.example>", **headers: str) -> bytes:
    raw = mail(sender=sender, message_id=f"<{uuid4().hex}@reader.example>", **headers)
    return raw.replace(b"Tue, 03 Aug 2021 09:15:00 +0800", format_datetime(now()).encode())


@pytest.fixture
def answering(database: Database, session: Session, cast: Cast, smtp: Smtp, maildir: Path) -> Worker:
    """A worker whose callout answers mail; its mailbox was connected an hour ago, with an old mail in it."""
    session.execute(update(Callout).where(col(Callout.id) == cast.borders).values(acknowledge=True))
    session.commit()
    deliver(maildir, fresh("Old <old@reader.example>"))
    box = {"kind": "maildir", "path": str(maildir), "address": OURS, "callout": "borders"}
    ours = worker(database, smtp.port, box)
    step(ours)
    session.execute(update(Mailbox).values(created_at=now() - timedelta(hours=1)))
    session.commit()
    return ours


def step(ours: Worker) -> None:
    for name in ("mailbox tips", "outbox"):
        one = job(ours, name)
        one.step()
        assert one.failures == 0


def test_who_writes_is_answered_once_with_a_null_return_path_and_who_wrote_long_ago_is_not(
    database: Database, answering: Worker, smtp: Smtp, maildir: Path
) -> None:
    assert smtp.deliveries == [], "what lay in the mailbox when it was connected is no news"
    deliver(maildir, fresh())
    deliver(maildir, fresh())
    deliver(maildir, mail(sender="Wei <wei@reader.example>"))  # of 2021
    step(answering)
    step(answering)
    (delivery,) = smtp.deliveries
    assert (delivery.sender, delivery.recipients) == ("<>", ("mei@reader.example",))
    assert delivery.message["Auto-Submitted"] == "auto-replied"
    with database.reading() as reading:
        assert len(reading.scalars(select(Tip)).all()) == 4
        (out,) = reading.scalars(select(Outgoing))
        assert (out.kind, out.state, out.copy_to) == (MailKind.ACKNOWLEDGEMENT, SendState.SENT, "")


def test_an_answer_to_the_acknowledgement_joins_the_story(
    database: Database, answering: Worker, smtp: Smtp, maildir: Path
) -> None:
    deliver(maildir, fresh())
    step(answering)
    (delivery,) = smtp.deliveries
    deliver(maildir, fresh(to=delivery.message["Reply-To"], In_Reply_To=delivery.message["Message-ID"]))
    step(answering)
    with database.reading() as reading:
        assert len(reading.scalars(select(Tip)).all()) == 2, "the old one and this"
        assert len(smtp.deliveries) == 1


def test_two_programs_that_answer_each_other_end_after_one_mail(
    answering: Worker, smtp: Smtp, maildir: Path, database: Database
) -> None:
    """The other side answers whatever comes, without a word of being a machine."""
    deliver(maildir, fresh())
    for _ in range(5):
        seen = len(smtp.deliveries)
        step(answering)
        for delivery in smtp.deliveries[seen:]:
            deliver(maildir, fresh(to=str(delivery.message["From"]), subject=f"Re: {delivery.message['Subject']}"))
    assert len(smtp.deliveries) == 1
    with database.reading() as reading:
        assert len(reading.scalars(select(Tip)).all()) == 3


def test_a_report_that_comes_into_the_mailbox_reaches_its_reply(
    database: Database, session: Session, cast: Cast, answering: Worker, smtp: Smtp, maildir: Path
) -> None:
    outgoing_id = reply(session, cast)
    step(answering)
    (delivery,) = smtp.deliveries
    deliver(maildir, report("failed", "5.1.1", to=delivery.sender, message_id="hidden@x"))
    step(answering)
    out = standing(database, outgoing_id)
    assert (out.state, out.bounce_status) == (SendState.BOUNCED, "5.1.1")
    with database.reading() as reading:
        message = reading.get_one(Message, out.bounced_by or 0)
        assert message.tip_id == out.tip_id and message.ledger_id is not None
    assert len(smtp.deliveries) == 1
