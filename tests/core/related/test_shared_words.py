"""Related tips: those that share what few say, why they do, and for whom they are there."""

import pytest
from sqlmodel import Session

from tests.core import campaigns
from tests.core.facts.test_facts import CONFIRMED, REJECTED, suggest
from tests.core.making import MORNING, attach, make_tip
from tests.core.similar.test_clusters import cluster_tips, tell
from tests.fixtures_db import Cast
from tests.plans import plan, watching
from tipline.core import merge, search, triage
from tipline.core.access import Actor
from tipline.core.related import links, shared_words
from tipline.core.search.postgresql import TsVector
from tipline.db import is_sqlite
from tipline.models import Note, Status, Tip, TipAccess


def shared(session: Session, tip: Tip, by: Actor) -> dict[int | None, list[str]]:
    """By tip, what it shares."""
    session.flush()
    found = shared_words.of_tip(session, tip, by)
    return {
        one.tip.id: [f"{reason.kind.key}={reason.value}" if reason.kind else reason.word for reason in one.reasons]
        for one in found.tips
    }


def many(session: Session, cast: Cast, n: int = 40) -> None:
    """Stories that have nothing rare in common."""
    for i in range(n):
        make_tip(session, cast.borders, f"We wait at the border since so long {i}. 我们的孩子在等妈妈", 1000 + i)


def test_tips_that_name_the_same_are_related_and_say_by_what(session: Session, cast: Cast) -> None:
    many(session, cast)
    tip = make_tip(session, cast.borders, "We were kept at Erenhot by a man of Foxconn, we wait")
    both = make_tip(session, cast.borders, "At the gate of Foxconn, in Erenhot, we wait", 1)
    one = make_tip(session, cast.borders, "My son works for Foxconn", 2)
    assert shared(session, tip, cast.bob) == {both.id: ["Erenhot", "Foxconn"], one.id: ["Foxconn"]}
    assert [*shared(session, tip, cast.bob)] == [both.id, one.id]


def test_chinese_names_are_found_in_either_script(session: Session, cast: Cast) -> None:
    many(session, cast)
    tip = make_tip(session, cast.borders, "我們在虹橋機場等了三天")
    other = make_tip(session, cast.borders, "她到了虹桥机场的门口", 1)
    assert shared(session, tip, cast.bob) == {other.id: ["虹橋機場"]}
    assert search.matching(session, "虹橋機場", cast.bob) is not None


def test_words_that_are_no_names_relate_only_where_they_are_truly_rare(session: Session, cast: Cast) -> None:
    make_tip(session, cast.borders, "the dialysis machine")
    tip = make_tip(session, cast.borders, "no dialysis for her", 1)
    assert shared(session, tip, cast.bob) == {}
    last = make_tip(session, cast.borders, "My story", 2, id=shared_words.TRULY_RARE * 3)
    assert list(shared(session, tip, cast.bob).values()) == [["dialysis"]] and shared(session, last, cast.bob) == {}


def test_facts_relate_across_languages_and_are_not_said_twice(session: Session, cast: Cast) -> None:
    many(session, cast)
    tip = make_tip(session, cast.borders, "Wuhan is closed")
    chinese, rejected = make_tip(session, cast.borders, "武汉封了", 1), make_tip(session, cast.borders, "There", 2)
    suggest(session, tip, "place", "Wuhan", CONFIRMED)
    suggest(session, chinese, "place", "Wuhan")
    suggest(session, rejected, "place", "Wuhan", REJECTED)
    english = make_tip(session, cast.borders, "We left Wuhan by train", 3)
    suggest(session, english, "place", "Wuhan")
    assert shared(session, tip, cast.bob) == {chinese.id: ["place=Wuhan"], english.id: ["place=Wuhan"]}
    assert shared_words.of_tip(session, tip, cast.bob).words == []
    assert [value for _, value in shared_words.of_tip(session, tip, cast.bob).facts] == ["Wuhan"]


def test_what_many_say_relates_nobody(session: Session, cast: Cast) -> None:
    tips = [make_tip(session, cast.borders, "We wait for Foxconn", n) for n in range(shared_words.FEWEST + 1)]
    for tip in tips:
        suggest(session, tip, "place", "Wuhan")
    assert shared(session, tips[0], cast.bob) == {}


