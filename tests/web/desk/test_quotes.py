"""Quotes on the desk: the board, the page of one, what leaves as a file, and whose they are."""

import io
import json

import pytest
from docx import Document
from flask import Flask
from sqlmodel import Session, select

from tests.core.making import TODAY
from tests.core.quotes.asked import MEI, STORY, answer, ask, tip_of_mei
from tests.fixtures_db import Cast
from tests.fixtures_web import Browser
from tests.web.arriving import by_mail
from tests.web.desk.test_inbox import desk, open_as
from tipline.core import consent, merge, quotes
from tipline.core.merge import unmerge
from tipline.core.quotes import QuoteChange, clearance, requests
from tipline.core.readers import receipts
from tipline.core.retention import erasure
from tipline.db import Database
from tipline.models import Attribution, Event, Quote, QuoteAnswer, QuoteRequest, QuoteState, Tip, Verb
from tipline.vocabularies import ConsentChoice
from tipline.web.desk.quotes import changes

__all__ = ["desk"]  # a fixture


def drafted(session: Session, cast: Cast, choice: ConsentChoice = ConsentChoice.NAME) -> Quote:
    row = quotes.draft(session, tip_of_mei(session, cast, choice).id or 0, cast.bob)
    session.commit()
    return row


def test_the_board_shows_each_person_the_quotes_of_tips_that_they_see(app: Flask, session: Session, cast: Cast) -> None:
    drafted(session, cast)
    for who, sees in ((cast.alice, True), (cast.bob, True), (cast.carol, False)):
        assert ("We have waited in Ruili" in open_as(app, who).get("/desk/quotes").text) == sees
    assert open_as(app, cast.dave).get("/desk/quotes").status_code == 403


def test_a_draft_begins_with_a_highlight_or_the_story_and_what_identifies_is_left_out(
    desk: Browser, session: Session, cast: Cast
) -> None:
    tip = tip_of_mei(session, cast, ConsentChoice.ANONYMOUS)
    session.commit()
    page = desk.post(f"/desk/tips/{tip.id}/quotes", follow_redirects=True)
    assert "<del>" in page.text and "We have waited in Ruili since March. My son is six.</textarea>" in page.text


def test_what_a_colleague_changed_first_is_shown_and_nothing_typed_is_lost(
    desk: Browser, session: Session, cast: Cast
) -> None:
    row = drafted(session, cast)
    version = quotes.version_of(row)
    change = QuoteChange("My son is six.", Attribution.ANONYMOUS)
    quotes.edit(session, row.id or 0, change, version, cast.bob)
    session.commit()
    typed = {"text": "We wait in Ruili.", "attribution": "name", "version": version}
    page = desk.post(f"/desk/quotes/{row.id}", data=typed)
    assert page.status_code == 409 and "Somebody else changed this quote" in page.text
    assert "My son is six." in page.text and "We wait in Ruili.</textarea>" in page.text


@pytest.mark.parametrize("act", ["place", "publish"])
def test_what_may_not_be_printed_is_refused_with_what_would_allow_it(
    desk: Browser, session: Session, cast: Cast, act: str
) -> None:
    row = drafted(session, cast)
    typed = {"act": act, "article": "https://meridian.example/1"}
    page = desk.post(f"/desk/quotes/{row.id}/step", data=typed, follow_redirects=True)
    assert "Send the reader this exact quote first" in page.text
    session.refresh(row)
    assert row.state is QuoteState.DRAFTED


def test_the_preview_is_what_the_reader_gets(desk: Browser, session: Session, cast: Cast) -> None:
    row = drafted(session, cast)
    page = desk.post(f"/desk/quotes/{row.id}/ask", data={"act": "preview", "days": "7", "context": "On families."}).text
    for said in ("On families.", "“We have waited in Ruili since March. My son is six.”", "— Mei Li", "YES"):
        assert said in page
    assert not session.scalars(select(QuoteRequest)).all()
    refused = desk.post(f"/desk/quotes/{row.id}/ask", data={"act": "send", "days": "0"})
    assert refused.status_code == 422 and "Write a number from 1 to 60." in refused.text


def test_a_reply_that_was_taken_back_has_asked_nobody(desk: Browser, session: Session, cast: Cast) -> None:
    row = drafted(session, cast)
    asked = ask(session, cast, row)
    session.commit()
    desk.post(f"/desk/outgoing/{asked.out.id}/withdraw")
    session.expire_all()
    assert session.get_one(Quote, row.id).state is QuoteState.DRAFTED
    assert not session.scalars(select(QuoteRequest)).all()


