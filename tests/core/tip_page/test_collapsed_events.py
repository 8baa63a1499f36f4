"""What a person did in a row is one line of a conversation; what has words of people is never hidden in it."""

from datetime import timedelta

from sqlalchemy import update
from sqlmodel import Session, col

from tests.core.making import make_tip
from tests.fixtures_db import Cast
from tipline.core import triage
from tipline.core.access import Actor
from tipline.core.tip_page import collapsed_events, conversation
from tipline.core.tip_page.collapsed_events import EventRun
from tipline.core.triage import reasons
from tipline.models import Event, Status, Tip, Verb, Verification


def lines(session: Session, tip: Tip, by: Actor) -> list[str]:
    """Each line: the names of verbs that are folded, or the kind or verb of what stands by itself."""
    found = collapsed_events.folded(conversation.conversation(session, tip, by))
    return [
        " ".join(line.verbs) if isinstance(line, EventRun) else line.event.verb if line.event else line.kind
        for line in found
        if line.kind != "message"
    ]


def test_small_changes_of_one_person_in_a_row_are_one_line(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders)
    tip_id = tip.id or 0
    triage.tag(session, tip_id, ["visa", "family", "school"], cast.alice)
    triage.set_status(session, tip_id, Status.REVIEWING, cast.alice)
    for account_id in (cast.bob.account_id, None):
        triage.assign(session, tip_id, account_id, cast.bob)
    assert lines(session, tip, cast.alice) == ["tagged status", "assigned", "assigned"]
    triage.assign(session, tip_id, cast.bob.account_id, cast.bob)
    assert lines(session, tip, cast.alice) == ["tagged status", "assigned"]
    first, second = (
        one for one in collapsed_events.folded(conversation.conversation(session, tip, cast.bob)) if one.kind == "run"
    )
    assert isinstance(first, EventRun) and isinstance(second, EventRun)
    assert (first.who, len(first.entries), second.who, len(second.entries)) == ("Alice", 4, "Bob", 3)


def test_notes_and_reasons_stand_by_themselves_and_end_what_is_folded(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders)
    tip_id = tip.id or 0
    reason = reasons.add(session, Status.CLOSED, "Not for us", cast.alice)
    triage.tag(session, tip_id, ["visa", "family"], cast.alice)
    triage.note(session, tip_id, "She asks for no call.", cast.alice)
    triage.tag(session, tip_id, ["school"], cast.alice)
    triage.set_choice(session, tip_id, Verification.VERIFIED, cast.alice)
    triage.set_status(session, tip_id, Status.CLOSED, cast.alice, reason=reason.id)
    assert lines(session, tip, cast.bob) == ["tagged", "tagged", "note", "tagged", "verification", "status"]


def test_what_was_done_at_another_sitting_is_another_line(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders)
    for day, names in ((0, "abc"), (2, "def")):
        for event in triage.tag(session, tip.id or 0, list(names), cast.alice):
            later = event.at + timedelta(days=day)
            session.execute(update(Event).where(col(Event.id) == event.id).values(at=later))
    session.expire_all()
    assert lines(session, tip, cast.bob) == ["tagged", "tagged"]
    assert [line.kind for line in collapsed_events.folded(conversation.conversation(session, tip, cast.bob))][-2:] == [
        "run",
        "run",
    ]


def test_what_one_took_back_at_once_is_one_line_and_hides_nothing_else(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders)
    tip_id = tip.id or 0
    taken = triage.assign(session, tip_id, cast.alice.account_id, cast.alice)
    triage.undo(session, taken.id or 0 if taken else 0, cast.alice)
    [run] = (
        one
        for one in collapsed_events.folded(conversation.conversation(session, tip, cast.bob))
        if one.kind != "message"
    )
    assert isinstance(run, EventRun) and run.taken_back and len(run.entries) == 2 and run.verbs == [Verb.ASSIGNED]
    [tagged] = triage.tag(session, tip_id, ["visa"], cast.alice)
    assert lines(session, tip, cast.bob) == ["assigned", "tagged"]
    triage.undo(session, tagged.id or 0, cast.alice)
    assert lines(session, tip, cast.bob) == ["assigned tagged untagged"]


def test_what_another_took_back_stands_in_two_lines(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders)
    taken = triage.assign(session, tip.id or 0, cast.bob.account_id, cast.bob)
    triage.undo(session, taken.id or 0 if taken else 0, cast.alice)
    assert lines(session, tip, cast.bob) == ["assigned", "assigned"]
