"""What lists and pages say of tips that are alike, for whom, and how the databases go about it."""

import itertools
import re
import time

import pytest
from sqlalchemy import insert
from sqlmodel import Session, col, select

from tests.core import campaigns
from tests.core.making import MORNING, TODAY, make_tip
from tests.core.similar.test_clusters import cluster_tips, tell
from tests.fixtures_db import Cast
from tests.plans import plan, watching
from tipline.core import inbox, results, similar, triage, vault
from tipline.core.access import Actor
from tipline.core.counts import counters
from tipline.core.filters import Filters
from tipline.core.filters.parser import UNKNOWN_VALUE
from tipline.core.results import ResultsFilter
from tipline.core.similar import clusters
from tipline.core.text.search_query import Segment
from tipline.db import is_sqlite
from tipline.errors import NotVisible
from tipline.models import Reader, Status, Tip, TipAccess
from tipline.vocabularies import Source


def listed(session: Session, query: str, by: Actor, **given: object) -> list[int]:
    page = inbox.page(session, Filters.parse(query), by, TODAY, **given)  # type: ignore[arg-type]
    return [row.tip.id or 0 for row in page.rows]


def beside(session: Session, tip: Tip, other_id: int | None, by: Actor) -> int | None:
    found = similar.compare(session, tip, other_id, by)
    return found.other.id if found else None


@pytest.fixture
def copies(session: Session, cast: Cast) -> list[Tip]:
    return tell(session, cast.borders, campaigns.copies("residents", 6))


def test_the_inbox_shows_the_oldest_open_one_of_a_cluster_and_how_many_are_like_it(
    session: Session, cast: Cast, copies: list[Tip]
) -> None:
    own = make_tip(session, cast.borders, "My own story", minutes=30)
    page = inbox.page(session, Filters(), cast.bob, TODAY)
    assert [(row.tip.id, row.others) for row in page.rows] == [(own.id, 0), (copies[0].id, 5)]
    assert page.count == 7
    triage.set_status(session, copies[0].id or 0, Status.CLOSED, cast.bob)
    assert listed(session, "", cast.bob) == [own.id, copies[1].id]
    assert listed(session, "callout:borders", cast.bob) == [own.id, copies[1].id]


def test_a_list_never_hides_a_tip_whose_example_is_not_in_it(session: Session, cast: Cast, copies: list[Tip]) -> None:
    ids = [tip.id or 0 for tip in copies]
    triage.assign(session, ids[0], cast.bob.account_id, cast.alice)
    triage.set_status(session, ids[1], Status.REVIEWING, cast.alice)
    triage.assign(session, ids[3], cast.alice.account_id, cast.alice)
    triage.tag(session, ids[4], ["visa"], cast.alice)
    assert listed(session, "", cast.alice) == [ids[0]]
    assert listed(session, "assignee:none", cast.alice) == [ids[1]]
    assert listed(session, "assignee:me", cast.alice) == [ids[3]]
    assert listed(session, "assignee:bob", cast.alice) == [ids[0]]
    assert listed(session, "status:new assignee:none", cast.alice) == [ids[2]]
    assert listed(session, "status:reviewing", cast.alice) == [ids[1]]
    assert listed(session, "tag:visa", cast.alice) == [ids[4]]
    assert len(listed(session, "residents", cast.alice)) == len(listed(session, "status:any", cast.alice)) == 6


def test_one_unfolds_a_cluster_by_any_of_its_tips(session: Session, cast: Cast, copies: list[Tip]) -> None:
    triage.set_status(session, copies[2].id or 0, Status.CLOSED, cast.bob)
    newest_first = [tip.id for tip in reversed(copies)]
    for typed in (f"similar:T-{copies[0].id:06d}", f"similar:{copies[3].id}", f"similar:t-{copies[5].id}"):
        assert listed(session, typed, cast.bob) == newest_first
    assert len(listed(session, f"similar:{copies[0].id} status:closed", cast.bob)) == 1
    assert inbox.ids(session, Filters.parse(f"similar:{copies[0].id}"), cast.bob, TODAY) == newest_first
    alone = make_tip(session, cast.borders)
    assert listed(session, f"similar:{alone.id}", cast.bob) == [alone.id]


