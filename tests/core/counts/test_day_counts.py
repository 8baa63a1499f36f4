"""What is counted by day must be what a look at every tip would find, whatever was done to them."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.arrivals import form, mail
from tests.core.making import MORNING, make_tip
from tests.fixtures_db import Cast
from tests.plans import plan, watching
from tipline.core import consent, intake, merge, outbox, replies, row_batches, triage
from tipline.core.counts import counters, day_counts
from tipline.core.merge import splitting, unmerge
from tipline.core.outbox import scheduled, sending
from tipline.core.replies import Sender
from tipline.core.retention import erasure
from tipline.core.triage import moving
from tipline.db import is_sqlite, now
from tipline.errors import Conflict, Refused
from tipline.models import (
    ActionDay,
    Aspect,
    DeskAction,
    Event,
    Grain,
    Message,
    Outgoing,
    SendState,
    Status,
    Tip,
    TipAccess,
    TipDay,
    TipDayState,
    Verb,
    Verification,
)
from tipline.vocabularies import ConsentChoice, ContactChoice, Source

SENDER = Sender("The Meridian", "china@meridian.example")
Found = tuple[Counter[Any], Counter[Any], Counter[Any]]


def kept(session: Session) -> Found:
    session.flush()
    row_batches.flush_last(session)
    days = session.scalars(select(TipDay).execution_options(populate_existing=True)).all()
    states = session.scalars(select(TipDayState).execution_options(populate_existing=True)).all()
    deeds = session.scalars(select(ActionDay).execution_options(populate_existing=True)).all()
    return (
        Counter({(one.callout_id, one.grain, one.day, one.source, one.language): one.n for one in days if one.n}),
        Counter({(one.callout_id, one.grain, one.day, one.aspect, one.word): one.n for one in states if one.n}),
        Counter({(one.callout_id, one.grain, one.day, one.account_id, one.action): one.n for one in deeds if one.n}),
    )


def scanned(session: Session) -> tuple[Counter[Any], Counter[Any]]:
    days: Counter[Any] = Counter()
    states: Counter[Any] = Counter()
    for tip in session.scalars(select(Tip).where(~col(Tip.restricted), col(Tip.merged_into).is_(None))):
        day = tip.received_at.date()
        for grain, on in ((Grain.DAY, day), (Grain.MONTH, day.replace(day=1))):
            days[tip.callout_id, grain, on, tip.source, tip.language] += 1
            for aspect in Aspect:
                states[tip.callout_id, grain, on, aspect, str(getattr(tip, aspect.value))] += 1
    return days, states


def arrive(session: Session, cast: Cast, dice: random.Random) -> None:
    at = now() - timedelta(hours=dice.randrange(60))
    callout = dice.choice((cast.borders, cast.overtime))
    language = dice.choice(("en", "zh-Hans", ""))
    choice = dice.choice(list(ConsentChoice))
    said = {"submission_id": f"{dice.getrandbits(80):022x}", "reader_email": "m@mail.example"}
    arrival = form(callout_id=callout, language=language, consent=choice, **said)
    intake.receive(session, replace(arrival, received_at=at))


def any_tip(session: Session, dice: random.Random) -> int:
    return dice.choice(session.scalars(select(col(Tip.id)).where(col(Tip.merged_into).is_(None))).all()) or 0


def close(session: Session, cast: Cast, dice: random.Random) -> None:
    triage.set_status(session, any_tip(session, dice), dice.choice(list(Status)), cast.alice)


def verify(session: Session, cast: Cast, dice: random.Random) -> None:
    triage.set_choice(session, any_tip(session, dice), dice.choice(list(Verification)), cast.alice)


def allow(session: Session, cast: Cast, dice: random.Random) -> None:
    tip = session.get_one(Tip, any_tip(session, dice))
    consent.record(session, tip, dice.choice(list(ConsentChoice)), by=cast.alice)


def undo(session: Session, cast: Cast, dice: random.Random) -> None:
    verbs = (Verb.STATUS, Verb.VERIFICATION)
    query = select(col(Event.id)).where(col(Event.verb).in_(verbs), col(Event.account_id).is_not(None))
    last = session.scalars(query.order_by(col(Event.id).desc()).limit(1)).first()
    if last is not None:
        triage.undo(session, last, cast.alice)


def answer(session: Session, cast: Cast, dice: random.Random) -> None:
    replies.queue(session, any_tip(session, dice), "Thank you.", cast.alice, SENDER)


def take_back(session: Session, cast: Cast, dice: random.Random) -> None:
    last = session.scalars(select(col(Outgoing.id)).order_by(col(Outgoing.not_before).desc()).limit(1)).first()
    if last is not None:
        outbox.withdraw(session, last, cast.alice)


def join(session: Session, cast: Cast, dice: random.Random) -> None:
    tip = session.get_one(Tip, any_tip(session, dice))
    target = any_tip(session, dice)
    if target != tip.id:
        tip.may_belong_to = target
        session.flush()
        merge.merge(session, tip.id or 0, cast.alice)


def part(session: Session, cast: Cast, dice: random.Random) -> None:
    joined = session.scalars(select(col(Tip.id)).where(col(Tip.merged_into).is_not(None))).all()
    if joined:
        unmerge.unmerge(session, dice.choice(joined) or 0, cast.alice)


def split(session: Session, cast: Cast, dice: random.Random) -> None:
    said = session.scalars(select(col(Message.id)).order_by(col(Message.id))).all()
    splitting.split(session, dice.choice(said), cast.alice, after=dice.random() < 0.5)


def move(session: Session, cast: Cast, dice: random.Random) -> None:
    moving.move(session, any_tip(session, dice), dice.choice((cast.borders, cast.overtime)), cast.alice)


def erase(session: Session, cast: Cast, dice: random.Random) -> None:
    session.commit()  # as in a newsroom: what a person did is done when another erases
    if dice.random() < 0.3:
        erasure.erase(session, any_tip(session, dice), cast.alice)


VERBS: tuple[Callable[[Session, Cast, random.Random], None], ...] = (
    arrive, arrive, close, close, verify, allow, undo, answer, take_back, join, join, part, split, move, erase,
)  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_done_to_tips_their_days_are_what_a_look_at_all_finds(
    session: Session, cast: Cast, seed: int
) -> None:
    dice = random.Random(seed)
    for _ in range(6):
        arrive(session, cast, dice)
    for step in range(60):
        try:
            dice.choice(VERBS)(session, cast, dice)
        except (Refused, Conflict):
            session.flush()
        if step % 20 == 19:
            session.commit()
    assert kept(session)[:2] == scanned(session)


def test_counting_anew_gives_what_was_kept(session: Session, cast: Cast) -> None:
    dice = random.Random(7)
    for _ in range(12):
        arrive(session, cast, dice)
    for step in (close, verify, allow, answer, undo, close, answer, take_back, close, close, join):
        try:
            step(session, cast, dice)
        except (Refused, Conflict):
            session.flush()
    before = kept(session)
    assert all(before)
    counters.rebuild(session)
    assert kept(session) == before


def test_nothing_is_counted_of_what_was_rolled_back(session: Session, cast: Cast) -> None:
    make_tip(session, cast.borders)
    session.rollback()
    make_tip(session, cast.borders, language="en", source=Source.MAIL)
    session.commit()
    assert kept(session)[0][cast.borders, "day", MORNING.date(), "mail", "en"] == 1


def test_a_restricted_tip_is_in_no_count_and_neither_is_what_is_done_to_it(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders, restricted=True)
    session.add(TipAccess(tip_id=tip.id or 0, account_id=cast.bob.account_id))
    session.flush()
    triage.set_status(session, tip.id or 0, Status.CLOSED, cast.bob)
    assert kept(session) == ({}, {}, {})


def test_a_tip_is_counted_on_the_day_in_utc(session: Session, cast: Cast) -> None:
    make_tip(session, cast.borders, received_at=datetime(2021, 6, 21, 23, 59, 59, tzinfo=UTC))
    make_tip(session, cast.borders, received_at=datetime(2021, 6, 22, 0, 0, 0, tzinfo=UTC))
    assert {day.day for _, grain, day, *_ in kept(session)[0] if grain is Grain.DAY} == {21, 22}
    counters.rebuild(session)
    assert {day.day for _, grain, day, *_ in kept(session)[0] if grain is Grain.DAY} == {21, 22}


def test_a_closing_counts_once_and_not_when_it_is_undone(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders)
    event = triage.set_status(session, tip.id or 0, Status.USED, cast.bob)
    triage.set_status(session, tip.id or 0, Status.CLOSED, cast.bob)
    assert set(kept(session)[2].values()) == {1}
    triage.set_status(session, tip.id or 0, Status.USED, cast.bob)
    assert event is not None and event.id is not None
    triage.undo(session, event.id, cast.alice)
    assert kept(session)[2] == {}


def answered(session: Session, cast: Cast, **values: Any) -> tuple[Tip, Outgoing]:
    tip = make_tip(session, cast.borders, received_at=now() - timedelta(hours=3), code_hash="c", **values)
    return tip, replies.queue(session, tip.id or 0, "Thank you.", cast.bob, SENDER)


def test_the_first_answer_counts_from_the_arrival_and_a_later_one_does_not(session: Session, cast: Cast) -> None:
    tip, _ = answered(session, cast)
    first = tip.answered_after
    assert first is not None and abs(first - 3 * 3600) < 60
    replies.queue(session, tip.id or 0, "One more thing.", cast.alice, SENDER, delay=timedelta(days=2))
    assert tip.answered_after == first
    assert {(who, deed) for *_, who, deed in kept(session)[2]} == {
        (cast.bob.account_id, DeskAction.ANSWERED), (cast.alice.account_id, DeskAction.ANSWERED),
    }  # fmt: skip


@pytest.mark.parametrize("state", [SendState.QUEUED, SendState.FAILED])
def test_an_answer_that_is_taken_back_or_never_arrived_is_none(session: Session, cast: Cast, state: SendState) -> None:
    tip, out = answered(session, cast)
    out.state = state
    session.flush()
    (outbox.withdraw if state is SendState.QUEUED else outbox.give_up)(session, out.id, cast.bob)
    assert tip.answered_after is None and tip.answered_at is None and kept(session)[2] == {}


def test_an_answer_that_could_not_be_sent_is_none_until_it_is_sent_again(session: Session, cast: Cast) -> None:
    tip = session.get_one(Tip, intake.receive(session, mail(callout_id=cast.borders)).tip_id)
    out = replies.queue(session, tip.id or 0, "How was it?", cast.bob, SENDER)
    out.not_before = now() - timedelta(seconds=1)
    session.flush()
    assert sending.mark_sending(session, out.id) and tip.answered_at
    sending.mark_failed(session, out.id, "refused", permanent=True)
    assert tip.answered_at is None
    outbox.retry(session, out.id, cast.bob)
    assert tip.answered_at is not None


def test_what_was_done_on_a_tip_goes_with_it_to_another_callout(session: Session, cast: Cast) -> None:
    tip, out = answered(session, cast)
    event = triage.set_status(session, tip.id or 0, Status.CLOSED, cast.alice)
    assert event is not None
    moving.move(session, tip.id or 0, cast.overtime, cast.alice)
    before = kept(session)
    assert {place[0] for place in before[2]} == {cast.overtime}
    day_counts.rebuild(session)
    assert kept(session) == before
    triage.undo(session, event.id or 0, cast.alice)
    out.state = SendState.QUEUED
    outbox.withdraw(session, out.id, cast.alice)
    assert kept(session)[2] == {}


def test_a_reply_is_counted_in_the_callout_of_the_tip_that_has_it_now(session: Session, cast: Cast) -> None:
    def callouts() -> set[int]:
        found = kept(session)
        day_counts.rebuild(session)
        assert kept(session) == found
        return {place[0] for place in found[2]}

    target = make_tip(session, cast.overtime)
    tip, out = answered(session, cast)
    merge.merge(session, tip.id or 0, cast.alice, into=target.id)
    assert callouts() == {cast.overtime}
    unmerge.unmerge(session, tip.id or 0, cast.alice)
    assert callouts() == {cast.borders}
    merge.merge(session, tip.id or 0, cast.alice, into=target.id)
    out.state = SendState.QUEUED
    outbox.withdraw(session, out.id, cast.alice)
    assert callouts() == set()


@pytest.mark.parametrize("seed", range(2))
def test_whatever_is_done_to_tips_counting_anew_gives_what_was_kept(session: Session, cast: Cast, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(6):
        arrive(session, cast, dice)
    for _ in range(50):
        try:
            dice.choice([verb for verb in VERBS if verb is not erase])(session, cast, dice)
        except (Refused, Conflict):
            session.flush()
    before = kept(session)
    counters.rebuild(session)
    assert kept(session) == before


def scheduled_answer(session: Session, cast: Cast) -> tuple[Tip, Outgoing]:
    """An answer of bob's by mail whose time has come."""
    tip = session.get_one(Tip, intake.receive(session, mail(callout_id=cast.borders)).tip_id)
    out = replies.queue(session, tip.id or 0, "How was it?", cast.bob, SENDER, send_at=now() + timedelta(days=1))
    out.not_before = now() - timedelta(seconds=1)
    session.flush()
    return tip, out


