"""Forms that nobody has typed into yet: drawn once for each state of a callout, with each reader's own signed id.

Only the ids differ between two readers who open the same page. Whether the callout still stands as it was drawn is
asked of the database each time.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app, request
from flask_babel import get_locale

from tipline.core.callouts import CalloutView, change_stamps
from tipline.core.callouts.change_stamps import Stamp
from tipline.core.intake import submissions
from tipline.db import OUT_OF_REACH, now
from tipline.web.place import Place, place
from tipline.web.public import callout_cache

Draw = Callable[[CalloutView, str], str]
MAX_PAGES = 200  # pages kept
# What stands in a drawn page where each reader's own id goes; nobody who writes a callout can know it.
SID = f"own{secrets.token_hex(16)}"


@dataclass(frozen=True, slots=True)
class CachedForm:
    """A page in pieces. `place` and `stamp` say what it was drawn from."""

    place: Place
    stamp: Stamp
    asked: tuple[int, ...]
    pieces: tuple[str, ...]  # around what is each reader's own: the signed id

    def page(self) -> str:
        submission = submissions.new(self.stamp.callout_id, now(), self.asked)
        return submissions.sign(self.place.database.master, submission).join(self.pieces)


def init(app: Flask) -> None:
    app.extensions["tipline.fresh"] = {}


def page(slug: str) -> str | None:
    """The page of an open callout, where it was drawn before and nothing changed since."""
    if request.method != "GET" or request.args.keys() - {"lang"}:
        return None
    drawn = _drawn().get((slug, str(get_locale())))
    if drawn is None or drawn.place is not place():
        return None
    try:
        with place().database.glance() as connection:
            standing = change_stamps.stamp(connection, slug)
    except OUT_OF_REACH:
        return None
    return drawn.page() if standing == drawn.stamp else None


def keep(slug: str, language: str, view: CalloutView, draw: Draw) -> str | None:
    """Draw the page of a view, keep it for those who come after, and give this reader theirs."""
    stamp = callout_cache.stamp_of(view)
    if stamp is None:
        return None
    asked = tuple(question.id for question in view.questions)
    drawn = CachedForm(place(), stamp, asked, tuple(draw(view, SID).split(SID)))
    there = _drawn()
    if len(there) >= MAX_PAGES:
        there.clear()
    there[slug, language] = drawn
    return drawn.page()


def _drawn() -> dict[tuple[str, str], CachedForm]:
    return cast(dict[tuple[str, str], CachedForm], current_app.extensions["tipline.fresh"])
