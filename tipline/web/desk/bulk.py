"""One change to several tips: to the selected ones, or to all that match a list, with its progress and its undo."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tipline.core import bulk
from tipline.core.bulk import macros, steps
from tipline.core.bulk.steps import BulkStep
from tipline.core.tip_fields import SETTABLE
from tipline.core.tips import reminders
from tipline.errors import Refused
from tipline.models import BulkChange, BulkState, Status
from tipline.vocabularies import N_
from tipline.web import fragments, i18n
from tipline.web.desk import change_notices, listing, menus
from tipline.web.forms.triage import NOT_A_DAY, come_back
from tipline.web.guards import WORKS, current_actor, needs, read, write
from tipline.web.ids import typed_id

blueprint = Blueprint("bulk", __name__)
menus.init(blueprint)

NONE_CHOSEN = N_("Select tips first, with the checkboxes at the left of the list.")
PAGES = {"export": "list_export.choose", "write": "mass_messages.begin"}
BUTTONS = ("status", "assignee", "tag", "untag", *SETTABLE, "move", "seen")


@blueprint.post("/desk/bulk")
@needs(*WORKS)
def change() -> ResponseReturnValue:
    """Do what a button of the bar says, to what is selected or to all that match."""
    if one := request.form.get("not_spam", type=typed_id):  # the button of a row
        return _at_once([one], [BulkStep("status", Status.NEW.value)])
    try:
        if page := next((PAGES[name] for name in PAGES if name in request.form), None):
            return fragments.leave(_address(page))
        if (callout_id := request.form.get("move", type=typed_id)) and "shown" not in request.form:
            return redirect(
                _address("visibility_preview.look", callout_id), 303
            )  # beside the list, where what is selected stays so
        wanted = _wish()
    except Refused as error:
        return _refuse(str(error))
    if not wanted:
        return _refuse(steps.UNKNOWN)
    if request.form.get("all"):
        return _begin(wanted)
    return _at_once(listing.selected(), wanted)


def _address(page: str, callout_id: int | None = None) -> str:
    """Of a page that does something with what is selected, or with all that match. Refused where nothing is chosen."""
    selected = [] if request.form.get("all") else listing.selected()
    if not selected and not request.form.get("all"):
        raise Refused(NONE_CHOSEN)
    if len(selected) > bulk.TIPS_PER_TRANSACTION:
        raise Refused(bulk.MANY)
    beside = request.form.get("open", type=typed_id) if callout_id else None
    return url_for(page, q=listing.filters().query() or None, tip=selected, callout_id=callout_id, open=beside)


def _wish() -> list[BulkStep]:
    """Which change a button names, and its value. The fields of new tags and of another day count where they are
    filled."""
    if macro_id := request.form.get("macro", type=typed_id):
        return macros.steps_of(read(), macro_id, current_actor())
    for verb in BUTTONS:
        if verb in request.form:
            return [BulkStep(verb, request.form[verb])]
    if "on" in request.form or "other" in request.form:
        return [_follow_up()]
    if tags := request.form.get("names", "").strip():
        return [BulkStep("tag", tags)]
    return [_follow_up()] if request.form.get("day") else []


def _follow_up() -> BulkStep:
    """The day that was chosen. A field that was left empty is a slip: it is not to clear the days of many tips."""
    on, snooze = come_back(request.form)
    if on is None and "on" not in request.form:
        raise Refused(NOT_A_DAY)
    return BulkStep("follow_up", reminders.written(on, snoozed=snooze))


def _at_once(ids: list[int], wanted: list[BulkStep]) -> ResponseReturnValue:
    if not ids:
        return _refuse(NONE_CHOSEN)
    try:
        with write() as session:
            done = bulk.at_once(session, ids, wanted, current_actor(), i18n.today())
            session.commit()
    except Refused as error:
        return _refuse(str(error))
    if done.refused and not done.tips:
        return _refuse(done.refused)
    if done.tips:
        say(done.change)
        flash("list", "reload")
    elif not done.refused:
        flash(_("All of them stood so already."), "done")
    if done.refused:
        flash(_(done.refused), "error")
    return _back()


def _begin(wanted: list[BulkStep]) -> ResponseReturnValue:
    try:
        with write() as session:
            newest = request.form.get("newest", type=typed_id)
            begun = bulk.begin(session, listing.filters(), wanted, current_actor(), i18n.today(), newest=newest)
            session.commit()
    except Refused as error:
        return _refuse(str(error))
    return _watch(begun.id or 0)


def _watch(change_id: int, tip_id: int | None = None) -> ResponseReturnValue:
    """Do the first piece, and go back to the list (or to a tip): a notice shows how far it came, or that it is done."""
    _go_on(change_id)
    ended = _ended(change_id)
    if not ended and not fragments.is_fragment():
        return redirect(url_for("bulk.progress", change_id=change_id), 303)
    flash("list", "reload")
    return redirect(listing.tip_url(tip_id, listing.filters().query()), 303) if tip_id else _back()


def _go_on(change_id: int) -> None:
    with write() as session:
        bulk.go_on(session, change_id)
        session.commit()


def _ended(change_id: int) -> bool:
    """Whether a change has ended; if so the next page says what came of it."""
    found = bulk.mine(read(), change_id, current_actor())
    if found.state is BulkState.RUNNING:
        return False
    say(found)
    return True


def say(found: BulkChange) -> None:
    """What a change came to, with its *Undo*."""
    flash(change_notices.outcome(read(), found), f"back:{found.id}" if bulk.goes_back(found) else "done")


@blueprint.get("/desk/bulk/<int:change_id>")
@needs(*WORKS)
def progress(change_id: int) -> ResponseReturnValue:
    """How far one's own change came; the page loads itself again while it is at work."""
    found = bulk.mine(read(), change_id, current_actor())
    return render_template("desk/bulk.html", change=found, here="")


