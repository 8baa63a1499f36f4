"""What a reader allows: per answer, by whichever door, and what follows when it is less than what was published."""

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.arrivals import form, mail
from tests.core.making import TODAY
from tests.fixtures_db import Cast
from tests.plans import watching
from tipline.core import consent, intake, triage
from tipline.core.arrival import ConsentChoice, GivenAnswer, Source
from tipline.core.consent import Verdict, quoting
from tipline.core.mailboxes import alarms
from tipline.db import now
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.models import Answer, Event, Message, Publication, Question, QuestionKind, Status, Tip, Verb


@pytest.fixture
def tip(session: Session, cast: Cast) -> Tip:
    """Three answers: the story, one that may be published, one whose question never asked for that."""
    kinds = (QuestionKind.LONG, QuestionKind.SHORT, QuestionKind.SHORT)
    questions = [
        Question(callout_id=cast.borders, position=place, kind=kind, publish=place == 1)
        for place, kind in enumerate(kinds)
    ]
    session.add_all(questions)
    session.flush()
    answers = tuple(GivenAnswer(q.id or 0, "?", f"Answer {q.position}") for q in questions)
    arrival = form("Answer 0", callout_id=cast.borders, answers=answers, consent=ConsentChoice.NAME)
    return session.get_one(Tip, intake.receive(session, arrival).tip_id)


def answers(session: Session, tip: Tip) -> list[Answer]:
    query = select(Answer).where(col(Answer.tip_id) == tip.id).order_by(col(Answer.position))
    return list(session.scalars(query.execution_options(populate_existing=True)))


def verdicts(session: Session, tip: Tip) -> list[str]:
    return [consent.allows(session, tip, answer).verdict.value for answer in (None, *answers(session, tip))]


def change(session: Session, tip: Tip, choice: ConsentChoice, *withheld: int) -> bool:
    return consent.change(session, tip, choice, today=TODAY, withheld=withheld)


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (ConsentChoice.NAME, ["name", "name", "name", "no"]),
        (ConsentChoice.ANONYMOUS, ["anonymous", "anonymous", "anonymous", "no"]),
        (ConsentChoice.ASK, ["ask", "ask", "ask", "no"]),
        (ConsentChoice.BACKGROUND, ["no"] * 4),
    ],
)
def test_each_choice_says_what_may_leave(session: Session, tip: Tip, choice: ConsentChoice, said: list[str]) -> None:
    change(session, tip, choice)
    assert verdicts(session, tip) == said
    assert all(consent.allows(session, tip, one).reason for one in (None, *answers(session, tip)))


def test_who_never_said_anything_is_asked_first(session: Session, cast: Cast) -> None:
    tip = session.get_one(Tip, intake.receive(session, mail(callout_id=cast.borders)).tip_id)
    assert consent.allows(session, tip).verdict is Verdict.NO
    assert not consent.allows(session, tip).may_leave


def test_an_answer_is_kept_out_of_print_alone_and_given_back(session: Session, tip: Tip) -> None:
    story, short, _ = answers(session, tip)
    assert change(session, tip, ConsentChoice.NAME, short.question_id)
    assert verdicts(session, tip) == ["name", "name", "no", "no"]
    assert consent.history(session, tip.id or 0)[0].withheld == [short.question_id]
    assert change(session, tip, ConsentChoice.NAME, story.question_id)
    assert verdicts(session, tip) == ["no", "no", "name", "no"], "the story is that answer"
    assert not change(session, tip, ConsentChoice.NAME, story.question_id), "said twice, it is one entry"


