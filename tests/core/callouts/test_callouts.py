"""Callouts and their questions, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.fixtures_db import Cast
from tipline.core import callouts, vault
from tipline.core.callouts import CalloutDraft, CalloutTexts, QuestionDraft, QuestionTexts
from tipline.core.callouts.questions import AskIf
from tipline.db import Database, now
from tipline.errors import Conflict, NotAllowed, NotVisible, Refused
from tipline.models import Answer, Callout, CalloutStatus, Event, Question, QuestionKind, Reader, Tip, Verb
from tipline.sealing import new_id
from tipline.vocabularies import Source


def question(wording: str = "What happened?", kind: QuestionKind = QuestionKind.LONG, **more: object) -> QuestionDraft:
    texts = {"en": QuestionTexts(wording), "zh_Hans": QuestionTexts("发生了什么？")}
    return replace(QuestionDraft(None, kind, False, False, texts), **more)  # type: ignore[arg-type]


def draft(*questions: QuestionDraft, **more: object) -> CalloutDraft:
    texts = {"en": CalloutTexts("Stranded", "Intro"), "zh_Hans": CalloutTexts("滞留")}
    more = {"slug": "stranded", **more}
    made = CalloutDraft(
        "", ["en", "zh_Hans"], f"{more['slug']}@m.example", None, texts, list(questions) or [question()]
    )
    return replace(made, **more)  # type: ignore[arg-type]


def id_of(callout: Callout) -> int:
    assert callout.id is not None
    return callout.id


def answer(session: Session, callout_id: int, question_id: int) -> None:
    reader = Reader(key_id=_key(session), created_at=now())
    session.add(reader)
    session.flush()
    assert reader.id is not None
    tip = Tip(
        callout_id=callout_id, reader_id=reader.id, source=Source.FORM, received_at=now(), updated_at=now(),
        reader_wrote_at=now(),
        active_at=now(),
    )  # fmt: skip
    session.add(tip)
    session.flush()
    assert tip.id is not None
    row = Answer(id=new_id(), tip_id=tip.id, question_id=question_id, position=0, wording="What happened?", value="It")
    session.add(row)
    session.flush()


def _key(session: Session) -> int:
    key = vault.new_key(session)
    session.flush()
    return key.id


def test_a_new_callout_is_a_draft_that_readers_do_not_find(session: Session, cast: Cast) -> None:
    made = callouts.create(session, draft(), cast.alice)
    assert made.status is CalloutStatus.DRAFT
    assert callouts.by_slug(session, "stranded") is None
    assert id_of(made) not in [c.id for c in callouts.listed(session)]


def test_an_opened_callout_is_found_and_listed_and_a_closed_one_only_found(session: Session, cast: Cast) -> None:
    made = callouts.create(session, draft(), cast.alice)
    callouts.open_(session, id_of(made), cast.alice)
    assert callouts.by_slug(session, "stranded") is not None
    assert id_of(made) in [c.id for c in callouts.listed(session)]
    callouts.close(session, id_of(made), cast.alice)
    assert callouts.by_slug(session, "stranded") is not None
    assert id_of(made) not in [c.id for c in callouts.listed(session)]


def test_past_its_closing_date_a_callout_counts_as_closed(session: Session, cast: Cast) -> None:
    made = callouts.create(session, draft(), cast.alice)
    callouts.open_(session, id_of(made), cast.alice)
    made.closes_at = now() - timedelta(seconds=1)
    session.flush()
    assert not callouts.is_open(made)
    assert callouts.form_of(session, made, "en").status is CalloutStatus.CLOSED
    assert id_of(made) not in [c.id for c in callouts.listed(session)]


def test_only_editors_change_callouts(session: Session, cast: Cast) -> None:
    for person in (cast.bob, cast.dave, cast.ada):
        with pytest.raises(NotAllowed):
            callouts.create(session, draft(), person)
        with pytest.raises(NotAllowed):
            callouts.close(session, cast.borders, person)
    with pytest.raises(NotVisible):
        callouts.close(session, 999_999, cast.alice)


def test_the_desk_lists_an_editor_all_and_a_reporter_their_own(session: Session, cast: Cast) -> None:
    assert {c.slug for c in callouts.for_desk(session, cast.alice)} == {"borders", "overtime"}
    assert {c.slug for c in callouts.for_desk(session, cast.bob)} == {"borders"}
    assert callouts.for_desk(session, cast.ada) == []


def test_an_address_that_is_taken_or_malformed_is_refused(session: Session, cast: Cast) -> None:
    for slug in ("borders", "Bad Slug", "-a", "a--b", "", "a" * 61, "a/b", "a\n"):
        with pytest.raises(Refused):
            callouts.create(session, draft(slug=slug), cast.alice)


def test_the_address_of_a_callout_that_was_opened_stays(session: Session, cast: Cast) -> None:
    made = callouts.create(session, draft(), cast.alice)
    callouts.change(session, id_of(made), draft(slug="other"), cast.alice, 1)
    callouts.open_(session, id_of(made), cast.alice)
    with pytest.raises(Refused):
        callouts.change(session, id_of(made), draft(slug="third"), cast.alice, made.version)


def test_a_change_on_an_old_version_is_a_conflict(session: Session, cast: Cast) -> None:
    made = callouts.create(session, draft(), cast.alice)
    callouts.change(session, id_of(made), draft(mail_address="new@m.example"), cast.alice, 1)
    with pytest.raises(Conflict):
        callouts.change(session, id_of(made), draft(), cast.alice, 1)
    assert made.mail_address == "new@m.example"


def test_two_editors_at_once_do_not_overwrite_each_other(database: Database, session: Session, cast: Cast) -> None:
    made = callouts.create(session, draft(), cast.alice)
    session.commit()
    with database.writing() as first:
        callouts.change(first, id_of(made), draft(mail_address="first@m.example"), cast.alice, 1)
        first.commit()
    with database.writing() as second, pytest.raises(Conflict):
        callouts.change(second, id_of(made), draft(mail_address="second@m.example"), cast.alice, 1)


def test_the_form_speaks_the_readers_language_and_falls_back_where_a_translation_lacks(
    session: Session, cast: Cast
) -> None:
    only_english = question("Where?", QuestionKind.SHORT)
    only_english.texts["zh_Hans"] = QuestionTexts("")
    made = callouts.create(session, draft(question(), only_english), cast.alice)
    view = callouts.form_of(session, made, "zh_Hans")
    assert (view.title, view.language) == ("滞留", "zh_Hans")
    assert [(q.wording, q.language) for q in view.questions] == [("发生了什么？", "zh_Hans"), ("Where?", "en")]
    assert callouts.form_of(session, made, "fr").language == "en"


def test_before_readers_saw_it_a_question_is_reworded_in_place(session: Session, cast: Cast) -> None:
    made = callouts.create(session, draft(), cast.alice)
    before = callouts.draft_of(session, made).questions[0]
    changed = replace(before, texts={**before.texts, "en": QuestionTexts("What is it like?")})
    callouts.change(session, id_of(made), draft(changed), cast.alice, 1)
    after = callouts.draft_of(session, made).questions
    assert [(q.id, q.texts["en"].wording) for q in after] == [(before.id, "What is it like?")]


def test_a_question_that_readers_saw_keeps_its_words_and_a_new_one_takes_its_place(
    session: Session, cast: Cast
) -> None:
    made = callouts.create(session, draft(), cast.alice)
    callouts.open_(session, id_of(made), cast.alice)
    old = callouts.form_of(session, made, "en").questions[0]
    before = callouts.draft_of(session, made).questions[0]
    changed = replace(before, texts={**before.texts, "en": QuestionTexts("What is it like?")})
    callouts.change(session, id_of(made), draft(changed), cast.alice, made.version)
    new = callouts.form_of(session, made, "en").questions
    assert [q.wording for q in new] == ["What is it like?"] and new[0].id != old.id
    # who still has the old page open is read with the old words
    assert callouts.form_of(session, made, "en", [old.id]).questions == [old]


def test_a_question_with_answers_is_not_reworded_even_in_a_draft(session: Session, cast: Cast) -> None:
    made = callouts.create(session, draft(), cast.alice)
    before = callouts.draft_of(session, made).questions[0]
    assert before.id is not None
    answer(session, id_of(made), before.id)
    changed = replace(before, texts={**before.texts, "en": QuestionTexts("Reworded")})
    callouts.change(session, id_of(made), draft(changed), cast.alice, 1)
    old = session.get_one(Question, before.id)
    assert old.retired
    assert callouts.draft_of(session, made).questions[0].id != before.id


def test_hints_position_and_required_change_in_place(session: Session, cast: Cast) -> None:
    made = callouts.create(session, draft(question(), question("Where?", QuestionKind.SHORT)), cast.alice)
    callouts.open_(session, id_of(made), cast.alice)
    one, two = callouts.draft_of(session, made).questions
    hinted = replace(one, required=True, texts={**one.texts, "en": QuestionTexts("What happened?", "In any language.")})
    callouts.change(session, id_of(made), draft(two, hinted), cast.alice, made.version)
    after = callouts.form_of(session, made, "en").questions
    assert [q.id for q in after] == [two.id, one.id]
    assert (after[1].hint, after[1].required) == ("In any language.", True)


def test_a_question_left_out_retires_and_its_row_stays(session: Session, cast: Cast) -> None:
    made = callouts.create(session, draft(question(), question("Where?", QuestionKind.SHORT)), cast.alice)
    one, two = callouts.draft_of(session, made).questions
    callouts.change(session, id_of(made), draft(one), cast.alice, 1)
    assert [q.id for q in callouts.draft_of(session, made).questions] == [one.id]
    assert session.get_one(Question, two.id).retired


def test_a_question_of_another_callout_can_not_be_taken_over(session: Session, cast: Cast) -> None:
    other = callouts.create(session, draft(slug="other"), cast.alice)
    theirs = callouts.draft_of(session, other).questions[0]
    made = callouts.create(session, draft(), cast.alice)
    callouts.change(session, id_of(made), draft(replace(theirs, kind=QuestionKind.SHORT)), cast.alice, 1)
    assert session.get_one(Question, theirs.id).kind is QuestionKind.LONG
    assert callouts.draft_of(session, made).questions[0].id != theirs.id
    assert callouts.form_of(session, made, "en", [theirs.id or 0]).questions == []


def test_a_condition_outlives_the_question_that_it_looks_at(session: Session, cast: Cast) -> None:
    asks = question("Are you stranded?", QuestionKind.YES_NO)
    made = callouts.create(session, draft(asks, question("Where?", ask_if=AskIf(0, (0,)))), cast.alice)
    callouts.open_(session, id_of(made), cast.alice)
    left = callouts.draft_of(session, made)
    assert left.questions[1].ask_if == AskIf(0, (0,))
    reworded = replace(left.questions[0], texts={"en": QuestionTexts("Are you stuck?")})
    callouts.change(session, id_of(made), replace(left, questions=[reworded, left.questions[1]]), cast.alice, 2)
    new, old = callouts.form_of(session, made, "en").questions
    assert new.id != left.questions[0].id
    assert new.origin == left.questions[0].id
    assert old.ask_if == AskIf(new.origin, (0,))


def test_a_condition_on_a_later_question_is_none(session: Session, cast: Cast) -> None:
    made = callouts.create(session, draft(question("Where?", ask_if=AskIf(1, (0,))), question()), cast.alice)
    assert [q.ask_if for q in callouts.form_of(session, made, "en").questions] == [None, None]


def test_before_its_opening_date_a_callout_takes_nothing_and_is_not_listed(session: Session, cast: Cast) -> None:
    made = callouts.create(session, draft(opens_at=now() + timedelta(hours=1)), cast.alice)
    callouts.open_(session, id_of(made), cast.alice)
    assert callouts.form_of(session, made, "en").status is CalloutStatus.PAUSED
    assert made not in callouts.listed(session)


def test_choices_need_two_options_and_as_many_in_each_language(session: Session, cast: Cast) -> None:
    def choice(english: list[str], chinese: list[str]) -> QuestionDraft:
        texts = {"en": QuestionTexts("Which?", "", english), "zh_Hans": QuestionTexts("哪个？", "", chinese)}
        return QuestionDraft(None, QuestionKind.ONE, False, False, texts)

    for wrong in (choice(["A"], ["甲"]), choice(["A", "B"], ["甲"])):
        with pytest.raises(Refused):
            callouts.create(session, draft(wrong), cast.alice)
    callouts.create(session, draft(choice(["A", "B"], ["甲", "乙"])), cast.alice)


def test_a_callout_without_questions_or_time_does_not_open_and_one_without_a_translation_does(
    session: Session, cast: Cast
) -> None:
    empty = callouts.create(session, draft(questions=[]), cast.alice)
    texts = {"en": CalloutTexts("T"), "zh_Hans": CalloutTexts("")}
    untranslated = callouts.create(session, draft(slug="untranslated", texts=texts), cast.alice)
    late = callouts.create(session, draft(slug="late", closes_at=now() - timedelta(days=1)), cast.alice)
    for callout in (empty, late):
        with pytest.raises(Refused):
            callouts.open_(session, id_of(callout), cast.alice)
    with pytest.raises(Refused):
        callouts.close(session, id_of(empty), cast.alice)
    callouts.open_(session, id_of(untranslated), cast.alice)
    assert callouts.texts(session, [untranslated], "zh_Hans")[id_of(untranslated)].title == "T"


def test_the_general_callout_is_made_once_and_keeps_its_address(session: Session, cast: Cast) -> None:
    first = callouts.general(session)
    assert callouts.general(session).id == first.id
    assert callouts.by_slug(session, callouts.GENERAL) is None
    with pytest.raises(Refused):
        callouts.change(session, id_of(first), draft(slug="moved"), cast.alice, 1)


def test_each_verb_writes_one_event(session: Session, cast: Cast) -> None:
    made = callouts.create(session, draft(), cast.alice)
    callouts.change(session, id_of(made), draft(), cast.alice, 1)
    callouts.open_(session, id_of(made), cast.alice)
    callouts.open_(session, id_of(made), cast.alice)
    callouts.close(session, id_of(made), cast.alice)
    verbs = session.scalars(select(Event).where(col(Event.object_id) == made.id).order_by(col(Event.id)))
    assert [event.verb for event in verbs] == [
        Verb.CALLOUT_MADE, Verb.CALLOUT_CHANGED, Verb.CALLOUT_OPENED, Verb.CALLOUT_CLOSED,
    ]  # fmt: skip


def test_a_question_whose_answers_may_newly_be_published_is_a_new_one(session: Session, cast: Cast) -> None:
    made = callouts.create(session, draft(), cast.alice)
    callouts.open_(session, id_of(made), cast.alice)
    before = callouts.draft_of(session, made).questions[0]
    callouts.change(session, id_of(made), draft(replace(before, publish=True)), cast.alice, made.version)
    after = callouts.draft_of(session, made).questions[0]
    assert after.id != before.id and after.publish
    assert not session.get_one(Question, before.id).publish, "who answered it was never asked about that"
    callouts.change(session, id_of(made), draft(replace(after, publish=False)), cast.alice, made.version)
    assert callouts.draft_of(session, made).questions[0].id == after.id, "taken back, it holds for all who answered"
