"""What this process remembers for a quarter of an hour, as long as a receipt is shown. In memory alone: an address
would stay in the browser's history, and a row would outlive what it is for.
"""

import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar, cast

from flask import Flask, current_app

Value = TypeVar("Value")
TTL_SECONDS = 15 * 60  # seconds
MAX_ENTRIES = 1000  # of each kind


class TtlCache(Generic[Value]):
    """Values by their keys, until they are too old or too many."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held: dict[str, tuple[float, Value]] = {}

    def put(self, key: str, value: Value) -> None:
        self._held.pop(key, None)
        self._held[key] = self._clock(), value
        over = self._clock() - TTL_SECONDS
        for old in [one for one, (at, _) in list(self._held.items()) if at < over] + list(self._held)[:-MAX_ENTRIES]:
            self._held.pop(old, None)

    def get(self, key: str, default: Value) -> Value:
        at, value = self._held.get(key, (0.0, default))
        return value if at >= self._clock() - TTL_SECONDS else default


def init(app: Flask) -> None:
    app.extensions["tipline.left-out"] = TtlCache[Sequence[str]]()
    app.extensions["tipline.sent"] = TtlCache[int]()


def left_out() -> TtlCache[Sequence[str]]:
    """The names of files that did not come through, by what the page that follows is known by. After a restart it
    still says how many there are."""
    return cast(TtlCache[Sequence[str]], current_app.extensions["tipline.left-out"])


def sent() -> TtlCache[int]:
    """When forms and additions were sent, by their browsers' clocks: a note of their words that arrives behind them is
    dropped, also where they wait in the spool and the database does not know them yet."""
    return cast(TtlCache[int], current_app.extensions["tipline.sent"])
