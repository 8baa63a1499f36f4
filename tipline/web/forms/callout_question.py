"""One question in the builder: its words in every language, its kind and limits, and when it is asked.

Each question carries a key that stays with it wherever it moves, so that conditions, focus and the page's anchors
follow it. A condition is posted as `key:option`.
"""

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, Regexp
from wtforms.widgets import HiddenInput

from tipline.core.callouts import QuestionDraft, QuestionTexts
from tipline.core.callouts.questions import WITH_CHOICES, WITH_OPTIONS, AskIf
from tipline.core.callouts.stale_translations import OFFERED
from tipline.models import QuestionKind
from tipline.web.forms.base import PublicForm
from tipline.web.forms.texts import line, stripped, text
from tipline.web.labels import QUESTION_KIND

KEY = re.compile(r"[a-z0-9]{1,16}\Z")
OPTION = re.compile(r"[0-9]{1,3}\Z")
WHOLE = re.compile(r"-?[0-9]{1,9}\Z")
SMALLEST_RATING, LARGEST_RATING, USUAL_RATING = 2, 10, 5


@dataclass(frozen=True, slots=True)
class Choice:
    """A question that others can depend on: its key, its number on the page, its words and its options."""

    key: str
    number: int
    wording: str
    options: list[str]


class QuestionTextsForm(PublicForm):
    """What one question says in one language."""

    wording = line(_l("Question"), 500)
    hint = line(_l("Help text"), 1000)
    options = text(_l("Options, one a line"), 5000)

    def lines(self) -> list[str]:
        return [said for one in (self.options.data or "").split("\n") if (said := one.strip())]

    def texts(self, kind: QuestionKind) -> QuestionTexts:
        options = self.lines() if kind in WITH_OPTIONS else []
        return QuestionTexts(self.wording.data or "", self.hint.data or "", options)


def whole(value: str | None) -> int | None:
    """A whole number as it was typed, None where there is none."""
    return int(value) if value and WHOLE.match(value) else None


def _options(picks: Iterable[str]) -> tuple[int, ...]:
    """The numbers of options that were ticked, in order; what no page of ours sends is left out."""
    return tuple(sorted({int(pick) for pick in picks if OPTION.match(pick)}))


def _number(label: object, **more: Any) -> Any:
    checks = [Optional(), Regexp(WHOLE, message=_l("Write a whole number in digits."))]
    return StringField(label, checks, filters=[stripped], **more)


def _picks(label: object) -> Any:
    return SelectMultipleField(label, validate_choice=False)


