"""Taking changes back: one event where its history offers it, and by `z` one's own last change, whichever it was."""

from flask import Blueprint, flash, redirect, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlmodel import Session

from tipline.core import access, triage
from tipline.core.access import Actor
from tipline.core.bulk import last_change
from tipline.core.bulk.last_change import LastChange
from tipline.core.outbox import scheduled
from tipline.errors import NotVisible, Refused
from tipline.models import Event
from tipline.vocabularies import N_
from tipline.web.desk import bulk, change_notices, listing, outbox
from tipline.web.desk.tip import back
from tipline.web.guards import WORKS, current_actor, needs, read, write
from tipline.web.ids import tip_number, typed_id

blueprint = Blueprint("undo", __name__)

PASSED = "passed"  # in the session: own changes that can't be taken back, so that z goes on to the one before
TOLD = "told"  # in the session: the last own message of which was said that it has left
NOTHING = N_("You have nothing to undo.")
GONE = N_("Your last change was to a tip that you don't see any more. It stays; press again for the one before.")
LEFT = N_("Your reply on %(tip)s has left, and stays.")
NOTHING_ELSE = N_("There is nothing earlier to undo.")


@blueprint.post("/desk/events/<int:event_id>/undo")
@needs(*WORKS)
def undo(event_id: int) -> ResponseReturnValue:
    """Take one change back, in the name of its history or of the notice that offered it."""
    try:
        with write() as db:
            done = _undo(db, event_id, current_actor())
            db.commit()
    except Refused as error:
        flash(_(str(error)), "error")
        return _to_open()
    return _taken_back(read().get_one(Event, event_id), done)


@blueprint.post("/desk/undo")
@needs(*WORKS)
def last() -> ResponseReturnValue:
    """Take one's own last change back: again and again, one after the other."""
    by, passed, told = current_actor(), session.get(PASSED, []), session.get(TOLD, 0)
    found = last_change.last(read(), by, passed, told)
    if found is None:
        flash(_(NOTHING), "done")
        return _to_open()
    if found.left:
        return _has_left(found)
    if found.change is not None:
        return bulk.take_back(found.change.id or 0)
    try:
        if found.reply is not None:
            return outbox.take_back(found.reply.id)
        with write() as db:
            done = _undo(db, found.event.id or 0, by)
            db.commit()
    except NotVisible:
        session[PASSED] = [*passed, found.event.id][-10:]
        flash(_(GONE), "error")
        return _to_open()
    except Refused as error:
        session[PASSED] = [*passed, found.event.id][-10:]
        flash(f"{change_notices.of_events(read(), [found.event])}. {_(str(error))}", "error")
        return _to_open()
    return _taken_back(found.event, done)


def _undo(db: Session, event_id: int, by: Actor) -> list[Event]:
    """With the replies that were held because of it."""
    done = triage.undo(db, event_id, by)
    scheduled.release(db, event_id, by)
    return done


def _has_left(found: LastChange) -> ResponseReturnValue:
    """Say so before anything older is taken back: whoever pressed meant this."""
    session[TOLD] = found.event.id
    tip = tip_number(found.event.tip_id or 0)
    left = _("Your message to many readers has left, and stays.") if found.change else _(LEFT, tip=tip)
    following = last_change.last(read(), current_actor(), session.get(PASSED, []), found.event.id or 0)
    flash(f"{left} {_instead(following) if following else _(NOTHING_ELSE)}", "error")
    return _to_open()


def _instead(found: LastChange) -> str:
    """What the next press takes back."""
    if found.change is not None:
        what = change_notices.of_change(read(), found.change)
    elif access.sees(read(), found.event.tip_id or 0, current_actor()):
        what = change_notices.of_events(read(), [found.event])
    else:
        return str(_("Press z again to undo the change before it."))
    return str(_("Press z again to undo the change before it: %(what)s.", what=what))


def _taken_back(event: Event, done: list[Event]) -> ResponseReturnValue:
    flash(_("Undone: %(what)s.", what=change_notices.of_events(read(), [event])), "done")
    flash("list", "reload")
    return back(done[0].tip_id or 0)


def _to_open() -> ResponseReturnValue:
    """Back to the tip that was open, else to the list."""
    tip_id = request.form.get("open", type=typed_id)
    return back(tip_id) if tip_id else redirect(listing.list_url(listing.filters().query()), 303)
