"""Piles: tips that say nearly the same, put together as they come in, and what becomes of a pile."""

import pytest
from sqlalchemy import func, select
from sqlmodel import Session, col

from tests.arrivals import form
from tests.core import campaigns
from tests.core.making import TODAY, make_tip, say
from tests.fixtures_db import Cast
from tests.web.arriving import by_form, by_mail
from tipline.core import intake, joining, triage
from tipline.core.arrival import GivenAnswer
from tipline.core.keeping import erasure
from tipline.core.similar import piles
from tipline.db import Database
from tipline.errors import Conflict, NotAllowed, NotVisible
from tipline.jobs.piling import BATCH, Piling
from tipline.models import Question, QuestionKind, Status, Tip, TipPrint, Verb


def pile_up(session: Session) -> None:
    """What the worker does."""
    while due := piles.waiting(session, BATCH):
        piles.take_in(session, piles.prepare(session, due))


def tell(session: Session, callout_id: int, stories: list[str]) -> list[Tip]:
    tips = [make_tip(session, callout_id, story, minutes=n) for n, story in enumerate(stories)]
    pile_up(session)
    return tips


def prints(session: Session, tip: Tip) -> int:
    of_tip = select(func.count()).select_from(TipPrint).where(col(TipPrint.tip_id) == tip.id)
    return session.scalar(of_tip) or 0


def test_each_template_is_one_pile_and_an_account_of_ones_own_is_in_none(session: Session, cast: Cast) -> None:
    stories = [(name, story) for name in campaigns.TEMPLATES for story in campaigns.copies(name, 25)]
    stories += [("", story) for story in campaigns.accounts(40)]
    stories.sort(key=lambda told: told[1])  # each template among the others
    tips = tell(session, cast.borders, [story for _, story in stories])
    piled: dict[str, set[int | None]] = {}
    for (name, _), tip in zip(stories, tips, strict=True):
        piled.setdefault(name, set()).add(tip.pile)
    assert piled.pop("") == {None}
    assert all(len(found) == 1 and found != {None} for found in piled.values())
    assert len(set.union(*piled.values())) == len(campaigns.TEMPLATES)


def test_the_worker_puts_what_comes_in_with_those_like_it(database: Database, session: Session, cast: Cast) -> None:
    first, second, third = campaigns.copies("students", 3)
    a = by_form(session, cast.borders, first)
    b = by_mail(session, cast.borders, second, subject="Our petition")
    job = Piling(database)
    assert not job.run()
    c = by_form(session, cast.borders, third)
    own = by_form(session, cast.borders, campaigns.written()[0])
    job.run()
    with database.reading() as fresh:
        found = {i: fresh.get_one(Tip, i) for i in (a, b, c, own)}
        assert found[a].pile is not None
        assert {found[a].pile} == {found[b].pile, found[c].pile}
        assert found[own].pile is None
        assert piles.waiting(fresh, 10) == []


def test_the_fields_of_a_form_are_read_and_what_was_chosen_is_not(session: Session, cast: Cast) -> None:
    questions = [Question(callout_id=cast.borders, position=n, kind=kind) for n, kind in enumerate(QuestionKind)]
    session.add_all(questions)
    session.flush()
    by_kind = {question.kind: question.id or 0 for question in questions}
    arrival = form(
        text="Long story",
        callout_id=cast.borders,
        answers=(
            GivenAnswer(by_kind[QuestionKind.LONG], "What happened?", "Long story"),
            GivenAnswer(by_kind[QuestionKind.SHORT], "Where?", "In Macau"),
            GivenAnswer(by_kind[QuestionKind.ONE], "Who?", "My children", options=(0,)),
            GivenAnswer(by_kind[QuestionKind.NUMBER], "How long?", "18", number=18),
        ),
    )
    filed = intake.receive(session, arrival)
    assert piles.stories(session, [filed.tip_id]) == {filed.tip_id: "Long story\nIn Macau"}


def test_two_callouts_have_two_piles(session: Session, cast: Cast) -> None:
    here = tell(session, cast.borders, campaigns.copies("居民", 4))
    there = tell(session, cast.overtime, campaigns.copies("居民", 4))
    assert {tip.pile for tip in here} & {tip.pile for tip in there} == set()
    assert None not in {tip.pile for tip in (*here, *there)}


def test_restricted_tips_have_no_prints_and_get_them_once_they_are_free(session: Session, cast: Cast) -> None:
    first, second, third = campaigns.copies("residents", 3)
    hidden = make_tip(session, cast.borders, first, restricted=True)
    others = tell(session, cast.borders, [second, third])
    assert hidden.pile is None and not prints(session, hidden)
    hidden.restricted = False
    session.flush()
    pile_up(session)
    assert hidden.pile == others[0].pile
    piles.forget(session, hidden.id or 0)
    session.refresh(hidden)
    assert hidden.pile is None and not prints(session, hidden)


def test_a_joined_tip_leaves_its_pile(session: Session, cast: Cast) -> None:
    tips = tell(session, cast.borders, campaigns.copies("residents", 3))
    tips[2].may_belong_to = make_tip(session, cast.borders, "Mine").id
    session.flush()
    joining.join(session, tips[2].id or 0, cast.bob, TODAY)
    session.refresh(tips[2])
    assert tips[2].pile is None and not prints(session, tips[2])
    assert tips[2].id not in piles.waiting(session, 10)
    assert tips[0].pile == tips[1].pile is not None


