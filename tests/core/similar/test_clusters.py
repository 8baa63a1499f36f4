"""Clusters: tips that say nearly the same, put together as they come in, and what becomes of a cluster."""

import pytest
from sqlalchemy import func, select
from sqlmodel import Session, col

from tests.arrivals import form
from tests.core import campaigns
from tests.core.making import TODAY, make_tip, say
from tests.fixtures_db import Cast
from tests.web.arriving import by_form, by_mail
from tipline.core import intake, merge, triage
from tipline.core.arrival import GivenAnswer
from tipline.core.retention import erasure
from tipline.core.similar import clusters
from tipline.db import Database
from tipline.errors import Conflict, NotAllowed, NotVisible
from tipline.jobs.clustering import BATCH, Piling
from tipline.models import Question, QuestionKind, Status, Tip, TipFingerprint, Verb


def cluster_tips(session: Session) -> None:
    """What the worker does."""
    while due := clusters.waiting(session, BATCH):
        clusters.take_in(session, clusters.prepare(session, due))


def tell(session: Session, callout_id: int, stories: list[str]) -> list[Tip]:
    tips = [make_tip(session, callout_id, story, minutes=n) for n, story in enumerate(stories)]
    cluster_tips(session)
    return tips


def prints(session: Session, tip: Tip) -> int:
    of_tip = select(func.count()).select_from(TipFingerprint).where(col(TipFingerprint.tip_id) == tip.id)
    return session.scalar(of_tip) or 0


def test_each_template_is_one_cluster_and_an_account_of_ones_own_is_in_none(session: Session, cast: Cast) -> None:
    stories = [(name, story) for name in campaigns.TEMPLATES for story in campaigns.copies(name, 25)]
    stories += [("", story) for story in campaigns.accounts(40)]
    stories.sort(key=lambda told: told[1])  # each template among the others
    tips = tell(session, cast.borders, [story for _, story in stories])
    clustered: dict[str, set[int | None]] = {}
    for (name, _), tip in zip(stories, tips, strict=True):
        clustered.setdefault(name, set()).add(tip.cluster_id)
    assert clustered.pop("") == {None}
    assert all(len(found) == 1 and found != {None} for found in clustered.values())
    assert len(set.union(*clustered.values())) == len(campaigns.TEMPLATES)


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
        assert found[a].cluster_id is not None
        assert {found[a].cluster_id} == {found[b].cluster_id, found[c].cluster_id}
        assert found[own].cluster_id is None
        assert clusters.waiting(fresh, 10) == []


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
    assert clusters.stories(session, [filed.tip_id]) == {filed.tip_id: "Long story\nIn Macau"}


def test_two_callouts_have_two_clusters(session: Session, cast: Cast) -> None:
    here = tell(session, cast.borders, campaigns.copies("居民", 4))
    there = tell(session, cast.overtime, campaigns.copies("居民", 4))
    assert {tip.cluster_id for tip in here} & {tip.cluster_id for tip in there} == set()
    assert None not in {tip.cluster_id for tip in (*here, *there)}


def test_restricted_tips_have_no_prints_and_get_them_once_they_are_free(session: Session, cast: Cast) -> None:
    first, second, third = campaigns.copies("residents", 3)
    hidden = make_tip(session, cast.borders, first, restricted=True)
    others = tell(session, cast.borders, [second, third])
    assert hidden.cluster_id is None and not prints(session, hidden)
    hidden.restricted = False
    session.flush()
    cluster_tips(session)
    assert hidden.cluster_id == others[0].cluster_id
    clusters.forget(session, hidden.id or 0)
    session.refresh(hidden)
    assert hidden.cluster_id is None and not prints(session, hidden)


def test_a_joined_tip_leaves_its_cluster(session: Session, cast: Cast) -> None:
    tips = tell(session, cast.borders, campaigns.copies("residents", 3))
    tips[2].may_belong_to = make_tip(session, cast.borders, "Mine").id
    session.flush()
    merge.merge(session, tips[2].id or 0, cast.bob, TODAY)
    session.refresh(tips[2])
    assert tips[2].cluster_id is None and not prints(session, tips[2])
    assert tips[2].id not in clusters.waiting(session, 10)
    assert tips[0].cluster_id == tips[1].cluster_id is not None


def test_erasing_takes_the_prints_and_leaves_the_others_in_their_cluster(session: Session, cast: Cast) -> None:
    tips = tell(session, cast.borders, campaigns.copies("residents", 3))
    erased, ids = tips[0].id or 0, [tip.id for tip in tips[1:]]
    erasure.erase(session, erased, cast.alice)
    assert (
        session.scalar(select(func.count()).select_from(TipFingerprint).where(col(TipFingerprint.tip_id) == erased))
        == 0
    )
    assert len(set(session.scalars(select(col(Tip.cluster_id)).where(col(Tip.id).in_(ids))))) == 1


