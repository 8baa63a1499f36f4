"""Callouts as readers last saw them, so that a form can be shown and taken while the database is out of reach."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from flask import Flask, current_app

from tipline.core import callouts
from tipline.core.callouts import CalloutView
from tipline.db import OUT_OF_REACH, now
from tipline.models import CalloutStatus
from tipline.web.guards import read

Key = tuple[str, str, tuple[int, ...] | None]
MOST = 500  # views kept


def init(app: Flask) -> None:
    app.extensions["tipline.known"] = {}


def view(slug: str, language: str, asked: Sequence[int] | None = None) -> CalloutView | None:
    """The callout at an address in a language, or in its first one; None where there is none.

    `asked` are the questions of the page that a reader has open. What the database can't say now is taken from memory;
    OperationalError where it is not known there.
    """
    seen = cast(dict[Key, CalloutView], current_app.extensions["tipline.known"])
    key = slug, language, None if asked is None else tuple(asked)
    try:
        row = callouts.by_slug(read(), slug)
        found = callouts.form_of(read(), row, language, asked) if row else None
    except OUT_OF_REACH:
        if (known := seen.get(key) or _same(seen.get((slug, language, None)), asked)) is None:
            raise
        return _today(known)
    if found is None:
        return None
    if len(seen) >= MOST:
        seen.clear()
    seen[key] = found
    return found


def _same(known: CalloutView | None, asked: Sequence[int] | None) -> CalloutView | None:
    """The view that stands, where a reader's page asks just that."""
    return known if known and asked is not None and [q.id for q in known.questions] == list(asked) else None


def _today(known: CalloutView) -> CalloutView:
    over = known.closes_at is not None and known.closes_at <= now()
    return replace(known, status=CalloutStatus.CLOSED) if over and known.is_open else known
