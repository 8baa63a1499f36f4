"""Lists, counts, neighbours: what is in them, for whom, and how the database goes about them."""

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select
from sqlmodel import Session, col

from tests.core.making import MORNING, TODAY, make_tip, say
from tests.core.test_facts import suggest
from tests.fixtures_db import Cast
from tests.plans import plan, watching
from tipline.core import counters, inbox, list_rows, search, vault
from tipline.core.access import Actor
from tipline.core.filters import Filters, Sort
from tipline.core.listing import CAP
from tipline.core.orders import Cursor
from tipline.db import is_sqlite
from tipline.models import (
    Direction,
    FactState,
    Message,
    Note,
    Outgoing,
    Reader,
    SendState,
    Status,
    Tag,
    Tip,
    TipAccess,
    TipSeen,
    TipTag,
    Verification,
)
from tipline.sealing import new_id
from tipline.words import ConsentChoice, Source


def ids(session: Session, query: str, by: Actor, **given: object) -> list[int]:
    page = inbox.page(session, Filters.parse(query), by, TODAY, **given)  # type: ignore[arg-type]
    return [row.tip.id or 0 for row in page.rows]


def tag(session: Session, tip: Tip, *names: str) -> None:
    for name in names:
        known = session.scalars(select(Tag).where(col(Tag.folded) == name.casefold())).one_or_none()
        row = known or Tag(name=name, folded=name.casefold())
        session.add(row)
        session.flush()
        session.add(TipTag(tip_id=tip.id, tag_id=row.id))
    session.flush()


def test_the_inbox_is_open_work_newest_first(session: Session, cast: Cast) -> None:
    made = {status: make_tip(session, cast.borders, minutes=n, status=status).id for n, status in enumerate(Status)}
    assert ids(session, "", cast.alice) == [
        made[s] for s in (Status.READY, Status.WAITING, Status.REVIEWING, Status.NEW)
    ]
    assert ids(session, "status:spam", cast.alice) == [made[Status.SPAM]]
    assert ids(session, "status:used,spam", cast.alice) == [made[Status.SPAM], made[Status.USED]]
    assert ids(session, "status:any", cast.alice) == [made[status] for status in reversed(Status)]
    assert ids(session, "story", cast.alice) == [made[s] for s in reversed(Status) if s is not Status.SPAM]


@pytest.mark.parametrize("query", ["", "status:any", "story", "tag:visa", "due:any", "assignee:none", "source:form"])
def test_each_person_sees_the_tips_of_their_callouts_and_restricted_ones_that_name_them(
    session: Session, cast: Cast, query: str
) -> None:
    made = {}
    for callout, name in ((cast.borders, "borders"), (cast.overtime, "overtime")):
        for restricted in (False, True):
            tip = make_tip(session, callout, "story", follow_up_on=TODAY, restricted=restricted)
            tag(session, tip, "visa")
            made[name, restricted] = tip.id
    session.add(TipAccess(tip_id=made["borders", True], account_id=cast.bob.account_id))
    session.add(TipAccess(tip_id=made["overtime", True], account_id=cast.bob.account_id))
    session.flush()
    indexed = query != "story"  # restricted tips are in no index
    assert set(ids(session, query, cast.alice)) == {made["borders", False], made["overtime", False]}
    assert set(ids(session, query, cast.bob)) == {made["borders", False], *([made["borders", True]] if indexed else [])}
    assert set(ids(session, query, cast.carol)) == {made["overtime", False]}
    assert set(ids(session, query, cast.dave)) == {made["borders", False]}
    assert ids(session, query, cast.ada) == []
    for actor in (cast.alice, cast.bob, cast.carol, cast.dave, cast.ada):
        page = inbox.page(session, Filters.parse(query), actor, TODAY)
        assert (page.count, page.count_capped) == (len(page.rows), False)


