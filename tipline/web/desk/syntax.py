"""The typed syntax as one looks it up: a line for each key of core.filters.keys, with examples that are lists."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from tipline.core.filters import Chip
from tipline.core.filters.keys import FILTER_KEYS, OTHER_NAMES
from tipline.core.text.relative_days import SPANS
from tipline.web.desk import chips
from tipline.web.desk.chips import Choices

NOTES: Mapping[str, LazyString] = {
    "status": _l("without it: open work, or of a search all but spam"),
    "callout": _l("the short name in its address"),
    "assignee": _l("a name, or a part of one"),
    "tag": _l("two filters: both tags; with a comma: one of them"),
    "fact": _l("confirmed, in any language"),
    "suggested": _l("confirmed, or only read in the text"),
    "answered": _l("by whom; days behind an @ if you like, in UTC as the numbers are"),
    "ended": _l("used or closed by whom, likewise"),
    "since": _l("this day or later; weeks begin on Monday"),
    "after": _l("when this day, week, month or year is over"),
    "before": _l("an earlier day"),
    "similar": _l("tips like this one"),
    "reader": _l("by number"),
    "name": _l("a whole word of it, for those who may open identities; words alone look for names, too"),
    "sort": _l("the order of the list"),
}
WORDS: tuple[tuple[tuple[str, ...], LazyString], ...] = (
    (("visa consulate",), _l("both words, in any of their forms, and either Chinese script")),
    (('"green card"',), _l("these words side by side; inside files and replies, in any order")),
    (("visa OR passport",), _l("one of the words")),
    (("visa -airline",), _l("without a word")),
    (("tag:visa OR tag:family", "tag:visa,family"), _l("one of two filters of a kind")),
    (("-status:new", "-tag:visa"), _l("a minus turns a filter round")),
    (("#visa", '#"green card"', 'tag:visa,"green card"'), _l("a tag, as pages write it; quotes where it has a space")),
    (("T-000068", "Reader 68"), _l("tips and readers, as pages call them")),
)
EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "fact": ("crossing=luohu", "crossing", "date=2020-02", "place=Hong Kong"),
    "suggested": ("crossing=luohu", "amount"),
    "lang": chips.LANGUAGES,
    "answered": ("me", "me@2021-06-01/2021-06-30"),
    "ended": ("me", "me@2021-06-01/"),
    "since": ("2021", "2021-07", "2021-07-15", *SPANS, "monday", "7d", "2w", "3m", "1y", "昨天", "上周"),
    "after": ("2021-07", "yesterday", "last week", "7d"),
    "before": ("2021-07", "today", "this month", "2w"),
    "similar": ("T-000068",),
    "tip": ("T-000068", "68"),
    "reader": ("68",),
    "name": ("Chloé", "李伟"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. `examples`: what to type, and what people call it."""

    key: str
    other_names: list[str]
    label: str
    note: str
    examples: list[tuple[str, str]]


def lines(known: Choices) -> list[Line]:
    """The keys, each with examples: its whole vocabulary, or names that this person knows."""
    say = chips.words(known)
    return [
        Line(
            key,
            [other for other, own in OTHER_NAMES.items() if own == key],
            str(chips.KEYS[key]),
            str(NOTES.get(key, "")),
            [(str(Chip(key, value)), say(key, value)) for value in _values(key, known)],
        )
        for key in FILTER_KEYS
    ]


def _values(key: str, known: Choices) -> tuple[str, ...]:
    """A line's examples: a vocabulary as a whole, else some of this newsroom's own names."""
    match key:
        case "callout":
            return tuple(slug for slug, _title in known.callouts[:3]) or ("borders",)
        case "assignee":
            return ("me", "none", *(chips.as_assignee(person) for person in known.people[:2]))
        case "tag":
            names = [tag.name for tag in known.tags if "," not in tag.name] or ["visa", "family"]
            return (names[0], ",".join(names[:2]))
    return FILTER_KEYS[key].values or EXAMPLES[key]
