"""Photos drawn anew by processes of their own (drawing.py): whatever a picture does to its reader, we go on."""

import atexit
import contextlib
import os
import queue
import select
import subprocess
import sys
import threading
import time

from tipline.child import bare_environment
from tipline.chunks import Readable

SECONDS = 10.0  # for one picture
LENGTH = 4


class Dead(Exception):
    """The process ended."""


class Painter:
    """The process, started when it is needed. One picture at a time, for any thread."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def draw(self, content: Readable, kind: str) -> bytes | None:
        """A picture of a format (Pillow's name) as JPEG, None where it can't be read. Passes on what `content` raises.

        The process may have ended because nobody asked for long, so that a second one is tried.
        """
        with self._lock:
            for _ in range(2):
                done = False
                try:
                    self._send(content, kind)
                    drawn = self._answer()
                    done = True
                except Dead:
                    continue
                except TimeoutError:
                    return None
                finally:
                    if not done:  # the next picture must not get this one's answer
                        self._end()
                return drawn or None
            return None

    def close(self) -> None:
        """End the process; another is started where one is needed again."""
        with self._lock:
            self._end()

    def _send(self, content: Readable, kind: str) -> None:
        pipe = self._started().stdin
        assert pipe is not None
        try:
            pipe.write(f"{kind} {content.size}\n".encode())
            for piece in content.pieces():
                pipe.write(piece)
            pipe.flush()
        except BrokenPipeError:
            raise Dead from None

    def _answer(self) -> bytes:
        assert self._process is not None and self._process.stdout is not None
        number, until = self._process.stdout.fileno(), time.monotonic() + self._seconds
        return _exactly(number, int.from_bytes(_exactly(number, LENGTH, until), "big"), until)

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tipline.drawing"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=bare_environment(),
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    pipe.close() if pipe else None


def _exactly(number: int, size: int, until: float) -> bytes:
    """So many bytes of a pipe. TimeoutError when the time is over, Dead where it ends before."""
    came = bytearray()
    while len(came) < size:
        if not select.select([number], [], [], max(until - time.monotonic(), 0))[0]:
            raise TimeoutError
        part = os.read(number, size - len(came))
        if not part:
            raise Dead
        came += part
    return bytes(came)


# Two, so that one picture which takes its time does not stop all others; the second is started where it is needed.
_painters = Painter(), Painter()
_idle: "queue.LifoQueue[Painter]" = queue.LifoQueue()
for _painter in _painters:
    _idle.put(_painter)
    atexit.register(_painter.close)


def draw(content: Readable, kind: str) -> bytes | None:
    """A picture drawn anew by one of the processes that this one shares."""
    painter = _idle.get()
    try:
        return painter.draw(content, kind)
    finally:
        _idle.put(painter)
