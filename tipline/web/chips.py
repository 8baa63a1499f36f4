"""Filters in words: what a chip says, and what the filter menu offers. Chips and typed syntax are one language."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import LazyString, get_locale
from flask_babel import lazy_gettext as _l
from sqlmodel import Session

from tipline.core import callouts, inbox, sheet
from tipline.core.access import Actor
from tipline.core.filters import Chip, Due, Filters, Has, Is
from tipline.models import Account, Status, Tag, Verification
from tipline.web import labels
from tipline.words import ConsentChoice, Source

KEYS: Mapping[str, LazyString] = {
    "status": _l("Status"),
    "callout": _l("Callout"),
    "assignee": _l("Assigned to"),
    "tag": _l("Tag"),
    "source": _l("Came by"),
    "lang": _l("Language"),
    "consent": _l("Consent"),
    "verification": _l("Verification"),
    "has": _l("Has"),
    "is": _l("Is"),
    "due": _l("Follow-up"),
    "since": _l("Since"),
    "before": _l("Before"),
}
HAS: Mapping[str, LazyString] = {Has.PHOTO: _l("a photo"), Has.FILE: _l("a file")}
IS: Mapping[str, LazyString] = {
    Is.UNREAD: _l("unread"),
    Is.FORWARDED: _l("forwarded"),
    Is.AUTOMATIC: _l("automatic mail"),
    Is.UNANSWERED: _l("never answered"),
}
DUE: Mapping[str, LazyString] = {
    Due.NOW: _l("due"),
    Due.TODAY: _l("due today"),
    Due.OVERDUE: _l("overdue"),
    Due.ANY: _l("any day"),
}
ANY, ME, NOBODY = _l("any"), _l("me"), _l("nobody")
TABLES: Mapping[str, Mapping[Any, LazyString]] = {
    "status": {**labels.STATUS, "any": ANY},
    "source": labels.SOURCE,
    "consent": labels.CONSENT,
    "verification": labels.VERIFICATION,
    "has": HAS,
    "is": IS,
    "due": DUE,
    "assignee": {"me": ME, "none": NOBODY},
}
LANGUAGES = ("en", "zh", "zh-hans", "zh-hant", "ja", "ko", "ru")


SHORT_LANGUAGES = {"zh": "中文", "zh-hans": "中文", "zh-hant": "繁體", "ja": "日本語", "ko": "한국어", "ru": "русский"}


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from, for one person."""

    callouts: list[tuple[str, str]]  # slug, title
    people: list[Account]
    tags: list[Tag]


@dataclass(frozen=True, slots=True)
class Shown:
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
    mine = callouts.for_desk(session, by)
    titles = callouts.texts(session, mine, str(get_locale()))
    return Choices(
        [(c.slug, titles[c.id or 0].title or c.slug) for c in mine],
        sheet.colleagues(session),
        inbox.tags(session, by),
    )


def short_language(code: str) -> str:
    """A language in the few letters of a list: 中文, 繁體, en."""
    return SHORT_LANGUAGES.get(code.lower(), code)


def shown(filters: Filters, known: Choices) -> list[Shown]:
    """The chips of a list, in words."""
    say = _words(known)
    return [Shown(str(KEYS[c.key]), say(c.key, c.value), filters.without(c).query()) for c in filters.chips()]


def _words(known: Choices) -> Callable[[str, str], str]:
    named = {
        "callout": dict(known.callouts),
        "assignee": {str(person.id): person.name for person in known.people},
    }

    def say(key: str, value: str) -> str:
        if key == "lang":
            return short_language(value)
        if (name := named.get(key, {}).get(value)) is not None:
            return name
        words = {str(k): v for k, v in TABLES.get(key, {}).items()}
        return str(words.get(value, value))

    return say


def offers(known: Choices) -> Iterator[Offer]:
    """The selects of the filter menu."""
    say = _words(known)
    values: Mapping[str, list[str]] = {
        "status": ["any", *Status],
        "callout": [slug for slug, _ in known.callouts],
        "assignee": ["me", "none", *(str(person.id) for person in known.people)],
        "tag": [tag.name for tag in known.tags],
        "source": [*Source],
        "lang": [*LANGUAGES],
        "consent": [*ConsentChoice],
        "verification": [*Verification],
        "has": [*Has],
        "is": [*Is],
        "due": [*Due],
    }
    for key, of_key in values.items():
        if of_key:
            yield Offer(key, str(KEYS[key]), [(str(Chip(key, str(v))), say(key, str(v))) for v in of_key])
