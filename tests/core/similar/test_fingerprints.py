"""Which stories are taken for copies of a template, and which are somebody's own account."""

from tests.core import campaigns
from tipline.core.similar.fingerprints import ALIKE, MIN_WORDS, PRINTS, alike, fingerprints_of, runs_of
from tipline.core.text.search_query import words
from tipline.sealing import Master

MASTER, OTHER = Master(bytes(range(32))), Master(bytes(reversed(range(32))))


def prints(story: str, callout_id: int = 1, master: Master = MASTER) -> set[int]:
    return set(fingerprints_of(master, callout_id, runs_of(words(story))))


def shared(one: str, other: str) -> float:
    return alike(runs_of(words(one)), runs_of(words(other)))


def test_the_same_words_give_the_same_prints_however_they_are_typed() -> None:
    for template in campaigns.TEMPLATES:
        (story,) = campaigns.copies(template, 1)
        assert len(prints(story)) == PRINTS
        assert prints(story) == prints(f"  {story.upper()}\n!")
    assert prints("為什麼我們的孩子不能回到上海的家裡來，學校已經開學了") == prints(
        "为什么我们的孩子不能回到上海的家里来，学校已经开学了"
    )


def test_without_the_master_key_or_in_another_callout_prints_say_nothing() -> None:
    (story,) = campaigns.copies("residents", 1)
    assert not prints(story) & prints(story, master=OTHER)
    assert not prints(story) & prints(story, callout_id=2)
    assert all(0 <= value < 2**63 for value in prints(story))


def test_short_stories_have_none() -> None:
    assert not prints("Me too, please help us, we are waiting in Macau and nobody answers")
    assert not prints("请帮帮我，我也被困在澳门")
    assert not prints("")
    assert prints(" ".join(f"word{n}" for n in range(MIN_WORDS)))


def test_copies_of_a_template_are_alike_and_accounts_of_one_event_are_not() -> None:
    """Of 40 copies each is like some others, and most are; of 168 accounts, which share facts and phrases, next to no
    two are. That is enough to put every copy into a cluster (test_clusters)."""
    for template in campaigns.TEMPLATES:
        made = [runs_of(words(story)) for story in campaigns.copies(template, 40)]
        like = [sum(alike(one, other) >= ALIKE for other in made) - 1 for one in made]
        assert min(like) >= 3
        assert sum(like) > 0.5 * 40 * 39
    own = [runs_of(words(story)) for story in (*campaigns.accounts(100), *campaigns.written())]
    pairs = [alike(one, other) for n, one in enumerate(own) for other in own[:n]]
    assert sum(how >= ALIKE for how in pairs) <= len(pairs) // 10_000


def test_a_name_a_number_and_a_sentence_of_ones_own_leave_most_of_it() -> None:
    plain = campaigns.TEMPLATES["residents"]
    one = plain.format(name="Li", month="March", city="Xi'an", number=3, own="")
    other = plain.format(name="Anna Schmidt", month="April", city="Wuhan", number=12, own="Please help us.")
    assert ALIKE < shared(one, other) < 1
    assert shared(one, one) == 1
