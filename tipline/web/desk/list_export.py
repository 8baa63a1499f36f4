"""The tips of a list, or those that were selected, as a file. That somebody took them is recorded before they leave."""

from collections.abc import Iterable

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from tipline.core import callouts
from tipline.core.bulk import list_export
from tipline.core.bulk.list_export import ExportSize
from tipline.db import now
from tipline.web import exports, i18n, spreadsheets
from tipline.web.desk import listing
from tipline.web.files import disposition
from tipline.web.guards import READS, current_actor, needs, read, write
from tipline.web.i18n import zone
from tipline.web.place import place

blueprint = Blueprint("list_export", __name__)


@blueprint.get("/desk/export")
@needs(*READS)
def choose() -> str:
    """How many there are, in which form, and whether with who the readers are."""
    return render_template(
        "desk/export.html",
        held=_held(),
        selected=listing.selected(),
        q=listing.filters().query(),
        most=list_export.MAX_TIPS,
        works=current_actor().works_tips,
    )


@blueprint.post("/desk/export")
@needs(*READS)
def take() -> ResponseReturnValue:
    by, form = current_actor(), request.form.get("form", "")
    identity = request.form.get("identity") == "yes"
    if form not in spreadsheets.TYPES:
        abort(400)
    chosen = _chosen()
    with write() as session:
        wanted = None if listing.selected() else listing.filters()
        list_export.exported(session, chosen, wanted, by, form, identity=identity)
        session.commit()
    columns = exports.of_list(_titles(), identity=identity)
    rows = list_export.everything(place().database, chosen, by, identity=identity)
    body: Iterable[bytes] = spreadsheets.as_csv(columns, rows)
    if form == "xlsx":
        body = spreadsheets.as_xlsx([spreadsheets.Worksheet(_("Tips"), columns, rows)])
    name = f"tips-{now().astimezone(zone()).date().isoformat()}.{form}"
    return Response(body, mimetype=spreadsheets.TYPES[form], headers={"Content-Disposition": disposition(name)})


def _held() -> ExportSize:
    if selected := listing.selected():
        return list_export.held_by_selected(read(), selected, current_actor())
    return list_export.held_by_list(read(), listing.filters(), current_actor(), i18n.today())


def _chosen() -> list[int]:
    if selected := listing.selected():
        return list_export.of_selected(read(), selected, current_actor())
    return list_export.of_list(read(), listing.filters(), current_actor(), i18n.today())


def _titles() -> dict[int, str]:
    there = callouts.for_desk(read(), current_actor())
    texts = callouts.texts(read(), there, str(get_locale()))
    return {one.id or 0: texts[one.id or 0].title or one.slug for one in there}
