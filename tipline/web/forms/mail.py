"""What editors send from the mail page."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, TextAreaField, validators
from wtforms.fields.choices import SelectChoice

from tipline.web.forms.base import BaseForm


class ByHandForm(BaseForm):
    """A tip of a mail that could not be read."""

    callout_id = SelectField(_l("Callout"), coerce=int)
    words = TextAreaField(
        _l("What the mail says"),
        validators=[validators.Length(max=20_000, message=_l("Keep it under 20,000 characters."))],
    )

    def offer(self, callouts: Sequence[tuple[int, str]]) -> None:
        """The callouts to choose from."""
        self.callout_id.choices = [SelectChoice(number, title) for number, title in callouts]
