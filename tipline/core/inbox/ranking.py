"""The best hits of a search first: where its words stand together, in the title before the text; then the newest.

For as few tips as a page or some are: what is common is listed newest first, since ranking would have to read it all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from tipline.core import search
from tipline.core.access import Actor
from tipline.core.filters import Filters, Sort
from tipline.core.filters.orders import EPOCH, Cursor
from tipline.core.inbox.listing import TipList
from tipline.core.text.search_query import SearchQuery, holds, query

MAX_RANKED = 300  # hits of a list that are ranked; more are shown newest first


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A tip that was found."""

    tip_id: int
    received_at: datetime
    title: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """All tips of a list, the best first. A place in it is a position, with the tip that stood there."""

    ids: Sequence[int]

    def place(self, tip_id: int) -> Cursor:
        """Where the tips after this one begin."""
        return Cursor(EPOCH + timedelta(microseconds=self.ids.index(tip_id)), tip_id)

    def after(self, place: Cursor | None) -> Sequence[int]:
        """The tips after a place. Where its tip is gone, those that stand there now: none is left out."""
        if place is None:
            return self.ids
        if place.tip_id in self.ids:
            return self.ids[self.ids.index(place.tip_id) + 1 :]
        return self.ids[(place.at - EPOCH) // timedelta(microseconds=1) :]


def of_list(session: Session, filters: Filters, listing: TipList, by: Actor) -> Ranking | None:
    """The order of a list that asks for the best first; None where it asks for another, or holds more than FEW."""
    if filters.order is not Sort.RELEVANCE or not filters.text:
        return None
    found = listing.titles(MAX_RANKED + 1)
    if len(found) > MAX_RANKED:
        return None
    hits = [SearchHit(tip_id, received_at, title) for tip_id, received_at, title in found]
    return Ranking(best_first(session, query(filters.text), hits, by))


def best_first(session: Session, wanted: SearchQuery, hits: Sequence[SearchHit], by: Actor) -> list[int]:
    """The ids of at most FEW hits, the best first. The caller has seen to whose they are."""
    phrase = SearchQuery(clauses=((wanted.phrase,),)) if wanted.phrase else None
    together = search.among(session, phrase, [(hit.tip_id, hit.received_at) for hit in hits], by) if phrase else set()

    def rank(hit: SearchHit) -> int:
        if phrase and hit.tip_id in together:
            return 0 if holds(hit.title, phrase) else 1
        return 2 if holds(hit.title, wanted) else 3

    newest = sorted(hits, key=lambda hit: (hit.received_at, hit.tip_id), reverse=True)
    return [hit.tip_id for hit in sorted(newest, key=rank)]
