"""Published answers: the desk's pages where editors choose and cut them, the public page, and the feeds."""

import re
from html import unescape
from typing import Any
from xml.etree import ElementTree as xml

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlmodel import Session, col

from tests.arrivals import form
from tests.core.making import make_tip
from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tipline.core import intake, readers
from tipline.core.arrival import Arrival, ConsentChoice, GivenAnswer, Source
from tipline.core.results import publishing
from tipline.core.results.publishing import AnswerCut
from tipline.core.results.quote_sent import Unsent
from tipline.db import Database, now
from tipline.models import Callout, Event, Publication, Question, QuestionKind, Reader, Tip, Verb

# What a page says does not depend on the database; what does is tested in core, on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ATOM = {"a": "http://www.w3.org/2005/Atom"}
HOSTILE = '<script>alert(1)</script> & "quotes" \x0b \ufffe'
STORY = "The embassy stopped answering in March."


@pytest.fixture
def alice(app: Flask, cast: Cast) -> FlaskClient:
    return sign_in(app.test_client(), cast.alice)


@pytest.fixture
def tip_id(session: Session, cast: Cast) -> int:
    """A form whose reader gives their name; its second answer may be published."""
    session.get_one(Callout, cast.borders).gallery = True
    questions = [Question(callout_id=cast.borders, position=n, kind=QuestionKind.LONG, publish=True) for n in range(2)]
    session.add_all(questions)
    session.flush()
    words = (STORY, "In Lyon, since January.")
    answers = tuple(GivenAnswer(q.id or 0, f"Question {n}", words[n]) for n, q in enumerate(questions))
    arrival = form(STORY, callout_id=cast.borders, answers=answers, consent=ConsentChoice.NAME, reader_name="Mei Chen")
    found = intake.receive(session, arrival).tip_id
    session.commit()
    return found


def public_answer(session: Session, cast: Cast, text: str, language: str = "", name: str = "", **tip: Any) -> int:
    """An answer that is public, whatever it says."""
    session.get_one(Callout, cast.borders).gallery = True
    made = make_tip(session, cast.borders, "Story", consent=ConsentChoice.NAME, **tip)
    row = publishing.choose(session, made.id or 0, cast.alice)
    publishing.change(session, cast.borders, row.id or 0, AnswerCut(text, name, language), cast.alice, row.changed_at)
    publishing.publish(session, cast.borders, row.id or 0, cast.alice, unsent=Unsent.AGREED)
    session.commit()
    return row.id or 0


def rows(database: Database, table: Any, *where: Any) -> list[Any]:
    with database.reading() as session:
        return list(session.scalars(select(table).where(*where)))


def typed(page: str, **more: str) -> dict[str, str]:
    """What the editing page would post."""
    version = re.search(r'name="version" value="([^"]+)"', page)
    assert version is not None
    return {"version": version[1], "unsent": "agreed", **more}


def test_an_answer_goes_from_its_tip_to_the_public_page_and_off_it_again(
    alice: FlaskClient, client: Browser, tip_id: int, database: Database
) -> None:
    page = alice.get(f"/desk/tips/{tip_id}").text
    assert "Publish the story…" in page and "Publish this answer…" in page
    where = alice.post(f"/desk/tips/{tip_id}/publish", data={}).headers["Location"]
    page = alice.get(where).text
    assert page.count(STORY) == 2, "the original beside what is cut"
    assert STORY not in client.get("/c/borders/answers").text
    done = alice.post(where, data=typed(page, text="The embassy\nstopped.", language="en", act="publish"))
    assert done.status_code == 303 and "It is public now." in alice.get(done.headers["Location"]).text
    shown = client.get("/c/borders/answers").text
    assert '<blockquote class="prose" lang="en">The embassy\nstopped.</blockquote>' in shown
    assert "— a reader" in shown and "Mei" not in shown
    chosen = alice.get(where.rpartition("/")[0]).text
    more = re.search(r'href="(/desk\?q=[^"]+)">Tips whose readers allow it', chosen)
    assert more is not None and STORY in alice.get(unescape(more[1])).text, "where the next one is found"
    alice.post(f"{where}/unpublish")
    gone = client.get("/c/borders/answers")
    assert "embassy" not in gone.text and gone.headers["Cache-Control"] == "no-store"
    alice.post(f"{where}/drop")
    assert rows(database, Publication) == []


def test_words_that_were_not_sent_to_their_reader_are_public_for_a_reason_alone(
    alice: FlaskClient, client: Browser, tip_id: int, database: Database
) -> None:
    where = alice.post(f"/desk/tips/{tip_id}/publish").headers["Location"]
    page = alice.get(where).text
    assert "hasn’t been sent this exact text" in page
    refused = alice.post(where, data=typed(page, text=STORY, unsent="", act="publish"))
    assert refused.status_code == 422 and "Send it first, or say why" in refused.text
    assert alice.post(f"{where}/publish").headers["Location"] == where, "from the list to where it can be put right"
    tip = alice.post(where, data=typed(page, text="Shut since March.", act="ask")).headers["Location"]
    assert "“Shut since March.”" in alice.get(tip).text.replace("&#8220;", "“"), "a reply is begun that shows them"
    assert STORY not in client.get("/c/borders/answers").text
    alice.post(where, data=typed(alice.get(where).text, text="Shut.", unsent="unreachable", act="publish"))
    assert "Shut." in client.get("/c/borders/answers").text
    assert "They can’t be reached safely" in alice.get(f"/desk/tips/{tip_id}").text


