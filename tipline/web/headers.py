"""The headers of every answer: nothing from elsewhere, nothing inline, nothing kept by caches but our own assets."""

from flask import Flask, Response, request

from tipline.web.place import settings

POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("style", "script", "img", "font", "connect", "media")),
        "form-action 'self'",
        "frame-ancestors 'none'",
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
A_YEAR = 31_536_000


def init(app: Flask) -> None:
    app.after_request(_add)


def _add(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)  # a view may set a stricter one, such as `sandbox`
    if settings().newsroom.url.startswith("https:"):
        response.headers["Strict-Transport-Security"] = f"max-age={A_YEAR}"
    response.headers["Cache-Control"] = _caching(response)
    return response


def _caching(response: Response) -> str:
    if request.blueprint == "feeds" and response.status_code in (200, 304):
        return "public, max-age=60"  # what is taken off the page is gone from every copy after a minute
    if request.endpoint in ("static", "assets.accent") and response.status_code in (200, 304):
        # The address carries a hash of the content: another content is another address.
        return f"public, max-age={A_YEAR}, immutable" if "v" in request.args else "no-cache"
    return "no-store"
