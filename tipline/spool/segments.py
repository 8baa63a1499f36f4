"""Segments: files that take in one sealed record behind the other. Those who wait at the same moment share one fsync,
and nobody makes a file of their own.

A record is `length of what is sealed (4 bytes, big endian) | name (32) | when it came (8, nanoseconds) | CRC-32 of all
that (4) | wrapped data key (60) | what is sealed`. It is taken out by zeros over its key, after which nobody can read
it; a segment goes when nothing is left in it. Each process writes into segments of its own, any process reads them,
takes records out and removes what is empty: a lock (flock) keeps a segment from going while somebody writes into it.
"""

import fcntl
import os
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from tipline.errors import Refused
from tipline.sealing import WRAPPED, new_id
from tipline.storage import PART, check_room, make_folder, sync_folder, write_all

SEGMENT, DAMAGED = ".segment", ".damaged"
HEAD = struct.Struct(">I32sQ")
CHECK = struct.Struct(">I")
START = HEAD.size + CHECK.size  # bytes of a record before its key
FULL = 16 * 1024 * 1024  # bytes after which another segment is begun
TAKEN_OUT = bytes(WRAPPED)


@dataclass(frozen=True, slots=True)
class Record:
    """Where something lies. `name` is 64 hex digits, `at` the place of its key, `size` in bytes from there to its end,
    `came_at` in seconds."""

    name: str
    path: Path
    at: int
    size: int
    came_at: float


@dataclass(slots=True)
class _Batch:
    """Records that are written with one fsync."""

    records: list[bytes] = field(default_factory=list)
    written: bool = False
    error: Refused | OSError | None = None


@dataclass(slots=True)
class _Known:
    """What this process has seen of a segment: its records up to a byte."""

    until: int = 0
    records: dict[str, list[Record]] = field(default_factory=dict)


@lru_cache(maxsize=100)
def segments_in(folder: Path) -> "Segments":
    """Those of a folder, the same for all of this process: what is put into them at once is written at once."""
    return Segments(folder)