def test_editors_are_told_of_a_public_text_that_gives_its_reader_away_since(
    alice: FlaskClient, client: Browser, session: Session, cast: Cast, database: Database
) -> None:
    public_answer(session, cast, "I am Quixana, and we wait.")
    assert "may now identify its reader" not in alice.get("/desk").text
    with database.writing() as writing:
        reader = writing.get_one(Reader, rows(database, Tip)[0].reader_id)
        told = Arrival(Source.MAIL, "", now(), reader_name="Quixana Z.", reader_email="q@mail.example")
        readers.learn(writing, reader, told)
        writing.commit()
    page = alice.get("/desk").text
    assert "may now identify its reader" in page and "Correct it" in page
    where = re.search(r'action="(/desk/callouts/\d+/gallery/\d+/unpublish)"', page)
    assert where is not None
    alice.post(where[1])
    assert "may now identify its reader" not in alice.get("/desk").text
    assert "Quixana" not in client.get("/c/borders/answers").text


def test_a_name_is_filled_in_by_a_recorded_look_and_kept_only_when_saved(
    alice: FlaskClient, client: Browser, tip_id: int, database: Database
) -> None:
    where = alice.post(f"/desk/tips/{tip_id}/publish").headers["Location"]
    page = alice.get(where).text
    assert "Mei Chen" not in page
    page = alice.post(where, data=typed(page, text="Half done", act="name")).text
    assert 'value="Mei Chen"' in page and "Half done" in page
    assert len(rows(database, Event, col(Event.verb) == Verb.IDENTITY_SEEN)) == 1
    assert rows(database, Publication)[0].attribution == ""
    alice.post(where, data=typed(page, text="Done", attribution="Mei C.", act="publish"))
    assert "— <bdi>Mei C.</bdi>" in client.get("/c/borders/answers").text


def test_a_reader_who_allows_no_name_is_published_without(
    alice: FlaskClient, client: Browser, tip_id: int, session: Session
) -> None:
    where = alice.post(f"/desk/tips/{tip_id}/publish").headers["Location"]
    session.get_one(Tip, tip_id).consent = ConsentChoice.ANONYMOUS
    session.commit()
    page = alice.get(where).text
    assert "Fill in the name" not in page and "without a name" in page
    refused = alice.post(where, data=typed(page, text="x", attribution="Mei", act="publish"))
    assert refused.status_code == 422 and "does not allow their name" in refused.text
    assert alice.post(where, data=typed(page, text="x", act="name")).status_code == 422


def test_what_is_not_allowed_is_not_offered_and_refused_with_the_reason(
    alice: FlaskClient, tip_id: int, session: Session
) -> None:
    session.get_one(Tip, tip_id).consent = ConsentChoice.ASK
    session.commit()
    assert "Publish the story" not in alice.get(f"/desk/tips/{tip_id}").text
    alice.post(f"/desk/tips/{tip_id}/publish")
    assert "wants to be asked first" in alice.get(f"/desk/tips/{tip_id}").text
    for nothing in (2**70, -1, 12345):
        assert alice.post(f"/desk/tips/{tip_id}/publish", data={"answer": nothing}).status_code == 404


def test_who_edits_no_callouts_is_not_offered_it(app: Flask, cast: Cast, tip_id: int) -> None:
    assert "Publish the story" not in sign_in(app.test_client(), cast.bob).get(f"/desk/tips/{tip_id}").text


def test_two_editors_see_each_others_text_and_lose_none(alice: FlaskClient, tip_id: int) -> None:
    where = alice.post(f"/desk/tips/{tip_id}/publish").headers["Location"]
    page = alice.get(where).text
    alice.post(where, data=typed(page, text="By one", act="save"))
    second = alice.post(where, data=typed(page, text="By another", act="publish"))
    assert second.status_code == 409 and "By one" in second.text and "By another" in second.text
    assert alice.post(where, data=typed(second.text, text="By both", act="publish")).status_code == 303
    nonsense = alice.post(where, data={"version": "yesterday", "text": "By nobody", "act": "save"})
    assert nonsense.status_code == 409 and "By nobody" in nonsense.text


