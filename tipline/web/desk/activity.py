"""Since you were last here: what others did on the tips that one follows."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tipline.core.desk import activity, digest
from tipline.models import Digest
from tipline.web.guards import READS, current_actor, needs, read, write
from tipline.web.ids import typed_id

blueprint = Blueprint("activity", __name__)


@blueprint.get("/desk/activity")
@needs(*READS)
def index() -> str:
    """The newest first, tip by tip. Looking at it changes nothing."""
    page = activity.page(read(), current_actor(), request.args.get("before", type=typed_id))
    return render_template("desk/activity.html", page=page, here="activity", q="", first="before" not in request.args)


@blueprint.post("/desk/activity/seen")
@needs(*READS)
def seen() -> ResponseReturnValue:
    """The person knows all that the page showed."""
    with write() as session:
        activity.mark_seen(session, current_actor(), request.form.get("upto", 0, type=typed_id))
        session.commit()
    return redirect(url_for("activity.index"), 303)


@blueprint.post("/desk/me/digest")
@needs(*READS)
def by_mail() -> ResponseReturnValue:
    """How often the person is told of it by mail."""
    how = request.form.get("digest", "")
    if how not in list(Digest):
        abort(400)
    with write() as session:
        digest.choose(session, Digest(how), current_actor())
        session.commit()
    flash(_("Saved."), "done")
    return redirect(url_for("auth.me"), 303)


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    return {"digests": tuple(Digest), "my_digest": lambda: digest.chosen(read(), current_actor())}
