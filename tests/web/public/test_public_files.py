"""Files that come with a story, and lines that break in the middle of one: no word is lost for them."""

import io
import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import EnvironBuilder, TestResponse

from tests.fixtures_db import Cast
from tests.web.public.test_public import rows
from tests.web.reading import PHOTO, QUESTIONS, STORY, Page, code_of, open_callout, story
from tipline.config import Limits
from tipline.core.callouts import CalloutView, QuestionDraft, QuestionTexts
from tipline.core.intake import drafts
from tipline.db import Database
from tipline.models import (
    Draft,
    Message,
    QuestionKind,
    StoredFile,
    Tip,
)
from tipline.web.public import submit

# What a page says does not depend on the database; what does is tested in core, on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def view(database: Database, cast: Cast) -> CalloutView:
    return open_callout(database, cast)


def test_two_files_of_one_name_are_two_files(client: FlaskClient, view: CalloutView, database: Database) -> None:
    story(client, view).post(files=[(PHOTO, "image.jpg"), (PHOTO[:-1] + b"\1", "image.jpg"), (b"", "empty.txt")])
    assert [row.name for row in rows(database, StoredFile)] == ["image.jpg", "image.jpg", "empty.txt"]


def test_two_readers_who_send_only_files_from_one_page_do_not_share_a_receipt(
    client: FlaskClient, database: Database, cast: Cast
) -> None:
    view = open_callout(database, cast, questions=[QUESTIONS[-1]])
    page = Page(client, view).get()
    page.typed["consent"] = "ask"
    first = client.get(page.post(files=[(PHOTO, "a.jpg")]).headers["Location"])
    second = client.get(page.post(files=[(PHOTO + b"2", "a.jpg")]).headers["Location"])
    again = client.get(page.post(files=[(PHOTO, "a.jpg")]).headers["Location"])
    assert code_of(first) == code_of(again) != code_of(second)
    assert len(rows(database, Tip)) == 2


@pytest.mark.parametrize("alone", [False, True], ids=["with-words", "files-alone"])
@pytest.mark.parametrize("before", ["_file", "_move_kept"])
def test_pressed_twice_with_files_that_waited_it_is_one_tip_and_one_receipt(
    client: FlaskClient, database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch, alone: bool, before: str
) -> None:
    view = open_callout(database, cast, questions=[QUESTIONS[-1]] if alone else QUESTIONS)
    page = Page(client, view).get()
    page.read(page.post("&act=keep", files=[(PHOTO, "a.jpg")]))
    if not alone:
        page.fill(QuestionKind.LONG, STORY)
    page.typed["consent"] = "ask"
    was, answers = getattr(submit.FormPost, before), []
    other = threading.Thread(target=lambda: answers.append(page.post()))

    def overtaken(self: submit.FormPost) -> None:
        if other.ident is None:  # the other press goes from its first word to its last file meanwhile
            other.start()
            other.join()
        was(self)

    monkeypatch.setattr(submit.FormPost, before, overtaken)
    answers.append(page.post())
    assert [answer.status_code for answer in answers] == [303, 303]
    receipts = [client.get(answer.headers["Location"]) for answer in answers]
    assert code_of(receipts[0]) == code_of(receipts[1]) and "did not receive" not in receipts[1].text
    assert len(rows(database, Tip)) == 1 and [row.name for row in rows(database, StoredFile)] == ["a.jpg"]


