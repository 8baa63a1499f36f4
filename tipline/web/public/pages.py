"""What readers see first: the front page, a callout with its form, and the receipt. No cookies, no accounts."""

from datetime import UTC, datetime, timedelta
from typing import cast

from flask import Blueprint, Flask, abort, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from werkzeug.datastructures import MultiDict

from tipline.core import callouts
from tipline.core.callouts import CalloutView
from tipline.core.intake import drafts, form_keys, submissions
from tipline.core.intake.drafts import WaitingForm
from tipline.core.intake.submissions import Submission
from tipline.core.readers import receipts
from tipline.core.text.language import nearest
from tipline.db import OUT_OF_REACH, now
from tipline.models import Callout
from tipline.web import addresses
from tipline.web.forms.submission import form_for
from tipline.web.guards import public, read
from tipline.web.i18n import speaking
from tipline.web.place import place, settings
from tipline.web.public import (
    callout_cache,
    form_cache,
    form_load,
    form_page,
    form_posts,
    proof_of_work,
    reader_codes,
    ttl_cache,
)
from tipline.web.public.form_page import by_question
from tipline.web.public.form_posts import RECEIPT, is_framed, new, page, words_of
from tipline.web.public.submit import LEFT
from tipline.web.throttle import Throttle
from tipline.web.uploads import FILES

blueprint = Blueprint("public", __name__)
blueprint.add_url_rule("/c/<slug>", "send", form_posts.send, methods=["POST"])
RECEIPT_LASTS = timedelta(minutes=15)
SHOWN = timedelta(hours=1)  # browsers keep the address of a half-filled form; after that it shows nothing
NOTES, NOTES_OF_ALL = 60, 1200  # a minute; a browser sends one each few seconds while its reader types
MANY, MANY_A_MINUTE = 10, 2  # forms of one network at once, and after that; more are marked for reporters, not refused


@blueprint.record_once
def _prepare(state: BlueprintSetupState) -> None:
    app = cast(Flask, state.app)
    limit = app.extensions["tipline"].settings.limits.posts_per_minute
    app.extensions["tipline.posts"] = Throttle(limit, limit)
    app.extensions["tipline.notes"] = Throttle(NOTES, NOTES)
    app.extensions["tipline.notes-of-all"] = Throttle(NOTES_OF_ALL, NOTES_OF_ALL)
    app.extensions["tipline.many"] = Throttle(MANY_A_MINUTE, MANY)
    proof_of_work.init(app)
    form_load.init(app)
    callout_cache.init(app)
    ttl_cache.init(app)
    form_page.init(app)
    form_cache.init(app)
    app.jinja_env.globals.update(privacy_notice=lambda: settings().privacy, most_files=FILES)


@blueprint.get("/")
@public
def front() -> str:
    """Open callouts; nothing else."""
    language, rows = str(get_locale()), callouts.listed(read())
    said = callouts.texts(read(), rows, language)
    asked = [(row, said[row.id or 0], nearest(language, row.languages) or row.languages[0]) for row in rows]
    return render_template("public/front.html", asked=asked)


@blueprint.get("/c/<slug>")
@public
def callout(slug: str) -> ResponseReturnValue:
    """The form."""
    return form_cache.page(slug) or shown(slug)


def shown(slug: str) -> ResponseReturnValue:
    """The form, on the callout's own page and in an article's frame (embed.py) alike."""
    spoken = str(get_locale())
    view = callout_cache.view(slug, spoken)
    if view is None:
        abort(404)
    with speaking(view.language):
        return _show(view, spoken)


def _show(view: CalloutView, spoken: str) -> ResponseReturnValue:
    if token := request.args.get("form"):
        return _show_again(view, token)
    if not view.is_open:
        return render_template("public/closed.html", view=view)
    if (
        not is_framed()
        and request.args.keys() <= {"lang"}
        and (drawn := form_cache.keep(view.slug, spoken, view, _draw))
    ):
        return drawn
    return page(form_for(view, new(view)))


def _draw(view: CalloutView, sid: str) -> str:
    return form_page.rendered(form_for(view, new(view)), (), {}, sid=sid)


def _show_again(standing: CalloutView, token: str) -> ResponseReturnValue:
    """What was typed, by the address that Continue, Back and reload lead to: it carries the signed id, no answer."""
    submission = submissions.read(place().database.master, token, standing.id)
    kept = _still_shown(submission) if submission else None
    if submission is not None and submission.tip_id and kept is None:  # an empty form would make another tip
        return render_template("public/mail_form_over.html", words=[]), 410
    if submission is not None and kept is None and _is_untouched(submission) and standing.is_open:
        return page(form_for(callout_cache.as_asked(standing, submission.asked), submission))
    if submission is None or kept is None:
        if not standing.is_open:
            return render_template("public/closed.html", view=standing)
        return page(form_for(standing, new(standing)), gone=True)
    view = callout_cache.as_asked(standing, submission.asked)
    counts = {question: len(files) for question, files in by_question(kept.files).items()}
    form = form_for(view, submission, MultiDict(kept.fields), counts)
    if not view.is_open and now() - submission.made_at > form_posts.GRACE:
        return render_template("public/closed.html", view=view, words=words_of(form))
    form.turn_to(request.args.get("step", 1, int))
    return page(form, kept=kept.files)


def _is_untouched(submission: Submission) -> bool:
    """Whether nothing came of this id yet: browsers without a script open the form by it, so that Back finds it."""
    young = now() - submission.made_at <= SHOWN
    return young and drafts.take(read(), submission.id) is None and not form_keys.was_filed(read(), submission.id)


def _still_shown(submission: Submission) -> WaitingForm | None:
    """What was typed, as long as it is shown; None where nothing waits, or its reader left in haste."""
    kept = drafts.take(read(), submission.id)
    return None if kept is None or LEFT in kept.fields or now() - kept.at > SHOWN else kept


def _opened(token: str) -> tuple[str, int, datetime] | None:
    """The key, how many files are missing, and when it was said; None where we did not say it."""
    said = place().database.master.opened(RECEIPT, token)
    if said is None:
        return None
    key, missed, at = said.split("~")
    return key, int(missed), datetime.fromtimestamp(int(at), UTC)


@blueprint.get("/receipt/<token>")
@public
def receipt(token: str) -> ResponseReturnValue:
    """ "We have it": the time, the code and the secret link, for 15 minutes."""
    return received(token)


def received(token: str) -> ResponseReturnValue:
    """The receipt of a token, as a page of its own and in an article's frame alike."""
    opened = _opened(token)
    if opened is None:
        abort(404)
    key, missed, at = opened
    if now() - at > RECEIPT_LASTS:  # one of the future is as fresh as can be: our clock was set back since
        return render_template("public/receipt_over.html"), 410
    code = receipts.code_by(place().database.master, key)
    found = reader_codes.by_code(code)
    if found is None:
        abort(404)
    return render_template(
        "public/receipt.html",
        tip=found.story,
        words=receipts.spelled(code, str(get_locale())),
        next_steps=_next_steps(found.story.callout_id),
        link=addresses.url("reader.page", token=receipts.page_token(code), lang=request.args.get("lang")),
        files=found.files,
        missed=missed,
        left_out=ttl_cache.left_out().get(key, ()),
    )


def _next_steps(callout_id: int | None) -> str:
    """What the callout promises its readers, "" where it says nothing of its own, or can't be asked now."""
    try:
        row = read().get(Callout, callout_id)
        return callouts.texts(read(), [row], str(get_locale()))[row.id or 0].next_steps if row else ""
    except OUT_OF_REACH:
        return ""
