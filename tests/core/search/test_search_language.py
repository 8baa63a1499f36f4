"""The language of search: both databases answer what a plain reading of the texts answers."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from tests.core.making import MORNING, attach, make_tip
from tests.core.search.test_search import found
from tests.fixtures_db import Cast
from tipline.core import search
from tipline.models import Note

STEMS = {
    "flight": "flight", "flights": "flight", "visa": "visa", "visas": "visa", "travel": "travel", "travels": "travel",
    "macau": "macau", "or": "or",
}  # fmt: skip
HAN = {"签": "签", "簽": "签", "证": "证", "證": "证", "航": "航", "班": "班"}
TipTexts = list[list[str]]


@dataclass(frozen=True)
class Item:
    """One piece of a query: what is typed, and whether a plain look into a tip's texts finds it."""

    typed: str
    there: Callable[[TipTexts], bool]
    inside: Callable[[TipTexts], bool] = lambda texts: False  # in all files together, where order is unknown


def word(one: str) -> Item:
    return Item(one, lambda texts: any(STEMS.get(w) == STEMS[one] for text in texts for w in text))


def run(characters: list[str]) -> Item:
    folded = "".join(HAN[c] for c in characters)
    pairs = [folded[i : i + 2] for i in range(len(folded) - 1)] or [folded]

    def inside(texts: TipTexts) -> bool:
        return all(any(pair in piece for text in texts for piece in joined(text)) for pair in pairs)

    return Item(
        "".join(characters), lambda texts: any(folded in piece for text in texts for piece in joined(text)), inside
    )


def phrase(words: list[str]) -> Item:
    def there(texts: TipTexts) -> bool:
        return any(words == text[i : i + len(words)] for text in texts for i in range(len(text)))

    def inside(texts: TipTexts) -> bool:
        return {*words} <= {one for text in texts for one in text}

    return Item(f'"{" ".join(words)}"', there, inside)


def joined(text: list[str]) -> list[str]:
    """The Han runs of a text, simplified: characters that stand side by side."""
    return "".join(HAN.get(w, " ") for w in text).split()


def written(text: list[str]) -> str:
    """Words apart by spaces, characters in one run."""
    return "".join(w if w in HAN else f" {w} " for w in text)


ITEMS = st.one_of(
    st.sampled_from([*STEMS]).map(word),
    st.lists(st.sampled_from([*HAN]), min_size=1, max_size=3).map(run),
    st.lists(st.sampled_from([*STEMS]), min_size=1, max_size=3).map(phrase),
)
ASKED = st.tuples(
    st.lists(st.lists(ITEMS, min_size=1, max_size=3), max_size=3), st.lists(ITEMS, max_size=2)
).filter(lambda asked: bool(asked[0] or asked[1]))  # fmt: skip


def corpus() -> list[tuple[TipTexts, TipTexts]]:
    """The texts of each tip that everybody reads who sees it, and those inside its files."""
    rng = random.Random(7)
    return [
        (texts(rng, rng.randrange(1, 4)), texts(rng, rng.choice((0, 0, 1, 2)))) for _ in range(40)
    ]  # fmt: skip


def texts(rng: random.Random, n: int) -> TipTexts:
    return [rng.choices([*STEMS, *HAN], k=rng.randrange(8)) for _ in range(n)]


def test_what_is_found_is_what_a_plain_reading_finds(session: Session, cast: Cast) -> None:
    tips = {fill(session, cast, plain, inside): (plain, inside) for plain, inside in corpus()}

    @settings(max_examples=150, deadline=None, database=None)
    @given(ASKED)
    def compare(asked: tuple[list[list[Item]], list[Item]]) -> None:
        clauses, without = asked
        typed = " ".join([" OR ".join(item.typed for item in c) for c in clauses] + [f"-{i.typed}" for i in without])
        for by in (cast.bob, cast.dave):
            read = {tip_id: (plain, inside * by.opens_files) for tip_id, (plain, inside) in tips.items()}
            wanted = {
                tip_id
                for tip_id, texts in read.items()
                if all(any(stands(item, *texts) for item in clause) for clause in clauses)
                and not any(stands(item, *texts) for item in without)
            }
            assert set(found(session, typed, by)) == wanted, (typed, by.name)

    compare()


def stands(item: Item, plain: TipTexts, inside: TipTexts) -> bool:
    return item.there(plain) or item.there(inside) or item.inside(inside)


def fill(session: Session, cast: Cast, plain: TipTexts, inside: TipTexts) -> int:
    """A tip whose first text is the story, and the others notes; and its files."""
    tip = make_tip(session, cast.borders, written(plain[0]))
    for text in inside:
        attach(session, tip, "", written(text))
    for text in plain[1:]:
        session.add(Note(tip_id=tip.id, author_id=cast.bob.account_id, text=written(text) or " ", created_at=MORNING))
    search.put(session, tip.id or 0)
    return tip.id or 0


def test_a_search_for_what_is_not_there_leaves_out_restricted_tips(session: Session, cast: Cast) -> None:
    make_tip(session, cast.borders, "hidden", restricted=True)
    tip = make_tip(session, cast.borders, "shown")
    make_tip(session, cast.borders, "visa")
    assert found(session, "-visa") == [tip.id]
