"""The form for who wrote by mail: behind a code it opens with what they said, and is sent to the same tip."""

import io
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlmodel import Session, col
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from tests.core.asking import Conversation, between, converse, make_callout, reply
from tests.core.intake.test_mail_answers import ATTRIBUTION
from tests.filing import file_all
from tests.fixtures_db import Cast
from tests.trouble import locked
from tests.web.reading import Page
from tipline.config import Settings
from tipline.core import callouts, intake, merge
from tipline.core.arrival import Arrival, GivenAnswer
from tipline.core.outbox import sending
from tipline.core.outgoing_mail import email_codes
from tipline.core.retention import erasure
from tipline.db import Database, now
from tipline.models import (
    ActorKind,
    Answer,
    Consent,
    Draft,
    Event,
    MailKind,
    Message,
    Outgoing,
    QuestionCount,
    ReaderContact,
    Tip,
    Verb,
)
from tipline.spool import Spool
from tipline.vocabularies import ConsentChoice, Source

STORY = "I have been stuck since January."


@pytest.fixture
def settings() -> Settings:
    return Settings.model_validate({"smtp": {"host": "127.0.0.1"}})


@pytest.fixture
def talk(session: Session, cast: Cast) -> Conversation:
    """Mei wrote by mail, and answered two questions there."""
    talk = converse(session, make_callout(session, cast))
    reply(session, talk, ATTRIBUTION + between(talk.sent.text, {"2.": "211", "5.": "a, b", "7.": "B"}))
    session.commit()
    return talk


@pytest.fixture
def link(session: Session, talk: Conversation) -> str:
    """The link of the acknowledgement."""
    found = re.search(r"https://meridian.example(/m/\S+\?to=form)", talk.sent.text)
    assert found is not None
    return found[1]


def code(database: Database) -> str:
    """The newest code that left by mail."""
    with database.writing() as session:
        kind = col(Outgoing.kind) == MailKind.PAGE_CODE
        out = session.scalars(select(Outgoing).where(kind).order_by(col(Outgoing.id).desc()).limit(1)).one()
        ready = sending.mark_sending(session, out.id)
        assert ready is not None
        found = re.search(rb"(\d{4} \d{4})", ready.content)
    assert found is not None
    return found[1].decode()


def prove(client: FlaskClient, database: Database, link: str) -> TestResponse:
    path, _, query = link.partition("?")
    client.post(f"{path}/send?{query}")
    return client.post(f"{path}/code?{query}", data={"digits": code(database)})


def opened(client: FlaskClient, database: Database, talk: Conversation, where: str) -> Page:
    """The form as Mei's browser holds it, at the address that she was led to."""
    with database.reading() as session:
        view = callouts.form_of(session, session.merge(talk.callout, load=False), "en")
    page = Page(client, view)
    response = client.get(where)
    assert response.status_code == 200
    page.read(response)
    area = re.search(r'<textarea[^>]*name="([^"]+)"[^>]*>\s*(.*?)</textarea>', response.text, re.DOTALL)
    page.typed = {area[1]: unescape(area[2])} if area else {}
    for tag in re.findall(r"<input [^>]*>", response.text):
        said = dict(re.findall(r'([a-z]+)="([^"]*)"', tag))
        if said.get("type") == "checkbox" and " checked" in tag:
            page.typed.setdefault(said["name"], []).append(said["value"])
        elif said.get("type") not in ("hidden", "file", "checkbox", "radio") or " checked" in tag:
            page.typed[said["name"]] = unescape(said.get("value", ""))
    return page


def rows(database: Database, table: Any) -> list[Any]:
    with database.reading() as session:
        return list(session.scalars(select(table)))


def test_the_link_alone_shows_nothing_and_leads_nowhere(
    client: FlaskClient, database: Database, talk: Conversation, link: str
) -> None:
    page = client.get(link)
    assert page.status_code == 200 and "stuck" not in page.text and "Rail" not in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer" and 'content="noindex"' in page.text
    path, _, query = link.partition("?")
    assert client.get("/m/1-abc?to=form").text.replace("1-abc", "") == page.text.replace(path.rpartition("/")[2], "")
    wrong = client.post(f"{path}/code?{query}", data={"digits": "00000000"})
    assert wrong.status_code == 422 and rows(database, Draft) == []
    assert client.get("/c/rail?form=" + "0" * 32 + "~1~1~1~1~AAAA").text.count(STORY) == 0


