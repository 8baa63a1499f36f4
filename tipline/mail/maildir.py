"""A Maildir on this machine as a mailbox. Nothing in it is moved or renamed, not even from new/ to cur/.

A message's key is its unique name, which stays the same when a mail program moves it to cur/ or changes the flags
behind ":2,". tmp/ holds messages that are being delivered and is left alone.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tipline.errors import FetchMismatch, MailboxUnreachable
from tipline.mail import headers
from tipline.mail.source import HEAD_BYTES, WHOLE_HEAD_BYTES, Fetched, Listed
from tipline.vocabularies import N_

NOT_THERE = N_("There is no Maildir at the path of the settings: a Maildir has the folders new and cur.")
NOT_READABLE = N_("The Maildir can't be read: check who owns it and its permissions.")
MAX_KEY_LENGTH = 230  # characters of one that is spelled out; the ledger takes 255
UIDVALIDITY = 1  # names are unique for ever: a Maildir has one life


class Maildir:
    """`with Maildir(path) as mailbox:`; sub-folders by their Maildir++ name (".Junk"), the top by INBOX."""

    numbered = False

    def __init__(self, path: Path, folders: Sequence[str] = ("INBOX",)) -> None:
        self._path = path
        self._folders = tuple(folders)
        self._here = path
        self.here = ""
        self._places: dict[str, Path] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._places.clear()

    def renew(self) -> None:
        """There is no connection."""

    def folders(self) -> Sequence[str]:
        return self._folders

    def enter(self, folder: str) -> int:
        self.here = ""
        self._here = self._path if folder.upper() == "INBOX" else self._path / folder
        if not (self._here / "new").is_dir() or not (self._here / "cur").is_dir():
            raise MailboxUnreachable("folder", NOT_THERE)
        self._look()
        self.here = folder
        return UIDVALIDITY

    def keys(self, low: int) -> list[str]:
        self._look()
        return sorted(self._places, key=_delivered)

    def sizes(self, keys: Sequence[str]) -> list[Listed]:
        listed = []
        for key in keys:
            try:
                listed.append(Listed(key, self._place(key).stat().st_size))
            except FileNotFoundError:
                continue
            except OSError:
                raise MailboxUnreachable("folder", NOT_READABLE) from None
        return listed

    def heads(self, keys: Sequence[str]) -> dict[str, bytes]:
        return {key: _chosen(raw) for key, raw in self._beginnings(keys, 16 * HEAD_BYTES)}

    def whole_heads(self, keys: Sequence[str]) -> dict[str, bytes]:
        """All header lines, at most WHOLE_HEAD_BYTES a message."""
        return {key: raw[: headers.block(raw, 0)[1]] for key, raw in self._beginnings(keys, WHOLE_HEAD_BYTES)}

    def _beginnings(self, keys: Sequence[str], most: int) -> Iterator[tuple[str, bytes]]:
        for key in keys:
            try:
                with self._place(key).open("rb") as file:
                    yield key, file.read(most)
            except FileNotFoundError:
                continue
            except OSError:
                raise MailboxUnreachable("folder", NOT_READABLE) from None

    def fetch(self, wanted: Sequence[Listed]) -> list[Fetched]:
        fetched = []
        for one in wanted:
            found = self.fetch_alone(one)
            if found is None:
                raise FetchMismatch(f"{one.key} has gone")
            if found.size_differs:
                raise FetchMismatch(f"{one.key} has {len(found.raw)} bytes, {one.size} were announced")
            fetched.append(found)
        return fetched

    def fetch_alone(self, wanted: Listed) -> Fetched | None:
        for _ in range(2):  # a mail program may move it from new/ to cur/ between the look and the reading
            try:
                raw = self._place(wanted.key).read_bytes()
            except FileNotFoundError:
                self._look()
            except OSError:
                raise FetchMismatch("not readable") from None
            else:
                return Fetched(wanted.key, raw, size_differs=len(raw) != wanted.size)
        return None

    def _place(self, key: str) -> Path:
        place = self._places.get(key)
        if place is None:
            raise FileNotFoundError(key)
        return place

    def _look(self) -> None:
        try:
            self._places = dict(self._messages())
        except OSError:
            raise MailboxUnreachable("folder", NOT_READABLE) from None

    def _messages(self) -> Iterator[tuple[str, Path]]:
        # new/ first: what a mail program moves to cur/ meanwhile is then seen in both, never in neither.
        for name in ("new", "cur"):
            with os.scandir(self._here / name) as entries:
                for entry in entries:
                    if not entry.name.startswith(".") and entry.is_file():
                        yield _key(entry.name.partition(":")[0]), Path(entry.path)


def _chosen(raw: bytes) -> bytes:
    """The same header lines that an IMAP server is asked for."""
    fields, _, _ = headers.block(raw, 0)
    lines = [name.encode() + b": " + value for name in ("from", "subject", "date") for value in fields.get(name, ())]
    return b"\r\n".join(lines)[:HEAD_BYTES]


def _key(name: str) -> str:
    """A unique name as the ledger takes it. Where its bytes are no UTF-8, with these spelled out and a digest of all:
    a file whose name holds the same spelling is another one."""
    raw = os.fsencode(name)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        digest = hashlib.blake2b(raw, digest_size=8).hexdigest()
        return f"{raw.decode(errors='backslashreplace')[:MAX_KEY_LENGTH]}~{digest}"


def _delivered(key: str) -> tuple[int, str]:
    """Oldest first: a unique name begins with the second of its delivery."""
    seconds = key.partition(".")[0]
    return (int(seconds) if seconds.isdecimal() and len(seconds) < 20 else 0, key)
