"""Tokens from a grant: early, once, one refresh at a time, and rarely after a refusal."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from tests.servers import ports
from tests.servers.oauth import CLIENT, TokenServer
from tipline.core.mailboxes import grants
from tipline.core.mailboxes.grants import OAuthTokens
from tipline.db import Database, connect, now
from tipline.errors import MailboxUnreachable
from tipline.jobs import tokens
from tipline.jobs.tokens import REFRESH_AHEAD, REFUSAL_PAUSE, TokenSource
from tipline.mail import oauth
from tipline.mail_settings import OAuth

HOUR = timedelta(hours=1)


def client(provider: TokenServer, **changes: object) -> OAuth:
    values: dict[str, object] = {"client_id": CLIENT, "token_url": f"{provider.url}/token", "device_url": provider.url}
    return OAuth.model_validate(values | changes)


def connected(database: Database, provider: TokenServer, lives: timedelta = HOUR) -> str:
    """A grant for the mailbox china, whose token is good for so long; returns that token."""
    access, refresh = provider.consented("china")
    with database.writing() as session:
        grants.keep(session, "china", OAuthTokens(access, refresh, now() + lives))
        session.commit()
    return access


def source(database: Database, provider: TokenServer, **changes: object) -> TokenSource:
    return TokenSource(database, "china", client(provider, **changes))


def refreshes(provider: TokenServer) -> int:
    return provider.counted["refresh_token"]


def reason(ask: Callable[[], object]) -> str:
    with pytest.raises(MailboxUnreachable) as caught:
        ask()
    assert "access-" not in f"{caught.value!r} {caught.value}"
    return caught.value.reason


def at(monkeypatch: pytest.MonkeyPatch, later: timedelta) -> None:
    """The clock, so much later from now on."""
    for module in (tokens, grants, oauth):
        monkeypatch.setattr(module, "now", lambda: now() + later)


def test_a_token_that_is_good_is_given_as_it_is(database: Database, provider: TokenServer) -> None:
    access = connected(database, provider)
    give = source(database, provider)
    assert [give(False), give(False)] == [access, access]
    assert refreshes(provider) == 0


def test_a_token_is_replaced_five_minutes_before_it_ends(
    database: Database, provider: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = connected(database, provider)
    give = source(database, provider)
    at(monkeypatch, HOUR - REFRESH_AHEAD - timedelta(seconds=10))
    assert give(False) == access
    at(monkeypatch, HOUR - REFRESH_AHEAD + timedelta(seconds=10))
    fresh = give(False)
    assert fresh != access and provider.good(fresh)
    assert (give(False), refreshes(provider)) == (fresh, 1)


def test_a_token_that_a_server_refused_is_replaced_though_it_should_be_good(
    database: Database, provider: TokenServer
) -> None:
    access = connected(database, provider)
    give = source(database, provider)
    assert give(False) == access
    fresh = give(True)
    assert fresh != access and provider.good(fresh) and refreshes(provider) == 1


def test_a_token_that_somebody_else_replaced_already_is_not_replaced_again(
    database: Database, provider: TokenServer
) -> None:
    access = connected(database, provider)
    one, other = source(database, provider), source(database, provider)
    assert one(False) == other(False) == access
    fresh = one(True)
    assert other(True) == fresh and refreshes(provider) == 1


def test_the_new_tokens_are_committed_before_anybody_has_them(database: Database, provider: TokenServer) -> None:
    connected(database, provider, timedelta())
    fresh = source(database, provider)(False)
    with database.reading() as session:
        found = grants.find(session, "china")
    assert found and found.tokens.access == fresh and not found.refreshing


def test_many_at_once_refresh_once_though_a_refresh_token_is_good_once(
    database: Database, provider: TokenServer
) -> None:
    connected(database, provider, timedelta())
    provider.delay = 0.3
    given: list[str] = []
    threads = [threading.Thread(target=lambda: given.append(source(database, provider)(False))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(given) == 6 and len(set(given)) == 1 and refreshes(provider) == 1
    assert provider.good(source(database, provider)(True)), "the grant is alive"


def test_no_transaction_is_open_while_the_provider_is_asked(database: Database, provider: TokenServer) -> None:
    """A reader's form must not wait for a token server."""
    connected(database, provider, timedelta())
    provider.delay = 1.0
    thread = threading.Thread(target=source(database, provider), args=(False,))
    thread.start()
    try:
        while not provider.asked:
            assert thread.is_alive()
        with database.writing() as session:
            grants.keep(session, "tips", OAuthTokens("a", "b", now()))
            session.commit()
        assert thread.is_alive(), "written while the provider was still busy"
    finally:
        thread.join(30)