def test_behind_the_code_the_form_opens_with_what_was_said_and_goes_to_the_same_tip(
    client: FlaskClient, database: Database, talk: Conversation, link: str
) -> None:
    before = rows(database, Tip)[0].code_hash
    led = prove(client, database, link)
    assert led.status_code == 303 and "/c/rail?" in led.headers["Location"]
    page = opened(client, database, talk, led.headers["Location"])
    ids = [question.id for question in page.view.questions]
    assert page.typed[f"q{ids[0]}"] == STORY
    assert page.typed[f"q{ids[4]}"] == ["0", "1"] and page.typed["consent"] == "anonymous"
    assert page.typed[f"q{ids[1]}"] == "211"
    page.typed |= {f"q{ids[5]}": "Wuhan", "name": "Mei Chen", "phone": "+44 20 7946 0958"}
    page.typed |= {f"q{ids[6]}": "E1234567", "consent": "name", "contact": "phone"}
    sent = page.post()
    assert sent.status_code == 303
    assert "your answers with what you wrote by email" in client.get(sent.headers["Location"]).text
    (tip,) = rows(database, Tip)
    assert (tip.consent, tip.contact.value, tip.code_hash) == (ConsentChoice.NAME, "phone", before)
    assert sorted(row.value for row in rows(database, Answer)) == ["211", "By plane\nBy train", STORY, "Wuhan"]
    last = rows(database, Message)[-1]
    assert (last.source, last.text) == (Source.FORM, "Which city are you in?\nWuhan")
    assert [entry.source for entry in rows(database, Consent)] == [Source.MAIL, Source.FORM]
    assert len(rows(database, ReaderContact)) == 2 and rows(database, Draft) == []
    assert sum(row.n for row in rows(database, QuestionCount)) == 7
    events = [event.verb for event in rows(database, Event) if event.tip_id == tip.id]
    assert events.count(Verb.MESSAGE) == 2 and events.count(Verb.RECEIVED) == 1


