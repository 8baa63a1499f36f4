"""What readers see first: the front page, a callout with its form, and the receipt. No cookies, no accounts."""

from datetime import datetime, timedelta
from typing import Any, cast

from babel import dates
from flask import Blueprint, Flask, abort, current_app, make_response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, get_locale
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from tipline.core import callouts, files, receipts, submissions
from tipline.core.intake import Filed
from tipline.core.submissions import Submission
from tipline.db import now
from tipline.models import Callout
from tipline.web.forms.submission import CONSENTS, CONTACTS, SubmissionForm, form_for
from tipline.web.guards import public, read
from tipline.web.i18n import zone
from tipline.web.place import place, settings
from tipline.web.submit import NoRoom, Sending, by_question
from tipline.web.throttle import Throttle
from tipline.web.uploads import MARK, Posted

blueprint = Blueprint("public", __name__)
RECEIPT_SECONDS = 15 * 60
GRACE = timedelta(hours=24)  # who had the form open when the callout closed may still send it


@blueprint.record_once
def _prepare(state: BlueprintSetupState) -> None:
    app = cast(Flask, state.app)
    limit = app.extensions["tipline"].settings.limits.posts_per_minute
    app.extensions["tipline.posts"] = Throttle(limit, limit)
    app.jinja_env.filters["moment"] = moment
    app.jinja_env.globals["privacy_notice"] = lambda: settings().privacy


def moment(at: datetime) -> str:
    """A time that a reader elsewhere can read: "31 July 2021, 18:00 (Beijing)" in the page's language."""
    locale, here = get_locale(), zone()
    local = at.astimezone(here)
    place_name = dates.get_timezone_location(here, locale=locale, return_city=True)
    return (
        f"{dates.format_date(local, 'long', locale)}, {dates.format_time(local, 'short', locale=locale)} ({place_name})"
    )


@blueprint.get("/")
@public
def front() -> str:
    """Open callouts; nothing else."""
    language = str(get_locale())
    rows = callouts.listed(read())
    return render_template("public/front.html", views=[callouts.form_of(read(), row, language) for row in rows])


@blueprint.route("/c/<slug>", methods=["GET", "POST"])
@public
def callout(slug: str) -> ResponseReturnValue:
    """The form, and what becomes of it."""
    row = callouts.by_slug(read(), slug)
    if row is None:
        abort(404)
    wanted = str(get_locale())
    language = wanted if wanted in row.languages else row.languages[0]
    with force_locale(language):
        return _send(row, language) if request.method == "POST" else _show(row, language)


def _show(row: Callout, language: str) -> ResponseReturnValue:
    view = callouts.form_of(read(), row, language)
    if not view.is_open:
        return render_template("public/closed.html", view=view)
    return page(form_for(view, _new(row, [q.id for q in view.questions])))


def _send(row: Callout, language: str) -> ResponseReturnValue:
    posted = Posted(request, settings().limits)
    posted.read_words()
    signed = submissions.read(place().database.master, posted.fields.get("sid", ""), row.id or 0)
    submission = signed or _new(row, [q.id for q in callouts.form_of(read(), row, language).questions])
    view = callouts.form_of(read(), row, language, submission.asked)
    sending = Sending(view, submission, posted, settings().limits.files_mb)
    if wait := throttle("tipline.posts"):
        sending.drop_files()
        return page(sending, 429, wait=wait)
    if not view.is_open and (signed is None or now() - signed.made_at > GRACE):
        return render_template("public/closed.html", view=view, words=words_of(sending.form)), 409
    try:
        if request.args.get("act") == "keep":
            sending.keep(without=request.args.get("without", 0, int))
            return page(sending, 200)
        if signed is None:  # the page was not ours, or our key has changed: nothing tells a second press from the first
            sending.keep()
        filed = sending.send() if signed else None
    except NoRoom:
        return page(sending, 503, no_room=True)
    if filed is not None:
        return redirect(_receipt_url(filed, sending.missed, language), 303)
    if posted.words_too_large:  # where the signature came after the words it is missing too, but that is not the news
        return page(sending, 413, too_large=True)
    return page(sending, 422, again=signed is None)


def throttle(name: str) -> int:
    """Seconds that this browser has to wait, 0 for none."""
    bucket: Throttle = current_app.extensions[name]
    wait = bucket.wait(request.remote_addr)
    return int(wait) + 1 if wait else 0


def _new(row: Callout, asked: list[int]) -> Submission:
    return submissions.new(row.id or 0, now(), asked)


def words_of(form: SubmissionForm) -> list[str]:
    """What a reader wrote, to be given back where there is no form to put it in."""
    return [field.data for field in form if isinstance(field.data, str) and len(field.data) > 3]


def page(what: SubmissionForm | Sending, status: int = 200, **notices: Any) -> ResponseReturnValue:
    """The form with what was typed, the files that wait, and what is to be said about it."""
    sending = what if isinstance(what, Sending) else None
    form = what.form if isinstance(what, Sending) else what
    response = make_response(
        render_template(
            "public/callout.html",
            form=form,
            view=form.view,
            sid=submissions.sign(place().database.master, form.submission),
            kept=by_question(sending.kept) if sending else {},
            missed=sending.missed if sending else 0,
            mark=MARK,
            consent_hints={choice.value: hint for choice, (_label, hint) in CONSENTS.items()},
            contact_hints={choice.value: hint for choice, (_label, hint) in CONTACTS.items()},
            limits=settings().limits,
            **notices,
        ),
        status,
    )
    if "wait" in notices:
        response.headers["Retry-After"] = str(notices["wait"])
    return response


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(place().database.master.signing_secret("receipt-page"), salt="receipt")


def _receipt_url(filed: Filed, missed: int, language: str) -> str:
    return url_for("public.receipt", token=_signer().dumps([filed.submission_key, missed]), lang=language)


@blueprint.get("/receipt/<token>")
@public
def receipt(token: str) -> ResponseReturnValue:
    """ "We have it": the time, the code and the secret link, for 15 minutes."""
    try:
        key, missed = _signer().loads(token, max_age=RECEIPT_SECONDS)
    except SignatureExpired:
        return render_template("public/receipt_over.html"), 410
    except BadSignature:
        abort(404)
    code = receipts.code_of(read(), key)
    tip = receipts.tip_by_code(read(), code)
    if tip is None or tip.id is None:
        abort(404)
    words = code.split()
    return render_template(
        "public/receipt.html",
        tip=tip,
        lines=[words[i : i + 4] for i in range(0, len(words), 4)],
        link=settings().newsroom.url + url_for("reader.page", token=receipts.page_token(code)),
        files=len(files.of_tip(read(), tip.id)),
        missed=missed,
    )
