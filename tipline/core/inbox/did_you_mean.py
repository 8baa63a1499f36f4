"""What was meant by a search that finds next to nothing: one other search, which finds more for the same person.

Never a word that stands only in what this person may not see: candidates are counted in tips of theirs, and the whole
search is made under their rights before it is offered.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import access, search
from tipline.core.access import Actor
from tipline.core.filters import Filters
from tipline.core.inbox.listing import TipList
from tipline.core.search import tip_texts
from tipline.core.text import typos
from tipline.core.text.search_query import TokenRun
from tipline.core.text.tokens import fold
from tipline.models import Status, Tip

NEXT_TO_NOTHING = 2  # tips
MAX_WORDS = 3  # of one search that are tried
WALKED = 2000  # tips with a candidate that are asked whether this person sees them
READ = 100  # of theirs, in which candidates are counted
TIMES = 2  # as often as the word itself at least, and in more tips than it
_CHUNK = re.compile(r'[-－]?"[^"]*"?|[^\s"]+')


def suggestion(session: Session, filters: Filters, by: Actor, today: date, found: int) -> Filters | None:
    """A list that was probably meant, where this one holds `found` tips. None where there is nothing better."""
    if found > NEXT_TO_NOTHING or not filters.text:
        return None
    text, tried = filters.text, 0
    for chunk in _CHUNK.findall(filters.text):
        word = fold(chunk)
        candidates = typos.of(word) if tried < MAX_WORDS and chunk != "OR" else {}
        if not candidates:
            continue
        tried += 1
        seen = len(TipList(session, Filters(any_status=True, text=chunk), by, today).ids(NEXT_TO_NOTHING + 1))
        if seen <= NEXT_TO_NOTHING and (better := _better(session, candidates, by, seen)):
            text = re.sub(rf"(?<!\S){re.escape(chunk)}(?!\S)", better, text, count=1)
    if text == filters.text:
        return None
    other = replace(filters, text=text)
    return other if len(TipList(session, other, by, today).ids(found + 1)) > found else None


def _better(session: Session, candidates: dict[str, TokenRun], by: Actor, seen: int) -> str:
    """The candidate that stands in most of the newest tips that this person sees; "" where it stands in too few."""
    texts = tip_texts.words_of(session, _sample(session, list(candidates.values()), by))
    counted: Counter[str] = Counter()
    by_token: dict[str, list[str]] = {}
    for word, tokens in candidates.items():
        by_token.setdefault(tokens.tokens[0], []).append(word)
    for line in texts:
        # As it stands, before another form of it.
        here = set(line.split())
        near = [word for token in here & by_token.keys() for word in by_token[token]]
        counted.update(word for word in near if _stands(candidates[word], line))
        counted.update(here & candidates.keys())
    best = max(counted, key=lambda word: counted[word], default="")
    return best if best and counted[best] >= max(TIMES, TIMES * seen) else ""


def _stands(tokens: TokenRun, line: str) -> bool:
    return len(tokens.tokens) == 1 or f" {' '.join(tokens.tokens)} " in line


def _sample(session: Session, candidates: Sequence[TokenRun], by: Actor) -> list[int]:
    """The newest tips of this person that hold any candidate."""
    walked = search.with_any(session, list(dict.fromkeys(candidates)), WALKED, by)
    seen = access.visible(by), col(Tip.merged_into).is_(None), col(Tip.status) != Status.SPAM
    theirs = select(col(Tip.id)).where(col(Tip.id).in_(walked), *seen)
    return [tip_id for tip_id in session.scalars(theirs.order_by(col(Tip.id).desc()).limit(READ)) if tip_id]
