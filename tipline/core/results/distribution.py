"""How the answers to each question of a callout are spread, its earlier versions beside it.

Answers are compared by the number of an option within a version, which is the same in every language, and between
versions by the option's words: what was asked otherwise stays apart.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlmodel import col

from tipline.core import results
from tipline.core.callouts import questions
from tipline.core.callouts.questions import WITH_CHOICES, QuestionView, Worded
from tipline.core.days import months
from tipline.core.results import Completion, ResultsScope, tallies
from tipline.core.results.tallies import AnswerCounts, Bin, Figures
from tipline.models import Question, QuestionKind
from tipline.vocabularies import N_, Source

MAX_PLACES = 20
MAX_MONTHS = 120
YES_NO = (N_("Yes"), N_("No"))
DATES = (QuestionKind.DATE, QuestionKind.MONTH)
WITH_BARS = WITH_CHOICES | {QuestionKind.RATING}
IN_WORDS = frozenset({QuestionKind.SHORT, QuestionKind.LONG, QuestionKind.LINK, QuestionKind.PLACE})


class Compare(StrEnum):
    """Beside what the options of a question are set."""

    VERSION = "version"
    LANGUAGE = "language"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Version:
    """One wording of a question, and what was answered to it. `options` are in the language of `wording`."""

    id: int
    wording: str
    options: list[str]
    retired: bool
    n: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One option with how often it was chosen; `parts` by series, where there are some."""

    label: str
    n: int
    parts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MonthCount:
    """How many answers name a month."""

    month: date
    n: int


@dataclass(frozen=True, slots=True)
class Result:
    """One question with all that was answered to it. What holds for its kind alone is empty for others."""

    question_id: int  # of its newest version
    kind: QuestionKind
    wording: str
    language: str  # of the wording
    identity: bool
    retired: bool
    versions: list[Version]  # newest first
    given: AnswerCounts
    completion: Completion
    bars: list[Bar] = field(default_factory=list)
    series: list[str] = field(default_factory=list)  # what the bars' parts are: languages, sources, ids of versions
    other: int = 0  # answers that name no option, date or number: by mail, or from before options had numbers
    figures: Figures | None = None
    bins: list[Bin] = field(default_factory=list)
    columns: list[MonthCount] = field(default_factory=list)

    @property
    def ids(self) -> list[int]:
        return [version.id for version in self.versions]

    @property
    def in_words(self) -> bool:
        return self.kind in IN_WORDS and not self.identity


Family = list[Worded]  # the versions of one question, newest first


def families(scope: ResultsScope) -> list[Family]:
    """The questions of a callout with their earlier versions: those that are asked now first, in their order.

    A version of another kind is a question by itself: a choice can't be compared with a number.
    """
    of_callout = select(col(Question.id)).where(col(Question.callout_id) == scope.callout.id)
    found: dict[tuple[int, QuestionKind], Family] = {}
    rows = questions.asked(scope.session, scope.callout.id or 0, [i for i in scope.session.scalars(of_callout) if i])
    for one in rows:
        found.setdefault((one.row.origin_id or one.row.id or 0, one.row.kind), []).append(one)
    for family in found.values():
        family.sort(key=lambda one: (one.row.retired, -(one.row.id or 0)))
    return sorted(found.values(), key=lambda family: (family[0].row.retired, family[0].row.position))


def views(scope: ResultsScope, family: Family, language: str) -> list[tuple[QuestionView, bool]]:
    """The versions of a question in a language, each with whether it is retired."""
    languages = list(scope.callout.languages)
    return [(questions.view(one, language, languages), one.row.retired) for one in family]


def distribution(
    scope: ResultsScope,
    shown: Sequence[Family],
    language: str,
    compare: Compare | None = None,
    series: Sequence[str] = (),
) -> list[Result]:
    """The results of these questions. `series` are the languages or sources to compare, where these are compared."""
    ids = [one.row.id or 0 for family in shown for one in family]
    given, completion = tallies.given(scope, ids), results.completion(scope, ids)
    chosen = _chosen(scope, shown)
    sides = [_chosen(side, shown) for side in _sides(scope, compare, series)]
    found = []
    for family in shown:
        result = _result(scope, family, language, given, completion)
        barred = result.kind in WITH_BARS and not result.identity
        found.append(_barred(result, chosen, sides, series, compare) if barred else result)
    return _spread(scope, found)


def _sides(scope: ResultsScope, compare: Compare | None, series: Sequence[str]) -> list[ResultsScope]:
    if compare is Compare.LANGUAGE:
        return [scope.narrowed(language=one) for one in series]
    if compare is Compare.SOURCE:
        return [scope.narrowed(source=Source(one)) for one in series]
    return []


Chosen = dict[tuple[int, int], int]  # by question and option or step


def _chosen(scope: ResultsScope, shown: Sequence[Family]) -> Chosen:
    def of(*kinds: QuestionKind) -> list[int]:
        return [one.row.id or 0 for family in shown for one in family if one.row.kind in kinds]

    choices, steps = of(*WITH_CHOICES), of(QuestionKind.RATING)
    found = tallies.options(scope, choices) if choices else {}
    return found | (tallies.ratings(scope, steps) if steps else {})


