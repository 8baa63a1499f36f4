"""Which passwords are good enough, and how they are kept and tried."""

import threading

import pytest
from argon2 import PasswordHasher

from tests.servers import applications
from tipline.core.accounts import passwords

GOOD = "violet harbour thirteen ladders"


@pytest.fixture(autouse=True)
def at_full_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", applications.HASHER)


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        (GOOD, ""),
        ("kT9#vq2!mZ7w", ""),
        ("correct-hose-buttery-stapler", ""),
        ("一条安静的河流经过旧城墙边", ""),
        ("x" * 5, passwords.TOO_SHORT),
        ("violet harb", passwords.TOO_SHORT),
        ("v" + "x" * 200, passwords.TOO_LONG),
        ("password1234", passwords.TOO_EASY),
        ("qwertyuiop12", passwords.TOO_EASY),
        ("aaaaaaaaaaaaaaaa", passwords.TOO_EASY),
        ("shenli.meridian", passwords.OWN_WORDS),
        ("wozainali2020", passwords.PINYIN),
    ],
)
def test_a_new_password_is_judged(password: str, problem: str) -> None:
    assert passwords.problem(password, "Shenli Meridian", "shenli@meridian.example") == problem


def test_a_password_is_kept_as_argon2id_and_tried() -> None:
    kept = passwords.hashed(GOOD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$") and GOOD not in kept
    assert passwords.matches(kept, GOOD)
    assert not passwords.matches(kept, GOOD + " ")
    assert not passwords.outdated(kept)
    assert passwords.outdated(PasswordHasher(time_cost=1).hash(GOOD))


@pytest.mark.parametrize("kept", ["", "rubbish", "$argon2id$"])
def test_no_password_matches_where_none_is_kept(kept: str) -> None:
    assert not passwords.matches(kept, "")
    assert not passwords.matches(kept, "nobody's password")


def test_no_more_than_two_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "TURN_WAIT_SECONDS", 0.01)
    for _ in range(passwords.MAX_CONCURRENT):
        assert passwords._turn.acquire(blocking=False)
    try:
        with pytest.raises(passwords.TooManyAttempts):
            passwords.matches("", GOOD)
    finally:
        for _ in range(passwords.MAX_CONCURRENT):
            passwords._turn.release()


def test_judging_is_safe_in_many_threads() -> None:
    found: list[str] = []

    def judge(own: str) -> None:
        found.append(passwords.problem("shelby.hardwick", own))

    threads = [threading.Thread(target=judge, args=(word,)) for word in ["Shelby Hardwick", "Somebody Else"] * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(set(found)) == sorted({passwords.OWN_WORDS, ""})
