"""Answers counted by the database: how many to each question, how many for each option, number and word.

SQLite keeps no statistics, so it is told which side leads: few tips are looked up one by one, of many the question's
index is walked and each tip of it looked up among those that count.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal_column, select
from sqlmodel import col

from tipline.core.results import ResultsScope
from tipline.db import is_sqlite
from tipline.models import Answer, AnswerChoice

FEW_TIPS = 2000  # tips that are quicker to look up than all answers to a question
MAX_VALUES = 5000  # different dates or places of one question that are looked at, the commonest first
MAX_BINS = 12  # of numbers
GREATEST = 1e15  # of numbers that are counted: nobody's answer, and a sum of greater ones is none


@dataclass(frozen=True, slots=True)
class AnswerCounts:
    """How many answered a question, and how many of them keep their answer out of print."""

    n: int = 0
    withheld: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers at a glance."""

    n: int
    least: float
    most: float
    mean: float


@dataclass(frozen=True, slots=True)
class Bin:
    """How many numbers lie from `low` up to, not including, `high`."""

    low: float
    high: float
    n: int


def given(scope: ResultsScope, question_ids: Sequence[int]) -> dict[int, AnswerCounts]:
    """Answers by question; a question without any is left out."""
    question, withheld = col(Answer.question_id), col(Answer.withheld)
    query = select(question, withheld, func.count()).where(*_answers(scope, question_ids)).group_by(question, withheld)
    found: dict[int, AnswerCounts] = {}
    for question_id, kept, n in scope.session.execute(query):
        before = found.get(question_id, AnswerCounts())
        found[question_id] = AnswerCounts(before.n + n, before.withheld + (n if kept else 0))
    return found


def options(scope: ResultsScope, question_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """How often each option was chosen, by question and number of the option."""
    question, option = col(AnswerChoice.question_id), col(AnswerChoice.option)
    query = select(question, option, func.count()).group_by(question, option)
    if _few(scope):
        query = query.join(Answer, col(Answer.id) == AnswerChoice.answer_id).where(*_answers(scope, question_ids))
    else:
        query = query.where(question.in_(question_ids), quiet(scope, AnswerChoice.tip_id).in_(scope.ids()))
    return {(question_id, number): n for question_id, number, n in scope.session.execute(query)}


def ratings(scope: ResultsScope, question_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """How often each step of a rating was chosen, by question."""
    question, number = col(Answer.question_id), col(Answer.number)
    where = (*_answers(scope, question_ids), number.is_not(None))
    query = select(question, number, func.count()).where(*where).group_by(question, number)
    return {(question_id, round(step)): n for question_id, step, n in scope.session.execute(query)}


def figures(scope: ResultsScope, question_ids: Sequence[int]) -> dict[int, Figures]:
    """The numbers that were answered, by question; a question without any is left out."""
    question, number = col(Answer.question_id), col(Answer.number)
    query = select(question, func.count(), func.min(number), func.max(number), func.avg(number))
    query = query.where(*_numbers(scope, question_ids)).group_by(question)
    return {question_id: Figures(*found) for question_id, *found in scope.session.execute(query)}


def together(known: Sequence[Figures]) -> Figures | None:
    """The figures of a question over all its versions; None where it has no numbers."""
    n = sum(one.n for one in known)
    if not n:
        return None
    mean = sum(one.mean * one.n for one in known) / n
    return Figures(n, min(one.least for one in known), max(one.most for one in known), mean)


def bins(scope: ResultsScope, known: Mapping[tuple[int, ...], Figures]) -> dict[tuple[int, ...], list[Bin]]:
    """The numbers of each question (the ids of its versions) in bins of one round width, empty ones included."""
    widths = {ids: _width(figures) for ids, figures in known.items()}
    starts = {ids: known[ids].least // widths[ids] * widths[ids] for ids in known}
    question, number = col(Answer.question_id), col(Answer.number)
    places = []
    for ids in known:
        edges = [(number < starts[ids] + widths[ids] * n, n - 1) for n in range(1, MAX_BINS + 2)]
        places.append((question.in_(ids), case(*edges, else_=MAX_BINS + 1)))
    place = case(*places, else_=0).label("place")
    everyone = [question_id for ids in known for question_id in ids]
    query = select(question, place, func.count()).where(*_numbers(scope, everyone)).group_by(question, place)
    counted: Counter[tuple[int, int]] = Counter()
    for question_id, at, n in scope.session.execute(query):
        counted[question_id, at] = n
    found = {}
    for ids in known:
        sums = [sum(counted[question_id, at] for question_id in ids) for at in range(MAX_BINS + 2)]
        last = max((at for at, n in enumerate(sums) if n), default=-1)
        start, width = starts[ids], widths[ids]
        found[ids] = [Bin(start + width * at, start + width * (at + 1), sums[at]) for at in range(last + 1)]
    return found


def words(scope: ResultsScope, question_ids: Sequence[int]) -> dict[int, list[tuple[str, int]]]:
    """The different answers with how often each was given, by question, the commonest of all questions first."""
    question, value = col(Answer.question_id), col(Answer.value)
    query = select(question, value, func.count().label("n")).where(*_answers(scope, question_ids))
    query = query.group_by(question, value).order_by(literal_column("n").desc(), value)
    found: dict[int, list[tuple[str, int]]] = {}
    for question_id, word, n in scope.session.execute(query.limit(MAX_VALUES * len(question_ids))):
        found.setdefault(question_id, []).append((word, n))
    return found


def _width(known: Figures) -> float:
    """A round width (1, 2 or 5 and zeros; whole where the numbers may be) that makes at most MOST_BINS bins."""
    rough = known.most / MAX_BINS - known.least / MAX_BINS
    if rough <= 0:
        return 1.0
    whole = known.least == known.least // 1 and known.most == known.most // 1
    power = 1.0
    while power > rough:
        power /= 10
    while power * 10 <= rough:
        power *= 10
    width = next(power * step for step in (1, 2, 5, 10) if power * step >= rough)
    return max(width, 1.0) if whole else width


def _few(scope: ResultsScope) -> bool:
    return scope.n <= FEW_TIPS


def _answers(scope: ResultsScope, question_ids: Sequence[int]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The conditions on Answer."""
    if _few(scope):
        return quiet(scope, Answer.question_id).in_(question_ids), col(Answer.tip_id).in_(scope.ids())
    return col(Answer.question_id).in_(question_ids), quiet(scope, Answer.tip_id).in_(scope.ids())


def _numbers(scope: ResultsScope, question_ids: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    """Answers that are a number which can be added to others."""
    number = col(Answer.number)
    return (*_answers(scope, question_ids), number > -GREATEST, number < GREATEST)


def quiet(scope: ResultsScope, column: Any) -> Any:
    """A column that keeps SQLite from choosing an index for it."""
    named: Any = col(column)
    if not is_sqlite(scope.session):
        return named
    return literal_column(f"+{named.table.name}.{named.name}", named.type)
