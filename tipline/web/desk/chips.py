"""Filters in words: what a chip says, and what the filter menu offers. Chips and typed syntax are one language."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from babel.dates import get_day_names
from flask import render_template
from flask_babel import LazyString, get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlmodel import Session

from tipline.core import callouts, inbox, tip_fields
from tipline.core.access import Actor
from tipline.core.facts import fact_keys, fact_types
from tipline.core.filters import Chip, Due, Filters, Has, Is, Sort
from tipline.core.filters.orders import ORDERS
from tipline.core.inbox import fact_counts, work_filters
from tipline.core.inbox.fact_counts import Value
from tipline.core.text import relative_days
from tipline.core.tip_page import sidebar
from tipline.models import (
    Account,
    Callout,
    FactType,
    Status,
    Tag,
    Tip,
    TipTag,
)
from tipline.web import desk_cache, fact_labels, i18n, labels
from tipline.web.guards import read

KEYS: Mapping[str, LazyString] = {
    **{field.filter_key: _l(field.label) for field in tip_fields.FIELDS},
    "callout": _l("Callout"),
    "fact": _l("Fact"),
    "suggested": _l("Fact, or read in the text"),
    "has": _l("Has"),
    "is": _l("Is"),
    "answered": _l("Answered by"),
    "ended": _l("Ended by"),
    "days": _l("Days in"),
    "since": _l("Since"),
    "after": _l("After"),
    "before": _l("Before"),
    "similar": _l("Like"),
    "tip": _l("Tip"),
    "reader": _l("Reader"),
    "name": _l("Reader’s name"),
    "sort": _l("Sort"),
}
NOT_KEYS: Mapping[str, LazyString] = {
    **{field.filter_key: _l(field.negated) for field in tip_fields.FIELDS},
    "callout": _l("Callout not"),
    "fact": _l("Not the fact"),
    "suggested": _l("Neither the fact, nor read in the text"),
    "has": _l("Has not"),
    "is": _l("Is not"),
    "answered": _l("Not answered by"),
    "ended": _l("Not ended by"),
    "similar": _l("Not like"),
    "tip": _l("Not the tip"),
    "reader": _l("Not the reader"),
}
HAS: Mapping[str, LazyString] = {
    Has.PHOTO: _l("a photo"),
    Has.FILE: _l("a file"),
    Has.NOTE: _l("a note"),
    Has.ANSWER: _l("answers to questions"),
    Has.REPLY: _l("a reply"),
}
IS: Mapping[str, LazyString] = {
    Is.UNREAD: _l("unread"),
    Is.FOLLOWED: _l("followed by me"),
    Is.FORWARDED: _l("forwarded"),
    Is.AUTOMATIC: _l("automatic mail"),
    Is.UNANSWERED: _l("unanswered"),
    Is.RESTRICTED: _l("restricted"),
    Is.SNOOZED: _l("snoozed"),
}
SORT: Mapping[Sort, LazyString] = {sort: _l(order.label) for sort, order in ORDERS.items()}
# What stands beside the number of tips in a list.
ORDER: Mapping[Sort, LazyString] = {sort: _l(order.heading) for sort, order in ORDERS.items()}
DUE: Mapping[str, LazyString] = {
    Due.NOW: _l("due"),
    Due.TODAY: _l("due today"),
    Due.OVERDUE: _l("overdue"),
    Due.ANY: _l("any day"),
}
DAYS: Mapping[str, LazyString] = {
    "today": _l("today"),
    "yesterday": _l("yesterday"),
    "this week": _l("this week"),
    "last week": _l("last week"),
    "this month": _l("this month"),
    "last month": _l("last month"),
    "this year": _l("this year"),
    "last year": _l("last year"),
}
ANY, ME, NOBODY = _l("any"), _l("me"), _l("nobody")
TABLES: Mapping[str, Mapping[Any, LazyString | str]] = {
    **{choice.filter_key: labels.CHOICES[choice.name] for choice in tip_fields.CHOICES},
    "status": {**labels.STATUS, "any": ANY},
    "has": HAS,
    "is": IS,
    "due": DUE,
    "days": {"utc": "UTC"},
    "assignee": {"me": ME, "none": NOBODY},
    "answered": {"me": ME},
    "ended": {"me": ME},
}
DEEDS = ("answered", "ended")
LANGUAGES = ("en", "zh", "zh-hans", "zh-hant", "ja", "ko", "ru")


SHORT_LANGUAGES = {"zh": "中文", "zh-hans": "简体", "zh-hant": "繁體", "ja": "日本語", "ko": "한국어", "ru": "русский"}


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from, for one person."""

    callouts: list[tuple[str, str]]  # slug, title
    people: list[Account]
    tags: list[Tag]
    facts: list[FactType] = field(default_factory=list)
    # Values of a type of facts that stand in tips, for the key "fact" or "suggested"; looked up once it is asked.
    values: Callable[[FactType, str], list[Value]] = lambda kind, key: []


