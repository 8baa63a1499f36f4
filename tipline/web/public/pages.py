"""What readers see first: the front page, a callout with its form, and the receipt. No cookies, no accounts."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from flask import Blueprint, Flask, abort, current_app, make_response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from werkzeug.datastructures import MultiDict

from tipline.core import callouts
from tipline.core.callouts import CalloutView
from tipline.core.intake import drafts, form_keys, mail_form, submissions
from tipline.core.intake.drafts import KeptFile, WaitingForm
from tipline.core.intake.submissions import Submission
from tipline.core.readers import receipts
from tipline.core.text.language import nearest
from tipline.db import OUT_OF_REACH, now
from tipline.errors import NotVisible
from tipline.models import Callout
from tipline.web import addresses
from tipline.web.forms.answers import words_in
from tipline.web.forms.submission import SubmissionForm, form_for
from tipline.web.guards import public, read
from tipline.web.i18n import speaking
from tipline.web.ids import typed_long
from tipline.web.place import place, settings
from tipline.web.public import callout_cache, form_cache, form_load, form_page, proof_of_work, reader_codes, ttl_cache
from tipline.web.public.filing import NoRoom
from tipline.web.public.submit import LEFT, FormPost, by_question
from tipline.web.throttle import Throttle
from tipline.web.uploads import FILES, Posted

blueprint = Blueprint("public", __name__)
RECEIPT, RECEIPT_LASTS = "receipt-page", timedelta(minutes=15)
SHOWN = timedelta(hours=1)  # browsers keep the address of a half-filled form; after that it shows nothing
ON_THE_WAY = ("keep", "next", "back")  # posts that file nothing
NOTES, NOTES_OF_ALL = 60, 1200  # a minute; a browser sends one each few seconds while its reader types
MANY, MANY_A_MINUTE = 10, 2  # forms of one network at once, and after that; more are marked for reporters, not refused
GRACE = timedelta(hours=24)  # who had the form open when the callout closed may still send it


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


@blueprint.route("/c/<slug>", methods=["GET", "POST"])
@public
def callout(slug: str) -> ResponseReturnValue:
    """The form, and what becomes of it."""
    return form_cache.page(slug) or answered(slug)


def answered(slug: str) -> ResponseReturnValue:
    """The form, or what its post leads to, on the callout's own page and in an article's frame (embed.py) alike."""
    spoken = str(get_locale())
    view = callout_cache.view(slug, spoken)
    if view is None:
        abort(404)
    with speaking(view.language):
        return _send(view) if request.method == "POST" else _show(view, spoken)


def _show(view: CalloutView, spoken: str) -> ResponseReturnValue:
    if token := request.args.get("form"):
        return _show_again(view, token)
    if not view.is_open:
        return render_template("public/closed.html", view=view)
    if not _framed() and request.args.keys() <= {"lang"} and (drawn := form_cache.keep(view.slug, spoken, view, _draw)):
        return drawn
    return page(form_for(view, _new(view)))


def _draw(view: CalloutView, sid: str) -> str:
    return form_page.rendered(form_for(view, _new(view)), (), {}, sid=sid)


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
        return page(form_for(standing, _new(standing)), gone=True)
    view = callout_cache.as_asked(standing, submission.asked)
    counts = {question: len(files) for question, files in by_question(kept.files).items()}
    form = form_for(view, submission, MultiDict(kept.fields), counts)
    if not view.is_open and now() - submission.made_at > GRACE:
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


def _send(standing: CalloutView) -> ResponseReturnValue:
    posted = Posted(request, settings().limits)
    posted.read_words()
    signed = submissions.read(place().database.master, posted.fields.get("sid", ""), standing.id)
    submission = signed or _new(standing)
    view = callout_cache.as_asked(standing, submission.asked)
    sending = FormPost(view, submission, posted, settings().limits.files_mb)
    if request.args.get("act") in ("leave", "note"):  # a form that is closed is left like any other
        return _quietly(sending, signed)
    if mail_form.over(submission):
        return render_template("public/mail_form_over.html", words=words_of(sending.form)), 410
    if wait := throttle("tipline.posts"):
        sending.drop_files()
        return page(sending, 429, wait=wait)
    if not view.is_open and (signed is None or now() - signed.made_at > GRACE):
        return render_template("public/closed.html", view=view, words=words_of(sending.form)), 409
    try:
        if proof_of_work.is_busy() and request.args.get("act") not in ON_THE_WAY:
            return _paid(sending, signed is not None)
        return _act(sending, signed is not None)
    except NotVisible:
        if not submission.tip_id:
            raise
        # it answers for a tip that was erased
        return render_template("public/mail_form_over.html", words=words_of(sending.form)), 410
    except NoRoom:
        return page(sending, 503, no_room=True)


def _quietly(sending: FormPost, signed: Submission | None) -> ResponseReturnValue:
    """What a script tells behind the reader's back: what was typed so far, or that they left. Only notes are slowed;
    theirs is a bucket of their own, so that typing never costs the right to send."""
    if signed is None or mail_form.over(signed):
        return "", 204
    if request.args.get("act") == "leave":
        sending.leave(may_begin=not throttle("tipline.notes"))
        return "", 204
    if throttle("tipline.notes") or throttle("tipline.notes-of-all", everybody=True):
        return "", 429
    sending.note()
    return "", 204


def _paid(sending: FormPost, signed: bool) -> ResponseReturnValue:
    """Send where the post is paid for; else everything goes back to the reader, with the way on."""
    ticket = proof_of_work.owed(sending.submission, sending.posted.fields, sending.story())
    if ticket is not None:
        sending.hold()
        return page(sending, 429, ticket=ticket)
    taken = False
    try:
        answer = make_response(_act(sending, signed))
        taken = answer.status_code == 303
    finally:
        if not taken:
            proof_of_work.give_back(sending.submission, sending.posted.fields)
    return answer


def _act(sending: FormPost, signed: bool) -> ResponseReturnValue:
    """Do what the button says: keep, go on, go back, or send."""
    act, language = request.args.get("act"), sending.view.language
    if act == "keep":
        sending.keep(without=request.args.get("without", 0, typed_long))
        return page(sending, 200)
    if act in ("next", "back"):
        if not sending.go_on(back=act == "back"):
            return page(sending, 413 if sending.posted.words_too_large else 422)
        if sending.missed or not sending.waits:
            return page(sending)
        token = submissions.sign(place().database.master, sending.submission)
        step = sending.form.step.number
        here = request.endpoint or "public.callout"
        return redirect(url_for(here, slug=sending.view.slug, lang=language, form=token, step=step), 303)
    if not signed:  # the page was not ours, or our key has changed: nothing tells a second press from the first
        sending.keep()
    sending.many = bool(throttle("tipline.many"))
    key = sending.send() if signed else None
    if key is not None and sending.submission.tip_id:
        names = secrets.token_urlsafe(16) if sending.missed else None
        ttl_cache.left_out().put(names or "", sending.left_out)
        return redirect(url_for("mail_form.done", missed=sending.missed or None, names=names, lang=language), 303)
    if key is not None:
        ttl_cache.left_out().put(key, sending.left_out)
        return redirect(_receipt_url(key, sending.missed, sending.view), 303)
    if sending.posted.words_too_large:  # where the signature came after the words it is missing too, which is no news
        return page(sending, 413)
    return page(sending, 422, again=not signed)


def throttle(name: str, *, everybody: bool = False) -> int:
    """Seconds that this browser (or everybody together) has to wait, 0 for none."""
    bucket: Throttle = current_app.extensions[name]
    wait = bucket.wait("everybody" if everybody else request.remote_addr)
    return int(wait) + 1 if wait else 0


def _new(view: CalloutView) -> Submission:
    return submissions.new(view.id, now(), [question.id for question in view.questions])


def words_of(form: SubmissionForm) -> list[str]:
    """What a reader wrote, to be given back where there is no form to put it in."""
    names = form.names
    return words_in(field for field in form if field.name in names)


def page(
    what: SubmissionForm | FormPost, status: int = 200, *, kept: Sequence[KeptFile] = (), **notices: Any
) -> ResponseReturnValue:
    """The form with what was typed, the files that wait, and what is to be said about it."""
    sending: FormPost | None = what if isinstance(what, FormPost) else None
    form = what.form if isinstance(what, FormPost) else what
    if sending is not None:
        kept = sending.kept
        notices |= {
            "missed": sending.missed,
            "left_out": sending.left_out,
            "more": sending.more,
            "too_large": sending.posted.words_too_large,
        }
        notices["posted"] = sending.waits  # reloaded by its address it would be empty, where nothing waits
    response = make_response(form_page.rendered(form, kept, notices), status)
    ticket: proof_of_work.Ticket | None = notices.get("ticket")
    if wait := notices.get("wait") or (ticket.seconds if ticket else 0):
        response.headers["Retry-After"] = str(wait)
    return response


def _receipt_url(key: str, missed: int, view: CalloutView) -> str:
    token = place().database.master.signed(RECEIPT, f"{key}~{missed}~{int(now().timestamp())}")
    if _framed():
        return url_for("embed.receipt", slug=view.slug, token=token, lang=view.language)
    return url_for("public.receipt", token=token, lang=view.language)


def _framed() -> bool:
    return request.blueprint == "embed"


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
