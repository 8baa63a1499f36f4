"""The pages that readers see, as a browser without cookies and JavaScript meets them."""

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.fixtures_db import Cast
from tests.web.reading import PHOTO, QUESTIONS, STORY, Page, code_of, link_of, open_callout, story
from tipline.core import callouts, spam
from tipline.core.callouts import CalloutView, QuestionDraft, QuestionTexts
from tipline.db import Database, now
from tipline.models import (
    Answer,
    Callout,
    Consent,
    Draft,
    IdentityAnswer,
    Message,
    QuestionKind,
    Reader,
    ReaderContact,
    StoredFile,
    Tip,
)
from tipline.web.throttle import Throttle

# What a page says does not depend on the database; what does is tested in core, on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def view(database: Database, cast: Cast) -> CalloutView:
    return open_callout(database, cast)


def rows(database: Database, table: Any) -> list[Any]:
    with database.reading() as session:
        return list(session.scalars(select(table)))


def test_drafts_and_unknown_callouts_are_not_found(client: FlaskClient, database: Database, cast: Cast) -> None:
    with database.writing() as session:
        draft = callouts.general(session)
        session.commit()
    assert client.get(f"/c/{draft.slug}").status_code == 404
    assert client.get("/c/nothing").status_code == 404
    assert client.post("/c/nothing", data={"q1": "x"}).status_code == 404


def test_no_public_page_sets_a_cookie_or_names_another_host(client: FlaskClient, view: CalloutView) -> None:
    sent = story(client, view).post()
    receipt = client.get(sent.headers["Location"])
    pages = [client.get(p) for p in ("/", "/c/stranded", "/c/nothing", "/r")]
    pages += [sent, receipt, client.get(link_of(receipt)), client.post("/r", data={"code": "one two"})]
    for page in pages:
        assert "Set-Cookie" not in page.headers
        assert page.headers["Cache-Control"] == "no-store"
        assert re.findall(r'(?:src|action)="https?:', page.text) == []
        assert re.findall(r'<link[^>]+href="https?:(?!//127\.0\.0\.1:5000/)', page.text) == []  # canonical is ours


def test_the_first_visit_takes_less_than_30_kb_of_the_line(client: FlaskClient, view: CalloutView) -> None:
    asked = {"Accept-Encoding": "gzip, deflate, br"}
    page = client.get("/c/stranded", headers=asked)
    assets = re.findall(r'(?:src|href)="(/(?:static|accent)[^"]+)"', page.text)
    assert len(assets) > 3
    weight = 0
    for address in ("/c/stranded", *assets):
        with client.get(address, headers=asked) as answer:
            weight += len(answer.data) + len(str(answer.headers))
    assert weight < 30 * 1024


def test_the_page_speaks_the_readers_language_and_says_so(client: FlaskClient, view: CalloutView) -> None:
    english = client.get("/c/stranded", headers={"Accept-Language": "fr, en;q=0.5"})
    chinese = client.get("/c/stranded", headers={"Accept-Language": "zh-CN"})
    assert '<html lang="en"' in english.text and "What happened?" in english.text
    assert '<html lang="zh-Hans"' in chinese.text and "发生了什么？" in chinese.text


def test_a_callout_in_one_language_is_one_page_in_that_language(
    client: FlaskClient, database: Database, cast: Cast
) -> None:
    page = client.get("/c/borders", headers={"Accept-Language": "zh-CN"})
    assert '<html lang="en"' in page.text and "简体中文" not in page.text


def test_every_public_page_carries_the_privacy_notice(client: FlaskClient, view: CalloutView) -> None:
    receipt = client.get(story(client, view).post().headers["Location"])
    for page in (client.get("/"), client.get("/c/stranded"), client.get("/r"), receipt, client.get(link_of(receipt))):
        assert "Your rights" in page.text and "Leave this page" in page.text


