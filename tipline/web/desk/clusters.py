"""Tips that are alike: what two of them say differently, and that one is not like the others."""

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tipline.core import readers, similar
from tipline.core.similar import clusters
from tipline.web.desk import listing
from tipline.web.desk.tip import back
from tipline.web.guards import READS, WORKS, current_actor, needs, read, tip_or_404, write
from tipline.web.ids import tip_number, typed_id

blueprint = Blueprint("clusters", __name__)


@blueprint.get("/desk/tips/<int:tip_id>/alike")
@needs(*READS)
def compare(tip_id: int) -> ResponseReturnValue:
    """A tip beside one that is like it: the example, or the one that `with` names. One that stands alone (by now) has
    its own page."""
    by, tip = current_actor(), tip_or_404(tip_id)
    found = similar.compare(read(), tip, request.args.get("with", type=typed_id), by)
    if found is None:
        return back(tip_id)
    others = similar.newest(read(), tip, by)
    return render_template(
        "desk/cluster.html",
        tip=tip,
        found=found,
        others=others,
        names=readers.short_names(read(), [tip, found.other, *others], by),
        here="",
        q=listing.filters().query(),
        works=by.works_tips,
    )


@blueprint.post("/desk/tips/<int:tip_id>/unalike")
@needs(*WORKS)
def set_apart(tip_id: int) -> ResponseReturnValue:
    """Take the tip out of its cluster."""
    with write() as session:
        event = clusters.set_apart(session, tip_id, current_actor())
        session.commit()
    if event is not None:
        said = _("%(tip)s stands by itself from now on.", tip=tip_number(tip_id))
        flash(said, f"undo:{event.id}")
        flash("list", "reload")
    return back(tip_id)
