"""Ranking: words together before words apart, the title before the text, and the newest first."""

from sqlmodel import Session

from tests.core.making import make_tip
from tests.core.test_search import found
from tests.fixtures_db import Cast
from tipline.core import ranking
from tipline.core.ranking import Hit
from tipline.core.text import query
from tipline.models import Tip


def ranked(session: Session, typed: str) -> list[str]:
    tips = [session.get_one(Tip, tip_id) for tip_id in found(session, typed)]
    hits = [Hit(tip.id or 0, tip.received_at, tip.title) for tip in tips]
    return [session.get_one(Tip, tip_id).title for tip_id in ranking.best_first(session, query(typed), hits)]


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


def test_what_must_not_be_there_says_nothing_of_the_order(session: Session, cast: Cast) -> None:
    for n in range(3):
        make_tip(session, cast.borders, "visa", -n, title=str(n))
    assert ranked(session, "visa -flight") == ["0", "1", "2"] and query("visa -flight").phrase == ()
    assert ranked(session, "-flight") == ["0", "1", "2"]