def test_a_file_whose_draft_went_with_another_press_is_not_lost(
    client: FlaskClient, view: CalloutView, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Page(client, view).get()
    was = submit.FormPost._keep_file

    def overtaken(self: submit.FormPost, question_id: int, attached: Any) -> None:
        with database.writing() as session:
            drafts.forget(session, self.submission.id)
            session.commit()
        was(self, question_id, attached)

    monkeypatch.setattr(submit.FormPost, "_keep_file", overtaken)
    answer = page.post(files=[(PHOTO, "a.jpg")])
    assert answer.status_code == 422 and "a.jpg" in answer.text


def test_a_kept_file_can_be_removed(client: FlaskClient, view: CalloutView, database: Database) -> None:
    page = Page(client, view).get()
    answer = page.post(files=[(PHOTO, "one.jpg"), (PHOTO, "two.jpg")])
    page.read(answer)
    address = re.search(r"without=(\d+)", answer.text)
    assert address is not None
    answer = page.post(f"&act=keep&without={address[1]}")
    assert answer.status_code == 200
    assert "one.jpg" not in answer.text and "two.jpg" in answer.text


def test_a_required_file_must_be_there_and_may_have_come_before(
    client: FlaskClient, database: Database, cast: Cast
) -> None:
    needed = QuestionDraft(None, QuestionKind.FILE, True, False, {"en": QuestionTexts("A photo")})
    view = open_callout(database, cast, questions=[QUESTIONS[0], needed])
    page = story(client, view)
    assert page.post().status_code == 422
    del page.typed["consent"]
    page.read(page.post(files=[(PHOTO, "a.jpg")]))
    page.typed["consent"] = "ask"
    assert page.post().status_code == 303
    assert len(rows(database, StoredFile)) == 1


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/passwd",
        "a\u200b.exe",
        "<img src=x onerror=1>.jpg",
        "C:\\x\\y.jpg",
        "é" * 300 + ".jpg",
        "%22;a=%22.svg",
    ],
)
def test_hostile_file_names_are_data(client: FlaskClient, view: CalloutView, database: Database, name: str) -> None:
    page = Page(client, view).get()
    answer = page.post(files=[(PHOTO, name)])
    assert "<img src=x" not in answer.text
    page.read(answer)
    page.fill(QuestionKind.LONG, STORY)
    assert page.post(consent="ask").status_code == 303
    [file] = rows(database, StoredFile)
    assert len(file.name) <= 255 and file.name.endswith(name[-4:].split("\\")[-1][-4:])
    assert not [p for p in database.files.root.rglob("*") if "passwd" in p.name or "jpg" in p.name]


def test_a_file_that_is_too_large_costs_neither_the_words_nor_the_other_files(
    client: FlaskClient, view: CalloutView, database: Database, app: Flask
) -> None:
    place(app, Limits(file_mb=1, files_mb=3))
    large = b"x" * (1024 * 1024 + 1)
    answer = story(client, view).post(files=[(large, "large.mov"), (PHOTO, "a.jpg")])
    assert answer.status_code == 303
    assert "We did not receive one file" in client.get(answer.headers["Location"]).text
    assert [file.name for file in rows(database, StoredFile)] == ["a.jpg"]
    answer = Page(client, view).get().post(files=[(large, "large.mov"), (PHOTO, "b.jpg")])
    assert answer.status_code == 422
    assert "We did not receive one file" in answer.text and "b.jpg" in answer.text


def place(app: Flask, limits: Limits) -> None:
    """Another place with other limits, under the same application."""
    was = app.extensions["tipline"]
    app.extensions["tipline"] = type(was)(was.settings.model_copy(update={"limits": limits}), was.database)


def test_too_many_words_come_back_with_413(client: FlaskClient, view: CalloutView, database: Database) -> None:
    page = story(client, view)
    page.typed["name"] = "Mei Li"
    answer = page.post(contact_note="x" * 1_200_000)
    assert answer.status_code == 413
    assert STORY in answer.text and 'value="Mei Li"' in answer.text
    assert rows(database, Tip) == []


def test_a_bomb_of_a_thousand_parts_is_stopped_and_the_words_before_it_come_back(
    client: FlaskClient, view: CalloutView, database: Database
) -> None:
    page = Page(client, view).get()
    data = {page.name(QuestionKind.LONG): STORY, "sid": page.hidden["sid"], **{f"x{i}": "y" for i in range(2000)}}
    answer = client.post("/c/stranded?lang=en", data=data, content_type="multipart/form-data")
    assert answer.status_code == 413
    assert STORY in answer.text
    assert rows(database, Tip) == []


