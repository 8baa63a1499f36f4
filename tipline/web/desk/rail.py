"""The side of every page of the desk: its lists with their counts, callouts and views, and what editors are told.

Every page shows it and few differ in it: it is kept for each person until something happens, in whichever process. What
happened last is the version of what is kept.
"""

from typing import Any

from flask import Blueprint, g, render_template
from flask_babel import get_locale
from markupsafe import Markup

from tipline.core.access import Actor
from tipline.core.desk import rail
from tipline.core.desk.rail import Rail, RailParts
from tipline.core.presence.page_state import PageState, known_by
from tipline.storage import has_room
from tipline.web import desk_cache, i18n
from tipline.web.desk import chips, mail_problems
from tipline.web.guards import current_actor, read
from tipline.web.place import settings


def known_now() -> PageState:
    """What this page knows of what happened."""
    if "known_now" not in g:
        g.known_now = known_by(read())
    there: PageState = g.known_now
    return there


def counted() -> Rail:
    """What the person sees at the side."""
    by = current_actor()
    if "rail" not in g:
        day, language, version = i18n.today(), str(get_locale()), known_now()
        g.rail = desk_cache.of(
            "rail", lambda: rail.rail(read(), by, day, parts(by)), by, day, language, version=version
        )
    found: Rail = g.rail
    return found


def parts(by: Actor) -> RailParts:
    """What of it few changes touch."""
    return desk_cache.of("beside", lambda: rail.beside(read(), by, chips.callouts_of(by)), by, str(get_locale()))


def entries(here: str, q: str) -> tuple[Markup, Markup]:
    """Its lists, and its pages below them, as they look where `here` is the entry that is open and `q` its list."""
    by, desk = current_actor(), counted()
    given = {"here": here, "q": q if any(view.query == q for view in desk.views) else "", "troubles": len(alarms())}

    def part(name: str) -> Markup:
        return Markup(render_template(name, desk=desk, me=by, **given))

    def drawn() -> tuple[Markup, Markup]:
        return part("desk/_rail_lists.html"), part("desk/_rail_pages.html")

    whose = (by, *given.values(), i18n.today(), str(get_locale()))
    return desk_cache.of("rail entries", drawn, *whose, version=desk)


def alarms() -> list[str]:
    """What the top of every page says to editors: mailboxes of the settings that can't be read, or lost a message."""
    known = settings().mailbox
    found = [mail_problems.of_alarm(alarm) for alarm in counted().alarms if alarm.mailbox in known]
    if current_actor().edits_callouts and not _has_room():
        found.insert(0, mail_problems.of_disk())
    return found


def _has_room() -> bool:
    """Asked here too: the worker can't write down that the database's own disk is full."""
    try:
        return has_room(settings().data.folder)
    except OSError:
        return True


def init(blueprint: Blueprint) -> None:
    @blueprint.app_context_processor
    def words() -> dict[str, Any]:
        return {"rail": counted, "rail_entries": entries, "alarms": alarms, "known_now": known_now}
