"""The body of one request while it arrives: a little in memory, the rest sealed in a nameless file.

The key is drawn for the body and lives in memory only. Encryption and the disk run in a thread of their own, so that
the event loop never waits for them.
"""

import asyncio
import io
import secrets
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass

from tipline.sealing import KEY_BYTES, OpenKey
from tipline.sealing.chunks import Plain, Readable, Sealer, unseal_file
from tipline.storage import LocalFiles, Nameless

IN_MEMORY = 256 * 1024  # bytes of one body
ALL_IN_MEMORY = 16 * 1024 * 1024  # bytes of all bodies; beyond that each keeps only LITTLE
LITTLE = 16 * 1024
PLACE = "body:0:content"


@dataclass(slots=True)
class BufferedBytes:
    """How many bytes all bodies hold in memory, and have come in all."""

    in_memory: int = 0
    in_all: int = 0

    @property
    def allowance(self) -> int:
        return IN_MEMORY if self.in_memory < ALL_IN_MEMORY else LITTLE


class _File:
    """The part of a body that is on the disk. Used by one thread at a time."""

    def __init__(self, store: LocalFiles) -> None:
        self._key = OpenKey(0, secrets.token_bytes(KEY_BYTES))
        self._sealer = Sealer(self._key, PLACE)
        self._file: Nameless = store.nameless()
        self._file.write((self._sealer.head,))

    def add(self, piece: bytes) -> None:
        self._file.write(self._sealer.add(piece))

    def end(self) -> Readable:
        self._file.write((self._sealer.end(),))
        return unseal_file(self._file.open, lambda _: self._key, PLACE)


class RequestBody:
    """What came of a body so far."""

    def __init__(self, store: LocalFiles, held: BufferedBytes, disk: Executor) -> None:
        self._store, self._held, self._disk = store, held, disk
        self._waiting = bytearray()
        self._file: _File | None = None
        self.size = 0

    @property
    def is_large(self) -> bool:
        return self._file is not None

    async def add(self, piece: bytes) -> None:
        """Refused or OSError where the disk does not take it."""
        self._waiting += piece
        self.size += len(piece)
        self._held.in_memory += len(piece)
        self._held.in_all += len(piece)
        if len(self._waiting) > self._held.allowance:
            await self._put_away()

    async def _put_away(self) -> None:
        piece = bytes(self._waiting)
        self._waiting.clear()
        try:
            await asyncio.get_running_loop().run_in_executor(self._disk, self._write, piece)
        finally:
            self._held.in_memory -= len(piece)

    def _write(self, piece: bytes) -> None:
        if self._file is None:
            self._file = _File(self._store)
        self._file.add(piece)

    async def end(self) -> Readable:
        """All that came. Refused or OSError where the disk does not take the rest."""
        if self._file is None:
            return Plain(bytes(self._waiting))
        await self._put_away()
        return await asyncio.get_running_loop().run_in_executor(self._disk, self._file.end)

    def close(self) -> None:
        """Count it no more; the file goes with the last who reads it."""
        self._held.in_memory -= len(self._waiting)
        self._held.in_all -= self.size
        self._waiting.clear()
        self._file = None


class BodyStream(io.RawIOBase):
    """A body as WSGI reads it. One that was cut ends before the length it was announced with."""

    def __init__(self, content: Readable) -> None:
        self._pieces: Iterator[bytes] = content.pieces()
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, into: "bytearray | memoryview") -> int:  # type: ignore[override]
        if not self._left:
            self._left = memoryview(next(self._pieces, b""))
        many = min(len(into), len(self._left))
        into[:many] = self._left[:many]
        self._left = self._left[many:]
        return many
