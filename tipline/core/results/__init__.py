"""Whose answers the results of a callout count, how many came when and by which source, and how consents stand.

Restricted, merged and spam tips are in no result, whoever looks: two people of a team see the same numbers.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlmodel import Session, col

from tipline.core import access
from tipline.core.access import Actor
from tipline.core.days import local_day
from tipline.db import Unindexed
from tipline.errors import NotVisible
from tipline.models import Callout, QuestionCount, Status, Tip
from tipline.vocabularies import ConsentChoice, Source


@dataclass(frozen=True, slots=True)
class ResultsFilter:
    """What results are narrowed to. `since` and `until` are days of `zone`, both included."""

    source: Source | None = None
    language: str = ""  # "zh" is zh-Hans and zh-Hant too
    consent: ConsentChoice | None = None
    since: date | None = None
    until: date | None = None
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"), compare=False, repr=False)

    def conditions(self) -> list[ColumnElement[bool]]:
        """On Tip, none of which leads: that is the callout's to do."""
        found: list[ColumnElement[bool]] = []
        if self.source:
            found.append(Unindexed(col(Tip.source)) == self.source)
        if self.consent:
            found.append(Unindexed(col(Tip.consent)) == self.consent)
        if self.language:
            spoken = col(Tip.language)
            found.append(or_(spoken == self.language, spoken.startswith(f"{self.language}-", autoescape=True)))
        if self.since:
            found.append(col(Tip.received_at) >= self._midnight(self.since))
        if self.until:
            found.append(col(Tip.received_at) < self._midnight(self.until + timedelta(days=1)))
        return found

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class ResultVolumes:
    """How many tips came, by the day of the person who looks, source, language and consent."""

    n: int
    days: Mapping[date, Counter[Source]]
    sources: Counter[Source]
    languages: Counter[str]
    consents: Counter[ConsentChoice]


@dataclass
class ResultsScope:
    """The tips of a callout whose answers are counted, for one person; `scope` makes it."""

    session: Session
    callout: Callout
    wanted: ResultsFilter
    by: Actor
    known: int | None = None  # how many tips it holds, once that was counted

    def tips(self) -> list[ColumnElement[bool]]:
        """The conditions on Tip, rights first."""
        return [
            access.visible(self.by),
            col(Tip.callout_id) == self.callout.id,
            ~col(Tip.restricted),
            col(Tip.merged_into).is_(None),
            col(Tip.status) != Status.SPAM,
            *self.wanted.conditions(),
        ]

    def ids(self) -> Select[Any]:
        query: Select[Any] = select(col(Tip.id))
        return query.where(*self.tips())

    def narrowed(self, *, source: Source | None = None, language: str = "") -> "ResultsScope":
        """The same, of one source or one language."""
        wanted = replace(self.wanted, source=source or self.wanted.source, language=language or self.wanted.language)
        return ResultsScope(self.session, self.callout, wanted, self.by)

    @property
    def n(self) -> int:
        """How many tips it holds."""
        if self.known is None:
            self.known = self.session.scalar(select(func.count()).select_from(Tip).where(*self.tips())) or 0
        return self.known


def scope(session: Session, callout_id: int, wanted: ResultsFilter, by: Actor) -> ResultsScope:
    """The answers to a callout that a person may see. NotVisible where the callout is none of theirs."""
    query = select(Callout).where(col(Callout.id) == callout_id, access.callouts_of(by))
    callout = session.scalars(query).one_or_none()
    if callout is None:
        raise NotVisible("callout")
    return ResultsScope(session, callout, wanted, by)


def volumes(scope: ResultsScope) -> ResultVolumes:
    """All that is counted of the tips themselves, by one walk over them."""
    span = scope.session.execute(
        select(
            *(
                select(how(col(Tip.received_at))).where(col(Tip.callout_id) == scope.callout.id).scalar_subquery()
                for how in (func.min, func.max)
            )
        )
    ).one()
    if span[0] is None:
        return ResultVolumes(0, {}, Counter(), Counter(), Counter())
    day = local_day(scope.session, col(Tip.received_at), scope.wanted.zone, span[0], span[1])
    keys = (day.label("day"), col(Tip.source), col(Tip.language), col(Tip.consent))
    days: dict[date, Counter[Source]] = {}
    sources: Counter[Source] = Counter()
    languages: Counter[str] = Counter()
    consents: Counter[ConsentChoice] = Counter()
    for on, source, language, consent, n in scope.session.execute(
        select(*keys, func.count()).where(*scope.tips()).group_by(*keys)
    ):
        days.setdefault(date.fromisoformat(on), Counter())[source] += n
        sources[source] += n
        languages[language] += n
        consents[consent] += n
    scope.known = sources.total()
    return ResultVolumes(scope.known, dict(sorted(days.items())), sources, languages, consents)


def languages(scope: ResultsScope) -> list[str]:
    """The languages of a callout's tips, whatever it is narrowed to: what can be chosen."""
    everything = ResultsScope(scope.session, scope.callout, ResultsFilter(), scope.by)
    query = select(col(Tip.language)).where(*everything.tips(), col(Tip.language) != "").distinct()
    return sorted(scope.session.scalars(query))


@dataclass(frozen=True, slots=True)
class Completion:
    """How many forms put a question to their reader, and how many were answered there.

    Counted when a form is filed, of all forms: nobody is followed through a form, and no filter applies.
    """

    asked: int = 0
    answered: int = 0


def completion(scope: ResultsScope, question_ids: list[int]) -> dict[int, Completion]:
    """By question; those that no form has asked yet are left out."""
    asked: Counter[int] = Counter()
    answered: Counter[int] = Counter()
    query = select(col(QuestionCount.question_id), col(QuestionCount.answered), col(QuestionCount.n))
    for question_id, was_answered, n in scope.session.execute(
        query.where(col(QuestionCount.question_id).in_(question_ids))
    ):
        asked[question_id] += n
        answered[question_id] += n if was_answered else 0
    return {question_id: Completion(n, answered[question_id]) for question_id, n in asked.items()}
