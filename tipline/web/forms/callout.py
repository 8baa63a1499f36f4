"""The builder's form: a callout's texts and questions, in every language of the newsroom side by side.

Its buttons (add, move, remove) post the whole form and get it back rearranged: nothing typed waits in a browser.
"""

import re
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, Regexp, ValidationError
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from tipline.core.callouts import SLUG_LENGTH, CalloutDraft, CalloutTexts, QuestionDraft, QuestionTexts
from tipline.core.questions import WITH_OPTIONS
from tipline.models import QuestionKind
from tipline.web.forms.base import BaseForm, PublicForm
from tipline.web.labels import QUESTION_KIND

MOST_QUESTIONS = 60
END_OF_DAY = time(23, 59)
ADDRESS = re.compile(r"[^@\s<>,;:]+@[^@\s<>,;:]+\.[^@\s<>,;:.]+\Z")


def _text(label: object, most: int, **more: Any) -> Any:
    checks = [Length(max=most, message=_l("Shorten this to %(max)d characters."))]
    return TextAreaField(label, checks, filters=[_stripped], **more)


def _line(label: object, most: int, **more: Any) -> Any:
    checks = [Length(max=most, message=_l("Shorten this to %(max)d characters."))]
    return StringField(label, checks, filters=[_stripped], **more)


def _stripped(value: str | None) -> str:
    return (value or "").strip().replace("\r\n", "\n")


class TextsForm(PublicForm):
    """What the callout says in one language. Part of the whole, whose token counts for it."""

    title = _line(_l("Title: the question as a headline"), 200)
    intro = _text(_l("Introduction"), 5000)
    why = _text(_l("Why we ask, and what we do with the answers"), 5000)
    closed_message = _text(_l("After closing: what came of it"), 2000)
    acknowledgement = _text(
        _l("Automatic answer to mail"),
        2000,
        description=_l("Empty: “Thank you for writing to us. Your message has arrived …” Say nothing of the subject."),
    )

    def texts(self) -> CalloutTexts:
        return CalloutTexts(
            self.title.data, self.intro.data, self.why.data, self.closed_message.data, self.acknowledgement.data
        )


class QuestionTextsForm(PublicForm):
    """What one question says in one language."""

    wording = _line(_l("Question"), 500)
    hint = _line(_l("Hint"), 1000)
    options = _text(_l("Options, one a line"), 5000)

    def texts(self, kind: QuestionKind) -> QuestionTexts:
        lines = [line.strip() for line in self.options.data.split("\n")]
        options = [line for line in lines if line] if kind in WITH_OPTIONS else []
        return QuestionTexts(self.wording.data, self.hint.data, options)


class QuestionForm(PublicForm):
    """One question. The fields of its languages are added by `form_for`."""

    languages: tuple[str, ...] = ()
    id = IntegerField(validators=[Optional()], widget=HiddenInput())
    kind = SelectField(_l("Kind"), choices=[SelectChoice(kind.value, QUESTION_KIND[kind]) for kind in QuestionKind])
    required = BooleanField(_l("Required"))
    identity = BooleanField(
        _l("Says who the reader is"),
        description=_l("Kept sealed, behind the identity panel. Name, e-mail and phone are asked anyway."),
    )

    def draft(self) -> QuestionDraft:
        kind = QuestionKind(self.kind.data)
        texts = {language: self[language].form.texts(kind) for language in self.languages}
        return QuestionDraft(self.id.data, kind, self.required.data, self.identity.data, texts)