def _result(
    scope: ResultsScope,
    family: Family,
    language: str,
    given: dict[int, AnswerCounts],
    completion: dict[int, Completion],
) -> Result:
    versions = [view for view, _ in views(scope, family, language)]
    sums = [given.get(view.id, AnswerCounts()) for view in versions]
    counts = [completion.get(view.id, Completion()) for view in versions]
    newest = versions[0]
    return Result(
        question_id=newest.id,
        kind=newest.kind,
        wording=newest.wording,
        language=newest.language,
        identity=any(view.identity for view in versions),
        retired=family[0].row.retired,
        versions=[
            Version(view.id, view.wording, labels(view), one.row.retired, said.n)
            for one, view, said in zip(family, versions, sums, strict=True)
        ],
        given=AnswerCounts(sum(said.n for said in sums), sum(said.withheld for said in sums)),
        completion=Completion(sum(c.asked for c in counts), sum(c.answered for c in counts)),
    )


def labels(view: QuestionView) -> list[str]:
    """What can be chosen under a question, in the language of its wording; [] where nothing can."""
    if view.kind is QuestionKind.YES_NO:
        return list(YES_NO)
    if view.kind is QuestionKind.RATING:
        return [str(step) for step in range(1, (view.most or 5) + 1)]
    return list(view.options)


def _barred(
    result: Result, chosen: Chosen, sides: list[Chosen], series: Sequence[str], compare: Compare | None
) -> Result:
    """Options with how often each was chosen; the same words in two versions are one bar."""
    first = 1 if result.kind is QuestionKind.RATING else 0
    places: dict[str, list[tuple[int, int]]] = {}
    for version in result.versions:
        for number, label in enumerate(version.options, first):
            places.setdefault(label, []).append((version.id, number))
    if compare is Compare.VERSION and len(result.versions) > 1:
        series = [str(version.id) for version in result.versions]
        sides = [{at: n for at, n in chosen.items() if at[0] == version.id} for version in result.versions]
    elif compare is Compare.VERSION:
        series = []
    bars = [
        Bar(
            label, sum(chosen.get(at, 0) for at in spots), tuple(sum(side.get(at, 0) for at in spots) for side in sides)
        )
        for label, spots in places.items()
    ]
    counted = sum(bar.n for bar in bars)
    # Who chooses several counts several times: of these it is only known when nobody's choice has a number.
    other = result.given.n - counted if result.kind is not QuestionKind.SEVERAL or not counted else 0
    return replace(result, bars=bars, series=list(series), other=max(other, 0))


def _spread(scope: ResultsScope, found: list[Result]) -> list[Result]:
    """The same with numbers, dates and places spread out: each counted for all questions at once."""

    def ids(*kinds: QuestionKind) -> list[int]:
        asked = [result for result in found if result.kind in kinds and not result.identity and result.given.n]
        return [question_id for result in asked for question_id in result.ids]

    numbers, said = ids(QuestionKind.NUMBER), ids(*DATES, QuestionKind.PLACE)
    by_version = tallies.figures(scope, numbers) if numbers else {}
    known: dict[tuple[int, ...], Figures] = {}
    for result in found:
        if one := tallies.together([by_version[i] for i in result.ids if i in by_version]):
            known[tuple(result.ids)] = one
    bins = tallies.bins(scope, known) if known else {}
    words = tallies.words(scope, said) if said else {}
    return [_one_spread(result, known, bins, words) for result in found]


def _one_spread(
    result: Result,
    known: dict[tuple[int, ...], Figures],
    bins: dict[tuple[int, ...], list[Bin]],
    words: dict[int, list[tuple[str, int]]],
) -> Result:
    said = [word for question_id in result.ids for word in words.get(question_id, ())]
    if result.kind is QuestionKind.NUMBER and not result.identity:
        figures = known.get(tuple(result.ids))
        other = result.given.n - (figures.n if figures else 0)
        return replace(result, figures=figures, bins=bins.get(tuple(result.ids), []), other=other)
    if said and result.kind in DATES:
        return _over_months(result, said)
    return _places(result, said) if said else result


_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])(?:-[0-9]{2})?")


def _over_months(result: Result, said: list[tuple[str, int]]) -> Result:
    """Dates by their months, the empty ones between included; the last MOST_MONTHS of them."""
    counted: dict[date, int] = {}
    for value, n in said:
        if (found := _MONTH.fullmatch(value.strip())) and int(found[1]):
            month = date(int(found[1]), int(found[2]), 1)
            counted[month] = counted.get(month, 0) + n
    if not counted:
        return replace(result, other=result.given.n)
    shown = months(min(counted), max(counted))[-MAX_MONTHS:]
    columns = [MonthCount(month, counted.get(month, 0)) for month in shown]
    return replace(result, columns=columns, other=result.given.n - sum(column.n for column in columns))


def _places(result: Result, said: list[tuple[str, int]]) -> Result:
    """The commonest places, however they are written large or small; each as most people wrote it."""
    names: dict[str, str] = {}
    counted: dict[str, int] = {}
    for value, n in said:
        key = unicodedata.normalize("NFKC", " ".join(value.split())).casefold()
        names.setdefault(key, value)
        counted[key] = counted.get(key, 0) + n
    top = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:MAX_PLACES]
    bars = [Bar(names[key], n) for key, n in top]
    return replace(result, bars=bars, other=result.given.n - sum(bar.n for bar in bars))