def test_what_a_person_sets_apart_stays_alone_and_the_event_says_so(session: Session, cast: Cast) -> None:
    tips = tell(session, cast.borders, campaigns.copies("residents", 4))
    cluster = tips[0].cluster_id
    event = clusters.set_apart(session, tips[1].id or 0, cast.bob)
    assert event is not None and (event.verb, event.before) == (Verb.NOT_SIMILAR, str(cluster))
    assert clusters.set_apart(session, tips[1].id or 0, cast.bob) is None
    more = tell(session, cast.borders, [campaigns.copies("residents", 2)[1]])
    assert tips[1].cluster_id is None and more[0].cluster_id == cluster
    (back,) = triage.undo(session, event.id or 0, cast.bob)
    cluster_tips(session)
    assert (back.verb, back.undoes, tips[1].cluster_id) == (Verb.SIMILAR, event.id, cluster)
    assert prints(session, tips[1])
    (again,) = triage.undo(session, back.id or 0, cast.bob)
    assert again.verb is Verb.NOT_SIMILAR and tips[1].cluster_id is None
    with pytest.raises(Conflict):
        triage.undo(session, back.id or 0, cast.bob)


def test_only_those_who_work_on_a_tip_set_it_apart(session: Session, cast: Cast) -> None:
    tips = tell(session, cast.borders, campaigns.copies("residents", 2))
    with pytest.raises(NotAllowed):
        clusters.set_apart(session, tips[0].id or 0, cast.dave)
    with pytest.raises(NotVisible):
        clusters.set_apart(session, tips[0].id or 0, cast.carol)


def test_a_template_of_many_copies_costs_as_much_as_one_of_few(session: Session, cast: Cast) -> None:
    tell(session, cast.borders, campaigns.copies("students", 60))
    late = make_tip(session, cast.borders, campaigns.copies("students", 1, seed=5)[0])
    told = clusters.prepare(session, [late.id or 0])
    assert len(clusters._sharing(session, told[late.id or 0].prints)) <= clusters.NEWEST * len(
        told[late.id or 0].prints
    )
    clusters.take_in(session, told)
    assert late.cluster_id is not None


def test_what_was_said_later_changes_no_prints(session: Session, cast: Cast) -> None:
    (tip,) = tell(session, cast.borders, campaigns.copies("students", 1))
    before = set(session.scalars(select(col(TipFingerprint.value)).where(col(TipFingerprint.tip_id) == tip.id)))
    say(session, tip, "Something else that came a week later")
    clusters.forget(session, tip.id or 0)
    cluster_tips(session)
    assert set(session.scalars(select(col(TipFingerprint.value)).where(col(TipFingerprint.tip_id) == tip.id))) == before


def test_spam_clusters_up_too(session: Session, cast: Cast) -> None:
    stories = campaigns.copies("students", 2)
    tips = [make_tip(session, cast.borders, story, status=Status.SPAM) for story in stories]
    cluster_tips(session)
    assert tips[0].cluster_id == tips[1].cluster_id is not None


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
        assert clusters.waiting(session, 10) == [b]
        other.commit()
    session.rollback()
    job.run()
    with database.reading() as fresh:
        assert fresh.get_one(Tip, a).cluster_id == fresh.get_one(Tip, b).cluster_id is not None


def test_two_clusters_of_one_template_become_one_when_a_copy_is_like_both(session: Session, cast: Cast) -> None:
    *stories, last = campaigns.copies("students", 9)
    tips = tell(session, cast.borders, stories)
    for n, tip in enumerate(tips):
        tip.cluster_id = 1 if n < 3 else 2
    (bridge,) = tell(session, cast.borders, [last])
    session.expire_all()
    assert {tip.cluster_id for tip in tips} == {2} == {bridge.cluster_id}, "the larger one stays"


def test_a_tip_that_is_put_back_into_a_cluster_that_is_no_more_is_found_by_its_words(
    session: Session, cast: Cast
) -> None:
    tips = tell(session, cast.borders, campaigns.copies("students", 4))
    event = clusters.set_apart(session, tips[0].id or 0, cast.bob)
    for tip in tips[1:]:
        tip.cluster_id = 2
    session.flush()
    triage.undo(session, event.id or 0 if event else 0, cast.bob)
    cluster_tips(session)
    session.expire_all()
    assert {tip.cluster_id for tip in tips} == {2}
