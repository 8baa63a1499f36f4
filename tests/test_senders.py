"""What the settings say of senders, from the mailbox to the desk: whose word counts, and who our own people are."""

from pathlib import Path

from sqlalchemy import select
from sqlmodel import col

from tests.fixtures_db import Cast
from tipline.config import Newsroom, Settings
from tipline.core import credit, replies
from tipline.db import Database
from tipline.mail_settings import MailboxSettings
from tipline.models import Message, SenderCheck, Tip
from tipline.worker import Worker

MAIL = b"""Authentication-Results: mx.meridian.example; dmarc=%s header.from=%s
From: Someone <someone@%s>
To: borders@meridian.example
Subject: Fwd: Waiting
Message-ID: <%s@mail.example>

---------- Forwarded message ---------
From: Ann Lee <ann@reader.example>
Date: Mon, May 4, 2020 at 9:00 AM
Subject: Waiting
To: Someone <someone@mail.example>

We wait at the border.
"""


def test_the_worker_reads_with_the_settings_words(database: Database, cast: Cast, tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    for name in ("tmp", "new", "cur"):
        (folder / name).mkdir(parents=True)
    cases = ((b"pass", b"desk.example"), (b"fail", b"desk.example"), (b"pass", b"elsewhere.example"))
    for number, (result, domain) in enumerate(cases):
        (folder / "new" / f"{number}.a.host").write_bytes(MAIL % (result, domain, domain, str(number).encode()))
    box = MailboxSettings(kind="maildir", path=folder, authserv_ids=["mx.meridian.example"])  # type: ignore[call-arg]
    settings = Settings(newsroom=Newsroom(own_domains=["desk.example"]), mailbox={"tips": box})  # type: ignore[call-arg]
    job = next(job for job in Worker(settings, database).jobs if job.name == "mailbox tips")
    job.step()
    with database.reading() as session:
        tips = session.scalars(select(Tip).order_by(col(Tip.id))).all()
        checks = session.scalars(select(col(Message.sender_check)).order_by(col(Message.id))).all()
        ways = [replies.way(session, tip).address for tip in tips]
        credited = [credit.passed_on_by(session, tip) is not None for tip in tips]
    assert checks == [SenderCheck.CONFIRMED, SenderCheck.NOT_CONFIRMED, SenderCheck.CONFIRMED]
    assert credited == [True, False, False]
    assert ways == ["ann@reader.example", "someone@desk.example", "someone@elsewhere.example"]
