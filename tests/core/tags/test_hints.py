"""Suggested tags: what earlier tagging teaches, in both scripts, and what it must not give away."""

from sqlmodel import Session

from tests.core.making import make_tip
from tests.fixtures_db import Cast
from tests.plans import plan, watching
from tipline.core import inbox, triage
from tipline.core.access import Actor
from tipline.core.tags import hints

CHILDREN = [
    "My daughter is with her grandmother in Wuhan and we may not fetch her",
    "Our son, two years old, waits with his grandmother in Chengdu",
    "The children stay with relatives while the border is closed",
    "My daughter turned three without us, her grandmother looks after her",
]
FLIGHTS = [
    "The airline cancelled my flight for the fourth time and keeps the money",
    "No refund for the ticket, the airline says the flight was moved",
    "Flight cancelled on the day, a new ticket costs nine times as much",
    "The airline does not answer, my ticket was for March",
]
CHINESE = ["签证已经过期，无法续签", "我的签证到期了，领事馆没有回复", "续签被拒，签证下个月过期"]


def teach(session: Session, cast: Cast) -> None:
    for name, stories in (("family", CHILDREN), ("airline", FLIGHTS), ("papers", CHINESE)):
        for n, story in enumerate(stories):
            tip = make_tip(session, cast.borders, story, minutes=n, excerpt=story)
            triage.tag(session, tip.id or 0, [name], cast.bob)


def suggested(session: Session, callout_id: int, story: str, by: Actor) -> list[str]:
    learned = hints.learn(session, callout_id)
    return [tag.name for tag in hints.suggested(learned, hints.words_of(story, ""), inbox.tags(session, by))]


def test_what_tips_with_the_same_words_were_tagged_comes_first(session: Session, cast: Cast) -> None:
    teach(session, cast)
    for story, tag in (
        ("Her grandmother has my daughter, and the children ask for us", "family"),
        ("They cancelled the flight and the ticket is lost", "airline"),
        ("签证过期了怎么办", "papers"),
    ):
        assert suggested(session, cast.borders, story, cast.bob)[:1] == [tag]
    assert suggested(session, cast.borders, "Nothing like any of these", cast.bob) == []


def test_a_tag_whose_name_stands_in_the_story_is_suggested(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders)
    triage.tag(session, tip.id or 0, ["Macau", "签证"], cast.bob)
    assert suggested(session, cast.borders, "Stuck in Macau since May", cast.bob) == ["Macau"]
    assert suggested(session, cast.borders, "我的签证到期了", cast.bob) == ["签证"]


def test_restricted_tips_and_other_callouts_teach_nothing(session: Session, cast: Cast) -> None:
    for n, story in enumerate(FLIGHTS):
        tip = make_tip(session, cast.borders, story, minutes=n, excerpt=story)
        triage.tag(session, tip.id or 0, ["secret"], cast.alice)
        tip.restricted = True
        other = make_tip(session, cast.overtime, story, minutes=n, excerpt=story)
        triage.tag(session, other.id or 0, ["theirs"], cast.alice)
    session.flush()
    learned = hints.learn(session, cast.borders)
    assert (learned.stories, dict(learned.tags)) == (0, {})


def test_learning_is_a_bounded_look(session: Session, cast: Cast) -> None:
    teach(session, cast)
    if session.get_bind().dialect.name == "postgresql":
        session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
    with watching(session) as watched:
        hints.learn(session, cast.borders)
    steps = [step for statement, given in watched.statements for step in plan(session, statement, given)]
    assert not [step for step in steps if step.strip().startswith("SCAN tip ") or "Seq Scan" in step], steps
