"""Whether many forms come in at once: then their words go to the spool, which takes them in far less time than the
database, and the worker files them. A reader who writes alone is filed at once.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

from flask import Flask, current_app

NORMAL_LOAD = 2  # forms that are taken in at the same time before they are a crowd
BUSY_SECONDS = 1.0  # seconds that a crowd is still one after it was seen last: its forms come in waves


class FormLoad:
    """The forms that this process takes in now."""

    def __init__(self, few: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._few, self._clock = few, clock
        self._inside = 0
        self._ends_at = 0.0
        self._lock = threading.Lock()

    @property
    def is_here(self) -> bool:
        return self._clock() < self._ends_at

    @contextmanager
    def joined(self) -> Iterator[bool]:
        """One more form is taken in during the block; whether it is one of a crowd."""
        with self._lock:
            self._inside += 1
            if self._inside > self._few:
                self._ends_at = self._clock() + BUSY_SECONDS
        try:
            yield self.is_here
        finally:
            with self._lock:
                self._inside -= 1


def init(app: Flask) -> None:
    app.extensions["tipline.crowd"] = FormLoad(NORMAL_LOAD)


def crowd() -> FormLoad:
    """Those of the application that answers now."""
    return cast(FormLoad, current_app.extensions["tipline.crowd"])
