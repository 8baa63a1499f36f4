"""The form of a callout, made anew for each callout and language.

Choices travel as numbers, not as words, so that a form half filled in English goes on in Chinese. What is not asked
after the answers so far is neither checked nor filed, but kept while the reader still types.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, cast

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional, ValidationError
from wtforms.widgets import EmailInput

from tipline.core.arrival import Arrival, ConsentChoice, ContactChoice, GivenAnswer, Sign, Source
from tipline.core.callouts import CalloutView, QuestionView, conditional_questions
from tipline.core.intake.submissions import Submission
from tipline.core.text import language
from tipline.core.text.storable import EMAIL
from tipline.models import QuestionKind
from tipline.web.forms import answers, steps
from tipline.web.forms.base import PublicForm
from tipline.web.forms.fields import (
    ChoiceField,
    FilesField,
    PhoneField,
    Required,
    address,
    field_of,
    number_of,
    one_line,
)
from tipline.web.forms.steps import FormStep
from tipline.web.i18n import language_tag

__all__ = ["CONSENTS", "CONTACTS", "SubmissionForm", "form_for", "wording_of"]

QUICKEST = timedelta(seconds=3)  # nobody reads and fills in a form in less
NOTE, NAME, PHONE = 500, 200, 60
MAX_CLASSES = 200  # kept; a view kept with each, so that no other one gets its id
WHO = "name", "email", "phone", "contact", "contact_note", "consent"  # the fields that every callout ends with

CONSENTS = {
    ConsentChoice.NAME: (_l("My words, with my name"), _l("We send you the exact quote first.")),
    ConsentChoice.ANONYMOUS: (_l("My words, without my name"), _l("We leave out anything that could identify you.")),
    ConsentChoice.ASK: (_l("Ask me first"), _l("We publish nothing until you say yes.")),
    ConsentChoice.BACKGROUND: (_l("Nothing, for background only"), ""),
}
CONTACTS = {
    ContactChoice.EMAIL: (_l("By email"), ""),
    ContactChoice.PHONE: (_l("By phone"), ""),
    ContactChoice.PAGE: (
        _l("Only on my page"),
        _l("You get a code that opens your page after you send the form. We send you nothing."),
    ),
    ContactChoice.NO: (_l("Do not contact me"), ""),
}


class SubmissionForm(PublicForm):
    """What every callout's form ends with, after its questions."""

    view: CalloutView
    submission: Submission
    posted: "MultiDict[str, str]"
    step: FormStep  # the one that is shown

    name = StringField(_l("Your name"), [Length(max=NAME, message=_l("This name is too long."))])
    email = StringField(_l("Email"), [address, Length(max=EMAIL)], widget=EmailInput())
    phone = PhoneField(_l("Phone"), [Length(max=PHONE)])
    contact = ChoiceField(
        _l("How is it safe to contact you?"),
        [Optional()],
        choices=[SelectChoice(choice.value, label) for choice, (label, _hint) in CONTACTS.items()],
    )
    contact_note = StringField(
        _l("Anything we should know before contacting you?"),
        [Length(max=NOTE, message=_l("Shorten this to 500 characters."))],
    )
    consent = ChoiceField(
        _l("What may we publish?"),
        [Required(_l("Choose one. You can change it later."))],
        choices=[SelectChoice(choice.value, label) for choice, (label, _hint) in CONSENTS.items()],
    )
    website = StringField("")  # people do not see it; what fills it in is a program

    def __iter__(self) -> Iterator[Any]:
        """The fields of this step as they stand on the page, so that the summary of what is wrong reads downward."""
        step, there = self.step, {question.id for question in self.asked}
        yield from (self.question(q) for q in step.words if q.id in there)
        if step.last:
            yield self.name
            yield from (self.question(q) for q in step.identity if q.id in there)
            yield from (self.email, self.phone, self.contact, self.contact_note, self.consent, self.website)
        yield from (self.question(q) for q in step.files if q.id in there)

    @cached_property
    def asked(self) -> list[QuestionView]:
        """The questions that are put to this reader, after what they chose so far."""
        chosen = {q.id: answers.chosen(q, self.question(q)) for q in self.view.questions}
        return conditional_questions.asked(self.view.questions, chosen)

    @cached_property
    def ended(self) -> bool:
        """Whether an answer ended the questions early."""
        last = self.asked[-1] if self.view.questions else None
        return last is not None and bool(set(last.ends_if) & set(answers.chosen(last, self.question(last))))

    @cached_property
    def steps(self) -> list[FormStep]:
        return steps.steps_of(self.view.questions, {question.id for question in self.asked})

    def count_files(self, files: Mapping[int, int]) -> None:
        """Say how many files there are for each question."""
        for question in self.view.questions:
            if question.kind is QuestionKind.FILE:
                cast(FilesField, self.question(question)).have = files.get(question.id, 0)

    def turn_to(self, number: int) -> None:
        """Show another step."""
        self.step = steps.at(self.steps, number)

    def names_of(self, step: FormStep) -> set[str]:
        """The names of all that a step's page can send, files left out."""
        names = {f"{letter}{q.id}" for q in (*step.words, *step.identity) for letter in "qw"}
        return names | set(WHO) if step.last else names

    def elsewhere(self) -> list[tuple[str, str]]:
        """What was typed on the other steps, which goes along with this one."""
        names = self.names - self.names_of(self.step)
        return [(name, value) for name, value in self.posted.items(multi=True) if name in names]

    @property
    def names(self) -> set[str]:
        """The names of all that can be typed or chosen."""
        return set().union(*(self.names_of(step) for step in self.every_step))

    @cached_property
    def every_step(self) -> list[FormStep]:
        """All that there are, those that are passed over included."""
        return steps.steps_of(self.view.questions, {question.id for question in self.view.questions})

    def unseen(self) -> list[FormStep]:
        """The steps with questions that are asked now and stood on no page that this reader had."""
        if "shown" not in self.posted:
            return []
        shown, there = self.shown, {question.id for question in self.asked}
        return [step for step in self.steps if any(q.id in there and q.id not in shown for q in step.questions)]

    @property
    def shown(self) -> set[int]:
        """The ids of the questions that were on a page of this reader."""
        numbers = (number_of(number) for number in self.posted.get("shown", "").split("."))
        return {number for number in numbers if number is not None}

    @property
    def shown_by_now(self) -> str:
        """What `shown` says on this page; "" where every question is asked of everybody."""
        if not self.rules:
            return ""
        here = {q.id for q in self.step.questions} & {q.id for q in self.asked}
        return ".".join(str(number) for number in sorted(self.shown | here))

    @cached_property
    def rules(self) -> bool:
        """Whether any question depends on another's answer."""
        return any(q.ask_if or q.ends_if for q in self.view.questions)

    @property
    def ends(self) -> bool:
        """Whether an answer on this page can end the questions early."""
        return any(q.ends_if for q in self.step.questions)

    def withheld(self, question: QuestionView) -> bool:
        """Whether the reader keeps this answer out of print."""
        return question.publish and bool(self.posted.get(f"w{question.id}"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether all that is asked can be filed. Where it can't, the first step with something wrong is shown."""
        for step in self.steps:
            if not self.passes(step):
                return False
        if self.says_nothing() and not any(getattr(field, "have", 0) for field in self._asked_fields()):
            self.turn_to(1)
            first = next(iter(self._asked_fields()), self.name)
            first.errors = [_("Write a few words, or add a file.")]
            return False
        return True

    def passes(self, step: FormStep) -> bool:
        """Whether what is asked on one step is as it should be; where it is not, that step is shown."""
        before, self.step, passed = self.step, step, True
        for field in self:
            own = getattr(self, f"validate_{field.name}", None)
            passed = field.validate(self, [lambda _form, field, own=own: own(field)] if own else ()) and passed
        if step.last and not self.view.anonymous and not self.submission.tip_id and not self._reachable():
            self.name.errors = [*self.name.errors, _("Enter your name, or a way to contact you.")]
            passed = False
        if passed:
            self.step = before
        return passed

    def _asked_fields(self) -> list[Any]:
        return [self.question(question) for question in self.asked]

    def _reachable(self) -> bool:
        said = (self.name.data, self._email(), self._phone())
        return any(one_line(value) for value in said)

    def validate_contact(self, field: Any) -> None:
        if field.data == ContactChoice.EMAIL and not self._email() and not self.submission.tip_id:  # they wrote by mail
            raise ValidationError(_("Enter your email address above, or choose another way."))
        if field.data == ContactChoice.PHONE and not self._phone():
            raise ValidationError(_("Enter your phone number above, or choose another way."))

    def validate_consent(self, field: Any) -> None:
        if field.data == ConsentChoice.NAME and not one_line(self.name.data):
            raise ValidationError(_("Enter your name above, or choose another answer."))

    @property
    def own_email(self) -> QuestionView | None:
        """The callout's own question for an address, in whose place the fixed one steps back."""
        return self._own(QuestionKind.EMAIL)

    @property
    def own_phone(self) -> QuestionView | None:
        return self._own(QuestionKind.PHONE)

    def _own(self, kind: QuestionKind) -> QuestionView | None:
        return next((q for q in self.asked if q.identity and q.kind is kind), None)

    def question(self, question: QuestionView) -> Any:
        """The field of a question."""
        return self[f"q{question.id}"]

    def arrival(self, received_at: datetime) -> Arrival:
        """What the reader sent. Call it on a form that validated."""
        asked = self.asked
        given = [
            answers.given(q, self.question(q), withheld=self.withheld(q))
            for q in asked
            if q.kind is not QuestionKind.FILE
        ]
        told = tuple(answer for answer in given if answer is not None)
        story = self._story(told)
        consent = ConsentChoice(self.consent.data)
        return Arrival(
            source=Source.FORM,
            text=story,
            received_at=received_at,
            language=language.guess(story) or language_tag(self.view.language),
            reader_name=one_line(self.name.data),
            reader_email=self._email(),
            reader_phone=self._phone(),
            contact=ContactChoice(self.contact.data) if self.contact.data else ContactChoice.UNKNOWN,
            contact_note=(self.contact_note.data or "").strip(),
            callout_id=self.view.id,
            submission_id=self.submission.id,
            tip_id=self.submission.tip_id or None,
            answers=told,
            asked=tuple(question.id for question in asked),
            consent=consent,
            consent_wording=wording_of(self.consent.label.text, consent),
            signs=self._signs(received_at),
        )

    def says_nothing(self) -> bool:
        """Whether no word was written: only then do the files alone tell two senders apart."""
        fields = [self.question(q) for q in self.asked if q.kind is not QuestionKind.FILE]
        return not any(field.data for field in (*fields, self.name, self.email, self.phone))

    def _story(self, answers: Sequence[GivenAnswer]) -> str:
        """The first long answer; where the callout asks for none, all answers under their questions."""
        long = {q.id for q in self.view.questions if q.kind is QuestionKind.LONG and not q.identity}
        told = next((a.value for a in answers if a.question_id in long), "")
        return told or "\n\n".join(f"{a.wording}\n{a.value}" for a in answers if not a.identity)

    def _email(self) -> str:
        own = self.own_email
        # the fixed field is there too, until a page without a script shows that the callout's own is asked
        return (one_line(self.question(own).data) if own else "") or one_line(self.email.data)

    def _phone(self) -> str:
        own = self.own_phone
        return (one_line(self.question(own).data) if own else "") or one_line(self.phone.data)

    def _signs(self, received_at: datetime) -> tuple[Sign, ...]:
        """What looks like a program: it counts with other signs, and never drops anything."""
        # Less than nothing is no haste: our clock was set back meanwhile.
        quick = timedelta(0) <= received_at - self.submission.made_at < QUICKEST
        return (Sign.TRAP,) * bool(self.website.data) + (Sign.QUICK,) * quick


_classes: dict[int, tuple[CalloutView, type[SubmissionForm]]] = {}


def form_for(
    view: CalloutView,
    submission: Submission,
    posted: "MultiDict[str, str] | None" = None,
    files: Mapping[int, int] | None = None,
) -> SubmissionForm:
    """The form of a callout with what was typed; `files` says how many are there for each question."""
    form = _class_of(view)(posted)
    form.view, form.submission, form.posted = view, submission, posted if posted is not None else MultiDict()
    form.count_files(files or {})
    form.turn_to(number_in(form.posted, "step"))
    return form


def _class_of(view: CalloutView) -> type[SubmissionForm]:
    """The form's class, made once for a view that is asked for again and again: it takes longer than a form of it."""
    there = _classes.get(id(view))
    if there is not None and there[0] is view:
        return there[1]
    fields = {f"q{question.id}": field_of(question) for question in view.questions}
    made: type[SubmissionForm] = type("CalloutForm", (SubmissionForm,), fields)
    if len(_classes) >= MAX_CLASSES:
        _classes.clear()
    _classes[id(view)] = view, made
    return made


def number_in(posted: "MultiDict[str, str]", name: str) -> int:
    """A hidden number of ours; 0 where there is none, or it was tampered with."""
    return number_of(posted.get(name, "")) or 0


def wording_of(question: object, choice: ConsentChoice) -> str:
    """A consent as its reader was shown it: the question, the choice and its small print."""
    return f"{question} {_choice_as_shown(str(get_locale()), choice)}"


@lru_cache(maxsize=100)
def _choice_as_shown(locale: str, choice: ConsentChoice) -> str:
    """In the language of the page, which is `locale`."""
    return " ".join(filter(None, map(str, CONSENTS[choice])))
