"""Facts that are suggested: read by the worker after a story was filed, each value once, and anew by a better one."""

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from tests.arrivals import mail
from tests.core.facts.test_facts import standing
from tests.core.making import make_tip, say
from tests.fixtures_db import Cast
from tests.plans import plan, watching
from tipline.core import facts, intake
from tipline.core.arrival import Automatic
from tipline.core.facts import fact_reading, fact_sheet
from tipline.db import Database, is_sqlite
from tipline.jobs.fact_extraction import BATCH, Noticing
from tipline.models import Direction, Event, Fact, FactState, FactType, Message, Tip

STORY = "I have been stuck in Wuhan since 3 February 2020. My husband is in Shanghai. Wuhan is closed."


def read_all(session: Session) -> int:
    """What the worker does; how many it read."""
    n = 0
    while due := fact_reading.waiting(session, BATCH):
        told = {tip_id: found for tip_id in due if (found := fact_reading.prepare(session, tip_id))}
        n += fact_reading.take_in(session, told)
        session.flush()
    return n


def values(session: Session, tip: Tip, key: str) -> list[str]:
    of_type = select(col(Fact.value)).join(FactType, col(FactType.id) == col(Fact.type_id))
    found = of_type.where(col(Fact.tip_id) == tip.id, col(FactType.key) == key).order_by(col(Fact.id))
    return list(session.scalars(found))


def passage(session: Session, tip: Tip, value: str) -> str:
    fact = session.scalars(select(Fact).where(col(Fact.tip_id) == tip.id, col(Fact.value) == value)).one()
    return session.get_one(Message, fact.message_id).text[fact.begin : fact.until]


def test_a_value_is_suggested_once_with_the_passage_where_it_was_read_first(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders, STORY)
    assert read_all(session) == 1
    assert values(session, tip, "place") == ["Wuhan", "Shanghai"] and values(session, tip, "date") == ["2020-02-03"]
    assert passage(session, tip, "Wuhan") == "Wuhan" and set(standing(session, tip).values()) == {"suggested"}
    assert read_all(session) == 0
    assert not session.scalars(select(Event).where(col(Event.tip_id) == tip.id)).all(), "nobody did anything"


def test_a_fact_stands_with_the_words_of_the_text_that_it_was_read_in(session: Session, cast: Cast) -> None:
    arrival = mail("My husband is at home.", message_id="one", callout_id=cast.borders, subject="Stuck in Wuhan")
    tip = session.get_one(Tip, intake.receive(session, arrival).tip_id)
    read_all(session)
    texts = {m.id or 0: m.text for m in session.scalars(select(Message).where(col(Message.tip_id) == tip.id))}
    shown = {(one.before, one.passage) for one in fact_sheet.of_tip(session, tip, texts).suggested}
    assert shown == {("My ", "husband"), ("", "Stuck in Wuhan")}


def test_what_the_reader_writes_later_is_read_and_what_others_write_is_not(session: Session, cast: Cast) -> None:
    first = mail("I wait in Wuhan.", message_id="one", callout_id=cast.borders)
    tip = session.get_one(Tip, intake.receive(session, first).tip_id)
    read_all(session)
    assert values(session, tip, "place") == ["Wuhan"]
    intake.receive(session, mail("Now I am in Chengdu.", message_id="two", tip_id=tip.id))
    say(session, tip, "Are you in Paris?", direction=Direction.OUT)
    say(session, tip, "I am out of office in Berlin", automatic=Automatic.REPLY)
    session.refresh(tip)
    assert tip.facts_version == 0 and read_all(session) == 1
    assert values(session, tip, "place") == ["Wuhan", "Chengdu"]


def test_a_better_reader_leaves_alone_what_a_reporter_decided(
    session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    tip = make_tip(session, cast.borders, STORY)
    read_all(session)
    by_value = {fact.value: fact for fact in session.scalars(select(Fact))}
    facts.decide(session, tip.id or 0, by_value["Wuhan"].id or 0, FactState.REJECTED, cast.bob)
    facts.decide(session, tip.id or 0, by_value["Shanghai"].id or 0, FactState.CONFIRMED, cast.bob)
    place = by_value["Wuhan"].type_id
    stale = Fact(
        tip_id=tip.id or 0, type_id=place, value="Nowhere", folded="nowhere", state=FactState.SUGGESTED,
        created_at=tip.received_at,
    )  # fmt: skip
    session.add(stale)
    session.flush()
    later = make_tip(session, cast.borders, "I am in Chengdu.", minutes=5)
    monkeypatch.setattr(fact_reading, "FACTS_VERSION", fact_reading.FACTS_VERSION + 1)
    assert fact_reading.waiting(session, 1) == [later.id], "what nobody has read comes first"
    assert read_all(session) == 2
    found = standing(session, tip)
    assert (found["Wuhan"], found["Shanghai"], "Nowhere" in found) == ("rejected", "confirmed", False)


def test_a_tip_that_changed_while_it_was_read_is_read_again(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders, STORY)
    told = fact_reading.prepare(session, tip.id or 0)
    assert told is not None
    intake.receive(session, mail("I am in Chengdu.", message_id="two", tip_id=tip.id))
    session.expire_all()
    assert fact_reading.take_in(session, {tip.id or 0: told}) == 0
    read_all(session)
    assert "Chengdu" in values(session, tip, "place")


def test_the_worker_reads_the_newest_first_and_all_in_the_end(database: Database, session: Session, cast: Cast) -> None:
    tips = [make_tip(session, cast.borders, f"Story {n} from Wuhan", minutes=n) for n in range(BATCH + 5)]
    session.commit()
    job = Noticing(database)
    assert job.run(), "there is more"
    with database.reading() as fresh:
        unread = sorted(fresh.scalars(select(col(Tip.id)).where(col(Tip.facts_version) == 0)))
        assert 5 <= len(unread) < len(tips) and unread == [tip.id for tip in tips[: len(unread)]]
    while job.run():
        pass
    with database.reading() as fresh:
        assert not fact_reading.waiting(fresh, 1)


def test_a_hostile_text_ends_soon_and_fills_no_table(session: Session, cast: Cast) -> None:
    days = " ".join(f"{1 + n % 28} March {2000 + n // 28}" for n in range(3000))
    tip = make_tip(session, cast.borders, days)
    read_all(session)
    assert 0 < len(standing(session, tip)) <= fact_reading.MAX_SUGGESTIONS_PER_TIP


def test_what_waits_is_found_by_an_index_of_its_own(session: Session, cast: Cast) -> None:
    make_tip(session, cast.borders)
    with watching(session) as watched:
        fact_reading.waiting(session, 5)
    steps = [step for statement in watched.statements for step in plan(session, *statement)]
    if is_sqlite(session):
        assert any("ix_tip_facts" in step for step in steps) and not any("SCAN" in step for step in steps)
