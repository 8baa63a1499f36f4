"""A tip that a reporter enters by hand: by phone, by letter, at the same door as all others."""

import io
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlmodel import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from tests.core.callouts.test_callouts import draft
from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tests.web.bodies import multipart
from tests.web.desk.test_tip import open_as, rows
from tipline.core import callouts
from tipline.db import Database, now
from tipline.models import Consent, Draft, DraftFile, StoredFile, Tip
from tipline.vocabularies import Source

# What a page says does not depend on the database; what does is tested in core, on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def desk(client: Browser, cast: Cast) -> Browser:
    """Alice's browser."""
    sign_in(client, cast.alice)
    return client


def entered(cast: Cast, **more: str) -> dict[str, str]:
    return {
        "source": "phone", "callout_id": str(cast.borders), "received_at": "2021-06-22T09:30", "story": "She called.",
        "name": "Mei Li", "phone": "+86 138 0000 0000", "contact": "phone", "consent": "ask", **more,
    }  # fmt: skip


def test_a_tip_by_phone_goes_in_at_the_same_door(app: Flask, session: Session, cast: Cast, database: Database) -> None:
    bob = open_as(app, cast.bob)
    page = bob.get("/desk/tips/new").text
    assert "Stranded by closed borders" in page and "Overtime" not in page
    answer = bob.post("/desk/tips/new", data=entered(cast))
    assert answer.status_code == 303
    tip = rows(database, Tip)[0]
    assert (tip.source, tip.callout_id, tip.received_at.isoformat()) == (
        Source.PHONE, cast.borders, "2021-06-22T09:30:00+00:00",
    )  # fmt: skip
    assert rows(database, Consent)[0].recorded_by == cast.bob.account_id
    page = bob.get(answer.location).text
    assert "She called." in page and "written down by Bob" in page and "138 0000" not in page


def test_it_goes_to_the_callout_that_is_looked_at_else_to_one_that_readers_find(
    app: Flask, session: Session, cast: Cast
) -> None:
    drafted = callouts.create(session, draft(slug="drafted"), cast.alice).id
    session.commit()
    alice = open_as(app, cast.alice)

    def offered(address: str) -> list[str]:
        return re.findall(r'<option (?:selected )?value="(\d+)"', alice.get(address).text)

    mine = [str(cast.overtime), str(cast.borders)]
    assert offered("/desk/tips/new") == [*mine, str(drafted)]
    assert offered("/desk/tips/new?q=callout:borders+status:any")[0] == str(cast.borders)
    assert offered("/desk/tips/new?q=callout:drafted")[0] == str(drafted)
    assert "/desk/tips/new?q=callout:borders" in alice.get("/desk?q=callout:borders").text


def test_a_tip_can_not_be_entered_into_anothers_callout(
    app: Flask, session: Session, cast: Cast, database: Database
) -> None:
    answer = open_as(app, cast.bob).post("/desk/tips/new", data=entered(cast, callout_id=str(cast.overtime)))
    assert answer.status_code == 422 and not rows(database, Tip)


@pytest.mark.parametrize(
    "wrong",
    [
        {"story": "  "},
        {"source": "mail"},
        {"received_at": "yesterday"},
        {"email": "not an address"},
        {"email": "a@b.example\r\nBcc: c@d.example"},
        {"contact": "email", "email": ""},
        {"phone": "abc"},
        {"phone": "+86 138 0000 0000 or her sister"},
        {"contact": "phone", "phone": ""},
        {"consent": "all"},
    ],
)
def test_a_slip_keeps_what_was_typed(
    desk: Browser, session: Session, cast: Cast, database: Database, wrong: dict[str, str]
) -> None:
    page = desk.post("/desk/tips/new", data=entered(cast, **wrong))
    assert page.status_code == 422 and "Please check this" in page.text
    assert "Mei Li" in page.text and not rows(database, Tip)


