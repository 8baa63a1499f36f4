"""Puts the application together: settings, cookies, languages, guards, headers, error pages, blueprints."""

import logging
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Request, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from werkzeug.middleware.proxy_fix import ProxyFix

from tipline import paths
from tipline.config import Settings
from tipline.db import Database
from tipline.mail_settings import LOOPBACK
from tipline.web import (
    addresses,
    assets,
    database_waits,
    desk_cache,
    failures,
    guards,
    headers,
    i18n,
    ids,
    signin,
    templating,
)
from tipline.web.page_templates import PageEnvironment
from tipline.web.place import Place

MB = 1024 * 1024
FORM_TEXT = 4 * MB  # all words of one form together; a story holds 20,000 characters
log = logging.getLogger(__name__)


class Sessions(SecureCookieSessionInterface):
    """As Flask's, but no key is made ready for who brings no cookie: readers never do."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


class Application(Flask):
    session_interface = Sessions()
    jinja_environment = PageEnvironment

    def log_exception(self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]) -> None:
        """Where it broke and the kind, never the message or the address: both may hold a reader's words or a token."""
        kind, _, trace = exc_info
        at = []
        while trace is not None:
            code = trace.tb_frame.f_code
            at.append(f"{Path(code.co_filename).name}:{trace.tb_lineno}")
            trace = trace.tb_next
        log.error("%s in %s at %s", kind.__name__ if kind else "?", request.endpoint, " > ".join(at[-8:]))


def application(settings: Settings, database: Database, blueprints: Sequence[Blueprint]) -> Flask:
    """A new application over one database."""
    app = Application(
        "tipline", template_folder=str(paths.templates()), static_folder=str(paths.STATIC), static_url_path="/static"
    )
    app.config.from_mapping(_configuration(settings, database))
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["tipline"] = Place(settings, database)
    app.before_request(_bound_words)
    ids.init(app)
    desk_cache.init(app)
    database_waits.init(app)
    i18n.init(app)
    templating.init(app)
    assets.init(app)
    addresses.init(app)
    signin.init(app)
    guards.init(app)
    headers.init(app)
    failures.init(app)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    if n := settings.web.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    return app


def _bound_words() -> None:
    # MAX_FORM_MEMORY_SIZE bounds multipart forms only; the other kind would be read whole, as large as a file may be.
    if request.mimetype == "application/x-www-form-urlencoded":
        request.max_content_length = FORM_TEXT


def _configuration(settings: Settings, database: Database) -> dict[str, Any]:
    url = urlsplit(settings.newsroom.url)
    host = url.hostname or "localhost"
    plain = settings.demo or (url.scheme == "http" and host in LOOPBACK)
    return {
        "SECRET_KEY": database.master.signing_secret("cookies"),
        # Browsers take a __Host- cookie from this host alone, by https, and never let a sister site set it.
        "SESSION_COOKIE_NAME": "tipline" if plain else "__Host-tipline",
        "SESSION_COOKIE_SECURE": not plain,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "TRUSTED_HOSTS": [*(settings.web.trusted_hosts or [host]), "localhost", "127.0.0.1", "[::1]"],
        "MAX_CONTENT_LENGTH": settings.limits.files_mb * MB + FORM_TEXT,
        "MAX_FORM_MEMORY_SIZE": FORM_TEXT,
        "MAX_FORM_PARTS": 500,
    }
