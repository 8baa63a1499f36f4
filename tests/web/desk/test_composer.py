"""The composer's pages: drafts, files, saved replies, times, contacts and tasks; with a script and without."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlmodel import Session, col, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from tests.fixtures_db import Cast
from tests.fixtures_web import TOKEN, Browser, sign_in, with_mail
from tests.web.arriving import by_form, by_mail
from tests.web.bodies import multipart
from tipline.config import Limits, Settings
from tipline.core.arrival import Attachment
from tipline.core.outbox import scheduled
from tipline.core.readers import receipts
from tipline.core.replies import reply_files, saved_replies
from tipline.core.replies.reply_files import AttachmentLimit
from tipline.core.replies.saved_replies import SavedDraft
from tipline.core.tips import reply_drafts
from tipline.db import Database, now
from tipline.models import (
    ContactEntry,
    Message,
    Outgoing,
    ReplyDraft,
    ReplyFile,
    SavedReply,
    SendState,
    StoredFile,
    Task,
    Tip,
)

# What core does with each runs on both databases; here it is the pages' turn.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SCRIPT = {"Accept": "application/json"}
HTMX = {"HX-Request": "true", "HX-Target": "tip"}


@pytest.fixture
def settings() -> Settings:
    return with_mail(limits=Limits(reply_files_mb=1))


@pytest.fixture
def desk(client: Browser, cast: Cast) -> Browser:
    """Bob's browser."""
    sign_in(client, cast.bob)
    return client


@pytest.fixture
def tip_id(session: Session, cast: Cast) -> int:
    return by_mail(session, cast.borders)


def rows(database: Database, table: type) -> list:  # type: ignore[type-arg]
    with database.reading() as session:
        return list(session.scalars(select(table)))


