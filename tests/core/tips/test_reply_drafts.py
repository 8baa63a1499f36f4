"""Drafts: kept for one person, never overwritten by a window that has not seen the other's, gone when sent."""

import pytest
from sqlalchemy import select
from sqlmodel import Session

from tests.arrivals import mail
from tests.core.making import TODAY, make_tip
from tests.fixtures_db import Cast
from tests.plans import plan, watching
from tipline.core import inbox, intake, outbox, replies, triage
from tipline.core.filters import Filters
from tipline.core.outgoing_mail import Sender
from tipline.core.retention import erasure
from tipline.core.tips import reply_drafts
from tipline.core.tips.reply_drafts import OtherWindow, SavedReplyDraft
from tipline.db import is_sqlite
from tipline.errors import NotVisible, Refused
from tipline.models import DraftKind, ReplyDraft, Verification

DESK = Sender("The Meridian", "borders@meridian.example", plus=True)
REPLY, NOTE = DraftKind.REPLY, DraftKind.NOTE


@pytest.fixture
def tip_id(session: Session, cast: Cast) -> int:
    return intake.receive(session, mail(callout_id=cast.borders)).tip_id


def test_a_draft_is_there_again_for_who_wrote_it_and_for_nobody_else(session: Session, cast: Cast, tip_id: int) -> None:
    first = reply_drafts.keep(session, tip_id, REPLY, "Thank", cast.bob, "")
    reply_drafts.keep(session, tip_id, REPLY, "Thank you\0 so", cast.bob, first.version)
    reply_drafts.keep(session, tip_id, NOTE, "Call her", cast.bob, "")
    assert {kind: kept.text for kind, kept in reply_drafts.of_tip(session, tip_id, cast.bob).items()} == {
        REPLY: "Thank you so",
        NOTE: "Call her",
    }
    assert reply_drafts.of_tip(session, tip_id, cast.alice) == {}
    with pytest.raises(NotVisible):
        reply_drafts.keep(session, tip_id, REPLY, "Mine", cast.carol, "")


def test_the_window_that_comes_later_is_told_and_overwrites_nothing(session: Session, cast: Cast, tip_id: int) -> None:
    first = reply_drafts.keep(session, tip_id, REPLY, "From the desk", cast.bob, "")
    with pytest.raises(OtherWindow) as told:
        reply_drafts.keep(session, tip_id, REPLY, "From the phone", cast.bob, "")
    assert told.value.kept == first
    assert reply_drafts.of_tip(session, tip_id, cast.bob)[REPLY] == first
    chosen = reply_drafts.keep(session, tip_id, REPLY, "From the phone", cast.bob, told.value.kept.version)
    assert chosen.text == "From the phone"
    assert chosen.version > first.version


def test_the_same_text_twice_is_no_conflict_and_an_empty_one_takes_the_draft_away(
    session: Session, cast: Cast, tip_id: int
) -> None:
    first = reply_drafts.keep(session, tip_id, REPLY, "Hello", cast.bob, "")
    assert reply_drafts.keep(session, tip_id, REPLY, "Hello", cast.bob, "") == first
    assert reply_drafts.keep(session, tip_id, REPLY, "  ", cast.bob, first.version) == SavedReplyDraft("", "")
    with pytest.raises(OtherWindow) as told:  # another window took it away, or sent it
        reply_drafts.keep(session, tip_id, REPLY, "Hello again", cast.bob, first.version)
    assert told.value.kept == SavedReplyDraft("", "")
    with pytest.raises(Refused, match="100,000"):
        reply_drafts.keep(session, tip_id, REPLY, "x" * 100_001, cast.bob, "")


def test_sending_takes_the_draft_along_but_not_what_another_window_wrote_since(
    session: Session, cast: Cast, tip_id: int
) -> None:
    kept = reply_drafts.keep(session, tip_id, REPLY, "Thank", cast.bob, "")
    replies.queue(session, tip_id, "Thank you", cast.bob, DESK, draft=kept.version)
    assert reply_drafts.of_tip(session, tip_id, cast.bob) == {}
    reply_drafts.keep(session, tip_id, REPLY, "Something else", cast.bob, "")
    replies.queue(session, tip_id, "And one more", cast.bob, DESK, draft="1")
    assert reply_drafts.of_tip(session, tip_id, cast.bob)[REPLY].text == "Something else"


def test_a_reply_taken_back_stands_above_what_was_begun_since(session: Session, cast: Cast, tip_id: int) -> None:
    out = replies.queue(session, tip_id, "First thought", cast.bob, DESK)
    reply_drafts.keep(session, tip_id, REPLY, "Second thought", cast.bob, "")
    outbox.withdraw(session, out.id, cast.bob)
    assert reply_drafts.of_tip(session, tip_id, cast.bob)[REPLY].text == "First thought\n\nSecond thought"


def test_the_row_of_a_list_says_that_there_is_a_draft_to_who_wrote_it(session: Session, cast: Cast) -> None:
    with_draft = make_tip(session, cast.borders, "One")
    make_tip(session, cast.borders, "Two", minutes=1)
    reply_drafts.keep(session, with_draft.id or 0, NOTE, "Call her", cast.bob, "")

    def marked(by: object) -> list[bool]:
        return [row.draft for row in inbox.page(session, Filters(), by, TODAY).rows]  # type: ignore[arg-type]

    assert (marked(cast.bob), marked(cast.alice)) == ([False, True], [False, False])
    with watching(session) as watched:
        marked(cast.bob)
    (statement, parameters) = next(one for one in watched.statements if "FROM reply_draft" in one[0])
    if is_sqlite(session):
        assert "SCAN" not in " ".join(plan(session, statement, parameters))


def test_drafts_go_along_when_a_tip_is_joined_and_are_gone_when_it_is_erased(
    session: Session, cast: Cast, tip_id: int
) -> None:
    other = intake.receive(session, mail("More", callout_id=cast.borders, message_id="two@mail.example")).tip_id
    reply_drafts.keep(session, other, REPLY, "Below", cast.bob, "")
    reply_drafts.keep(session, tip_id, REPLY, "Above", cast.bob, "")
    reply_drafts.move(session, other, tip_id)
    assert reply_drafts.of_tip(session, other, cast.bob) == {}
    assert reply_drafts.of_tip(session, tip_id, cast.bob)[REPLY].text == "Above\n\nBelow"
    erasure.erase(session, tip_id, cast.alice)
    assert session.scalars(select(ReplyDraft)).all() == []


def test_taking_a_reply_back_takes_back_that_the_tip_waits(session: Session, cast: Cast, tip_id: int) -> None:
    out = replies.queue(session, tip_id, "Hello", cast.bob, DESK)
    tip = triage.access.tip(session, tip_id, cast.bob)
    assert (tip.status, tip.answered_at is None) == ("waiting", False)
    outbox.withdraw(session, out.id, cast.bob)
    assert (tip.status, tip.answered_at) == ("new", None)
    again = replies.queue(session, tip_id, "Hello", cast.bob, DESK)
    triage.set_choice(session, tip_id, Verification.VERIFIED, cast.bob)
    triage.set_status(session, tip_id, triage.Status.READY, cast.alice)
    outbox.withdraw(session, again.id, cast.bob)
    assert tip.status == "ready"  # somebody moved it since
