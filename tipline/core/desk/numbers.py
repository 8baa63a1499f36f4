"""The numbers of the desk: what came, how it stands, how soon it was answered, and who does the work.

Restricted and merged tips are in no number, whoever looks: that is `access.visible` without its exception for those who
are named, so that two people of a team see the same. All but two figures are sums of what `day_counts` keeps; how soon
tips were answered is read from the newest MOST_ANSWERED of the period, and what is owed is counted to MOST_OWED an age.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, func, literal, literal_column, select, text, union_all
from sqlmodel import Session, col

from tipline.core import access, events
from tipline.core.access import Actor
from tipline.core.filters import OPEN
from tipline.db import Unindexed, now
from tipline.errors import NotVisible
from tipline.models import (
    Account,
    ActionDay,
    Aspect,
    Callout,
    DeskAction,
    Grain,
    Status,
    Tip,
    TipCount,
    TipDay,
    TipDayState,
    Verb,
)
from tipline.models.tip import ANSWERED, UNANSWERED
from tipline.vocabularies import Source

MAX_ANSWERED = 5_000
MAX_OWED = 10_000
MAX_DAYS = 434  # 62 weeks; longer periods are looked at by month
ONE = timedelta(days=1)
HOUR, DAY = 3600, 86_400
# Up to how many seconds an answer took, and since how many days a reader waits for one; None is longer than that.
ANSWER_EDGES: tuple[int | None, ...] = (HOUR, 4 * HOUR, 12 * HOUR, DAY, 2 * DAY, 4 * DAY, 7 * DAY, 14 * DAY, None)
OWED_EDGES: tuple[int | None, ...] = (1, 3, 7, 14, 30, None)


@dataclass(frozen=True, slots=True)
class Period:
    """Days in UTC, both included; None is open."""

    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class NumbersScope:
    """Which callouts the numbers are of, for one person; `scope` makes it."""

    session: Session
    callouts: Mapping[int, Callout]  # those that are counted
    choices: Sequence[Callout]  # all that this person may choose
    chosen: Callout | None
    period: Period

    def stretches(self, table: Any) -> list[list[Any]]:
        """Conditions on a table that counts by callout and day: whole months by their sums, the days around them."""
        since, until = self.period.since, self.period.until
        first = None if since is None else _month_from(since)
        end = None if until is None else (until + ONE).replace(day=1)
        if first and end and first >= end:
            return [self.days(table)]
        found = [self._within(table, Grain.MONTH, first, end)]
        if since and since != first:
            found.append(self._within(table, Grain.DAY, since, first))
        if until and end and end <= until:
            found.append(self._within(table, Grain.DAY, end, until + ONE))
        return found

    def days(self, table: Any) -> list[Any]:
        until = self.period.until
        return self._within(table, Grain.DAY, self.period.since, until + ONE if until else None)

    def _within(self, table: Any, grain: Grain, first: date | None, end: date | None) -> list[Any]:
        found: list[Any] = [col(table.callout_id).in_(self.callouts), col(table.grain) == grain]
        found += [col(table.day) >= first] if first else []
        return found + ([col(table.day) < end] if end else [])


@dataclass(frozen=True, slots=True)
class TipVolumes:
    """How many tips came, spam included. Over more than MOST_DAYS `days` are the first days of months."""

    n: int
    by_month: bool
    days: Mapping[date, Counter[Source]]
    sources: Counter[Source]
    languages: Counter[str]
    callouts: Counter[int]


@dataclass(frozen=True, slots=True)
class AnswerTimes:
    """How soon tips got their first answer: seconds at the middle and at nine of ten, and how many took how long.

    `looked` are the answered tips that this was read from; `capped` says that there are older ones in the period.
    """

    looked: int
    capped: bool
    median: int
    p90: int
    spread: list[int]  # beside ANSWER_EDGES


@dataclass(frozen=True, slots=True)
class Debt:
    """Open tips whose reader wrote last: how many wait how long. A number of MOST_OWED means that or more."""

    ages: list[int]  # beside OWED_EDGES
    since: datetime | None  # when the one who waits longest wrote

    @property
    def n(self) -> int:
        return sum(self.ages)

    @property
    def capped(self) -> bool:
        return MAX_OWED in self.ages


@dataclass(frozen=True, slots=True)
class Load:
    """The work of one reporter: what they have now, and what they did in the period."""

    account_id: int
    name: str
    open: int
    answered: int
    closed: int


@dataclass(frozen=True, slots=True)
class Numbers:
    volumes: TipVolumes
    answers: AnswerTimes
    debt: Debt
    states: Mapping[Aspect, Counter[str]]
    loads: list[Load]
    unassigned: int  # open tips that nobody has

    @property
    def spam(self) -> int:
        return self.states[Aspect.STATUS][Status.SPAM]


def scope(session: Session, by: Actor, slug: str, period: Period) -> NumbersScope:
    """The callouts of a person, or (`slug`) one of them. NotVisible where that is none of theirs."""
    query = select(Callout).where(access.callouts_of(by)).order_by(col(Callout.id).desc())
    choices = session.scalars(query).all()
    chosen = next((one for one in choices if one.slug == slug), None)
    if slug and chosen is None:
        raise NotVisible("callout")
    counted = {one.id: one for one in ([chosen] if chosen else choices) if one.id}
    return NumbersScope(session, counted, choices, chosen, period)


def numbers(scope: NumbersScope) -> Numbers:
    """All of them, by a fixed number of queries."""
    loads, unassigned = _loads(scope)
    return Numbers(_volumes(scope), _answers(scope), _debt(scope, now()), _states(scope), loads, unassigned)


def exported(session: Session, by: Actor, callout: Callout | None, form: str) -> None:
    """Record that somebody took numbers out of the house. `form` is "csv" or "xlsx"."""
    events.record(session, Verb.EXPORTED, by=by, object_id=callout.id if callout else None, after=f"{form} numbers")


def _volumes(scope: NumbersScope) -> TipVolumes:
    by_month = _is_long(scope)
    days: dict[date, Counter[Source]] = {}
    sources: Counter[Source] = Counter()
    which = scope.stretches(TipDay) if by_month else [scope.days(TipDay)]
    for (day, source), n in _sums(scope, which, col(TipDay.day), col(TipDay.source)).items():
        days.setdefault(day.replace(day=1) if by_month else day, Counter())[source] += n
        sources[source] += n
    both: Counter[int] = Counter()
    languages: Counter[str] = Counter()
    spoken = _sums(scope, scope.stretches(TipDay), col(TipDay.callout_id), col(TipDay.language))
    for (callout_id, language), n in spoken.items():
        both[callout_id] += n
        languages[language] += n
    return TipVolumes(sources.total(), by_month, dict(sorted(days.items())), sources, languages, both)


def _is_long(scope: NumbersScope) -> bool:
    """Whether the period is too long to look at day by day."""
    since = scope.period.since
    if since is None:
        months = col(TipDay.callout_id).in_(scope.callouts), col(TipDay.grain) == Grain.MONTH, col(TipDay.n) > 0
        since = scope.session.scalar(select(func.min(col(TipDay.day))).where(*months))
    until = scope.period.until or now().date()
    return since is not None and (until - since).days >= MAX_DAYS


def _states(scope: NumbersScope) -> dict[Aspect, Counter[str]]:
    found: dict[Aspect, Counter[str]] = {aspect: Counter() for aspect in Aspect}
    counted = _sums(scope, scope.stretches(TipDayState), col(TipDayState.aspect), col(TipDayState.word))
    for (aspect, word), n in counted.items():
        found[aspect][word] += n
    return found


def _sums(scope: NumbersScope, stretches: Sequence[Sequence[Any]], *keys: Any) -> Counter[Any]:
    """How many by these columns, over some stretches of one table's days."""
    found: Counter[Any] = Counter()
    table = keys[0].class_
    for where in stretches:
        for *key, n in scope.session.execute(select(*keys, func.sum(col(table.n))).where(*where).group_by(*keys)):
            found[tuple(key)] += n
    return +found