@dataclass(frozen=True, slots=True)
class ShownChip:
    """A chip on the page: its words, and the query without it."""

    key: str
    value: str
    without: str


@dataclass(frozen=True, slots=True)
class Offer:
    """One select of the filter menu: each option is a piece of typed syntax and its words."""

    key: str
    label: str
    options: list[tuple[str, str]]


def choices(session: Session, by: Actor) -> Choices:
    """What this person may choose from now."""
    mine = callouts_of(by)
    return Choices(
        [(callout.slug, title) for callout, title in mine],
        desk_cache.of("people", lambda: sidebar.colleagues(session)),
        tags(by),
        desk_cache.of("facts", lambda: fact_types.seen(session, by), by),
        lambda kind, key: fact_counts.offered(session, kind, by, suggested=key == "suggested"),
    )


def tags(by: Actor) -> list[Tag]:
    """The tags that are on tips a person sees; one that is new to them is offered some seconds later."""
    return desk_cache.of("tags", lambda: inbox.tags(read(), by), by, lags=(Tip, TipTag))


def callouts_of(by: Actor) -> list[tuple[Callout, str]]:
    """The callouts whose tips a person sees, newest first, with their titles in the language of the page."""
    language = str(get_locale())

    def titled() -> list[tuple[Callout, str]]:
        mine = callouts.for_desk(read(), by) if by.sees_tips else []
        texts = callouts.texts(read(), mine, language)
        return [(callout, texts[callout.id or 0].title or callout.slug) for callout in mine]

    return desk_cache.of("callouts", titled, by, language)


def short_language(code: str) -> str:
    """A language in the few letters of a list: 简体, 繁體, en. 中文 is Chinese in any script."""
    return _("not known") if code == "none" else SHORT_LANGUAGES.get(code.lower(), code)


def as_assignee(person: Account) -> str:
    """Somebody as one types them: by name, or by number where the name has signs of the syntax in it."""
    return str(person.id) if set(person.name) & set(',"@') else person.name


def shown(filters: Filters, known: Choices) -> list[ShownChip]:
    """The chips of a list, in words. Its order has a menu of its own."""
    say = words(known)
    return [
        ShownChip(str((NOT_KEYS if c.negated else KEYS)[c.key]), say(c.key, c.value), filters.without(c).query())
        for c in filters.chips()
        if c.key != "sort"
    ]


def said(query: str, known: Choices) -> str:
    """A list in one line of words, for where it is named."""
    filters = Filters.parse(query)
    parts = [f"{chip.key}: {chip.value}" for chip in shown(filters, known)]
    order = [str(SORT[filters.sort])] if filters.sort else []
    return " · ".join([*parts, *order, *([filters.text] if filters.text else [])])


