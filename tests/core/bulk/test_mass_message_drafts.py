"""What is begun to many readers: one person's own, found by whom it is to, and gone once it is sent or erased."""

import pytest
from sqlalchemy import select
from sqlmodel import Session

from tests.core.making import make_tip
from tests.fixtures_db import Cast
from tipline.core.access import Actor
from tipline.core.bulk import mass_message_drafts, mass_messages
from tipline.core.retention import erasure
from tipline.core.tips import reply_drafts
from tipline.errors import NotAllowed, Refused
from tipline.models import MassMessageDraft


@pytest.fixture
def ids(session: Session, cast: Cast) -> list[int]:
    return [make_tip(session, cast.borders, f"Story {n}").id or 0 for n in range(3)]


def keep(session: Session, by: Actor, ids: list[int], text: str, seen: str = "", page: str = "p1") -> MassMessageDraft:
    return mass_message_drafts.keep(session, page, ids, text, by, seen) or pytest.fail("none")


def version(row: MassMessageDraft) -> str:
    return reply_drafts.version(row.changed_at)


def texts(session: Session, by: Actor) -> list[str]:
    return [row.text for row in mass_message_drafts.begun(session, by)]


def test_it_is_found_by_whom_it_is_to_and_by_its_author_alone(session: Session, cast: Cast, ids: list[int]) -> None:
    theirs = make_tip(session, cast.overtime).id or 0
    keep(session, cast.bob, [ids[1], theirs, ids[0]], "Dear {reader}")
    keep(session, cast.bob, ids, "Dear all", page="p2")
    mine = mass_message_drafts.begun(session, cast.bob)
    found = mass_message_drafts.to(session, mine, [ids[0], ids[1]], cast.bob)
    assert found and (found.text, found.tips) == ("Dear {reader}", ids[:2])  # carol's tip is none of bob's
    assert mass_message_drafts.to(session, mine, ids[:1], cast.bob) is None
    assert [row.text for row in mine] == ["Dear all", "Dear {reader}"]
    assert mass_message_drafts.begun(session, cast.alice) == []
    mass_message_drafts.done(session, "p1", cast.alice)
    mass_message_drafts.done(session, "p2", cast.bob)
    assert texts(session, cast.bob) == ["Dear {reader}"]
    assert mass_message_drafts.keep(session, "p1", ids, " ", cast.bob, version(mine[1])) is None
    assert texts(session, cast.bob) == []


def test_of_two_windows_on_one_draft_neither_overwrites_the_other(session: Session, cast: Cast, ids: list[int]) -> None:
    seen = version(keep(session, cast.bob, ids, "Dear all"))
    first = version(keep(session, cast.bob, ids, "Dear all, first", seen))
    other = keep(session, cast.bob, ids, "Dear all, second", seen)
    assert other.submission != "p1" and sorted(texts(session, cast.bob)) == ["Dear all, first", "Dear all, second"]
    assert mass_message_drafts.keep(session, "p1", ids, "", cast.bob, seen) is None
    assert len(texts(session, cast.bob)) == 2
    assert keep(session, cast.bob, ids, "Dear all, first", seen).submission == "p1"  # it stands so
    assert keep(session, cast.bob, ids, "Dear all, third", first).submission == "p1"


def test_what_no_page_would_send_is_refused_or_gets_an_id_of_its_own(
    session: Session, cast: Cast, ids: list[int]
) -> None:
    with pytest.raises(NotAllowed):
        mass_message_drafts.keep(session, "p1", ids, "Hello", cast.dave, "")
    with pytest.raises(Refused, match="100,000"):
        mass_message_drafts.keep(session, "p1", ids, "x" * 100_001, cast.bob, "")
    with pytest.raises(Refused, match="200"):
        mass_message_drafts.keep(session, "p1", range(1, mass_messages.MAX_READERS + 2), "Hello", cast.bob, "")
    for page in ("", "\0", "x" * 41):
        assert 0 < len(keep(session, cast.bob, ids, "Hello", page=page).submission) <= 40


def test_to_nobody_nothing_is_begun(session: Session, cast: Cast, ids: list[int]) -> None:
    assert mass_message_drafts.keep(session, "p1", ids, "Hello", cast.carol, "") is None
    assert texts(session, cast.carol) == []


def test_it_goes_with_each_tip_that_is_erased(session: Session, cast: Cast, ids: list[int]) -> None:
    keep(session, cast.bob, ids[:2], "Dear Mei")
    keep(session, cast.bob, ids[2:], "Dear Wei", page="p2")
    erasure.erase(session, ids[0], cast.alice)
    assert [row.text for row in session.scalars(select(MassMessageDraft))] == ["Dear Wei"]
