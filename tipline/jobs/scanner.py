"""Sends what readers sent through ClamAV's daemon, piece by piece, after it was filed: scanning never costs a tip."""

import contextlib
import re
import socket
import time
from dataclasses import dataclass
from typing import Self

from tipline.core.files import scans
from tipline.db import Database
from tipline.errors import NotVisible, SealBroken
from tipline.models import Scan
from tipline.sealing.chunks import Readable

SECONDS = 60.0  # that the daemon may be silent; it unpacks archives
BATCH = 20  # files
TURN_SECONDS = 5.0  # then mailboxes and outbox have their turn
LENGTH = 4
MAX_ANSWER_BYTES = 4096  # bytes of an answer
SAID = re.compile(r"stream: (?P<found>.+) FOUND")


class ScannerAway(Exception):
    """The daemon does not answer. `reason`: connect, silent."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class HungUp(ScannerAway):
    """The daemon takes no more of what it is sent."""


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What was said of one file; `found` is the scanner's name for it."""

    scan: Scan
    found: str = ""


@dataclass(frozen=True, slots=True)
class Clamd:
    """clamd(8) at a socket's path or HOST:PORT. One connection for each question, as it wants them."""

    address: str

    def version(self) -> str:
        """What it is and how old its signatures are: "ClamAV 1.4.3/27800/Mon Nov 24 …". ScannerAway without answer."""
        with self._connected() as line:
            line.sendall(b"zVERSION\0")
            return _answer(line)

    def scan(self, content: Readable) -> ScanResult:
        """Send content through it. ScannerAway where it is not there, or ended meanwhile; errors of `content`."""
        said = ""
        with self._connected() as line:
            with contextlib.suppress(HungUp):  # it took enough, and may have said why
                line.sendall(b"zINSTREAM\0")
                for piece in content.pieces():
                    line.sendall(len(piece).to_bytes(LENGTH, "big") + piece)
                line.sendall(bytes(LENGTH))
            with contextlib.suppress(ScannerAway):
                said = _answer(line)
        if said == "stream: OK":
            return ScanResult(Scan.CLEAN)
        if found := SAID.fullmatch(said):
            return ScanResult(Scan.INFECTED, found["found"])
        if not said:
            self.version()  # it is there: then it is this file
        return ScanResult(Scan.FAILED)

    def _connected(self) -> "_Line":
        return _Line(self.address)


class _Line(socket.socket):
    """A connection whose troubles are the daemon's."""

    def __init__(self, address: str) -> None:
        path = address.startswith("/")
        host, _, port = address.rpartition(":")
        where = address if path else (host.strip("[]"), int(port))
        family = socket.AF_UNIX if path else socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__(family, socket.SOCK_STREAM)
        self.settimeout(SECONDS)
        try:
            self.connect(where)
        except OSError:
            self.close()
            raise ScannerAway("connect") from None

    def __enter__(self) -> Self:
        return self

    def sendall(self, data: bytes, flags: int = 0) -> None:  # type: ignore[override]
        try:
            super().sendall(data, flags)
        except (BrokenPipeError, ConnectionResetError):
            raise HungUp("silent") from None
        except OSError:
            raise ScannerAway("silent") from None


def _answer(line: socket.socket) -> str:
    came = b""
    try:
        while not came.endswith(b"\0") and len(came) < MAX_ANSWER_BYTES and (part := line.recv(MAX_ANSWER_BYTES)):
            came += part
    except OSError:
        raise ScannerAway("silent") from None
    if not came:
        raise ScannerAway("silent")
    return came.rstrip(b"\0").decode("utf-8", "replace").strip()


@dataclass
class Scanning:
    """A job of the worker: scan what is due."""

    database: Database
    clamd: Clamd
    _after: int = 0

    def run(self) -> bool:
        """Scan some files; True where more are due. ScannerAway where the daemon does not answer: they wait."""
        with self.database.reading() as session:
            due = scans.due(session, self._after, BATCH)
        until = time.monotonic() + TURN_SECONDS
        for file_id in due:
            self._scan(file_id)
            if time.monotonic() > until:
                break
        if not due:
            self._after = max(self._after, scans.recent())
        return bool(due)

    def _scan(self, file_id: int) -> None:
        try:
            with self.database.reading() as session:
                content = scans.content(session, file_id)
            if content is None:
                return
            verdict = self.clamd.scan(content)
        except (SealBroken, OSError, NotVisible):  # its bytes are gone or damaged, or the disk does not give them
            verdict = ScanResult(Scan.FAILED)
        with self.database.writing() as session:
            scans.record(session, file_id, verdict.scan, verdict.found)
            session.commit()
