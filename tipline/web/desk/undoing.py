"""Taking changes back: one event where its history offers it, and by `z` one's own last change, whichever it was."""

from flask import Blueprint, flash, redirect, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tipline.core import triage
from tipline.core.bulk import undoing
from tipline.errors import NotVisible, Refused
from tipline.models import Event
from tipline.web.desk import bulk, listing, said
from tipline.web.desk.tip import back
from tipline.web.guards import WORKS, current_actor, needs, read, write
from tipline.web.ids import typed_id
from tipline.words import N_

blueprint = Blueprint("undoing", __name__)

PASSED = "passed"  # in the session: own changes that can't be taken back, so that z goes on to the one before
NOTHING = N_("There is nothing of yours to take back.")
GONE = N_("Your last change was to a tip that you don't see any more. It stays; press again for the one before.")


@blueprint.post("/desk/events/<int:event_id>/undo")
@needs(*WORKS)
def undo(event_id: int) -> ResponseReturnValue:
    """Take one change back, in the name of its history or of the notice that offered it."""
    try:
        with write() as db:
            done = triage.undo(db, event_id, current_actor())
            db.commit()
    except Refused as error:
        flash(_(str(error)), "error")
        return _to_open()
    return _taken_back(read().get_one(Event, event_id), done)


@blueprint.post("/desk/undo")
@needs(*WORKS)
def last() -> ResponseReturnValue:
    """Take one's own last change back: again and again, one after the other."""
    by, passed = current_actor(), session.get(PASSED, [])
    found = undoing.last(read(), by, passed)
    if found is None:
        flash(_(NOTHING), "done")
        return _to_open()
    if found.change is not None:
        return bulk.take_back(found.change.id or 0)
    try:
        with write() as db:
            done = triage.undo(db, found.event.id or 0, by)
            db.commit()
    except NotVisible:
        session[PASSED] = [*passed, found.event.id][-10:]
        flash(_(GONE), "error")
        return _to_open()
    except Refused as error:
        session[PASSED] = [*passed, found.event.id][-10:]
        flash(f"{said.of_events(read(), [found.event])}. {_(str(error))}", "error")
        return _to_open()
    return _taken_back(found.event, done)


def _taken_back(event: Event, done: list[Event]) -> ResponseReturnValue:
    flash(_("Taken back: %(what)s.", what=said.of_events(read(), [event])), "done")
    flash("list", "reload")
    return back(done[0].tip_id or 0)


def _to_open() -> ResponseReturnValue:
    """Back to the tip that was open, else to the list."""
    tip_id = request.form.get("open", type=typed_id)
    return back(tip_id) if tip_id else redirect(listing.list_url(listing.filters().query()), 303)
