"""Draws the page of a form: the step that its reader is on, with what was typed and the files that wait."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Flask, render_template, request
from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from tipline.core.callouts import QuestionView
from tipline.core.intake import submissions
from tipline.core.intake.drafts import KeptFile
from tipline.db import now
from tipline.models import QuestionKind
from tipline.vocabularies import ContactChoice
from tipline.web.forms.fields import marks
from tipline.web.forms.submission import CONSENTS, CONTACTS, SubmissionForm
from tipline.web.place import place, settings
from tipline.web.public.proof_of_work import BITS
from tipline.web.uploads import MARK

EXAMPLES = {
    QuestionKind.DATE: _l("For example 2021-06-22."),
    QuestionKind.MONTH: _l("For example 2021-06."),
    QuestionKind.LINK: _l("For example https://example.com/page."),
    QuestionKind.PHONE: _l("Include the country code, for example +44."),
}


def init(app: Flask) -> None:
    app.jinja_env.globals.update(asked_when=asked_when, step_url=step_url, right_now=now)
    app.jinja_env.filters["question_hint"] = question_hint


def rendered(form: SubmissionForm, kept: Sequence[KeptFile], notices: Mapping[str, Any], *, sid: str = "") -> str:
    """The page, with a signed id of its own where none is given."""
    if notices.get("preview"):
        form.turn_to(request.args.get("step", 1, int))
    return render_template(
        "public/callout.html",
        form=form,
        view=form.view,
        at=[step.number for step in form.steps].index(form.step.number) + 1,
        sid=sid or submissions.sign(place().database.master, form.submission),
        kept=by_question(kept),
        mark=MARK,
        consent_hints={choice.value: hint for choice, (_label, hint) in CONSENTS.items()},
        contact_hints=_contact_hints(form),
        limits=settings().limits,
        bits=BITS,
        **{"posted": request.method == "POST", **notices},
    )


def _contact_hints(form: SubmissionForm) -> dict[str, str]:
    hints = {choice.value: hint for choice, (_label, hint) in CONTACTS.items()}
    if form.submission.tip_id:  # who wrote by mail gets no code
        hints[ContactChoice.PAGE.value] = _(
            "Open it with the link in our email. We send you only the codes that you ask for there."
        )
    return hints


def asked_when(form: SubmissionForm, question: QuestionView) -> Markup:
    """The attributes that say when a question is asked: hidden now or not, and the rule, for the script.

    A rule on a question of another step is settled when this one is drawn, so the script is not told of it.
    """
    if not form.rules:
        return Markup("")
    said = Markup(' data-question="{}" data-id="{}"').format(question.origin, question.id)
    rule = question.ask_if
    if rule is not None and any(other.origin == rule.question for other in form.step.questions):
        said += Markup(' data-if="{}" data-options="{}"').format(rule.question, _numbers(rule.options))
    elif question.id not in {one.id for one in form.asked} and rule is not None:
        said += Markup(" data-never")
    if question.ends_if:
        said += Markup(' data-ends="{}"').format(_numbers(question.ends_if))
    return said if question.id in {one.id for one in form.asked} else said + Markup(" hidden")


def question_hint(question: QuestionView) -> str:
    """What a kind of question asks for, in a short sentence; "" where the field says it itself."""
    if question.kind is QuestionKind.NUMBER:
        return _bounds(question.least, question.most)
    if question.kind is QuestionKind.RATING:
        return str(_("1 is the lowest, %(most)s the highest.", most=marks(question)[-1]))
    if question.guide:
        return str(_("About %(number)s characters are enough.", number=format_decimal(question.guide)))
    return str(EXAMPLES.get(question.kind, ""))


def step_url(number: int) -> str:
    """This page at another step, for the preview."""
    return f"?{urlencode([*((n, v) for n, v in request.args.items() if n != 'step'), ('step', number)])}"


def _bounds(least: int | None, most: int | None) -> str:
    low, high = ("" if bound is None else format_decimal(bound) for bound in (least, most))
    if low and high:
        return str(_("A number from %(least)s to %(most)s.", least=low, most=high))
    if low or high:
        return str(_("At least %(least)s.", least=low) if low else _("At most %(most)s.", most=high))
    return ""


def _numbers(options: Sequence[int]) -> str:
    return " ".join(str(option) for option in options)


def by_question(files: Iterable[KeptFile]) -> dict[int, list[KeptFile]]:
    """The waiting files under the questions that they answer."""
    grouped: dict[int, list[KeptFile]] = {}
    for file in files:
        grouped.setdefault(file.question_id, []).append(file)
    return grouped
