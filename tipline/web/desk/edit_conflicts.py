"""Asks before a form takes effect whose page did not show what others did meanwhile. The form's page stays, with all
that was typed; sent again from there it goes through."""

from typing import Any

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from tipline.core import tip_fields
from tipline.core.access import Actor
from tipline.core.bulk import macros, steps
from tipline.core.bulk.steps import BulkStep
from tipline.core.presence import edit_conflicts
from tipline.core.presence.edit_conflicts import VERBS, EditConflict, IntendedChange
from tipline.core.tip_page import event_lines
from tipline.core.tip_page.conversation import ConversationEntry
from tipline.core.tips import reminders
from tipline.web import csrf, i18n, labels
from tipline.web.desk.tip import page
from tipline.web.forms.triage import come_back
from tipline.web.guards import current_actor, read, tip_or_404
from tipline.web.ids import typed_id

blueprint = Blueprint("edit_conflicts", __name__)

FIELDS = {
    "triage.status": "status",
    "triage.assign": "assignee",
    "triage.follow_up": "follow_up",
    "triage.tag": "tag",
    "triage.untag": "untag",
    "triage.macro": "macro",
    "composer.reply": "reply",
}
OURS = {csrf.FIELD, "known", "q"}  # what the question's own form brings


def ask_first(session: Session, tip_id: int) -> None:
    """Meanwhile, where the page of this request's form did not show what others did. For within the transaction."""
    about = FIELDS.get(request.endpoint or "", "")
    if request.endpoint == "triage.choice":
        about = (request.view_args or {})["field"]
    known = request.form.get("known", type=typed_id)
    if about and known is not None:
        for wish in _of_macro(session, known) if about == "macro" else [_wish(about, known)]:
            edit_conflicts.check(session, tip_id, wish, current_actor())


def _wish(about: str, known: int) -> IntendedChange:
    form = request.form
    match about:
        case "follow_up":
            on, snooze = come_back(form)
            return IntendedChange(about, known, reminders.written(on, snoozed=snooze))
        case "tag":
            return IntendedChange(
                about, known, tags=steps.names(",".join(form.getlist("tag") or form.getlist("names")))
            )
        case "untag":
            return IntendedChange(about, known, tag_id=form.get("tag", 0, type=typed_id))
    return IntendedChange(about, known, form.get(about, "").partition(":")[0])  # a status may bring its reason


def _of_macro(session: Session, known: int) -> list[IntendedChange]:
    """Each field that a macro changes; what it takes off a tip is gone either way."""
    by = current_actor()
    wanted = macros.steps_of(session, request.form.get("macro", 0, type=typed_id), by)
    return [_of_step(step, known, by) for step in wanted if step.verb in VERBS and step.verb != "untag"]


def _of_step(step: BulkStep, known: int, by: Actor) -> IntendedChange:
    match step.verb:
        case "tag":
            return IntendedChange("tag", known, tags=steps.names(step.value))
        case "follow_up":
            when, snoozed = reminders.meant(step.value)
            on = reminders.day(when, i18n.today())
            return IntendedChange("follow_up", known, reminders.written(on, snoozed=snoozed))
        case "assignee" if step.value == "me":
            return IntendedChange("assignee", known, str(by.account_id))
    return IntendedChange(step.verb, known, step.value.partition(":")[0])


@blueprint.app_errorhandler(EditConflict)
def _ask(error: EditConflict) -> ResponseReturnValue:
    g.meanwhile = error.wish.about, event_lines.told(read(), error.events, current_actor())
    reply = error.wish.about == "reply"
    text = request.form.get("text", "")
    return page(tip_or_404(error.tip_id), status=409, compose="reply" if reply else "", unsent=text if reply else "")


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    return {"tip_event": tip_event, "meanwhile": meanwhile, "asked_again": asked_again}


def tip_event(tip_id: int) -> int:
    """The last event of a tip that this page shows."""
    kept: dict[int, int] = g.setdefault("tip_events", {})
    if tip_id not in kept:
        kept[tip_id] = edit_conflicts.newest_of(read(), tip_id)
    return kept[tip_id]


def meanwhile(reply: bool) -> list[ConversationEntry]:
    """What others did before a reply went, or before a field was changed; nothing where nothing is asked."""
    about, lines = g.get("meanwhile", ("", []))
    return lines if about and reply == (about == "reply") else []


def asked_again() -> tuple[str, dict[str, str], list[tuple[str, str]], str]:
    """The change that waits for an answer: its endpoint and the field in its URL, what its form held, and its word
    where it is one of ours."""
    values = ((field, request.form.get(field.name, "").partition(":")[0]) for field in tip_fields.CHOICES)
    said = (labels.alone(field, value) for field, value in values if value)
    pairs = [pair for pair in request.form.items(multi=True) if pair[0] not in OURS]
    given = {key: value for key, value in (request.view_args or {}).items() if key != "tip_id"}
    return request.endpoint or "", given, pairs, next(said, "")
