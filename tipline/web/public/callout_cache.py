"""Callouts as readers last saw them: read anew only after a change, and there while the database is out of reach."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from flask import Flask, current_app

from tipline.core import callouts
from tipline.core.callouts import CalloutView, change_stamps
from tipline.core.callouts.change_stamps import Stamp
from tipline.db import OUT_OF_REACH, now
from tipline.models import CalloutStatus
from tipline.web.guards import read
from tipline.web.place import place
from tipline.web.public.form_load import crowd


@dataclass(slots=True)
class CachedCallout:
    """A view, what the callout was when it was made, and when the database last said that it still is."""

    stamp: Stamp
    view: CalloutView
    looked_at: float


Key = tuple[str, str, tuple[int, ...] | None]
MAX_VIEWS = 500  # views kept
AGE = 1.0  # seconds that a view is good for without a question, in a crowd


def init(app: Flask) -> None:
    app.extensions["tipline.known"] = {}


def view(slug: str, language: str, asked: Sequence[int] | None = None) -> CalloutView | None:
    """The callout at an address in a language, or in its first one; None where there is none.

    `asked` are the questions of the page that a reader has open. What the database can't say now is taken from memory;
    OperationalError where it is not known there.
    """
    seen = cast(dict[Key, CachedCallout], current_app.extensions["tipline.known"])
    key = slug, language, None if asked is None else tuple(asked)
    known = seen.get(key)
    if known is not None and crowd().is_here and time.monotonic() - known.looked_at < AGE:
        return _today(known.view)
    try:
        if known is not None and _stands(known, slug):
            known.looked_at = time.monotonic()
            return known.view
        stamp = change_stamps.stamp(read(), slug)
        row = callouts.by_slug(read(), slug) if stamp else None
        found = callouts.form_of(read(), row, language, asked) if row else None
    except OUT_OF_REACH:
        if known is None:
            raise
        return _today(known.view)
    if found is None or stamp is None:
        return None
    if len(seen) >= MAX_VIEWS:
        seen.clear()
    seen[key] = CachedCallout(stamp, found, time.monotonic())
    return found


def as_asked(standing: CalloutView, asked: Sequence[int]) -> CalloutView:
    """The view of the page that a reader has open, given the one that stands: mostly it is the same."""
    if [question.id for question in standing.questions] == list(asked):
        return standing
    return view(standing.slug, standing.language, asked) or standing


def stamp_of(view: CalloutView) -> Stamp | None:
    """The stamp that a view was made under; None where it is no longer the one that is known."""
    seen = cast(dict[Key, CachedCallout], current_app.extensions["tipline.known"])
    return next((known.stamp for known in seen.values() if known.view is view), None)


def _stands(known: CachedCallout, slug: str) -> bool:
    with place().database.glance() as connection:
        return change_stamps.stamp(connection, slug) == known.stamp


def _today(known: CalloutView) -> CalloutView:
    over = known.closes_at is not None and known.closes_at <= now()
    return replace(known, status=CalloutStatus.CLOSED) if over and known.is_open else known
