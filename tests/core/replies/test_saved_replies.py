"""Saved replies: what they become, where they are offered, and that no placeholder ever reaches a reader."""

import pytest
from sqlmodel import Session, select

from tests.arrivals import mail
from tests.fixtures_db import Cast
from tipline.core import intake, replies
from tipline.core.outgoing_mail import Sender
from tipline.core.replies import saved_replies
from tipline.core.replies.saved_replies import Meanings, SavedDraft
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.models import Event, Verb

DESK = Sender("The Meridian", "borders@meridian.example", plus=True)
TEXT = "Dear {reader}, thank you. {reporter}, {newsroom}: {link}"


def test_placeholders_become_what_they_stand_for_and_what_is_not_known_stays() -> None:
    known = Meanings(reader="Mei L.", reporter="Bob", newsroom="The Meridian", link="https://m.example/m/1")
    assert saved_replies.filled(TEXT, known) == "Dear Mei L., thank you. Bob, The Meridian: https://m.example/m/1"
    tricky = Meanings(reader="{reporter}", reporter="Bob", newsroom="N", link="L")
    assert saved_replies.filled("{reader} {reporter}", tricky) == "{reporter} Bob"
    assert saved_replies.filled("Dear {reader}", Meanings()) == "Dear {reader}"


@pytest.mark.parametrize("text", ["Dear {raeder}", "Dear { reader }", "{Reader}", "{0}", "{reader.__class__}"])
def test_a_placeholder_that_nobody_knows_is_refused_when_saved(session: Session, cast: Cast, text: str) -> None:
    with pytest.raises(Refused, match="There is no placeholder"):
        saved_replies.save(session, None, SavedDraft("thanks", text), cast.bob)


@pytest.mark.parametrize("text", ["Dear {reader}", "see {link}", "Dear {raeder}"])
def test_no_reply_leaves_with_a_placeholder_in_it(session: Session, cast: Cast, text: str) -> None:
    tip_id = intake.receive(session, mail(callout_id=cast.borders)).tip_id
    with pytest.raises(Refused, match="still stands"):
        replies.queue(session, tip_id, text, cast.bob, DESK)


def test_they_are_offered_for_their_callout_and_in_the_readers_language_first(session: Session, cast: Cast) -> None:
    for name, callout_id, language in (
        ("any", None, ""), ("zh", None, "zh_Hans"), ("en", cast.borders, "en"), ("other", cast.overtime, ""),
    ):  # fmt: skip
        saved_replies.save(session, None, SavedDraft(name, "Hello", callout_id, language), cast.alice)
    assert [row.name for row in saved_replies.for_tip(session, cast.borders, "zh-Hans")] == ["zh", "any", "en"]
    assert [row.name for row in saved_replies.for_desk(session, cast.carol)] == ["any", "other", "zh"]
    hidden = saved_replies.for_desk(session, cast.alice)[1]
    with pytest.raises(NotVisible):
        saved_replies.find(session, hidden.id or 0, cast.carol)
    with pytest.raises(NotVisible):
        saved_replies.save(session, None, SavedDraft("mine", "Hello", cast.borders), cast.carol)


def test_they_are_changed_and_taken_away_and_each_is_in_the_history(session: Session, cast: Cast) -> None:
    row = saved_replies.save(session, None, SavedDraft("/thanks", "Thank you"), cast.bob)
    assert row.name == "thanks"
    saved_replies.save(session, row.id, SavedDraft("谢谢", "Thank you so much", None, "zh_Hans"), cast.alice)
    with pytest.raises(Refused, match="of this name already"):
        saved_replies.save(session, None, SavedDraft("谢谢", "Again", None, "zh_Hans"), cast.bob)
    saved_replies.remove(session, row.id or 0, cast.bob)
    told = session.exec(select(Event).where(Event.verb == Verb.SAVED_REPLY).order_by(Event.id))  # type: ignore[arg-type]
    assert [event.after for event in told] == ["made", "changed", "removed"]
    with pytest.raises(NotAllowed):
        saved_replies.save(session, None, SavedDraft("x", "Hello"), cast.dave)


@pytest.mark.parametrize(
    ("name", "text"), [("two words", "x"), ("", "x"), ("x" * 61, "x"), ("a", " "), ("a", "x" * 20_001)]
)
def test_a_name_is_one_word_and_a_text_is_not_endless(session: Session, cast: Cast, name: str, text: str) -> None:
    with pytest.raises(Refused):
        saved_replies.save(session, None, SavedDraft(name, text), cast.bob)