def test_each_filter_narrows_the_list(session: Session, cast: Cast) -> None:
    one = make_tip(
        session, cast.borders, "One visa story", source=Source.MAIL, language="zh-Hans", consent=ConsentChoice.ASK,
        verification=Verification.VERIFIED, photos=1, files=2, forwarded=True, automatic=True,
        assignee_id=cast.bob.account_id, follow_up_on=TODAY,
    )  # fmt: skip
    two = make_tip(session, cast.overtime, "Two", 60 * 24, language="en", follow_up_on=TODAY - timedelta(days=1))
    tag(session, one, "Visa", "family")
    tag(session, two, "Visa")
    session.add(TipSeen(tip_id=two.id, account_id=cast.alice.account_id, seen_at=two.reader_wrote_at))
    session.flush()
    only_one = (
        "callout:borders", "source:mail", "source:mail,phone", "lang:zh", "lang:zh-hans", "consent:ask", "has:photo",
        "verification:verified", "has:file", "is:forwarded", "is:automatic", "is:unread", "tag:family",
        "tag:visa tag:family", "assignee:bob", "assignee:B", f"assignee:{cast.bob.account_id}", "due:today", "visa",
        "before:2021-06-23", '"one visa" tag:visa', "assignee:bob callout:borders status:new",
    )  # fmt: skip
    for query in only_one:
        assert ids(session, query, cast.alice) == [one.id], query
    for query in (
        "callout:overtime",
        "assignee:none",
        "due:overdue",
        "since:2021-06-23",
        "lang:en",
        "after:2021-06-22",
    ):
        assert ids(session, query, cast.alice) == [two.id], query
    for query in ("", "tag:VISA", "due:now", "due:any", "status:new", "before:2022", "since:2021"):
        assert ids(session, query, cast.alice) == [two.id, one.id], query
    for query in ("callout:nowhere", "tag:none", "assignee:me", "assignee:zoe", "assignee:999", "lang:fr", "nothing"):
        assert ids(session, query, cast.alice) == [], query
    assert ids(session, "assignee:me", cast.bob) == [one.id]
    assert ids(session, "callout:overtime", cast.bob) == []


def test_a_percent_sign_in_a_name_is_only_a_percent_sign(session: Session, cast: Cast) -> None:
    make_tip(session, cast.borders, assignee_id=cast.bob.account_id)
    assert ids(session, "assignee:%", cast.alice) == ids(session, "assignee:_", cast.alice) == []


def test_words_that_can_not_be_looked_for_find_nothing(session: Session, cast: Cast) -> None:
    make_tip(session, cast.borders)
    assert inbox.page(session, Filters(text="***"), cast.alice, TODAY).rows == []


def test_joined_tips_are_in_no_list_and_no_number(session: Session, cast: Cast) -> None:
    target, tip = make_tip(session, cast.borders), make_tip(session, cast.borders, follow_up_on=TODAY)
    tip.joined_into = target.id
    session.flush()
    counters.move(session, tip, counters.standing(tip), None)
    search.put(session, tip.id or 0)
    for query in ("", "status:any", "status:new", "callout:borders", "story"):
        assert ids(session, query, cast.alice) == [target.id]
    assert ids(session, "due:any", cast.alice) == []
    counts = inbox.counts(session, cast.alice, TODAY)
    assert (counts.inbox, counts.everything, counts.due) == (1, 1, 0)


@pytest.mark.parametrize("query", ["", "status:any", "story", "tag:visa", "callout:borders", "assignee:none"])
def test_pages_follow_each_other_without_gap_or_double(session: Session, cast: Cast, query: str) -> None:
    minutes = (5, 1, 1, 1, 9, 3, 3)
    made = [make_tip(session, cast.borders, "story", n) for n in minutes]
    for tip in made:
        tag(session, tip, "visa")
    expected = [tip.id for tip in sorted(made, key=lambda t: (t.received_at, t.id), reverse=True)]
    seen: list[int] = []
    after: Cursor | None = None
    for _ in range(4):
        page = inbox.page(session, Filters.parse(query), cast.bob, TODAY, after, limit=2)
        assert page.count == 7
        seen += [row.tip.id or 0 for row in page.rows]
        after = Cursor.parse(str(page.next)) if page.next else None
    assert after is None
    assert seen == expected
    for n, tip_id in enumerate(expected):
        above, below = inbox.neighbours(session, Filters.parse(query), tip_id or 0, cast.bob, TODAY)
        assert above == (expected[n - 1] if n else None)
        assert below == (expected[n + 1] if n < 6 else None)
    assert inbox.ids(session, Filters.parse(query), cast.bob, TODAY, 5) == expected[:5]


