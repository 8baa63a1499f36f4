"""Which questions a reader is asked, after what they chose."""

from typing import Any

from tipline.core.callouts import conditional_questions
from tipline.core.callouts.questions import AskIf, QuestionView
from tipline.models import QuestionKind


def view(id_: int, **more: Any) -> QuestionView:
    given: dict[str, Any] = {"origin": id_, **more}
    return QuestionView(id_, QuestionKind.ONE, "?", "", ["a", "b", "c"], False, False, "en", **given)


def ids(questions: list[QuestionView], chosen: conditional_questions.Chosen) -> list[int]:
    return [question.id for question in conditional_questions.asked(questions, chosen)]


def test_a_question_with_a_condition_is_asked_after_the_answer_it_waits_for() -> None:
    form = [view(1), view(2, ask_if=AskIf(1, (0, 2))), view(3)]
    assert ids(form, {}) == [1, 3]
    assert ids(form, {1: [1]}) == [1, 3]
    assert ids(form, {1: [2]}) == [1, 2, 3]


def test_what_hangs_on_a_question_that_is_not_asked_is_not_asked() -> None:
    form = [view(1), view(2, ask_if=AskIf(1, (0,))), view(3, ask_if=AskIf(2, (0,)))]
    assert ids(form, {1: [1], 2: [0]}) == [1]
    assert ids(form, {1: [0], 2: [0]}) == [1, 2, 3]


def test_after_an_answer_that_ends_the_form_nothing_more_is_asked() -> None:
    form = [view(1, ends_if=(1,)), view(2)]
    assert ids(form, {1: [1]}) == [1]
    assert ids(form, {1: [0]}) == [1, 2]


def test_a_newer_version_of_a_question_still_decides() -> None:
    assert ids([view(8, origin=1), view(2, ask_if=AskIf(1, (0,)))], {8: [0]}) == [8, 2]


def test_a_condition_on_a_question_that_this_form_lacks_is_none() -> None:
    assert ids([view(2, ask_if=AskIf(1, (0,)))], {}) == [2]


def test_a_form_falls_into_pages_where_a_question_begins_one() -> None:
    found = conditional_questions.pages([view(1, new_page=True), view(2), view(3, new_page=True)])
    assert [[question.id for question in page] for page in found] == [[1, 2], [3]]
