"""Counted facts as tables: what the page draws, and what is taken along. Each is called by one word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from tipline.core import days
from tipline.core.filters import Filters
from tipline.core.inbox.fact_counts import Counted
from tipline.models import TypeKind
from tipline.web import charts, fact_labels
from tipline.web.desk.listing import list_url
from tipline.web.numbers.number_tables import Table

MAX_MONTHS = 60  # of the chart, the newest; the table has all of them


@dataclass(frozen=True, slots=True)
class Month:
    """One month of the timeline, and its list."""

    first: date
    label: str
    confirmed: int
    n: int
    url: str


@dataclass(frozen=True, slots=True)
class Timeline:
    chart: charts.Chart
    months: list[Month]  # of the chart, one a column
    listed: list[Month]  # all with a tip, the newest first


def timeline(counted: Counted, filters: Filters, *, read: bool) -> Timeline | None:
    """The months of dates; with `read` those too that stand in the text and nobody confirmed. None where there is
    none."""
    kind = next((facet.kind for facet in counted.facets if facet.kind.kind is TypeKind.DATE), None)
    shown = [(first, sure, n if read else sure) for first, sure, n in counted.months if (n if read else sure)]
    if kind is None or not shown:
        return None

    def month(first: date, sure: int, n: int) -> Month:
        key = "suggested" if read else "fact"
        url = list_url(filters.including(key, f"{kind.key}={first:%Y-%m}").query())
        return Month(first, charts.month(first), sure, n, url)

    by_first = {first: month(first, sure, n) for first, sure, n in shown}
    whole = days.months(min(by_first), max(by_first))[-MAX_MONTHS:]
    months = [by_first.get(first) or month(first, 0, 0) for first in whole]
    columns = [
        charts.ChartColumn(one.label, one.n, (one.confirmed, one.n - one.confirmed) if read else (one.confirmed,))
        for one in months
    ]
    return Timeline(charts.chart(columns), months, sorted(by_first.values(), key=lambda one: one.first, reverse=True))


def tables(counted: Counted) -> dict[str, Table]:
    """What can be taken along: every value, the months, and what stands on the map."""
    sure, read = _("Confirmed"), _("Read in the text, undecided")
    values = Table("values", _("Facts"), [_("Kind"), _("Value"), sure, read], [
        (fact_labels.type_name(facet.kind), fact_labels.value_name(facet.kind, one.value), one.confirmed, one.suggested)
        for facet in counted.facets for one in facet.values
    ])  # fmt: skip
    months = Table("months", _("Dates by month"), [_("Month"), sure, read], [
        (f"{first:%Y-%m}", confirmed, n - confirmed) for first, confirmed, n in counted.months
    ])  # fmt: skip
    places = Table("places", _("Map"), [_("Place"), _("Latitude"), _("Longitude"), sure, read], [
        (fact_labels.value_name(spot.kind, spot.value.value), spot.latitude, spot.longitude, spot.value.confirmed,
         spot.value.suggested)
        for spot in counted.spots
    ])  # fmt: skip
    found: Sequence[Table] = (values, months, places)
    return {table.key: table for table in found}
