"""The results of a callout: numbers and charts, answers in their own words, all tips as a table, and their files."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from tipline.core import callouts, readers, results, similar
from tipline.core.filters.orders import Cursor
from tipline.core.results import ResultsFilter, ResultsScope, ResultVolumes, answers, distribution, tabular
from tipline.core.results.distribution import Compare, Family, Result
from tipline.core.tips import identifying_answers
from tipline.db import now
from tipline.errors import NotVisible
from tipline.vocabularies import ConsentChoice, Source
from tipline.web import charts, exports, spreadsheets
from tipline.web.desk.search_snippets import marker
from tipline.web.files import disposition
from tipline.web.guards import READS, current_actor, needs, read, write
from tipline.web.i18n import language_name, zone
from tipline.web.labels import SOURCE
from tipline.web.place import place

blueprint = Blueprint("results", __name__)

QUESTIONS = 20  # on one page
LANGUAGE = re.compile(r"[A-Za-z0-9-]{2,20}")
MAX_SERIES = 4  # languages set side by side


@blueprint.get("/desk/callouts/<int:callout_id>/results")
@needs(*READS)
def index(callout_id: int) -> str:
    """How many came when, and what was answered to each question."""
    scope = _scope(callout_id)
    volumes = results.volumes(scope)
    families = distribution.families(scope)
    pages = max(-(-len(families) // QUESTIONS), 1)
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    shown = families[(page - 1) * QUESTIONS : page * QUESTIONS]
    compare = _word(Compare, request.args.get("compare", ""))
    series = _series(volumes, compare)
    found = distribution.distribution(scope, shown, str(get_locale()), compare, series)
    return render_template(
        "desk/results/index.html",
        **_context(scope),
        volumes=volumes,
        copies=similar.copies(scope) if volumes.n else None,
        found=found,
        compare=compare,
        page=page,
        pages=pages,
        over_time=charts.over_time(volumes.days),
        charts=charts,
        series_names=lambda result: _series_names(result, compare),
        main_sources=charts.MAIN_SOURCES,
        first_number=(page - 1) * QUESTIONS,
    )


@blueprint.get("/desk/callouts/<int:callout_id>/results/<int:question_id>")
@needs(*READS)
def question(callout_id: int, question_id: int) -> str:
    """The answers to one question in their own words, newest first; with `q` those that hold these words."""
    scope = _scope(callout_id)
    family = _family(scope, question_id)
    versions = distribution.views(scope, family, str(get_locale()))
    if any(view.identity or view.kind in identifying_answers.KINDS for view, _ in versions):
        raise NotVisible("question")
    typed = request.args.get("q", "")
    page = answers.page(scope, [view.id for view, _ in versions], typed, _after())
    return render_template(
        "desk/results/answers.html",
        **_context(scope),
        versions=versions,
        page=page,
        q=typed,
        names=readers.short_names(read(), [said.tip for said in page.rows], scope.by),
        mark=marker(page.terms),
    )


@blueprint.get("/desk/callouts/<int:callout_id>/results/tips")
@needs(*READS)
def tips(callout_id: int) -> str:
    """One row a tip, form and mail side by side."""
    scope = _scope(callout_id)
    headings = tabular.headings(scope, str(get_locale()))
    rows = tabular.rows(scope, headings, _after(), answers.LIMIT + 1)
    more = len(rows) > answers.LIMIT
    rows = rows[: answers.LIMIT]
    return render_template(
        "desk/results/tips.html",
        **_context(scope),
        headings=headings,
        rows=rows,
        next=rows[-1].cursor if more else None,
        names=readers.short_names(read(), [row.tip for row in rows], scope.by),
        said=exports.said,
        options_of=exports.options_of,
    )


@blueprint.post("/desk/callouts/<int:callout_id>/results/export")
@needs(*READS)
def export(callout_id: int) -> ResponseReturnValue:
    """All of it as a file, with or without who the readers are. That somebody took it is recorded before it leaves."""
    by, form = current_actor(), request.form.get("form", "")
    identity = request.form.get("identity") == "yes"
    if form not in spreadsheets.TYPES:
        abort(400)
    with write() as session:
        tabular.exported(session, callout_id, by, form, identity=identity)
        session.commit()
    scope, language = _scope(callout_id), str(get_locale())
    questions = tabular.headings(scope, language)
    personal = tabular.headings(scope, language, identity=True) if identity else None
    wanted = exports.columns(questions, personal)
    rows = tabular.everything(place().database, scope, [*questions, *(personal or [])], identity=identity)
    whole = spreadsheets.Worksheet(_("Answers"), wanted, rows)
    body: Iterable[bytes] = spreadsheets.as_csv(wanted, rows) if form == "csv" else spreadsheets.as_xlsx([whole])
    name = f"{scope.callout.slug}-{now().astimezone(zone()).date().isoformat()}.{form}"
    return Response(body, mimetype=spreadsheets.TYPES[form], headers={"Content-Disposition": disposition(name)})


def _scope(callout_id: int) -> ResultsScope:
    """The answers that the request asks for. What it says and can't be understood narrows nothing."""
    said = request.values
    wanted = ResultsFilter(
        source=_word(Source, said.get("source", "")),
        language=found[0] if (found := LANGUAGE.fullmatch(said.get("language", ""))) else "",
        consent=_word(ConsentChoice, said.get("consent", "")),
        since=_day(said.get("since", "")),
        until=_day(said.get("until", "")),
        zone=zone(),
    )
    return results.scope(read(), callout_id, wanted, current_actor())


