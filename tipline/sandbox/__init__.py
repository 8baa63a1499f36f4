"""A process of its own for what strangers sent: whatever a file does to its reader, we go on.

To it go a kind and a size in one line, and the bytes; back come a length and an answer. `serve` is its other end.

Which modules run so: drawing.py beside this one, for pictures.py; tipline/jobs/text_extractor.py, for words inside
files.
"""

import contextlib
import os
import queue
import resource
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from tipline.child_process import bare_environment, give_memory_back, limit_memory, shut_in
from tipline.sealing.chunks import Readable

LENGTH = 4
MAX_ANSWER_BYTES = 16 * 1024 * 1024  # bytes; what says that it has more is no process of ours any more
IDLE_SECONDS = 60.0  # and it ends, so that a small machine has its memory back
Wanted = Callable[[bytes, str], bytes]


class SandboxDied(Exception):
    """The process ended, or talks nonsense."""


class Sandbox:
    """The process of a module, started when it is needed. One file at a time, for any thread."""

    def __init__(self, module: str, seconds: float) -> None:
        self._module, self._seconds = module, seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, content: Readable, kind: str) -> bytes | None:
        """Its answer, None where it dies or takes too long. Passes on what `content` raises.

        The process may have ended because nobody asked for long, so that a second one is tried.
        """
        with self._lock:
            for _ in range(2):
                done = False
                try:
                    self._send(content, kind)
                    answer = self._answer()
                    done = True
                except SandboxDied:
                    continue
                except TimeoutError:
                    return None
                finally:
                    if not done:  # the next file must not get this one's answer
                        self._end()
                return answer
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
            raise SandboxDied from None

    def _answer(self) -> bytes:
        assert self._process is not None and self._process.stdout is not None
        number, until = self._process.stdout.fileno(), time.monotonic() + self._seconds
        size = int.from_bytes(_exactly(number, LENGTH, until), "big")
        if size > MAX_ANSWER_BYTES:
            raise SandboxDied
        return _exactly(number, size, until)

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=bare_environment(),
                start_new_session=True,  # Ctrl-C is for the command alone: it ends this one in order
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


class Several:
    """A few sandboxes that threads share: one file that takes its time does not stop all others."""

    def __init__(self, module: str, seconds: float, many: int) -> None:
        self._all = [Sandbox(module, seconds) for _ in range(many)]
        self._idle: queue.LifoQueue[Sandbox] = queue.LifoQueue()
        for one in self._all:
            self._idle.put(one)

    def ask(self, content: Readable, kind: str) -> bytes | None:
        """As `Sandbox.ask`."""
        one = self._idle.get()
        try:
            return one.ask(content, kind)
        finally:
            self._idle.put(one)

    def close(self) -> None:
        for one in self._all:
            one.close()


def serve(wanted: Wanted, memory: int, seconds: int) -> None:
    """In the process: answer until whoever asks is gone, or asks no more. It ends itself where one file takes long."""
    give_memory_back()
    limit_memory(memory)
    shut_in()
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    while select.select([asked], [], [], IDLE_SECONDS)[0] and (head := asked.readline()):
        kind, size = head.decode().split()
        content = asked.read(int(size))
        signal.alarm(seconds)
        _allow_work(seconds)
        answer = wanted(content, kind)
        signal.alarm(0)
        del content
        answers.write(len(answer).to_bytes(LENGTH, "big") + answer)
        answers.flush()


def _allow_work(seconds: int) -> None:
    """So many seconds of the processor from now on, whatever becomes of the alarm."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _exactly(number: int, size: int, until: float) -> bytes:
    """So many bytes of a pipe. TimeoutError when the time is over, Dead where it ends before."""
    came = bytearray()
    while len(came) < size:
        if not select.select([number], [], [], max(until - time.monotonic(), 0))[0]:
            raise TimeoutError
        part = os.read(number, size - len(came))
        if not part:
            raise SandboxDied
        came += part
    return bytes(came)
