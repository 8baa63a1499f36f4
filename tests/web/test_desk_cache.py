"""What pages keep in memory: nobody here sees what stood there before a change, nor what others changed for long."""

import re

import pytest
from flask import Flask
from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from tests.core.making import make_tip
from tests.fixtures_db import Cast
from tests.fixtures_web import Browser
from tests.plans import watching
from tests.web.arriving import by_form
from tests.web.desk.test_inbox import open_as
from tipline.cache import SECONDS, TableCache
from tipline.core import triage
from tipline.core.retention import erasure
from tipline.core.tags import hints
from tipline.db import Database, connect
from tipline.models import Account, CalloutMember, CalloutText
from tipline.sealing import new_id

NAMES = frozenset({"account"})


@pytest.fixture
def memory(database: Database) -> TableCache:
    return TableCache(database.engine)


def rename(session: Session, cast: Cast, title: str) -> None:
    session.execute(update(CalloutText).where(col(CalloutText.callout_id) == cast.borders).values(title=title))
    session.commit()


def titles(browser: Browser) -> str:
    """The rail, the filter menu, and where the bar moves tips to."""
    return browser.get("/desk").text


def test_a_change_shows_on_the_next_page(app: Flask, session: Session, cast: Cast) -> None:
    alice = open_as(app, cast.alice)
    for title in ("Stranded by closed borders", "Home at last"):
        rename(session, cast, title)
        assert titles(alice).count(title) == 3


def test_whoever_leaves_a_team_is_offered_its_callout_no_more(app: Flask, session: Session, cast: Cast) -> None:
    rename(session, cast, "Stranded by closed borders")
    bob = open_as(app, cast.bob)
    assert "Stranded by closed borders" in titles(bob)
    session.execute(delete(CalloutMember).where(col(CalloutMember.account_id) == cast.bob.account_id))
    session.commit()
    assert "Stranded by closed borders" not in titles(bob)


def test_what_is_kept_for_one_person_is_shown_to_no_other(app: Flask, session: Session, cast: Cast) -> None:
    rename(session, cast, "Stranded by closed borders")
    assert "Stranded by closed borders" in titles(open_as(app, cast.alice))
    assert "Stranded by closed borders" not in titles(open_as(app, cast.carol))


def test_a_page_is_made_again_in_another_language(app: Flask, session: Session, cast: Cast) -> None:
    alice = open_as(app, cast.alice)
    assert '<option value="is:unread">unread' in titles(alice)
    session.execute(update(Account).where(col(Account.id) == cast.alice.account_id).values(locale="zh_Hans"))
    session.commit()
    assert '<option value="is:unread">未读' in titles(alice)


def test_a_second_page_asks_less(app: Flask, cast: Cast, database: Database) -> None:
    alice, asked = open_as(app, cast.alice), []
    for _ in range(2):
        with database.reading() as session, watching(session) as watched:
            alice.get("/desk")
        asked.append(len(watched.statements))
    assert asked[1] <= asked[0] - 10


def test_what_another_process_changes_shows_after_a_while(
    app: Flask, session: Session, cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr("tipline.cache.time.monotonic", lambda: clock[0])
    alice = open_as(app, cast.alice)
    rename(session, cast, "Stranded by closed borders")
    assert "Stranded by closed borders" in titles(alice)
    other = connect(database.engine.url.render_as_string(hide_password=False))
    with Database(other, database.master, database.files).writing() as elsewhere:
        rename(elsewhere, cast, "Home at last")
    other.dispose()
    clock[0] += SECONDS + 1
    assert "Home at last" in titles(alice)


def inbox_count(browser: Browser) -> str:
    """The number beside "Inbox" in the rail."""
    found = re.search(r'<span class="label">Inbox</span> <span class="n ?">([^<]*)', browser.get("/desk").text)
    assert found
    return found[1]


def test_a_tip_that_another_process_files_is_in_the_counts_at_once(
    app: Flask, session: Session, cast: Cast, database: Database
) -> None:
    by_form(session, cast.borders)
    alice = open_as(app, cast.alice)
    assert [inbox_count(alice) for _ in range(2)] == ["1", "1"]
    other = connect(database.engine.url.render_as_string(hide_password=False))
    with Database(other, database.master, database.files).writing() as elsewhere:
        by_form(elsewhere, cast.borders, text="Nine of us wait at the crossing.")
    other.dispose()
    assert inbox_count(alice) == "2"


def test_the_rail_is_each_person_s_and_its_button_signs_out(app: Flask, session: Session, cast: Cast) -> None:
    by_form(session, cast.borders)
    for who, name in ((cast.alice, "Alice"), (cast.dave, "Dave")):
        browser = open_as(app, who)
        for _ in range(2):
            page = browser.get("/desk").text
            assert f'<span class="label">{name}</span>' in page and ("Enter a tip" in page) == (name == "Alice")
        assert '<form method="post" action="/logout" id="sign-out">' in page
        assert '<button class="as-row" form="sign-out">' in page


def test_what_suggestions_were_learned_from_is_read_seldom_and_anew_once_a_tip_is_erased(
    app: Flask, session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, learned = [1000.0], []
    monkeypatch.setattr("tipline.cache.time.monotonic", lambda: clock[0])
    learn = hints.learn
    monkeypatch.setattr(hints, "learn", lambda *given: (learned.append(given), learn(*given))[1])
    tip_id, gone = (make_tip(session, cast.borders).id or 0 for _ in range(2))
    session.commit()
    alice = open_as(app, cast.alice)
    for _ in range(2):
        alice.get(f"/desk/tips/{tip_id}")
        triage.tag(session, tip_id, ["visa"], cast.alice)
        session.commit()
        clock[0] += SECONDS + 1
    assert len(learned) == 1
    erasure.erase(session, gone, cast.alice)
    session.commit()
    alice.get(f"/desk/tips/{tip_id}")
    assert len(learned) == 2


def test_what_was_read_before_a_change_is_not_kept_after_it(
    memory: TableCache, session: Session, cast: Cast, database: Database
) -> None:
    with database.reading() as reading:
        since = memory.change
        names = reading.scalars(select(col(Account.name))).all()
        session.execute(update(Account).where(col(Account.id) == cast.bob.account_id).values(name="Robert"))
        session.commit()
        memory.keep("names", names, NAMES, since)
    assert memory.find("names") is None
    memory.keep("names", ["Robert"], NAMES, memory.change)
    assert memory.find("names") is not None


def test_a_change_counts_for_its_own_tables_alone_and_once_it_is_committed(
    memory: TableCache, session: Session, cast: Cast
) -> None:
    memory.keep("names", ["Bob"], NAMES, memory.change)
    rename(session, cast, f"{new_id()}")
    assert memory.find("names") is not None
    session.execute(update(Account).values(timezone="UTC"))
    assert memory.find("names") is not None
    session.commit()
    assert memory.find("names") is None


def test_no_more_is_kept_than_there_is_room_for(memory: TableCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tipline.cache.MAX_VALUES", 3)
    for n in range(5):
        memory.keep(n, n, NAMES, 0)
    assert [n for n in range(5) if memory.find(n)] == [3, 4]
