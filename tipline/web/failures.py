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
    400: (_l("We couldn’t understand that request"), _l("Go back, reload the page and try again.")),
    401: (_l("Please sign in"), _l("You need an account to see this page.")),
    403: (_l("Your role doesn’t include this"), _l("Ask an admin if you need it for your work.")),
    404: (_l("Page not found"), _l("Check the address for typos. You may also not have access to this page.")),
    405: (_l("This can’t be done this way"), _l("Go back and use the buttons on the page.")),
    409: (
        _l("Someone changed this first"),
        _l("This changed while you were working on it. Reload the page to see the latest version."),
    ),
    413: (
        _l("This is too large"),
        _l("We did not save anything. Go back, remove the largest file and send again. You can add more files later."),
    ),
    422: (_l("We couldn’t do that"), _l("Go back and change what you entered.")),
    429: (_l("Too many requests"), _l("Wait a minute and try again.")),
    500: (
        _l("Something went wrong"),
        _l("This is our fault, not yours. What you sent before is safe. Try again in a minute."),
    ),
    503: (_l("We are busy right now"), _l("Try again in a minute.")),
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
