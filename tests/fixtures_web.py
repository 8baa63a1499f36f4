"""The pages in tests: an application over the test's database, and browsers that are signed in or not."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.fixtures_db import Cast
from tests.web.reading import open_callout
from tipline import create_app
from tipline.config import Settings
from tipline.core.access import Actor
from tipline.core.accounts import sessions
from tipline.core.callouts import CalloutView
from tipline.db import Database
from tipline.mail_settings import MailboxSettings, Smtp

TOKEN = "token-of-the-tests"


class Browser(FlaskClient):
    """A client that sends the token against forged requests once it is signed in, as the desk's pages do."""

    signed_in = False

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        if self.signed_in and kwargs.get("method", "GET") == "POST":
            kwargs["headers"] = {"X-CSRF-Token": TOKEN, **dict(kwargs.get("headers") or {})}
        return super().open(*args, **kwargs)


@pytest.fixture
def settings() -> Settings:
    return Settings()


def with_mail(**more: Any) -> Settings:
    """Settings of a newsroom that can answer by mail."""
    box = MailboxSettings(kind="maildir", path="/nowhere", address="borders@meridian.example")  # type: ignore[arg-type]
    return Settings(smtp=Smtp(host="127.0.0.1", security="none"), mailbox={"tips": box}, **more)


@pytest.fixture
def app(settings: Settings, database: Database) -> Flask:
    app = create_app(settings, database)
    app.testing = True
    app.test_client_class = Browser
    return app


@pytest.fixture
def client(app: Flask) -> Browser:
    """A browser that is not signed in."""
    browser = app.test_client()
    assert isinstance(browser, Browser)
    return browser


@pytest.fixture
def view(database: Database, cast: Cast) -> CalloutView:
    """An open callout with a question of most kinds."""
    return open_callout(database, cast)


def sign_in(client: FlaskClient, actor: Actor) -> FlaskClient:
    """Sign a browser in as somebody, without their password."""
    database: Database = client.application.extensions["tipline"].database
    with database.writing() as session:
        token = sessions.start(session, actor.account_id, "Tests")
        session.commit()
    with client.session_transaction() as cookie:
        cookie.clear()
        cookie.update({"_user_id": token, "_fresh": True, "csrf_token": TOKEN})
    if isinstance(client, Browser):
        client.signed_in = True
    return client
