"""Tips that belong together without being one: split, moved, linked, and by one person under two readers."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session

from tests.arrivals import form, mail
from tests.core.making import TODAY, make_tip, say
from tests.core.merge.test_unmerge import by_mail, found, rows_of
from tests.fixtures_db import Cast
from tipline.core import consent, intake, merge, readers, replies, triage
from tipline.core.arrival import Arrival, Attachment, ConsentChoice, Source
from tipline.core.counts import counters
from tipline.core.mailboxes import alarms
from tipline.core.merge import splitting
from tipline.core.readers import same_reader
from tipline.core.related import links
from tipline.core.retention import erasure, reader_requests
from tipline.core.tip_page import conversation, sidebar
from tipline.core.triage import moving
from tipline.db import now
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.models import (
    ActorKind,
    Answer,
    Consent,
    DataKey,
    Message,
    Publication,
    Question,
    QuestionKind,
    Reader,
    Status,
    StoredFile,
    Tip,
    TipAccess,
    TipLink,
    Verb,
)  # fmt: skip
from tipline.vocabularies import ContactChoice

NAME, ASK, BACKGROUND = ConsentChoice.NAME, ConsentChoice.ASK, ConsentChoice.BACKGROUND


def by_form(session: Session, callout_id: int, text: str = "My son waits.", **more: Any) -> Tip:
    own = f"form-{len(session.scalars(select(Tip)).all())}"
    arrival = form(text, callout_id=callout_id, submission_id=own, consent=NAME, **more)
    return session.get_one(Tip, intake.receive(session, arrival).tip_id)


def again(session: Session, tip: Tip, text: str, **more: Any) -> Message:
    filed = intake.receive(session, Arrival(Source.PAGE, text, now(), tip_id=tip.id, language="en", **more))
    return session.get_one(Message, filed.message_id)


# Split


def test_a_message_becomes_a_tip_of_its_own_with_its_files(session: Session, cast: Cast) -> None:
    tip = by_form(session, cast.borders)
    triage.assign(session, tip.id or 0, cast.bob.account_id, cast.bob)
    photo = Attachment("visa.jpg", b"\xff\xd8\xff" + b"x" * 60, "image/jpeg")
    other = again(session, tip, "Another matter: overtime.", attachments=(photo,))
    last = again(session, tip, "Back to my son.")
    made, _ = splitting.split(session, other.id, cast.bob)
    session.commit()
    assert [row.text for row in rows_of(session, Message, made)] == ["Another matter: overtime."]
    assert rows_of(session, Message, tip)[-1].text == last.text
    assert (made.reader_id, made.assignee_id, made.consent, made.files, made.photos) == (
        tip.reader_id, cast.bob.account_id, NAME, 1, 1,
    )  # fmt: skip
    assert (tip.files, rows_of(session, StoredFile, made)[0].name) == (0, "visa.jpg")
    assert (found(session, "overtime", cast.bob), found(session, "son", cast.bob)) == ({made.id}, {tip.id})
    assert sum(n for *_, n in counters.read(session, cast.bob)) == 2
    related = links.related(session, made, cast.bob)
    assert related.origin is tip and [one.id for one in links.related(session, tip, cast.bob).pieces] == [made.id]


def test_what_a_reporter_writes_down_holds_for_what_was_split_off_and_for_what_it_was_split_off(
    session: Session, cast: Cast
) -> None:
    tip = by_form(session, cast.borders)
    one, _ = splitting.split(session, again(session, tip, "Another matter").id, cast.bob)
    two, _ = splitting.split(session, again(session, tip, "A third one").id, cast.bob)
    triage.set_status(session, two.id or 0, Status.USED, cast.bob)
    says = again(session, one, "Please publish nothing.")
    assert consent.from_message(session, says.id, BACKGROUND, cast.bob, TODAY)
    assert {tip.consent, one.consent, two.consent} == {BACKGROUND}
    assert [row.recorded_by for row in rows_of(session, Consent, two)] == [None, cast.bob.account_id]
    assert alarms.stricter(session, cast.alice) == [two.id] and two.follow_up_on == TODAY
    assert consent.from_message(session, says.id, NAME, cast.bob, TODAY)
    assert (tip.consent, two.consent) == (BACKGROUND, BACKGROUND), "to allow more is said of each"
    assert not consent.change(session, tip, BACKGROUND, today=TODAY) and one.consent is BACKGROUND, "said once more"


def test_joined_with_somebody_elses_words_a_tip_allows_less_alone(session: Session, cast: Cast) -> None:
    tip = by_form(session, cast.borders)
    made, _ = splitting.split(session, again(session, tip, "Another matter").id, cast.bob)
    other = by_form(session, cast.borders, "Other words")
    consent.change(session, other, BACKGROUND, today=TODAY)
    merge.merge(session, other.id or 0, cast.bob, TODAY, into=tip.id)
    assert (tip.consent, made.consent) == (BACKGROUND, NAME)


def test_a_form_says_how_to_reach_the_reader_of_what_was_split_off_too(session: Session, cast: Cast) -> None:
    tip = session.get_one(Tip, intake.receive(session, mail(callout_id=cast.borders)).tip_id)
    made, _ = splitting.split(session, again(session, tip, "Another matter").id, cast.bob)
    intake.receive(session, form(tip_id=tip.id, contact=ContactChoice.PAGE))
    assert (tip.contact, made.contact) == (ContactChoice.PAGE, ContactChoice.PAGE)


def test_what_came_after_it_goes_along_where_that_is_wanted_and_comes_back(session: Session, cast: Cast) -> None:
    tip = by_form(session, cast.borders)
    second = again(session, tip, "Two")
    again(session, tip, "Three")
    made, event = splitting.split(session, second.id, cast.bob, after=True)
    assert [row.text for row in rows_of(session, Message, made)] == ["Two", "Three"]
    again(session, made, "Four")
    triage.undo(session, event.id or 0, cast.bob)
    assert len(rows_of(session, Message, tip)) == 4 and made.merged_into == tip.id
    assert links.related(session, tip, cast.bob).pieces == []
    with pytest.raises(Refused):
        triage.undo(session, event.id or 0, cast.bob)


def test_where_a_tip_begins_and_what_is_ours_is_not_split_off(session: Session, cast: Cast) -> None:
    tip = by_form(session, cast.borders)
    first, ours = rows_of(session, Message, tip)[0], say(session, tip, "Thanks", direction="out")
    for message in (first, ours):
        with pytest.raises(Refused):
            splitting.split(session, message.id, cast.bob)
    with pytest.raises(NotVisible):
        splitting.split(session, first.id, cast.carol)
    with pytest.raises(NotAllowed):
        splitting.split(session, first.id, cast.dave)


def test_to_its_reader_a_split_tip_is_one_conversation(session: Session, cast: Cast) -> None:
    tip = by_form(session, cast.borders)
    made, _ = splitting.split(session, again(session, tip, "Another matter").id, cast.bob)
    told = [entry.message.text for entry in conversation.for_reader(session, tip.id or 0) if entry.message]
    assert told == ["My son waits.", "Another matter"]
    assert replies.way(session, made).refused == "" and made.code_hash is None
    wish = Arrival(Source.PAGE, "", now(), tip_id=tip.id, consent=BACKGROUND)
    reader_requests.allow(session, wish, TODAY)
    assert made.consent is BACKGROUND
    reader_requests.allow(session, Arrival(Source.PAGE, "", now(), tip_id=tip.id, consent=NAME), TODAY)
    assert made.consent is BACKGROUND, "to allow more is said of each"
    assert erasure.holdings(session, tip).messages == 2 and erasure.holdings(session, tip).other_tips == 0
    erasure.erase(session, tip.id or 0, ActorKind.READER)
    for table in (Tip, Reader, Message, DataKey):
        assert not session.scalars(select(table)).all(), table


def test_an_editor_erases_a_tip_and_files_of_the_other_are_still_readable(session: Session, cast: Cast) -> None:
    paper = (Attachment("a.txt", b"words", "text/plain"),)
    tip = by_form(session, cast.borders, attachments=paper)
    made, _ = splitting.split(session, again(session, tip, "Two", attachments=paper).id, cast.bob)
    erasure.erase(session, tip.id or 0, cast.alice)
    assert session.get(DataKey, rows_of(session, StoredFile, made)[0].key_id) is not None
    erasure.erase(session, made.id or 0, cast.alice)
    assert not session.scalars(select(DataKey)).all()


def test_a_reader_who_keeps_an_answer_out_of_print_is_asked_about_what_is_split_off(
    session: Session, cast: Cast
) -> None:
    question = Question(callout_id=cast.borders, position=0, kind=QuestionKind.SHORT, publish=True)
    session.add(question)
    session.flush()
    tip = by_form(session, cast.borders)
    session.add(Answer(id=7, tip_id=tip.id or 0, question_id=question.id or 0, position=0, wording="Who?", value="Mei",
                       withheld=True))  # fmt: skip
    made, _ = splitting.split(session, again(session, tip, "Two").id, cast.bob)
    assert made.consent is ASK


def test_what_is_split_off_a_restricted_tip_is_restricted_to_the_same_people(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders, restricted=True, legal_hold=True)
    session.add(TipAccess(tip_id=tip.id or 0, account_id=cast.bob.account_id))
    made, _ = splitting.split(session, say(session, tip, "Two", created_at=now()).id, cast.bob)
    assert made.restricted and made.legal_hold
    assert sidebar.sheet(session, made, cast.bob, TODAY).row.tip is made
    with pytest.raises(NotVisible):
        triage.note(session, made.id or 0, "Hello", cast.alice)


# Move


def test_a_tip_moves_to_another_callout_and_leaves_who_can_not_see_it(session: Session, cast: Cast) -> None:
    tip = by_form(session, cast.borders)
    row = Publication(callout_id=tip.callout_id, tip_id=tip.id or 0, text="x", changed_at=now(), published_at=now())
    session.add(row)
    triage.assign(session, tip.id or 0, cast.bob.account_id, cast.bob)
    with pytest.raises(NotVisible):
        moving.move(session, tip.id or 0, cast.overtime, cast.bob)
    moved, unassigned = moving.move(session, tip.id or 0, cast.overtime, cast.alice)
    assert (tip.callout_id, tip.assignee_id) == (cast.overtime, None)
    assert (row.callout_id, row.published_at) == (cast.overtime, None)
    assert counters.read(session, cast.bob) == []
    assert [tuple(place) for place in counters.read(session, cast.carol)] == [(cast.overtime, tip.status, 0, 1)]
    for event in (moved, unassigned):
        triage.undo(session, event.id or 0, cast.alice)
    assert (tip.callout_id, tip.assignee_id) == (cast.borders, cast.bob.account_id)
    with pytest.raises(Refused):
        moving.move(session, tip.id or 0, cast.borders, cast.alice)


def test_what_was_merged_into_a_tip_moves_with_it(session: Session, cast: Cast) -> None:
    tip, other = by_form(session, cast.borders), by_form(session, cast.borders, "Other words")
    merge.merge(session, other.id or 0, cast.bob, TODAY, into=tip.id)
    moving.move(session, tip.id or 0, cast.overtime, cast.alice)
    assert other.callout_id == cast.overtime, "its title is the reader's words"
    before = sum(n for *_, n in counters.read(session, cast.alice))
    counters.rebuild(session)
    assert sum(n for *_, n in counters.read(session, cast.alice)) == before == 1


# Link


def test_a_link_is_seen_from_both_and_goes_again(session: Session, cast: Cast) -> None:
    one, two = by_form(session, cast.borders), by_form(session, cast.borders)
    event = links.link(session, two.id or 0, one.id or 0, cast.bob)
    assert event is not None and links.link(session, one.id or 0, two.id or 0, cast.bob) is None
    assert links.related(session, one, cast.bob).linked == [two] and links.related(session, two, cast.bob).linked == [
        one
    ]
    triage.undo(session, event.id or 0, cast.bob)
    assert links.related(session, one, cast.bob).linked == []
    with pytest.raises(Refused):
        links.link(session, one.id or 0, one.id or 0, cast.bob)


def test_a_link_to_what_one_does_not_see_is_not_there(session: Session, cast: Cast) -> None:
    one, two = by_form(session, cast.borders), by_form(session, cast.overtime)
    with pytest.raises(NotVisible):
        links.link(session, one.id or 0, two.id or 0, cast.bob)
    links.link(session, one.id or 0, two.id or 0, cast.alice)
    assert links.related(session, one, cast.bob).linked == []
    assert links.related(session, one, cast.alice).linked == [two]
    lines = [e for e in conversation.conversation(session, one, cast.bob) if e.event and e.event.verb is Verb.LINKED]
    assert lines[0].after == "", "not even its number"


def test_links_follow_a_tip_that_is_joined(session: Session, cast: Cast) -> None:
    one, two, three = (by_form(session, cast.borders, f"Story {n}") for n in range(3))
    links.link(session, one.id or 0, two.id or 0, cast.bob)
    merge.merge(session, two.id or 0, cast.bob, TODAY, into=three.id)
    assert links.related(session, one, cast.bob).linked == [three]
    assert links.related(session, three, cast.bob).linked == [one]
    links.unlink(session, three.id or 0, one.id or 0, cast.bob)
    assert not session.scalars(select(TipLink)).all()


def test_a_suggestion_that_is_wrong_goes_and_comes_back(session: Session, cast: Cast) -> None:
    one, two = by_form(session, cast.borders), by_form(session, cast.borders)
    two.may_belong_to = one.id
    session.flush()
    assert links.related(session, one, cast.bob).may_belong == [two]
    event = links.not_part(session, two.id or 0, cast.bob)
    assert event is not None and two.may_belong_to is None
    triage.undo(session, event.id or 0, cast.bob)
    assert two.may_belong_to == one.id


# Same person


def test_a_form_and_a_mail_with_one_address_are_suggested_as_one_person(session: Session, cast: Cast) -> None:
    wrote = by_mail(session, cast, "mei@mail.example")
    typed = by_form(session, cast.borders, reader_email="MEI@mail.example", reader_name="Mei")
    assert wrote.reader_id != typed.reader_id, "an address typed into a form proves nothing"
    assert [(one.tip, one.sign) for one in same_reader.suggested(session, typed, cast.bob)] == [(wrote, "email")]
    assert [one.tip for one in same_reader.suggested(session, wrote, cast.bob)] == [typed]
    assert same_reader.suggested(session, typed, cast.dave) == [], "viewers are told nothing of who somebody is"
    event = same_reader.same(session, typed.id or 0, wrote.id or 0, cast.bob)
    assert same_reader.suggested(session, typed, cast.bob) == []
    for one, other in ((wrote, typed), (typed, wrote)):
        assert same_reader.other_tips(session, one, cast.bob) == [other]
    assert readers.identity(session, typed.id or 0, cast.bob).emails == [("MEI@mail.example", False)]
    triage.undo(session, event.id or 0, cast.bob)
    assert same_reader.other_tips(session, typed, cast.bob) == []


def test_a_suggestion_tells_nothing_of_tips_that_one_does_not_see(session: Session, cast: Cast) -> None:
    phone = {"reader_phone": "+33 6 12 34 56 78"}
    tip, other = by_form(session, cast.borders, **phone), by_form(session, cast.overtime, **phone)
    secret = by_form(session, cast.borders, **phone)
    secret.restricted = True
    session.add(TipAccess(tip_id=secret.id or 0, account_id=cast.bob.account_id))
    session.flush()
    assert same_reader.suggested(session, tip, cast.bob) == []
    assert [one.sign for one in same_reader.suggested(session, tip, cast.alice)] == ["phone"]
    assert same_reader.suggested(session, secret, cast.bob) == []
    for one, two in ((tip, other), (secret, tip)):
        with pytest.raises((NotVisible, Refused)):
            same_reader.same(session, one.id or 0, two.id or 0, cast.bob)


def test_a_name_alone_is_a_sign_between_tips_that_are_related_anyway(session: Session, cast: Cast) -> None:
    one, two, three = (by_form(session, cast.borders, reader_name="Li Wei") for _ in range(3))
    assert same_reader.suggested(session, one, cast.bob) == []
    links.link(session, one.id or 0, two.id or 0, cast.bob)
    suggested = links.related(session, one, cast.bob).same_person
    assert [(found.tip, found.sign) for found in suggested] == [(two, "name")] and three is not two


def test_groups_grow_part_and_lose_members_to_erasure(session: Session, cast: Cast) -> None:
    tips = [by_form(session, cast.borders, f"Story {n}") for n in range(4)]
    ids = [tip.id or 0 for tip in tips]
    same_reader.same(session, ids[0], ids[1], cast.bob)
    same_reader.same(session, ids[2], ids[3], cast.bob)
    both = same_reader.same(session, ids[3], ids[1], cast.bob)
    assert same_reader.group(session, tips[2].reader_id) == [tip.reader_id for tip in tips]
    with pytest.raises(Refused):
        same_reader.same(session, ids[0], ids[2], cast.bob)
    triage.undo(session, both.id or 0, cast.bob)
    assert same_reader.group(session, tips[3].reader_id) == [tips[2].reader_id, tips[3].reader_id]
    assert same_reader.group(session, tips[1].reader_id) == [tips[0].reader_id, tips[1].reader_id]
    same_reader.same(session, ids[3], ids[1], cast.bob)
    gone = same_reader.apart(session, ids[1], ids[2], cast.bob)
    assert same_reader.group(session, tips[2].reader_id) == [tips[2].reader_id]
    triage.undo(session, gone.id or 0, cast.bob)
    erasure.erase(session, ids[0], cast.alice)
    left = [session.get_one(Tip, tip_id).reader_id for tip_id in ids[1:]]
    assert same_reader.group(session, left[0]) == left
    assert len(session.scalars(select(Reader)).all()) == 3
