"""One message to many readers: who gets it and who does not, once each, and all of it back."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlmodel import Session, col

from tests.arrivals import form, mail
from tests.core.making import TODAY, make_tip
from tests.core.turns import in_turns
from tests.fixtures_db import Cast
from tipline.core import bulk, consent, filters, intake, outbox, replies, triage
from tipline.core.access import Actor
from tipline.core.bulk import last_change, mass_messages
from tipline.core.bulk.mass_messages import MassMessage, Obstacle, PersonalText, Wording
from tipline.core.bulk.steps import BulkStep
from tipline.core.outbox import sending
from tipline.core.outgoing_mail import Sender
from tipline.core.presence.page_state import PageState, known_by
from tipline.core.readers import same_reader
from tipline.core.retention import erasure
from tipline.core.tips import reply_drafts
from tipline.db import Database, now
from tipline.errors import Conflict, NotAllowed, NotVisible, Refused
from tipline.models import (
    BulkChange,
    DraftKind,
    Event,
    Message,
    Outgoing,
    SendState,
    Status,
    Tip,
    TipAccess,
    Verb,
    Verification,
)  # fmt: skip
from tipline.vocabularies import ConsentChoice, ContactChoice

DESK = Sender("The Meridian", "borders@meridian.example", plus=True)
PRESS = MassMessage("one", PageState(2**30), timedelta(seconds=10))


def wording(text: str = "Hello {reader}, have you any papers left?") -> Wording:
    return Wording(text, {n: PersonalText(text.replace("{reader}", f"reader {n}"), DESK) for n in range(1, 20)})


def by_mail(session: Session, cast: Cast, n: int, **values: object) -> int:
    given = {"sender": f"reader{n}@mail.example", "message_id": f"{n}@mail.example", "subject": f"Story {n}"}
    return intake.receive(session, mail(callout_id=cast.borders, **{**given, **values})).tip_id


@pytest.fixture
def ids(session: Session, cast: Cast) -> list[int]:
    return [by_mail(session, cast, n) for n in range(3)]


def undo(session: Session, change: BulkChange, by: Actor) -> BulkChange:
    begun = bulk.begin_undo(session, change.id or 0, by)
    assert not bulk.go_on(session, begun.id or 0)
    return begun


def waiting(session: Session) -> int:
    return session.scalar(select(func.count()).where(col(Outgoing.state) == SendState.QUEUED)) or 0


def test_each_gets_their_own_in_their_own_conversation(session: Session, cast: Cast, ids: list[int]) -> None:
    done = mass_messages.send(session, ids, wording(), PRESS, cast.bob)
    assert done.tips == tuple(ids) and done.change.changed == 3
    assert sending.due(session) == [], "there are ten seconds to take it back"
    for n, tip_id in enumerate(ids):
        out = session.scalars(select(Outgoing).where(col(Outgoing.tip_id) == tip_id)).one()
        ready = sending.mark_sending(session, out.id)
        assert ready and ready.recipient == f"reader{n}@mail.example"
        sent = ready.content.decode()
        assert f"To: reader{n}@mail.example" in sent and f"In-Reply-To: <{n}@mail.example>" in sent
        assert f"Hello reader {tip_id}," in sent and sent.count("@mail.example") == 3
        assert "\nCc:" not in sent and "\nBcc:" not in sent
        assert session.get_one(Tip, tip_id).status is Status.WAITING
    written = session.scalars(select(Event).where(col(Event.verb) == Verb.REPLY)).all()
    assert [event.bulk_id for event in written] == [done.change.id] * 3


def test_who_can_not_be_reached_is_named_with_the_reason(session: Session, cast: Cast, ids: list[int]) -> None:
    def made(**values: object) -> int:
        return make_tip(session, cast.borders, minutes=1, **values).id or 0

    page = make_tip(session, cast.borders, "By form", code_hash="x").id or 0
    withdrawn = by_mail(session, cast, 10)
    for choice in (ConsentChoice.NAME, ConsentChoice.BACKGROUND):
        consent.change(session, session.get_one(Tip, withdrawn), choice, today=TODAY)
    background = by_mail(session, cast, 11)
    consent.change(session, session.get_one(Tip, background), ConsentChoice.BACKGROUND, today=TODAY)
    bounced = by_mail(session, cast, 12)
    out = replies.queue(session, bounced, "Hello", cast.bob, DESK)
    out.state = SendState.BOUNCED
    restricted = made(restricted=True)
    session.add(TipAccess(tip_id=restricted, account_id=cast.bob.account_id))
    hindered = {
        Obstacle.NO_WAY: [made()],
        Obstacle.NO_CONTACT: [made(contact=ContactChoice.NO, code_hash="y")],
        Obstacle.SPAM: [made(status=Status.SPAM, code_hash="z")],
        Obstacle.AUTOMATIC: [made(automatic=True, code_hash="a")],
        Obstacle.MERGED: [made(merged_into=ids[0], code_hash="b")],
        Obstacle.BAD_ADDRESS: [by_mail(session, cast, 13, sender="mei li@mail.example")],
        Obstacle.WITHDRAWN: [withdrawn],
        Obstacle.BOUNCED: [bounced],
        Obstacle.RESTRICTED: [restricted],
    }
    theirs = make_tip(session, cast.overtime, code_hash="c").id or 0
    everyone = [*ids, page, background, theirs, *(one for some in hindered.values() for one in some)]
    found = mass_messages.reach(session, everyone, cast.bob)
    assert found.ids == [*ids, page, background]
    assert [one.by_mail for one in found.there] == [True] * 3 + [False, True]
    assert found.hindered == hindered
    assert theirs in mass_messages.reach(session, everyone, cast.alice).ids
    with pytest.raises(NotAllowed):
        mass_messages.reach(session, ids, cast.dave)


def test_a_reader_of_several_tips_is_written_to_once_where_they_wrote_last(session: Session, cast: Cast) -> None:
    first, second = by_mail(session, cast, 1), by_mail(session, cast, 2)
    same_reader.same(session, first, second, cast.bob)
    again = intake.receive(session, form(callout_id=cast.borders, reader_email="Reader2@Mail.example")).tip_id
    session.get_one(Tip, second).reader_wrote_at += timedelta(minutes=1)
    found = mass_messages.reach(session, [first, again, second], cast.bob)
    assert found.ids == [second]
    assert found.hindered == {Obstacle.SAME_READER: [first, again]}


def test_what_a_placeholder_stands_for_must_be_known(session: Session, cast: Cast, ids: list[int]) -> None:
    own = {tip_id: PersonalText("Hello {reader}" if tip_id == ids[0] else "Hello Mei", DESK) for tip_id in ids}
    found = mass_messages.fitting(mass_messages.reach(session, ids, cast.bob), Wording("Hello {reader}", own))
    assert found.ids == ids[1:] and found.hindered == {Obstacle.UNFILLED: ids[:1]}
    for text in (" ", "x" * 50_001):
        with pytest.raises(Refused):
            mass_messages.fitting(found, wording(text))


@pytest.mark.parametrize("typed", ["{nonsense}", "{Reader}", "{first name}", "{名字}"])
def test_what_stands_for_nothing_is_named_and_goes_to_nobody(
    session: Session, cast: Cast, ids: list[int], typed: str
) -> None:
    text = f"Hello {{reader}}, {typed}"
    found = mass_messages.reach(session, ids, cast.bob)
    with pytest.raises(Refused) as refused:
        mass_messages.fitting(found, wording(text))
    assert refused.value.name == typed
    with pytest.raises(Refused, match="There is no placeholder"):
        mass_messages.send(session, ids, wording(text), PRESS, cast.bob)
    assert waiting(session) == 0


def test_a_press_counts_once_however_often_it_comes(session: Session, cast: Cast, ids: list[int]) -> None:
    first = mass_messages.send(session, ids, wording(), PRESS, cast.bob)
    again = mass_messages.send(session, ids, wording(), PRESS, cast.bob)
    assert again.change is first.change and waiting(session) == 3
    other = mass_messages.send(session, ids, wording("Another question"), PRESS, cast.bob)
    assert other.change is not first.change and waiting(session) == 6, "the page was kept, and its text changed"
    undo(session, first.change, cast.bob)
    with pytest.raises(Conflict):
        mass_messages.send(session, ids, wording(), PRESS, cast.bob)
    assert waiting(session) == 3


def test_of_two_presses_at_the_same_time_one_sends(
    database: Database, session: Session, cast: Cast, ids: list[int]
) -> None:
    session.commit()
    press = lambda other: mass_messages.send(other, ids, wording(), PRESS, cast.bob)  # noqa: E731
    assert in_turns(database, [press], [press]) == []
    assert waiting(session) == 3


def test_taking_back_and_sending_never_wait_for_each_other(
    database: Database, session: Session, cast: Cast, ids: list[int]
) -> None:
    done = mass_messages.send(session, ids, wording(), PRESS, cast.bob)
    first = session.scalars(select(col(Outgoing.id)).order_by(col(Outgoing.id).desc())).first() or 0
    session.commit()

    def take_back(other: Session) -> None:
        bulk.go_on(other, bulk.begin_undo(other, done.change.id or 0, cast.bob).id or 0)

    def leave(other: Session) -> None:
        if sending.mark_sending(other, first):
            sending.mark_sent(other, first)

    assert in_turns(database, [take_back], [leave]) == []
    session.expire_all()
    states = [out.state for out in session.scalars(select(Outgoing))]
    assert set(states) <= {SendState.SENT, SendState.WITHDRAWN} and states.count(SendState.WITHDRAWN) >= 2


def test_all_of_it_comes_back_while_it_is_here(session: Session, cast: Cast, ids: list[int]) -> None:
    triage.set_status(session, ids[0], Status.WAITING, cast.bob)
    reply_drafts.put(session, ids[1], DraftKind.REPLY, "Begun before", cast.bob)
    done = mass_messages.send(session, ids, wording(), PRESS, cast.bob)
    found = last_change.last(session, cast.bob)
    assert found and found.change is done.change
    begun = undo(session, done.change, cast.bob)
    assert (begun.total, begun.changed) == (3, 3)
    assert waiting(session) == 0
    statuses = [session.get_one(Tip, i).status for i in ids]
    assert statuses == [Status.WAITING, Status.NEW, Status.NEW]
    assert session.get_one(Tip, ids[1]).answered_at is None
    assert reply_drafts.of_tip(session, ids[1], cast.bob)[DraftKind.REPLY].text == "Begun before"
    assert reply_drafts.of_tip(session, ids[2], cast.bob) == {}
    text, back = mass_messages.taken_back(session, done.change.id or 0, cast.bob)
    assert text.startswith("Hello {reader}") and sorted(back) == ids
    with pytest.raises(NotVisible):
        mass_messages.taken_back(session, done.change.id or 0, cast.alice)


def test_what_has_left_stays_and_z_goes_on_once_that_was_said(session: Session, cast: Cast, ids: list[int]) -> None:
    triage.set_choice(session, ids[0], Verification.VERIFIED, cast.bob)
    done = mass_messages.send(session, ids, wording(), PRESS, cast.bob)
    mails = session.scalars(select(Outgoing).order_by(col(Outgoing.tip_id))).all()
    mails[0].state = SendState.SENT
    session.flush()
    begun = undo(session, done.change, cast.bob)
    assert (begun.total, begun.changed) == (3, 2)
    assert session.get_one(Tip, ids[0]).status is Status.WAITING
    assert mass_messages.taken_back(session, done.change.id or 0, cast.bob)[1] == [ids[2], ids[1]]
    second = mass_messages.send(session, ids, wording("More"), PRESS, cast.bob)
    assert bulk.waits(session, second.change)
    for out in session.scalars(select(Outgoing).where(col(Outgoing.state) == SendState.QUEUED)):
        out.state = SendState.SENT
    session.flush()
    found = last_change.last(session, cast.bob)
    assert found and found.left and found.change == second.change
    found = last_change.last(session, cast.bob, told=found.event.id or 0)
    assert found and found.event.verb is Verb.VERIFICATION


def test_one_of_many_is_taken_back_on_its_tip_and_its_text_is_there(
    session: Session, cast: Cast, ids: list[int]
) -> None:
    mass_messages.send(session, ids, wording(), PRESS, cast.bob)
    out = session.scalars(select(Outgoing).where(col(Outgoing.tip_id) == ids[0])).one()
    outbox.withdraw(session, out.id, cast.bob)
    assert f"reader {ids[0]}" in reply_drafts.of_tip(session, ids[0], cast.bob)[DraftKind.REPLY].text
    assert waiting(session) == 2


def test_it_waits_for_its_time_as_one_reply_does(session: Session, cast: Cast, ids: list[int]) -> None:
    with pytest.raises(Refused):
        mass_messages.send(
            session, ids, wording(), MassMessage("x", PageState(2**30), send_at=now() - timedelta(hours=1)), cast.bob
        )
    at = now() + timedelta(days=1)
    done = mass_messages.send(session, ids, wording(), MassMessage("x", PageState(2**30), send_at=at), cast.bob)
    assert {out.not_before for out in session.scalars(select(Outgoing))} == {at}
    assert session.get_one(Tip, ids[0]).status is Status.NEW, "until it leaves"
    found = last_change.last(session, cast.bob)
    assert found and found.change is done.change
    assert undo(session, done.change, cast.bob).changed == 3


def test_who_wrote_while_one_looked_is_left_for_a_second_look(session: Session, cast: Cast, ids: list[int]) -> None:
    known = known_by(session)
    replies.queue(session, ids[0], "I asked already", cast.alice, DESK)
    triage.tag(session, ids[1], ["visa"], cast.alice)
    done = mass_messages.send(session, ids, wording(), MassMessage("x", known), cast.bob)
    assert done.tips == tuple(ids[1:])


def test_nobody_mails_thousands_by_a_slip(session: Session, cast: Cast, ids: list[int]) -> None:
    with pytest.raises(Refused):
        mass_messages.send(session, list(range(1, 202)), wording(), PRESS, cast.bob)
    with pytest.raises(Refused):
        bulk.begin(session, filters.Filters.parse(""), [BulkStep("write", "Hello")], cast.bob, TODAY)
    assert mass_messages.of_list(session, filters.Filters.parse(""), cast.bob, TODAY) == ids[::-1]
    nobody = make_tip(session, cast.borders).id or 0
    with pytest.raises(Refused):
        mass_messages.send(session, [nobody], wording(), PRESS, cast.bob)
    assert session.scalars(select(BulkChange)).all() == []


def test_what_was_written_is_forgotten_with_one_who_got_it(session: Session, cast: Cast, ids: list[int]) -> None:
    done = mass_messages.send(session, ids, wording("Dear Mei, and others"), PRESS, cast.bob)
    erasure.erase(session, ids[0], cast.alice)
    session.expire_all()
    assert session.get_one(BulkChange, done.change.id).steps == [["write", ""]]
    assert len(session.scalars(select(Message).where(col(Message.text) == "Dear Mei, and others")).all()) == 2
