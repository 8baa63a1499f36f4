"""Ranking: words together before words apart, the title before the text, and the newest first."""

import pytest
from sqlmodel import Session

from tests.core.making import TODAY, attach, make_tip
from tests.core.search.test_search import ANYBODY, found
from tests.fixtures_db import Cast
from tipline.core import inbox
from tipline.core.access import Actor
from tipline.core.filters import Filters
from tipline.core.filters.orders import Cursor
from tipline.core.inbox import ranking
from tipline.core.inbox.ranking import SearchHit
from tipline.core.text.search_query import query
from tipline.models import Status, Tip


def ranked(session: Session, typed: str, by: Actor = ANYBODY) -> list[str]:
    tips = [session.get_one(Tip, tip_id) for tip_id in found(session, typed, by)]
    hits = [SearchHit(tip.id or 0, tip.received_at, tip.title) for tip in tips]
    return [session.get_one(Tip, tip_id).title for tip_id in ranking.best_first(session, query(typed), hits, by)]


def test_words_side_by_side_come_first_and_then_the_newest(session: Session, cast: Cast) -> None:
    stories = {
        "apart, newest": "a flight without a visa",
        "Flight and visa": "of which nothing more",
        "together in the text": "our visa flight was late",
        "The visa flight": "was late",
        "apart, oldest": "a visa without flights",
    }
    for n, (title, story) in enumerate(stories.items()):
        make_tip(session, cast.borders, f"{title}. {story}", -n, title=title)
    assert ranked(session, "visa flight") == [
        "The visa flight", "together in the text", "Flight and visa", "apart, newest", "apart, oldest"
    ]  # fmt: skip
    assert ranked(session, "visa") == [
        "Flight and visa", "The visa flight", "apart, newest", "together in the text", "apart, oldest"
    ]  # fmt: skip
    assert ranked(session, "visa OR late")[:2] == ["Flight and visa", "The visa flight"]


def test_chinese_words_side_by_side_come_first(session: Session, cast: Cast) -> None:
    make_tip(session, cast.borders, "上海的签证", title="a")
    make_tip(session, cast.borders, "签证 上海", -5, title="b")
    assert ranked(session, "签证 上海") == ["b", "a"]


def test_words_side_by_side_inside_a_file_count_for_those_who_may_open_it(session: Session, cast: Cast) -> None:
    attach(session, make_tip(session, cast.borders, "my visa, and no flight", title="older"), "a.pdf", "visa flight")
    make_tip(session, cast.borders, "a flight without a visa", 5, title="newer")
    assert ranked(session, "visa flight", cast.bob) == ["older", "newer"]
    assert ranked(session, "visa flight", cast.dave) == ["newer", "older"]


def test_what_must_not_be_there_says_nothing_of_the_order(session: Session, cast: Cast) -> None:
    for n in range(3):
        make_tip(session, cast.borders, "visa", -n, title=str(n))
    assert ranked(session, "visa -flight") == ["0", "1", "2"] and query("visa -flight").phrase == ()
    assert ranked(session, "-flight") == ["0", "1", "2"]


BEST = Filters.parse("visa flight sort:relevance")


def pages(session: Session, cast: Cast, filters: Filters, limit: int = 2) -> list[str]:
    """The titles of all pages, each begun where a URL says."""
    titles: list[str] = []
    after: Cursor | None = None
    while True:
        page = inbox.page(session, filters, cast.bob, TODAY, after, limit)
        titles += [row.tip.title for row in page.rows]
        if page.next is None:
            return titles
        after = Cursor.parse(str(page.next))


def few(session: Session, cast: Cast) -> list[Tip]:
    """Five tips, named as they rank; the worst is the newest."""
    texts = ["The visa flight", "our visa flight", "a flight, no visa", "a visa but no flight", "flights and visas"]
    return [make_tip(session, cast.borders, text, n, title=str(n)) for n, text in enumerate(texts)]


def test_few_hits_are_paged_the_best_first_and_walked_in_this_order(session: Session, cast: Cast) -> None:
    tips = few(session, cast)
    make_tip(session, cast.overtime, "visa flight", title="of another callout")
    assert pages(session, cast, BEST) == ["1", "0", "4", "3", "2"]
    page = inbox.page(session, BEST, cast.bob, TODAY, limit=2)
    assert page.ranked and page.count == 5 and not page.count_capped
    by_rank = [tips[n].id for n in (1, 0, 4, 3, 2)]
    for n, tip_id in enumerate(by_rank):
        around = (by_rank[n - 1] if n else None, by_rank[n + 1] if n < 4 else None)
        assert inbox.neighbours(session, BEST, tip_id or 0, cast.bob, TODAY) == around


def test_no_hit_is_left_out_where_the_last_of_a_page_has_gone(session: Session, cast: Cast) -> None:
    tips = few(session, cast)
    first = inbox.page(session, BEST, cast.bob, TODAY, limit=2)
    assert [row.tip.title for row in first.rows] == ["1", "0"]
    tips[0].status = Status.SPAM
    session.flush()
    second = inbox.page(session, BEST, cast.bob, TODAY, first.next, limit=2)
    assert [row.tip.title for row in second.rows] == ["4", "3"]


def test_many_hits_and_lists_without_words_are_newest_first(
    session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(session, cast)
    assert pages(session, cast, Filters.parse("sort:relevance")) == ["4", "3", "2", "1", "0"]
    monkeypatch.setattr(ranking, "MAX_RANKED", 4)
    assert pages(session, cast, BEST) == ["4", "3", "2", "1", "0"]
    assert not inbox.page(session, BEST, cast.bob, TODAY).ranked
