"""Digests by mail, taken by a real server: numbers alone, once a period, never twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from sqlmodel import Session

from tests.core.making import make_tip
from tests.fixtures_db import Cast
from tests.mails import mail
from tests.servers.smtp import Smtp
from tipline.config import Settings
from tipline.core import following, intake, triage
from tipline.core.access import Actor
from tipline.core.desk import activity, digest
from tipline.core.inbox import views
from tipline.db import Database, now
from tipline.errors import SendFailed
from tipline.jobs.digests import Digests, written
from tipline.mail import parse
from tipline.models import Account, CalloutMember, Digest
from tipline.worker import Worker

ADDRESS = "tips@meridian.example"


@pytest.fixture
def digests(database: Database, smtp: Smtp) -> Digests:
    settings = {
        "newsroom": {"name": "The Meridian", "url": "https://tips.meridian.example"},
        "smtp": {"host": "127.0.0.1", "port": smtp.port, "security": "none", "from_address": ADDRESS},
    }
    return Digests(database, Settings.model_validate(settings))


@pytest.fixture
def happens(session: Session, cast: Cast) -> Callable[..., int]:
    """Something happens to a tip that bob follows, whose digest is hourly."""
    session.get_one(Account, cast.bob.account_id).digest = Digest.HOURLY

    def happens(text: str = "Nobody may read this") -> int:
        tip_id = make_tip(session, cast.borders, text).id or 0
        following.follow(session, tip_id, cast.bob)
        triage.note(session, tip_id, "@Bob, secretly", cast.alice)
        session.commit()
        return tip_id

    return happens


def hours_ago(session: Session, by: Actor, hours: float) -> None:
    account = session.get_one(Account, by.account_id)
    session.refresh(account)
    account.created_at = account.digested_at = now() - timedelta(hours=hours)
    session.commit()


def mails(smtp: Smtp) -> list[Any]:
    return [message_from_bytes(one.raw, policy=policy.default) for one in smtp.deliveries]


def test_a_mail_says_how_much_happened_and_nothing_of_it(
    digests: Digests, session: Session, cast: Cast, smtp: Smtp, happens: Callable[..., int]
) -> None:
    happens()
    happens()
    hours_ago(session, cast.bob, 2)
    digests.run()
    digests.run()
    (mail,) = mails(smtp)
    text = mail.get_content()
    assert mail["To"] == "bob@meridian.example" and mail["Auto-Submitted"] == "auto-generated"
    assert smtp.deliveries[0].sender in ("", "<>")
    assert "2 tips that you follow have news. You are mentioned on 2 of them." in text
    assert "https://tips.meridian.example/desk/activity" in text and "https://tips.meridian.example/desk/me" in text
    assert not any(word in text for word in ("Nobody may", "secretly", "Alice", "T-0", "Stranded"))


def test_nothing_is_sent_where_nothing_happened_or_it_was_seen(
    digests: Digests, session: Session, cast: Cast, smtp: Smtp, happens: Callable[..., int]
) -> None:
    hours_ago(session, cast.bob, 2)
    happens()
    activity.mark_seen(session, cast.bob, 2**30)
    session.commit()
    digests.run()
    hours_ago(session, cast.bob, 2)
    happens()
    session.delete(session.get_one(CalloutMember, (cast.borders, cast.bob.account_id)))
    session.commit()
    digests.run()
    assert smtp.deliveries == [], "who sees the tips no more is told nothing of them"


def test_a_mail_that_was_not_taken_is_sent_again_and_one_that_may_be_is_not(
    digests: Digests, session: Session, cast: Cast, smtp: Smtp, database: Database, happens: Callable[..., int]
) -> None:
    happens()
    hours_ago(session, cast.bob, 2)
    with smtp.refusing(451), pytest.raises(SendFailed):
        digests.run()
    with database.writing() as dying:  # a worker takes it, and is killed before it has sent it
        assert digest.take(dying, cast.bob.account_id, now()) is not None
        dying.commit()
    digests.run()
    assert smtp.deliveries == []
    hours_ago(session, cast.bob, 2)
    happens()
    digests.run()
    assert "1 tip that you follow has news" in mails(smtp)[0].get_content()


def test_one_whose_mailbox_is_full_keeps_nobody_behind_them_from_theirs(
    digests: Digests, session: Session, cast: Cast, smtp: Smtp, happens: Callable[..., int]
) -> None:
    tip_id = happens()
    session.get_one(Account, cast.alice.account_id).digest = Digest.HOURLY
    following.follow(session, tip_id, cast.alice)
    triage.note(session, tip_id, "@Alice, secretly", cast.bob)
    hours_ago(session, cast.alice, 3)
    hours_ago(session, cast.bob, 2)
    assert digest.due(session, now()) == [cast.alice.account_id, cast.bob.account_id]
    session.close()
    with smtp.refusing(452, of="alice@meridian.example"), pytest.raises(SendFailed):
        digests.run()
    assert [one.recipients for one in smtp.deliveries] == [("bob@meridian.example",)]
    digests.run()
    assert len(smtp.deliveries) == 2, "hers is due as before"


def test_each_is_told_as_often_as_they_choose(session: Session, cast: Cast) -> None:
    bob = session.get_one(Account, cast.bob.account_id)
    bob.timezone = "Asia/Shanghai"
    bob.created_at = datetime(2021, 6, 20, 0, 30, tzinfo=UTC)  # half past eight in the morning there

    def is_due(*at: int) -> bool:
        session.flush()
        return cast.bob.account_id in digest.due(session, datetime(2021, 6, *at, tzinfo=UTC))

    assert bob.digest is Digest.DAILY
    assert not is_due(20, 22, 59) and is_due(20, 23, 1)
    bob.digested_at = datetime(2021, 6, 20, 23, 1, tzinfo=UTC)
    assert not is_due(21, 22, 59) and is_due(21, 23, 1)
    digest.choose(session, Digest.HOURLY, cast.bob)
    assert not is_due(21, 0, 0) and is_due(21, 0, 1)
    digest.choose(session, Digest.OFF, cast.bob)
    assert not is_due(29, 0)
    assert digest.take(session, cast.bob.account_id, now()) is None
    bob.digest, bob.timezone = Digest.DAILY, "Nowhere/Land"
    assert is_due(29, 0)
    bob.active = False
    assert not is_due(29, 0)


def test_many_are_counted_as_many(digests: Digests) -> None:
    news = digest.News(1, "bob@meridian.example", "en", activity.MAX_COUNTED, 1, 0, 0, None)
    text = written(news, digests.settings, now()).text
    assert text.startswith("99+ tips that you follow have news. You are mentioned on 1 of them.")


def test_what_came_into_a_view_with_an_alert_is_told_once(
    digests: Digests, session: Session, cast: Cast, smtp: Smtp
) -> None:
    session.get_one(Account, cast.bob.account_id).digest = Digest.HOURLY
    views.save(session, "Borders", "callout:borders", cast.bob, alert=True)
    arrival = replace(parse.arrival(mail(), received_at=now()), callout_id=cast.borders)
    filed = intake.receive(session, arrival)
    session.commit()
    assert filed.tip_id
    for _ in range(2):
        hours_ago(session, cast.bob, 2)
        digests.run()
    (letter,) = mails(smtp)
    assert letter.get_content().startswith("1 of your views has new tips.")


def test_only_a_newsroom_that_sends_mail_has_the_job(database: Database, digests: Digests) -> None:
    def jobs(settings: Settings) -> set[str]:
        return {job.name for job in Worker(settings, database).jobs}

    assert "digests" in jobs(digests.settings) and "digests" not in jobs(Settings())


def test_a_mail_says_how_many_follow_ups_of_the_persons_are_due(
    digests: Digests, session: Session, cast: Cast, smtp: Smtp, happens: Callable[..., int]
) -> None:
    tip_id = happens()
    triage.assign(session, tip_id, cast.bob.account_id, cast.alice)
    triage.follow_up(session, tip_id, now().date() - timedelta(days=2), cast.alice)
    triage.follow_up(session, happens(), now().date() - timedelta(days=2), cast.alice)
    hours_ago(session, cast.bob, 2)
    digests.run()
    assert "1 follow-up of yours is due." in mails(smtp)[0].get_content()
