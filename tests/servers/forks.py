"""Processes of the program that begin at once: each is forked from one that has imported everything before.

Starting Python and importing the program costs two seconds of processor time, and the tests start some hundred
processes. A forked one has its own memory, threads, sockets and signals, and dies alone, as any other; what it does
without is `exec`. What the command itself does when it starts is tested with `processes.Tipline`.
"""

import multiprocessing
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.servers.imported"])


class Fork:
    """A function of a module that runs in a process and a session of its own; as much of `subprocess.Popen` as tests
    need. What it writes goes to the end of the file `log`.
    """

    def __init__(self, main: Callable[..., object], *given: Any, log: Path | None = None, **named: Any) -> None:
        self._process = _context.Process(target=_run, args=(dict(os.environ), log, main, given, named))
        self._process.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wait()

    @property
    def pid(self) -> int:
        assert self._process.pid
        return self._process.pid

    def poll(self) -> int | None:
        """The exit code, minus the signal where one ended it; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if (code := self.poll()) is None:
            raise subprocess.TimeoutExpired(str(self._process), timeout or 0)
        return code

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


def _run(
    environment: dict[str, str],
    log: Path | None,
    main: Callable[..., object],
    given: tuple[Any, ...],
    named: dict[str, Any],
) -> None:
    os.environ.clear()  # those of the test now, not of the server when it began
    os.environ.update(environment)
    os.setsid()  # Ctrl-C at the terminal is the test runner's
    if log:
        with log.open("ab") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
    main(*given, **named)