@pytest.mark.parametrize("query", ["", "story"])
def test_what_came_above_a_place_is_counted(session: Session, cast: Cast, query: str) -> None:
    filters = Filters.parse(query)
    assert inbox.newer_than(session, filters, cast.bob, None, TODAY) == 0
    make_tip(session, cast.borders, "story")
    here = inbox.page(session, filters, cast.bob, TODAY).top
    assert inbox.newer_than(session, filters, cast.bob, here, TODAY) == 0
    make_tip(session, cast.borders, "story", 5)
    make_tip(session, cast.overtime, "story", 5)
    assert inbox.newer_than(session, filters, cast.bob, here, TODAY) == 1
    assert inbox.newer_than(session, filters, cast.bob, None, TODAY) == 2


def test_a_neighbour_is_found_from_a_tip_that_left_the_list(session: Session, cast: Cast) -> None:
    first, middle, last = (make_tip(session, cast.borders, minutes=n) for n in range(3))
    middle.status = Status.CLOSED
    session.flush()
    assert inbox.neighbours(session, Filters(), middle.id or 0, cast.bob, TODAY) == (last.id, first.id)


@pytest.mark.parametrize(
    "value", ["", "-", "1-", "x-1", "1-x", "9" * 30 + "-1", "1-" + "9" * 30, "1--1", "1-1-1", "½-1"]
)
def test_a_place_that_is_none_is_no_place(value: str) -> None:
    assert Cursor.parse(value) is None


def test_a_place_comes_back_from_its_url() -> None:
    place = Cursor(MORNING + timedelta(microseconds=7), 412)
    assert Cursor.parse(str(place)) == place


def test_the_rail_counts_what_its_lists_hold(session: Session, cast: Cast) -> None:
    bob = cast.bob.account_id
    for n, status in enumerate((*Status, Status.NEW, Status.WAITING)):
        make_tip(session, cast.borders, minutes=n, status=status, assignee_id=bob if n % 2 else None)
    make_tip(session, cast.overtime, assignee_id=bob, follow_up_on=TODAY)
    make_tip(session, cast.borders, follow_up_on=TODAY)
    make_tip(session, cast.borders, follow_up_on=TODAY - timedelta(days=3), status=Status.CLOSED)
    make_tip(session, cast.borders, follow_up_on=TODAY - timedelta(days=3), status=Status.SPAM)
    make_tip(session, cast.borders, follow_up_on=TODAY + timedelta(days=3))
    named = make_tip(session, cast.borders, restricted=True, follow_up_on=TODAY, assignee_id=bob)
    session.add(TipAccess(tip_id=named.id, account_id=bob))
    make_tip(session, cast.borders, restricted=True)
    session.flush()
    queries = {
        "inbox": "", "mine": "assignee:me", "unassigned": "assignee:none", "waiting": "status:waiting",
        "due": "due:now", "overdue": "due:overdue", "spam": "status:spam", "everything": "status:any",
    }  # fmt: skip
    for actor in (cast.alice, cast.bob, cast.carol, cast.dave, cast.ada):
        counts = inbox.counts(session, actor, TODAY)
        for name, query in queries.items():
            page = inbox.page(session, Filters.parse(query), actor, TODAY)
            assert getattr(counts, name) == page.count == len(page.rows), (actor.name, name)
        for slug, callout_id in (("borders", cast.borders), ("overtime", cast.overtime)):
            page = inbox.page(session, Filters.parse(f"callout:{slug}"), actor, TODAY)
            assert counts.callouts.get(callout_id, 0) == page.count == len(page.rows)
    assert inbox.counts(session, cast.bob, TODAY).mine == 4  # not the one of a callout that he is no member of
    assert inbox.counts(session, cast.ada, TODAY) == inbox.Counts()