def publish(session: Session, tip: Tip, answer: Answer | None, attribution: str = "") -> Publication:
    row = Publication(
        callout_id=tip.callout_id, tip_id=tip.id or 0, answer_id=answer.id if answer else None, text="x",
        attribution=attribution, changed_at=now(), published_at=now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def test_what_is_no_longer_covered_leaves_the_gallery_at_once(session: Session, tip: Tip) -> None:
    _story, short, _ = answers(session, tip)
    named, plain = publish(session, tip, None, "Mei"), publish(session, tip, short)
    change(session, tip, ConsentChoice.ANONYMOUS)
    assert named.published_at is None and plain.published_at is not None
    change(session, tip, ConsentChoice.ANONYMOUS, short.question_id)
    assert plain.published_at is None
    taken = session.scalars(select(col(Event.object_id)).where(col(Event.verb) == Verb.UNPUBLISHED)).all()
    assert [one for one in taken if one] == [named.id, plain.id]


def test_less_than_what_was_published_is_an_alarm_until_somebody_looked(session: Session, cast: Cast, tip: Tip) -> None:
    tip_id = tip.id or 0
    triage.set_status(session, tip_id, Status.USED, cast.bob)
    change(session, tip, ConsentChoice.ANONYMOUS)
    assert alarms.stricter(session, cast.alice) == [tip_id] and tip.follow_up_on == TODAY
    assert alarms.stricter(session, cast.carol) == [], "of those whom one sees"
    triage.follow_up(session, tip_id, None, cast.alice)
    assert alarms.stricter(session, cast.alice) == []
    triage.set_status(session, tip_id, Status.CLOSED, cast.bob)
    change(session, tip, ConsentChoice.BACKGROUND)
    assert alarms.stricter(session, cast.alice) == [tip_id], "it was used once"


def test_nothing_published_or_nothing_stricter_is_no_alarm(session: Session, cast: Cast, tip: Tip) -> None:
    change(session, tip, ConsentChoice.BACKGROUND)
    triage.set_status(session, tip.id or 0, Status.USED, cast.bob)
    change(session, tip, ConsentChoice.NAME)
    assert alarms.stricter(session, cast.alice) == [] and tip.follow_up_on is None


def test_what_a_mail_says_is_written_down_with_the_mail_as_evidence(session: Session, cast: Cast) -> None:
    filed = intake.receive(session, mail("You may print it without my name.", callout_id=cast.borders))
    tip_id = filed.tip_id
    triage.set_status(session, tip_id, Status.USED, cast.bob)
    assert consent.from_message(session, filed.message_id, ConsentChoice.ANONYMOUS, cast.bob, TODAY)
    assert not consent.from_message(session, filed.message_id, ConsentChoice.ANONYMOUS, cast.bob, TODAY)
    (entry,) = consent.history(session, tip_id)
    assert (entry.choice, entry.source, entry.recorded_by) == (
        ConsentChoice.ANONYMOUS, Source.MAIL, cast.bob.account_id,
    )  # fmt: skip
    assert consent.evidence_of(session, tip_id) == {entry.said_at: filed.message_id}
    assert consent.from_message(session, filed.message_id, ConsentChoice.BACKGROUND, cast.bob, TODAY)
    assert alarms.stricter(session, cast.alice) == [tip_id], "who writes it down has not looked after it yet"


def test_only_who_works_on_a_tip_writes_down_what_its_reader_says(session: Session, cast: Cast) -> None:
    filed = intake.receive(session, mail(callout_id=cast.borders))
    ours = Message(
        id=1, tip_id=filed.tip_id, direction="out", source="mail", text="Hello", sent_at=now(), created_at=now()
    )
    session.add(ours)
    session.flush()
    for message_id, by, error in (
        (filed.message_id, cast.carol, NotVisible),
        (filed.message_id, cast.dave, NotAllowed),
        (ours.id, cast.bob, NotVisible),
        (99, cast.bob, NotVisible),
    ):
        with pytest.raises(error):
            consent.from_message(session, message_id, ConsentChoice.NAME, by, TODAY)


def test_a_name_that_is_taken_back_does_not_come_back_later(session: Session, tip: Tip) -> None:
    short = answers(session, tip)[1]
    public, waits = publish(session, tip, None, "Mei"), publish(session, tip, short, "Mei")
    waits.published_at = None
    session.flush()
    change(session, tip, ConsentChoice.ANONYMOUS)
    assert [(one.attribution, one.published_at) for one in (public, waits)] == [("", None)] * 2
    change(session, tip, ConsentChoice.NAME)
    assert public.published_at is None


def question(session: Session, cast: Cast, kind: QuestionKind, position: int = 0) -> int:
    made = Question(callout_id=cast.borders, position=position, kind=kind, publish=True)
    session.add(made)
    session.flush()
    return made.id or 0


def test_a_story_made_of_all_answers_is_kept_out_of_print_with_one_of_them(session: Session, cast: Cast) -> None:
    where, when = (question(session, cast, QuestionKind.SHORT, place) for place in range(2))
    given = (GivenAnswer(where, "Where?", "Wuhan\nand Boston"), GivenAnswer(when, "When?", "May"))
    text = "\n\n".join(f"{one.wording}\n{one.value}" for one in given)
    arrival = form(text, callout_id=cast.borders, answers=given, consent=ConsentChoice.NAME)
    tip = session.get_one(Tip, intake.receive(session, arrival).tip_id)
    whole = publish(session, tip, None)
    change(session, tip, ConsentChoice.NAME, where)
    assert verdicts(session, tip) == ["no", "no", "name"]
    assert whole.published_at is None
    with pytest.raises(Refused):
        quoting.quote(session, tip.id or 0, cast.alice)


def test_a_mails_story_is_kept_out_of_print_with_the_answer_that_it_became(session: Session, cast: Cast) -> None:
    long, second = (question(session, cast, QuestionKind.LONG, place) for place in range(2))
    mailed = intake.receive(session, mail("I waited.\nFor May.", callout_id=cast.borders, consent=ConsentChoice.NAME))
    tip = session.get_one(Tip, mailed.tip_id)
    other = (GivenAnswer(second, "And then?", "May"),)
    intake.receive(session, form(tip_id=tip.id, answers=other, consent=ConsentChoice.NAME))
    change(session, tip, ConsentChoice.NAME, second)
    assert verdicts(session, tip) == ["name", "no"], "a word of it is not a line of it"
    changed = (GivenAnswer(long, "What happened?", "I waited, and more.", withheld=True),)
    intake.receive(session, form(tip_id=tip.id, answers=changed, consent=ConsentChoice.NAME))
    assert verdicts(session, tip) == ["no", "no", "no"]


def test_what_a_form_keeps_out_of_print_for_a_tip_that_is_there_is_said_and_followed(
    session: Session, cast: Cast
) -> None:
    old = question(session, cast, QuestionKind.SHORT)
    tip = session.get_one(Tip, intake.receive(session, mail("Hello", callout_id=cast.borders)).tip_id)
    first = (GivenAnswer(old, "Where?", "Wuhan"),)
    intake.receive(session, form(tip_id=tip.id, answers=first, consent=ConsentChoice.NAME))
    (answer,) = answers(session, tip)
    item = publish(session, tip, answer)
    new = Question(callout_id=cast.borders, position=0, kind=QuestionKind.SHORT, publish=True, origin_id=old)
    session.add(new)
    session.flush()
    kept = (GivenAnswer(new.id or 0, "Where now?", "Boston", withheld=True),)
    intake.receive(session, form(tip_id=tip.id, answers=kept, consent=ConsentChoice.NAME))
    session.refresh(item)
    assert item.published_at is None and alarms.stricter(session, cast.alice) == [tip.id]
    entries = consent.history(session, tip.id or 0)
    assert sorted(entry.withheld for entry in entries) == [[], [new.id]]
    assert [one.withheld for one in answers(session, tip)] == [True]


def test_a_form_says_anew_of_each_answer_whether_it_stays_out_of_print(session: Session, cast: Cast) -> None:
    old = question(session, cast, QuestionKind.SHORT)
    tip = session.get_one(Tip, intake.receive(session, mail("Hello", callout_id=cast.borders)).tip_id)
    for words, held in (("Wuhan", True), ("Boston", False)):
        given = (GivenAnswer(old, "Where?", words, withheld=held),)
        intake.receive(session, form(tip_id=tip.id, answers=given, consent=ConsentChoice.NAME))
    assert [one.withheld for one in answers(session, tip)] == [False]
    assert consent.history(session, tip.id or 0)[0].withheld == []


def test_what_is_allowed_of_many_answers_is_asked_at_once(session: Session, cast: Cast) -> None:
    asked = [question(session, cast, QuestionKind.SHORT, place) for place in range(6)]
    session.get_one(Question, asked[1]).publish = session.get_one(Question, asked[2]).publish = False
    given = tuple(GivenAnswer(one, "Q", f"Words {one}", withheld=one == asked[0]) for one in asked)
    arrival = form(f"Words {asked[2]}", callout_id=cast.borders, answers=given, consent=ConsentChoice.ASK)
    tip = session.get_one(Tip, intake.receive(session, arrival).tip_id)
    rows = answers(session, tip)
    with watching(session) as watched:
        allowed = consent.allowed(session, tip, rows)
    assert len(watched.statements) == 3
    assert allowed == {row.id: consent.allows(session, tip, row) for row in rows}
    assert [allowed[row.id].verdict for row in rows] == ["no", "no", "ask", "ask", "ask", "ask"]


def test_an_answer_is_kept_out_of_print_whatever_its_form_says_of_the_whole(session: Session, cast: Cast) -> None:
    asked = question(session, cast, QuestionKind.SHORT)
    tip = session.get_one(Tip, intake.receive(session, mail("Hello", consent=ConsentChoice.NAME)).tip_id)
    intake.receive(session, form(tip_id=tip.id, answers=(GivenAnswer(asked, "Where?", "Wuhan", withheld=True),)))
    assert [one.withheld for one in answers(session, tip)] == [True]
    entry, _first = consent.history(session, tip.id or 0)
    assert (entry.choice, entry.withheld) == (ConsentChoice.NAME, [asked])
