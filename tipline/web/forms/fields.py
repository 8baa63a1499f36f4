"""The fields of a callout's questions: one for each kind, which keeps what was typed until it can be read."""

from datetime import date
from typing import Any

from flask_babel import format_decimal, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, StopValidation, ValidationError
from wtforms.widgets import CheckboxInput, DateInput, EmailInput, ListWidget, MonthInput, TelInput, URLInput

from tipline.core.callouts import QuestionView
from tipline.core.text import value_parsing
from tipline.core.text.storable import ADDRESS, EMAIL, LONG, SHORT
from tipline.core.text.value_parsing import Month
from tipline.models import QuestionKind

DIGITS = 18  # none of our numbers has more; Python refuses to read one of some thousands
RATING = 5  # the highest mark where the editor names none
MISSING = {
    QuestionKind.LONG: _l("Write a few words so that we know what happened."),
    QuestionKind.ONE: _l("Choose one."),
    QuestionKind.SEVERAL: _l("Choose at least one."),
    QuestionKind.YES_NO: _l("Choose yes or no."),
    QuestionKind.RATING: _l("Choose a number."),
    QuestionKind.NUMBER: _l("Enter a number."),
    QuestionKind.DATE: _l("Enter the date."),
    QuestionKind.MONTH: _l("Enter the month and the year."),
    QuestionKind.PLACE: _l("Enter the place."),
    QuestionKind.EMAIL: _l("Enter your email address."),
    QuestionKind.PHONE: _l("Enter the phone number."),
    QuestionKind.LINK: _l("Enter the web address."),
}


class Required(InputRequired):
    """As WTForms' own, in the words of the question rather than "This field is required."."""

    def __call__(self, form: Any, field: Any) -> None:
        if field.raw_data and any(isinstance(v, str) and v.strip() for v in field.raw_data):
            return
        field.errors[:] = []
        raise StopValidation(str(self.message))


class ChoiceField(RadioField):
    """One of several. That nothing is chosen is no wrong choice: whether it may be so is `Required`'s to say."""

    def pre_validate(self, form: Any) -> None:
        if self.raw_data:
            super().pre_validate(form)


class WrittenField(StringField):
    """A line that has to be read as something, kept as it was typed until it can be."""

    complaint: Any = ""

    def reading(self) -> Any:
        """What the line says; None where it can't be read."""
        raise NotImplementedError

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if (self.data or "").strip() and not self.errors and self.reading() is None:
            raise ValidationError(str(self.complaint))


class DayField(WrittenField):
    """A day. Old browsers show a plain line for it."""

    widget = DateInput()
    complaint = _l("Enter the date like 2021-06-22.")

    def reading(self) -> date | None:
        return value_parsing.day(self.data or "", str(get_locale()))

    def _value(self) -> str:
        found = self.reading()
        return found.isoformat() if found else str(self.data or "")


class MonthField(WrittenField):
    """A month of a year. Many browsers show a plain line for it."""

    widget = MonthInput()
    complaint = _l("Enter the month like 2021-06.")

    def reading(self) -> Month | None:
        return value_parsing.month(self.data or "", str(get_locale()))

    def _value(self) -> str:
        found = self.reading()
        return str(found) if found else str(self.data or "")


class NumberField(WrittenField):
    """A number between two bounds, either of which may be missing. A plain line: spinners change it by accident."""

    complaint = _l("Enter a number in digits, like 18.")

    def __init__(self, label: str, checks: Any, *, least: int | None, most: int | None, **more: Any) -> None:
        super().__init__(label, checks, render_kw={"inputmode": "decimal", "class": "brief"}, **more)
        self.least, self.most = least, most

    def reading(self) -> float | None:
        return value_parsing.number(self.data or "", str(get_locale()))

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        super().post_validate(form, validation_stopped)
        found = self.reading()
        if found is None or self.errors:
            return
        if self.least is not None and found < self.least:
            raise ValidationError(_("Enter a number that is at least %(least)s.", least=format_decimal(self.least)))
        if self.most is not None and found > self.most:
            raise ValidationError(_("Enter a number that is at most %(most)s.", most=format_decimal(self.most)))


