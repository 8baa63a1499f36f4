"""Every kind of question on the form: what is taken, what is refused, and what is filed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.fixtures_db import Cast
from tests.web.asking import EVERY_KIND, STORY, ask, name
from tests.web.reading import Page
from tipline.core import callouts
from tipline.core.callouts import CalloutView
from tipline.db import Database, now
from tipline.models import (
    Answer,
    AnswerChoice,
    Callout,
    CalloutStatus,
    Consent,
    IdentityAnswer,
    QuestionCount,
    ReaderContact,
)

# What a page says does not depend on the database; what does is tested in core, on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ONE_PAGE = [replace(one, ask_if=None, new_page=False, required=False) for one in EVERY_KIND]


@pytest.fixture
def view(database: Database, cast: Cast) -> CalloutView:
    return ask(database, cast, ONE_PAGE)


def rows(database: Database, table: Any) -> list[Any]:
    with database.reading() as session:
        return list(session.scalars(select(table)))


def typed(view: CalloutView, **given: str) -> dict[str, str]:
    """What was typed, under the question that begins so, with _ for the space."""
    starts = {start.replace("_", " "): value for start, value in given.items()}
    wordings = {start: next(q.wording for q in view.questions if q.wording.startswith(start)) for start in starts}
    return {name(view, wordings[start]): value for start, value in starts.items()}


def test_every_kind_is_filed_as_the_desk_reads_it(client: FlaskClient, view: CalloutView, database: Database) -> None:
    page = Page(client, view).get()
    page.typed = typed(
        view,
        What_happened="They closed the gate.",
        Are_you_stuck="yes",
        Where_are="Macau, 氹仔",
        For_how_many="１,２３４",
        Which_crossing="1",
        Since_when="２０２０年３月２８日",
        When_did="June 2021",
        How_were="2",
        A_page="example.com/notice",
        Passport="E12345678",
        A_phone="＋４４ 20 7946 0958",
    )
    page.typed[name(view, "Who waits for you?")] = ["0", "1"]  # type: ignore[assignment]
    page.typed[name(view, "What happened?", "w")] = "1"
    page.typed |= {"consent": "name", "name": "Mei Li", "contact": "phone"}
    answer = page.post()
    assert answer.status_code == 303, answer.text
    filed = {row.wording: row for row in rows(database, Answer)}
    assert {wording: (row.value, row.number, row.withheld) for wording, row in filed.items()} == {
        "What happened?": ("They closed the gate.", None, True),
        "Are you stuck now?": ("Yes", None, False),
        "Where are you?": ("Macau, 氹仔", None, False),
        "For how many days?": ("1234", 1234, False),
        "Which crossing?": ("Lo Wu", None, False),
        "Who waits for you?": ("A child\nA job", None, False),
        "Since when?": ("2020-03-28", None, False),
        "When did you apply?": ("2021-06", None, False),
        "How were you treated?": ("2 of 5", 2, False),
        "A page about it": ("https://example.com/notice", None, False),
    }
    chosen = {(row.answer_id, row.option) for row in rows(database, AnswerChoice)}
    yes, lo_wu, waits = (filed[w].id for w in ("Are you stuck now?", "Which crossing?", "Who waits for you?"))
    assert chosen == {(yes, 0), (lo_wu, 1), (waits, 0), (waits, 1)}
    assert len(rows(database, IdentityAnswer)) == 2 and len(rows(database, ReaderContact)) == 1
    assert sum(row.n for row in rows(database, QuestionCount)) == len(view.questions)
    assert rows(database, Consent)[0].withheld == [filed["What happened?"].question_id]


@pytest.mark.parametrize(
    ("wording", "text", "complaint"),
    [
        ("For how many days?", "many", "Enter a number in digits"),
        ("For how many days?", "0", "Enter a number that is at least 1."),
        ("For how many days?", "2001", "Enter a number that is at most 2,000."),
        ("Since when?", "3/4/2021", "Enter the date like"),
        ("When did you apply?", "2021", "Enter the month like"),
        ("A page about it", "javascript:alert(1)", "Enter the whole web address"),
        ("A phone that is yours alone", "call me", "Enter the phone number in digits"),
        ("Where are you?", "x" * 501, "Shorten this to 500 characters."),
        ("How were you treated?", "6", "Not a valid choice"),
        ("Which crossing?", "9", "Not a valid choice"),
    ],
)
def test_what_can_not_be_read_is_asked_again_and_nothing_is_lost(
    client: FlaskClient, view: CalloutView, wording: str, text: str, complaint: str
) -> None:
    page = Page(client, view).get()
    page.typed = {name(view, "What happened?"): "They closed it.", name(view, wording): text, "consent": "ask"}
    answer = page.post()
    asked = wording if wording.endswith("?") else f"{wording}:"
    assert answer.status_code == 422 and f"{asked} {complaint}" in answer.text
    assert "They closed it." in answer.text
    assert text in answer.text or complaint == "Not a valid choice"


def test_a_question_that_may_be_published_says_so_and_offers_to_keep_it_out_of_print(
    client: FlaskClient, view: CalloutView
) -> None:
    page = client.get("/c/stranded?lang=en").text
    assert page.count("We may publish this") == 1 and page.count("Don’t publish this answer") == 1
    held = Page(client, view).get()
    held.typed = {name(view, "What happened?", "w"): "1"}
    assert f'name="{name(view, "What happened?", "w")}" value="1" checked' in held.post().text


def test_only_what_may_be_published_can_be_withheld(client: FlaskClient, view: CalloutView, database: Database) -> None:
    page = Page(client, view).get()
    page.typed = typed(view, What_happened="They closed it.", Where_are="Macau") | {"consent": "ask"}
    page.typed[name(view, "Where are you?", "w")] = "1"
    assert page.post().status_code == 303
    assert [row.withheld for row in rows(database, Answer)] == [False, False]


def test_where_nobody_stays_unknown_it_is_said_before_and_a_name_or_a_way_is_asked_for(
    client: FlaskClient, database: Database, cast: Cast
) -> None:
    view = ask(database, cast, [STORY], anonymous=False)
    page = Page(client, view).get()
    assert "we need your name or one way to contact you" in client.get("/c/stranded?lang=en").text
    page.typed = {name(view, "What happened?"): "They closed it.", "consent": "ask"}
    answer = page.post()
    assert answer.status_code == 422 and "Your name: Enter your name, or a way to contact you." in answer.text
    page.read(answer)
    assert page.post(phone="+44 20 7946 0958").status_code == 303


def test_the_callouts_own_words_stand_before_the_fields(client: FlaskClient, view: CalloutView) -> None:
    page = client.get("/c/stranded?lang=en").text
    before = page.split("<form")[0]
    assert "Three reporters read every answer." in before
    assert "Do not write from a phone that your employer gave you." in before and "Safer ways to reach us" in before
    assert "Leave this page" in page


def test_before_it_opens_and_while_it_is_paused_the_page_says_so_in_the_callouts_time(
    client: FlaskClient, view: CalloutView, database: Database
) -> None:
    assert client.get("/c/stranded?lang=en").text.count("<form") == 1
    opens = now().replace(year=2031, month=7, day=1, hour=1, minute=0)
    with database.writing() as session:
        row = session.get_one(Callout, view.id)
        row.opens_at, row.timezone = opens, "Asia/Shanghai"
        row.closes_at = opens + timedelta(days=30)
        row.version += 1
        session.commit()
    page = client.get("/c/stranded?lang=en").text
    assert "Not open yet" in page and "1 July 2031" in page.replace("July 1, 2031", "1 July 2031") and "9:00" in page
    assert "<form" not in page and "Safer ways to reach us" in page
    with database.writing() as session:
        row = session.get_one(Callout, view.id)
        row.opens_at, row.status = None, CalloutStatus.PAUSED
        row.version += 1
        session.commit()
    paused = client.get("/c/stranded?lang=en").text
    assert "Paused" in paused and "Come back later" in paused and "<form" not in paused


def test_who_had_the_form_open_when_it_was_paused_may_still_send_it(
    client: FlaskClient, view: CalloutView, database: Database
) -> None:
    page = Page(client, view).get()
    page.typed = {name(view, "What happened?"): "They closed it.", "consent": "ask"}
    with database.writing() as session:
        session.get_one(Callout, view.id).status = CalloutStatus.PAUSED
        session.commit()
    assert page.post().status_code == 303


def test_two_readers_of_one_drawn_page_have_ids_of_their_own_and_a_change_is_seen_at_once(
    client: FlaskClient, view: CalloutView, database: Database, cast: Cast
) -> None:
    pages = [Page(client, view).get() for _ in range(3)]
    assert len({page.hidden["sid"] for page in pages}) == 3
    with database.writing() as session:
        row = session.get_one(Callout, view.id)
        draft = callouts.draft_of(session, row)
        texts = {code: callouts.CalloutTexts("Another title") for code in draft.texts}
        changed = callouts.CalloutDraft(draft.slug, draft.languages, "", None, texts, draft.questions)
        callouts.change(session, view.id, changed, cast.alice, row.version)
        session.commit()
    assert "Another title" in client.get("/c/stranded?lang=en").text


@pytest.mark.parametrize(
    ("label", "said"), [("What happened?", "What happened?"), ("您好吗？", "您好吗？"), ("Your name", "Your name:")]
)
def test_a_summary_of_errors_adds_no_colon_to_a_question(app: Flask, label: str, said: str) -> None:
    with app.test_request_context("/"):
        forms = app.jinja_env.get_template("_macros/forms.html").make_module(app.jinja_env.globals)
        assert forms.asked(label) == said
