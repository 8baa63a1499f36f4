"""The list of the desk, which stands by itself and beside every tip: what was asked for, and what is shown."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from babel import dates
from flask import Blueprint, Response, g, get_flashed_messages, make_response, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from tipline.core import access, inbox, readers, tags
from tipline.core.access import Actor
from tipline.core.filters import Chip, Filters
from tipline.core.filters.orders import Cursor
from tipline.core.inbox import ListPage, did_you_mean
from tipline.core.inbox.views import View
from tipline.core.tip_page import sidebar
from tipline.core.tips import reminders
from tipline.errors import NotVisible
from tipline.models import Status, Tip
from tipline.web import desk_cache, fragments, i18n
from tipline.web.desk import chips, filter_problems, pages, rail, search_snippets
from tipline.web.desk.row_views import ListViews, RowView
from tipline.web.guards import current_actor, read
from tipline.web.ids import tip_number, typed_id

PLACES = {
    "inbox": _l("Inbox"),
    "mine": _l("Mine"),
    "following": _l("Following"),
    "unassigned": _l("Unassigned"),
    "waiting": _l("Waiting for reader"),
    "due": _l("Follow-ups due"),
    "everything": _l("Everything"),
    "spam": _l("Spam"),
}
RAIL = {
    "": "inbox",
    "assignee:me": "mine",
    "is:followed": "following",
    "assignee:none": "unassigned",
    "status:waiting": "waiting",
    "due:now": "due",
    "status:any": "everything",
    "status:spam": "spam",
}

MAX_WALK = timedelta(days=7)  # through the pages of a list


@dataclass(frozen=True, slots=True)
class DeskList:
    """One page of a list, and its rows as they look. `top` is where news begin."""

    filters: Filters
    page: ListPage
    rows: list[RowView]
    top: Cursor | None
    begins_later: bool
    meant: str = ""  # another list, in typed syntax, where this one holds next to nothing


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row of the list to bring up to date; without a `row` it leaves the list."""

    tip_id: int
    row: RowView | None


def filters() -> Filters:
    """What the request asks for: the words of the search field, and each `add` of chips and menu, as one query."""
    asked = request.values
    days = [f"{key}:{asked[key]}" for key in ("since", "before") if asked.get(key)]
    typed = " ".join(part for part in (*asked.getlist("add"), *days, asked.get("q", "")) if part)
    tags = {tag.folded for tag in chips.tags(current_actor())} if re.search("[#＃]", typed) else set()
    return Filters.parse(typed, i18n.zone(), _first_page_on(), tags)


def _onward(wanted: Filters, page: ListPage) -> str:
    """What the address of the next page has beside the list's, "" at the end: its place, and the day of the first."""
    day = f"&on={wanted.today or i18n.today()}" if wanted.moves else ""
    return f"after={page.next}{day}" if page.next else ""


def _first_page_on() -> date | None:
    """The day on which the first page of a list was made, where the request goes on from there: it goes through all
    pages, so that none begins anew at midnight."""
    try:
        day = date.fromisoformat(request.args.get("on", ""))
    except ValueError:
        return None
    return day if timedelta() <= i18n.today() - day <= MAX_WALK else None


def listing(wanted: Filters, by: Actor, open_tip: int | None) -> DeskList:
    """The page of the list that the request asks for."""
    after = Cursor.parse(request.args.get("after", ""))
    again = len(held() or ()) if reloads() else 0  # whoever had gone far down goes on from there
    page = pages.of_list(wanted, i18n.today(), after, limit=max(PAGE, min(again, MAX_REDRAWN)))
    search_snippets.of_page(wanted, by).meet([row.tip for row in page.rows])
    names = readers.short_names(read(), [row.tip for row in page.rows], by)
    other = did_you_mean.suggestion(read(), wanted, by, i18n.today(), page.count) if after is None else None
    rows = _views(wanted, by, open_tip).of(page.rows, names)
    return DeskList(wanted, page, rows, page.top, after is not None, other.query() if other else "")


