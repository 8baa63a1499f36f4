"""A form while the database is locked or away: its reader is served as ever, and nothing is lost."""

import html
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.filing import file_all
from tests.fixtures_db import Cast, rows
from tests.fixtures_web import sign_in
from tests.trouble import away, locked
from tests.web.reading import PHOTO, QUESTIONS, STORY, Page, code_of, link_of, open_callout, story
from tipline.core.callouts import CalloutView
from tipline.db import Database, is_sqlite
from tipline.models import Draft, Message, QuestionKind, StoredFile, Tip
from tipline.spool import Spool
from tipline.web.public import submit
from tipline.web.public.filing import SafeWords
from tipline.web.uploads import MARK


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tipline.web.database_waits.LOCK_WAIT_SECONDS", 0.2)
    monkeypatch.setattr("tipline.web.database_waits.SHORT", 0.1)


@pytest.fixture
def gone(database: Database) -> Iterator[Database]:
    """A database that can be taken away (PostgreSQL's; SQLite's is a file)."""
    if is_sqlite(database.engine):
        pytest.skip("a SQLite database does not go away")
    yield database


def test_a_form_sent_while_the_database_is_locked_gets_its_true_receipt_and_is_filed_later(
    client: FlaskClient, view: CalloutView, database: Database, spool: Spool
) -> None:
    page = story(client, view)
    with locked(database):
        answer = page.post(files=[(PHOTO, "a.jpg"), (PHOTO + b"2", "b.jpg")])
        assert answer.status_code == 303
        receipt = client.get(answer.headers["Location"])
        assert receipt.status_code == 200 and "2 files" in receipt.text
        waiting = client.get(link_of(receipt))
        assert waiting.status_code == 200 and STORY in waiting.text and "in a few minutes" in waiting.text
        assert client.post("/r", data={"code": code_of(receipt)}).headers["Location"] == link_of(receipt)
        assert rows(database, Tip) == []
    file_all(database)
    assert [file.name for file in rows(database, StoredFile)] == ["a.jpg", "b.jpg"]
    later = client.get(answer.headers["Location"])
    assert code_of(later) == code_of(receipt) and "2 files" in later.text
    assert STORY in client.get(link_of(receipt)).text and "in a few minutes" not in client.get(link_of(receipt)).text


def test_sent_again_when_the_database_answers_it_is_one_tip_with_one_code(
    client: FlaskClient, view: CalloutView, database: Database, spool: Spool
) -> None:
    page = story(client, view)
    with locked(database):
        first = client.get(page.post(files=[(PHOTO, "a.jpg")]).headers["Location"])
        page.post(files=[(PHOTO, "a.jpg")])
    second = client.get(page.post(files=[(PHOTO, "a.jpg")]).headers["Location"])
    file_all(database)
    assert code_of(first) == code_of(second)
    assert [len(rows(database, table)) for table in (Tip, Message, StoredFile)] == [1, 1, 1]


