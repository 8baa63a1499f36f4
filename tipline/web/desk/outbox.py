"""What a person decides about a reply on its way: take it back, send it now or later, send it again, give it up, or say
that it arrived.

The same buttons stand beside the reply on its tip and, for editors, in the outbox of the mail page.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlmodel import Session

from tipline.core import outbox
from tipline.core.access import Actor
from tipline.core.outbox import scheduled, sent_copies
from tipline.core.outgoing_mail import Sender
from tipline.core.spam import floods
from tipline.errors import Refused
from tipline.models import Outgoing
from tipline.web import senders
from tipline.web.desk import mail_problems, send_times
from tipline.web.desk.tip import back
from tipline.web.guards import WORKS, current_actor, needs, read, tip_or_404, write
from tipline.web.place import settings

blueprint = Blueprint("outbox", __name__)

Change = Callable[[Session, int, Actor], Outgoing]


@blueprint.post("/desk/outgoing/<long:outgoing_id>/withdraw")
@needs(*WORKS)
def withdraw(outgoing_id: int) -> ResponseReturnValue:
    """Take a reply back before it leaves."""
    return take_back(outgoing_id)


def take_back(outgoing_id: int) -> ResponseReturnValue:
    """A reply that has not left, and what it did to its tip, is undone: it is open again, the text in its composer."""
    said = _("The reply was undone; nothing was sent. Its text is back in the reply field.")
    return _with_reply(outgoing_id, outbox.withdraw, said)


@blueprint.post("/desk/outgoing/<long:outgoing_id>/send-now")
@needs(*WORKS)
def send_now(outgoing_id: int) -> ResponseReturnValue:
    """Let a reply leave that waits for its time, or was held back."""
    sender, delay = _sender(outgoing_id), timedelta(seconds=settings().smtp.undo_seconds)

    def change(session: Session, outgoing_id: int, by: Actor) -> Outgoing:
        return scheduled.send_now(session, outgoing_id, by, sender, delay)

    return _with_reply(outgoing_id, change, _("The reply leaves in a moment."), f"unsend:{outgoing_id}")


@blueprint.post("/desk/outgoing/<long:outgoing_id>/time")
@needs(*WORKS)
def time(outgoing_id: int) -> ResponseReturnValue:
    """Give a reply that waits another time."""
    sender = _sender(outgoing_id)

    def change(session: Session, outgoing_id: int, by: Actor) -> Outgoing:
        at = send_times.chosen(request.form)
        if at is None:
            raise Refused(send_times.NOT_A_TIME)
        return scheduled.change(session, outgoing_id, at, by, sender)

    return _with_reply(outgoing_id, change, _("The reply has another time."))


def _sender(outgoing_id: int) -> Sender:
    tip_id = outbox.tip_of(read(), outgoing_id, current_actor())
    return senders.of_tip(read(), tip_or_404(tip_id))


@blueprint.post("/desk/outgoing/<long:outgoing_id>/retry")
@needs(*WORKS)
def retry(outgoing_id: int) -> ResponseReturnValue:
    """Send a reply again that did not arrive, or of which nobody knows."""
    return _with_reply(outgoing_id, outbox.retry, _("The reply is on its way again."))


@blueprint.post("/desk/outgoing/<long:outgoing_id>/give-up")
@needs(*WORKS)
def give_up(outgoing_id: int) -> ResponseReturnValue:
    """Leave a reply that did not arrive as it is."""
    return _with_reply(outgoing_id, outbox.give_up, _("The reply was given up. It stays on its tip, marked so."))


@blueprint.post("/desk/outgoing/<long:outgoing_id>/arrived")
@needs(*WORKS)
def arrived(outgoing_id: int) -> ResponseReturnValue:
    """Say that a reply of which nobody knew has arrived."""
    return _with_reply(outgoing_id, outbox.arrived, _("The reply counts as sent."))


def standing(session: Session, by: Actor) -> dict[str, Any]:
    """What the mail page shows of the outbox."""
    waiting, oldest = outbox.waiting(session, by)
    limit = settings().limits.mails_from_one_per_hour
    return {
        "sends": bool(settings().smtp.host),
        "waiting": waiting,
        "oldest": oldest,
        "troubled": outbox.troubled(session, by),
        "held": outbox.held(session, by),
        "floods": floods.tips(session, by, limit),
        "flood_limit": limit,
        "uncopied": sent_copies.refusals(session),
        "of_reply": mail_problems.of_reply,
        "state_of": mail_problems.state_of,
    }


def _with_reply(outgoing_id: int, change: Change, said: str, category: str = "done") -> ResponseReturnValue:
    """Of two people or two clicks one wins; the other is told, and both see what stands."""
    by = current_actor()
    try:
        with write() as session:
            change(session, outgoing_id, by)
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
    else:
        flash(said, category)
    if request.form.get("from") == "mail" and by.edits_callouts:
        return redirect(url_for("mail.index", _anchor="outbox"), 303)
    tip_id = outbox.tip_of(read(), outgoing_id, by)
    flash(str(tip_id), "changed")
    return back(tip_id)
