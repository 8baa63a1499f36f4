"""What a callout has kept long enough is erased, and nothing else."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import Session

from tests.arrivals import JUNE, mail
from tests.core.making import make_tip, say
from tests.fixtures_db import Cast
from tipline.core import callouts, intake
from tipline.core.arrival import Arrival, Automatic, Source
from tipline.core.retention import expiry
from tipline.db import Database, now
from tipline.jobs import after_erasure
from tipline.models import Callout, CalloutStatus, ErasedTip, Message, ReaderContact, Tip

LONG_AGO = timedelta(days=40)


def keep(session: Session, cast: Cast, days: int | None, **more: object) -> Callout:
    """The borders callout, which keeps its tips so many days after closing."""
    callout = session.get_one(Callout, cast.borders)
    callout.retention_days, callout.status = days, CalloutStatus.OPEN
    for name, value in more.items():
        setattr(callout, name, value)
    session.add(callout)
    session.flush()
    return callout


def old(session: Session, cast: Cast, **more: object) -> int:
    at = now() - LONG_AGO
    tip = make_tip(session, cast.borders, **{"received_at": at, "reader_wrote_at": at, **more})  # type: ignore[arg-type]
    assert tip.id is not None
    return tip.id


def test_a_tip_is_due_so_many_days_after_the_closing_date(session: Session, cast: Cast) -> None:
    tip_id = old(session, cast)
    keep(session, cast, 30, closes_at=now() - timedelta(days=31))
    assert expiry.due(session, 10) == [tip_id]
    keep(session, cast, 32, closes_at=now() - timedelta(days=31))
    assert expiry.due(session, 10) == []


def test_a_pause_that_nobody_ended_before_the_closing_date_keeps_nothing_longer(session: Session, cast: Cast) -> None:
    tip_id = old(session, cast)
    keep(session, cast, 30, closes_at=now() - timedelta(days=31), status=CalloutStatus.PAUSED)
    assert expiry.due(session, 10) == [tip_id]
    keep(session, cast, 30, closes_at=now() + timedelta(days=1), status=CalloutStatus.PAUSED)
    assert expiry.due(session, 10) == []


def test_closed_by_hand_the_days_begin_with_the_press(session: Session, cast: Cast) -> None:
    old(session, cast)
    keep(session, cast, 1)
    callouts.close(session, cast.borders, cast.alice)
    assert expiry.due(session, 10) == []
    assert expiry.closed_at(session, session.get_one(Callout, cast.borders)) is not None


@pytest.mark.parametrize("status", [CalloutStatus.OPEN, CalloutStatus.PAUSED, CalloutStatus.DRAFT])
def test_while_it_may_take_answers_nothing_is_due(session: Session, cast: Cast, status: CalloutStatus) -> None:
    old(session, cast)
    keep(session, cast, 1, status=status)
    assert expiry.due(session, 10) == []


def test_without_a_number_of_days_nothing_is_due(session: Session, cast: Cast) -> None:
    old(session, cast)
    keep(session, cast, None, closes_at=now() - LONG_AGO)
    assert expiry.due(session, 10) == []


def test_what_is_held_or_was_written_since_stays(session: Session, cast: Cast) -> None:
    keep(session, cast, 30, closes_at=now() - timedelta(days=31))
    old(session, cast, legal_hold=True)
    old(session, cast, reader_wrote_at=now())
    whole = old(session, cast)
    old(session, cast, merged_into=whole, legal_hold=True)
    assert expiry.due(session, 10) == []


def test_what_is_held_keeps_all_that_it_was_merged_into_however_often(session: Session, cast: Cast) -> None:
    keep(session, cast, 30, closes_at=now() - timedelta(days=31))
    last = old(session, cast)
    between = old(session, cast, merged_into=last)
    old(session, cast, merged_into=between, legal_hold=True)
    free = old(session, cast)
    old(session, cast, merged_into=free)
    assert expiry.due(session, 10) == [free]


def test_the_worker_erases_what_is_due_and_no_more(database: Database, session: Session, cast: Cast) -> None:
    keep(session, cast, 30, closes_at=now() - timedelta(days=31))
    gone, stays = [old(session, cast) for _ in range(3)], old(session, cast, legal_hold=True)
    session.commit()
    assert after_erasure.keep_no_longer(database) is False
    with database.reading() as after:
        assert [after.get(Tip, tip_id) for tip_id in gone] == [None] * 3
        assert after.get(Tip, stays) is not None and after.get(ErasedTip, gone[0]) is not None
    assert len(after_erasure.read(after_erasure.list_of(database))) == 3


@pytest.mark.parametrize("late", [mail(), mail(automatic=Automatic.REPLY), Arrival(Source.PHONE, "Stuck", JUNE)])
def test_what_says_it_is_years_old_is_kept_from_the_day_on_which_we_got_it(
    session: Session, cast: Cast, late: Arrival
) -> None:
    keep(session, cast, 30, closes_at=now() - timedelta(days=60))
    filed = intake.receive(session, replace(late, callout_id=cast.borders))
    tip = session.get_one(Tip, filed.tip_id)
    assert tip.reader_wrote_at < now() - timedelta(days=365), "a wrong clock, or an old mail moved to the folder"
    assert expiry.due(session, 10) == []


def test_what_machines_wrote_since_keeps_nobodys_tip(session: Session, cast: Cast) -> None:
    keep(session, cast, 30, closes_at=now() - timedelta(days=60))
    tip_id = old(session, cast)
    say(session, session.get_one(Tip, tip_id), "I am away", automatic="reply", created_at=now())
    say(session, session.get_one(Tip, tip_id), "Thank you", direction="out", created_at=now())
    assert expiry.due(session, 10) == [tip_id]


def test_an_address_that_is_damaged_keeps_neither_its_tip_nor_the_others(
    database: Database, session: Session, cast: Cast
) -> None:
    keep(session, cast, 30, closes_at=now() - timedelta(days=31))
    tips = [intake.receive(session, mail(callout_id=cast.borders)).tip_id, old(session, cast)]
    session.execute(update(Tip).values(received_at=now() - LONG_AGO, active_at=now() - LONG_AGO))
    session.execute(update(Message).values(created_at=now() - LONG_AGO))
    session.execute(update(ReaderContact).values(value=b"\1damaged"))
    session.commit()
    after_erasure.keep_no_longer(database)
    with database.reading() as after:
        assert [after.get(Tip, tip_id) for tip_id in tips] == [None, None]
