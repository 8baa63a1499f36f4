"""Marked passages, translations by hand, and a tip on paper."""

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.core.making import make_tip, say
from tests.core.merge.test_merging import by_form
from tests.core.merge.test_unmerge import rows_of
from tests.fixtures_db import Cast
from tipline.core.arrival import ConsentChoice
from tipline.core.consent import quotes
from tipline.core.tip_page import print_view
from tipline.core.tip_page.print_view import PrintReason
from tipline.core.tips import highlights
from tipline.core.tips.highlights import locate
from tipline.core.triage import translations
from tipline.errors import Conflict, NotAllowed, NotVisible, Refused
from tipline.models import Answer, Event, Highlight, Message, Question, QuestionKind, Translation, Verb

TEXT = "We were stuck.\nThe border closed at noon. 我们等了十八个月。我的儿子在上海！"


@pytest.mark.parametrize(
    ("text", "begin", "passage", "place"),
    [
        ("one two one", 8, "one", (8, 11)),
        ("one two one", 7, "one", (8, 11)),
        ("one two one", 2, "one", (0, 3)),
        ("The border\n> closed", 0, "border closed", None),
        ("Read again: the border\n closed at", 4, "border closed", (16, 30)),
        ("我们等了十八个月。", 0, "十八个月", (4, 8)),
        ("gone", 0, "one two", None),
        ("a.*b", 0, ".*", (1, 3)),
        ("x", -5, "x", (0, 1)),
    ],
)
def test_a_passage_is_found_by_its_words(text: str, begin: int, passage: str, place: tuple[int, int] | None) -> None:
    assert locate(text, begin, passage) == place


def test_sentences_of_both_scripts_can_be_chosen_and_neighbours_become_one() -> None:
    said = [words for _, words in highlights.sentences(TEXT)]
    assert said == ["We were stuck.", "The border closed at noon.", "我们等了十八个月。", "我的儿子在上海！"]
    begins = [begin for begin, _ in highlights.sentences(TEXT)]
    assert highlights.chosen(TEXT, begins[2:]) == [(begins[2], "我们等了十八个月。我的儿子在上海！")]
    assert highlights.chosen(TEXT, [begins[0], begins[3], 7000]) == [
        (begins[0], "We were stuck."), (begins[3], "我的儿子在上海！"),
    ]  # fmt: skip


def test_passages_that_lie_over_each_other_cut_the_text(session: Session, cast: Cast) -> None:
    message = rows_of(session, Message, make_tip(session, cast.borders, "one two three four"))[0]
    for begin, words in ((0, "one two"), (4, "two three"), (4, " two three "), (0, "one two")):
        highlights.mark(session, message.id, begin, words, cast.bob)
    found = highlights.of_tip(session, message.tip_id, {message.id: message.text}, {cast.bob.account_id: "Bob"})
    assert [(one.row.passage, one.author) for one in found] == [("one two", "Bob"), ("two three", "Bob")]
    one, two = (passage.row.id for passage in found)
    pieces = [(piece.text, piece.marks) for piece in highlights.pieces(message.text, found)]
    assert pieces == [("one ", (one,)), ("two", (one, two)), (" three", (two,)), (" four", ())]


def test_a_passage_outlives_reading_again_or_says_that_its_words_are_gone(session: Session, cast: Cast) -> None:
    message = rows_of(session, Message, make_tip(session, cast.borders, "Dear all, the border closed."))[0]
    highlights.mark(session, message.id, 10, "the border closed", cast.bob)
    for text, begin in (("the border\nclosed.", 0), ("Nothing of it", None)):
        found = highlights.of_tip(session, message.tip_id, {message.id: text}, {})
        assert found[0].begin == begin
        assert "".join(piece.text for piece in highlights.pieces(text, found)) == text


def test_who_marks_and_who_removes(session: Session, cast: Cast) -> None:
    message = rows_of(session, Message, make_tip(session, cast.borders, "one two"))[0]
    other = make_tip(session, cast.borders, "three")
    with pytest.raises(NotVisible):
        highlights.mark(session, message.id, 0, "one", cast.carol)
    with pytest.raises(NotAllowed):
        highlights.mark(session, message.id, 0, "one", cast.dave)
    for words in ("", " ", "three", "x" * 2001):
        with pytest.raises(Refused):
            highlights.mark(session, message.id, 0, words, cast.bob)
    row = highlights.mark(session, message.id, 0, "one", cast.alice)
    with pytest.raises(NotAllowed):
        highlights.remove(session, message.tip_id, row.id or 0, cast.bob)
    with pytest.raises(NotVisible):
        highlights.remove(session, other.id or 0, row.id or 0, cast.alice)
    highlights.remove(session, message.tip_id, row.id or 0, cast.alice)
    verbs = session.scalars(select(col(Event.verb)).where(col(Event.tip_id) == message.tip_id)).all()
    assert verbs == [Verb.HIGHLIGHTED] * 2 and not session.scalars(select(Highlight)).all()


