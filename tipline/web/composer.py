"""Writing on a tip: replies to the reader and notes for colleagues, by two forms that can't be taken for each other."""

from datetime import timedelta

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tipline.core import replies, triage
from tipline.errors import Refused
from tipline.web import senders
from tipline.web.guards import WORKS, current_actor, needs, read, tip_or_404, write
from tipline.web.tip import back, page

blueprint = Blueprint("composer", __name__)

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
    flash(str(tip_id), "changed")  # it waits for its reader now, and its row says so
    return back(tip_id)
