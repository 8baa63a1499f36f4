"""The inbox: a list narrowed by filters and words, changes to several tips at once, and what is new."""

from collections.abc import Callable

from flask import Blueprint, Response, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlmodel import Session

from tipline.core import access, inbox, reading, triage
from tipline.core.access import Actor
from tipline.core.orders import Cursor
from tipline.errors import NotVisible, Refused
from tipline.models import Event, Status
from tipline.web import fragments, listing
from tipline.web.forms.triage import tag_names
from tipline.web.guards import READS, WORKS, current_actor, needs, read, write
from tipline.web.ids import typed_id
from tipline.web.triage import done_by
from tipline.words import N_

blueprint = Blueprint("inbox", __name__)
listing.init(blueprint)

AT_ONCE = 200  # tips changed in one transaction, so that others get their turn
MOST = 2000  # tips changed by one click
UNDO = 50  # events that a notice can offer to take back: they travel in the cookie
NONE_CHOSEN = N_("Choose tips first: tick the boxes at the left of the list.")

PARTS = {
    "list": ["desk/_list.html", "desk/_rail.html", "desk/_notices.html"],
    "more": ["desk/_rows.html"],
    "tip": ["desk/_tip.html", "desk/_changed.html", "desk/_rail.html", "desk/_notices.html"],
}


@blueprint.get("/desk")
@needs(*READS)
def index() -> Response:
    """The list; the tip's place beside it is empty."""
    by, wanted = current_actor(), listing.filters()
    changed = listing.changed(wanted, by)
    given = {
        **listing.context(by),
        "changed": changed,
        "count": listing.recount(wanted, by, changed),
        "tip": None,
        "sheet": None,
    }
    return fragments.answer("desk/inbox.html", PARTS, address=listing.list_url(wanted.query()), **given)


@blueprint.get("/desk/news")
@needs(*READS)
def news() -> ResponseReturnValue:
    """How many tips came since the list was drawn: asked every ten seconds by open pages."""
    by, wanted = current_actor(), listing.filters()
    since = Cursor.parse(request.args.get("since", ""))
    n = inbox.newer_than(read(), wanted, by, since, listing.today())
    if not n:
        return "", 204
    tip_id = request.args.get("tip", type=typed_id)
    return render_template("desk/_news.html", n=n, q=wanted.query(), open_tip=tip_id)


@blueprint.post("/desk/read")
@needs(*READS)
def read_all() -> ResponseReturnValue:
    """Whoever asks has read all that the list holds."""
    by, wanted = current_actor(), listing.filters()
    with write() as session:
        n = reading.mark_all_seen(session, wanted, by, listing.today())
        session.commit()
    flash(ngettext("%(num)s tip marked as read.", "%(num)s tips marked as read.", n), "done")
    flash("list", "reload")
    return redirect(_back(wanted.query()), 303)


@blueprint.get("/desk/keys")
@needs()
def keys() -> Response:
    """All keys: a page, or the content of the dialog that ? opens."""
    return fragments.answer("desk/keys.html", {"dialog-body": ["desk/_keys.html"]}, here="keys")


@blueprint.post("/desk/bulk")
@needs(*WORKS)
def bulk() -> ResponseReturnValue:
    """One change to several tips: those that were ticked, or all that match."""
    by, wanted = current_actor(), listing.filters()
    verb, value = _wish()
    if one := request.form.get("not_spam", type=typed_id):  # the button of a row
        verb, value, ids = "status", Status.NEW.value, [one]
    elif request.form.get("all"):
        ids = inbox.ids(read(), wanted, by, listing.today(), MOST)
    else:
        ids = list(dict.fromkeys(request.form.getlist("tip", type=typed_id)))[:MOST]
    back = redirect(_back(wanted.query()), 303)
    if not ids:
        flash(_(NONE_CHOSEN), "error")
        return back
    done: list[Event] = []
    try:
        for start in range(0, len(ids), AT_ONCE):
            with write() as session:
                done += _apply(session, ids[start : start + AT_ONCE], verb, value, by)
                session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
        return back
    _say(ids, done)
    return back


Change = Callable[[Session, int, str, Actor], list[Event]]

CHANGES: dict[str, Change] = {
    "status": lambda s, tip_id, value, by: done_by(triage.set_status(s, tip_id, Status(value), by)),
    "assignee": lambda s, tip_id, value, by: done_by(triage.assign(s, tip_id, typed_id(value) if value else None, by)),
    "tag": lambda s, tip_id, value, by: triage.tag(s, tip_id, tag_names([value]), by),
}


def _wish() -> tuple[str, str]:
    """Which change a button of the bar names, and its value. The field of new tags counts where it holds some."""
    for verb in CHANGES:
        if verb in request.form:
            return verb, request.form[verb]
    if names := request.form.get("names", "").strip():
        return "tag", names
    return "", ""


def _apply(session: Session, ids: list[int], verb: str, value: str, by: Actor) -> list[Event]:
    """The change to each tip that is there for this person; others' ids are passed over without a word."""
    if verb not in CHANGES:
        abort(400)
    done: list[Event] = []
    for tip_id in ids:
        try:
            access.tip(session, tip_id, by)
            done += CHANGES[verb](session, tip_id, value, by)
        except NotVisible:
            continue
        except ValueError:
            abort(400)
    return done


def _say(ids: list[int], done: list[Event]) -> None:
    changed = len({event.tip_id for event in done})
    if not changed:
        flash(_("All of them stood so already."), "done")
        return
    text = ngettext("%(num)s tip changed.", "%(num)s tips changed.", changed)
    undo = ",".join(str(event.id) for event in done)
    flash(text, f"undo:{undo}" if len(done) <= UNDO else "done")
    flash("list", "reload")


def _back(q: str) -> str:
    """The page on which the list stood."""
    tip_id = request.form.get("open", type=typed_id)
    return listing.tip_url(tip_id, q) if tip_id else listing.list_url(q)
