"""The reader's own page, opened by a secret link without cookies and JavaScript."""

import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from tests.fixtures_db import Cast
from tests.fixtures_web import sign_in
from tests.web.reading import PHOTO, link_of, open_callout, story
from tipline.core import triage
from tipline.core.arrival import ConsentChoice
from tipline.core.callouts import CalloutView
from tipline.db import Database
from tipline.models import Message, Status, StoredFile, Tip
from tipline.web.throttle import Throttle
from tipline.web.uploads import MARK


@pytest.fixture
def view(database: Database, cast: Cast) -> CalloutView:
    return open_callout(database, cast)


@pytest.fixture
def link(client: FlaskClient, view: CalloutView) -> str:
    """The page of a reader who sent a story."""
    return link_of(client.get(story(client, view).post().headers["Location"]))


@pytest.fixture
def desk(app: Flask, cast: Cast) -> FlaskClient:
    """Alice's browser; the reader's is another."""
    return sign_in(app.test_client(), cast.alice)


def rows(database: Database, table: Any) -> list[Any]:
    with database.reading() as session:
        return list(session.scalars(select(table)))


def add(client: FlaskClient, link: str, text: str = "", *files: tuple[bytes, str]) -> TestResponse:
    data: dict[str, Any] = {"text": text, MARK: "1"}
    if files:
        data["files"] = [FileStorage(io.BytesIO(content), name) for content, name in files]
    boundary, body = encode_multipart(data)
    return client.post(f"{link}/add", data=body, content_type=f'multipart/form-data; boundary="{boundary}"')


def test_words_and_files_are_added_and_the_page_says_so(client: FlaskClient, link: str, database: Database) -> None:
    sent = add(client, link, "One thing more.", (PHOTO, "visa.jpg"))
    assert sent.status_code == 303
    page = client.get(sent.headers["Location"]).text
    assert "We have it. Thank you." in page and "One thing more." in page and "visa.jpg" in page
    add(client, link, "One thing more.", (PHOTO, "visa.jpg"))
    assert [m.text for m in rows(database, Message)].count("One thing more.") == 1, "pressed twice, it is one"
    assert len(rows(database, StoredFile)) == 1


def test_nothing_is_not_sent_and_too_much_comes_back(client: FlaskClient, link: str, database: Database) -> None:
    empty = add(client, link)
    assert empty.status_code == 422 and "Write something or choose a file" in empty.text
    long = add(client, link, "x" * 20_001)
    assert long.status_code == 422 and "x" * 20_001 in long.text
    assert len(rows(database, Message)) == 1


def test_the_page_is_in_the_readers_language_the_callouts_title_too(client: FlaskClient, link: str) -> None:
    assert "滞留？" in client.get(f"{link}?lang=zh_Hans").text
    assert "Stranded?" in client.get(f"{link}?lang=en").text


def test_a_changed_consent_is_on_the_desk_with_what_was_shown(
    client: FlaskClient, link: str, desk: FlaskClient, database: Database
) -> None:
    assert client.get(link).text.count("checked") == 1, "what they said is what is ticked"
    sent = client.post(f"{link}/consent", data={"consent": "anonymous"})
    assert sent.status_code == 303
    assert "From now on that is what we may publish" in client.get(sent.headers["Location"]).text
    tip = rows(database, Tip)[0]
    assert tip.consent is ConsentChoice.ANONYMOUS
    page = desk.get(f"/desk/tips/{tip.id}").text
    assert "What may we publish? My words, without my name We leave out" in page


@pytest.mark.parametrize("choice", ["", "unknown", "everything"])
def test_a_consent_that_is_no_choice_changes_nothing(
    client: FlaskClient, link: str, database: Database, choice: str
) -> None:
    page = client.post(f"{link}/consent", data={"consent": choice})
    assert page.status_code == 422 and 'role="alert"' in page.text
    assert rows(database, Tip)[0].consent is ConsentChoice.ASK


def test_who_takes_everything_back_is_told_what_happens_and_is_due_on_the_desk(
    client: FlaskClient, link: str, desk: FlaskClient, database: Database, cast: Cast
) -> None:
    tip_id = rows(database, Tip)[0].id
    with database.writing() as session:
        triage.set_status(session, tip_id, Status.USED, cast.alice)
        session.commit()
    assert "by hand" in client.get(link).text
    sent = client.post(f"{link}/take-back")
    assert sent.status_code == 303
    page = client.get(sent.headers["Location"]).text
    assert "Your wish has reached us" in page and "Nothing: for your background only" in page
    assert "My son is in Shanghai" in page, "it is not deleted yet, and the page does not say that it is"
    due = desk.get("/desk?q=due:now").text
    assert f'id="row-{tip_id}"' in due and "unread" in due
    tip = desk.get(f"/desk/tips/{tip_id}").text
    assert "I take everything back" in tip and "the reader takes everything back" in tip


def test_wishes_of_nobody_are_not_found(client: FlaskClient, view: CalloutView) -> None:
    for path in ("", "/add", "/consent", "/take-back"):
        address = f"/r/{'A' * 23}{path}"
        answer = client.get(address) if not path else client.post(address, data={"consent": "ask"})
        assert answer.status_code == 404, path
    assert client.get(f"/r/{'A' * 23}/take-back").status_code == 405


def test_a_flood_is_slowed_and_the_words_come_back(app: Flask, client: FlaskClient, link: str) -> None:
    app.extensions["tipline.posts"] = Throttle(1, 1)
    add(client, link, "The first.")
    slow = add(client, link, "The second.")
    assert slow.status_code == 429 and slow.headers["Retry-After"] and "The second." in slow.text
    for wish in ("consent", "take-back"):
        assert client.post(f"{link}/{wish}", data={"consent": "name"}).status_code == 429


def test_public_pages_promise_only_what_is_true(client: FlaskClient, view: CalloutView, link: str) -> None:
    pages = [client.get(path).text for path in ("/c/stranded", link)]
    for page in pages:
        assert "every copy that leaves" not in page, "originals can be taken out as they came"
        assert "alone" not in page, "editors see it too"
    assert "seizes our server" in pages[0]
