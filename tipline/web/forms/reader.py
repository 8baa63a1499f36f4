"""The forms of the reader's own page: the code that opens it, more words, another consent, all taken back."""

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from tipline.core import language
from tipline.core.arrival import Arrival, ConsentChoice, Source
from tipline.web.forms.base import PublicForm
from tipline.web.forms.submission import CONSENTS, LONG, Required, wording_of


class ConsentForm(PublicForm):
    """What a reader allows from now on."""

    consent = RadioField(
        _l("What may we publish?"),
        [Required(_l("Choose one."))],
        choices=[SelectChoice(choice.value, label) for choice, (label, _hint) in CONSENTS.items()],
    )

    def arrival(self, tip_id: int, received_at: datetime, page_language: str) -> Arrival:
        """The choice, with the words that the page showed."""
        choice = ConsentChoice(self.consent.data)
        return Arrival(
            source=Source.PAGE, text="", received_at=received_at, tip_id=tip_id, language=page_language,
            consent=choice, consent_wording=wording_of(self.consent.label.text, choice),
        )  # fmt: skip


def all_taken_back(tip_id: int, received_at: datetime, page_language: str) -> Arrival:
    """The one message that a button writes for its reader."""
    return Arrival(
        source=Source.PAGE,
        text=_("I take everything back. Publish nothing of it, and delete what you have from me and about me."),
        received_at=received_at,
        tip_id=tip_id,
        language=page_language,
        consent=ConsentChoice.BACKGROUND,
        consent_wording=_("Take everything back"),
    )


class AddForm(PublicForm):
    """More from a reader, on their own page."""

    text = TextAreaField(
        _l("Add something, or answer us"),
        [Length(max=LONG, message=_l("Shorten this to 20,000 characters, or send the rest as a file."))],
    )

    def arrival(self, tip_id: int, received_at: datetime) -> Arrival:
        """One more message of the reader's own tip."""
        text = (self.text.data or "").strip()
        return Arrival(
            source=Source.PAGE, text=text, received_at=received_at, tip_id=tip_id, language=language.guess(text)
        )


class CodeForm(PublicForm):
    """The twelve words that open a reader's page."""

    code = StringField(_l("Your code"), [Required(_l("Write the twelve words of your code."))])
