"""Signing in and out, links that set a password, one's own page."""

import re
import time
from datetime import timedelta

import pytest
from flask import Flask
from sqlmodel import Session, col, select

from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tipline.config import Newsroom, Settings
from tipline.core import accounts
from tipline.core.access import Actor
from tipline.core.accounts import login_attempts, passwords, sessions
from tipline.db import Database, now
from tipline.models import Event, LoginSession, Role, Verb

# What a page says does not depend on the database; what does is tested in core, on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

GOOD = "violet harbour thirteen ladders"
OTHER = "copper meadow signal almond"
BOB = "bob@meridian.example"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hashing made cheap; tests/core/accounts/test_passwords has the real one."""
    monkeypatch.setattr(passwords, "hashed", lambda password: f"hash of {password}")
    monkeypatch.setattr(passwords, "matches", lambda kept, password: kept != "" and kept == f"hash of {password}")
    monkeypatch.setattr(passwords, "outdated", lambda kept: False)


@pytest.fixture
def bob(session: Session, cast: Cast) -> Actor:
    accounts.change_password(session, GOOD, cast.bob)
    session.commit()
    return cast.bob


def token_of(client: Browser, path: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found
    return found[1]


def log_in(client: Browser, password: str = GOOD, email: str = BOB, **more: str) -> int:
    data = {"email": email, "password": password, "csrf_token": token_of(client, "/login"), **more}
    answer = client.post("/login", data=data, headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"})
    client.last = answer  # type: ignore[attr-defined]
    return answer.status_code


def test_the_right_password_leads_to_the_desk(client: Browser, bob: Actor, session: Session) -> None:
    assert log_in(client) == 303
    assert client.last.location == "/desk"  # type: ignore[attr-defined]
    row = session.scalars(select(LoginSession)).one()
    assert row.browser == "Firefox on Linux"
    assert client.get("/desk/me").status_code == 200
    assert client.get("/login").status_code == 303, "who is signed in need not sign in"


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(client: Browser, bob: Actor) -> None:
    texts = []
    for email in (BOB, "nobody@meridian.example"):
        assert log_in(client, "wrong", email) == 422
        texts.append(client.last.text.replace(email, "").replace("token", ""))  # type: ignore[attr-defined]
    assert "do not belong together" in texts[0]
    assert re.sub(r'value="[^"]*"', "", texts[0]) == re.sub(r'value="[^"]*"', "", texts[1])


def test_after_five_mistakes_one_waits_and_nobody_is_locked_out(
    client: Browser, bob: Actor, database: Database
) -> None:
    assert [log_in(client, "wrong") for _ in range(5)] == [422] * 5
    assert log_in(client) == 429
    assert int(client.last.headers["Retry-After"]) >= 1  # type: ignore[attr-defined]
    assert "Try again in" in client.last.text  # type: ignore[attr-defined]
    client.environ_base["REMOTE_ADDR"] = "192.0.2.7"  # from elsewhere at once, from here after the wait
    assert log_in(client) == 303


def test_a_stream_of_wrong_passwords_keeps_no_known_browser_out(client: Browser, bob: Actor, app: Flask) -> None:
    assert log_in(client) == 303
    [cookie] = [c for c in client.last.headers.getlist("Set-Cookie") if "tipline-known" in c]  # type: ignore[attr-defined]
    assert "HttpOnly" in cookie and "Path=/login" in cookie and "bob" not in cookie
    client.post("/logout", data={"csrf_token": token_of(client, "/desk/me")})
    stranger = app.test_client()
    assert isinstance(stranger, Browser)
    for n in range(100):
        stranger.environ_base["REMOTE_ADDR"] = f"198.51.100.{n}" if n % 2 else "127.0.0.1"
        log_in(stranger, "wrong")
    assert log_in(client) == 303


def test_a_new_browser_is_told_its_turn_while_many_networks_guess(client: Browser, bob: Actor, app: Flask) -> None:
    stranger = app.test_client()
    assert isinstance(stranger, Browser)
    for n in range(login_attempts.FIRST.burst + 5):
        stranger.environ_base["REMOTE_ADDR"] = f"198.51.100.{n}"
        log_in(stranger, "wrong")
    assert log_in(client) == 429
    seconds = int(client.last.headers["Retry-After"])  # type: ignore[attr-defined]
    assert 120 < seconds <= 6 * login_attempts.FIRST.seconds
    assert "You can try in 3 minutes" in client.last.text  # type: ignore[attr-defined]
    assert log_in(client) == 429 and int(client.last.headers["Retry-After"]) <= seconds, "the place is kept"  # type: ignore[attr-defined]


def test_a_script_that_tries_names_keeps_nobody_elsewhere_out(client: Browser, bob: Actor) -> None:
    for n in range(login_attempts.BURST + 5):  # of everybody
        log_in(client, "wrong", f"n{n}@example.org")
    assert log_in(client) == 429
    client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    assert log_in(client) == 303


def test_the_answer_does_not_sleep(client: Browser, bob: Actor) -> None:
    for _ in range(5):
        log_in(client, "wrong")
    begun = time.monotonic()
    log_in(client)
    assert time.monotonic() - begun < 1


def test_a_sign_in_without_this_browsers_token_is_refused(client: Browser, bob: Actor) -> None:
    token_of(client, "/login")
    answer = client.post("/login", data={"email": BOB, "password": GOOD})
    assert answer.status_code == 422 and "You opened this page before you signed in" in answer.text


def test_a_cookie_from_before_is_worth_nothing_after(client: Browser, bob: Actor) -> None:
    token_of(client, "/login")
    with client.session_transaction() as cookie:
        cookie["planted"] = "by somebody"
        before = cookie["csrf_token"]
    log_in(client)
    with client.session_transaction() as cookie:
        assert "planted" not in cookie and cookie.get("csrf_token") != before


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        ("/desk/me", "/desk/me"),
        ("/desk?q=status:new", "/desk?q=status:new"),
        ("//evil.example", "/desk"),
        ("/\\evil.example", "/desk"),
        ("https://evil.example/", "/desk"),
    ],
)
def test_only_our_own_pages_follow_a_sign_in(client: Browser, bob: Actor, wanted: str, got: str) -> None:
    log_in(client, next=wanted)
    assert client.last.location == got  # type: ignore[attr-defined]


def test_empty_fields_are_named_and_the_address_is_kept(client: Browser, bob: Actor) -> None:
    assert log_in(client, "", "bob@meridian") == 422
    text = client.last.text  # type: ignore[attr-defined]
    assert 'href="#password"' in text and "Write your password." in text
    assert 'value="bob@meridian"' in text and 'aria-invalid="true"' in text


def test_signing_out_ends_the_session_in_the_database_too(client: Browser, app: Flask, bob: Actor) -> None:
    sign_in(client, bob)
    stolen = client.get_cookie("tipline")
    assert stolen
    answer = client.post("/logout")
    assert answer.location == "/login"
    assert answer.headers["Clear-Site-Data"] == '"storage"'  # words that a tab kept for a slip of the hand
    assert client.get("/desk/me").status_code == 303
    thief = app.test_client()
    thief.set_cookie("tipline", stolen.value)
    assert thief.get("/desk/me").status_code == 303


def test_a_get_does_not_sign_out(client: Browser, bob: Actor) -> None:
    sign_in(client, bob)
    assert client.get("/logout").status_code == 405


def test_an_idle_session_ends(client: Browser, bob: Actor, database: Database) -> None:
    sign_in(client, bob)
    assert client.get("/desk/me").status_code == 200
    with database.writing() as session:
        session.scalars(select(LoginSession)).one().seen_at = now() - timedelta(minutes=31)
        session.commit()
    assert client.get("/desk/me").status_code == 303


def test_use_keeps_a_session_alive(client: Browser, bob: Actor, database: Database) -> None:
    sign_in(client, bob)
    with database.writing() as session:
        session.scalars(select(LoginSession)).one().seen_at = now() - timedelta(minutes=20)
        session.commit()
    client.get("/desk/me")
    with database.reading() as session:
        assert now() - session.scalars(select(LoginSession)).one().seen_at < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("url", "demo", "name"),
    [
        ("http://127.0.0.1:5000", False, "tipline"),
        ("https://tips.meridian.example", False, "__Host-tipline"),
        ("https://tips.meridian.example", True, "tipline"),
        ("http://tips.meridian.example", False, "__Host-tipline"),
    ],
)
def test_the_cookie_is_bound_to_its_host(database: Database, url: str, demo: bool, name: str) -> None:
    from tipline import create_app

    app = create_app(Settings(newsroom=Newsroom(url=url), demo=demo), database)
    cookie = app.test_client().get("/login", base_url=url).headers["Set-Cookie"]
    assert cookie.startswith(f"{name}=")
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie and "Domain" not in cookie
    assert ("Secure" in cookie) == name.startswith("__Host-")


# Links


def invite(database: Database, cast: Cast) -> str:
    with database.writing() as session:
        token = accounts.invite(session, "erin@example.org", "Erin", [Role.REPORTER], cast.ada)
        session.commit()
    return token


def test_an_invitation_sets_the_password_and_signs_in(client: Browser, database: Database, cast: Cast) -> None:
    path = f"/welcome/{invite(database, cast)}"
    page = client.get(path)
    assert page.status_code == 200 and "erin@example.org" in page.text
    answer = client.post(path, data={"password": GOOD, "again": GOOD, "csrf_token": token_of(client, path)})
    assert (answer.status_code, answer.location) == (303, "/desk")
    assert client.get("/desk/me").status_code == 200
    again = client.get(path)
    assert again.status_code == 404 and "used already" in again.text


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [
        ("short", "short", "shorter than 12"),
        (GOOD, OTHER, "differ"),
        ("erin example.org", "erin example.org", "your own name"),
        ("", "", "Write a new password"),
    ],
)
def test_a_bad_new_password_says_what_to_do(
    client: Browser, database: Database, cast: Cast, password: str, again: str, said: str
) -> None:
    path = f"/welcome/{invite(database, cast)}"
    answer = client.post(path, data={"password": password, "again": again, "csrf_token": token_of(client, path)})
    assert answer.status_code == 422 and said in answer.text
    assert password == "" or f'value="{password}"' not in answer.text
    assert client.get(path).status_code == 200, "the link still stands"


@pytest.mark.parametrize("token", ["x", "%20", "None", "null"])
def test_a_link_that_was_never_made_opens_nothing(client: Browser, cast: Cast, token: str) -> None:
    assert client.get(f"/welcome/{token}").status_code == 404
    assert client.get("/welcome/").status_code == 404


# One's own page


def test_a_changed_password_signs_the_other_browsers_out(
    app: Flask, client: Browser, bob: Actor, database: Database
) -> None:
    other = sign_in(app.test_client(), bob)
    sign_in(client, bob)
    before = client.get_cookie("tipline")
    answer = client.post("/desk/me/password", data={"current": GOOD, "password": OTHER, "again": OTHER})
    assert answer.status_code == 303
    assert client.get("/desk/me").status_code == 200
    assert other.get("/desk/me").status_code == 303
    thief = app.test_client()
    assert before
    thief.set_cookie("tipline", before.value)
    assert thief.get("/desk/me").status_code == 303, "this browser's session is a new one, too"
    with database.reading() as session:
        assert session.scalars(select(Event).where(col(Event.verb) == Verb.PASSWORD)).all()


def test_the_current_password_is_asked_for_and_guessing_it_is_slowed(client: Browser, bob: Actor) -> None:
    sign_in(client, bob)
    data = {"current": "wrong", "password": OTHER, "again": OTHER}
    texts = [client.post("/desk/me/password", data=data).text for _ in range(6)]
    assert "not your current password" in texts[0]
    assert "Try again in" in texts[5]


def test_language_and_zone_are_ones_own(client: Browser, bob: Actor) -> None:
    sign_in(client, bob)
    assert '<html lang="en"' in client.get("/desk/me").text
    answer = client.post("/desk/me/language", data={"locale": "zh_Hans", "timezone": "Asia/Shanghai"})
    assert answer.status_code == 303
    text = client.get("/desk/me", headers={"Accept-Language": "en"}).text
    assert '<html lang="zh-Hans"' in text and "Asia/Shanghai" in text
    assert client.post("/desk/me/language", data={"locale": "xx", "timezone": "Mars/Olympus"}).status_code == 422


def test_browsers_are_listed_and_ended(app: Flask, client: Browser, bob: Actor, database: Database) -> None:
    other = sign_in(app.test_client(), bob)
    sign_in(client, bob)
    with database.reading() as session:
        rows = sessions.of(session, bob.account_id)
        assert len(rows) == 2
        theirs = min(row.id or 0 for row in rows)
    assert client.get("/desk/me").text.count("/revoke") == 2
    assert client.post(f"/desk/me/sessions/{theirs}/revoke").status_code == 303
    assert other.get("/desk/me").status_code == 303
    assert client.get("/desk/me").text.count("/revoke") == 1


def test_nobody_ends_anothers_browser(app: Flask, client: Browser, bob: Actor, cast: Cast, database: Database) -> None:
    other = sign_in(app.test_client(), cast.carol)
    with database.reading() as session:
        theirs = sessions.of(session, cast.carol.account_id)[0].id
    sign_in(client, bob)
    assert client.post(f"/desk/me/sessions/{theirs}/revoke").status_code == 404
    assert other.get("/desk/me").status_code == 200
