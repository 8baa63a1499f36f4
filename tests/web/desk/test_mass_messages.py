"""Writing to many readers: who is counted, how it reads, what is sent once, and what comes back."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlmodel import Session, col

from tests.core.making import make_tip
from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in, with_mail
from tests.web.arriving import by_form, by_mail
from tipline.config import Settings
from tipline.core.bulk import mass_messages
from tipline.core.presence.page_state import PageState
from tipline.core.replies import saved_replies
from tipline.core.replies.saved_replies import SavedDraft
from tipline.db import Database
from tipline.models import MassMessageDraft, Outgoing, SendState, Status, Tip
from tipline.vocabularies import ContactChoice

# What a page says does not depend on the database; what does is tested in core, on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
TEXT = "Hello {reader}, have you any papers left?"


@pytest.fixture
def settings() -> Settings:
    return with_mail()


@pytest.fixture
def desk(client: Browser, cast: Cast) -> Browser:
    """Bob's browser."""
    sign_in(client, cast.bob)
    return client


@pytest.fixture
def ids(session: Session, cast: Cast) -> list[int]:
    people = (("Mei Li", "mei"), ("Wei Chen", "wei"))
    return [by_mail(session, cast.borders, name=name, sender=f"{box}@reader.example") for name, box in people]


def submission(page: str) -> str:
    found = re.search(r'name="submission" value="([\w-]+)"', page)
    return found[1] if found else pytest.fail("no form")


def outgoing(database: Database) -> list[tuple[int, SendState]]:
    with database.reading() as session:
        rows = session.execute(select(col(Outgoing.tip_id), col(Outgoing.state)).order_by(col(Outgoing.tip_id)))
        return [(tip_id, state) for tip_id, state in rows]


def test_the_bar_leads_to_the_page_with_what_is_ticked_or_the_list(desk: Browser, ids: list[int]) -> None:
    bar = desk.get("/desk").text.partition('id="bulk"')[2].partition("</form>")[0]
    assert 'name="write" value="1" data-key="r"' in bar
    ticked = desk.post("/desk/bulk", data={"write": "1", "tip": ids, "q": "status:new"})
    assert ticked.location == f"/desk/write?q=status:new&tip={ids[0]}&tip={ids[1]}"
    whole = desk.post("/desk/bulk", data={"write": "1", "all": "1"}, headers={"HX-Request": "true"})
    assert whole.headers["HX-Redirect"] == "/desk/write"
    assert "Write to 2 readers" in desk.get("/desk/write").text
    assert "Select tips first" in desk.post("/desk/bulk", data={"write": "1"}, follow_redirects=True).text


def test_a_placeholder_that_does_not_exist_is_named_beside_the_text(
    desk: Browser, ids: list[int], database: Database
) -> None:
    form = {"q": "status:new", "tip": ids, "text": "Hello {nonsense}", "submission": "s"}
    for page in (desk.post("/desk/write", data=form), desk.post("/desk/write/send", data=form)):
        assert page.status_code == 422 and "There is no placeholder {nonsense}." in page.text
        assert "Write to 2 readers" in page.text and ">Hello {nonsense}</textarea>" in page.text
    assert outgoing(database) == []


def test_it_says_who_can_be_reached_and_who_not_and_why(
    desk: Browser, session: Session, cast: Cast, ids: list[int]
) -> None:
    page_only, theirs = by_form(session, cast.borders), by_form(session, cast.overtime)
    never = [make_tip(session, cast.borders, contact=ContactChoice.NO).id or 0 for _ in range(10)]
    restricted = by_mail(session, cast.borders, sender="afraid@reader.example", text="A secret")
    session.get_one(Tip, restricted).restricted = True
    session.commit()
    page = desk.get("/desk/write", query_string={"tip": [*ids, page_only, theirs, *never, restricted]}).text
    assert "3 readers can be reached</b> · 2 by mail · 1 on their page" in page
    assert "10 tips are left out" in page and "<b>10</b> asked not to be contacted" in page and "and 2 more" in page
    assert f"T-{theirs:06d}" not in page and f"T-{restricted:06d}" not in page and "restricted" not in page
    assert f'value="{theirs}"' in page, "whatever was asked for is asked again: rights are in each query"
    assert "@reader.example" not in page


