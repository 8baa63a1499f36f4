"""What a list is narrowed to. Chips and the typed syntax are one language: `status:new tag:visa before:2021-07 words`.

What can't be understood is never an error: it is left out, and `problems` says so.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Any, Self

from tipline.core import text as words
from tipline.models import Status, Verification
from tipline.words import N_, ConsentChoice, Source

OPEN = (Status.NEW, Status.REVIEWING, Status.WAITING, Status.READY)  # open work: what the inbox shows
NOT_SPAM = tuple(status for status in Status if status is not Status.SPAM)

UNKNOWN_KEY = N_("There is no filter of this name. Put quotes around it to search for it")
UNKNOWN_VALUE = N_("This filter does not know this value")
BAD_DATE = N_("A date is written 2021, 2021-07 or 2021-07-15")
TOO_LONG = N_("The search is too long; this was left out")
NO_WORDS = N_("There is no word in this to search for")


class Due(StrEnum):
    """Follow-up dates, by the day of the person who looks."""

    NOW = "now"  # today or earlier
    TODAY = "today"
    OVERDUE = "overdue"
    ANY = "any"


class Has(StrEnum):
    PHOTO = "photo"
    FILE = "file"


class Is(StrEnum):
    UNREAD = "unread"  # for the person who looks
    FORWARDED = "forwarded"
    AUTOMATIC = "automatic"
    UNANSWERED = "unanswered"  # open, and nobody has answered it yet


@dataclass(frozen=True, slots=True)
class Problem:
    """Something typed that was left out. `message` is for gettext, `typed` stands beside it."""

    message: str
    typed: str


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter as a list shows it; `str` gives what a person would type."""

    key: str
    value: str

    def __str__(self) -> str:
        return f'{self.key}:"{self.value}"' if re.search(r"\s", self.value) else f"{self.key}:{self.value}"


@dataclass(frozen=True, slots=True)
class Filters:
    """One list. Several statuses or sources mean any of them, several tags all of them.

    Without a status it is open work; a search and follow-ups look at everything but spam. `any_status` is everything.
    """

    statuses: tuple[Status, ...] = ()
    any_status: bool = False
    callout: str = ""  # slug
    assignee: str = ""  # "me", "none", an account's id, or a part of a name
    tags: tuple[str, ...] = ()
    source: tuple[Source, ...] = ()
    language: str = ""  # "zh" is zh-Hans and zh-Hant too
    consent: tuple[ConsentChoice, ...] = ()
    verification: tuple[Verification, ...] = ()
    has: tuple[Has, ...] = ()
    marks: tuple[Is, ...] = ()
    due: Due | None = None
    since: date | None = None  # received on this day or later
    before: date | None = None  # received on an earlier day
    text: str = ""  # words and "phrases"
    zone: tzinfo = field(default=UTC, compare=False, repr=False)  # whose days `since` and `before` are
    problems: tuple[Problem, ...] = field(default=(), compare=False)

    @classmethod
    def parse(cls, typed: str, zone: tzinfo = UTC) -> Self:
        """Read the typed syntax. Never raises; what is not understood is in `problems`."""
        reading = _Reading()
        for key, value, word in _split(typed[:MOST_TYPED]):
            reading.take(key, value, word)
        return cls(**reading.values(), zone=zone, problems=tuple(reading.problems))

    def chips(self) -> list[Chip]:
        """Every filter but the words, in the order in which `query` writes them."""
        return [Chip(key, value) for key, write in _WRITERS.items() for value in write(self)]

    def query(self) -> str:
        """The same list in typed syntax: for URLs, and for the search field."""
        return " ".join([*map(str, self.chips()), *([self.text] if self.text else [])])

    def without(self, chip: Chip) -> Self:
        """The list without one of its chips."""
        return self._again(" ".join([*(str(c) for c in self.chips() if c != chip), self.text]))

    def including(self, key: str, value: str) -> Self:
        """The list narrowed by one more chip; of a key that takes one value, instead of the one it has."""
        return self._again(f"{self.query()} {Chip(key, value.replace(chr(34), ''))}")

    def _again(self, query: str) -> Self:
        return replace(type(self).parse(query, self.zone), problems=self.problems)

    @property
    def scope(self) -> tuple[Status, ...]:
        """The statuses that the list shows; () is all of them."""
        if self.statuses or self.any_status:
            return () if self.any_status else self.statuses
        return NOT_SPAM if self.text or self.due else OPEN

    @property
    def since_time(self) -> datetime | None:
        return _midnight(self.since, self.zone)

    @property
    def before_time(self) -> datetime | None:
        return _midnight(self.before, self.zone)

    @property
    def counted(self) -> bool:
        """Whether the kept counters know how many there are: only status, callout and assignee are asked for."""
        others = {f.name for f in fields(self)} - {"statuses", "any_status", "callout", "assignee", "zone", "problems"}
        return not any(getattr(self, name) for name in others)


MOST_TYPED = 4000  # characters read at all
MOST_WORDS = 500  # characters of words and phrases
MOST_TAGS = 20
_PIECE = re.compile(r'([A-Za-z_]+)[:：](?!//)(?:"([^"]*)"?|([^\s"]+))|"([^"]*)"?|([^\s"]+)')