def test_a_change_to_all_of_a_folded_list_reaches_those_that_it_folds(
    session: Session, cast: Cast, copies: list[Tip]
) -> None:
    assert len(inbox.ids(session, Filters(), cast.bob, TODAY)) == len(copies)


def test_the_filter_is_written_as_it_is_read() -> None:
    assert Filters.parse("similar:412").query() == "similar:T-000412"
    assert Filters.parse("similar:T-000412").similar == 412
    for wrong in ("similar:mine", "similar:0", "similar:-4", "similar:T-٤"):
        assert [problem.message for problem in Filters.parse(wrong).problems] == [UNKNOWN_VALUE]


def test_who_does_not_see_a_tip_learns_nothing_by_it(session: Session, cast: Cast, copies: list[Tip]) -> None:
    hidden = make_tip(session, cast.borders, campaigns.copies("residents", 7)[6], restricted=True)
    hidden.cluster_id = copies[0].cluster_id  # however that came
    session.add(TipAccess(tip_id=hidden.id, account_id=cast.alice.account_id))
    session.flush()
    assert listed(session, f"similar:{copies[0].id}", cast.carol) == []
    assert listed(session, f"similar:{hidden.id}", cast.bob) == []
    for person in (cast.alice, cast.bob):
        assert similar.others(session, copies[:1]) == {copies[0].id: 5}
        assert hidden.id not in listed(session, f"similar:{copies[0].id}", person)
        found = similar.cluster_summary(session, copies[0], person)
        assert found is not None and (found.others, found.open) == (5, 6)
    assert hidden.id in listed(session, "", cast.alice)
    assert similar.others(session, [hidden]) == {}
    with pytest.raises(NotVisible):
        similar.compare(session, copies[0], hidden.id, cast.alice)


def test_a_tips_page_names_the_example_and_compares_with_it(session: Session, cast: Cast, copies: list[Tip]) -> None:
    triage.set_status(session, copies[0].id or 0, Status.CLOSED, cast.bob)
    found = similar.cluster_summary(session, copies[4], cast.bob)
    assert found is not None
    assert (found.others, found.open, found.example.id) == (5, 5, copies[1].id)
    assert beside(session, copies[4], None, cast.bob) == copies[1].id
    assert beside(session, copies[1], None, cast.bob) == copies[5].id
    assert beside(session, copies[4], copies[2].id, cast.bob) == copies[2].id
    assert [tip.id for tip in similar.newest(session, copies[5], cast.bob)][:2] == [copies[4].id, copies[3].id]
    with pytest.raises(NotVisible):
        similar.compare(session, copies[4], copies[4].id, cast.bob)
    alone = make_tip(session, cast.borders)
    assert similar.cluster_summary(session, alone, cast.bob) is None
    assert similar.compare(session, alone, None, cast.bob) is None


def test_when_all_are_done_with_the_first_stays_the_example(session: Session, cast: Cast, copies: list[Tip]) -> None:
    for tip in copies:
        triage.set_status(session, tip.id or 0, Status.CLOSED, cast.bob)
    found = similar.cluster_summary(session, copies[3], cast.bob)
    assert found is not None and (found.open, found.example.id) == (0, copies[0].id)


def marked(parts: list[Segment]) -> list[str]:
    return [part.text for part in parts if part.marked]