def test_days_are_those_of_the_person_who_looks(session: Session, cast: Cast) -> None:
    make_tip(session, cast.borders, follow_up_on=date(2021, 6, 23))
    assert inbox.counts(session, cast.bob, date(2021, 6, 22)).due == 0
    assert inbox.counts(session, cast.bob, date(2021, 6, 23)).due == 1
    assert inbox.counts(session, cast.bob, date(2021, 6, 24)).overdue == 1


def test_a_count_that_is_not_kept_stops_at_its_cap(session: Session, cast: Cast) -> None:
    reader = Reader(key_id=vault.new_key(session).id, created_at=MORNING)
    session.add(reader)
    session.flush()
    values = {
        "callout_id": cast.borders, "reader_id": reader.id, "source": Source.FORM, "received_at": MORNING,
        "updated_at": MORNING, "reader_wrote_at": MORNING,
    }  # fmt: skip
    session.execute(insert(Tip), [{**Tip(**values).model_dump(exclude={"id"}), **values} for _ in range(CAP + 5)])
    counters.rebuild(session)
    page = inbox.page(session, Filters.parse("source:form"), cast.bob, TODAY)
    assert (page.count, page.count_capped, len(page.rows)) == (CAP, True, 50)
    page = inbox.page(session, Filters(), cast.bob, TODAY)
    assert (page.count, page.count_capped) == (CAP + 5, False)


def test_a_row_has_all_that_its_two_lines_show(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders, assignee_id=cast.bob.account_id, follow_up_on=TODAY - timedelta(days=1))
    tag(session, tip, "visa", "Family")
    (row,) = inbox.page(session, Filters(), cast.bob, TODAY).rows
    assert (row.tip.id, row.callout, row.assignee, row.initials) == (tip.id, "borders", "Bob", "BO")
    assert [name for _, name in row.tags] == ["Family", "visa"]
    assert row.unread and row.overdue and not row.outgoing_problem


def test_a_tip_is_unread_until_it_is_seen_and_again_when_the_reader_writes(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders)
    session.add(TipSeen(tip_id=tip.id, account_id=cast.bob.account_id, seen_at=MORNING + timedelta(hours=1)))
    session.flush()
    assert not inbox.page(session, Filters(), cast.bob, TODAY).rows[0].unread
    assert inbox.page(session, Filters(), cast.alice, TODAY).rows[0].unread
    assert ids(session, "is:unread", cast.bob) == []
    tip.reader_wrote_at = MORNING + timedelta(hours=2)
    session.flush()
    assert inbox.page(session, Filters(), cast.bob, TODAY).rows[0].unread
    assert ids(session, "is:unread", cast.bob) == [tip.id]


@pytest.mark.parametrize("state", SendState)
def test_a_reply_that_did_not_arrive_is_a_problem(session: Session, cast: Cast, state: SendState) -> None:
    tip = make_tip(session, cast.borders)
    message: Message = say(session, tip, "Thank you", direction=Direction.OUT)
    session.add(Outgoing(id=new_id(), message_id=message.id, tip_id=tip.id, state=state, not_before=MORNING))
    session.flush()
    (row,) = inbox.page(session, Filters(), cast.bob, TODAY).rows
    assert row.outgoing_problem == (state in ("failed", "unknown", "bounced"))


def test_only_tags_on_tips_that_one_sees_are_suggested(session: Session, cast: Cast) -> None:
    tag(session, make_tip(session, cast.borders), "visa", "Family")
    tag(session, make_tip(session, cast.overtime), "pay")
    tag(session, make_tip(session, cast.borders, restricted=True), "secret")
    names = {a.name: [t.name for t in inbox.tags(session, a)] for a in (cast.alice, cast.bob, cast.carol, cast.ada)}
    assert names == {"Alice": ["Family", "pay", "visa"], "Bob": ["Family", "visa"], "Carol": ["pay"], "Ada": []}


