"""The keys of the typed syntax: which there are, and how the value of each is read.

A choice of `core.tip_fields` is a key by itself; any other new key is one entry in FILTER_KEYS, a field of
`core.filters.Filters`, and one in its WRITERS.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from tipline.core import tip_fields
from tipline.core.facts import fact_keys
from tipline.core.filters.orders import Sort
from tipline.core.text.relative_days import RelativeDay, said
from tipline.core.text.search_query import words
from tipline.core.tip_fields import Choice
from tipline.models import Status, Verification

MAX_TAGS = 20
MAX_FACTS = 20
MAX_CHOICES = 20  # of callouts, people or languages, any of which will do


class Due(StrEnum):
    """Follow-up dates, by the day of the person who looks."""

    NOW = "now"  # today or earlier
    TODAY = "today"
    OVERDUE = "overdue"
    ANY = "any"


class Has(StrEnum):
    PHOTO = "photo"
    FILE = "file"
    NOTE = "note"
    ANSWER = "answer"  # under a question of the form
    REPLY = "reply"  # of ours


class Is(StrEnum):
    UNREAD = "unread"  # for the person who looks
    FOLLOWED = "followed"  # by the person who looks
    FORWARDED = "forwarded"
    AUTOMATIC = "automatic"
    UNANSWERED = "unanswered"  # open work whose reader wrote last: models.tip.UNANSWERED
    RESTRICTED = "restricted"
    SNOOZED = "snoozed"  # out of the lists of open work until a day


Known = dict[str, Any]  # fields of Filters, as far as they were read
Read = Callable[[Known, str], None]


@dataclass(frozen=True, slots=True)
class Key:
    """How a value is read into a field; ValueError where it is none.

    `values` is its vocabulary, where that is closed. `joins`: OR may stand between two of this key, and a comma in
    one. `turns`: a minus before it turns it round.
    """

    read: Read
    values: tuple[str, ...] = ()
    joins: bool = True
    turns: bool = True
    dates: bool = False


def _several(name: str, enum: type[StrEnum]) -> Key:
    """Words of a closed vocabulary, any of them: `a,b` or one by one; kept in the vocabulary's order."""

    def read(known: Known, value: str) -> None:
        given = {enum(part.strip().lower()) for part in value.split(",")} | set(known.get(name, ()))
        known[name] = tuple(member for member in enum if member in given)

    return Key(read, tuple(enum))


def _choice(choice: Choice) -> Key:
    each = _several(choice.name, choice.kind)

    def read(known: Known, value: str) -> None:
        chosen = dict(known.get("choices", ()))
        each.read(chosen, value)
        known["choices"] = tuple(sorted(chosen.items()))  # so that a list is the same one however it was typed

    return Key(read, each.values)


def _groups(name: str, enum: type[StrEnum]) -> Key:
    """Words of a closed vocabulary: all that are given one by one, any of those in `a,b`."""

    def read(known: Known, value: str) -> None:
        given = {enum(part.strip().lower()) for part in value.split(",")}
        group = tuple(member for member in enum if member in given)
        known[name] = tuple(dict.fromkeys([*known.get(name, ()), group]))

    return Key(read, tuple(enum))


def _status() -> Key:
    each = _several("statuses", Status)

    def read(known: Known, value: str) -> None:
        if value.lower() == "any":
            known["any_status"], known["statuses"] = True, ()
        else:  # beside "any" it changes nothing, but what is no status is still a mistake
            each.read({} if known.get("any_status") else known, value)

    return Key(read, (*Status, "any"))


def _any_of(name: str, shape: str, *, lower: bool = False, also: Mapping[str, str] = MappingProxyType({})) -> Key:
    """One value, or any of `a,b`; typed twice, the last counts. `also`: what people say for a value."""

    def read(known: Known, value: str) -> None:
        given = [part.strip().lower() if lower else part.strip() for part in value.split(",")]
        given = [also.get(part.lower(), part) for part in given]
        if len(given) > MAX_CHOICES or not all(re.fullmatch(shape, part) for part in given):
            raise ValueError(name)
        known[name] = tuple(dict.fromkeys(given))

    return Key(read)


def _tag(known: Known, value: str) -> None:
    """A tag, or any of `a,b`; typed twice, both are asked for."""
    group = tuple(dict.fromkeys(name for part in value.split(",") if (name := part.strip().lstrip("# ").strip())))
    groups = tuple(dict.fromkeys([*known.get("tags", ()), group]))
    if not group or any(len(name) > 40 for name in group) or sum(map(len, groups)) > MAX_TAGS:
        raise ValueError("tag")
    known["tags"] = groups


def _facts(name: str) -> Key:
    """Facts, or any of `a=x,b=y`; typed twice, both are asked for. Without a value: whichever it is."""

    def read(known: Known, value: str) -> None:
        group = tuple(dict.fromkeys(_fact(part) for part in fact_keys.parts(value)))
        groups = tuple(dict.fromkeys([*known.get(name, ()), group]))
        if sum(map(len, groups)) > MAX_FACTS:
            raise ValueError(name)
        known[name] = groups

    return Key(read)


