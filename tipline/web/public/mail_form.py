"""The form for who wrote by mail, opened with what they said: from their own page, or behind a proven code."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from tipline.core import callouts
from tipline.core.callouts import CalloutView
from tipline.core.intake import mail_form, submissions
from tipline.core.intake.submissions import Submission
from tipline.core.readers import receipts
from tipline.db import OUT_OF_REACH
from tipline.models import Callout, Tip
from tipline.vocabularies import Source
from tipline.web.guards import public, read, write
from tipline.web.place import place
from tipline.web.public import ttl_cache
from tipline.web.public.form_posts import throttle
from tipline.web.public.reader import slowed

blueprint = Blueprint("mail_form", __name__)


@blueprint.post("/r/<token>/form")
@public
def begin(token: str) -> ResponseReturnValue:
    """To the form, from the reader's page."""
    tip = receipts.tip_by_token(read(), token)
    if tip is None or not offered(tip):
        abort(404)
    back = redirect(url_for("reader.page", token=token, lang=request.args.get("lang")), 303)
    if wait := throttle("tipline.posts"):
        return slowed(render_template("public/mail_form_over.html", words=[], wait=wait), wait)
    return to_form(tip) or back


@blueprint.get("/r/answered")
@public
def done() -> str:
    """We have it, with what came by mail."""
    names = ttl_cache.left_out().get(request.args.get("names", ""), ())
    return render_template("public/mail_form_sent.html", missed=request.args.get("missed", 0, int), left_out=names)


def offered(tip: Tip) -> bool:
    """Whether there is a form for this tip: it came by mail, and its callout takes answers."""
    callout = read().get(Callout, tip.callout_id)
    return tip.source is Source.MAIL and callout is not None and callouts.is_open(callout)


def to_form(tip: Tip) -> ResponseReturnValue | None:
    """To the tip's form, which holds what was said so far; None where the database takes nothing in now."""
    view = view_of(tip)
    try:
        with write() as session:
            submission = mail_form.begin(session, session.get_one(Tip, tip.id), view)
            session.commit()
    except OUT_OF_REACH:
        return None
    return led_to(view, submission)


def view_of(tip: Tip) -> CalloutView:
    """The callout that a tip's form asks for, in the page's language."""
    return callouts.form_of(read(), read().get_one(Callout, tip.callout_id), str(get_locale()))


def led_to(view: CalloutView, submission: Submission) -> ResponseReturnValue:
    """To a form that was opened."""
    signed = submissions.sign(place().database.master, submission)
    return redirect(url_for("public.callout", slug=view.slug, lang=view.language, form=signed), 303)
