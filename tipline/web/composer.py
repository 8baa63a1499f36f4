"""Writing on a tip: replies to the reader and notes for colleagues, by two forms that can't be taken for each other."""

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlmodel import Session

from tipline.core import replies, triage
from tipline.core.access import Actor
from tipline.errors import Refused
from tipline.models import Outgoing, Role
from tipline.web import senders
from tipline.web.guards import current_actor, needs, read, tip_or_404, write
from tipline.web.tip import back, page

blueprint = Blueprint("composer", __name__)

WORKS = (Role.EDITOR, Role.REPORTER)
SEND_AFTER = timedelta(seconds=10)  # time to take a reply back


@blueprint.post("/desk/tips/<int:tip_id>/note")
@needs(*WORKS)
def note(tip_id: int) -> ResponseReturnValue:
    """Write to colleagues."""
    text = request.form.get("text", "")
    try:
        with write() as session:
            triage.note(session, tip_id, text, current_actor())
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
        return page(tip_or_404(tip_id), status=422, compose="note", unsent=text)
    return back(tip_id)


@blueprint.post("/desk/tips/<int:tip_id>/reply")
@needs(*WORKS)
def reply(tip_id: int) -> ResponseReturnValue:
    """Answer the reader. The composer's random id makes a second post of the same form the same reply."""
    text = request.form.get("text", "")
    sender = senders.of_tip(read(), tip_or_404(tip_id))
    given = request.form.get("submission", "")
    try:
        with write() as session:
            replies.queue(session, tip_id, text, current_actor(), sender, submission=given, delay=SEND_AFTER)
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
        return page(tip_or_404(tip_id), status=422, compose="reply", unsent=text)
    return back(tip_id)


@blueprint.post("/desk/outgoing/<int:outgoing_id>/withdraw")
@needs(*WORKS)
def withdraw(outgoing_id: int) -> ResponseReturnValue:
    """Take a reply back before it leaves."""
    return _with_reply(outgoing_id, replies.withdraw, _("The reply was taken back; nothing was sent."))


@blueprint.post("/desk/outgoing/<int:outgoing_id>/retry")
@needs(*WORKS)
def retry(outgoing_id: int) -> ResponseReturnValue:
    """Send a reply again that failed, or of which nobody knows."""
    return _with_reply(outgoing_id, replies.retry, _("The reply is on its way again."))


def _with_reply(outgoing_id: int, change: Callable[[Session, int, Actor], Outgoing], said: str) -> ResponseReturnValue:
    with write() as session:
        tip_id = change(session, outgoing_id, current_actor()).tip_id
        session.commit()
    flash(said, "done")
    return back(tip_id)
