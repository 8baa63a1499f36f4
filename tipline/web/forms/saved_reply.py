"""A saved reply and a checklist, as they are typed."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField, TextAreaField, validators
from wtforms.fields.choices import SelectChoice

from tipline.core.replies.saved_replies import SavedDraft
from tipline.core.triage.checklists import ChecklistDraft
from tipline.web.forms.base import BaseForm


class SavedReplyForm(BaseForm):
    """Its name, its text, and where it is offered."""

    name = StringField(
        _l("What it is called"),
        description=_l("One word. Type / and this word in a reply to put the text there."),
        validators=[validators.InputRequired(_l("Give it a name."))],
    )
    callout_id = SelectField(_l("Callout"), coerce=int)
    language = SelectField(_l("Language"))
    text = TextAreaField(_l("Text"), validators=[validators.InputRequired(_l("Write the text of the reply."))])

    def offer(self, callouts: Sequence[tuple[int, str]], languages: Sequence[tuple[str, str]]) -> None:
        """The callouts and languages to choose from."""
        self.callout_id.choices = [SelectChoice(0, _l("All callouts")), *(SelectChoice(*one) for one in callouts)]
        self.language.choices = [SelectChoice("", _l("Any language")), *(SelectChoice(*one) for one in languages)]

    def draft(self) -> SavedDraft:
        """The saved reply as it was typed."""
        return SavedDraft(
            self.name.data or "", self.text.data or "", self.callout_id.data or None, self.language.data or ""
        )


class ChecklistForm(BaseForm):
    """Its name, and its steps one a line."""

    name = StringField(_l("What it is called"), validators=[validators.InputRequired(_l("Give it a name."))])
    steps = TextAreaField(
        _l("Steps"),
        description=_l("One a line, in their order."),
        validators=[validators.InputRequired(_l("Write the steps, one a line."))],
    )

    def draft(self) -> ChecklistDraft:
        """The template as it was typed."""
        return ChecklistDraft(self.name.data or "", (self.steps.data or "").splitlines())
