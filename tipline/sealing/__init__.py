"""Sealing: AES-256-GCM under data keys that a master key outside the database wraps, and keyed hashes.

A sealed value is `version (1 byte) | data key id (8 bytes, big endian) | nonce (12) | ciphertext and tag`. Its
associated data names table, row and column, so that a value moved to another place does not open (NIST SP 800-38D).
Looking up an address goes by `lookup_hash`, a keyed BLAKE2b (RFC 7693): the same address gives the same hash
only for who holds the master key.
"""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tipline.errors import SealBroken, SettingsError

VERSION = b"\x01"
CHUNKED = b"\x02"  # a file sealed in chunks (chunks.py)
HEAD = 9
NONCE = 12
KEY_BYTES = 32
WRAPPED = NONCE + KEY_BYTES + 16  # bytes of a wrapped data key
MAC_BYTES = 16  # of a signature; checked, since a shorter one is easier to guess


@dataclass(frozen=True, slots=True)
class OpenKey:
    """A data key that is ready to use: its row's id and its 32 bytes."""

    id: int
    secret: bytes


def seal(key: OpenKey, plain: bytes, place: str) -> bytes:
    """Seal `plain` for one place, written `table:row:column`."""
    nonce = os.urandom(NONCE)
    return VERSION + key.id.to_bytes(8, "big") + nonce + AESGCM(key.secret).encrypt(nonce, plain, place.encode())


def sealed_by(sealed: bytes) -> int:
    """The id of the data key that a sealed value needs. SealBroken where it is no sealed value."""
    if len(sealed) < HEAD + NONCE + 16 or sealed[:1] not in (VERSION, CHUNKED):
        raise SealBroken("this is not a sealed value of a version that this tipline knows")
    return int.from_bytes(sealed[1:HEAD], "big")


def unseal(key: OpenKey, sealed: bytes, place: str) -> bytes:
    """Open a value sealed by `seal`. SealBroken where key, bytes or place differ."""
    if sealed_by(sealed) != key.id or sealed[:1] != VERSION:
        raise SealBroken(f"a value at {place} is sealed by another key, or in another way")
    nonce, body = sealed[HEAD : HEAD + NONCE], sealed[HEAD + NONCE :]
    try:
        return AESGCM(key.secret).decrypt(nonce, body, place.encode())
    except InvalidTag:
        raise SealBroken(f"a value at {place} does not open: the key is wrong, or its bytes were moved") from None


class Master:
    """The master key: wraps data keys, and makes the keyed hashes and signatures of every purpose."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise SettingsError("secrets.key_file: the key must be 32 bytes in base64; make one with `tipline init`")
        self._wrapping = AESGCM(self._derive(secret, b"wrap"))
        self._hashing = self._derive(secret, b"hash")
        self._signing = self._derive(secret, b"sign")
        self._indexing = self._derive(secret, b"index")
        self.id = hashlib.blake2b(secret, digest_size=8, person=b"tipline-id").hexdigest()

    @staticmethod
    def _derive(secret: bytes, purpose: bytes) -> bytes:
        return hashlib.blake2b(key=secret, digest_size=KEY_BYTES, person=b"tipline-" + purpose).digest()

    def new_key(self, key_id: int) -> tuple[OpenKey, bytes]:
        """A fresh data key and its wrapped form, which is what the database keeps."""
        key = OpenKey(key_id, secrets.token_bytes(KEY_BYTES))
        nonce = os.urandom(NONCE)
        return key, nonce + self._wrapping.encrypt(nonce, key.secret, f"data_key:{key_id}:wrapped".encode())

    def unwrap(self, key_id: int, wrapped: bytes) -> OpenKey:
        """The data key of a row. SealBroken where it was wrapped by another master key."""
        try:
            secret = self._wrapping.decrypt(wrapped[:NONCE], wrapped[NONCE:], f"data_key:{key_id}:wrapped".encode())
        except InvalidTag:
            raise SealBroken(
                f"data key {key_id} was wrapped by another master key: put the right key file back"
            ) from None
        return OpenKey(key_id, secret)

    def lookup_hash(self, kind: str, value: str | bytes) -> str:
        """A keyed hash (64 hex digits) for exact look-up, apart for each kind ("email", "raw", "code" …)."""
        data = value.encode() if isinstance(value, str) else value
        return hashlib.blake2b(
            data, key=self._hashing, digest_size=32, person=kind.encode()[:16].ljust(16, b"\0")
        ).hexdigest()

    def index_token(self, kind: str, word: str) -> str:
        """A word of a sealed text as the search index holds it: 12 hex digits, apart for each kind."""
        person = kind.encode()[:16].ljust(16, b"\0")
        return hashlib.blake2b(word.encode(), key=self._indexing, digest_size=6, person=person).hexdigest()

    def mac(self, purpose: str, value: str, *, size: int = 16) -> bytes:
        """A keyed code of `size` bytes over `value`, apart for each purpose (at most 16 ASCII characters)."""
        return hashlib.blake2b(
            value.encode(), key=self._signing, digest_size=size, person=purpose.encode()[:16].ljust(16, b"\0")
        ).digest()

    def mac_is(self, purpose: str, value: str, code: bytes) -> bool:
        """Whether `code` is the code of `value`, in constant time."""
        return hmac.compare_digest(self.mac(purpose, value, size=max(len(code), 1)), code)

    def signed(self, purpose: str, said: str) -> str:
        """What is said, with its code behind it, for an address or a form: `opened` gives it back."""
        return f"{said}~{base64.urlsafe_b64encode(self.mac(purpose, said, size=MAC_BYTES)).decode().rstrip('=')}"

    def opened(self, purpose: str, signed: str) -> str | None:
        """What was signed for a purpose; None where it was not signed here, or for another."""
        said, _, code = signed.rpartition("~")
        try:
            given = base64.urlsafe_b64decode(code + "==")
        except (binascii.Error, ValueError):
            return None
        return said if len(given) == MAC_BYTES and self.mac_is(purpose, said, given) else None

    def signing_secret(self, purpose: str) -> bytes:
        """A secret for itsdangerous and Flask, apart for each purpose."""
        return hashlib.blake2b(key=self._signing, digest_size=KEY_BYTES, person=purpose.encode()[:16]).digest()


_last_id = 0
_id_lock = threading.Lock()


def new_id() -> int:
    """A 63-bit id that grows with time (42 bits of milliseconds, 21 random): known before the row is written.

    In one process each is larger than the one before, as in a monotonic ULID; between processes chance keeps them
    apart.
    """
    global _last_id
    fresh = ((time.time_ns() // 1_000_000) & ((1 << 42) - 1)) << 21 | secrets.randbits(21)
    with _id_lock:
        _last_id = max(fresh, _last_id + 1)
        return _last_id


def first_id(at: datetime) -> int:
    """The smallest id that `new_id` can have given at a time: rows of it and later are a range of the primary key."""
    return (int(at.timestamp() * 1000) & ((1 << 42) - 1)) << 21


def make_key_file(path: Path) -> None:
    """Write a new master key to `path`, readable by its owner alone. FileExistsError where one is there."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read_key(text: str) -> Master:
    """The master key from its base64 form. SettingsError where it is none."""
    try:
        return Master(base64.b64decode(text.strip(), validate=True))
    except ValueError:
        raise SettingsError("secrets.key: not base64; the key file holds one line of 44 characters") from None