def test_those_who_write_one_language_are_written_to_alone(desk: Browser, session: Session, cast: Cast) -> None:
    named = (("Mei Li", "mei", "zh-Hans"), ("Wei Chen", "wei", "en"))
    mei, wei = (
        by_mail(session, cast.borders, name=name, sender=f"{box}@reader.example", language=code)
        for name, box, code in named
    )
    page = desk.get("/desk/write", query_string={"tip": [mei, wei]}).text
    assert f'href="/desk/write?tip={mei}" title="Write to these alone">Chinese (Simplified)</a> 1' in page
    page = desk.get("/desk/write", query_string={"tip": mei}).text
    assert "They write: Chinese (Simplified) 1" in page and "Write to these alone" not in page
    assert "They write" not in desk.get("/desk/write", query_string={"tip": wei}).text


def test_it_is_looked_over_as_one_of_the_readers_gets_it(
    desk: Browser, session: Session, cast: Cast, database: Database, ids: list[int]
) -> None:
    unnamed = by_form(session, cast.borders)
    form = {"tip": [*ids, unnamed], "text": TEXT, "submission": "s1"}
    page = desk.post("/desk/write", data=form).text
    assert "Hello Mei L., have you any papers left?" in page and "\n-- \nThe Meridian" in page
    assert "Bob, The Meridian &lt;borders@meridian.example&gt;" in page and "As <bdi>Mei L.</bdi> will get it" in page
    assert "is not known of them" in page and "Send it to 2 readers" in page and "Reader 1 of 2" in page
    assert "Hello Wei C.," in desk.post("/desk/write", data={**form, "at": "1"}).text
    assert "Hello Wei C.," in desk.post("/desk/write", data={**form, "at": "-1"}).text
    back = desk.post("/desk/write", data={**form, "change": "1"}).text
    assert f">{TEXT}</textarea>" in back and submission(back) == "s1"
    for text, said in ((" ", "The reply is empty"), ("x" * 50_001, "longer than 50,000")):
        refused = desk.post("/desk/write", data={**form, "text": text})
        assert refused.status_code == 422 and said in refused.text and text in refused.text
    page = desk.post("/desk/write", data={**form, "tip": [unnamed], "text": "No names"}).text
    assert "on their page" in page and "Subject" not in page and "-- " not in page
    assert outgoing(database) == []


def test_each_gets_it_once_and_one_undo_brings_all_of_it_back(
    desk: Browser, database: Database, ids: list[int]
) -> None:
    form = {"tip": ids, "text": TEXT, "submission": "s1", "known": "999999", "q": "status:any"}
    for _ in range(2):
        sent = desk.post("/desk/write/send", data=form)
        assert sent.location == "/desk?q=status:any"
        page = desk.get(sent.location).text
        assert "2 messages leave in a moment." in page
        assert outgoing(database) == [(tip_id, SendState.QUEUED) for tip_id in ids]
    undo = re.search(r'action="(/desk/bulk/\d+/undo)"', page)
    assert undo
    assert "Hello Wei C., have" in desk.get(f"/desk/tips/{ids[1]}").text
    back = desk.post("/desk/undo")
    page = desk.get(back.location).text
    assert "Undone: nothing was sent. The text is back in the reply field." in page and f">{TEXT}</textarea>" in page
    assert "Write to 2 readers" in page and submission(page) != "s1"
    assert {state for _, state in outgoing(database)} == {SendState.WITHDRAWN}
    with database.reading() as session:
        assert set(session.scalars(select(col(Tip.status)))) == {Status.NEW}
    late = desk.post("/desk/write/send", data=form)
    assert late.status_code == 409 and "sent and undone before" in late.text and submission(late.text) != "s1"
    assert {state for _, state in outgoing(database)} == {SendState.WITHDRAWN}
    assert "already undone" in desk.post(undo[1], follow_redirects=True).text