def _split(typed: str) -> Iterator[tuple[str, str, str]]:
    """(key, value, "") for a filter, ("", "", word) for anything else, phrases in quotes."""
    for found in _PIECE.finditer(typed.replace("\0", " ")):
        key, quoted, bare, phrase, word = found.groups()
        value = " ".join((quoted if quoted is not None else bare or "").split())
        if key:
            yield key.lower(), value, found[0]
        elif phrase is not None:
            yield "", "", f'"{" ".join(phrase.split())}"' if phrase.strip() else ""
        else:
            yield "", "", word


class _Reading:
    """What was understood so far."""

    def __init__(self) -> None:
        self.known: dict[str, Any] = {}
        self.words: list[str] = []
        self.problems: list[Problem] = []

    def take(self, key: str, value: str, word: str) -> None:
        if not key:
            self._word(word)
        elif key not in _READERS:
            self.problems.append(Problem(UNKNOWN_KEY, word))
        else:
            try:
                _READERS[key](self.known, value)
            except ValueError:
                self.problems.append(Problem(BAD_DATE if key in _DATES else UNKNOWN_VALUE, word))

    def _word(self, word: str) -> None:
        if len(" ".join([*self.words, word])) > MOST_WORDS:
            self.problems.append(Problem(TOO_LONG, word))
        elif words.query(word):
            self.words.append(word)
        elif word:
            self.problems.append(Problem(NO_WORDS, word))

    def values(self) -> dict[str, Any]:
        return {**self.known, "text": " ".join(self.words)}


_Reader = Callable[[dict[str, Any], str], None]


def _several(name: str, enum: type[StrEnum]) -> _Reader:
    """Words of a closed vocabulary, `a,b` or one by one; kept in the vocabulary's order."""

    def read(known: dict[str, Any], value: str) -> None:
        given = {enum(part.strip().lower()) for part in value.split(",")} | set(known.get(name, ()))
        known[name] = tuple(member for member in enum if member in given)

    return read


def _status(known: dict[str, Any], value: str) -> None:
    if value.lower() == "any":
        known["any_status"], known["statuses"] = True, ()
    elif not known.get("any_status"):
        _several("statuses", Status)(known, value)


def _one(name: str, shape: str) -> _Reader:
    def read(known: dict[str, Any], value: str) -> None:
        if not re.fullmatch(shape, value):
            raise ValueError(name)
        known[name] = value

    return read


def _lower(name: str, shape: str) -> _Reader:
    read = _one(name, shape)
    return lambda known, value: read(known, value.lower())


def _tag(known: dict[str, Any], value: str) -> None:
    name, tags = value.lstrip("#").strip(), known.get("tags", ())
    if not name or len(name) > 40 or len(tags) >= MOST_TAGS:
        raise ValueError("tag")
    known["tags"] = tuple(dict.fromkeys([*tags, name]))


def _due(known: dict[str, Any], value: str) -> None:
    known["due"] = Due(value.lower())


def _date(name: str, *, end: bool = False) -> _Reader:
    """The first day of a year, month or day; with `end` the first day after it."""

    def read(known: dict[str, Any], value: str) -> None:
        found = re.fullmatch(r"([0-9]{4})(?:-([0-9]{1,2}))?(?:-([0-9]{1,2}))?", value)
        if not found:
            raise ValueError(name)
        year, month, day = (int(part) if part else 0 for part in found.groups())
        first = date(year, month or 1, day or 1)
        if end and day:
            first += timedelta(days=1)
        elif end:
            first = date(year + (not month or month == 12), month % 12 + 1 if month else 1, 1)
        if not 1900 <= first.year <= 9998:  # so that no time zone moves it out of the calendar
            raise ValueError(name)
        known[name] = first

    return read


_DATES = ("since", "after", "before")
_READERS: dict[str, _Reader] = {
    "status": _status,
    "callout": _lower("callout", r"[a-z0-9_-]{1,60}"),
    "assignee": _one("assignee", r"[^,]{1,60}"),
    "tag": _tag,
    "source": _several("source", Source),
    "lang": _lower("language", r"[a-z]{2,3}(-[a-z0-9]{2,8})*"),
    "consent": _several("consent", ConsentChoice),
    "verification": _several("verification", Verification),
    "has": _several("has", Has),
    "is": _several("marks", Is),
    "due": _due,
    "since": _date("since"),
    "after": _date("since", end=True),
    "before": _date("before"),
}
_WRITERS: dict[str, Callable[[Filters], Iterator[str] | tuple[str, ...]]] = {
    "status": lambda f: ("any",) if f.any_status else f.statuses,
    "callout": lambda f: (f.callout,) if f.callout else (),
    "assignee": lambda f: (f.assignee,) if f.assignee else (),
    "tag": lambda f: f.tags,
    "source": lambda f: f.source,
    "lang": lambda f: (f.language,) if f.language else (),
    "consent": lambda f: f.consent,
    "verification": lambda f: f.verification,
    "has": lambda f: f.has,
    "is": lambda f: f.marks,
    "due": lambda f: (f.due,) if f.due else (),
    "since": lambda f: (_shortest(f.since),) if f.since else (),
    "before": lambda f: (_shortest(f.before),) if f.before else (),
}


def _shortest(day: date) -> str:
    if day.day > 1:
        return day.isoformat()
    return day.isoformat()[:7] if day.month > 1 else day.isoformat()[:4]


def _midnight(day: date | None, zone: tzinfo) -> datetime | None:
    return datetime.combine(day, time(), zone).astimezone(UTC) if day else None
