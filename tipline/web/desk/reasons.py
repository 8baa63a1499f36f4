"""The page of reasons: which statuses ask why, and what there is to answer. Editors only."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tipline.core.bulk import steps
from tipline.core.triage import reasons
from tipline.errors import Refused
from tipline.models import Role, Status
from tipline.web.guards import current_actor, needs, read, write

blueprint = Blueprint("reasons", __name__)


@blueprint.get("/desk/reasons")
@needs(Role.EDITOR)
def index() -> ResponseReturnValue:
    """Each status that can ask, with its reasons."""
    found = reasons.everything(read())
    return render_template("desk/triage/reasons.html", reasons=found, askable=reasons.ASKABLE)


@blueprint.post("/desk/reasons")
@needs(Role.EDITOR)
def add() -> ResponseReturnValue:
    """One more reason of a status."""
    try:
        status = Status(request.form.get("status", ""))
    except ValueError:
        return _back(_(steps.UNKNOWN), "error")
    try:
        with write() as session:
            reasons.add(session, status, request.form.get("name", ""), current_actor())
            session.commit()
    except Refused as error:
        return _back(_(str(error)), "error")
    return _back(_("The reason is saved."), "done")


@blueprint.post("/desk/reasons/<int:reason_id>")
@needs(Role.EDITOR)
def change(reason_id: int) -> ResponseReturnValue:
    """Other words for a reason; or, by one of its buttons, offered no longer or again."""
    by, wish = current_actor(), request.form.get("offer", "")
    try:
        with write() as session:
            if wish:
                reasons.retire(session, reason_id, by, retired=wish == "no")
            else:
                reasons.rename(session, reason_id, request.form.get("name", ""), by)
            session.commit()
    except Refused as error:
        return _back(_(str(error)), "error")
    return _back(_("The reason is saved."), "done")


def _back(text: str, category: str) -> ResponseReturnValue:
    flash(text, category)
    return redirect(url_for("reasons.index"), 303)
