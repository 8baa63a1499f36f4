"""Lists by facts: what is confirmed, and what is only suggested; for whom; and how the database finds it."""

from datetime import date

import pytest
from sqlalchemy import insert, text
from sqlmodel import Session

from tests.core.facts.test_facts import kind, suggest
from tests.core.inbox.test_inbox import ids
from tests.core.making import TODAY, make_tip
from tests.fixtures_db import Cast
from tests.plans import plan, watching
from tipline.core import inbox
from tipline.core.access import Actor
from tipline.core.facts import fact_types
from tipline.core.facts.fact_types import TypeDraft
from tipline.core.filters import Filters
from tipline.core.inbox import conditions, fact_counts
from tipline.db import is_sqlite, now
from tipline.models import Fact, FactState, Tip, TipAccess, TypeKind

CONFIRMED, REJECTED = FactState.CONFIRMED, FactState.REJECTED


def test_a_fact_finds_the_tips_where_it_is_confirmed_and_with_suggested_those_where_it_was_read(
    session: Session, cast: Cast
) -> None:
    sure, read, not_so, other = (make_tip(session, cast.borders, minutes=n) for n in range(4))
    suggest(session, sure, "place", "Old Harbour", CONFIRMED)
    suggest(session, read, "place", "Old Harbour")
    suggest(session, not_so, "place", "Old Harbour", REJECTED)
    suggest(session, other, "relation", "separated-from-child", CONFIRMED)
    everything = [other.id, not_so.id, read.id, sure.id]
    for query, found in {
        'fact:"place=Old Harbour"': [sure.id],
        'fact:place="old  HARBOUR"': [sure.id],
        "fact:place＝old,relation": [other.id],
        "fact:place": [sure.id],
        'suggested:place="Old Harbour"': [read.id, sure.id],
        "suggested:place": [read.id, sure.id],
        "fact:relation=separated-from-child": [other.id],
        "fact:place OR fact:relation": [other.id, sure.id],
        "fact:place,relation=nobody": [sure.id],
        "fact:place fact:relation": [],
        "-fact:place": [other.id, not_so.id, read.id],
        '-suggested:"place=Old Harbour"': [other.id, not_so.id],
        "fact:nothing": [],
        "-fact:nothing": everything,
        "FACT:Place": [sure.id],
    }.items():
        assert ids(session, query, cast.alice) == found, query


def test_a_month_or_a_year_means_each_of_its_days(session: Session, cast: Cast) -> None:
    days = ("2020-02", "2020-02-29", "2020-03-01", "2021-02-01")
    tips = [make_tip(session, cast.borders, minutes=n) for n in range(len(days))]
    for tip, day in zip(tips, days, strict=True):
        suggest(session, tip, "date", day, CONFIRMED)
    for query, n in {"2020-02": 2, "2020": 3, "2020-02-29": 1, "2022": 0, "2020-13": 0}.items():
        assert len(ids(session, f"fact:date={query}", cast.alice)) == n, query


def test_a_number_with_commas_is_one_value(session: Session, cast: Cast) -> None:
    nights = fact_types.save(session, None, TypeDraft("Nights", TypeKind.NUMBER), cast.alice)
    tip = make_tip(session, cast.borders)
    suggest(session, tip, nights.key, "1200", CONFIRMED)
    assert ids(session, "fact:nights=1,200", cast.alice) == [tip.id]
    assert Filters.parse("fact:nights=1,200,place").facts == (("nights=1,200", "place"),)


def test_a_type_with_a_chinese_name_is_found_by_it_in_either_writing(session: Session, cast: Cast) -> None:
    kind = fact_types.save(session, None, TypeDraft("签证类型"), cast.alice)
    tip = make_tip(session, cast.borders)
    suggest(session, tip, kind.key, "探亲", CONFIRMED)
    fact_types.save(session, kind.id, TypeDraft("签证的类型"), cast.alice)
    for query in (
        "fact:签证类型=探亲",
        "fact：簽證類型＝探親",
        "fact:签证的类型",
        "fact:place,簽證類型=探亲",
        "suggested:簽證類型",
    ):
        assert ids(session, query, cast.alice) == [tip.id], query
    assert ids(session, "-fact:签证类型 status:any", cast.alice) == []


