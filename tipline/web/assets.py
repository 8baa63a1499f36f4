"""Styles and scripts by addresses that change with their content, and the newsroom's colour as a stylesheet.

They are sent compressed. Pages are not: one that holds a secret and what a stranger chose would tell the secret by its
length (BREACH).
"""

import colorsys
import gzip
import hashlib
from functools import cache, lru_cache

from flask import Blueprint, Flask, Response, request, send_from_directory, url_for
from markupsafe import Markup

from tipline import paths
from tipline.web.guards import public
from tipline.web.place import settings

blueprint = Blueprint("assets", __name__)
MODULES = "desk/"  # the folder of static/ with the ES modules of the desk
ENDPOINTS = frozenset({"static", "assets.module", "assets.accent"})
TEXT = frozenset({"text/css", "text/javascript", "image/svg+xml", "application/json"})
DARK_PAPER, LIGHT_INK, DARK_INK = "#15171a", "#ffffff", "#06201d"


def init(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(asset=asset, accent_url=accent_url, icon=icon)
    app.after_request(_compress)


def asset(name: str) -> str:
    """The address of a file in static/, with a hash of its content. A module's path has the hash of all modules, since
    they import each other by relative addresses."""
    if name.startswith(MODULES):
        return url_for("assets.module", version=modules_version(), name=name.removeprefix(MODULES))
    return url_for("static", filename=name, v=_hash_of(name, (paths.STATIC / name).stat().st_mtime_ns))


def icon(name: str, label: str = "") -> Markup:
    """A picture of icons.svg. Without a label it stands beside words that say the same, and screen readers pass it."""
    said = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="icon" {}><use href="{}#{}"></use></svg>').format(said, asset("icons.svg"), name)


@lru_cache(maxsize=256)
def _hash_of(name: str, mtime: int) -> str:
    return hashlib.blake2b((paths.STATIC / name).read_bytes(), digest_size=6).hexdigest()


def _compress(response: Response) -> Response:
    if request.endpoint not in ENDPOINTS or response.status_code != 200 or response.mimetype not in TEXT:
        return response
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"]:
        response.direct_passthrough = False
        response.set_data(_gzip(response.get_data()))
        response.content_encoding = "gzip"
        if etag := response.get_etag()[0]:
            response.set_etag(etag, weak=True)  # the same file in other bytes
    return response


@lru_cache(maxsize=128)
def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


@cache
def modules_version() -> str:
    """A hash of all modules, as they are when the process first asks: a page names fifteen of them."""
    files = sorted((paths.STATIC / MODULES).glob("*.js"))
    return hashlib.blake2b(b"\0".join(file.read_bytes() for file in files), digest_size=6).hexdigest()


@blueprint.get("/modules/<version>/<name>")
@public
def module(version: str, name: str) -> Response:
    """A script of the desk. The version is that of the address alone: an old page gets today's script."""
    return send_from_directory(paths.STATIC / MODULES, name, mimetype="text/javascript")


def accent_url() -> str:
    css = _accent_css(settings().newsroom.accent)
    return url_for("assets.accent", v=hashlib.blake2b(css.encode(), digest_size=6).hexdigest())


@blueprint.get("/accent.css")
@public
def accent() -> Response:
    """The newsroom's colour. In the dark it is lightened until it can be read."""
    return Response(_accent_css(settings().newsroom.accent), mimetype="text/css")


@lru_cache(maxsize=8)
def _accent_css(colour: str) -> str:
    light = f"--accent: {colour}; --accent-ink: {_ink_on(colour)}"
    bright = _lighten(colour)
    dark = f"--accent: {bright}; --accent-ink: {_ink_on(bright)}"
    return (
        f":root {{ {light} }}\n"
        f'@media (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{ {dark} }} }}\n'
        f'[data-theme="dark"] {{ {dark} }}\n'
    )


def _ink_on(colour: str) -> str:
    return LIGHT_INK if _contrast(colour, LIGHT_INK) >= _contrast(colour, DARK_INK) else DARK_INK


def _lighten(colour: str) -> str:
    """The nearest lighter shade with 7:1 on the dark page (WCAG 2.2, 1.4.3 asks for 4.5:1, on tinted ground too)."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)))
    saturation = min(saturation, 0.55)  # a colour that is calm on white glares on black
    for step in range(101):
        level = max(lightness, step / 100)
        shade = "#" + "".join(f"{round(part * 255):02x}" for part in colorsys.hls_to_rgb(hue, level, saturation))
        if _contrast(shade, DARK_PAPER) >= 7:
            return shade
    return "#ffffff"


def _contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2, definition of contrast ratio)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