def _month_from(day: date) -> date:
    """The first beginning of a month that is not before a day."""
    return day if day.day == 1 else (day.replace(day=28) + timedelta(days=4)).replace(day=1)


# Unindexed, so that SQLite walks those alone that are answered, or wait for an answer, in their order.
_CALLOUT = Unindexed(col(Tip.callout_id))


def _answers(scope: NumbersScope) -> AnswerTimes:
    query = select(col(Tip.answered_after)).where(text(ANSWERED), _CALLOUT.in_(scope.callouts))
    if scope.period.since:
        query = query.where(col(Tip.received_at) >= _midnight(scope.period.since))
    if scope.period.until:
        query = query.where(col(Tip.received_at) < _midnight(scope.period.until + timedelta(days=1)))
    newest = query.order_by(col(Tip.received_at).desc()).limit(MAX_ANSWERED + 1)
    found = [after or 0 for after in scope.session.scalars(newest)]
    took, capped = sorted(found[:MAX_ANSWERED]), len(found) > MAX_ANSWERED
    if not took:
        return AnswerTimes(0, False, 0, 0, [0] * len(ANSWER_EDGES))
    spread, low = [], 0
    for edge in ANSWER_EDGES:
        high = len(took) if edge is None else bisect_left(took, edge)
        spread.append(high - low)
        low = high
    return AnswerTimes(len(took), capped, took[(len(took) - 1) // 2], took[(len(took) * 9 + 9) // 10 - 1], spread)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _debt(scope: NumbersScope, at: datetime) -> Debt:
    waits = text(UNANSWERED), ~col(Tip.restricted), _CALLOUT.in_(scope.callouts)
    counted: list[Select[int, int]] = []
    newer: int | None = None
    for place, edge in enumerate(OWED_EDGES):
        query: Select[Any] = select(literal_column("1").label("one"))
        query = query.select_from(Tip).where(*waits)
        if newer is not None:
            query = query.where(col(Tip.reader_wrote_at) <= at - timedelta(days=newer))
        if edge is not None:
            query = query.where(col(Tip.reader_wrote_at) > at - timedelta(days=edge))
        counted.append(select(literal(place), func.count()).select_from(query.limit(MAX_OWED).subquery()))
        newer = edge
    ages = {place: n for place, n in scope.session.execute(union_all(*counted))}  # noqa: C416
    first = select(func.min(col(Tip.reader_wrote_at))).where(*waits)
    since = scope.session.scalar(first) if any(ages.values()) else None
    return Debt([ages[place] for place in range(len(OWED_EDGES))], since)


def _loads(scope: NumbersScope) -> tuple[list[Load], int]:
    """Everybody who has open work or did some, those with most in hand first."""
    query = select(col(TipCount.assignee_id), func.sum(col(TipCount.n))).where(
        col(TipCount.callout_id).in_(scope.callouts), col(TipCount.status).in_(OPEN)
    )
    has: dict[int, int] = {who: n for who, n in scope.session.execute(query.group_by(col(TipCount.assignee_id)))}  # noqa: C416
    did: Counter[tuple[int, DeskAction]] = Counter()
    did.update(_sums(scope, scope.stretches(ActionDay), col(ActionDay.account_id), col(ActionDay.action)))
    people = {who for who, n in has.items() if who and n > 0} | {who for who, _ in did}
    names = select(col(Account.id), col(Account.name)).where(col(Account.id).in_(people))
    found = [
        Load(who or 0, name, has.get(who or 0, 0), did[who or 0, DeskAction.ANSWERED], did[who or 0, DeskAction.CLOSED])
        for who, name in scope.session.execute(names)
    ]
    return sorted(found, key=lambda load: (-load.open, -load.closed - load.answered, load.name)), has.get(0, 0)