def test_erasing_takes_the_prints_and_leaves_the_others_in_their_pile(session: Session, cast: Cast) -> None:
    tips = tell(session, cast.borders, campaigns.copies("residents", 3))
    erased, ids = tips[0].id or 0, [tip.id for tip in tips[1:]]
    erasure.erase(session, erased, cast.alice)
    assert session.scalar(select(func.count()).select_from(TipPrint).where(col(TipPrint.tip_id) == erased)) == 0
    assert len(set(session.scalars(select(col(Tip.pile)).where(col(Tip.id).in_(ids))))) == 1


def test_what_a_person_sets_apart_stays_alone_and_the_event_says_so(session: Session, cast: Cast) -> None:
    tips = tell(session, cast.borders, campaigns.copies("residents", 4))
    pile = tips[0].pile
    event = piles.set_apart(session, tips[1].id or 0, cast.bob)
    assert event is not None and (event.verb, event.before) == (Verb.UNALIKE, str(pile))
    assert piles.set_apart(session, tips[1].id or 0, cast.bob) is None
    more = tell(session, cast.borders, [campaigns.copies("residents", 2)[1]])
    assert tips[1].pile is None and more[0].pile == pile
    (back,) = triage.undo(session, event.id or 0, cast.bob)
    pile_up(session)
    assert (back.verb, back.undoes, tips[1].pile) == (Verb.ALIKE, event.id, pile)
    assert prints(session, tips[1])
    (again,) = triage.undo(session, back.id or 0, cast.bob)
    assert again.verb is Verb.UNALIKE and tips[1].pile is None
    with pytest.raises(Conflict):
        triage.undo(session, back.id or 0, cast.bob)


def test_only_those_who_work_on_a_tip_set_it_apart(session: Session, cast: Cast) -> None:
    tips = tell(session, cast.borders, campaigns.copies("residents", 2))
    with pytest.raises(NotAllowed):
        piles.set_apart(session, tips[0].id or 0, cast.dave)
    with pytest.raises(NotVisible):
        piles.set_apart(session, tips[0].id or 0, cast.carol)


def test_a_template_of_many_copies_costs_as_much_as_one_of_few(session: Session, cast: Cast) -> None:
    tell(session, cast.borders, campaigns.copies("students", 60))
    late = make_tip(session, cast.borders, campaigns.copies("students", 1, seed=5)[0])
    told = piles.prepare(session, [late.id or 0])
    assert len(piles._sharing(session, told[late.id or 0].prints)) <= piles.NEWEST * len(told[late.id or 0].prints)
    piles.take_in(session, told)
    assert late.pile is not None


def test_what_was_said_later_changes_no_prints(session: Session, cast: Cast) -> None:
    (tip,) = tell(session, cast.borders, campaigns.copies("students", 1))
    before = set(session.scalars(select(col(TipPrint.value)).where(col(TipPrint.tip_id) == tip.id)))
    say(session, tip, "Something else that came a week later")
    piles.forget(session, tip.id or 0)
    pile_up(session)
    assert set(session.scalars(select(col(TipPrint.value)).where(col(TipPrint.tip_id) == tip.id))) == before


def test_spam_piles_up_too(session: Session, cast: Cast) -> None:
    stories = campaigns.copies("students", 2)
    tips = [make_tip(session, cast.borders, story, status=Status.SPAM) for story in stories]
    pile_up(session)
    assert tips[0].pile == tips[1].pile is not None


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_nobody_waits_for_a_tip_that_somebody_changes(database: Database, session: Session, cast: Cast) -> None:
    """SQLite has one writer at a time. Here the worker leaves the tip for later, and holds nobody up."""
    first, second = campaigns.copies("students", 2)
    a, job = by_form(session, cast.borders, first), Piling(database)
    job.run()
    b = by_form(session, cast.borders, second)
    with database.writing() as other:
        triage.set_status(other, a, Status.REVIEWING, cast.bob)
        assert not job.run()
        assert piles.waiting(session, 10) == [b]
        other.commit()
    session.rollback()
    job.run()
    with database.reading() as fresh:
        assert fresh.get_one(Tip, a).pile == fresh.get_one(Tip, b).pile is not None


def test_two_piles_of_one_template_become_one_when_a_copy_is_like_both(session: Session, cast: Cast) -> None:
    *stories, last = campaigns.copies("students", 9)
    tips = tell(session, cast.borders, stories)
    for n, tip in enumerate(tips):
        tip.pile = 1 if n < 3 else 2
    (bridge,) = tell(session, cast.borders, [last])
    session.expire_all()
    assert {tip.pile for tip in tips} == {2} == {bridge.pile}, "the larger one stays"


def test_a_tip_that_is_put_back_into_a_pile_that_is_no_more_is_found_by_its_words(session: Session, cast: Cast) -> None:
    tips = tell(session, cast.borders, campaigns.copies("students", 4))
    event = piles.set_apart(session, tips[0].id or 0, cast.bob)
    for tip in tips[1:]:
        tip.pile = 2
    session.flush()
    triage.undo(session, event.id or 0 if event else 0, cast.bob)
    pile_up(session)
    session.expire_all()
    assert {tip.pile for tip in tips} == {2}
