"""The page of tags, and who learns of one."""

import re

import pytest
from flask import Flask
from sqlalchemy import select
from sqlmodel import Session, col

from tests.fixtures_db import Cast
from tests.fixtures_web import Browser, sign_in
from tests.web.arriving import by_form
from tipline.models import Tag


@pytest.fixture
def desk(client: Browser, cast: Cast) -> Browser:
    sign_in(client, cast.alice)
    return client


def test_tags_are_renamed_merged_and_deleted_on_their_page(desk: Browser, session: Session, cast: Cast) -> None:
    tip_id = by_form(session, cast.borders)
    desk.post(f"/desk/tips/{tip_id}/tag", data={"names": "visa, visas"})
    page = desk.get("/desk/tags").text
    one, two = (
        re.search(rf'id="tag-(\d+)">\s*<details name="tag"><summary><span class="tag grey">{n}<', page)
        for n in ("visa", "visas")
    )
    assert one and two
    renamed = {"name": "Visa <b>", "colour": "teal", "group": "Papers"}
    page = desk.post(f"/desk/tags/{one[1]}", data=renamed, follow_redirects=True).text
    assert "1 tip changed: without #visa, #Visa &lt;b&gt;." in page and "Undo" in page
    assert '<span class="tag teal">Visa &lt;b&gt;</span>' in page and "<h2>Papers</h2>" in page
    assert (
        "none of the choices"
        in desk.post(f"/desk/tags/{one[1]}", data={"name": "x", "colour": "url(x)"}, follow_redirects=True).text
    )
    assert "by its name" in desk.post(f"/desk/tags/{two[1]}/merge", data={"into": "gone"}, follow_redirects=True).text
    merged = desk.post(f"/desk/tags/{two[1]}/merge", data={"into": "visa"}, follow_redirects=True)
    assert "1 tip changed: without #visas, #Visa &lt;b&gt;." in merged.text and "also: visa, visas" in merged.text
    kept = re.search(r'id="tag-(\d+)"', merged.text)
    assert kept and "on tips" in desk.post(f"/desk/tags/{kept[1]}/delete", follow_redirects=True).text
    assert 'hx-target="#tip"' not in merged.text, "a page without a tip has none to swap"
    back = re.search(r'action="(/desk/bulk/\d+/undo)"', merged.text)
    assert back and "Undone: without #visas" in desk.post(back[1], follow_redirects=True).text
    assert ">visas</span>" in desk.get("/desk/tags").text


WHERE_TAGS_STAND = ("", "?q={}", "?q=tag:{}", "?q=-tag:{}", "/suggest?q=tag:{}", "/palette", "/tags")


def test_no_page_tells_a_reporter_of_another_callouts_tag(app: Flask, session: Session, cast: Cast) -> None:
    theirs, mine = by_form(session, cast.overtime), by_form(session, cast.borders)
    carol, bob = app.test_client(), app.test_client()
    sign_in(carol, cast.carol)
    sign_in(bob, cast.bob)
    carol.post(f"/desk/tips/{theirs}/tag", data={"names": "salary"})
    assert "salary" in carol.get("/desk/tags").text
    for place in (*WHERE_TAGS_STAND, "/numbers", "/facts", "/macros", "/views", "/activity", f"/tips/{mine}"):
        told, of_none = (bob.get(f"/desk{place.format(name)}") for name in ("salary", "salarx"))
        assert told.status_code == of_none.status_code == 200, place
        assert alike(told.text).replace("salary", "salarx") == alike(of_none.text), place
        assert "salary" in place.format("salary") or "salary" not in told.text, place
    tag_id = session.scalars(select(col(Tag.id)).where(col(Tag.name) == "salary")).one()
    for id_ in (tag_id, 9_999):
        for path, data in (("", {"name": "x", "colour": "teal"}), ("/merge", {"into": "salary"}), ("/delete", {})):
            assert bob.post(f"/desk/tags/{id_}{path}", data=data).status_code == 403, path


def alike(page: str) -> str:
    """A page without what differs each time that it is drawn."""
    return re.sub(r'((?:csrf|submission)[^>]*?value="|X-CSRF-Token": ")[^"]*|value="[\w-]{22}"', r"\1", page)
