"""Grants: sealed under a key of their own, and refreshed by one at a time."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlmodel import Session

from tipline.core import mailboxes, vault
from tipline.core.mailboxes import grants
from tipline.core.mailboxes.grants import OAuthTokens
from tipline.db import Database, now
from tipline.errors import SealBroken
from tipline.models import DataKey, OAuthGrant

HOUR = timedelta(hours=1)


def tokens(name: str = "one") -> OAuthTokens:
    return OAuthTokens(f"access-{name}", f"refresh-{name}", now() + HOUR)


def test_a_grant_is_found_as_it_was_kept(session: Session) -> None:
    kept = tokens()
    grants.keep(session, "china", kept)
    found = grants.find(session, "china")
    assert found is not None
    assert (found.tokens, found.refreshing, found.error, found.tried_at) == (kept, False, "", None)
    assert grants.find(session, "tips") is None


def test_nothing_of_the_tokens_lies_open_in_the_row_or_shows_in_a_repr(session: Session) -> None:
    grants.keep(session, "china", tokens())
    row = session.get_one(OAuthGrant, "china")
    for secret in (b"access-one", b"refresh-one"):
        assert secret not in row.tokens
        assert secret.decode() not in f"{row!r} {grants.find(session, 'china')!r} {tokens()!r}"


def test_a_grant_moved_to_another_mailbox_does_not_open(session: Session) -> None:
    grants.keep(session, "china", tokens())
    row = session.get_one(OAuthGrant, "china")
    with pytest.raises(SealBroken):
        vault.open_json(session, row.tokens, "oauth_grant:tips:tokens")


def test_a_new_consent_takes_a_new_key_and_the_old_one_is_gone(session: Session) -> None:
    grants.keep(session, "china", tokens())
    before = session.get_one(OAuthGrant, "china").key_id
    grants.keep(session, "china", tokens("two"))
    assert session.get_one(OAuthGrant, "china").key_id != before
    assert session.get(DataKey, before) is None
    assert session.scalar(select(func.count()).select_from(DataKey)) == 1


def test_one_at_a_time_has_the_turn_to_refresh(database: Database) -> None:
    with database.writing() as session:
        grants.keep(session, "china", tokens())
        session.commit()
    turns = []
    for _ in range(2):
        with database.writing() as session:
            turns.append(grants.begin_refresh(session, "china", "access-one"))
            session.commit()
    first, second = turns
    assert first is not None and first.refresh == "refresh-one" and second is None
    with database.writing() as session:
        assert grants.refreshed(session, "china", first, tokens("two"))
        session.commit()
    with database.writing() as session:
        assert grants.begin_refresh(session, "china", "access-one") is None, "it was replaced: look again"
        assert grants.begin_refresh(session, "china", "access-two") is not None


def test_whoever_died_in_their_turn_loses_it_after_a_minute(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    grants.keep(session, "china", tokens())
    assert grants.begin_refresh(session, "china", "access-one")
    later = now() + grants.REFRESHING
    monkeypatch.setattr(grants, "now", lambda: later)
    assert grants.begin_refresh(session, "china", "access-one")


def test_what_comes_too_late_does_not_undo_a_new_consent(session: Session) -> None:
    grants.keep(session, "china", tokens())
    used = grants.begin_refresh(session, "china", "access-one")
    assert used
    grants.keep(session, "china", tokens("new"))
    assert not grants.refreshed(session, "china", used, tokens("late"))
    assert not grants.refused(session, "china", used, "grant")
    grants.give_back(session, "china", used)
    found = grants.find(session, "china")
    assert found and (found.tokens.access, found.error) == ("access-new", "")


def test_a_refusal_is_written_down_and_a_new_consent_forgets_it(session: Session) -> None:
    grants.keep(session, "china", tokens())
    used = grants.begin_refresh(session, "china", "access-one")
    assert used and grants.refused(session, "china", used, "grant")
    found = grants.find(session, "china")
    assert found and found.error == "grant" and found.tried_at and not found.refreshing
    grants.keep(session, "china", tokens("two"))
    found = grants.find(session, "china")
    assert found and (found.error, found.tried_at) == ("", None)


@pytest.mark.parametrize(("error", "left"), [("grant", ""), ("no_grant", ""), ("folder", "folder")])
def test_a_login_that_went_well_ends_what_the_desk_says_against_the_grant(
    session: Session, error: str, left: str
) -> None:
    mailboxes.unwell(session, "china", error)
    grants.works(session, "china")
    session.expire_all()
    assert mailboxes.mailbox(session, "china").error == left
