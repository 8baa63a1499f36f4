"""The page of fact types: those that tipline reads by itself, and those that editors make for a callout or for all."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from tipline.core import callouts
from tipline.core.facts import fact_types
from tipline.core.facts.fact_values import READ
from tipline.errors import NotVisible
from tipline.models import FactType, Role
from tipline.web.desk.edit_form import kept
from tipline.web.fact_labels import KINDS
from tipline.web.forms.fact_type import FactTypeForm
from tipline.web.guards import current_actor, needs, read, write

blueprint = Blueprint("fact_types", __name__)


@blueprint.get("/desk/fact-types")
@needs(Role.EDITOR)
def index() -> str:
    """All of them: of every callout, then callout by callout; what is offered no more at the end of each."""
    rows = fact_types.everything(read())
    titles = dict(_callouts())
    groups: dict[int | None, list[FactType]] = {None: []}
    for row in sorted(rows, key=lambda row: row.archived):
        groups.setdefault(row.callout_id, []).append(row)
    named = [(titles.get(callout_id or 0, ""), found) for callout_id, found in groups.items()]
    return render_template("desk/triage/fact_types.html", groups=named, read_by_us=READ, kinds=KINDS)


@blueprint.route("/desk/fact-types/new", methods=["GET", "POST"])
@needs(Role.EDITOR)
def new() -> ResponseReturnValue:
    """A new one."""
    return _edit(None)


@blueprint.route("/desk/fact-types/<int:type_id>", methods=["GET", "POST"])
@needs(Role.EDITOR)
def edit(type_id: int) -> ResponseReturnValue:
    """Other words for one of the newsroom's own, or other choices. Facts keep their values."""
    row = fact_types.find(read(), type_id)
    if row.kind in READ:
        raise NotVisible("fact_type")
    return _edit(row)


@blueprint.post("/desk/fact-types/<int:type_id>/archive")
@needs(Role.EDITOR)
def archive(type_id: int) -> ResponseReturnValue:
    """Offer one no more, or again."""
    archived = request.form.get("archived", "1") == "1"
    with write() as session:
        fact_types.archive(session, type_id, current_actor(), archived=archived)
        session.commit()
    flash(_("It is offered no more. Tips keep their facts.") if archived else _("It is offered again."), "done")
    return redirect(url_for("fact_types.index"), 303)


@blueprint.post("/desk/fact-types/<int:type_id>/move")
@needs(Role.EDITOR)
def move(type_id: int) -> ResponseReturnValue:
    """One place up, or down."""
    with write() as session:
        fact_types.move(session, type_id, current_actor(), up=request.form.get("way") == "up")
        session.commit()
    return redirect(url_for("fact_types.index"), 303)


def _callouts() -> list[tuple[int, str]]:
    mine = callouts.for_desk(read(), current_actor())
    titles = callouts.texts(read(), mine, str(get_locale()))
    return [(one.id or 0, titles[one.id or 0].title or one.slug) for one in mine]


def _edit(row: FactType | None) -> ResponseReturnValue:
    type_id = row.id if row else None
    given = {"name": row.name, "choices": "\n".join(row.choices)} if row else {}
    form = FactTypeForm(request.form if request.method == "POST" else None, data=given)
    form.offer(_callouts(), row)
    return kept(
        form,
        lambda status: (render_template("desk/triage/fact_type.html", form=form, row=row), status),
        lambda session: fact_types.save(session, type_id, form.draft(), current_actor()),
        "fact_types.index",
    )
