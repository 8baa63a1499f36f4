"""What every form stands on, and how templates/_macros/forms.html learns what a field is.

Forms of the desk carry a token against forged requests; public ones touch no cookie.
"""

from gettext import NullTranslations
from typing import Any

from flask_babel import get_locale, gettext
from wtforms import Field, Form, RadioField, SelectMultipleField, TextAreaField
from wtforms.csrf.core import CSRF, CSRFTokenField
from wtforms.i18n import get_builtin_gnu_translations
from wtforms.validators import ValidationError
from wtforms.widgets import ListWidget

from tipline.web import csrf


class Translations:
    """WTForms' own messages: by our catalogue where it has them, else by theirs."""

    def gettext(self, string: str) -> str:
        ours = str(gettext(string))
        return ours if ours != string else str(_theirs().gettext(string))

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        # WTForms fills the gaps itself, after this.
        return str(_theirs().ngettext(singular, plural, n))


def _theirs() -> NullTranslations:
    locale = get_locale()
    if locale.language == "zh":  # asked for zh_Hant, WTForms gives simplified words
        return get_builtin_gnu_translations(["zh_TW" if locale.script == "Hant" else "zh"])  # type: ignore[no-any-return]
    return NullTranslations()


class PublicForm(Form):
    """A form for readers: no cookie, so no token."""

    class Meta:
        csrf = False

        def get_translations(self, form: Form) -> Translations:
            return Translations()


class SessionToken(CSRF):
    """The session's token as a field. What came as a header counts too."""

    def generate_csrf_token(self, csrf_token_field: CSRFTokenField) -> str:
        return csrf.token()

    def validate_csrf_token(self, form: Form, field: CSRFTokenField) -> None:
        if not csrf.is_good():
            raise ValidationError(gettext(csrf.STALE))


class BaseForm(Form):
    """A form of the desk."""

    class Meta:
        csrf = True
        csrf_class = SessionToken

        def get_translations(self, form: Form) -> Translations:
            return Translations()


def is_group(field: Field) -> bool:
    """Whether a field is several controls under one legend."""
    several = isinstance(field, SelectMultipleField) and isinstance(field.widget, ListWidget)
    return several or isinstance(field, RadioField)


def control(field: Field, hint: str | None, given: dict[str, Any]) -> dict[str, Any]:
    """The attributes of a control: those given, what describes it, and whether it is wrong."""
    described = [f"{field.id}-hint"] if hint else []
    if field.errors:
        described.append(f"{field.id}-error")
    more: dict[str, Any] = {"aria_describedby": " ".join(described)} if described else {}
    if field.errors:
        more["aria_invalid"] = "true"
    if isinstance(field, TextAreaField):
        more["dir"] = "auto"
    return {**more, **given}
