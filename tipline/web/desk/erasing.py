"""Legal hold, and erasing a tip: for editors."""

from flask import Blueprint, flash, redirect
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tipline.core.retention import erasure
from tipline.errors import Refused
from tipline.jobs import after_erasure
from tipline.models import Role
from tipline.web.desk import listing
from tipline.web.desk.tip import back
from tipline.web.guards import current_actor, needs, tip_or_404, write
from tipline.web.ids import tip_number
from tipline.web.place import place

blueprint = Blueprint("erasing", __name__)


@blueprint.post("/desk/tips/<int:tip_id>/hold")
@needs(Role.EDITOR)
def hold(tip_id: int) -> ResponseReturnValue:
    """Keep the tip from being erased."""
    with write() as session:
        erasure.hold(session, tip_id, current_actor())
        session.commit()
    flash(_("Under legal hold: nothing of it is erased."), "done")
    return back(tip_id)


@blueprint.post("/desk/tips/<int:tip_id>/release")
@needs(Role.EDITOR)
def release(tip_id: int) -> ResponseReturnValue:
    """Lift the hold."""
    with write() as session:
        erasure.release(session, tip_id, current_actor())
        session.commit()
    flash(_("The legal hold is lifted: it may be erased again."), "done")
    return back(tip_id)


@blueprint.post("/desk/tips/<int:tip_id>/erase")
@needs(Role.EDITOR)
def erase(tip_id: int) -> ResponseReturnValue:
    """Forget the tip for good."""
    tip_or_404(tip_id)
    try:
        with write() as session:
            erased = erasure.erase(session, tip_id, current_actor())
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
        return back(tip_id)
    after_erasure.finish(place().database, erased)
    flash(_("%(tip)s is erased.", tip=tip_number(tip_id)), "done")
    flash("list", "reload")
    return redirect(listing.list_url(listing.filters().query()), 303)