@blueprint.post("/desk/bulk/<int:change_id>/go")
@needs(*WORKS)
def go(change_id: int) -> ResponseReturnValue:
    """The page that watches a change does a piece of it, and shows how far it came."""
    bulk.mine(read(), change_id, current_actor())
    _go_on(change_id)
    if not fragments.is_fragment():
        return redirect(url_for("bulk.progress", change_id=change_id), 303)
    beside_list = "beside" in request.form
    if beside_list and _ended(change_id):  # the list is drawn anew, and its notices say what came of it
        return render_template("desk/_bulk_ended.html", address=_here())
    found = bulk.mine(read(), change_id, current_actor())
    place = {"q": listing.filters().query(), "open_tip": request.form.get("open", type=typed_id)} if beside_list else {}
    return render_template("desk/_bulk_running.html", change=found, **place)


@blueprint.post("/desk/bulk/<int:change_id>/cancel")
@needs(*WORKS)
def cancel(change_id: int) -> ResponseReturnValue:
    """End it where it stands."""
    with write() as session:
        ended = bulk.cancel(session, change_id, current_actor())
        session.commit()
    flash(_("Stopped."), "done")
    say(ended)
    flash("list", "reload")
    return _back()


@blueprint.post("/desk/bulk/<int:change_id>/undo")
@needs(*WORKS)
def undo(change_id: int) -> ResponseReturnValue:
    """Take it back, where each value is still what it left."""
    return take_back(change_id)


def take_back(change_id: int) -> ResponseReturnValue:
    """What a change did is undone; what was one tip's is shown there."""
    try:
        with write() as session:
            begun = bulk.begin_undo(session, change_id, current_actor())
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
        return _back()
    if bulk.is_writing(bulk.mine(read(), change_id, current_actor())):
        return _unsent(change_id, begun.id or 0)
    tips = bulk.tips_of(read(), change_id, 2)
    return _watch(begun.id or 0, tips[0] if len(tips) == 1 else None)


def _unsent(change_id: int, undo_id: int) -> ResponseReturnValue:
    """What was written to many was taken back, as far as it had not left: its text stands in its page again."""
    _go_on(undo_id)
    undone = bulk.mine(read(), undo_id, current_actor())
    if not undone.changed:
        flash(_("All of it has been sent. Nothing could be undone."), "error")
        return _back()
    say(undone)
    return fragments.leave(url_for("mass_messages.begin", again=change_id, q=listing.filters().query() or None))


def _refuse(why: str) -> ResponseReturnValue:
    """Say why nothing was changed. What is ticked stays ticked, where the page can keep it."""
    flash(_(why), "error")
    return listing.notices_alone(request.form.get("open", type=typed_id)) if fragments.is_fragment() else _back()


def _back() -> ResponseReturnValue:
    return redirect(_here(), 303)


def _here() -> str:
    """The page on which the list stands, or the list that the change asks for."""
    q, tip_id = request.form.get("then", listing.filters().query()), request.form.get("open", type=typed_id)
    return listing.tip_url(tip_id, q) if tip_id else listing.list_url(q)
