"""The orders of lists: paged through from end to end, and walked by their indexes."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from tests.core.facts.test_facts import suggest
from tests.core.inbox.test_inbox import ids, tag
from tests.core.making import MORNING, TODAY, make_tip
from tests.fixtures_db import Cast
from tests.plans import plan, watching
from tipline.core import inbox
from tipline.core.filters import Filters, Sort
from tipline.core.filters.orders import Cursor
from tipline.db import is_sqlite
from tipline.models import (
    FactState,
    Status,
)


@pytest.mark.parametrize("few", [True, False])
def test_each_order_pages_without_gap_or_double(
    session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch, few: bool
) -> None:
    if not few:
        monkeypatch.setattr("tipline.core.inbox.listing.FEW_TIPS", -1)
        monkeypatch.setattr("tipline.core.inbox.listing.FEW_HITS", 1)
    made = []
    for n in range(9):
        wrote = MORNING + timedelta(hours=(n * 5) % 7)
        answered = wrote + timedelta(hours=(-1, 1)[n % 2]) if n % 3 else None
        due = TODAY + timedelta(days=n % 3) if n % 4 else None
        status = {3: Status.WAITING, 5: Status.REVIEWING}.get(n, Status.NEW)
        given = {"status": status, "reader_wrote_at": wrote, "answered_at": answered, "follow_up_on": due}
        made.append(make_tip(session, cast.borders, "story", (n * 4) % 9, **given))
    make_tip(session, cast.borders, "story", 3, status=Status.CLOSED)
    unanswered = [
        tip
        for tip in made
        if tip.status != Status.WAITING and (not tip.answered_at or tip.answered_at < tip.reader_wrote_at)
    ]
    orders = {
        "sort:newest": sorted(made, key=lambda t: (t.received_at, t.id), reverse=True),
        "sort:active": sorted(made, key=lambda t: (t.active_at, t.id), reverse=True),
        "sort:oldest": sorted(made, key=lambda t: (t.received_at, t.id)),
        "is:unanswered sort:newest": sorted(unanswered, key=lambda t: (t.received_at, t.id), reverse=True),
        "sort:unanswered": sorted(unanswered, key=lambda t: (t.received_at, t.id)),
        "sort:waiting": sorted(unanswered, key=lambda t: (t.reader_wrote_at, t.id)),
        "sort:due": sorted((t for t in made if t.follow_up_on), key=lambda t: (t.follow_up_on, t.id)),
    }
    statuses = "status:new,reviewing,waiting"
    for query in (statuses, "callout:borders", "story", "assignee:none", f"{statuses} -tag:x"):
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
        pytest.skip("PostgreSQL reads small tables whole, and rightly so: test_plans looks at large ones")
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
                whole = whole or step == "SCAN fact" or step.startswith("SCAN fact ")  # of its types there are a few
                whole = whole and "WHERE 0 = 1" not in statement  # nothing is looked at
                assert not whole, (step, statement)


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
        ("assignee:me", "ix_tip_open_assignee_active"),
        ("assignee:none", "ix_tip_open_assignee_active"),
        ("assignee:none callout:borders -tag:visa", "ix_tip_open_assignee_active"),
        ("assignee:me sort:newest", "ix_tip_open_assignee_newest"),
        ("status:waiting", "ix_tip_open_active"),
        ("status:waiting callout:borders", "ix_tip_open_callout_active"),
        ("sort:active", "ix_tip_open_active"),
        ("sort:active callout:borders", "ix_tip_open_callout_active"),
        ("sort:active is:unanswered", "ix_tip_open_active"),
        ("sort:active status:any", "ix_tip_active"),
        ("sort:active status:closed", "ix_tip_active"),
        ("sort:active callout:borders status:any", "ix_tip_active"),
        ("sort:active assignee:me status:any", "ix_tip_active"),
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
        *((f"is:unanswered {more}", "ix_tip_unanswered") for more in ("", "status:new", "assignee:me", "status:any")),
        ("is:unanswered callout:borders", "ix_tip_callout_unanswered"),
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
    monkeypatch.setattr("tipline.core.inbox.listing.FEW_TIPS", -1)
    for after in (None, Cursor(MORNING, 9)):
        with watching(session) as watched:
            inbox.page(session, Filters.parse(query), cast.alice, TODAY, after)
        (page,) = [s for s in watched.statements if "ORDER BY tip." in s[0] and "excerpt" in s[0]]
        steps = plan(session, *page)
        assert any(f"INDEX {index}" in step for step in steps), steps
        assert not any("TEMP B-TREE" in step for step in steps), steps


@pytest.mark.parametrize("query", ["sort:waiting", "sort:unanswered", "is:unanswered"])
def test_of_few_tips_of_ones_own_what_is_done_with_is_not_read_for_the_unanswered(
    session: Session, cast: Cast, query: str
) -> None:
    if not is_sqlite(session):
        pytest.skip("PostgreSQL chooses by its statistics")
    with watching(session) as watched:
        inbox.page(session, Filters.parse(f"{query} assignee:me"), cast.alice, TODAY)
    (page,) = [s for s in watched.statements if "ORDER BY" in s[0] and "excerpt" in s[0]]
    steps = plan(session, *page)
    assert any("INDEX ix_tip_open_assignee_" in step and "(assignee_id=?" in step for step in steps), steps