def test_a_form_that_is_filed_while_its_reader_asks_for_it_is_found(
    client: FlaskClient, view: CalloutView, database: Database, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with locked(database):
        receipt = client.get(story(client, view).post(files=[(PHOTO, "a.jpg")]).headers["Location"])
    was = Spool.find

    def find(self: Spool, code_hash: str) -> Any:
        file_all(database)  # the worker comes between the look into the database and the one into the spool
        return was(self, code_hash)

    monkeypatch.setattr(Spool, "find", find)
    page = client.get(link_of(receipt))
    assert page.status_code == 200 and STORY in page.text and "in a few minutes" not in page.text


def test_locked_between_words_and_files_the_files_follow(
    client: FlaskClient, view: CalloutView, database: Database, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    was, lock = submit.FormPost._attach, locked(database)

    def attach(self: submit.FormPost, attachment: Any) -> None:
        if self.posted.fields and not seen:
            seen.append(lock.__enter__())
        was(self, attachment)

    seen: list[Any] = []
    monkeypatch.setattr(submit.FormPost, "_attach", attach)
    answer = story(client, view).post(files=[(PHOTO, "a.jpg"), (PHOTO, "b.jpg")])
    receipt = client.get(answer.headers["Location"])
    assert "2 files" in receipt.text and "did not receive" not in receipt.text
    assert len(rows(database, Message)) == 1 and rows(database, StoredFile) == []
    lock.__exit__(None, None, None)
    file_all(database)
    assert [file.name for file in rows(database, StoredFile)] == ["a.jpg", "b.jpg"]


def test_files_alone_are_taken_too_and_two_readers_of_one_page_do_not_share_a_receipt(
    client: FlaskClient, database: Database, cast: Cast, spool: Spool
) -> None:
    view = open_callout(database, cast, questions=[QUESTIONS[-1]])
    page = Page(client, view).get()
    page.typed["consent"] = "ask"
    with locked(database):
        first = client.get(page.post(files=[(PHOTO, "a.jpg")]).headers["Location"])
        second = client.get(page.post(files=[(PHOTO + b"2", "a.jpg")]).headers["Location"])
    again = client.get(page.post(files=[(PHOTO, "a.jpg")]).headers["Location"])
    file_all(database)
    assert code_of(first) == code_of(again) != code_of(second)
    assert len(rows(database, Tip)) == 2 and len(rows(database, StoredFile)) == 2


def test_files_that_waited_from_an_earlier_try_come_along(
    client: FlaskClient, view: CalloutView, database: Database, spool: Spool
) -> None:
    page = Page(client, view).get()
    page.fill(QuestionKind.LONG, STORY)
    page.read(page.post(files=[(PHOTO, "kept.jpg")]))
    with locked(database):
        answer = page.post(consent="ask")
        assert "with one file" in client.get(answer.headers["Location"]).text
    file_all(database)
    assert [file.name for file in rows(database, StoredFile)] == ["kept.jpg"]


def test_a_form_that_does_not_pass_comes_back_with_all_its_words(
    client: FlaskClient, view: CalloutView, database: Database, spool: Spool
) -> None:
    page = Page(client, view).get().fill(QuestionKind.LONG, STORY)
    with locked(database):
        answer = page.post(files=[(PHOTO, "a.jpg")])
    assert answer.status_code == 503
    assert STORY in answer.text and "s@meridian.example" in answer.text
    assert spool.standing().waiting == 0 and rows(database, Draft) == []


def test_neither_database_nor_disk_gives_the_words_back(
    client: FlaskClient, view: CalloutView, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = story(client, view)
    monkeypatch.setattr("tipline.storage.FREE_SPACE_FLOOR", 1 << 62)
    with locked(database):
        answer = page.post(files=[(PHOTO, "a.jpg")])
    assert answer.status_code == 503 and STORY in answer.text and "s@meridian.example" in answer.text


def test_pages_open_while_the_database_is_locked(client: FlaskClient, view: CalloutView, database: Database) -> None:
    receipt = client.get(story(client, view).post().headers["Location"])
    with locked(database):
        for address in ("/", "/c/stranded", "/r", link_of(receipt)):
            assert client.get(address).status_code == 200


def test_a_form_is_shown_and_taken_while_the_database_is_away(
    client: FlaskClient, view: CalloutView, gone: Database, spool: Spool
) -> None:
    page = story(client, view)
    page.read(page.post(consent="", files=[(PHOTO, "kept.jpg")]))  # waits in a draft that can't be read then
    with away(gone):
        assert client.get("/c/stranded?lang=en").status_code == 200
        answer = page.post(files=[(PHOTO, "a.jpg")])
        assert answer.status_code == 303
        receipt = client.get(answer.headers["Location"])
        assert "in a few minutes" in client.get(link_of(receipt)).text
        assert client.get("/").status_code == 503
        assert client.get("/r/" + "A" * 23).status_code == 503  # nobody can know
    assert client.get("/").status_code == 200
    file_all(gone)
    assert sorted(file.name for file in rows(gone, StoredFile)) == ["a.jpg", "kept.jpg"]
    assert STORY in client.get(link_of(receipt)).text


MORE = "One thing more."


@pytest.fixture
def link(client: FlaskClient, view: CalloutView) -> str:
    """Of a reader's page."""
    return link_of(client.get(story(client, view).post().headers["Location"]))


def once_of(client: FlaskClient, link: str) -> str:
    """What the reader's page knows a press of its button by."""
    return html.unescape(re.findall(r'name="once"[^>]*value="([^"]+)"', client.get(link).text)[0])


def add(client: FlaskClient, link: str, once: str = "", text: str = MORE) -> TestResponse:
    said = {"text": text, "once": once, MARK: "1", "files": (io.BytesIO(PHOTO), "a.jpg")}
    return client.post(f"{link}/add", data=said, content_type="multipart/form-data")


def added(database: Database) -> list[str]:
    """The texts that came by a reader's page, in their order."""
    return [row.text for row in sorted(rows(database, Message), key=lambda row: row.id or 0) if row.source == "page"]


def test_what_a_reader_adds_while_the_database_is_locked_waits_is_shown_and_stands_there_once(
    client: FlaskClient, link: str, database: Database, spool: Spool
) -> None:
    once, later = once_of(client, link), once_of(client, link)
    with locked(database):
        answer = add(client, link, once)
        assert answer.status_code == 303
        page = client.get(answer.headers["Location"]).text
        assert MORE in page and "so it appears in your messages in a few minutes" in page
        assert "one file saved, appears here soon" in page
        assert add(client, link, once).status_code == 303, "pressed twice"
        assert client.get(link).text.count(MORE) == 1
        add(client, link, later, "And the last.")
        assert added(database) == []
    add(client, link, once)  # and once more, before the worker came
    file_all(database)
    assert sorted(added(database)) == ["And the last.", MORE]
    page = client.get(answer.headers["Location"]).text
    assert "We have it. Thank you." in page and "safe place" not in page and page.count(MORE) == 1
    assert [file.name for file in rows(database, StoredFile)] == ["a.jpg", "a.jpg"]


def test_a_choice_that_can_not_be_stored_is_said_to_be_unchanged(
    client: FlaskClient, link: str, database: Database
) -> None:
    with locked(database):
        for path, said in (("consent", {"consent": "anonymous"}), ("withdraw", {}), ("reach", {"contact": "no"})):
            answer = client.post(f"{link}/{path}", data=said)
            assert answer.status_code == 503, path
            assert "Nothing has changed" in answer.text and "you typed" not in answer.text
            assert "<dd>Ask me first</dd>" in answer.text


def test_what_a_reader_adds_is_filed_in_the_order_in_which_it_came(
    client: FlaskClient, link: str, database: Database
) -> None:
    with locked(database):
        for n in range(3):
            add(client, link, once_of(client, link), f"Word {n}.")
    file_all(database)
    assert added(database) == ["Word 0.", "Word 1.", "Word 2."]


def test_locked_between_added_words_and_their_file_the_file_follows(
    client: FlaskClient, link: str, database: Database, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, was = locked(database), SafeWords.attach

    def attach(self: SafeWords, attached: Any) -> tuple[SafeWords, bool]:
        lock.__enter__()
        return was(self, attached)

    once = once_of(client, link)
    monkeypatch.setattr(SafeWords, "attach", attach)
    assert "missed" not in add(client, link, once).headers["Location"]
    assert added(database) == [MORE] and rows(database, StoredFile) == []
    lock.__exit__(None, None, None)
    file_all(database)
    assert [file.name for file in rows(database, StoredFile)] == ["a.jpg"]


def test_who_deletes_everything_takes_what_waits_along(
    client: FlaskClient, link: str, database: Database, spool: Spool
) -> None:
    once = once_of(client, link)
    with locked(database):
        add(client, link, once)
    assert client.post(f"{link}/delete").status_code == 303
    assert spool.standing().waiting == 0
    file_all(database)
    assert rows(database, Message) == [] and list(spool.root.iterdir()) == []


def test_what_was_added_and_fits_neither_database_nor_disk_comes_back(
    client: FlaskClient, link: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr("tipline.spool.segments.Segments.put", full)
    once = once_of(client, link)
    with locked(database):
        answer = add(client, link, once)
    assert answer.status_code == 503 and MORE in answer.text and "We did not receive one file" in answer.text
    assert add(client, link, once).status_code == 303 and len(rows(database, StoredFile)) == 1


@pytest.mark.parametrize("once", ["", "made~up~AAAAAAAAAAAAAAAAAAAAAA"])
def test_what_is_added_from_a_page_that_was_not_ours_comes_back_while_the_database_is_locked(
    client: FlaskClient, link: str, database: Database, once: str
) -> None:
    with locked(database):
        answer = add(client, link, once)
    assert answer.status_code == 503 and MORE in answer.text
    assert "We did not receive one file" in answer.text and len(rows(database, Message)) == 1


def test_what_a_reader_adds_while_the_database_is_away_waits_too(
    client: FlaskClient, link: str, gone: Database, spool: Spool
) -> None:
    once = once_of(client, link)
    with away(gone):
        answer = add(client, link, once)
        assert answer.status_code == 303
        page = client.get(answer.headers["Location"])
        assert page.status_code == 200 and MORE in page.text and "You do not need to send it again" in page.text
        other = f"{link[:-4]}AAAA" if not link.endswith("AAAA") else f"{link[:-4]}BBBB"
        assert add(client, other, once).status_code == 503, "another's page"
        unsigned = add(client, link)
        assert unsigned.status_code == 503 and MORE in unsigned.text and "We did not save this" in unsigned.text
    file_all(gone)
    assert added(gone) == [MORE] and [file.name for file in rows(gone, StoredFile)] == ["a.jpg"]
    assert spool.standing().waiting == 0


def test_only_half_of_the_threads_wait_long_and_after_one_waited_in_vain_none(app: Flask) -> None:
    patience = app.extensions["tipline.patience"]
    with patience.waiting() as a, patience.waiting() as b, patience.waiting(), patience.waiting() as d:
        assert (a, b, d) == (0.2, 0.2, 0.2)
        with patience.waiting() as e:
            assert e == 0.1


def test_after_a_wait_in_vain_the_next_ones_are_short_until_one_succeeds(
    client: FlaskClient, view: CalloutView, database: Database, app: Flask
) -> None:
    patience = app.extensions["tipline.patience"]
    with locked(database):
        story(client, view).post()
        with pytest.raises(ZeroDivisionError), patience.waiting() as seconds:
            assert seconds == 0.1
            raise ZeroDivisionError
    with patience.waiting():
        pass
    with patience.waiting() as seconds:
        assert seconds == 0.2


def test_the_mail_page_says_what_waits_and_what_does_not_open(
    client: FlaskClient, app: Flask, view: CalloutView, database: Database, spool: Spool, cast: Cast
) -> None:
    desk = sign_in(app.test_client(), cast.alice)
    assert "spool" not in desk.get("/desk/mail").text
    page = story(client, view)
    with locked(database):
        page.post()
        page.fill(QuestionKind.LONG, "Another").post()
    assert re.search(r"What 2 readers sent waits in the spool, the oldest since", desk.get("/desk/mail").text)
    [record, _] = spool.segments.records()
    content = bytearray(record.path.read_bytes())
    content[record.at] ^= 1
    record.path.write_bytes(content)
    text = desk.get("/desk/mail").text
    assert "What one reader sent waits in the spool" in text and "1 file of the spool does not open" in text