def _views(wanted: Filters, by: Actor, open_tip: int | None) -> ListViews:
    """What draws the rows of a list."""
    q = wanted.query()
    return ListViews(
        wanted,
        open_tip,
        search_snippets.of_page(wanted, by),
        desk_cache.of("colours", lambda: tags.colours(read())),
        lambda tip_id: narrowed_url(q, tip_id),
        lambda typed: list_url(typed),
    )


def context(by: Actor, open_tip: int | None = None) -> dict[str, Any]:
    """What the templates of the list need, whichever page it stands on. `q` is the list in typed syntax; `listing`
    is there only where the answer draws the list."""
    wanted = filters()
    rows = changed(wanted, by, open_tip)
    count = recount(wanted, by, rows)
    given = {
        "q": wanted.query(),
        "filters": wanted,
        "here": here(wanted),
        "open_tip": open_tip,
        "me": by,
        "works": by.works_tips,
        "statuses": tuple(Status),
        "mark": search_snippets.marker(search_snippets.of_page(wanted, by).terms),
        "changed": [row for row in rows if holds(row.tip_id)],
        "count": count,
    }
    emptied = count is not None and not count.count
    if fragments.target() in PANE and not reloads() and not emptied:
        return given
    known = chips.choices(read(), by)
    shown = listing(wanted, by, open_tip)
    return {
        **given,
        "listing": shown,
        "chips": chips.shown(wanted, known),
        "onward": _onward(wanted, shown.page),
        "tip_meant": tip_meant(wanted, by, empty=not shown.page.rows),
        "misread": filter_problems.of(wanted, known, empty=not shown.page.rows),
        "sorts": chips.sorts(wanted),
        "menu": lambda: chips.menu(by),
        "known": known,
    }


def selected() -> list[int]:
    """The ids of the tips that the request names, each once: those whose boxes were checked."""
    return list(dict.fromkeys(request.values.getlist("tip", type=typed_id)))


def tip_meant(wanted: Filters, by: Actor, *, empty: bool) -> Tip | None:
    """The tip whose number was typed for a search; of one that was merged into another, the list itself is empty."""
    return tip_numbered(str(wanted.tips[0]) if empty and len(wanted.tips) == 1 else wanted.text, by)


def tip_numbered(typed: str, by: Actor) -> Tip | None:
    """The tip whose number is all that is typed, as people write it: T-000068, T-68, #68, 68. None where there is none
    for this person."""
    found = re.fullmatch(r"(?:T-?|#)?0*([1-9][0-9]{0,8})", typed.strip(), re.IGNORECASE | re.ASCII)
    try:
        return access.tip(read(), int(found[1]), by) if found else None
    except NotVisible:
        return None


PANE = {"tip", "conversation", "identity", "desk"}  # parts that need no list; the desk: only rows
PAGE = 50  # rows
MAX_REDRAWN = 500  # rows of a list that is drawn anew


def held() -> set[str] | None:
    """The tips in the list that the browser shows, None where it does not say."""
    return set(request.headers["Desk-Rows"].split(",")) if "Desk-Rows" in request.headers else None


def holds(tip_id: int) -> bool:
    """Whether the browser's list may have a row of a tip: another one would find no place there."""
    rows = held()
    return rows is None or str(tip_id) in rows


def reloads() -> bool:
    """Whether the last change asked for the list to be drawn anew."""
    return bool(get_flashed_messages(category_filter=["reload"]))


def changed(wanted: Filters, by: Actor, open_tip: int | None) -> list[ChangedRow]:
    """The rows that the last changes touched. A tip whose status left the list goes; nothing else moves."""
    rows = []
    for tip_id in dict.fromkeys(int(str(i)) for i in get_flashed_messages(category_filter=["changed"])):
        try:
            row, name = sidebar.row(read(), tip_id, by, i18n.today())
        except NotVisible:
            rows.append(ChangedRow(tip_id, None))
            continue
        stays = _stays(row.tip, wanted)
        rows.append(ChangedRow(tip_id, _views(wanted, by, open_tip).of([row], {tip_id: name})[0] if stays else None))
    return rows


def _stays(tip: Tip, wanted: Filters) -> bool:
    """Whether a list still holds a tip, by what closes, joins or puts off; whatever else was asked for, it keeps."""
    if tip.merged_into is not None or (wanted.hides_snoozed and reminders.is_put_off(tip, i18n.today())):
        return False
    return not wanted.scope or tip.status in wanted.scope


