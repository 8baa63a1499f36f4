"""Two at one tip: the second is asked where the first did what the second's page did not show, and not otherwise."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlmodel import Session

from tests.core.making import make_tip
from tests.fixtures_db import Cast
from tipline.core import events, triage
from tipline.core.access import Actor
from tipline.core.presence import edit_conflicts
from tipline.core.presence.edit_conflicts import EditConflict, IntendedChange
from tipline.core.tip_page import event_lines
from tipline.errors import NotAllowed, NotVisible
from tipline.models import ActorKind, Status, Verb, Verification

Ask = Callable[..., list[Verb]]


@pytest.fixture
def tip_id(session: Session, cast: Cast) -> int:
    return make_tip(session, cast.borders).id or 0


@pytest.fixture
def ask(session: Session, tip_id: int, cast: Cast) -> Ask:
    """What bob is asked about, whose page knew all that had happened when the test began."""
    known = edit_conflicts.newest_of(session, tip_id)

    def ask(about: str, value: str = "", by: Actor = cast.bob, **more: object) -> list[Verb]:
        try:
            edit_conflicts.check(session, tip_id, IntendedChange(about, known, value, **more), by)  # type: ignore[arg-type]
        except EditConflict as error:
            return [event.verb for event in error.events]
        return []

    return ask


def test_a_status_that_another_set_meanwhile_is_asked_about(
    session: Session, tip_id: int, cast: Cast, ask: Ask
) -> None:
    assert ask("status", "closed") == []
    triage.set_status(session, tip_id, Status.READY, cast.alice)
    assert ask("status", "closed") == [Verb.STATUS]
    assert ask("status", "ready") == [], "they agree"
    assert ask("status", "closed", cast.alice) == [], "nobody is asked about their own"
    assert ask("verification", "verified") == ask("assignee", "") == ask("reply") == [], "another field"
    triage.set_status(session, tip_id, Status.NEW, cast.alice)
    assert ask("status", "closed") == [], "it stands as the page shows it"


def test_every_field_is_asked_about(session: Session, tip_id: int, cast: Cast, ask: Ask) -> None:
    triage.set_choice(session, tip_id, Verification.FALSE, cast.alice)
    triage.assign(session, tip_id, cast.alice.account_id, cast.alice)
    triage.follow_up(session, tip_id, date(2021, 7, 1), cast.alice)
    assert ask("verification", "verified") == [Verb.VERIFICATION]
    assert ask("assignee", str(cast.bob.account_id)) == [Verb.ASSIGNED]
    assert ask("assignee", str(cast.alice.account_id)) == []
    assert ask("follow_up", "2021-07-02") == [Verb.FOLLOW_UP]
    assert ask("follow_up", "2021-07-01") == []


def test_a_tag_is_asked_about_where_another_took_the_same_one_off(
    session: Session, tip_id: int, cast: Cast, ask: Ask
) -> None:
    tagged = triage.tag(session, tip_id, ["Visa"], cast.alice)[0]
    assert ask("tag", tags=["visa"]) == ask("tag", tags=["family"]) == []
    assert ask("untag", tag_id=tagged.object_id) == [Verb.TAGGED]
    triage.untag(session, tip_id, tagged.object_id or 0, cast.alice)
    for typed in ("VISA", "#visa", " # visa"):
        assert ask("tag", tags=[typed]) == [Verb.UNTAGGED], typed
    assert ask("tag", tags=["#", "x" * 99, "#visa"]) == [Verb.UNTAGGED], "what is no tag is refused where it is set"
    assert ask("tag", tags=["family"]) == []


def test_a_reply_is_asked_about_where_another_replied_or_the_reader_wrote(
    session: Session, tip_id: int, ask: Ask, cast: Cast
) -> None:
    events.record(session, Verb.REPLY, by=ActorKind.SYSTEM, tip_id=tip_id, after="acknowledgement")
    events.record(session, Verb.REPLY, by=cast.bob, tip_id=tip_id)
    triage.note(session, tip_id, "Careful", cast.alice)
    assert ask("reply") == [], "what left by itself, one's own replies and notes are no answer by another"
    events.record(session, Verb.REPLY, by=cast.alice, tip_id=tip_id)
    events.record(session, Verb.MESSAGE, by=ActorKind.READER, tip_id=tip_id)
    assert ask("reply") == [Verb.REPLY, Verb.MESSAGE]


def test_no_tip_is_closed_over_words_that_nobody_saw(session: Session, tip_id: int, ask: Ask) -> None:
    events.record(session, Verb.MESSAGE, by=ActorKind.READER, tip_id=tip_id)
    assert ask("status", "closed") == ask("status", "spam") == [Verb.MESSAGE]
    assert ask("status", "reviewing") == []


def test_who_may_not_change_the_tip_is_told_nothing(session: Session, tip_id: int, ask: Ask, cast: Cast) -> None:
    triage.set_status(session, tip_id, Status.READY, cast.alice)
    with pytest.raises(NotVisible):
        ask("status", "closed", cast.carol)
    with pytest.raises(NotAllowed):
        ask("status", "closed", cast.dave)


def test_what_happened_is_told_by_name_to_those_who_see_it(session: Session, tip_id: int, cast: Cast) -> None:
    hidden = make_tip(session, cast.overtime).id or 0
    done = [
        triage.assign(session, tip_id, cast.alice.account_id, cast.bob),
        triage.set_status(session, hidden, Status.READY, cast.alice),
        *triage.tag(session, tip_id, ["visa"], cast.alice),
        events.record(session, Verb.MESSAGE, by=ActorKind.READER, tip_id=tip_id),
    ]
    lines = event_lines.told(session, [event for event in done if event], cast.bob)
    assert [(line.who, line.after) for line in lines][:2] == [("Bob", "Alice"), ("Alice", "visa")]
    assert lines[2].by_reader and lines[2].who.startswith("Reader")
    assert len(lines) == 3
