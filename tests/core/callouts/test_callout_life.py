"""What becomes of a callout: paused, archived, copied, previewed by a secret link, its team, its earlier wordings."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update
from sqlmodel import Session, col

from tests.core.callouts.test_callouts import answer, draft, id_of, question
from tests.fixtures_db import Cast
from tipline.core import callouts
from tipline.core.accounts import teams
from tipline.core.callouts import CalloutTexts, previews, reuse, versions
from tipline.core.callouts.callout_texts import fallen_back
from tipline.core.callouts.questions import AskIf, QuestionDraft, QuestionTexts
from tipline.core.callouts.versions import Change, Effect
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.models import Account, Callout, CalloutStatus, Event, Question, QuestionKind, Role, Tip, Verb
from tipline.sealing import Master

MASTER = Master(b"k" * 32)


def opened(session: Session, cast: Cast) -> Callout:
    asks = question("Stranded?", QuestionKind.YES_NO)
    made = callouts.create(session, draft(asks, question("Where?", ask_if=AskIf(0, (0,)))), cast.alice)
    return callouts.open_(session, id_of(made), cast.alice)


def verbs(session: Session, callout: Callout) -> list[Verb]:
    query = select(Event).where(col(Event.object_id) == callout.id).order_by(col(Event.id))
    return [event.verb for event in session.scalars(query)]


def test_a_paused_callout_keeps_its_page_and_is_not_listed(session: Session, cast: Cast) -> None:
    made = opened(session, cast)
    callouts.pause(session, id_of(made), cast.alice)
    assert callouts.by_slug(session, "stranded") is not None and made not in callouts.listed(session)
    assert not callouts.is_open(made)
    callouts.open_(session, id_of(made), cast.alice)
    assert callouts.is_open(made)
    assert verbs(session, made)[-2:] == [Verb.CALLOUT_PAUSED, Verb.CALLOUT_OPENED]


def test_only_what_readers_can_not_answer_goes_to_the_archive_and_it_comes_back_as_it_was(
    session: Session, cast: Cast
) -> None:
    made = opened(session, cast)
    with pytest.raises(Refused):
        callouts.archive(session, id_of(made), cast.alice)
    callouts.close(session, id_of(made), cast.alice)
    with pytest.raises(Refused):
        callouts.bring_back(session, id_of(made), cast.alice)
    callouts.archive(session, id_of(made), cast.alice)
    assert callouts.by_slug(session, "stranded") is None
    with pytest.raises(Refused):
        callouts.open_(session, id_of(made), cast.alice)
    assert callouts.bring_back(session, id_of(made), cast.alice).status is CalloutStatus.CLOSED
    never = callouts.create(session, draft(slug="never"), cast.alice)
    callouts.archive(session, id_of(never), cast.alice)
    assert callouts.bring_back(session, id_of(never), cast.alice).status is CalloutStatus.DRAFT
    assert verbs(session, made)[-2:] == [Verb.CALLOUT_ARCHIVED, Verb.CALLOUT_CLOSED]


def test_the_callout_for_mail_that_fits_no_other_is_never_archived(session: Session, cast: Cast) -> None:
    with pytest.raises(Refused):
        callouts.archive(session, id_of(callouts.general(session)), cast.alice)


def test_a_draft_is_not_paused_and_others_than_editors_turn_nothing(session: Session, cast: Cast) -> None:
    made = callouts.create(session, draft(), cast.alice)
    with pytest.raises(Refused):
        callouts.pause(session, id_of(made), cast.alice)
    for act in (callouts.pause, callouts.archive, callouts.bring_back, previews.renew, reuse.copy):
        for person in (cast.bob, cast.dave, cast.ada):
            with pytest.raises(NotAllowed):
                act(session, id_of(made), person)
        with pytest.raises(NotVisible):
            act(session, 999_999, cast.alice)


def test_each_text_falls_back_alone_and_says_in_which_language_it_is() -> None:
    said = {
        "en": CalloutTexts("Stranded", "Intro", risk="Careful", acknowledgement="Thanks"),
        "zh_Hans": CalloutTexts("滞留"),
        "fr": CalloutTexts("", why="Pourquoi"),
    }
    texts, elsewhere = fallen_back(said, "zh_Hans", ["en", "zh_Hans"])
    assert (texts.title, texts.intro, texts.risk) == ("滞留", "Intro", "Careful")
    assert texts.acknowledgement == "", "our own words in Chinese are better than theirs in English"
    assert texts.why == "", "French is not one of its languages"
    assert elsewhere == {"intro": "en", "risk": "en"}


def test_a_preview_link_belongs_to_one_callout_and_one_turn(session: Session, cast: Cast) -> None:
    made = callouts.create(session, draft(), cast.alice)
    other = callouts.create(session, draft(slug="other"), cast.alice)
    old, theirs = previews.token(MASTER, made), previews.token(MASTER, other)
    assert previews.by_token(session, MASTER, old) is made
    assert previews.by_token(session, Master(b"x" * 32), old) is None
    assert previews.by_token(session, MASTER, old[:11] + theirs[11:]) is None
    for wrong in ("", "=", "é", old[:-2], old + "AA", "/w" * 16, "_" * 32):
        assert previews.by_token(session, MASTER, wrong) is None, wrong
    previews.renew(session, id_of(made), cast.alice)
    assert previews.by_token(session, MASTER, old) is None
    assert previews.by_token(session, MASTER, previews.token(MASTER, made)) is made
    assert verbs(session, made)[-1] is Verb.PREVIEW_LINK
    callouts.archive(session, id_of(made), cast.alice)
    assert previews.by_token(session, MASTER, previews.token(MASTER, made)) is None


def test_a_sketch_is_what_would_be_saved(session: Session, cast: Cast) -> None:
    asks = question("Stranded?", QuestionKind.YES_NO, ends_if=(1,))
    wanted = draft(asks, question("Where?", ask_if=AskIf(0, (0,)), guide=100))
    made = callouts.create(session, wanted, cast.alice)
    for language in ("en", "zh_Hans"):
        saved = callouts.form_of(session, made, language)
        sketched = previews.sketch(wanted, language, saved.id)
        numbers = {one.id: number for number, one in enumerate(saved.questions, 1)}
        asked = [
            replace(one, id=numbers[one.id], origin=numbers[one.origin],
                    ask_if=one.ask_if and AskIf(numbers[one.ask_if.question], one.ask_if.options))
            for one in saved.questions
        ]  # fmt: skip
        assert replace(saved, status=CalloutStatus.OPEN, questions=asked) == sketched


def test_a_team_is_made_of_reporters_and_viewers_and_each_change_is_an_event(session: Session, cast: Cast) -> None:
    made = callouts.create(session, draft(), cast.alice)
    assert [one.name for one in teams.candidates(session)] == ["Bob", "Carol", "Dave"]
    teams.put(session, id_of(made), [cast.bob.account_id, cast.ada.account_id, 999_999], cast.alice)
    assert teams.members(session, id_of(made)) == {cast.bob.account_id}
    assert id_of(made) in [one.id for one in callouts.for_desk(session, cast.bob)]
    session.get_one(Account, cast.bob.account_id).active = False
    session.flush()
    teams.put(session, id_of(made), [cast.dave.account_id], cast.alice)
    assert teams.members(session, id_of(made)) == {cast.bob.account_id, cast.dave.account_id}
    teams.put(session, id_of(made), [], cast.alice)
    assert teams.members(session, id_of(made)) == {cast.bob.account_id}
    events = session.scalars(select(Event).where(col(Event.verb) == Verb.TEAM).order_by(col(Event.id)))
    ours = str(made.id)
    assert [(e.object_id, e.before, e.after) for e in events] == [
        (cast.bob.account_id, "", ours), (cast.dave.account_id, "", ours), (cast.dave.account_id, ours, ""),
    ]  # fmt: skip
    assert Role.EDITOR not in {role for one in teams.candidates(session) for role in one.roles}
    with pytest.raises(NotAllowed):
        teams.put(session, id_of(made), [], cast.bob)


def test_a_copy_says_and_asks_the_same_and_shares_no_row_and_no_mail(session: Session, cast: Cast) -> None:
    made = opened(session, cast)
    copied = reuse.copy(session, id_of(made), cast.alice)
    assert (copied.slug, copied.status, copied.mail_address) == ("stranded-2", CalloutStatus.DRAFT, "")
    before, after = callouts.draft_of(session, made), callouts.draft_of(session, copied)
    assert after.texts == before.texts
    assert [replace(one, id=None) for one in after.questions] == [replace(one, id=None) for one in before.questions]
    assert not {one.id for one in after.questions} & {one.id for one in before.questions}
    assert reuse.copy(session, id_of(copied), cast.alice).slug == "stranded-2-2"
    longest = callouts.create(session, draft(slug="a" * 60), cast.alice)
    assert len(reuse.copy(session, id_of(longest), cast.alice).slug) <= 60


def test_every_set_of_the_library_can_be_asked_in_every_language(session: Session, cast: Cast) -> None:
    languages = ["en", "zh_Hans", "zh_Hant"]
    texts = {code: CalloutTexts("Title") for code in languages}
    for one in reuse.question_sets():
        assert list(one.titles) == languages
        asked = [question(), *reuse.moved(one.questions, 1)]
        made = callouts.create(session, draft(*asked, slug=one.name, languages=languages, texts=texts), cast.alice)
        for code in languages:
            shown = callouts.form_of(session, made, code).questions[1:]
            assert {view.language for view in shown} == {code}, one.name
        rules = [view.ask_if for view in callouts.form_of(session, made, "en").questions[1:]]
        assert sum(rule is not None for rule in rules) == sum(q.ask_if is not None for q in one.questions)
    assert reuse.from_set("none") == []


def changes(session: Session, made: Callout, wanted: list[QuestionDraft]) -> list[Change]:
    return versions.changes(session, made, wanted, versions.counts(session, id_of(made)))


def test_what_saving_does_is_told_before_and_earlier_wordings_after(session: Session, cast: Cast) -> None:
    made = opened(session, cast)
    one, two = callouts.draft_of(session, made).questions
    for _ in range(3):
        answer(session, id_of(made), two.id or 0)
    assert changes(session, made, [one, two]) == []
    assert changes(session, made, [two, one]) == [], "an order is no other question"
    reworded = replace(two, texts={**two.texts, "en": QuestionTexts("Where are you?")})
    told = changes(session, made, [reworded])
    assert [(c.effect, c.number, c.answers) for c in told] == [(Effect.REPLACED, 1, 3), (Effect.RETIRED, 1, 0)]
    callouts.change(session, id_of(made), draft(one, reworded), cast.alice, made.version)
    new = callouts.draft_of(session, made).questions[1]
    again = replace(new, texts={**new.texts, "en": QuestionTexts("Where now?")})
    callouts.change(session, id_of(made), draft(one, again), cast.alice, made.version)
    stands = callouts.draft_of(session, made).questions[1]
    found = versions.earlier(session, id_of(made), versions.counts(session, id_of(made)))[stands.id or 0]
    assert [(old.texts["en"], old.answers) for old in found] == [("Where are you?", 0), ("Where?", 3)]


def test_a_draft_that_nobody_answered_changes_without_a_word(session: Session, cast: Cast) -> None:
    made = callouts.create(session, draft(question(), question("Where?")), cast.alice)
    one, two = callouts.draft_of(session, made).questions
    assert changes(session, made, [replace(one, kind=QuestionKind.SHORT)]) == []
    answer(session, id_of(made), two.id or 0)
    assert [(c.effect, c.answers) for c in changes(session, made, [one])] == [(Effect.RETIRED, 1)]


def test_answers_on_restricted_tips_are_in_no_number_and_still_keep_their_question(
    session: Session, cast: Cast
) -> None:
    made = callouts.create(session, draft(question(), question("Where?")), cast.alice)
    one, two = callouts.draft_of(session, made).questions
    answer(session, id_of(made), two.id or 0)
    session.execute(update(Tip).values(restricted=True))
    assert versions.counts(session, id_of(made)) == {}
    assert [(c.effect, c.answers) for c in changes(session, made, [one])] == [(Effect.RETIRED, 0)]
    reworded = replace(two, texts={"en": QuestionTexts("Where are you?")})
    callouts.change(session, id_of(made), draft(one, reworded), cast.alice, made.version)
    assert session.get_one(Question, two.id).retired


def test_what_another_editor_reworded_meanwhile_is_still_the_same_question(session: Session, cast: Cast) -> None:
    made = opened(session, cast)
    one, two = callouts.draft_of(session, made).questions
    theirs = replace(two, texts={**two.texts, "en": QuestionTexts("Where are you?")})
    callouts.change(session, id_of(made), draft(one, theirs), cast.alice, made.version)
    mine = replace(two, texts={**two.texts, "en": QuestionTexts("Where now?")})
    assert [c.effect for c in changes(session, made, [one, mine])] == [Effect.REPLACED]
    callouts.change(session, id_of(made), draft(one, mine), cast.alice, made.version)
    stands = callouts.form_of(session, made, "en").questions[1]
    assert (stands.wording, stands.origin) == ("Where now?", two.id)


def test_two_drafts_of_one_question_are_two_questions(session: Session, cast: Cast) -> None:
    made = opened(session, cast)
    one, two = callouts.draft_of(session, made).questions
    theirs = replace(two, texts={**two.texts, "en": QuestionTexts("Where are you?")})
    callouts.change(session, id_of(made), draft(one, theirs), cast.alice, made.version)
    stands = callouts.draft_of(session, made).questions[1]
    big = replace(two, id=2**62)
    callouts.change(session, id_of(made), draft(one, two, stands, big), cast.alice, made.version)
    after = callouts.form_of(session, made, "en").questions
    assert [q.origin for q in after[::2]] == [one.id, two.id]
    assert len({q.origin for q in after}) == 4
