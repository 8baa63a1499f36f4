"""A call, meeting or message with a reader, as a reporter notes it down."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, SelectField, StringField, TextAreaField, ValidationError, validators
from wtforms.fields.choices import SelectChoice

from tipline.core.triage.contacts import Contact
from tipline.models import ContactWay
from tipline.web import labels
from tipline.web.forms.base import BaseForm

PREFIX = "contact-"  # other fields of the page are called text, too


class ContactForm(BaseForm):
    """How, when, how it ended, and what was said."""

    way = SelectField(
        _l("How"),
        choices=[SelectChoice(way.value, label) for way, label in labels.CONTACT_WAY.items()],
        default=ContactWay.CALL.value,
    )
    at = DateTimeLocalField(
        _l("When"),
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        validators=[validators.InputRequired(_l("Say when it was."))],
    )
    outcome = StringField(
        _l("How it ended"), validators=[validators.Length(max=200, message=_l("Keep it under 200 characters."))]
    )
    text = TextAreaField(
        _l("What was said"), validators=[validators.Length(max=20_000, message=_l("Keep it under 20,000 characters."))]
    )

    @classmethod
    def blank(cls, here: datetime) -> Self:
        """An empty one, for now (in the reporter's zone)."""
        return cls(prefix=PREFIX, data={"at": here.replace(tzinfo=None)})

    @classmethod
    def posted(cls, form: Mapping[str, str]) -> Self:
        return cls(form, prefix=PREFIX)

    def validate_at(self, field: DateTimeLocalField) -> None:
        if field.data and not 1970 <= field.data.year <= 9998:
            raise ValidationError(_l("Check the year."))

    def contact(self, zone: ZoneInfo, now: datetime) -> Contact:
        """What happened, as it was typed. This very minute is now: it stands behind what came in it."""
        at = self.at.data.replace(tzinfo=zone).astimezone(UTC)
        at = now if timedelta() <= now - at < timedelta(minutes=1) else at
        return Contact(ContactWay(self.way.data), at, self.outcome.data or "", self.text.data or "")
