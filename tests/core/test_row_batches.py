"""Rows that wait: found by whatever reads next, gone with a rollback, and few statements for many of them."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, select
from sqlmodel import Session, col

from tests.core.making import make_tip
from tests.fixtures_db import Cast
from tipline.core import intake, row_batches
from tipline.core.arrival import Address, Arrival, MailHeaders, Source
from tipline.core.counts import counters
from tipline.core.counts.counters import CountedState
from tipline.db import Database, is_sqlite, now
from tipline.models import ErasedTip, Event, Reader, ReaderContact, Tip, Verb


def mail(number: int, address: str = "", callout_id: int | None = None) -> Arrival:
    sender = Address(address or f"reader{number}@reader.example", f"Reader {number}")
    headers = MailHeaders(message_id=f"{number}@reader.example", sender=sender, senders=(sender,))
    return Arrival(Source.MAIL, f"Story {number}", now(), subject="Borders", headers=headers, callout_id=callout_id)


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """The statements that are run inside."""
    seen: list[str] = []
    engine = session.get_bind()

    def listen(conn: object, cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", listen)
    yield seen
    event.remove(engine, "before_cursor_execute", listen)


def note(session: Session) -> None:
    row_batches.write(session, Event, at=now(), actor="system", account_id=None, verb=Verb.RECEIVED)


def test_a_row_that_waits_is_found_by_the_next_question(session: Session) -> None:
    before = len(session.scalars(select(col(Event.id))).all())
    note(session)
    assert len(session.scalars(select(col(Event.id))).all()) == before + 1


def test_a_row_that_waits_goes_with_the_commit_and_not_with_a_rollback(database: Database) -> None:
    with database.writing() as session:
        note(session)
        session.rollback()
        session.commit()
        assert session.scalars(select(col(Event.id))).all() == []
        note(session)
        session.commit()
    with database.reading() as session:
        assert len(session.scalars(select(col(Event.id))).all()) == 1


def test_ids_are_given_in_order_and_none_is_given_twice(session: Session, cast: Cast) -> None:
    first = make_tip(session, cast.borders).id or 0
    row_batches.expect(session, 3)
    given = [row_batches.next_id(session, Tip) for _ in range(7)]
    assert given == sorted(set(given)) and given[0] > first


def test_objects_and_rows_of_one_table_do_not_meet(session: Session, cast: Cast) -> None:
    row_batches.expect(session, 10)
    filed = intake.receive(session, mail(1))
    tip = make_tip(session, cast.borders)
    again = intake.receive(session, mail(2))
    assert len({filed.tip_id, tip.id, again.tip_id}) == 3


def test_counters_that_come_to_nothing_are_not_written(session: Session, cast: Cast) -> None:
    place = CountedState(cast.borders, now().date(), Source.MAIL, "en")
    counters.count(session, place, 1)
    counters.count(session, place, -1)
    with counted(session) as seen:
        row_batches.flush(session)
    assert not [statement for statement in seen if "tip_count" in statement]


def test_fifty_mails_cost_few_statements_and_are_fifty_tips(session: Session, cast: Cast) -> None:
    arrivals = [mail(n, callout_id=cast.borders) for n in range(50)]
    with counted(session) as seen:
        intake.expect(session, arrivals)
        filed = [intake.receive(session, arrival).tip_id for arrival in arrivals]
        row_batches.flush(session)
    assert len(set(filed)) == 50
    assert len(seen) < 20, "\n".join(seen)
    assert len(session.scalars(select(Reader)).all()) >= 50


@pytest.mark.parametrize("expected", [True, False])
def test_two_mails_of_one_address_in_one_batch_are_one_reader(session: Session, *, expected: bool) -> None:
    arrivals = [mail(1, "mei@reader.example"), mail(2, " Mei@Reader.example "), mail(3)]
    if expected:
        intake.expect(session, arrivals)
    for arrival in arrivals:
        intake.receive(session, arrival)
    readers = session.scalars(select(col(Tip.reader_id)).order_by(col(Tip.id))).all()
    assert readers[-3] == readers[-2] != readers[-1]
    assert len(session.scalars(select(ReaderContact)).all()) == 2


def test_the_id_of_an_erased_tip_is_never_given_again(session: Session, cast: Cast) -> None:
    first = row_batches.next_id(session, Tip)
    session.add(ErasedTip(tip_id=first + 5 if is_sqlite(session) else first, erased_at=now()))
    session.flush()
    assert row_batches.next_id(session, Tip) > (first + 5 if is_sqlite(session) else first)