class Segments:
    """All segments of a folder, and the one that this process writes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._batch, self._gathering, self._writing = _Batch(), threading.Lock(), threading.Lock()
        self._own: tuple[Path, int] | None = None  # and its file descriptor
        self._known: dict[Path, _Known] = {}
        self._looking = threading.Lock()

    def put(self, name: str, wrapped: bytes, sealed: bytes) -> None:
        """Keep a record durably. Refused or OSError where the disk does not take it."""
        head = HEAD.pack(len(sealed), bytes.fromhex(name), time.time_ns())
        with self._gathering:
            batch = self._batch
            batch.records.append(head + CHECK.pack(zlib.crc32(head)) + wrapped + sealed)
        with self._writing:
            if not batch.written:  # nobody wrote it, while this waited for the one before
                self._write(batch)
        if batch.error is not None:
            raise batch.error

    def records(self) -> list[Record]:
        """All that lies here, oldest first."""
        with self._looking:
            self._look()
            found = [one for known in self._known.values() for records in known.records.values() for one in records]
        return sorted(found, key=lambda record: (record.came_at, record.at))

    def find(self, name: str) -> list[Record]:
        """What lies here under a name: mostly one, and more where it was sent more than once."""
        with self._looking:
            self._look()
            return [record for known in self._known.values() for record in known.records.get(name, ())]

    def read(self, record: Record) -> tuple[bytes, bytes]:
        """The wrapped key of a record, and what is sealed. FileNotFoundError where it was taken out."""
        with record.path.open("rb") as file:
            content = os.pread(file.fileno(), record.size, record.at)
        if content.startswith(TAKEN_OUT):
            self._forget(record)
            raise FileNotFoundError(record.name)
        return content[:WRAPPED], content[WRAPPED:]

    def has(self, record: Record) -> bool:
        """Whether nobody took it out."""
        try:
            return bool(self.read(record))
        except FileNotFoundError:
            return False

    def take_out(self, record: Record) -> None:
        """Make a record unreadable, after `settle` for good. Quiet where it is gone."""
        with suppress(FileNotFoundError), record.path.open("r+b", buffering=0) as file:
            os.pwrite(file.fileno(), TAKEN_OUT, record.at)
        self._forget(record)

    def settle(self) -> None:
        """Let no power cut bring back what was taken out until now, by whomever."""
        for path in self._paths():
            with suppress(FileNotFoundError), path.open("rb") as file:
                os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            sync_folder(self._folder)

    def tidy(self) -> None:
        """Remove the segments with nothing left in them. What was half written at a power cut waits as a file that was
        never finished: nobody was told that we have it. What can't be told from a record stays, as damaged."""
        with self._looking:
            self._look()
            for path, known in list(self._known.items()):
                if known.records:
                    continue
                with suppress(FileNotFoundError, BlockingIOError), _locked(path) as fd:
                    self._read_on(path, known)
                    if not known.records:
                        _put_away(path, fd, known.until)
                        del self._known[path]

    def _write(self, batch: _Batch) -> None:
        with self._gathering:
            self._batch = _Batch()
        content = b"".join(batch.records)
        try:
            make_folder(self._folder)
            check_room(self._folder, len(content))
            self._append(content)
        except Refused as error:
            batch.error = error
        except OSError as error:
            batch.error = error
            self._leave()  # behind half a record nothing would be found
        batch.written = True

    def _append(self, content: bytes) -> None:
        fd = self._lock_own()
        try:
            fresh = not os.fstat(fd).st_size
            write_all(fd, content)
            os.fsync(fd)
            if fresh:
                sync_folder(self._folder)
        finally:
            fcntl.flock(fd, fcntl.LOCK_UN)

    def _lock_own(self) -> int:
        """The segment that this process writes: another one where that is full, or was removed."""
        while True:
            path, fd = self._own = self._own or self._begin()
            fcntl.flock(fd, fcntl.LOCK_EX)
            own = os.fstat(fd)
            with suppress(FileNotFoundError):
                if os.path.samestat(own, path.stat()) and own.st_size < FULL:
                    return fd
            self._leave()

    def _begin(self) -> tuple[Path, int]:
        path = self._folder / f"{new_id():016x}{SEGMENT}"
        return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)

    def _leave(self) -> None:
        if self._own is not None:
            os.close(self._own[1])
            self._own = None

    def _look(self) -> None:
        """Read what was added since the last look."""
        paths = self._paths()
        for gone in self._known.keys() - paths:
            del self._known[gone]
        for path in paths:
            with suppress(FileNotFoundError):
                self._read_on(path, self._known.setdefault(path, _Known()))

    def _paths(self) -> set[Path]:
        try:
            return {Path(entry.path) for entry in os.scandir(self._folder) if entry.name.endswith(SEGMENT)}
        except FileNotFoundError:  # no folder yet
            return set()

    def _read_on(self, path: Path, known: _Known) -> None:
        if path.stat().st_size == known.until:
            return
        with path.open("rb") as file:
            for record in _records(path, file.fileno(), known.until):
                known.until = record.at + record.size
                if os.pread(file.fileno(), WRAPPED, record.at) != TAKEN_OUT:
                    known.records.setdefault(record.name, []).append(record)

    def _forget(self, record: Record) -> None:
        with self._looking:
            known = self._known.get(record.path)
            left = [one for one in known.records.pop(record.name, ()) if one != record] if known else []
            if known and left:
                known.records[record.name] = left


def _records(path: Path, fd: int, at: int) -> Iterator[Record]:
    """The records of a segment from a byte on, as far as they are whole."""
    end = os.fstat(fd).st_size
    while (head := _head(fd, at)) is not None:
        size, name, came = head
        record = Record(name.hex(), path, at + START, WRAPPED + size, came / 1e9)
        at = record.at + record.size
        if at > end:
            return
        yield record


def _head(fd: int, at: int) -> tuple[int, bytes, int] | None:
    """What stands before a key; None where that is not there, or is none."""
    head = os.pread(fd, START, at)
    if len(head) < START or CHECK.unpack(head[HEAD.size :]) != (zlib.crc32(head[: HEAD.size]),):
        return None
    size, name, came = HEAD.unpack(head[: HEAD.size])
    return size, name, came


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """A segment that nobody writes into meanwhile. BlockingIOError where somebody does now."""
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield file.fileno()


def _put_away(path: Path, fd: int, until: int) -> None:
    """Remove a segment without records, which were read until a byte; what follows them is put aside."""
    rest = os.pread(fd, START, until)
    if not rest:
        path.unlink()
    elif len(rest) < START or not any(rest) or _head(fd, until) is not None:  # cut, or never written
        path.rename(path.with_name(f".{path.name}{PART}"))
    else:
        path.rename(path.with_name(f"{path.name}{DAMAGED}"))
