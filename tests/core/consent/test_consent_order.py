"""Which of the things that a reader said counts: the newest, and what comes late or by a wrong clock only where it is
stricter."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.arrivals import form, mail
from tests.core.making import TODAY
from tests.fixtures_db import Cast
from tipline.core import consent, intake, merge
from tipline.core.arrival import Arrival, ConsentChoice, GivenAnswer, Source
from tipline.core.merge import splitting, unmerge
from tipline.core.outgoing_mail import threads
from tipline.core.retention import reader_requests
from tipline.core.tip_page import sidebar
from tipline.db import now
from tipline.models import Answer, Question, QuestionKind, Tip

NAME, ANONYMOUS, ASK, BACKGROUND = (
    ConsentChoice.NAME, ConsentChoice.ANONYMOUS, ConsentChoice.ASK, ConsentChoice.BACKGROUND,
)  # fmt: skip
HOUR = timedelta(hours=1)


@pytest.fixture
def tip(session: Session, cast: Cast) -> Tip:
    """A tip by mail, whose reader said nothing of consent."""
    return session.get_one(Tip, intake.receive(session, mail(callout_id=cast.borders)).tip_id)


def by_mail(session: Session, tip: Tip, choice: ConsentChoice, at: datetime) -> int:
    """The reader answers; their clock says so."""
    ours = threads.message_id(session, tip.id or 0, "borders@meridian.example")
    said = mail("As I say.", message_id=f"{at.timestamp()}@x", answers=(ours,), consent=choice)
    return intake.receive(session, replace(said, received_at=at, sender_confirmed=True)).message_id


def on_page(session: Session, tip: Tip, choice: ConsentChoice, at: datetime | None = None) -> None:
    reader_requests.allow(session, Arrival(Source.PAGE, "", at or now(), tip_id=tip.id, consent=choice), TODAY)


def counts(session: Session, tip: Tip) -> ConsentChoice:
    """What is allowed of a tip; the entry that tells it, and what a tip split off it would begin with, say the same."""
    first = consent.history(session, tip.id or 0)[0].choice
    assert first is tip.consent
    return first


def test_a_mail_that_comes_late_allows_no_more_than_what_was_said_since(session: Session, tip: Tip) -> None:
    on_page(session, tip, BACKGROUND)
    by_mail(session, tip, NAME, now() - HOUR)
    assert counts(session, tip) is BACKGROUND
    assert [one.choice for one in consent.history(session, tip.id or 0)] == [BACKGROUND, NAME], "both were said"


def test_a_mail_that_comes_late_is_heard_where_it_allows_less(session: Session, tip: Tip) -> None:
    on_page(session, tip, NAME)
    by_mail(session, tip, ASK, now() - HOUR)
    assert counts(session, tip) is ASK
    by_mail(session, tip, ANONYMOUS, now() - HOUR / 2)
    assert counts(session, tip) is ASK
    on_page(session, tip, NAME)
    assert counts(session, tip) is NAME, "they know what they said before"


def test_a_clock_that_is_ahead_does_not_outlast_what_is_said_after_it(session: Session, cast: Cast, tip: Tip) -> None:
    message_id = by_mail(session, tip, NAME, now() + 20 * HOUR)
    on_page(session, tip, BACKGROUND)
    assert counts(session, tip) is BACKGROUND
    assert all(entry.said_at <= now() for entry in consent.history(session, tip.id or 0))
    made, _ = splitting.split(session, message_id, cast.bob)
    assert counts(session, made) is BACKGROUND
    on_page(session, tip, ASK)
    assert counts(session, tip) is ASK


def test_an_entry_that_says_tomorrow_keeps_nobody_from_saying_something_else(session: Session, tip: Tip) -> None:
    on_page(session, tip, BACKGROUND)
    consent.history(session, tip.id or 0)[0].said_at = now() + 20 * HOUR  # as it was filed once, or our clock was wrong
    session.flush()
    on_page(session, tip, ASK)
    assert counts(session, tip) is ASK


def test_what_a_late_form_keeps_out_of_print_is_kept_out_beside_what_is_already(session: Session, cast: Cast) -> None:
    asked = [Question(callout_id=cast.borders, position=n, kind=QuestionKind.SHORT, publish=True) for n in range(2)]
    session.add_all(asked)
    session.flush()
    given = tuple(GivenAnswer(one.id or 0, "?", f"Answer {one.position}") for one in asked)
    tip = session.get_one(
        Tip, intake.receive(session, form(callout_id=cast.borders, answers=given, consent=NAME)).tip_id
    )
    consent.change(session, tip, ANONYMOUS, today=TODAY, withheld=[asked[0].id or 0])
    late = Arrival(Source.PAGE, "", now() - HOUR, tip_id=tip.id, consent=NAME)
    reader_requests.allow(session, late, TODAY, [asked[1].id or 0])
    assert counts(session, tip) is ANONYMOUS
    kept = select(col(Answer.withheld)).where(col(Answer.tip_id) == tip.id)
    assert list(session.scalars(kept)) == [True, True]


def test_joined_and_taken_apart_each_allows_what_counted_for_it(session: Session, cast: Cast, tip: Tip) -> None:
    on_page(session, tip, BACKGROUND)
    by_mail(session, tip, NAME, now() - HOUR)
    target = session.get_one(Tip, intake.receive(session, form(callout_id=cast.borders, consent=ANONYMOUS)).tip_id)
    merge.merge(session, tip.id or 0, cast.bob, TODAY, into=target.id)
    assert counts(session, target) is BACKGROUND
    unmerge.unmerge(session, tip.id or 0, cast.bob)
    assert (counts(session, tip), counts(session, target)) == (BACKGROUND, ANONYMOUS)


def test_the_desk_says_when_the_reader_said_what_counts(session: Session, cast: Cast, tip: Tip) -> None:
    on_page(session, tip, NAME)
    by_mail(session, tip, ASK, now() - HOUR)
    shown = sidebar.sheet(session, tip, cast.bob, TODAY)
    assert [(one.choice, one.source) for one in shown.consents] == [(ASK, Source.MAIL), (NAME, Source.PAGE)]
