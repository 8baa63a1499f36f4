"""Two ways to end what takes too long: an error inside Python, and the end of the process where that is not enough."""

import contextlib
import faulthandler
import signal
import sys
import threading
from collections.abc import Iterator

from tipline.errors import UnreadableMessage


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """UnreadableMessage("too_slow") inside the block when the time is over. Only the main thread can be stopped so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    running = True

    def stop(number: int, frame: object) -> None:
        if running:
            raise UnreadableMessage("too_slow")

    before = signal.signal(signal.SIGALRM, stop)
    # Again each second: a handler of the parser's own may swallow the first.
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        try:
            yield
        finally:
            running = False
    finally:
        signal.setitimer(signal.ITIMER_REAL, left, interval)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def end_process_after(seconds: float) -> Iterator[None]:
    """End the process where the block hangs inside C code, which no signal reaches: whoever started it starts it again.

    What the ledger counted before tells the next process which message it was.
    """
    if sys.__stderr__ is None:
        yield
        return
    # The dump names files and functions, never values.
    faulthandler.dump_traceback_later(seconds, exit=True, file=sys.__stderr__)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
