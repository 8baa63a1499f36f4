"""What a list says of filters that it did not understand: which, why, and the lists that may have been meant."""

from dataclasses import dataclass

from flask_babel import gettext as _

from tipline.core.filters import Filters, Problem


@dataclass(frozen=True, slots=True)
class Way:
    """Something to type in the place of what was not understood, and the list that this gives."""

    typed: str
    query: str


@dataclass(frozen=True, slots=True)
class Misread:
    """One filter that was not understood: what may have been meant, and all that there is to choose from."""

    typed: str
    message: str
    nearest: list[Way]
    choices: list[Way]


def of(wanted: Filters) -> list[Misread]:
    """What is to be said of a list."""
    return [_misread(wanted, problem) for problem in wanted.problems]


def _misread(wanted: Filters, problem: Problem) -> Misread:
    def ways(*typed: str) -> list[Way]:
        return [Way(one, wanted.mended(problem, one).query()) for one in typed if one]

    return Misread(problem.typed, _(problem.message), ways(problem.nearest), ways(*problem.values))
