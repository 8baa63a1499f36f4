"""The pages on which tips are merged, split, moved and linked, passages highlighted, and a tip is printed."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlmodel import Session, col, select

from tests.core.making import TODAY
from tests.core.merge.test_merging import again, by_form
from tests.fixtures_db import Cast
from tests.fixtures_web import Browser
from tests.plans import plan, watching
from tests.web.arriving import by_mail
from tests.web.desk.test_tip import HTMX, desk, open_as, rows, settings, tip_of, verbs
from tipline.core import access, following, triage
from tipline.core.readers import same_reader
from tipline.core.related import links
from tipline.core.tip_page import sidebar
from tipline.db import Database
from tipline.models import Event, Highlight, Message, Status, Tip, TipAccess, Translation, Verb
from tipline.vocabularies import ContactChoice
from tipline.web import labels

__all__ = ["desk", "settings"]


def two(session: Session, cast: Cast, **more: Any) -> tuple[int, int]:
    one, other = by_form(session, cast.borders, "First story", **more), by_form(session, cast.borders, "Other story")
    session.commit()
    return one.id or 0, other.id or 0


def messages(session: Session, tip_id: int) -> list[int]:
    query = select(col(Message.id)).where(col(Message.tip_id) == tip_id).order_by(col(Message.created_at))
    found = list(session.scalars(query))
    session.commit()  # others may write
    return found


def undo(browser: Browser, page: str) -> str:
    address = re.search(r'class="notice done".*?action="(/desk/events/\d+/undo)"', page, re.DOTALL)
    assert address is not None
    return browser.post(address[1], follow_redirects=True).text


@pytest.mark.parametrize("typed", ["T-{:06d}", "{}", " t-{} ", "http://localhost/desk/tips/{}?q=x", "/desk/tips/{}/"])
def test_another_tip_is_chosen_by_number_and_merged_after_a_look(
    desk: Browser, database: Database, session: Session, cast: Cast, typed: str
) -> None:
    one, other = two(session, cast)
    page = desk.get(f"/desk/tips/{other}/belongs", query_string={"with": typed.format(one)}).text
    assert "Everything of T-" in page and "You can unmerge them at any time" in page
    page = desk.post(f"/desk/tips/{other}/merge", data={"other": one}, follow_redirects=True).text
    assert "First story" in page and "Other story" in page and tip_of(database, other).merged_into == one
    assert "Merged into this" in page
    undo(desk, page)
    assert tip_of(database, other).merged_into is None


def test_the_older_number_stays_from_either_page_unless_the_other_is_chosen(
    desk: Browser, session: Session, cast: Cast
) -> None:
    one, other = two(session, cast)
    triage.set_status(session, other, Status.READY, cast.alice)
    session.commit()
    for here, there in ((one, other), (other, one)):
        page = desk.get(f"/desk/tips/{here}/belongs?with=T-{there:06d}").text
        assert f"Merge T-{other:06d} into T-{one:06d}" in page and "<li>Status: Ready</li>" in page
        page = desk.get(f"/desk/tips/{here}/belongs?with=T-{there:06d}&stays={other}").text
        assert f"Merge T-{one:06d} into T-{other:06d}" in page


def test_all_that_a_merge_will_change_is_said_before(desk: Browser, session: Session, cast: Cast) -> None:
    one, other = two(session, cast)
    triage.tag(session, one, ["Visa"], cast.alice)
    triage.tag(session, other, ["Family"], cast.alice)
    following.follow(session, other, cast.bob)
    tip = session.get_one(Tip, other)
    tip.contact, tip.legal_hold = ContactChoice.PAGE, True
    session.commit()
    page = desk.get(f"/desk/tips/{one}/belongs?with=T-{other:06d}").text
    outcome = re.sub(r"<[^>]+>|\s+", " ", page.partition('class="outcome"')[2].partition("</ul>")[0])
    said = (
        f"Safe to contact: {labels.FILTERS['contact'](ContactChoice.PAGE)}",
        "Tags of both: Family Visa",
        f"The legal hold of T-{other:06d} keeps it from being erased, also after an unmerge",
        f"1 person who follows T-{other:06d} then follows T-{one:06d}.",
    )
    shown = " ".join(outcome.split())
    assert [words for words in said if words not in shown] == [], shown
    for tip_id in (one, other):
        session.get_one(Tip, tip_id).restricted = True
        session.add(TipAccess(tip_id=tip_id, account_id=cast.alice.account_id))
    session.commit()
    page = desk.get(f"/desk/tips/{one}/belongs?with=T-{other:06d}").text
    assert "It stays restricted to the people who are named on both." in page


@pytest.mark.parametrize(
    ("typed", "said"), [("T-999999", "There is no such tip"), ("about her son", "No tip that you see has these words")]
)
def test_what_is_no_tip_is_said_in_kind_words(
    desk: Browser, session: Session, cast: Cast, typed: str, said: str
) -> None:
    one, _other = two(session, cast)
    answer = desk.get(f"/desk/tips/{one}/belongs", query_string={"with": typed})
    assert answer.status_code == 422 and said in answer.text


def test_another_tip_is_chosen_without_its_number_and_never_one_that_is_not_to_see(
    app: Flask, session: Session, cast: Cast
) -> None:
    one, other = two(session, cast)
    by_same = by_form(session, cast.borders, "Once more from me")
    by_same.reader_id = session.get_one(Tip, one).reader_id
    theirs = by_form(session, cast.overtime, "Other overtime")
    session.commit()
    bob = open_as(app, cast.bob)
    page = bob.get(f"/desk/tips/{one}/belongs").text
    assert "By the same reader" in page and "Once more from me" in page and "Opened lately" not in page
    assert bob.post(f"/desk/tips/{other}/seen").status_code < 400
    bob.post(f"/desk/tips/{one}/seen")
    page = bob.get(f"/desk/tips/{one}/belongs").text.partition("Opened lately")[2]
    assert f"/desk/tips/{one}/belongs?with=T-{other:06d}" in page and "Other story" in page
    found = bob.get(f"/desk/tips/{one}/belongs", query_string={"with": "Other"})
    assert found.status_code == 200 and "Found by these words" in found.text
    assert f"with=T-{other:06d}" in found.text and f"T-{theirs.id:06d}" not in found.text
    assert bob.get(f"/desk/tips/{one}/belongs", query_string={"with": "overtime"}).status_code == 422
    assert bob.get(f"/desk/tips/{one}/belongs", query_string={"with": "status:nonsense"}).status_code == 422


def test_a_tip_of_others_looks_the_same_as_one_that_is_not_there(app: Flask, session: Session, cast: Cast) -> None:
    one, _other = two(session, cast)
    theirs = by_form(session, cast.overtime, "Secret overtime").id
    session.commit()
    bob = open_as(app, cast.bob)
    pages = [bob.get(f"/desk/tips/{one}/belongs?with={number}").text for number in (theirs, 99999)]
    assert len({re.sub(r"\d+|token-[\w-]+", "", page) for page in pages}) == 1
    for act in ("merge", "link", "unlink", "same-reader", "other-reader", "identity/of-other"):
        assert bob.post(f"/desk/tips/{one}/{act}", data={"other": theirs}).status_code == 404, act


def test_a_merged_tip_is_unmerged_from_its_own_page(
    desk: Browser, database: Database, session: Session, cast: Cast
) -> None:
    one, other = two(session, cast)
    desk.post(f"/desk/tips/{other}/merge", data={"other": one})
    assert "Unmerge" in desk.get(f"/desk/tips/{other}").text
    page = desk.post(f"/desk/tips/{other}/unmerge", follow_redirects=True).text
    assert "stands by itself again" in page and tip_of(database, other).merged_into is None
    assert desk.post(f"/desk/tips/{other}/unmerge", follow_redirects=True).status_code == 200, "pressed twice"


def test_who_will_see_a_tip_is_said_before_it_moves(
    desk: Browser, database: Database, session: Session, cast: Cast
) -> None:
    one, _other = two(session, cast)
    page = desk.get(f"/desk/tips/{one}/move").text
    assert "Will not see it any more: Bob, Dave" in page and "Will see it from then on: Carol" in page
    page = desk.post(f"/desk/tips/{one}/move", data={"callout": cast.overtime}, follow_redirects=True).text
    assert "moved it from borders to overtime" in page and tip_of(database, one).callout_id == cast.overtime
    undo(desk, page)
    assert tip_of(database, one).callout_id == cast.borders
    assert desk.post(f"/desk/tips/{one}/move", data={"callout": "x"}).status_code == 303
    assert desk.post(f"/desk/tips/{one}/move", data={"callout": 99}).status_code == 404


def test_a_message_becomes_a_tip_and_comes_back(
    desk: Browser, database: Database, session: Session, cast: Cast
) -> None:
    one, _other = two(session, cast)
    made_of = again(session, session.get_one(Tip, one), "Another matter").id
    session.commit()
    assert f"/desk/messages/{made_of}/split" in desk.get(f"/desk/tips/{one}").text
    assert "Another matter" in desk.get(f"/desk/messages/{made_of}/split").text
    page = desk.post(f"/desk/messages/{made_of}/split", data={"what": "alone"}, follow_redirects=True).text
    assert "is a tip of its own now" in page and "Split off from" in page
    undo(desk, page)
    assert messages(session, one)[-1] == made_of
    answer = desk.post(f"/desk/messages/{messages(session, one)[0]}/split", follow_redirects=True)
    assert "begins with this message" in answer.text


def test_links_are_put_and_taken_away(desk: Browser, session: Session, cast: Cast) -> None:
    one, other = two(session, cast)
    page = desk.post(f"/desk/tips/{one}/link", data={"other": other}, follow_redirects=True).text
    assert "Linked with T-" in page and "<h3>Linked</h3>" in desk.get(f"/desk/tips/{other}").text
    page = desk.post(f"/desk/tips/{other}/unlink", data={"other": one}, follow_redirects=True).text
    assert "<h3>Linked</h3>" not in page
    assert "<h3>Linked</h3>" in undo(desk, page)


def test_two_identities_of_one_person_are_opened_one_by_one_and_recorded(
    app: Flask, desk: Browser, database: Database, session: Session, cast: Cast
) -> None:
    one, other = two(session, cast, reader_email="mei@mail.example", reader_name="Mei Chen")
    bob = open_as(app, cast.bob)
    assert bob.post(f"/desk/tips/{other}/identity/of-other", data={"other": one}).status_code == 404
    page = bob.post(f"/desk/tips/{other}/same-reader", data={"other": one}, follow_redirects=True).text
    assert "Show this identity" in page and "mei@mail.example" not in page
    page = bob.post(f"/desk/tips/{other}/identity/of-other", data={"other": one}).text
    assert "mei@mail.example" in page
    assert Verb.IDENTITY_SEEN in verbs(database, one) and Verb.IDENTITY_SEEN not in verbs(database, other)
    shown = open_as(app, cast.dave).get(f"/desk/tips/{other}").text
    assert "Show this identity" not in shown and "mei@" not in shown


def test_an_address_that_two_have_is_suggested_without_being_shown(app: Flask, session: Session, cast: Cast) -> None:
    same = {"reader_email": "mei@mail.example"}
    one = by_form(session, cast.borders, "First", **same)
    by_form(session, cast.borders, "Second", **same)
    session.commit()
    page = open_as(app, cast.bob).get(f"/desk/tips/{one.id}").text
    assert "The same email address as in" in page and "mei@mail" not in page
    assert "The same person?" not in open_as(app, cast.dave).get(f"/desk/tips/{one.id}").text


def test_a_passage_is_marked_by_selection_or_by_sentence_shown_and_removed(
    desk: Browser, database: Database, session: Session, cast: Cast
) -> None:
    tip = by_form(session, cast.borders, "One <b>. Two & three. Four.")
    session.commit()
    message = messages(session, tip.id or 0)[0]
    desk.post(f"/desk/messages/{message}/passages", data={"begin": "9", "passage": "Two & three."})
    page = desk.get(f"/desk/tips/{tip.id}").text
    assert re.search(r'<mark class="passage" id="p\d+">Two &amp; three\.</mark>', page) and "One &lt;b&gt;" in page
    listed = desk.get(f"/desk/messages/{message}/passages").text
    begins = re.findall(r'name="sentence" value="(\d+)"', listed)
    desk.post(f"/desk/messages/{message}/passages", data={"sentence": begins[-1]})
    marks = rows(database, Highlight)
    assert [row.passage for row in marks] == ["Two & three.", "Four."]
    page = desk.get(f"/desk/tips/{tip.id}?q=three").text
    assert "<mark>three</mark>" in page, "what was searched for is marked inside"
    quote = desk.post(f"/desk/tips/{tip.id}/quote", data={"passage": marks[0].id}).text
    assert "“Two &amp; three.”" in quote
    desk.post(f"/desk/tips/{tip.id}/passages/remove", data={"passage": marks[0].id})
    assert len(rows(database, Highlight)) == 1
    page = desk.post(f"/desk/messages/{message}/passages", data={}, follow_redirects=True).text
    assert "Select the words to highlight first" in page


def test_sentences_are_chosen_in_the_lines_of_the_text(desk: Browser, session: Session, cast: Cast) -> None:
    tip = by_form(session, cast.borders, "One. Two.\n\nThree.")
    session.commit()
    page = desk.get(f"/desk/messages/{messages(session, tip.id or 0)[0]}/passages").text
    words = page.partition('<fieldset class="sentences">')[2].partition("</fieldset>")[0]
    assert re.sub(r"<[^>]+>", "", words).strip().removeprefix("Sentences") == "One. Two.\n\nThree."


def test_what_splitting_does_is_said_plainly_where_there_is_nothing_to_choose(
    desk: Browser, session: Session, cast: Cast
) -> None:
    one, _other = two(session, cast)
    last = again(session, session.get_one(Tip, one), "Another matter").id
    first = messages(session, one)[0]
    page = desk.get(f"/desk/messages/{last}/split").text
    assert 'type="radio"' not in page.partition("<main")[2] and "none came after it" in page and "Make it a tip" in page
    page = desk.get(f"/desk/messages/{first}/split").text
    assert "The tip begins with this message" in page and "Make it a tip<" not in page


def test_a_translation_stands_under_its_message_and_two_writers_lose_nothing(
    desk: Browser, database: Database, session: Session, cast: Cast
) -> None:
    tip = by_form(session, cast.borders, "我们在等", language="zh-Hans")
    own = by_form(session, cast.borders, "We wait")
    session.commit()
    message = messages(session, tip.id or 0)[0]
    assert "Translate into English" in desk.get(f"/desk/tips/{tip.id}").text
    assert "Translate into" not in desk.get(f"/desk/tips/{own.id}").text
    where = f"/desk/messages/{message}/translation"
    page = desk.post(where, data={"text": "We wait."}, follow_redirects=True).text
    assert "In English, by Alice" in page and "We wait." in page
    answer = desk.post(where, data={"text": "We are waiting.", "version": ""}, headers=HTMX)
    assert answer.status_code == 409 and "We are waiting.</textarea>" in answer.text
    seen = rows(database, Translation)[0].changed_at.isoformat()
    desk.post(where, data={"text": "We are waiting.", "version": seen})
    assert rows(database, Translation)[0].text == "We are waiting."
    assert desk.post(where, data={"text": "x" * 50_001}).status_code == 422


def test_a_tip_is_printed_with_what_was_asked_for(
    app: Flask, desk: Browser, database: Database, session: Session, cast: Cast
) -> None:
    tip = by_form(session, cast.borders, "My story", reader_name="Mei Chen", reader_email="mei@mail.example")
    triage.note(session, tip.id or 0, "Call her", cast.bob)
    session.commit()
    where = f"/desk/tips/{tip.id}/print"
    bare = open_as(app, cast.dave).post(where, data={}).text
    assert "My story" in bare and "Call her" not in bare and "Mei" not in bare
    bare = desk.post(where, data={"notes": "on"}).text
    assert "Call her" in bare and "Mei" not in bare and f"Reader {tip.reader_id}" in bare
    refused = desk.post(where, data={"identity": "on"}, follow_redirects=True).text
    assert "must stand on paper" in refused and "mei@mail.example" not in refused
    assert open_as(app, cast.dave).post(where, data={"identity": "on", "why": "lawyer"}).status_code == 403
    assert "mei@mail.example" in desk.post(where, data={"identity": "on", "why": "lawyer"}).text
    assert [e.after for e in rows(database, Event) if e.verb is Verb.PRINTED] == ["", "", "lawyer"]


def test_history_names_no_tip_that_one_does_not_see(app: Flask, session: Session, cast: Cast) -> None:
    one, _other = two(session, cast)
    theirs = by_form(session, cast.overtime, "Overtime")
    links.link(session, one, theirs.id or 0, cast.alice)
    session.commit()
    number = f"T-{theirs.id:06d}"
    assert number in open_as(app, cast.alice).get(f"/desk/tips/{one}").text
    page = open_as(app, cast.bob).get(f"/desk/tips/{one}").text
    assert number not in page and "linked it with another tip" in page


def test_the_page_of_a_tip_asks_a_fixed_number_of_questions(session: Session, cast: Cast) -> None:
    def asked(tip: Tip) -> int:
        session.commit()
        session.expire_all()
        with watching(session) as seen:
            sidebar.sheet(session, access.tip(session, tip.id or 0, cast.bob), cast.bob, TODAY)
        return len(seen.statements)

    tips = [by_form(session, cast.borders, f"Story {n}", reader_phone="+336") for n in range(9)]
    for other in tips[1:3]:
        links.link(session, tips[0].id or 0, other.id or 0, cast.bob)
        same_reader.same(session, tips[0].id or 0, other.id or 0, cast.bob)
    few = asked(tips[0])
    for other in tips[3:8]:
        links.link(session, tips[0].id or 0, other.id or 0, cast.bob)
        same_reader.same(session, tips[0].id or 0, other.id or 0, cast.bob)
    assert asked(tips[0]) == few


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_belongs_together_is_found_without_reading_whole_tables(session: Session, cast: Cast) -> None:
    tip = by_form(session, cast.borders, "Story", reader_phone="+336")
    by_form(session, cast.borders, "Other", reader_phone="+336")
    session.commit()
    with watching(session) as seen:
        links.related(session, tip, cast.bob)
    steps = [line for asked in seen.statements for line in plan(session, *asked)]
    assert [one for one in steps if one.startswith("SCAN") and "CONSTANT" not in one and "subquery" not in one] == []


def test_a_tip_that_may_belong_to_another_is_merged_by_one_button(
    desk: Browser, session: Session, cast: Cast, database: Database
) -> None:
    first = by_mail(session, cast.borders, subject="First", minutes=9)
    second = by_mail(session, cast.borders, subject="Second", sender="mei@office.example")
    session.get_one(Tip, second).may_belong_to = first
    session.commit()
    page = desk.get(f"/desk/tips/{second}").text
    assert "May belong to" in page and f"T-{first:06d}" in page
    answer = desk.post(f"/desk/tips/{second}/merge")
    assert answer.location == f"/desk/tips/{first}"
    assert tip_of(database, second).merged_into == first
    with database.reading() as reading:
        assert len(reading.scalars(select(Message).where(col(Message.tip_id) == first)).all()) == 2


def test_a_link_to_an_unseen_tip_is_not_shown(app: Flask, session: Session, cast: Cast) -> None:
    theirs, mine = by_form(session, cast.overtime).id or 0, by_form(session, cast.borders).id or 0
    session.get_one(Tip, mine).may_belong_to = theirs
    session.commit()
    bob = open_as(app, cast.bob)
    assert "May belong to" not in bob.get(f"/desk/tips/{mine}").text
    assert bob.post(f"/desk/tips/{mine}/merge").status_code == 404
