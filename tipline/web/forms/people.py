"""Inviting people, and what they may do."""

from collections.abc import Collection, Sequence
from typing import Any, Self

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import EmailField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from tipline.core.accounts.people import Person, Team
from tipline.models import Role
from tipline.web import labels
from tipline.web.forms.base import BaseForm


class Boxes(SelectMultipleField):
    """Several of several, as check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


ROLE_CHOICES = [SelectChoice(str(role), labels.ROLE[role]) for role in Role]
ADDRESS = Regexp(r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$", message=_l("This is not an email address."))
NO_ROLE = _l("Choose at least one role.")


class RolesForm(BaseForm):
    roles = Boxes(_l("Roles"), [InputRequired(NO_ROLE)], choices=ROLE_CHOICES)

    def chosen(self) -> frozenset[Role]:
        """The roles that were ticked."""
        return frozenset(Role(word) for word in self.roles.data or ())


class TeamsForm(BaseForm):
    teams = Boxes(_l("Teams"), coerce=int)

    @classmethod
    def of(cls, formdata: "MultiDict[str, str] | None", teams: Sequence[Team], **data: Any) -> Self:
        """The form over the callouts there are."""
        form = cls(formdata, **data)
        form.teams.choices = [SelectChoice(team.callout_id, team.title) for team in teams]
        return form

    def callout_ids(self) -> Collection[int]:
        """The callouts that were ticked."""
        return frozenset(self.teams.data or ())


class InviteForm(RolesForm, TeamsForm):
    name = StringField(
        _l("Name"),
        [InputRequired(_l("Write the person's name.")), Length(max=100), Regexp(r"^[^\x00-\x1f]*$")],
    )
    email = EmailField(
        _l("Email address"),
        [InputRequired(_l("Write the person's email address.")), Length(max=254), ADDRESS],
    )


def roles_of(person: Person) -> RolesForm:
    """What a person may do, to be changed."""
    return RolesForm(roles=[str(role) for role in person.roles])


def teams_of(person: Person, teams: Sequence[Team]) -> TeamsForm:
    """Which teams a person is on, to be changed."""
    return TeamsForm.of(None, teams, data={"teams": [team.callout_id for team in person.teams]})