class LinkField(WrittenField):
    """A web address."""

    widget = URLInput()
    complaint = _l("Enter the whole web address, like https://example.com/page.")

    def reading(self) -> str | None:
        return value_parsing.link(self.data or "")


class PhoneField(WrittenField):
    """A phone number."""

    widget = TelInput()
    complaint = _l("Enter the phone number in digits, with the country code, like +44 20 7946 0958.")

    def reading(self) -> str | None:
        return value_parsing.phone(self.data or "")


class FilesField(Field):
    """Files travel beside the form (web.uploads); this holds the place of their question and how many there are."""

    def __init__(self, label: str, *, needed: bool = False, **more: Any) -> None:
        super().__init__(label, **more)
        self.needed, self.have = needed, 0

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if self.needed and not self.have:
            raise ValidationError(_("Add at least one file."))


def address(form: Any, field: Any) -> None:
    """RFC 5322's addr-spec as people write it; whether it exists is not ours to know."""
    if field.data and not ADDRESS.fullmatch(field.data.strip()):
        raise ValidationError(_("Write the whole address, like name@example.com."))


def field_of(question: QuestionView) -> Any:
    """The unbound field of a question."""
    kind, label, hint = question.kind, question.wording, question.hint
    if kind is QuestionKind.FILE:
        return FilesField(label, needed=question.required, description=hint)
    missing = MISSING.get(kind, _l("Write an answer."))
    checks: list[Any] = [Required(missing)] if question.required else [Optional()]
    if kind in WRITTEN:
        return WRITTEN[kind](label, [*checks, _short()], description=hint)
    if kind is QuestionKind.LINK:
        return LinkField(label, checks, description=hint)
    if kind is QuestionKind.NUMBER:
        return NumberField(label, checks, least=question.least, most=question.most, description=hint)
    if kind is QuestionKind.EMAIL:
        return StringField(label, [*checks, address, Length(max=EMAIL)], description=hint, widget=EmailInput())
    if kind is QuestionKind.LONG:
        too_long = Length(max=LONG, message=_l("Shorten this to 20,000 characters, or send the rest as a file."))
        return TextAreaField(label, [*checks, too_long], description=hint)
    if kind is QuestionKind.SEVERAL:
        return SelectMultipleField(
            label,
            checks,
            choices=_choices(question),
            description=hint,
            widget=ListWidget(prefix_label=False),
            option_widget=CheckboxInput(),
        )
    if kind in (QuestionKind.ONE, QuestionKind.YES_NO, QuestionKind.RATING):
        return ChoiceField(label, checks, choices=_choices(question), description=hint)
    return StringField(label, [*checks, _short()], description=hint)


def marks(question: QuestionView) -> list[int]:
    """What a rating offers."""
    return list(range(1, (question.most or RATING) + 1))


def one_line(value: str | None) -> str:
    return " ".join(value.split()) if value else ""


def number_of(text: str) -> int | None:
    """A number of ours that came with a post; None where it is none, or longer than any of ours."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= DIGITS else None


def _choices(question: QuestionView) -> list[SelectChoice]:
    if question.kind is QuestionKind.YES_NO:
        return [SelectChoice("yes", _l("Yes")), SelectChoice("no", _l("No"))]
    if question.kind is QuestionKind.RATING:
        return [SelectChoice(str(mark), str(mark)) for mark in marks(question)]
    return [SelectChoice(str(number), option) for number, option in enumerate(question.options)]


def _short() -> Length:
    return Length(max=SHORT, message=_l("Shorten this to 500 characters."))


WRITTEN = {QuestionKind.DATE: DayField, QuestionKind.MONTH: MonthField, QuestionKind.PHONE: PhoneField}
