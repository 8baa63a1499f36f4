"""What reporters do to a tip: each change is a POST that leads back to its page and offers to be taken back."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlmodel import Session

from tipline.core import credit, inbox, threads, triage
from tipline.errors import Refused
from tipline.models import Event, Status, Verification
from tipline.web import i18n, labels, listing
from tipline.web.forms.triage import day, tag_names
from tipline.web.guards import WORKS, current_actor, needs, read, tip_or_404, write
from tipline.web.ids import typed_id
from tipline.web.tip import back
from tipline.words import N_

blueprint = Blueprint("triage", __name__)

DONE = (Status.CLOSED, Status.SPAM)  # after these the next tip is opened
NOT_A_DAY = N_("That is no day. Write it like 2021-06-25.")
NOT_KNOWN = N_("That is none of the choices.")


def done_by(event: Event | None) -> list[Event]:
    """What a change did: one event, or none where the tip stood so already."""
    return [event] if event else []


def _change(tip_id: int, change: Callable[[Session], list[Event]], said: str, *, to: str = "") -> ResponseReturnValue:
    """Make a change, say so with a way back, and go on to `to`, else back to the tip."""
    try:
        with write() as session:
            done = change(session)
            session.commit()
    except Refused as error:
        return _refuse(tip_id, str(error))
    if done:
        flash(said, "undo:" + ",".join(str(event.id) for event in done))
    flash(str(tip_id), "changed")
    return redirect(to, 303) if to else back(tip_id)


def _refuse(tip_id: int, why: str) -> ResponseReturnValue:
    flash(_(why), "error")
    return back(tip_id)


@blueprint.post("/desk/tips/<int:tip_id>/assign")
@needs(*WORKS)
def assign(tip_id: int) -> ResponseReturnValue:
    """Give the tip to a colleague, or (empty) to nobody."""
    value = request.form.get("assignee", "")
    try:
        account_id = typed_id(value) if value else None
    except ValueError:
        return _refuse(tip_id, NOT_KNOWN)

    def change(session: Session) -> list[Event]:
        return done_by(triage.assign(session, tip_id, account_id, current_actor()))

    return _change(tip_id, change, _("Assigned.") if value else _("Nobody has it now."))


@blueprint.post("/desk/tips/<int:tip_id>/status")
@needs(*WORKS)
def status(tip_id: int) -> ResponseReturnValue:
    """Move the tip to a status; when it is done with, the next one of the list is opened."""
    value = request.form.get("status", "")
    if value not in list(Status):
        return _refuse(tip_id, NOT_KNOWN)
    by, wanted = current_actor(), listing.filters()
    tip_or_404(tip_id)
    after = inbox.neighbours(read(), wanted, tip_id, by, listing.today()) if value in DONE else (None, None)
    said = _("%(tip)s: %(status)s.", tip=listing.tip_number(tip_id), status=labels.STATUS[Status(value)])
    to = listing.tip_url(tip_id, wanted.query())
    if value in DONE:
        following = after[1] or after[0]
        to = listing.tip_url(following, wanted.query()) if following else listing.list_url(wanted.query())
    return _change(tip_id, lambda s: done_by(triage.set_status(s, tip_id, Status(value), by)), said, to=to)


@blueprint.post("/desk/tips/<int:tip_id>/verification")
@needs(*WORKS)
def verification(tip_id: int) -> ResponseReturnValue:
    """Say what we believe."""
    value = request.form.get("verification", "")
    if value not in list(Verification):
        return _refuse(tip_id, NOT_KNOWN)
    said = _("%(word)s.", word=labels.VERIFICATION[Verification(value)])
    by = current_actor()
    return _change(tip_id, lambda s: done_by(triage.set_verification(s, tip_id, Verification(value), by)), said)


@blueprint.post("/desk/tips/<int:tip_id>/follow-up")
@needs(*WORKS)
def follow_up(tip_id: int) -> ResponseReturnValue:
    """Set the day to come back to the tip, or (empty) none."""
    try:
        on = day(request.form.get("day" if request.form.get("other") else "on", ""))
    except ValueError:
        return _refuse(tip_id, NOT_A_DAY)
    said = _("Follow up on %(day)s.", day=i18n.day(on)) if on else _("No follow-up.")
    return _change(tip_id, lambda s: done_by(triage.follow_up(s, tip_id, on, current_actor())), said)


@blueprint.post("/desk/tips/<int:tip_id>/tag")
@needs(*WORKS)
def tag(tip_id: int) -> ResponseReturnValue:
    """Put tags on the tip: the one that was chosen, else those that were typed."""
    names = tag_names(request.form.getlist("tag") or request.form.getlist("names"))
    if not names:
        return _refuse(tip_id, triage.EMPTY_TAG)
    said = _("Tagged %(tags)s.", tags=", ".join(f"#{name}" for name in names))
    return _change(tip_id, lambda s: triage.tag(s, tip_id, names, current_actor()), said)


@blueprint.post("/desk/tips/<int:tip_id>/untag")
@needs(*WORKS)
def untag(tip_id: int) -> ResponseReturnValue:
    """Take a tag off the tip."""
    tag_id = request.form.get("tag", 0, type=typed_id)
    return _change(tip_id, lambda s: done_by(triage.untag(s, tip_id, tag_id, current_actor())), _("Tag removed."))


@blueprint.post("/desk/tips/<int:tip_id>/join")
@needs(*WORKS)
def join(tip_id: int) -> ResponseReturnValue:
    """Move everything of the tip into the one that it may belong to, and open that."""
    try:
        with write() as session:
            target = threads.join(session, tip_id, current_actor(), listing.today())
            session.commit()
    except Refused as error:
        return _refuse(tip_id, str(error))
    flash(str(tip_id), "changed")
    flash(_("%(tip)s is part of this tip now.", tip=listing.tip_number(tip_id)), "done")
    return back(target)


@blueprint.post("/desk/tips/<int:tip_id>/credit")
@needs(*WORKS)
def credit_writer(tip_id: int) -> ResponseReturnValue:
    """Make who wrote what was passed on the tip's reader: answers go to them from now on."""
    said = _("Credited. Answers go to whoever wrote it from now on.")
    return _change(tip_id, lambda s: [credit.credit(s, tip_id, current_actor())], said)


@blueprint.post("/desk/events/<int:event_id>/undo")
@needs(*WORKS)
def undo(event_id: int) -> ResponseReturnValue:
    """Take changes back: the one named, and those that one click made with it."""
    ids = [event_id, *request.form.getlist("also", type=typed_id)[:200]]
    done: list[Event] = []
    try:
        with write() as session:
            for one in ids:
                done += triage.undo(session, one, current_actor())
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
        return _to_open()
    flash(_("Taken back."), "done")
    flash("list", "reload")
    tips = {event.tip_id for event in done if event.tip_id}
    if len(tips) > 1:
        return _to_open()
    return back(tips.pop()) if tips else _to_open()


def _to_open() -> ResponseReturnValue:
    """Back to the tip that was open, else to the list."""
    tip_id = request.form.get("open", type=typed_id)
    return back(tip_id) if tip_id else redirect(listing.list_url(listing.filters().query()), 303)
