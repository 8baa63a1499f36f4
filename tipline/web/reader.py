"""The reader's own page: what they sent, what we answered, and room for more. Opened by code or secret link."""

from typing import Any

from flask import Blueprint, Flask, abort, make_response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError

from tipline.core import callouts, conversation, receipts, submissions
from tipline.core.intake import Filed
from tipline.db import now
from tipline.errors import Refused
from tipline.models import Callout, Tip
from tipline.web.forms.submission import CONSENTS, AddForm, CodeForm
from tipline.web.guards import public, read, write
from tipline.web.place import settings
from tipline.web.public import throttle
from tipline.web.throttle import Throttle
from tipline.web.uploads import MARK, Posted
from tipline.words import Source

blueprint = Blueprint("reader", __name__)
GUESSES = 10  # a minute; a code has 132 bits, this only keeps the noise down
THEIRS = {Source.FORM, Source.MAIL, Source.PAGE}  # what a reporter wrote down of a call is not shown as their words


@blueprint.record_once
def _prepare(state: BlueprintSetupState) -> None:
    app: Flask = state.app  # type: ignore[assignment]
    app.extensions["tipline.guesses"] = Throttle(GUESSES, GUESSES)


@blueprint.route("/r", methods=["GET", "POST"])
@public
def enter() -> ResponseReturnValue:
    """Ask for the code."""
    if request.method == "GET":
        return render_template("public/enter.html", form=CodeForm())
    form = CodeForm(request.form)
    if wait := throttle("tipline.guesses"):
        response = make_response(render_template("public/enter.html", form=form, wait=wait), 429)
        response.headers["Retry-After"] = str(wait)
        return response
    if not form.validate():
        return render_template("public/enter.html", form=form), 422
    if receipts.tip_by_code(read(), form.code.data) is None:
        return render_template("public/enter.html", form=form, unknown=True), 422
    token = receipts.page_token(form.code.data)
    return redirect(url_for("reader.page", token=token, lang=request.args.get("lang")), 303)


@blueprint.get("/r/<token>")
@public
def page(token: str) -> ResponseReturnValue:
    """What I sent, and messages between us."""
    return _page(_tip_or_404(token), token, AddForm())


@blueprint.post("/r/<token>/add")
@public
def add(token: str) -> ResponseReturnValue:
    """More words or files. The words are committed first, each file after them."""
    tip = _tip_or_404(token)
    posted = Posted(request, settings().limits)
    posted.read_words()
    form = AddForm(posted.fields)
    if wait := throttle("tipline.posts"):
        missed = sum(1 for _ in posted.files())
        response = make_response(_page(tip, token, form, 429, wait=wait, missed=missed))
        response.headers["Retry-After"] = str(wait)
        return response
    if posted.words_too_large or not form.validate():
        return _page(tip, token, form, 413 if posted.words_too_large else 422, too_large=posted.words_too_large)
    try:
        filed, missed = _add(tip.id or 0, form, posted)
    except OperationalError:  # locked for long, or the disk is full
        return _page(tip, token, form, 503, no_room=True)
    if filed is None:
        return _page(tip, token, form, 422, nothing=True, missed=missed)
    here: dict[str, Any] = {"token": token, "added": 1, "missed": missed or None, "lang": request.args.get("lang")}
    return redirect(url_for("reader.page", **here) + "#newest", 303)


def _add(tip_id: int, form: AddForm, posted: Posted) -> tuple[Filed | None, int]:
    """The message that holds what was added (None where there was nothing), and how many files did not come through."""
    filed, missed = None, 0
    if (form.text.data or "").strip():
        filed = _file(tip_id, form)
    for upload in posted.files():
        filed = filed or _file(tip_id, form)
        try:
            with write() as session:
                submissions.attach(session, filed, upload.attachment)
                session.commit()
        except (OperationalError, Refused):  # the words are safe, and the page says that a file is missing
            missed += 1
    return filed, missed + posted.missed


def _file(tip_id: int, form: AddForm) -> Filed:
    with write() as session:
        filed = submissions.add(session, form.arrival(tip_id, now()))
        session.commit()
    return filed


def _tip_or_404(token: str) -> Tip:
    tip = receipts.tip_by_token(read(), token)
    if tip is None:
        abort(404)
    return tip


def _page(tip: Tip, token: str, form: AddForm, status: int = 200, **notices: Any) -> ResponseReturnValue:
    session = read()
    callout = session.get_one(Callout, tip.callout_id)
    entries = [
        entry
        for entry in conversation.for_reader(session, tip.id or 0)
        if entry.message is not None and (not entry.by_reader or entry.message.source in THEIRS)
    ]
    said = callouts.texts(session, [callout], tip.language.replace("-", "_"))[tip.callout_id]
    html = render_template(
        "public/reader.html",
        tip=tip,
        token=token,
        form=form,
        entries=entries,
        answers=submissions.answers(session, tip),
        title=said.title,
        consents=CONSENTS,
        limits=settings().limits,
        mark=MARK,
        **{"added": "added" in request.args, "missed": request.args.get("missed", 0, int), **notices},
    )
    return make_response(html, status)
