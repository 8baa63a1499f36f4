"""The answers to one question in their own words, newest first, and those that hold what is looked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import literal_column, select
from sqlmodel import col

from tipline.core import search
from tipline.core.filters.orders import Cursor
from tipline.core.results import ResultsScope, tallies
from tipline.core.results.tallies import AnswerCounts
from tipline.core.text.search_query import holds, query
from tipline.db import is_sqlite
from tipline.models import Answer, Tip

LIMIT = 50
LOOKED_AT = 2000  # answers that one page of a search reads; where more may hold the words, it leads on
BATCH = 200


@dataclass(frozen=True, slots=True)
class AnswerOfTip:
    """An answer and the tip that it belongs to."""

    answer: Answer
    tip: Tip

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.tip.received_at, self.tip.id or 0)


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """One page of answers. `given` counts them all, whatever is looked for; `terms` are for
    core.text.search_query.marked."""

    rows: list[AnswerOfTip]
    next: Cursor | None
    given: AnswerCounts
    terms: tuple[str, ...] = ()


def page(scope: ResultsScope, question_ids: Sequence[int], typed: str = "", after: Cursor | None = None) -> AnswerPage:
    """The answers to a question (all its versions) from a place on. Words are looked for in the answer itself."""
    counted = tallies.given(scope, question_ids).values()
    total = AnswerCounts(sum(given.n for given in counted), sum(given.withheld for given in counted))
    wanted = query(typed)
    if typed.strip() and not wanted:
        return AnswerPage([], None, total)
    found: list[AnswerOfTip] = []
    looked_at = 0
    for said in _walk(scope, question_ids, typed if wanted else "", after, total.n):
        if len(found) == LIMIT or looked_at == LOOKED_AT:
            return AnswerPage(found, after, total, wanted.terms)
        looked_at, after = looked_at + 1, said.cursor
        if not wanted or holds(said.answer.value, wanted):
            found.append(said)
    return AnswerPage(found, None, total, wanted.terms)


def _walk(scope: ResultsScope, ids: Sequence[int], typed: str, after: Cursor | None, n: int) -> Iterator[AnswerOfTip]:
    """Answers from a place on, a batch at a time."""
    session = scope.session
    hits = search.matching(session, typed, scope.by, few=n) if typed else None
    # Few answers are fetched and sorted; of many the tips are walked, newest first, and each one's answer looked up.
    question = col(Answer.question_id) if n <= tallies.FEW_TIPS else tallies.quiet(scope, Answer.question_id)
    statement = select(Answer, Tip).join(Tip, col(Tip.id) == Answer.tip_id)
    statement = statement.where(*scope.tips(), question.in_(ids))
    key: tuple[Any, ...] = (col(Tip.received_at), col(Tip.id))
    if hits is not None:
        statement, key = statement.where(hits.where), hits.key
        if hits.source is not None and hits.on is not None:
            statement = statement.join(hits.source, hits.on)
    elif n <= tallies.FEW_TIPS and is_sqlite(session):
        key = tuple(literal_column(f"+tip.{column.name}", column.type) for column in key)
    ordered = statement.order_by(*(column.desc() for column in key), col(Answer.position))
    while True:
        here = ordered
        if after is not None:
            left, right = search.keyed(key, after.at, after.tip_id)
            here = ordered.where(left < right)
        batch = [AnswerOfTip(answer, tip) for answer, tip in session.execute(here.limit(BATCH))]
        yield from batch
        if len(batch) < BATCH:
            return
        after = batch[-1].cursor
