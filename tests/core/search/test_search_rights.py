"""Search under rights: whoever may not open files finds nothing by words that stand inside them alone."""

import pytest
from sqlmodel import Session

from tests.core.making import MORNING, TODAY, attach, make_tip
from tests.core.search.test_search import found
from tests.fixtures_db import Cast
from tipline.core import inbox, results, search
from tipline.core.access import Actor
from tipline.core.filters import Filters
from tipline.core.inbox import did_you_mean
from tipline.core.results import ResultsFilter, answers
from tipline.models import Answer, Note, Question, QuestionKind, Role, Tip
from tipline.sealing import new_id

INSIDE = ("canarybird", "birds", '"canarybird birds"', "护照", "照", "nothing OR birds", "canarybird letter")


@pytest.fixture
def tip(session: Session, cast: Cast) -> Tip:
    tip = make_tip(session, cast.borders, "My story of a flight")
    attach(session, tip, "letter.pdf", "the canarybird birds flew, 護照")
    return tip


@pytest.mark.parametrize("typed", INSIDE)
def test_words_inside_files_are_found_by_those_who_may_open_them(
    session: Session, cast: Cast, tip: Tip, typed: str
) -> None:
    assert found(session, typed, cast.alice) == found(session, typed, cast.bob) == [tip.id]
    assert found(session, typed, cast.dave) == []
    both = Actor(cast.dave.account_id, "Dave", frozenset({Role.ADMIN, Role.VIEWER}))
    assert found(session, typed, both) == []


def test_what_everybody_reads_is_found_by_everybody(session: Session, cast: Cast, tip: Tip) -> None:
    """Names of files, notes and calls stand on the tip's page, whoever sees it."""
    session.add(Note(tip_id=tip.id, author_id=cast.bob.account_id, text="the landlord", created_at=MORNING))
    search.put(session, tip.id or 0)
    for typed in ("letter", '"letter pdf"', "story flights", "landlord", "flew OR story", "story -canarybird -护照"):
        assert found(session, typed, cast.dave) == [tip.id], typed
    assert found(session, "story -canarybird", cast.bob) == []


def test_a_word_that_stands_outside_too_is_found_whatever_its_form(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders, "Our flights, the bird, 签证")
    attach(session, tip, "a.pdf", "flight flights birds 签 证件 签证")
    for typed in ("flight", "flights", '"flights"', "bird", "birds", '"bird"', "签证", "签", "证"):
        assert found(session, typed, cast.dave) == [tip.id], typed
    for typed in ('"flight"', '"birds"', "证件", "件"):
        assert found(session, typed, cast.dave) == [] != found(session, typed, cast.bob), typed


def test_no_count_and_no_suggestion_tells_of_words_inside_files(session: Session, cast: Cast) -> None:
    for n in range(3):
        attach(session, make_tip(session, cast.borders, "My story", n), "a.pdf", "we were separated")
    for typed, n in (("separated", 3), ("-separated", 0)):
        counts = {by.name: inbox.page(session, Filters.parse(typed), by, TODAY).count for by in (cast.bob, cast.dave)}
        assert counts == {"Bob": n, "Dave": 3 - n}
    slip = Filters.parse("seperated")
    assert did_you_mean.suggestion(session, slip, cast.dave, TODAY, 0) is None
    make_tip(session, cast.borders, "we were separated")
    make_tip(session, cast.borders, "both separated")
    for by, there in ((cast.bob, 5), (cast.dave, 2)):
        other = did_you_mean.suggestion(session, slip, by, TODAY, 0)
        assert other and inbox.page(session, other, by, TODAY).count == there


def test_answers_are_looked_through_under_the_same_rights(session: Session, cast: Cast, tip: Tip) -> None:
    question = Question(callout_id=cast.borders, position=1, kind=QuestionKind.SHORT)
    session.add(question)
    session.flush()
    given = {"tip_id": tip.id, "question_id": question.id, "position": 1}
    session.add(Answer(id=new_id(), wording="Hotel?", value="At the Marriott", **given))
    session.flush()
    search.put(session, tip.id or 0)
    for by in (cast.bob, cast.dave):
        scope = results.scope(session, cast.borders, ResultsFilter(), by)
        assert len(answers.page(scope, [question.id or 0], "marriott").rows) == 1
        assert answers.page(scope, [question.id or 0], "canarybird").rows == []


def test_asking_tip_by_tip_leaks_no_more(
    session: Session, cast: Cast, tip: Tip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search.Fts5, "ONE_LOOKUP", 0)
    monkeypatch.setattr(search.TsVector, "FEW", 0)
    for typed in ("canarybird", '"canarybird birds"', "护照", "照"):
        assert found(session, typed, cast.dave, few=1) == []
        assert found(session, typed, cast.bob, few=1) == [tip.id]


def test_a_giant_file_hides_none_of_its_words_behind_its_size(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders, "My story")
    attach(session, tip, "a.pdf", " ".join(f"canary{n}birds" for n in range(14_000)))
    attach(session, tip, "b.pdf", " ".join(f"sparrow{n}birds" for n in range(14_000)))
    seen = 0
    for n in range(0, 14_000, 500):
        for typed in (f"canary{n}bird", f'"canary{n}birds"', f"sparrow{n}bird"):
            assert found(session, typed, cast.dave) == []
            seen += len(found(session, typed, cast.bob))
    assert seen > 20 and found(session, "story", cast.dave) == [tip.id]


def test_restricted_tips_and_those_of_others_are_found_by_no_word_of_theirs(session: Session, cast: Cast) -> None:
    hidden = make_tip(session, cast.borders, "hidden sanctuary", restricted=True)
    attach(session, hidden, "sanctuary.pdf", "sanctuary")
    theirs = make_tip(session, cast.overtime, "a sanctuary of others")
    attach(session, theirs, "sanctuary.pdf", "sanctuary")
    wanted = {"Alice": 1, "Bob": 0, "Carol": 1, "Dave": 0, "Ada": 0}
    people = (cast.alice, cast.bob, cast.carol, cast.dave, cast.ada)
    listed = {by.name: inbox.page(session, Filters.parse("sanctuary"), by, TODAY).count for by in people}
    assert listed == wanted
    slip = Filters.parse("sanctuarry")
    offered = [by.name for by in people if by is not cast.ada and did_you_mean.suggestion(session, slip, by, TODAY, 0)]
    assert offered == ["Alice", "Carol"]
