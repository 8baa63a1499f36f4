"""The numbers as tables: what the page draws, and what is taken along. Each is called by one word."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from operator import itemgetter
from typing import Any

from babel import units
from flask_babel import get_locale
from flask_babel import gettext as _

from tipline.core import callouts
from tipline.core.desk.numbers import ANSWER_EDGES, MAX_OWED, OWED_EDGES, Numbers, NumbersScope
from tipline.models import Aspect, Status, Verification
from tipline.vocabularies import ConsentChoice, Source
from tipline.web.charts import Chart, ChartColumn, chart
from tipline.web.i18n import language_name
from tipline.web.labels import CONSENT, SOURCE, STATUS, VERIFICATION
from tipline.web.numbers.number_lists import ALL, came, did, language, open_now
from tipline.web.spreadsheets import SheetColumn, Value, Worksheet

WORDS: tuple[tuple[Aspect, Any], ...] = (
    (Aspect.STATUS, {one: STATUS[one] for one in Status}),
    (Aspect.VERIFICATION, {one: VERIFICATION[one] for one in Verification}),
    (Aspect.CONSENT, {one: CONSENT[one] for one in ConsentChoice}),
)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one label and its numbers. `capped` are rows whose number means that or more; `lists` says where the
    first number of each row leads, [] where nowhere, and `more_lists` the same of the others."""

    key: str
    title: str
    headings: list[str]
    rows: list[tuple[Value, ...]]
    capped: frozenset[int] = field(default_factory=frozenset)
    lists: Sequence[str] = ()
    more_lists: Sequence[Sequence[str]] = ()

    @property
    def total(self) -> int:
        return sum(int(row[1]) for row in self.rows)

    @property
    def most(self) -> int:
        return max((int(row[1]) for row in self.rows), default=0)

    def sheet(self) -> Worksheet[tuple[Value, ...]]:
        return Worksheet(
            self.title, [SheetColumn(name, itemgetter(n)) for n, name in enumerate(self.headings)], self.rows
        )

    def chart(self) -> Chart:
        return chart([ChartColumn(str(row[0]), int(row[1]), (int(row[1]),)) for row in self.rows])


def tables(scope: NumbersScope, found: Numbers) -> dict[str, Table]:
    """Every table of these numbers, in the order of the page."""
    made = [_days(found), *_came(scope, found), _answers(found), _debt(found)]
    made += [_words(scope, found, aspect, labels) for aspect, labels in WORDS]
    made.append(_loads(scope, found))
    return {table.key: table for table in made}


def _days(found: Numbers) -> Table:
    sources = [source for source in Source if found.volumes.sources[source]]
    rows: list[tuple[Value, ...]] = [
        (day.isoformat(), n.total(), *(n[source] for source in sources)) for day, n in found.volumes.days.items()
    ]
    title, when = (_("Tips by month"), _("Month")) if found.volumes.by_month else (_("Tips by day"), _("Day"))
    return Table("days", title, [when, _("Tips"), *(str(SOURCE[one]) for one in sources)], rows)


def _came(scope: NumbersScope, found: Numbers) -> Iterable[Table]:
    volumes, tips = found.volumes, _("Tips")
    sources = [(str(SOURCE[source]), n) for source, n in volumes.sources.most_common()]
    lists = [came(scope, ALL, f"source:{source}") for source, _n in volumes.sources.most_common()]
    yield Table("sources", _("Source"), [_("Source"), tips], list(sources), lists=lists)
    spoken = [(language_name(one) if one else _("not known"), n) for one, n in volumes.languages.most_common()]
    lists = [came(scope, *language(one, volumes.languages)) for one, _n in volumes.languages.most_common()]
    yield Table("languages", _("Language"), [_("Language"), tips], list(spoken), lists=lists)
    if len(scope.callouts) > 1:
        texts = callouts.texts(scope.session, scope.callouts.values(), str(get_locale()))
        names = {id_: texts[id_].title or one.slug for id_, one in scope.callouts.items()}
        by_callout = [(names[id_], n) for id_, n in volumes.callouts.most_common()]
        slugs = [scope.callouts[id_].slug for id_, _n in volumes.callouts.most_common()]
        lists = [came(scope, ALL, f"callout:{slug}") for slug in slugs]
        yield Table("callouts", _("Callout"), [_("Callout"), tips], list(by_callout), lists=lists)


def _answers(found: Numbers) -> Table:
    spans = _spans([None if edge is None else timedelta(seconds=edge) for edge in ANSWER_EDGES])
    rows: list[tuple[Value, ...]] = list(zip(spans, found.answers.spread, strict=True))
    return Table("answers", _("Time to the first answer"), [_("After"), _("Tips")], rows)


def _debt(found: Numbers) -> Table:
    spans = _spans([None if edge is None else timedelta(days=edge) for edge in OWED_EDGES])
    ages = found.debt.ages
    rows: list[tuple[Value, ...]] = list(zip(spans, ages, strict=True))
    rows.reverse()  # the oldest first
    capped = frozenset(len(ages) - 1 - place for place, n in enumerate(ages) if n == MAX_OWED)
    return Table("debt", _("Waiting for an answer"), [_("Since"), _("Tips")], rows, capped)


def _words(scope: NumbersScope, found: Numbers, aspect: Aspect, labels: Any) -> Table:
    titles = {
        Aspect.STATUS: _("Status"),
        Aspect.VERIFICATION: _("Verification"),
        Aspect.CONSENT: _("Consent"),
    }
    rows: list[tuple[Value, ...]] = [(str(label), found.states[aspect][word]) for word, label in labels.items()]
    lists = [came(scope, *([] if aspect is Aspect.STATUS else [ALL]), f"{aspect.value}:{word}") for word in labels]
    return Table(aspect.value, titles[aspect], [titles[aspect], _("Tips")], rows, lists=lists)


def _loads(scope: NumbersScope, found: Numbers) -> Table:
    rows: list[tuple[Value, ...]] = [(one.name, one.open, one.answered, one.closed) for one in found.loads]
    lists = [open_now(scope, str(one.account_id)) for one in found.loads]
    more = [[did(scope, deed, one.account_id) for deed in ("answered", "ended")] for one in found.loads]
    if found.unassigned:
        rows.append((_("nobody"), found.unassigned, 0, 0))
        lists.append(open_now(scope, "none"))
    headings = [_("Reporter"), _("Open now"), _("Answers"), _("Used or closed")]
    return Table("loads", _("Work"), headings, rows, lists=lists, more_lists=more)


def _spans(edges: Sequence[timedelta | None]) -> list[str]:
    """Stretches of time one after the other: "under 1 hr", "1 hr to 4 hr", "14 days or longer"."""
    found, low = [], timedelta()
    for edge in edges:
        if edge is None:
            found.append(_("%(time)s or longer", time=took(low)))
        elif not low:
            found.append(_("under %(time)s", time=took(edge)))
        else:
            found.append(_("%(low)s to %(high)s", low=took(low), high=took(edge)))
        low = edge or low
    return found


def took(time: timedelta) -> str:
    """How long something took, in one unit: "40 min", "5.5 hr", "3 days". The long names lack Chinese ones."""
    seconds = time.total_seconds()
    unit, size = ("day", 86_400) if seconds >= 2 * 86_400 else ("hour", 3600) if seconds >= 3600 else ("minute", 60)
    many = round(seconds / size, 1 if size > 60 else None)
    return units.format_unit(many, f"duration-{unit}", "short", locale=get_locale())