def test_taking_off_never_waits_for_a_good_text(alice: FlaskClient, tip_id: int, database: Database) -> None:
    where = alice.post(f"/desk/tips/{tip_id}/publish").headers["Location"]
    alice.post(where, data=typed(alice.get(where).text, text="Public", act="publish"))
    answer = alice.post(where, data=typed(alice.get(where).text, text="", act="unpublish"))
    assert answer.status_code == 422 and rows(database, Publication)[0].published_at is None
    again = alice.post(where, data=typed(answer.text, text="Shorter", act="unpublish"))
    assert again.status_code == 303 and rows(database, Publication)[0].text == "Shorter"


def test_a_publication_of_another_callout_is_not_there(alice: FlaskClient, tip_id: int, cast: Cast) -> None:
    where = alice.post(f"/desk/tips/{tip_id}/publish").headers["Location"]
    number = where.rpartition("/")[2]
    other = f"/desk/callouts/{cast.overtime}/gallery/{number}"
    assert alice.get(other).status_code == 404 and alice.post(f"{other}/publish").status_code == 404
    assert alice.get(where).status_code == 200


def test_the_list_moves_answers_up_and_down(alice: FlaskClient, session: Session, cast: Cast, client: Browser) -> None:
    first, second = public_answer(session, cast, "First told"), public_answer(session, cast, "Then told")
    for step in ("down", "down"):
        alice.post(f"/desk/callouts/{cast.borders}/gallery/{first}/{step}")
    page = client.get("/c/borders/answers").text
    assert page.index(f'id="a{second}"') < page.index(f'id="a{first}"')


def test_a_callout_without_a_gallery_has_no_such_page(client: Browser, alice: FlaskClient, cast: Cast) -> None:
    for path in ("/c/overtime/answers", "/c/overtime/answers.atom", "/c/nothing/answers", "/c/nothing/answers.atom"):
        assert client.get(path).status_code == 404, path
    assert "/answers" not in client.get("/c/overtime").text
    assert "has no public page of answers" in alice.get(f"/desk/callouts/{cast.overtime}/gallery").text


def test_hostile_words_are_words_on_page_and_feed(client: Browser, session: Session, cast: Cast) -> None:
    public_answer(session, cast, HOSTILE, name="<b>Mei\u202e</b>")
    page = client.get("/c/borders/answers")
    assert "<script>alert" not in page.text and "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "<b>Mei" not in page.text and "Set-Cookie" not in page.headers
    feed = xml.fromstring(client.get("/c/borders/answers.atom").data)
    content = feed.find("a:entry/a:content", ATOM)
    assert (
        content is not None
        and content.text == '<script>alert(1)</script> & "quotes"  '
        and content.get("type") == "text"
    )


def test_each_answer_says_its_language_and_long_lists_are_paged(client: Browser, session: Session, cast: Cast) -> None:
    numbers = [public_answer(session, cast, f"我在里昂 {n}", "zh-Hans") for n in range(21)]
    first, second = client.get("/c/borders/answers").text, client.get("/c/borders/answers?page=2").text
    assert first.count('lang="zh-Hans"') == 20 and 'rel="next"' in first and second.count('lang="zh-Hans"') == 1
    assert f'id="a{numbers[20]}"' in client.get(f"/c/borders/answers?at={numbers[20]}").text
    for odd in ("page=0", "page=-5", "page=x", "page=99999999999999999999", "at=1e9", "at=99999999999999999999999"):
        assert client.get(f"/c/borders/answers?{odd}").status_code == 200, odd


def test_the_feeds_are_atom_and_change_only_with_what_they_hold(client: Browser, session: Session, cast: Cast) -> None:
    number = public_answer(session, cast, "Told", "en", "Mei")
    answer = client.get("/c/borders/answers.atom")
    assert answer.mimetype == "application/atom+xml" and answer.headers["Cache-Control"] == "public, max-age=60"
    feed = xml.fromstring(answer.data)
    for path in ("a:id", "a:title", "a:updated", "a:author/a:name", "a:link[@rel='self']", "a:entry/a:updated"):
        assert feed.find(path, ATOM) is not None, path
    assert feed.findtext("a:entry/a:id", "", ATOM).endswith(f"/c/borders/answers?at={number}#a{number}")
    assert feed.findtext("a:entry/a:author/a:name", "", ATOM) == "Mei"
    same = client.get("/c/borders/answers.atom", headers={"If-None-Match": answer.headers["ETag"]})
    assert same.status_code == 304
    opened = xml.fromstring(client.get("/feed.atom?lang=en").data)
    titles = {entry.findtext("a:title", "", ATOM) for entry in opened.findall("a:entry", ATOM)}
    assert titles == {"Stranded by closed borders", "Overtime at tech firms"}


def test_a_reader_who_takes_it_back_is_gone_from_page_and_feed_at_once(
    client: Browser, session: Session, cast: Cast
) -> None:
    number = public_answer(session, cast, "Told")
    session.get_one(Tip, session.get_one(Publication, number).tip_id).consent = ConsentChoice.BACKGROUND
    session.commit()
    assert "Told" not in client.get("/c/borders/answers").text + client.get("/c/borders/answers.atom").text
