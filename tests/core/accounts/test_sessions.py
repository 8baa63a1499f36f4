"""Signed-in browsers: how long they last, and who ends them."""

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from tests.fixtures_db import Cast
from tipline.core.accounts import sessions
from tipline.db import now
from tipline.errors import NotVisible
from tipline.models import Account, LoginSession


def row_of(session: Session, token: str) -> LoginSession:
    return session.scalars(select(LoginSession).where(LoginSession.token_hash == sessions.hash_token(token))).one()


def test_a_session_ends_after_half_an_hour_idle(session: Session, cast: Cast) -> None:
    token = sessions.start(session, cast.bob.account_id)
    row = row_of(session, token)
    row.seen_at = now() - timedelta(minutes=29)
    session.flush()
    assert sessions.find(session, token) is not None
    row.seen_at = now() - timedelta(minutes=31)
    session.flush()
    assert sessions.find(session, token) is None


def test_a_session_ends_after_twelve_hours_in_any_case(session: Session, cast: Cast) -> None:
    token = sessions.start(session, cast.bob.account_id)
    row_of(session, token).created_at = now() - timedelta(hours=12, seconds=1)
    session.flush()
    assert sessions.find(session, token) is None


def test_use_is_written_at_most_once_a_minute(session: Session, cast: Cast) -> None:
    token = sessions.start(session, cast.bob.account_id)
    row = row_of(session, token)
    found = sessions.find(session, token)
    assert found is not None and not found.stale
    row.seen_at = now() - timedelta(minutes=2)
    session.flush()
    found = sessions.find(session, token)
    assert found is not None and found.stale
    sessions.touch(session, found.session_id)
    session.refresh(row)
    assert now() - row.seen_at < timedelta(seconds=30)


def test_touching_does_not_wake_an_ended_session(session: Session, cast: Cast) -> None:
    token = sessions.start(session, cast.bob.account_id)
    row = row_of(session, token)
    row.seen_at = old = now() - timedelta(hours=1)
    session.flush()
    sessions.touch(session, row.id or 0)
    session.refresh(row)
    assert row.seen_at == old


@pytest.mark.parametrize("token", ["", "x", "None"])
def test_an_empty_or_unknown_token_is_nobodys(session: Session, cast: Cast, token: str) -> None:
    sessions.start(session, cast.bob.account_id)
    assert sessions.find(session, token) is None


def test_the_session_of_a_switched_off_account_is_nobodys(session: Session, cast: Cast) -> None:
    token = sessions.start(session, cast.bob.account_id)
    session.get_one(Account, cast.bob.account_id).active = False
    session.flush()
    assert sessions.find(session, token) is None


def test_one_ends_only_ones_own_sessions(session: Session, cast: Cast) -> None:
    token = sessions.start(session, cast.bob.account_id)
    row = row_of(session, token)
    with pytest.raises(NotVisible):
        sessions.end(session, row.id or 0, cast.carol)
    sessions.end(session, row.id or 0, cast.bob)
    session.flush()
    assert sessions.find(session, token) is None
    with pytest.raises(NotVisible):
        sessions.end(session, 999_999, cast.bob)


def test_the_list_holds_live_sessions_only(session: Session, cast: Cast) -> None:
    live, dead = (sessions.start(session, cast.bob.account_id, "Firefox on Linux") for _ in range(2))
    sessions.start(session, cast.carol.account_id)
    row_of(session, dead).revoked_at = now()
    session.flush()
    assert [row.id for row in sessions.of(session, cast.bob.account_id)] == [row_of(session, live).id]
    sessions.end_all(session, cast.bob.account_id)
    assert sessions.of(session, cast.bob.account_id) == []
    assert len(sessions.of(session, cast.carol.account_id)) == 1
    assert session.scalars(select(LoginSession).where(col(LoginSession.revoked_at).is_(None))).one()
