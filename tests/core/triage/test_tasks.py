"""Tasks, checklists, and contacts elsewhere: who may, what is told of them, and what goes with the tip."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session, col, select

from tests.core.making import TODAY, make_tip
from tests.fixtures_db import Cast
from tests.plans import plan, watching
from tipline.core import inbox
from tipline.core.access import Actor
from tipline.core.filters import Filters
from tipline.core.retention import erasure
from tipline.core.tip_page import conversation
from tipline.core.triage import checklists, contacts, tasks
from tipline.core.triage.checklists import ChecklistDraft
from tipline.core.triage.contacts import Contact
from tipline.core.triage.tasks import NewTask, TaskProgress
from tipline.db import is_sqlite, now
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.models import ContactEntry, ContactWay, Event, Task, Tip, Verb


@pytest.fixture
def tip(session: Session, cast: Cast) -> Tip:
    return make_tip(session, cast.borders)


def verbs(session: Session, tip: Tip) -> list[Verb]:
    query = select(col(Event.verb)).where(col(Event.tip_id) == tip.id).order_by(col(Event.id))
    return list(session.exec(query))


def call(text: str = "She will send the visa", **more: str) -> Contact:
    return Contact(ContactWay.CALL, now() - timedelta(hours=1), text=text, **more)


def test_a_task_is_ticked_opened_again_and_taken_away(session: Session, cast: Cast, tip: Tip) -> None:
    row = tasks.add(session, tip.id or 0, NewTask(" Call\nher ", cast.bob.account_id, date(2021, 6, 25)), cast.alice)
    assert row.text == "Call her"
    done = tasks.set_done(session, row.id or 0, cast.bob, done=True)
    assert done.done_by == cast.bob.account_id
    tasks.set_done(session, row.id or 0, cast.alice, done=True)  # a second press
    assert tasks.set_done(session, row.id or 0, cast.alice, done=False).done_at is None
    tasks.remove(session, row.id or 0, cast.bob)
    assert tasks.of_tip(session, tip.id or 0) == []
    assert verbs(session, tip) == [Verb.TASK, Verb.TASK_DONE, Verb.TASK_OPEN, Verb.TASK]


def test_nobody_is_given_a_task_on_a_tip_that_they_cant_see_and_viewers_tick_nothing(
    session: Session, cast: Cast, tip: Tip
) -> None:
    for other in (cast.carol, cast.dave):
        with pytest.raises(Refused, match="can't see the tip"):
            tasks.add(session, tip.id or 0, NewTask("Call", other.account_id), cast.alice)
    row = tasks.add(session, tip.id or 0, NewTask("Call"), cast.bob)
    with pytest.raises(NotVisible):
        tasks.set_done(session, row.id or 0, cast.carol, done=True)
    with pytest.raises(NotAllowed):
        tasks.set_done(session, row.id or 0, cast.dave, done=True)
    for text in ("", " ", "x" * 501):
        with pytest.raises(Refused):
            tasks.add(session, tip.id or 0, NewTask(text), cast.bob)


def test_a_checklist_becomes_tasks_once_and_changing_it_leaves_tips_alone(
    session: Session, cast: Cast, tip: Tip
) -> None:
    template = checklists.save(
        session, None, ChecklistDraft("Check", ["Call back", "", "See it", "See it"]), cast.alice
    )
    assert tasks.put(session, tip.id or 0, template.id or 0, cast.bob) == 2
    assert tasks.put(session, tip.id or 0, template.id or 0, cast.bob) == 0
    checklists.save(session, template.id, ChecklistDraft("Check", ["Call back", "Ask the airline"]), cast.alice)
    assert tasks.put(session, tip.id or 0, template.id or 0, cast.bob) == 1
    assert [task.text for task in tasks.of_tip(session, tip.id or 0)] == ["Call back", "See it", "Ask the airline"]
    checklists.retire(session, template.id or 0, cast.alice)
    assert [one.retired for one in checklists.everything(session)] == [True]
    with pytest.raises(NotVisible):
        tasks.put(session, tip.id or 0, template.id or 0, cast.bob)
    with pytest.raises(NotAllowed):
        checklists.save(session, None, ChecklistDraft("Mine", ["a"]), cast.bob)
    for draft in (
        ChecklistDraft("", ["a"]),
        ChecklistDraft("a", [" "]),
        ChecklistDraft("a", [str(n) for n in range(51)]),
    ):
        with pytest.raises(Refused):
            checklists.save(session, None, draft, cast.alice)


def test_the_row_says_how_far_the_tasks_are(session: Session, cast: Cast, tip: Tip) -> None:
    first = tasks.add(session, tip.id or 0, NewTask("One"), cast.bob)
    tasks.add(session, tip.id or 0, NewTask("Two"), cast.bob)
    tasks.set_done(session, first.id or 0, cast.bob, done=True)
    make_tip(session, cast.borders, "Another", minutes=1)
    with watching(session) as watched:
        rows = inbox.page(session, Filters(), cast.bob, TODAY).rows
    assert [row.tasks for row in rows] == [None, TaskProgress(1, 2)]
    (statement, parameters) = next(one for one in watched.statements if "FROM task" in one[0])
    if is_sqlite(session):
        assert "SCAN" not in " ".join(plan(session, statement, parameters))


def test_what_is_due_holds_my_open_tasks_and_nobody_elses(session: Session, cast: Cast, tip: Tip) -> None:
    followed = make_tip(session, cast.borders, "Follow up", minutes=1, follow_up_on=TODAY)
    make_tip(session, cast.borders, "Neither", minutes=2)
    mine = tasks.add(session, tip.id or 0, NewTask("Call", cast.bob.account_id, TODAY - timedelta(days=1)), cast.alice)

    def due(by: Actor, typed: str = "due:now") -> list[int | None]:
        return [row.tip.id for row in inbox.page(session, Filters.parse(typed), by, TODAY).rows]

    assert (due(cast.bob), due(cast.alice)) == ([followed.id, tip.id], [followed.id])
    assert due(cast.bob, "due:overdue") == [tip.id]
    assert inbox.counts(session, cast.bob, TODAY).due == 2
    tasks.set_done(session, mine.id or 0, cast.bob, done=True)
    assert due(cast.bob) == [followed.id]


def test_a_call_stands_in_the_conversation_when_it_was_and_its_words_are_found(
    session: Session, cast: Cast, tip: Tip
) -> None:
    row = contacts.add(session, tip.id or 0, call(outcome="promised the quarantine letter"), cast.bob)
    entries = [entry for entry in conversation.conversation(session, tip, cast.alice) if entry.kind == "contact"]
    assert [(entry.contact, entry.who, entry.at) for entry in entries] == [(row, "Bob", row.at)]
    for word in ("quarantine", "visa"):
        assert [one.tip.id for one in inbox.page(session, Filters.parse(word), cast.bob, TODAY).rows] == [tip.id]
    assert conversation.for_reader(session, tip.id or 0)[-1].kind == "message"


def test_only_who_noted_it_takes_it_away_and_the_history_says_so(session: Session, cast: Cast, tip: Tip) -> None:
    row = contacts.add(session, tip.id or 0, call("unrepeatable"), cast.bob)
    with pytest.raises(NotAllowed):
        contacts.remove(session, row.id or 0, cast.alice)
    with pytest.raises(NotVisible):
        contacts.remove(session, row.id or 0, cast.carol)
    contacts.remove(session, row.id or 0, cast.bob)
    assert inbox.page(session, Filters.parse("unrepeatable"), cast.bob, TODAY).rows == []
    told = [entry.after for entry in conversation.conversation(session, tip, cast.bob) if entry.kind == "event"]
    assert told == ["removed"]


@pytest.mark.parametrize(
    "contact",
    [call(" "), call("x" * 20_001), call(outcome="x" * 201), Contact(ContactWay.CALL, now() + timedelta(days=1), "x")],
)
def test_a_contact_says_something_and_is_not_to_come(session: Session, cast: Cast, tip: Tip, contact: Contact) -> None:
    with pytest.raises(Refused):
        contacts.add(session, tip.id or 0, contact, cast.bob)


def test_erasing_the_tip_takes_tasks_and_contacts_along(session: Session, cast: Cast, tip: Tip) -> None:
    tasks.add(session, tip.id or 0, NewTask("Call"), cast.bob)
    contacts.add(session, tip.id or 0, call(), cast.bob)
    erasure.erase(session, tip.id or 0, cast.alice)
    assert session.exec(select(Task)).all() == []
    assert session.exec(select(ContactEntry)).all() == []
