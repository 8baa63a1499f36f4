"""The builder's form: a callout's texts and questions, in every language of the newsroom side by side.

Its buttons (add, move, remove) post the whole form and get it back rearranged: nothing typed waits in a browser.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, Optional, Regexp, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from tipline.core.callouts import CalloutDraft, CalloutTexts, StaleTranslation
from tipline.core.callouts.callout_shapes import SLUG_LENGTH
from tipline.core.callouts.callout_texts import TEXTS
from tipline.core.callouts.stale_translations import Known, is_behind, mark
from tipline.web.forms.base import BaseForm, PublicForm
from tipline.web.forms.callout_question import WHOLE, Choice, QuestionForm, whole
from tipline.web.forms.texts import line, stripped, text

YEARS = range(1900, 9999)  # in UTC too they stay within what a date can be
START_OF_DAY, END_OF_DAY = time(0), time(23, 59)
ADDRESS = re.compile(r"[^@\s<>,;:]+@[^@\s<>,;:]+\.[^@\s<>,;:.]+\Z")
ORIGIN = re.compile(r"https://[a-z0-9.-]+(:[0-9]{1,5})?\Z")
MAX_RETENTION_DAYS = 36_500


class TextsForm(PublicForm):
    """What the callout says in one language. Part of the whole, whose token counts for it."""

    title = line(_l("Title"), 200, description=_l("The question, as a headline."))
    intro = text(_l("Introduction"), 5000)
    why = text(_l("Why we ask"), 5000)
    handling = text(_l("What we do with the answers"), 5000)
    risk = text(
        _l("When not to use this form"),
        2000,
        description=_l("Stands before the questions, beside the plain warning that every form has."),
    )
    next_steps = text(
        _l("What happens next"), 2000, description=_l("On the receipt. Empty: that a reporter reads it, in our words.")
    )
    closed_message = text(_l("After closing: what came of it"), 2000)
    acknowledgement = text(
        _l("Automatic answer to mail"),
        2000,
        description=_l("Empty: “Thank you for writing to us. Your message has arrived …” Say nothing of the subject."),
    )

    def texts(self) -> CalloutTexts:
        return CalloutTexts(**{name: self[name].data or "" for name in TEXTS})


class CalloutForm(BaseForm):
    """The whole callout. The fields of its languages and its questions are added by `form_for`."""

    offered: tuple[str, ...] = ()
    said = ""  # what the last press of a button did, for those who do not see it
    behind: Mapping[str, Collection[str]] = {}  # by language, the ids of fields that translate what was said before
    marks: Mapping[str, str] = {}  # by the ids of those, and of those that still say the same, what they are called by
    same: Collection[str] = ()  # the marks of those that still say the same, as their editor says
    left: tuple[StaleTranslation, ...] = ()  # what is behind and is to be looked at another time
    focus = ("", "")  # the button pressed, and the key of the question that it moved
    version = HiddenField()
    slug = StringField(
        _l("Address"),
        [
            Optional(),
            Length(max=SLUG_LENGTH, message=_l("Shorten this to %(max)d characters.")),
            Regexp(
                r"[a-z0-9]+(-[a-z0-9]+)*\Z",
                message=_l("Write the address in small letters, digits and single hyphens, like closed-borders."),
            ),
        ],
        filters=[stripped],
    )
    mail_address = StringField(
        _l("Mail address"),
        [Optional(), Length(max=254), Regexp(ADDRESS, message=_l("Write the whole address, like name@example.com."))],
        filters=[stripped],
        description=_l("Shown as the email alternative. Mail to it is filed under this callout."),
    )
    mail_subject = line(
        _l("Words in the subject"),
        100,
        description=_l("Mail to any of your addresses whose subject holds these words is filed here too."),
    )
    acknowledge = BooleanField(
        _l("Send an automatic acknowledgement"),
        description=_l(
            "Once a day to each address, never to machines, and only to mail that comes from now on. Whoever else "
            "reads a reader's mail sees that they wrote to you: leave it off where that is a risk."
        ),
    )
    ask_by_mail = BooleanField(
        _l("Ask the questions in that answer"),
        description=_l("Readers can answer them in their mail program, or by a link to the form."),
    )
    opens_on = DateField(_l("Opening date"), [Optional()])
    opens_time = TimeField(_l("Opening time"), [Optional()])
    closes_on = DateField(_l("Closing date"), [Optional()])
    closes_time = TimeField(_l("Closing time"), [Optional()])
    timezone = SelectField(_l("Time zone of these dates"), default="")
    retention_days = StringField(
        _l("Days to keep answers after closing"),
        [Optional(), Regexp(WHOLE, message=_l("Write a whole number in digits."))],
        filters=[stripped],
        description=_l(
            "Then each is erased, unless its reader wrote since or a legal hold keeps it. "
            "Empty: until somebody erases it."
        ),
    )
    anonymous = BooleanField(
        _l("Readers may answer without saying how to reach them"),
        description=_l("Off: the form asks for an email address or a phone number."),
    )
    indexed = BooleanField(_l("Search engines may list the page"))
    gallery = BooleanField(
        _l("A public page shows chosen answers"),
        description=_l("Only those that an editor publishes, as far as each reader allowed it."),
    )
    embed_origins = TextAreaField(
        _l("Sites that may show the form in a frame"),
        filters=[stripped],
        description=_l("One a line, like https://news.example.com. Empty: every site."),
    )
    languages = SelectMultipleField(
        _l("Languages"),
        [InputRequired(_l("Choose at least one language."))],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    team = SelectMultipleField(_l("Team"), coerce=int, validate_choice=False)
    team_was = HiddenField()  # when the page was made: an admin may put people on a team meanwhile

    def chosen(self) -> list[str]:
        """The languages of the callout, the newsroom's first one first."""
        return [language for language in self.offered if language in (self.languages.data or ())]

    def source(self) -> str:
        """The language that the others are translated from."""
        return (self.chosen() or list(self.offered))[0]

    def validate(self, extra_validators: Any = None) -> bool:
        passed = bool(super().validate(extra_validators))
        if passed and not self._first_title().data:
            self._first_title().errors = [_("Write a title.")]
            return False
        if not self.chosen():
            return False
        asked = list(self.asked())
        checked = [one.check(self.chosen(), self.choices_before(at)) for at, one in enumerate(asked)]
        return passed and all(checked) and self._has_address()  # all, so that all errors show

    def _first_title(self) -> Any:
        return self[f"text_{self.source()}"].form.title

    def _has_address(self) -> bool:
        if not self.slug.data:
            self.slug.data = slug_of(self._first_title().data)
        if not self.slug.data:
            self.slug.errors = [_("Write the last part of the page's address.")]
        return bool(self.slug.data)

    def validate_closes_time(self, field: Any) -> None:
        if field.data and not self.closes_on.data:
            raise ValidationError(_("Choose a closing date too, or no time."))

    def validate_opens_time(self, field: Any) -> None:
        if field.data and not self.opens_on.data:
            raise ValidationError(_("Choose an opening date too, or no time."))

    def validate_opens_on(self, field: Any) -> None:
        if field.data and field.data.year not in YEARS:
            raise ValidationError(_("Write a year from 1900 to 9998."))

    def validate_closes_on(self, field: Any) -> None:
        self.validate_opens_on(field)
        opens, closes = self._moments(ZoneInfo("UTC"))
        if opens and closes and closes <= opens:
            raise ValidationError(_("Choose a closing date after the opening date."))

    def validate_retention_days(self, field: Any) -> None:
        days = whole(field.data)
        if days is not None and not 1 <= days <= MAX_RETENTION_DAYS:
            raise ValidationError(_("Write a number of days from 1 to 36500, or none."))

    def validate_ask_by_mail(self, field: Any) -> None:
        if field.data and not self.acknowledge.data:
            raise ValidationError(_("The automatic reply contains the questions: turn that on too."))

    def validate_embed_origins(self, field: Any) -> None:
        for one in self.origins():
            if not ORIGIN.match(one):
                raise ValidationError(_("Write each site like https://news.example.com, one a line, without a path."))

    def origins(self) -> tuple[str, ...]:
        lines = (one.strip().rstrip("/") for one in (self.embed_origins.data or "").lower().split("\n"))
        return tuple(dict.fromkeys(one for one in lines if one))

    def team_after(self, members: Collection[int]) -> set[int]:
        """The team as it stands, with those who were ticked here and without those whose tick was taken away."""
        was = {int(one) for one in (self.team_was.data or "").split(",") if WHOLE.match(one)}
        chosen = set(self.team.data or ())
        return (set(members) | (chosen - was)) - (was - chosen)

    def zone(self, newsroom: ZoneInfo) -> ZoneInfo:
        return ZoneInfo(self.timezone.data) if self.timezone.data else newsroom

    def _moments(self, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
        def moment(day: date | None, at: time) -> datetime | None:
            return datetime.combine(day, at, zone) if day and day.year in YEARS else None

        opens = moment(self.opens_on.data, self.opens_time.data or START_OF_DAY)
        return opens, moment(self.closes_on.data, self.closes_time.data or END_OF_DAY)

    def draft(self, newsroom: ZoneInfo) -> CalloutDraft:
        """What the editor wants, as far as it can be read. Texts of languages not chosen are kept too."""
        known = self.timezone.data in {choice.value for choice in self.timezone.choices}
        opens, closes = self._moments(self.zone(newsroom) if known else newsroom)
        places = {one.key.data: place for place, one in reversed(list(enumerate(self.asked())))}
        return CalloutDraft(
            slug=self.slug.data,
            languages=self.chosen() or [self.source()],
            mail_address=self.mail_address.data,
            closes_at=closes,
            texts={language: self[f"text_{language}"].form.texts() for language in self.offered},
            questions=[question.draft(places) for question in self.asked()],
            acknowledge=self.acknowledge.data,
            opens_at=opens,
            timezone=self.timezone.data or "",
            retention_days=whole(self.retention_days.data),
            anonymous=self.anonymous.data,
            mail_subject=self.mail_subject.data,
            ask_by_mail=self.ask_by_mail.data,
            indexed=self.indexed.data,
            gallery=self.gallery.data,
            embed_origins=self.origins(),
            behind=self.left,
        )

    def asked(self) -> list[QuestionForm]:
        """The forms of the questions, in their order."""
        return [entry.form for entry in self["questions"]]

    def choices_before(self, at: int) -> list[Choice]:
        """The questions that the one at a place can depend on."""
        source, found = self.source(), []
        for number, one in enumerate(self.asked()[:at], 1):
            if options := one.options(source):
                found.append(Choice(one.key.data or "", number, one[source].form.wording.data or "", options))
        return found

    def says_something(self) -> bool:
        """Whether the callout has a title yet: before that, nothing is to be translated."""
        return bool(self[f"text_{self.source()}"].form.title.data)

    def untranslated(self, language: str) -> list[Any]:
        """The fields of a language that say nothing where the source says something."""
        return [there for _where, _first, there in self._translations(language) if not there.data]

    def note_behind(self, known: Known) -> None:
        """Find out, by what was translated of what, which fields translate what the source said before."""
        behind: dict[str, set[str]] = {language: set() for language in self.chosen()}
        marks, left = {}, []
        for language, where, first, there in ((one, *pair) for one in self.offered for pair in self._translations(one)):
            source, text = _said(first), _said(there)
            if not is_behind(known, where, language, source, text):
                continue
            marks[there.id] = mark(language, source, text)
            if marks[there.id] not in self.same:
                left.append(StaleTranslation(language, text, source, tuple(sorted(known[where, language, text]))))
                behind.get(language, set()).add(there.id)
        self.behind, self.marks, self.left = behind, marks, tuple(left)

    def _translations(self, language: str) -> list[tuple[str, Any, Any]]:
        """Where the source says something (as in `Known`), its field, and beside it that of another language."""
        source = self.source()
        if language == source:
            return []
        pairs = [("", self[f"text_{source}"].form, self[f"text_{language}"].form)]
        pairs += [(one.where(), one[source].form, one[language].form) for one in self.asked()]
        return [(where, one, there[one.short_name]) for where, first, there in pairs for one in first if one.data]

    def problems(self) -> list[tuple[str, str, str]]:
        """Each error with the id of its field and its label, in the order of the page."""
        return list(_problems(self, ""))


def _problems(form: Any, where: str) -> Iterator[tuple[str, str, str]]:
    for field in form:
        if field.type == "FieldList":
            for number, entry in enumerate(field, 1):
                yield from _problems(entry.form, _("Question %(number)s", number=number))
        elif field.type == "FormField":
            yield from _problems(field.form, where)
        elif field.errors:
            label = f"{where}: {field.label.text}" if where else str(field.label.text)
            yield field.id, label, str(field.errors[0])


def _said(field: Any) -> str:
    return "\n".join(line.strip() for line in (field.data or "").split("\n")).strip()


def slug_of(title: str) -> str:
    """An address made of a title's Latin letters and digits; "" where it has too few of them."""
    words = re.findall(r"[a-z0-9]+", title.lower().replace("'", "").replace("’", ""))
    slug = ""
    for word in words:
        if len(slug) + len(word) + 1 > SLUG_LENGTH:
            break
        slug = f"{slug}-{word}" if slug else word
    return slug if len(slug) >= 3 else ""
