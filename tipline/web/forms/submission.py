"""The form of a callout, made anew for each callout and language, and the reader's form to add something.

Choices travel as numbers, not as words, so that a form half filled in English goes on in Chinese.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import Field, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, StopValidation, ValidationError
from wtforms.widgets import CheckboxInput, DateInput, EmailInput, ListWidget, TelInput

from tipline.core import language
from tipline.core.arrival import Arrival, Automatic, ConsentChoice, ContactChoice, GivenAnswer, Source
from tipline.core.callouts import CalloutView, QuestionView
from tipline.core.submissions import Submission
from tipline.models import QuestionKind
from tipline.web.forms.base import PublicForm
from tipline.web.i18n import language_tag

QUICKEST = timedelta(seconds=3)  # nobody reads and fills in a form in less
SHORT, LONG, NOTE, NAME, EMAIL, PHONE = 500, 20_000, 500, 200, 254, 60
ADDRESS = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[^@\s<>,;:\"()\[\]\\]+\.[^@\s<>,;:\"()\[\]\\.]+")
DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%d.%m.%Y")

CONSENTS = {
    ConsentChoice.NAME: (_l("My words, with my name"), _l("We send you the exact quote first.")),
    ConsentChoice.ANONYMOUS: (_l("My words, without my name"), _l("We leave out what would give you away.")),
    ConsentChoice.ASK: (_l("Ask me first"), _l("We publish nothing until you have said yes.")),
    ConsentChoice.BACKGROUND: (_l("Nothing: for your background only"), ""),
}
CONTACTS = {
    ContactChoice.EMAIL: (_l("By e-mail"), ""),
    ContactChoice.PHONE: (_l("By phone"), ""),
    ContactChoice.PAGE: (
        _l("Only on my own page"),
        _l("After sending you get a code that opens it. Nothing is sent to you."),
    ),
    ContactChoice.NO: (_l("Do not contact me"), ""),
}


class Required(InputRequired):
    """As WTForms' own, in the words of the question rather than "This field is required."."""

    def __call__(self, form: Any, field: Any) -> None:
        if field.raw_data and any(isinstance(v, str) and v.strip() for v in field.raw_data):
            return
        field.errors[:] = []
        raise StopValidation(str(self.message))


class DayField(StringField):
    """A day, kept as it was typed until it can be read: old browsers show a plain field for it."""

    widget = DateInput()

    def day(self) -> date | None:
        for form in DATES:
            try:
                return datetime.strptime((self.data or "").strip(), form).date()  # noqa: DTZ007
            except ValueError:
                continue
        return None

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if (self.data or "").strip() and self.day() is None and not self.errors:
            raise ValidationError(_("Write the date like 2021-06-22."))

    def _value(self) -> str:
        found = self.day()
        return found.isoformat() if found else str(self.data or "")


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


def one_line(value: str | None) -> str:
    return " ".join(value.split()) if value else ""


