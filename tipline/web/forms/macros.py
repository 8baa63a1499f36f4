"""What a macro does, as a form: each kind of step is one field, and what is left empty is no step."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, SelectField, StringField, ValidationError, validators
from wtforms.fields.choices import SelectChoice

from tipline.core import tip_fields
from tipline.core.bulk import macros
from tipline.core.bulk.steps import BulkStep
from tipline.core.tips import reminders
from tipline.core.tips.reminders import Weekday
from tipline.models import Account, Callout, Macro, Reason, Status
from tipline.web import i18n, labels
from tipline.web.forms.base import BaseForm
from tipline.web.forms.fields import DayField

NOTHING, NOBODY = "", "none"  # what a select sends for no step, and for the step that clears a value
DAYS = {1: _l("Tomorrow"), 3: _l("In three days"), 7: _l("In a week"), 14: _l("In two weeks")}
NO_DAYS = _l("Write a number of days from 0 to 366.")
LEAVE = SelectChoice(NOTHING, _l("No change"))


class MacroForm(BaseForm):
    """A macro's name, its key, and up to one step of each kind."""

    name = StringField(
        _l("What it is called"),
        validators=[
            validators.InputRequired(_l(macros.EMPTY)),
            validators.Length(max=macros.LONGEST, message=_l(macros.LONG)),
        ],
    )
    key = StringField(
        _l("Key"),
        description=_l("One letter or digit. Press m, then this key."),
        validators=[validators.Length(max=1, message=_l(macros.BAD_KEY))],
    )
    status = SelectField(_l("Status"), default=NOTHING)
    assignee = SelectField(_l("Assign to"), default=NOTHING)
    follow_up = SelectField(_l("Follow up"), default=NOTHING)
    follow_up_days = IntegerField(
        _l("After how many days"),
        validators=[validators.Optional(), validators.NumberRange(0, reminders.MAX_DAYS, NO_DAYS)],
    )
    follow_up_day = DayField(_l("On a date"))
    snooze = BooleanField(_l("Snooze"), description=_l("out of the lists until then, or until the reader writes"))
    tag = StringField(_l("Put on these tags"), validators=[validators.Length(max=400)])
    untag = StringField(_l("Take off these tags"), validators=[validators.Length(max=400)])
    move = SelectField(_l("Move to the callout"), default=NOTHING)
    shared = BooleanField(_l("Shared: everybody who works on tips can use it"))

    def offer(
        self,
        reasons: Mapping[Status, Sequence[Reason]],
        people: Sequence[Account],
        callouts: Sequence[tuple[Callout, str]],
    ) -> None:
        """What there is to choose from."""
        self.status.choices = [LEAVE, *_statuses(reasons)]
        for name in tip_fields.SETTABLE:
            self[name].choices = [LEAVE, *(SelectChoice(v.value, word) for v, word in labels.CHOICES[name].items())]
        people_ = [SelectChoice(str(person.id), person.name) for person in people]
        self.assignee.choices = [
            LEAVE,
            SelectChoice("me", _l("The person who runs it")),
            SelectChoice(NOBODY, _l("Nobody")),
            *people_,
        ]
        self.move.choices = [LEAVE, *(SelectChoice(str(callout.id), title) for callout, title in callouts)]
        days = [SelectChoice(str(days), label) for days, label in DAYS.items()]
        weekdays = [SelectChoice(on.value, _("On %(day)s", day=i18n.weekday(on))) for on in Weekday]
        self.follow_up.choices = [LEAVE, *days, *weekdays, SelectChoice(NOBODY, _l("No follow-up"))]

    def plain_choices(self) -> list[SelectField]:
        return [self[name] for name in tip_fields.SETTABLE]

    def validate_follow_up(self, field: SelectField) -> None:
        said = [one for one in self._follow_ups() if one]
        if len(said) > 1:
            raise ValidationError(_("Choose a day, or write how many days, or name a day: one of them."))
        if self.snooze.data and said in ([], [NOBODY]):
            raise ValidationError(_("Say until when it is to be snoozed."))

    def _follow_ups(self) -> tuple[str, ...]:
        """What each field says of when to come back to the tip, "" for nothing."""
        days, on = self.follow_up_days.data, self.follow_up_day.reading()
        return self.follow_up.data or "", "" if days is None else str(days), on.isoformat() if on else ""

    def steps(self) -> list[BulkStep]:
        """What the macro is to do, in the order in which it does it."""
        typed = {verb: (self[verb].data or "").strip() for verb in _VERBS}
        typed["follow_up"] = "".join(self._follow_ups()) + (reminders.SNOOZED if self.snooze.data else "")
        return [BulkStep(verb, "" if value == NOBODY else value) for verb, value in typed.items() if value]


for _field in tip_fields.SETTABLE.values():
    setattr(MacroForm, _field.name, SelectField(_l(_field.label), default=NOTHING))

# The callout comes first, so that its people can be given the tip; the status last: what closes a tip is the end of
# what is done to it.
_VERBS = ("move", "assignee", *tip_fields.SETTABLE, "follow_up", "tag", "untag", "status")


def of_macro(macro: Macro) -> dict[str, object]:
    """What the form of a macro that is there already begins with."""
    steps = {verb: value or NOBODY for verb, value in macro.steps}
    if wish := dict(macro.steps).get("follow_up"):
        steps |= _of_follow_up(wish)
    return {**steps, "name": macro.name, "key": macro.key, "shared": macro.shared}


def _of_follow_up(wish: str) -> dict[str, Any]:
    when, snoozed = reminders.meant(wish)
    if isinstance(when, date):
        return {"follow_up": NOTHING, "follow_up_day": when.isoformat(), "snooze": snoozed}
    if isinstance(when, int) and when not in DAYS:
        return {"follow_up": NOTHING, "follow_up_days": when, "snooze": snoozed}
    return {"follow_up": str(when), "snooze": snoozed}


def _statuses(reasons: Mapping[Status, Sequence[Reason]]) -> list[SelectChoice]:
    found = []
    for status, label in labels.STATUS.items():
        if status not in reasons:
            found.append(SelectChoice(status.value, label))
        for reason in reasons.get(status, ()):
            found.append(SelectChoice(f"{status.value}:{reason.id}", f"{label}: {reason.name}"))
    return found
