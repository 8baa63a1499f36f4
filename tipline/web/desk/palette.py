"""The palette: anything on the desk by its name. One piece of HTML, which the browser itself searches as one types."""

from flask import Blueprint, Response
from flask_babel import get_locale

from tipline.core.desk import palette
from tipline.models import Status
from tipline.web import fragments
from tipline.web.guards import current_actor, needs, read

blueprint = Blueprint("palette", __name__)


@blueprint.get("/desk/palette")
@needs()
def index() -> Response:
    """A page of links, or what the dialog shows that Ctrl-K opens."""
    by = current_actor()
    found = palette.named(read(), by, str(get_locale()))
    parts = {"palette-body": ["desk/_palette.html"]}
    return fragments.answer("desk/palette.html", parts, found=found, me=by, statuses=tuple(Status), here="palette")
