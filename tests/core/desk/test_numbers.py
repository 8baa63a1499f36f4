"""The numbers of the desk: what they count, for whom, and that no million of tips is walked for them."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from sqlmodel import Session

from tests.core.making import MORNING, make_tip
from tests.fixtures_db import Cast
from tests.plans import plan, watching
from tipline.core import inbox, replies, triage
from tipline.core.access import Actor
from tipline.core.desk import numbers
from tipline.core.desk.numbers import Numbers, Period
from tipline.core.filters import Filters
from tipline.core.replies import Sender
from tipline.db import is_sqlite, now
from tipline.errors import NotVisible
from tipline.models import Aspect, Status, Tip, Verification
from tipline.vocabularies import ConsentChoice, Source

SENDER = Sender("The Meridian", "china@meridian.example")
JUNE = Period(date(2021, 6, 1), date(2021, 6, 30))


def found(session: Session, by: Actor, slug: str = "", period: Period = JUNE) -> Numbers:
    session.commit()
    return numbers.numbers(numbers.scope(session, by, slug, period))


def test_what_came_is_counted_by_day_source_language_and_callout(session: Session, cast: Cast) -> None:
    for days, source, language in ((0, Source.FORM, "en"), (0, Source.MAIL, "zh-Hans"), (2, Source.MAIL, "en")):
        make_tip(session, cast.borders, minutes=days * 1440, source=source, language=language)
    make_tip(session, cast.overtime, language="en", status=Status.SPAM)
    volumes = found(session, cast.alice).volumes
    assert {day: n.total() for day, n in volumes.days.items()} == {date(2021, 6, 22): 3, date(2021, 6, 24): 1}
    assert (volumes.sources, volumes.languages) == ({"form": 2, "mail": 2}, {"en": 3, "zh-Hans": 1})
    assert volumes.callouts == {cast.borders: 3, cast.overtime: 1}
    assert found(session, cast.alice).spam == 1
    assert found(session, cast.alice, "borders").volumes.n == 3


@pytest.mark.parametrize(
    ("since", "until", "n"),
    [
        (None, None, 3),
        (date(2021, 6, 22), date(2021, 6, 22), 1),
        (date(2021, 6, 23), None, 1),
        (None, date(2021, 6, 22), 2),
        (date(2022, 1, 1), None, 0),
    ],
)
def test_a_period_holds_both_its_days(
    session: Session, cast: Cast, since: date | None, until: date | None, n: int
) -> None:
    for at in (datetime(2021, 6, 21, 23, 59, tzinfo=UTC), MORNING, datetime(2021, 6, 23, tzinfo=UTC)):
        make_tip(session, cast.borders, received_at=at, answered_after=60)
    numbers_ = found(session, cast.bob, period=Period(since, until))
    assert numbers_.volumes.n == numbers_.answers.looked == n
    assert numbers_.states[Aspect.STATUS].total() == n


def test_everybody_sees_the_numbers_of_their_own_callouts(session: Session, cast: Cast) -> None:
    make_tip(session, cast.borders, answered_after=60, assignee_id=cast.bob.account_id)
    make_tip(session, cast.overtime, answered_after=60, answered_at=now(), assignee_id=cast.carol.account_id)
    make_tip(session, cast.borders)
    for by, n, names in ((cast.alice, 2, {"Bob", "Carol"}), (cast.bob, 1, {"Bob"}), (cast.dave, 1, {"Bob"})):
        there = found(session, by)
        assert there.answers.looked == n and {load.name for load in there.loads} == names
    assert found(session, cast.ada).volumes.n == found(session, cast.carol).debt.n == 0
    for by, slug in ((cast.bob, "overtime"), (cast.carol, "borders"), (cast.alice, "nothing")):
        with pytest.raises(NotVisible):
            numbers.scope(session, by, slug, JUNE)


def test_restricted_and_joined_tips_are_in_no_number_whoever_looks(session: Session, cast: Cast) -> None:
    target = make_tip(session, cast.borders, answered_after=60, answered_at=now())
    make_tip(session, cast.borders, restricted=True, answered_after=60)
    make_tip(session, cast.borders, restricted=True)
    make_tip(session, cast.borders, merged_into=target.id, answered_after=60)
    make_tip(session, cast.borders, merged_into=target.id)
    there = found(session, cast.alice)
    assert (there.volumes.n, there.answers.looked, there.debt.n, there.unassigned) == (1, 1, 0, 1)


def test_how_soon_tips_were_answered_is_a_middle_nine_of_ten_and_a_spread(session: Session, cast: Cast) -> None:
    for hours in (0.5, 2, 2, 5, 20, 30, 60, 100, 200, 2000):
        make_tip(session, cast.borders, answered_after=int(hours * 3600))
    make_tip(session, cast.borders)
    answers = found(session, cast.bob).answers
    assert (answers.looked, answers.median, answers.p90) == (10, 20 * 3600, 200 * 3600)
    assert answers.spread == [1, 2, 1, 1, 1, 1, 1, 1, 1] and not answers.capped


def test_of_very_many_answers_the_newest_are_looked_at(
    session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbers, "MAX_ANSWERED", 2)
    monkeypatch.setattr(numbers, "MAX_OWED", 2)
    for n in range(3):
        make_tip(session, cast.borders, minutes=n, answered_after=n * 100)
        make_tip(session, cast.borders, minutes=n)
    there = found(session, cast.bob)
    assert (there.answers.looked, there.answers.capped, there.answers.median) == (2, True, 100)
    assert there.debt.ages[-1] == 2 and there.debt.capped


def test_debt_is_open_tips_whose_reader_wrote_last_by_how_long_they_wait(session: Session, cast: Cast) -> None:
    def wrote(days: int, callout_id: int = cast.borders, **given: object) -> Tip:
        return make_tip(session, callout_id, reader_wrote_at=now() - timedelta(days=days), **given)

    for days in (0, 2, 40, 50):
        wrote(days)
    wrote(2, status=Status.WAITING)
    wrote(2, status=Status.CLOSED)
    wrote(2, answered_at=now() - timedelta(days=1))
    owed = wrote(5, cast.overtime, received_at=now() - timedelta(days=60), answered_at=now() - timedelta(days=20))
    assert found(session, cast.bob).debt.ages == [1, 1, 0, 0, 0, 2]
    debt = found(session, cast.alice).debt
    assert debt.ages == [1, 1, 1, 0, 0, 2] and debt.since and (now() - debt.since).days == 50
    for query in ("is:unanswered", "sort:unanswered", "sort:waiting"):
        listed = inbox.ids(session, Filters.parse(f"{query} callout:overtime"), cast.alice, now().date())
        assert listed == [owed.id], query
        assert len(inbox.ids(session, Filters.parse(query), cast.alice, now().date())) == debt.n == 5


def test_how_tips_stand_follows_what_is_done_to_them(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders, consent=ConsentChoice.NAME)
    triage.set_choice(session, tip.id or 0, Verification.VERIFIED, cast.bob)
    triage.set_status(session, tip.id or 0, Status.READY, cast.bob)
    states = found(session, cast.bob).states
    assert states == {Aspect.STATUS: {"ready": 1}, Aspect.VERIFICATION: {"verified": 1}, Aspect.CONSENT: {"name": 1}}


def test_the_work_of_each_is_what_they_have_and_what_they_did(session: Session, cast: Cast) -> None:
    tip, other = make_tip(session, cast.borders, code_hash="c"), make_tip(session, cast.borders)
    triage.assign(session, tip.id or 0, cast.bob.account_id, cast.alice)
    replies.queue(session, tip.id or 0, "Thank you.", cast.bob, SENDER)
    triage.set_status(session, other.id or 0, Status.CLOSED, cast.alice)
    today = Period(now().date(), now().date())
    there = found(session, cast.alice, period=today)
    assert [(load.name, load.open, load.answered, load.closed) for load in there.loads] == [
        ("Bob", 1, 1, 0), ("Alice", 0, 0, 1),
    ]  # fmt: skip
    assert there.unassigned == 0
    assert [(load.name, load.answered) for load in found(session, cast.alice).loads] == [("Bob", 0)]


def test_no_table_of_tips_messages_or_events_is_walked(session: Session, cast: Cast) -> None:
    for n in range(300):
        make_tip(session, cast.borders, minutes=n, answered_after=n if n % 2 else None)
    session.commit()
    if not is_sqlite(session):
        session.connection().exec_driver_sql("ANALYZE")
    for slug, period in product(("", "borders"), (JUNE, Period())):
        with watching(session) as watched:
            numbers.numbers(numbers.scope(session, cast.alice, slug, period))
        assert len(watched.statements) <= 12
        if not is_sqlite(session):  # so few rows are walked at once, where it may
            session.connection().exec_driver_sql("SET enable_seqscan = off")
        for statement, parameters in watched.statements:
            steps = plan(session, statement, parameters)
            walked = [step for step in steps if step.startswith("SCAN tip") and "ix_tip_" not in step]
            assert not [step for step in walked if not step.startswith(("SCAN tip_day", "SCAN tip_count"))], steps
            assert not any("Seq Scan on tip " in step for step in steps), steps
