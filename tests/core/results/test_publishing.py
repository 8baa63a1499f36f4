"""What editors put on a callout's gallery, and what the public sees of it."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.arrivals import form
from tests.core.making import TODAY, make_tip, say
from tests.fixtures_db import Cast
from tests.plans import watching
from tipline.core import consent, intake, merge, readers, replies
from tipline.core.access import Actor
from tipline.core.arrival import Arrival, ConsentChoice, GivenAnswer, Source
from tipline.core.outgoing_mail import Sender
from tipline.core.results import exposed, gallery, publishing
from tipline.core.results.publishing import AnswerCut
from tipline.core.results.quote_sent import Unsent
from tipline.db import now
from tipline.errors import Conflict, NotAllowed, NotVisible, Refused
from tipline.models import (
    Answer,
    Callout,
    Event,
    Outgoing,
    Publication,
    Question,
    QuestionKind,
    Reader,
    SendState,
    Status,
    Tip,
    TipAccess,
    Verb,
)


@pytest.fixture
def borders(session: Session, cast: Cast) -> int:
    session.get_one(Callout, cast.borders).gallery = True
    session.flush()
    return cast.borders


@pytest.fixture
def tip(session: Session, borders: int) -> Tip:
    """A story, an answer that may be published and one that was never asked for; with name."""
    kinds = (QuestionKind.LONG, QuestionKind.SHORT, QuestionKind.SHORT)
    questions = [
        Question(callout_id=borders, position=place, kind=kind, publish=place == 1) for place, kind in enumerate(kinds)
    ]
    session.add_all(questions)
    session.flush()
    answers = tuple(GivenAnswer(q.id or 0, f"Question {q.position}", f"Answer {q.position}") for q in questions)
    arrival = form("Answer 0", callout_id=borders, answers=answers, consent=ConsentChoice.NAME, reader_name="Mei Chen")
    return session.get_one(Tip, intake.receive(session, arrival).tip_id)


def answers(session: Session, tip: Tip) -> list[Answer]:
    return list(session.scalars(select(Answer).where(col(Answer.tip_id) == tip.id).order_by(col(Answer.position))))


def allow(session: Session, tip: Tip, choice: ConsentChoice, *withheld: int) -> None:
    consent.change(session, tip, choice, today=TODAY, withheld=withheld)


def chosen(session: Session, tip: Tip, by: Actor, answer: Answer | None = None, name: str = "") -> int:
    """Chosen and public, under a name or none."""
    row = publishing.choose(session, tip.id or 0, by, answer.id if answer else None)
    assert row.id is not None
    if name:
        publishing.change(session, tip.callout_id, row.id, AnswerCut(row.text, name), by, row.changed_at)
    publishing.publish(session, tip.callout_id, row.id, by, unsent=Unsent.AGREED)
    return row.id


def public(session: Session, callout_id: int) -> list[str]:
    return [shown.text for shown in gallery.page(session, callout_id).answers]


def verbs(session: Session, *wanted: Verb) -> list[tuple[str, int | None, str]]:
    query = select(Event).where(col(Event.verb).in_(wanted)).order_by(col(Event.id))
    return [(event.verb, event.object_id, event.after) for event in session.scalars(query)]


def test_what_is_chosen_is_not_public_before_an_editor_says_so(session: Session, cast: Cast, tip: Tip) -> None:
    short = answers(session, tip)[1]
    row = publishing.choose(session, tip.id or 0, cast.alice, short.id)
    assert (row.text, row.language, row.attribution) == ("Answer 1", "en", "")
    assert public(session, tip.callout_id) == []
    assert publishing.choose(session, tip.id or 0, cast.alice, short.id).id == row.id, "chosen twice, it is one"
    for _ in range(2):
        publishing.publish(session, tip.callout_id, row.id or 0, cast.alice, unsent=Unsent.AGREED)
    assert public(session, tip.callout_id) == ["Answer 1"]
    for _ in range(2):
        publishing.unpublish(session, tip.callout_id, row.id or 0, cast.alice)
    assert public(session, tip.callout_id) == []
    assert verbs(session, Verb.QUOTED, Verb.PUBLISHED, Verb.UNPUBLISHED) == [
        ("quoted", short.id, "name"), ("published", row.id, "anonymous"), ("unpublished", row.id, ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (ConsentChoice.ASK, "asked first"),
        (ConsentChoice.BACKGROUND, "background only"),
        (ConsentChoice.UNKNOWN, "never said"),
    ],
)
def test_what_its_reader_does_not_allow_is_refused_with_the_reason(
    session: Session, cast: Cast, tip: Tip, choice: ConsentChoice, said: str
) -> None:
    allow(session, tip, choice)
    with pytest.raises(Refused, match=said):
        publishing.choose(session, tip.id or 0, cast.alice)


def test_what_was_not_asked_for_or_is_withheld_is_refused(session: Session, cast: Cast, tip: Tip) -> None:
    _story, short, other = answers(session, tip)
    with pytest.raises(Refused, match="not one whose answers"):
        publishing.choose(session, tip.id or 0, cast.alice, other.id)
    allow(session, tip, ConsentChoice.NAME, short.question_id)
    with pytest.raises(Refused, match="want this answer published"):
        publishing.choose(session, tip.id or 0, cast.alice, short.id)


def test_restricted_tips_spam_and_callouts_without_a_gallery_publish_nothing(
    session: Session, cast: Cast, tip: Tip
) -> None:
    row = publishing.choose(session, tip.id or 0, cast.alice)
    session.add(TipAccess(tip_id=tip.id, account_id=cast.alice.account_id))
    tip.restricted = True
    session.flush()
    with pytest.raises(Refused, match="restricted"):
        publishing.publish(session, tip.callout_id, row.id or 0, cast.alice, unsent=Unsent.AGREED)
    tip.restricted, tip.status = False, Status.SPAM
    session.flush()
    with pytest.raises(Refused, match="spam"):
        publishing.publish(session, tip.callout_id, row.id or 0, cast.alice, unsent=Unsent.AGREED)
    tip.status = Status.NEW
    session.get_one(Callout, tip.callout_id).gallery = False
    session.flush()
    with pytest.raises(Refused, match="no page of answers"):
        publishing.publish(session, tip.callout_id, row.id or 0, cast.alice, unsent=Unsent.AGREED)


def test_only_editors_choose_and_only_what_is_there_for_them(session: Session, cast: Cast, tip: Tip) -> None:
    row = publishing.choose(session, tip.id or 0, cast.alice)
    with pytest.raises(NotAllowed):
        publishing.choose(session, tip.id or 0, cast.bob)
    with pytest.raises(NotAllowed):
        publishing.publish(session, tip.callout_id, row.id or 0, cast.bob)
    with pytest.raises(NotVisible):
        publishing.publish(session, cast.overtime, row.id or 0, cast.alice)
    other = make_tip(session, cast.overtime, "Theirs")
    with pytest.raises(NotVisible):
        publishing.choose(session, other.id or 0, cast.alice, answers(session, tip)[1].id)
    tip.restricted = True
    session.flush()
    assert publishing.chosen(session, tip.callout_id, cast.alice) == []
    with pytest.raises(NotVisible):
        publishing.one(session, tip.callout_id, row.id or 0, cast.alice)


def test_a_name_stands_there_only_where_its_reader_allows_it(session: Session, cast: Cast, tip: Tip) -> None:
    row = publishing.choose(session, tip.id or 0, cast.alice)
    number = row.id or 0
    assert publishing.name_of(session, tip.callout_id, number, cast.alice) == "Mei Chen"
    assert verbs(session, Verb.IDENTITY_SEEN) != []
    publishing.change(session, tip.callout_id, number, AnswerCut(row.text, " Mei\n Chen "), cast.alice, row.changed_at)
    assert row.attribution == "Mei Chen"
    allow(session, tip, ConsentChoice.ANONYMOUS)
    with pytest.raises(Refused, match="does not allow their name"):
        publishing.publish(session, tip.callout_id, number, cast.alice, unsent=Unsent.AGREED)
    with pytest.raises(Refused, match="does not allow their name"):
        publishing.change(session, tip.callout_id, number, AnswerCut("x", "Mei"), cast.alice, row.changed_at)
    with pytest.raises(Refused, match="does not allow their name"):
        publishing.name_of(session, tip.callout_id, number, cast.alice)
    publishing.change(session, tip.callout_id, number, AnswerCut("x"), cast.alice, row.changed_at)
    publishing.publish(session, tip.callout_id, number, cast.alice, unsent=Unsent.AGREED)
    assert public(session, tip.callout_id) == ["x"]


def test_two_editors_of_one_answer_notice_each_other(session: Session, cast: Cast, tip: Tip) -> None:
    row = publishing.choose(session, tip.id or 0, cast.alice)
    number, opened = row.id or 0, row.changed_at
    publishing.change(session, tip.callout_id, number, AnswerCut("Cut by one"), cast.alice, opened)
    with pytest.raises(Conflict):
        publishing.change(session, tip.callout_id, number, AnswerCut("Cut by another"), cast.alice, opened)


@pytest.mark.parametrize("text", ["", " \n", "\0", "x" * 5001])
def test_a_text_that_cannot_stand_is_refused(session: Session, cast: Cast, tip: Tip, text: str) -> None:
    row = publishing.choose(session, tip.id or 0, cast.alice)
    with pytest.raises(Refused):
        publishing.change(session, tip.callout_id, row.id or 0, AnswerCut(text), cast.alice, row.changed_at)


def test_what_is_cut_while_it_is_public_changes_at_once_and_is_recorded(session: Session, cast: Cast, tip: Tip) -> None:
    number = chosen(session, tip, cast.alice)
    row = session.get_one(Publication, number)
    cut = AnswerCut("Shorter\0 \ud800", language="zh-Hans", unsent=Unsent.AGREED)
    publishing.change(session, tip.callout_id, number, cut, cast.alice, row.changed_at)
    session.expire(row)
    assert public(session, tip.callout_id) == ["Shorter ?"]
    assert [event for event in verbs(session, Verb.PUBLISHED) if event[1] == number] != []


def test_a_long_story_is_cut_to_what_fits(session: Session, cast: Cast, borders: int) -> None:
    tip = make_tip(session, borders, "长" * 6000, consent=ConsentChoice.ANONYMOUS)
    assert len(publishing.choose(session, tip.id or 0, cast.alice).text) == 5000


def test_answers_stand_in_the_editors_order_page_by_page(session: Session, cast: Cast, borders: int) -> None:
    tips = [make_tip(session, borders, f"Story {n}", consent=ConsentChoice.ANONYMOUS) for n in range(22)]
    numbers = [chosen(session, tip, cast.alice) for tip in tips]
    publishing.move(session, borders, numbers[21], cast.alice, steps=-1)
    publishing.move(session, borders, numbers[0], cast.alice, steps=1)
    publishing.move(session, borders, numbers[1], cast.alice, steps=-1)
    first, last = gallery.page(session, borders), gallery.page(session, borders, 99)
    assert [one.text for one in first.answers[:3]] == ["Story 1", "Story 0", "Story 2"] and len(first.answers) == 20
    assert (last.number, last.pages, [one.text for one in last.answers]) == (2, 2, ["Story 21", "Story 20"])
    assert [one.id for one in gallery.newest(session, borders, 2)] == [numbers[21], numbers[20]]


def test_what_is_dropped_is_gone_from_page_and_list(session: Session, cast: Cast, tip: Tip) -> None:
    number = chosen(session, tip, cast.alice)
    publishing.drop(session, tip.callout_id, number, cast.alice)
    assert public(session, tip.callout_id) == [] and publishing.chosen(session, tip.callout_id, cast.alice) == []
    assert verbs(session, Verb.UNPUBLISHED) == [("unpublished", number, "")]


def test_nothing_stays_public_that_is_not_allowed_any_more(session: Session, cast: Cast, tip: Tip) -> None:
    """Whichever way it came about: the query itself asks."""
    short = answers(session, tip)[1]
    chosen(session, tip, cast.alice, short, name="Mei")
    assert public(session, tip.callout_id) == ["Answer 1"]
    for row, name, value in (
        (tip, "restricted", True), (tip, "status", Status.SPAM), (tip, "consent", ConsentChoice.ANONYMOUS),
        (tip, "consent", ConsentChoice.BACKGROUND), (short, "withheld", True),
        (session.get_one(Callout, tip.callout_id), "gallery", False),
    ):  # fmt: skip
        before = getattr(row, name)
        setattr(row, name, value)
        session.flush()
        assert public(session, tip.callout_id) == [] and gallery.newest(session, tip.callout_id) == [], name
        setattr(row, name, before)
        session.flush()
    assert public(session, tip.callout_id) == ["Answer 1"]


def test_what_is_chosen_goes_along_when_two_tips_are_joined(session: Session, cast: Cast, tip: Tip) -> None:
    number = chosen(session, tip, cast.alice)
    target = make_tip(session, tip.callout_id, "First letter", consent=ConsentChoice.NAME)
    tip.may_belong_to = target.id
    session.flush()
    merge.merge(session, tip.id or 0, cast.alice)
    assert session.get_one(Publication, number).tip_id == target.id
    assert public(session, tip.callout_id) == ["Answer 0"]
    allow(session, target, ConsentChoice.BACKGROUND)
    assert public(session, tip.callout_id) == []


def test_all_chosen_answers_are_read_by_a_fixed_number_of_questions(session: Session, cast: Cast, tip: Tip) -> None:
    question = answers(session, tip)[1].question_id

    def choose(n: int) -> None:
        given = (GivenAnswer(question, "Where?", f"Place {n}"),)
        arrival = form(f"Story {n}", callout_id=tip.callout_id, answers=given, consent=ConsentChoice.NAME)
        filed = session.get_one(Tip, intake.receive(session, arrival).tip_id)
        publishing.choose(session, filed.id or 0, cast.alice, answers(session, filed)[0].id)

    def asked() -> int:
        session.commit()
        session.expunge_all()
        with watching(session) as watched:
            publishing.chosen(session, tip.callout_id, cast.alice)
        return len(watched.statements)

    choose(0)
    alone = asked()
    for n in range(1, 4):
        choose(n)
    assert asked() == alone


def test_words_are_public_only_when_their_reader_was_sent_them_or_history_says_why_not(
    session: Session, cast: Cast, tip: Tip
) -> None:
    row = publishing.choose(session, tip.id or 0, cast.alice)
    where = tip.callout_id, row.id or 0
    publishing.change(session, *where, AnswerCut("We wait. Every day."), cast.alice, row.changed_at)

    def wrote(text: str, state: SendState) -> None:
        replies.queue(session, tip.id or 0, text, cast.bob, Sender("M", "b@meridian.example"))
        session.scalars(select(Outgoing).order_by(col(Outgoing.id).desc())).all()[0].state = state
        session.flush()

    wrote("May we print this?\n\n> “We wait.\n> Every day.”", SendState.FAILED)
    wrote("May we print “We wait. Every week.”?", SendState.SENT)
    with pytest.raises(Refused, match="been sent this exact text"):
        publishing.publish(session, *where, cast.alice)
    for out in session.scalars(select(Outgoing)):
        out.state = SendState.SENT
    session.flush()
    publishing.publish(session, *where, cast.alice)
    cut = AnswerCut("We wait.  Every night.")
    with pytest.raises(Refused, match="been sent this exact text"):
        publishing.change(session, *where, cut, cast.alice, row.changed_at)
    publishing.change(session, *where, replace(cut, unsent=Unsent.UNREACHABLE), cast.alice, row.changed_at)
    published = session.scalars(select(Event).where(col(Event.verb) == Verb.PUBLISHED).order_by(col(Event.id)))
    assert [event.before for event in published] == ["", "unreachable"]


def test_a_public_text_is_looked_at_again_when_more_is_known_of_its_reader(
    session: Session, cast: Cast, borders: int
) -> None:
    told = Arrival(Source.MAIL, "", now(), reader_email="q@mail.example")
    tip = make_tip(session, borders, "I am Quixana, and we wait.", consent=ConsentChoice.ANONYMOUS)
    row = session.get_one(Publication, chosen(session, tip, cast.alice))
    number = row.id or 0
    assert exposed.exposed(session, cast.alice) == []
    say(session, tip, "One more letter", created_at=now())
    assert exposed.exposed(session, cast.alice) == [], "it says nothing of who they are"
    reader = session.get_one(Reader, tip.reader_id)
    readers.learn(session, reader, replace(told, reader_name="Quixana Zebedrova"))
    session.flush()
    assert [one.id for one in exposed.exposed(session, cast.alice)] == [number]
    assert exposed.exposed(session, cast.bob) == [row] and exposed.exposed(session, cast.carol) == []
    cut = AnswerCut(row.text, kept=frozenset({"Quixana"}))
    publishing.change(session, borders, number, cut, cast.alice, row.changed_at)
    assert exposed.exposed(session, cast.alice) == [], "an editor confirmed it"
    say(session, tip, "Another", created_at=now())
    assert exposed.exposed(session, cast.alice) == []


def test_a_reader_finds_what_of_theirs_is_public_and_where(session: Session, cast: Cast, tip: Tip) -> None:
    row = session.get_one(Publication, chosen(session, tip, cast.alice))
    for refused in ("javascript:alert(1)", "//evil.example", "https://" + "x" * 500):
        with pytest.raises(Refused, match="must begin with https"):
            publishing.change(
                session, tip.callout_id, row.id or 0, AnswerCut(row.text, article=refused), cast.alice, row.changed_at
            )
    article = "https://meridian.example/borders"
    publishing.change(
        session, tip.callout_id, row.id or 0, AnswerCut(row.text, article=article), cast.alice, row.changed_at
    )
    [shown] = gallery.of_tips(session, tip.callout_id, [tip.id or 0])
    assert (shown.text, shown.article) == (row.text, article)
    allow(session, tip, ConsentChoice.BACKGROUND)
    assert gallery.of_tips(session, tip.callout_id, [tip.id or 0]) == []
