"""A form that is sent again from its own page: nothing is filed twice, and who allows less the second time is heard."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update
from sqlmodel import Session, col

from tests.arrivals import form, mail
from tests.filing import file_all
from tests.fixtures_db import Cast, rows
from tipline.core import consent, intake, merge, triage
from tipline.core.arrival import Arrival, Attachment, ConsentChoice, GivenAnswer, Source
from tipline.core.intake import Filed, submissions
from tipline.core.mailboxes import alarms
from tipline.core.merge import splitting, unmerge
from tipline.core.retention import erasure
from tipline.db import Database, now
from tipline.models import (
    ActorKind,
    Answer,
    Event,
    Message,
    Question,
    QuestionKind,
    Status,
    StoredFile,
    Tip,
    Verb,
)
from tipline.spool import Spool
from tipline.vocabularies import ContactChoice

NAME, BACKGROUND = ConsentChoice.NAME, ConsentChoice.BACKGROUND


@pytest.fixture
def sent(session: Session, cast: Cast) -> Arrival:
    """A form whose one answer may be published by name."""
    question = Question(callout_id=cast.borders, position=0, kind=QuestionKind.SHORT, publish=True)
    session.add(question)
    session.flush()
    answers = (GivenAnswer(question.id or 0, "Where?", "Wuhan"),)
    return form(callout_id=cast.borders, answers=answers, consent=NAME, contact=ContactChoice.EMAIL)


def out_of_print(sent: Arrival) -> Arrival:
    return replace(sent, answers=tuple(replace(answer, withheld=True) for answer in sent.answers))


def tip_of(session: Session, filed: Filed) -> Tip:
    return session.get_one(Tip, filed.tip_id, populate_existing=True)


def withheld(session: Session, filed: Filed) -> list[bool]:
    return list(session.scalars(select(col(Answer.withheld)).where(col(Answer.tip_id) == filed.tip_id)))


def test_an_answer_kept_out_of_print_the_second_time_is_kept_out_of_both(session: Session, sent: Arrival) -> None:
    first = intake.receive(session, sent)
    second = intake.receive(session, out_of_print(sent))
    assert not second.duplicate and tip_of(session, second).may_belong_to == first.tip_id
    assert (withheld(session, first), withheld(session, second)) == ([True], [True])
    again = intake.receive(session, out_of_print(sent))
    assert again.duplicate and again.tip_id == second.tip_id
    assert len(consent.history(session, first.tip_id)) == 2, "sent twice, it is said once"


def test_who_allows_less_the_second_time_allows_less_of_the_first(session: Session, cast: Cast, sent: Arrival) -> None:
    first = intake.receive(session, replace(sent, consent_wording="With my name"))
    triage.set_status(session, first.tip_id, Status.USED, cast.bob)
    less = replace(sent, consent=BACKGROUND, consent_wording="For background")
    second = intake.receive(session, less)
    assert {tip_of(session, one).consent for one in (first, second)} == {BACKGROUND}
    assert consent.history(session, first.tip_id)[0].wording == "For background"
    assert alarms.stricter(session, cast.alice) == [first.tip_id]


def test_who_allows_more_the_second_time_allows_it_of_what_is_sent_then(session: Session, sent: Arrival) -> None:
    first = intake.receive(session, replace(out_of_print(sent), consent=BACKGROUND))
    second = intake.receive(session, sent)
    assert [tip_of(session, one).consent for one in (first, second)] == [BACKGROUND, NAME]
    assert (withheld(session, first), withheld(session, second)) == ([True], [False])
    again = intake.receive(session, replace(out_of_print(sent), consent=BACKGROUND))
    assert again.duplicate and again.tip_id == first.tip_id
    assert tip_of(session, second).consent is BACKGROUND, "they went back once more"


@pytest.mark.parametrize(
    ("before", "after", "counts"),
    [
        (ContactChoice.EMAIL, ContactChoice.NO, ContactChoice.NO),
        (ContactChoice.EMAIL, ContactChoice.PAGE, ContactChoice.PAGE),
        (ContactChoice.NO, ContactChoice.EMAIL, ContactChoice.NO),
        (ContactChoice.PAGE, ContactChoice.UNKNOWN, ContactChoice.PAGE),
    ],
)
def test_a_more_careful_way_to_reach_them_counts_for_what_they_sent_before(
    session: Session, sent: Arrival, before: ContactChoice, after: ContactChoice, counts: ContactChoice
) -> None:
    first = intake.receive(session, replace(sent, contact=before))
    second = intake.receive(session, replace(sent, contact=after))
    assert [tip_of(session, one).contact for one in (first, second)] == [counts, after]
    told = select(Event).where(col(Event.tip_id) == first.tip_id, col(Event.verb) == Verb.SAFE_WAY)
    assert len(session.scalars(told).all()) == (counts is not before)


def test_it_counts_for_the_tip_that_stands_for_what_they_sent(session: Session, cast: Cast, sent: Arrival) -> None:
    first = intake.receive(session, sent)
    target = intake.receive(session, mail(callout_id=cast.borders, consent=NAME))
    merge.merge(session, first.tip_id, cast.alice, into=target.tip_id)
    intake.receive(session, replace(sent, consent=BACKGROUND))
    assert tip_of(session, target).consent is BACKGROUND


PHOTO = Attachment("visa.jpg", b"\xff\xd8\xff" + bytes(60), "image/jpeg")


def as_before(session: Session) -> None:
    """What was filed by an earlier version: its messages do not say by which form they came."""
    session.execute(update(Message).values(message_id_hash=""))


@pytest.mark.parametrize("known", [True, False])
def test_a_form_is_known_again_wherever_its_message_went(session: Session, cast: Cast, known: bool) -> None:
    older = intake.receive(session, mail(callout_id=cast.borders))
    first = intake.receive(session, form(callout_id=cast.borders))
    target = intake.receive(session, form("Another story.", callout_id=cast.borders, submission_id="t" * 22))
    steps = (
        (lambda: merge.merge(session, older.tip_id, cast.alice, into=first.tip_id), first.tip_id),
        (lambda: merge.merge(session, first.tip_id, cast.alice, into=target.tip_id), target.tip_id),
        (lambda: unmerge.unmerge(session, first.tip_id, cast.alice), first.tip_id),
    )
    for step, tip_id in steps:
        step()
        if not known:
            as_before(session)
        again = intake.receive(session, form(callout_id=cast.borders))
        assert again.duplicate and (again.tip_id, again.message_id) == (tip_id, first.message_id)
        assert submissions.filed(session, first.submission_key) == replace(again, duplicate=False)


def test_a_form_is_known_again_after_its_message_was_split_off(session: Session, cast: Cast) -> None:
    target = intake.receive(session, mail(callout_id=cast.borders))
    first = intake.receive(session, form(callout_id=cast.borders))
    merge.merge(session, first.tip_id, cast.alice, into=target.tip_id)
    made, _ = splitting.split(session, first.message_id, cast.alice)
    again = intake.receive(session, form(callout_id=cast.borders))
    assert (again.tip_id, again.message_id) == (made.id, first.message_id)


def test_a_form_for_a_tip_is_known_again_after_it_was_split_off(session: Session, cast: Cast) -> None:
    tip = intake.receive(session, mail(callout_id=cast.borders))
    added = Arrival(Source.PAGE, "And more.", now(), tip_id=tip.tip_id, submission_id="a" * 22)
    first = intake.receive(session, added)
    made, _ = splitting.split(session, first.message_id, cast.alice)
    again = intake.receive(session, added)
    assert again.duplicate and (again.tip_id, again.message_id) == (made.id, first.message_id)


def test_files_that_come_after_the_joining_stand_with_their_words(
    database: Database, session: Session, cast: Cast, spool: Spool
) -> None:
    first = intake.receive(session, form(callout_id=cast.borders))
    target = intake.receive(session, mail(callout_id=cast.borders))
    spool.put_file(spool.put_words(form(callout_id=cast.borders)), PHOTO)
    merge.merge(session, first.tip_id, cast.alice, into=target.tip_id)
    session.commit()
    file_all(database)
    assert spool.standing().waiting == 0 and spool.files(session.get_one(Tip, first.tip_id).code_hash or "") == 0
    assert [(one.tip_id, one.message_id) for one in rows(database, StoredFile)] == [(target.tip_id, first.message_id)]


def test_a_file_of_words_that_went_elsewhere_meanwhile_goes_there_and_nowhere_once_they_are_erased(
    session: Session, cast: Cast
) -> None:
    first = intake.receive(session, form(callout_id=cast.borders))
    target = intake.receive(session, mail(callout_id=cast.borders))
    merge.merge(session, first.tip_id, cast.alice, into=target.tip_id)
    file_id = submissions.attach(session, first, PHOTO)
    assert session.get_one(StoredFile, file_id).tip_id == target.tip_id
    assert session.get_one(Tip, target.tip_id).photos == 1
    erasure.erase(session, target.tip_id, ActorKind.SYSTEM)
    assert submissions.attach(session, first, PHOTO) is None
