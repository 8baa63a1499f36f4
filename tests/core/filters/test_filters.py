"""The typed syntax and the chips: one language, read without ever raising."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipline.core import filters
from tipline.core.filters import WRITERS, Chip, Due, Filters, Has, Is, Sort
from tipline.core.filters import parser as syntax
from tipline.core.filters.keys import FILTER_KEYS
from tipline.models import Status, Verification
from tipline.vocabularies import ConsentChoice, Source


def test_every_filter_is_read() -> None:
    typed = (
        "status:new,waiting callout:borders assignee:me tag:visa tag:'x' source:form lang:zh consent:ask "
        'verification:verified has:photo is:unread due:overdue since:2020 before:2021-07 sort:oldest stuck "in macau"'
    )
    assert Filters.parse(typed) == Filters(
        statuses=(Status.NEW, Status.WAITING),
        callouts=("borders",),
        assignees=("me",),
        tags=(("visa",), ("'x'",)),
        languages=("zh",),
        choices=(
            ("consent", (ConsentChoice.ASK,)),
            ("source", (Source.FORM,)),
            ("verification", (Verification.VERIFIED,)),
        ),
        has=((Has.PHOTO,),),
        marks=((Is.UNREAD,),),
        due=Due.OVERDUE,
        since=date(2020, 1, 1),
        before=date(2021, 7, 1),
        sort=Sort.OLDEST,
        text='stuck "in macau"',
    )
    assert not Filters.parse(typed).problems


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("colour:red", syntax.UNKNOWN_KEY),
        ("assigned_to__password:x", syntax.UNKNOWN_KEY),
        ("status:lost", syntax.UNKNOWN_VALUE),
        ("due:never", syntax.UNKNOWN_VALUE),
        ("callout:../x", syntax.UNKNOWN_VALUE),
        ("lang:klingon!", syntax.UNKNOWN_VALUE),
        ("before:someday", syntax.BAD_DATE),
        ("before:2021-13", syntax.BAD_DATE),
        ("since:2021-02-30", syntax.BAD_DATE),
        ("after:0001", syntax.BAD_DATE),
        ("since:9999-12-31", syntax.BAD_DATE),
        ("***", syntax.NO_WORDS),
        ("-***", syntax.NO_WORDS),
        ("-sort:due", syntax.NOT_TURNED),
        ("-since:2021", syntax.NOT_TURNED),
        ("tag:,", syntax.UNKNOWN_VALUE),
        ("assignee:bob,", syntax.UNKNOWN_VALUE),
        ("sort:best", syntax.UNKNOWN_VALUE),
    ],
)
def test_what_is_not_understood_is_left_out_and_said(typed: str, message: str) -> None:
    read = Filters.parse(f"{typed} visa")
    assert [(problem.message, problem.typed) for problem in read.problems] == [(message, typed)]
    assert read == Filters(text="visa")


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("staus:new", "status:new"),
        ("-staus:new", "-status:new"),
        ("status:waitng", "status:waiting"),
        ("tags:visa", "tag:visa"),
        ('tagg:"visa run"', 'tag:"visa run"'),
        ("status:nwe", "status:new"),
        ("status:nwe,waiting", "status:new,waiting"),
        ("-has:foto", "-has:photo"),
        ("verified:yess", ""),
        ("colour:red", ""),
        ("sort:newst", "sort:newest"),
    ],
)
def test_the_nearest_that_there_is_comes_with_what_is_not_understood(typed: str, nearest: str) -> None:
    (problem,) = Filters.parse(typed).problems
    assert problem.nearest == nearest


def test_what_is_not_understood_stays_in_the_search_field_and_in_the_address() -> None:
    read = Filters.parse("OR status:nwe visa has: before:never")
    assert read.in_field == "visa status:nwe has: before:never OR"
    assert read.query() == read.in_field
    assert read.understood().query() == "visa"
    narrowed = read.including("tag", "family")
    assert narrowed.query() == f"tag:family {read.in_field}"
    assert narrowed.without(Chip("tag", "family")).query() == read.query()


def test_what_is_not_understood_is_mended_in_its_place() -> None:
    read = Filters.parse("status:nwe visa colour:red")
    mended = read.mended(read.problems[0], "status:new")
    assert mended.query() == "status:new visa colour:red"
    assert [problem.typed for problem in mended.problems] == ["colour:red"]
    assert read.mended(read.problems[1], "callout:x y").query() == "callout:x visa y status:nwe"


@pytest.mark.parametrize("typed", ["has:", "verified:", '-status:""', "tag:", "Has：", "since:"])
def test_a_filter_without_a_value_says_that_it_needs_one(typed: str) -> None:
    read = Filters.parse(f"{typed} visa")
    assert [(problem.message, problem.typed) for problem in read.problems] == [(syntax.NO_VALUE, typed)]
    assert read == Filters(text="visa")
    assert Filters.parse("note: https:// 12:").text == "note: https:// 12:"


def test_what_there_is_to_choose_from_comes_with_what_is_not_understood() -> None:
    (problem,) = Filters.parse("-has:").problems
    assert problem.values == ("-has:photo", "-has:file", "-has:note", "-has:answer", "-has:reply")
    assert Filters.parse("tag:").problems[0].values == ()


def test_a_minus_turns_a_filter_round() -> None:
    read = Filters.parse('-tag:visa -status:new,closed source:form －callout:borders -"no flight" -visa stuck')
    assert read == Filters(
        choices=(("source", (Source.FORM,)),),
        text='-"no flight" -visa stuck',
        excluded=Filters(tags=(("visa",),), statuses=(Status.NEW, Status.CLOSED), callouts=("borders",)),
    )
    assert read.query() == (
        'source:form -status:new -status:closed -callout:borders -tag:visa -"no flight" -visa stuck'
    )
    assert Filters.parse("covid-19 x-tag:a").text == "covid-19 x-tag:a"


def test_verified_is_asked_with_yes_and_no() -> None:
    yes = Filters(choices=(("verification", (Verification.VERIFIED,)),))
    assert Filters.parse("verified:yes") == Filters.parse("-verified:no") == yes
    assert Filters.parse("verified:no") == Filters.parse("-verified:yes") == Filters(excluded=yes)
    in_progress = Filters(choices=(("verification", (Verification.IN_PROGRESS,)),))
    assert Filters.parse("verified:in_progress") == in_progress


def test_nobody_and_me_are_said_as_pages_say_them() -> None:
    assert Filters.parse("assignee:Nobody") == Filters.parse("assignee:无人") == Filters(assignees=("none",))
    assert Filters.parse("-assignee:我,nobody") == Filters(excluded=Filters(assignees=("me", "none")))


def test_tips_and_readers_are_named_as_pages_call_them() -> None:
    for typed in ("tip:68", "tip:T-68", "T-000068", "t-000068"):
        assert Filters.parse(typed) == Filters(tips=(68,))
    assert Filters.parse("T-000068 OR T-000069 -T-000070").query() == "tip:T-000068,T-000069 -tip:T-000070"
    for typed in ("reader:68", "Reader 68", "读者 68", "读者68", 'reader:"Reader 68"'):
        assert Filters.parse(typed) == Filters(readers=(68,))
    assert Filters.parse("stuck Reader 68 visa").query() == "reader:68 stuck visa"
    assert Filters.parse('a reader "Reader 68" T-1 visa').text == 'a reader "Reader 68" T-1 visa'


def test_a_tag_is_written_as_pages_write_it_where_there_is_one() -> None:
    read = Filters.parse("-#Visa #签证 OR ＃family #unknown #", tags={"visa", "签证", "family"})
    assert read.query() == "tag:签证,family -tag:Visa #unknown #"
    assert Filters.parse("#visa").text == "#visa"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ('#"green card"', 'tag:"green card"'),
        ('-＃"Green  card', '-tag:"Green card"'),
        ('tag:"green card"', 'tag:"green card"'),
        ("#“green card” stuck", 'tag:"green card" stuck'),
        ("tag：“green card”", 'tag:"green card"'),
        ('tag:visa,"green card",family stuck', 'tag:"visa,green card,family" stuck'),
        ('tag:"green card",visa', 'tag:"green card,visa"'),
        ('#"green card" OR tag:visa', 'tag:"green card,visa"'),
        ('tag:visa "green card"', 'tag:visa "green card"'),
        ('fact:place="Hong Kong",crossing=luohu', 'fact:"place=Hong Kong,crossing=luohu"'),
        ('# "green card"', '"green card" #'),
        ('#"" #" "', ""),
    ],
)
def test_a_tag_with_a_space_stands_in_quotes(typed: str, meant: str) -> None:
    assert Filters.parse(typed).query() == Filters.parse(meant).query() == meant


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("answered:bob", "bob"),
        ('answered:"Bob Lee"@2021-06-01/2021-06-30', "Bob Lee@2021-06-01/2021-06-30"),
        ('answered:"Bob Lee@2021-06-01/2021-06-30"', "Bob Lee@2021-06-01/2021-06-30"),
        ("answered:7@/2021-06-30", "7@/2021-06-30"),
        ("answered:我@/", "me"),
        ("answered:none", ""),
        ("answered:bob@2021-02-30/", ""),
        ("answered:bob@9999-12-31/", ""),
        ("answered:bob,carol", ""),
    ],
)
def test_what_somebody_did_has_its_days_behind_an_at(typed: str, read: str) -> None:
    found = Filters.parse(typed)
    assert found.answered == read and (found.scope == filters.NOT_SPAM) == bool(read)
    assert not found.hides_snoozed or not read
    assert Filters.parse(found.query()).answered == read


def test_a_named_tip_is_found_wherever_it_stands_and_a_readers_wherever_but_in_spam() -> None:
    assert Filters.parse("T-000068").scope == ()
    assert Filters.parse("reader:68").scope == filters.NOT_SPAM
    assert not Filters.parse("reader:68").counted and not Filters.parse("reader:68").hides_snoozed


def test_or_stands_between_two_filters_of_one_kind() -> None:
    read = Filters.parse('tag:visa OR tag:"green card" OR tag:family tag:urgent assignee:me OR assignee:none')
    assert read == Filters(tags=(("visa", "green card", "family"), ("urgent",)), assignees=("me", "none"))
    assert read.query() == 'assignee:me,none tag:"visa,green card,family" tag:urgent'
    assert Filters.parse("has:photo OR has:note has:reply").has == ((Has.PHOTO, Has.NOTE), (Has.REPLY,))
    assert (
        Filters.parse("lang:zh OR lang:ja source:form OR source:mail").query() == "source:form source:mail lang:zh,ja"
    )


def test_or_between_words_stays_with_the_words() -> None:
    assert Filters.parse('status:new visa OR passport OR "green card" -stuck') == Filters(
        statuses=(Status.NEW,), text='visa OR passport OR "green card" -stuck'
    )
    assert Filters.parse("visa or passport").text == "visa or passport"


@pytest.mark.parametrize(
    ("typed", "understood", "wrong"),
    [
        ("OR visa", "visa", 1),
        ("visa OR", "visa", 1),
        ("visa OR OR passport", "visa OR passport", 1),
        ("visa OR tag:a", "tag:a visa", 1),
        ("tag:a OR visa", "tag:a visa", 1),
        ("tag:a OR status:new", "status:new tag:a", 1),
        ("due:now OR due:any", "due:any", 1),
        ("-tag:a OR -tag:b", "-tag:a -tag:b", 1),
        ("OR", "", 1),
    ],
)
def test_an_or_without_two_of_a_kind_is_named(typed: str, understood: str, wrong: int) -> None:
    read = Filters.parse(typed)
    assert read.understood().query() == understood
    assert [problem.message for problem in read.problems] == [syntax.MISPLACED_OR] * wrong


def test_an_or_before_something_without_words_goes_with_it() -> None:
    assert Filters.parse("visa OR *** passport").text == "visa OR passport"


def test_a_list_that_can_hold_nothing_says_so() -> None:
    assert Filters.parse("status:new -status:new").impossible
    assert Filters.parse("-status:any").impossible
    assert Filters.parse("status:closed sort:waiting").impossible
    assert not Filters.parse("-status:new").impossible
    assert Filters.parse("-status:new").scope == (Status.REVIEWING, Status.WAITING, Status.READY)
    assert Filters.parse("status:any -status:spam").scope == filters.NOT_SPAM
    assert Filters.parse("status:any sort:waiting").scope == filters.OPEN


def test_quotes_make_a_filter_into_words() -> None:
    assert Filters.parse('"status:new" http://x.example 12:30').text == '"status:new" http://x.example 12:30'


def test_a_chinese_keyboards_colon_and_quotes_are_taken() -> None:
    assert Filters.parse("status：new tag：签证") == Filters(statuses=(Status.NEW,), tags=(("签证",),))
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


@pytest.mark.parametrize(
    ("typed", "since", "before"),
    [
        ("since:today", "2026-11-26", None),
        ("since:yesterday before:today", "2026-11-25", "2026-11-26"),
        ("after:yesterday", "2026-11-26", None),
        ("since:7d", "2026-11-19", None),
        ("after:7d", "2026-11-20", None),
        ("since:2w", "2026-11-12", None),
        ("since:3m", "2026-08-26", None),
        ("since:1y", "2025-11-26", None),
        ('since:"2 weeks ago"', "2026-11-12", None),
        ('since:"this week"', "2026-11-23", None),
        ('since:"last week" before:"this week"', "2026-11-16", "2026-11-23"),
        ("after:last-week", "2026-11-23", None),
        ('since:"last month" before:"this month"', "2026-10-01", "2026-11-01"),
        ('after:"this year"', "2027-01-01", None),
        ("since:thursday", "2026-11-26", None),
        ("after:Friday", "2026-11-21", None),
        ("since:昨天 before:今天", "2026-11-25", "2026-11-26"),
        ("since:本周", "2026-11-23", None),
        ("since:上週 before:星期天", "2026-11-16", "2026-11-22"),
        ("since:3天前", "2026-11-23", None),
        ("since:999y", "1900-11-26", None),
    ],
)
def test_days_are_said_as_people_say_them(typed: str, since: str, before: str | None) -> None:
    read = Filters.parse(typed, today=date(2026, 11, 26))  # a Thursday
    assert not read.problems and read.moves
    found = [moment.date().isoformat() if moment else None for moment in (read.since_time, read.before_time)]
    assert found == [since, before]


@pytest.mark.parametrize(("today", "first"), [("2026-03-31", "2026-02-28"), ("2026-01-15", "2025-12-15")])
def test_a_month_ago_is_a_day_of_the_month_before(today: str, first: str) -> None:
    read = Filters.parse("since:1m", today=date.fromisoformat(today))
    assert read.since_time is not None and read.since_time.date().isoformat() == first


def test_what_is_said_of_days_stays_as_it_was_said() -> None:
    assert Filters.parse("since:昨天 before:3天前").query() == "since:yesterday before:3d"
    assert Filters.parse("after:上周").query() == 'after:"last week"'
    assert Filters.parse("after:7d since:2021").query() == "since:2021"
    assert not Filters.parse("since:2021").moves
    for wrong in ("since:someday", 'since:"next week"', "since:7x", "since:d", "before:0007d x"):
        assert Filters.parse(wrong).problems, wrong


def test_days_are_meant_anew_where_the_person_is(monkeypatch: pytest.MonkeyPatch) -> None:
    read = Filters.parse("since:today", ZoneInfo("Asia/Shanghai"))
    for hour, day in ((15, 25), (16, 26)):
        moment = datetime(2026, 11, 26, hour, 30, tzinfo=UTC)
        monkeypatch.setattr("tipline.core.filters.now", lambda moment=moment: moment)
        assert read.since_time == datetime(2026, 11, day, 16, tzinfo=UTC)


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
    assert read.including("tag", 'x"y').tags == (("visa run",), ("family",), ("xy",))
    assert read.including("-tag", "old").without(Chip("tag", "old", negated=True)) == read
    assert read.sorted(Sort.DUE).query().endswith("sort:due stuck")


def test_only_status_callout_and_assignee_are_counted_without_looking() -> None:
    assert Filters.parse("status:new callout:borders assignee:me").counted
    assert not Filters.parse("tag:visa").counted
    assert not Filters.parse("visa").counted
    assert Filters.parse("-status:new -assignee:me sort:oldest").counted
    assert not Filters.parse("-tag:visa").counted
    assert not Filters.parse("sort:waiting").counted


def test_every_key_is_written_as_it_is_read() -> None:
    assert set(FILTER_KEYS) == set(WRITERS)


@given(st.text())
def test_anything_typed_is_read_and_comes_back_the_same(typed: str) -> None:
    read = Filters.parse(typed)
    again = Filters.parse(read.query())
    assert again == read
    assert again.query() == read.query()
    assert len(again.problems) == len(read.problems)


PIECE = st.one_of(
    st.tuples(st.sampled_from(["", "-", "－"]), st.sampled_from([*FILTER_KEYS, "verified", "colour"])).flatmap(
        lambda key: st.one_of(
            st.sampled_from(
                [
                    "new",
                    "any",
                    "me",
                    "me,none",
                    "zh-hans",
                    "2021",
                    "7d",
                    "last-week",
                    "昨天",
                    "2021-07",
                    "form,mail",
                    "photo,note",
                    "now",
                    "waiting",
                    '"a b"',
                    '"a b,c"',
                    "yes",
                    "no",
                ]
            ),
            st.text(max_size=12),
        ).map(lambda value: f"{key[0]}{key[1]}:{value}")
    ),
    st.sampled_from(
        ["stuck", '"in macau"', '-"in macau"', "-stuck", "签证", "-签证", "OR", "OR", "-", '"', "a:b", ":", 'x"y']
    ),
    st.text(max_size=8),
)


@given(st.lists(PIECE, max_size=12).map(" ".join))
def test_anything_like_a_filter_comes_back_the_same(typed: str) -> None:
    read = Filters.parse(typed)
    again = Filters.parse(read.query())
    assert again == read
    assert again.query() == read.query()


@given(st.text(alphabet="ab,:\"' \n\0status#：", max_size=60), st.text(max_size=20))
def test_taking_off_every_chip_leaves_the_words(typed: str, tag: str) -> None:
    read = Filters.parse(typed).including("tag", tag).including("-tag", tag)
    for chip in read.chips():
        read = read.without(chip)
    assert read == Filters(text=read.text)
