"""What a list is narrowed to. Chips and the typed syntax are one language: `status:new -tag:visa before:2021-07 words`.

What can't be understood is never an error: the list is made of the rest, `problems` says so, and it stays where it was
typed.
"""

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, time, tzinfo
from enum import StrEnum
from functools import partial
from typing import Self

from tipline.core import tip_fields
from tipline.core.filters import parser as syntax
from tipline.core.filters.keys import Due, Has, Is
from tipline.core.filters.orders import Sort
from tipline.core.filters.parser import Problem
from tipline.core.text.relative_days import RelativeDay
from tipline.core.tip_fields import Choice
from tipline.db import now
from tipline.models import Status

__all__ = ["NOT_SPAM", "OPEN", "Chip", "Due", "Filters", "Has", "Is", "Problem", "Sort"]

OPEN = (Status.NEW, Status.REVIEWING, Status.WAITING, Status.READY)  # open work: what the inbox shows
NOT_SPAM = tuple(status for status in Status if status is not Status.SPAM)


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter as a list shows it; `str` gives what a person would type."""

    key: str
    value: str
    negated: bool = False

    def __str__(self) -> str:
        return f"{'-' if self.negated else ''}{syntax.chip(self.key, self.value)}"


@dataclass(frozen=True, slots=True)
class Filters:
    """One list. Several statuses, sources, callouts … mean any of them; of tags, facts, `has` and `marks` each group is
    asked for, and any one of its members will do.

    Without a status it is open work; a search, follow-ups and a reader's tips are everything but spam, and a tip is
    found by its number wherever it stands. `any_status` is everything.
    """

    statuses: tuple[Status, ...] = ()
    any_status: bool = False
    callouts: tuple[str, ...] = ()  # slugs
    assignees: tuple[str, ...] = ()  # each "me", "none", an account's id, or a part of a name
    tags: tuple[tuple[str, ...], ...] = ()
    facts: tuple[tuple[str, ...], ...] = ()  # each "key=value", or "key" for any value; confirmed ones
    suggested: tuple[tuple[str, ...], ...] = ()  # as `facts`, and those that nobody decided on, too
    languages: tuple[str, ...] = ()  # "zh" is zh-Hans and zh-Hant too, "none" is not known
    choices: tuple[tuple[str, tuple[StrEnum, ...]], ...] = ()  # of `tip_fields`: names and values, sorted by name
    has: tuple[tuple[Has, ...], ...] = ()
    marks: tuple[tuple[Is, ...], ...] = ()
    due: Due | None = None
    answered: str = ""  # by whom, and when, as `keys` reads it
    ended: str = ""  # used or closed; likewise
    since: date | RelativeDay | None = None  # received on this day or later
    before: date | RelativeDay | None = None  # received on an earlier day
    utc: bool = False  # these two are days in UTC, as numbers are counted, not of the zone
    sort: Sort | None = None  # None: as it is usual for the list
    similar: int = 0  # a tip: it, and those like it
    tips: tuple[int, ...] = ()
    names: tuple[str, ...] = ()  # parts of what a reader is called, for those who open identities
    readers: tuple[int, ...] = ()  # and all who are one person with one of them
    text: str = ""  # words and "phrases", with OR and minus as core.text.search_query.query reads them
    excluded: "Filters | None" = None  # none of this holds; words and sort are never in it
    zone: tzinfo = field(default=UTC, compare=False, repr=False)  # whose days `since` and `before` are
    today: date | None = field(default=None, compare=False, repr=False)  # for "yesterday"; None is the day there now
    problems: tuple[Problem, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if self.sort is self.usual_order:
            object.__setattr__(self, "sort", None)  # so that a list is the same one however it was asked for

    @classmethod
    def parse(cls, typed: str, zone: tzinfo = UTC, today: date | None = None, tags: Container[str] = ()) -> Self:
        """Read the typed syntax. Never raises; what is not understood is in `problems`. `tags`: as `typed.read`."""
        read = syntax.read(typed, tags)
        excluded = cls(**read.excluded) if read.excluded else None
        problems = tuple(read.problems)
        return cls(
            **read.known, text=" ".join(read.words), excluded=excluded, zone=zone, today=today, problems=problems
        )

    def chips(self) -> list[Chip]:
        """Every filter but the words, in the order in which `query` writes them."""
        wanted = [Chip(key, value) for key, write in WRITERS.items() for value in write(self)]
        return [*wanted, *(replace(chip, negated=True) for chip in self.excluded.chips())] if self.excluded else wanted

    def query(self) -> str:
        """The same list in typed syntax, with what was not understood of it: for URLs."""
        return " ".join([*map(str, self.chips()), *([self.in_field] if self.in_field else [])])

    @property
    def in_field(self) -> str:
        """What the search field holds beside the chips: the words, and what was not understood, to be mended there."""
        left = sorted((problem.typed for problem in self.problems), key=lambda typed: typed == "OR")  # it joins nothing
        return " ".join([*([self.text] if self.text else []), *left])

    def understood(self) -> Self:
        """The list without what was not understood: for what is kept."""
        return replace(self, problems=())

    def mended(self, problem: Problem, meant: str) -> Self:
        """The list with something else in the place of what was not understood."""
        read = type(self).parse(f"{self.understood().query()} {meant}", self.zone, self.today)
        others = (one for one in self.problems if one != problem)
        return replace(read, problems=(*others, *read.problems))

    def without(self, chip: Chip) -> Self:
        """The list without one of its chips."""
        return self._again(" ".join([*(str(c) for c in self.chips() if c != chip), self.text]))

    def including(self, key: str, value: str) -> Self:
        """The list narrowed by one more chip; of a key that takes one value, instead of the one it has."""
        return self._again(f"{self.understood().query()} {Chip(key, value.replace(chr(34), ''))}")

    def sorted(self, sort: Sort) -> Self:
        """The same list in another order."""
        return replace(self, sort=sort)

    def _again(self, query: str) -> Self:
        return replace(type(self).parse(query, self.zone, self.today), problems=self.problems)

    def chosen(self, choice: Choice) -> tuple[StrEnum, ...]:
        """The values of a field, any of which will do; () is all."""
        return dict(self.choices).get(choice.name, ())

    @property
    def order(self) -> Sort:
        return self.sort or self.usual_order

    @property
    def usual_order(self) -> Sort:
        """Newest first. Open work that is with somebody, with nobody or waits for its reader is in the order of its
        readers' last activity: there an old tip on which the reader writes again must not stay below newer ones."""
        at_hand = bool(self.assignees) or self.statuses == (Status.WAITING,)
        own_index = bool(self.text or self.names) or (Is.UNANSWERED,) in self.marks  # in the order in which tips came
        open_work = not self.any_status and set(self._asked_statuses) <= set(OPEN)
        return Sort.ACTIVE if at_hand and open_work and not own_index else Sort.NEWEST

    @property
    def scope(self) -> tuple[Status, ...]:
        """The statuses that the list shows; () is all of them, or none where it is `impossible`."""
        kept = self._kept_statuses()
        return () if len(kept) == len(Status) else kept

    @property
    def impossible(self) -> bool:
        """Whether no tip can be in it, such as `status:new -status:new`."""
        return not self._kept_statuses()

    def _kept_statuses(self) -> tuple[Status, ...]:
        unwanted = self.excluded or Filters()
        return tuple(
            status
            for status in (Status if self.any_status else self._asked_statuses)
            if not unwanted.any_status
            and status not in unwanted.statuses
            and (not self.order.of_unanswered or status in OPEN)
        )

    @property
    def _asked_statuses(self) -> tuple[Status, ...]:
        wide = NOT_SPAM if self.text or self.due or self.readers or self.names or self._done else OPEN
        return self.statuses or (tuple(Status) if self.similar or self.tips else wide)

    @property
    def since_time(self) -> datetime | None:
        return self._midnight(self.since)

    @property
    def before_time(self) -> datetime | None:
        return self._midnight(self.before)

    def _midnight(self, day: date | RelativeDay | None) -> datetime | None:
        if isinstance(day, RelativeDay):
            day = day.on(self.today or now().astimezone(self._days).date())
        return datetime.combine(day, time(), self._days).astimezone(UTC) if day else None

    @property
    def moves(self) -> bool:
        """Whether it is another list tomorrow: "yesterday" is another day then."""
        return isinstance(self.since, RelativeDay) or isinstance(self.before, RelativeDay)

    @property
    def _days(self) -> tzinfo:
        return UTC if self.utc else self.zone

    @property
    def counted(self) -> bool:
        """Whether the kept counters know how many there are: only status, callout and assignee are asked for."""
        plain = {"statuses", "any_status", "callouts", "assignees", "sort", "excluded", "zone", "today", "problems"}
        others = any(getattr(self, f.name) for f in fields(self) if f.name not in plain)
        return not others and not self.order.narrows and (self.excluded is None or self.excluded.counted)

    @property
    def of_unanswered(self) -> bool:
        """Whether it holds unanswered tips alone, by its order or by what it is narrowed to: indexes hold these."""
        return self.order.of_unanswered or (Is.UNANSWERED,) in self.marks

    @property
    def hides_snoozed(self) -> bool:
        """Whether tips that are put off until a day stay out: where nothing was asked for but open work."""
        anything = (
            self.statuses
            or self.any_status
            or self.text
            or self.due
            or self._named
            or self._done
            or self.order is Sort.DUE
        )
        asked = any(Is.SNOOZED in marks for f in (self, self.excluded) if f for marks in f.marks)
        return not anything and not asked

    @property
    def _named(self) -> bool:
        """Whether certain tips, or those of certain readers, are asked for."""
        return bool(self.similar or self.tips or self.readers or self.names)

    @property
    def _done(self) -> bool:
        """Whether it is asked what somebody did, on whichever tip."""
        return bool(self.answered or self.ended)

    @property
    def folds(self) -> bool:
        """Whether the list shows one tip of each cluster: where it is surely work, and looks at nothing that differs
        between those that are alike."""
        return self.counted and bool(self.scope) and set(self.scope) <= set(OPEN)


