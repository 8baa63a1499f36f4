"""Whatever is written: nothing raises, spans are in order, and the work is bounded."""

import subprocess
import sys
import time
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.fact_extraction import marked
from tests.core.fact_extraction.reading import WRITTEN
from tipline.core.fact_extraction import (
    MAX_CHARACTERS,
    MAX_FACTS_PER_TEXT,
    ExtractedFact,
    notice,
    parse,
    spot,
    value_name,
)
from tipline.vocabularies import FactKind

PIECES = [
    "my son ", "haven't seen ", "separated from ", "them ", "in Paris ", "I am in Rome. ", "we are apart ", "last ",
    "March ", "may ", "3 ", "2020", "年", "月", "日", "号", "$", "¥", "元", "块", "万", "三", "二十", "HK$", "USD ",
    "Z", "Q1/", " visa", "签证", "女儿", "妻儿", "我在", "在北京", "见不到", "分开", "上海",
    "南站", "路", "罗湖", "口岸", "CA", "981", "Emirates ", "US ", "the ",
    "two ", "thousand ", "euros ", "> ", "\n", "\n\n", "。", "，", ". ", "https://x.y/",
    "春节", "除夕", "正月", "初五", "三个月前", "ago ", "two months ", "from ", "to ", "and ", "between ", "~", "至",
    "到", "Rs ", "lakh ", "多", "w", "Chinese New Year ", "周三", "上", "5-", "万五",
    "a@b.c ", "\x00", "\ud800", "\U0001f600", "İ", "ﬁ", "ẞ", "é", "１", "-", "–", "'", "“", "先生",
]  # fmt: skip
TEXTS = st.one_of(st.text(max_size=300), st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
SECONDS = 5  # a fraction of one is usual; work that grows with the square of a text takes minutes
DAYS = st.dates(date(1901, 1, 1), date(2099, 12, 31))


def check(text: str, facts: list[ExtractedFact]) -> None:
    assert all(0 <= one.start < one.end <= len(text) for one in facts)
    assert all(a.end <= b.start for a, b in pairwise(facts))
    assert all(text[one.start : one.end].strip() for one in facts)


@settings(deadline=None)
@given(TEXTS, DAYS)
def test_any_text_gives_facts_in_order_that_do_not_overlap(text: str, written: date) -> None:
    check(text, notice(text, written))


@settings(deadline=None)
@given(TEXTS, DAYS)
def test_every_value_that_is_noticed_is_one_that_can_be_typed(text: str, written: date) -> None:
    for one in notice(text, written):
        for language in ("en", "zh-Hans", "zh-Hant"):
            assert parse(one.kind, value_name(one.kind, one.value, language), written) == one.value
        assert parse(one.kind, one.value, written) == one.value


@settings(deadline=None)
@given(st.sampled_from(FactKind), st.text(max_size=60), DAYS)
def test_anything_can_be_typed_as_a_value(kind: FactKind, typed: str, written: date) -> None:
    value = parse(kind, typed, written)
    assert value is None or value
    assert isinstance(value_name(kind, typed, "en"), str)
    assert spot(kind, typed) is None or kind in (FactKind.PLACE, FactKind.CROSSING)


def test_the_earliest_and_latest_days_are_days_too() -> None:
    for written in (date.min, date.max, date(2020, 2, 29)):
        check("yesterday 上个月 last March 昨天 明年3月", notice("yesterday 上个月 last March 昨天 明年3月", written))


@pytest.mark.parametrize(
    "unit",
    [
        "a", "1", "1,", "1,111", "1.", " ", "\n", "\n ", "> ", "a@", "a.", "http://", "www.", "三", "二十", "三万",
        "3月", "2020年", "1/", "2020-", "$", "Z/", "Q1/", "CA", "CA 123 ", "new ", "hong ",
        "上海", "我女儿在北京", "我先生在", "见不到",
        "my son in Paris ", "haven't seen my son ", "never seen ", "she is in Paris. I am in Rome. My wife. ",
        "春节", "农历", "3-", "3到", "三到四", "$3-", "3月至", "March to ", "from 3 to ", "two months ", "Rs 3-4 lakh ",
        "we are apart ", "can't see them ", "my 2 year old ", "mother of ", "one hundred and ", "last ", "may ", "“",
        "\x00",
    ],
)  # fmt: skip
def test_of_a_hostile_text_only_the_beginning_is_read(unit: str) -> None:
    text = (unit * (1_000_000 // len(unit) + 1))[:1_000_000]
    began = time.process_time()
    facts = notice(text, WRITTEN)
    assert time.process_time() - began < SECONDS
    check(text[:MAX_CHARACTERS], facts)
    assert len(facts) <= MAX_FACTS_PER_TEXT


def test_what_stands_behind_the_beginning_is_not_read() -> None:
    assert notice("x" * MAX_CHARACTERS + " Beijing", WRITTEN) == []
    assert [one.value for one in notice("x" * (MAX_CHARACTERS - 8) + " Beijing", WRITTEN)] == ["Beijing"]


def test_the_same_text_gives_the_same_facts() -> None:
    for one in marked.texts():
        assert notice(one.text, one.written) == notice(one.text, one.written)
        check(one.text, notice(one.text, one.written))


def test_loading_the_module_reads_no_list() -> None:
    said = "import tipline.core.fact_extraction"
    said += "\nfrom tipline.core.fact_extraction.name_index import listed\nprint(listed.cache_info().currsize)"
    assert subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True).stdout == "0\n"
