"""Tokens: what a text is found by, and what is marked in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipline.core.text import search_query
from tipline.core.text.search_query import EXTRAS, GAP, Segment
from tipline.core.text.tokens import runs


def found(typed: str, written: str) -> bool:
    return search_query.holds(written, search_query.query(typed))


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("separation", "We were separated in January"),
        ("SEPARATED", "the separation"),
        ("families", "my family's house"),
        ("cafe", "the Café"),
        ("visa", "my ＶＩＳＡ"),
        ("strasse", "Große Straße"),
        ("签证", "我的签证被取消了"),
        ("签", "我的签证被取消了"),
        ("被取消了", "我的签证被取消了"),
        ("簽證", "我的签证"),
        ("签证", "我的簽證"),
        ("口岸", "深圳⼝岸"),  # a Kangxi radical, as PDF files have it
        ("がくせい", "わたしはがくせいです"),
        ("covid-19", "COVID-19 rules"),
        ('"stuck in macau"', "We are stuck in Macau."),
        ("“stuck in”", "stuck in"),
        ("18个月", "分开18个月"),
        ("visa签证", "签证, that is, a visa"),
        ("विदेश", "विदेश में"),
        ("محمد", "مُحَمَّد"),
        ("vi\u200bsa", "visa"),
        ("it's", "it’s over"),
        ("naïve", "nai\u0308ve"),
        ("2021-07", "on 2021-07-04"),
        ("cancelling", "my flight was cancelled"),
        ("quarantines", "Quarantine!"),
        ("stories", "my story"),
        ("Zürich", "Zu\u0308rich"),
        ("garcia", "Señor García"),
        ("smorgasbord", "Smörgåsbord"),
        ("ﬁnal", "the final word"),
        ("護照", "护照"),
        ("护照", "護照"),
        ("臺灣", "台湾"),
        ("台灣", "臺灣"),
        ("领事馆", "領事館"),
        ("裡面", "里面"),
        ("行李", "我的行李沒了"),
        ("８月", "8月"),
        ("Kyiv", "KYIV"),
        ("москва", "Москва"),
        ("Αθήνα", "αθηνα"),
        ("한국", "한국에서"[:2]),
        ("ﾎﾃﾙ", "ホテル"),
    ],
)
def test_what_is_typed_meets_the_text_however_it_is_written(typed: str, written: str) -> None:
    assert search_query.query(typed)
    assert found(typed, written)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ('"macau in"', "stuck in Macau"),
        ("证取", "签证被取消"),
        ('"separation"', "separated"),  # in quotes a word is looked for as it stands
        ("签证 航班", "签证"),
        ("海边", "上海 边境"),
        ('"visa flight"', "visa. My flight was late, visa or not, flights"[:4]),
    ],
)
def test_words_in_another_order_or_form_are_no_phrase(typed: str, written: str) -> None:
    assert not found(typed, written)


def test_a_phrase_does_not_reach_from_one_text_into_the_next() -> None:
    assert search_query.documents(["my visa", "flight", ""]) == f"my visa {GAP} flight"


def test_stems_and_single_characters_stand_apart_from_the_words_in_their_order() -> None:
    assert search_query.document("Flights 签证") == f"flights 签证 {EXTRAS} flight 签 证"


@pytest.mark.parametrize("typed", ["", "   ", "*", '"', '""', "()", "\0", "!!! ???", "\ud800", "-"])
def test_what_has_no_words_is_an_empty_query(typed: str) -> None:
    assert not search_query.query(typed)


@given(st.text())
def test_any_text_gives_tokens_of_letters_digits_and_marks_only(anything: str) -> None:
    stream = search_query.document(anything)
    tokens = [token for token in stream.split() if token not in (GAP, EXTRAS)]
    tokens += [token for words in words_of(search_query.query(anything)) for one in words for token in one.tokens]
    assert not any(c in "\"'*():^+-{}\\&|!<>\0 " for token in tokens for c in token)
    stream.encode()


@given(st.text(min_size=1, alphabet=st.characters(categories=("Ll", "Lu", "Lo", "Nd", "Zs"))))
def test_a_text_is_found_by_its_own_words(anything: str) -> None:
    words = anything.split()[:10]
    assert found(" ".join(words)[:200], " ".join(words)[:200])


def words_of(query: search_query.SearchQuery) -> list[search_query.Words]:
    return [*(words for clause in query.clauses for words in clause), *query.without]


def test_a_very_long_query_is_cut_and_not_refused() -> None:
    assert len(words_of(search_query.query("word " * 10_000))) == 1
    for between in (" ", " OR ", " -"):
        assert len(words_of(search_query.query(between.join(f"w{i}" for i in range(500))))) <= 24


@pytest.mark.parametrize(
    ("typed", "written", "hit"),
    [
        ("visa OR passport", "my passport", True),
        ("visa OR passport", "my ticket", False),
        ("visa OR passport OR ticket", "my ticket", True),
        ("lost visa OR passport", "my passport", False),
        ("lost visa OR passport", "I lost my passport", True),
        ("签证 OR 護照", "我的护照", True),
        ('"lost my" OR visa', "I lost my passport", True),
        ("visa or passport", "my passport", False),  # a word as others
        ("OR visa", "visa", False),
        ("OR visa", "visa or not", True),
        ("visa OR", "visa", False),
        ("visa OR -passport", "visa or nothing", True),
        ("visa OR -passport", "visa, passport or nothing", False),
        ("visa -flight", "visa and flights", False),
        ("visa -flight", "visa", True),
        ("-visa", "flight", True),
        ("-visa", "visas", False),
        ('visa -"lost my"', "my visa lost", True),
        ('visa -"lost my"', "lost my visa", False),
        ("签证 -航班", "签证和航班", False),
        ("－航班", "签证", True),
        ("visa - flight", "visa flight", True),  # a dash by itself says nothing
        ('"visit"', "visits", False),
        ('"travel flight"', "travels by flights", False),
        ('"travel flight"', "travels flights", False),
        ('"签"', "签证", True),
    ],
)
def test_either_word_is_found_by_or_and_a_minus_keeps_texts_away(typed: str, written: str, hit: bool) -> None:
    assert found(typed, written) is hit


def marks(segments: list[Segment]) -> list[str]:
    return [segment.text for segment in segments if segment.marked]


def test_an_excerpt_shows_the_place_that_was_looked_for() -> None:
    written = "Nothing of note. " * 30 + "Then we were separated at the border. " + "And so on. " * 30
    segments = search_query.excerpt(written, search_query.query("separation").terms, length=100)
    assert marks(segments) == ["separated"]
    whole = "".join(segment.text for segment in segments)
    assert whole.startswith("…") and whole.endswith("…") and len(whole) <= 102


def test_han_words_are_marked_inside_their_run_in_either_script() -> None:
    assert marks(search_query.marked("我的簽證在上海被取消了", search_query.query("签证 上海").terms)) == [
        "簽證",
        "上海",
    ]


def test_words_in_quotes_and_stems_are_marked() -> None:
    terms = search_query.query('"Stuck in" flight').terms
    assert marks(search_query.marked("STUCK in Macau, all flights gone", terms)) == ["STUCK", "in", "flights"]


def test_without_a_hit_the_excerpt_is_the_beginning() -> None:
    assert search_query.excerpt("Hello there", ["nothing"]) == [Segment("Hello there", False)]
    assert search_query.excerpt("", []) == []


@given(st.text(), st.text(), st.integers(20, 200))
def test_an_excerpt_never_raises_and_is_a_piece_of_the_text(written: str, typed: str, length: int) -> None:
    segments = search_query.excerpt(written, search_query.query(typed).terms, length)
    joined = "".join(segment.text for segment in segments)
    assert joined.removeprefix("…").removesuffix("…") in written or joined in written
    assert "".join(segment.text for segment in search_query.marked(written, search_query.query(typed).terms)) == written


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=300))
def test_plain_ascii_takes_a_quicker_way_to_the_same_words(typed: str) -> None:
    words = [word for _, word in runs(search_query.fold(typed))]
    assert search_query.document(typed).partition(f" {search_query.EXTRAS} ")[0].split() == words


@given(st.text(alphabet="abs1'_ .-\n", max_size=80), st.text(alphabet="abs1 ", max_size=10))
def test_plain_ascii_is_marked_a_quicker_way_at_the_same_places(written: str, typed: str) -> None:
    terms = search_query.query(typed).terms
    marks = [segment for segment in search_query.marked(written, terms) if segment.marked]
    assert marks == [segment for segment in search_query.marked(f"{written} 。", terms) if segment.marked]