def test_an_answer_that_a_colleague_sends_at_once_is_its_authors(session: Session, cast: Cast) -> None:
    _tip, out = scheduled_answer(session, cast)
    scheduled.send_now(session, out.id, cast.alice, SENDER)
    assert {who for *_, who, _ in kept(session)[2]} == {cast.bob.account_id}
    outbox.withdraw(session, out.id, cast.alice)
    assert kept(session)[2] == {}


def test_an_answer_that_might_not_leave_at_its_time_counts_where_it_leaves_later(session: Session, cast: Cast) -> None:
    tip, out = scheduled_answer(session, cast)
    tip.contact = ContactChoice.NO
    assert sending.mark_sending(session, out.id) is None and out.state is SendState.FAILED
    assert tip.answered_at is None and kept(session)[2] == {}
    before = kept(session)
    day_counts.rebuild(session)
    assert kept(session) == before
    tip.contact = ContactChoice.EMAIL
    outbox.retry(session, out.id, cast.bob)
    assert sending.mark_sending(session, out.id) and tip.answered_at
    assert {who for *_, who, _ in kept(session)[2]} == {cast.bob.account_id}


def test_giving_up_an_answer_that_might_not_leave_at_its_time_takes_nothing_away(session: Session, cast: Cast) -> None:
    tip, out = scheduled_answer(session, cast)
    tip.contact = ContactChoice.NO
    sending.mark_sending(session, out.id)
    outbox.give_up(session, out.id, cast.bob)
    assert kept(session)[2] == {}


def test_what_answered_a_joined_tip_answers_the_one_it_went_into(session: Session, cast: Cast) -> None:
    target = make_tip(session, cast.borders, received_at=now() - timedelta(hours=5))
    tip, _ = answered(session, cast, may_belong_to=target.id)
    merge.merge(session, tip.id or 0, cast.bob)
    assert target.answered_after is not None and abs(target.answered_after - 5 * 3600) < 60
    assert target.answered_at == tip.answered_at is not None
    unmerge.unmerge(session, tip.id or 0, cast.bob)
    assert target.answered_at is None and tip.answered_at is not None


def test_a_move_looks_at_no_other_tips_history(session: Session, cast: Cast) -> None:
    tip, _ = answered(session, cast)
    with watching(session) as watched:
        day_counts.moved(session, tip, cast.overtime)
    steps = [step for query, given in watched.statements for step in plan(session, query, given)]
    assert not is_sqlite(session) or not [step for step in steps if "SCAN" in step or "ix_event_verb" in step], steps
