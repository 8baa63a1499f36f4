"""How much a story looks like spam, from 0 to 100, and by which signs. Nothing is refused for it, and nothing dropped.

Signs add up, and none reaches the line alone: someone afraid writes little and fast, someone angry in capitals, who has
evidence sends links, and a thousand people may send the words that an association gave them. From the line on a tip is
filed as spam, where reporters find it with its signs in words; below it the tip is new, and shows its score.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core.arrival import Arrival, Source
from tipline.core.spam import recent_stories, training
from tipline.core.text import search_query
from tipline.db import Unindexed
from tipline.models import Event, Tip, Verb
from tipline.vocabularies import Sign

LINE = 70  # from here on a tip is filed as spam
SHOWN = 30  # from here on the desk says it of a tip that is not spam
READ = 20_000  # characters of a story that are looked at
ALIKE = (20, 45), (5, 30), (2, 15)  # so many others like it, and the points that they give
BUSY_CALLOUT = 300  # stories of one callout within minutes; a newsletter's readers send fewer
MANY_STORIES = 5  # of one open form; a family at one computer sends fewer
POINTS = {Sign.TRAP: 50, Sign.QUICK: 25, Sign.REUSED: 30, Sign.FLOOD: 10, Sign.MANY: 30, Sign.LINKS: 20, Sign.LOUD: 10}
TAUGHT, VOUCHED = 50, 20  # points that lessons give, and take, at most
LINK = re.compile(r"https?://\S+|\bwww\.\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SpamScore:
    """The score, and the signs that gave points."""

    score: int = 0
    signs: tuple[Sign, ...] = ()

    @property
    def is_spam(self) -> bool:
        return self.score >= LINE


def judge(session: Session, arrival: Arrival, *, others: int = 0) -> SpamScore:
    """Look at a story that is about to become a tip. `others` counts those that its very form sent before."""
    told = _told(arrival)[:READ]
    points = {sign: POINTS[sign] for sign in arrival.signs if sign in POINTS}
    for sign, there in (
        (Sign.REUSED, others >= MANY_STORIES),
        (Sign.LINKS, _is_linky(told)),
        (Sign.LOUD, _is_loud(told)),
    ):
        if there:
            points[sign] = POINTS[sign]
    many, of_callout = recent_stories.recent(session).meet(
        _name(arrival), arrival.callout_id, arrival.received_at, recent_stories.numbers_of(search_query.words(told))
    )
    if same := next((given for least, given in ALIKE if many >= least), 0):
        points[Sign.SAME] = same
    if of_callout >= BUSY_CALLOUT:
        points[Sign.FLOOD] = POINTS[Sign.FLOOD]
    chance = training.chance(session, arrival.language, f"{arrival.subject}\n{arrival.text}")
    if (taught := round(TAUGHT * chance)) > 0:
        points[Sign.TAUGHT] = taught
    vouched = round(VOUCHED * -chance) if chance < 0 else 0
    score = max(0, min(100, sum(points.values()) - vouched))
    return SpamScore(score, tuple(sign for sign in Sign if sign in points) if score else ())


def as_words(verdict: SpamScore) -> str:
    """The signs as they stand in the event of what was received."""
    return " ".join(verdict.signs)


def signs_of(session: Session, tip_ids: Collection[int]) -> dict[int, Sequence[Sign]]:
    """By which signs tips that the caller may see got their score."""
    if not tip_ids:
        return {}
    written = session.execute(
        select(col(Event.tip_id), col(Event.before)).where(
            col(Event.tip_id).in_(tip_ids), Unindexed(col(Event.verb)) == Verb.RECEIVED, col(Event.before) != ""
        )
    )
    return {tip_id: [Sign(word) for word in before.split()] for tip_id, before in written if tip_id is not None}


def worth_saying(tips: Collection[Tip]) -> list[int]:
    """The ids of those whose score the desk shows."""
    return [tip.id or 0 for tip in tips if tip.spam_score >= SHOWN]


def _told(arrival: Arrival) -> str:
    """What the reader wrote in their own words: not the callout's questions, nor what they only chose."""
    written = [a.value for a in arrival.answers if not (a.identity or a.options or a.number is not None)]
    if arrival.answers and arrival.source is Source.FORM:
        return "\n".join(written)
    return f"{arrival.subject}\n{arrival.text}".strip()


def _name(arrival: Arrival) -> str:
    """What a story is called while it is tried again: no two have the same."""
    if arrival.submission_id:
        return f"{arrival.submission_id}:{hash(arrival.text)}"
    sent = arrival.headers.message_id if arrival.headers else ""
    return sent or f"{arrival.received_at.isoformat()}:{hash(arrival.text)}"


def _is_linky(told: str) -> bool:
    """Three links or more, with fewer than twelve words of one's own to each."""
    links = LINK.findall(told)
    return len(links) >= 3 and len(search_query.words(LINK.sub(" ", told))) < 12 * len(links)


def _is_loud(told: str) -> bool:
    """Mostly capitals over more than a few words, in a script that has small ones too."""
    plain = LINK.sub(" ", told)
    cased = [char for char in plain if char.isupper() or char.islower()]
    return len(cased) >= 40 and sum(map(str.isupper, cased)) > 0.7 * len(cased)
