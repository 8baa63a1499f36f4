"""How the database goes about what would be slow on a million tips, and that each way of going finds the same."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.core.making import MORNING, TODAY, make_tip
from tests.fixtures_db import Cast
from tests.plans import Watched, plan, watching
from tipline.core import consent, following, inbox, spam, triage
from tipline.core.access import Actor
from tipline.core.desk import activity
from tipline.core.filters import Filters
from tipline.core.filters.orders import Cursor
from tipline.core.inbox import views
from tipline.core.presence import viewers
from tipline.core.presence.page_state import PageState
from tipline.core.results import ResultsFilter, scope
from tipline.core.tags import hints
from tipline.db import is_sqlite
from tipline.models import CalloutMember, Status, Tag, Tip, TipTag
from tipline.vocabularies import ConsentChoice, Source


def on_sqlite(session: Session) -> None:
    """SQLite has no statistics: as it goes about a few tips, it does about a million."""
    if not is_sqlite(session):
        pytest.skip("PostgreSQL chooses by its statistics")


def tag(session: Session, name: str, *tips: Tip) -> None:
    row = session.scalars(select(Tag).where(col(Tag.folded) == name)).one_or_none() or Tag(name=name, folded=name)
    session.add(row)
    session.flush()
    session.add_all(TipTag(tip_id=tip.id, tag_id=row.id) for tip in tips)
    session.flush()


def on_both(session: Session, cast: Cast) -> Actor:
    """Bob, who is on the teams of both callouts."""
    session.add(CalloutMember(callout_id=cast.overtime, account_id=cast.bob.account_id))
    session.flush()
    return cast.bob


def steps(session: Session, watched: Watched, part: str) -> list[str]:
    found = [plan(session, *one) for one in watched.statements if part in " ".join(one[0].split())]
    assert found, part
    return [step for each in found for step in each]


@pytest.mark.parametrize(
    ("query", "index"), [("", "ix_tip_open_newest"), ("status:any", "ix_tip_newest"), ("status:new,ready", "newest")]
)
def test_somebody_on_several_teams_walks_lists_in_their_order_too(
    session: Session, cast: Cast, query: str, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_sqlite(session)
    monkeypatch.setattr("tipline.core.inbox.listing.FEW_TIPS", -1)
    bob = on_both(session, cast)
    with watching(session) as watched:
        inbox.page(session, Filters.parse(query), bob, TODAY, Cursor(MORNING, 9))
    found = steps(session, watched, "ORDER BY tip.received_at DESC")
    assert any(index in step for step in found), found
    assert not any("TEMP B-TREE" in step for step in found), found


def test_what_was_done_to_tips_is_found_by_the_tips(session: Session, cast: Cast) -> None:
    on_sqlite(session)
    tip = make_tip(session, cast.borders, spam_score=50)
    following.follow(session, tip.id or 0, cast.bob)
    event = triage.set_status(session, tip.id or 0, Status.REVIEWING, cast.alice)
    assert event is not None
    with watching(session) as watched:
        spam.signs_of(session, [tip.id or 0])
        activity.page(session, cast.bob)
        viewers.changed(session, [tip.id or 0], PageState(), cast.bob)
        consent.was_published(session, tip)
        triage.undo(session, event.id or 0, cast.alice)
    found = steps(session, watched, "FROM event")
    assert any("ix_event_tip" in step for step in found)
    assert not any("ix_event_verb" in step for step in found), found


@pytest.mark.parametrize("few", [7000, -1])
def test_what_somebody_did_is_found_by_them_or_by_the_tips(
    session: Session, cast: Cast, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_sqlite(session)
    monkeypatch.setattr("tipline.core.inbox.conditions.FEW_IDS", few)
    for query in ("ended:bob@2021-06-01/", "answered:bob@2021-06-01/"):
        with watching(session) as watched:
            inbox.page(session, Filters.parse(query), cast.bob, TODAY)
        found = steps(session, watched, "event.verb" if query.startswith("ended") else "outgoing")
        scans = [step for step in found if step.startswith("SCAN") and "anon" not in step]
        assert not scans and not any("ix_event_verb" in step for step in found), (query, found)


def test_news_of_followed_tips_are_read_from_the_newest_on(session: Session, cast: Cast) -> None:
    on_sqlite(session)
    with watching(session) as watched:
        activity.unseen(session, cast.bob)
    found = steps(session, watched, "FROM follower")
    assert any("ix_follower_news (account_id=? AND news_id>?)" in step for step in found), found
    assert not any("TEMP B-TREE" in step for step in found), found


def made(session: Session, cast: Cast) -> Actor:
    """A dozen tips on two callouts, and who is on both."""
    tips = [
        make_tip(session, cast.borders if n % 3 else cast.overtime, "A visa story" if n % 2 else "Another", n,
                 source=Source.CHAT if n % 4 == 1 else Source.MAIL, follow_up_on=TODAY if n % 5 == 1 else None)
        for n in range(12)
    ]  # fmt: skip
    for tip in tips[::4]:
        triage.set_status(session, tip.id or 0, Status.READY, cast.alice)
        triage.set_status(session, tip.id or 0, Status.USED, cast.alice)
        triage.set_status(session, tip.id or 0, Status.NEW, cast.alice)
    tag(session, "visa", *tips[::2])
    tag(session, "pay", *tips[::3])
    return on_both(session, cast)


@pytest.mark.parametrize(
    "query",
    [
        "tag:visa",
        "tag:visa tag:pay",
        "tag:pay status:any",
        "source:chat",
        "due:now",
        "-source:chat tag:visa",
        "reader:1",
        "ended:alice",
        "-ended:alice status:any",
        "answered:alice",
    ],
)
def test_counting_by_ids_and_on_a_walk_give_the_same(
    session: Session, cast: Cast, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob, filters = made(session, cast), Filters.parse(query)
    found = set()
    for few in (7000, -1):
        monkeypatch.setattr("tipline.core.inbox.conditions.FEW_IDS", few)
        for who in (bob, cast.alice, cast.carol):
            page = inbox.page(session, filters, who, TODAY, limit=1)
            found.add((who.name, page.count, tuple(row.tip.id for row in page.rows)))
    assert len(found) == 3, found


@pytest.mark.parametrize(
    "query",
    [
        "tag:visa", "tag:visa status:any", "source:chat", "visa", '"visa story"', "visa source:chat", "-tag:visa",
        "tag:visa before:2030",
    ],
)  # fmt: skip
def test_a_long_list_is_counted_among_its_newest_tips_and_says_so(
    session: Session, cast: Cast, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(session, cast)
    whole = inbox.page(session, Filters.parse(query), cast.alice, TODAY, limit=1)
    assert not whole.count_capped
    monkeypatch.setattr("tipline.core.inbox.conditions.FEW_IDS", -1)
    monkeypatch.setattr("tipline.core.inbox.listing.FEW_TIPS", -1)
    for name in ("FEW", "MANY"):
        monkeypatch.setattr(f"tipline.core.search.postgresql.TsVector.{name}", -1)
    for name in ("LOOKED_AT", "LOOKED_AT_FOR_WORDS"):
        searched = "visa" in query.replace("tag:visa", "")
        monkeypatch.setattr(f"tipline.core.inbox.listing.{name}", 3 if searched else 5)
    found = inbox.page(session, Filters.parse(query), cast.alice, TODAY, limit=1)
    assert found.count_capped
    assert 1 <= found.count <= whole.count
    assert [row.tip.id for row in found.rows] == [row.tip.id for row in whole.rows]


@pytest.mark.parametrize("many", [50_000, -1], ids=["looked up", "walked"])
def test_words_that_were_common_once_are_found_behind_newer_tips_without_them(
    session: Session, cast: Cast, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = [make_tip(session, cast.borders, "Stuck in the harbour", n).id or 0 for n in range(5)]
    for n in range(5, 12):
        make_tip(session, cast.borders, "Something else", n)
    monkeypatch.setattr("tipline.core.inbox.listing.FEW_TIPS", -1)
    monkeypatch.setattr("tipline.core.inbox.listing.LOOKED_AT_FOR_WORDS", 3)
    monkeypatch.setattr("tipline.core.search.postgresql.TsVector.FEW", -1)
    monkeypatch.setattr("tipline.core.search.postgresql.TsVector.MANY", many)
    for query in ("harbour", '"the harbour"', "harbour stuck", "harbour sort:oldest", "harbour before:2030"):
        wanted, after, met = Filters.parse(query), None, []
        for _ in range(3):
            page = inbox.page(session, wanted, cast.alice, TODAY, after, limit=2)
            met += [row.tip.id or 0 for row in page.rows]
            after = page.next
        assert after is None
        order = old if wanted.sort == "oldest" else old[::-1]
        assert met == order, query
        assert inbox.neighbours(session, wanted, order[0], cast.alice, TODAY) == (None, order[1])
        assert inbox.neighbours(session, wanted, order[-1], cast.alice, TODAY) == (order[-2], None)


def test_a_long_list_is_counted_by_the_numbers_of_its_newest_tips(
    session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_sqlite(session)
    made(session, cast)
    monkeypatch.setattr("tipline.core.inbox.conditions.FEW_IDS", -1)
    monkeypatch.setattr("tipline.core.inbox.listing.FEW_TIPS", -1)
    monkeypatch.setattr("tipline.core.inbox.listing.LOOKED_AT", 5)
    for query in ("tag:visa status:any", "tag:visa", "-source:chat"):
        with watching(session) as watched:
            inbox.page(session, Filters.parse(query), cast.alice, TODAY, limit=1)
        found = steps(session, watched, "FROM (SELECT 1 AS one FROM tip WHERE")
        assert "SEARCH tip USING INTEGER PRIMARY KEY (rowid>?)" in found, found


def test_a_word_that_few_tips_have_leads_and_others_do_not(
    session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_sqlite(session)
    made(session, cast)
    for few, step in ((7000, "ix_tip_source (source=?)"), (-1, "ix_tip_newest")):
        monkeypatch.setattr("tipline.core.inbox.conditions.FEW_IDS", few)
        with watching(session) as watched:
            inbox.page(session, Filters.parse("source:chat status:any"), cast.alice, TODAY, limit=1)
        found = steps(session, watched, "excerpt")
        assert any(step in one for one in found), found


def test_results_of_one_door_begin_with_the_callout(session: Session, cast: Cast) -> None:
    on_sqlite(session)
    made(session, cast)
    wanted = ResultsFilter(source=Source.MAIL, consent=ConsentChoice.NAME)
    with watching(session) as watched:
        session.execute(scope(session, cast.borders, wanted, cast.bob).ids()).all()
    found = steps(session, watched, "tip.source")
    assert any("callout_id=?" in step for step in found), found


def test_tags_are_learned_from_the_newest_tagged_tips(session: Session, cast: Cast) -> None:
    on_sqlite(session)
    made(session, cast)
    with watching(session) as watched:
        assert hints.learn(session, cast.borders).stories
    found = steps(session, watched, "tip.excerpt")
    assert "SEARCH tip USING INTEGER PRIMARY KEY (rowid=?)" in found, found


def test_open_work_is_filtered_in_its_index(session: Session, cast: Cast) -> None:
    on_sqlite(session)
    make_tip(session, cast.borders)
    with watching(session) as watched:
        inbox.newer_than(session, Filters.parse("has:photo"), cast.alice, None, TODAY)
        inbox.newer_than(session, Filters.parse("-lang:en verification:verified"), cast.alice, None, TODAY)
    found = steps(session, watched, "SELECT 1 AS one FROM tip")
    assert any("COVERING INDEX ix_tip_open_newest" in step for step in found), found


def test_tags_are_suggested_of_ones_own_callouts_however_many_others_have(
    session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tipline.core.inbox.NEWEST_TAGGED", 1)
    mine = make_tip(session, cast.borders)
    others = [make_tip(session, cast.overtime, minutes=n) for n in range(3)]
    tag(session, "visa", mine, *others)
    tag(session, "pay", *others)
    assert [found.name for found in inbox.tags(session, cast.bob)] == ["visa"]
    monkeypatch.setattr("tipline.core.inbox.NEWEST_OF_CALLOUT", 1)
    older = make_tip(session, cast.borders, minutes=-5)
    tag(session, "school", older)
    assert [found.name for found in inbox.tags(session, cast.bob)] == ["school", "visa"]
    if is_sqlite(session):
        with watching(session) as watched:
            inbox.tags(session, cast.bob)
        found = steps(session, watched, "FROM tag")
        assert any("ix_tip_tag_tag_id (tag_id=?)" in step for step in found), found
        assert not any("SCAN tip" in step for step in found), found


def test_new_tips_of_a_view_with_words_are_looked_up_one_by_one(
    session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tipline.core.search.sqlite.Fts5.ONE_LOOKUP", 0)
    make_tip(session, cast.borders, "A visa story")
    views.save(session, "Visas", "visa", cast.bob, alert=True)
    for n in range(3):
        make_tip(session, cast.borders, "A visa story" if n else "Another", n)
    session.flush()
    with watching(session) as watched:
        (size,) = views.sizes(session, cast.bob).values()
    assert (size.count, size.news) == (3, 2)
    if is_sqlite(session):
        found = steps(session, watched, "AND tip.id > ?")
        assert any("INTEGER PRIMARY KEY (rowid>?)" in step for step in found), found


def test_a_list_that_begins_later_is_counted_as_before(session: Session, cast: Cast) -> None:
    bob = made(session, cast)
    place = Cursor(MORNING + timedelta(minutes=6), 10**6)
    assert inbox.newer_than(session, Filters.parse("tag:visa"), bob, place, TODAY) == 2


@pytest.mark.parametrize("query", ['"visa story"', "visa story", "story -another", "签证航班"])
def test_common_words_are_met_on_a_walk_and_rare_ones_found_in_the_index(
    session: Session, cast: Cast, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n, words in enumerate(("A visa story", "签证航班", "Another story", "A visa story")):
        make_tip(session, cast.borders, words, n)
    found = []
    for looked_at in (1, 400):
        monkeypatch.setattr("tipline.core.search.postgresql.TsVector.LOOKED_AT", looked_at)
        with watching(session) as watched:
            page = inbox.page(session, Filters.parse(query), cast.bob, TODAY)
        found.append([row.tip.id for row in page.rows])
        if not is_sqlite(session) and looked_at == 400:
            steps(session, watched, "WITH hits AS MATERIALIZED")
    assert found[0] == found[1] != []


@pytest.mark.parametrize("query", ["has:note status:any", "has:answer status:any", "has:note,photo", "-has:note"])
@pytest.mark.parametrize("few", [7000, -1])
def test_notes_and_answers_lead_where_they_are_few_and_each_tip_is_asked_for_one_else(
    session: Session, cast: Cast, query: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tipline.core.inbox.conditions.FEW_IDS", few)
    made(session, cast)
    noted = make_tip(session, cast.borders, minutes=20)
    for words in ("Call her back", "Called"):
        triage.note(session, noted.id or 0, words, cast.alice)
    if not is_sqlite(session):  # so few rows are read at once, where it may
        session.connection().exec_driver_sql("ANALYZE")
        session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
    with watching(session) as watched:
        found = [row.tip.id for row in inbox.page(session, Filters.parse(query), cast.alice, TODAY).rows]
    assert (noted.id in found) == (query in ("has:note status:any", "has:note,photo"))
    assert found == [noted.id] or not query.startswith("has:note")
    table = "answer" if "answer" in query else "note"
    found_steps = steps(session, watched, f"FROM {table}")
    assert any(f"ix_{table}" in step for step in found_steps), found_steps
    assert not any(f"Seq Scan on {table}" in step or f"SCAN {table}" == step for step in found_steps), found_steps
    probes = few < 0 or not query.endswith("status:any")
    asked = [step for step in found_steps if f"ix_{table}_tip_id (tip_id=?)" in step or "Index Cond: (tip_id" in step]
    assert bool(asked) == probes, found_steps


def test_what_many_of_the_newest_tips_say_is_not_looked_up_first(
    session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_sqlite(session):
        pytest.skip("SQLite walks the hits of a word in the order of lists")
    made(session, cast)
    for few, looked_up in ((5_000, True), (0, False)):
        monkeypatch.setattr("tipline.core.search.postgresql.TsVector.FEW", few)
        with watching(session) as watched:
            page = inbox.page(session, Filters.parse("visa"), cast.alice, TODAY, limit=1)
        assert page.rows
        alone = [one for one, _ in watched.statements if one.startswith("SELECT search_document.tip_id \nFROM")]
        assert bool(alone) is looked_up
