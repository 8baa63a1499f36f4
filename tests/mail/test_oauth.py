"""What a token server may answer, and what becomes of it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from tests.servers import ports
from tests.servers.oauth import CLIENT, TokenServer
from tipline.db import now
from tipline.errors import GrantRefused
from tipline.mail import oauth
from tipline.mail_settings import OAuth


def client(url: str, **changes: object) -> OAuth:
    values: dict[str, object] = {
        "client_id": CLIENT,
        "token_url": f"{url}/token",
        "authorization_url": f"{url}/authorize",
        "device_url": f"{url}/device",
        "scope": "mail",
    }
    return OAuth.model_validate(values | changes)


@contextmanager
def refused(reason: str) -> Iterator[None]:
    with pytest.raises(GrantRefused) as caught:
        yield
    assert caught.value.reason == reason
    assert str(caught.value) == reason, "nothing of the provider's words"


def test_a_refresh_brings_new_tokens_and_the_new_refresh_token(provider: TokenServer) -> None:
    _, token = provider.consented("china")
    fresh = oauth.refresh(client(provider.url), token)
    assert provider.good(fresh.access) and fresh.refresh not in ("", token)
    assert timedelta(minutes=59) < fresh.expires_at - now() <= timedelta(hours=1)
    with refused("grant"):
        oauth.refresh(client(provider.url), token)


def test_a_provider_that_does_not_rotate_lets_the_refresh_token_stay(provider: TokenServer) -> None:
    provider.rotates = False
    _, token = provider.consented("china")
    assert oauth.refresh(client(provider.url), token).refresh == token


def test_a_grant_that_was_taken_back_is_refused(provider: TokenServer) -> None:
    _, token = provider.consented("china")
    provider.end()
    with refused("grant"):
        oauth.refresh(client(provider.url), token)


@pytest.mark.parametrize("changes", [{"client_id": "someone"}, {"client_secret": "wrong"}])
def test_a_wrong_client_is_told_apart_from_an_ended_grant(provider: TokenServer, changes: dict[str, str]) -> None:
    _, token = provider.consented("china")
    with refused("client"):
        oauth.refresh(client(provider.url, **changes), token)


def test_the_clients_secret_is_sent_where_there_is_one(provider: TokenServer) -> None:
    provider.secret = "of the client"
    _, token = provider.consented("china")
    assert oauth.refresh(client(provider.url, client_secret="of the client"), token)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html>sign in to the hotel's network</html>",
        b"[]",
        b"{}",
        b'{"access_token": 7}',
        b'{"access_token": ""}',
        b'{"access_token": "two words"}',
        b'{"access_token": "a\\u0001auth=Bearer b"}',
        b'{"access_token": "a\\r\\nA1 LOGOUT"}',
        b'{"access_token": "a", "token_type": "mac"}',
        b'{"access_token": "a", "refresh_token": "b\\u0000"}',
        b'{"access_token": "a", "refresh_token": ' + b"[" * 30_000,
        b'{"access_token": "' + b"a" * 20_000 + b'"}',
        b'{"access_token": "a", "more": "' + b"a" * 70_000 + b'"}',
    ],
)
def test_whatever_is_no_answer_is_tried_again_later(provider: TokenServer, raw: bytes) -> None:
    provider.raw = raw
    with refused("connect"):
        oauth.refresh(client(provider.url), "token")


@pytest.mark.parametrize(
    ("given", "seconds"), [("900", 900), ('"900"', 900), ('"soon"', 3600), ("-5", 1), ("1e99", 3600)]
)
def test_a_lifetime_is_read_with_care(provider: TokenServer, given: str, seconds: int) -> None:
    provider.raw = b'{"access_token": "a", "expires_in": %s}' % given.encode()
    lives = oauth.refresh(client(provider.url), "token").expires_at - now()
    assert seconds - 5 < lives.total_seconds() <= seconds


def test_a_server_that_is_down_is_no_ended_grant(provider: TokenServer) -> None:
    provider.down = 1
    with refused("connect"):
        oauth.refresh(client(provider.url), "token")
    with refused("connect"):
        oauth.refresh(client(f"http://127.0.0.1:{ports.free()}"), "token")


def test_no_redirect_is_followed(provider: TokenServer) -> None:
    with TokenServer() as elsewhere:
        provider.redirects_to = f"{elsewhere.url}/token"
        with refused("connect"):
            oauth.refresh(client(provider.url), "token")
        assert elsewhere.asked == []


def test_a_byte_a_second_meets_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oauth, "WHOLE_SECONDS", 0.5)
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            peer, _ = server.accept()
            with peer:
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                while not stop.wait(0.05):
                    try:
                        peer.sendall(b" ")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            with refused("connect"):
                oauth.refresh(client(f"http://127.0.0.1:{server.getsockname()[1]}"), "token")
        finally:
            stop.set()
            thread.join(10)


def test_an_address_that_would_forge_the_terminal_is_not_shown(provider: TokenServer) -> None:
    provider.raw = b'{"device_code": "a", "user_code": "b\\u001b[2J", "verification_uri": "https://x.example"}'
    settings = client(provider.url, device_url=f"{provider.url}/token")
    with refused("connect"):
        oauth.device(settings)


@pytest.mark.parametrize(
    ("issuer", "set_to", "ours"),
    [
        ("", "", True),
        ("https://accounts.google.com", "", True),
        ("https://evil.example", "", False),
        ("http://accounts.google.com", "", False),
        ("https://accounts.google.com", "https://accounts.google.com", True),
        ("", "https://accounts.google.com", False),
        ("https://accounts.google.com/other", "https://accounts.google.com", False),
    ],
)
def test_an_answer_of_another_issuer_is_not_ours(issuer: str, set_to: str, ours: bool) -> None:
    assert oauth.issued_by(OAuth(provider="google", client_id="x", issuer=set_to), issuer) is ours


def test_a_consent_asks_for_what_its_answer_has_to_prove() -> None:
    trips = [oauth.consent(OAuth(provider="google", client_id="x"), 4711, "china@news.example") for _ in range(2)]
    for trip in trips:
        assert trip.address.startswith("https://accounts.google.com/o/oauth2/v2/auth?")
        assert "code_challenge_method=S256" in trip.address and trip.verifier not in trip.address
        assert "access_type=offline" in trip.address and trip.redirect == "http://127.0.0.1:4711"
        assert trip.state not in repr(trip) and trip.verifier not in repr(trip)
    assert trips[0].state != trips[1].state and trips[0].verifier != trips[1].verifier
