"""Saved views: their page, saving the list that is shown, and what each of them holds."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal
from flask_babel import gettext as _

from tipline.core.inbox import views
from tipline.core.inbox.views import Size
from tipline.errors import NotAllowed, Refused
from tipline.models import Role
from tipline.web.desk import chips, listing
from tipline.web.forms.views import ViewForm
from tipline.web.guards import current_actor, needs, read, write
from tipline.web.ids import typed_id

blueprint = Blueprint("views", __name__)

READS = (Role.EDITOR, Role.REPORTER, Role.VIEWER)


@blueprint.get("/desk/views")
@needs(*READS)
def index() -> str:
    """All views that a person has: their own to name, order and share, and those of colleagues."""
    by = current_actor()
    known = chips.choices(read(), by)
    found = views.views(read(), by)
    return render_template(
        "desk/views.html",
        views=found,
        said={view.id: chips.said(view.query, known) for view in found},
        by=by,
        here="views",
        q="",
    )


@blueprint.get("/desk/views/sizes")
@needs(*READS)
def sizes() -> ResponseReturnValue:
    """What some views hold and what is new in them, and where the next are: asked for by a page that stands already."""
    start = request.args.get("start", 0, typed_id)
    found = views.sizes(read(), current_actor(), start)
    following = (
        url_for("views.sizes", start=start + views.VIEWS_PER_REQUEST) if len(found) == views.VIEWS_PER_REQUEST else None
    )
    return {"sizes": {str(view_id): _said(size) for view_id, size in found.items()}, "next": following}


def _said(size: Size) -> dict[str, str]:
    n = format_decimal(size.count)
    new = _("%(n)s new", n=f"{size.news}+" if size.news >= views.NEWS else size.news)
    return {"n": f"{n}+" if size.capped else n, "new": new if size.news else ""}


@blueprint.post("/desk/views")
@needs(*READS)
def save() -> ResponseReturnValue:
    """Keep the list that `q` names."""
    form, wanted = ViewForm(request.form), listing.filters()
    name, shared, alert = form.name.data or "", form.shared.data, form.alert.data
    try:
        with write() as session:
            view = views.save(session, name, wanted.query(), current_actor(), shared=shared, alert=alert)
            said = _("The view “%(name)s” is saved.", name=view.name)
            session.commit()
        flash(said, "done")
    except (Refused, NotAllowed) as error:
        flash(_(str(error)), "error")
    return redirect(listing.list_url(wanted.query()), 303)


@blueprint.post("/desk/views/<int:view_id>")
@needs(*READS)
def change(view_id: int) -> ResponseReturnValue:
    """Rename it, share it, switch its alert."""
    form = ViewForm(request.form)
    name, shared, alert = form.name.data or "", form.shared.data, form.alert.data
    try:
        with write() as session:
            views.change(session, view_id, current_actor(), name=name, shared=shared, alert=alert)
            session.commit()
        flash(_("Changed."), "done")
    except (Refused, NotAllowed) as error:
        flash(_(str(error)), "error")
    return redirect(url_for("views.index"), 303)


@blueprint.post("/desk/views/<int:view_id>/list")
@needs(*READS)
def hold(view_id: int) -> ResponseReturnValue:
    """From now on it holds the list that `q` names."""
    wanted = listing.filters()
    try:
        with write() as session:
            view = views.hold(session, view_id, wanted.query(), current_actor())
            said = _("“%(name)s” holds this list now.", name=view.name)
            session.commit()
        flash(said, "done")
    except Refused as error:
        flash(_(str(error)), "error")
    return redirect(listing.list_url(wanted.query()), 303)


@blueprint.post("/desk/views/<int:view_id>/move")
@needs(*READS)
def move(view_id: int) -> ResponseReturnValue:
    """One place up, or down."""
    with write() as session:
        views.move(session, view_id, current_actor(), up="up" in request.form)
        session.commit()
    return redirect(url_for("views.index", _anchor=f"view-{view_id}"), 303)


@blueprint.post("/desk/views/<int:view_id>/delete")
@needs(*READS)
def delete(view_id: int) -> ResponseReturnValue:
    """Delete it; its tips stay."""
    with write() as session:
        name = views.delete(session, view_id, current_actor())
        session.commit()
    flash(_("The view “%(name)s” is deleted. Its tips are where they were.", name=name), "done")
    return redirect(url_for("views.index"), 303)


@blueprint.post("/desk/views/<int:view_id>/looked")
@needs(*READS)
def looked(view_id: int) -> ResponseReturnValue:
    """What is in the view now is not new any more; sent by the page after a moment, or by a button."""
    with write() as session:
        views.looked(session, view_id, current_actor())
        session.commit()
    if request.headers.get("X-Quiet"):
        return "", 204
    return redirect(url_for("views.index"), 303)
