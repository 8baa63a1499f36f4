"""What open pages ask every ten seconds: who is there, what came, what others changed. One request for all of it."""

import hashlib
import json
from typing import Any

from flask import Blueprint, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from tipline.core import inbox
from tipline.core.access import Actor
from tipline.core.desk import activity
from tipline.core.filters import Filters, Sort
from tipline.core.filters.orders import Cursor
from tipline.core.inbox import list_rows
from tipline.core.inbox.list_rows import ListRow
from tipline.core.presence import viewers
from tipline.core.presence.page_state import PageState
from tipline.core.presence.viewers import PresentColleague
from tipline.db import OUT_OF_REACH
from tipline.errors import NotVisible
from tipline.web import i18n
from tipline.web.desk import listing
from tipline.web.guards import READS, current_actor, needs, read, write
from tipline.web.ids import typed_id

blueprint = Blueprint("live", __name__)

MAX_ROWS = 200  # of a list that are looked after; further down nobody is looking


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    return {"company_of": company_of}


def company_of(tip_id: int) -> list[str]:
    """Who else is at a tip, in words."""
    return [_sentence(here) for here in _present_colleagues(current_actor()) if here.tip_id == tip_id]


@blueprint.post("/desk/live")
@needs(*READS)
def ask() -> ResponseReturnValue:
    """What is new for an open page, which also says where its person is; 204 where it knows all of it."""
    by, given = current_actor(), request.form
    tip_id = _be_there(by)
    told: dict[str, Any] = {"tip": _tip(by, tip_id) if tip_id else "", "rows": _rows(by)}
    told["list"], told["unread"] = _list(by, tip_id)
    told["activity"] = activity.unseen(read(), by)
    seen = hashlib.blake2b(json.dumps(told, sort_keys=True).encode(), digest_size=8).hexdigest()
    return ("", 204) if given.get("seen") == seen else jsonify(seen=seen, **told)


def _be_there(by: Actor) -> int | None:
    """Note who is at which tip; returns the tip, where they see it. A database that is busy costs only this."""
    tip_id, left = (request.form.get(name, type=typed_id) for name in ("tip", "left"))
    writing = by.works_tips and "writing" in request.form
    try:
        due = bool(tip_id) and viewers.is_due(read(), tip_id or 0, by, writing=writing)
    except NotVisible:
        return None
    if not due and not left:
        return tip_id
    try:
        with write() as session:
            if left and left != tip_id:
                viewers.leave(session, left, by)
            if due:
                viewers.note(session, tip_id or 0, by, writing=writing)
            session.commit()
    except (*OUT_OF_REACH, NotVisible):
        pass
    return tip_id


def _list(by: Actor, tip_id: int | None) -> tuple[str, dict[str, dict[str, str]]]:
    """How many tips came, or have new activity, since the list was drawn, and how many of its rows others changed;
    which of these rows are unread."""
    if "since" not in request.form:
        return "", {}
    wanted = listing.filters()
    since = Cursor.parse(request.form.get("since", ""))
    by_age = request.form["since"] != "-"  # a list in another order has no top at which new tips come in
    came = inbox.newer_than(read(), wanted, by, since, i18n.today()) if by_age else 0
    shown = [number for number in (_number(part) for part in request.form.get("rows", "").split(",")) if number]
    changed = viewers.changed(read(), shown[:MAX_ROWS], _known("at"), by)
    rows = list_rows.of_ids(read(), changed, by, i18n.today())
    unread = {str(row.tip.id): _unread(row, wanted) for row in rows if row.unread}
    if wanted.order is Sort.ACTIVE and since is not None:  # those above the top are among the ones that came
        rows = [row for row in rows if not (row.unread and row.tip.active_at > since.at)]
    if not came and not rows:
        return "", unread
    given = {"q": wanted.query(), "filters": wanted, "open_tip": tip_id}
    return render_template("desk/_news.html", n=came, changed=len(rows), **given), unread


def _unread(row: ListRow, wanted: Filters) -> dict[str, str]:
    """The marks that a row has from now on, where it stands; it moves when its list is drawn anew."""
    return {
        "dot": render_template("desk/_row_dot.html"),
        "back": render_template("desk/_row_wrote_back.html") if row.wrote_back else "",
        "age": str(i18n.age(row.tip.active_at)) if wanted.order is Sort.ACTIVE else "",
    }


def _tip(by: Actor, tip_id: int) -> str:
    changed = "tip_at" in request.form and bool(viewers.changed(read(), [tip_id], _known("tip_at"), by))
    url = listing.tip_url(tip_id, listing.filters().query())
    return render_template("desk/_presence_now.html", people=company_of(tip_id), changed=changed, url=url)


def _rows(by: Actor) -> dict[str, dict[str, str]]:
    """The marks of rows, by tip: initials for the eye, words for everybody."""
    found: dict[str, list[PresentColleague]] = {}
    for here in _present_colleagues(by):
        found.setdefault(str(here.tip_id), []).append(here)
    return {
        tip_id: {
            "mark": list_rows.initials(people[0].name) + (f" +{len(people) - 1}" if len(people) > 1 else ""),
            "words": ", ".join(_plain(here) for here in people),
            "writing": "1" if people[0].writing else "",
        }
        for tip_id, people in found.items()
    }


def _present_colleagues(by: Actor) -> list[PresentColleague]:
    if "present_colleagues" not in g:
        g.present_colleagues = viewers.present(read(), by)
    known: list[PresentColleague] = g.present_colleagues
    return known


def _sentence(here: PresentColleague) -> Markup:
    name = Markup("<b>{}</b>").format(here.name)
    words = _("%(who)s is writing", who=name) if here.writing else _("%(who)s is reading", who=name)
    return Markup(words)


def _plain(here: PresentColleague) -> str:
    return str(_("%(who)s is writing", who=here.name) if here.writing else _("%(who)s is reading", who=here.name))


def _known(name: str) -> PageState:
    return PageState.parse(request.form.get(name, ""))


def _number(text: str) -> int:
    try:
        return typed_id(text)
    except ValueError:
        return 0
