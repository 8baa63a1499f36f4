"""Calls, meetings and messages elsewhere, noted down on a tip."""

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tipline.core.triage import contacts
from tipline.core.triage.attachments import attach_to_contact
from tipline.db import now
from tipline.errors import Refused
from tipline.web import i18n
from tipline.web.desk import attachments
from tipline.web.desk.tip import back, page
from tipline.web.forms.contact import ContactForm
from tipline.web.guards import WORKS, current_actor, needs, takes_files, tip_or_404, write

blueprint = Blueprint("contacts", __name__)


@blueprint.post("/desk/tips/<int:tip_id>/contacts")
@takes_files
@needs(*WORKS)
def add(tip_id: int) -> ResponseReturnValue:
    """Note a contact down, with files or without."""
    tip, form, by = tip_or_404(tip_id), ContactForm.posted(request.form), current_actor()
    if not form.validate():
        attachments.not_yet()
        return page(tip, status=422, compose="contact", contact=form)
    try:
        with write() as session:
            made = contacts.add(
                session, tip_id, form.contact(i18n.zone(), now()), by, with_files=attachments.any_chosen()
            )
            contact_id = made.id or 0
            session.commit()
    except Refused as error:
        flash(_(str(error)), "error")
        attachments.not_yet()
        return page(tip_or_404(tip_id), status=422, compose="contact", contact=form)
    attachments.attach(lambda session, attached: attach_to_contact(session, contact_id, attached, by))
    flash(str(tip_id), "changed")
    return back(tip_id)


@blueprint.post("/desk/contacts/<int:contact_id>/remove")
@needs(*WORKS)
def remove(contact_id: int) -> ResponseReturnValue:
    """Take away what one noted oneself."""
    with write() as session:
        tip_id = contacts.remove(session, contact_id, current_actor())
        session.commit()
    flash(_("The entry is gone; the history says that there was one."), "done")
    return back(tip_id)
