"""On the desk: a message is filed as automatic, or as the reader's own, by one press."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session

from tests.arrivals import mail
from tests.fixtures_db import Cast
from tests.fixtures_web import sign_in
from tipline.core import intake, replies, triage
from tipline.core.arrival import Automatic
from tipline.core.intake import Filed
from tipline.core.outgoing_mail import Sender
from tipline.db import Database, now
from tipline.models import Outgoing, Status, Tip
from tipline.models.outbox import HELD, SCHEDULED

# What a page says does not depend on the database; what does is tested in core, on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DESK = Sender("The Meridian", "borders@meridian.example", plus=True)
HINT = "looks like that of an automatic reply"


@pytest.fixture
def alice(app: Flask, cast: Cast) -> FlaskClient:
    return sign_in(app.test_client(), cast.alice)


def filed(session: Session, cast: Cast, subject: str, automatic: Automatic = Automatic.NO) -> Filed:
    found = intake.receive(session, mail(callout_id=cast.borders, subject=subject, automatic=automatic))
    session.commit()
    return found


def test_a_subject_that_hints_at_a_machine_is_decided_by_one_press_and_taken_back(
    alice: FlaskClient, session: Session, cast: Cast, database: Database
) -> None:
    found = filed(session, cast, "Out of Office")
    page, address = f"/desk/tips/{found.tip_id}", f"/desk/tips/{found.tip_id}/automatic"
    assert HINT in alice.get(page).text
    said = alice.post(address, data={"message": found.message_id, "machine": "yes"}, follow_redirects=True).text
    assert HINT not in said and "filed a message as automatic" in said
    assert "· automatic reply" in said and "Not automatic" in said
    said = alice.post(address, data={"message": found.message_id}, follow_redirects=True).text
    assert "said that a message is not automatic" in said and HINT not in said
    event_id = re.findall(r"/desk/events/(\d+)/undo", said)[-1]
    said = alice.post(f"/desk/events/{event_id}/undo", follow_redirects=True).text
    assert "· automatic reply" in said
    with database.reading() as other:
        assert other.get_one(Tip, found.tip_id).automatic


def test_the_hint_is_dismissed_for_good(alice: FlaskClient, session: Session, cast: Cast) -> None:
    found = filed(session, cast, "外出")
    alice.post(f"/desk/tips/{found.tip_id}/automatic", data={"message": found.message_id})
    page = alice.get(f"/desk/tips/{found.tip_id}").text
    assert HINT not in page and "said that a message is not automatic" in page


def test_no_other_subject_hints_at_a_machine(alice: FlaskClient, session: Session, cast: Cast) -> None:
    assert HINT not in alice.get(f"/desk/tips/{filed(session, cast, 'Re: Out of office').tip_id}").text


def test_a_reply_that_waits_for_its_time_is_held_with_the_press_and_let_go_with_its_undo(
    alice: FlaskClient, session: Session, cast: Cast, database: Database
) -> None:
    found = filed(session, cast, "Stranded", Automatic.REPLY)
    out = replies.queue(session, found.tip_id, "And now?", cast.alice, DESK, send_at=now() + timedelta(days=3))
    out_id = out.id
    session.commit()
    page = f"/desk/tips/{found.tip_id}"
    said = alice.post(f"{page}/automatic", data={"message": found.message_id}, follow_redirects=True).text
    assert "A reply that was to go later is held back: the reader wrote" in said
    event_id = re.findall(r"/desk/events/(\d+)/undo", said)[-1]
    alice.post(f"/desk/events/{event_id}/undo")
    with database.reading() as other:
        assert other.get_one(Outgoing, out_id).reason == SCHEDULED


def test_z_lets_a_held_reply_go_at_its_time_too(
    alice: FlaskClient, session: Session, cast: Cast, database: Database
) -> None:
    found = filed(session, cast, "Stranded", Automatic.REPLY)
    out = replies.queue(session, found.tip_id, "And now?", cast.bob, DESK, send_at=now() + timedelta(days=3))
    out_id = out.id
    session.commit()
    alice.post(f"/desk/tips/{found.tip_id}/automatic", data={"message": found.message_id})
    with database.reading() as other:
        assert other.get_one(Outgoing, out_id).reason == HELD
    alice.post("/desk/undo")
    with database.reading() as other:
        assert other.get_one(Outgoing, out_id).reason == SCHEDULED


def test_an_answer_that_a_machine_was_taken_for_opens_its_tip_again(
    alice: FlaskClient, session: Session, cast: Cast, database: Database
) -> None:
    found = filed(session, cast, "Stranded", Automatic.REPLY)
    triage.set_status(session, found.tip_id, Status.CLOSED, cast.alice)
    session.commit()
    alice.post(f"/desk/tips/{found.tip_id}/automatic", data={"message": found.message_id})
    with database.reading() as other:
        tip = other.get_one(Tip, found.tip_id)
        assert (tip.status, tip.automatic) == (Status.REVIEWING, False)
