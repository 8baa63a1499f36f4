"""What views declare is what lets people in; and core's errors become pages."""

from collections.abc import Callable

import pytest
from flask import Blueprint, Flask, g, url_for
from werkzeug.routing import AnyConverter, Rule
from wtforms import PasswordField

from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tipline.config import Settings
from tipline.core import access
from tipline.db import Database
from tipline.errors import Conflict, NotAllowed, NotVisible, Refused
from tipline.models import Account, Role
from tipline.vocabularies import N_
from tipline.web import BLUEPRINTS, wiring
from tipline.web.forms import auth
from tipline.web.guards import access_of, current_actor, local_path, needs, public, read, tip_or_404, write


def part(rule: Rule, name: str, number: int) -> str | int:
    """What stands for a part of an address: an id that no database holds, or a word that it may have."""
    if name.endswith("_id"):
        return number
    converter = rule._converters[name]
    return min(converter.items) if isinstance(converter, AnyConverter) else "open"


@pytest.mark.parametrize("number", [2**31 - 1, 2**31, 2**63 - 1, 2**63, 10**40])
def test_an_id_that_no_database_holds_is_not_found_anywhere(app: Flask, cast: Cast, number: int) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if any(name.endswith("_id") for name in rule.arguments)]
    assert len(rules) > 40
    for somebody in (cast.alice, cast.ada):
        client = sign_in(app.test_client(), somebody)
        for rule in rules:
            with app.test_request_context():
                path = url_for(rule.endpoint, **{name: part(rule, name, number) for name in rule.arguments})
            for method in (rule.methods or set()) & {"GET", "POST"}:
                assert client.open(path, method=method).status_code in (302, 303, 400, 403, 404), (path, method)


def raiser(error: Exception) -> Callable[[], str]:
    def view() -> str:
        raise error

    return public(view)


def probe() -> Blueprint:
    blueprint = Blueprint("probe", __name__)

    @blueprint.get("/open")
    @public
    def open_() -> str:
        return "open"

    @blueprint.route("/desk/anybody", methods=["GET", "POST"])
    @needs()
    def anybody() -> str:
        return current_actor().name

    @blueprint.get("/desk/editors")
    @needs(Role.EDITOR)
    def editors() -> str:
        return "editors"

    @blueprint.get("/desk/undeclared")
    def undeclared() -> str:
        return "never"

    @blueprint.get("/desk/tip/<int:tip_id>")
    @needs(Role.EDITOR, Role.REPORTER)
    def tip(tip_id: int) -> str:
        return tip_or_404(tip_id).title

    @blueprint.post("/desk/rename")
    @needs()
    def rename() -> str:
        before = read().get_one(Account, current_actor().account_id).name
        with write() as session:
            session.get_one(Account, current_actor().account_id).name = "Robert"
            session.commit()
        return f"{before} {read().get_one(Account, current_actor().account_id).name}"

    @blueprint.post("/desk/forgotten")
    @needs()
    def forgotten() -> str:
        with write() as session:
            session.get_one(Account, current_actor().account_id).name = "Robert"
        return read().get_one(Account, current_actor().account_id).name

    @blueprint.get("/desk/session")
    @needs()
    def one_session() -> str:
        return str(read() is read() and g.reading is read())

    for path, error in {
        "/gone": NotVisible("tip 17 of somebody"),
        "/forbidden": NotAllowed("Ask an editor."),
        "/refused": Refused(N_("The note is empty.")),
        "/conflict": Conflict(N_("Somebody changed it.")),
    }.items():
        blueprint.add_url_rule(path, path[1:], raiser(error))
    blueprint.add_url_rule("/broken", "broken", raiser(ZeroDivisionError("li.wei@mail.example")))
    return blueprint


@pytest.fixture
def app(settings: Settings, database: Database) -> Flask:
    app = wiring.application(settings, database, [*BLUEPRINTS, probe()])
    app.testing = True
    app.test_client_class = Browser
    return app


def test_what_declares_nothing_is_refused_to_everybody(client: Browser, app: Flask, cast: Cast) -> None:
    with pytest.raises(RuntimeError, match="declares no access"):
        client.get("/desk/undeclared")
    sign_in(client, cast.alice)
    app.testing = False
    assert client.get("/desk/undeclared").status_code == 500


def test_every_view_of_tipline_declares_who_may_come(app: Flask) -> None:
    silent = {name for name in app.view_functions if access_of(app, name) is None}
    assert silent == {"probe.undeclared"}


def test_a_stranger_is_asked_to_sign_in_and_comes_back(client: Browser, cast: Cast) -> None:
    answer = client.get("/desk/anybody?q=status:new&after=3")
    assert (answer.status_code, answer.location) == (303, "/login?next=/desk/anybody?q%3Dstatus:new%26after%3D3")
    assert client.get("/open").text == "open"


def test_a_lost_session_loses_no_words(client: Browser, cast: Cast) -> None:
    answer = client.post("/desk/anybody", data={"text": "Call <her> on Friday", "csrf_token": "secret-token"})
    assert answer.status_code == 401
    assert "Call &lt;her&gt; on Friday" in answer.text
    assert "secret-token" not in answer.text


