"""What readers allow, as reporters write it down, and quotes that keep to it."""

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tipline.core import consent
from tipline.core.consent import quotes
from tipline.errors import NotVisible, Refused
from tipline.models import Message
from tipline.vocabularies import ConsentChoice
from tipline.web import i18n, labels
from tipline.web.desk.tip import back
from tipline.web.guards import WORKS, current_actor, needs, read, tip_or_404, write
from tipline.web.ids import answer_id, typed_id, typed_long

blueprint = Blueprint("consents", __name__)

CHOICES = {choice.value: choice for choice in ConsentChoice if choice is not ConsentChoice.UNKNOWN}


@blueprint.post("/desk/tips/<int:tip_id>/consent")
@needs(*WORKS)
def written(tip_id: int) -> ResponseReturnValue:
    """Write down what a message of the reader's says, with that message as evidence."""
    tip_or_404(tip_id)
    choice = CHOICES.get(request.form.get("choice", ""))
    message = read().get(Message, request.form.get("message", 0, type=typed_long))
    if choice is None:
        flash(_("That is none of the choices."), "error")
        return back(tip_id)
    if message is None or message.tip_id != tip_id:
        raise NotVisible("message")
    with write() as session:
        changed = consent.from_message(session, message.id, choice, current_actor(), i18n.today())
        session.commit()
    said = _("Written down: %(choice)s.", choice=labels.CONSENT[choice])
    flash(said if changed else _("That is what they allowed already."), "done")
    flash(str(tip_id), "changed")
    return back(tip_id)


@blueprint.post("/desk/tips/<int:tip_id>/quote")
@needs(*WORKS)
def quote(tip_id: int) -> ResponseReturnValue:
    """The words to be copied, as far as their reader allows it."""
    tip_or_404(tip_id)
    named = answer_id(request.form)
    passage = request.form.get("passage", 0, type=typed_id) if "passage" in request.form else None
    try:
        with write() as session:
            found = quotes.quote(session, tip_id, current_actor(), named, passage)
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
        return back(tip_id)
    return render_template("desk/quote.html", tip=tip_or_404(tip_id), quote=found, here="", q="")