def test_a_line_that_breaks_in_a_file_does_not_cost_the_words(
    app: Flask, view: CalloutView, database: Database
) -> None:
    page = story(app.test_client(), view)
    data = {**page.typed, **page.hidden, page.name(QuestionKind.FILE): (io.BytesIO(PHOTO * 500), "a.jpg")}
    builder = EnvironBuilder(path="/c/stranded?lang=en", method="POST", data=data)
    environ = builder.get_environ()
    body = environ["wsgi.input"].read()
    environ["wsgi.input"] = io.BytesIO(body[: len(body) // 2])
    answer = TestResponse(*_run(app, environ), request=builder.get_request())  # type: ignore[arg-type]
    assert answer.status_code == 303
    assert [m.text for m in rows(database, Message)] == [STORY]
    assert rows(database, StoredFile) == []


def test_a_line_that_breaks_in_the_words_files_nothing_and_keeps_what_came(
    app: Flask, view: CalloutView, database: Database
) -> None:
    page = story(app.test_client(), view)
    builder = EnvironBuilder(
        path="/c/stranded?lang=en", method="POST", data={**page.typed, "name": "x" * 5000, **page.hidden}
    )
    builder.content_type = "multipart/form-data"
    environ = builder.get_environ()
    body = environ["wsgi.input"].read()
    environ["wsgi.input"] = io.BytesIO(body[:-2000])
    status = _run(app, environ)[1]
    assert status.startswith("422")
    assert rows(database, Tip) == []


def _run(app: Flask, environ: dict[str, Any]) -> tuple[Iterator[bytes], str, Any]:
    got: dict[str, Any] = {}
    body = app(environ, lambda status, headers, info=None: got.update(status=status, headers=headers))  # type: ignore[arg-type]
    return iter(list(body)), got["status"], got["headers"]


def test_a_client_that_sends_files_first_loses_no_words(
    client: FlaskClient, view: CalloutView, database: Database
) -> None:
    page = story(client, view)
    del page.hidden["words_end"]
    assert page.post(files=[(PHOTO, "a.jpg")]).status_code == 303
    assert len(rows(database, StoredFile)) == 1


def test_a_full_disk_gives_the_words_back_and_names_the_other_door(
    client: FlaskClient, view: CalloutView, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tipline.storage.FREE_SPACE_FLOOR", 1 << 62)
    page = Page(client, view).get().fill(QuestionKind.LONG, STORY)
    answer = page.post(files=[(PHOTO, "a.jpg")])
    assert answer.status_code == 503
    assert STORY in answer.text and "s@meridian.example" in answer.text


def test_a_full_disk_in_the_middle_costs_the_files_only(
    client: FlaskClient, view: CalloutView, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tipline.storage.FREE_SPACE_FLOOR", 1 << 62)
    answer = story(client, view).post(files=[(PHOTO * 200, "a.jpg")])
    assert answer.status_code == 303
    assert "did not receive" in client.get(answer.headers["Location"]).text
    assert len(rows(database, Tip)) == 1


def test_the_words_are_committed_before_the_first_file_is_read(
    client: FlaskClient, view: CalloutView, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    was = submit.FormPost._attach

    def attach(self: submit.FormPost, attachment: Any) -> None:
        seen.append(len(rows(database, Message)))  # another connection: it sees what is committed
        was(self, attachment)

    monkeypatch.setattr(submit.FormPost, "_attach", attach)
    story(client, view).post(files=[(PHOTO, "a.jpg"), (PHOTO, "b.jpg")])
    assert seen == [1, 1]


def test_a_draft_is_the_readers_alone(client: FlaskClient, view: CalloutView, database: Database) -> None:
    page = Page(client, view).get()
    page.post(files=[(PHOTO, "a.jpg")])
    assert "a.jpg" not in Page(client, view).get().post().text
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Draft)) == 2
        assert drafts.take(session, "unknown") is None
