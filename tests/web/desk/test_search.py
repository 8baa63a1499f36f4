"""Search on the desk: where the words stand, what may have been meant, and nothing typed or sent becomes markup."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import update
from sqlmodel import Session

from tests import documents
from tests.core.making import MORNING, make_tip
from tests.core.search.test_keyed_tokens import called, indexed
from tests.fixtures_db import Cast, rows
from tests.jobs.test_text_extraction import read
from tests.web.test_files import file_of, open_as
from tipline.core import search, triage
from tipline.core.filters import Filters
from tipline.core.filters.keys import FILTER_KEYS, OTHER_NAMES
from tipline.db import Database, now
from tipline.models import Event, Note, Verb


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
    monkeypatch.setattr("tipline.core.inbox.ranking.MAX_RANKED", 1)
    many = desk.get("/desk?q=sort:relevance+visa").text
    assert "2, too many to put the best first: newest first" in many
    assert many.index("A story") < many.index(f'id="row-{best.id}"')


@pytest.mark.parametrize("typed", ["T-{0:06d}", "t-{0}", "#{0}", "{0}", "T{0}"])
def test_the_number_of_a_tip_opens_it(app: Flask, session: Session, cast: Cast, typed: str) -> None:
    tip_id = make_tip(session, cast.borders, title="My visa").id or 0
    session.commit()
    typed = typed.format(tip_id)
    page = open_as(app, cast.bob).get("/desk", query_string={"q": typed}).text
    assert f'id="row-{tip_id}"' in page if typed.startswith("T-") else f">Open T-{tip_id:06d}</a>" in page
    offered = open_as(app, cast.bob).get("/desk/suggest", query_string={"q": typed}).text
    assert f'data-address="/desk/tips/{tip_id}"' in offered and "My visa" in offered
    for path in ("/desk", "/desk/suggest"):
        assert "My visa" not in open_as(app, cast.carol).get(path, query_string={"q": typed}).text


def test_a_joined_tip_is_opened_by_its_number_though_no_list_holds_it(app: Flask, session: Session, cast: Cast) -> None:
    tip, into = make_tip(session, cast.borders), make_tip(session, cast.borders)
    tip.merged_into = into.id
    session.commit()
    page = open_as(app, cast.bob).get(f"/desk?q=T-{tip.id:06d}").text
    assert f">Open T-{tip.id:06d}</a>" in page


def test_where_a_name_finds_nothing_the_page_says_how_names_are_found(app: Flask, session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders)
    session.commit()
    desk = open_as(app, cast.bob)
    page = desk.get("/desk?q=Grace").text
    assert "name is found by whole words" in page and "<code>reader:68</code>" in page
    assert "Names and addresses of readers are sealed" in open_as(app, cast.dave).get("/desk?q=Grace").text
    assert "are sealed, and no search" not in desk.get("/desk?q=status:spam").text
    assert "Reader: " in desk.get(f"/desk?q=Reader+{tip.reader_id}").text


def test_a_chip_of_every_key_has_words_with_a_minus_too(app: Flask, session: Session, cast: Cast) -> None:
    desk = open_as(app, cast.bob)
    for key, value in FILTER_KEYS.items():
        given = value.values[0] if value.values else "2021" if value.dates else "7"
        assert desk.get("/desk", query_string={"q": f"{key}:{given} -{key}:{given}"}).status_code == 200


def test_the_page_of_the_syntax_has_every_key_name_and_value_that_is_read(
    app: Flask, session: Session, cast: Cast
) -> None:
    triage.tag(session, make_tip(session, cast.borders).id or 0, ["green card"], cast.alice)
    session.commit()
    desk = open_as(app, cast.bob)
    page = unescape(desk.get("/desk/searching").text)
    for key, how in FILTER_KEYS.items():
        assert f"<code>{key}:</code>" in page
        for value in how.values or ("",):
            assert f"<code>{key}:{value}" in page, (key, value)
    for name in OTHER_NAMES:
        assert f"<code>{name}:</code>" in page
    assert '<code>tag:"green card"</code>' in page and "<code>assignee:Alice</code>" in page
    examples = re.findall(r'<a href="/desk\?q=([^"]+)"[^>]*><code>(.+?)</code>', page)
    assert len(examples) > 80
    for _address, typed in examples:
        assert not Filters.parse(typed).problems, typed


def test_the_page_of_the_syntax_is_one_press_from_the_field_and_from_each_message(
    app: Flask, session: Session, cast: Cast
) -> None:
    desk = open_as(app, cast.bob)
    assert desk.get("/desk").text.count('hx-get="/desk/searching"') == 1
    assert desk.get("/desk?q=status:nwe").text.count('hx-get="/desk/searching"') == 2
    assert 'href="/desk/searching"' in desk.get("/desk/keys").text
    part = desk.get("/desk/searching", headers={"HX-Request": "true", "HX-Target": "dialog-body"}).text
    assert part.lstrip().startswith('<div class="keys-sheet">')


def test_a_tag_that_one_sees_is_found_by_its_sign(app: Flask, session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders)
    triage.tag(session, tip.id or 0, ["visa"], cast.alice)
    session.commit()
    assert f'id="row-{tip.id}"' in open_as(app, cast.bob).get("/desk?q=%23Visa").text
    assert "Tag: Visa" not in open_as(app, cast.carol).get("/desk?q=%23Visa").text


def test_who_finds_a_tip_by_its_readers_name_is_recorded_once_an_hour(
    app: Flask, session: Session, cast: Cast, database: Database
) -> None:
    def looks() -> list[tuple[int | None, int | None]]:
        found = rows(database, Event)
        return [(one.account_id, one.tip_id) for one in found if (one.verb, one.after) == (Verb.IDENTITY_SEEN, "name")]

    tip, other = make_tip(session, cast.borders, "My visa"), make_tip(session, cast.borders, "Chloé was there", 1)
    called(session, tip, "Chloé Dupont")
    indexed(session)
    tip_id, other_id = tip.id or 0, other.id or 0
    session.commit()
    bob, dave = open_as(app, cast.bob), open_as(app, cast.dave)
    assert f"T-{tip_id:06d}" in bob.get("/desk?q=visa").text and looks() == []
    assert "was there" in dave.get("/desk?q=Chloé").text and looks() == [], "found by what it tells"
    for address in ("/desk?q=Chloé", "/desk?q=name:dupont", f"/desk/tips/{other_id}?q=Chloé", "/desk?q=chloe+OR+x"):
        assert f"T-{tip_id:06d}" in bob.get(address).text
        assert looks() == [(cast.bob.account_id, tip_id)], address
    assert "found it by the reader’s name" in unescape(open_as(app, cast.alice).get(f"/desk/tips/{tip_id}").text)
    with database.writing() as later:
        later.execute(update(Event).values(at=now() - timedelta(hours=2)))
        later.commit()
    bob.get("/desk?q=Dupont")
    open_as(app, cast.alice).get(f"/desk/tips/{other_id}/belongs?with=Chloé")
    assert sorted(looks()) == sorted([(cast.bob.account_id, tip_id)] * 2 + [(cast.alice.account_id, tip_id)])
