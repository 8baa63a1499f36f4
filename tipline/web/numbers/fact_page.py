"""All facts of a list: how often each value stands, over time and on a map, each a way back into the list."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tipline.core.facts import fact_values
from tipline.core.filters import Filters
from tipline.core.inbox import fact_counts
from tipline.core.inbox.fact_counts import Facet, Spot, Value
from tipline.models import TypeKind
from tipline.web import i18n, spreadsheets
from tipline.web.desk import chips, listing
from tipline.web.files import disposition
from tipline.web.guards import READS, current_actor, needs, read, write
from tipline.web.i18n import zone
from tipline.web.numbers import fact_map, fact_tables

blueprint = Blueprint("fact_page", __name__)

EVERYTHING = "status:any -status:spam"  # what is counted where no list is asked for
AT_FIRST = 10  # values of a type that are shown before its fold is opened


@blueprint.get("/desk/facts")
@needs(*READS)
def index() -> str:
    """Facets, timeline and map of the list that `q` asks for. With `read` also what nobody confirmed yet."""
    by, wanted, with_read = current_actor(), _wanted(), request.args.get("read") == "1"
    counted = fact_counts.count(read(), wanted, by, i18n.today())
    known = chips.choices(read(), by)

    def of_value(facet: Facet | Spot, value: Value, key: str) -> str:
        query = f"{facet.kind.key}={fact_values.typed(value.value)}"
        return listing.list_url(wanted.including(key, query).query())

    def of_spot(spot: Spot) -> str:
        return of_value(spot, spot.value, "suggested" if with_read else "fact")

    whole = request.args.get("map") == "world"
    shown = [facet for facet in counted.facets if facet.kind.kind is not TypeKind.DATE]
    return render_template(
        "desk/facts/index.html",
        counted=counted,
        facets=shown,
        of_value=of_value,
        timeline=fact_tables.timeline(counted, wanted, read=with_read),
        map=fact_map.drawn(counted.spots, lambda spot: _n(spot.value, with_read), of_spot, whole=whole),
        whole=whole,
        with_read=with_read,
        n_of=lambda value: _n(value, with_read),
        at_first=AT_FIRST,
        chips=chips.shown(wanted, known),
        known=known,
        link=_link,
        q="" if wanted.query() == EVERYTHING else wanted.query(),
        kept={"q": wanted.query(), **({"read": "1"} if with_read else {})},
        problems=wanted.problems,
    )


@blueprint.post("/desk/facts/export")
@needs(*READS)
def export() -> ResponseReturnValue:
    """One table as CSV or XLSX, or all as one workbook. That somebody took it is recorded before it leaves."""
    by = current_actor()
    form = next((one for one in spreadsheets.TYPES if one in request.form), "")
    key = request.form.get(form, "")
    found = fact_tables.tables(fact_counts.count(read(), _wanted(), by, i18n.today()))
    if not form or (key not in found and (form, key) != ("xlsx", "all")):
        abort(400)
    with write() as session:
        fact_counts.exported(session, by, form)
        session.commit()
    wanted = [table.sheet() for table in (found.values() if key == "all" else [found[key]])]
    body: Iterable[bytes] = spreadsheets.as_csv(wanted[0].columns, wanted[0].rows)
    if form == "xlsx":
        body = spreadsheets.as_xlsx(wanted)
    name = f"facts-{key}-{i18n.today().isoformat()}.{form}"
    return Response(body, mimetype=spreadsheets.TYPES[form], headers={"Content-Disposition": disposition(name)})


def _wanted() -> Filters:
    """What the request asks for, and without a word everything but spam."""
    wanted = listing.filters()
    return wanted if wanted.query() else Filters.parse(EVERYTHING, zone())


def _n(value: Value, with_read: bool) -> int:
    return value.n if with_read else value.confirmed


def _link(**more: str) -> str:
    """This page with something else in its address."""
    said: dict[str, Any] = {key: value for key, value in request.args.items() if key in ("q", "read", "map")}
    said["q"] = _wanted().query()
    query = urlencode({key: value for key, value in (said | more).items() if value})
    return url_for("fact_page.index") + (f"?{query}" if query else "")
