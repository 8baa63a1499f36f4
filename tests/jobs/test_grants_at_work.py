"""A worker whose mailbox signs in with a grant: at the real Dovecot, with a token server that takes consent back."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlmodel import Session

from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tests.mails import mail, mails
from tests.servers.dovecot import Dovecot
from tests.servers.oauth import CLIENT, TokenServer
from tests.servers.smtp import BearerSmtp
from tipline import create_app
from tipline.config import Settings
from tipline.core import intake, replies
from tipline.core.mailboxes import grants, ledger
from tipline.core.mailboxes.grants import OAuthTokens
from tipline.core.outgoing_mail import Sender
from tipline.db import Database, now
from tipline.jobs import tokens
from tipline.mail import parse
from tipline.models import Outgoing, SendState, Tip
from tipline.worker import Job, Worker

HOUR = timedelta(hours=1)
SENDER = Sender(newsroom="The Meridian", address="tips@meridian.example")
BANNER = "The mailbox china is no longer readable: its grant has ended. Run `tipline mailbox connect china`."


@pytest.fixture
def user() -> str:
    return f"china-{uuid4().hex[:8]}"


@pytest.fixture
def settings(bearer_dovecot: Dovecot, provider: TokenServer, user: str) -> Settings:
    return made(bearer_dovecot, provider, user)


def made(
    server: Dovecot, provider: TokenServer, user: str, smtp: BearerSmtp | None = None, poll_seconds: float = 300
) -> Settings:
    oauth = {"client_id": CLIENT, "token_url": f"{provider.url}/token", "device_url": f"{provider.url}/device"}
    box = {"host": server.host, "port": server.port, "security": "none", "user": user, "poll_seconds": poll_seconds}
    out = (
        {"host": smtp.host, "port": smtp.port, "user": user, "ca_file": smtp.cert, "oauth_mailbox": "china"}
        if smtp
        else {}
    )
    return Settings.model_validate({"mailbox": {"china": {**box, "oauth": oauth}}, "smtp": out})


def connected(database: Database, provider: TokenServer, user: str, lives: timedelta = HOUR) -> None:
    access, refresh = provider.consented(user)
    with database.writing() as session:
        grants.keep(session, "china", OAuthTokens(access, refresh, now() + lives))
        session.commit()


def job(worker: Worker, name: str) -> Job:
    return next(job for job in worker.jobs if job.name == name)


def tips(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Tip)) or 0


def error(database: Database) -> str:
    with database.reading() as session:
        return next(box.error for box in ledger.account(session) if box.name == "china")


def test_mail_is_read_with_a_grant(
    database: Database, settings: Settings, bearer_dovecot: Dovecot, provider: TokenServer, user: str
) -> None:
    bearer_dovecot.append(user, *mails(3))
    connected(database, provider, user)
    job(Worker(settings, database), "mailbox china").step()
    assert (tips(database), error(database)) == (3, "")


def test_a_token_that_ends_in_the_middle_is_renewed_and_nothing_is_lost(
    database: Database, settings: Settings, bearer_dovecot: Dovecot, provider: TokenServer, user: str
) -> None:
    connected(database, provider, user)
    looks = job(Worker(settings, database), "mailbox china")
    for n in range(4):
        bearer_dovecot.append(user, mail(f"Story {n}"))
        if n % 2:
            provider.forget_access()
        looks.step()
        assert looks.failures == 0
    assert tips(database) == 4
    assert provider.counted["refresh_token"] == 2


def test_a_grant_that_was_taken_back_is_a_banner_on_every_page_until_somebody_connects_anew(
    database: Database, settings: Settings, bearer_dovecot: Dovecot, provider: TokenServer, user: str, cast: Cast
) -> None:
    bearer_dovecot.append(user, mail())
    connected(database, provider, user)
    provider.end()
    looks = job(Worker(settings, database), "mailbox china")
    for _ in range(5):
        looks.step()
    assert error(database) == "grant"
    assert provider.counted["refresh_token"] == 1, "asked once, for the hour"
    assert looks.due_at - time.monotonic() <= 60, "and looked for a new grant all the same"
    editor, reporter = browser(settings, database, cast, "alice"), browser(settings, database, cast, "bob")
    for path in ("/desk", "/desk/mail", "/desk/callouts", "/desk/me"):
        assert BANNER in editor.get(path).text, path
    assert "mailbox connect" not in reporter.get("/desk").text
    connected(database, provider, user)
    looks.step()
    assert (tips(database), error(database), looks.failures) == (1, "", 0)
    assert BANNER not in editor.get("/desk").text


def browser(settings: Settings, database: Database, cast: Cast, who: str) -> Browser:
    app: Flask = create_app(settings, database)
    app.testing = True
    app.test_client_class = Browser
    client = app.test_client()
    assert isinstance(client, Browser)
    sign_in(client, getattr(cast, who))
    return client


def test_a_mailbox_that_nobody_connected_yet_says_what_to_do(
    database: Database, settings: Settings, cast: Cast
) -> None:
    looks = job(Worker(settings, database), "mailbox china")
    looks.step()
    assert error(database) == "no_grant"
    said = browser(settings, database, cast, "alice").get("/desk").text
    assert "nobody has connected it yet. Run `tipline mailbox connect china`." in said


def test_a_token_server_that_is_down_is_tried_again_later_and_later(
    database: Database, bearer_dovecot: Dovecot, provider: TokenServer, user: str
) -> None:
    connected(database, provider, user, timedelta())
    provider.down = 100
    looks = job(Worker(made(bearer_dovecot, provider, user, poll_seconds=2), database), "mailbox china")
    pauses = []
    for _ in range(8):
        looks.step()
        pauses.append(looks.due_at - time.monotonic())
    assert error(database) == "connect"
    assert provider.counted["strange"] == 8 and pauses[-1] > 2 * pauses[0]


def test_two_workers_share_a_grant_whose_refresh_tokens_are_good_once(
    database: Database, settings: Settings, provider: TokenServer, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected(database, provider, user, timedelta())
    provider.lifetime = 1  # every sign-in needs a refresh
    provider.delay = 0.05
    sources = [tokens.of_mailbox(database, "china", settings.mailbox["china"]) for _ in range(2)]
    failed: list[Exception] = []

    def sign_in_often(source: Callable[[bool], str]) -> None:
        try:
            for n in range(10):
                source(n % 3 == 2)
        except Exception as error:  # noqa: BLE001  it is the test's outcome
            failed.append(error)

    threads = [threading.Thread(target=sign_in_often, args=(source,)) for source in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    assert failed == []
    with database.reading() as session:
        found = grants.find(session, "china")
    assert found and found.error == ""


def test_a_reply_leaves_with_the_grant_and_waits_where_it_has_ended(
    database: Database, session: Session, cast: Cast, bearer_dovecot: Dovecot, provider: TokenServer, user: str
) -> None:
    filed = intake.receive(session, parse.arrival(mail()))
    outgoing_id = replies.queue(session, filed.tip_id, "May we call you?", cast.alice, SENDER).id
    session.commit()
    connected(database, provider, user)
    provider.end()
    with BearerSmtp(provider.good) as smtp:
        outbox = job(Worker(made(bearer_dovecot, provider, user, smtp), database), "outbox")
        outbox.step()
        assert state(database, outgoing_id) == (SendState.QUEUED, "grant")
        connected(database, provider, user)
        with database.writing() as session:
            session.get_one(Outgoing, outgoing_id).not_before = now()
            session.commit()
        outbox.step()
        (delivery,) = smtp.wait()
    assert state(database, outgoing_id) == (SendState.SENT, "")
    assert (delivery.login, delivery.recipients) == (user, ("mei@reader.example",))


def state(database: Database, outgoing_id: int) -> tuple[SendState, str]:
    with database.reading() as session:
        out = session.get_one(Outgoing, outgoing_id)
        return out.state, out.reason


def test_nothing_of_a_token_or_a_provider_s_words_is_logged(
    database: Database,
    settings: Settings,
    bearer_dovecot: Dovecot,
    provider: TokenServer,
    user: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    connected(database, provider, user)
    bearer_dovecot.append(user, mail())
    with caplog.at_level(logging.DEBUG):
        looks = job(Worker(settings, database), "mailbox china")
        looks.step()
        provider.forget_access()
        looks.step()
        provider.end()
        looks.step()
    assert "MailboxUnreachable (grant)" in caplog.text
    for secret in (*provider.issued, CLIENT, "Bearer", user):
        assert secret not in caplog.text
