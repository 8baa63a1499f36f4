"""One view, one template: a browser gets the whole page, htmx the parts that stand in the place it asked for.

The parts are the partials of which the page itself is made. History restores get whole pages.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue


def is_fragment() -> bool:
    """Whether htmx asks for a part of the page that is open."""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


def target() -> str:
    """The id of the element that htmx will replace, "" where a whole page is asked for."""
    return request.headers.get("HX-Target", "") if is_fragment() else ""


def answer(
    page: str, parts: Mapping[str, Sequence[str]], *, address: str = "", status: int = 200, **context: Any
) -> Response:
    """The page, or for htmx the parts of its target. `address` is the page's own: the browser's bar follows it."""
    names = parts.get(target())
    if names is None:
        response = make_response(render_template(page, oob=False, **context), status)
    else:
        html = render_template(names[0], oob=False, **context)
        html += "".join(render_template(name, oob=True, **context) for name in names[1:])
        response = make_response(html, status)
        if address:
            response.headers["HX-Push-Url"] = "false" if _is_here(address) else address
    response.headers["Vary"] = "HX-Request, HX-Target"
    return response


def leave(address: str) -> ResponseReturnValue:
    """To another page, whole: htmx would put it into the part that it asked for."""
    return ("", 200, {"HX-Redirect": address}) if is_fragment() else redirect(address, 303)


def _is_here(address: str) -> bool:
    """Whether the browser stands there already: an action must not fill its history with the same page."""
    here = urlsplit(request.headers.get("HX-Current-URL", ""))
    return address == f"{here.path}?{here.query}" or (not here.query and address == here.path)
