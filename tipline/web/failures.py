"""Errors as pages: what happened, what it means, what to do. One table, and core's errors by their cause."""

import sys

from flask import Flask, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import HTTPException, SecurityError

from tipline.db import OUT_OF_REACH
from tipline.errors import Conflict, NotAllowed, NotVisible, Refused
from tipline.web import csrf

PAGES = {
    400: (_l("That request was not understood"), _l("Go back, reload the page and try again.")),
    401: (_l("Please sign in"), _l("This page is for people with an account.")),
    403: (_l("This is not for your role"), _l("An admin can change what your role includes.")),
    404: (_l("There is nothing here"), _l("The address may be mistyped, or what it named is not for you to see.")),
    405: (_l("That can't be done this way"), _l("Go back and use the page's own buttons.")),
    409: (
        _l("Someone changed this first"),
        _l("This was changed while you worked on it. Reload to see what stands now."),
    ),
    413: (
        _l("That is too large"),
        _l("Nothing was stored. Go back, take out the largest file, and send again; more files can follow later."),
    ),
    422: (_l("That can't be done as it stands"), _l("Go back and change what you entered.")),
    429: (_l("Too many at once"), _l("Wait a minute and try again.")),
    500: (
        _l("Something broke on our side"),
        _l("It was not your doing. What you sent before is safe. Try again in a minute."),
    ),
    503: (_l("Busy for a moment"), _l("Try again in a minute.")),
}

PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


def why(error: Refused) -> str:
    """The text of a refusal, translated, with what it names."""
    return str(_(str(error), name=error.name) if error.name else _(str(error)))


def init(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(NotVisible, lambda error: page(404))
    app.register_error_handler(NotAllowed, lambda error: page(403, str(error)))
    app.register_error_handler(Conflict, lambda error: page(409, why(error)))
    app.register_error_handler(Refused, lambda error: page(422, why(error)))
    for trouble in OUT_OF_REACH:
        app.register_error_handler(trouble, _busy)


def _busy(error: Exception) -> ResponseReturnValue:
    """The database is locked for long, or away: that passes, and nothing is wrong with what was asked."""
    current_app.log_exception(sys.exc_info())
    return page(503)


def _http(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if isinstance(error, SecurityError):  # a host name that is none of ours: no page has an address there
        return "This host name is not answered here. Whoever runs tipline sets web.trusted_hosts.\n", 400, PLAIN
    if code < 400:
        return error.get_response()
    ours = error.description if error.description == csrf.STALE else ""
    response = make_response(page(code if code in PAGES or code >= 500 else 400, ours or ""))
    for name in ("Allow", "Retry-After"):
        if name in (sent := error.get_response().headers):
            response.headers[name] = sent[name]
    return response


def page(code: int, text: str = "") -> ResponseReturnValue:
    """The error page of a status; `text` is one of core's sentences, put in place of the general one.

    For htmx it is a notice, aimed at the page's place for notices.
    """
    heading, general = PAGES.get(code, PAGES[500])
    explanation = _(text) if text else general
    if request.headers.get("HX-Request"):
        response = make_response(render_template("errors/notice.html", heading=heading, explanation=explanation), code)
        response.headers["HX-Retarget"] = "#notices"
        response.headers["HX-Reswap"] = "innerHTML"
        return response
    # The desk's address tells which way back to offer; a public page never learns of the desk.
    desk = request.path == "/desk" or request.path.startswith("/desk/")
    return render_template("errors/page.html", code=code, heading=heading, explanation=explanation, desk=desk), code