@pytest.mark.parametrize(
    ("name", "letters"), [("Shen Lu", "SL"), ("bob", "BO"), ("李小龙", "小龙"), ("", ""), ("Ana de la Cruz", "AC")]
)
def test_initials_are_two_letters(name: str, letters: str) -> None:
    assert list_rows.initials(name) == letters


def test_a_minus_leaves_out_what_it_names(session: Session, cast: Cast) -> None:
    one = make_tip(
        session, cast.borders, "One visa story", source=Source.MAIL, language="zh-Hans", consent=ConsentChoice.ASK,
        verification=Verification.VERIFIED, photos=1, files=1, forwarded=True, status=Status.REVIEWING,
        assignee_id=cast.bob.account_id, follow_up_on=TODAY, answered_at=MORNING,
    )  # fmt: skip
    two = make_tip(session, cast.overtime, "Two", 60 * 24, language="en")
    tag(session, one, "visa", "family")
    session.add(Note(tip_id=one.id, author_id=cast.bob.account_id, text="Call her", created_at=MORNING))
    session.add(TipSeen(tip_id=two.id, account_id=cast.alice.account_id, seen_at=two.reader_wrote_at))
    session.flush()
    for query in (
        "callout:borders", "source:mail", "lang:zh", "consent:ask", "has:photo", "has:note", "has:reply",
        "verified:yes", "is:forwarded", "is:unread", "tag:family", "tag:visa", "tag:none,visa", "assignee:bob",
        "assignee:bob,me", "due:today", "due:any", "status:reviewing", "has:photo,answer",
    ):  # fmt: skip
        assert ids(session, query, cast.alice) == [one.id], query
        assert ids(session, f"-{query}", cast.alice) == [two.id], query
        page = inbox.page(session, Filters.parse(f"-{query}"), cast.alice, TODAY)
        assert (page.count, page.count_capped) == (1, False), query
    for query in (
        "-due:overdue",
        "-tag:nowhere",
        "-callout:nowhere",
        "assignee:bob,none",
        "assignee:none,bob sort:due -due:any OR",
    ):
        wanted = [two.id, one.id] if "sort" not in query else []
        assert ids(session, query, cast.alice) == wanted, query
    for query in ("-assignee:none -assignee:bob", "status:new -status:new", "tag:visa -tag:family", "-callout:borders"):
        assert one.id not in ids(session, query, cast.alice), query
    assert ids(session, "-callout:borders", cast.bob) == []


def test_a_tag_that_was_merged_finds_what_the_other_one_does(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders)
    tag(session, tip, "visa")
    kept = session.scalars(select(Tag)).one()
    session.add(Tag(name="visas", folded="visas", merged_into=kept.id))
    session.flush()
    assert ids(session, "tag:visas", cast.alice) == [tip.id]
    assert ids(session, "-tag:visas", cast.alice) == []