def test_files_of_the_form_that_did_not_come_through_are_named(
    client: FlaskClient, database: Database, talk: Conversation, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tipline.web.uploads.MB", 1024)
    page = opened(client, database, talk, prove(client, database, link).headers["Location"])
    page.typed |= {"photos": FileStorage(io.BytesIO(b"x" * 30_000), "film.mp4"), "name": "Mei", "consent": "name"}
    sent = page.post()
    assert sent.status_code == 303 and "film" not in sent.headers["Location"]
    shown = client.get(sent.headers["Location"]).text
    assert "We did not receive one file" in shown and "film.mp4" in shown


def test_who_wrote_by_mail_may_be_answered_by_mail_without_writing_the_address_again(
    client: FlaskClient, database: Database, talk: Conversation, link: str
) -> None:
    page = opened(client, database, talk, prove(client, database, link).headers["Location"])
    page.typed |= {"contact": "email", "email": ""}
    assert page.post().status_code == 303
    assert rows(database, Tip)[0].contact.value == "email"


def test_pressed_twice_it_is_one_message_and_the_way_back_adds_only_what_is_new(
    client: FlaskClient, database: Database, talk: Conversation, link: str
) -> None:
    page = opened(client, database, talk, prove(client, database, link).headers["Location"])
    city = f"q{page.view.questions[5].id}"
    page.typed[city] = "Wuhan"
    assert page.post().headers["Location"] == page.post().headers["Location"]
    page.typed[city] = "Shanghai"
    page.post()
    assert [m.text for m in rows(database, Message) if m.source is Source.FORM] == [
        "Which city are you in?\nWuhan",
        "Which city are you in?\nShanghai",
    ]
    assert [row.value for row in rows(database, Answer)].count("Wuhan") == 0
    assert sum(row.n for row in rows(database, QuestionCount)) == 7, "asked once"
    assert len(rows(database, Tip)) == 1


def test_erased_old_and_closed_there_is_no_form_and_never_a_new_tip(
    client: FlaskClient, database: Database, cast: Cast, talk: Conversation, link: str
) -> None:
    where = prove(client, database, link).headers["Location"]
    page = opened(client, database, talk, where)
    with database.writing() as session:
        erasure.erase(session, talk.tip.id or 0, ActorKind.READER)
        session.commit()
    assert rows(database, Draft) == [], "the story waits nowhere"
    assert client.get(where).status_code == 410
    gone = page.post()
    assert gone.status_code == 410 and STORY in gone.text
    assert rows(database, Tip) == [] and rows(database, Draft) == []


def test_after_thirty_days_the_link_leads_to_the_page_and_a_form_is_not_taken(
    client: FlaskClient, database: Database, talk: Conversation, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened(client, database, talk, prove(client, database, link).headers["Location"])
    with database.writing() as session:
        session.execute(update(Tip).values(received_at=now() - timedelta(days=31)))
        session.execute(update(Outgoing).values(not_before=now() - timedelta(hours=2)))
        session.commit()
    assert "/r/" in prove(client, database, link).headers["Location"]
    before = len(rows(database, Message))
    monkeypatch.setattr("tipline.core.intake.mail_form.FORM_TTL", timedelta(seconds=-1))
    late = page.post()
    assert late.status_code == 410 and STORY in late.text and len(rows(database, Message)) == before


def test_opened_again_hours_later_it_holds_what_was_typed_and_is_never_another_form(
    client: FlaskClient, database: Database, talk: Conversation, link: str
) -> None:
    reader = prove(client, database, link.partition("?")[0]).headers["Location"].partition("?")[0]
    page = opened(client, database, talk, client.post(f"{reader}/form").headers["Location"])
    city = f"q{page.view.questions[5].id}"
    page.typed[city] = "Wuhan"
    page.post("&act=keep")
    with database.writing() as session:
        session.execute(update(Draft).values(expires_at=now() + timedelta(hours=22)))
        session.commit()
    where = client.post(f"{reader}/form").headers["Location"]
    again = opened(client, database, talk, where)
    assert again.typed[city] == "Wuhan"
    assert again.post("&act=leave").status_code == 204
    assert client.get(where).status_code == 410
    fresh = opened(client, database, talk, client.post(f"{reader}/form").headers["Location"])
    assert fresh.typed[f"q{fresh.view.questions[0].id}"] == STORY and fresh.typed[city] == ""
    with database.writing() as session:
        session.execute(update(Draft).values(expires_at=now() + timedelta(hours=22)))
        session.commit()
    over = client.get(where)
    assert over.status_code == 410 and "no longer open" in over.text and "<textarea" not in over.text


def test_where_no_code_can_leave_the_page_says_so_of_every_link_alike(
    client: FlaskClient, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(email_codes, "OF_ALL", 0)
    for path in (link.partition("?")[0], "/m/1-abc"):
        told = client.post(f"{path}/send")
        assert told.status_code == 429 and told.headers["Retry-After"] == "3600"
        assert "Ask again in an hour" in told.text and "on its way" not in told.text


def test_a_code_is_not_used_up_where_the_form_can_not_be_opened(
    client: FlaskClient, database: Database, talk: Conversation, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _, query = link.partition("?")
    client.post(f"{path}/send?{query}")
    digits = {"digits": code(database)}
    monkeypatch.setattr("tipline.web.database_waits.LOCK_WAIT_SECONDS", 0.1)
    with locked(database):
        assert client.post(f"{path}/code?{query}", data=digits).status_code == 503
    monkeypatch.undo()
    led = client.post(f"{path}/code?{query}", data=digits)
    assert led.status_code == 303 and STORY in client.get(led.headers["Location"]).text


def test_the_readers_page_offers_the_form_and_a_joined_tip_is_followed(
    client: FlaskClient, database: Database, cast: Cast, talk: Conversation, link: str
) -> None:
    reader = prove(client, database, link.partition("?")[0]).headers["Location"].partition("?")[0]
    assert f'action="{reader}/form"' in client.get(reader).text
    begun = client.post(f"{reader}/form")
    page = opened(client, database, talk, begun.headers["Location"])
    with database.writing() as session:
        other = reply(session, talk, "It is me, from another address.", sender="mei@other.example")
        kept = merge.merge(session, other.tip_id, cast.alice)
        session.commit()
    page.typed[f"q{page.view.questions[5].id}"] = "Wuhan"
    assert page.post().status_code == 303
    assert [row.tip_id for row in rows(database, Answer) if row.value == "Wuhan"] == [kept]
    with database.writing() as session:
        callouts.close(session, talk.callout.id or 0, cast.alice)
        session.commit()
    assert f"{reader}/form" not in client.get(reader).text
    assert client.post(f"{reader}/form").status_code == 404
    assert client.get(f"{reader}/form").status_code == 405


def test_what_was_spooled_for_a_tip_is_filed_there_or_goes_with_it(
    client: FlaskClient, database: Database, cast: Cast, talk: Conversation, link: str
) -> None:
    spool = Spool.of(database)
    question = rows(database, Answer)[0].question_id
    said = Arrival(
        Source.FORM, "x", now(), submission_id="a" * 32, tip_id=talk.tip.id, answers=(GivenAnswer(question, "Q", "7"),)
    )
    spool.put_words(said)
    file_all(database)
    assert [m.text for m in rows(database, Message) if m.source is Source.FORM] == ["Q\n7"]
    with database.writing() as session:
        assert intake.receive(session, said).duplicate
        erasure.erase(session, talk.tip.id or 0, ActorKind.READER)
        session.commit()
    spool.put_words(said)
    file_all(database)
    assert spool.standing().waiting == 0 and rows(database, Tip) == []


def test_the_form_says_nothing_that_is_true_only_of_who_is_unknown(
    client: FlaskClient, link: str, database: Database, talk: Conversation
) -> None:
    form = client.get(prove(client, database, link).headers["Location"]).text
    assert "We have the address that you wrote from" in form
    for untrue in (
        "Leave this empty if you do not want to tell us who you are",
        "You get a code to come back",
        "You get a code that opens your page after",
        "Or write by email",
    ):
        assert untrue not in form, untrue
