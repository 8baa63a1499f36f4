"""The people page: invitations, roles, teams, off and on, links."""

import re

import pytest
from flask import Flask
from sqlmodel import col, select

from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tipline.config import Newsroom, Settings
from tipline.core import access, accounts
from tipline.db import Database
from tipline.models import Account, CalloutMember, Role

# What a page says does not depend on the database; what does is tested in core, on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def settings() -> Settings:
    return Settings(newsroom=Newsroom(url="https://tips.meridian.example"), demo=True)


@pytest.fixture
def ada(client: Browser, cast: Cast) -> Browser:
    sign_in(client, cast.ada)
    return client


def roles(database: Database, account_id: int) -> frozenset[Role]:
    with database.reading() as session:
        actor = access.actor(session, account_id)
        assert actor is not None
        return actor.roles


def test_everybody_is_listed(ada: Browser) -> None:
    text = ada.get("/desk/people").text
    for said in ("Ada", "alice@meridian.example", "Reporter", "Stranded by closed borders", "all callouts"):
        assert said in text


def test_an_invitation_shows_its_link_once_by_our_own_address(ada: Browser, database: Database, cast: Cast) -> None:
    data = {
        "name": "Erin", "email": "Erin@example.org", "roles": ["reporter", "viewer"], "teams": [str(cast.borders)],
    }  # fmt: skip
    answer = ada.post("/desk/people/invite", data=data, headers={"Host": "localhost"})
    assert answer.status_code == 200
    link = re.search(r"https://tips\.meridian\.example/welcome/([\w-]{43})", answer.text)
    assert link, "the setting, not the Host header, says where we are"
    with database.reading() as session:
        erin = accounts.invited(session, link[1])
        assert erin.email == "erin@example.org"
        on = session.scalars(select(CalloutMember.callout_id).where(col(CalloutMember.account_id) == erin.id)).all()
    assert on == [cast.borders]
    assert roles(database, erin.id or 0) == {Role.REPORTER, Role.VIEWER}
    text = ada.get("/desk/people").text
    assert link[1] not in text and "link ends" in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "Write the person&#39;s name."),
        ({"email": ""}, "Write the person&#39;s email address."),
        ({"email": "erin"}, "This is not an email address."),
        ({"roles": []}, "Choose at least one role."),
        ({"email": "BOB@meridian.example"}, "There is an account with this address already."),
    ],
)
def test_a_bad_invitation_keeps_what_was_typed(ada: Browser, change: dict[str, object], said: str) -> None:
    data = {"name": "Erin", "email": "erin@example.org", "roles": ["reporter"], **change}
    answer = ada.post("/desk/people/invite", data=data)
    assert answer.status_code == 422 and said in answer.text
    assert not data["name"] or 'value="Erin"' in answer.text


def test_what_the_form_does_not_offer_can_not_be_smuggled_in(ada: Browser, database: Database, cast: Cast) -> None:
    data = {
        "name": "Erin", "email": "erin@example.org", "roles": ["viewer"], "active": "0", "password_hash": "x",
        "id": "1",
    }  # fmt: skip
    ada.post("/desk/people/invite", data=data)
    with database.reading() as session:
        erin = accounts.by_email(session, "erin@example.org")
        assert erin and erin.password_hash == "" and erin.active and erin.id != 1
    assert (
        ada.post("/desk/people/invite", data={**data, "email": "f@example.org", "roles": ["owner"]}).status_code == 422
    )


def test_roles_are_changed_and_that_person_signs_in_anew(
    ada: Browser, app: Flask, database: Database, cast: Cast
) -> None:
    bob = sign_in(app.test_client(), cast.bob)
    assert bob.get("/desk/me").status_code == 200
    path = f"/desk/people/{cast.bob.account_id}"
    assert re.search(r"checked[^>]*value=\"reporter\"", ada.get(path).text)
    assert ada.post(f"{path}/roles", data={"roles": ["viewer"]}).status_code == 303
    assert roles(database, cast.bob.account_id) == {Role.VIEWER}
    assert bob.get("/desk/me").status_code == 303


def test_ones_own_new_role_begins_a_new_session_here(ada: Browser, app: Flask, cast: Cast) -> None:
    before = ada.get_cookie("tipline")
    answer = ada.post(f"/desk/people/{cast.ada.account_id}/roles", data={"roles": ["admin", "editor"]})
    assert answer.location == f"/desk/people/{cast.ada.account_id}"
    assert ada.get("/desk/people").status_code == 200
    thief = app.test_client()
    assert before
    thief.set_cookie("tipline", before.value)
    assert thief.get("/desk/people").status_code == 303


def test_the_last_admin_is_told_why_not(ada: Browser, database: Database, cast: Cast) -> None:
    answer = ada.post(f"/desk/people/{cast.ada.account_id}/roles", data={"roles": ["editor"]}, follow_redirects=True)
    assert "This is the last admin." in answer.text
    assert roles(database, cast.ada.account_id) == {Role.ADMIN}


def test_teams_are_changed(ada: Browser, database: Database, cast: Cast) -> None:
    path = f"/desk/people/{cast.bob.account_id}/teams"
    assert ada.post(path, data={"teams": [str(cast.overtime)]}).status_code == 303
    with database.reading() as session:
        mine = select(CalloutMember.callout_id).where(col(CalloutMember.account_id) == cast.bob.account_id)
        assert session.scalars(mine).all() == [cast.overtime]
    assert "does not exist any more" in ada.post(path, data={"teams": ["999"]}, follow_redirects=True).text


def test_off_and_on(ada: Browser, app: Flask, cast: Cast) -> None:
    bob = sign_in(app.test_client(), cast.bob)
    path = f"/desk/people/{cast.bob.account_id}"
    ada.post(f"{path}/off")
    assert bob.get("/desk/me").status_code == 303
    assert "switched off" in ada.get(path).text
    ada.post(f"{path}/on")
    assert "Switch off" in ada.get(path).text
    answer = ada.post(f"/desk/people/{cast.ada.account_id}/off", follow_redirects=True)
    assert "your own account" in answer.text


def test_a_reset_shows_a_link_and_takes_the_password_away(ada: Browser, database: Database, cast: Cast) -> None:
    answer = ada.post(f"/desk/people/{cast.bob.account_id}/reset")
    assert answer.status_code == 200 and "/welcome/" in answer.text and "Bob" in answer.text
    with database.reading() as session:
        assert session.get_one(Account, cast.bob.account_id).password_hash == ""
    own = ada.post(f"/desk/people/{cast.ada.account_id}/reset", follow_redirects=True)
    assert "on your own page" in own.text and "/welcome/" not in own.text


def test_who_is_not_there_is_not_found(ada: Browser) -> None:
    for act in ("", "/roles", "/teams", "/off", "/on", "/reset"):
        path = f"/desk/people/999{act}"
        answer = ada.post(path, data={"roles": ["viewer"]}) if act else ada.get(path)
        assert answer.status_code == 404, act


def test_a_name_is_shown_as_text(ada: Browser) -> None:
    data = {"name": "<script>alert(1)</script>", "email": "x@example.org", "roles": ["viewer"]}
    assert "<script>alert" not in ada.post("/desk/people/invite", data=data).text
    assert "<script>alert" not in ada.get("/desk/people").text


def test_an_admin_alone_has_no_inbox_but_people(ada: Browser) -> None:
    answer = ada.get("/desk")
    assert (answer.status_code, answer.location) == (303, "/desk/people")
