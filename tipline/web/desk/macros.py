"""The page of macros: one's own and those that are shared, made and changed by one form."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tipline.core import triage
from tipline.core.bulk import macros
from tipline.core.triage import reasons
from tipline.errors import NotAllowed, Refused
from tipline.models import Macro
from tipline.web.desk import chips
from tipline.web.forms.macros import MacroForm, of_macro
from tipline.web.guards import WORKS, current_actor, needs, read, write

blueprint = Blueprint("macros", __name__)


@blueprint.get("/desk/macros")
@needs(*WORKS)
def index() -> ResponseReturnValue:
    """All that this person can use, and the form for one more."""
    return _page(_form(), None)


@blueprint.post("/desk/macros")
@needs(*WORKS)
def make() -> ResponseReturnValue:
    return _save(None)


@blueprint.route("/desk/macros/<int:macro_id>", methods=["GET", "POST"])
@needs(*WORKS)
def edit(macro_id: int) -> ResponseReturnValue:
    """One macro in the form, and what it is to be from now on."""
    row = macros.macro(read(), macro_id, current_actor())
    if request.method == "POST":
        return _save(row)
    if not macros.may_change(row, current_actor()):
        raise NotAllowed(_("This macro belongs to somebody else. Make one of your own."))
    return _page(_offering(MacroForm(data=of_macro(row)), row), macro_id)


@blueprint.post("/desk/macros/<int:macro_id>/delete")
@needs(*WORKS)
def delete(macro_id: int) -> ResponseReturnValue:
    with write() as session:
        macros.delete(session, macro_id, current_actor())
        session.commit()
    flash(_("The macro is deleted. What it did stays."), "done")
    return redirect(url_for("macros.index"), 303)


def _form(row: Macro | None = None) -> MacroForm:
    return _offering(MacroForm(request.form if request.method == "POST" else None), row)


def _offering(form: MacroForm, row: Macro | None) -> MacroForm:
    people = triage.assignees(read(), macros.assignee(row))
    form.offer(reasons.offered(read()), people, chips.callouts_of(current_actor()))
    return form


def _save(row: Macro | None) -> ResponseReturnValue:
    form, macro_id = _form(row), row.id if row else None
    if not form.validate():
        return _page(form, macro_id, 422)
    try:
        with write() as session:
            wanted, shared = form.steps(), bool(form.shared.data)
            macros.save(session, macro_id, form.name.data, form.key.data or "", wanted, current_actor(), shared=shared)
            session.commit()
    except Refused as error:
        form.name.errors = [_(str(error))]
        return _page(form, macro_id, 422)
    flash(_("The macro is saved."), "done")
    return redirect(url_for("macros.index"), 303)


def _page(form: MacroForm, macro_id: int | None, status: int = 200) -> ResponseReturnValue:
    by = current_actor()
    mine = {row.id for row in macros.usable(read(), by) if macros.may_change(row, by)}
    return render_template("desk/triage/macros.html", form=form, macro_id=macro_id, changeable=mine), status
