"""Calling colleagues in notes: found as people type it, kept, and refused where they can't come."""

import re

import pytest
from sqlmodel import Session, select

from tests.core.making import make_tip
from tests.fixtures_db import Cast
from tipline.core import following, triage
from tipline.core.triage import mentions
from tipline.core.triage.mentions import CANT_SEE
from tipline.errors import Refused
from tipline.models import Account, Mention, Note, TipAccess

PEOPLE = {1: "Bob Reporter", 2: "Bob", 3: "李娜", 4: "Ana María Ríos", 5: "Mei Lin", 6: "Mei Wu"}


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("@Bob Reporter, look", [("@Bob Reporter", 1)]),
        ("ask @bob, or @Bob's desk", [("@bob", 2), ("@Bob", 2)]),
        ("(＠李娜)看一下", [("＠李娜", 3)]),
        ("请@李娜看一下", [("@李娜", 3)]),
        ("@Ana call them; @ANA MARÍA RÍOS too", [("@Ana", 4), ("@ANA MARÍA RÍOS", 4)]),
        ("@Mei", []),
        ("@Mei Lin and @Bobby", [("@Mei Lin", 5)]),
        ("write to bob@bob.example, not x.@bob", []),
        ("@", []),
        ("@@Bob", [("@Bob", 2)]),
    ],
)
def test_names_are_found_as_people_type_them(text: str, called: list[tuple[str, int]]) -> None:
    found = [(text[call.begin : call.end], call.account_ids[0]) for call in mentions.calls(text, PEOPLE)]
    assert found == called


def test_who_is_called_follows_the_tip(session: Session, cast: Cast) -> None:
    tip_id = make_tip(session, cast.borders).id or 0
    note = triage.note(session, tip_id, "@bob @Bob @Alice, see page 2", cast.alice)
    kept = session.scalars(select(Mention)).all()
    assert [(row.account_id, row.note_id, row.tip_id) for row in kept] == [(cast.bob.account_id, note.id, tip_id)]
    assert following.is_following(session, tip_id, cast.bob)
    assert mentions.of_tip(session, tip_id) == {note.id: {cast.bob.account_id: "Bob"}}


def test_nobody_is_called_to_a_tip_that_they_do_not_see_or_work_on(session: Session, cast: Cast) -> None:
    tip_id = make_tip(session, cast.borders).id or 0
    hidden = make_tip(session, cast.borders, restricted=True).id or 0
    session.add(TipAccess(tip_id=hidden, account_id=cast.bob.account_id))
    session.commit()
    for where, by, text in (
        (tip_id, cast.bob, "@Carol, yours?"),
        (tip_id, cast.bob, "@Dave and @Bob"),
        (hidden, cast.bob, "@Alice"),
    ):
        with pytest.raises(Refused, match=re.escape(CANT_SEE)) as refused:
            triage.note(session, where, text, by)
        assert refused.value.name in text
        session.rollback()
    assert session.scalars(select(Note)).all() == []
    session.get_one(Account, cast.carol.account_id).active = False
    session.flush()
    triage.note(session, tip_id, "@Carol left", cast.bob)
    assert session.scalars(select(Mention)).all() == []
