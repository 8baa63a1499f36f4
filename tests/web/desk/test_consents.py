"""On the desk: what readers allow as reporters write it down, quotes, legal hold and erasing."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlmodel import Session, col

from tests.arrivals import form, mail
from tests.core.asking import between, converse, make_callout, reply
from tests.fixtures_db import Cast
from tests.fixtures_web import sign_in
from tipline.core import intake
from tipline.core.arrival import ConsentChoice, GivenAnswer
from tipline.core.intake import Filed
from tipline.db import Database
from tipline.models import Answer, Event, Question, QuestionKind, Tip, Verb


@pytest.fixture
def alice(app: Flask, cast: Cast) -> FlaskClient:
    return sign_in(app.test_client(), cast.alice)


@pytest.fixture
def bob(app: Flask, cast: Cast) -> FlaskClient:
    return sign_in(app.test_client(), cast.bob)


@pytest.fixture
def mailed(session: Session, cast: Cast) -> Filed:
    filed = intake.receive(session, mail("You may print it without my name.", callout_id=cast.borders))
    session.commit()
    return filed


@pytest.fixture
def named(session: Session, cast: Cast) -> int:
    """A form whose reader gives their name, and keeps its second answer out of print."""
    questions = [Question(callout_id=cast.borders, position=n, kind=QuestionKind.LONG, publish=True) for n in range(2)]
    session.add_all(questions)
    session.flush()
    answers = tuple(
        GivenAnswer(q.id or 0, f"Question {q.position}", f"Answer {q.position}", withheld=q.position == 1)
        for q in questions
    )
    arrival = form(
        "Answer 0", callout_id=cast.borders, answers=answers, consent=ConsentChoice.NAME, reader_name="Mei Chen"
    )
    tip_id = intake.receive(session, arrival).tip_id
    session.commit()
    return tip_id


def verbs(database: Database, verb: Verb) -> list[Event]:
    with database.reading() as session:
        return list(session.scalars(select(Event).where(col(Event.verb) == verb)))


def test_what_a_mail_says_is_written_down_by_one_press_and_names_the_mail(
    bob: FlaskClient, mailed: Filed, database: Database
) -> None:
    page = bob.get(f"/desk/tips/{mailed.tip_id}").text
    assert "never said whether this may be published" in page and "Copy the story" not in page
    address = f"/desk/tips/{mailed.tip_id}/consent"
    bob.post(address, data={"message": mailed.message_id, "choice": "anonymous"})
    page = bob.get(f"/desk/tips/{mailed.tip_id}").text
    assert "Written down: Without name." in page and f'href="#m{mailed.message_id}"' in page
    assert "written down by Bob" in page and "Copy the story" in page
    bob.post(address, data={"message": mailed.message_id, "choice": "anonymous"})
    assert len(verbs(database, Verb.CONSENT)) == 1


def test_who_looked_says_that_a_mail_holds_no_consent_and_takes_it_back(
    alice: FlaskClient, session: Session, cast: Cast, database: Database
) -> None:
    talk = converse(session, make_callout(session, cast))
    message_id = reply(session, talk, between(talk.sent.text, {"7.": "yes"})).message_id
    session.commit()
    page, address = f"/desk/tips/{talk.tip.id}", f"/desk/tips/{talk.tip.id}/checked"
    assert "Check this: a mail may say what we may publish" in alice.get(page).text
    assert "never said whether this may be published" not in alice.get(page).text, "that is not certain yet"
    alice.post(address, data={"message": message_id, "what": "consent"})
    said = alice.get(page).text
    assert "Check this" not in said and "read an unclear answer: it says nothing of consent" in said
    assert "Check this" not in alice.get(page).text, "after a reload"
    [event] = verbs(database, Verb.CHECKED)
    alice.post(f"/desk/events/{event.id}/undo")
    assert "Check this: a mail may say what we may publish" in alice.get(page).text
    alice.post(address, data={"message": message_id, "what": "everything"})
    assert "none of the choices" in alice.get(page).text and len(verbs(database, Verb.CHECKED)) == 2


def test_a_message_of_another_tip_is_no_evidence(bob: FlaskClient, mailed: Filed, named: int) -> None:
    address = f"/desk/tips/{named}/consent"
    assert bob.post(address, data={"message": mailed.message_id, "choice": "name"}).status_code == 404
    bob.post(address, data={"message": mailed.message_id, "choice": "everything"})
    assert "none of the choices" in bob.get(f"/desk/tips/{named}").text


def test_a_quote_carries_the_name_only_where_that_is_allowed(
    bob: FlaskClient, named: int, mailed: Filed, database: Database
) -> None:
    quoted = bob.post(f"/desk/tips/{named}/quote").text
    assert "“Answer 0”" in quoted and "Mei Chen" in quoted
    bob.post(f"/desk/tips/{mailed.tip_id}/consent", data={"message": mailed.message_id, "choice": "anonymous"})
    quoted = bob.post(f"/desk/tips/{mailed.tip_id}/quote").text
    assert "You may print it" in quoted and "a reader" in quoted and "Mei" not in quoted
    assert [event.after for event in verbs(database, Verb.QUOTED)] == ["name", "anonymous"]


def test_what_is_not_allowed_is_not_handed_out(bob: FlaskClient, named: int, mailed: Filed, database: Database) -> None:
    with database.reading() as session:
        kept = session.scalars(select(Answer).where(col(Answer.withheld))).one()
    for tip_id, data, why in (
        (named, {"answer": str(kept.id)}, "want this answer published"),
        (mailed.tip_id, {}, "never said whether"),
    ):
        refused = bob.post(f"/desk/tips/{tip_id}/quote", data=data)
        assert refused.status_code == 303 and why in bob.get(f"/desk/tips/{tip_id}").text
    assert bob.post(f"/desk/tips/{mailed.tip_id}/quote", data={"answer": str(kept.id)}).status_code == 404
    assert verbs(database, Verb.QUOTED) == []


def test_an_editor_holds_lifts_and_erases_and_a_reporter_does_not(
    alice: FlaskClient, bob: FlaskClient, named: int, database: Database
) -> None:
    tip = f"/desk/tips/{named}"
    assert "Erase this tip" in alice.get(tip).text and "Erase this tip" not in bob.get(tip).text
    alice.post(f"{tip}/hold")
    assert "Legal hold" in bob.get(tip).text and "Erase this tip" not in alice.get(tip).text
    alice.post(f"{tip}/erase")
    assert "until an editor lifts the hold" in alice.get(tip).text
    alice.post(f"{tip}/release")
    assert alice.post(f"{tip}/erase").headers["Location"].startswith("/desk")
    assert f"T-{named:06d} is erased." in alice.get("/desk").text
    assert alice.get(tip).status_code == 404
    with database.reading() as session:
        assert session.scalars(select(Tip)).all() == []
    (event,) = verbs(database, Verb.ERASED)
    assert event.account_id is not None and event.object_id == named


def test_by_htmx_an_erased_tip_leaves_the_list(alice: FlaskClient, named: int) -> None:
    htmx = {"HX-Request": "true", "HX-Target": "tip"}
    answer = alice.post(f"/desk/tips/{named}/erase", headers=htmx, follow_redirects=True)
    assert answer.status_code == 200 and f'id="row-{named}"' not in answer.text


@pytest.mark.parametrize("nonsense", ["", "x", "-1", "9" * 30])
def test_an_answer_that_can_be_none_is_not_the_story(alice: FlaskClient, named: int, nonsense: str) -> None:
    for act in ("quote", "publish"):
        assert alice.post(f"/desk/tips/{named}/{act}", data={"answer": nonsense}).status_code == 404, act
