"""Related tips on a tip's page: asked for once it is shown, a page without a script, each with what both have."""

from flask import Flask
from sqlmodel import Session

from tests.core.facts.test_facts import suggest
from tests.core.making import make_tip
from tests.fixtures_db import Cast
from tests.plans import watching
from tests.web.test_files import open_as
from tipline.db import Database

HTMX = {"HX-Request": "true", "HX-Target": "shared"}


def test_the_page_of_a_tip_leads_to_those_that_share_something_rare(
    app: Flask, session: Session, cast: Cast, database: Database
) -> None:
    tip = make_tip(session, cast.borders, "Stuck in Erenhot <b> with Foxconn")
    other = make_tip(session, cast.borders, "We of Foxconn are in Erenhot", 1, title='<i>"Ours"')
    for one in (tip, other):
        suggest(session, one, "place", "Hong Kong")
        suggest(session, one, "crossing", "Luohu")
    session.commit()
    desk = open_as(app, cast.dave)
    page = desk.get(f"/desk/tips/{tip.id}").text
    address = f"/desk/tips/{tip.id}/shared"
    assert f'hx-get="{address}" hx-trigger="intersect once"' in page and f'<a href="{address}"' in page
    assert "Foxconn</a>" not in page
    for headers, whole in (({}, True), (HTMX, False)):
        found = desk.get(address, headers=headers).text
        assert ("<html" in found) is whole and "hx-trigger" not in found.partition('id="shared"')[2].partition(">")[0]
        assert f'href="/desk/tips/{other.id}"' in found and "&lt;i&gt;" in found and "<i>" not in found
        assert 'href="/desk?q=Foxconn"' in found and 'href="/desk?q=Erenhot+OR+Foxconn"' in found
        assert "Show all with any of these facts" in found
    listed = desk.get("/desk?q=suggested:%22place%3DHong+Kong,crossing%3DLuohu%22+status:any").text
    assert f'id="row-{other.id}"' in listed and f'id="row-{tip.id}"' in listed
    with watching(session) as watched:
        desk.get(f"/desk/tips/{tip.id}")
    assert not [one for one, _ in watched.statements if "search_document" in one]


def test_nothing_in_common_is_said_and_who_does_not_see_the_tip_is_told_nothing(
    app: Flask, session: Session, cast: Cast
) -> None:
    tip = make_tip(session, cast.borders, "My story of Foxconn")
    hidden = make_tip(session, cast.borders, "My story of Foxconn", 1, restricted=True)
    session.commit()
    page = open_as(app, cast.bob).get(f"/desk/tips/{tip.id}/shared").text
    assert "No other tip shares a rare word or fact with this one." in page
    for tip_id, by in ((tip.id, cast.carol), (hidden.id, cast.bob)):
        assert open_as(app, by).get(f"/desk/tips/{tip_id}/shared", headers=HTMX).status_code == 404
