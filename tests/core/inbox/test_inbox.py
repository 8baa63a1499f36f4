"""Lists, counts, neighbours: what is in them, for whom, and how the database goes about them."""

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select
from sqlmodel import Session, col

from tests.core.making import MORNING, TODAY, make_tip, say
from tests.fixtures_db import Cast
from tipline.core import inbox, outbox, replies, search, triage, vault
from tipline.core.access import Actor
from tipline.core.counts import counters
from tipline.core.filters import Filters
from tipline.core.filters.orders import Cursor
from tipline.core.inbox import list_rows
from tipline.core.inbox.listing import CAP
from tipline.core.outgoing_mail import Sender
from tipline.core.readers import same_reader
from tipline.db import now
from tipline.models import (
    Direction,
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
from tipline.vocabularies import ConsentChoice, Source


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


def test_a_tip_and_the_tips_of_a_reader_are_found_by_number(session: Session, cast: Cast) -> None:
    one, other = make_tip(session, cast.borders), make_tip(session, cast.borders, minutes=1, status=Status.CLOSED)
    hidden = make_tip(session, cast.overtime, minutes=2)
    other.reader_id = hidden.reader_id = one.reader_id
    session.flush()
    assert ids(session, f"tip:{other.id}", cast.bob) == [other.id]
    assert ids(session, f"tip:{hidden.id}", cast.bob) == []
    assert ids(session, f"Reader {one.reader_id}", cast.bob) == [other.id, one.id]
    assert ids(session, f"status:any -reader:{one.reader_id}", cast.alice) == []
    assert ids(session, "reader:999999", cast.alice) == []


def test_tips_of_readers_who_are_one_person_are_found_together(session: Session, cast: Cast) -> None:
    one, other = make_tip(session, cast.borders), make_tip(session, cast.borders, minutes=1)
    same_reader.same(session, one.id or 0, other.id or 0, cast.alice)
    assert ids(session, f"reader:{one.reader_id}", cast.alice) == [other.id, one.id]


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


def test_what_somebody_did_is_found_by_its_day_and_once_for_each_tip(session: Session, cast: Cast) -> None:
    day = now().date()
    one, two, three, theirs = (
        make_tip(session, callout_id, code_hash=str(n)).id or 0
        for n, callout_id in enumerate((cast.borders, cast.borders, cast.borders, cast.overtime))
    )
    desk = Sender("The Meridian", "borders@meridian.example")
    for tip_id in (one, one, two):
        replies.queue(session, tip_id, "Hello", cast.bob, desk)
    back = replies.queue(session, three, "Hello", cast.bob, desk, delay=timedelta(minutes=1))
    outbox.withdraw(session, back.id, cast.bob)
    replies.queue(session, theirs, "Hello", cast.alice, desk)
    triage.set_status(session, one, Status.CLOSED, cast.bob)
    undone = triage.set_status(session, two, Status.USED, cast.bob)
    assert undone
    triage.undo(session, undone.id or 0, cast.bob)
    triage.set_status(session, theirs, Status.CLOSED, cast.alice)
    own, before, after = cast.bob.account_id, day - timedelta(days=1), day + timedelta(days=1)
    for query, found in (
        ("answered:bob status:any", {one, two}),
        ("answered:bob", {one, two}),
        (f"answered:{own}@{day}/{day}", {one, two}),
        (f"answered:{own}@{after}/", set()),
        (f"answered:{own}@/{before}", set()),
        ("ended:bob", {one}),
        (f"ended:{own}@{day}/", {one}),
        (f"ended:{own}@/{before}", set()),
        ("-answered:bob status:any", {three, theirs}),
        ("-ended:bob status:any", {two, three, theirs}),
        ("answered:me", {theirs}),
        ("answered:nobodylikethis", set()),
    ):
        assert set(ids(session, query, cast.alice)) == found, query
    assert ids(session, "answered:alice status:any", cast.bob) == []


def test_a_percent_sign_in_a_name_is_only_a_percent_sign(session: Session, cast: Cast) -> None:
    make_tip(session, cast.borders, assignee_id=cast.bob.account_id)
    assert ids(session, "assignee:%", cast.alice) == ids(session, "assignee:_", cast.alice) == []


def test_words_that_can_not_be_looked_for_find_nothing(session: Session, cast: Cast) -> None:
    make_tip(session, cast.borders)
    assert inbox.page(session, Filters(text="***"), cast.alice, TODAY).rows == []


def test_joined_tips_are_in_no_list_and_no_number(session: Session, cast: Cast) -> None:
    target, tip = make_tip(session, cast.borders), make_tip(session, cast.borders, follow_up_on=TODAY)
    tip.merged_into = target.id
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
        "due": "due:now", "spam": "status:spam", "everything": "status:any",
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


def test_a_count_that_is_not_kept_stops_at_its_cap(session: Session, cast: Cast) -> None:
    reader = Reader(key_id=vault.new_key(session).id, created_at=MORNING)
    session.add(reader)
    session.flush()
    values = {
        "callout_id": cast.borders, "reader_id": reader.id, "source": Source.FORM, "received_at": MORNING,
        "updated_at": MORNING, "reader_wrote_at": MORNING, "active_at": MORNING,
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
    tip.active_at = MORNING + timedelta(hours=2)
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
        "assignee:bob,me", "due:today", "due:any", "status:reviewing", "has:photo,answer", f"tip:{one.id}",
        f"reader:{one.reader_id}",
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


def test_what_is_unanswered_and_what_is_not_are_all_open_work(session: Session, cast: Cast) -> None:
    owed = make_tip(session, cast.borders, answered_at=MORNING - timedelta(hours=1))
    waiting = make_tip(session, cast.borders, minutes=1, status=Status.WAITING)
    answered = make_tip(session, cast.borders, minutes=2, answered_at=MORNING + timedelta(hours=1))
    assert ids(session, "is:unanswered", cast.alice) == [owed.id]
    assert ids(session, "-is:unanswered", cast.alice) == [answered.id, waiting.id]
