"""What reporters do to a tip, what it leaves in the history, and how it is taken back."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.arrivals import mail
from tests.fixtures_db import Cast
from tipline.core import accounts, intake, search, triage
from tipline.core.accounts import sessions
from tipline.core.counts import counters
from tipline.core.triage import reasons
from tipline.db import now
from tipline.errors import Conflict, NotAllowed, NotVisible, Refused
from tipline.models import (
    ActorKind,
    Event,
    Role,
    Status,
    Tag,
    Tip,
    TipAccess,
    TipSeen,
    TipTag,
    Verb,
    Verification,
)


@pytest.fixture
def tip_id(session: Session, cast: Cast) -> int:
    return intake.receive(session, mail(callout_id=cast.borders)).tip_id


def count(session: Session, cast: Cast, status: Status, account_id: int = 0) -> int:
    return sum(n for _, s, a, n in counters.read(session, cast.alice) if (s, a) == (status, account_id))


def test_assigning_moves_the_counter_and_writes_one_event(session: Session, cast: Cast, tip_id: int) -> None:
    event = triage.assign(session, tip_id, cast.bob.account_id, cast.bob)
    assert event is not None
    assert (event.verb, event.before, event.after) == (Verb.ASSIGNED, "", str(cast.bob.account_id))
    assert count(session, cast, Status.NEW) == 0
    assert count(session, cast, Status.NEW, cast.bob.account_id) == 1
    assert triage.assign(session, tip_id, cast.bob.account_id, cast.bob) is None


def test_a_tip_is_not_given_to_somebody_who_cannot_see_it(session: Session, cast: Cast, tip_id: int) -> None:
    for other in (cast.carol, cast.dave, cast.ada):
        with pytest.raises(Refused):
            triage.assign(session, tip_id, other.account_id, cast.alice)


def test_another_callouts_reporter_finds_no_such_tip(session: Session, cast: Cast, tip_id: int) -> None:
    for stranger in (cast.carol, cast.ada):
        with pytest.raises(NotVisible):
            triage.set_status(session, tip_id, Status.CLOSED, stranger)


def test_a_viewer_reads_and_does_not_change(session: Session, cast: Cast, tip_id: int) -> None:
    for change in (
        lambda: triage.set_status(session, tip_id, Status.CLOSED, cast.dave),
        lambda: triage.note(session, tip_id, "x", cast.dave),
        lambda: triage.tag(session, tip_id, ["x"], cast.dave),
    ):
        with pytest.raises(NotAllowed):
            change()


def test_a_restricted_tip_exists_only_for_those_named(session: Session, cast: Cast, tip_id: int) -> None:
    session.get_one(Tip, tip_id).restricted = True
    session.flush()
    with pytest.raises(NotVisible):
        triage.set_status(session, tip_id, Status.CLOSED, cast.alice)
    session.add(TipAccess(tip_id=tip_id, account_id=cast.bob.account_id))
    session.flush()
    assert triage.set_status(session, tip_id, Status.CLOSED, cast.bob)


def test_status_is_undone_by_the_inverse_event(session: Session, cast: Cast, tip_id: int) -> None:
    event = triage.set_status(session, tip_id, Status.CLOSED, cast.bob)
    assert event is not None
    assert event.id is not None
    back = triage.undo(session, event.id, cast.bob)
    assert session.get_one(Tip, tip_id).status is Status.NEW
    assert (back[0].undoes, back[0].before, back[0].after) == (event.id, "closed", "new")
    assert count(session, cast, Status.NEW) == 1


def test_undo_is_refused_where_somebody_changed_it_since(session: Session, cast: Cast, tip_id: int) -> None:
    event = triage.set_status(session, tip_id, Status.CLOSED, cast.bob)
    triage.set_status(session, tip_id, Status.READY, cast.alice)
    assert event is not None
    with pytest.raises(Conflict):
        triage.undo(session, event.id or 0, cast.bob)
    assert session.get_one(Tip, tip_id).status is Status.READY


def test_every_undoable_verb_comes_back(session: Session, cast: Cast, tip_id: int) -> None:
    made = [
        triage.set_choice(session, tip_id, Verification.VERIFIED, cast.bob),
        triage.assign(session, tip_id, cast.bob.account_id, cast.bob),
        triage.follow_up(session, tip_id, date(2026, 12, 1), cast.bob),
        *triage.tag(session, tip_id, ["visa"], cast.bob),
    ]
    for event in made:
        assert event is not None
        triage.undo(session, event.id or 0, cast.bob)
    tip = session.get_one(Tip, tip_id)
    assert (tip.verification, tip.assignee_id, tip.follow_up_on) == (Verification.UNVERIFIED, None, None)
    assert session.scalars(select(TipTag)).all() == []


def test_one_tag_however_it_is_typed(session: Session, cast: Cast, tip_id: int) -> None:
    triage.tag(session, tip_id, ["Visa", "#visa", " ＶＩＳＡ ", "签证"], cast.bob)
    assert sorted(t.name for t in session.scalars(select(Tag))) == ["Visa", "签证"]


def test_bad_tags_and_notes_are_refused_with_what_to_do(session: Session, cast: Cast, tip_id: int) -> None:
    for name in ("", " # ", "x" * 41):
        with pytest.raises(Refused):
            triage.tag(session, tip_id, [name], cast.bob)
    with pytest.raises(Refused):
        triage.note(session, tip_id, " \n ", cast.bob)


def test_a_note_is_found_by_search_and_events_hold_none_of_it(session: Session, cast: Cast, tip_id: int) -> None:
    triage.note(session, tip_id, "Call the consulate in Chengdu", cast.bob)
    assert search.matching(session, "chengdu", cast.bob) is not None
    assert not any("Chengdu" in e.after + e.before for e in session.scalars(select(Event)))


def test_seen_is_each_persons_own(session: Session, cast: Cast, tip_id: int) -> None:
    triage.mark_seen(session, tip_id, cast.bob)
    triage.mark_seen(session, tip_id, cast.bob)
    rows = session.scalars(select(TipSeen).where(col(TipSeen.tip_id) == tip_id)).all()
    assert [r.account_id for r in rows] == [cast.bob.account_id]
    assert rows[0].seen_at <= now()
    triage.mark_unseen(session, tip_id, cast.bob)
    assert session.scalars(select(TipSeen)).all() == []


def test_those_who_see_a_tip_and_have_signed_in_once_are_offered_for_it(
    session: Session, cast: Cast, tip_id: int
) -> None:
    tip = session.get_one(Tip, tip_id)
    for person in (cast.alice, cast.bob, cast.carol):
        sessions.start(session, person.account_id)
    assert [a.name for a in triage.assignable(session, tip)] == ["Alice", "Bob"]
    sessions.end_all(session, cast.bob.account_id)
    assert [a.name for a in triage.assignable(session, tip)] == ["Alice", "Bob"]


def test_twelve_people_are_all_offered_by_name_and_who_never_signed_in_is_not(
    session: Session, cast: Cast, tip_id: int
) -> None:
    names = [f"Reporter {n:02}" for n in range(12)]
    for name in (*names, "Invited"):
        email = f"{name.replace(' ', '.')}@meridian.example"
        roles = [Role.EDITOR] if name == names[-1] else [Role.REPORTER]
        account_id = accounts.create(session, email, name, roles, ActorKind.SYSTEM).id or 0
        accounts.set_teams(session, account_id, [cast.borders], ActorKind.SYSTEM)
        if name != "Invited":
            sessions.start(session, account_id)
    sessions.start(session, cast.dave.account_id)  # who reads only is given nothing
    invited = accounts.by_email(session, "invited@meridian.example")
    assert [a.name for a in triage.assignable(session, session.get_one(Tip, tip_id))] == names
    assert [a.name for a in triage.assignees(session)] == names
    assert [a.name for a in triage.assignees(session, invited and invited.id)] == ["Invited", *names]


def test_who_never_signed_in_is_offered_only_where_they_have_the_tip(session: Session, cast: Cast, tip_id: int) -> None:
    tip = session.get_one(Tip, tip_id)
    sessions.start(session, cast.alice.account_id)
    assert [a.name for a in triage.assignable(session, tip)] == ["Alice"]
    triage.assign(session, tip_id, cast.bob.account_id, cast.alice)
    assert [a.name for a in triage.assignable(session, tip)] == ["Alice", "Bob"]


def test_a_reason_keeps_its_digit_when_one_before_it_is_retired(session: Session, cast: Cast) -> None:
    first, second = (reasons.add(session, Status.CLOSED, name, cast.alice) for name in ("Duplicate", "Not for us"))
    assert reasons.digits(session)[second.id or 0] == 2
    reasons.retire(session, first.id or 0, cast.alice)
    assert reasons.digits(session)[second.id or 0] == 2
    third = reasons.add(session, Status.CLOSED, "Spam", cast.alice)
    assert reasons.digits(session)[third.id or 0] == 3
