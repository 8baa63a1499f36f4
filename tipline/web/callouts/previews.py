"""How a callout will look: while it is typed, as it was saved, and by a secret link for who has no account."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

from tipline.core import callouts
from tipline.core.callouts import CalloutView, previews
from tipline.core.intake import submissions
from tipline.core.text.language import nearest
from tipline.db import now
from tipline.models import Callout, Role
from tipline.vocabularies import N_
from tipline.web.forms.callout_made import form_for
from tipline.web.forms.submission import form_for as submission_form_for
from tipline.web.guards import current_actor, needs, read, write
from tipline.web.guards import public as for_all
from tipline.web.headers import POLICY
from tipline.web.place import place, settings
from tipline.web.public import form_posts

blueprint = Blueprint("previews", __name__)
NEW_LINK = N_("The preview has a new link. The old one leads nowhere now.")


@blueprint.route("/desk/callouts/typed", methods=["GET", "POST"])
@needs(Role.EDITOR)
def typed() -> ResponseReturnValue:
    """What is in the builder's form now, as readers would see it; stands in a frame beside the form."""
    if request.method == "GET":
        return _framed(make_response(render_template("desk/callouts/no_preview.html")))
    # an editor's form may hold languages that the newsroom no longer has
    sent = [name.removeprefix("text_").removesuffix("-title") for name in request.form if name.endswith("-title")]
    offered = tuple(dict.fromkeys([*settings().newsroom.languages, *sent]))
    draft = form_for(offered, request.form).draft(newsroom_zone())
    language = _wanted(draft.languages)
    view = previews.sketch(draft, language)
    # Nothing can be pressed in the frame: its language is chosen beside it, and every question stands on one page.
    asked = [replace(one, ask_if=None, ends_if=(), new_page=False) for one in view.questions]
    return _framed(_shown(replace(view, languages=[language], questions=asked)))


@blueprint.get("/desk/callouts/<int:callout_id>/preview")
@needs(Role.EDITOR)
def saved(callout_id: int) -> ResponseReturnValue:
    """The page as it was saved last. Nothing can be sent from it."""
    row = callouts.for_edit(read(), callout_id, current_actor())
    return _shown(callouts.form_of(read(), row, _wanted(row.languages)))


@blueprint.get("/c/preview/<token>")
@for_all
def by_link(token: str) -> ResponseReturnValue:
    """The same for whoever has the secret link: a lawyer, a translator, the person the story is about."""
    row = previews.by_token(read(), place().database.master, token)
    if row is None:
        abort(404)
    language = nearest(str(get_locale()), row.languages)
    response = _shown(callouts.form_of(read(), row, _wanted(row.languages, language)))
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.post("/desk/callouts/<int:callout_id>/preview-link")
@needs(Role.EDITOR)
def renew(callout_id: int) -> ResponseReturnValue:
    """Make a new secret link; the old one leads nowhere."""
    with write() as session:
        previews.renew(session, callout_id, current_actor())
        session.commit()
    flash(_(NEW_LINK), "done")
    return redirect(url_for("callouts.edit", callout_id=callout_id, _anchor="standing"), 303)


def newsroom_zone() -> ZoneInfo:
    return ZoneInfo(settings().newsroom.timezone)


def offered_for(row: Callout) -> tuple[str, ...]:
    """The newsroom's languages, and those that the callout has from before the setting changed."""
    return tuple(dict.fromkeys([*settings().newsroom.languages, *row.languages]))


def _wanted(languages: list[str], default: str = "") -> str:
    wanted = request.args.get("lang", "")
    return wanted if wanted in languages else default or languages[0]


def _shown(view: CalloutView) -> Response:
    with force_locale(view.language):
        form = submission_form_for(view, submissions.new(view.id, now(), []))
        return make_response(form_posts.page(form, preview=True))


def _framed(response: Response) -> Response:
    """For a frame of our own pages, which keeps scripts and forms out of it by its `sandbox`."""
    policy = POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'").replace("script-src 'self'; ", "")
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response