class CalloutForm(BaseForm):
    """The whole callout. The fields of its languages and its questions are added by `form_for`."""

    offered: tuple[str, ...] = ()
    version = HiddenField()
    slug = StringField(
        _l("Address"),
        [
            InputRequired(_l("Write the last part of the page's address.")),
            Length(max=SLUG_LENGTH, message=_l("Shorten this to %(max)d characters.")),
            Regexp(
                r"[a-z0-9]+(-[a-z0-9]+)*\Z",
                message=_l("Write the address in small letters, digits and single hyphens, like closed-borders."),
            ),
        ],
        filters=[_stripped],
    )
    mail_address = StringField(
        _l("Mail address"),
        [Optional(), Length(max=254), Regexp(ADDRESS, message=_l("Write the whole address, like name@example.com."))],
        filters=[_stripped],
        description=_l("Shown as the other door. Mail to it is filed under this callout."),
    )
    acknowledge = BooleanField(
        _l("Answer mail at once that it has arrived"),
        description=_l(
            "Once a day to each address, never to machines, and only to mail that comes from now on. Whoever else "
            "reads a reader's mail sees that they wrote to you: leave it off where that is a risk."
        ),
    )
    closes_on = DateField(_l("Closing date"), [Optional()])
    closes_time = TimeField(_l("Time"), [Optional()])
    languages = SelectMultipleField(
        _l("Languages"),
        [InputRequired(_l("Choose at least one language."))],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def chosen(self) -> list[str]:
        """The languages of the callout, the newsroom's first one first."""
        return [language for language in self.offered if language in (self.languages.data or ())]

    def validate(self, extra_validators: Any = None) -> bool:
        passed = bool(super().validate(extra_validators))
        if passed and not self._first_title().data:
            self._first_title().errors = [_("Write a title.")]
            return False
        checked = [self._check(question.form) for question in self["questions"]]  # all, so that all errors show
        return passed and all(checked)

    def _first_title(self) -> Any:
        return self[f"text_{self.chosen()[0]}"].form.title

    def _check(self, question: QuestionForm) -> bool:
        first = question[self.chosen()[0]].form
        kind = QuestionKind(question.kind.data)
        if not first.wording.data:
            first.wording.errors = [_("Write the question, or remove it.")]
            return False
        if kind not in WITH_OPTIONS:
            return True
        number = len(first.texts(kind).options)
        if number < 2:
            first.options.errors = [_("Write at least two options, one a line.")]
            return False
        for language in self.chosen()[1:]:
            other = question[language].form
            if other.wording.data and len(other.texts(kind).options) != number:
                other.options.errors = [_("Write as many options as in the first language, in the same order.")]
                return False
        return True

    def validate_closes_time(self, field: Any) -> None:
        if field.data and not self.closes_on.data:
            raise ValidationError(_("Choose a closing date too, or no time."))

    def draft(self, zone: ZoneInfo) -> CalloutDraft:
        """What the editor wants. Call it on a form that validated. Texts of languages not chosen are kept too."""
        day = self.closes_on.data
        closes = datetime.combine(day, self.closes_time.data or END_OF_DAY, zone) if day else None
        return CalloutDraft(
            slug=self.slug.data,
            languages=self.chosen(),
            mail_address=self.mail_address.data,
            closes_at=closes,
            texts={language: self[f"text_{language}"].form.texts() for language in self.offered},
            questions=[question.form.draft() for question in self["questions"]],
            acknowledge=self.acknowledge.data,
        )

    def rearranged(self, act: str) -> "CalloutForm":
        """The same form after one of its buttons: "add", "up:2", "down:2" or "remove:2"."""
        verb, _colon, number = act.partition(":")
        at = int(number) if number.isdecimal() else -1
        data = dict(self.data)  # made anew at each look
        questions: list[dict[str, Any]] = data["questions"]
        if verb == "add" and len(questions) < MOST_QUESTIONS:
            questions.append(_blank())
        elif verb == "remove" and 0 <= at < len(questions):
            del questions[at]
        elif verb == "up" and 0 < at < len(questions):
            questions[at - 1], questions[at] = questions[at], questions[at - 1]
        elif verb == "down" and 0 <= at < len(questions) - 1:
            questions[at + 1], questions[at] = questions[at], questions[at + 1]
        fresh = form_for(self.offered, data=data)
        for name in ("closes_on", "closes_time"):  # what can't be read as a date stays as it was typed
            fresh[name].raw_data = self[name].raw_data
        return fresh


def form_for(
    offered: tuple[str, ...], posted: "MultiDict[str, str] | None" = None, data: dict[str, Any] | None = None
) -> CalloutForm:
    """The form in the newsroom's languages."""
    texts = {language: FormField(QuestionTextsForm) for language in offered}
    question: type[QuestionForm] = type("Question", (QuestionForm,), texts)
    question.languages = offered
    fields: dict[str, Any] = {f"text_{language}": FormField(TextsForm) for language in offered}
    fields["questions"] = FieldList(FormField(question), max_entries=MOST_QUESTIONS)
    made: type[CalloutForm] = type("Callout", (CalloutForm,), fields)
    made.offered = offered
    form = made(posted, data=data)
    form.languages.choices = [SelectChoice(language, language) for language in offered]
    return form


def blank(offered: tuple[str, ...]) -> CalloutForm:
    """A new callout: all languages, and the question that nearly every callout begins with."""
    first = {**_blank(), "kind": QuestionKind.LONG.value, "required": True, "en": {"wording": _("What happened?")}}
    return form_for(offered, data={"languages": list(offered), "questions": [first]})


def filled(draft: CalloutDraft, version: int, offered: tuple[str, ...], zone: ZoneInfo) -> CalloutForm:
    """The form of a callout that is there."""
    closes = draft.closes_at.astimezone(zone) if draft.closes_at else None
    data: dict[str, Any] = {
        "version": str(version),
        "slug": draft.slug,
        "mail_address": draft.mail_address,
        "acknowledge": draft.acknowledge,
        "closes_on": closes.date() if closes else None,
        "closes_time": closes.time() if closes else None,
        "languages": list(draft.languages),
        "questions": [_question(question) for question in draft.questions],
    }
    for language, said in draft.texts.items():
        data[f"text_{language}"] = {
            "title": said.title,
            "intro": said.intro,
            "why": said.why,
            "closed_message": said.closed_message,
            "acknowledgement": said.acknowledgement,
        }
    return form_for(offered, data=data)


def _question(question: QuestionDraft) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": question.id,
        "kind": question.kind.value,
        "required": question.required,
        "identity": question.identity,
    }
    for language, said in question.texts.items():
        data[language] = {"wording": said.wording, "hint": said.hint, "options": "\n".join(said.options)}
    return data


def _blank() -> dict[str, Any]:
    return {"id": None, "kind": QuestionKind.SHORT.value, "required": False, "identity": False}