def field(page: str) -> str:
    """What stands in the reply's field."""
    found = re.search(r'<textarea id="reply-text"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found
    return found[1]


def posted(fields: dict[str, Any]) -> tuple[bytes, str]:
    """A form with a large file; the test's client would leave it open on the disk."""
    boundary, body = encode_multipart(fields)
    return body, f"multipart/form-data; boundary={boundary}"


def test_a_draft_is_in_the_field_again_and_the_row_says_so(desk: Browser, tip_id: int) -> None:
    answer = desk.post(f"/desk/tips/{tip_id}/draft", data={"text": "Thank <you>", "draft": ""}, headers=SCRIPT)
    assert answer.status_code == 200
    page = desk.get(f"/desk/tips/{tip_id}").text
    assert field(page) == "Thank &lt;you&gt;"
    assert answer.json["version"] in page  # type: ignore[index]
    assert '<span class="begun">draft</span>' in desk.get("/desk").text
    kept = desk.post(f"/desk/tips/{tip_id}/draft", data={"text": "a note", "compose": "note"})
    assert kept.status_code == 303
    assert desk.post(f"/desk/tips/{tip_id}/draft", data={"text": "x", "compose": "else"}).status_code == 400


def test_a_second_window_is_told_and_nothing_is_lost(desk: Browser, database: Database, tip_id: int) -> None:
    desk.post(f"/desk/tips/{tip_id}/draft", data={"text": "From the desk", "draft": ""})
    told = desk.post(f"/desk/tips/{tip_id}/draft", data={"text": "From the phone", "draft": ""}, headers=SCRIPT)
    assert (told.status_code, told.json["text"]) == (409, "From the desk")  # type: ignore[index]
    page = desk.post(f"/desk/tips/{tip_id}/draft", data={"text": "From the phone", "draft": ""})
    assert page.status_code == 409
    assert field(page.text) == "From the phone"
    assert "From the desk" in page.text
    assert [row.text for row in rows(database, ReplyDraft)] == ["From the desk"]


def test_undo_brings_text_and_files_back_and_nothing_was_sent(desk: Browser, database: Database, tip_id: int) -> None:
    files = [(io.BytesIO(b"%PDF-1.7 map"), "../map of it.pdf")]
    sent = desk.post(
        f"/desk/tips/{tip_id}/reply", data={"text": "See the map", "submission": "s", "files": files}, headers=HTMX,
        follow_redirects=True,
    )  # fmt: skip
    (out,) = rows(database, Outgoing)
    (message,) = [row for row in rows(database, Message) if row.id == out.message_id]
    assert (out.state, out.not_before - message.created_at) == (SendState.QUEUED, timedelta(seconds=10))
    assert f"/desk/outgoing/{out.id}/withdraw" in sent.text
    assert [row.name for row in rows(database, StoredFile)] == ["map of it.pdf"]
    page = desk.post(f"/desk/outgoing/{out.id}/withdraw", follow_redirects=True).text
    assert field(page) == "See the map"
    assert "map of it.pdf" in page
    assert rows(database, Outgoing)[0].state is SendState.WITHDRAWN
    again = desk.post(f"/desk/outgoing/{out.id}/withdraw", follow_redirects=True).text
    assert "Nothing was changed" in again


def test_a_form_that_is_sent_again_leaves_no_file_behind_and_after_undo_it_is_a_reply_of_its_own(
    desk: Browser, database: Database, tip_id: int
) -> None:
    def send() -> None:
        files = [(io.BytesIO(b"%PDF-1.7 map"), "map.pdf")]
        assert desk.post(f"/desk/tips/{tip_id}/reply", data={"text": "The map", "submission": "s", "files": files})

    send()
    send()  # by reloading the page that came of it
    (out,) = rows(database, Outgoing)
    assert rows(database, ReplyFile) == []  # it would leave with the next reply
    desk.post(f"/desk/outgoing/{out.id}/withdraw")
    send()  # by the browser's Back
    send()
    assert sorted(row.state for row in rows(database, Outgoing)) == [SendState.QUEUED, SendState.WITHDRAWN]


def test_files_wait_beside_the_text_and_too_much_is_refused_without_losing_it(
    desk: Browser, database: Database, tip_id: int
) -> None:
    small = [(io.BytesIO(b"hello"), "a.txt"), (io.BytesIO(b"hello"), "b.txt")]
    page = desk.post(
        f"/desk/tips/{tip_id}/reply/files", data={"text": "My words", "files": small}, follow_redirects=True
    )
    assert field(page.text) == "My words"
    first, second = rows(database, ReplyFile)
    version = re.search(r'name="draft" value="(\d+)"', page.text)
    assert version
    data = {"text": "My words, more", "draft": version[1]}
    page = desk.post(f"/desk/tips/{tip_id}/reply/files/{first.id}/remove", data=data, follow_redirects=True)
    assert field(page.text) == "My words, more"
    assert [row.id for row in rows(database, ReplyFile)] == [second.id]
    body, kind = posted({"text": "Typed", "files": FileStorage(io.BytesIO(b"x" * 1_100_000), "large.bin")})
    large = desk.post(f"/desk/tips/{tip_id}/reply", data=body, content_type=kind)
    assert (large.status_code, field(large.text)) == (422, "Typed")
    assert "too large for a mail" in large.text
    assert rows(database, Outgoing) == []


def test_a_reply_waits_for_its_time_gets_another_and_goes_now(desk: Browser, database: Database, tip_id: int) -> None:
    at, later = ((now() + timedelta(days=n)).replace(tzinfo=None).isoformat(timespec="minutes") for n in (30, 31))
    data = {"text": "How was it?", "submission": "s", "send_at": "other", "send_on": at}
    page = desk.post(f"/desk/tips/{tip_id}/reply", data=data, follow_redirects=True).text
    assert "The reply goes" in page
    assert 'hx-trigger="load delay:3s"' not in page  # nothing to wait for
    (out,) = rows(database, Outgoing)
    assert out.reason == "scheduled"
    for wrong in ("", "2020-01-01T09:00", "soon", "99999-01-01T00:00"):
        refused = desk.post(f"/desk/outgoing/{out.id}/time", data={"send_at": "other", "send_on": wrong})
        assert refused.status_code == 303
    assert rows(database, Outgoing)[0].not_before == out.not_before
    desk.post(f"/desk/outgoing/{out.id}/time", data={"send_at": "other", "send_on": later})
    assert rows(database, Outgoing)[0].not_before != out.not_before
    with database.writing() as session:
        scheduled.hold(session, tip_id)
        session.commit()
    page = desk.get(f"/desk/tips/{tip_id}").text
    assert "Held back" in page
    assert "The reader wrote after this was written" in page
    assert "Undo" in desk.post(f"/desk/outgoing/{out.id}/send-now", follow_redirects=True).text
    assert rows(database, Outgoing)[0].reason == ""


@pytest.mark.parametrize("wrong", ["yesterday", "2020-01-01T09:00"])
def test_a_time_that_is_none_keeps_what_was_typed(desk: Browser, tip_id: int, wrong: str) -> None:
    page = desk.post(f"/desk/tips/{tip_id}/reply", data={"text": "Typed", "send_at": wrong})
    assert (page.status_code, field(page.text)) == (422, "Typed")


def test_a_saved_reply_is_filled_for_the_tip_and_what_is_not_known_is_left_to_be_written(
    desk: Browser, session: Session, cast: Cast, database: Database, tip_id: int
) -> None:
    row = saved_replies.save(session, None, SavedDraft("hi", "Dear {reader}, {callout}, {reporter}"), cast.bob)
    nameless = by_form(session, cast.borders)
    session.commit()
    text = desk.get(f"/desk/tips/{tip_id}/saved-replies/{row.id}")
    assert text.mimetype == "text/plain"
    assert text.text == "Dear Mei L., Stranded by closed borders, Bob"
    assert desk.get(f"/desk/tips/{nameless}/saved-replies/{row.id}").text.startswith("Dear {reader},")
    page = desk.post(f"/desk/tips/{tip_id}/reply/saved", data={"text": "Above", "saved": row.id}, follow_redirects=True)
    assert field(page.text) == "Above\n\nDear Mei L., Stranded by closed borders, Bob"
    with database.writing() as writing:
        writing.get_one(Tip, tip_id).restricted = True
        writing.commit()


def test_saved_replies_are_written_previewed_and_refused_where_nobody_knows_a_placeholder(
    desk: Browser, database: Database
) -> None:
    data = {"name": "thanks", "text": "Dear {reader}", "callout_id": "0", "language": ""}
    preview = desk.post("/desk/saved-replies/new", data={**data, "act": "preview"})
    assert "Dear Mei L." in preview.text
    assert rows(database, SavedReply) == []
    refused = desk.post("/desk/saved-replies/new", data={**data, "text": "Dear {raeder}"})
    assert refused.status_code == 422 and "There is no placeholder {raeder}." in refused.text
    assert desk.post("/desk/saved-replies/new", data=data).status_code == 303
    (row,) = rows(database, SavedReply)
    assert "/thanks" in desk.get("/desk/saved-replies").text
    assert desk.post(f"/desk/saved-replies/{row.id}", data={**data, "text": "Hello"}).status_code == 303
    assert desk.post(f"/desk/saved-replies/{row.id}/remove").status_code == 303
    assert rows(database, SavedReply) == []


def test_a_call_is_noted_and_a_wrong_one_keeps_what_was_typed(desk: Browser, database: Database, tip_id: int) -> None:
    data = {
        "contact-way": "call",
        "contact-at": "2021-06-22T09:00",
        "contact-outcome": "Will write",
        "contact-text": "W",
    }
    wrong = desk.post(f"/desk/tips/{tip_id}/contacts", data={**data, "contact-at": "never"})
    assert (wrong.status_code, "Will write" in wrong.text) == (422, True)
    page = desk.post(f"/desk/tips/{tip_id}/contacts", data=data, follow_redirects=True).text
    assert "stays in the newsroom" in page
    (row,) = rows(database, ContactEntry)
    assert "Will write" not in desk.post(f"/desk/contacts/{row.id}/remove", follow_redirects=True).text


def test_tasks_are_added_and_ticked_beside_the_tip(desk: Browser, database: Database, tip_id: int) -> None:
    desk.post(f"/desk/tips/{tip_id}/tasks", data={"task": "Call her", "assignee": "0", "due": "2021-06-25"})
    refused = desk.post(f"/desk/tips/{tip_id}/tasks", data={"task": "x", "due": "Friday"}, follow_redirects=True)
    assert "That is no day" in refused.text
    (task,) = rows(database, Task)
    assert "0 of 1" in desk.get(f"/desk/tips/{tip_id}").text
    page = desk.post(f"/desk/tasks/{task.id}", data={"done": "1"}, headers=HTMX, follow_redirects=True).text
    assert "1 of 1" in page
    assert 'aria-checked="true"' in page


def test_the_page_says_in_which_language_the_reader_writes(desk: Browser, session: Session, cast: Cast) -> None:
    chinese = by_mail(session, cast.borders, "我在上海", language="zh-Hans", sender="li@reader.example")
    assert "They write Chinese" in desk.get(f"/desk/tips/{chinese}").text
    assert "They write" not in desk.get(f"/desk/tips/{by_mail(session, cast.borders)}").text


def test_the_reader_fetches_our_files_from_their_page_and_no_others(
    client: Browser, app: Flask, session: Session, cast: Cast
) -> None:
    tip_id = by_form(session, cast.borders, submission="form-1")
    tip = session.get_one(Tip, tip_id)
    code = receipts.code_of(session, f"form-1:{tip.submission_print}")
    token = receipts.page_token(code)
    reply_files.add(session, tip_id, Attachment("map.pdf", b"%PDF-1.7"), cast.bob, AttachmentLimit(1000))
    waiting = reply_files.add(
        session, tip_id, Attachment("later.pdf", b"%PDF-1.7"), cast.alice, AttachmentLimit(1000)
    ).id
    session.commit()
    bob = app.test_client()
    assert isinstance(bob, Browser)
    sign_in(bob, cast.bob)
    bob.post(f"/desk/tips/{tip_id}/reply", data={"text": "The map", "submission": "s"})
    session.expire_all()
    row = session.scalars(select(StoredFile).where(col(StoredFile.tip_id) == tip_id)).one()
    address = f"/r/{token}/files/{row.id}"
    assert client.get(address).status_code == 404  # it may still be taken back
    out = session.scalars(select(Outgoing)).one()
    out.not_before = now() - timedelta(seconds=1)
    session.add(out)
    session.commit()
    assert address in client.get(f"/r/{token}").text
    came = client.get(address)
    assert (came.status_code, came.data) == (200, b"%PDF-1.7")
    assert str(came.headers["Content-Disposition"]).startswith("attachment")
    assert client.get(f"/r/{token}/files/{waiting}").status_code == 404
    assert client.get(f"/r/{'x' * 26}/files/{row.id}").status_code == 404
    assert reply_drafts.of_tip(session, tip_id, cast.bob) == {}


def test_a_note_and_a_call_take_files_without_a_script_and_say_who_added_them(
    desk: Browser, database: Database, cast: Cast, tip_id: int
) -> None:
    shot = FileStorage(io.BytesIO(b"\x89PNG\r\n\x1a\n"), "signal.png")
    assert post_files(desk, tip_id, "note", {"text": "From Signal", "files": shot}).status_code == 303
    call = {"contact-way": "call", "contact-at": "2021-06-22T09:30", "files": FileStorage(io.BytesIO(b"x"), "call.mp3")}
    assert post_files(desk, tip_id, "contacts", call).status_code == 303
    page = desk.get(f"/desk/tips/{tip_id}").text
    assert page.count("added by Bob") == 2 and "From Signal" in page
    kept = {file.name: file for file in rows(database, StoredFile)}
    assert kept["signal.png"].note_id and kept["call.mp3"].contact_id
    assert 'href="#n' in page and 'href="#c' in page
    printed = desk.post(f"/desk/tips/{tip_id}/print", data={"notes": "1"}).text
    assert "signal.png" in printed
    sign_in(desk, cast.dave)
    assert "signal.png" in desk.get(f"/desk/tips/{tip_id}").text
    assert desk.post(f"/desk/files/{kept['signal.png'].id}").status_code == 403
    sign_in(desk, cast.carol)
    assert desk.get(f"/desk/files/{kept['signal.png'].id}/view").status_code == 404


def test_a_file_that_is_too_large_costs_itself_and_is_named_and_a_refused_note_keeps_its_words(
    desk: Browser, database: Database, tip_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tipline.web.uploads.MB", 1024)
    files = [FileStorage(io.BytesIO(b"x" * size), name) for size, name in ((30_000, "film.mp4"), (5, "a.txt"))]
    answer = post_files(desk, tip_id, "note", {"text": "Look", "files": files})
    assert answer.status_code == 303
    page = desk.get(answer.location).text
    assert "One file was left out" in page and "film.mp4" in page
    assert [file.name for file in rows(database, StoredFile)] == ["a.txt"]
    again = {"text": "x" * 20_001, "files": FileStorage(io.BytesIO(b"x"), "b.txt")}
    refused = post_files(desk, tip_id, "note", again)
    assert refused.status_code == 422 and "x" * 20_001 in refused.text and "aren’t saved yet" in refused.text
    assert (
        post_files(desk, tip_id, "note", {"text": "", "files": FileStorage(io.BytesIO(b"x"), "b.txt")}).status_code
        == 303
    )
    assert len(rows(database, StoredFile)) == 2


def test_files_need_the_token_against_forged_requests(client: Browser, desk: Browser, tip_id: int) -> None:
    desk.signed_in = False
    answer = post_files(desk, tip_id, "note", {"text": "Forged", "files": FileStorage(io.BytesIO(b"x"), "b.txt")})
    assert answer.status_code == 400
    given = {"text": "By the field", "csrf_token": TOKEN, "files": FileStorage(io.BytesIO(b"x"), "b.txt")}
    assert post_files(desk, tip_id, "note", given).status_code == 303


def post_files(desk: Browser, tip_id: int, where: str, data: dict[str, Any]) -> TestResponse:
    """As a browser without a script posts the form."""
    boundary, body = multipart(data)
    kind = f'multipart/form-data; boundary="{boundary}"'
    return desk.post(f"/desk/tips/{tip_id}/{where}", data=body, content_type=kind)
