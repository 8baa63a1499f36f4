"""What a post costs while very many come in: a wait or a calculation, once for each story, and else nothing."""

import hashlib
import re
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.fixtures_db import Cast
from tests.web.reading import PHOTO, STORY, Page, code_of, open_callout, story
from tipline.core.callouts import CalloutView
from tipline.core.intake import submissions
from tipline.db import Database, now
from tipline.models import Draft, QuestionKind, StoredFile, Tip
from tipline.web.public import proof_of_work
from tipline.web.public.proof_of_work import BITS, Load, Used
from tipline.web.throttle import Throttle


@pytest.fixture
def view(database: Database, cast: Cast) -> CalloutView:
    return open_callout(database, cast)


@pytest.fixture
def busy(app: Flask) -> Flask:
    """An application that is under load from its first post on."""
    app.extensions["tipline.load"] = Load(0)
    app.extensions["tipline.posts"] = Throttle(1000, 1000)
    return app


def many(database: Database, table: Any) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def solution(page: TestResponse) -> str:
    """What a browser finds out."""
    shown = re.search(r'id="work" data-id="([^"]+)" data-bits="(\d+)"', page.text)
    assert shown is not None and int(shown[2]) == BITS
    for n in count():
        digest = hashlib.sha256(f"{shown[1]}:{n}".encode()).digest()
        if int.from_bytes(digest[:4], "big") < 1 << (32 - BITS):
            return str(n)
    raise AssertionError


def aged(page: Page, database: Database, seconds: float) -> Page:
    """The page as it would be after so many seconds."""
    read = submissions.read(database.master, page.hidden["sid"], page.view.id)
    assert read is not None
    older = submissions.Submission(read.id, read.callout_id, now() - timedelta(seconds=seconds), read.asked)
    page.hidden["sid"] = submissions.sign(database.master, older)
    return page


def test_the_load_is_that_of_the_last_minute() -> None:
    clock = [0.0]
    load = Load(3, lambda: clock[0])
    assert [load.count() for _ in range(4)] == [False, False, False, True]
    clock[0] = 30
    assert load.count()
    clock[0] = 62
    assert not load.count()


def test_what_paid_is_remembered_up_to_a_bound() -> None:
    used = Used(most=2)
    assert used.pays("a", b"1") and used.pays("a", b"1") and not used.pays("a", b"2")
    assert used.pays("b", b"1") and used.pays("c", b"1")
    assert len(used._stories) == 2
    used.give_back("c")
    assert used.pays("c", b"2")


def test_nobody_is_asked_for_anything_when_it_is_quiet(client: FlaskClient, view: CalloutView) -> None:
    page = Page(client, view)
    assert "proof-of-work.js" not in client.get("/c/stranded").text
    page = story(client, view)
    assert page.post().status_code == 303


def test_under_load_who_is_fast_gets_everything_back_and_is_told_why(
    busy: Flask, client: FlaskClient, view: CalloutView, database: Database
) -> None:
    answer = story(client, view).post()
    assert answer.status_code == 429 and STORY in answer.text
    assert "We are receiving a very large number of answers" in answer.text and "then press Send again" in answer.text
    assert 25 <= int(answer.headers["Retry-After"]) <= 31
    assert "data-posted" not in answer.text, "reloaded by its address, the page would be empty"
    assert (many(database, Tip), many(database, Draft)) == (0, 0)


def test_under_load_a_calculation_pays_for_one_story(
    busy: Flask, client: FlaskClient, view: CalloutView, database: Database
) -> None:
    page = story(client, view)
    asked = page.post()
    page.read(asked)
    page.hidden["work"] = solution(asked)
    sent = page.post()
    assert sent.status_code == 303
    again = page.post()  # pressed twice
    assert code_of(client.get(again.headers["Location"])) == code_of(client.get(sent.headers["Location"]))
    assert page.fill(QuestionKind.LONG, "Another story").post().status_code == 429
    assert many(database, Tip) == 1


def test_under_load_who_took_their_time_notices_nothing(
    busy: Flask, client: FlaskClient, view: CalloutView, database: Database
) -> None:
    page = aged(story(client, view), database, 40)
    assert page.post().status_code == 303
    second = page.fill(QuestionKind.LONG, "Somebody else's story, by the same open form")
    asked = second.post()
    assert asked.status_code == 429
    second.read(asked)
    second.hidden["work"] = solution(asked)
    assert second.post().status_code == 303
    assert many(database, Tip) == 2


def test_without_a_script_waiting_pays(
    busy: Flask, client: FlaskClient, view: CalloutView, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = story(client, view)
    page.read(page.post())
    asked = page.post()
    assert asked.status_code == 429, "too early"
    page.read(asked)
    monkeypatch.setattr(proof_of_work, "now", lambda: now() + proof_of_work.WAIT)
    assert page.post().status_code == 303
    page.fill(QuestionKind.LONG, "A second story")
    asked = page.post()
    page.read(asked)
    assert asked.status_code == 429 and page.hidden["ticket"]
    monkeypatch.setattr(proof_of_work, "now", lambda: now() + proof_of_work.WAIT * 2 + timedelta(seconds=2))
    assert page.post().status_code == 303
    assert page.fill(QuestionKind.LONG, "A third story").post().status_code == 429, "a ticket pays once"
    assert many(database, Tip) == 2


def test_files_wait_with_the_words(busy: Flask, client: FlaskClient, view: CalloutView, database: Database) -> None:
    page = story(client, view)
    asked = page.post(files=[(PHOTO, "a.jpg")])
    assert asked.status_code == 429 and "a.jpg" in asked.text and "did not receive" not in asked.text
    page.read(asked)
    page.hidden["work"] = solution(asked)
    assert page.post().status_code == 303
    assert many(database, StoredFile) == 1


def test_a_form_that_does_not_pass_can_be_corrected_without_paying_again(
    busy: Flask, client: FlaskClient, view: CalloutView, database: Database
) -> None:
    page = aged(story(client, view), database, 40)
    del page.typed["consent"]
    assert page.post().status_code == 422
    page.typed["consent"] = "ask"
    assert page.post().status_code == 303


def test_what_was_not_signed_for_this_form_pays_for_nothing(
    busy: Flask, client: FlaskClient, view: CalloutView, database: Database
) -> None:
    other = aged(story(client, view), database, 40)
    other.post()
    spare = other.fill(QuestionKind.LONG, "More").post()
    other.read(spare)
    page = story(client, view)
    for given in (
        {"ticket": other.hidden["ticket"], "work": solution(spare)},
        {"ticket": other.hidden["ticket"][:-2], "work": "1"},
        {"ticket": "\0", "work": "9" * 5000},
        {"work": "-1"},
        {"work": "１２"},
    ):
        page.hidden |= {"ticket": "", "work": "", **given}
        assert page.post().status_code == 429
    assert story(client, view).post("&act=anything").status_code == 429
    old = aged(story(client, view), database, 3 * 3600)
    assert old.post().status_code == 429, "a form from the morning is not one of now"
    unsigned = story(client, view)
    unsigned.hidden["sid"] = "made-up"
    assert unsigned.post().status_code == 429
    assert many(database, Tip) == 1


def test_steps_and_leaving_cost_nothing(busy: Flask, client: FlaskClient, view: CalloutView) -> None:
    assert story(client, view).post("&act=keep").status_code == 200
    assert story(client, view).post("&act=leave").status_code == 204
