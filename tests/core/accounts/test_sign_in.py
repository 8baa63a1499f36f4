"""Signing in: right and wrong, known and unknown, how long one waits."""

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from tests.fixtures_db import Cast
from tipline.core import accounts
from tipline.core.accounts import known_browsers, passwords, sessions, sign_in
from tipline.core.accounts.login_attempts import BURST, MAX_REMEMBERED, MAX_WAIT_SECONDS, Attempts, failures, wait_after
from tipline.db import now
from tipline.models import Account, Event, Verb

GOOD = "violet harbour thirteen ladders"
BOB = "bob@meridian.example"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every hash that was tried. The hashing itself is made cheap, and tested in test_passwords."""
    tried: list[str] = []

    def matches(kept: str, password: str) -> bool:
        tried.append(kept)
        return kept != "" and kept == f"hash of {password}"

    monkeypatch.setattr(passwords, "matches", matches)
    monkeypatch.setattr(passwords, "hashed", lambda password: f"hash of {password}")
    monkeypatch.setattr(passwords, "outdated", lambda kept: False)
    return tried


@pytest.fixture
def bob(session: Session, cast: Cast) -> Account:
    accounts.change_password(session, GOOD, cast.bob)
    session.flush()
    return session.get_one(Account, cast.bob.account_id)


def try_once(session: Session, email: str, password: str, attempts: Attempts) -> str | int | None:
    """The token, the seconds to wait, or None where it was wrong."""
    attempt = sign_in.authenticate(session, email, password, attempts)
    token = sign_in.settle(session, attempt, attempts, "Tests")
    session.flush()
    return attempt.wait or token


def test_the_right_password_opens_a_session_and_is_recorded(session: Session, bob: Account) -> None:
    token = try_once(session, " Bob@MERIDIAN.example", GOOD, Attempts())
    assert isinstance(token, str)
    found = sessions.find(session, token)
    assert found is not None and found.actor.account_id == bob.id
    assert session.scalars(select(Event).where(col(Event.verb) == Verb.SIGNED_IN)).one().account_id == bob.id


def test_a_wrong_password_is_counted_and_a_right_one_forgets_it(session: Session, bob: Account) -> None:
    attempts = Attempts()
    assert try_once(session, BOB, "wrong", attempts) is None
    assert bob.failed_logins == 1
    assert isinstance(try_once(session, BOB, GOOD, attempts), str)
    assert bob.failed_logins == 0


def test_a_switched_off_account_does_not_sign_in(session: Session, bob: Account, quick: list[str]) -> None:
    bob.active = False
    session.flush()
    assert try_once(session, BOB, GOOD, Attempts()) is None
    assert quick == [""], "as for somebody without an account"


def test_an_account_without_password_does_not_sign_in(session: Session, cast: Cast) -> None:
    assert try_once(session, "carol@meridian.example", "", Attempts()) is None


def test_switched_off_between_try_and_settling_means_no_session(session: Session, bob: Account) -> None:
    attempts = Attempts()
    attempt = sign_in.authenticate(session, BOB, GOOD, attempts)
    bob.active = False
    session.flush()
    assert attempt.right
    assert sign_in.settle(session, attempt, attempts) is None


def test_known_and_unknown_addresses_are_answered_alike(session: Session, bob: Account, quick: list[str]) -> None:
    attempts, tries = Attempts(), range(8)
    known = [try_once(session, BOB, "wrong", attempts) for _ in tries]
    unknown = [try_once(session, "nobody@meridian.example", "wrong", attempts) for _ in tries]
    assert known == unknown
    assert known[:5] == [None] * 5 and known[5]
    assert len(quick) == 10, "a hash is computed for each that was let through, whoever it was"


def test_a_try_during_the_wait_is_not_counted(session: Session, bob: Account) -> None:
    attempts = Attempts()
    for _ in range(5):
        try_once(session, BOB, "wrong", attempts)
    assert isinstance(try_once(session, BOB, GOOD, attempts), int)
    assert bob.failed_logins == 5 == attempts.failed(BOB)[0]


def test_wrong_passwords_from_many_networks_slow_no_known_browser(session: Session, bob: Account) -> None:
    attempts = Attempts()
    for n in range(100):
        sign_in.settle(session, sign_in.authenticate(session, BOB, "wrong", attempts, f"198.51.100.{n}"), attempts)
    with attempts.alone(BOB, "198.51.100.1"):  # while one of them is being tried, too
        assert sign_in.authenticate(session, BOB, GOOD, attempts, "browser 1", known=True).right


def test_guessing_from_one_source_is_slowed(session: Session, bob: Account, quick: list[str]) -> None:
    attempts = Attempts()
    for _ in range(100):
        sign_in.settle(session, sign_in.authenticate(session, BOB, "wrong", attempts, "198.51.100.7"), attempts)
    assert len(quick) == 5


def test_a_mark_of_a_browser_is_good_for_one_account_and_one_password(session: Session, bob: Account) -> None:
    secret = b"s" * 32
    assert bob.id is not None
    mark = known_browsers.mark(session, bob.id, secret)
    assert known_browsers.known(session, BOB, mark, secret)
    assert BOB not in mark and str(bob.id) != mark.split(".")[0]
    assert not known_browsers.known(session, "alice@meridian.example", mark, secret)
    assert not known_browsers.known(session, "nobody@meridian.example", mark, secret)
    assert not known_browsers.known(session, BOB, mark[:-1] + ("0" if mark[-1] != "0" else "1"), secret)
    assert not known_browsers.known(session, BOB, "", secret)
    bob.password_hash = "another"
    session.flush()
    assert not known_browsers.known(session, BOB, mark, secret)


def test_the_wait_grows_to_half_a_minute_and_ends(session: Session) -> None:
    at = now()
    waits = [wait_after(n, at, at) for n in (0, 4, 5, 6, 7, 9, 50, 10_000)]
    assert waits == [0, 0, 2, 4, 8, MAX_WAIT_SECONDS, MAX_WAIT_SECONDS, MAX_WAIT_SECONDS]
    assert wait_after(50, at, at + timedelta(seconds=MAX_WAIT_SECONDS)) == 0
    assert failures(50, at, at + timedelta(hours=2)) == 0


def test_everybody_together_is_slowed(session: Session, bob: Account) -> None:
    clock = [0.0]
    attempts = Attempts(lambda: clock[0])
    for n in range(BURST + 1):  # the first one is not slowed
        assert try_once(session, f"n{n}@example.org", "wrong", attempts) is None
    assert try_once(session, BOB, GOOD, attempts) == 1
    clock[0] += 1
    assert isinstance(try_once(session, BOB, GOOD, attempts), str)


def test_a_password_that_was_replaced_while_it_was_tried_opens_nothing(session: Session, bob: Account) -> None:
    attempts = Attempts()
    attempt = sign_in.authenticate(session, BOB, GOOD, attempts)
    bob.password_hash = passwords.hashed("another one, set by an admin")
    session.flush()
    assert attempt.right and sign_in.settle(session, attempt, attempts) is None
    assert bob.password_hash == passwords.hashed("another one, set by an admin")


def test_two_tries_for_one_address_do_not_run_at_once(session: Session, bob: Account) -> None:
    attempts = Attempts()
    with attempts.alone(BOB) as first:
        assert first
        assert try_once(session, BOB, GOOD, attempts) == 1
        with attempts.alone("carol@meridian.example") as other:
            assert other
    assert isinstance(try_once(session, BOB, GOOD, attempts), str)


def test_what_is_kept_of_wrong_tries_is_bounded_and_tells_no_address() -> None:
    attempts = Attempts()
    for n in range(MAX_REMEMBERED + 50):
        attempts.count(f"n{n}@example.org")
    assert len(attempts._failed) == MAX_REMEMBERED
    assert attempts.failed("n0@example.org") == (0, None)
    assert attempts.failed(f"n{MAX_REMEMBERED + 49}@example.org")[0] == 1
    assert not any("example" in key for key in attempts._failed)
