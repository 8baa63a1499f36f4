"""How long a request waits for the database to take something in, so that a locked one can't hold every thread.

Half of the threads may wait long. The others, and all of them for a while after somebody waited in vain, give up
soon: a form then goes to the spool, and whoever only reads finds a thread that answers.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from flask import Flask, current_app

from tipline.db import LOCK_WAIT_SECONDS, OUT_OF_REACH, Database, is_sqlite

SHORT = 1.0  # seconds
LEAST = 0.05
TIRED = 60.0  # seconds after a wait in vain


class Patience:
    """What this process's threads know of the wait. `most` may wait long at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._inside = 0
        self._tired_until = 0.0
        self._lock = threading.Lock()

    @contextmanager
    def waiting(self) -> Iterator[float]:
        """The seconds that this one may wait."""
        with self._lock:
            self._inside += 1
            long = self._inside <= self._most and time.monotonic() >= self._tired_until
        try:
            yield LOCK_WAIT_SECONDS if long else SHORT
        except OUT_OF_REACH:
            self._tired_until = time.monotonic() + TIRED
            raise
        else:
            self._tired_until = 0.0
        finally:
            with self._lock:
                self._inside -= 1


def init(app: Flask) -> None:
    threads = app.extensions["tipline"].settings.web.threads
    app.extensions["tipline.patience"] = Patience(max(1, threads // 2))
    app.extensions["tipline.turn"] = threading.Lock()


@contextmanager
def waiting() -> Iterator[float]:
    """The seconds that this request may wait for other writers."""
    with cast(Patience, current_app.extensions["tipline.patience"]).waiting() as seconds:
        yield seconds


@contextmanager
def turn(database: Database, seconds: float) -> Iterator[float]:
    """On SQLite, this process's writers one after the other; yields the seconds that are left to wait for others.

    SQLite itself lets a writer sleep longer and longer before each new try, while the one before is long done.
    """
    if not is_sqlite(database.engine):
        yield seconds
        return
    lock, began = cast(threading.Lock, current_app.extensions["tipline.turn"]), time.monotonic()
    mine = lock.acquire(timeout=seconds)
    try:
        yield max(LEAST, seconds - (time.monotonic() - began))
    finally:
        if mine:
            lock.release()
