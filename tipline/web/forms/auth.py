"""Signing in, setting a password, and one's own language and time zone."""

from functools import cache
from zoneinfo import available_timezones

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, PasswordField, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import EqualTo, InputRequired, Length

from tipline.core.accounts import passwords
from tipline.paths import CATALOGUES
from tipline.web.forms.base import BaseForm
from tipline.web.i18n import own_name

NEEDED_EMAIL = _l("Enter your email address.")
NEEDED_PASSWORD = _l("Write your password.")
NEW_HINT = _l("At least 12 characters. Four or five unrelated words are easy to keep in mind and hard to guess.")


def _languages() -> list[SelectChoice]:
    return [SelectChoice(code, own_name(code)) for code in CATALOGUES]


@cache
def _zones() -> list[str]:
    there = available_timezones()  # reads some hundred files
    return ["UTC", *sorted(zone for zone in there if "/" in zone and not zone.startswith(("Etc/", "posix/")))]


class SignInForm(BaseForm):
    email = EmailField(_l("Email address"), [InputRequired(NEEDED_EMAIL), Length(max=254)])
    password = PasswordField(_l("Password"), [InputRequired(NEEDED_PASSWORD), Length(max=1000)])


class NewPasswordForm(BaseForm):
    """A new password, twice. `own_words` (name, address) are told to the check of its strength."""

    own_words: tuple[str, ...] = ()

    password = PasswordField(_l("New password"), [InputRequired(_l("Write a new password."))], description=NEW_HINT)
    again = PasswordField(
        _l("The same password again"),
        [InputRequired(_l("Write it a second time.")), EqualTo("password", _l("The two passwords differ."))],
    )

    def validate_password(self, field: PasswordField) -> None:
        if trouble := passwords.problem(field.data or "", *self.own_words):
            raise ValidationError(gettext(trouble))


class ChangePasswordForm(NewPasswordForm):
    current = PasswordField(_l("Current password"), [InputRequired(NEEDED_PASSWORD), Length(max=1000)])


class LanguageForm(BaseForm):
    locale = SelectField(_l("Language of the desk"), choices=_languages)
    timezone = SelectField(_l("Time zone"), choices=_zones, description=_l("Times on the desk are shown in it."))
