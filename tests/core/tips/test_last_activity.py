"""Lists in the order of readers' last activity, and what a reader's answer changes in them."""

import pytest
from sqlmodel import Session, select

from tests.arrivals import mail
from tests.core.making import TODAY
from tests.fixtures_db import Cast
from tipline.core import inbox, intake, replies, triage
from tipline.core.access import Actor
from tipline.core.arrival import Automatic
from tipline.core.filters import Filters, Sort
from tipline.core.inbox.list_rows import ListRow
from tipline.core.outgoing_mail import Sender
from tipline.models import Outgoing, SendState

DESK = Sender("The Meridian", "borders@meridian.example")


@pytest.fixture
def asked(session: Session, cast: Cast) -> tuple[int, str]:
    """Bob's older tip of two, which was answered and read: its number, and the reply's Message-ID."""
    older, newer = (
        intake.receive(
            session, mail(f"Story {n}", sender=f"r{n}@mail.example", message_id=f"{n}@x", callout_id=cast.borders)
        ).tip_id
        for n in (1, 2)
    )
    for tip_id in (older, newer):
        triage.assign(session, tip_id, cast.bob.account_id, cast.bob)
    out = replies.queue(session, older, "May we call you?", cast.bob, DESK)
    session.scalars(select(Outgoing)).one().state = SendState.SENT
    session.flush()
    for tip_id in (older, newer):
        triage.mark_seen(session, tip_id, cast.bob)
    return older, out.mail_message_id


def answer(session: Session, message_id: str, automatic: Automatic = Automatic.NO) -> None:
    arrival = mail(
        "Yes, please.", sender="r1@mail.example", message_id="3@x", answers=(message_id,), automatic=automatic
    )
    intake.receive(session, arrival)
    session.flush()


def rows(session: Session, query: str, by: Actor) -> list[ListRow]:
    return inbox.page(session, Filters.parse(query), by, TODAY).rows


def test_a_readers_answer_brings_their_tip_to_the_top_unread_and_marked(
    session: Session, cast: Cast, asked: tuple[int, str]
) -> None:
    older, message_id = asked
    mine = "assignee:me status:any"
    assert [row.unread or row.wrote_back for row in rows(session, mine, cast.bob)] == [False, False]
    answer(session, message_id)
    for query in ("assignee:me", "assignee:bob"):
        first = rows(session, query, cast.bob)[0]
        assert (first.tip.id, first.unread, first.wrote_back) == (older, True, True), query
    triage.mark_seen(session, older, cast.alice)
    first = rows(session, "assignee:me", cast.bob)[0]
    assert (first.tip.id, first.unread, first.wrote_back) == (older, True, False), "Alice has read it, Bob has not"


def test_what_a_machine_sends_moves_no_tip(session: Session, cast: Cast, asked: tuple[int, str]) -> None:
    _, message_id = asked
    answer(session, message_id, Automatic.REPLY)
    found = rows(session, "assignee:me status:any sort:active", cast.bob)
    assert [(row.unread, row.wrote_back) for row in found] == [(False, False), (False, False)]


def test_open_work_of_somebody_nobody_or_waiting_is_in_the_order_of_last_activity() -> None:
    for query in ("assignee:me", "assignee:none", "status:waiting"):
        assert Filters.parse(query).order is Sort.ACTIVE, query
        assert Filters.parse(f"{query} sort:newest").order is Sort.NEWEST, query
    for query in ("", "status:closed", "assignee:me visa", "assignee:me status:any"):
        assert Filters.parse(query).order is Sort.NEWEST, query


def test_an_order_that_is_the_lists_own_is_not_written_into_its_address() -> None:
    assert Filters.parse("assignee:me sort:active").query() == Filters.parse("assignee:me").query()
    assert Filters.parse("sort:newest") == Filters.parse("")
    assert "sort:newest" in Filters.parse("assignee:me sort:newest").query()


def test_a_readers_words_and_their_last_activity_have_one_time(
    session: Session, cast: Cast, asked: tuple[int, str]
) -> None:
    _, message_id = asked
    answer(session, message_id)
    tip = rows(session, "assignee:me", cast.bob)[0].tip
    assert tip.active_at == tip.reader_wrote_at > tip.received_at