def test_a_lost_session_shows_no_password(client: Browser, cast: Cast) -> None:
    forms = (auth.SignInForm, auth.ChangePasswordForm)
    fields = {name: getattr(getattr(form, name), "field_class", None) for form in forms for name in dir(form)}
    named = [name for name, kind in fields.items() if kind is PasswordField]
    assert len(named) == 3
    for name in named:
        assert "hidden-one" not in client.post("/desk/anybody", data={name: "hidden-one", "text": "Call"}).text


def test_a_role_opens_what_names_it_and_no_more(client: Browser, cast: Cast) -> None:
    sign_in(client, cast.bob)
    assert client.get("/desk/anybody").text == "Bob"
    refused = client.get("/desk/editors")
    assert refused.status_code == 403 and "role" in refused.text
    sign_in(client, cast.alice)
    assert client.get("/desk/editors").text == "editors"


def test_a_post_needs_the_token_of_this_browser(client: Browser, cast: Cast) -> None:
    sign_in(client, cast.bob)
    assert client.post("/desk/anybody").text == "Bob"
    client.signed_in = False  # now the test's browser sends no token by itself
    assert client.post("/desk/anybody").status_code == 400
    assert client.post("/desk/anybody", data={"csrf_token": ""}).status_code == 400
    assert client.post("/desk/anybody", headers={"X-CSRF-Token": "another"}).status_code == 400
    assert client.post("/desk/anybody", data={"csrf_token": "token-of-the-tests"}).text == "Bob"
    assert client.post("/desk/anybody", headers={"X-CSRF-Token": "ключ"}).status_code == 400


def test_one_reading_session_a_request_and_a_fresh_one_after_writing(client: Browser, cast: Cast) -> None:
    sign_in(client, cast.bob)
    assert client.get("/desk/session").text == "True"
    assert client.post("/desk/rename").text == "Bob Robert"


def test_what_is_not_committed_is_not_kept(client: Browser, cast: Cast) -> None:
    sign_in(client, cast.bob)
    assert client.post("/desk/forgotten").text == "Bob"


def test_a_tip_that_is_not_for_this_person_is_not_there(client: Browser, cast: Cast) -> None:
    sign_in(client, cast.bob)
    assert client.get("/desk/tip/1").status_code == 404


@pytest.mark.parametrize(
    ("path", "code", "said"),
    [
        ("/gone", 404, "Page not found"),
        ("/forbidden", 403, "Ask an editor."),
        ("/refused", 422, "The note is empty."),
        ("/conflict", 409, "Somebody changed it."),
        ("/nowhere", 404, "Page not found"),
    ],
)
def test_cores_errors_become_pages(client: Browser, path: str, code: int, said: str) -> None:
    answer = client.get(path)
    assert answer.status_code == code and said in answer.text and "17" not in answer.text
    assert "Leave this page" in answer.text and 'href="/r"' in answer.text, "a reader is never without a way out"
    partial = client.get(path, headers={"HX-Request": "true"})
    assert partial.status_code == code and said in partial.text and "<html" not in partial.text
    assert partial.headers["HX-Retarget"] == "#notices"


def test_a_crash_says_nothing_of_what_was_in_hand(
    client: Browser, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    app.testing = False
    answer = client.get("/broken?email=li.wei@mail.example")
    assert answer.status_code == 500 and "Something went wrong" in answer.text
    assert "ZeroDivisionError in probe.broken at" in caplog.text
    assert "li.wei" not in caplog.text + answer.text


def test_wrong_methods_are_told_which_are_right(client: Browser) -> None:
    answer = client.post("/open")
    assert answer.status_code == 405 and "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("size", [5_000_000, 30_000_000])
def test_a_form_of_many_megabytes_is_not_read(client: Browser, size: int) -> None:
    answer = client.post("/login", data="email=" + "x" * size, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413 and "too large" in answer.text


def test_a_form_of_very_many_parts_is_not_read(client: Browser) -> None:
    data = {f"field{n}": "x" for n in range(600)}
    assert client.post("/login", data=data, content_type="multipart/form-data").status_code == 413


@pytest.mark.parametrize("path", ["/desk", "/desk?q=status:new", "/desk/tips/3?q=a%2Fb", "/"])
def test_paths_of_ours_may_follow_a_sign_in(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "target",
    [
        None, "", "desk", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
        "/\t/evil.example", "https://evil.example", "https:/evil.example", "javascript:alert(1)",
        "/desk\r\nSet-Cookie: a=b", " //evil.example", "/desk\\..", "\x00/desk",
    ],
)  # fmt: skip
def test_no_other_place_may_follow_a_sign_in(target: str | None) -> None:
    assert local_path(target) is None


def test_an_account_switched_off_is_out_at_once(client: Browser, database: Database, cast: Cast) -> None:
    sign_in(client, cast.bob)
    with database.writing() as session:
        session.get_one(Account, cast.bob.account_id).active = False
        session.commit()
        assert access.actor(session, cast.bob.account_id) is None
    assert client.get("/desk/anybody").status_code == 303


def test_a_host_name_that_is_not_ours_is_answered_400_and_no_page(app: Flask) -> None:
    for path in ("/", "/desk", "/c/nothing", "/accent.css"):
        answer = app.test_client().get(path, headers={"Host": "evil.example"})
        assert answer.status_code == 400, path
        assert answer.mimetype == "text/plain" and "evil" not in answer.text
