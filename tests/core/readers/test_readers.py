"""Who readers are is shown in part, to some, and opened with a line in the history."""

import pytest
from pytest import MonkeyPatch
from sqlalchemy import select
from sqlmodel import Session, col

from tests.arrivals import form, mail
from tests.fixtures_db import Cast
from tipline.core import intake, readers
from tipline.core.readers import same_reader
from tipline.core.tip_page import conversation
from tipline.errors import NotAllowed, NotVisible
from tipline.models import Event, Tip, TipAccess, Verb


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Wei Li", "Wei L."),
        ("Li, Wei", "Wei L."),
        ("Priya", "Priya"),
        ("Maria del Carmen Ruiz", "Maria R."),
        ("李伟", "李某"),
        ("𠮷田", "𠮷某"),
        ("김민준", "김某"),
        ("タロウ", "タ"),
        ("がく", "が"),
        ("สมชาย", "ส"),
        ("मोहन", "मोहन"),
        ("Владимир", "Владимир"),
        ("Иван Петров", "Иван П."),
        ("Mei (Wuhan)", "Mei W."),
        ("Wang 小明", "Wang 小."),
        ("“Mei”", "Mei"),
        ("J. R. Smith", "J. S."),
        ("Wei L.", "Wei L."),
        ("+44 7700 900123", ""),
        ("(020) 55", ""),
        ("٠١٢٣", ""),
        ("mei1988", ""),
        ("mei.chen", ""),
        ("mei (at) mail.example", ""),
        ("https://mei.example", ""),
        ("?", ""),
        ("mei@mail.example", ""),
        ("", ""),
    ],
)
def test_a_short_name_gives_away_little(name: str, short: str) -> None:
    assert readers.short(name) == short
    assert readers.short(short) == short


def test_a_name_that_was_kept_longer_is_shown_short(session: Session, cast: Cast, monkeypatch: MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "short", lambda name: name)
    kept = [
        session.get_one(Tip, intake.receive(session, form(reader_name=name, submission_id=name)).tip_id)
        for name in ("タロウ", "+44 9.")
    ]
    monkeypatch.undo()
    assert [readers.short_name(session, tip, cast.alice) for tip in kept] == ["タ", f"Reader {kept[1].reader_id}"]


@pytest.mark.parametrize(
    ("phone", "normal"),
    [("+86 139 0000-0000", "+8613900000000"), ("0086 13900000000", "+8613900000000"), ("(020) 55", "02055")],
)
def test_a_phone_is_found_however_it_is_written(phone: str, normal: str) -> None:
    assert readers.normal_phone(phone) == normal


def test_viewers_and_restricted_tips_show_a_number_in_place_of_a_name(session: Session, cast: Cast) -> None:
    tip = session.get_one(Tip, intake.receive(session, mail(callout_id=cast.borders)).tip_id)
    assert readers.short_name(session, tip, cast.bob) == "Mei C."
    assert readers.short_name(session, tip, cast.dave) == f"Reader {tip.reader_id}"
    tip.restricted = True
    session.add(TipAccess(tip_id=tip.id or 0, account_id=cast.bob.account_id))
    session.flush()
    assert readers.short_name(session, tip, cast.bob) == f"Reader {tip.reader_id}"


def test_opening_an_identity_is_a_line_in_the_history_and_not_for_viewers(session: Session, cast: Cast) -> None:
    tip_id = intake.receive(session, mail(callout_id=cast.borders, signature="Mei, Dalian")).tip_id
    identity = readers.identity(session, tip_id, cast.bob)
    assert (identity.name, identity.emails) == ("Mei Chen", [("mei@mail.example", True)])
    assert identity.mails[0].signature == "Mei, Dalian"
    seen = session.scalars(select(Event).where(col(Event.verb) == Verb.IDENTITY_SEEN)).all()
    assert [(e.account_id, e.tip_id) for e in seen] == [(cast.bob.account_id, tip_id)]
    with pytest.raises(NotAllowed):
        readers.identity(session, tip_id, cast.dave)
    with pytest.raises(NotVisible):
        readers.identity(session, tip_id, cast.carol)


def test_a_readers_other_tips_are_shown_only_where_they_may_be_seen(session: Session, cast: Cast) -> None:
    one = intake.receive(session, mail(callout_id=cast.borders)).tip_id
    two = intake.receive(session, mail(callout_id=cast.overtime, message_id="2@x")).tip_id
    tip = session.get_one(Tip, one)
    assert [t.id for t in same_reader.other_tips(session, tip, cast.alice)] == [two]
    assert same_reader.other_tips(session, tip, cast.bob) == []


def test_the_readers_page_shows_no_notes_no_names_and_no_events(session: Session, cast: Cast) -> None:
    tip_id = intake.receive(session, form(callout_id=cast.borders, reader_name="Mei Chen")).tip_id
    shown = conversation.for_reader(session, tip_id)
    assert [(e.kind, e.who) for e in shown] == [("message", "")]
