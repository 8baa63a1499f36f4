"""What reporters send from the desk. Forms give domain types; what can't be read is an error in kind words."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import (
    DateTimeLocalField,
    EmailField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
    validators,
)
from wtforms.fields.choices import SelectChoice

from tipline.core.arrival import Arrival
from tipline.core.text import language
from tipline.errors import Refused
from tipline.vocabularies import N_, ConsentChoice, ContactChoice, Source
from tipline.web import labels
from tipline.web.forms.base import BaseForm
from tipline.web.forms.fields import PhoneField, address

NOT_A_DAY = N_("That is no day. Write it like 2021-06-25.")
WRITTEN_DOWN = (Source.PHONE, Source.CHAT, Source.IN_PERSON)


class EnterForm(BaseForm):
    """A tip that reached a reporter by phone, in a chat or in person."""

    source = RadioField(
        _l("How did it reach you?"),
        choices=[SelectChoice(source.value, labels.SOURCE[source]) for source in WRITTEN_DOWN],
        default=Source.PHONE.value,
        validators=[validators.InputRequired(_l("Choose one."))],
    )
    callout_id = SelectField(_l("Callout"), coerce=int)
    received_at = DateTimeLocalField(
        _l("When did they say it?"),
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        validators=[validators.InputRequired(_l("Say when, as well as you know."))],
    )
    story = TextAreaField(
        _l("What they told you"),
        validators=[
            validators.InputRequired(_l("Write down what they told you.")),
            validators.Length(max=20_000, message=_l("Keep it under 20,000 characters.")),
        ],
    )
    name = StringField(_l("Name"), validators=[validators.Length(max=200, message=_l("Keep it under 200 characters."))])
    email = EmailField(
        _l("Email"),
        validators=[
            validators.Optional(),
            validators.Length(max=254, message=_l("An address has at most 254 characters.")),
            address,
        ],
    )
    phone = PhoneField(_l("Phone"), [validators.Length(max=60, message=_l("Keep it under 60 characters."))])
    contact = RadioField(
        _l("How is it safe to reach them?"),
        choices=[
            SelectChoice(c.value, labels.CONTACT[c])
            for c in (ContactChoice.EMAIL, ContactChoice.PHONE, ContactChoice.NO, ContactChoice.UNKNOWN)
        ],
        default=ContactChoice.UNKNOWN.value,
    )
    contact_note = StringField(
        _l("What to know before contacting them"),
        validators=[validators.Length(max=500, message=_l("Keep it under 500 characters."))],
    )
    consent = RadioField(
        _l("What may we publish?"),
        choices=[SelectChoice(c.value, label) for c, label in labels.CONSENT.items()],
        default=ConsentChoice.UNKNOWN.value,
    )
    consent_wording = StringField(
        _l("Their words, or what you asked them"),
        validators=[validators.Length(max=1000, message=_l("Keep it under 1,000 characters."))],
    )

    def offer(self, callouts: Sequence[tuple[int, str]], now: datetime) -> None:
        """The callouts to choose from, and now (in the reporter's zone) as the time, where nothing was sent."""
        self.callout_id.choices = [SelectChoice(callout_id, title) for callout_id, title in callouts]
        if self.received_at.data is None and not self.received_at.raw_data:
            self.received_at.data = now.replace(tzinfo=None)

    def validate_story(self, field: TextAreaField) -> None:
        if not (field.data or "").strip():
            raise ValidationError(_l("Write down what they told you."))

    def validate_received_at(self, field: DateTimeLocalField) -> None:
        if field.data and not 1970 <= field.data.year <= 9998:
            raise ValidationError(_l("Check the year."))

    def validate_contact(self, field: RadioField) -> None:
        if field.data == ContactChoice.EMAIL.value and not (self.email.data or "").strip():
            raise ValidationError(_l("To be reached by email they need an address."))
        if field.data == ContactChoice.PHONE.value and not (self.phone.data or "").strip():
            raise ValidationError(_l("To be reached by phone they need a number."))

    def arrival(self, zone: ZoneInfo, now: datetime, submission_id: str) -> Arrival:
        """The story as intake takes it. A time in the future is a slip of the hand and becomes now. `submission_id`: of
        the page that was opened, so that the same words sent twice are one tip."""
        said = self.received_at.data.replace(tzinfo=zone).astimezone(UTC)
        story = (self.story.data or "").strip()
        return Arrival(
            source=Source(self.source.data),
            text=story,
            received_at=min(said, now),
            language=language.guess(story),
            reader_name=(self.name.data or "").strip(),
            reader_email=(self.email.data or "").strip(),
            reader_phone=(self.phone.data or "").strip(),
            contact=ContactChoice(self.contact.data),
            contact_note=(self.contact_note.data or "").strip(),
            callout_id=self.callout_id.data,
            consent=ConsentChoice(self.consent.data),
            consent_wording=(self.consent_wording.data or "").strip(),
            submission_id=submission_id,
        )


def day(text: str) -> date | None:
    """A date as a form sends it; None for an empty one. Refused where it is none."""
    text = text.strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refused(NOT_A_DAY) from None


def come_back(form: MultiDict[str, str]) -> tuple[date | None, bool]:
    """The day that a menu of follow-ups sends, and whether tips are put off until then."""
    return day(form["on"] if "on" in form else form.get("day", "")), bool(form.get("snooze"))