def test_a_quote_begins_from_a_passage_as_far_as_the_reader_allows_it(session: Session, cast: Cast) -> None:
    tip = by_form(session, cast.borders, "My son waits. My name is Mei.")
    message = rows_of(session, Message, tip)[0]
    row = highlights.mark(session, message.id, 0, "My son waits.", cast.bob)
    assert quotes.quote(session, tip.id or 0, cast.bob, passage_id=row.id).text == "My son waits."
    ours = say(session, tip, "Dear reader", direction="out")
    own = highlights.mark(session, ours.id, 0, "Dear", cast.bob)
    with pytest.raises(NotVisible):
        quotes.quote(session, tip.id or 0, cast.bob, passage_id=own.id)
    with pytest.raises(NotVisible):
        quotes.quote(session, by_form(session, cast.borders).id or 0, cast.bob, passage_id=row.id)
    question = Question(callout_id=cast.borders, position=0, kind=QuestionKind.SHORT, publish=True)
    session.add(question)
    session.flush()
    session.add(Answer(id=7, tip_id=tip.id or 0, question_id=question.id or 0, position=0, wording="Who?",
                       value="My  son waits.", withheld=True))  # fmt: skip
    session.flush()
    with pytest.raises(Refused):
        quotes.quote(session, tip.id or 0, cast.bob, passage_id=row.id)
    session.execute(Answer.__table__.delete())  # type: ignore[attr-defined]
    tip.consent = ConsentChoice.BACKGROUND
    with pytest.raises(Refused):
        quotes.quote(session, tip.id or 0, cast.bob, passage_id=row.id)


def test_a_translation_is_written_changed_and_taken_away(session: Session, cast: Cast) -> None:
    message = rows_of(session, Message, make_tip(session, cast.borders, "我们在等"))[0]
    assert translations.write(session, message.tip_id, message.id, "en", " We wait.\0 ", cast.bob, None)
    row = session.scalars(select(Translation)).one()
    assert (row.text, row.author_id) == ("We wait.", cast.bob.account_id)
    assert not translations.write(session, message.tip_id, message.id, "en", "We wait.", cast.alice, None)
    with pytest.raises(Conflict):
        translations.write(session, message.tip_id, message.id, "en", "We are waiting.", cast.alice, None)
    assert translations.write(session, message.tip_id, message.id, "en", "We are waiting.", cast.alice, row.changed_at)
    shown = translations.of_tip(session, message.tip_id, {cast.alice.account_id: "Alice"})
    assert [(one.row.text, one.author) for one in shown[message.id]] == [("We are waiting.", "Alice")]
    assert translations.write(session, message.tip_id, message.id, "en", " ", cast.bob, row.changed_at)
    assert not session.scalars(select(Translation)).all()


def test_a_translation_is_of_a_message_that_one_works_on(session: Session, cast: Cast) -> None:
    message = rows_of(session, Message, make_tip(session, cast.borders, "我们在等"))[0]
    for by, error in ((cast.carol, NotVisible), (cast.dave, NotAllowed)):
        with pytest.raises(error):
            translations.write(session, message.tip_id, message.id, "en", "We wait.", by, None)
    other = make_tip(session, cast.borders)
    with pytest.raises(NotVisible):
        translations.write(session, other.id or 0, message.id, "en", "We wait.", cast.bob, None)
    with pytest.raises(Refused):
        translations.write(session, message.tip_id, message.id, "en", "x" * 50_001, cast.bob, None)


def test_a_print_is_recorded_and_shows_who_the_reader_is_for_a_reason_alone(session: Session, cast: Cast) -> None:
    tip = by_form(session, cast.borders, reader_name="Mei Chen")
    assert print_view.record(session, tip.id or 0, cast.dave) is None
    with pytest.raises(NotAllowed):
        print_view.record(session, tip.id or 0, cast.dave, PrintReason.LAWYER, identity=True)
    with pytest.raises(Refused):
        print_view.record(session, tip.id or 0, cast.bob, identity=True)
    with pytest.raises(NotVisible):
        print_view.record(session, tip.id or 0, cast.carol)
    known = print_view.record(session, tip.id or 0, cast.bob, PrintReason.LAWYER, identity=True)
    assert known is not None and known.name == "Mei Chen"
    lines = select(col(Event.verb), col(Event.after)).where(col(Event.verb).in_((Verb.PRINTED, Verb.IDENTITY_SEEN)))
    assert [tuple(line) for line in session.execute(lines.order_by(col(Event.id)))] == [
        (Verb.PRINTED, ""), (Verb.IDENTITY_SEEN, ""), (Verb.PRINTED, "lawyer"),
    ]  # fmt: skip