def test_what_only_one_of_two_says_is_marked() -> None:
    one = "My name is Li, and I wait in Xi'an for a visa. THANK you all."
    other = "My name is Anna Schmidt, and I wait in Wuhan for a visa. Thank you all."
    here, there = similar.differences(one, other)
    assert (marked(here), marked(there)) == (["Li", "Xi'an"], ["Anna Schmidt", "Wuhan"])
    assert "".join(part.text for part in here) == one
    here, there = similar.differences("我叫王小明，在上海等签证。谢谢", "你好，我叫张伟，在上海等簽證。谢谢")
    assert (marked(here), marked(there)) == (["我叫王小明"], ["你好，我叫张伟"])
    assert similar.differences("", "...") == ([], [Segment("...", False)])


def test_texts_made_to_be_slow_are_compared_as_fast_as_others() -> None:
    began = time.perf_counter()
    similar.differences("a " * 10_000, "a a b " * 3_000)
    assert time.perf_counter() - began < 2


def test_results_say_how_many_are_copies(session: Session, cast: Cast, copies: list[Tip]) -> None:
    tell(session, cast.borders, campaigns.copies("居民", 3))
    tell(session, cast.borders, campaigns.written()[:5])
    tell(session, cast.overtime, campaigns.copies("students", 3))
    spam = make_tip(session, cast.borders, campaigns.copies("居民", 4)[3], status=Status.SPAM)
    cluster_tips(session)
    assert spam.cluster_id is not None
    scope = results.scope(session, cast.borders, ResultsFilter(), cast.bob)
    assert similar.copies(scope) == similar.ClusterCount(tips=9, templates=2)
    clusters.set_apart(session, copies[0].id or 0, cast.bob)
    assert similar.copies(scope).tips == 8
    assert similar.copies(results.scope(session, cast.borders, ResultsFilter(source=Source.MAIL), cast.bob)).tips == 0


def fill(session: Session, callout_id: int, many: int, in_cluster: int) -> None:
    """Closed tips of their own, then open copies."""
    reader = Reader(key_id=vault.new_key(session).id, created_at=MORNING)
    session.add(reader)
    session.flush()
    made = (
        {
            "callout_id": callout_id,
            "reader_id": reader.id,
            "source": Source.FORM,
            "status": Status.CLOSED if n < many else Status.NEW,
            "received_at": MORNING,
            "updated_at": MORNING,
            "reader_wrote_at": MORNING,
            "active_at": MORNING,
            "cluster_id": 7 if n >= many else None,
            "fingerprints_version": 1,
        }
        for n in range(many + in_cluster)
    )
    while batch := list(itertools.islice(made, 500)):
        session.execute(insert(Tip), batch)
    counters.rebuild(session)
    if not is_sqlite(session):
        session.connection().exec_driver_sql("ANALYZE tip")


def test_no_list_number_or_page_of_a_cluster_reads_all_tips(session: Session, cast: Cast) -> None:
    fill(session, cast.borders, 6000, 300)
    tip = session.scalars(select(Tip).where(col(Tip.cluster_id) == 7).order_by(col(Tip.id)).limit(1)).one()
    query = Filters.parse(f"similar:{tip.id}")
    with watching(session) as asked:
        assert len(inbox.page(session, Filters(), cast.alice, TODAY).rows) == 1
        assert len(inbox.page(session, query, cast.bob, TODAY).rows) == 50
        assert inbox.neighbours(session, Filters(), tip.id or 0, cast.bob, TODAY) == (None, None)
        similar.cluster_summary(session, tip, cast.bob)
        similar.newest(session, tip, cast.bob)
        similar.copies(results.scope(session, cast.borders, ResultsFilter(), cast.bob))
        clusters.take_in(session, clusters.prepare(session, clusters.waiting(session, 10)))
    used = ""
    for statement, parameters in asked.statements:
        for step in plan(session, statement, parameters):
            assert not re.search(r"(SCAN|Seq Scan on) tip( (?!USING)|$)", step), (statement, step)
            used += f"{step}\n"
    assert {"ix_tip_cluster", "ix_tip_open_cluster"} <= set(re.findall(r"ix_tip_\w+", used))
