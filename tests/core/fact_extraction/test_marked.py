"""How well facts are read out of sixty stories, against what a reporter would mark in them.

The floors lie under what the rules reach, so that a rule that costs more than it brings fails here. `python -m
tests.bench.facts` prints the table.
"""

import pytest

from tests.core.fact_extraction import marked
from tipline.core.fact_extraction import notice
from tipline.vocabularies import FactKind

PRECISION, RECALL = 0.9, 0.85
HELD = "the texts that were not looked at while the rules were made"


def test_the_texts_are_what_their_head_says() -> None:
    texts = marked.texts()
    shares = [(one.language, one.held) for one in texts]
    assert len(texts) == 60
    assert [shares.count((language, held)) for held in (False, True) for language in ("en", "zh-Hans", "zh-Hant")] == [
        20, 13, 7, 10, 7, 3,
    ]  # fmt: skip
    assert {kind for one in texts for kind, _ in one.facts} == set(FactKind)


@pytest.mark.parametrize("kind", FactKind)
def test_what_is_suggested_is_right_and_little_is_missed(kind: FactKind) -> None:
    score = marked.scores(marked.texts())[kind]
    assert score.precision >= PRECISION, score
    assert score.recall >= RECALL, score


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_no_language_is_read_worse_than_the_others(language: str) -> None:
    scores = marked.scores(one for one in marked.texts() if one.language == language).values()
    right = sum(score.right for score in scores)
    assert right / (right + sum(score.wrong for score in scores)) >= PRECISION
    assert right / (right + sum(score.missed for score in scores)) >= RECALL


def test_stories_that_no_rule_was_made_for_are_read_as_well() -> None:
    for kind, score in marked.scores(one for one in marked.texts() if one.held).items():
        assert score.precision >= PRECISION, (kind, score, HELD)
        assert score.recall >= 0.8, (kind, score, HELD)


def test_every_story_of_somebody_parted_from_a_child_but_few_is_found_and_no_other() -> None:
    fact = (FactKind.RELATION, "separated-from-child")
    wanted = [fact in one.facts for one in marked.texts()]
    read = [fact[1] in {noticed.value for noticed in notice(one.text, one.written)} for one in marked.texts()]
    both = sum(a and b for a, b in zip(wanted, read, strict=True))
    assert both / sum(wanted) >= 0.85
    assert both / sum(read) >= 0.9
