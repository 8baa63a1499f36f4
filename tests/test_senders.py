"""What the settings say of senders, from the mailbox to the desk: whose word counts, and who our own people are."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlmodel import Session, col

from tests.core.making import make_tip
from tests.fixtures_db import Cast
from tipline import worker
from tipline.config import Newsroom, Settings, Smtp
from tipline.core import replies
from tipline.core.triage import forward_credit
from tipline.db import Database
from tipline.mail_settings import MailboxSettings
from tipline.models import Callout, Message, SenderCheck, Tip
from tipline.web import senders
from tipline.worker import Worker

MAIL = b"""Authentication-Results: mx.meridian.example; dmarc=%s header.from=%s
Received: from mail.example (mail.example [198.51.100.7]) by mx.meridian.example; Tue, 5 May 2020 10:00:00 +0800
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
        credited = [forward_credit.passed_on_by(session, tip) is not None for tip in tips]
    assert checks == [SenderCheck.CONFIRMED, SenderCheck.NOT_CONFIRMED, SenderCheck.CONFIRMED]
    assert credited == [True, False, False]
    assert ways == ["ann@reader.example", "someone@desk.example", "someone@elsewhere.example"]


@pytest.mark.parametrize(
    ("address", "plus"),
    [("Tips@Paper.org", True), ("tips@paper.org", True), ("tips+border@paper.ORG", True), ("alias@paper.org", False)],
)
def test_both_doors_agree_where_a_token_may_stand_behind_a_plus(
    app: Flask, session: Session, cast: Cast, address: str, plus: bool
) -> None:
    boxes = {
        "tips": MailboxSettings(kind="maildir", path=Path("/x"), address="tips@Paper.org"),  # type: ignore[call-arg]
        "other": MailboxSettings(kind="maildir", path=Path("/y"), address="alias@paper.org", plus_addresses=False),  # type: ignore[call-arg]
    }
    settings = Settings(mailbox=boxes, smtp=Smtp(host="smtp.paper.org", from_address=address))  # type: ignore[call-arg]
    callout = session.get_one(Callout, cast.borders)
    callout.mail_address = address
    tip = make_tip(session, cast.borders)
    auto_reply = worker.auto_reply_settings(settings, boxes["other"])
    assert auto_reply is not None and auto_reply.sender(callout).plus is plus
    app.extensions["tipline"] = type(app.extensions["tipline"])(settings, app.extensions["tipline"].database)
    with app.app_context():
        assert senders.of_tip(session, tip).plus is plus
