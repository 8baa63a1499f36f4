"""Who is second sees what the first did, keeps what they typed, and chooses."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlmodel import Session, select

from tests.core.making import make_tip, say
from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tipline.core import events, tags, triage
from tipline.core.bulk import macros
from tipline.core.bulk.steps import BulkStep
from tipline.core.presence import edit_conflicts
from tipline.db import Database
from tipline.models import ActorKind, Message, Status, Tip, Verb, Verification

KNOWN = re.compile(r'name="known" value="(\d+)"')


@pytest.fixture
def desk(app: Flask, cast: Cast) -> Browser:
    browser = sign_in(app.test_client(), cast.bob)
    assert isinstance(browser, Browser)
    return browser


@pytest.fixture
def tip_id(session: Session, cast: Cast) -> int:
    tip = make_tip(session, cast.borders, code_hash="c" * 64)
    session.commit()
    return tip.id or 0


def known_to(page: str) -> str:
    return KNOWN.findall(page)[0]


def status_of(database: Database, tip_id: int) -> Status:
    with database.reading() as session:
        return session.get_one(Tip, tip_id).status


def test_a_field_that_another_changed_is_changed_once_more_only_by_a_second_press(
    desk: Browser, session: Session, cast: Cast, database: Database, tip_id: int
) -> None:
    form = {"status": "closed", "known": known_to(desk.get(f"/desk/tips/{tip_id}").text), "q": ""}
    triage.set_status(session, tip_id, Status.READY, cast.alice)
    session.commit()
    asked = desk.post(f"/desk/tips/{tip_id}/status", data=form)
    assert asked.status_code == 409 and status_of(database, tip_id) is Status.READY
    box = asked.text.partition('class="notice warning meanwhile"')[2].partition("</form>")[0]
    assert "Alice" in box and "Ready" in box and "Leave it as it is" not in box
    assert 'name="status" value="closed"' in box and f'action="/desk/tips/{tip_id}/status"' in box
    again = desk.post(f"/desk/tips/{tip_id}/status", data={**form, "known": known_to(box)})
    assert again.status_code == 303 and status_of(database, tip_id) is Status.CLOSED


def test_a_reply_over_what_came_meanwhile_is_kept_and_asked_about(
    desk: Browser, session: Session, cast: Cast, database: Database, tip_id: int
) -> None:
    page = desk.get(f"/desk/tips/{tip_id}").text
    form = {"text": "Where are you <now>?", "submission": "s", "known": known_to(page)}
    tip = session.get_one(Tip, tip_id)
    message = say(session, tip, "I am home again")
    events.record(session, Verb.MESSAGE, by=ActorKind.READER, tip_id=tip_id, object_id=message.id)
    session.commit()
    asked = desk.post(f"/desk/tips/{tip_id}/reply", data=form)
    assert asked.status_code == 409
    assert "While you wrote:" in asked.text and f'href="#m{message.id}"' in asked.text
    assert "Where are you &lt;now&gt;?</textarea>" in asked.text and "Send all the same" in asked.text
    assert "I am home again" in asked.text, "the page shows what came"
    assert desk.post(f"/desk/tips/{tip_id}/reply", data={**form, "known": known_to(asked.text)}).status_code == 303
    with database.reading() as reading:
        ours = reading.scalars(select(Message).where(Message.author_id == cast.bob.account_id)).all()
    assert [message.text for message in ours] == ["Where are you <now>?"]


def test_a_form_that_does_not_say_what_it_knew_goes_through(
    desk: Browser, session: Session, cast: Cast, database: Database, tip_id: int
) -> None:
    triage.set_status(session, tip_id, Status.READY, cast.alice)
    session.commit()
    assert desk.post(f"/desk/tips/{tip_id}/status", data={"status": "closed", "known": "x"}).status_code == 303
    assert status_of(database, tip_id) is Status.CLOSED


def test_htmx_gets_the_question_in_the_tips_place(desk: Browser, session: Session, cast: Cast, tip_id: int) -> None:
    triage.assign(session, tip_id, cast.alice.account_id, cast.alice)
    session.commit()
    form = {"assignee": str(cast.bob.account_id), "known": "0"}
    headers = {"HX-Request": "true", "HX-Target": "tip"}
    asked = desk.post(f"/desk/tips/{tip_id}/assign", data=form, headers=headers)
    assert asked.status_code == 409 and asked.text.lstrip().startswith("<article") and "<html" not in asked.text
    assert "Change it all the same" in asked.text


def test_a_macro_asks_first_for_each_field_that_it_would_change(
    desk: Browser, session: Session, cast: Cast, tip_id: int
) -> None:
    wanted = [
        BulkStep("follow_up", "3 snoozed"),
        BulkStep("assignee", "me"),
        BulkStep("status", "ready"),
        BulkStep("tag", "visa"),
    ]
    macro = macros.save(session, None, "Take it", "", wanted, cast.bob)
    session.commit()
    sent = {"macro": str(macro.id), "known": str(edit_conflicts.newest_of(session, tip_id))}
    triage.set_choice(session, tip_id, Verification.FALSE, cast.alice)
    session.commit()
    assert desk.post(f"/desk/tips/{tip_id}/macro", data=sent).status_code == 303, "that is another field"
    verbs: list[Callable[[], object]] = [
        lambda: triage.assign(session, tip_id, cast.alice.account_id, cast.alice),
        lambda: triage.set_status(session, tip_id, Status.USED, cast.alice),
        lambda: triage.follow_up(session, tip_id, None, cast.alice),
        lambda: triage.untag(session, tip_id, tags.find(session, "visa") or 0, cast.alice),
    ]
    for change in verbs:
        session.expire_all()
        sent["known"] = str(edit_conflicts.newest_of(session, tip_id))
        change()
        session.commit()
        asked = desk.post(f"/desk/tips/{tip_id}/macro", data=sent)
        assert asked.status_code == 409 and f'name="macro" value="{sent["macro"]}"' in asked.text
        sent["known"] = known_to(asked.text)
        assert desk.post(f"/desk/tips/{tip_id}/macro", data=sent).status_code == 303
    session.expire_all()
    tip = session.get_one(Tip, tip_id)
    assert (tip.status, tip.assignee_id) == (Status.READY, cast.bob.account_id)
