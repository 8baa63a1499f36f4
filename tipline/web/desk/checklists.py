"""Checklists: the templates that editors make, and reporters put on tips."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tipline.core.triage import checklists
from tipline.models import Checklist, Role
from tipline.web.desk.edit_form import kept
from tipline.web.forms.saved_reply import ChecklistForm
from tipline.web.guards import current_actor, needs, read, write

blueprint = Blueprint("checklists", __name__)


@blueprint.get("/desk/checklists")
@needs(Role.EDITOR)
def index() -> str:
    """All of them, those that are offered no more at the end."""
    return render_template("desk/checklists/index.html", rows=checklists.everything(read()))


@blueprint.route("/desk/checklists/new", methods=["GET", "POST"])
@needs(Role.EDITOR)
def new() -> ResponseReturnValue:
    """A new one."""
    return _edit(None)


@blueprint.route("/desk/checklists/<int:checklist_id>", methods=["GET", "POST"])
@needs(Role.EDITOR)
def edit(checklist_id: int) -> ResponseReturnValue:
    """Change one. Tips keep the tasks that they have."""
    return _edit(checklists.find(read(), checklist_id))


@blueprint.post("/desk/checklists/<int:checklist_id>/retire")
@needs(Role.EDITOR)
def retire(checklist_id: int) -> ResponseReturnValue:
    """Offer one no more, or again."""
    retired = request.form.get("retired", "1") == "1"
    with write() as session:
        checklists.retire(session, checklist_id, current_actor(), retired=retired)
        session.commit()
    flash(_("It is offered no more. Tips keep their tasks.") if retired else _("It is offered again."), "done")
    return redirect(url_for("checklists.index"), 303)


def _edit(row: Checklist | None) -> ResponseReturnValue:
    checklist_id = row.id if row else None
    given = {"name": row.name, "steps": "\n".join(row.steps)} if row else {}
    form = ChecklistForm(request.form if request.method == "POST" else None, data=given)
    return kept(
        form,
        lambda status: (render_template("desk/checklists/edit.html", form=form, row=row), status),
        lambda session: checklists.save(session, checklist_id, form.draft(), current_actor()),
        "checklists.index",
    )
