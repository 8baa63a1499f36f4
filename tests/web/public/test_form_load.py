"""Forms that come many at a time: each is safe in the spool, and known to its reader, before the worker files it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlmodel import col

from tests.filing import file_all
from tests.fixtures_db import Cast, rows
from tests.fixtures_web import sign_in
from tests.web.reading import PHOTO, QUESTIONS, STORY, Page, code_of, link_of, open_callout, story
from tipline.core import callouts
from tipline.core.callouts import CalloutView, QuestionDraft, QuestionTexts
from tipline.db import Database, now
from tipline.models import Draft, Message, QuestionKind, StoredFile, Tip
from tipline.spool import Spool
from tipline.spool.segments import Record
from tipline.web.public import callout_cache
from tipline.web.public.form_load import BUSY_SECONDS, FormLoad


@pytest.fixture
def crowded(app: Flask) -> Flask:
    """An application in which each form comes among many."""
    app.extensions["tipline.crowd"] = FormLoad(0)
    return app


def waiting(spool: Spool) -> int:
    return spool.standing().waiting


@contextmanager
def asked(database: Database) -> Iterator[list[str]]:
    """The statements that the database gets during the block."""
    said: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def test_three_at_once_are_a_crowd_and_it_lasts_a_moment_longer_than_they_do() -> None:
    clock = [0.0]
    crowd = FormLoad(2, lambda: clock[0])
    with crowd.joined() as one, crowd.joined() as two, crowd.joined() as three:
        assert (one, two, three) == (False, False, True)
    clock[0] += BUSY_SECONDS / 2
    with crowd.joined() as next_one:
        assert next_one and crowd.is_here
    clock[0] += BUSY_SECONDS
    with crowd.joined() as alone:
        assert not alone and not crowd.is_here


def test_a_reader_who_writes_alone_is_filed_at_once(
    client: FlaskClient, view: CalloutView, database: Database, spool: Spool
) -> None:
    story(client, view).post(files=[(PHOTO, "a.jpg")])
    assert (len(rows(database, Tip)), len(rows(database, StoredFile)), waiting(spool)) == (1, 1, 0)


def test_a_form_among_many_has_its_receipt_and_its_page_at_once_and_is_filed_once(
    crowded: Flask, client: FlaskClient, view: CalloutView, database: Database, spool: Spool, cast: Cast
) -> None:
    before = now()
    answer = story(client, view).post(files=[(PHOTO, "a.jpg"), (PHOTO + b"2", "b.jpg")])
    after = now()
    assert answer.status_code == 303 and rows(database, Tip) == [] and waiting(spool) == 1
    receipt = client.get(answer.headers["Location"])
    assert "2 files" in receipt.text
    page = client.get(link_of(receipt))
    assert STORY in page.text and "in a few minutes" in page.text
    assert client.post("/r", data={"code": code_of(receipt)}).headers["Location"] == link_of(receipt)
    assert (
        "What one reader sent waits in the spool" in sign_in(crowded.test_client(), cast.alice).get("/desk/mail").text
    )
    file_all(database)
    [tip] = rows(database, Tip)
    assert before <= tip.received_at <= after
    assert sorted(file.name for file in rows(database, StoredFile)) == ["a.jpg", "b.jpg"]
    assert waiting(spool) == 0 and not spool.file(database) and len(rows(database, Message)) == 1
    later = client.get(answer.headers["Location"])
    assert code_of(later) == code_of(receipt) and "2 files" in later.text
    assert "in a few minutes" not in client.get(link_of(receipt)).text


def test_a_note_that_arrives_behind_a_form_in_the_spool_brings_nothing_back(
    crowded: Flask, client: FlaskClient, view: CalloutView, database: Database
) -> None:
    page = story(client, view)
    page.hidden["noted"] = "20"
    assert page.post().status_code == 303 and rows(database, Tip) == []
    page.hidden["noted"] = "10"
    assert page.post("&act=note").status_code == 204
    assert rows(database, Draft) == []
    file_all(database)
    assert STORY not in client.get(f"/c/stranded?lang=en&form={page.hidden['sid']}").text


def test_it_asks_the_database_nothing(
    crowded: Flask, client: FlaskClient, view: CalloutView, database: Database, spool: Spool
) -> None:
    page = story(client, view)
    page.post()  # the callout is known, and a crowd is there
    page.fill(QuestionKind.LONG, "Another story")
    with asked(database) as said:
        assert page.post(files=[(PHOTO, "a.jpg")]).status_code == 303
    assert said == [] and waiting(spool) == 2


def test_pressed_twice_among_many_and_once_more_alone_it_is_one_tip_with_one_code(
    crowded: Flask, client: FlaskClient, view: CalloutView, database: Database, spool: Spool
) -> None:
    page = story(client, view)
    places = [page.post(files=[(PHOTO, "a.jpg")]).headers["Location"] for _ in range(2)]
    assert waiting(spool) == 1
    crowded.extensions["tipline.crowd"] = FormLoad(2)
    places.append(page.post(files=[(PHOTO, "a.jpg")]).headers["Location"])
    file_all(database)
    crowded.extensions["tipline.crowd"] = FormLoad(0)
    places.append(page.post(files=[(PHOTO, "a.jpg")]).headers["Location"])
    file_all(database)
    assert len({code_of(client.get(place)) for place in places}) == 1
    assert [len(rows(database, table)) for table in (Tip, Message, StoredFile)] == [1, 1, 1]


def test_another_reader_of_the_same_page_gets_a_tip_and_a_code_of_their_own(
    crowded: Flask, client: FlaskClient, view: CalloutView, database: Database, spool: Spool
) -> None:
    page = story(client, view)
    first = client.get(page.post().headers["Location"])
    second = client.get(page.fill(QuestionKind.LONG, "Somebody else's").post().headers["Location"])
    file_all(database)
    one, two = sorted(rows(database, Tip), key=lambda tip: tip.received_at)
    assert code_of(first) != code_of(second) and two.may_belong_to == one.id


def test_many_are_filed_in_the_order_in_which_they_came_a_few_at_a_turn(
    crowded: Flask,
    client: FlaskClient,
    view: CalloutView,
    database: Database,
    spool: Spool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = [f"Story number {n}" for n in range(5)]
    for words in told:
        story(client, view).fill(QuestionKind.LONG, words).post(files=[(PHOTO, f"{words}.jpg")])
    monkeypatch.setattr("tipline.spool.TURN_SECONDS", 0)
    seen = []
    while spool.file(database):
        seen.append(len(rows(database, Tip)))
    assert seen == sorted(seen) and len(seen) > 5, "the worker's other jobs get their turn"
    with database.reading() as session:
        assert session.scalars(select(col(Tip.title)).order_by(col(Tip.id))).all() == told
    assert len(rows(database, StoredFile)) == 5


def only_the_kept_file_is_filed(database: Database) -> bool:
    """With its words, and nothing waits in a draft any more."""
    file_all(database)
    return [file.name for file in rows(database, StoredFile)] == ["kept.jpg"] and rows(database, Draft) == []


def test_a_form_that_does_not_pass_comes_back_as_ever(
    crowded: Flask, client: FlaskClient, view: CalloutView, database: Database, spool: Spool
) -> None:
    page = Page(client, view).get().fill(QuestionKind.LONG, STORY)
    answer = page.post(files=[(PHOTO, "kept.jpg")])
    assert answer.status_code == 422 and STORY in answer.text and "kept.jpg" in answer.text
    page.read(answer)
    receipt = client.get(page.post(consent="ask").headers["Location"])
    assert "with one file" in receipt.text and waiting(spool) == 1
    assert only_the_kept_file_is_filed(database)


def test_a_file_that_waited_comes_along_although_the_page_did_not_know_of_it(
    crowded: Flask, client: FlaskClient, view: CalloutView, database: Database, spool: Spool
) -> None:
    page = Page(client, view).get().fill(QuestionKind.LONG, STORY)
    page.post(files=[(PHOTO, "kept.jpg")])  # and then the Back button
    assert page.post(consent="ask").status_code == 303
    assert only_the_kept_file_is_filed(database)


def test_files_alone_and_a_file_that_must_be_there_are_taken_as_ever(
    crowded: Flask, client: FlaskClient, database: Database, cast: Cast, spool: Spool
) -> None:
    view = open_callout(database, cast, questions=[replace(QUESTIONS[-1], required=True)])
    page = Page(client, view).get()
    page.typed["consent"] = "ask"
    assert page.post().status_code == 422
    first = client.get(page.post(files=[(PHOTO, "a.jpg")]).headers["Location"])
    assert "with one file" in first.text
    assert page.post(name="Mei", files=[(PHOTO, "b.jpg")]).status_code == 303
    file_all(database)
    assert len(rows(database, Tip)) == 2 and len(rows(database, StoredFile)) == 2


def test_the_last_step_of_several_goes_to_the_spool_with_all_of_them_and_their_draft_is_gone_afterwards(
    crowded: Flask, client: FlaskClient, database: Database, cast: Cast, spool: Spool
) -> None:
    where = QuestionDraft(None, QuestionKind.SHORT, True, False, {"en": QuestionTexts("Where?")}, new_page=True)
    view = open_callout(database, cast, questions=[QUESTIONS[0], where])
    page = Page(client, view).get()
    for kind, words in ((QuestionKind.LONG, STORY), (QuestionKind.SHORT, "Lyon")):
        page.typed = {page.name(kind): words}
        page.read(client.get(page.post("&act=next").headers["Location"]))
    page.typed = {"consent": "ask"}
    assert page.post().status_code == 303 and waiting(spool) == 1 and rows(database, Tip) == []
    file_all(database)
    assert [message.text for message in rows(database, Message)] == [STORY] and rows(database, Draft) == []


def test_where_the_spool_has_no_room_the_database_takes_it(
    crowded: Flask, client: FlaskClient, view: CalloutView, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> str:
        raise OSError

    monkeypatch.setattr(Spool, "put_words", refuse)
    assert story(client, view).post(files=[(PHOTO, "a.jpg")]).status_code == 303
    assert (len(rows(database, Tip)), len(rows(database, StoredFile))) == (1, 1)


def test_a_callout_is_looked_at_again_after_a_moment(
    crowded: Flask, view: CalloutView, database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with crowded.test_request_context("/"), crowded.extensions["tipline.crowd"].joined():
        first = callout_cache.view("stranded", "en")
        with database.writing() as session:
            callouts.close(session, view.id, cast.alice)
            session.commit()
        assert callout_cache.view("stranded", "en") == first
    monkeypatch.setattr(callout_cache, "AGE", 0)
    with crowded.test_request_context("/"):
        found = callout_cache.view("stranded", "en")
        assert found is not None and not found.is_open


def deleted(client: FlaskClient, place: str) -> None:
    receipt = client.get(place)
    page = client.get(link_of(receipt))
    asks = re.search(r'href="([^"]+/delete)"', page.text)
    assert asks is not None
    assert "One file" in client.get(asks[1]).text
    assert client.post(asks[1]).headers["Location"].startswith("/r/deleted")
    assert client.get(link_of(receipt)).headers["Location"].startswith("/r/deleted")


def test_its_reader_may_delete_it_before_it_is_filed(
    crowded: Flask, client: FlaskClient, view: CalloutView, database: Database, spool: Spool
) -> None:
    deleted(client, story(client, view).post(files=[(PHOTO, "a.jpg")]).headers["Location"])
    assert waiting(spool) == 0
    file_all(database)
    assert list(spool.root.iterdir()) == []
    assert [rows(database, table) for table in (Tip, Message, StoredFile)] == [[], [], []]


def test_what_its_reader_deleted_while_the_worker_waited_for_its_turn_is_not_filed(
    crowded: Flask,
    client: FlaskClient,
    view: CalloutView,
    database: Database,
    spool: Spool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = story(client, view).post(files=[(PHOTO, "a.jpg")]).headers["Location"]
    was = Spool._words

    def overtaken(self: Spool, record: Record) -> Any:
        monkeypatch.setattr(Spool, "_words", was)
        read = was(self, record)
        deleted(client, place)
        return read

    monkeypatch.setattr(Spool, "_words", overtaken)
    file_all(database)
    assert rows(database, Tip) == [] and rows(database, StoredFile) == []


def test_spam_is_told_by_when_the_forms_came(
    view: CalloutView, client: FlaskClient, crowded: Flask, database: Database, spool: Spool
) -> None:
    told = "Dear editors, the new clinic in the harbour offers every treatment at half the price, call us now: {}"
    for n in range(6):
        story(client, view).fill(QuestionKind.LONG, told.format(n)).post()
    file_all(database)
    with database.reading() as session:
        scores = session.scalars(select(col(Tip.spam_score)).order_by(col(Tip.received_at))).all()
    assert scores[0] < scores[2] < scores[5], "as if each had been filed when it came"