def test_what_has_left_is_not_taken_back_and_said(desk: Browser, session: Session, ids: list[int]) -> None:
    desk.post("/desk/write/send", data={"tip": ids, "text": "Hello", "submission": "s1", "known": "999999"})
    undo = re.search(r'action="(/desk/bulk/\d+/undo)"', desk.get("/desk").text)
    assert undo
    for out in session.scalars(select(Outgoing)):
        out.state = SendState.SENT
    session.commit()
    assert "All of it has been sent" in desk.post(undo[1], follow_redirects=True).text


def test_it_goes_at_a_time_and_leaves_out_who_wrote_meanwhile(
    desk: Browser, session: Session, cast: Cast, database: Database, ids: list[int]
) -> None:
    page = desk.post("/desk/write", data={"tip": ids, "text": "Hello", "submission": "s1"}).text
    known = re.search(r'name="known" value="(\d+)"', page)
    assert known
    form = {"tip": ids, "text": "Hello", "submission": "s1", "known": known[1]}
    over = desk.post("/desk/write/send", data={**form, "send_at": "2021-06-25T09:00"})
    assert over.status_code == 422 and "That time is over" in over.text and "Send it to 2 readers" in over.text
    mass_messages.send(
        session, ids[:1], mass_messages.Wording(
            "Mine", {ids[0]: mass_messages.PersonalText("Mine", mass_messages.Sender("M", "m@m.example"))}
        ),
        mass_messages.MassMessage("hers", PageState(2**30), timedelta(seconds=10)), cast.alice,
    )  # fmt: skip
    session.commit()
    tomorrow = re.search(r'name="send_at" value="([\dT:-]+)"><span>Tomorrow morning', page)
    assert tomorrow
    said = desk.post("/desk/write/send", data={**form, "send_at": tomorrow[1]}, follow_redirects=True).text
    assert "1 message goes tomorrow 9:00" in said and "1 reader was left out" in said
    assert len(outgoing(database)) == 2


def test_a_list_that_is_too_long_is_not_written_to(
    desk: Browser, database: Database, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mass_messages, "MAX_READERS", 1)
    for query in ({}, {"tip": ids}):
        page = desk.get("/desk/write", query_string=query).text
        assert "at most 1 readers" in page and "<textarea" not in page
    refused = desk.post("/desk/write/send", data={"tip": ids, "text": "Hello", "submission": "s1"})
    assert refused.status_code == 422 and outgoing(database) == []


def test_saved_replies_that_fit_them_all_are_put_behind_the_text(
    desk: Browser, session: Session, cast: Cast, ids: list[int]
) -> None:
    for name, callout_id in (("thanks", None), ("papers", cast.borders)):
        saved_replies.save(session, None, SavedDraft(name, "Thank you, {reader}.", callout_id), cast.alice)
    other = by_mail(session, cast.overtime, sender="other@reader.example")
    session.commit()
    page = desk.get("/desk/write", query_string={"tip": ids}).text
    assert "/thanks" in page and "/papers" in page and 'data-puts="Thank you, {reader}."' in page
    saved = re.search(r'name="saved" value="(\d+)" data-puts', page)
    assert saved
    page = desk.post("/desk/write", data={"tip": ids, "text": "Hello", "saved": saved[1], "submission": "s1"}).text
    assert ">Hello\n\nThank you, {reader}.</textarea>" in page
    sign_in(desk, cast.alice)
    page = desk.get("/desk/write", query_string={"tip": [*ids, other]}).text
    assert "/thanks" in page and "/papers" not in page