def _word(words: Any, said: str) -> Any:
    return words(said) if said in set(words) else None


def _day(said: str) -> date | None:
    try:
        found = date.fromisoformat(said)
    except ValueError:
        return None
    return found if 1900 <= found.year <= 9998 else None  # so that no time zone moves it out of the calendar


def _after() -> Cursor | None:
    return Cursor.parse(request.args.get("after", ""))


def _family(scope: ResultsScope, question_id: int) -> Family:
    families = distribution.families(scope)
    found = next((family for family in families if any(one.row.id == question_id for one in family)), None)
    if found is None:
        raise NotVisible("question")
    return found


def _series(volumes: ResultVolumes, compare: Compare | None) -> list[str]:
    """The languages or sources that are compared, those with most tips first."""
    if compare is Compare.LANGUAGE:
        known = [language for language, _n in volumes.languages.most_common() if language]
        # "zh" is zh-Hans, too: both beside each other would count it twice
        return [one for one in known if not any(one.startswith(f"{other}-") for other in known)][:MAX_SERIES]
    if compare is Compare.SOURCE:
        return [str(source) for source, _n in volumes.sources.most_common(MAX_SERIES)]
    return []


def _series_names(result: Result, compare: Compare | None) -> list[str]:
    """What the parts of a question's bars are called."""
    if compare is Compare.LANGUAGE:
        return [language_name(one) for one in result.series]
    if compare is Compare.SOURCE:
        return [str(SOURCE[Source(one)]) for one in result.series]
    earlier = [_("wording %(number)s", number=n) for n in range(len(result.series) - 1, 0, -1)]
    return [_("newest wording"), *earlier] if result.series else []


def _context(scope: ResultsScope) -> dict[str, Any]:
    """What each of the pages shows: whose results, what they are narrowed to, and the ways on."""
    wanted, by = scope.wanted, scope.by
    narrowed = {
        "source": wanted.source,
        "language": wanted.language,
        "consent": wanted.consent,
        "since": wanted.since.isoformat() if wanted.since else "",
        "until": wanted.until.isoformat() if wanted.until else "",
    }
    kept = {key: str(value) for key, value in narrowed.items() if value}
    texts = callouts.texts(scope.session, [scope.callout], str(get_locale()))[scope.callout.id or 0]

    def link(endpoint: str, **more: Any) -> str:
        """A page of the same results; `more` with "" takes something away."""
        ids = {key: more.pop(key) for key in ("question_id",) if key in more}
        query = {**kept, **more}
        said = urlencode({key: value for key, value in query.items() if value not in ("", None)})
        base = url_for(f"results.{endpoint}", callout_id=scope.callout.id, **ids)
        return f"{base}?{said}" if said else base

    return {
        "callout": scope.callout,
        "title": texts.title or scope.callout.slug,
        "wanted": wanted,
        "kept": kept,
        "link": link,
        "languages": results.languages(scope),
        "sources": tuple(Source),
        "consents": tuple(ConsentChoice),
        "works": by.works_tips,
        "edits": by.edits_callouts,
        "zone_key": zone().key,
    }
