"""Did you mean: a slip of the keys or of the sound is found, and never a word of tips that one may not see."""

import pytest
from sqlmodel import Session

from tests.core.making import TODAY, make_tip
from tests.fixtures_db import Cast
from tipline.core import inbox
from tipline.core.filters import Filters
from tipline.core.inbox import did_you_mean
from tipline.core.text import typos


def suggested(session: Session, cast: Cast, typed: str, who: str = "bob") -> str | None:
    filters, by = Filters.parse(typed), getattr(cast, who)
    count = inbox.page(session, filters, by, TODAY).count
    other = did_you_mean.suggestion(session, filters, by, TODAY, count)
    return other.query() if other else None


@pytest.fixture
def stories(session: Session, cast: Cast) -> None:
    for n in range(3):
        make_tip(session, cast.borders, "We were separated at the border, my quarantine hotel said", n)
        make_tip(session, cast.borders, "我的签证在上海被取消了", 10 + n)
    session.flush()


@pytest.mark.parametrize(
    ("typed", "meant_"),
    [
        ("seperated", "separated"),
        ("seperation", "separation"),  # another form of a word that is there
        ("quarantien", "quarantine"),
        ("quaratine hotel", "quarantine hotel"),
        ("hottel bordr", "hotel border"),
        ("status:new seperated", "status:new separated"),
        ('seperated "at the"', 'separated "at the"'),
        ("签正", "签证"),
        ("簽正", "签证"),
        ("证签", "签证"),
        ("上孩", "上海"),
        ("被取肖", "被取消"),
    ],
)
def test_a_slip_is_understood(session: Session, cast: Cast, stories: None, typed: str, meant_: str) -> None:
    assert suggested(session, cast, typed) == meant_


@pytest.mark.parametrize(
    "typed",
    ["separated", "quarantine", "签证", "nothingofthekind", '"seperated"', "-seperated", "seperated -border", "sep",
     "status:closed seperated", "", "OR", "龘龘", "x" * 60, "seperated*"],
)  # fmt: skip
def test_nothing_is_offered_that_finds_no_more(session: Session, cast: Cast, stories: None, typed: str) -> None:
    assert suggested(session, cast, typed) is None


def test_words_of_tips_that_one_may_not_see_are_never_offered(session: Session, cast: Cast, stories: None) -> None:
    for n in range(4):
        make_tip(session, cast.overtime, "the whistleblower of the overtime callout", n)
        make_tip(session, cast.borders, "a restricted sanctuary", n, restricted=True)
    assert suggested(session, cast, "whistlebloower", "carol") == "whistleblower"
    assert suggested(session, cast, "whistlebloower", "bob") is None
    assert suggested(session, cast, "seperated", "carol") is None
    assert suggested(session, cast, "sanctuarry", "alice") is None
    assert suggested(session, cast, "seperated", "dave") == "separated"


def test_a_word_that_is_only_rarer_is_left_alone(session: Session, cast: Cast, stories: None) -> None:
    make_tip(session, cast.borders, "my hostel")
    assert suggested(session, cast, "hostel") == "hotel"
    for _ in range(2):
        make_tip(session, cast.borders, "my hostel")
    assert suggested(session, cast, "hostel") is None


def test_slips_are_words_as_search_knows_them() -> None:
    assert typos.of("12345") == typos.of("über") == typos.of("签") == typos.of("签证visa") == {}
    assert "visa" in typos.of("vsia") and "visa" not in typos.of("visa")
    assert "签证" in typos.of("签正") and len(typos.of("签正")) < 200