def _fact(part: str) -> str:
    key, _, value = part.partition("=")
    key, value = fact_keys.key_of(key), value.strip()
    if not key or len(value) > 200:
        raise ValueError("fact")
    return f"{key}={value}" if value else key


def _one_of(name: str, enum: type[StrEnum]) -> Read:
    def read(known: Known, value: str) -> None:
        known[name] = enum(value.lower())

    return read


def _date(name: str, *, end: bool = False) -> Key:
    """The first day of a year, month or day; with `end` the first day after it. What is said (yesterday) stays so."""

    def read(known: Known, value: str) -> None:
        if not value[:1].isdigit() or not value[-1:].isdigit():
            known[name] = RelativeDay(said(value), after=end)
            return
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

    return Key(read, joins=False, turns=False, dates=True)


def _utc(known: Known, value: str) -> None:
    if value.lower() != "utc":
        raise ValueError("days")
    known["utc"] = True


def _deed(name: str) -> Key:
    """Who did something, and from which day to which, in UTC as the numbers are: `bob@2021-06-01/2021-06-30`. Either
    day may be left out, or both."""

    def read(known: Known, value: str) -> None:
        found = re.fullmatch(rf"([^,@]{{1,60}})(?:@({_DAY})?/({_DAY})?)?", value)
        who = found[1].strip() if found else ""
        if not found or not who or NOBODY_AND_ME.get(who.lower(), who) == "none":
            raise ValueError(name)
        days = [date.fromisoformat(day) for day in found.groups()[1:] if day]
        if not all(1900 <= day.year <= 9998 for day in days):
            raise ValueError(name)
        known[name] = NOBODY_AND_ME.get(who.lower(), who) + (f"@{found[2] or ''}/{found[3] or ''}" if days else "")

    return Key(read, joins=False)


_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"


def _similar(known: Known, value: str) -> None:
    """A tip, as people call it or by its number alone."""
    known["similar"] = _number(value, "T-?")


def _name(known: Known, value: str) -> None:
    """A part of what a reader is called; typed twice, both are asked for."""
    names = tuple(dict.fromkeys([*known.get("names", ()), value.strip()]))
    if len(value) > 200 or len(names) > MAX_CHOICES or not words(value):
        raise ValueError("name")
    known["names"] = names


def _numbers(name: str, called: str) -> Key:
    """Things by their numbers, or as people call them; any that are given will do."""

    def read(known: Known, value: str) -> None:
        given = [_number(part.strip(), called) for part in value.split(",")]
        several = tuple(dict.fromkeys([*known.get(name, ()), *given]))
        if len(several) > MAX_CHOICES:
            raise ValueError(name)
        known[name] = several

    return Key(read)


def _number(value: str, called: str) -> int:
    found = re.fullmatch(rf"(?:{called})?([0-9]{{1,9}})", value, re.IGNORECASE | re.ASCII)
    if not found or not int(found[1]):
        raise ValueError(value)
    return int(found[1])


READER_CALLED = "(?:reader|读者|讀者) ?"
NOBODY_AND_ME = {"nobody": "none", "无人": "none", "無人": "none", "我": "me"}

FILTER_KEYS: dict[str, Key] = {
    "status": _status(),
    "callout": _any_of("callouts", r"[a-z0-9_-]{1,60}", lower=True),
    "assignee": _any_of("assignees", r"[^,]{1,60}", also=NOBODY_AND_ME),
    "tag": Key(_tag),
    "fact": _facts("facts"),
    "suggested": _facts("suggested"),
    **{choice.filter_key: _choice(choice) for choice in tip_fields.PLAIN},
    "lang": _any_of("languages", r"none|[a-z]{2,3}(-[a-z0-9]{2,8})*", lower=True),
    "has": _groups("has", Has),
    "is": _groups("marks", Is),
    "due": Key(_one_of("due", Due), tuple(Due), joins=False),
    "answered": _deed("answered"),
    "ended": _deed("ended"),
    "days": Key(_utc, ("utc",), joins=False, turns=False),
    "since": _date("since"),
    "after": _date("since", end=True),
    "before": _date("before"),
    "similar": Key(_similar, joins=False),
    "tip": _numbers("tips", "T-?"),
    "reader": _numbers("readers", READER_CALLED),
    "name": Key(_name, joins=False, turns=False),
    "sort": Key(_one_of("sort", Sort), tuple(Sort), joins=False, turns=False),
}
OTHER_NAMES = {"verified": "verification", "language": "lang", "label": "tag", "order": "sort"}
# What people say for a value: the key's own, and whether it turns the filter round.
SAID = {("verification", "yes"): (Verification.VERIFIED, False), ("verification", "no"): (Verification.VERIFIED, True)}
