"""People: who has an account, what they may do, which teams they are on. Admins only."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tipline.core import accounts
from tipline.core.accounts import people, sessions
from tipline.errors import NotVisible, Refused
from tipline.models import Role
from tipline.web import signin
from tipline.web.forms.people import InviteForm, RolesForm, TeamsForm, roles_of, teams_of
from tipline.web.guards import current_actor, current_person, needs, read, write
from tipline.web.place import settings

blueprint = Blueprint("people", __name__)


@blueprint.get("/desk/people")
@needs(Role.ADMIN)
def index() -> ResponseReturnValue:
    """Everybody, and the form that invites."""
    return _index(InviteForm.of(None, people.teams(read(), current_actor())))


def _index(form: InviteForm, status: int = 200) -> ResponseReturnValue:
    found = people.people(read(), current_actor())
    return render_template("desk/people.html", people=found, form=form), status


@blueprint.post("/desk/people/invite")
@needs(Role.ADMIN)
def invite() -> ResponseReturnValue:
    """Make an account; the link for its password is shown in the answer, and nowhere afterwards."""
    by = current_actor()
    form = InviteForm.of(request.form, people.teams(read(), by))
    if not form.validate():
        return _index(form, 422)
    try:
        with write() as db:
            token = accounts.invite(db, form.email.data, form.name.data, form.chosen(), by, form.callout_ids())
            db.commit()
    except Refused as error:
        form.email.errors = [_(str(error))]
        return _index(form, 422)
    return _link(token, form.name.data)


@blueprint.get("/desk/people/<int:account_id>")
@needs(Role.ADMIN)
def person(account_id: int) -> ResponseReturnValue:
    """One person's roles and teams."""
    found = _person(account_id)
    teams = people.teams(read(), current_actor())
    return render_template("desk/person.html", person=found, roles=roles_of(found), teams=teams_of(found, teams))


@blueprint.post("/desk/people/<int:account_id>/roles")
@needs(Role.ADMIN)
def roles(account_id: int) -> ResponseReturnValue:
    """Change what a person may do. One's own change begins a new session, as every one does that is not ended."""
    form = RolesForm(request.form)
    if not form.validate():
        return _back(account_id, _("Choose at least one role."), "error")
    me, fresh = current_person(), ""
    try:
        with write() as db:
            accounts.set_roles(db, account_id, form.chosen(), me.actor)
            if account_id == me.actor.account_id:
                fresh = sessions.start(db, account_id, me.browser)
            db.commit()
    except Refused as error:
        return _back(account_id, _(str(error)), "error")
    if fresh and (renewed := signin.begin(fresh)) and not renewed.actor.manages_people:
        return redirect(url_for("auth.me"), 303)
    return _back(account_id, _("Roles are saved."))


@blueprint.post("/desk/people/<int:account_id>/teams")
@needs(Role.ADMIN)
def teams(account_id: int) -> ResponseReturnValue:
    """Change which callouts' tips a person sees."""
    form = TeamsForm.of(request.form, people.teams(read(), current_actor()))
    if not form.validate():
        return _back(account_id, _(accounts.NO_CALLOUT), "error")
    with write() as db:
        accounts.set_teams(db, account_id, form.callout_ids(), current_actor())
        db.commit()
    return _back(account_id, _("Teams are saved."))


@blueprint.post("/desk/people/<int:account_id>/off")
@needs(Role.ADMIN)
def off(account_id: int) -> ResponseReturnValue:
    """Let a person in no more."""
    try:
        with write() as db:
            accounts.switch_off(db, account_id, current_actor())
            db.commit()
    except Refused as error:
        return _back(account_id, _(str(error)), "error")
    return _back(account_id, _("The account is switched off and signed out everywhere."))


@blueprint.post("/desk/people/<int:account_id>/on")
@needs(Role.ADMIN)
def on(account_id: int) -> ResponseReturnValue:
    """Let a person in again."""
    with write() as db:
        accounts.switch_on(db, account_id, current_actor())
        db.commit()
    return _back(account_id, _("The account is switched on."))


@blueprint.post("/desk/people/<int:account_id>/reset")
@needs(Role.ADMIN)
def reset(account_id: int) -> ResponseReturnValue:
    """Take a person's password away and show the link that sets a new one."""
    try:
        with write() as db:
            token = accounts.reset(db, account_id, current_actor())
            db.commit()
    except Refused as error:
        return _back(account_id, _(str(error)), "error")
    return _link(token, _person(account_id).name)


def _person(account_id: int) -> people.Person:
    for found in people.people(read(), current_actor()):
        if found.id == account_id:
            return found
    raise NotVisible("account")


def _back(account_id: int, text: str, category: str = "done") -> ResponseReturnValue:
    flash(text, category)
    return redirect(url_for("people.person", account_id=account_id), 303)


def _link(token: str, name: str) -> ResponseReturnValue:
    # No redirect: the link would have to wait in a cookie or an address. And the setting, not the Host header,
    # says where we are: a forged one would send the token elsewhere (CVE-2026-26747).
    url = settings().newsroom.url + url_for("auth.welcome", token=token)
    return render_template("desk/person_link.html", url=url, name=name)
