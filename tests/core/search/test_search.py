"""The full-text index: what is in it, what never is, and that nothing typed breaks it."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlmodel import Session, col

from tests.core.making import MORNING, attach, make_tip, say
from tests.fixtures_db import Cast
from tipline.core import search
from tipline.core.access import Actor
from tipline.core.text.search_query import TOKENS_VERSION
from tipline.db import Database, is_sqlite
from tipline.models import Answer, Direction, Note, Question, QuestionKind, Role, Tip
from tipline.sealing import new_id

ANYBODY = Actor(0, "", frozenset({Role.EDITOR}))


def found(session: Session, typed: str, by: Actor = ANYBODY, **given: int) -> list[int]:
    """The ids of the tips that are found, newest first."""
    hits = search.matching(session, typed, by, **given)  # type: ignore[arg-type]
    if hits is None:
        return []
    query = select(col(Tip.id)).where(hits.where)
    if hits.source is not None and hits.on is not None:
        query = query.join(hits.source, hits.on)
    return [i for i in session.scalars(query.order_by(*(column.desc() for column in hits.key))) if i]


def test_a_story_is_found_by_stem_by_phrase_and_by_two_chinese_characters(session: Session, cast: Cast) -> None:
    english = make_tip(session, cast.borders, "We were separated; all flights to Macau were cancelled")
    chinese = make_tip(session, cast.borders, "我的签证在上海被取消了", 1)
    for typed in ("separation", "flight", '"flights to Macau"', "cancelled separated"):
        assert found(session, typed) == [english.id]
    for typed in ("签证", "被取消", "簽證", "海", "签证 上海"):
        assert found(session, typed) == [chinese.id]
    for typed in ('"Macau flights"', "train", "separation 签证", "证上"):
        assert found(session, typed) == []


def test_answers_notes_and_names_of_files_are_found(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders, "My story")
    question = Question(callout_id=cast.borders, position=1, kind=QuestionKind.SHORT)
    session.add(question)
    session.flush()
    session.add(
        Answer(id=new_id(), tip_id=tip.id, question_id=question.id, position=1, wording="Hotel?", value="Marriott")
    )
    session.add(Note(tip_id=tip.id, author_id=cast.bob.account_id, text="call the consulate", created_at=MORNING))
    attach(session, tip, "boarding_pass.pdf")
    for typed in ("marriott", "consulates", "boarding", "story look", "marriott consulate pass"):
        assert found(session, typed) == [tip.id]
    assert found(session, "hotel") == []  # the question's wording is ours
    assert found(session, '"marriott call"') == []  # a phrase stays in its column


def test_our_replies_quotes_and_headers_are_not_found(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders, "My story")
    say(session, tip, "Thank you for writing", direction=Direction.OUT)
    say(session, tip, "Again", quoted="> earlier words", subject="Re: Embassy")
    for typed in ("thank", "earlier"):
        assert found(session, typed) == []
    assert found(session, "embassy") == [tip.id]


def test_a_document_made_again_replaces_the_old_one(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders, "First words")
    message = say(session, tip, "Second")
    message.text = "Third"
    search.put(session, tip.id or 0)
    assert found(session, "second") == []
    assert found(session, "third first") == [tip.id]
    assert tip.tokens_version == TOKENS_VERSION


def test_restricted_tips_are_in_no_index(session: Session, cast: Cast) -> None:
    make_tip(session, cast.borders, "hidden story", restricted=True)
    tip = make_tip(session, cast.borders, "hidden story")
    assert found(session, "hidden") == [tip.id]
    tip.restricted = True
    search.put(session, tip.id or 0)
    assert found(session, "hidden") == []


def test_a_joined_tip_is_not_found(session: Session, cast: Cast) -> None:
    target, tip = make_tip(session, cast.borders, "target"), make_tip(session, cast.borders, "joined words")
    tip.merged_into = target.id
    search.put(session, tip.id or 0)
    assert found(session, "joined") == []


def test_removing_and_deleting_take_a_tip_out(session: Session, cast: Cast) -> None:
    removed, deleted = make_tip(session, cast.borders, "first story"), make_tip(session, cast.borders, "second story")
    search.remove(session, removed.id or 0)
    search.put(session, 999_999)
    search.remove(session, 999_999)
    assert found(session, "story") == [deleted.id]
    session.commit()
    session.execute(text("DELETE FROM tip WHERE id = :id"), {"id": deleted.id})
    session.commit()
    assert session.scalar(text("SELECT count(*) FROM search_document")) == 0


def test_documents_of_an_older_version_are_made_again_in_pieces(session: Session, cast: Cast) -> None:
    tips = [make_tip(session, cast.borders, "story") for _ in range(5)]
    for tip in tips:
        search.remove(session, tip.id or 0)
    session.flush()
    assert [search.refresh(session, 3), search.refresh(session, 3), search.refresh(session, 3)] == [3, 2, 0]
    assert len(found(session, "story")) == 5


def test_all_documents_are_made_anew_in_pieces_that_can_be_gone_on_with(session: Session, cast: Cast) -> None:
    tips = [make_tip(session, cast.borders, "story", restricted=n == 2).id or 0 for n in range(5)]
    for tip_id in tips:
        search.remove(session, tip_id)
    session.flush()
    assert search.rebuild(session, 0, 3) == (2, tips[2])
    assert sorted(found(session, "story")) == tips[:2]
    assert search.rebuild(session, tips[2], 3) == (2, tips[4])
    assert search.rebuild(session, tips[4], 3) == (0, None)
    assert len(found(session, "story")) == 4 and not search.waits(session)
    assert search.standing(session) == search.IndexStatus(documents=4, tips=4, old=0)


def test_hits_come_newest_first_by_the_time_they_were_received(session: Session, cast: Cast) -> None:
    minutes = (5, 1, 9, -600_000, 3)
    tips = {m: make_tip(session, cast.borders, "story", m).id for m in minutes}
    assert found(session, "story") == [tips[m] for m in sorted(minutes, reverse=True)]


def test_asking_tip_by_tip_finds_the_same(session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = [make_tip(session, cast.borders, "story", n, received_at=MORNING + timedelta(minutes=n, microseconds=999_999))
           for n in range(4)]  # fmt: skip
    make_tip(session, cast.borders, "other", 9)
    monkeypatch.setattr(search.Fts5, "ONE_LOOKUP", 0)
    monkeypatch.setattr(search.TsVector, "FEW", 0)
    assert found(session, "story", few=1) == [tip.id for tip in reversed(odd)]


@pytest.mark.parametrize(
    "typed",
    [
        "*", "a*", '"', '"a', "NEAR(a b)", "NEAR(a, b, 10)", "a AND", "OR OR", "NOT a", "story:", "story : a", "-a",
        "^a", "{a}", "a + b", "a\0b", "'", "''", "a'b", "\\", "a\\'b", "a & | ! <-> b", "a:*", "(", "a:A", "\ud800",
        "search_document", "rank", "🙏", "%", "_", "\ue000", "\ue001", "é́́́", "a" * 5000, " ".join(map(str, range(3000))),
        '"' * 999, "签*", "NULL", "--", "; DROP TABLE tip", "a\u2028b", "ǅ", "İ", "ß", "ﬃ", "㍿", "½",
    ],
)  # fmt: skip
def test_nothing_typed_breaks_the_search(session: Session, cast: Cast, typed: str) -> None:
    make_tip(session, cast.borders, typed.encode("utf-8", "replace").decode().replace("\0", ""))
    found(session, typed)


def test_a_story_of_endless_words_is_indexed_as_far_as_it_goes(session: Session, cast: Cast) -> None:
    words = " ".join(f"word{n}" for n in range(120_000))
    tip = make_tip(session, cast.borders, f"beginning {words} the very end")
    assert found(session, "beginning word7") == [tip.id]
    letters = "bcdfghjklmnpqrstvwxz"
    endless = " ".join(f"{a}{b}{c}{d}aiming" for a in letters for b in letters for c in letters for d in letters[:15])
    make_tip(session, cast.borders, endless, -1)
    again = make_tip(session, cast.borders, "visa flight " * 40_000 + "the very end", 1)
    assert found(session, "end flight visa")[0] == again.id


def test_what_was_erased_is_found_nowhere_in_the_file(database: Database, session: Session, cast: Cast) -> None:
    if not is_sqlite(session):
        pytest.skip("PostgreSQL's own VACUUM does it")
    for n in range(50):
        make_tip(session, cast.borders, f"story number {n}")
    tip = make_tip(session, cast.borders, "a canarybird sang")
    session.commit()
    session.execute(text("DELETE FROM tip WHERE id = :id"), {"id": tip.id})
    session.commit()
    while not search.forget(session, 100):
        session.commit()
    session.commit()
    name = database.engine.url.database
    assert name
    with closing(sqlite3.connect(name)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    everything = b"".join(path.read_bytes() for path in Path(name).parent.glob("tipline.db*"))
    assert b"canarybird" not in everything and b"anarybird" not in everything
    assert len(found(session, "story")) == 50
