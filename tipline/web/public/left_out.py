"""The names of files that did not come through, for the receipt that follows.

They are held in memory for as long as it is shown: in its address they would stay in the browser's history. After a
restart the receipt still says how many there are.
"""

import time
from collections.abc import Sequence
from typing import cast

from flask import Flask, current_app

LASTS = 15 * 60  # seconds
MOST = 1000  # receipts
Held = dict[str, tuple[float, Sequence[str]]]


def init(app: Flask) -> None:
    app.extensions["tipline.left-out"] = {}


def remember(key: str, names: Sequence[str]) -> None:
    """Say on the receipt with this key which files are missing."""
    held = _held()
    held.pop(key, None)
    if names:
        held[key] = time.monotonic(), names
    over = time.monotonic() - LASTS
    for old in [one for one, (at, _) in list(held.items()) if at < over] + list(held)[:-MOST]:
        held.pop(old, None)


def names(key: str) -> Sequence[str]:
    """Those of a receipt, in the order in which they came."""
    return _held().get(key, (0.0, ()))[1]


def _held() -> Held:
    return cast(Held, current_app.extensions["tipline.left-out"])
