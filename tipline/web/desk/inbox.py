"""The inbox: a list narrowed by filters and words."""

from flask import Blueprint, Response, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from tipline.core.presence import read_marks
from tipline.web import fragments, i18n
from tipline.web.desk import listing
from tipline.web.guards import READS, current_actor, needs, write
from tipline.web.ids import typed_id

blueprint = Blueprint("inbox", __name__)
listing.init(blueprint)


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
    given = {**listing.context(by), "tip": None, "sheet": None}
    parts = {**PARTS, "tip": [*PARTS["tip"], "desk/_list.html"]} if "listing" in given else PARTS
    return fragments.answer("desk/inbox.html", parts, address=listing.narrowed_url(wanted.query()), **given)


@blueprint.post("/desk/read")
@needs(*READS)
def read_all() -> ResponseReturnValue:
    """Whoever asks has read all that the list holds."""
    by, wanted = current_actor(), listing.filters()
    with write() as session:
        n = read_marks.mark_all_seen(session, wanted, by, i18n.today())
        session.commit()
    flash(ngettext("%(num)s tip marked as read.", "%(num)s tips marked as read.", n), "done")
    flash("list", "reload")
    tip_id = request.form.get("open", type=typed_id)
    back = listing.tip_url(tip_id, wanted.query()) if tip_id else listing.list_url(wanted.query())
    return redirect(back, 303)


@blueprint.get("/desk/keys")
@needs()
def keys() -> Response:
    """All keys: a page, or the content of the dialog that ? opens."""
    return fragments.answer("desk/keys.html", {"dialog-body": ["desk/_keys.html"]}, here="keys")
