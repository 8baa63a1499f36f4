"""The way to their page for who wrote by mail: the link in our answer, and a code that goes to their address."""

from typing import cast

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from tipline.core.intake.mail_form import begin, in_time
from tipline.core.outgoing_mail import email_codes
from tipline.db import OUT_OF_REACH
from tipline.models import Tip
from tipline.web import senders
from tipline.web.forms.reader import DigitsForm
from tipline.web.guards import public, read, write
from tipline.web.place import settings
from tipline.web.public import mail_form
from tipline.web.public.form_posts import throttle
from tipline.web.public.reader import guessed, slowed
from tipline.web.throttle import Throttle

blueprint = Blueprint("email_code", __name__)
AN_HOUR = 3600  # seconds
ASKED, ASKED_OF_ALL = (
    5,
    60,
)  # codes a minute that may be asked for; how many leave is counted in core.outgoing_mail.email_codes


@blueprint.record_once
def _prepare(state: BlueprintSetupState) -> None:
    app = cast(Flask, state.app)
    app.extensions["tipline.codes"] = Throttle(ASKED, ASKED)
    app.extensions["tipline.codes-of-all"] = Throttle(ASKED_OF_ALL, ASKED_OF_ALL)


@blueprint.get("/m/<token>")
@public
def page(token: str) -> str:
    """Offer to send a code. It looks the same for every link, ours or not."""
    return _page(token, DigitsForm(), sent=False)


@blueprint.post("/m/<token>/send")
@public
def send(token: str) -> ResponseReturnValue:
    """Send a code to the address that wrote. Whether one left is told to nobody but that address; that none leaves,
    to whom it may be, is told to everybody alike."""
    if wait := throttle("tipline.codes") or throttle("tipline.codes-of-all", everybody=True):
        return slowed(_page(token, DigitsForm(), sent=False, wait=wait), wait)
    if _mails() and email_codes.full(read()):
        return slowed(_page(token, DigitsForm(), sent=False, full=True), AN_HOUR)
    tip = email_codes.tip_of(read(), token)
    sender = senders.of_tip(read(), tip) if tip else None
    try:
        if sender is not None and _mails():
            with write() as session:
                email_codes.send(session, token, sender, str(get_locale()))
                session.commit()
    except OUT_OF_REACH:
        return _page(token, DigitsForm(), sent=False, no_room=True), 503
    return redirect(url_for("email_code.code", token=token, to=_to(), lang=request.args.get("lang")), 303)


@blueprint.route("/m/<token>/code", methods=["GET", "POST"])
@public
def code(token: str) -> ResponseReturnValue:
    """Take the code from the mail; the right one leads to the reader's page and its new words."""
    if request.method == "GET":
        return _page(token, DigitsForm())
    form = DigitsForm(request.form)
    if wait := guessed():
        return slowed(_page(token, form, wait=wait), wait)
    if not form.validate():
        return _page(token, form), 422
    wanted = email_codes.tip_of(read(), token) if _to() else None
    try:
        if wanted and mail_form.offered(wanted) and in_time(wanted):
            return _open_form(token, form, wanted)
        with write() as session:
            opened = email_codes.prove(session, token, form.digits.data or "")
            session.commit()
    except OUT_OF_REACH:
        return _page(token, form, no_room=True), 503
    if opened is None:
        return _page(token, form, wrong=True), 422
    return redirect(url_for("reader.page", token=opened, done="proven", lang=request.args.get("lang")), 303)


def _open_form(token: str, form: DigitsForm, tip: Tip) -> ResponseReturnValue:
    """The right code opens the form, and leaves the page's words as they are; it is used up only where it does."""
    view = mail_form.view_of(tip)
    with write() as session:
        proven = email_codes.proven(session, token, form.digits.data or "")
        submission = begin(session, proven, view) if proven else None
        session.commit()
    if submission is None:
        return _page(token, form, wrong=True), 422
    return mail_form.led_to(view, submission)


def _to() -> str | None:
    """ "form" where the link is the acknowledgement's to the form; None where it leads to the page."""
    return "form" if request.args.get("to") == "form" else None


def _page(token: str, form: DigitsForm, *, sent: bool = True, **notices: object) -> str:
    return render_template(
        "public/email_code.html", token=token, form=form, sent=sent, mails=_mails(), to=_to(), **notices
    )


def _mails() -> bool:
    """Whether mail leaves here at all."""
    return bool(settings().smtp.host)
