"""The forms of the reader's own page: the code that opens it, more words, another consent, all taken back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import HiddenField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from tipline.core.arrival import Arrival, ConsentChoice, Source
from tipline.core.readers import receipts
from tipline.core.text import language
from tipline.core.text.storable import LONG
from tipline.models import Answer
from tipline.vocabularies import ContactChoice
from tipline.web.forms.base import PublicForm
from tipline.web.forms.fields import Required
from tipline.web.forms.submission import CONSENTS, CONTACTS, wording_of

SHOWN = 60  # characters of an answer beside its check box


class ConsentForm(PublicForm):
    """What a reader allows from now on."""

    consent = RadioField(
        _l("What may we publish?"),
        [Required(_l("Choose one."))],
        choices=[SelectChoice(choice.value, label) for choice, (label, _hint) in CONSENTS.items()],
    )
    withheld = SelectMultipleField(
        _l("Never publish these answers"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def offer(self, answers: Sequence[Answer]) -> None:
        """Let each of these answers be kept out of print."""
        self.withheld.choices = [
            SelectChoice(answer.question_id, f"{answer.wording} {_first(answer.value)}") for answer in answers
        ]

    def kept_out(self) -> set[int]:
        """The questions whose answers are to stay out of print."""
        return set(self.withheld.data or ())

    def arrival(self, tip_id: int, received_at: datetime, page_language: str) -> Arrival:
        """The choice, with the words that the page showed."""
        choice = ConsentChoice(self.consent.data)
        wording = wording_of(self.consent.label.text, choice)
        if self.kept_out():
            wording = f"{wording} {self.withheld.label.text}"
        return Arrival(
            source=Source.PAGE, text="", received_at=received_at, tip_id=tip_id, language=page_language,
            consent=choice, consent_wording=wording,
        )  # fmt: skip


class ReachForm(PublicForm):
    """How it is safe to reach a reader from now on."""

    contact = RadioField(_l("How is it safe to contact you?"), [Required(_l("Choose one."))])

    def offer(self, standing: ContactChoice, *, by_mail: bool) -> None:
        """Let them choose what they chose before, and what needs nothing that we do not have."""
        able = {standing, ContactChoice.PAGE, ContactChoice.NO, *([ContactChoice.EMAIL] if by_mail else [])}
        self.contact.choices = [SelectChoice(one.value, CONTACTS[one][0]) for one in CONTACTS if one in able]


def _first(value: str) -> str:
    words = " ".join(value.split())
    return f"“{words if len(words) <= SHOWN else words[: SHOWN - 1] + '…'}”"


def nothing_more(tip_id: int, received_at: datetime, page_language: str) -> Arrival:
    """A consent that a button gives for its reader: publish nothing from now on."""
    return Arrival(
        source=Source.PAGE, text="", received_at=received_at, tip_id=tip_id, language=page_language,
        consent=ConsentChoice.BACKGROUND, consent_wording=_("Withdraw consent: publish nothing"),
    )  # fmt: skip


def all_taken_back(tip_id: int, received_at: datetime, page_language: str) -> Arrival:
    """The one message that a button writes for its reader, where nothing can be deleted now."""
    return Arrival(
        source=Source.PAGE,
        text=_("I withdraw everything. Publish nothing, and delete what you have from me and about me."),
        received_at=received_at,
        tip_id=tip_id,
        language=page_language,
        consent=ConsentChoice.BACKGROUND,
        consent_wording=_("Delete everything"),
    )


class AddForm(PublicForm):
    """More from a reader, on their own page."""

    text = TextAreaField(
        _l("Add something, or answer our questions"),
        [Length(max=LONG, message=_l("Shorten this to 20,000 characters, or send the rest as a file."))],
    )

    once = HiddenField()  # tells a second press from the same words said again

    def arrival(self, tip_id: int | None, received_at: datetime, submission_id: str) -> Arrival:
        """One more message of the reader's own tip; None where nobody can say now which that is."""
        text = (self.text.data or "").strip()
        return Arrival(
            source=Source.PAGE, text=text, received_at=received_at, tip_id=tip_id, language=language.guess(text),
            submission_id=submission_id,
        )  # fmt: skip


class CodeForm(PublicForm):
    """The twelve words that open a reader's page."""

    code = StringField(_l("Your code"), [Required(_l("Enter the twelve words of your code."))])

    def validate_code(self, field: Any) -> None:
        try:
            receipts.check(field.data or "")
        except receipts.WrongCode as wrong:
            raise ValidationError(_why(wrong)) from None


def _why(wrong: receipts.WrongCode) -> str:
    if wrong.word and wrong.likely:
        said = _("“%(word)s” isn’t a code word. Did you mean “%(likely)s”?", word=wrong.word, likely=wrong.likely)
    elif wrong.word:
        said = _("“%(word)s” isn’t a code word. Compare it with what you wrote down.", word=wrong.word)
    elif wrong.count:
        said = ngettext(
            "A code has twelve words. You entered one. Compare it with what you wrote down.",
            "A code has twelve words. You entered %(num)s. Compare them with what you wrote down.",
            wrong.count,
        )
    else:
        said = _("Enter the twelve words of your code.")
    return str(said)


class DigitsForm(PublicForm):
    """The code that came by mail."""

    digits = StringField(_l("The code from our email"), [Required(_l("Enter the eight digits from our email."))])
