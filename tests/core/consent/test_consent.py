"""What a reader allows: per answer, by whichever door, and what follows when it is less than what was published."""

import time

import pytest
from sqlalchemy import select, update
from sqlmodel import Session, col

from tests.arrivals import form, mail
from tests.core.making import TODAY, say
from tests.fixtures_db import Cast
from tests.plans import watching
from tipline.core import consent, intake, readers, triage
from tipline.core.access import Actor
from tipline.core.arrival import ConsentChoice, GivenAnswer, Source
from tipline.core.consent import ConsentVerdict, quotes
from tipline.core.mailboxes import alarms
from tipline.core.results import answer_rows
from tipline.core.results.publishing import choose
from tipline.core.tips import highlights, stories
from tipline.db import now
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.models import (
    Answer,
    Callout,
    Event,
    Message,
    Publication,
    Question,
    QuestionKind,
    Reader,
    Status,
    Tip,
    Verb,
)


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
    assert consent.allows(session, tip).verdict is ConsentVerdict.NO
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
        quotes.quote(session, tip.id or 0, cast.alice)


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


@pytest.fixture
def all_answers(session: Session, cast: Cast) -> Tip:
    """Of a form without a long question, whose story is all answers: one may be published, two were not asked for."""
    kinds = (QuestionKind.PLACE, QuestionKind.SHORT, QuestionKind.EMAIL)
    asked = [question(session, cast, kind, place) for place, kind in enumerate(kinds)]
    for one in asked[1:]:
        session.get_one(Question, one).publish = False
    said = (("Where?", "Wuhan"), ("Employer", "Acme Corp"), ("Your mail", "mei@mail.example"))
    given = tuple(GivenAnswer(one, *words) for one, words in zip(asked, said, strict=True))
    text = "\n\n".join("\n".join(words) for words in said)
    arrival = form(text, callout_id=cast.borders, answers=given, consent=ConsentChoice.NAME)
    return session.get_one(Tip, intake.receive(session, arrival).tip_id)


def mark(session: Session, tip: Tip, words: str, by: Actor, text: str = "") -> int:
    """A passage of the tip's first message, or of the one with this text."""
    here = col(Message.text) == text if text else col(Message.direction) == "in"
    message = session.scalars(select(Message).where(col(Message.tip_id) == tip.id, here).order_by(col(Message.id)))
    found = message.first()
    assert found is not None
    return highlights.mark(session, found.id, found.text.index(words), words, by).id or 0


def test_a_story_does_not_carry_out_what_its_answers_may_not(session: Session, cast: Cast, all_answers: Tip) -> None:
    tip_id = all_answers.id or 0
    assert verdicts(session, all_answers) == ["no", "name", "no", "no"]
    assert "one by one" in consent.allows(session, all_answers).reason, "it says what can be done"
    session.get_one(Callout, cast.borders).gallery = True
    for hand_out in (lambda: quotes.quote(session, tip_id, cast.bob), lambda: choose(session, tip_id, cast.alice)):
        with pytest.raises(Refused, match="one by one"):
            hand_out()
    assert quotes.quote(session, tip_id, cast.bob, answers(session, all_answers)[0].id).text == "Wuhan"
    for employer in answers(session, all_answers)[1:]:
        session.get_one(Question, employer.question_id).publish = True
    assert verdicts(session, all_answers) == ["name"] * 4


@pytest.mark.parametrize(
    ("words", "leaves"),
    [
        ("Wuhan", True),
        ("Where?\nWuhan", True),
        ("Acme Corp", False),
        ("Acme", False),
        ("Employer", False),
        ("Wuhan\n\nEmployer\nAcme", False),
        ("mei@mail.example", False),
    ],
)
def test_a_passage_carries_out_no_more_than_the_answers_that_it_lies_in(
    session: Session, cast: Cast, all_answers: Tip, words: str, leaves: bool
) -> None:
    passage = mark(session, all_answers, words, cast.bob)
    if leaves:
        assert quotes.quote(session, all_answers.id or 0, cast.bob, passage_id=passage).text == words
        return
    with pytest.raises(Refused, match="Mark only"):
        quotes.quote(session, all_answers.id or 0, cast.bob, passage_id=passage)


def test_a_passage_stays_in_when_the_answer_it_lies_in_was_changed_or_its_mail_read_anew(
    session: Session, cast: Cast, all_answers: Tip
) -> None:
    passage = mark(session, all_answers, "Acme Corp", cast.bob)
    employer = answers(session, all_answers)[1]
    employer.value = "Another Ltd"
    session.flush()
    for text in (None, "Nothing of it"):
        if text:
            employer.value = "Acme Corp, of Boston"
            session.execute(update(Message).values(text=text))
            session.flush()
        with pytest.raises(Refused):
            quotes.quote(session, all_answers.id or 0, cast.bob, passage_id=passage)


def test_words_of_a_told_story_leave_though_a_short_answer_says_the_same(session: Session, cast: Cast) -> None:
    long, short = question(session, cast, QuestionKind.LONG), question(session, cast, QuestionKind.SHORT, 1)
    session.get_one(Question, short).publish = False
    text = "We left Wuhan.\nNo\nNobody told us: 2"
    given = (GivenAnswer(long, "What happened?", text), GivenAnswer(short, "Alone?", "No"))
    arrival = form(text, callout_id=cast.borders, answers=given, consent=ConsentChoice.ANONYMOUS)
    tip = session.get_one(Tip, intake.receive(session, arrival).tip_id)
    assert verdicts(session, tip) == ["anonymous", "anonymous", "no"]
    assert quotes.quote(session, tip.id or 0, cast.bob, passage_id=mark(session, tip, "No\nNobody", cast.bob)).text


@pytest.mark.parametrize("written", ["1. Wuhan\n2. Acme Corp", "Employer: Acme Corp\nSee you"])
def test_an_answer_that_came_by_mail_does_not_leave_as_a_passage(session: Session, cast: Cast, written: str) -> None:
    asked = question(session, cast, QuestionKind.SHORT)
    session.get_one(Question, asked).publish = False
    story = mail("I wait, said Acme Corp and others.", callout_id=cast.borders, consent=ConsentChoice.NAME)
    tip = session.get_one(Tip, intake.receive(session, story).tip_id)
    given = (GivenAnswer(asked, "Employer", "Acme Corp"),)
    say(session, tip, written)
    key = readers.key_of(session, session.get_one(Reader, tip.reader_id))
    answer_rows.write(session, tip.id or 0, key, form(answers=given))
    session.flush()
    assert consent.allows(session, tip).may_leave
    passage = mark(session, tip, "Acme Corp", cast.bob, written)
    with pytest.raises(Refused, match="Mark only"):
        quotes.quote(session, tip.id or 0, cast.bob, passage_id=passage)
    in_story = mark(session, tip, "said Acme Corp", cast.bob)
    assert quotes.quote(session, tip.id or 0, cast.bob, passage_id=in_story).text == "said Acme Corp"


@pytest.mark.parametrize(
    "line", [":" + " " * 20_000, ": " * 10_000, "1 " * 10_000, (":" + " " * 100) * 200, ":\n" * 9000]
)
def test_no_line_makes_looking_for_answers_slow(line: str) -> None:
    began = time.perf_counter()
    assert stories.places(line, ["Acme Corp"], (), ()) == []
    assert time.perf_counter() - began < 1