def test_only_what_the_person_sees_is_related(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders, "Stuck in Erenhot with Foxconn")
    theirs = make_tip(session, cast.overtime, "Overtime at Foxconn", 1)
    hidden = make_tip(session, cast.borders, "Hidden in Erenhot", 2, restricted=True)
    session.add(TipAccess(tip_id=hidden.id, account_id=cast.bob.account_id, granted_at=MORNING))
    for one in (tip, theirs, hidden):
        suggest(session, one, "place", "Wuhan")
    assert shared(session, tip, cast.bob) == shared(session, tip, cast.dave) == {}
    assert shared(session, tip, cast.alice) == {theirs.id: ["Foxconn", "place=Wuhan"]}
    assert shared(session, hidden, cast.bob) == {}


def test_words_inside_files_relate_for_those_who_may_open_them(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders, "I work for Foxconn")
    other = make_tip(session, cast.borders, "My story", 1)
    attach(session, other, "contract.pdf", "Foxconn Technology")
    assert shared(session, tip, cast.bob) == {other.id: ["Foxconn"]} and shared(session, tip, cast.dave) == {}
    session.add(Note(tip_id=other.id, author_id=cast.bob.account_id, text="Ask Foxconn", created_at=MORNING))
    search.put(session, other.id or 0)
    assert shared(session, tip, cast.dave) == {other.id: ["Foxconn"]}


def test_what_the_page_names_anyhow_and_what_is_done_with_is_left_out(session: Session, cast: Cast) -> None:
    tip, linked, spam, joined, same = (make_tip(session, cast.borders, "I work for Foxconn", n) for n in range(5))
    links.link(session, tip.id or 0, linked.id or 0, cast.bob)
    triage.set_status(session, spam.id or 0, Status.SPAM, cast.bob)
    merge.merge(session, joined.id or 0, cast.bob, MORNING.date(), into=linked.id)
    same.reader_id = tip.reader_id
    assert shared(session, tip, cast.bob) == {} == shared(session, joined, cast.bob)


def test_of_a_cluster_one_is_related_and_its_template_relates_nobody(session: Session, cast: Cast) -> None:
    stories = [f"{story} We are in Erenhot." for story in campaigns.copies("residents", 4)]
    own, *copies = tell(session, cast.borders, [f"{stories[0]} I work for Foxconn.", *stories[1:]])
    assert own.cluster_id is not None and {copy.cluster_id for copy in copies} == {own.cluster_id}
    tip = make_tip(session, cast.borders, "We of Foxconn are stuck in Erenhot", 100)
    cluster_tips(session)
    assert shared(session, tip, cast.bob) == {own.id: ["Foxconn", "Erenhot"]}
    assert shared(session, own, cast.bob) == {tip.id: ["Foxconn"]}
    assert shared(session, copies[0], cast.bob) == {}


def test_five_are_shown(session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_words, "FEWEST", 50)
    tips = [make_tip(session, cast.borders, "Stuck in Erenhot", n) for n in range(9)]
    found = shared(session, tips[0], cast.bob)
    assert [*found] == [tip.id for tip in tips[:3:-1]] and len(found) == shared_words.SHOWN


def test_words_and_facts_are_looked_up_by_their_indexes(session: Session, cast: Cast) -> None:
    many(session, cast)
    tip = make_tip(session, cast.borders, "Stuck in Erenhot")
    other = make_tip(session, cast.borders, "In Erenhot, too", 1)
    for one in (tip, other):
        suggest(session, one, "place", "Wuhan")
    session.flush()
    with watching(session) as watched:
        assert [*shared(session, tip, cast.bob)] == [other.id]
    if not is_sqlite(session):
        session.connection().exec_driver_sql("SET enable_seqscan = off")  # of so few rows it is quicker
    steps = [step for s, p in watched.statements for step in plan(session, s, p)]
    assert not [step for step in steps if step.startswith(("SCAN tip", "SCAN fact")) or "Seq Scan on search" in step]
    assert len(watched.statements) < 60


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_rare_word_of_the_newest_tips_is_looked_up_as_any_other(
    session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Going by the newest alone it seems common, and all tips would be asked for it."""
    monkeypatch.setattr(TsVector, "TOLD", 1)
    monkeypatch.setattr(TsVector, "FEW", 1)
    many(session, cast)
    tip, other = (make_tip(session, cast.borders, "Stuck in Erenhot", n) for n in range(2))
    session.flush()
    with watching(session) as watched:
        assert [*shared(session, tip, cast.bob)] == [other.id]
    asked = [statement for statement, _ in watched.statements if "WHERE search_document.tip_id = tip.id" in statement]
    assert asked == []
