"""The reader's own page, opened by a secret link without cookies and JavaScript."""

import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from tests.fixtures_db import Cast
from tests.fixtures_web import sign_in
from tests.web.bodies import multipart
from tests.web.reading import PHOTO, code_of, link_of, open_callout, story
from tipline.core import triage
from tipline.core.arrival import ConsentChoice
from tipline.core.callouts import CalloutView
from tipline.core.retention import erasure
from tipline.db import Database, now
from tipline.errors import SealBroken
from tipline.models import Answer, Callout, Consent, Message, Publication, Status, StoredFile, Tip
from tipline.vocabularies import ContactChoice
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
    boundary, body = multipart(data)
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


@pytest.mark.parametrize("fault", [OSError(28, "full"), SealBroken("moved")], ids=["full-disk", "broken-seal"])
def test_a_file_that_can_not_be_stored_does_not_cost_the_words(
    client: FlaskClient, link: str, database: Database, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def refuse(*_: Any) -> None:
        raise fault

    monkeypatch.setattr("tipline.core.intake.submissions.attach", refuse)
    sent = add(client, link, "One thing more.", (PHOTO, "visa.jpg"))
    assert sent.status_code == 303 and "missed=1" in sent.headers["Location"]
    assert "One thing more." in client.get(link).text and rows(database, StoredFile) == []


def test_files_of_a_form_that_is_not_taken_are_read_and_counted(
    app: Flask, client: FlaskClient, link: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tipline.web.uploads.MB", 1024)
    files = (PHOTO, "a.jpg"), (PHOTO * 200, "large.jpg"), (PHOTO, "b.jpg")
    refused = add(client, link, "x" * 20_001, *files).text
    assert "We did not receive 3 files" in refused and all(name in refused for _, name in files)
    app.extensions["tipline.posts"] = Throttle(1, 1)
    add(client, link, "The first.")
    slow = add(client, link, "The second.", *files)
    assert slow.status_code == 429 and "We did not receive 3 files" in slow.text
    assert rows(database, StoredFile) == []


def test_the_page_names_the_files_that_did_not_come_through(
    client: FlaskClient, link: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tipline.web.uploads.MB", 1024)
    sent = add(client, link, "One thing more.", (PHOTO, "a.jpg"), (PHOTO * 200, "film.mp4"))
    assert "film" not in sent.headers["Location"], "a name would stay in the browser's history"
    page = client.get(sent.headers["Location"]).text
    assert "We did not receive one file" in page and "film.mp4" in page and "We have it. Thank you." in page
    assert "film.mp4" not in client.get(link).text
    assert [file.name for file in rows(database, StoredFile)] == ["a.jpg"]


def test_the_secret_link_keeps_the_language_in_which_the_reader_sent(client: FlaskClient, view: CalloutView) -> None:
    receipt = story(client, view).post().headers["Location"].partition("?")[0]
    assert re.search(r'id="secret" href="[^"]+\?lang=zh_Hans"', client.get(f"{receipt}?lang=zh_Hans").text)


def test_the_page_is_in_the_readers_language_the_callouts_title_too(client: FlaskClient, link: str) -> None:
    assert "滞留？" in client.get(f"{link}?lang=zh_Hans").text
    assert "Stranded?" in client.get(f"{link}?lang=en").text


def test_a_changed_consent_is_on_the_desk_with_what_was_shown(
    client: FlaskClient, link: str, desk: FlaskClient, database: Database
) -> None:
    assert client.get(link).text.count("checked") == 1, "what they said is what is ticked"
    sent = client.post(f"{link}/consent", data={"consent": "anonymous"})
    assert sent.status_code == 303
    assert "We will follow this from now on" in client.get(sent.headers["Location"]).text
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


def test_a_reader_who_regrets_it_is_reached_in_another_way(
    client: FlaskClient, link: str, desk: FlaskClient, database: Database
) -> None:
    page = client.get(link).text
    assert "Only on my page" in page and "By phone" not in page, "they left no number"
    sent = client.post(f"{link}/reach", data={"contact": "no"})
    assert sent.status_code == 303
    page = client.get(sent.headers["Location"]).text
    assert "We will contact you this way from now on" in page and "<dd>Do not contact me" in page
    tip = rows(database, Tip)[0]
    assert tip.contact is ContactChoice.NO
    assert "on being reached: Do not contact" in desk.get(f"/desk/tips/{tip.id}").text
    assert client.post(f"{link}/reach", data={"contact": "phone"}).status_code == 422
    assert client.post(f"{link}/reach", data={"contact": "fax"}).status_code == 422
    assert rows(database, Tip)[0].contact is ContactChoice.NO


def test_a_reader_sees_whether_anybody_has_read_it(
    client: FlaskClient, link: str, desk: FlaskClient, database: Database
) -> None:
    assert "Nobody has read it yet." in client.get(link).text
    desk.post(f"/desk/tips/{rows(database, Tip)[0].id}/seen")
    assert "One of our reporters has read it." in client.get(link).text
    add(client, link, "One thing more.")
    assert "Nobody has read it yet." in client.get(link).text, "what came last is what is asked"


def test_a_link_that_opens_nothing_asks_for_the_code(client: FlaskClient, link: str) -> None:
    cut = client.get(f"{link[:-4]}?lang=zh_Hans")
    assert cut.status_code == 404
    assert 'name="code"' in cut.text and 'action="/r?lang=zh_Hans"' in cut.text and 'lang="zh-Hans"' in cut.text


def test_an_answer_is_kept_out_of_print_by_itself(
    client: FlaskClient, link: str, desk: FlaskClient, database: Database
) -> None:
    (story,) = rows(database, Answer)
    assert f'value="{story.question_id}"' in client.get(link).text
    sent = client.post(f"{link}/consent", data={"consent": "name", "withheld": str(story.question_id)})
    page = client.get(sent.headers["Location"]).text
    assert page.count("checked") == 2 and "What you chose before" in page
    assert rows(database, Answer)[0].withheld and rows(database, Consent)[-1].withheld == [story.question_id]
    assert client.post(f"{link}/consent", data={"consent": "name", "withheld": "99"}).status_code == 422
    client.post(f"{link}/consent", data={"consent": "name"})
    assert not rows(database, Answer)[0].withheld


def test_who_withdraws_is_told_and_what_was_used_is_an_alarm(
    client: FlaskClient, link: str, desk: FlaskClient, database: Database, cast: Cast
) -> None:
    tip_id = rows(database, Tip)[0].id
    with database.writing() as session:
        triage.set_status(session, tip_id, Status.USED, cast.alice)
        session.commit()
    assert "allows less now" not in desk.get("/desk").text
    sent = client.post(f"{link}/withdraw")
    page = client.get(sent.headers["Location"]).text
    assert "We will publish nothing from now on" in page and "Withdraw consent: publish nothing" not in page
    banner = desk.get("/desk").text
    assert "allows less now" in banner and f"T-{tip_id:06d}" in banner
    tip = desk.get(f"/desk/tips/{tip_id}").text
    assert "Published before, and allowed less now" in tip and "Due today" in tip
    desk.post(f"/desk/tips/{tip_id}/status", data={"status": "closed"})
    assert "allows less now" not in desk.get("/desk").text


def test_the_page_shows_what_is_published_until_it_is_withdrawn(
    client: FlaskClient, link: str, desk: FlaskClient, database: Database, cast: Cast
) -> None:
    assert "What we published from your answers" not in client.get(link).text
    tip = rows(database, Tip)[0]
    with database.writing() as session:
        session.get_one(Callout, tip.callout_id).gallery = True
        row = Publication(
            callout_id=tip.callout_id, tip_id=tip.id, text="We wait.", changed_at=now(), published_at=now()
        )
        row.article = "https://meridian.example/borders"
        session.add(row)
        session.get_one(Tip, tip.id).consent = ConsentChoice.ANONYMOUS
        session.commit()
    page = client.get(link).text
    assert "What we published from your answers" in page and ">We wait.</blockquote>" in page
    assert 'href="https://meridian.example/borders"' in page and "without your name" in page
    assert "我们刊登的您的内容" in client.get(f"{link}?lang=zh-Hans").text
    gone = client.get(client.post(f"{link}/withdraw").headers["Location"]).text
    assert "We wait." not in gone and "What we published from your answers" not in gone


def test_who_deletes_is_shown_what_goes_and_then_it_is_gone(
    app: Flask, client: FlaskClient, link: str, desk: FlaskClient, database: Database
) -> None:
    add(client, link, "One thing more.", (PHOTO, "visa.jpg"))
    asked = client.get(f"{link}/delete").text
    for words in ("2 messages", "One answer", "One file", "can’t bring it back"):
        assert words in asked
    assert "in our mailbox" not in asked, "nothing came by mail"
    assert len(rows(database, Tip)) == 1, "asking deletes nothing"
    done = client.post(f"{link}/delete")
    assert done.status_code == 303
    assert "about you from our database" in client.get(done.headers["Location"]).text
    for again in (client.post(f"{link}/delete"), client.get(link), client.get(f"{link}/delete")):
        assert (again.status_code, again.headers["Location"]) == (303, "/r/deleted"), "a second press, the way back"
    app.extensions["tipline.deleted"].clear()
    for path in ("", "/delete"):
        assert client.get(link + path).status_code == 404
    assert rows(database, Tip) == rows(database, Message) == rows(database, StoredFile) == []


def test_under_a_legal_hold_the_wish_is_written_down_and_the_page_says_so(
    client: FlaskClient, link: str, desk: FlaskClient, database: Database, cast: Cast
) -> None:
    tip_id = rows(database, Tip)[0].id
    with database.writing() as session:
        erasure.hold(session, tip_id, cast.alice)
        session.commit()
    assert "The law requires us" in client.get(link).text and "legal hold" in client.get(f"{link}/delete").text
    sent = client.post(f"{link}/delete")
    page = client.get(sent.headers["Location"]).text
    assert "We can’t delete this now" in page and "My son is in Shanghai" in page
    assert rows(database, Tip)[0].consent is ConsentChoice.BACKGROUND
    assert f'id="row-{tip_id}"' in desk.get("/desk?q=due:now").text
    assert "the reader takes everything back" in desk.get(f"/desk/tips/{tip_id}").text


def test_wishes_of_nobody_are_not_found(client: FlaskClient, view: CalloutView) -> None:
    for path in ("", "/add", "/consent", "/withdraw", "/delete"):
        address = f"/r/{'A' * 23}{path}"
        answer = client.get(address) if not path else client.post(address, data={"consent": "ask"})
        assert answer.status_code == 404, path
    assert client.get(f"/r/{'A' * 23}/withdraw").status_code == 405


def test_guesses_are_slowed_of_one_network_and_of_all_together(app: Flask, client: FlaskClient) -> None:
    app.extensions["tipline.guesses"] = Throttle(2, 2)
    for expected in (404, 404, 429):
        assert client.get(f"/r/{'A' * 23}").status_code == expected
    app.extensions["tipline.guesses"] = Throttle(100, 100)
    app.extensions["tipline.guesses-of-all"] = Throttle(2, 2)
    for number, expected in enumerate((422, 422, 429)):
        code = " ".join(["abandon"] * 12)
        answer = client.post("/r", data={"code": code}, environ_overrides={"REMOTE_ADDR": f"192.0.2.{number}"})
        assert answer.status_code == expected


def test_the_page_says_which_word_is_wrong(client: FlaskClient) -> None:
    page = client.post("/r", data={"code": "abandon " * 11 + "abillity"})
    assert page.status_code == 422 and "Did you mean “ability”?" in page.text
    assert "You entered 2" in client.post("/r", data={"code": "abandon ability"}).text
    assert "keep no copy of the code" in client.get("/r/lost").text


def test_a_chinese_receipt_shows_characters_that_open_the_page_typed_without_spaces(
    client: FlaskClient, view: CalloutView
) -> None:
    receipt = client.get(story(client, view).post().headers["Location"].replace("lang=en", "lang=zh_Hans"))
    words = code_of(receipt).split()
    assert len(words) == 12 and all(len(word) == 1 and not word.isascii() for word in words)
    opened = client.post("/r?lang=zh_Hans", data={"code": "".join(words)})
    assert opened.headers["Location"].startswith(link_of(receipt).partition("?")[0])


def test_a_flood_is_slowed_and_the_words_come_back(app: Flask, client: FlaskClient, link: str) -> None:
    app.extensions["tipline.posts"] = Throttle(1, 1)
    add(client, link, "The first.")
    slow = add(client, link, "The second.")
    assert slow.status_code == 429 and slow.headers["Retry-After"] and "The second." in slow.text
    for wish in ("consent", "withdraw", "delete"):
        assert client.post(f"{link}/{wish}", data={"consent": "name"}).status_code == 429


def test_public_pages_promise_only_what_is_true(client: FlaskClient, view: CalloutView, link: str) -> None:
    pages = [client.get(path).text for path in ("/c/stranded", link)]
    for page in pages:
        assert "every copy that leaves" not in page, "originals can be taken out as they came"
        assert "alone" not in page, "editors see it too"
        assert "stays published" not in page, "not on our own page of readers' answers"
    assert "seizes our server" in pages[0]
