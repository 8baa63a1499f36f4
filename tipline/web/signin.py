"""Who is signed in: the cookie holds a random token, the database its SHA-256 (core.accounts.sessions).

flask-login carries the token; its remember cookie is not used, and no page asks for the person unless its view
declares `needs` (guards), so that public pages never look at a cookie.
"""

from dataclasses import dataclass
from typing import cast

from flask import Flask, Response, current_app, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from tipline.core.access import Actor
from tipline.core.accounts import known_browsers, sessions
from tipline.core.accounts.login_attempts import Attempts
from tipline.networks import network
from tipline.web.place import place
from tipline.web.throttle import Throttle

TRIES, BURST = 20, 30  # passwords in a minute from one network, and at once: a newsroom may be one, in the morning


KNOWN_SECONDS = 365 * 86_400


@dataclass(frozen=True)
class SignedIn(UserMixin):
    """A person with a live session."""

    token: str
    session_id: int
    browser: str
    actor: Actor
    email: str
    locale: str
    timezone: str

    def get_id(self) -> str:
        return self.token


def init(app: Flask) -> None:
    manager = LoginManager()
    manager.session_protection = None  # "strong" signs people out when their address changes
    manager.user_loader(_find)
    # Not init_app: its hook for the remember cookie reads the session on every page.
    app.login_manager = manager  # type: ignore[attr-defined]
    app.extensions["tipline.tries"] = Throttle(TRIES, BURST)


def wait_of_network() -> int:
    """Seconds that whoever is in the network of this browser has to wait, 0 for none: one script that tries names
    would empty everybody's bucket, and keep the whole desk out."""
    bucket: Throttle = current_app.extensions["tipline.tries"]
    wait = bucket.wait(request.remote_addr)
    return int(wait) + 1 if wait else 0


def known_browser(email: str) -> str:
    """The source that this browser is for the tries of an account that signed in here before, else ""."""
    database = place().database
    with database.reading() as reading:
        drawn = known_browsers.known(reading, email, request.cookies.get(_known_name(), ""), _known_secret())
    return f"browser {drawn}" if drawn else ""


def this_network() -> str:
    return network(request.remote_addr or "")


def remember(response: Response, account_id: int) -> Response:
    """Let this browser be known after a good sign-in. The cookie goes to the sign-in page alone."""
    with place().database.reading() as reading:
        value = known_browsers.mark(reading, account_id, _known_secret())
    response.set_cookie(
        _known_name(),
        value,
        max_age=KNOWN_SECONDS,
        path="/login",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Strict",
    )
    return response


def _known_name() -> str:
    return "__Secure-tipline-known" if current_app.config["SESSION_COOKIE_SECURE"] else "tipline-known"


def _known_secret() -> bytes:
    return place().database.master.signing_secret("known browsers")


def attempts() -> Attempts:
    """How often passwords were tried in this process, and before its start."""
    kept = current_app.extensions
    if "tipline.attempts" not in kept:
        kept.setdefault("tipline.attempts", Attempts(secret=place().database.master.signing_secret("sign-in tries")))
    return cast(Attempts, kept["tipline.attempts"])


def signed_in() -> SignedIn | None:
    """The person of this browser's session, looked up once a request."""
    if "signed_in" not in g:
        g.signed_in = current_user._get_current_object() if current_user.is_authenticated else None
    person: SignedIn | None = g.signed_in
    return person


def _find(token: str) -> SignedIn | None:
    database = place().database
    with database.reading() as reading:
        found = sessions.find(reading, token)
    if found is None:
        return None
    if found.stale:
        with database.writing() as writing:
            sessions.touch(writing, found.session_id)
            writing.commit()
    return SignedIn(token, found.session_id, found.browser, found.actor, found.email, found.locale, found.timezone)


def begin(token: str) -> SignedIn | None:
    """Sign this browser in with a new session's token; whatever the cookie held before is gone (CVE-2022-31888)."""
    session.clear()
    person = _find(token)
    if person is not None:
        login_user(person)
        g.signed_in = person
    return person


def end() -> None:
    """Forget who this browser was."""
    logout_user()
    session.clear()
    g.pop("signed_in", None)
