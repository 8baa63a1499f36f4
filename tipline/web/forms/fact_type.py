"""A type of facts, as it is typed."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField, TextAreaField, validators
from wtforms.fields.choices import SelectChoice

from tipline.core.facts.fact_types import OWN, TypeDraft
from tipline.models import FactType, TypeKind
from tipline.web.fact_labels import KINDS
from tipline.web.forms.base import BaseForm


class FactTypeForm(BaseForm):
    """Its name, what its values are, where it is offered, and its choices one a line."""

    name = StringField(_l("What it is called"), validators=[validators.InputRequired(_l("Give it a name."))])
    kind = SelectField(_l("Its values are"), choices=[SelectChoice(kind.value, KINDS[kind]) for kind in OWN])
    callout_id = SelectField(_l("Callout"), coerce=int)
    choices = TextAreaField(_l("Choices"), description=_l("One a line. Only where it is one of several choices."))

    def offer(self, callouts: Sequence[tuple[int, str]], row: FactType | None) -> None:
        """The callouts to choose from; what the values of a type are, and where it is offered, is said once."""
        if row is not None:
            del self.kind, self.callout_id
            if row.kind is not TypeKind.CHOICE:
                del self.choices
            return
        self.callout_id.choices = [SelectChoice(0, _l("All callouts")), *(SelectChoice(*one) for one in callouts)]

    def draft(self) -> TypeDraft:
        """The type as it was typed."""
        kind = TypeKind(self.kind.data) if self.kind is not None else TypeKind.TEXT
        callout_id = self.callout_id.data or None if self.callout_id is not None else None
        choices = (self.choices.data or "").splitlines() if self.choices is not None else []
        return TypeDraft(self.name.data or "", kind, callout_id, choices)
