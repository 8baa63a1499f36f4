"""The typed syntax and the chips: one language, read without ever raising."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipline.core import filters
from tipline.core.filters import Chip, Due, Filters, Has, Is
from tipline.models import Status, Verification
from tipline.words import ConsentChoice, Source


def test_every_filter_is_read() -> None:
    typed = (
        "status:new,waiting callout:borders assignee:me tag:visa tag:'x' source:form lang:zh consent:ask "
        'verification:verified has:photo is:unread due:overdue since:2020 before:2021-07 stuck "in macau"'
    )
    assert Filters.parse(typed) == Filters(
        statuses=(Status.NEW, Status.WAITING),
        callout="borders",
        assignee="me",
        tags=("visa", "'x'"),
        source=(Source.FORM,),
        language="zh",
        consent=(ConsentChoice.ASK,),
        verification=(Verification.VERIFIED,),
        has=(Has.PHOTO,),
        marks=(Is.UNREAD,),
        due=Due.OVERDUE,
        since=date(2020, 1, 1),
        before=date(2021, 7, 1),
        text='stuck "in macau"',
    )
    assert not Filters.parse(typed).problems


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("colour:red", filters.UNKNOWN_KEY),
        ("assigned_to__password:x", filters.UNKNOWN_KEY),
        ("status:lost", filters.UNKNOWN_VALUE),
        ("due:never", filters.UNKNOWN_VALUE),
        ("callout:../x", filters.UNKNOWN_VALUE),
        ("lang:klingon!", filters.UNKNOWN_VALUE),
        ("before:yesterday", filters.BAD_DATE),
        ("before:2021-13", filters.BAD_DATE),
        ("since:2021-02-30", filters.BAD_DATE),
        ("after:0001", filters.BAD_DATE),
        ("since:9999-12-31", filters.BAD_DATE),
        ("***", filters.NO_WORDS),
    ],
)
def test_what_is_not_understood_is_left_out_and_said(typed: str, message: str) -> None:
    read = Filters.parse(f"{typed} visa")
    assert [(problem.message, problem.typed) for problem in read.problems] == [(message, typed)]
    assert read == Filters(text="visa")


def test_quotes_make_a_filter_into_words() -> None:
    assert Filters.parse('"status:new" http://x.example 12:30').text == '"status:new" http://x.example 12:30'


def test_a_chinese_keyboards_colon_and_quotes_are_taken() -> None:
    assert Filters.parse("status：new tag：签证") == Filters(statuses=(Status.NEW,), tags=("签证",))
    assert Filters.parse("问题：签证").text == "问题：签证"


@pytest.mark.parametrize(
    ("typed", "since", "before"),
    [
        ("since:2021 before:2022", date(2021, 1, 1), date(2022, 1, 1)),
        ("after:2021-12", date(2022, 1, 1), None),
        ("after:2021", date(2022, 1, 1), None),
        ("after:2021-07-31", date(2021, 8, 1), None),
        ("before:2021-7-5", None, date(2021, 7, 5)),
    ],
)
def test_dates_are_days_months_or_years(typed: str, since: date | None, before: date | None) -> None:
    read = Filters.parse(typed)
    assert (read.since, read.before) == (since, before)


def test_days_begin_where_the_person_is() -> None:
    read = Filters.parse("since:2021-07-01", ZoneInfo("Asia/Shanghai"))
    assert read.since_time == datetime(2021, 6, 30, 16, tzinfo=UTC)


def test_without_a_status_a_list_is_open_work_and_a_search_all_but_spam() -> None:
    assert Filters().scope == filters.OPEN
    assert Status.CLOSED in Filters(text="visa").scope and Status.SPAM not in Filters(text="visa").scope
    assert Filters.parse("status:closed visa").scope == (Status.CLOSED,)
    assert Filters.parse("status:any status:new").scope == ()


def test_a_chip_is_taken_off_and_put_on() -> None:
    read = Filters.parse('tag:"visa run" tag:family status:new stuck')
    assert [str(chip) for chip in read.chips()] == ["status:new", 'tag:"visa run"', "tag:family"]
    assert read.without(Chip("tag", "visa run")).query() == "status:new tag:family stuck"
    assert read.including("assignee", "me").including("assignee", "none").query().startswith("status:new assignee:none")
    assert read.including("tag", 'x"y').tags == ("visa run", "family", "xy")


def test_only_status_callout_and_assignee_are_counted_without_looking() -> None:
    assert Filters.parse("status:new callout:borders assignee:me").counted
    assert not Filters.parse("tag:visa").counted
    assert not Filters.parse("visa").counted


@given(st.text())
def test_anything_typed_is_read_and_comes_back_the_same(typed: str) -> None:
    read = Filters.parse(typed)
    again = Filters.parse(read.query())
    assert again == read
    assert again.query() == read.query()
    assert not again.problems


PIECE = st.one_of(
    st.sampled_from([*filters._READERS, "colour"]).flatmap(
        lambda key: st.one_of(
            st.sampled_from(["new", "any", "me", "zh-hans", "2021", "2021-07", "form,mail", "photo", "now", '"a b"']),
            st.text(max_size=12),
        ).map(lambda value: f"{key}:{value}")
    ),
    st.sampled_from(["stuck", '"in macau"', "签证", '"', "a:b", ":", 'x"y']),
    st.text(max_size=8),
)


@given(st.lists(PIECE, max_size=12).map(" ".join))
def test_anything_like_a_filter_comes_back_the_same(typed: str) -> None:
    read = Filters.parse(typed)
    again = Filters.parse(read.query())
    assert again == read
    assert not again.problems


@given(st.text(alphabet="ab,:\"' \n\0status#：", max_size=60), st.text(max_size=20))
def test_taking_off_every_chip_leaves_the_words(typed: str, tag: str) -> None:
    read = Filters.parse(typed).including("tag", tag)
    for chip in read.chips():
        read = read.without(chip)
    assert read == Filters(text=read.text)
