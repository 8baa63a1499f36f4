"""Conditions and steps of the form, as a browser without JavaScript meets them."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.fixtures_db import Cast
from tests.web.asking import EVERY_KIND, STORY, STUCK, ask, name, question
from tests.web.reading import PHOTO, Page
from tipline.core import callouts
from tipline.core.callouts import CalloutView
from tipline.core.callouts.questions import AskIf
from tipline.db import Database
from tipline.models import Answer, Draft, QuestionCount, StoredFile, Tip
from tipline.models import QuestionKind as Kind
from tipline.web.throttle import Throttle

# What a page says does not depend on the database; what does is tested in core, on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

TOLD = "My son is in Shanghai."


@pytest.fixture
def view(database: Database, cast: Cast) -> CalloutView:
    return ask(database, cast)


def rows(database: Database, table: Any) -> list[Any]:
    with database.reading() as session:
        return list(session.scalars(select(table)))


def go(page: Page, act: str = "next", **more: Any) -> TestResponse:
    """Press Continue or Back, follow it, and read the page that comes."""
    answer = page.post(f"&act={act}", **more)
    if answer.status_code == 303:
        answer = page.client.get(answer.headers["Location"])
    page.read(answer)
    page.typed = {}
    return answer


def second_step(page: Page) -> TestResponse:
    page.typed = {name(page.view, "What happened?"): TOLD}
    return go(page)


def test_each_step_says_where_it_is_and_the_last_one_sends(client: FlaskClient, view: CalloutView) -> None:
    page = Page(client, view)
    first = client.get("/c/stranded?lang=en")
    assert (
        "Step 1 of 3" in first.text and "Which crossing?" not in first.text and "What may we publish" not in first.text
    )
    page.read(first)
    assert "Step 2 of 3" in second_step(page).text
    last = go(page)
    assert "Step 3 of 3" in last.text and "Passport number" in last.text and "What may we publish?" in last.text
    assert "Send to" in last.text and "Continue" not in last.text


def test_the_address_of_a_step_carries_no_answer_and_reload_and_back_show_what_was_typed(
    client: FlaskClient, view: CalloutView
) -> None:
    page = Page(client, view).get()
    page.typed = {name(view, "What happened?"): TOLD}
    address = page.post("&act=next").headers["Location"]
    # not by its letters: a signature is random, and may hold the two of a question's name
    assert "son" not in address and parse_qs(urlsplit(address).query).keys() == {"lang", "form", "step"}
    page.read(client.get(address))
    page.typed = {name(view, "Which crossing?"): "1"}
    go(page)
    again = client.get(address)
    assert re.search(r'<input checked[^>]*value="1"', again.text)
    before = client.get(address.replace("step=2", "step=1"))
    assert TOLD in before.text and "Step 1 of 3" in before.text
    page.read(before)
    page.typed = {name(view, "What happened?"): f"{TOLD} Still."}
    assert re.search(r'<input checked[^>]*value="1"', go(page).text), "step 2 is as it was left"
    assert f"{TOLD} Still." in go(page, "back").text


def test_a_page_from_before_the_later_answers_does_not_undo_them(client: FlaskClient, view: CalloutView) -> None:
    page = Page(client, view).get()
    old = dict(page.hidden)
    second_step(page)
    page.typed = {name(view, "Which crossing?"): "1"}
    go(page)
    page.hidden = old  # the browser shows the first page from its memory
    page.typed = {name(view, "What happened?"): TOLD}
    assert re.search(r'<input checked[^>]*value="1"', go(page).text)


def test_a_question_that_was_not_on_the_page_is_shown_before_it_is_demanded(
    client: FlaskClient, view: CalloutView
) -> None:
    page = Page(client, view).get()
    page.typed = {name(view, "What happened?"): TOLD, name(view, "Are you stuck now?"): "yes"}
    more = page.post("&act=next")
    assert more.status_code == 422
    assert (
        "We have more questions because of your answers" in more.text
        and 'id="summary"' not in more.text
        and TOLD in more.text
    )
    page.read(more)
    wrong = page.post("&act=next")
    assert "For how many days? Enter a number." in wrong.text
    page.read(wrong)
    page.typed |= {name(view, "For how many days?"): "１２"}
    assert "Step 2 of 3" in go(page).text


def test_answers_that_are_not_asked_for_any_more_are_kept_while_typing_and_not_filed(
    client: FlaskClient, view: CalloutView, database: Database
) -> None:
    page = Page(client, view).get()
    page.typed = {name(view, "What happened?"): TOLD, name(view, "Are you stuck now?"): "no"}
    page.typed |= {name(view, "Where are you?"): "Macau", name(view, "For how many days?"): "many"}
    go(page)
    assert 'value="Macau"' in go(page, "back").text
    page.typed = {name(view, "What happened?"): TOLD, name(view, "Are you stuck now?"): "no"}
    go(page)
    go(page)
    assert page.post(consent="ask").status_code == 303
    assert {row.wording: row.value for row in rows(database, Answer)} == {
        "What happened?": TOLD,
        "Are you stuck now?": "No",
    }
    counted = {row.question_id for row in rows(database, QuestionCount)}
    unasked = {q.id for q in view.questions if q.ask_if}
    assert counted == {q.id for q in view.questions} - unasked


def test_files_wait_on_their_step_and_are_filed_with_the_rest(
    client: FlaskClient, view: CalloutView, database: Database
) -> None:
    page = Page(client, view).get()
    second_step(page)
    go(page, files=[(PHOTO, "a.jpg")])
    assert "a.jpg" in go(page, "back").text
    go(page)
    assert page.post(consent="ask").status_code == 303
    assert [file.name for file in rows(database, StoredFile)] == ["a.jpg"]


def test_files_of_a_question_that_is_not_asked_any_more_are_not_filed(
    client: FlaskClient, database: Database, cast: Cast
) -> None:
    photos = question(Kind.FILE, "Photos", ask_if=AskIf(1, (0,)))
    view = ask(database, cast, [STORY, STUCK, photos])
    page = Page(client, view).get()
    page.typed = {name(view, "What happened?"): TOLD, name(view, "Are you stuck now?"): "yes"}
    page.read(page.post(files=[(PHOTO, "a.jpg")]))
    page.typed |= {name(view, "Are you stuck now?"): "no", "consent": "ask"}
    assert page.post(files=[(PHOTO, "b.jpg")]).status_code == 303
    assert rows(database, StoredFile) == []


def test_an_answer_that_ends_the_questions_says_so_and_leads_to_the_rest(
    client: FlaskClient, database: Database, cast: Cast
) -> None:
    stop = question(Kind.YES_NO, "Were you stranded?", ends_if=(1,))
    view = ask(database, cast, [stop, *EVERY_KIND[:1], question(Kind.SHORT, "A last word", new_page=True)])
    page = Page(client, view).get()
    page.typed = {name(view, "Were you stranded?"): "no"}
    last = go(page)
    assert "Step 2 of 2" in last.text and "A last word" not in last.text
    back = go(page, "back")
    assert "We have no more questions" in re.sub(r"<p[^>]* hidden>.*?</p>", "", back.text)
    page.typed = {name(view, "Were you stranded?"): "no"}
    go(page)
    assert page.post(consent="background").status_code == 303
    assert [row.value for row in rows(database, Answer)] == ["No"]


def test_another_language_keeps_step_and_answers(client: FlaskClient, view: CalloutView) -> None:
    page = Page(client, view).get()
    second_step(page)
    page.typed, page.lang = {name(view, "Which crossing?"): "1"}, "zh_Hans"
    chinese = page.post("&act=keep")
    assert "罗湖" in chinese.text and re.search(r'<input checked[^>]*value="1"', chinese.text)
    page.read(chinese)
    page.typed = {name(view, "Which crossing?"): "1"}
    assert TOLD in go(page, "back").text


def test_what_is_wrong_on_an_earlier_step_is_shown_there(client: FlaskClient, view: CalloutView) -> None:
    page = Page(client, view).get()
    second_step(page)
    last = go(page)
    page.hidden[name(view, "When did you apply?")] = "sometime"
    page.read(last)
    page.hidden[name(view, "What happened?")] = ""
    answer = page.post(consent="ask")
    assert answer.status_code == 422 and "Step 1 of 3" in answer.text and 'id="summary"' in answer.text


def test_an_address_is_over_after_an_hour_is_good_for_one_callout_and_not_to_be_forged(
    client: FlaskClient, view: CalloutView, database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Page(client, view).get()
    page.typed = {name(view, "What happened?"): TOLD}
    address = page.post("&act=next").headers["Location"].replace("step=2", "step=1")
    assert TOLD in client.get(address).text
    ask(database, cast, slug="other")
    for foreign in (address.replace("/stranded", "/other"), address.replace("form=", "form=x"), address[:-40]):
        assert TOLD not in client.get(foreign).text
    monkeypatch.setattr("tipline.web.public.pages.SHOWN", timedelta(0))
    over = client.get(address)
    assert over.status_code == 200 and TOLD not in over.text and "empty form" in over.text


def test_after_leaving_in_haste_nothing_that_was_typed_is_shown(client: FlaskClient, view: CalloutView) -> None:
    page = Page(client, view).get()
    page.typed = {name(view, "What happened?"): TOLD}
    address = page.post("&act=next").headers["Location"].replace("step=2", "step=1")
    assert page.post("&act=leave").status_code == 204
    assert TOLD not in client.get(address).text


def test_leaving_in_haste_is_neither_slowed_nor_stopped_and_is_written_once(
    app: Flask, view: CalloutView, database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()
    page = Page(client, view).get()
    page.typed = {name(view, "What happened?"): TOLD}
    address = page.post("&act=next").headers["Location"].replace("step=2", "step=1")
    app.extensions["tipline.posts"] = Throttle(1, 1)
    client.post("/c/stranded")
    monkeypatch.setattr("tipline.web.public.form_posts.GRACE", timedelta(0))
    with database.writing() as session:
        callouts.close(session, view.id, cast.alice)
        session.commit()
    assert page.post("&act=leave").status_code == 204
    before = rows(database, Draft)[0].fields
    assert page.post("&act=leave").status_code == 204
    assert rows(database, Draft)[0].fields == before, "sealed anew it would be other bytes"
    assert TOLD not in client.get(address).text


def test_without_conditions_an_old_page_is_not_sent_to_questions_that_its_reader_saw(
    client: FlaskClient, database: Database, cast: Cast
) -> None:
    view = ask(database, cast, [STORY, question(Kind.SHORT, "Where?", new_page=True)], slug="plain")
    page = Page(client, view).get()
    second_step(page)
    old = dict(page.hidden)
    page.typed = {name(view, "Where?"): "Lyon"}
    go(page)
    page.hidden = old  # the browser shows the second page from its memory
    page.typed = {name(view, "Where?"): "Wuhan"}
    answer = go(page)
    assert "Step 3 of 3" in answer.text and 'id="more"' not in answer.text
    assert page.post(consent="ask").status_code == 303
    assert sorted(row.value for row in rows(database, Answer)) == [TOLD, "Wuhan"]


def test_after_sending_the_address_shows_an_empty_form(
    client: FlaskClient, view: CalloutView, database: Database
) -> None:
    page = Page(client, view).get()
    page.typed = {name(view, "What happened?"): TOLD}
    address = page.post("&act=next").headers["Location"]
    page.read(client.get(address))
    go(page)
    assert page.post(consent="ask").status_code == 303
    assert TOLD not in client.get(address.replace("step=2", "step=1")).text
    assert len(rows(database, Tip)) == 1


@pytest.mark.parametrize("step", ["", "0", "-1", "99", "x", "٣", "9" * 400])
def test_a_step_that_was_tampered_with_loses_nothing(client: FlaskClient, view: CalloutView, step: str) -> None:
    page = Page(client, view).get()
    page.hidden["step"] = step
    page.hidden["shown"] = f"{step}.x.-1"
    page.hidden["turn"] = step
    page.typed = {name(view, "What happened?"): TOLD, "consent": "ask"}
    answer = page.post("&act=next")
    assert answer.status_code in (303, 422)
    assert client.get(f"/c/stranded?form=x&step={step}").status_code == 200


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5000])
def test_a_number_longer_than_any_of_ours_counts_as_none(client: FlaskClient, view: CalloutView, number: str) -> None:
    page = Page(client, view).get()
    page.hidden |= {"step": number, "turn": number, "shown": f"{number}.{number}"}
    page.typed = {name(view, "What happened?"): TOLD, name(view, "Which crossing?"): number}
    assert page.post("&act=next").status_code in (303, 422)
    kept = page.post(f"&act=keep&without={number}")
    assert kept.status_code == 200 and TOLD in kept.text
    assert client.get(f"/c/stranded?form=x&step={number}").status_code == 200