class SubmissionForm(PublicForm):
    """What every callout's form ends with, after its questions."""

    view: CalloutView
    submission: Submission

    name = StringField(_l("Your name"), [Length(max=NAME, message=_l("This is longer than a name can be here."))])
    email = StringField(_l("E-mail"), [address, Length(max=EMAIL)], widget=EmailInput())
    phone = StringField(_l("Phone"), [Length(max=PHONE)], widget=TelInput())
    contact = RadioField(
        _l("How is it safe to contact you?"),
        [Optional()],
        choices=[SelectChoice(choice.value, label) for choice, (label, _hint) in CONTACTS.items()],
    )
    contact_note = StringField(
        _l("What should we mind when we contact you?"),
        [Length(max=NOTE, message=_l("Shorten this to 500 characters."))],
    )
    consent = RadioField(
        _l("What may we publish?"),
        [Required(_l("Choose one. You can change it later."))],
        choices=[SelectChoice(choice.value, label) for choice, (label, _hint) in CONSENTS.items()],
    )
    website = StringField("")  # people do not see it; what fills it in is a program

    def __iter__(self) -> Iterator[Any]:
        """The fields as they stand on the page, so that the summary of what is wrong reads downward."""
        asked = self.view.questions
        files = [self.question(q) for q in asked if q.kind is QuestionKind.FILE]
        words = [q for q in asked if q.kind is not QuestionKind.FILE]
        yield from (self.question(q) for q in words if not q.identity)
        yield self.name
        yield from (self.question(q) for q in words if q.identity)
        yield from (self.email, self.phone, self.contact, self.contact_note, self.consent, self.website)
        yield from files

    def validate(self, extra_validators: Any = None) -> bool:
        passed = bool(super().validate(extra_validators))
        if passed and self.says_nothing() and not any(getattr(field, "have", 0) for field in self):
            first = self.question(self.view.questions[0]) if self.view.questions else self.name
            first.errors = [_("Write a few words, or add a file.")]
            return False
        return passed

    def validate_contact(self, field: Any) -> None:
        if field.data == ContactChoice.EMAIL and not self._email():
            raise ValidationError(_("Write your e-mail address above, or choose another way."))
        if field.data == ContactChoice.PHONE and not one_line(self.phone.data):
            raise ValidationError(_("Write your phone number above, or choose another way."))

    def validate_consent(self, field: Any) -> None:
        if field.data == ConsentChoice.NAME and not one_line(self.name.data):
            raise ValidationError(_("Write your name above, or choose another answer."))

    @property
    def own_email(self) -> QuestionView | None:
        """The callout's own question for an address, in whose place the fixed one steps back."""
        return next((q for q in self.view.questions if q.identity and q.kind is QuestionKind.EMAIL), None)

    def question(self, question: QuestionView) -> Any:
        """The field of a question."""
        return self[f"q{question.id}"]

    def arrival(self, received_at: datetime) -> Arrival:
        """What the reader sent. Call it on a form that validated."""
        answers = tuple(
            GivenAnswer(q.id, q.wording, value, q.identity)
            for q in self.view.questions
            if q.kind is not QuestionKind.FILE and (value := self._answer(q))
        )
        story = self._story(answers)
        consent = ConsentChoice(self.consent.data)
        return Arrival(
            source=Source.FORM,
            text=story,
            received_at=received_at,
            language=language.guess(story) or language_tag(self.view.language),
            reader_name=one_line(self.name.data),
            reader_email=self._email(),
            reader_phone=one_line(self.phone.data),
            contact=ContactChoice(self.contact.data) if self.contact.data else ContactChoice.UNKNOWN,
            contact_note=(self.contact_note.data or "").strip(),
            callout_id=self.view.id,
            submission_id=self.submission.id,
            answers=answers,
            consent=consent,
            consent_wording=wording_of(self.consent.label.text, consent),
            automatic=Automatic.LIST if self._by_a_program(received_at) else Automatic.NO,
        )

    def says_nothing(self) -> bool:
        """Whether no word was written: only then do the files alone tell two senders apart."""
        fields = [self.question(q) for q in self.view.questions if q.kind is not QuestionKind.FILE]
        return not any(field.data for field in (*fields, self.name, self.email, self.phone))

    def _story(self, answers: Sequence[GivenAnswer]) -> str:
        """The first long answer; where the callout asks for none, all answers under their questions."""
        long = {q.id for q in self.view.questions if q.kind is QuestionKind.LONG and not q.identity}
        told = next((a.value for a in answers if a.question_id in long), "")
        return told or "\n\n".join(f"{a.wording}\n{a.value}" for a in answers if not a.identity)

    def _answer(self, question: QuestionView) -> str:
        field = self.question(question)
        if question.kind is QuestionKind.ONE:
            return question.options[int(field.data)] if field.data else ""
        if question.kind is QuestionKind.SEVERAL:
            return "\n".join(question.options[int(number)] for number in field.data or ())
        if question.kind is QuestionKind.YES_NO:
            return {"yes": str(_("Yes")), "no": str(_("No"))}.get(field.data, "")
        if question.kind is QuestionKind.DATE:
            found = cast(DayField, field).day()
            return found.isoformat() if found else ""
        value = str(field.data or "")
        return value.strip() if question.kind is QuestionKind.LONG else one_line(value)

    def _email(self) -> str:
        own = self.own_email
        return one_line(self.question(own).data if own else self.email.data)

    def _by_a_program(self, received_at: datetime) -> bool:
        """A signal for the desk, never a reason to drop anything. (`Automatic` has no word of its own for it yet.)"""
        # Less than nothing is no haste: our clock was set back meanwhile.
        return bool(self.website.data) or timedelta(0) <= received_at - self.submission.made_at < QUICKEST


def form_for(
    view: CalloutView,
    submission: Submission,
    posted: "MultiDict[str, str] | None" = None,
    files: Mapping[int, int] | None = None,
) -> SubmissionForm:
    """The form of a callout with what was typed; `files` says how many are there for each question."""
    fields = {f"q{question.id}": _field(question) for question in view.questions}
    made: type[SubmissionForm] = type("CalloutForm", (SubmissionForm,), fields)
    made.view, made.submission = view, submission
    form = made(posted)
    for question in view.questions:
        if question.kind is QuestionKind.FILE:
            cast(FilesField, form.question(question)).have = (files or {}).get(question.id, 0)
    return form


def _field(question: QuestionView) -> Any:
    kind, label = question.kind, question.wording
    if kind is QuestionKind.FILE:
        return FilesField(label, needed=question.required, description=question.hint)
    missing = {
        QuestionKind.ONE: _l("Choose one."),
        QuestionKind.SEVERAL: _l("Choose at least one."),
        QuestionKind.YES_NO: _l("Choose yes or no."),
        QuestionKind.DATE: _l("Write the date."),
        QuestionKind.EMAIL: _l("Write your e-mail address."),
        QuestionKind.LONG: _l("Write a few words, so that we know what happened."),
    }.get(kind, _l("Write an answer."))
    checks: list[Any] = [Required(missing)] if question.required else [Optional()]
    options = [SelectChoice(str(number), option) for number, option in enumerate(question.options)]
    if kind is QuestionKind.ONE:
        return RadioField(label, checks, choices=options, description=question.hint)
    if kind is QuestionKind.SEVERAL:
        return SelectMultipleField(
            label,
            checks,
            choices=options,
            description=question.hint,
            widget=ListWidget(prefix_label=False),
            option_widget=CheckboxInput(),
        )
    if kind is QuestionKind.YES_NO:
        return RadioField(
            label,
            checks,
            choices=[SelectChoice("yes", _l("Yes")), SelectChoice("no", _l("No"))],
            description=question.hint,
        )
    if kind is QuestionKind.DATE:
        return DayField(label, checks, description=question.hint)
    if kind is QuestionKind.EMAIL:
        return StringField(label, [*checks, address, Length(max=EMAIL)], description=question.hint, widget=EmailInput())
    if kind is QuestionKind.LONG:
        too_long = Length(max=LONG, message=_l("Shorten this to 20,000 characters, or send the rest as a file."))
        return TextAreaField(label, [*checks, too_long], description=question.hint)
    return StringField(
        label,
        [*checks, Length(max=SHORT, message=_l("Shorten this to 500 characters."))],
        description=question.hint,
    )


def wording_of(question: object, choice: ConsentChoice) -> str:
    """A consent as its reader was shown it: the question, the choice and its small print."""
    return " ".join(str(part) for part in (question, *CONSENTS[choice]) if part)
