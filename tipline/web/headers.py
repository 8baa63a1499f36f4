"""The headers of every answer: nothing from elsewhere, nothing inline, nothing kept by caches but our own assets."""

import re

from flask import Flask, Response, g, request

from tipline.web.assets import modules_version
from tipline.web.place import settings

NOWHERE = "frame-ancestors 'none'"
POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("style", "script", "img", "font", "connect", "media")),
        "form-action 'self'",
        NOWHERE,
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # browsers older than frame-ancestors
    "Referrer-Policy": "no-referrer",  # a link out of the desk must not tell where it stood
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# A stylesheet is never a page, a frame or a worker: browsers don't read these on it, and a first visit fetches five.
OF_PAGES = frozenset(
    {
        "Content-Security-Policy",
        "X-Frame-Options",
        "Permissions-Policy",
        "Cross-Origin-Opener-Policy",
    }
)
A_YEAR = 31_536_000
HOST_SCRIPT = "embed-host.js"  # the page of an article loads it by this name, for ever
ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d+)?")


def init(app: Flask) -> None:
    app.after_request(_add)


def _add(response: Response) -> Response:
    given = {name.lower() for name, _ in response.headers}  # a view may set a stricter one, such as `sandbox`
    unread = OF_PAGES if response.mimetype == "text/css" and response.status_code == 200 else ()
    missing = [header for header in HEADERS.items() if header[0].lower() not in given and header[0] not in unread]
    response.headers.extend(missing)
    if request.blueprint == "embed":
        _let_into_frames(response)
    if request.endpoint == "static" and (request.view_args or {}).get("filename") == HOST_SCRIPT:
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # articles elsewhere load it
    if settings().newsroom.url.startswith("https:"):
        response.headers["Strict-Transport-Security"] = f"max-age={A_YEAR}"
    response.headers["Cache-Control"] = _caching(response)
    return response


def _let_into_frames(response: Response) -> None:
    """What stands in the frame of an article may be framed by the sites that its callout names, or by all."""
    origins = g.get("framed_by", ())
    allowed = [origin for origin in origins if ORIGIN.fullmatch(origin)]
    ancestors = " ".join(allowed) or ("'none'" if origins else "*")
    response.headers["Content-Security-Policy"] = POLICY.replace(NOWHERE, f"frame-ancestors {ancestors}")
    del response.headers["X-Frame-Options"]  # it can't name sites, and browsers that know no better obey it


def _caching(response: Response) -> str:
    if request.blueprint == "feeds" and response.status_code in (200, 304):
        return "public, max-age=60"  # what is taken off the page is gone from every copy after a minute
    if request.endpoint in ("static", "assets.accent") and response.status_code in (200, 304):
        # The address carries a hash of the content: another content is another address.
        return f"public, max-age={A_YEAR}, immutable" if "v" in request.args else "no-cache"
    if request.endpoint == "assets.module" and response.status_code in (200, 304):
        current = (request.view_args or {})["version"] == modules_version()
        return f"public, max-age={A_YEAR}, immutable" if current else "no-cache"
    return "no-store"
