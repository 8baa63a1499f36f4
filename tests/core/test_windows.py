"""One person's two windows: what both keep at once is kept once, and the second is told where that matters."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import Session, col, select

from tests.core.asking import converse, make_callout
from tests.core.making import make_tip
from tests.core.turns import Change, in_turns
from tests.fixtures_db import Cast
from tipline.core import callouts, following, triage
from tipline.core.bulk import macros
from tipline.core.bulk.steps import BulkStep
from tipline.core.facts import fact_types
from tipline.core.inbox import recent_searches, views
from tipline.core.intake import drafts, mail_form
from tipline.core.mailboxes import grants
from tipline.core.presence import viewers
from tipline.db import Database, is_sqlite, now
from tipline.errors import Refused
from tipline.models import DataKey, Draft, Follower, Presence, RecentSearch, TipSeen


def twice(database: Database, change: Change) -> list[BaseException]:
    if is_sqlite(database.engine):
        pytest.skip("one writer at a time")
    return in_turns(database, [change, lambda _: None], [change, lambda _: None])


def after(database: Database, one: Change, other: Change) -> list[BaseException]:
    """The other begins when the one is done, and not committed yet."""
    return in_turns(database, [one, Session.flush, lambda _: None], [lambda _: None, other])


def test_a_search_is_remembered_once(database: Database, session: Session, cast: Cast) -> None:
    assert twice(database, lambda s: recent_searches.remember(s, "visa", cast.bob)) == []
    assert session.scalars(select(col(RecentSearch.query))).all() == ["visa"]


def test_of_two_views_or_macros_of_one_name_the_second_is_refused(database: Database, cast: Cast) -> None:
    steps = [BulkStep("status", "ready")]
    for change in (
        lambda s: views.save(s, "Photos", "has:photo", cast.bob),
        lambda s: macros.save(s, None, "Ready", "", steps, cast.bob),
    ):
        (refused,) = twice(database, change)
        assert isinstance(refused, Refused)


@pytest.fixture
def tip_id(session: Session, cast: Cast) -> int:
    made = make_tip(session, cast.borders).id or 0
    session.commit()
    return made


def test_a_tip_opened_in_two_windows_is_read_once_in_each(
    database: Database, session: Session, cast: Cast, tip_id: int
) -> None:
    assert twice(database, lambda s: triage.mark_seen(s, tip_id, cast.bob)) == []
    assert session.scalars(select(col(TipSeen.tip_id))).all() == [tip_id]


def test_a_person_with_two_windows_is_at_a_tip_once(
    database: Database, session: Session, cast: Cast, tip_id: int
) -> None:
    assert twice(database, lambda s: viewers.note(s, tip_id, cast.bob, writing=True)) == []
    assert session.scalars(select(col(Presence.writing))).all() == [True]


def test_who_follows_a_tip_at_the_moment_at_which_it_is_given_to_them_follows_it_once(
    database: Database, session: Session, cast: Cast, tip_id: int
) -> None:
    if is_sqlite(database.engine):
        pytest.skip("one writer at a time")
    given: Change = lambda s: triage.assign(s, tip_id, cast.bob.account_id, cast.alice)  # noqa: E731
    mute: Change = lambda s: following.mute(s, tip_id, cast.bob)  # noqa: E731
    assert after(database, given, mute) == []
    assert session.scalars(select(col(Follower.muted))).all() == [True]


def test_two_who_tidy_up_after_each_other_do_not_wait_for_each_other(
    database: Database, session: Session, cast: Cast, tip_id: int
) -> None:
    if is_sqlite(database.engine):
        pytest.skip("one writer at a time")
    old = now() - timedelta(hours=1)
    both = (cast.bob, cast.alice)
    session.add_all(Presence(tip_id=tip_id, account_id=one.account_id, at=old) for one in both)
    session.commit()

    def come_back(account_id: int) -> Change:
        return lambda s: s.execute(update(Presence).where(col(Presence.account_id) == account_id).values(at=now()))

    first, second = ([come_back(one.account_id), viewers.tidy] for one in both)
    assert in_turns(database, first, second) == []
    assert len(session.scalars(select(col(Presence.at))).all()) == 2


def test_a_form_that_does_not_pass_is_kept_whole_when_it_is_pressed_twice(
    database: Database, session: Session, cast: Cast
) -> None:
    assert twice(database, lambda s: drafts.keep(s, "one", cast.borders, {"q1": ["My words"]})) == []
    kept = drafts.take(session, "one")
    assert kept is not None and kept.fields == {"q1": ["My words"]}
    keys = set(session.scalars(select(col(Draft.key_id))))
    assert len(keys) == 1 and len(session.scalars(select(DataKey)).all()) == 1, "no key is left over"


def test_a_form_opened_from_a_mail_in_two_windows_keeps_what_was_typed_in_one(
    database: Database, session: Session, cast: Cast
) -> None:
    if is_sqlite(database.engine):
        pytest.skip("one writer at a time")
    callout = make_callout(session, cast)
    talk = converse(session, callout)
    session.commit()
    view = callouts.form_of(session, callout, "en")
    typed = {f"q{view.questions[0].id}": ["Typed"]}

    def begin(s: Session) -> str:
        return mail_form.begin(s, talk.tip, view).id

    def begin_and_type(s: Session) -> None:
        drafts.keep(s, begin(s), callout.id or 0, typed)

    assert after(database, begin_and_type, begin) == []
    kept = session.scalars(select(col(Draft.submission_id))).one()
    waiting = drafts.take(session, kept)
    assert waiting is not None and waiting.fields == typed


def test_of_two_types_of_facts_of_one_name_the_second_is_refused(database: Database, cast: Cast) -> None:
    draft = fact_types.TypeDraft("Embassy")
    (refused,) = twice(database, lambda s: fact_types.save(s, None, draft, cast.alice))
    assert isinstance(refused, Refused)


def test_a_mailbox_is_connected_once_by_two_presses(database: Database, session: Session) -> None:
    tokens = grants.OAuthTokens("access", "refresh", now())
    assert twice(database, lambda s: grants.keep(s, "tips", tokens)) == []
    assert len(session.scalars(select(DataKey)).all()) == 1
