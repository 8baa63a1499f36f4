"""Which tags a tip is likely to get: by its own words, and by what tips with the same words were tagged before.

Learned anew from the newest tagged tips of one callout whenever it is asked, so that nothing has to be unlearned when
tips are erased. Restricted tips teach nothing, so whoever sees one tip of the callout may see each suggestion.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from math import log

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core.text import search_query
from tipline.db import Unindexed
from tipline.models import Tag, Tip, TipTag

ROWS = 3000  # of the newest tags on tips, looked through for those of the callout
STORIES = 500  # that are learned from
MIN_STORIES = 3  # stories with a tag, before their words say anything
MAX_SUGGESTIONS = 3  # suggestions
TELLING = 2.0  # times as often in stories with the tag as in others: then a word speaks for it
MIN_WORDS = 2  # that must speak for it; one may do so by chance


@dataclass(frozen=True, slots=True)
class Learned:
    """How many stories have a word, by tag; `tags` says how many have the tag, `stories` how many there are."""

    stories: int = 0
    tags: Counter[int] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    together: dict[int, Counter[str]] = field(default_factory=dict)


def words_of(title: str, excerpt: str) -> frozenset[str]:
    """The words of a story's beginning, Han as pairs."""
    return frozenset(search_query.words(f"{title}\n{excerpt}"))


def learn(session: Session, callout_id: int) -> Learned:
    """What the newest tagged tips of a callout teach; a bounded look, however many there are."""
    newest = select(TipTag).order_by(col(TipTag.tip_id).desc(), col(TipTag.tag_id)).limit(ROWS).subquery()
    rows = session.execute(
        select(col(Tip.id), col(Tip.title), col(Tip.excerpt), newest.c.tag_id)
        .join(newest, newest.c.tip_id == col(Tip.id))
        .where(Unindexed(col(Tip.callout_id)) == callout_id, ~col(Tip.restricted))
        .order_by(newest.c.tip_id.desc())
    ).all()
    stories: dict[int, tuple[frozenset[str], list[int]]] = {}
    for tip_id, title, excerpt, tag_id in rows:
        if tip_id not in stories and len(stories) < STORIES:
            stories[tip_id] = words_of(title, excerpt), []
        if tip_id in stories:
            stories[tip_id][1].append(tag_id)
    return _count(stories.values())


def _count(stories: Collection[tuple[frozenset[str], list[int]]]) -> Learned:
    learned = Learned(len(stories))
    for words, tag_ids in stories:
        learned.words.update(words)
        learned.tags.update(tag_ids)
        for tag_id in tag_ids:
            learned.together.setdefault(tag_id, Counter()).update(words)
    return learned


def suggested(learned: Learned, words: frozenset[str], offered: Sequence[Tag]) -> list[Tag]:
    """At most MOST of the tags that are offered: those whose name stands in the story, then the likeliest ones."""
    named = [tag for tag in offered if (name := frozenset(search_query.words(tag.name))) and name <= words]
    chances = [(_chance(learned, tag.id or 0, words), tag) for tag in offered if tag not in named]
    likely = sorted((pair for pair in chances if pair[0] > 0), key=lambda pair: -pair[0])
    return [*named, *(tag for _, tag in likely)][:MAX_SUGGESTIONS]


def _chance(learned: Learned, tag_id: int, words: Iterable[str]) -> float:
    """The logarithm of the odds that a story of these words gets the tag (naive Bayes); above 0 it rather does."""
    having = learned.tags[tag_id]
    without = learned.stories - having
    if having < MIN_STORIES or without < MIN_STORIES:
        return 0.0
    seen = learned.together[tag_id]
    odds, telling = log(having / without), 0
    for word in words:
        if (anywhere := learned.words[word]) > 1:
            there, elsewhere = seen[word], anywhere - seen[word]
            lift = ((there + 0.5) / (having + 1)) / ((elsewhere + 0.5) / (without + 1))
            odds += log(lift)
            telling += there > 1 and lift > TELLING
    return odds if telling >= MIN_WORDS else 0.0
