"""Words that may tell what a story is about: names, what says nothing, and what two stories have in common."""

import pytest

from tipline.core.related import distinctive_words


def names(story: str) -> set[str]:
    return {word.shown for word in distinctive_words.words(story) if word.name}


def others(story: str) -> set[str]:
    return {word.shown for word in distinctive_words.words(story) if not word.name}


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ("We flew with Lufthansa to Ürümqi.", {"Lufthansa", "Ürümqi"}),
        ("Nobody called. Everybody waited — Nobody came: Never.", set()),
        ("Two weeks in May, every Monday, dear Sir", set()),
        ("flight MU5101, a PCR test, HELP ME IMMEDIATELY", {"MU5101", "PCR", "HELP"}),
        ("The Little Book, a little book", set()),
        ("from Ноябрьск and ΑΘΗΝΑ's Θησείο", {"Ноябрьск", "ΑΘΗΝΑ", "Θησείο"}),
        ("我们在 Foxconn 上班", {"Foxconn"}),
    ],
)
def test_names_are_told_by_their_capitals_and_figures(story: str, expected: set[str]) -> None:
    assert names(story) == expected


def test_what_is_too_short_and_numbers_of_phones_and_passports_are_left_out() -> None:
    told = "it is me in 2021 for 900, call 8613800000000 or E12345678"
    assert others(told) == {"for", "call"} and names(told) == set()


def test_pairs_that_grammar_or_counting_makes_are_no_words() -> None:
    assert others("我们在虹桥机场等了十八个月") == {"虹桥", "桥机", "机场"}
    assert others("他說的") == set()


def test_a_word_stands_once_and_names_come_first() -> None:
    found = distinctive_words.words("wages unpaid, wage of Foxconn, Foxconns unpaid")
    assert [word.shown for word in found] == ["Foxconn", "wages", "unpaid"]
    assert [word.shown for word in distinctive_words.words("wages of Foxconn", without={"foxconn"})] == ["wages"]


def test_an_endless_story_gives_so_many_words() -> None:
    assert (
        len(distinctive_words.words(" ".join(f"wordy{chr(97 + n % 26) * (n // 26 + 1)}" for n in range(900))))
        == distinctive_words.MAX_WORDS
    )


@pytest.mark.parametrize(
    ("here", "there", "run"),
    [
        ("我在虹桥机场等", "她到了虹桥机场的门口", "虹桥机场"),
        ("我在虹橋機場等", "虹桥机场", "虹橋機場"),
        ("虹桥路，虹桥机场", "在虹桥机场", "虹桥机场"),
        ("四川大学的学生", "从四川大学毕业", "四川大学"),
    ],
)
def test_the_longest_run_that_two_stories_share_is_found_as_it_stands(here: str, there: str, run: str) -> None:
    pair = next(word.shown for word in distinctive_words.words(here))
    span = distinctive_words.common_run(pair, distinctive_words.level(here), distinctive_words.level(there))
    assert span is not None and here[slice(*span)] == run


def test_a_pair_that_only_one_story_has_is_no_run() -> None:
    assert distinctive_words.common_run("虹桥", "虹桥机场", "浦东机场") is None
    assert distinctive_words.common_run("虹桥", "浦东机场", "虹桥机场") is None
    assert distinctive_words.common_run("虹桥", "", "") is None