class QuestionForm(PublicForm):
    """One question. The fields of its languages are added by `form_for`."""

    languages: tuple[str, ...] = ()
    key = HiddenField()
    id = IntegerField(validators=[Optional()], widget=HiddenInput())
    offered = HiddenField()  # "1" where it came with its words and is not saved yet, "" where it was added blank
    kind = SelectField(_l("Kind"), choices=[SelectChoice(kind.value, QUESTION_KIND[kind]) for kind in QuestionKind])
    required = BooleanField(_l("Required"))
    identity = BooleanField(
        _l("Says who the reader is"),
        description=_l("Kept sealed, behind the identity panel. Name, email and phone are asked anyway."),
    )
    publish = BooleanField(
        _l("May be published"),
        description=_l("As far as the reader allows it. The form says so under the question."),
    )
    new_page = BooleanField(_l("Begins a new page of the form"))
    guide = _number(
        _l("Characters, about"), description=_l("The form says how many are left. Longer answers count too.")
    )
    least = _number(_l("Least"))
    most = _number(_l("Most"))
    ask_if = _picks(_l("Ask only if the answer is one of"))
    ends_if = _picks(_l("End the form after the answer"))

    def chosen_kind(self) -> QuestionKind:
        """The kind; what is none, which no browser sends, is short."""
        return QuestionKind(self.kind.data) if self.kind.data in list(QuestionKind) else QuestionKind.SHORT

    def where(self) -> str:
        """What `translated.Known` calls it: what was added blank translates nothing yet."""
        return str(self.id.data) if self.id.data else OFFERED if self.offered.data else "blank"

    def options(self, language: str) -> list[str]:
        """What a condition can name: the options in a language, or yes and no."""
        if self.chosen_kind() is QuestionKind.YES_NO:
            return [_("Yes"), _("No")]
        return self[language].form.lines() if self.chosen_kind() in WITH_OPTIONS else []

    def draft(self, places: Mapping[str, int]) -> QuestionDraft:
        """What the editor wants; `places` says where each key stands."""
        kind = self.chosen_kind()
        rating = (whole(self.most.data) or USUAL_RATING) if kind is QuestionKind.RATING else None
        numbers = kind is QuestionKind.NUMBER
        return QuestionDraft(
            self.id.data,
            kind,
            self.required.data,
            self.identity.data,
            {language: self[language].form.texts(kind) for language in self.languages},
            publish=self.publish.data and not self.identity.data,
            new_page=self.new_page.data,
            guide=whole(self.guide.data) if kind in (QuestionKind.SHORT, QuestionKind.LONG) else None,
            least=whole(self.least.data) if numbers else None,
            most=whole(self.most.data) if numbers else rating,
            ask_if=self._condition(places),
            ends_if=_options(self.ends_if.data or ()) if kind in WITH_CHOICES else (),
        )

    def _condition(self, places: Mapping[str, int]) -> AskIf | None:
        """The first question named, with all its options that are; none where it stands nowhere earlier."""
        named = [pick.partition(":")[::2] for pick in self.ask_if.data or ()]
        key = next((key for key, _option in named if key in places), None)
        if key is None or places[key] >= places.get(self.key.data or "", 0):
            return None
        options = _options(option for other, option in named if other == key)
        return AskIf(places[key], options) if options else None

    def check(self, chosen: Sequence[str], before: Sequence[Choice]) -> bool:
        """What can only be judged with the whole form at hand; errors are put at the fields."""
        good = [self._check_words(chosen), self._check_limits(), self._check_condition(before)]
        return all(good)

    def _check_words(self, chosen: Sequence[str]) -> bool:
        first = self[chosen[0]].form
        if not first.wording.data:
            first.wording.errors = [_("Write the question, or remove it.")]
            return False
        if self.chosen_kind() not in WITH_OPTIONS:
            return True
        number = len(first.lines())
        if number < 2:
            first.options.errors = [_("Write at least two options, one a line.")]
            return False
        for language in chosen[1:]:
            other = self[language].form
            if other.wording.data and len(other.lines()) != number:
                other.options.errors = [_("Write as many options as in the first language, in the same order.")]
                return False
        return True

    def _check_limits(self) -> bool:
        least, most = whole(self.least.data), whole(self.most.data)
        if self.chosen_kind() is QuestionKind.NUMBER and None not in (least, most) and (least or 0) > (most or 0):
            self.most.errors = [_("Write a number that is not below the least.")]
            return False
        rating = most is None or SMALLEST_RATING <= most <= LARGEST_RATING
        if self.chosen_kind() is QuestionKind.RATING and not rating:
            self.most.errors = [_("A rating goes from 1 to a number between 2 and 10.")]
            return False
        return True

    def _check_condition(self, before: Sequence[Choice]) -> bool:
        named = {pick.partition(":")[0] for pick in self.ask_if.data or ()} & {choice.key for choice in before}
        if len(named) > 1:
            self.ask_if.errors = [_("Choose answers of one question only.")]
            return False
        return True


def new_key() -> str:
    return f"n{secrets.token_hex(4)}"


def fields_of(question: QuestionDraft, key: str, keys: Sequence[str]) -> dict[str, Any]:
    """A question as the form's data; `keys` are those of all questions, by their places."""
    rule = question.ask_if
    data: dict[str, Any] = {
        "key": key,
        "id": question.id,
        "offered": "" if question.id else "1",
        "kind": question.kind.value,
        "required": question.required,
        "identity": question.identity,
        "publish": question.publish,
        "new_page": question.new_page,
        "guide": _typed(question.guide),
        "least": _typed(question.least),
        "most": _typed(question.most),
        "ask_if": [f"{keys[rule.question]}:{option}" for option in rule.options] if rule else [],
        "ends_if": [str(option) for option in question.ends_if],
    }
    for language, said in question.texts.items():
        data[language] = {"wording": said.wording, "hint": said.hint, "options": "\n".join(said.options)}
    return data


def _typed(number: int | None) -> str:
    return "" if number is None else str(number)


def blank_question() -> dict[str, Any]:
    """A new question that says nothing yet."""
    return {"key": new_key(), "id": None, "kind": QuestionKind.SHORT.value}
