"""What a search field offers while one types: keys, then their values, by what people call them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from flask_babel import LazyString
from flask_babel import gettext as _

from tipline.core.facts import fact_keys, fact_values
from tipline.core.filters import Chip
from tipline.core.filters.keys import FILTER_KEYS, OTHER_NAMES
from tipline.core.inbox.views import View
from tipline.core.text import relative_days
from tipline.models import Tip
from tipline.web import fact_labels
from tipline.web.desk import chips
from tipline.web.desk.chips import Choices

One = TypeVar("One")
EACH = 6  # of one group where several are shown
MAX_VALUES = 12  # values of one key
FACTS = ("fact", "suggested")
_GIVEN = r'(?:(?:"[^"]*"|[^\s"=,]*)[=,])*'  # what stands before the last of several values
_LAST = re.compile(rf'(?:^|(?<=\s))([-－]?)(?:([A-Za-z_]+)[:：])?([#＃]?{_GIVEN}(?:"[^"]*|[^\s"]*))$')


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One option: `typed` is what the field holds then, up to the cursor; a list (its `address` in typed syntax) or a
    tip is gone to at once."""

    words: str
    hint: str = ""
    typed: str = ""
    address: str = ""
    tip_id: int = 0


@dataclass(frozen=True, slots=True)
class SuggestionGroup:
    label: str
    options: list[Suggestion]


def suggest(
    typed: str, known: Choices, views: Sequence[View], recent: Sequence[str], today: date
) -> list[SuggestionGroup]:
    """What goes on from what is typed up to the cursor; empty groups are left out."""
    found = _LAST.search(typed)
    sign, key, part = found.groups() if found else ("", None, "")
    before = typed[: found.start()] if found else f"{typed} "
    if key and (name := key.lower()) in FACTS:
        return [group for group in [_facts(before, sign, name, part.lstrip('"'), known)] if group.options]
    part = part.replace('"', "")
    if key:
        groups = [_values(before, sign, OTHER_NAMES.get(key.lower(), key.lower()), part, known, today)]
    elif part or before.strip():
        groups = [_narrowing(before, sign, part, known), *([] if before.strip() else _whole(part, views, recent))]
    else:
        groups = [*_whole("", views, recent), _keys(before, sign, "")]
    return [group for group in groups if group.options]


def of_tip(tip: Tip) -> SuggestionGroup:
    """The tip whose number is typed."""
    said = _("Open %(tip)s", tip=f"T-{tip.id:06d}")
    return SuggestionGroup(_("Tips"), [Suggestion(said, tip.title, tip_id=tip.id or 0)])


def _whole(part: str, views: Sequence[View], recent: Sequence[str]) -> Iterator[SuggestionGroup]:
    """Searches and views that begin like this, or hold it."""
    from_recent = [one for one in recent if _fits(part, one) < 2 and one != part]
    yield SuggestionGroup(
        _("Searched for last"), [Suggestion(one, address=one) for one in from_recent[: EACH if part else 10]]
    )
    by_name = _best(part, ((view.name, view) for view in views))
    yield SuggestionGroup(
        _("Views"), [Suggestion(view.name, view.query, address=view.query) for view in by_name[:EACH]]
    )


def _narrowing(before: str, sign: str, part: str, known: Choices) -> SuggestionGroup:
    """A word may be the beginning of a key, or what a tag, a colleague or a status is called."""
    if part[:1] in ("#", "＃"):
        return _values(before, sign, "tag", part[1:], known, None)
    keys = _keys(before, sign, part)
    each = (_values(before, sign, key, part, known, None) for key in ("tag", "assignee", "callout", "status"))
    values = [option for group in each for option in group.options[:3]]
    return SuggestionGroup(keys.label, [*keys.options, *values][:MAX_VALUES] if part else keys.options)


def _keys(before: str, sign: str, part: str) -> SuggestionGroup:
    said = chips.NOT_KEYS if sign else chips.KEYS
    keys = {key: said[key] for key in FILTER_KEYS if key in said}
    fitting = _best(part, ((f"{key} {label}", key) for key, label in keys.items()))
    return SuggestionGroup(
        _("Filters"),
        [Suggestion(f"{sign and '-'}{key}:", str(keys[key]), f"{before}{sign and '-'}{key}:") for key in fitting],
    )


