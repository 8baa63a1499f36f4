"""Signing in and out, the link that sets a password, and one's own page."""

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from tipline.core import accounts
from tipline.core.accounts import sessions, sign_in
from tipline.errors import NotVisible
from tipline.web import signin
from tipline.web.failures import page
from tipline.web.forms.auth import ChangePasswordForm, LanguageForm, NewPasswordForm, SignInForm
from tipline.web.guards import current_actor, current_person, home_of, local_path, needs, public, read, write

blueprint = Blueprint("auth", __name__)


@blueprint.route("/login", methods=["GET", "POST"])
@public
def login() -> ResponseReturnValue:
    """Sign in. Right or wrong address, the answer and its time are the same."""
    after = local_path(request.values.get("next"))
    if request.method == "GET" and (person := signin.signed_in()):
        return redirect(after or home_of(person.actor), 303)
    form, status = SignInForm(request.form), 200
    if request.method == "POST":
        status = 422
        if form.validate():
            attempt = _tried(form)
            token = _settle(attempt)
            if token and (person := signin.begin(token)):
                return signin.remember(_to(after or home_of(person.actor)), person.actor.account_id)
            form.form_errors.append(_wrong(attempt))
            status = 429 if attempt.wait else 422
    response = render_template("auth/login.html", form=form, after=after)
    return response, status, {"Retry-After": str(attempt.wait)} if status == 429 else {}


def _tried(form: SignInForm) -> sign_in.Attempt:
    email = form.email.data or ""
    known = signin.known_browser(email)
    if not known and (wait := signin.wait_of_network()):
        return sign_in.Attempt(email, None, right=False, wait=wait)
    source = known or signin.this_network()
    given = form.password.data or ""
    return sign_in.authenticate(read(), email, given, signin.attempts(), source, known=bool(known))


def _to(address: str) -> Response:
    answer = make_response(redirect(address, 303))
    assert isinstance(answer, Response)
    return answer


def _settle(attempt: sign_in.Attempt) -> str | None:
    with write() as db:
        token = sign_in.settle(db, attempt, signin.attempts(), _browser())
        db.commit()
    return token


def _wrong(attempt: sign_in.Attempt) -> str:
    if attempt.wait > 120:
        return str(
            _(
                "Somebody tried many passwords for this address. You can try in %(num)d minutes; your turn is then "
                "kept for 10 minutes. To sign in sooner, use a browser in which you signed in before, or ask an admin "
                "for a new link.",
                num=-(-attempt.wait // 60),
            )
        )
    if attempt.wait:
        return str(
            ngettext(
                "Too many tries. Try again in %(num)d second.",
                "Too many tries. Try again in %(num)d seconds.",
                attempt.wait,
            )
        )
    return str(_("Address and password do not belong together. Check both, or ask an admin for a new link."))


@blueprint.post("/logout")
@needs()
def logout() -> ResponseReturnValue:
    """Sign this browser out, here and in the database. What its tabs kept of the desk's pages goes too."""
    person = current_person()
    with write() as db:
        sessions.end(db, person.session_id, person.actor)
        db.commit()
    signin.end()
    answer = redirect(url_for("auth.login"), 303)
    answer.headers["Clear-Site-Data"] = '"storage"'
    return answer


@blueprint.route("/welcome/<token>", methods=["GET", "POST"])
@public
def welcome(token: str) -> ResponseReturnValue:
    """Set the password of an invitation or a reset, and be signed in."""
    try:
        account = accounts.invited(read(), token)
    except NotVisible:
        return page(404, accounts.BAD_LINK)
    form = NewPasswordForm(request.form)
    form.own_words = (account.name, account.email)
    if request.method == "POST" and form.validate():
        with write() as db:
            account_id = accounts.accept(db, token, form.password.data)
            fresh = sessions.start(db, account_id, _browser())
            db.commit()
        person = signin.begin(fresh)
        flash(_("Your password is set. Welcome."), "done")
        return signin.remember(_to(home_of(person.actor) if person else url_for("auth.login")), account_id)
    status = 422 if request.method == "POST" else 200
    return render_template("auth/welcome.html", form=form, account=account), status


@blueprint.get("/desk/me")
@needs()
def me() -> ResponseReturnValue:
    """One's own page: language, password, browsers."""
    return _me(ChangePasswordForm(), _language_form())


@blueprint.post("/desk/me/password")
@needs()
def password() -> ResponseReturnValue:
    """Change one's own password; other browsers are signed out."""
    person = current_person()
    form = ChangePasswordForm(request.form)
    form.own_words = (person.actor.name, person.email)
    if not form.validate():
        return _me(form, _language_form(), 422)
    source = f"session {person.session_id}"  # strangers' mistakes do not slow who is signed in
    attempt = sign_in.authenticate(read(), person.email, form.current.data, signin.attempts(), source, known=True)
    if not attempt.right:
        _settle(attempt)
        wrong = _wrong(attempt) if attempt.wait else _("This is not your current password.")
        form.current.errors = [wrong]
        return _me(form, _language_form(), 422)
    with write() as db:
        accounts.change_password(db, form.password.data, person.actor)
        fresh = sessions.start(db, person.actor.account_id, _browser())
        db.commit()
    signin.begin(fresh)
    flash(_("Your password is changed. Your other browsers are signed out."), "done")
    return signin.remember(_to(url_for("auth.me")), person.actor.account_id)


@blueprint.post("/desk/me/language")
@needs()
def language() -> ResponseReturnValue:
    """Choose one's language and time zone."""
    form = LanguageForm(request.form)
    if not form.validate():
        return _me(ChangePasswordForm(), form, 422)
    with write() as db:
        accounts.set_language(db, form.locale.data, form.timezone.data, current_actor())
        db.commit()
    return redirect(url_for("auth.me"), 303)


@blueprint.post("/desk/me/sessions/<int:session_id>/revoke")
@needs()
def revoke(session_id: int) -> ResponseReturnValue:
    """Sign another of one's own browsers out."""
    person = current_person()
    with write() as db:
        sessions.end(db, session_id, person.actor)
        db.commit()
    if session_id == person.session_id:
        signin.end()
        return redirect(url_for("auth.login"), 303)
    flash(_("That browser is signed out."), "done")
    return redirect(url_for("auth.me"), 303)


def _language_form() -> LanguageForm:
    person = current_person()
    return LanguageForm(locale=person.locale, timezone=person.timezone)


def _me(password: ChangePasswordForm, language: LanguageForm, status: int = 200) -> ResponseReturnValue:
    person = current_person()
    live = sessions.of(read(), person.actor.account_id)
    content = render_template("auth/me.html", person=person, form=password, language=language, sessions=live)
    return content, status


def _browser() -> str:
    """ "Firefox on Linux": enough to know one's own browser again, too little to tell people apart."""
    agent = request.user_agent.string
    browsers = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
    systems = (
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    )
    browser = next((name for mark, name in browsers if mark in agent), "")
    system = next((name for mark, name in systems if mark in agent), "")
    return f"{browser} on {system}" if browser and system else browser or system
