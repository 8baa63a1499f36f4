"""`tipline run`: one parent, two children (web and worker), started, watched and ended together.

Each child is this same program with another command, in a session of its own, so that Ctrl-C reaches the parent
alone and the parent ends both in order.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import NoReturn

from tipline.child_process import PARENT

log = logging.getLogger("tipline.run")

CHILDREN = ("web", "worker")
PREPARED = "TIPLINE_PREPARED"  # the number of the process that made the database ready: this one, or its parent
STOP_SECONDS = 30.0  # what running requests and one mail get to end; then they are killed
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
STEADY_SECONDS = 60.0  # a child that lived so long starts again without a pause of more than the first


@dataclass
class Child:
    """One child: how it is started, and how its restarts are spaced."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    pause: float = FIRST_PAUSE

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command, env=dict(self.environment), stdin=subprocess.DEVNULL, start_new_session=True
        )
        self.started_at = time.monotonic()

    def look(self) -> None:
        """Start it where it is due; note its end, and when it may start again."""
        if self.running:
            return
        at = time.monotonic()
        if self.process is not None:
            if at - self.started_at >= STEADY_SECONDS:
                self.pause = FIRST_PAUSE
            log.warning("%s ended (exit %s); it starts again in %.0f s", self.name, self.process.returncode, self.pause)
            self.process, self.start_again_at = None, at + self.pause
            self.pause = min(self.pause * 2, LONGEST_PAUSE)
        if at >= self.start_again_at:
            self.start()

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.running:
            self.process.send_signal(number)


@dataclass
class Family:
    """The parent's view: both children, and whether somebody asked for the end."""

    children: list[Child]
    is_up: Callable[[], bool] = lambda: False
    once_up: Callable[[], None] = lambda: None
    ending: threading.Event = field(default_factory=threading.Event)

    def live(self) -> int:
        """Watch the children until SIGTERM or SIGINT, then end them. 0 where all ended in time, else 1."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        up = False
        try:
            while not self.ending.wait(0.2):
                for child in self.children:
                    child.look()
                if not up and (up := self.is_up()):
                    self.once_up()
        finally:
            late = self.end()
        return 1 if late else 0

    def end(self, seconds: float = STOP_SECONDS) -> list[str]:
        """SIGTERM to all, a while to finish, SIGKILL to the rest; the names of those that had to be killed."""
        for child in self.children:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + seconds
        while any(child.running for child in self.children) and time.monotonic() < deadline:
            time.sleep(0.05)
        late = [child for child in self.children if child.running]
        for child in late:
            log.error("%s did not end within %.0f s and was killed", child.name, seconds)
            child.signal(signal.SIGKILL)
        for child in self.children:
            if child.process is not None:
                child.process.wait()
        return [child.name for child in late]

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.ending.set()


def run(
    config: Path | None,
    is_up: Callable[[], bool],
    once_up: Callable[[], None],
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Serve pages and run the worker until SIGTERM or Ctrl-C; the exit code. `once_up` is called when pages come."""
    told = {**environment, PARENT: str(os.getpid())}
    children = [Child(name, _command(config, name), told) for name in CHILDREN]
    return Family(children, is_up, once_up).live()


def _command(config: Path | None, name: str) -> list[str]:
    where = ["--config", str(config)] if config else []
    return [sys.executable, "-m", "tipline.cli", *where, name]


def is_prepared(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this process, or the one that started it, has made the database ready before."""
    return environment.get(PREPARED) in (str(os.getpid()), str(os.getppid()))


def begin_anew(config: Path | None, name: str) -> NoReturn:
    """This command anew, in this process: what making the database ready took (migrations, the whole of core) does not
    stay in one that only watches others. And children, however often they start again, need no database to begin."""
    command = _command(config, name)
    os.execve(command[0], command, {**os.environ, PREPARED: str(os.getpid())})
