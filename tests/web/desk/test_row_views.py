"""Rows of the desk's lists: how a story begins after its title, and marks that equal rows share."""

import pytest
from flask import Flask
from sqlmodel import Session

from tests.fixtures_db import Cast
from tests.fixtures_web import Browser
from tests.web.arriving import by_form, by_mail
from tests.web.desk.test_inbox import desk, open_as
from tipline.core import tags, triage
from tipline.core.tags import merging
from tipline.models import Account, TagColour
from tipline.web.desk.row_views import snippet

__all__ = ["desk"]  # a fixture


def row_of(page: str, tip_id: int) -> str:
    return page.partition(f'id="row-{tip_id}"')[2].partition("</li>")[0]


@pytest.mark.parametrize(
    ("title", "excerpt", "said"),
    [
        ("Separated", "We wait in Ruili since March.", "We wait in Ruili since March."),
        ("We wait in Ruili.", "We wait in Ruili. My son is six.", "My son is six."),
        ("We wait in Ruili and no…", "We wait in Ruili and nobody answers.", "body answers."),
        ("领导说：“你看。", "领导说：“你看。” 产品经理，深圳。", "产品经理，深圳。"),
        ("We wait in Ruili.", "We wait in Ruili.", ""),
        ("", "", ""),
    ],
)
def test_a_row_says_how_the_story_goes_on_after_its_title(title: str, excerpt: str, said: str) -> None:
    assert snippet(title, excerpt) == said


def test_a_row_shows_the_story_beside_a_subject(desk: Browser, session: Session, cast: Cast) -> None:
    tip_id = by_mail(session, cast.borders, subject="Separated from my son")
    row = row_of(desk.get("/desk").text, tip_id)
    assert "Separated from my son</span>" in row and '<span class="begins"' in row


def test_rows_that_show_the_same_show_it_in_each_reporter_s_language(
    desk: Browser, app: Flask, session: Session, cast: Cast
) -> None:
    tip_id = by_form(session, cast.borders)
    triage.assign(session, tip_id, cast.bob.account_id, cast.alice)
    session.get_one(Account, cast.bob.account_id).locale = "zh_Hans"
    session.commit()
    bob = open_as(app, cast.bob)
    for _ in range(2):
        assert "assigned to Bob" in row_of(desk.get("/desk").text, tip_id)
        assert "指派给 Bob" in row_of(bob.get("/desk").text, tip_id)


def test_a_tag_s_new_colour_is_on_all_rows_that_have_it(desk: Browser, session: Session, cast: Cast) -> None:
    tip_ids = [by_form(session, cast.borders, minutes=n, text=f"Story number {n}") for n in range(2)]
    for tip_id in tip_ids:
        triage.tag(session, tip_id, ["visa"], cast.alice)
    session.commit()
    page = desk.get("/desk").text
    assert all('<span class="tag ">visa</span>' in row_of(page, tip_id) for tip_id in tip_ids)
    [visa] = tags.used(session, cast.alice, [])
    merging.change(session, visa.tag.id or 0, "visa", TagColour.PINK, "", cast.alice)
    session.commit()
    page = desk.get("/desk").text
    assert all('<span class="tag pink">visa</span>' in row_of(page, tip_id) for tip_id in tip_ids)
