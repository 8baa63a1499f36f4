"""Whose bucket a request empties: by address, however it is written, and by what our own proxies say alone."""

import pytest
from flask.testing import FlaskClient

from tests.fixtures_db import Cast
from tests.web.reading import open_callout
from tipline import create_app
from tipline.config import Settings
from tipline.core.callouts import CalloutView
from tipline.db import Database
from tipline.networks import network
from tipline.web.throttle import Throttle


@pytest.fixture
def view(database: Database, cast: Cast) -> CalloutView:
    return open_callout(database, cast)


def behind(database: Database, proxies: int) -> FlaskClient:
    app = create_app(
        Settings.model_validate({"web": {"proxies": proxies}, "limits": {"posts_per_minute": 1}}), database
    )
    app.testing = True
    return app.test_client()


def slowed(client: FlaskClient, forwarded: str | None) -> bool:
    headers = {"X-Forwarded-For": forwarded} if forwarded is not None else {}
    return client.post("/c/stranded", data={"q1": "x"}, headers=headers).status_code == 429


@pytest.mark.parametrize(
    ("address", "whose"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:51234", "203.0.113.9"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("unknown", "unknown"),
    ],
)
def test_an_address_is_its_network_however_it_is_written(address: str, whose: str) -> None:
    assert network(address) == whose


def test_a_bucket_fills_again() -> None:
    clock = [0.0]
    throttle = Throttle(60, 2, lambda: clock[0])
    assert [throttle.wait("a") for _ in range(3)] == [0, 0, 1]
    clock[0] = 1
    assert throttle.wait("a") == 0 and throttle.wait("b") == 0


def test_without_a_proxy_nobody_is_believed(database: Database, view: CalloutView) -> None:
    client = behind(database, 0)
    assert not slowed(client, "198.51.100.1")
    assert all(slowed(client, forged) for forged in ("198.51.100.2", "203.0.113.7, 198.51.100.3", None))


def test_behind_one_proxy_the_last_entry_counts_whatever_is_forged_before_it(
    database: Database, view: CalloutView
) -> None:
    client = behind(database, 1)
    assert not slowed(client, "198.51.100.1")
    for forged in ("203.0.113.7, 198.51.100.1", "127.0.0.1,198.51.100.1", "a b, ,, 198.51.100.1", "198.51.100.1:4711"):
        assert slowed(client, forged), forged
    assert not slowed(client, "198.51.100.1, 203.0.113.50")


def test_behind_two_proxies_it_is_the_one_before_the_last(database: Database, view: CalloutView) -> None:
    client = behind(database, 2)
    assert not slowed(client, "198.51.100.1, 192.0.2.10")
    assert slowed(client, "203.0.113.99, 198.51.100.1, 192.0.2.11")
    assert not slowed(client, "198.51.100.1, 203.0.113.98, 192.0.2.10")


def test_who_goes_round_the_proxies_shares_one_bucket(database: Database, view: CalloutView) -> None:
    client = behind(database, 2)
    assert not slowed(client, "203.0.113.1")
    assert slowed(client, "203.0.113.2") and slowed(client, None)


def test_a_household_of_ipv6_is_one(database: Database, view: CalloutView) -> None:
    client = behind(database, 1)
    assert not slowed(client, "2001:db8:1:2::1")
    assert slowed(client, "2001:db8:1:2:ffff::7")
    assert not slowed(client, "2001:db8:1:3::1")
