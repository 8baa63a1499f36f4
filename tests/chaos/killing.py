"""The two pieces of `tipline run` under somebody who kills them at random moments and starts them again."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers import ports

MODULE = [sys.executable, "-m", "tests.chaos.piece"]
SOON = 1.5  # seconds after it is up: most kills come in the middle of work
EARLY = 0.15  # of the kills come while it starts


class Nursery:
    """A process that has imported everything and forks pieces (see tests.chaos.piece)."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(MODULE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._process.terminate()
        self._process.communicate(timeout=30)

    def start(self, log: Path, arguments: list[str]) -> int:
        """The process number of a new piece."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps([str(log), *arguments]) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@dataclass
class Piece:
    """The web process or the worker."""

    name: str
    config: Path
    port: int
    nursery: Nursery
    number: int = 0
    said: int = 0  # bytes of the log before this start
    last: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.config.with_name(f"{self.name}.log")

    @property
    def arguments(self) -> list[str]:
        return ["--config", str(self.config), self.name]

    def start(self) -> None:
        self._mark()
        self.number = self.nursery.start(self.log, self.arguments)

    def start_for_good(self) -> None:
        """By the command itself, whose exit code counts."""
        self._mark()
        with self.log.open("ab") as log:
            self.last = subprocess.Popen(
                [*MODULE, *self.arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self.number = self.last.pid

    def _mark(self) -> None:
        self.said = self.log.stat().st_size if self.log.exists() else 0

    def wait(self, seconds: float = 120) -> None:
        """Until it is up."""
        deadline = time.monotonic() + seconds
        while not self._up():
            if time.monotonic() > deadline or not self._alive():
                raise RuntimeError(f"{self.name} did not come up:\n{self.log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.02)

    def _alive(self) -> bool:
        return _alive(self.number) and (self.last is None or self.last.poll() is None)

    def _up(self) -> bool:
        if self.name == "worker":
            return b"worker started" in self.log.read_bytes()[self.said :]
        with suppress(OSError):
            socket.create_connection((ports.LOOPBACK, self.port), timeout=1).close()
            return True
        return False

    def kill(self) -> None:
        """SIGKILL, to the piece and its children."""
        if self.number:
            for kill in (os.killpg, os.kill):  # a piece just forked has no session of its own yet
                with suppress(ProcessLookupError):
                    kill(self.number, signal.SIGKILL)
            if self.last is not None:
                self.last.wait(30)
            deadline = time.monotonic() + 30
            while _alive(self.number) and time.monotonic() < deadline:
                time.sleep(0.005)

    def end(self) -> int:
        """SIGTERM; its exit code."""
        assert self.last is not None
        self.last.terminate()
        return self.last.wait(60)


def _alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def kill_one(pieces: list[Piece], choice: random.Random) -> None:
    """Kill one or the other, mostly while it works, and start it again."""
    piece = choice.choice(pieces)
    if choice.random() >= EARLY:
        piece.wait()
    time.sleep(choice.uniform(0, SOON))
    piece.kill()
    piece.start()
