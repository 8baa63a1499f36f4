"""Two tips that become one: one answer to each question, and no word under more than its reader allowed."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.arrivals import form
from tests.core.making import TODAY, make_tip
from tests.fixtures_db import Cast
from tipline.core import consent, intake, merge, readers, results, triage
from tipline.core.arrival import ConsentChoice, GivenAnswer
from tipline.core.consent import transfer
from tipline.core.counts import counters
from tipline.core.mailboxes import alarms
from tipline.core.merge import unmerge
from tipline.core.readers import identities
from tipline.core.results import ResultsFilter, tabular
from tipline.db import now
from tipline.models import (
    Answer,
    AnswerChoice,
    Event,
    IdentityAnswer,
    Publication,
    Question,
    QuestionKind,
    Status,
    Tip,
    Verb,
    Verification,
)
from tipline.vocabularies import ContactChoice

NAME, ANONYMOUS, ASK = ConsentChoice.NAME, ConsentChoice.ANONYMOUS, ConsentChoice.ASK
BACKGROUND, UNKNOWN = ConsentChoice.BACKGROUND, ConsentChoice.UNKNOWN


@pytest.fixture
def asked(session: Session, cast: Cast) -> list[int]:
    """A question, the one that took its place, and one that says who the reader is."""
    first = Question(callout_id=cast.borders, position=0, kind=QuestionKind.ONE, publish=True, retired=True)
    session.add(first)
    session.flush()
    second = Question(callout_id=cast.borders, position=0, kind=QuestionKind.ONE, publish=True, origin_id=first.id)
    who = Question(callout_id=cast.borders, position=1, kind=QuestionKind.SHORT, identity=True)
    session.add_all((second, who))
    session.flush()
    return [first.id or 0, second.id or 0, who.id or 0]


def told(
    session: Session, cast: Cast, *answers: GivenAnswer, choice: ConsentChoice = NAME, of: Tip | None = None
) -> Tip:
    """A tip by form; `of`, the one that it may belong to."""
    own = f"form-{of.id if of else 0}"
    arrival = form("Story", callout_id=cast.borders, answers=answers, consent=choice, submission_id=own)
    tip = session.get_one(Tip, intake.receive(session, arrival).tip_id)
    tip.may_belong_to = of.id if of else None
    session.flush()
    return tip


def chose(question_id: int, option: int, **more: Any) -> GivenAnswer:
    return GivenAnswer(question_id, "Where?", f"Option {option}", options=(option,), **more)


def join(session: Session, cast: Cast, tip: Tip) -> None:
    merge.merge(session, tip.id or 0, cast.alice, TODAY)
    session.expire_all()


def public(session: Session, tip: Tip, answer_id: int | None = None, name: str = "") -> Publication:
    row = Publication(
        callout_id=tip.callout_id, tip_id=tip.id or 0, answer_id=answer_id, text="x", attribution=name,
        changed_at=now(), published_at=now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def only(session: Session, table: Any, of: Tip | None = None) -> Any:
    """The only row of a table, or of a tip in it."""
    return session.scalars(select(table) if of is None else select(table).where(table.tip_id == of.id)).one()


def test_of_two_answers_to_one_question_the_newer_stays(session: Session, cast: Cast, asked: list[int]) -> None:
    target = told(session, cast, chose(asked[0], 0))
    row = public(session, target, only(session, Answer).id)
    join(session, cast, told(session, cast, chose(asked[1], 1), of=target))
    answer = only(session, Answer, target)
    assert (answer.tip_id, answer.question_id, answer.value) == (target.id, asked[1], "Option 1")
    choice = only(session, AnswerChoice, target)
    assert (choice.answer_id, choice.tip_id, choice.option) == (answer.id, target.id, 1)
    assert row.answer_id == answer.id, "what was published of it is no story"


def test_a_table_shows_the_answer_once_and_who_the_reader_says_to_be(
    session: Session, cast: Cast, asked: list[int]
) -> None:
    def said(name: str) -> GivenAnswer:
        return GivenAnswer(asked[2], "Who are you?", name, identity=True)

    target = told(session, cast, chose(asked[1], 0), said("Mei"))
    join(session, cast, told(session, cast, chose(asked[1], 1), said("Mei Chen"), of=target))
    assert only(session, IdentityAnswer, target)
    scope = results.scope(session, cast.borders, ResultsFilter(), cast.alice)
    row = tabular.rows(scope, tabular.headings(scope, "en"), None)[0]
    assert {number: cell.value for number, cell in row.cells.items()} == {asked[1]: "Option 1"}
    known = identities.of(session, [target], cast.alice)[target.id or 0]
    assert known.answers == {asked[2]: "Mei Chen"}


def test_what_either_answer_kept_out_of_print_stays_out(session: Session, cast: Cast, asked: list[int]) -> None:
    target = told(session, cast, chose(asked[0], 0, withheld=True))
    tip = told(session, cast, chose(asked[1], 1), of=target)
    row = public(session, tip, session.scalars(select(Answer).where(col(Answer.tip_id) == tip.id)).one().id)
    join(session, cast, tip)
    assert only(session, Answer, target).withheld and row.published_at is None
    assert alarms.stricter(session, cast.alice) == [target.id]


@pytest.mark.parametrize(
    ("one", "other", "stands", "by_alice"),
    [
        (NAME, BACKGROUND, BACKGROUND, 1),
        (BACKGROUND, NAME, BACKGROUND, 1),  # else the newest entry would say more than counts
        (NAME, ANONYMOUS, ANONYMOUS, 1),
        (ANONYMOUS, ANONYMOUS, ANONYMOUS, 0),
        (ASK, ANONYMOUS, ASK, 1),
        (UNKNOWN, NAME, UNKNOWN, 1),
        (NAME, UNKNOWN, NAME, 0),  # it says nothing of consent, as any later mail of the same reader
    ],
)
def test_the_stricter_of_two_consents_counts_and_is_the_newest_entry(
    session: Session, cast: Cast, one: ConsentChoice, other: ConsentChoice, stands: ConsentChoice, by_alice: int
) -> None:
    target = told(session, cast, choice=one)
    join(session, cast, told(session, cast, choice=other, of=target))
    entries = consent.history(session, target.id or 0)
    assert target.consent is stands is entries[0].choice
    assert [entry.recorded_by for entry in entries if entry.recorded_by] == [cast.alice.account_id] * by_alice
    events = select(Event).where(col(Event.tip_id) == target.id, col(Event.verb) == Verb.CONSENT)
    assert sum(event.account_id == cast.alice.account_id for event in session.scalars(events)) == by_alice


def test_who_was_credited_and_never_said_anything_counts_as_strict(session: Session, cast: Cast) -> None:
    target = told(session, cast)
    tip = told(session, cast, of=target)
    transfer.nobody_said(session, tip, cast.bob)
    join(session, cast, tip)
    assert target.consent is UNKNOWN


def test_what_was_public_under_more_leaves_the_gallery_and_loses_its_name(session: Session, cast: Cast) -> None:
    target = told(session, cast, choice=BACKGROUND)
    tip = told(session, cast, of=target)
    row = public(session, tip, name="Mei")
    join(session, cast, tip)
    assert (row.tip_id, row.published_at, row.attribution) == (target.id, None, "")
    assert alarms.stricter(session, cast.alice) == [target.id] and target.follow_up_on == TODAY
    assert readers.short_name(session, target, cast.alice)


def test_words_that_were_used_under_more_come_before_the_editors(session: Session, cast: Cast) -> None:
    target = told(session, cast, choice=BACKGROUND)
    tip = told(session, cast, of=target)
    triage.set_status(session, tip.id or 0, Status.USED, cast.alice)
    join(session, cast, tip)
    assert alarms.stricter(session, cast.alice) == [target.id]


def test_a_merge_keeps_the_further_of_each_field_and_parting_gives_each_its_own(session: Session, cast: Cast) -> None:
    target, tip = told(session, cast), told(session, cast, of=told(session, cast))
    tip_id, target_id = tip.id or 0, target.id or 0
    triage.set_status(session, tip_id, Status.READY, cast.bob)
    triage.set_choice(session, tip_id, Verification.VERIFIED, cast.bob)
    triage.assign(session, tip_id, cast.bob.account_id, cast.bob)
    triage.follow_up(session, tip_id, date(2021, 6, 1), cast.bob)
    triage.follow_up(session, target_id, date(2021, 7, 1), cast.alice)
    counted = sorted(counters.read(session, cast.alice))
    seen = merge.plan(session, tip_id, target_id, cast.alice).outcome
    merge.merge(session, tip_id, cast.alice, TODAY, into=target_id)
    stands = (target.status, target.verification, target.assignee_id, target.follow_up_on)
    assert stands == (Status.READY, Verification.VERIFIED, cast.bob.account_id, date(2021, 6, 1))
    assert stands == (seen.status, seen.choices["verification"], seen.assignee_id, seen.follow_up_on)
    unmerge.unmerge(session, tip_id, cast.alice)
    session.flush()
    stands = (target.status, target.verification, target.assignee_id, target.follow_up_on)
    assert stands == (Status.NEW, Verification.UNVERIFIED, None, date(2021, 7, 1))
    assert (tip.status, tip.assignee_id, tip.follow_up_on) == (Status.READY, cast.bob.account_id, date(2021, 6, 1))
    assert sorted(counters.read(session, cast.alice)) == counted


@pytest.mark.parametrize(
    ("one", "other", "stands"),
    [
        (Status.NEW, Status.WAITING, Status.REVIEWING),
        (Status.CLOSED, Status.NEW, Status.REVIEWING),
        (Status.USED, Status.REVIEWING, Status.USED),
        (Status.SPAM, Status.NEW, Status.NEW),
    ],
)
def test_new_words_beside_what_waits_or_is_closed_are_read_again(
    session: Session, cast: Cast, one: Status, other: Status, stands: Status
) -> None:
    target, tip = make_tip(session, cast.borders, status=one), make_tip(session, cast.borders, status=other)
    merge.merge(session, tip.id or 0, cast.alice, TODAY, into=target.id)
    assert target.status is stands


def test_a_merge_keeps_the_more_careful_way_and_the_legal_hold(session: Session, cast: Cast) -> None:
    target = make_tip(session, cast.borders, contact=ContactChoice.EMAIL)
    tip = make_tip(session, cast.borders, contact=ContactChoice.PAGE, legal_hold=True)
    merge.merge(session, tip.id or 0, cast.alice, TODAY, into=target.id)
    assert (target.contact, target.legal_hold) == (ContactChoice.PAGE, True)
    unmerge.unmerge(session, tip.id or 0, cast.alice)
    assert (target.contact, tip.contact) == (ContactChoice.EMAIL, ContactChoice.PAGE)
    assert target.legal_hold, "only an editor lifts it"