def test_a_time_to_come_becomes_now(desk: Browser, session: Session, cast: Cast, database: Database) -> None:
    desk.post("/desk/tips/new", data=entered(cast, received_at="2098-01-01T00:00"))
    assert abs(rows(database, Tip)[0].received_at - now()) < timedelta(minutes=1)


def test_viewers_enter_nothing(app: Flask, session: Session, cast: Cast) -> None:
    dave = open_as(app, cast.dave)
    assert dave.get("/desk/tips/new").status_code == 403
    assert dave.post("/desk/tips/new", data=entered(cast)).status_code == 403


def test_an_entered_tip_that_is_sent_twice_is_one_tip(app: Flask, cast: Cast, database: Database) -> None:
    bob = open_as(app, cast.bob)
    batches = [re.findall(r'name="batch" value="([^"]+)"', bob.get("/desk/tips/new").text)[0] for _ in range(2)]
    first, again, other = (bob.post("/desk/tips/new", data=entered(cast, batch=batches[at])) for at in (0, 0, 1))
    assert first.location == again.location != other.location, "the same words on a page opened anew are another call"
    open_as(app, cast.alice).post("/desk/tips/new", data=entered(cast, batch=batches[0]))
    assert len(rows(database, Tip)) == 3 and "is on the desk" in bob.get(again.location).text


def test_a_page_of_entering_that_is_sent_at_the_same_moment_twice_makes_one_tip(
    app: Flask, cast: Cast, database: Database
) -> None:
    bob = open_as(app, cast.bob)
    batch = re.findall(r'name="batch" value="([^"]+)"', bob.get("/desk/tips/new").text)[0]
    bodies = [
        multipart({**entered(cast, batch=batch), "files": [FileStorage(io.BytesIO(b"ID3\3" + b"\0" * 9_000), "a.mp3")]})
        for _ in range(2)
    ]
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(
                lambda one: open_as(app, cast.bob).post(
                    "/desk/tips/new", data=one[1], content_type=f'multipart/form-data; boundary="{one[0]}"'
                ),
                bodies,
            )
        )
    assert [one.status_code for one in answers] == [303, 303]
    assert len(rows(database, Tip)) == len(rows(database, StoredFile)) == 1


def test_an_entered_tip_takes_files_which_wait_while_its_form_does_not_pass(
    app: Flask, cast: Cast, database: Database
) -> None:
    bob = open_as(app, cast.bob)

    def post(query: str = "", *names: str, **more: str) -> TestResponse:
        chosen = [FileStorage(io.BytesIO(b"ID3\3" + b"\0" * 100_000), name) for name in names]
        boundary, body = multipart({**entered(cast, **more), "batch": batch, "files": chosen})
        return bob.post(f"/desk/tips/new{query}", data=body, content_type=f'multipart/form-data; boundary="{boundary}"')

    batch = re.findall(r'name="batch" value="([^"]+)"', bob.get("/desk/tips/new").text)[0]
    refused = post("", "call.mp3", "wrong.mp3", story="")
    assert refused.status_code == 422 and "138 0000" in refused.text and batch in refused.text
    assert "call.mp3" in refused.text and "wrong.mp3" in refused.text and rows(database, StoredFile) == []
    assert "call.mp3" not in open_as(app, cast.alice).post("/desk/tips/new", data={"batch": batch}).text
    remove = re.findall(r'formaction="/desk/tips/new\?([^"]+)"', refused.text)[1].replace("&amp;", "&")
    kept = post(f"?{remove}")
    assert kept.status_code == 200 and "wrong.mp3" not in kept.text and rows(database, Tip) == []
    answer = post("", "shot.png")
    assert answer.status_code == 303 and rows(database, Tip)[0].files == 2
    page = bob.get(answer.location).text
    assert "call.mp3" in page and "shot.png" in page and page.count("added by Bob") == 2
    assert rows(database, Draft) == [] and rows(database, DraftFile) == []
