"""What is typed is kept while it is typed, and by nobody's late note after its end; what is too large costs itself."""

import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlmodel import col

from tests.fixtures_db import Cast, rows
from tests.web.bodies import multipart
from tests.web.reading import PHOTO, STORY, Page, link_of, open_callout, story
from tipline.core.callouts import CalloutView
from tipline.db import Database
from tipline.models import DataKey, Draft, Event, QuestionKind, Tip, Verb
from tipline.vocabularies import Sign


@pytest.fixture
def view(database: Database, cast: Cast) -> CalloutView:
    return open_callout(database, cast)


def shown(page: Page) -> str:
    """The form by its own address."""
    return page.client.get(f"/c/stranded?lang=en&form={page.hidden['sid']}").text


def note(page: Page, at: int, text: str = STORY) -> None:
    page.fill(QuestionKind.LONG, text).hidden["noted"] = str(at)
    assert page.post("&act=note").status_code == 204


def test_a_body_above_every_limit_still_files_its_words_and_the_receipt_counts_what_is_missing(
    app: Flask, view: CalloutView, database: Database
) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1000
    page = story(app.test_client(), view)
    answer = page.post(files=[(PHOTO, "a.jpg"), (b"\0" * 26 * 1024 * 1024, "film.mp4")])
    receipt = page.client.get(answer.headers["Location"]).text
    assert "with one file" in receipt and "We did not receive one file" in receipt
    assert "film.mp4" in receipt and "film" not in answer.headers["Location"]


def test_a_note_is_shown_until_it_is_sent_and_a_late_one_brings_nothing_back(
    client: FlaskClient, view: CalloutView
) -> None:
    page = story(client, view)
    note(page, 20)
    note(page, 10, "Written before")
    assert STORY in shown(page) and "Written before" not in shown(page)
    assert page.post().status_code == 303
    note(page, 30)
    assert STORY not in shown(page)


def test_after_a_hasty_end_no_note_is_kept_even_where_it_comes_first_of_all(
    client: FlaskClient, view: CalloutView
) -> None:
    page = story(client, view)
    assert page.post("&act=leave").status_code == 204
    note(page, 20)
    assert STORY not in shown(page)


def test_on_a_readers_page_a_note_waits_until_it_is_sent_or_its_reader_leaves(
    client: FlaskClient, view: CalloutView
) -> None:
    place = story(client, view).post().headers["Location"]
    link = link_of(client.get(place))

    def post(address: str, at: int, text: str = "One thing more.") -> int:
        boundary, body = multipart({"text": text, "noted": str(at)})
        kind = f'multipart/form-data; boundary="{boundary}"'
        return client.post(f"{link}/{address}", data=io.BytesIO(body), content_type=kind).status_code

    assert post("note", 10) == 204
    assert "One thing more.</textarea>" in client.get(link).text.replace("\r\n", "")
    assert post("add", 30) == 303
    assert post("note", 20) == 204
    assert "One thing more.</textarea>" not in client.get(link).text
    assert post("note?act=leave", 50) == 204
    assert post("note", 40, "Something else") == 204
    assert "Something else" not in client.get(link).text


def test_what_is_typed_on_a_readers_page_goes_with_its_reader(
    client: FlaskClient, view: CalloutView, database: Database
) -> None:
    link = link_of(client.get(story(client, view).post().headers["Location"]))
    boundary, body = multipart({"text": "canarybird", "noted": "10"})
    kind = f'multipart/form-data; boundary="{boundary}"'
    assert client.post(f"{link}/note", data=io.BytesIO(body), content_type=kind).status_code == 204
    [draft] = rows(database, Draft)
    assert client.post(f"{link}/delete").status_code == 303
    assert rows(database, Draft) == [] and draft.key_id not in {key.id for key in rows(database, DataKey)}
    assert client.post(f"{link}/note", data=io.BytesIO(body), content_type=kind).status_code == 404
    assert rows(database, Draft) == []


def test_the_first_note_of_a_readers_page_that_arrives_behind_what_was_sent_is_dropped(
    client: FlaskClient, view: CalloutView, database: Database
) -> None:
    link = link_of(client.get(story(client, view).post().headers["Location"]))
    for address, at, status in (("add", 30, 303), ("note", 20, 204)):
        boundary, body = multipart({"text": "One thing more.", "noted": str(at)})
        kind = f'multipart/form-data; boundary="{boundary}"'
        assert client.post(f"{link}/{address}", data=io.BytesIO(body), content_type=kind).status_code == status
    assert "One thing more.</textarea>" not in client.get(link).text.replace("\r\n", "")


def test_a_post_takes_a_hundred_files_and_the_receipt_names_the_others(
    client: FlaskClient, view: CalloutView, database: Database
) -> None:
    files = [(PHOTO + bytes([n]), f"photo {n}.jpg") for n in range(102)]
    receipt = client.get(story(client, view).post(files=files).headers["Location"]).text
    assert "with 100 files" in receipt and "We did not receive 2 files" in receipt
    assert "photo 99.jpg" not in receipt and "photo 100.jpg" in receipt and "photo 101.jpg" in receipt


def test_a_phone_number_that_is_none_comes_back_with_the_words(client: FlaskClient, view: CalloutView) -> None:
    page = story(client, view)
    answer = page.post(phone="abc")
    assert answer.status_code == 422 and "Enter the phone number in digits" in answer.text
    assert page.post(phone="+44 20 7946 0958").status_code == 303


def test_many_forms_from_one_network_are_marked_and_all_are_taken(
    client: FlaskClient, view: CalloutView, database: Database
) -> None:
    for n in range(12):
        assert story(client, view).fill(QuestionKind.LONG, f"{n}").post().status_code == 303
    with database.reading() as session:
        signs = session.scalars(
            select(col(Event.before)).where(col(Event.verb) == Verb.RECEIVED).order_by(col(Event.id))
        ).all()
        assert [Sign.MANY in said.split() for said in signs] == [False] * 10 + [True] * 2
        assert max(session.scalars(select(col(Tip.spam_score)))) >= 30


def test_a_wrong_chinese_code_is_not_answered_with_a_wish_for_english_words(client: FlaskClient, cast: Cast) -> None:
    for lang in ("zh_Hans", "zh_Hant"):
        for code in ("", "一二三四五六七八九十百千"):
            page = client.post(f"/r?lang={lang}", data={"code": code}).text
            assert page.count("英文单词") + page.count("英文單詞") <= 1  # the hint, which names both
