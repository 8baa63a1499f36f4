"""Which questions of a form are put to a reader, after what they chose so far."""

from collections.abc import Collection, Mapping, Sequence

from tipline.core.callouts.questions import QuestionView

Chosen = Mapping[int, Collection[int]]  # the numbers of the options chosen, by the question's id


def asked(questions: Sequence[QuestionView], chosen: Chosen) -> list[QuestionView]:
    """The questions that are asked, in their order.

    One with a condition is asked where that one was asked and answered so. After an answer that ends the form, nothing
    more is asked. A condition on a question that this form does not have is none.
    """
    there = {question.origin for question in questions}
    picked: dict[int, Collection[int]] = {}
    found = []
    for question in questions:
        rule = question.ask_if
        if rule is not None and rule.question in there and not set(rule.options) & set(picked.get(rule.question, ())):
            continue
        found.append(question)
        picked[question.origin] = chosen.get(question.id, ())
        if set(question.ends_if) & set(picked[question.origin]):
            break
    return found


def pages(questions: Sequence[QuestionView]) -> list[list[QuestionView]]:
    """The questions page by page; one page where none begins another."""
    found: list[list[QuestionView]] = [[]]
    for question in questions:
        if question.new_page and found[-1]:
            found.append([])
        found[-1].append(question)
    return found
