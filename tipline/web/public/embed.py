"""A callout's form in the frame of an article: the same form, slim, on the sites that the callout names."""

from typing import cast

from flask import Blueprint, Flask, abort, g, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from markupsafe import Markup

from tipline.web.guards import public
from tipline.web.public import callout_cache, form_posts, pages

blueprint = Blueprint("embed", __name__)


@blueprint.record_once
def _prepare(state: BlueprintSetupState) -> None:
    cast(Flask, state.app).jinja_env.globals.update(outward=outward)


@blueprint.get("/c/<slug>/embed")
@public
def form(slug: str) -> ResponseReturnValue:
    """The form in the frame."""
    _let_in(slug)
    return pages.shown(slug)


@blueprint.post("/c/<slug>/embed")
@public
def send(slug: str) -> ResponseReturnValue:
    """What becomes of the form in the frame."""
    _let_in(slug)
    return form_posts.send(slug)


@blueprint.get("/c/<slug>/embed/receipt/<token>")
@public
def receipt(slug: str, token: str) -> ResponseReturnValue:
    """The receipt in the frame that the form was sent from. What it links to opens in a tab of its own."""
    _let_in(slug)
    return pages.received(token)


def outward() -> Markup:
    """What a link out of the form needs: in a frame it opens a tab that knows nothing of the frame."""
    return Markup(' target="_blank" rel="noopener"' if request.blueprint == "embed" else "")


def _let_in(slug: str) -> None:
    """Note which sites may show this answer, for its headers. An error's page tells nothing: it may stand anywhere."""
    view = callout_cache.view(slug, str(get_locale()))
    if view is None:
        abort(404)
    g.framed_by = view.embed_origins
