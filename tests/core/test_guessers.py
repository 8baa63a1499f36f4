"""Guessing the password of one account from many networks: the guesser is slowed, the owner gets in."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from tests.core.accounts.test_sign_in import BOB, GOOD, bob, quick
from tipline.core.accounts import sign_in
from tipline.core.accounts.login_attempts import AGAIN, FIRST, Attempts, Kept
from tipline.db import now
from tipline.models import Account, SignInTry, TryKind

__all__ = ["bob", "quick"]  # fixtures

NETWORKS = [f"198.51.100.{n}" for n in range(200)]
AN_HOUR = FIRST.burst + 3600 // FIRST.seconds + AGAIN.burst + 3600 // AGAIN.seconds  # tries of one account at most


class Clock:
    def __init__(self) -> None:
        self.at = now().timestamp()

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


def guess(attempts: Attempts, email: str = BOB) -> int:
    """Each network tries once: how many passwords were tried."""
    tried = 0
    for network in NETWORKS:
        if not attempts.wait(email, network):
            attempts.count(email, network)
            tried += 1
    return tried


def arrives(attempts: Attempts, clock: Clock, source: str, *, patience: int) -> int:
    """The seconds until somebody new may try, while all networks go on guessing and nobody waits as they are told."""
    begun = clock.at
    while attempts.wait(BOB, source):
        clock.at += 10
        guess(attempts)
        assert clock.at - begun <= patience
    return int(clock.at - begun)


def test_two_hundred_networks_guess_no_faster_than_a_few(clock: Clock) -> None:
    attempts = Attempts(clock)
    for _ in range(3):  # hours
        tried = 0
        for _ in range(360):
            tried += guess(attempts)
            assert not attempts.wait(BOB, "browser 1", known=True)
            clock.at += 10
        assert 0 < tried <= AN_HOUR


def test_the_owner_in_a_new_browser_gets_a_turn_while_guessers_go_on(clock: Clock) -> None:
    attempts = Attempts(clock)
    guess(attempts)
    first = arrives(attempts, clock, "192.0.2.7", patience=len(NETWORKS) * FIRST.seconds)
    assert first > 0
    clock.at += 2 * len(NETWORKS) * FIRST.seconds
    guess(attempts)
    assert arrives(attempts, clock, "192.0.2.8", patience=2 * FIRST.seconds) < first, "each of them was wrong by now"
    attempts.count(BOB, "192.0.2.8")  # a slip of the owner
    arrives(attempts, clock, "192.0.2.8", patience=2 * len(NETWORKS) * AGAIN.seconds)


def test_the_right_password_opens_the_account_in_known_and_new_browsers(
    session: Session, bob: Account, clock: Clock
) -> None:
    attempts = Attempts(clock)
    for network in NETWORKS:
        sign_in.settle(session, sign_in.authenticate(session, BOB, "wrong", attempts, network), attempts)
    known = sign_in.authenticate(session, BOB, GOOD, attempts, "browser 1", known=True)
    assert known.right and sign_in.settle(session, known, attempts)
    told = sign_in.authenticate(session, BOB, GOOD, attempts, "192.0.2.7")
    assert 0 < told.wait <= len(NETWORKS) * FIRST.seconds and not told.right
    clock.at += told.wait
    assert sign_in.authenticate(session, BOB, GOOD, attempts, "192.0.2.7").right, "as the page said"


def test_a_restart_forgets_no_wait(session: Session, bob: Account, clock: Clock) -> None:
    attempts = Attempts(clock, b"s" * 32)
    for network in [*NETWORKS[: FIRST.burst], *["203.0.113.1"] * 5]:
        sign_in.settle(session, sign_in.authenticate(session, BOB, "wrong", attempts, network), attempts)
    for network in NETWORKS[:6]:
        sign_in.settle(session, sign_in.authenticate(session, BOB, "wrong", attempts, network), attempts)
    session.commit()
    again = Attempts(clock, b"s" * 32)
    waits = [sign_in.authenticate(session, BOB, GOOD, again, network).wait for network in ("192.0.2.7", *NETWORKS[:5])]
    assert 0 < waits[0] <= FIRST.seconds and again.failed(BOB, NETWORKS[0])[0] == 2
    clock.at += 25 * 3600
    assert sign_in.settle(session, sign_in.authenticate(session, BOB, GOOD, again, "192.0.2.8"), again)
    session.commit()
    left = session.scalars(select(SignInTry)).all()
    assert {row.kind for row in left} == {TryKind.FIRST}


def test_the_line_after_a_restart_is_not_longer_than_one_step(clock: Clock) -> None:
    attempts, after = Attempts(clock), Attempts(clock)
    far = now() + timedelta(hours=5)
    key = attempts._key(BOB, "")
    after.restore([Kept(after._key(BOB, ""), TryKind.FIRST, 1, far)])
    assert key != after._key(BOB, "") and after.wait(BOB, "192.0.2.7") <= FIRST.seconds


def test_what_is_kept_of_tries_tells_no_address(session: Session, bob: Account, clock: Clock) -> None:
    attempts = Attempts(clock)
    for email in (BOB, "nobody@meridian.example"):
        sign_in.settle(session, sign_in.authenticate(session, email, "wrong", attempts, NETWORKS[0]), attempts)
    session.flush()
    rows = session.scalars(select(SignInTry)).all()
    assert sorted(row.kind for row in rows) == [TryKind.FIRST] * 2 + [TryKind.WRONG] * 3
    assert all(len(row.key) == 32 and int(row.key, 16) for row in rows)


def test_an_address_without_account_is_slowed_alike(session: Session, bob: Account, clock: Clock) -> None:
    waits = {
        email: [sign_in.authenticate(session, email, "wrong", attempts, network).wait for network in NETWORKS[:40]]
        for email, attempts in ((BOB, Attempts(clock)), ("nobody@meridian.example", Attempts(clock)))
    }
    assert waits[BOB] == waits["nobody@meridian.example"] and waits[BOB][-1] > 60


def test_an_unused_turn_is_kept(clock: Clock) -> None:
    attempts = Attempts(clock)
    for n in range(100):  # everybody's bucket is empty
        attempts.count(f"n{n}@example.org", "192.0.2.7")
        attempts.wait(f"n{n}@example.org", "192.0.2.7")
    guess(attempts)
    assert attempts.wait(BOB, "192.0.2.7") > FIRST.seconds
    clock.at += len(NETWORKS) * FIRST.seconds
    assert not attempts.wait(BOB, "192.0.2.7")
