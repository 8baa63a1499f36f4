"""The form of a saved view."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField

from tipline.web.forms.base import BaseForm


class ViewForm(BaseForm):
    """What a view is called and who is told; core says what is wrong with it."""

    name = StringField(_l("Name"), default="")
    shared = BooleanField(_l("Shared with colleagues"))
    alert = BooleanField(_l("Tell me of new tips"))
