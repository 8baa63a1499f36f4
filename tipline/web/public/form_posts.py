"""A post of a callout's form, on its own page and in an article's frame: what may stop it, what its button does, and
the page that it leads to. How it is made safe stands in submit.py."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from flask import abort, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from tipline.core.callouts import CalloutView
from tipline.core.intake import mail_form, submissions
from tipline.core.intake.drafts import KeptFile
from tipline.core.intake.submissions import Submission
from tipline.db import now
from tipline.errors import NotVisible
from tipline.web.forms.answers import words_in
from tipline.web.forms.submission import SubmissionForm
from tipline.web.guards import public
from tipline.web.i18n import speaking
from tipline.web.ids import typed_long
from tipline.web.place import place, settings
from tipline.web.public import callout_cache, form_page, proof_of_work, ttl_cache
from tipline.web.public.filing import NoRoom
from tipline.web.public.submit import FormPost
from tipline.web.throttle import Throttle
from tipline.web.uploads import Posted

RECEIPT = "receipt-page"  # what a receipt's address is signed for
ON_THE_WAY = ("keep", "next", "back")  # posts that file nothing
QUIET = ("leave", "note")  # what a script tells behind the reader's back
GRACE = timedelta(hours=24)  # who had the form open when the callout closed may still send it


@public
def send(slug: str) -> ResponseReturnValue:
    """Take what was posted, and do what its button says."""
    standing = callout_cache.view(slug, str(get_locale()))
    if standing is None:
        abort(404)
    with speaking(standing.language):
        post = _received(standing)
        stopped = _stopped(post)
        if stopped is not None:
            return stopped
        try:
            is_busy = proof_of_work.is_busy()
            if request.args.get("act") in ON_THE_WAY:
                return _on_the_way(post)
            if (
                is_busy
                and (ticket := proof_of_work.owed(post.submission, post.posted.fields, post.story())) is not None
            ):
                post.hold()
                return page(post, 429, ticket=ticket)
            with _paid(post, is_busy):
                key = post.send(many=bool(throttle("tipline.many")))
            return _given_back(post) if key is None else _to_receipt(post, key)
        except NotVisible:
            if not post.submission.tip_id:
                raise
            return _mail_form_over(post)  # it answers for a tip that was erased
        except NoRoom:
            return page(post, 503, no_room=True)


def _received(standing: CalloutView) -> FormPost:
    """The post, its words read, with the questions that its reader was asked."""
    posted = Posted(request, settings().limits)
    posted.read_words()
    signed = submissions.read(place().database.master, posted.fields.get("sid", ""), standing.id)
    submission = signed or new(standing)
    view = callout_cache.as_asked(standing, submission.asked)
    return FormPost(view, submission, posted, settings().limits.files_mb, signed is not None)


def _stopped(post: FormPost) -> ResponseReturnValue | None:
    """The answer to what is not taken, or told quietly; None where nothing speaks against the post."""
    if request.args.get("act") in QUIET:  # a form that is closed is left like any other
        return _quietly(post)
    if mail_form.over(post.submission):
        return _mail_form_over(post)
    if wait := throttle("tipline.posts"):
        post.drop_files()
        return page(post, 429, wait=wait)
    if not post.view.is_open and (not post.signed or now() - post.submission.made_at > GRACE):
        return render_template("public/closed.html", view=post.view, words=words_of(post.form)), 409
    return None


def _mail_form_over(post: FormPost) -> ResponseReturnValue:
    return render_template("public/mail_form_over.html", words=words_of(post.form)), 410


def _quietly(post: FormPost) -> ResponseReturnValue:
    """What was typed so far, or that its reader left. Only notes are slowed; theirs is a bucket of their own, so that
    typing never costs the right to send."""
    if not post.signed or mail_form.over(post.submission):
        return "", 204
    if request.args.get("act") == "leave":
        post.leave(may_begin=not throttle("tipline.notes"))
        return "", 204
    if throttle("tipline.notes") or throttle("tipline.notes-of-all", everybody=True):
        return "", 429
    post.note()
    return "", 204


@contextmanager
def _paid(post: FormPost, is_busy: bool) -> Iterator[None]:
    """Give back what paid for a post that is not filed."""
    try:
        yield
    finally:
        if is_busy and post.key is None:
            proof_of_work.give_back(post.submission, post.posted.fields)


def _on_the_way(post: FormPost) -> ResponseReturnValue:
    """Keep what was typed, and go on or back where it says so."""
    act, language = request.args.get("act"), post.view.language
    if act == "keep":
        post.keep(without=request.args.get("without", 0, typed_long))
        return page(post, 200)
    if not post.go_on(back=act == "back"):
        return page(post, 413 if post.posted.words_too_large else 422)
    if post.missed or not post.waits:
        return page(post)
    token = submissions.sign(place().database.master, post.submission)
    here, step = "embed.form" if is_framed() else "public.callout", post.form.step.number
    return redirect(url_for(here, slug=post.view.slug, lang=language, form=token, step=step), 303)


def _to_receipt(post: FormPost, key: str) -> ResponseReturnValue:
    if post.submission.tip_id:
        names = secrets.token_urlsafe(16) if post.missed else None
        ttl_cache.left_out().put(names or "", post.left_out)
        lang = post.view.language
        return redirect(url_for("mail_form.done", missed=post.missed or None, names=names, lang=lang), 303)
    ttl_cache.left_out().put(key, post.left_out)
    return redirect(_receipt_url(key, post.missed, post.view), 303)


def _given_back(post: FormPost) -> ResponseReturnValue:
    """The form with what is wrong."""
    if post.posted.words_too_large:  # where the signature came after the words it is missing too, which is no news
        return page(post, 413)
    return page(post, 422, again=not post.signed)


def throttle(name: str, *, everybody: bool = False) -> int:
    """Seconds that this browser (or everybody together) has to wait, 0 for none."""
    bucket: Throttle = current_app.extensions[name]
    wait = bucket.wait("everybody" if everybody else request.remote_addr)
    return int(wait) + 1 if wait else 0


def new(view: CalloutView) -> Submission:
    """A form that nobody has seen yet."""
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
    if is_framed():
        return url_for("embed.receipt", slug=view.slug, token=token, lang=view.language)
    return url_for("public.receipt", token=token, lang=view.language)


def is_framed() -> bool:
    """Whether this is the page in an article's frame."""
    return request.blueprint == "embed"
