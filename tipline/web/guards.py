"""Who may come in: each view declares it, and what declares nothing is refused.

    @blueprint.get("/desk/mail")
    @needs(Role.EDITOR)
    def index() -> str: ...

The declaration stands directly above the function. A view that declares `needs` is reached by signed-in people of
one of these roles only (no role: anybody signed in), and by POST only with the token against forged requests.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from tipline.core import access
from tipline.core.access import Actor
from tipline.core.readers import masking
from tipline.errors import NotAllowed, NotVisible
from tipline.models import Role, Tip
from tipline.vocabularies import N_
from tipline.web import csrf, database_waits, desk_cache, uploads
from tipline.web.place import place
from tipline.web.signin import SignedIn, signed_in

View = TypeVar("View", bound=Callable[..., Any])
READS = (Role.EDITOR, Role.REPORTER, Role.VIEWER)  # tips
WORKS = (Role.EDITOR, Role.REPORTER)  # on tips
SAFE = {"GET", "HEAD", "OPTIONS"}
PASSWORDS = frozenset({"password", "again", "current"})  # what fields for passwords are called
WORDS_KEPT = 200_000  # characters of a lost form that are shown again
WRONG_ROLE = N_("Your role does not include this. An admin can change roles.")


def public(view: View) -> View:
    """Declare a view open to everybody: no cookie is read, nobody is asked who they are."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def needs(*roles: Role) -> Callable[[View], View]:
    """Declare which roles may use a view; without one, everybody who is signed in."""

    def declare(view: View) -> View:
        view.access = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return declare


def takes_files(view: View) -> View:
    """Declare that a view takes files: they are sealed while they come, and `uploads.of_request()` has them."""
    view.takes_files = True  # type: ignore[attr-defined]
    return view


def access_of(app: Flask, endpoint: str) -> "frozenset[Role] | str | None":
    """What a view declares: roles, "public", or None where it declares nothing."""
    if endpoint == "static":
        return "public"
    return getattr(app.view_functions[endpoint], "access", None)


def init(app: Flask) -> None:
    app.before_request(lambda: _check(app))
    app.teardown_request(_close)


def _check(app: Flask) -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None  # no such address: routing answers 404 or 405
    declared = access_of(app, request.endpoint)
    if declared == "public":
        return None
    if not isinstance(declared, frozenset):
        raise RuntimeError(f"{request.endpoint} declares no access: put @needs(…) or @public above it")
    takes = request.mimetype == "multipart/form-data" and hasattr(app.view_functions[request.endpoint], "takes_files")
    # Before anybody asks for a word of it: the token against forged requests is one. Of what was cut nobody hears the
    # answer, and they send it again: half of it must not be filed.
    if takes and uploads.of_request().cut:
        abort(400)
    person = signed_in()
    if person is None:
        return _ask_to_sign_in()
    if declared and not declared & person.actor.roles:
        if request.endpoint == "inbox.index" and person.actor.manages_people:
            return redirect(url_for("people.index"), 303)  # an admin without another role has no tips to see
        raise NotAllowed(WRONG_ROLE)
    if request.method not in SAFE and not csrf.is_good():
        abort(400, csrf.STALE)
    g.actor = person.actor
    return None


def _ask_to_sign_in() -> ResponseReturnValue:
    if request.method in SAFE:
        return redirect(url_for("auth.login", next=request.full_path.rstrip("?")), 303)
    # The session ended while somebody wrote: their words come back to them. They are not sent on after
    # signing in, since a foreign page could have posted them.
    words = [value for name, value in request.form.items() if name != csrf.FIELD and len(value) > 3]
    secret = not PASSWORDS.isdisjoint(request.form)  # nothing of a form with passwords is shown
    kept = [] if secret or sum(map(len, words)) > WORDS_KEPT else words
    return render_template("auth/signed_out.html", kept=kept), 401


def current_actor() -> Actor:
    """The person who acts in this request. Only for views that declare `needs`."""
    return current_person().actor


def current_person() -> SignedIn:
    """The signed-in person with name, locale, time zone. Only for views that declare `needs`."""
    person = signed_in()
    if person is None:
        raise RuntimeError("this view is open to everybody: there is no actor")
    return person


def read() -> Session:
    """This request's reading session: opened at first use, closed at the end."""
    if "reading" not in g:
        g.reading_since = desk_cache.change()
        g.reading_context = place().database.reading()
        g.reading = g.reading_context.__enter__()
        _hide(g.reading)
    session: Session = g.reading
    return session


@contextmanager
def write() -> Iterator[Session]:
    """A writing session: commit once, and do not render while it is open. It waits for other writers within reason."""
    # A reader's snapshot would go on showing what stood before the change, and PostgreSQL would keep its locks.
    _close(None)
    database = place().database
    with (
        database_waits.waiting() as seconds,
        database_waits.turn(database, seconds) as left,
        database.writing(left) as session,
    ):
        _hide(session)
        yield session


def _hide(session: Session) -> None:
    """Who opens no identities reads masked texts, in this request's sessions as everywhere."""
    if (by := g.get("actor")) is not None:
        masking.hide_from(session, by)


def _close(_: BaseException | None) -> None:
    context = g.pop("reading_context", None)
    g.pop("reading", None)
    g.pop("reading_since", None)
    if context is not None:
        context.__exit__(None, None, None)


def tip_or_404(tip_id: int) -> Tip:
    """The tip of an id as this person may see it; a 404 page where there is none for them."""
    return access.tip(read(), tip_id, current_actor())


def local_path(target: str | None) -> str | None:
    """`target` where it is a path on this site, else None: a sign-in must not lead elsewhere (CVE-2023-49438)."""
    if not target or not target.startswith("/") or not target.isprintable():
        return None
    if "\\" in target or target.startswith("//"):
        return None  # browsers read /\host and //host as another host
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else None


def home_of(actor: Actor) -> str:
    """Where the desk begins for a person: the inbox, or people for an admin who sees no tips."""
    if actor.sees_tips:
        return "/desk"
    return url_for("people.index") if actor.manages_people else url_for("auth.me")


__all__ = [
    "READS", "WORKS", "NotVisible", "access_of", "current_actor", "current_person", "home_of", "init", "local_path",
    "needs", "public", "read", "signed_in", "takes_files", "tip_or_404", "write",
]  # fmt: skip
