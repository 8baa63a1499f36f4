"""The parser's own process: whatever a mail does to it, the worker goes on and the next mail is read.

It has no secret in its environment, no database, no socket, and little memory; it is killed when a mail takes too long.
While it reads one batch the worker fetches the next and files the one before, so a second core is put to use.

To it go a count, and each mail behind its length; back come pickles, which are opened by an unpickler that knows the
few classes of an Arrival and nothing else.
"""

import atexit
import contextlib
import io
import json
import os
import pickle
import queue
import select
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import IO, Any

from tipline.child_process import bare_environment, end_with_parent, give_memory_back, limit_memory
from tipline.core.arrival import Arrival
from tipline.errors import UnreadableMessage
from tipline.mail import parse

SECONDS = 30.0  # for one mail
MEMORY = 1_500 * 1024 * 1024  # bytes of address space; what goes beyond is a MemoryError over there
LENGTH = 8
BUFFER = 256 * 1024
# What an Arrival is made of.
SAFE = {"tipline.core.arrival", "tipline.vocabularies"}
SAFE_NAMES = {("datetime", "datetime"), ("datetime", "timezone"), ("datetime", "timedelta")}

Outcome = Arrival | str | None  # what was read; why it can't be (of UnreadableMessage.REASONS); None: the parser died


class ParserDied(Exception):
    """The process ended, or took too long."""


@dataclass
class Parser:
    """`begin` a batch, do something else, take its `results`. One batch at a time; for one thread."""

    seconds: float = SECONDS
    _process: "subprocess.Popen[bytes] | None" = None
    _answers: "_Answers | None" = None
    _buffer: Any = None  # over _answers
    _waiting: list[bytes] = field(default_factory=list)  # mails without an answer, in their order
    _trusted: Sequence[str] = ()
    _sent: int = 0  # how many of them the process of now has been given

    def begin(self, raws: Sequence[bytes], trusted: Sequence[str] = ()) -> None:
        """Give it mails to read. `trusted`: authserv-ids of our own servers (RFC 8601). OSError without a process."""
        assert not self._waiting, "one batch at a time"
        self._waiting, self._trusted, self._sent = list(raws), trusted, 0
        with contextlib.suppress(ParserDied):
            self._send()

    def results(self) -> list[Outcome]:
        """What became of each mail of the batch, in its order."""
        outcomes: list[Outcome] = []
        while self._waiting:
            outcomes.append(self._result())
            self._waiting.pop(0)
            self._sent = max(self._sent - 1, 0)
        return outcomes

    def forget(self) -> None:
        """Give up a batch whose results nobody wants any more."""
        if self._waiting:
            self._waiting.clear()
            self.close()

    def close(self) -> None:
        """End the process; another is started where one is needed again."""
        process, self._process, self._sent = self._process, None, 0
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    pipe.close() if pipe else None

    def _result(self) -> Outcome:
        try:
            if not self._sent:
                self._send()
            assert self._answers is not None
            self._answers.until = time.monotonic() + self.seconds
            answer: Outcome = _Safe(self._buffer).load()
            return answer
        except TimeoutError:
            self.close()
            return "too_slow"
        except (ParserDied, EOFError, pickle.UnpicklingError):
            self.close()
            return None

    def _send(self) -> None:
        """Hand over all that waits. The process takes a whole batch before it answers, so neither blocks the other."""
        pipe = self._started().stdin
        assert pipe is not None
        try:
            pipe.write(json.dumps([len(self._waiting), *self._trusted]).encode() + b"\n")
            for raw in self._waiting:
                pipe.write(len(raw).to_bytes(LENGTH, "big"))
                pipe.write(raw)
            pipe.flush()
        except OSError:
            self.close()
            raise ParserDied from None
        self._sent = len(self._waiting)

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tipline.jobs.parsing"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=bare_environment(),
                start_new_session=True,  # Ctrl-C is for the command alone: it ends this one in order
            )
            self._answers = _Answers(self._process.stdout)
            self._buffer = io.BufferedReader(self._answers, BUFFER)
        return self._process


_own = threading.local()


def shared() -> Parser:
    """This thread's parser, started when it is first needed."""
    parser: Parser | None = getattr(_own, "parser", None)
    if parser is None:
        parser = _own.parser = Parser()
        atexit.register(parser.close)
    return parser


class _Safe(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        # A name with dots would lead from a class to whatever its functions know.
        if (module in SAFE and "." not in name) or (module, name) in SAFE_NAMES:
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no part of an Arrival")


class _Answers(io.RawIOBase):
    """The parser's pipe as a file that gives up at a certain time."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        assert pipe is not None
        self._number, self.until = pipe.fileno(), 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int:
        if not select.select([self._number], [], [], max(self.until - time.monotonic(), 0))[0]:
            raise TimeoutError
        part = os.readv(self._number, [room])
        if not part:
            raise ParserDied
        return part


def read(raw: bytes, trusted: Sequence[str]) -> Arrival | str:
    """A mail, or why it can't be read. How large it may be was decided before it was fetched."""
    try:
        return parse.arrival(raw, limits=replace(parse.LIMITS, size=max(parse.LIMITS.size, len(raw))), trusted=trusted)
    except UnreadableMessage as error:
        return error.reason
    except Exception:  # noqa: BLE001  whatever the bytes do to the parser, the next message is read
        return "crashed"


def main() -> None:
    """Answer batches until the worker is gone."""
    end_with_parent()
    give_memory_back()
    limit_memory(MEMORY)
    wanted, answers = sys.stdin.buffer, queue.SimpleQueue[bytes | None]()
    # A pipe holds little: reading goes on while the worker has no time to take the answers.
    writer = threading.Thread(target=_write, args=(answers, sys.stdout.buffer))
    writer.start()
    while head := wanted.readline():
        count, *trusted = json.loads(head)
        batch = [wanted.read(int.from_bytes(wanted.read(LENGTH), "big")) for _ in range(count)]
        batch.reverse()
        while batch:
            answers.put(pickle.dumps(read(batch.pop(), trusted), protocol=5))
    answers.put(None)
    writer.join()


def _write(answers: "queue.SimpleQueue[bytes | None]", pipe: IO[bytes]) -> None:
    with contextlib.suppress(BrokenPipeError):
        while (answer := answers.get()) is not None:
            pipe.write(answer)
            pipe.flush()


if __name__ == "__main__":
    main()