def test_nobody_else_finds_what_was_taken_back(app: Flask, desk: Browser, cast: Cast, ids: list[int]) -> None:
    desk.post("/desk/write/send", data={"tip": ids, "text": "Hello", "submission": "s1", "known": "999999"})
    place = desk.post("/desk/undo").location
    other = app.test_client()
    sign_in(other, cast.alice)
    assert desk.get(place).status_code == 200 and other.get(place).status_code == 404


def drafts(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(col(MassMessageDraft.text)).order_by(col(MassMessageDraft.changed_at))))


def hidden(page: str) -> dict[str, str]:
    """What the form of the text sends beside it."""
    form = page.partition('class="writes"')[2].partition("</form>")[0]
    return dict(re.findall(r'name="(submission|draft)" value="([^"]*)"', form))


def test_what_is_typed_is_there_again_wherever_one_signs_in(
    app: Flask, desk: Browser, cast: Cast, database: Database, ids: list[int]
) -> None:
    begun = hidden(desk.get("/desk/write", query_string={"tip": ids}).text)
    saved = desk.post("/desk/write/draft", data={**begun, "tip": ids, "text": "Hello {read"})
    assert saved.json and saved.json["submission"] == begun["submission"] and saved.json["version"]
    desk.post("/desk/write/draft", data={"tip": ids, "text": "Hello {reader}", "submission": begun["submission"],
                                         "draft": saved.json["version"]})  # fmt: skip
    elsewhere = app.test_client()
    sign_in(elsewhere, cast.bob)
    page = elsewhere.get("/desk/write", query_string={"tip": ids[::-1]}).text
    assert ">Hello {reader}</textarea>" in page and hidden(page)["submission"] == begun["submission"]
    other = elsewhere.get("/desk/write", query_string={"tip": ids[:1]}).text
    assert "Begun, and not sent" in other and "To the readers of 2 tips" in other and "</textarea>" in other
    found = re.search(r'href="(/desk/write\?draft=[^"]+)">To the readers of 2 tips', other)
    assert found and ">Hello {reader}</textarea>" in elsewhere.get(found[1]).text
    sign_in(elsewhere, cast.alice)
    assert "Begun" not in elsewhere.get("/desk/write", query_string={"tip": ids}).text
    assert elsewhere.get(found[1]).status_code == 404


def test_a_draft_is_kept_by_looking_it_over_and_gone_once_it_is_sent_or_thrown_away(
    desk: Browser, database: Database, ids: list[int]
) -> None:
    page = desk.get("/desk/write", query_string={"tip": ids}).text
    look = desk.post("/desk/write", data={**hidden(page), "tip": ids, "text": "Hello"}).text
    assert drafts(database) == ["Hello"]
    sends = look.partition('class="sends"')[2].partition("</form>")[0]
    sent = dict(re.findall(r'name="(submission|draft|text)" value="([^"]*)"', sends))
    desk.post("/desk/write/send", data={**sent, "tip": ids, "known": "999999"})
    assert drafts(database) == [] and len(outgoing(database)) == 2
    page = desk.get(desk.post("/desk/undo").location).text
    assert ">Hello</textarea>" in page
    desk.post("/desk/write", data={**hidden(page), "tip": ids, "text": "Hello", "change": "1"})
    page = desk.get("/desk/write", query_string={"tip": ids}).text
    gone = desk.post("/desk/write", data={**hidden(page), "tip": ids, "text": "x", "away": "1"}, follow_redirects=True)
    assert "The draft is gone." in gone.text and drafts(database) == []


def test_a_draft_that_is_too_long_is_refused_and_stays_on_the_page(
    desk: Browser, database: Database, ids: list[int]
) -> None:
    answer = desk.post("/desk/write/draft", data={"tip": ids, "text": "x" * 100_001, "submission": "s"})
    assert answer.status_code == 422 and "100,000" in answer.json["said"]  # type: ignore[index]
    page = desk.post("/desk/write", data={"tip": ids, "text": "x" * 100_001, "submission": "s"})
    assert page.status_code == 422 and "x" * 100_001 in page.text and drafts(database) == []