WRITERS: dict[str, Callable[[Filters], Iterator[str] | tuple[str, ...]]] = {
    "status": lambda f: ("any",) if f.any_status else f.statuses,
    "callout": lambda f: _together(f.callouts),
    "assignee": lambda f: _together(f.assignees),
    "tag": lambda f: map(",".join, f.tags),
    "fact": lambda f: map(",".join, f.facts),
    "suggested": lambda f: map(",".join, f.suggested),
    **{choice.filter_key: partial(Filters.chosen, choice=choice) for choice in tip_fields.PLAIN},
    "lang": lambda f: _together(f.languages),
    "has": lambda f: map(",".join, f.has),
    "is": lambda f: map(",".join, f.marks),
    "due": lambda f: (f.due,) if f.due else (),
    "answered": lambda f: (f.answered,) if f.answered else (),
    "ended": lambda f: (f.ended,) if f.ended else (),
    "days": lambda f: ("utc",) if f.utc else (),
    "since": lambda f: _day(f.since, after=False),
    "after": lambda f: _day(f.since, after=True),
    "before": lambda f: _day(f.before, after=False),
    "similar": lambda f: (f"T-{f.similar:06d}",) if f.similar else (),
    "tip": lambda f: _together(tuple(f"T-{tip_id:06d}" for tip_id in f.tips)),
    "reader": lambda f: _together(tuple(map(str, f.readers))),
    "name": lambda f: f.names,
    "sort": lambda f: (f.sort,) if f.sort else (),
}


def _together(values: tuple[str, ...]) -> tuple[str, ...]:
    return (",".join(values),) if values else ()


def _day(day: date | RelativeDay | None, *, after: bool) -> tuple[str, ...]:
    if isinstance(day, RelativeDay):
        return (day.words,) if day.after == after else ()
    return (_shortest(day),) if day and not after else ()


def _shortest(day: date) -> str:
    if day.day > 1:
        return day.isoformat()
    return day.isoformat()[:7] if day.month > 1 else day.isoformat()[:4]
