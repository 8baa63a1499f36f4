"""What reporters do to a tip: each change is a POST that leads back to its page and offers to be taken back."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlmodel import Session

from tipline.core import access, bulk, inbox, triage
from tipline.core.arrival import Unsure
from tipline.core.bulk import macros, steps
from tipline.core.bulk.steps import BulkStep
from tipline.core.outbox import scheduled
from tipline.core.tip_fields import SETTABLE
from tipline.core.tips import reminders
from tipline.core.triage import automatic_messages, forward_credit, unclear_answers
from tipline.errors import Refused
from tipline.models import Event, Status
from tipline.web import fragments, i18n
from tipline.web.desk import change_notices, listing
from tipline.web.desk.edit_conflicts import ask_first
from tipline.web.desk.tip import back
from tipline.web.forms.triage import come_back
from tipline.web.guards import WORKS, current_actor, needs, read, tip_or_404, write
from tipline.web.ids import tip_number, typed_id, typed_long

blueprint = Blueprint("triage", __name__)

Refuse = Callable[[int, str], ResponseReturnValue]

DONE = (Status.CLOSED, Status.SPAM)  # after these the next tip is opened


def done_by(event: Event | None) -> list[Event]:
    """What a change did: one event, or none where the tip stood so already."""
    return [event] if event else []


def _refuse(tip_id: int, why: str) -> ResponseReturnValue:
    flash(_(why), "error")
    return back(tip_id)


def _refuse_alone(tip_id: int, why: str) -> ResponseReturnValue:
    flash(_(why), "error")
    return listing.notices_alone(tip_id) if fragments.is_fragment() else back(tip_id)


def _change(
    tip_id: int, change: Callable[[Session], list[Event]], *, to: str = "", refuse: Refuse = _refuse, same: str = ""
) -> ResponseReturnValue:
    """Make a change, say so with a way back, and go on to `to`, else back to the tip. `same`: what to say where the tip
    stood so already."""
    try:
        with write() as session:
            ask_first(session, tip_id)
            done = change(session)
            session.commit()
    except Refused as error:
        return refuse(tip_id, str(error))
    if done:
        flash(change_notices.of_events(read(), done), "undo:" + ",".join(str(event.id) for event in done))
    elif same:
        flash(same, "done")
    flash(str(tip_id), "changed")
    return redirect(to, 303) if to else back(tip_id)


def _several(tip_id: int, wanted: list[BulkStep], *, to: str = "", refuse: Refuse = _refuse) -> ResponseReturnValue:
    """As `_change`, where one click makes several changes: they are one, and are taken back as one."""
    try:
        with write() as session:
            access.tip_to_work(session, tip_id, current_actor())
            ask_first(session, tip_id)
            done = bulk.at_once(session, [tip_id], wanted, current_actor(), i18n.today())
            session.commit()
    except Refused as error:
        return refuse(tip_id, str(error))
    if done.tips:
        what, sight = change_notices.of_steps(read(), done.change.steps), change_notices.of_sight(read(), done.change)
        text = _("%(tip)s: %(what)s", tip=tip_number(tip_id), what=what)
        flash(" ".join([f"{text}.", *sight]) if sight else text, f"back:{done.change.id}")
    if done.refused:
        flash(_(done.refused), "error")
    flash(str(tip_id), "changed")
    return redirect(to, 303) if to and not done.refused else back(tip_id)


def _onward(tip_id: int) -> str:
    """Where to go from a tip that is done with, or put off: to the next one of the list."""
    wanted = listing.filters()
    tip_or_404(tip_id)
    above, below = inbox.neighbours(read(), wanted, tip_id, current_actor(), i18n.today())
    following = below or above
    return listing.tip_url(following, wanted.query()) if following else listing.list_url(wanted.query())


def _stir_cluster(tip_id: int) -> None:
    """The list is drawn anew where another tip may stand for the cluster of this one now."""
    if tip_or_404(tip_id).cluster_id is not None:
        flash("list", "reload")


@blueprint.post("/desk/tips/<int:tip_id>/assign")
@needs(*WORKS)
def assign(tip_id: int) -> ResponseReturnValue:
    """Give the tip to a colleague, or (empty) to nobody."""
    value = request.form.get("assignee", "")
    try:
        account_id = typed_id(value) if value else None
    except ValueError:
        return _refuse(tip_id, steps.UNKNOWN)
    return _change(tip_id, lambda s: done_by(triage.assign(s, tip_id, account_id, current_actor())))


@blueprint.post("/desk/tips/<int:tip_id>/status")
@needs(*WORKS)
def status(tip_id: int) -> ResponseReturnValue:
    """Move the tip to a status, with its reason; when it is done with, the next one of the list is opened."""
    try:
        value, reason = steps.status_of(request.form.get("status", ""))
    except ValueError:
        return _refuse(tip_id, steps.UNKNOWN)
    _stir_cluster(tip_id)
    by, onward = current_actor(), _onward(tip_id) if value in DONE else ""
    return _change(tip_id, lambda s: done_by(triage.set_status(s, tip_id, value, by, reason=reason)), to=onward)


@blueprint.post(f"/desk/tips/<int:tip_id>/<any({', '.join(SETTABLE)}):field>")
@needs(*WORKS)
def choice(tip_id: int, field: str) -> ResponseReturnValue:
    """Set a field that is a plain choice, such as what we believe."""
    try:
        value = SETTABLE[field].kind(request.form.get(field, ""))
    except ValueError:
        return _refuse(tip_id, steps.UNKNOWN)
    return _change(tip_id, lambda s: done_by(triage.set_choice(s, tip_id, value, current_actor())))


@blueprint.post("/desk/tips/<int:tip_id>/follow-up")
@needs(*WORKS)
def follow_up(tip_id: int) -> ResponseReturnValue:
    """Set the day to come back to the tip, or (empty) none. With `snooze` it is out of the lists until then, and the
    next one is opened."""
    try:
        on, snooze = come_back(request.form)
    except Refused as error:
        return _refuse(tip_id, str(error))
    _stir_cluster(tip_id)
    onward = _onward(tip_id) if on and snooze else ""
    by = current_actor()
    return _change(tip_id, lambda s: done_by(triage.follow_up(s, tip_id, on, by, snooze=snooze)), to=onward)


@blueprint.post("/desk/tips/<int:tip_id>/tag")
@needs(*WORKS)
def tag(tip_id: int) -> ResponseReturnValue:
    """Put tags on the tip: the one that was chosen, else those that were typed, which stay in the menu if refused."""
    typed = ",".join(request.form.getlist("tag") or request.form.getlist("names"))
    names = steps.names(typed)
    if len(names) > 1:
        return _several(tip_id, [BulkStep("tag", typed)], refuse=_refuse_alone)
    stands = _("%(tip)s has the tag %(tag)s already.", tip=tip_number(tip_id), tag="#" + "".join(names))
    return _change(
        tip_id, lambda s: triage.tag(s, tip_id, names or [""], current_actor()), refuse=_refuse_alone, same=stands
    )


@blueprint.post("/desk/tips/<int:tip_id>/macro")
@needs(*WORKS)
def macro(tip_id: int) -> ResponseReturnValue:
    """Do all that a macro does; where it closes the tip or puts it off, the next one of the list is opened."""
    tip_or_404(tip_id)
    wanted = macros.steps_of(read(), request.form.get("macro", 0, type=typed_id), current_actor())
    return _several(tip_id, wanted, to=_onward(tip_id) if any(map(_puts_away, wanted)) else "")


def _puts_away(step: BulkStep) -> bool:
    """Whether a step takes a tip out of the list of open work."""
    if step.verb == "follow_up":
        return reminders.meant(step.value)[1]
    return step.verb == "status" and steps.status_of(step.value)[0] in DONE


@blueprint.post("/desk/tips/<int:tip_id>/untag")
@needs(*WORKS)
def untag(tip_id: int) -> ResponseReturnValue:
    """Take a tag off the tip."""
    tag_id = request.form.get("tag", 0, type=typed_id)
    return _change(tip_id, lambda s: done_by(triage.untag(s, tip_id, tag_id, current_actor())))


@blueprint.post("/desk/tips/<int:tip_id>/credit")
@needs(*WORKS)
def credit_writer(tip_id: int) -> ResponseReturnValue:
    """Make who wrote what was passed on the tip's reader: answers go to them from now on."""
    return _change(tip_id, lambda s: [forward_credit.credit(s, tip_id, current_actor())])


@blueprint.post("/desk/tips/<int:tip_id>/checked")
@needs(*WORKS)
def checked(tip_id: int) -> ResponseReturnValue:
    """Say of an unclear answer that it holds no consent, or no answers."""
    try:
        what = Unsure(request.form.get("what", ""))
    except ValueError:
        return _refuse(tip_id, steps.UNKNOWN)
    message_id = request.form.get("message", 0, type=typed_long)
    return _change(tip_id, lambda s: done_by(unclear_answers.dismiss(s, tip_id, message_id, what, current_actor())))


@blueprint.post("/desk/tips/<int:tip_id>/automatic")
@needs(*WORKS)
def automatic(tip_id: int) -> ResponseReturnValue:
    """File a message as automatic, or as the reader's own, which then counts as one that came now."""
    message_id, machine = request.form.get("message", 0, type=typed_long), request.form.get("machine") == "yes"

    def change(session: Session) -> list[Event]:
        done = automatic_messages.say(session, tip_id, message_id, current_actor(), machine=machine)
        if done and not machine and done.before != done.after:
            scheduled.hold(session, tip_id, caused_by=done.id)
        return done_by(done)

    return _change(tip_id, change)
