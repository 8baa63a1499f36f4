"""The form in which an editor cuts a chosen answer."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from tipline.core.results.publishing import MOST_ADDRESS, MOST_NAME, MOST_TEXT, AnswerCut, Chosen
from tipline.core.results.quote_sent import Unsent
from tipline.web.forms.base import BaseForm
from tipline.web.forms.texts import line, text
from tipline.web.labels import UNSENT

FORGOTTEN = datetime(1970, 1, 1, tzinfo=UTC)


class CutForm(BaseForm):
    text = text(_l("What the public reads"), MOST_TEXT)
    attribution = line(_l("Name under it"), MOST_NAME)
    language = SelectField(_l("Language"), validate_choice=False)
    version = HiddenField()  # when the answer stood so: another editor may change it meanwhile

    article = line(_l("Link to the article that also quotes it"), MOST_ADDRESS)
    unsent = RadioField(
        _l("Why are you publishing this text without sending it to the reader first?"),
        [Optional()],
        choices=[SelectChoice(reason.value, label) for reason, label in UNSENT.items()],
    )

    kept: tuple[str, ...] = ()  # traces of the reader that the editor confirmed

    def cut(self) -> AnswerCut:
        known = {choice.value for choice in self.language.choices}
        return AnswerCut(
            self.text.data or "",
            self.attribution.data or "",
            self.language.data if self.language.data in known else "",
            frozenset(self.kept),
            Unsent(self.unsent.data) if self.unsent.data else None,
            self.article.data or "",
        )

    def opened(self) -> datetime:
        """The answer's `changed_at` when the page was made."""
        try:
            at = datetime.fromisoformat(self.version.data or "")
        except ValueError:
            return FORGOTTEN
        return at if at.tzinfo else FORGOTTEN


def filled(found: Chosen, languages: Sequence[tuple[str, str]], posted: Any = None) -> CutForm:
    """The form with the answer as it stands, or as it was typed."""
    row = found.row
    given = {"text": row.text, "attribution": row.attribution, "language": row.language, "article": row.article}
    form = CutForm(posted or None, data={**given, "version": row.changed_at.isoformat()})
    form.kept = tuple(posted.getlist("kept")) if posted else tuple(row.kept)
    form.language.choices = [SelectChoice(tag, name) for tag, name in languages]
    return form