def _values(before: str, sign: str, key: str, part: str, known: Choices, today: date | None) -> SuggestionGroup:
    """The values of a key; of `a,b` the last."""
    given, comma, last = part.rpartition(",")
    fitting = _best(last.strip(), ((f"{value} {label}", (value, label)) for value, label in _of(key, known, today)))
    options = []
    for value, label in fitting[:MAX_VALUES]:
        chip = str(Chip(key, f"{given}{comma}{value}", negated=bool(sign)))
        options.append(Suggestion(chip, str(label) if str(label) != value else "", f"{before}{chip} "))
    return SuggestionGroup(str((chips.NOT_KEYS if sign else chips.KEYS).get(key, key)), options)


def _facts(before: str, sign: str, key: str, part: str, known: Choices) -> SuggestionGroup:
    """First the types, then the values of one that stand in tips, by what they are called in this language."""
    label = str((chips.NOT_KEYS if sign else chips.KEYS)[key])
    given, comma, last = _last_fact(part)
    name, named, value = last.partition("=")
    typed = f"{before}{sign and '-'}{key}:"
    if not named:
        types = _best(name.strip(), ((f"{kind.key} {fact_labels.type_name(kind)}", kind) for kind in known.facts))
        ways = [f"{typed}{given}{comma}{kind.key}=" for kind in types]
        return SuggestionGroup(label, [
            Suggestion(f"{key}:{kind.key}=", fact_labels.type_name(kind), way)
            for kind, way in list(zip(types, ways, strict=True))[:MAX_VALUES]
        ])  # fmt: skip
    kind = fact_keys.called(known.facts, name)
    if kind is None:
        return SuggestionGroup(label, [])
    there = [(one.value, fact_labels.value_name(kind, one.value)) for one in known.values(kind, key)]
    fitting = _best(value.strip(), ((f"{one} {said}", (one, said)) for one, said in there))
    found = [(fact_values.typed(one), said) for one, said in fitting[:MAX_VALUES]]
    chips_ = [(Chip(key, f"{given}{comma}{kind.key}={one}", negated=bool(sign)), one, said) for one, said in found]
    options = [Suggestion(str(chip), said if said != one else "", f"{before}{chip} ") for chip, one, said in chips_]
    if not value.strip():
        chip = Chip(key, f"{given}{comma}{kind.key}", negated=bool(sign))
        options.insert(0, Suggestion(str(chip), _("whichever it is"), f"{before}{chip} "))
    return SuggestionGroup(f"{label}: {fact_labels.type_name(kind)}", options)


def _last_fact(part: str) -> tuple[str, str, str]:
    """What stands before the last comma that parts two facts, that comma, and what stands behind it."""
    parts = fact_keys.parts(part)
    given = ",".join(parts[:-1])
    return (given, ",", parts[-1]) if given else ("", "", parts[-1])


def _of(key: str, known: Choices, today: date | None) -> Iterator[tuple[str, "str | LazyString"]]:
    """What a key can be: the value as it is typed, and what people call it."""
    match key:
        case "tag":
            yield from ((tag.name, tag.name) for tag in known.tags)
        case "callout":
            yield from known.callouts
        case "lang":
            yield from ((code, chips.short_language(code)) for code in chips.LANGUAGES)
        case "since" | "before" | "after" if today:
            yield from (
                (said, chips.day_words(said)) for said in ("today", "yesterday", "7d", *relative_days.SPANS[2:6])
            )
            yield from ((str(day)[:n], "") for day, n in ((today, 10), (today, 7), (today, 4)))
        case "sort":
            yield from ((str(sort), said) for sort, said in chips.SORT.items())
        case _:
            yield from ((str(value), said) for value, said in chips.TABLES.get(key, {}).items())
    if key in ("assignee", *chips.DEEDS):
        yield from ((chips.as_assignee(person), person.name) for person in known.people)


def _best(part: str, named: Iterable[tuple[str, One]]) -> list[One]:
    """Those whose name fits, the ones that begin like it first."""
    ranked = [(_fits(part, name), n, one) for n, (name, one) in enumerate(named)]
    return [one for fit, _n, one in sorted(ranked, key=lambda found: found[:2]) if fit < 3]


def _fits(part: str, name: str) -> int:
    """How well: 0 begins so, 1 a word of it does, 2 holds it, 3 does not."""
    part, name = part.casefold(), name.casefold()
    if not part or name.startswith(part):
        return 0
    if f" {part}" in name:
        return 1
    return 2 if part in name else 3
