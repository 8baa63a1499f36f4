"""The numbers of the desk: what came, how it stands, how soon it was answered, who does the work; to take along."""

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from tipline.core import callouts
from tipline.core.desk import numbers
from tipline.core.desk.numbers import MAX_ANSWERED, NumbersScope, Period
from tipline.db import now
from tipline.web import charts, spreadsheets
from tipline.web.files import disposition
from tipline.web.guards import READS, current_actor, needs, read, write
from tipline.web.labels import SOURCE
from tipline.web.numbers import number_lists, number_tables

blueprint = Blueprint("numbers", __name__)


class PeriodChoice(StrEnum):
    """The periods that the page offers."""

    WEEK = "7"
    MONTH = "30"
    QUARTER = "90"
    YEAR = "year"
    ALL = "all"
    OWN = "own"  # from `since` to `until`


@blueprint.get("/desk/numbers")
@needs(*READS)
def index() -> str:
    """Charts and tables of one period, of one callout or of all that this person sees."""
    span, scope = _span(), _scope()
    found = numbers.numbers(scope)
    return render_template(
        "desk/numbers.html",
        found=found,
        tables=number_tables.tables(scope, found),
        over_time=charts.over_time(found.volumes.days, *_ends(scope, span)),
        series=_series(),
        came=partial(number_lists.came, scope),
        took=lambda seconds: number_tables.took(timedelta(seconds=seconds)),
        most_answered=MAX_ANSWERED,
        **_context(scope, span),
    )


@blueprint.post("/desk/numbers/export")
@needs(*READS)
def export() -> ResponseReturnValue:
    """One table as CSV or XLSX, or all of them as one workbook. That somebody took it is recorded before it leaves."""
    scope = _scope()
    form = next((one for one in spreadsheets.TYPES if one in request.form), "")
    key = request.form.get(form, "")
    found = number_tables.tables(scope, numbers.numbers(scope))
    if not form or (key not in found and (form, key) != ("xlsx", "all")):
        abort(400)
    with write() as session:
        numbers.exported(session, current_actor(), scope.chosen, form)
        session.commit()
    wanted = [table.sheet() for table in (found.values() if key == "all" else [found[key]])]
    body: Iterable[bytes] = spreadsheets.as_csv(wanted[0].columns, wanted[0].rows)
    if form == "xlsx":
        body = spreadsheets.as_xlsx(wanted)
    what = "numbers" if key == "all" else f"numbers-{key}"
    name = "-".join([*([scope.chosen.slug] if scope.chosen else []), what, now().date().isoformat()])
    return Response(
        body, mimetype=spreadsheets.TYPES[form], headers={"Content-Disposition": disposition(f"{name}.{form}")}
    )


def _span() -> PeriodChoice:
    said = request.values.get("period", "")
    if not said and (_day("since") or _day("until")):
        return PeriodChoice.OWN
    return PeriodChoice(said) if said in set(PeriodChoice) else PeriodChoice.MONTH


def _scope() -> NumbersScope:
    """Of what the request asks for. A period that can't be understood is the usual one."""
    return numbers.scope(read(), current_actor(), request.values.get("callout", ""), _period(_span()))


def _period(span: PeriodChoice) -> Period:
    today = now().date()
    if span is PeriodChoice.ALL:
        return Period()
    if span is PeriodChoice.OWN:
        since, until = _day("since"), _day("until")
        return Period(until, since) if since and until and until < since else Period(since, until)
    if span is PeriodChoice.YEAR:
        return Period(today.replace(month=1, day=1), today)
    return Period(today - timedelta(days=int(span) - 1), today)


def _day(name: str) -> date | None:
    try:
        found = date.fromisoformat(request.values.get(name, ""))
    except ValueError:
        return None
    return found if 1900 <= found.year <= 9998 else None


def _ends(scope: NumbersScope, span: PeriodChoice) -> tuple[date | None, date | None]:
    """The days that the chart begins and ends with. Of own dates those that something came on, since a century around
    a week would show nothing."""
    return (None, None) if span is PeriodChoice.OWN else (scope.period.since, scope.period.until)


def _series() -> list[str]:
    return [*(str(SOURCE[source]) for source in charts.MAIN_SOURCES), _("other")]


def _context(scope: NumbersScope, span: PeriodChoice) -> dict[str, Any]:
    """Whose numbers, of when, and the ways to others."""
    chosen, period = scope.chosen, scope.period
    texts = callouts.texts(scope.session, scope.choices, str(get_locale()))
    kept = {"callout": chosen.slug if chosen else "", "period": str(span)}
    if span is PeriodChoice.OWN:
        kept |= {name: day.isoformat() for name, day in (("since", period.since), ("until", period.until)) if day}

    def link(**more: str) -> str:
        said = {**kept, **more}
        if said["period"] != PeriodChoice.OWN:
            said = {key: value for key, value in said.items() if key not in ("since", "until")}
        query = urlencode({key: value for key, value in said.items() if value and (key, value) != ("period", "30")})
        return url_for("numbers.index") + (f"?{query}" if query else "")

    return {
        "chosen": chosen,
        "choices": [(one.slug, texts[one.id or 0].title or one.slug) for one in scope.choices],
        "period": period,
        "span": span,
        "spans": _spans(),
        "kept": {key: value for key, value in kept.items() if value},
        "link": link,
    }


def _spans() -> list[tuple[PeriodChoice, str]]:
    return [
        (PeriodChoice.WEEK, _("7 days")),
        (PeriodChoice.MONTH, _("30 days")),
        (PeriodChoice.QUARTER, _("90 days")),
        (PeriodChoice.YEAR, _("This year")),
        (PeriodChoice.ALL, _("All")),
    ]