def sorts(filters: Filters) -> list[tuple[str, str, bool]]:
    """The orders of a list: each one's words, the query with it, and whether it is the one in force."""
    offered = {sort: said for sort, said in SORT.items() if filters.text or sort is not Sort.RELEVANCE}
    return [(str(said), filters.sorted(sort).query(), sort is filters.order) for sort, said in offered.items()]


def order(filters: Filters, page: inbox.ListPage) -> str:
    """The order of a list, for beside its number of tips. Matches are put in order only where they are few."""
    if filters.order is Sort.RELEVANCE and not page.ranked:
        return str(_("too many to put the best first: newest first") if filters.text else ORDER[Sort.NEWEST])
    return str(ORDER[filters.order])


def words(known: Choices) -> Callable[[str, str], str]:
    """A function that says a filter's value as people do."""
    named = {
        "callout": dict(known.callouts),
        "assignee": {str(person.id): person.name for person in known.people},
    }

    def say(key: str, value: str) -> str:
        if key in ("fact", "suggested"):
            return str(_(" or ")).join(fact_labels.part_in_words(part, known.facts) for part in fact_keys.parts(value))
        if "," in value:
            return str(_(" or ")).join(say(key, part) for part in value.split(","))
        if key in DEEDS:
            who, since, until = work_filters.days_of(value)
            return did_words(named["assignee"].get(who, str(ME) if who == "me" else who), since, until)
        if key in ("since", "after", "before"):
            return day_words(value)
        if key == "lang":
            return short_language(value)
        if (name := named.get(key, {}).get(value)) is not None:
            return name
        if key == "sort":
            return str(SORT[Sort(value)])
        words = {str(k): v for k, v in TABLES.get(key, {}).items()}
        return str(words.get(value, value))

    return say


def did_words(who: str, since: date | None, until: date | None) -> str:
    """Who did something, and when."""
    if since and until:
        return str(
            _("%(name)s, %(first)s to %(last)s", name=who, first=i18n.short_day(since), last=i18n.short_day(until))
        )
    if since:
        return str(_("%(name)s, since %(day)s", name=who, day=i18n.short_day(since)))
    return str(_("%(name)s, until %(day)s", name=who, day=i18n.short_day(until))) if until else who


def day_words(said: str) -> str:
    """A day, or what is said of days, as people say it."""
    if said in relative_days.WEEKDAYS:
        return str(get_day_names("wide", "stand-alone", get_locale())[relative_days.WEEKDAYS.index(said)])
    if back := relative_days.ago(said):
        return ago_words(*back)
    return str(DAYS.get(said, said))


def ago_words(n: int, unit: str) -> str:
    match unit:
        case "d":
            return str(ngettext("%(num)s day ago", "%(num)s days ago", n))
        case "w":
            return str(ngettext("%(num)s week ago", "%(num)s weeks ago", n))
        case "m":
            return str(ngettext("%(num)s month ago", "%(num)s months ago", n))
    return str(ngettext("%(num)s year ago", "%(num)s years ago", n))


def menu(by: Actor) -> Markup:
    """The selects of the filter menu."""

    def drawn() -> Markup:
        return Markup(render_template("desk/_menus.html", offers=_offers(choices(read(), by))))

    return desk_cache.of("menu", drawn, by, str(get_locale()))


def _offers(known: Choices) -> Iterator[Offer]:
    say = words(known)
    values: Mapping[str, list[str]] = {
        "status": ["any", *Status],
        "callout": [slug for slug, _title in known.callouts],
        "assignee": ["me", "none", *(str(person.id) for person in known.people)],
        "tag": [tag.name for tag in known.tags],
        "fact": [kind.key for kind in known.facts],
        **{choice.filter_key: [*choice.kind] for choice in tip_fields.PLAIN},
        "lang": [*LANGUAGES],
        "has": [*Has],
        "is": [*Is],
        "due": [*Due],
    }
    for key, of_key in values.items():
        if of_key:
            yield Offer(key, str(KEYS[key]), [(str(Chip(key, str(v))), say(key, str(v))) for v in of_key])
