"""A form of the desk whose row is made or changed by it: shown, shown again with what is wrong, or kept and left."""

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlmodel import Session

from tipline.errors import Refused
from tipline.web.failures import why
from tipline.web.forms.base import BaseForm
from tipline.web.guards import write


def kept(
    form: BaseForm, show: Callable[[int], ResponseReturnValue], save: Callable[[Session], object], goal: str
) -> ResponseReturnValue:
    """One request of the form's page. `show` draws the page with a status, `save` does the change (Refused is said
    on the form), `goal` is the endpoint to go to when it is kept."""
    if request.method == "GET":
        return show(200)
    if not form.validate():
        return show(422)
    try:
        with write() as session:
            save(session)
            session.commit()
    except Refused as error:
        form.form_errors.append(why(error))
        return show(422)
    flash(_("Saved."), "done")
    return redirect(url_for(goal), 303)
