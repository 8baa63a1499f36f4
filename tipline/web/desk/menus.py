"""What the menus of a tip and of a selection offer beside its own values: reasons, macros, and changes under way."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, render_template
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from tipline.cache import was_read
from tipline.core import bulk, triage
from tipline.core.bulk import macros
from tipline.core.tags import hints
from tipline.core.tags.hints import Learned
from tipline.core.tip_fields import SET_BY, SETTABLE
from tipline.core.triage import reasons
from tipline.models import (
    Account,
    BulkChange,
    ErasedTip,
    LoginSession,
    Macro,
    Reason,
    Status,
    Tag,
    Tip,
    TipTag,
)
from tipline.web import desk_cache, i18n, labels
from tipline.web.desk import change_notices, chips
from tipline.web.guards import current_actor, read, signed_in

LEARNED_FOR = 300.0  # seconds: what was learned for suggestions, which take longest to learn


def _reasons() -> dict[Status, list[Reason]]:
    """The reasons of each status that asks for one."""
    return desk_cache.of("reasons", lambda: reasons.offered(read()))


def _reason_keys() -> dict[int, int]:
    """The digit that stands for a reason while its status is chosen, by the reason's id."""
    return desk_cache.of("reason keys", lambda: reasons.digits(read()))


def _assignees() -> list[Account]:
    """Whom tips can be assigned to; somebody who signs in for the first time is offered some seconds later."""
    return desk_cache.of("assignees", lambda: triage.assignees(read()), lags=(LoginSession,))


def _bulk_menus(spam: bool) -> Markup:
    """What can be done to all selected tips; `spam`: of the list of spam."""
    by = current_actor()

    def drawn() -> Markup:
        given = {"me": by, "spam": spam, "tags": chips.tags(by), "statuses": tuple(Status)}
        return Markup(render_template("desk/_bulk_menus.html", **given))

    return desk_cache.of("bulk menus", drawn, by, spam, i18n.today(), str(get_locale()))


def _macros() -> list[Macro]:
    """The macros that this person may use. Of two with one key, the key is one's own macro's."""
    by = current_actor()
    return desk_cache.of("macros", lambda: macros.usable(read(), by), by)


def _macro_keys() -> dict[int, str]:
    """Which macro a key stands for, by the macro's id."""
    taken: dict[str, int] = {}
    for macro in _macros():
        if macro.key:
            taken.setdefault(macro.key, macro.id or 0)
    return {macro_id: key for key, macro_id in taken.items()}


def _running() -> list[BulkChange]:
    """One's own changes that are under way."""
    person = signed_in()
    return bulk.running(read(), person.actor) if person and person.actor.works_tips else []


def _learn(callout_id: int) -> Learned:
    was_read({str(ErasedTip.__tablename__)})  # the words of an erased tip are kept by nobody
    return hints.learn(read(), callout_id)


def _hints(tip: Tip, offered: Sequence[Tag]) -> list[Tag]:
    """Which of the tags this tip is likely to get."""
    words = hints.words_of(tip.title, tip.excerpt)
    lags, callout_id = (Tip, TipTag), tip.callout_id
    learned = desk_cache.of("learned", lambda: _learn(callout_id), callout_id, lags=lags, seconds=LEARNED_FOR)
    return hints.suggested(learned, words, offered)


def _follow_up_days() -> list[tuple[str, date]]:
    """The days on which people come back to tips, each as one says it."""
    today = i18n.today()
    return [
        (_("Tomorrow"), today + timedelta(days=1)),
        (_("In three days"), today + timedelta(days=3)),
        (_("On Monday"), today + timedelta(days=7 - today.weekday())),
        (_("In a week"), today + timedelta(days=7)),
        (_("In two weeks"), today + timedelta(days=14)),
    ]


def init(blueprint: Blueprint) -> None:
    """Give the templates of the desk what they ask for by name, each looked up only where it is shown."""

    @blueprint.app_context_processor
    def words() -> dict[str, Any]:
        return {
            "Status": Status,
            "settable_fields": SETTABLE.values(),
            "choice_keys": lambda: tuple(([field.key], _(field.noun)) for field in SETTABLE.values()),
            "set_by": SET_BY,
            "value_alone": labels.alone,
            "asked_reasons": _reasons,
            "reason_keys": _reason_keys,
            "assignees": _assignees,
            "bulk_menus": _bulk_menus,
            "macros": _macros,
            "macro_keys": _macro_keys,
            "running_changes": _running,
            "steps_in_words": lambda wanted: change_notices.of_steps(read(), wanted),
            "change_in_words": lambda change: change_notices.of_change(read(), change),
            "change_outcome": lambda change: change_notices.outcome(read(), change),
            "change_progress": change_notices.progress,
            "changed_in_words": change_notices.changed,
            "goes_back": bulk.goes_back,
            "own_callouts": lambda: chips.callouts_of(current_actor()),
            "tag_hints": _hints,
            "follow_up_days": _follow_up_days,
            "reason_name": lambda reason_id: reasons.name_of(read(), reason_id),
        }