def test_a_file_of_quotes_holds_those_that_may_be_printed_with_credit_and_evidence(
    desk: Browser, session: Session, cast: Cast
) -> None:
    row = drafted(session, cast)
    asked = ask(session, cast, row)
    answer(session, asked, "Yes")
    other = quotes.draft(session, asked.tip.id or 0, cast.bob)
    change = QuoteChange("Not approved.", Attribution.NAME)
    quotes.edit(session, other.id or 0, change, quotes.version_of(other), cast.bob)
    session.commit()
    files = {form: desk.post("/desk/quotes/export", data={"form": form}).data for form in ("txt", "html", "json")}
    for said in files.values():
        assert b"We have waited in Ruili" in said and b"Mei Li" in said and b"Not approved." not in said
        assert clearance.hash_of(row).encode() in said
    [quote] = json.loads(files["json"])
    assert (quote["attribution"], quote["state"], quote["tip"]) == ("name", "approved", "T-000001")
    document = Document(io.BytesIO(desk.post("/desk/quotes/export", data={"form": "docx"}).data))
    assert "— Mei Li" in [paragraph.text for paragraph in document.paragraphs]
    recorded = session.scalars(select(Event).where(Event.verb == Verb.QUOTED)).all()
    assert len(recorded) == 4 and desk.post("/desk/quotes/export", data={"form": "exe"}).status_code == 422


@pytest.mark.parametrize(("said", "state"), [("yes", QuoteState.APPROVED), ("no", QuoteState.REFUSED)])
def test_a_reader_answers_on_their_own_page_and_on_no_other(
    client: Browser, database: Database, session: Session, cast: Cast, said: str, state: QuoteState
) -> None:
    row = drafted(session, cast)
    asked = ask(session, cast, row)
    stranger = session.get_one(Tip, by_mail(session, cast.borders, "Another story", sender="eve@elsewhere.example"))
    tokens = {}
    for tip in (asked.tip, stranger):
        code = receipts.new_code()
        tip.code_hash = receipts.code_hash(database.master, code)
        tokens[tip.id] = receipts.page_token(code)
    session.commit()
    wrong = client.post(f"/r/{tokens[stranger.id]}/quote", data={"request": str(asked.request.id), "answer": "yes"})
    assert wrong.status_code == 404
    page = client.get(f"/r/{tokens[asked.tip.id]}").text
    assert "May we quote you?" in page and "Mei Li" in page
    client.post(f"/r/{tokens[asked.tip.id]}/quote", data={"request": str(asked.request.id), "answer": said})
    session.expire_all()
    assert session.get_one(Quote, row.id).state is state
    assert "May we quote you?" not in client.get(f"/r/{tokens[asked.tip.id]}").text


def test_quotes_go_with_their_tip_when_it_is_merged_and_come_back(session: Session, cast: Cast) -> None:
    row = drafted(session, cast)
    other = by_mail(session, cast.borders, "More of it", sender=MEI, name="Mei Li", minutes=1)
    merge.merge(session, row.tip_id, cast.alice, TODAY, into=other)
    session.refresh(row)
    assert row.tip_id == other
    unmerge.unmerge(session, 1, cast.alice)
    session.refresh(row)
    assert row.tip_id == 1


def test_an_erased_tip_leaves_no_quote(session: Session, cast: Cast, database: Database) -> None:
    row = drafted(session, cast)
    ask(session, cast, row)
    session.commit()
    erasure.erase(session, row.tip_id, cast.alice)
    session.commit()
    assert not session.scalars(select(Quote)).all() and not session.scalars(select(QuoteRequest)).all()


def test_a_reader_who_allows_less_than_what_was_printed_alarms_the_editors(
    desk: Browser, session: Session, cast: Cast
) -> None:
    row = drafted(session, cast)
    asked = ask(session, cast, row)
    answer(session, asked, "Yes")
    quotes.publish(session, row.id or 0, "https://meridian.example/1", cast.bob)
    consent.change(session, asked.tip, ConsentChoice.BACKGROUND, today=TODAY)
    session.commit()
    assert "allows less now" in desk.get("/desk").text
    assert "allows less now than when they approved this quote" in desk.get("/desk/quotes").text


def test_a_no_after_it_was_placed_makes_the_tip_due(session: Session, cast: Cast) -> None:
    row = drafted(session, cast)
    asked = ask(session, cast, row)
    answer(session, asked, "Yes")
    quotes.place(session, row.id or 0, cast.bob)
    requests.record(session, row.id or 0, QuoteAnswer.NO, cast.bob, TODAY)
    assert row.state is QuoteState.PLACED
    assert not quotes.view(session, row.id or 0, cast.bob).clearance.may
    assert asked.tip.follow_up_on == TODAY


def test_changes_are_shown_word_by_word() -> None:
    assert [(one.kind, one.text) for one in changes("We wait in Ruili.", "We waited in Ruili!")] == [
        ("same", "We "),
        ("removed", "wait"),
        ("added", "waited"),
        ("same", " in Ruili"),
        ("removed", "."),
        ("added", "!"),
    ]
    assert "".join(one.text for one in changes(STORY, "儿子六岁。") if one.kind != "removed") == "儿子六岁。"
