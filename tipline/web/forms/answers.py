"""What was put under a question, as the desk reads it and as results count it."""

from collections.abc import Collection, Iterable
from typing import Any, cast

from flask_babel import gettext as _
from wtforms import Field, RadioField

from tipline.core.arrival import GivenAnswer
from tipline.core.callouts.questions import WITH_OPTIONS, QuestionView
from tipline.core.text import value_parsing
from tipline.models import QuestionKind
from tipline.web.forms.fields import NumberField, WrittenField, marks, number_of, one_line

YES_NO = "yes", "no"  # their places are the numbers of the options


def words_in(fields: Iterable[Field]) -> list[str]:
    """What was written in fields; what was chosen is no words."""
    written_in = (field.data for field in fields if not isinstance(field, RadioField))
    return [text for text in written_in if isinstance(text, str) and len(text) > 3]


def chosen(question: QuestionView, field: Any) -> tuple[int, ...]:
    """The numbers of the options that were chosen; what is no option of the question is left out."""
    given: Collection[str] = field.data if isinstance(field.data, list) else [field.data or ""]
    if question.kind is QuestionKind.YES_NO:
        return tuple(YES_NO.index(value) for value in given if value in YES_NO)
    if question.kind in WITH_OPTIONS:
        numbers = (number_of(value) for value in given if value)
        return tuple(number for number in numbers if number is not None and number < len(question.options))
    return ()


def given(question: QuestionView, field: Any, *, withheld: bool) -> GivenAnswer | None:
    """The answer to a question, whose field validated; None where there is none."""
    options, number = chosen(question, field), None
    if question.kind is QuestionKind.NUMBER:
        number = cast(NumberField, field).reading()
    elif question.kind is QuestionKind.RATING:
        number = float(field.data) if field.data else None
    value = _value(question, field, options, number)
    if not value:
        return None
    return GivenAnswer(
        question.id,
        question.wording,
        value,
        question.identity,
        options=options,
        number=number,
        withheld=withheld and question.publish,
    )


def _value(question: QuestionView, field: Any, options: tuple[int, ...], number: float | None) -> str:
    if question.kind in WITH_OPTIONS:
        return "\n".join(question.options[option] for option in options)
    if question.kind is QuestionKind.YES_NO:
        return {0: str(_("Yes")), 1: str(_("No"))}[options[0]] if options else ""
    if question.kind is QuestionKind.RATING:
        return _("%(mark)s of %(most)s", mark=int(number), most=marks(question)[-1]) if number else ""
    if question.kind is QuestionKind.NUMBER:
        return value_parsing.written(number) if number is not None else ""
    if isinstance(field, WrittenField):
        return str(field.reading() or "")
    text = str(field.data or "")
    return text.strip() if question.kind is QuestionKind.LONG else one_line(text)
