"""Search on the desk: where the words stand, what may have been meant, and nothing typed or sent becomes markup."""

from urllib.parse import quote

import pytest
from flask import Flask
from sqlmodel import Session

from tests import documents
from tests.core.making import MORNING, make_tip
from tests.fixtures_db import Cast
from tests.test_extraction import read
from tests.web.test_files import file_of, open_as
from tipline.core import search
from tipline.db import Database
from tipline.models import Note


def test_a_row_shows_where_the_words_of_a_search_stand(app: Flask, session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders, "My story")
    text = "<script>alert(1)</script> the landlord & his <b>son</b>"
    session.add(Note(tip_id=tip.id, author_id=cast.bob.account_id, text=text, created_at=MORNING))
    search.put(session, tip.id or 0)
    session.commit()
    page = open_as(app, cast.bob).get("/desk?q=landlords").text
    assert '<span class="where">Note</span>' in page and "the <mark>landlord</mark> &amp; his &lt;b&gt;son" in page
    assert "<script>alert(1)" not in page
    assert 'class="found"' not in open_as(app, cast.bob).get("/desk?q=story").text  # the title says it
    assert 'class="found"' not in open_as(app, cast.bob).get("/desk").text
    beside = open_as(app, cast.bob).get(f"/desk/tips/{tip.id}?q=landlord").text
    assert "<mark>landlord</mark>" in beside


def test_words_inside_a_file_name_it_and_are_read_by_those_who_work_on_tips(
    app: Flask, session: Session, cast: Cast, database: Database
) -> None:
    name = '"><img src=x onerror=alert(1)>.pdf'
    file_of(session, cast.borders, name, documents.pdf("A letter of the consulate"))
    read(database)
    page = open_as(app, cast.bob).get("/desk?q=consulate").text
    assert "of the <mark>consulate</mark>" in page and "<img src=x" not in page
    page = open_as(app, cast.dave).get("/desk?q=consulate").text
    assert 'class="row' not in page and "letter of the" not in page
    assert 'class="row' not in open_as(app, cast.carol).get("/desk?q=consulate").text


def test_what_may_have_been_meant_is_one_link(app: Flask, session: Session, cast: Cast) -> None:
    for n in range(2):
        make_tip(session, cast.borders, "We were separated", n)
    session.commit()
    page = open_as(app, cast.bob).get("/desk?q=" + quote("source:form seperated")).text
    assert "Did you mean" in page and 'href="/desk?q=source:form+separated"' in page
    assert "Did you mean" not in open_as(app, cast.bob).get("/desk?q=separated").text
    assert "Did you mean" not in open_as(app, cast.carol).get("/desk?q=seperated").text


def test_nothing_typed_breaks_the_list(app: Flask, session: Session, cast: Cast) -> None:
    browser = open_as(app, cast.bob)
    for typed in ('"', "-", "OR", '-"', "(((", "NEAR(a b)", "a:b:c", "\ue002", "'); DROP TABLE tip"):
        assert browser.get("/desk?q=" + quote(typed)).status_code == 200


def test_the_best_match_first_is_offered_for_words_and_the_page_says_where_there_are_too_many(
    app: Flask, session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    best = make_tip(session, cast.borders, "A visa", title="My visa")
    make_tip(session, cast.borders, "It was a visa", 5, title="A story")
    session.commit()
    desk = open_as(app, cast.bob)
    assert "Best match" not in desk.get("/desk").text
    plain = desk.get("/desk?q=visa").text
    assert "2, newest first" in plain and 'href="/desk?q=sort:relevance+visa"' in plain
    ranked = desk.get("/desk?q=sort:relevance+visa").text
    assert "2, best match first" in ranked and ranked.index(f'id="row-{best.id}"') < ranked.index("A story")
    assert 'data-since="-"' in ranked  # what is new does not stand at the top of this order
    assert "2, newest first" in desk.get("/desk?q=sort:relevance").text
    monkeypatch.setattr("tipline.core.ranking.FEW", 1)
    many = desk.get("/desk?q=sort:relevance+visa").text
    assert "2, too many to put the best first: newest first" in many
    assert many.index("A story") < many.index(f'id="row-{best.id}"')
