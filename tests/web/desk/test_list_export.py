"""A list as a file: what one sees of it and no more, no cell a formula, and that it was taken is written down."""

import csv
import io
import zipfile

import pytest
from flask import Flask
from sqlalchemy import select
from sqlmodel import Session, col

from tests.arrivals import form
from tests.core.making import make_tip
from tests.core.surveying import send, survey
from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tipline.core import bulk, intake
from tipline.core.access import Actor
from tipline.core.bulk import list_export
from tipline.models import Event, Question, QuestionKind, Status, TipAccess, Verb

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def take(app: Flask, by: Actor, form: str = "csv", **more: object) -> bytes:
    answer = sign_in(app.test_client(), by).post("/desk/export", data={"form": form, **more})
    assert answer.status_code == 200
    assert str(answer.headers["Content-Disposition"]).startswith('attachment; filename="tips-')
    content = answer.get_data()
    answer.close()
    return content


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.fixture
def tips(session: Session, cast: Cast) -> dict[str, int]:
    """Two of the team's callout, one of them a formula, one of another callout, one closed, one restricted to bob."""
    made = {
        "open": make_tip(session, cast.borders, "=HYPERLINK(1)", 4, assignee_id=cast.bob.account_id),
        "other": make_tip(session, cast.overtime, "Long hours", 3),
        "closed": make_tip(session, cast.borders, "An old story", 2, status=Status.CLOSED),
        "restricted": make_tip(session, cast.borders, "Hidden", 1, restricted=True),
    }
    session.add(TipAccess(tip_id=made["restricted"].id or 0, account_id=cast.bob.account_id))
    session.commit()
    return {name: tip.id or 0 for name, tip in made.items()}


def test_a_list_is_a_file_of_what_one_sees_of_it_and_no_cell_is_a_formula(
    app: Flask, tips: dict[str, int], cast: Cast
) -> None:
    [row] = rows(take(app, cast.bob))
    assert (row["Tip"], row["Message"], row["Status"]) == (str(tips["open"]), "'=HYPERLINK(1)", "New")
    assert (row["Callout"], row["Assigned to"]) == ("Stranded by closed borders", "Bob")
    assert row["Priority"] == "Normal"
    assert "Name" not in row
    assert [r["Tip"] for r in rows(take(app, cast.alice))] == [str(tips["open"]), str(tips["other"])]
    assert [r["Message"] for r in rows(take(app, cast.bob, q="status:closed"))] == ["An old story"]
    with zipfile.ZipFile(io.BytesIO(take(app, cast.alice, "xlsx"))) as book:
        assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()


def test_ticked_tips_are_exported_alone_and_those_that_one_does_not_see_stay_out(
    app: Flask, tips: dict[str, int], cast: Cast
) -> None:
    content = take(app, cast.bob, tip=[tips["closed"], tips["other"], tips["restricted"]])
    assert [row["Tip"] for row in rows(content)] == [str(tips["closed"])]


def test_restricted_tips_never_leave_and_the_page_says_how_many_stay_out(
    app: Flask, tips: dict[str, int], cast: Cast
) -> None:
    page = sign_in(app.test_client(), cast.bob).get("/desk/export").get_data(as_text=True)
    assert "Export one tip" in page and "One restricted tip stays out" in page
    assert "stays out" not in sign_in(app.test_client(), cast.dave).get("/desk/export").get_data(as_text=True)


def test_a_long_list_is_cut_and_says_so(
    app: Flask, tips: dict[str, int], cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_export, "MAX_TIPS", 1)
    page = sign_in(app.test_client(), cast.alice).get("/desk/export").get_data(as_text=True)
    assert "Export one tip" in page and "The list is longer: these are its first 1" in page
    assert [row["Tip"] for row in rows(take(app, cast.alice))] == [str(tips["open"])]


def test_who_took_how_much_of_which_list_is_recorded_without_a_word_of_anybody(
    app: Flask, session: Session, tips: dict[str, int], cast: Cast
) -> None:
    take(app, cast.bob, q="status:closed,spam callout:borders -tag:mei assignee:bob story", identity="yes")
    take(app, cast.alice, "xlsx", tip=[tips["closed"], tips["other"]])
    written = session.scalars(select(Event).where(col(Event.verb) == Verb.EXPORTED).order_by(col(Event.id)))
    assert [(event.account_id, event.object_id, event.before, event.after) for event in written] == [
        (
            cast.bob.account_id,
            cast.borders,
            "status:closed status:spam callout assignee -tag words",
            "csv 0 tips identity",
        ),
        (cast.alice.account_id, None, "ticked", "xlsx 2 tips"),
    ]  # fmt: skip