@pytest.mark.parametrize("few", [True, False])
def test_each_order_pages_without_gap_or_double(
    session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch, few: bool
) -> None:
    if not few:
        monkeypatch.setattr("tipline.core.listing.FEW", -1)
        monkeypatch.setattr("tipline.core.listing.FEW_HITS", 1)
    made = []
    for n in range(9):
        wrote = MORNING + timedelta(hours=(n * 5) % 7)
        answered = wrote + timedelta(hours=(-1, 1)[n % 2]) if n % 3 else None
        due = TODAY + timedelta(days=n % 3) if n % 4 else None
        status = Status.REVIEWING if n == 5 else Status.NEW
        given = {"status": status, "reader_wrote_at": wrote, "answered_at": answered, "follow_up_on": due}
        made.append(make_tip(session, cast.borders, "story", (n * 4) % 9, **given))
    make_tip(session, cast.borders, "story", 3, status=Status.CLOSED)
    orders = {
        "": sorted(made, key=lambda t: (t.received_at, t.id), reverse=True),
        "sort:oldest": sorted(made, key=lambda t: (t.received_at, t.id)),
        "sort:unanswered": sorted((t for t in made if not t.answered_at), key=lambda t: (t.received_at, t.id)),
        "sort:waiting": sorted(
            (t for t in made if not t.answered_at or t.answered_at < t.reader_wrote_at),
            key=lambda t: (t.reader_wrote_at, t.id),
        ),
        "sort:due": sorted((t for t in made if t.follow_up_on), key=lambda t: (t.follow_up_on, t.id)),
    }
    for query in ("status:new,reviewing", "callout:borders", "story", "assignee:none", "status:new,reviewing -tag:x"):
        for sort, expected in orders.items():
            _pages(session, cast, Filters.parse(f"{query} {sort} -status:closed"), [tip.id or 0 for tip in expected])


def _pages(session: Session, cast: Cast, filters: Filters, expected: list[int]) -> None:
    """The list holds these tips in this order: page by page, and from each to those beside it."""
    seen: list[int] = []
    after: Cursor | None = None
    for _ in range(6):
        page = inbox.page(session, filters, cast.bob, TODAY, after, limit=2)
        assert page.count == len(expected), filters
        seen += [row.tip.id or 0 for row in page.rows]
        after = Cursor.parse(str(page.next)) if page.next else None
        if after is None:
            break
    assert seen == expected, filters
    around = [None, *expected, None]
    for n, tip_id in enumerate(expected):
        assert inbox.neighbours(session, filters, tip_id, cast.bob, TODAY) == (around[n], around[n + 2]), filters


def test_what_lost_its_place_is_followed_by_the_first(session: Session, cast: Cast) -> None:
    first, gone = (make_tip(session, cast.borders, minutes=n, follow_up_on=TODAY) for n in range(2))
    gone.follow_up_on = None
    session.flush()
    assert inbox.neighbours(session, Filters.parse("sort:due"), gone.id or 0, cast.bob, TODAY) == (None, first.id)


LISTS = (
    "", "status:new", "status:new,waiting", "status:closed", "status:used,closed", "status:any", "assignee:me",
    "assignee:none", "assignee:me status:any", "callout:borders", "callout:borders status:closed", "tag:visa",
    "due:now", "due:any", "visa", '"visa story"', "签证", "visa status:new", "visa tag:visa", "has:photo", "is:unread",
    "before:2021", "since:2021 status:any", "-tag:visa", "-status:new", "-callout:borders", "-assignee:me",
    "-has:photo", "-has:note", "has:note", "is:restricted", "assignee:me,none", "tag:visa,family", "-visa status:any",
    "visa OR family",
    "fact:place", "fact:place=Wuhan", "-fact:place=Wuhan", "fact:date=2020", "suggested:place=Wuhan,visa",
    *(f"sort:{sort}{more}" for sort in Sort for more in
      ("", " status:any", " callout:borders", " assignee:me", " status:new", " visa", " tag:visa", " -tag:visa")),
)  # fmt: skip


def test_no_list_reads_the_whole_table_on_sqlite(session: Session, cast: Cast) -> None:
    if not is_sqlite(session):
        pytest.skip("PostgreSQL reads small tables whole, and rightly so: tests/bench/search.py looks at large ones")
    tag(session, make_tip(session, cast.borders, "visa story"), "visa")
    suggest(session, make_tip(session, cast.borders), "place", "Wuhan", FactState.CONFIRMED)
    for actor in (cast.alice, cast.bob):
        with watching(session) as watched:
            for query in LISTS:
                inbox.page(session, Filters.parse(query), actor, TODAY, Cursor(MORNING + timedelta(days=1), 9))
            inbox.counts(session, actor, TODAY)
        for statement, parameters in watched.statements:
            for step in plan(session, statement, parameters):
                whole = step.startswith("SCAN tip") and "INDEX" not in step and not step.startswith("SCAN tip_count")
                whole = whole or step.startswith("SCAN fact")
                whole = whole and "WHERE 0 = 1" not in statement  # nothing is looked at
                assert not whole, (step, statement)