def test_a_story_is_filed_with_all_that_was_said(client: FlaskClient, view: CalloutView, database: Database) -> None:
    page = story(client, view)
    page.fill(QuestionKind.ONE, "1").fill(QuestionKind.SEVERAL, ["0", "1"]).fill(QuestionKind.YES_NO, "no")
    page.fill(QuestionKind.DATE, "2020-03-28").fill(QuestionKind.SHORT, "E12345678")
    page.typed |= {"name": "Mei Li", "email": "mei@reader.example", "contact": "email", "contact_note": "evenings"}
    answer = page.post()
    assert answer.status_code == 303
    [tip], [message], [consent] = (rows(database, table) for table in (Tip, Message, Consent))
    assert message.text == STORY
    assert (tip.consent, tip.contact, tip.callout_id, tip.automatic) == ("ask", "email", view.id, False)
    assert consent.choice == "ask" and "Ask me first" in consent.wording
    values = {row.wording: row.value for row in rows(database, Answer)}
    assert values == {
        "What happened?": STORY,
        "Which crossing?": "Lo Wu",
        "Who waits?": "A child\nA job",
        "A valid visa?": "No",
        "Since when?": "2020-03-28",
    }
    assert len(rows(database, IdentityAnswer)) == 1 and len(rows(database, ReaderContact)) == 1
    assert rows(database, Reader)[0].name is not None


def test_answers_keep_the_words_of_the_language_that_was_read(
    client: FlaskClient, view: CalloutView, database: Database
) -> None:
    page = Page(client, view, "zh_Hans").get()
    page.fill(QuestionKind.LONG, "我在里昂").fill(QuestionKind.ONE, "0")
    page.typed["consent"] = "anonymous"
    assert page.post().status_code == 303
    assert {row.wording: row.value for row in rows(database, Answer)} == {
        "发生了什么？": "我在里昂",
        "哪个口岸？": "上海",
    }


def test_an_answer_to_a_page_from_before_a_rewording_stands_under_the_old_words(
    client: FlaskClient, view: CalloutView, database: Database, cast: Cast
) -> None:
    page = story(client, view)
    with database.writing() as session:
        row = session.get_one(Callout, view.id)
        was = callouts.draft_of(session, row)
        first = was.questions[0]
        reworded = QuestionDraft(first.id, first.kind, True, False, {"en": QuestionTexts("How are you?")})
        changed = callouts.CalloutDraft(was.slug, ["en"], "", None, was.texts, [reworded])
        callouts.change(session, view.id, changed, cast.alice, row.version)
        session.commit()
    assert page.post().status_code == 303
    assert [row.wording for row in rows(database, Answer)] == ["What happened?"]


def test_the_receipt_shows_code_and_link_that_open_the_readers_page(client: FlaskClient, view: CalloutView) -> None:
    receipt = client.get(story(client, view).post().headers["Location"])
    assert len(code_of(receipt).split()) == 12
    opened = client.post("/r", data={"code": code_of(receipt).upper().replace(" ", " - ")})
    assert opened.status_code == 303
    assert opened.headers["Location"] == link_of(receipt)
    assert STORY in client.get(link_of(receipt)).text


