"""What readers told, as far as they allow it: a callout's public page of chosen answers."""

from flask import Blueprint, abort, render_template, request
from flask_babel import force_locale, get_locale

from tipline.core.callouts import CalloutView
from tipline.core.results import gallery
from tipline.web.guards import public, read
from tipline.web.public import callout_cache

blueprint = Blueprint("gallery", __name__)


@blueprint.get("/c/<slug>/answers")
@public
def answers(slug: str) -> str:
    """A page of them. `at` names an answer, as a feed's links do: it shows the page on which that one stands."""
    view = with_gallery(slug)
    number = request.args.get("page", 1, int)
    if at := request.args.get("at", 0, int):
        number = gallery.page_of(read(), view.id, at)
    with force_locale(view.language):
        return render_template("public/answers.html", view=view, page=gallery.page(read(), view.id, number))


def with_gallery(slug: str) -> CalloutView:
    """The callout at an address in the reader's language; a 404 page where it has no public answers."""
    view = callout_cache.view(slug, str(get_locale()))
    if view is None or not view.gallery:
        abort(404)
    return view
