"""Debian's clamd on loopback, over a socket in a folder of its own, with one signature of our own and no other."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from tests.servers.missing import NotInstalled

# The industry's harmless test file, in two parts: this file itself should alarm nobody's scanner.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}" + b"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
FOUND = "Eicar-Test.UNOFFICIAL"  # clamd marks signatures that are not its makers'
LARGEST_MB = 30
CONFIG = """\
DatabaseDirectory {base}/signatures
LocalSocket {base}/socket
LocalSocketMode 600
TemporaryDirectory {base}
LogFile {base}/log
Foreground yes
StreamMaxLength {largest}M
MaxScanSize {largest}M
MaxFileSize {largest}M
{user}
"""


def binary() -> Path | None:
    """Where clamd is, None where it is not installed (Debian: clamav-daemon)."""
    found = shutil.which("clamd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    return Path(found) if found else None


class Clamav:
    """`with Clamav() as clamav:` runs one; `address` is what a setting names."""

    def __init__(self, largest_mb: int = LARGEST_MB) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="clamav-")  # short: a socket lies in it
        self._largest = largest_mb
        self._process: subprocess.Popen[bytes] | None = None
        self.base = Path(self._folder.name)
        (self.base / "signatures").mkdir()
        # NAME:TARGET (0: any file):OFFSET (0: at its beginning):BYTES
        (self.base / "signatures" / "test.ndb").write_text(f"Eicar-Test:0:0:{EICAR.hex()}\n")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._folder.cleanup()

    @property
    def address(self) -> str:
        return str(self.base / "socket")

    def start(self, seconds: float = 60) -> None:
        """Start, or start again after `stop`."""
        program = binary()
        if not program:
            raise NotInstalled("clamd")
        config = self.base / "clamd.conf"
        user = "User root" if os.geteuid() == 0 else ""  # else it changes to a user who can't enter the folder
        config.write_text(CONFIG.format(base=self.base, largest=self._largest, user=user))
        self._process = subprocess.Popen(
            [program, "--config-file", config], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket(socket.AF_UNIX) as trial:
                try:
                    trial.connect(self.address)
                except OSError:
                    time.sleep(0.05)
                else:
                    return
        self.stop()
        raise RuntimeError(f"clamd did not start:\n{(self.base / 'log').read_text(errors='replace')}")

    def stop(self) -> None:
        process, self._process = self._process, None
        if process:
            process.terminate()
            process.wait(30)
        Path(self.address).unlink(missing_ok=True)
