"""The best hits of a search first: where its words stand together, in the title before the text; then the newest.

For as few tips as a page or some are: what is common is listed newest first, since ranking would have to read it all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from tipline.core import search
from tipline.core.text import Query, holds

FEW = 300  # hits of a list that are ranked; more are shown newest first


@dataclass(frozen=True, slots=True)
class Hit:
    """A tip that was found."""

    tip_id: int
    received_at: datetime
    title: str


def best_first(session: Session, wanted: Query, hits: Sequence[Hit]) -> list[int]:
    """The ids of at most FEW hits, the best first. The caller has seen to whose they are."""
    phrase = Query(clauses=((wanted.phrase,),)) if wanted.phrase else None
    together = search.among(session, phrase, [(hit.tip_id, hit.received_at) for hit in hits]) if phrase else set()

    def rank(hit: Hit) -> int:
        if phrase and hit.tip_id in together:
            return 0 if holds(hit.title, phrase) else 1
        return 2 if holds(hit.title, wanted) else 3

    newest = sorted(hits, key=lambda hit: (hit.received_at, hit.tip_id), reverse=True)
    return [hit.tip_id for hit in sorted(newest, key=rank)]
