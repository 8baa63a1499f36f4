"""Our own `tipline` command as a process of its own, ended by its own number only."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.servers import ports

COMMAND = Path(sys.executable).parent / "tipline"


class Tipline:
    """`with Tipline("run", "--config", str(path), port=8000) as server:` runs until the block ends.

    With a port it is ready when the port takes connections; without one (a worker), at once.
    """

    def __init__(
        self,
        *arguments: str,
        port: int | None = None,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        seconds: float = 60,
    ) -> None:
        self.arguments = arguments
        self.port = port
        self._environment = dict(environment or {})
        self._folder = folder
        self._seconds = seconds
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  __exit__ closes it
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [COMMAND, *self.arguments],
            cwd=self._folder,
            env=os.environ | self._environment,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C at the terminal is the test runner's
        )
        if self.port is not None and not ports.wait(self._process, self.port, self._seconds):
            status = self._process.poll()
            said = self.output
            self.__exit__()
            raise RuntimeError(f"tipline {' '.join(self.arguments)} did not come up (exit {status}):\n{said}")
        return self

    def __exit__(self, *_: object) -> None:
        if self.running:
            self.stop()
        self._log.close()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process, "enter the context first"
        return self._process

    @property
    def url(self) -> str:
        return f"http://{ports.LOOPBACK}:{self.port}"

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    @property
    def output(self) -> str:
        """All that it wrote so far, both streams."""
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), size, 0).decode(errors="replace")

    def stop(self, seconds: float = 40) -> int:
        """SIGTERM, then its exit code. One that does not end in time is killed, and that is an error."""
        self.process.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError(f"tipline did not end within {seconds} s of SIGTERM:\n{self.output}") from None

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        self.process.kill()
        self.process.wait(30)
