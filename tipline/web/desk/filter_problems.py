"""What a list says of filters that it did not understand, and of names that nothing has: which, why, and the lists that
may have been meant."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from tipline.core import tags
from tipline.core.facts import fact_keys
from tipline.core.filters import Chip, Filters, Problem
from tipline.web.desk import chips
from tipline.web.desk.chips import Choices
from tipline.web.guards import read

NEAREST = 3
UNHEARD = {
    "assignee": _l("Nobody here has this name"),
    "callout": _l("No callout has this name"),
    "tag": _l("No tag has this name"),
    "fact": _l("No type of facts has this name"),
    "suggested": _l("No type of facts has this name"),
}


@dataclass(frozen=True, slots=True)
class FilterFix:
    """Something to type in the place of what was not understood, and the list that this gives."""

    typed: str
    query: str


@dataclass(frozen=True, slots=True)
class FilterProblems:
    """One filter that was not understood: what may have been meant, and all that there is to choose from."""

    typed: str
    message: str
    nearest: list[FilterFix]
    choices: list[FilterFix]


def of(wanted: Filters, known: Choices, *, empty: bool) -> list[FilterProblems]:
    """What is to be said of a list. `known` holds the names that a person sees; `empty`: the list has no tips."""
    unheard = [_unheard(wanted, chip, part, near) for chip, part, near in _unknown(wanted, known, empty)]
    return [*(_misread(wanted, problem) for problem in wanted.problems), *unheard]


def _misread(wanted: Filters, problem: Problem) -> FilterProblems:
    def ways(*typed: str) -> list[FilterFix]:
        return [FilterFix(one, wanted.mended(problem, one).query()) for one in typed if one]

    return FilterProblems(problem.typed, _(problem.message), ways(problem.nearest), ways(*problem.values))


def _unheard(wanted: Filters, chip: Chip, part: str, near: list[str]) -> FilterProblems:
    key, others = f"-{chip.key}" if chip.negated else chip.key, wanted.without(chip)

    def way(name: str) -> FilterFix:
        meant = _rest(others, part, name).including(key, chip.value.replace(part, name))
        return FilterFix(str(Chip(key, name)), meant.query())

    ways = [way(name) for name in near]
    return FilterProblems(str(Chip(key, part)), str(UNHEARD[chip.key]), ways, [])


def _rest(wanted: Filters, part: str, name: str) -> Filters:
    """The list without the words that belong to a name: who typed tag:green card may have meant tag:"green card"."""
    behind = name.casefold().removeprefix(f"{part.casefold()} ")
    text = wanted.text
    if behind == name.casefold() or f"{text.casefold()} ".find(f"{behind} ") != 0:
        return wanted
    return replace(wanted, text=text[len(behind) :].strip())


def _unknown(wanted: Filters, known: Choices, empty: bool) -> Iterator[tuple[Chip, str, list[str]]]:
    """Each part of a chip whose name nothing has, and what may have been meant. A tag of older tips, or somebody
    who left, may be known to the list alone, and then there are tips in it; of what must not hold only names can tell,
    since whether it has tips would give away what stands on those that one may not see."""
    for chip in wanted.chips():
        if chip.key not in UNHEARD or not (empty or chip.negated):
            continue
        for part in fact_keys.parts(chip.value) if chip.key in ("fact", "suggested") else chip.value.split(","):
            names = _names(chip.key, known)
            name = part.partition("=")[0]
            if not _is_known(chip.key, name, names, known):
                yield chip, part, [part.replace(name, near, 1) for near in _nearest(name, names)]


def _names(key: str, known: Choices) -> dict[str, str]:
    """What a person may have typed, and the value that it stands for."""
    match key:
        case "assignee":
            values = {person.name: chips.as_assignee(person) for person in known.people}
            return {**{word: value for name, value in values.items() for word in name.split()}, **values}
        case "callout":
            return {slug: slug for slug, _title in known.callouts}
        case "tag":
            return {tag.name: tag.name for tag in known.tags}
        case _:
            return {name: kind.key for kind in known.facts for name in (kind.name, kind.key)}


def _is_known(key: str, name: str, names: Iterable[str], known: Choices) -> bool:
    match key:
        case "assignee":
            ids = {str(person.id) for person in known.people}
            return name in ("me", "none", *ids) or any(name.casefold() in one.casefold() for one in names)
        case "tag":
            return tags.find(read(), name) in {tag.id for tag in known.tags}
        case "callout":
            return name in names
        case _:
            return fact_keys.called(known.facts, name) is not None


def _nearest(name: str, names: dict[str, str]) -> list[str]:
    by_fold = {one.casefold(): value for one, value in names.items()}
    near = get_close_matches(name.casefold(), by_fold, n=NEAREST, cutoff=0.5)
    return list(dict.fromkeys(by_fold[one] for one in near))