def test_facts_of_tips_and_types_that_one_does_not_see_are_not_there(session: Session, cast: Cast) -> None:
    own = fact_types.save(session, None, TypeDraft("Seat", TypeKind.TEXT, cast.borders), cast.alice)
    open_, hidden = make_tip(session, cast.borders), make_tip(session, cast.borders, restricted=True)
    for tip in (open_, hidden):
        suggest(session, tip, "place", "Wuhan", CONFIRMED)
        suggest(session, tip, own.key, "window", CONFIRMED)
    session.add(TipAccess(tip_id=hidden.id, account_id=cast.bob.account_id))
    session.flush()
    both, one = {open_.id, hidden.id}, {open_.id}
    for actor, found in ((cast.alice, one), (cast.bob, both), (cast.carol, set()), (cast.dave, one), (cast.ada, set())):
        assert set(ids(session, "fact:place=Wuhan", actor)) == set(ids(session, "fact:seat=window", actor)) == found
        place = [value.n for value in fact_counts.offered(session, kind(session, "place"), actor)]
        assert place == ([len(found)] if found else [])
        counted = fact_counts.count(session, Filters(), actor, TODAY)
        assert {facet.kind.key: facet.values[0].confirmed for facet in counted.facets} == (
            {"place": len(found), "seat": len(found)} if found else {}
        )
    assert "seat" not in {one.key for one in fact_types.seen(session, cast.carol)}


def test_values_and_months_of_a_list_are_counted(session: Session, cast: Cast) -> None:
    for n, (day, state) in enumerate(
        (("2020-02-01", CONFIRMED), ("2020-02-03", FactState.SUGGESTED), ("2020-04", CONFIRMED))
    ):
        tip = make_tip(session, cast.borders, minutes=n)
        suggest(session, tip, "date", day, state)
        suggest(session, tip, "date", "2020-02", CONFIRMED if n == 0 else REJECTED)
        suggest(session, tip, "place", "Wuhan" if n else "Wuxi", state)
    found = fact_counts.count(session, Filters(), cast.alice, TODAY)
    assert (found.tips, found.capped) == (3, False)
    assert found.months == [(date(2020, 2, 1), 1, 2), (date(2020, 4, 1), 1, 1)]
    place = next(facet for facet in found.facets if facet.kind.key == "place")
    assert [(one.value, one.confirmed, one.suggested) for one in place.values] == [("Wuhan", 1, 1), ("Wuxi", 1, 0)]
    only = fact_counts.count(session, Filters.parse("fact:place=Wuxi"), cast.alice, TODAY)
    assert only.tips == 1 and fact_counts.count(session, Filters.parse("status:spam"), cast.alice, TODAY).facets == []


def many(session: Session, cast: Cast, n: int) -> None:
    """So many tips with a place, of which every third has a common one, and one a rare one."""
    first = make_tip(session, cast.borders)
    row = {**first.model_dump(exclude={"id", "code_hash"})}
    session.execute(insert(Tip), [row for _ in range(n - 1)])
    place, at = kind(session, "place").id, now()
    tips = session.scalars(text("SELECT id FROM tip ORDER BY id")).all()
    session.execute(insert(Fact), [
        {"tip_id": tip_id, "type_id": place, "value": value, "folded": value, "state": CONFIRMED, "created_at": at}
        for at_, tip_id in enumerate(tips)
        for value in ["rare" if at_ == 5 else "common" if at_ % 3 == 0 else f"place {at_ % 50}"]
    ])  # fmt: skip
    session.execute(text("ANALYZE"))


@pytest.mark.parametrize("actor", ["alice", "bob"])
def test_a_value_is_found_by_the_index_alone(session: Session, cast: Cast, actor: str) -> None:
    many(session, cast, 3000)
    by: Actor = getattr(cast, actor)
    for query in ("fact:place=rare", "fact:place=rare status:any", "suggested:place=rare", "fact:place=rare,visa"):
        with watching(session) as watched:
            assert len(inbox.page(session, Filters.parse(query), by, TODAY).rows) == 1
        steps = [step for s in watched.statements if "fact.folded" in s[0] for step in plan(session, *s)]
        assert any("ix_fact_found" in step for step in steps), steps
        whole = ("SCAN fact", "SCAN tip", "Seq Scan on fact")
        assert not any(step.lstrip(" ->").startswith(whole) for step in steps), steps


def test_a_common_value_is_asked_of_each_tip_on_the_walk(
    session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conditions, "FEW_IDS", 100)
    many(session, cast, 3000)
    page = inbox.page(session, Filters.parse("fact:place=common"), cast.alice, TODAY)
    assert (len(page.rows), page.count) == (50, 1000)
    with watching(session) as watched:
        inbox.page(session, Filters.parse("fact:place=common status:any"), cast.alice, TODAY)
    if is_sqlite(session):
        (walk,) = [s for s in watched.statements if "ORDER BY tip." in s[0] and "excerpt" in s[0]]
        steps = plan(session, *walk)
        assert any("ix_tip_newest" in step for step in steps) and not any("TEMP B-TREE" in step for step in steps), (
            steps
        )
        with watching(session) as watched:
            inbox.page(session, Filters.parse("fact:place -fact:date status:any"), cast.alice, TODAY)
        (walk,) = [s for s in watched.statements if "ORDER BY tip." in s[0] and "excerpt" in s[0]]
        steps = [step for step in plan(session, *walk) if "fact" in step]
        assert steps and all("ix_fact_tip" in step for step in steps), "each tip by its own facts, not by all of a type"
