"""The forms of a quote: what is to be printed, and what its reader is asked."""

from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange

from tipline.core.quotes import MAX_CREDIT, MAX_TEXT, QuoteChange, QuoteView, version_of
from tipline.core.quotes.requests import DAYS, MAX_CONTEXT, MAX_DAYS, Asking
from tipline.models import Attribution
from tipline.web.forms.base import BaseForm
from tipline.web.forms.texts import line, text
from tipline.web.labels import ATTRIBUTION


class QuoteForm(BaseForm):
    text = text(_l("What is to be printed"), MAX_TEXT)
    attribution = SelectField(
        _l("Who is quoted"), choices=[SelectChoice(one.value, label) for one, label in ATTRIBUTION.items()]
    )
    credit = line(
        _l("Place or description"),
        MAX_CREDIT,
        description=_l("The place after a first name (“Wuhan”), or the description (“a teacher in Wuhan”)."),
    )
    version = HiddenField()  # when the quote stood so: a colleague may change it meanwhile

    def change(self) -> QuoteChange:
        return QuoteChange(self.text.data or "", Attribution(self.attribution.data), self.credit.data or "")


class AskForm(BaseForm):
    context = text(
        _l("What the article is about"), MAX_CONTEXT,
        description=_l("One or two sentences, in the reader’s language. They stand above the quote."),
    )  # fmt: skip
    days = IntegerField(
        _l("Days to answer"),
        [NumberRange(1, MAX_DAYS, message=_l("Write a number from %(min)s to %(max)s."))],
        default=DAYS,
    )

    def asking(self) -> Asking:
        return Asking(self.context.data or "", self.days.data or DAYS)

    def last_day(self, today: date) -> date:
        return today + timedelta(days=self.days.data or DAYS)


def filled(found: QuoteView, posted: Any = None) -> QuoteForm:
    """The form with the quote as it stands, or as it was typed."""
    row = found.row
    given = {"text": row.text, "attribution": row.attribution.value, "credit": row.credit}
    return QuoteForm(posted or None, data={**given, "version": version_of(row)})