def test_who_readers_are_stands_in_it_where_that_is_asked_for_and_never_for_viewers(
    app: Flask, session: Session, cast: Cast
) -> None:
    made = survey(session, cast.alice, cast.bob, cast.dave)
    given = [("where", "Wuhan"), ("family", "Li")]
    send(session, made, *(made.answer(*one) for one in given), reader_name="Mei Li", reader_phone="+86 138")
    session.commit()
    [row] = rows(take(app, cast.bob, identity="yes"))
    assert (row["Name"], row["Phone"]) == ("Mei Li", "'+86 138")
    assert row["Who they are, in their answers"].endswith(" Li")
    assert row["Message"].startswith("My story") and row["Answers"] == "Where are you? Wuhan"
    plain = take(app, cast.dave).decode()
    assert "Mei" not in plain and "138" not in plain and " Li" not in plain
    viewer = sign_in(app.test_client(), cast.dave)
    assert viewer.post("/desk/export", data={"form": "csv", "identity": "yes"}).status_code == 403
    assert 'name="identity"' not in viewer.get("/desk/export").get_data(as_text=True)
    assert viewer.post("/desk/export", data={"form": "pdf"}).status_code == 400


def test_two_clicks_lead_from_a_list_or_from_what_is_ticked_to_its_file(
    client: Browser, tips: dict[str, int], cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, cast.alice)
    assert 'href="/desk/export?q=status:closed"' in client.get("/desk?q=status:closed").text
    ticked = {"export": "1", "tip": [tips["closed"], tips["other"]]}
    there = client.post("/desk/bulk", data=ticked).location
    assert "Export 2 tips" in client.get(there).text and "The tips you selected" in client.get(there).text
    answer = client.post("/desk/bulk", data=ticked, headers={"HX-Request": "true", "HX-Target": "list"})
    assert answer.headers["HX-Redirect"] == there
    assert client.post("/desk/bulk", data={"export": "1", "all": "1", "q": "visa"}).location == "/desk/export?q=visa"
    assert "Select tips first" in client.post("/desk/bulk", data={"export": "1"}, follow_redirects=True).text
    monkeypatch.setattr(bulk, "TIPS_PER_TRANSACTION", 1)
    assert "at most 200" in client.post("/desk/bulk", data=ticked, follow_redirects=True).text


def test_no_answer_is_missing_since_the_story_holds_its_letters(app: Flask, session: Session, cast: Cast) -> None:
    made = survey(session, cast.alice, cast.bob)
    story = "Not one of us 12 could leave."
    given = (made.answer("story", story), made.answer("alone", "No", 1), made.answer("months", "2"))
    intake.receive(session, form(story, callout_id=made.callout_id, answers=given))
    session.commit()
    [row] = rows(take(app, cast.bob))
    assert row["Message"] == story
    assert row["Answers"].splitlines() == ["Are you alone? No", "How many months? 2"]


@pytest.mark.parametrize("page", ["list", "results", "print"])
def test_an_address_among_a_forms_answers_leaves_with_the_identity_alone(
    app: Flask, session: Session, cast: Cast, page: str
) -> None:
    """Whoever asks for it as for any other answer: in its column, in a story made of all answers, in what was added."""
    made = survey(session, cast.alice, cast.bob)
    session.get_one(Question, made.ids["town"]).kind = QuestionKind.EMAIL
    given = (made.answer("town", "mei@mail.example"), made.answer("alone", "No", 1))
    text = "\n\n".join(f"{one.wording}\n{one.value}" for one in given)
    first = form(text, callout_id=made.callout_id, answers=given, submission_id="1" * 22)
    only = form("Which town?\nli@mail.example", callout_id=made.callout_id, submission_id="2" * 22,
                answers=(made.answer("town", "li@mail.example"),))  # fmt: skip
    tips = [intake.receive(session, arrival).tip_id for arrival in (first, only)]
    session.commit()

    def taken(**more: str) -> str:
        if page == "list":
            return take(app, cast.bob, **more).decode()
        where = (
            f"/desk/callouts/{made.callout_id}/results/export" if page == "results" else f"/desk/tips/{tips[0]}/print"
        )
        desk = sign_in(app.test_client(), cast.bob)
        return desk.post(where, data={"form": "csv", "why": "lawyer", **more}).get_data(as_text=True)

    plain = taken()
    assert "@mail" not in plain and "No" in plain
    assert "mei@mail.example" in taken(identity="yes")