def test_what_was_never_answered_and_what_was_are_all_open_work(session: Session, cast: Cast) -> None:
    owed = make_tip(session, cast.borders)
    waiting = make_tip(session, cast.borders, minutes=1, status=Status.WAITING)
    assert ids(session, "is:unanswered", cast.alice) == [owed.id]
    assert ids(session, "-is:unanswered", cast.alice) == [waiting.id]


@pytest.mark.parametrize("mark", ["forwarded", "automatic"])
def test_what_is_seldom_is_found_by_an_index_of_its_own_on_sqlite(session: Session, cast: Cast, mark: str) -> None:
    if not is_sqlite(session):
        pytest.skip("PostgreSQL chooses by its statistics")
    tip = make_tip(session, cast.borders, **{mark: True})
    make_tip(session, cast.borders)
    with watching(session) as watched:
        assert ids(session, f"is:{mark} status:any", cast.alice) == [tip.id]
    assert len(ids(session, f"-is:{mark}", cast.alice)) == 1
    steps = [step for s in watched.statements if f"WHERE tip.{mark}" in s[0] for step in plan(session, *s)]
    assert any(f"INDEX ix_tip_{mark}" in step for step in steps), steps


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", "ix_tip_open_newest"),
        ("status:new,waiting", "ix_tip_open_newest"),
        ("status:closed", "ix_tip_status_newest"),
        ("status:any", "ix_tip_newest"),
        ("assignee:me", "ix_tip_open_assignee_newest"),
        ("assignee:none", "ix_tip_open_assignee_newest"),
        ("assignee:me status:any", "ix_tip_assignee_newest"),
        ("callout:borders", "ix_tip_open_callout_newest"),
        ("callout:borders status:closed", "ix_tip_callout_status_newest"),
        ("callout:borders status:any", "ix_tip_callout_newest"),
        ("-tag:visa", "ix_tip_open_newest"),
        ("-status:new", "ix_tip_open_newest"),
        ("-assignee:me", "ix_tip_open_newest"),
        ("-callout:borders", "ix_tip_open_callout_newest"),
        ("status:any -status:spam", "ix_tip_newest"),
        ("sort:oldest", "ix_tip_open_newest"),
        ("sort:oldest status:any", "ix_tip_newest"),
        *((f"sort:unanswered {more}", "ix_tip_unanswered") for more in ("", "status:new", "assignee:me", "-tag:visa")),
        ("sort:unanswered callout:borders", "ix_tip_callout_unanswered"),
        *((f"sort:waiting {more}", "ix_tip_waiting") for more in ("", "status:new", "assignee:me", "-tag:visa")),
        ("sort:waiting callout:borders", "ix_tip_callout_waiting"),
        ("sort:waiting callout:borders status:new assignee:none", "ix_tip_callout_waiting"),
        *(
            (f"sort:due {more}", "ix_tip_follow_up")
            for more in ("", "status:any", "status:closed", "callout:borders", "assignee:me", "-tag:visa")
        ),
    ],
)
def test_lists_are_walked_in_their_order_without_sorting_on_sqlite(
    session: Session, cast: Cast, query: str, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_sqlite(session):
        pytest.skip("PostgreSQL chooses by its statistics")
    monkeypatch.setattr("tipline.core.listing.FEW", -1)
    for after in (None, Cursor(MORNING, 9)):
        with watching(session) as watched:
            inbox.page(session, Filters.parse(query), cast.alice, TODAY, after)
        (page,) = [s for s in watched.statements if "ORDER BY tip." in s[0] and "excerpt" in s[0]]
        steps = plan(session, *page)
        assert any(f"INDEX {index}" in step for step in steps), steps
        assert not any("TEMP B-TREE" in step for step in steps), steps