def test_a_receipt_is_over_after_a_quarter_of_an_hour_and_a_forged_one_is_none(
    client: FlaskClient, view: CalloutView, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = story(client, view).post().headers["Location"]
    for forged in (address.replace("/receipt/", "/receipt/a"), address.partition("~")[0], "/receipt/~~~"):
        assert client.get(forged).status_code == 404
    monkeypatch.setattr("tipline.web.public.pages.RECEIPT_LASTS", timedelta(seconds=-1))
    over = client.get(address)
    assert over.status_code == 410 and "15 minutes" in over.text


def test_sent_twice_it_is_one_tip_and_the_same_receipt(
    client: FlaskClient, view: CalloutView, database: Database
) -> None:
    page = story(client, view)
    codes = {code_of(client.get(page.post(files=[(PHOTO, "a.jpg")]).headers["Location"])) for _ in range(3)}
    assert len(codes) == 1
    assert len(rows(database, Tip)) == 1 and len(rows(database, StoredFile)) == 1


def test_posted_fifty_times_at_once_it_is_one_tip(app: Flask, view: CalloutView, database: Database) -> None:
    app.extensions["tipline.posts"] = Throttle(100_000, 100_000)
    page = story(app.test_client(), view)
    places: list[str] = []

    def press() -> None:
        mine = Page(app.test_client(), view, hidden=page.hidden, typed=page.typed)
        places.append(mine.post(files=[(PHOTO, "a.jpg")]).headers["Location"])

    threads = [threading.Thread(target=press) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client = app.test_client()
    assert len(places) == 50 and len({code_of(client.get(place)) for place in set(places)}) == 1
    assert len(rows(database, Tip)) == 1 and len(rows(database, Message)) == 1
    assert len(rows(database, StoredFile)) == 1


def test_a_second_reader_on_the_same_page_gets_a_tip_and_a_code_of_their_own(
    client: FlaskClient, view: CalloutView, database: Database
) -> None:
    page = story(client, view)
    first = client.get(page.post().headers["Location"])
    second = client.get(page.fill(QuestionKind.LONG, "Another story").post().headers["Location"])
    assert code_of(first) != code_of(second)
    one, two = rows(database, Tip)
    assert two.may_belong_to == one.id
    assert STORY not in client.get(link_of(second)).text


def test_a_form_that_does_not_pass_keeps_every_word_and_file(
    client: FlaskClient, view: CalloutView, database: Database
) -> None:
    page = Page(client, view).get()
    page.fill(QuestionKind.ONE, "1").fill(QuestionKind.SEVERAL, ["1"]).fill(QuestionKind.DATE, "last spring")
    page.typed |= {"name": "Mei <Li>", "email": "not an address", "contact": "phone"}
    answer = page.post(files=[(PHOTO, "IMG 2041 我们.jpg")])
    assert answer.status_code == 422
    assert 'value="Mei &lt;Li&gt;"' in answer.text and 'value="not an address"' in answer.text
    assert 'value="last spring"' in answer.text
    assert len(re.findall(r"<input checked|checked ", answer.text)) == 3
    assert "IMG 2041 我们.jpg" in answer.text and "503 B" in answer.text
    assert rows(database, Tip) == []
    links = re.findall(r'<li><a href="#([^"]+)"', answer.text)
    assert len(links) == 5
    assert all(f'id="{link}"' in answer.text for link in links)
    # corrected, without choosing the file again
    page.read(answer)
    page.fill(QuestionKind.LONG, STORY).fill(QuestionKind.DATE, "28.3.2020")
    page.typed |= {"email": "mei@reader.example", "contact": "email", "consent": "ask"}
    assert page.post().status_code == 303
    [file] = rows(database, StoredFile)
    assert (file.name, file.size) == ("IMG 2041 我们.jpg", len(PHOTO))
    assert rows(database, Draft) == []
    assert [p for p in database.files.root.rglob("*") if p.is_file()] == []


def test_switching_the_language_keeps_what_was_typed(client: FlaskClient, view: CalloutView) -> None:
    page = Page(client, view).get()
    page.fill(QuestionKind.LONG, STORY).fill(QuestionKind.ONE, "1")
    page.lang = "zh_Hans"
    answer = page.post("&act=keep", files=[(PHOTO, "a.jpg")])
    assert answer.status_code == 200
    assert STORY in answer.text and "a.jpg" in answer.text and "罗湖" in answer.text
    assert re.search(r'<input checked[^>]*value="1"', answer.text)
    assert "summary" not in answer.text.split("<main")[1].split("<h1>")[0]
    page.read(answer)
    assert page.post(consent="ask").status_code == 303


def test_an_empty_form_is_not_filed(client: FlaskClient, database: Database, cast: Cast) -> None:
    view = open_callout(database, cast, questions=[QUESTIONS[3], QUESTIONS[-1]])
    page = Page(client, view).get()
    page.typed["consent"] = "background"
    assert page.post().status_code == 422
    assert rows(database, Tip) == []


def test_a_plain_urlencoded_post_is_taken_too(client: FlaskClient, view: CalloutView, database: Database) -> None:
    page = story(client, view)
    assert client.post("/c/stranded?lang=en", data={**page.typed, **page.hidden}).status_code == 303
    assert len(rows(database, Tip)) == 1


@pytest.mark.parametrize("sid", ["", "x", "~~~", "0~1~2~3~AAAA", "💥", "0" * 32 + "~1~1795553431~1~AA"])
def test_a_page_that_we_did_not_sign_is_asked_to_send_again_with_all_its_words(
    client: FlaskClient, view: CalloutView, database: Database, sid: str
) -> None:
    page = story(client, view)
    page.hidden["sid"] = sid
    answer = page.post(files=[(PHOTO, "a.jpg")])
    assert answer.status_code == 422
    assert STORY in answer.text and "a.jpg" in answer.text and "Press Send again" in answer.text
    page.read(answer)
    assert page.post().status_code == 303
    assert len(rows(database, Tip)) == 1 and len(rows(database, StoredFile)) == 1


def test_a_signed_page_of_one_callout_is_none_of_another(
    client: FlaskClient, view: CalloutView, database: Database, cast: Cast
) -> None:
    other = open_callout(database, cast, slug="other")
    page = story(client, other)
    page.hidden["sid"] = Page(client, view).get().hidden["sid"]
    assert page.post().status_code == 422


def test_what_a_program_fills_in_is_filed_and_shows_why(
    client: FlaskClient, view: CalloutView, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert story(client, view).post(website="https://spam.example").status_code == 303
    monkeypatch.setattr("tipline.web.forms.submission.QUICKEST", timedelta(0))
    assert story(client, view).post().status_code == 303
    quick, slow = rows(database, Tip)
    assert (quick.status, quick.spam_score) == ("spam", 75) and (slow.status, slow.spam_score) == ("new", 0)
    with database.reading() as session:
        assert spam.signs_of(session, [quick.id, slow.id]) == {quick.id: ["trap", "quick"]}


def test_a_closed_callout_says_what_came_of_it(
    client: FlaskClient, view: CalloutView, database: Database, cast: Cast
) -> None:
    with database.writing() as session:
        callouts.close(session, view.id, cast.alice)
        session.commit()
    page = client.get("/c/stranded")
    assert page.status_code == 200
    assert "<form" not in page.text and "no longer taking answers" in page.text


def test_who_had_the_form_open_when_it_closed_may_still_send_it(
    client: FlaskClient, view: CalloutView, database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = story(client, view)
    page.typed |= {"consent": "anonymous", "contact": "page"}
    with database.writing() as session:
        session.get_one(Callout, view.id).closes_at = now() - timedelta(minutes=1)
        session.commit()
    monkeypatch.setattr("tipline.web.public.form_posts.GRACE", timedelta(0))
    late = page.fill(QuestionKind.YES_NO, "yes").post()
    assert late.status_code == 409 and STORY in late.text
    assert re.findall(r'<p class="sent">(.*?)</p>', late.text) == [STORY], "no choice is among the words"
    monkeypatch.undo()
    assert page.post().status_code == 303


def test_a_flood_is_slowed_and_nobodys_words_are_lost(app: Flask, view: CalloutView, database: Database) -> None:
    client = app.test_client()
    page = story(client, view)
    app.extensions["tipline.posts"] = Throttle(1, 2)
    answers = [page.fill(QuestionKind.LONG, f"{STORY} {i}").post(files=[(PHOTO, "a.jpg")]) for i in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert f"{STORY} 2" in answers[2].text and "press Send again" in answers[2].text
    assert 50 <= int(answers[2].headers["Retry-After"]) <= 61
    other = Page(client, view, hidden=page.hidden, typed=page.typed)
    elsewhere = app.test_client()
    elsewhere.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    other.client = elsewhere
    assert other.post().status_code == 303


def test_the_text_of_readers_is_escaped(client: FlaskClient, view: CalloutView) -> None:
    page = story(client, view).fill(QuestionKind.LONG, "<script>alert(1)</script>{{ 7*7 }}")
    receipt = client.get(page.post().headers["Location"])
    shown = client.get(link_of(receipt)).text
    assert "<script>alert" not in shown and "&lt;script&gt;" in shown and "{{ 7*7 }}" in shown


def test_addresses_without_a_change_take_no_post_and_the_other_way_round(client: FlaskClient) -> None:
    assert client.post("/").status_code == 405
    assert client.post("/receipt/x").status_code == 405
    assert client.get("/r/x/add").status_code == 405


def test_the_settings_privacy_words_replace_the_default(client: FlaskClient, app: Flask, view: CalloutView) -> None:
    was = app.extensions["tipline"]
    privacy = was.settings.privacy.model_copy(update={"who": "Ms Data, privacy@m.example", "safer_doors": "Signal: 1"})
    app.extensions["tipline"] = type(was)(was.settings.model_copy(update={"privacy": privacy}), was.database)
    page = client.get("/c/stranded").text
    assert "Ms Data, privacy@m.example" in page and "Signal: 1" in page and "Tor Browser" not in page
