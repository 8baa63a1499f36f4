from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import Session

from tipline.core.mailboxes import leases, ledger
from tipline.db import Database, now
from tipline.errors import LeaseTaken, LostLease
from tipline.models import Mailbox


def until(session: Session, ahead: timedelta) -> None:
    session.execute(update(Mailbox).values(lease_until=now() + ahead))


def test_one_holds_a_mailbox_and_the_other_is_sent_away_until_it_is_given_back(session: Session) -> None:
    row_id, number, ran_out = leases.take(session, "tips", "a")
    assert not ran_out
    with pytest.raises(LeaseTaken):
        leases.take(session, "tips", "b")
    leases.hold(session, row_id, number)
    leases.give_back(session, row_id, number)
    assert leases.take(session, "tips", "b") == (row_id, number + 1, False)


def test_several_mailboxes_have_several_holders(session: Session) -> None:
    leases.take(session, "tips", "a")
    leases.take(session, "china", "b")
    leases.take(session, ledger.OUTBOX, "b")


def test_a_lease_that_ran_out_is_anybodys_and_whoever_slept_may_write_nothing(session: Session) -> None:
    row_id, number, _ = leases.take(session, "tips", "a")
    until(session, timedelta(seconds=-1))
    _, second, ran_out = leases.take(session, "tips", "b")
    assert (second, ran_out) == (number + 1, True)
    with pytest.raises(LostLease):
        leases.hold(session, row_id, number)
    leases.give_back(session, row_id, number)
    leases.hold(session, row_id, second)


def test_a_lease_that_was_given_back_holds_no_more(session: Session) -> None:
    row_id, number, _ = leases.take(session, "tips", "a")
    leases.give_back(session, row_id, number)
    with pytest.raises(LostLease):
        leases.hold(session, row_id, number)


def test_holding_renews(session: Session) -> None:
    row_id, number, _ = leases.take(session, "tips", "a")
    until(session, timedelta(seconds=1))
    leases.hold(session, row_id, number)
    session.expire_all()
    found = session.get_one(Mailbox, row_id).lease_until
    assert found is not None and found > now() + timedelta(seconds=leases.SECONDS / 2)


def test_a_clock_that_was_set_back_keeps_nobody_waiting_for_a_day(session: Session) -> None:
    leases.take(session, "tips", "a")
    until(session, timedelta(days=1))
    leases.take(session, "tips", "b")


def test_on_postgresql_a_holder_in_the_middle_of_a_commit_is_not_waited_for(database: Database) -> None:
    with database.writing() as session:
        row_id, number, _ = leases.take(session, "tips", "a")
        session.commit()
        if database.engine.dialect.name == "sqlite":
            pytest.skip("SQLite has one writer")
        leases.hold(session, row_id, number)
        until(session, timedelta(seconds=-1))
        with database.writing() as other, pytest.raises(LeaseTaken):
            leases.take(other, "tips", "b")