def test_a_worker_that_died_while_refreshing_is_waited_for_and_then_replaced(
    database: Database, provider: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = connected(database, provider, timedelta())
    with database.writing() as session:
        assert grants.begin_refresh(session, "china", access)
        session.commit()
    monkeypatch.setattr(tokens, "REFRESH_WAIT_SECONDS", 0.3)
    assert reason(lambda: source(database, provider)(False)) == "connect"
    at(monkeypatch, grants.REFRESHING)
    assert provider.good(source(database, provider)(False))


def test_a_mailbox_that_nobody_connected_says_so(database: Database, provider: TokenServer) -> None:
    assert reason(lambda: source(database, provider)(False)) == "no_grant"


def test_a_grant_that_was_taken_back_ends_and_the_provider_is_asked_once_an_hour(
    database: Database, provider: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected(database, provider, timedelta())
    provider.end()
    for _ in range(20):
        assert reason(lambda: source(database, provider)(False)) == "grant"
    assert refreshes(provider) == 1
    at(monkeypatch, REFUSAL_PAUSE + timedelta(seconds=10))
    for _ in range(20):
        assert reason(lambda: source(database, provider)(False)) == "grant"
    assert refreshes(provider) == 2


def test_a_new_consent_is_taken_up_without_a_restart(database: Database, provider: TokenServer) -> None:
    connected(database, provider, timedelta())
    provider.end()
    give = source(database, provider)
    assert reason(lambda: give(False)) == "grant"
    access = connected(database, provider)
    assert give(False) == access


def test_a_wrong_client_is_asked_for_once_an_hour_and_again_at_a_start(
    database: Database, provider: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected(database, provider, timedelta())
    for _ in range(5):
        assert reason(lambda: source(database, provider, client_secret="out of date")(False)) == "client"
    assert refreshes(provider) == 1
    monkeypatch.setattr(tokens, "STARTED", now())
    assert provider.good(source(database, provider)(False)), "corrected, and started again"


def test_a_provider_that_is_down_ends_nothing(database: Database, provider: TokenServer) -> None:
    connected(database, provider, timedelta())
    provider.down = 2
    give = source(database, provider)
    assert [reason(lambda: give(False)) for _ in range(2)] == ["connect"] * 2
    assert provider.good(give(False))


def test_while_the_provider_is_down_a_token_is_used_to_its_end(database: Database, provider: TokenServer) -> None:
    access = connected(database, provider, REFRESH_AHEAD - timedelta(minutes=1))
    provider.down = 1
    give = source(database, provider)
    assert give(False) == access
    assert give(False) != access


def test_a_database_that_is_away_is_no_reason_to_lose_the_mail_in_hand(
    database: Database, provider: TokenServer
) -> None:
    engine = connect(f"postgresql://u@127.0.0.1:{ports.free()}/x")
    nowhere = Database(engine, database.master, database.files)
    assert reason(lambda: source(nowhere, provider)(False)) == "connect"


@pytest.mark.parametrize(("fails", "asks"), [(2, 1), (4, 2)])
def test_a_new_refresh_token_outlives_a_database_that_takes_nothing_in(
    database: Database, provider: TokenServer, monkeypatch: pytest.MonkeyPatch, fails: int, asks: int
) -> None:
    connected(database, provider, timedelta())
    real, left = grants.refreshed, [OperationalError("locked", None, OSError())] * fails

    def locked(session: Session, mailbox: str, used: OAuthTokens, tokens: OAuthTokens) -> bool:
        if left:
            raise left.pop()
        return real(session, mailbox, used, tokens)

    monkeypatch.setattr(grants, "refreshed", locked)
    give = source(database, provider)
    for _ in range(asks - 1):
        assert reason(lambda: give(False)) == "connect"
    assert provider.good(give(False))
    assert refreshes(provider) == 1


def test_nothing_of_a_token_is_logged_or_shown(
    database: Database, provider: TokenServer, caplog: pytest.LogCaptureFixture
) -> None:
    connected(database, provider, timedelta())
    give = source(database, provider, client_secret="")
    with caplog.at_level(logging.DEBUG):
        give(False)
        give(True)
        provider.end()
        reason(lambda: give(True))
    shown = f"{caplog.text} {give!r}"
    assert len(provider.issued) > 4
    assert [token for token in provider.issued if token in shown] == []