def recount(wanted: Filters, by: Actor, rows: list[ChangedRow]) -> ListPage | None:
    """How many the list holds now, where a change made some leave it."""
    return inbox.page(read(), wanted, by, i18n.today(), limit=1) if any(r.row is None for r in rows) else None


def notices_alone(open_tip: int | None) -> Response:
    """The answer to what was refused: the page stays as it is, with all that is typed, ticked and open in it."""
    given = {"q": filters().query(), "open_tip": open_tip, "works": current_actor().works_tips}
    response = make_response(render_template("desk/_notices.html", oob=True, **given), 422)
    response.headers["HX-Reswap"] = "none"
    return response


def here(wanted: Filters) -> str:
    """Which entry of the rail a list is."""
    query = wanted.query()
    return query if query.startswith("callout:") and " " not in query else RAIL.get(query, "")


def list_url(q: str = "") -> str:
    return url_for("inbox.index", q=q or None)


def narrowed_url(q: str, tip_id: int | None = None) -> str:
    """The list narrowed otherwise, beside the same tip. It knows which view it was made from."""
    view = open_view()
    view_id = view.id if view and q and q != view.query else None
    if tip_id is None:
        return url_for("inbox.index", q=q or None, view=view_id)
    return url_for("tip.show", tip_id=tip_id, q=q or None, view=view_id)


def open_view() -> View | None:
    """The person's view that is shown, or that the list was narrowed from."""
    if "open_view" not in g:
        asked, q = request.values.get("view", type=int), filters().query()
        views = rail.parts(current_actor()).views
        g.open_view = next((view for view in views if view.query == q), None) or next(
            (view for view in views if view.id == asked), None
        )
    found: View | None = g.open_view
    return found


def tip_url(tip_id: int, q: str = "") -> str:
    return url_for("tip.show", tip_id=tip_id, q=q or None)


def due_words(on: date | None, snoozed: bool = False) -> str:
    """When to come back to a tip, as one says it: tomorrow, Friday, Jun 25."""
    if on is None:
        return str(_("Follow up"))
    days = (on - i18n.today()).days
    if snoozed and days > 0:
        return str(_("Snoozed until %(day)s", day=_weekday(on, days)))
    if days < 0:
        return str(_("Was due %(day)s", day=i18n.short_day(on)))
    near = (_("Follow up today"), _("Follow up tomorrow"))
    if days < len(near):
        return str(near[days])
    return str(_("Follow up %(day)s", day=_weekday(on, days)))


def _weekday(on: date, days: int) -> str:
    return dates.format_date(on, "EEEE", locale=get_locale()) if days < 7 else i18n.short_day(on)


def place_name(place: str) -> str:
    """What a list of the rail is called."""
    return str(PLACES.get(place, _l("Tips")))


def page_title(tip: Tip | None, place: str, q: str) -> str:
    """A tip's name, else the list's: what the browser shows for the page."""
    if tip is not None:
        return f"{tip.title} · {tip_number(tip.id or 0)}" if tip.title else tip_number(tip.id or 0)
    return place_name(place) if not q or place in PLACES else known_view(q) or q


def known_view(q: str) -> str:
    """The name of the person's view that is this list, "" for none."""
    return next((view.name for view in rail.counted().views if view.query == q), "")


def init(blueprint: Blueprint) -> None:
    """Give the templates of the desk what every one of them uses."""
    rail.init(blueprint)

    @blueprint.app_context_processor
    def words() -> dict[str, Any]:
        return {
            "list_url": list_url,
            "tip_url": tip_url,
            "tip_number": tip_number,
            "lang_of": i18n.lang_attribute,
            "short_language": chips.short_language,
            "short_day": i18n.short_day,
            "due_words": due_words,
            "order_of": chips.order,
            "typed": lambda key, value: str(Chip(key, value)),
            "as_date": date.fromisoformat,
            "place_name": place_name,
            "page_title": page_title,
            "known_view": known_view,
            "narrowed_url": narrowed_url,
            "open_view": open_view,
        }
