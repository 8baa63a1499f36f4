"""A tip as a clean page for the printer, which is also how it becomes a PDF."""

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from tipline.core import callouts, readers
from tipline.core.tip_page import print_view, sidebar
from tipline.db import now
from tipline.errors import Refused
from tipline.web import i18n
from tipline.web.desk.tip import back
from tipline.web.forms import merging as typed
from tipline.web.guards import READS, current_actor, needs, read, tip_or_404, write

blueprint = Blueprint("print_view", __name__)


@blueprint.post("/desk/tips/<int:tip_id>/print")
@needs(*READS)
def show(tip_id: int) -> ResponseReturnValue:
    """The tip on paper: with notes where they are asked for, with who the reader is where a reason is given."""
    by, why = current_actor(), typed.why(request.form)
    try:
        with write() as session:
            known = print_view.record(session, tip_id, by, why, identity="identity" in request.form)
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
        return back(tip_id)
    full = sidebar.sheet(read(), tip_or_404(tip_id), by, i18n.today())
    title = callouts.texts(read(), [full.callout], str(get_locale()))[full.callout.id or 0].title
    return render_template(
        "desk/print.html",
        tip=full.row.tip,
        sheet=full,
        reader=full.reader if known else readers.Numbered(full.row.tip.reader_id),
        callout_title=title or full.callout.slug,
        identity=known,
        hidden=print_view.hidden(read(), tip_id, identity=known is not None),
        notes="notes" in request.form,
        printed_at=now(),
        by=by,
    )
