"""Files sealed in chunks: written while they arrive, read from any place in them, never whole in memory.

A sealed file is `version 2 (1 byte) | data key id (8, big endian) | salt (16) | chunks`, each chunk 64 KB under
AES-256-GCM and its tag, the last one shorter. Each file has a key of its own, made from the data key and the salt
(keyed BLAKE2b, RFC 7693). A chunk's nonce is its number and whether it is the last one (the STREAM construction of
Hoang, Reyhanitabar, Rogaway and Vizár, 2015), its associated data is the place: chunks that were cut off, swapped or
moved do not open. Values sealed whole (version 1, `sealing.seal`) open as well.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tipline.errors import SealBroken
from tipline.sealing import CHUNKED, HEAD, NONCE, OpenKey, sealed_by, unseal

CHUNK = 64 * 1024  # bytes of plain content
TAG = 16
SALT = 16
START = HEAD + SALT  # where the first chunk begins


class Readable(Protocol):
    """Content that is read piece by piece. `size` in bytes."""

    @property
    def size(self) -> int: ...

    def pieces(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to `end`, in pieces. SealBroken where they do not open."""
        ...


@dataclass(frozen=True, slots=True)
class Plain:
    """Content that is in memory: small, or sealed whole by an earlier version."""

    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    def pieces(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        if part := self.content[start:end]:
            yield part


@dataclass(frozen=True, slots=True)
class Chunked:
    """Content of a file sealed by `seal_pieces`. The file is opened anew for each reading."""

    key: OpenKey
    place: str
    open: Callable[[], BinaryIO]
    salt: bytes
    first: int  # where in the file the first chunk begins
    sealed_size: int  # of all chunks

    @property
    def _last(self) -> int:
        return max(self.sealed_size - 1, 0) // (CHUNK + TAG)

    @property
    def size(self) -> int:
        return self.sealed_size - (self._last + 1) * TAG

    def pieces(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        end = self.size if end is None else min(end, self.size)
        cipher = _cipher(self.key, self.salt)
        with self.open() as file:
            for number in range(start // CHUNK, self._last + 1):
                begins = number * CHUNK
                if begins >= end and self.size:
                    return
                sealed = os.pread(file.fileno(), CHUNK + TAG, self.first + number * (CHUNK + TAG))
                plain = _open(cipher, number, number == self._last, sealed, self.place)
                if part := plain[max(start - begins, 0) : end - begins]:
                    yield part


@dataclass(frozen=True, slots=True)
class Rest:
    """Content without its first bytes."""

    whole: Readable
    skipped: int

    @property
    def size(self) -> int:
        return self.whole.size - self.skipped

    def pieces(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        return self.whole.pieces(self.skipped + start, None if end is None else self.skipped + end)


def seal_pieces(key: OpenKey, pieces: Iterable[bytes], place: str) -> Iterator[bytes]:
    """Seal content for one place, written `table:row:column`, as it comes."""
    sealer = Sealer(key, place)
    yield sealer.head
    for piece in pieces:
        yield from sealer.add(piece)
    yield sealer.end()


class Sealer:
    """The same for content that is handed over piece by piece: `head`, what `add` yields, and then `end`."""

    def __init__(self, key: OpenKey, place: str) -> None:
        salt = os.urandom(SALT)
        self.head = CHUNKED + key.id.to_bytes(8, "big") + salt
        self._cipher, self._place = _cipher(key, salt), place.encode()
        self._number, self._waiting = 0, bytearray()

    def add(self, piece: bytes) -> Iterator[bytes]:
        self._waiting += piece
        while len(self._waiting) > CHUNK:  # a full one waits until it is known whether another follows
            yield self._cipher.encrypt(_nonce(self._number, False), bytes(self._waiting[:CHUNK]), self._place)
            del self._waiting[:CHUNK]
            self._number += 1

    def end(self) -> bytes:
        return self._cipher.encrypt(_nonce(self._number, True), bytes(self._waiting), self._place)


def unseal_file(file: Callable[[], BinaryIO], key_of: Callable[[int], OpenKey], place: str, at: int = 0) -> Readable:
    """What was sealed into a file, chunked or whole; it begins at byte `at`.

    SealBroken where it is no sealed value; chunks that do not open show when they are read.
    """
    with file() as opened:
        length = os.fstat(opened.fileno()).st_size - at
        head = os.pread(opened.fileno(), START + TAG, at)
        key = key_of(sealed_by(head))
        if head[:1] != CHUNKED:
            opened.seek(at)
            return Plain(unseal(key, opened.read(), place))
    # An empty chunk is the last of an empty file alone.
    if length - START != TAG and not ((length - START - 1) % (CHUNK + TAG)) + 1 > TAG:
        raise SealBroken(f"a file at {place} was cut")
    return Chunked(key, place, file, head[HEAD:START], at + START, length - START)


def digest(content: Readable) -> bytes:
    """64 bytes that tell two contents apart."""
    mark = hashlib.blake2b()
    for piece in content.pieces():
        mark.update(piece)
    return mark.digest()


def _cipher(key: OpenKey, salt: bytes) -> AESGCM:
    return AESGCM(hashlib.blake2b(salt, key=key.secret, digest_size=32, person=b"tipline-chunks").digest())


def _nonce(number: int, last: bool) -> bytes:
    return (number << 8 | last).to_bytes(NONCE, "big")


def _open(cipher: AESGCM, number: int, last: bool, sealed: bytes, place: str) -> bytes:
    try:
        return cipher.decrypt(_nonce(number, last), sealed, place.encode())
    except (InvalidTag, ValueError):
        raise SealBroken(f"a file at {place} does not open: the key is wrong, or its bytes were moved or cut") from None
